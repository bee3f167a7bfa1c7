package rulebook_test

import (
	"strings"
	"testing"

	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

// warnings are what Parse warns of in base.yaml with these sections changed,
// by code; questions without a basis, of which base.yaml is full, left out.
func warnings(t *testing.T, src string) []string {
	t.Helper()
	e, err := rulebook.Parse("rulebook.yaml", []byte(whole(t, src)))
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	var codes []string
	for _, p := range e.Warnings {
		code := strings.TrimPrefix(p.Code, "rulebook.")
		if p.Severity != rulebook.Warning || p.Line == 0 || p.Column == 0 {
			t.Errorf("%v has no place or severity", p)
		}
		if code != "field-never-used" && code != "question-without-basis" {
			codes = append(codes, code)
		}
	}
	return codes
}

func TestConditionsThatComeOutTheSame(t *testing.T) {
	for _, test := range []struct{ when, want string }{
		{`claimed > 5`, ""},
		{`claimed > 5 && claimed < 5.01`, ""}, // an amount may lie between
		{`answered(count) && count > 5 && count < 6`, "condition-never"},
		{`claimed > 5 && claimed <= 5`, "condition-never"},
		{`claimed > 5 || claimed <= 5`, "condition-always"},
		{`claimed >= 5 && claimed <= 5`, ""},
		{`claimed >= 5 && claimed <= 5 && claimed != 5`, "condition-never"},
		{`5 > claimed && !(claimed < 10)`, "condition-never"},
		{`claimed < -1 && claimed > -2`, ""},
		{`incident_date < date("2020-01-02") && incident_date > date("2020-01-01")`, "condition-never"},
		{`incident_date < programme.from && incident_date > programme.to`, "condition-never"},
		{`answered(place) && place == "north" && place != "north"`, "condition-never"},
		{`answered(place) && (place == "north" || place == "south")`, ""},
		{`!answered(place) || place == "north" || place == "south"`, "condition-always"},
		{`!answered(place) || place in ["north", "south"]`, "condition-always"},
		{`answered(place) && !(place in programme.territory)`, "condition-never"},
		{`answered(family) && family && !family`, "condition-never"},
		{`answered(family) && family == true && family == false`, "condition-never"},
		{`answered(family) && !answered(family)`, "condition-never"},
		{`claimant == "organisation"`, "condition-never"}, // the category takes individuals only
		{`category == "loss"`, "condition-always"},
		{`answered(count) && (count > 5 ? claimed > 1 : claimed > 2) && claimed < 0`, "condition-never"},
		{`claimed + 1 > claimed`, ""}, // sums aren't followed
		{`false`, "condition-never"},
		{`true`, "condition-always"},
	} {
		got := warnings(t, "eligibility:\n  - {id: in-period, must: '"+test.when+"', ground: outside-period, basis: x}\n")
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %v, want %s", test.when, got, test.want)
		}
	}
}

func TestRulesThatOthersComeBefore(t *testing.T) {
	rule := func(id, when, gives string) string {
		return "    - {id: " + id + ", when: '" + when + "', " + gives + ", basis: x}\n"
	}
	for _, test := range []struct{ name, rules, want string }{
		{"apart", rule("low", "claimed < 5", "sum: 1.00 EUR") + rule("high", "claimed > 10", "sum: 2.00 EUR"), ""},
		{"the same again", rule("low", "claimed < 5", "sum: 1.00 EUR") + rule("again", "claimed < 4", "sum: 2.00 EUR"), "rule-shadowed"},
		{"two together", rule("low", "claimed < 5", "sum: 1.00 EUR") + rule("high", "claimed >= 5", "dismissed: no-rule") + rule("again", "claimed == 7", "sum: 2.00 EUR"), "rule-shadowed"},
		{"an amount may come to nothing", rule("low", "claimed < 5", "amount: claimed") + rule("again", "claimed < 4", "sum: 2.00 EUR"), ""},
		{"never", rule("low", "claimed < 5 && claimed > 5", "sum: 1.00 EUR"), "condition-never"},
		{"a step", "    - {id: one, amount: claimed, steps: [{times: 2, when: claimed > 5 && claimed < 4}], basis: x}\n", "condition-never"},
	} {
		got := warnings(t, "valuation:\n  rules:\n"+test.rules+"  otherwise: {ground: no-rule}\n")
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %v, want %s", test.name, got, test.want)
		}
	}
}

func TestTreatiesThatAreKnown(t *testing.T) {
	src := []byte(whole(t, "powers:\n  record: {by: officer}\n  propose_instalment: {by: officer, treaty: iccu-2025}\n"))
	for _, test := range []struct {
		known []string
		want  string
	}{
		{nil, ""},
		{[]string{"iccu-2025"}, ""},
		{[]string{}, `rulebook.yaml:3:45: rulebook.no-such-treaty at=powers.propose_instalment.treaty treaty="iccu-2025"`},
		{[]string{"iccu-2026"}, `rulebook.yaml:3:45: rulebook.no-such-treaty at=powers.propose_instalment.treaty treaty="iccu-2025" mend="iccu-2026"`},
	} {
		got := ""
		if _, err := rulebook.ParseKnowing("rulebook.yaml", src, rulebook.Known{Treaties: test.known}); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%v: %s, want %s", test.known, got, test.want)
		}
	}
}

// What ships may be better mended in places; it goes on as it is.
func TestWarningsOfWhatShips(t *testing.T) {
	for _, r := range rulebooks.All() {
		e, err := rulebook.Parse(r.Name, r.Source)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range e.Warnings {
			if p.Code != "rulebook.question-without-basis" && p.Code != "rulebook.field-never-used" {
				t.Errorf("%v", p)
			}
		}
	}
}
