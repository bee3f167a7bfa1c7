package catalogue_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/treaty"
)

// The treaties speak in steps, whose codes are written without what they all
// begin with. Each has its sentence.
func TestEveryStepOfATreatyHasItsSentence(t *testing.T) {
	begins := map[string]string{
		"step": "treaty.step.", "missing": "treaty.step.missing.", "floor": "treaty.step.",
		"say": "treaty.notice.", "c.say": "treaty.check.", "wrong": "treaty.",
	}
	known, err := catalogue.Codes("en")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	check := func(where, code string) {
		found++
		if _, ok := slices.BinarySearch(known, code); !ok {
			t.Errorf("%s: %s has no sentence in catalogue/en/treaty.yaml", where, code)
		}
	}
	files, err := filepath.Glob("../treaty/*.go")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files of the room treaty (%v)", len(files), err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			begin, args := "", call.Args
			switch f := call.Fun.(type) {
			case *ast.Ident:
				begin = begins[f.Name]
			case *ast.SelectorExpr:
				if f.Sel.Name == "say" {
					begin, args = begins["c.say"], args[1:]
				}
			}
			if begin == "" || begin == begins["wrong"] || len(args) == 0 {
				return true
			}
			if lit, ok := args[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if code, _ := strconv.Unquote(lit.Value); code != "" {
					check(name, begin+code)
				}
			}
			return true
		})
	}
	for _, code := range []string{
		"fact.one", "fact.no-treaty", "fact.no-source", "fact.no-known", "fact.text", "fact.no-party", "fact.finding", "fact.rectification",
		"clause.no-name", "clause.asks", "clause.too-few", "clause.weight",
		"step.not_counted.succession", "step.not_counted.organisation", "step.not_counted.outside", "step.not_counted.no_signatory", "step.not_counted.kind",
		"step.coming.entry", "step.coming.party", "step.coming.leaving",
		"check.gap.weights", "check.gap.subset", "check.gap.named", "check.gap.finding", "check.gap.condition", "check.gap.delay",
		"check.gap.fixed", "check.gap.opening", "check.gap.parent", "check.gap.treaty", "check.gap.signatures", "check.gap.qualifier",
	} {
		check("made of parts", "treaty."+code)
	}
	if found < 80 {
		t.Fatalf("found only %d codes in the room treaty: the search is broken", found)
	}
}

// A sentence asks for no value that its step doesn't bring.
func TestTheStepsOfATreatyBringWhatTheirSentencesAskFor(t *testing.T) {
	on := func(s string) day.When {
		w, err := day.ParseWhen(s)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	months, err := treaty.ParseDelay("months 3")
	if err != nil {
		t.Fatal(err)
	}
	clause := &treaty.Clause{
		Provision: "Article 1", Delay: months, NotBefore: day.Must(2003, 1, 1), NotWithin: months, After: []string{"parent"},
		Withdrawal: &treaty.NoticeRule{Delay: months}, Below: &treaty.BelowRule{Number: 3}, Counts: []treaty.Kind{treaty.Ratification},
		Conditions: []treaty.Condition{
			{Name: "instruments", Number: 2},
			{Name: "signatories", Number: 1, Signatories: true},
			{Name: "members", Number: 1, Among: []string{"AUT"}, Group: "members"},
			{Name: "named", All: []string{"AUT"}},
			{Name: "weight", Share: "50", Weights: map[string]string{"AUT": "60"}},
			{Name: "weightless", Share: "50"},
			{Name: "funds", Finding: "Assembly"},
		},
	}
	var facts []treaty.Fact
	add := func(i *treaty.Instrument, a *treaty.Action) {
		if a != nil {
			a.Treaty = "t"
		}
		facts = append(facts, treaty.Fact{Source: roll.Source{Name: "s"}, Known: day.Must(2001, 1, 1), Instrument: i, Action: a})
	}
	add(&treaty.Instrument{ID: "t", Title: "T", Opened: on("2001-01-01")}, nil)
	add(&treaty.Instrument{ID: "t", Clause: clause}, nil)
	for _, a := range []treaty.Action{
		{Kind: treaty.Signature, Party: "Austria", Code: "AUT", On: on("2001-01-01")},
		{Kind: treaty.Ratification, Party: "Austria", Code: "AUT", On: on("2001-01-02")},
		{Kind: treaty.Ratification, Party: "Austria", Code: "AUT", On: on("2001-01-03"), With: "London"},
		{Kind: treaty.Ratification, Party: "Belgium", On: on("2001-02")},
		{Kind: treaty.Accession, Party: "Chile", On: on("2001-02-03")},
		{Kind: treaty.Succession, Party: "Denmark", On: on("2001-02-04"), Predecessor: "Austria"},
		{Kind: treaty.Ratification, Party: "European Union", Org: true, On: on("2001-02-05")},
		{Kind: treaty.Ratification, Party: "Finland", On: on("2001-02-05")},
		{Kind: treaty.Withdrawal, Party: "Finland", On: on("2001-02-06")},
		{Kind: treaty.Finding, Condition: "funds", By: "Assembly", Document: "A/1", On: on("2001-05-01")},
		{Kind: treaty.Objection, Party: "Chile", Against: "Austria", Text: "no", On: on("2001-06-01")},
		{Kind: treaty.EntryIntoForce, On: on("2004-01-01")},
		{Kind: treaty.Rectification, Text: "a comma", On: on("2004-02-01")},
		{Kind: treaty.Termination, On: on("2009-01-01")},
	} {
		add(nil, &a)
	}
	say := func(s treaty.Step) {
		values := map[string]string{}
		for _, v := range s.Values {
			values[v.Name] = v.Text
		}
		text, ok := catalogue.Say("en", s.Code, values)
		if !ok || strings.Contains(text, "<no value>") {
			t.Errorf("%s (%v) is said as %q", s.Code, s.Values, text)
		}
	}
	for i := 2; i <= len(facts); i++ {
		file := treaty.NewFile("t", facts[:i])
		for _, at := range []day.Date{day.Must(2001, 2, 10), day.Must(2001, 8, 1), day.Must(2003, 6, 1), day.Must(2020, 1, 1)} {
			s := file.Status(at, day.Date{})
			for _, step := range slices.Concat(s.Explanation, s.Missing) {
				say(step)
			}
			for _, c := range file.Upcoming(at, day.Date{}) {
				say(c.Step)
			}
		}
		n, err := file.Notice(facts[i-1].ID(), day.Date{})
		if err != nil && facts[i-1].Action != nil {
			t.Error(err)
		}
		for _, p := range n.Paragraphs {
			say(p)
		}
	}
	for _, k := range treaty.Kinds {
		if _, ok := catalogue.Say("en", "label.treaty."+string(k), nil); !ok {
			t.Errorf("the action %s has no word", k)
		}
	}
}
