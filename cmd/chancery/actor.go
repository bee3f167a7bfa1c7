package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/signin"
)

func (a *app) actorCommand() *cobra.Command {
	return group("actor", "Who may act, and in which capacity", "actor list", a.actorAdd(), a.actorInvite(), a.actorList(), a.actorEnd(), a.acknowledged(a.actorInterest()))
}

func (a *app) actorAdd() *cobra.Command {
	var capacities []string
	var passkey bool
	c := &cobra.Command{
		Use:   "add ID",
		Short: "Let somebody act",
		Long: `Let somebody act, in one or more capacities (` + strings.Join(office.Capacities(), ", ") + `).
The id names a post, not a person: it stands in every entry. The credential is
written to a file beside the keys, readable by its owner alone; hand it over
and delete it here. With --passkey there is no credential: whoever is invited
(chancery actor invite) signs in by a passkey or an account, on the pages alone.`,
		Example: "  chancery actor add officer-2 --capacity officer",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				made := map[string]any{"actor": given[0], "capacities": capacities}
				if passkey {
					if err := i.Office.AddActor(c.Context(), by, given[0], capacities, nil); err != nil {
						return err
					}
					return a.print(made, func(w io.Writer) {
						fmt.Fprintf(w, "%s may act as %s, once invited: chancery actor invite %s\n", given[0], strings.Join(capacities, ", "), given[0])
					})
				}
				if err := i.Office.AddActor(c.Context(), by, given[0], capacities, i.Keep(given[0])); err != nil {
					return err
				}
				made["credential"] = i.CredentialPath(given[0])
				return a.print(made, func(w io.Writer) {
					fmt.Fprintf(w, "%s may act as %s. Credential: %s\n", given[0], strings.Join(capacities, ", "), i.CredentialPath(given[0]))
				})
			})
		},
	}
	c.Flags().StringSliceVar(&capacities, "capacity", nil, "capacity; give it again for another")
	c.Flags().BoolVar(&passkey, "passkey", false, "make no credential: they sign in by a passkey or an account")
	return requires(c, "capacity")
}

func (a *app) actorInvite() *cobra.Command {
	var replacing bool
	var url string
	c := &cobra.Command{
		Use:   "invite ID",
		Short: "Let somebody make a passkey, or bind an account, to sign in by",
		Long: `Make an invitation, by which somebody makes a passkey or binds an account with the
body's identity provider, and signs in with it from then on. It is good once, for
three days, and ends the one before it; hand it over by a way on which nobody else
reads. Each of its steps is an entry.

Who lost their only passkey is invited again, with --replacing: what they had is
worth nothing from the moment they use it.`,
		Example: "  chancery actor invite officer-2 --url https://register.example",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				token, until, err := i.Office.InviteActor(c.Context(), by, given[0], replacing)
				if err != nil {
					return err
				}
				link := strings.TrimSuffix(url, "/") + signin.StaffRoot + "invited#" + token
				made := map[string]any{"actor": given[0], "token": token, "link": link, "until": until.UTC().Format(time.RFC3339), "replacing": replacing}
				return a.print(made, func(w io.Writer) {
					fmt.Fprintf(w, "An invitation for %s, good once, until %s:\n  %s\n", given[0], made["until"], link)
				})
			})
		},
	}
	c.Flags().BoolVar(&replacing, "replacing", false, "end the passkeys and accounts that they have, once this is used")
	c.Flags().StringVar(&url, "url", "", "how the pages are reached, to print the whole link")
	return c
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
