package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

func (a *app) organisationCommand() *cobra.Command {
	return group("organisation", "Organisations that act for claimants, and their people", "organisation list",
		a.organisationJoin(), a.organisationLeave(), a.organisationList())
}

func (a *app) organisationJoin() *cobra.Command {
	return &cobra.Command{
		Use: "join ORGANISATION ACTOR", Short: "Make an actor one of an organisation's people",
		Long: `Make an actor one of an organisation's people. The organisation is there from its
first one on. What one of them may do by a mandate, each of them may. An actor
belongs to one organisation at most, and acts for it in the capacity
representative:

  chancery actor add lawyer-1 --capacity representative`,
		Example: "  chancery organisation join legal-aid lawyer-1",
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				if err := i.Office.JoinOrganisation(c.Context(), by, given[0], given[1]); err != nil {
					return err
				}
				return a.print(map[string]any{"organisation": given[0], "actor": given[1]}, func(w io.Writer) {
					fmt.Fprintf(w, "%s acts for %s from now on.\n", given[1], given[0])
				})
			})
		},
	}
}

func (a *app) organisationLeave() *cobra.Command {
	return &cobra.Command{
		Use: "leave ORGANISATION ACTOR", Short: "Take an actor out of an organisation, at once",
		Example: "  chancery organisation leave legal-aid lawyer-1",
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				if err := i.Office.LeaveOrganisation(c.Context(), by, given[0], given[1]); err != nil {
					return err
				}
				return a.print(map[string]any{"organisation": given[0], "actor": given[1], "ended": true}, func(w io.Writer) {
					fmt.Fprintf(w, "%s no longer acts for %s.\n", given[1], given[0])
				})
			})
		},
	}
}

func (a *app) organisationList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List who acts for which organisation",
		Example: "  chancery organisation list",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				members, err := i.Office.Members(c.Context(), "")
				if err != nil {
					return err
				}
				type line struct {
					Organisation string `json:"organisation"`
					Actor        string `json:"actor"`
				}
				lines, rows := make([]line, len(members)), [][]string{{"ACTOR", "ORGANISATION"}}
				for n, m := range members {
					lines[n] = line{m.Organisation, m.Actor}
					rows = append(rows, []string{m.Actor, m.Organisation})
				}
				return a.print(map[string]any{"members": lines}, func(w io.Writer) { table(w, rows...) })
			})
		},
	}
}
