package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

func (a *app) rulebookCommand() *cobra.Command {
	return group("rulebook", "Look at and check rulebooks", "rulebook show demo", a.rulebookList(), a.rulebookShow(), a.rulebookCheck(), a.rulebookTest(), a.rulebookDiff(), a.rulebookTrial(),
		a.rulebookNew(), a.rulebookFlow(), a.rulebookSchema(), a.rulebookTemplate(), a.rulebookSuggest())
}

// findRulebook is a rulebook by id, or by the path of its file.
func (a *app) findRulebook(which string) (name string, source []byte, err error) {
	if book, ok := rulebooks.Find(which); ok {
		return book.Name, book.Source, nil
	}
	path, err := a.file(which)
	if err != nil {
		return "", nil, err
	}
	if source, err = os.ReadFile(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", nil, err
	} else if err != nil {
		return "", nil, fault.New(fault.NotFound, "rulebook.none", "id", which)
	}
	return which, source, nil
}

func (a *app) rulebookList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the rulebooks that ship",
		Example: "  chancery rulebook list --json",
		Args:    args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			type line struct {
				ID      string `json:"id"`
				Edition string `json:"edition"`
				Title   string `json:"title"`
				Hash    string `json:"hash"`
			}
			lines, rows := []line{}, [][]string{{"ID", "EDITION", "TITLE"}}
			for _, book := range rulebooks.All() {
				e, err := rulebook.Parse(book.Name, book.Source)
				if err != nil {
					return err
				}
				lines = append(lines, line{e.ID, e.Number, e.Title.In(language), e.Hash.String()})
				rows = append(rows, []string{e.ID, e.Number, e.Title.In(language)})
			}
			return a.print(lines, func(w io.Writer) { table(w, rows...) })
		},
	}
}

func (a *app) rulebookShow() *cobra.Command {
	form, category, lang := false, "", language
	c := &cobra.Command{
		Use: "show ID|FILE", Short: "Show a rulebook's categories, questions and rules",
		Long: `Show a rulebook's categories with their questions, and who takes which step. With
--form the forms are printed as a person sees them who claims.`,
		Example: "  chancery rulebook show demo\n  chancery rulebook show tsa-2007 --json\n  chancery rulebook show demo --form --category b-injury",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, given []string) error {
			name, source, err := a.findRulebook(given[0])
			if err != nil {
				return err
			}
			e, err := rulebook.Parse(name, source)
			if err != nil {
				return err
			}
			if _, ok := e.Category(category); category != "" && !ok {
				_, _, err := a.categoryOf(given[0], category)
				return err
			}
			return a.print(e.Describe(), func(w io.Writer) {
				if form || category != "" {
					printForm(w, e, category, lang)
				} else {
					printEdition(w, e)
				}
			})
		},
	}
	c.Flags().BoolVar(&form, "form", false, "print the forms as a person sees them")
	c.Flags().StringVar(&category, "category", "", "of this category only; implies --form")
	c.Flags().StringVar(&lang, "lang", lang, "language of the form")
	return c
}

func printEdition(w io.Writer, e *rulebook.Edition) {
	fmt.Fprintf(w, "%s\n%s, edition %s (%s)\n\n", e.Title.In(language), e.ID, e.Number, e.Hash)
	for _, c := range e.Categories {
		fmt.Fprintf(w, "%s  %s\n  open to: %s\n", c.ID, c.Title.In(language), strings.Join(c.Claimants, ", "))
		rows := [][]string{}
		for _, id := range c.Asks {
			f, _ := e.Field(id)
			rows = append(rows, []string{"  " + f.ID, string(f.Type), string(f.Class), f.Label.In(language)})
		}
		table(w, rows...)
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, "Who takes which step:")
	rows := [][]string{}
	for _, act := range []string{
		"record", "find_deficient", "answer_deficiency", "refuse", "withdraw", "report_outcomes",
		"propose_instalment", "adopt_instalment", "receive_contribution", "pay_round", "mark_payment",
	} {
		if p, ok := e.Powers[act]; ok {
			second := ""
			if p.Second != "" {
				second = "with a second person: " + p.Second
			}
			treaty := ""
			if p.Treaty != "" {
				treaty = "while in force: " + p.Treaty
			}
			rows = append(rows, []string{"  " + act, p.By, second, treaty})
		}
	}
	table(w, rows...)
}

