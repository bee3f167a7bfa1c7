package rulebook_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
)

func TestWhatANewEditionSaysOtherwise(t *testing.T) {
	older := demoEdition(t)
	for _, c := range []struct{ name, from, to, want string }{
		{"nothing but a comment", "# Harbour Flood Claims", "# The Harbour Flood Claims", ""},
		{"a fixed sum", "sum: 5000.00 EUR", "sum: 6000.00 EUR", "valuation a-family changed sum 5000.00 EUR > 6000.00 EUR"},
		{"a question that is now asked", "statement]\n    requires: [claimant_name, contact", "statement, proof]\n    requires: [claimant_name, contact", "category b-injury now asks  > proof"},
		{"a text", "{en: Nobody was injured.}", "{en: Nobody was hurt.}", "ground no-injury changed text Nobody was injured. > Nobody was hurt."},
		{"a class", "  - id: contact\n    type: text\n    class: personal", "  - id: contact\n    type: text\n    class: internal", "question contact changed class personal > internal"},
		{"who takes a step", "refuse: {by: officer, second: officer}", "refuse: {by: officer, second: commissioner}", "power refuse changed second officer > commissioner"},
		{"the slice", "slice: {EUR: 2500.00}", "slice: {EUR: 4000.00}", "payment  changed slice 2500.00 EUR > 4000.00 EUR"},
		{"a rule that is gone", "    - id: a-family\n      categories: [a-departure]\n      when: family\n      sum: 5000.00 EUR\n      basis: Harbour Flood Settlement, annex, A(2)\n", "", "valuation a-family removed  5000.00 EUR > "},
	} {
		source := strings.Replace(string(older.Source), c.from, c.to, 1)
		if source == string(older.Source) {
			t.Fatalf("%s: the demo doesn't hold %q", c.name, c.from)
		}
		newer, err := rulebook.Parse("next", []byte(source))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var said []string
		for _, d := range newer.Diff(older) {
			said = append(said, d.Section+" "+d.ID+" "+string(d.Kind)+" "+d.Facet+" "+d.From+" > "+d.To)
		}
		if got := strings.Join(said, "\n"); got != c.want {
			t.Errorf("%s: says\n%s\nwant\n%s", c.name, got, c.want)
		}
		if back := older.Diff(newer); len(back) != len(said) {
			t.Errorf("%s: the way back has %d changes, this one %d", c.name, len(back), len(said))
		}
	}
}

// The schema refuses nothing that the edition reads, and refuses what no field
// can hold.
func TestTheSchemaOfAnswersTakesWhatTheEditionReads(t *testing.T) {
	e := demoEdition(t)
	text, err := e.AnswersSchema("c-belongings", "en")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("answers.json", raw); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("answers.json")
	if err != nil {
		t.Fatal(err)
	}
	whole := map[string]string{"claimant_name": "A. Visser", "contact": "Quay Lane 1", "incident_date": "2019-11-05", "place": "marina", "belongings": "A piano"}
	for _, c := range []struct {
		field, answer string
		taken         bool
	}{
		{"claimed", "100", true},
		{"claimed", "100.50 EUR", true},
		{"claimed", "100.505", false},
		{"claimed", "100 USD", false},
		{"claimed", "a lot", false},
		{"proof", "receipts", true},
		{"proof", "hearsay", false},
		{"signed", "true", true},
		{"signed", "yes", false},
		{"incident_date", "5 November", false},
		{"nights_away", "3", false}, // another form asks it
	} {
		answers := map[string]any{}
		texts := map[string]string{}
		for id, answer := range whole {
			answers[id], texts[id] = answer, answer
		}
		answers[c.field], texts[c.field] = c.answer, c.answer
		_, unread := e.Read("c-belongings", texts)
		if refused := schema.Validate(answers); (refused == nil) != c.taken || (unread == nil) != c.taken {
			t.Errorf("%s %q: schema says %v, the edition %v, want taken: %v", c.field, c.answer, refused, unread, c.taken)
		}
	}
	if err := schema.Validate(map[string]any{"claimant_name": "A. Visser"}); err == nil {
		t.Error("answers without what is required are taken")
	}
	if !json.Valid(text) {
		t.Error("it is no JSON")
	}
	if _, err := e.AnswersSchema("z", "en"); fault.Code(err) != "rulebook.category-unknown" {
		t.Errorf("an unknown category: %v", err)
	}
}
