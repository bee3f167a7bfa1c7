package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

func (a *app) tokenCommand() *cobra.Command {
	return group("token", "What actors' own programs may do under /api/", "token list", a.tokenAdd(), a.tokenList(), a.tokenEnd())
}

func (a *app) tokenAdd() *cobra.Command {
	var scopes []string
	var until string
	c := &cobra.Command{
		Use:   "add ACTOR",
		Short: "Let an actor's programs act for them",
		Long: `Give an actor a token for their own programs, for one or more scopes (` + strings.Join(office.Scopes(), ", ") + `),
until the end of a day (UTC). It reaches only claims that it filed, whatever its actor
may do at a desk. The secret is written to a file beside the keys, readable by its
owner alone; hand it over and delete it here. That the token was given stands in the
docket.`,
		Example: "  chancery token add officer-2 --scope file --scope read-own --until 2027-11-30",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			last, err := day.Parse(until)
			if err != nil {
				return err
			}
			after := last.AddDays(1)
			expires := docket.At(time.Date(after.Year(), time.Month(after.Month()), after.Day(), 0, 0, 0, 0, time.UTC))
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				var file string
				made, err := i.Office.AddToken(c.Context(), by, given[0], scopes, expires, i.KeepToken(&file))
				if err != nil {
					return err
				}
				told := map[string]any{"token": made.ID, "actor": made.Actor, "scopes": made.Scopes, "expires": made.Expires, "file": file}
				return a.print(told, func(w io.Writer) {
					fmt.Fprintf(w, "Token %s of %s: %s, through %s. Secret: %s\n", made.ID, made.Actor, strings.Join(made.Scopes, ", "), last, file)
				})
			})
		},
	}
	c.Flags().StringSliceVar(&scopes, "scope", nil, "what it is for; give it again for another")
	c.Flags().StringVar(&until, "until", "", "the last day on which it opens anything, year-month-day")
	return requires(c, "scope", "until")
}

func (a *app) tokenList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the tokens, and which of them still open anything",
		Example: "  chancery token list",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				tokens, err := i.Office.Tokens(c.Context())
				if err != nil {
					return err
				}
				type line struct {
					Token   string         `json:"token"`
					Actor   string         `json:"actor"`
					Scopes  []string       `json:"scopes"`
					Made    docket.Instant `json:"made"`
					Expires docket.Instant `json:"expires"`
					Ended   bool           `json:"ended"`
				}
				lines, rows := make([]line, len(tokens)), [][]string{{"TOKEN", "ACTOR", "SCOPES", "THROUGH", ""}}
				for n, t := range tokens {
					lines[n] = line{t.ID, t.Actor, t.Scopes, t.Made, t.Expires, t.Ended}
					state := ""
					switch {
					case t.Ended:
						state = "ended"
					case !t.Expires.After(i.Office.Now()):
						state = "past its day"
					}
					rows = append(rows, []string{t.ID, t.Actor, strings.Join(t.Scopes, ", "), t.Expires.Add(-time.Millisecond).UTC().Format(time.DateOnly), state})
				}
				return a.print(map[string]any{"tokens": lines}, func(w io.Writer) { table(w, rows...) })
			})
		},
	}
}

func (a *app) tokenEnd() *cobra.Command {
	return &cobra.Command{
		Use: "end TOKEN", Short: "End a token, at once",
		Example: "  chancery token end 0f1e2d3c4b5a6978",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				if err := i.Office.EndToken(c.Context(), by, given[0]); err != nil {
					return err
				}
				return a.print(map[string]any{"token": given[0], "ended": true}, func(w io.Writer) { fmt.Fprintf(w, "Token %s opens nothing any more.\n", given[0]) })
			})
		},
	}
}