func (a *app) rulebookCheck() *cobra.Command {
	return &cobra.Command{
		Use: "check ID|FILE", Short: "Check a rulebook, and say line by line what is wrong",
		Long: "Check a rulebook: its form, its words, its rules. Each finding has file, line, column and what would mend it.\n" +
			"With --dir, treaties that gate an act are looked up among those that the installation has loaded.\n" +
			"Exit code 1 when something is wrong; warnings alone, which are better mended before publication, give 0.",
		Example: "  chancery rulebook check my-programme.yaml\n  chancery rulebook check my-programme.yaml --dir register --json",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			name, source, err := a.findRulebook(given[0])
			if err != nil {
				return err
			}
			outside, err := a.knownOutside(c)
			if err != nil {
				return err
			}
			e, err := rulebook.ParseKnowing(name, source, outside)
			problems, broken := err.(rulebook.Problems)
			if err != nil && !broken {
				return err
			}
			if !broken {
				answer := map[string]any{"sound": true, "id": e.ID, "edition": e.Number, "hash": e.Hash}
				if len(e.Warnings) > 0 {
					answer["problems"] = saidProblems(e.Warnings)
				}
				return a.print(answer, func(w io.Writer) {
					fmt.Fprintf(w, "%s, edition %s: sound. Hash %s\n", e.ID, e.Number, e.Hash)
					if len(e.Warnings) > 0 {
						fmt.Fprintf(w, "Better mended before it is published:\n%s\n", sayProblems(e.Warnings))
					}
				})
			}
			lines := saidProblems(problems)
			if err := a.print(map[string]any{"sound": false, "problems": lines}, func(w io.Writer) { fmt.Fprintln(w, sayProblems(problems)) }); err != nil {
				return err
			}
			return errFound
		},
	}
}

// knownOutside is what a rulebook may name and doesn't hold: the treaties that an
// installation has loaded, where one is named.
func (a *app) knownOutside(c *cobra.Command) (known rulebook.Known, err error) {
	if !c.Flags().Changed("dir") {
		return known, nil
	}
	err = a.reading(c.Context(), func(i *installation.Installation) error {
		all, err := a.desk(i).Treaties(c.Context(), ask.Query{})
		if err != nil {
			return err
		}
		known.Treaties = make([]string, len(all))
		for n, t := range all {
			known.Treaties[n] = t.ID
		}
		return nil
	})
	return known, err
}

// saidProblem is a problem with its sentence.
type saidProblem struct {
	rulebook.Problem
	Message string `json:"message"`
}

func saidProblems(problems rulebook.Problems) []saidProblem {
	lines := make([]saidProblem, len(problems))
	for n, p := range problems {
		lines[n] = saidProblem{p, sayProblem(p)}
	}
	return lines
}

// sayProblem is a problem in words, with its place and its mend.
func sayProblem(p rulebook.Problem) string {
	values := map[string]string{"mend": p.Mend, "path": p.Path}
	for _, v := range p.Values {
		values[v.Name] = v.Text
	}
	text, ok := catalogue.Say(language, p.Code, values)
	if !ok {
		text = p.Code
	}
	return text
}

func sayProblems(problems rulebook.Problems) string {
	lines := make([]string, len(problems))
	for n, p := range problems {
		place := fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
		if p.Path != "" {
			place += " " + p.Path
		}
		if p.Severity == rulebook.Warning {
			place += ": warning"
		}
		lines[n] = place + ": " + sayProblem(p)
	}
	return strings.Join(lines, "\n")
}
