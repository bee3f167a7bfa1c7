package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/installation"
)

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Look whether everything is in order, and say what to do",
		Long: `Look at everything that an operator keeps in order: permissions, disk, clock,
keys, the published log, witnesses. It changes nothing.

Exit code 0: all is well. 1: something needs a hand, and it says what.`,
		Example: "  chancery doctor\n  chancery doctor --json",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			found := installation.Doctor(c.Context(), a.dir, installation.Options{})
			type complaint struct {
				Code    string `json:"code"`
				Message string `json:"message"`
			}
			type line struct {
				Name       string      `json:"name"`
				Well       bool        `json:"well"`
				Complaints []complaint `json:"complaints"`
			}
			lines := make([]line, len(found))
			for n, e := range found {
				lines[n] = line{Name: e.Name, Well: len(e.Complaints) == 0, Complaints: []complaint{}}
				for _, err := range e.Complaints {
					lines[n].Complaints = append(lines[n].Complaints, complaint{a.code(err), a.say(err)})
				}
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
				}
			})
			if err == nil && installation.Sick(found) {
				return errFound
			}
			return err
		},
	}
}
