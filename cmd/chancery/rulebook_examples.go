package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

// rulebookTest runs the examples that stand beside a rulebook.
func (a *app) rulebookTest() *cobra.Command {
	var beside string
	var most int
	c := &cobra.Command{
		Use: "test ID|FILE", Short: "Run the examples that stand beside a rulebook",
		Long: `Run the examples that stand beside a rulebook, in its folder's examples.yaml: made-up
claims, and what should come of each by the law.

    received: 2020-03-02              # of those that don't say
    common: {signed: true}            # answers of all whose form asks them
    examples:
      - name: Twelve nights away, as a family
        category: a-departure
        given: {nights_away: 12, family: true}
        then: {standing: recorded, award: 5000.00 EUR, rule: a-family}

An example may say standing (recorded, deficient, refused, not-filed), missing,
award (or none), interest, ground, rule, reason and alarms; claimant and links
(category, award, given, same: person or object) are given where they matter.

Then come the rules that no example reaches, or that come out one way only, and
examples at the edges of the rules that are proposed: each with what comes of it
now, for a lawyer to say whether that is right.

Exit code 0: all came out as they say. 1: some didn't.`,
		Example: "  chancery rulebook test demo\n  chancery rulebook test my-programme.yaml --examples cases.yaml --json",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, given []string) error {
			e, examples, err := a.examplesOf(given[0], beside)
			if err != nil {
				return err
			}
			ran := runExamples(e, examples)
			if err := a.print(ran, func(w io.Writer) { printRan(w, ran, most) }); err != nil {
				return err
			}
			if ran.Failed > 0 {
				return errFound
			}
			return nil
		},
	}
	c.Flags().StringVar(&beside, "examples", "", "file with the examples (default: examples.yaml beside the rulebook)")
	c.Flags().IntVar(&most, "proposals", 12, "how many of the proposed examples are printed; JSON has them all")
	return c
}

// examplesOf reads a rulebook and the examples beside it, or those in a file.
func (a *app) examplesOf(which, file string) (*rulebook.Edition, []rulebook.Example, error) {
	name, source, err := a.findRulebook(which)
	if err != nil {
		return nil, nil, err
	}
	e, err := rulebook.Parse(name, source)
	if err != nil {
		return nil, nil, err
	}
	var text []byte
	if book, ok := rulebooks.Find(which); ok && file == "" {
		name, text = book.ExamplesName, book.Examples
	} else {
		if name = file; name == "" {
			name = filepath.Join(filepath.Dir(which), rulebooks.ExamplesFile)
		}
		path, err := a.file(name)
		if err != nil {
			return nil, nil, err
		}
		if text, err = os.ReadFile(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, err
		}
	}
	if text == nil {
		return nil, nil, fault.New(fault.NotFound, "rulebook.no-examples", "rulebook", which, "file", rulebooks.ExamplesFile)
	}
	examples, err := e.ParseExamples(name, text)
	return e, examples, err
}

// examplesRan is what rulebook test answers.
type examplesRan struct {
	ID        string               `json:"id"`
	Edition   string               `json:"edition"`
	Passed    int                  `json:"passed"`
	Failed    int                  `json:"failed"`
	Examples  []rulebook.Tried     `json:"examples"`
	Unreached []rulebook.Unreached `json:"unreached"`
	Proposed  []rulebook.Proposal  `json:"proposed"`
}

func runExamples(e *rulebook.Edition, examples []rulebook.Example) examplesRan {
	r := examplesRan{ID: e.ID, Edition: e.Number, Examples: make([]rulebook.Tried, len(examples)), Unreached: []rulebook.Unreached{}, Proposed: []rulebook.Proposal{}}
	for i := range examples {
		if r.Examples[i] = e.Try(&examples[i]); len(r.Examples[i].Differs) > 0 {
			r.Failed++
		} else {
			r.Passed++
		}
	}
	r.Unreached = append(r.Unreached, e.Unreached(r.Examples)...)
	r.Proposed = append(r.Proposed, e.Boundaries(examples, r.Examples)...)
	return r
}

func printRan(w io.Writer, r examplesRan, most int) {
	for _, t := range r.Examples {
		verdict := "ok    "
		if len(t.Differs) > 0 {
			verdict = "WRONG "
		}
		fmt.Fprintf(w, "%s %s\n", verdict, t.Name)
		for _, d := range t.Differs {
			fmt.Fprintf(w, "         %s: %s, and the example says %s\n", d.What, orNothing(d.Came), orNothing(d.Want))
		}
	}
	fmt.Fprintf(w, "\n%s, edition %s: %d examples came out as they say, %d otherwise.\n", r.ID, r.Edition, r.Passed, r.Failed)
	if len(r.Unreached) > 0 {
		fmt.Fprintln(w, "\nNot shown by any example:")
		rows := [][]string{}
		for _, u := range r.Unreached {
			rows = append(rows, []string{"  " + u.Rule, u.Section, catalogue.Label(language, "label.lacks."+u.Lacks)})
		}
		table(w, rows...)
	}
	if len(r.Proposed) > 0 {
		fmt.Fprintln(w, "\nAt the edges of the rules, for a lawyer to say whether it is right:")
		rows := [][]string{}
		for _, p := range r.Proposed[:min(most, len(r.Proposed))] {
			rows = append(rows, []string{"  " + p.Category, p.Field + " = " + p.Value, cameInWords(p.Came), "(" + p.Rule + "; like: " + p.Like + ")"})
		}
		table(w, rows...)
		if left := len(r.Proposed) - most; left > 0 {
			fmt.Fprintf(w, "  and %d more: --proposals %d\n", left, len(r.Proposed))
		}
	}
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// cameInWords is what came of an example, in few words.
func cameInWords(c rulebook.Came) string {
	text := string(c.Standing)
	switch {
	case c.Reason != "":
		text += ": " + c.Reason
	case c.Award == rulebook.NoAward && c.Ground != "":
		text += ", dismissed: " + c.Ground
	case c.Award != "" && c.Award != rulebook.NoAward:
		text += ", " + c.Award
	case c.Ground != "":
		text += ": " + c.Ground
	case len(c.Missing) > 0:
		text += ": " + listed(c.Missing)
	}
	return text
}
