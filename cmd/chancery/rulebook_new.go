package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

// newBook is what rulebook new asks.
type newBook struct {
	id, title, respondent, basis, from, to, zone, currency, prefix string
	language, category, categoryTitle, values, sum                 string
}

// bookQuestion is one of its questions.
type bookQuestion struct {
	flag, ask, standard string
	into                *string
}

func (n *newBook) questions() []bookQuestion {
	return []bookQuestion{
		{"id", "A short name for the programme: lower-case letters, digits and hyphens", "my-programme", &n.id},
		{"title", "Its title", "My programme", &n.title},
		{"language", "The language of its texts (en, fr, uk, …); more can be added later", "en", &n.language},
		{"respondent", "Against whom claims lie", "The respondent", &n.respondent},
		{"basis", "The instrument that it rests on, with its article", "The instrument, article 1", &n.basis},
		{"from", "The first day on which a loss counts", "2024-01-01", &n.from},
		{"to", "The last day on which a loss counts", "2024-12-31", &n.to},
		{"time-zone", "The time zone of its legal days", "Europe/Amsterdam", &n.zone},
		{"currency", "Its currency", "EUR", &n.currency},
		{"prefix", "What the numbers of its claims begin with", "MP", &n.prefix},
		{"category", "A short name for the first category of loss", "loss", &n.category},
		{"category-title", "Its title", "Loss of property", &n.categoryTitle},
		{"values", "What a claim comes to: sum (a fixed sum), claimed (what is claimed, up to a sum), none (claims are recorded only)", "claimed", &n.values},
		{"sum", "That sum", "10000.00", &n.sum},
	}
}

func (a *app) rulebookNew() *cobra.Command {
	var n newBook
	var out string
	var yes bool
	questions := n.questions()
	c := &cobra.Command{
		Use: "new", Short: "Ask a few questions, and write a rulebook that passes the check",
		Long: `Ask a few questions, and write a rulebook that passes the check, with an example for
each of its rules: the beginning of a programme of your own. What a flag says isn't
asked; with --yes nothing is, and what is left open gets a standard answer to be
changed. The language of rulebooks is in docs/rulebook-language.md.`,
		Example: "  chancery rulebook new\n  chancery rulebook new --id flood-2024 --title 'Flood claims' --currency EUR --values claimed --sum 50000.00 --yes",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			in := bufio.NewReader(a.input())
			for _, q := range questions {
				if c.Flags().Changed(q.flag) {
					continue
				}
				if *q.into = q.standard; yes || q.flag == "sum" && n.values == "none" {
					continue
				}
				if err := a.askBook(in, q); err != nil {
					return err
				}
			}
			return a.writeBook(&n, out)
		},
	}
	for _, q := range questions {
		c.Flags().StringVar(q.into, q.flag, "", strings.ToLower(q.ask[:1])+q.ask[1:])
	}
	c.Flags().StringVar(&out, "out", "", "folder for the files (default: the short name)")
	c.Flags().BoolVar(&yes, "yes", false, "ask nothing")
	return c
}

// askBook asks one question; an empty line takes the standard answer.
func (a *app) askBook(in *bufio.Reader, q bookQuestion) error {
	fmt.Fprintf(a.err, "%s\n[%s] ", q.ask, q.standard)
	line, err := a.typed(func() (string, error) {
		line, err := in.ReadString('\n')
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return strings.TrimSpace(line), err
	})
	if err == nil && line != "" {
		*q.into = line
	}
	return err
}

// writeBook checks what was answered by what it makes of it, and writes the two
// files; nothing that stands there is written over.
func (a *app) writeBook(n *newBook, out string) error {
	if n.values != "sum" && n.values != "claimed" && n.values != "none" {
		return fault.New(fault.Invalid, "rulebook.new-values", "values", n.values)
	}
	if out == "" {
		out = n.id
	}
	name := filepath.Join(out, "rulebook.yaml")
	source := []byte(n.yaml())
	e, err := rulebook.Parse(name, source)
	if err != nil {
		return err
	}
	cases := []byte(n.examples())
	if _, err := e.ParseExamples(filepath.Join(out, rulebooks.ExamplesFile), cases); err != nil {
		return err
	}
	folder, err := a.file(out)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		text []byte
	}{{"rulebook.yaml", source}, {rulebooks.ExamplesFile, cases}} {
		err := newFile(filepath.Join(folder, f.name), 0o644, func(w io.Writer) error {
			_, err := w.Write(f.text)
			return err
		})
		if err != nil {
			return err
		}
	}
	said := map[string]any{"id": e.ID, "edition": e.Number, "file": name, "examples": filepath.Join(out, rulebooks.ExamplesFile)}
	return a.print(said, func(w io.Writer) {
		fmt.Fprintf(w, "Written: %s, with its examples beside it. Go on with:\n  chancery rulebook show %s --form\n  chancery rulebook check %[1]s\n  chancery rulebook test %[1]s\n", name, name)
	})
}

// text is a text in the rulebook's language.
func (n *newBook) text(text string) string {
	return "{" + n.language + ": " + strconv.Quote(text) + "}"
}

