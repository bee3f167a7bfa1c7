package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/roll"
)

func (a *app) rollCommand() *cobra.Command {
	return group("roll", "Who belonged to what, who sat where, on any date", "roll members CIS --on 2018-11-21",
		a.rollLoad(), a.rollExport(), a.rollList(), a.rollShow(), a.rollMembers(), a.rollCompare(), a.rollCloseness(), a.rollAccession(),
		a.rollMeeting(), a.rollOffice(), a.rollDiff(), a.rollCheck(), a.rollDisagreements())
}

// asked are the flags that questions share.
type asked struct {
	ask.Query
}

// about gives a command the flags of a question.
func (q *asked) about(c *cobra.Command) *cobra.Command {
	q.knownOn(c)
	c.Flags().StringVar(&q.On, "on", "", "the day that is asked about: 2018-11-21 (default today)")
	return c
}

func (q *asked) knownOn(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&q.KnownOn, "known-on", "", "answer by what was known on this day (default: by all that is known)")
	return c
}

func (q *asked) byRule(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&q.Rule, "rule", "", "the body's rule that tells its members, such as source or charter (default: the body's own)")
	return c
}

func (q *asked) among(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&q.Among, "among", "", "ask about the members of a group alone, such as ussr-15")
	return c
}

// desk is the desk that answers questions about an installation.
func (a *app) desk(i *installation.Installation) *ask.Desk { return ask.New(i.Office, language) }

// answering asks the installation one thing, and prints the answer.
func answering[T any](a *app, c *cobra.Command, question func(*ask.Desk) (T, error), plain func(io.Writer, T)) error {
	return a.reading(c.Context(), func(i *installation.Installation) error {
		answer, err := question(a.desk(i))
		if err != nil {
			return err
		}
		return a.print(answer, func(w io.Writer) { plain(w, answer) })
	})
}

func (a *app) rollList() *cobra.Command {
	var q asked
	c := &cobra.Command{
		Use: "list [SORT]", Short: "List what the roll knows by name",
		Long:    "List what the roll knows by name: everything, or one sort (" + listed(ask.Sorts()) + ").",
		Example: "  chancery roll list body\n  chancery roll list state --on 1990-01-01 --json",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			var only []roll.Sort
			if len(given) > 0 {
				sort := roll.Sort(strings.ToLower(given[0]))
				if !slices.Contains(ask.Sorts(), sort) {
					return wrongUse(c, "use.roll-sort", "text", given[0], "known", listed(ask.Sorts()))
				}
				only = append(only, sort)
			}
			return answering(a, c, func(d *ask.Desk) (ask.Things, error) { return d.Things(c.Context(), q.Query, only...) }, printThings)
		},
	}
	return q.about(c)
}

func printThings(w io.Writer, all ask.Things) {
	rows := [][]string{{"SORT", "ID", "CODE", "NAME", "OF"}}
	for _, t := range all.Things {
		rows = append(rows, []string{string(t.Sort), string(t.ID), t.Code, t.Name, string(t.Of)})
	}
	table(w, rows...)
}

func (a *app) rollShow() *cobra.Command {
	var q asked
	c := &cobra.Command{
		Use: "show THING", Short: "Show what sources say of a state, a body, a person",
		Example: "  chancery roll show AZ\n  chancery roll show czechoslovakia --json",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return answering(a, c, func(d *ask.Desk) (ask.Profile, error) { return d.Profile(c.Context(), given[0], q.Query) }, printProfile)
		},
	}
	return q.about(c)
}

func printProfile(w io.Writer, p ask.Profile) {
	fmt.Fprintf(w, "%s (%s), %s\n", p.Ref.Name, p.Ref.ID, p.Profile.Sort)
	printTimes(w, p.On, p.KnownOn)
	rows := [][]string{}
	for n, t := range p.Accounts {
		from := p.Cited[n].Source.Name
		for _, name := range t.Names {
			rows = append(rows, []string{"name", name.Text, during(name.From, roll.Until{To: name.To, Ended: !name.To.IsZero()}), from})
		}
		for _, code := range t.Codes {
			rows = append(rows, []string{code.Scheme, code.Value, during(code.From, roll.Until{To: code.To, Ended: !code.To.IsZero()}), from})
		}
		if !t.From.IsZero() || t.Ended {
			rows = append(rows, []string{"was", "", during(t.From, roll.Until{To: t.To, Ended: t.Ended}), from})
		}
		if t.Of != "" {
			rows = append(rows, []string{"of", string(t.Of), "", from})
		}
		if len(t.Members) > 0 {
			rows = append(rows, []string{"members", listed(t.Members), "", from})
		}
	}
	for _, c := range p.Comes {
		s := c.Succession
		rows = append(rows, []string{s.Sort, listed(s.Predecessors) + " -> " + listed(s.Successors), s.On.String(), c.Cited.Source.Name})
	}
	table(w, rows...)
	printSources(w, p.Sources)
}

// word is the word for a code of an answer: label.roll.status.full.
func word(of, code string) string {
	if code == "" {
		return ""
	}
	text := catalogue.Label(language, "label.roll."+of+"."+code)
	return strings.ReplaceAll(text, "_", " ")
}
