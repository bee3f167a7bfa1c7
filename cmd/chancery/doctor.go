package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/installation"
)

// complaint is what is wrong, as JSON.
type complaint struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Look whether everything is in order, and say what to do",
		Long: `Look at everything that an operator keeps in order: permissions, disk, clock,
keys and their copies, the published log, witnesses, who reads in bulk, what
should be forgotten. It changes nothing.

Exit code 0: all is well. 1: something needs a hand, and it says what.`,
		Example: "  chancery doctor\n  chancery doctor --json",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			found := installation.Doctor(c.Context(), a.dir, installation.Options{})
			type line struct {
				Name       string      `json:"name"`
				Well       bool        `json:"well"`
				Complaints []complaint `json:"complaints"`
				Advice     []complaint `json:"advice"`
			}
			lines := make([]line, len(found))
			for n, e := range found {
				said := func(errs []error) []complaint {
					list := []complaint{}
					for _, err := range errs {
						list = append(list, complaint{a.code(err), a.say(err)})
					}
					return list
				}
				lines[n] = line{e.Name, len(e.Complaints) == 0, said(e.Complaints), said(e.Advice)}
			}
			err := a.print(map[string]any{"well": !installation.Sick(found), "examined": lines}, func(w io.Writer) {
				for _, l := range lines {
					verdict := "ok"
					if !l.Well {
						verdict = "LOOK"
					}
					fmt.Fprintf(w, "%-5s %s\n", verdict, catalogue.Label(language, "label.doctor."+l.Name))
					for _, c := range l.Complaints {
						fmt.Fprintf(w, "      - %s\n", c.Message)
					}
					for _, c := range l.Advice {
						fmt.Fprintf(w, "      advice: %s\n", c.Message)
					}
				}
			})
			if err == nil && installation.Sick(found) {
				return errFound
			}
			return err
		},
	}
}