func (n *newBook) yaml() string {
	var b strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&b, format+"\n", values...) }
	line("# The law of a programme as data. How it is written: docs/rulebook-language.md.\n# After each change: chancery rulebook check and chancery rulebook test.")
	line("id: %s\nedition: \"1\"\ntitle: %s\n", n.id, n.text(n.title))
	if n.values == "none" {
		line("values: none\n")
	}
	line("programme:\n  respondent: %s\n  basis: %s\n  period: {from: %s, to: %s}", n.text(n.respondent), strconv.Quote(n.basis), n.from, n.to)
	line("  time_zone: %s\n  currencies: [%s]\n  languages: [%s]\n  number_prefix: %s\n", n.zone, n.currency, n.language, n.prefix)
	line("# Who takes which step; a step that isn't named is nobody's.\npowers:")
	line("  record: {by: officer}\n  find_deficient: {by: officer}\n  answer_deficiency: {by: officer}\n  refuse: {by: officer, second: officer}\n  withdraw: {by: officer}")
	if n.values != "none" {
		line("  report_outcomes: {by: officer}\n  propose_instalment: {by: officer}\n  adopt_instalment: {by: commissioner, second: commissioner}")
		line("  receive_contribution: {by: treasurer}\n  pay_round: {by: treasurer, second: treasurer}\n  mark_payment: {by: treasurer}")
	}
	line("\nfields:")
	field := func(id, more, label, why string) {
		line("  - id: %s\n    %s\n    label: %s\n    why: %s\n    basis: %s", id, more, n.text(label), n.text(why), strconv.Quote(n.basis))
	}
	field("claimant_name", "type: text\n    class: personal\n    max: 200", "Full name of the claimant", "To know who claims.")
	field("contact", "type: text\n    class: personal\n    max: 300", "E-mail or postal address", "To tell you what is missing and what was decided.")
	field("signed", "type: boolean\n    class: public", "The claim is signed, and says that what it states is true", "A claim is signed.")
	field("incident_date", "type: date\n    class: public\n    incident: true", "Date of the loss", "Only losses in the period of the programme count.")
	field("claimed", "type: amount\n    currency: "+n.currency+"\n    class: public\n    claimed: true", "Amount claimed", "To know what you claim.")
	line("\ncategories:\n  - id: %s\n    title: %s\n    claimants: [individual, organisation]", n.category, n.text(n.categoryTitle))
	line("    asks: [claimant_name, contact, signed, incident_date, claimed]\n    requires: [claimant_name, contact, incident_date, claimed]\n")
	line("grounds:\n  - id: outside-period\n    text: %s", n.text("The loss did not happen in the period of the programme."))
	if n.values != "none" {
		line("  - id: nothing-due\n    text: %s", n.text("No rule of the programme gives an award for this claim."))
	}
	line("\nrequirements:\n  - id: signature\n    must: answered(signed) && signed\n    text: %s\n    basis: %s", n.text("Sign the claim, and say that what it states is true."), strconv.Quote(n.basis))
	line("\neligibility:\n  - id: within-period\n    must: incident_date >= programme.from && incident_date <= programme.to\n    ground: outside-period\n    basis: %s", strconv.Quote(n.basis))
	if n.values == "none" {
		return b.String()
	}
	line("\nvaluation:\n  rules:")
	if n.values == "sum" {
		line("    - id: fixed-sum\n      when: claimed > 0\n      sum: %s %s\n      basis: %s", n.sum, n.currency, strconv.Quote(n.basis))
	} else {
		line("    - id: as-claimed\n      amount: claimed\n      steps:\n        - {at_most: %s}\n      basis: %s", n.sum, strconv.Quote(n.basis))
	}
	line("  otherwise: {ground: nothing-due, basis: %s}\n\npayment:\n  slice: {%s: %s}\n  stop: skip", strconv.Quote(n.basis), n.currency, n.sum)
	return b.String()
}

// examples are one for each rule and side.
func (n *newBook) examples() string {
	var b strings.Builder
	award, dismissed := "", ""
	switch n.values {
	case "sum":
		award = ", award: " + n.sum + " " + n.currency + ", rule: fixed-sum"
	case "claimed":
		award = ", award: " + n.sum + " " + n.currency + ", rule: as-claimed"
	}
	if n.values != "none" {
		dismissed = fmt.Sprintf("  - name: A claim for nothing\n    category: %s\n    given: {claimed: 0}\n    then: {standing: recorded, award: none, ground: nothing-due, rule: otherwise}\n", n.category)
	}
	claimed := n.sum
	if n.values == "none" {
		claimed = "1000"
	}
	fmt.Fprintf(&b, "# What should come of made-up claims. chancery rulebook test runs them.\nreceived: %s\ncommon: {claimant_name: A. Visser, contact: Quay Lane 1, signed: true, incident_date: %s, claimed: %s}\n\nexamples:\n", n.to, n.from, claimed)
	example := func(name, given, then string) {
		fmt.Fprintf(&b, "  - name: %s\n    category: %s\n    given: {%s}\n    then: {%s}\n", name, n.category, given, then)
	}
	example("A loss on the first day of the period", "", "standing: recorded"+award)
	example("A loss on the last day of the period", "incident_date: "+n.to, "standing: recorded"+award)
	example("Not signed", "signed: false", "standing: deficient, missing: [signature]")
	example("A loss long before the period", "incident_date: 1900-01-01", "standing: refused, ground: outside-period, rule: within-period")
	return b.String() + dismissed
}
