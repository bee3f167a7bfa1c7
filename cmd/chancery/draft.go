package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

func (a *app) draftCommand() *cobra.Command {
	return group("draft", "Keep a claim that isn't sent yet, sealed and for a year at most", "claim draft list",
		a.draftSave(), a.draftShow(), a.acknowledged(a.draftSend()), a.draftDiscard(), a.draftList())
}

// draftLine is a draft as JSON.
type draftLine struct {
	Draft     string            `json:"draft"`
	Programme string            `json:"programme"`
	Category  string            `json:"category"`
	Updated   string            `json:"updated"`
	Expires   day.Date          `json:"expires"`
	Claimant  string            `json:"claimant,omitempty"`
	Received  string            `json:"received,omitempty"`
	Answers   map[string]string `json:"answers,omitempty"`
}

func draftLineOf(d office.Draft) draftLine {
	return draftLine{d.ID, d.Programme, d.Category, d.Updated.String(), d.Expires, d.Claimant, d.Received.String(), d.Answers}
}

func (a *app) draftSave() *cobra.Command {
	var d office.Draft
	var received string
	c := &cobra.Command{
		Use: "save ANSWERS.json", Short: "Keep answers as a draft, or in place of an earlier one",
		Long: `Keep answers as a draft: no act, sealed under a key of its own, and yours alone.
It need not be whole. Twelve months after its last change it is gone.

Sensitive answers are not kept in a draft, since they are sealed for the desk
alone and could not be given back: give them when you send it.`,
		Example: `  chancery claim draft save answers.json --programme demo --category a-departure
  chancery claim draft save answers.json --draft 5f0c2d7a91e84b36a0c1f2d3e4b5a697 --category a-departure`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) (err error) {
			if d.ID == "" && d.Programme == "" {
				return wrongUse(c, "use.draft-programme")
			}
			if d.Answers, err = a.readAnswers(c, given[0], cmp.Or(d.Programme, "PROGRAMME")); err != nil {
				return err
			}
			if d.Received, err = a.receivedOn(c, received); err != nil {
				return err
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				kept, err := i.Office.SaveDraft(c.Context(), by, d)
				if err != nil {
					return err
				}
				kept.DraftContent = office.DraftContent{} // who saved it has it
				return a.print(draftLineOf(kept), func(w io.Writer) {
					fmt.Fprintf(w, "Kept as draft %s, until %s.\n", kept.ID, kept.Expires)
				})
			})
		},
	}
	c.Flags().StringVar(&d.ID, "draft", "", "the draft that this takes the place of")
	c.Flags().StringVar(&d.Programme, "programme", "", "programme, for a new draft")
	c.Flags().StringVar(&d.Category, "category", "", "category of the rulebook")
	c.Flags().StringVar(&d.Claimant, "claimant", "individual", "individual, organisation or public-body")
	c.Flags().StringVar(&received, "received", "", "the day it came in, 2020-03-02; default: the day it is sent")
	return requires(c, "category")
}

func (a *app) draftShow() *cobra.Command {
	return &cobra.Command{
		Use: "show DRAFT", Short: "Show a draft of yours",
		Example: "  chancery claim draft show 5f0c2d7a91e84b36a0c1f2d3e4b5a697",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				by, err := a.by(c.Context(), i)
				if err != nil {
					return err
				}
				d, err := i.Office.Draft(c.Context(), by, given[0])
				if err != nil {
					return err
				}
				return a.print(draftLineOf(d), func(w io.Writer) {
					rows := [][]string{
						{"draft", d.ID},
						{"programme", d.Programme},
						{"category", d.Category},
						{"claimant", d.Claimant},
						{"received", d.Received.String()},
						{"last change", d.Updated.String()},
						{"gone on", d.Expires.String()},
						{},
					}
					for _, field := range slices.Sorted(maps.Keys(d.Answers)) {
						rows = append(rows, []string{field, d.Answers[field]})
					}
					table(w, rows...)
				})
			})
		},
	}
}

func (a *app) draftSend() *cobra.Command {
	var with string
	c := &cobra.Command{
		Use: "send DRAFT", Short: "File a draft of yours",
		Long: `File a draft of yours as a claim. The draft goes in the same act, and its key is
destroyed. Sent again, it gives the first answer and files nothing.

--with names a file of further answers, which only now come in: the sensitive
ones, which no draft keeps.`,
		Example: "  chancery claim draft send 5f0c2d7a91e84b36a0c1f2d3e4b5a697 --with sensitive.json",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) (err error) {
			var more map[string]string
			if with != "" {
				if more, err = a.readAnswers(c, with, "PROGRAMME"); err != nil {
					return err
				}
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				f, err := i.Office.SendDraft(c.Context(), by, given[0], more)
				switch {
				case f.Erased:
					return fault.New(fault.Conflict, "draft.sent-and-erased")
				case f.Reference == "":
					if bare, ok := errors.AsType[*fault.Fault](err); ok {
						return bare // "filing 1 of 1" says nothing
					}
					return err
				}
				return errors.Join(a.answerFiled(c.Context(), i, f), err)
			})
		},
	}
	c.Flags().StringVar(&with, "with", "", "file with further answers (JSON), or - for standard input")
	return c
}

func (a *app) draftDiscard() *cobra.Command {
	return &cobra.Command{
		Use: "discard DRAFT", Short: "Let a draft of yours go without a trace",
		Example: "  chancery claim draft discard 5f0c2d7a91e84b36a0c1f2d3e4b5a697",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				if err := i.Office.DiscardDraft(c.Context(), by, given[0]); err != nil {
					return err
				}
				return a.print(map[string]any{"draft": given[0], "discarded": true}, func(w io.Writer) { fmt.Fprintln(w, "The draft is gone, and its key.") })
			})
		},
	}
}

func (a *app) draftList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List your drafts",
		Example: "  chancery claim draft list",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				by, err := a.by(c.Context(), i)
				if err != nil {
					return err
				}
				drafts, err := i.Office.Drafts(c.Context(), by)
				if err != nil {
					return err
				}
				lines, rows := make([]draftLine, len(drafts)), [][]string{{"DRAFT", "PROGRAMME", "CATEGORY", "LAST CHANGE", "GONE ON"}}
				for n, d := range drafts {
					lines[n] = draftLineOf(d)
					rows = append(rows, []string{d.ID, d.Programme, d.Category, d.Updated.String(), d.Expires.String()})
				}
				return a.print(map[string]any{"drafts": lines}, func(w io.Writer) { table(w, rows...) })
			})
		},
	}
}
