package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/rulebook"
)

func (a *app) rulebookDiff() *cobra.Command {
	return &cobra.Command{
		Use: "diff OLD NEW", Short: "Say in words what a new edition says otherwise",
		Long: `Say in words what a new edition of a rulebook says otherwise than an old one:
categories, questions, rules, sums, texts, times, letters. The order and the layout
of the files don't matter, but for the rules of valuation, of which the first that
applies decides. Each is the id of a rulebook that ships, or a file.`,
		Example: "  chancery rulebook diff demo next.yaml\n  chancery rulebook diff old.yaml new.yaml --json",
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(_ *cobra.Command, given []string) error {
			older, err := a.edition(given[0])
			if err != nil {
				return err
			}
			newer, err := a.edition(given[1])
			if err != nil {
				return err
			}
			changes := append([]rulebook.Change{}, newer.Diff(older)...)
			for i := range changes {
				changes[i].InWords = sayChange(changes[i])
			}
			said := map[string]any{
				"from": rulebook.EditionRef{ID: older.ID, Number: older.Number, Hash: older.Hash},
				"to":   rulebook.EditionRef{ID: newer.ID, Number: newer.Number, Hash: newer.Hash}, "changes": changes,
			}
			return a.print(said, func(w io.Writer) { printChanges(w, older, newer, changes) })
		},
	}
}

// edition reads a rulebook by id or file.
func (a *app) edition(which string) (*rulebook.Edition, error) {
	name, source, err := a.findRulebook(which)
	if err != nil {
		return nil, err
	}
	return rulebook.Parse(name, source)
}

func printChanges(w io.Writer, older, newer *rulebook.Edition, changes []rulebook.Change) {
	fmt.Fprintf(w, "From %s, edition %s, to %s, edition %s:\n", older.ID, older.Number, newer.ID, newer.Number)
	section := ""
	for _, c := range changes {
		if c.Section != section {
			section = c.Section
			fmt.Fprintf(w, "\n%s\n", catalogue.Label(language, "label.part."+section))
		}
		fmt.Fprintf(w, "  %s\n", c.InWords)
	}
	switch {
	case len(changes) > 0:
	case older.Hash == newer.Hash:
		fmt.Fprintln(w, "The two are the same, byte for byte.")
	default:
		fmt.Fprintln(w, "They say the same; only the layout of the files, or what a comment says, differs.")
	}
}

// sayChange is a change in words: by the sentence for its section and facet, for
// its facet, or for its kind.
func sayChange(c rulebook.Change) string {
	kind := string(c.Kind)
	if c.Kind == rulebook.ChangeOtherwise && c.From == "" {
		kind = "set"
	} else if c.Kind == rulebook.ChangeOtherwise && c.To == "" {
		kind = "cleared"
	}
	name := catalogue.Label(language, "label.one."+c.Section)
	if c.ID != "" {
		name += " " + c.ID
	}
	values := map[string]string{
		"what": strings.ToUpper(name[:1]) + name[1:], "id": c.ID, "facet": catalogue.Label(language, "label.facet."+c.Facet), "of": c.Of,
		"from": quoted(c.From), "to": quoted(c.To),
	}
	for _, code := range []string{
		"rulebook.diff." + kind + "." + c.Section + "." + c.Facet, "rulebook.diff." + kind + "." + c.Facet, "rulebook.diff." + kind,
	} {
		if text, ok := catalogue.Say(language, code, values); ok {
			return text
		}
	}
	return c.Section + " " + c.ID + " " + c.Facet
}

// quoted sets a text of several words apart from the sentence around it, on one
// line.
func quoted(text string) string {
	if text = oneLine(text); strings.Contains(text, " ") && !isMoney(text) {
		return "“" + text + "”"
	}
	return text
}

// isMoney reports whether it is an amount, "2500.00 EUR".
func isMoney(text string) bool {
	number, currency, ok := strings.Cut(text, " ")
	return ok && len(currency) == 3 && strings.Trim(number, "0123456789.") == ""
}
