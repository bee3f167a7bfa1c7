package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

func (a *app) actorCommand() *cobra.Command {
	return group("actor", "Who may act, and in which capacity", "actor list", a.actorAdd(), a.actorList(), a.actorEnd(), a.acknowledged(a.actorInterest()))
}

func (a *app) actorAdd() *cobra.Command {
	var capacities []string
	c := &cobra.Command{
		Use:   "add ID",
		Short: "Let somebody act",
		Long: `Let somebody act, in one or more capacities (` + strings.Join(office.Capacities(), ", ") + `).
The id names a post, not a person: it stands in every entry. The credential is
written to a file beside the keys, readable by its owner alone; hand it over
and delete it here.`,
		Example: "  chancery actor add officer-2 --capacity officer",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				if err := i.Office.AddActor(c.Context(), by, given[0], capacities, i.Keep(given[0])); err != nil {
					return err
				}
				made := map[string]any{"actor": given[0], "capacities": capacities, "credential": i.CredentialPath(given[0])}
				return a.print(made, func(w io.Writer) {
					fmt.Fprintf(w, "%s may act as %s. Credential: %s\n", given[0], strings.Join(capacities, ", "), i.CredentialPath(given[0]))
				})
			})
		},
	}
	c.Flags().StringSliceVar(&capacities, "capacity", nil, "capacity; give it again for another")
	return requires(c, "capacity")
}

func (a *app) actorList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List who may act and who no longer may",
		Example: "  chancery actor list",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				actors, err := i.Office.Actors(c.Context())
				if err != nil {
					return err
				}
				type line struct {
					Actor      string   `json:"actor"`
					Capacities []string `json:"capacities"`
					Ended      bool     `json:"ended"`
					Interests  []string `json:"interests,omitempty"`
				}
				lines, rows := make([]line, len(actors)), [][]string{{"ACTOR", "CAPACITIES", ""}}
				for n, at := range actors {
					lines[n] = line{at.ID, at.Capacities, at.Ended, at.Interests}
					ended := ""
					if at.Ended {
						ended = "ended"
					}
					if n := len(at.Interests); n > 0 {
						ended = strings.TrimPrefix(fmt.Sprintf("%s, %d interests declared", ended, n), ", ")
					}
					rows = append(rows, []string{at.ID, strings.Join(at.Capacities, ", "), ended})
				}
				return a.print(map[string]any{"actors": lines}, func(w io.Writer) { table(w, rows...) })
			})
		},
	}
}

func (a *app) actorEnd() *cobra.Command {
	return &cobra.Command{
		Use: "end ID", Short: "End what somebody may do, at once",
		Example: "  chancery actor end officer-2",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				if err := i.Office.EndActor(c.Context(), by, given[0]); err != nil {
					return err
				}
				return a.print(map[string]any{"actor": given[0], "ended": true}, func(w io.Writer) { fmt.Fprintf(w, "%s may no longer act.\n", given[0]) })
			})
		},
	}
}
