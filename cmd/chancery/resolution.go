package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/board"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

func (a *app) resolutionCommand() *cobra.Command {
	return group("resolution", "What a board resolved for lists to rest on, and which techniques it approved", "resolution list --programme rd4u",
		a.acknowledged(a.resolutionMake()), a.resolutionList(), a.acknowledged(a.resolutionWithdraw()))
}

func (a *app) resolutionMake() *cobra.Command {
	var programme, group, finding, from, to, on, document string
	c := &cobra.Command{
		Use: "make SORT OF", Short: "Enter a resolution of the board",
		Long: `Enter a resolution of the board: a dated act that can be withdrawn.

  place CODE          what was found of a place in a time (--finding, --from, --to)
  verification NAME   that another register's verification is relied on
  technique NAME      that a technique may run over a group of claims (--group), or
                      over all: ` + strings.Join(board.Techniques(), ", ") + `

Under a rulebook with a board no such technique runs without its approval.`,
		Example: "  chancery resolution make place UA14020010010010932 --finding destroyed --from 2022-08-01 --to 2023-05-20 --on 2026-04-30 --document finding.pdf --programme rd4u\n" +
			"  chancery resolution make technique grouping --group bakhmut --on 2026-04-30 --programme rd4u",
		Args: args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, given []string) error {
			terms := board.Terms{Sort: board.Sort(given[0]), Of: given[1], Group: group, Finding: finding}
			if !slices.Contains(board.Sorts(), terms.Sort) {
				return wrongUse(c, "use.sort", "text", given[0], "known", listed(board.Sorts()))
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				if err := datesOf(&terms, from, to, on); err != nil {
					return err
				}
				if document != "" {
					text, err := a.readWhole(document)
					if err != nil {
						return err
					}
					hash := docket.Hash(sha256.Sum256(text))
					terms.Document = &hash
				}
				number, done, err := i.Office.Resolve(c.Context(), by, programme, terms)
				if err != nil {
					return err
				}
				return a.answer(c.Context(), i, done.Ref, map[string]any{"resolution": number}, func(w io.Writer) {
					fmt.Fprintf(w, "Resolution %d is entered. Entry: %s\n", number, done.Ref)
				})
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "programme")
	c.Flags().StringVar(&finding, "finding", "", "of a place, as a code: destroyed, occupied …")
	c.Flags().StringVar(&group, "group", "", "claims that it is for, as a code; left out, all")
	c.Flags().StringVar(&from, "from", "", "first day of the time that a finding is about, 2022-08-01")
	c.Flags().StringVar(&to, "to", "", "its last day")
	c.Flags().StringVar(&on, "on", "", "the board's own date")
	c.Flags().StringVar(&document, "document", "", "file with the resolution, of which the hash is entered")
	return requires(c, "programme", "on")
}

func datesOf(terms *board.Terms, from, to, on string) (err error) {
	if terms.On, err = day.Parse(on); err != nil {
		return err
	}
	for _, end := range []struct {
		text string
		into **day.Date
	}{{from, &terms.From}, {to, &terms.To}} {
		if end.text == "" {
			continue
		}
		d, err := day.Parse(end.text)
		if err != nil {
			return err
		}
		*end.into = &d
	}
	return nil
}

// resolutionLine is a resolution as it is printed in JSON.
type resolutionLine struct {
	Resolution int64       `json:"resolution"`
	Said       board.Terms `json:"said"`
	Made       string      `json:"made"`
	By         string      `json:"by"`
	Withdrawn  string      `json:"withdrawn,omitempty"`
	Reason     string      `json:"reason,omitempty"`
	Lists      []int64     `json:"lists"` // that rest on it
}

func (a *app) resolutionList() *cobra.Command {
	var programme string
	c := &cobra.Command{
		Use: "list", Short: "List what the board of a programme resolved, and what rests on it",
		Example: "  chancery resolution list --programme rd4u",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				if err := isOpen(c.Context(), i, programme); err != nil {
					return err
				}
				all, err := i.Office.Resolutions(c.Context(), programme)
				if err != nil {
					return err
				}
				lines, rows := []resolutionLine{}, [][]string{{"NUMBER", "SORT", "OF", "FINDING", "GROUP", "ON", "LISTS", "WITHDRAWN"}}
				for _, r := range all {
					lists, err := i.Office.RestedOn(c.Context(), programme, r.Number)
					if err != nil {
						return err
					}
					line := resolutionLine{Resolution: r.Number, Said: r.Said, Made: r.Made.String(), By: r.By, Withdrawn: r.Withdrawn.String(), Reason: r.Reason, Lists: []int64{}}
					for _, l := range lists {
						line.Lists = append(line.Lists, l.Number)
					}
					lines = append(lines, line)
					rows = append(rows, []string{
						fmt.Sprint(r.Number), string(r.Said.Sort), r.Said.Of, r.Said.Finding, r.Said.Group, r.Said.On.String(), numbers(line.Lists),
						strings.TrimSpace(r.Withdrawn.String() + " " + r.Reason),
					})
				}
				return a.print(map[string]any{"resolutions": lines}, func(w io.Writer) { table(w, rows...) })
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "programme")
	return requires(c, "programme")
}

func (a *app) resolutionWithdraw() *cobra.Command {
	var programme, reason string
	c := &cobra.Command{
		Use: "withdraw NUMBER", Short: "Withdraw a resolution, and say which lists rested on it",
		Long: `Withdraw a resolution from now on: nothing new rests on it, no technique runs by
it. The lists that rested on it are named. What was decided stays decided until
somebody reverses it (chancery claim reverse).`,
		Example: "  chancery resolution withdraw 1 --programme rd4u --reason new-evidence",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			number, err := numberOf(c, given[0])
			if err != nil {
				return err
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				done, err := i.Office.WithdrawResolution(c.Context(), by, programme, number, reason)
				if err != nil {
					return err
				}
				lists := []listLine{}
				for _, l := range done.Rested {
					lists = append(lists, listLineOf(l))
				}
				return a.answer(c.Context(), i, done.Ref, map[string]any{"resolution": number, "rested": lists}, func(w io.Writer) {
					fmt.Fprintf(w, "Resolution %d is withdrawn. Entry: %s\n", number, done.Ref)
					for _, l := range lists {
						fmt.Fprintf(w, "List %d rested on it: %s, %s claims. Look: chancery list show %d --programme %s\n", l.List, l.State, grouped(l.Said.Claims), l.List, programme)
					}
				})
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "programme")
	c.Flags().StringVar(&reason, "reason", "", "why, as a code")
	return requires(c, "programme", "reason")
}
