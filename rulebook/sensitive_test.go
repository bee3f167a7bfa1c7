package rulebook_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/rulebook"
)

// Which sensitive answers must be given again once they can't be read any more:
// those that a rule of the category looks into, however it does.
func TestWithhold(t *testing.T) {
	source := whole(t, `fields:
  - {id: story, type: text, class: sensitive, max: 200, label: {en: What happened}}
  - {id: asked_for, type: boolean, class: sensitive, label: {en: Only asked whether answered}}
  - {id: fit, type: boolean, class: sensitive, label: {en: Read by eligibility}}
  - {id: worse, type: boolean, class: sensitive, label: {en: Read by valuation}}
  - {id: elsewhere, type: boolean, class: sensitive, label: {en: Read in another category}}
  - {id: plain, type: boolean, class: internal, label: {en: Not sensitive}}
categories:
  - {id: loss, title: {en: Loss}, claimants: [individual], asks: [story, asked_for, fit, worse, elsewhere, plain], requires: [story, fit, worse, plain]}
  - {id: other, title: {en: Other}, claimants: [individual], asks: [elsewhere, story], requires: [elsewhere]}
requirements:
  - {id: named, categories: [loss], must: answered(asked_for), text: {en: Answer it.}}
eligibility:
  - {id: fits, categories: [loss], must: fit, ground: outside-period, basis: article 1}
  - {id: fits-elsewhere, categories: [other], must: elsewhere, ground: outside-period, basis: article 1}
valuation:
  rules:
    - {id: bad, categories: [loss], when: worse, sum: 10.00 EUR, basis: article 2}
  otherwise: {ground: no-rule}
`)
	e, err := rulebook.Parse("rulebook.yaml", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, category string
		blank, given   string
		needed         string
	}{
		{"nothing is given again", "loss", "", "plain=true", "asked_for fit worse"},
		{"some are", "loss", "", "plain=true fit=true", "asked_for worse"},
		{"some had no answer", "loss", "asked_for worse", "plain=true", "fit"},
		{"all are", "loss", "", "plain=true asked_for=true fit=true worse=true", ""},
		{"of another category", "other", "", "", "elsewhere"},
		{"a category that is none", "nowhere", "", "", ""},
	} {
		raw := map[string]string{}
		for _, g := range strings.Fields(c.given) {
			field, text, _ := strings.Cut(g, "=")
			raw[field] = text
		}
		answers := rulebook.Answers{}
		if c.category != "nowhere" {
			if answers, err = e.Read(c.category, raw); err != nil {
				t.Fatal(err)
			}
		}
		before := len(answers)
		with, needed := e.Withhold(c.category, strings.Fields(c.blank), answers)
		if got := strings.Join(needed, " "); got != c.needed {
			t.Errorf("%s: needed %q, want %q", c.name, got, c.needed)
		}
		if len(answers) != before {
			t.Errorf("%s: it changed the answers that it was given", c.name)
		}
		for _, id := range e.Missing(c.category, with) {
			if f, _ := e.Field(id); f.Class == rulebook.Sensitive && !slices.Contains(strings.Fields(c.blank), id) {
				t.Errorf("%s: %s counts as missing", c.name, id)
			}
		}
	}
	// What is required and not looked into is met by what stands in its place.
	answers, _ := e.Read("loss", map[string]string{"plain": "true", "asked_for": "true", "fit": "true", "worse": "true"})
	with, _ := e.Withhold("loss", nil, answers)
	if f, err := e.Assess(rulebook.Case{Category: "loss", Claimant: "individual", Answers: with}); err != nil || f.Outcome != rulebook.Record {
		t.Errorf("%+v, %v", f, err)
	}
	if f, _ := e.Assess(rulebook.Case{Category: "loss", Claimant: "individual", Answers: answers}); f.Outcome != rulebook.Deficient {
		t.Errorf("without it: %+v", f)
	}
}
