package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

func (a *app) programmeCommand() *cobra.Command {
	return group("programme", "Open programmes", "programme open demo", a.programmeOpen())
}

func (a *app) programmeOpen() *cobra.Command {
	return &cobra.Command{
		Use: "open ID|FILE", Short: "Open a programme, or publish its next edition",
		Long: `Publish an edition of a rulebook: one that ships, by its id, or one of your own,
by its file. The first edition opens the programme. Its bytes stay in the
installation under their hash; claims stay bound to the edition that they were
filed under.`,
		Example: "  chancery programme open demo\n  chancery programme open my-programme.yaml",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			name, source, err := a.findRulebook(given[0])
			if err != nil {
				return err
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				opened, err := i.Office.OpenProgramme(c.Context(), by, name, source)
				if err != nil {
					return err
				}
				return a.print(map[string]any{"programme": opened.Programme, "edition": opened.Edition, "hash": opened.Hash, "new": opened.New}, func(w io.Writer) {
					if !opened.New {
						fmt.Fprintf(w, "Edition %s of %s is open already.\n", opened.Edition, opened.Programme)
						return
					}
					fmt.Fprintf(w, "Programme %s is open under edition %s.\n", opened.Programme, opened.Edition)
				})
			})
		},
	}
}
