package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
)

// printStories prints what a person is asked first: what happened.
func printStories(w io.Writer, e *rulebook.Edition, lang string) {
	for i := range e.Stories {
		s := &e.Stories[i]
		fmt.Fprintf(w, "\n [ ] %s\n", s.Title.In(lang))
		if hint := s.Hint.In(lang); hint != "" {
			fmt.Fprintf(w, "     %s\n", hint)
		}
		for _, q := range s.Asks {
			fmt.Fprintf(w, "     ? %s\n", q.Text.In(lang))
		}
		for _, l := range s.Leads {
			if c, ok := e.Category(l.Category); ok {
				fmt.Fprintf(w, "     -> %s  %s\n", c.Name(), c.Title.In(lang))
			}
		}
	}
}

// printForm prints the forms of an edition as a person sees them, one category
// after another, or one of them.
func printForm(w io.Writer, e *rulebook.Edition, only, lang string) {
	fmt.Fprintf(w, "%s\n", e.Title.In(lang))
	if only == "" {
		printStories(w, e, lang)
	}
	for i := range e.Categories {
		if c := &e.Categories[i]; only == "" || c.ID == only {
			printCategoryForm(w, e, c, lang)
		}
	}
}

func printCategoryForm(w io.Writer, e *rulebook.Edition, c *rulebook.Category, lang string) {
	fmt.Fprintf(w, "\n%s  %s\n", c.Name(), c.Title.In(lang))
	if note := c.Note.In(lang); note != "" {
		fmt.Fprintf(w, "  %s\n", note)
	}
	section := ""
	for n, id := range c.Asks {
		f, _ := e.Field(id)
		if f.Section != section {
			section = f.Section
			printSection(w, e, section, lang)
		}
		needed := ""
		if slices.Contains(c.Requires, id) {
			needed = " *"
		}
		fmt.Fprintf(w, "\n %3d. %s%s\n", n+1, f.Label.In(lang), needed)
		if f.When != "" {
			fmt.Fprintf(w, "      (asked only where %s)\n", f.When)
		}
		if help := f.Help.In(lang); help != "" {
			fmt.Fprintf(w, "      %s\n", help)
		}
		if example := f.Example.In(lang); example != "" {
			fmt.Fprintf(w, "      %s\n", sayForm(lang, "example", map[string]string{"example": example}))
		}
		for _, o := range f.Options {
			fmt.Fprintf(w, "      ( ) %s\n", o.Label.In(lang))
			if text := o.Text.In(lang); text != "" {
				fmt.Fprintf(w, "          %s\n", text)
			}
		}
		if blank := blankOf(f, lang); blank != "" {
			fmt.Fprintf(w, "      %s\n", blank)
		}
		printUnsaid(w, e, f, lang)
		if why := f.Why.In(lang); why != "" {
			fmt.Fprintf(w, "      %s\n", sayForm(lang, "why", map[string]string{"why": why}))
		}
		if f.Basis != "" {
			fmt.Fprintf(w, "      %s\n", sayForm(lang, "basis", map[string]string{"basis": f.Basis}))
		}
	}
	printEvidence(w, c.Evidence, lang)
	fmt.Fprintf(w, "\n  %s\n", sayForm(lang, "needed", nil))
}

func printSection(w io.Writer, e *rulebook.Edition, id, lang string) {
	for _, s := range e.Sections {
		if s.ID == id {
			fmt.Fprintf(w, "\n  == %s ==\n", s.Title.In(lang))
			if hint := s.Hint.In(lang); hint != "" {
				fmt.Fprintf(w, "  %s\n", hint)
			}
		}
	}
}

// printUnsaid prints the answers that aren't one, and what must be said beside an
// amount.
func printUnsaid(w io.Writer, e *rulebook.Edition, f *rulebook.Field, lang string) {
	if f.Unsure {
		fmt.Fprintf(w, "      ( ) %s\n", catalogue.Label(lang, "label.answer.unsure"))
	}
	if f.Decline {
		fmt.Fprintf(w, "      ( ) %s\n", catalogue.Label(lang, "label.answer.declined"))
	}
	if how, ok := e.Field(f.WorkedOut); ok {
		fmt.Fprintf(w, "      %s\n", sayForm(lang, "worked-out", map[string]string{"question": how.Label.In(lang)}))
	}
}

// blankOf is the place for an answer.
func blankOf(f *rulebook.Field, lang string) string {
	switch f.Type {
	case rulebook.Choice:
		return ""
	case rulebook.Amount:
		return "[__________] " + string(f.Currency)
	case rulebook.Integer:
		return strings.TrimSpace("[_____] " + f.Unit.In(lang))
	case rulebook.Boolean:
		return "( ) " + catalogue.Label(lang, "label.answer.true") + "  ( ) " + catalogue.Label(lang, "label.answer.false")
	case rulebook.Date:
		return "[____-__-__]"
	case rulebook.PartialDate:
		return "[____-__-__] " + sayForm(lang, "partial-date", nil)
	case rulebook.FullName:
		return "[______________________________] " + sayForm(lang, "name", nil)
	case rulebook.Whereabouts:
		return "[______________________________] " + sayForm(lang, "address", nil)
	case rulebook.Time:
		return "[__:__]"
	}
	return "[______________________________]"
}

func printEvidence(w io.Writer, of rulebook.Evidence, lang string) {
	for _, rung := range []struct {
		code   string
		proofs []rulebook.Proof
	}{{"best", of.Best}, {"good", of.Good}, {"accepted", of.Accepted}} {
		if len(rung.proofs) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n  %s\n", sayForm(lang, rung.code, nil))
		for _, p := range rung.proofs {
			needed := ""
			if p.Required {
				needed = " *"
			}
			fmt.Fprintf(w, "    - %s%s\n", p.Text.In(lang), needed)
		}
	}
}

func sayForm(lang, code string, values map[string]string) string {
	text, _ := catalogue.Say(lang, "form."+code, values)
	return text
}

// categoryOf reads a rulebook and finds a category in it.
func (a *app) categoryOf(which, id string) (*rulebook.Edition, *rulebook.Category, error) {
	e, err := a.edition(which)
	if err != nil {
		return nil, nil, err
	}
	c, ok := e.Category(id)
	if !ok {
		var ids []string
		for i := range e.Categories {
			ids = append(ids, e.Categories[i].ID)
		}
		return nil, nil, fault.New(fault.NotFound, "rulebook.no-category", "rulebook", which, "category", id, "known", strings.Join(ids, ", "))
	}
	return e, c, nil
}

func (a *app) rulebookSchema() *cobra.Command {
	lang := language
	c := &cobra.Command{
		Use: "schema ID|FILE CATEGORY", Short: "Print the JSON Schema of a category's answers",
		Long: `Print the JSON Schema (draft 2020-12) of the answers to a category's form, as
chancery claim file and the API take them: one object of texts, by field.`,
		Example: "  chancery rulebook schema demo a-departure > a-departure.schema.json",
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(_ *cobra.Command, given []string) error {
			e, c, err := a.categoryOf(given[0], given[1])
			if err != nil {
				return err
			}
			schema, err := e.AnswersSchema(c.ID, lang)
			if err != nil {
				return err
			}
			return a.print(json.RawMessage(schema), func(w io.Writer) { fmt.Fprintf(w, "%s\n", schema) })
		},
	}
	c.Flags().StringVar(&lang, "lang", lang, "language of the titles")
	return c
}

func (a *app) rulebookTemplate() *cobra.Command {
	lang, asMap := language, false
	c := &cobra.Command{
		Use: "template ID|FILE CATEGORY", Short: "Make the spreadsheet for filing many claims of a category",
		Long: `Make the spreadsheet (CSV) for filing many claims of a category at once: a row of
column names, and a row that explains each, to be replaced by the first claim. With
--map comes the map that takes the filled file in:

  chancery rulebook template demo a-departure > claims.csv
  chancery rulebook template demo a-departure --map > map.yaml
  chancery claim import claims.csv --programme demo --map map.yaml --dry-run`,
		Example: "  chancery rulebook template demo a-departure > claims.csv\n  chancery rulebook template demo a-departure --map > map.yaml",
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(_ *cobra.Command, given []string) error {
			e, c, err := a.categoryOf(given[0], given[1])
			if err != nil {
				return err
			}
			columns, err := e.Columns(c.ID, lang)
			if err != nil {
				return err
			}
			text := templateMap(e, c)
			if !asMap {
				if text, err = templateRows(columns, lang); err != nil {
					return err
				}
			}
			return a.print(map[string]any{"category": c.ID, "columns": columns, "map": templateMap(e, c)}, func(w io.Writer) { fmt.Fprint(w, text) })
		},
	}
	c.Flags().StringVar(&lang, "lang", lang, "language of the explanations")
	c.Flags().BoolVar(&asMap, "map", false, "print the map that takes the filled spreadsheet in")
	return c
}

// templateRows are the names of the columns, and what each takes.
func templateRows(columns []rulebook.Column, lang string) (string, error) {
	names, explained := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
		text := c.Label
		if text == "" {
			text = catalogue.Label(lang, "label.column."+c.Name)
		}
		values := map[string]string{"options": strings.Join(c.Options, ", "), "currency": c.Currency, "max": fmt.Sprint(c.Max)}
		takes, _ := catalogue.Say(lang, "form.takes."+string(c.Type), values)
		text += ": " + takes
		if len(c.Unsaid) > 0 {
			text += "; " + sayForm(lang, "takes.unsaid", map[string]string{"texts": strings.Join(c.Unsaid, ", ")})
		}
		if c.When != "" {
			text += "; " + sayForm(lang, "takes.when", map[string]string{"when": c.When})
		}
		if c.Needed {
			text += "; " + sayForm(lang, "takes.needed", nil)
		}
		explained[i] = text
	}
	var out strings.Builder
	w := csv.NewWriter(&out)
	if err := w.WriteAll([][]string{names, explained}); err != nil {
		return "", err
	}
	return out.String(), nil
}

// templateMap is the map from the spreadsheet to the form.
func templateMap(e *rulebook.Edition, c *rulebook.Category) string {
	var out strings.Builder
	fmt.Fprintf(&out, "source: bulk-%s\nnumber: {column: %s}\nreceived: {column: %s, formats: [YYYY-MM-DD]}\ncategory: {value: %s}\n",
		c.ID, rulebook.NumberColumn, rulebook.ReceivedColumn, c.ID)
	fmt.Fprintf(&out, "claimant: {column: %s}\nfields:\n", rulebook.ClaimantColumn)
	for _, id := range c.Asks {
		f, _ := e.Field(id)
		formats := ""
		switch f.Type {
		case rulebook.Date:
			formats = ", formats: [YYYY-MM-DD]"
		case rulebook.Time:
			formats = ", formats: [\"HH:MM\"]"
		}
		fmt.Fprintf(&out, "  %s: {column: %s%s}\n", id, e.ColumnOf(id), formats)
	}
	return out.String()
}
