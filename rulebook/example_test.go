package rulebook_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/rulebook"
)

func demoEdition(t *testing.T) *rulebook.Edition {
	t.Helper()
	source, err := os.ReadFile("../rulebooks/demo/rulebook.yaml")
	if err != nil {
		t.Fatal(err)
	}
	e, err := rulebook.Parse("demo", source)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

const oneExample = `
received: 2020-03-02
common: {claimant_name: A. Visser, contact: Quay Lane 1, signed: true, incident_date: 2019-11-05, place: marina, family: false}
examples:
  - name: Twelve nights
    category: a-departure
    given: {nights_away: 12}
    then: {standing: recorded, award: 2500.00 EUR}
`

func TestWhatAnExampleFileSaysWrongIsSaidWithItsPlaceAndMend(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"as it is", "", "", ""},
		{"a key", "given:", "givn:", "rulebook.unknown-key mend=given"},
		{"a category", "a-departure", "a-departur", "rulebook.example-names mend=a-departure"},
		{"a field", "nights_away", "night_away", "rulebook.example-names mend=nights_away"},
		{"a common field", "contact", "contacts", "rulebook.example-names mend=contact"},
		{"a standing", "standing: recorded", "standing: record", "rulebook.example-names mend=recorded"},
		{"a rule", "award: 2500.00 EUR", "rule: a-famly", "rulebook.example-names mend=a-family"},
		{"a ground", "award: 2500.00 EUR", "ground: filed-lat", "rulebook.example-names mend=filed-late"},
		{"an award without its currency", "2500.00 EUR", "2500.00", "rulebook.wrong-form mend=2500.00 EUR"},
		{"a date", "2020-03-02", "2 March 2020", "rulebook.wrong-form mend=2020-03-02"},
		{"no day of receipt", "received: 2020-03-02\n", "", "rulebook.missing-key mend="},
		{"nothing expected", "    then: {standing: recorded, award: 2500.00 EUR}\n", "", "rulebook.missing-key mend="},
		{"no example", "examples:", "example:", "rulebook.unknown-key mend=examples"},
		{"an alias", "2500.00 EUR", "*a", "rulebook.yaml-alias mend="},
	} {
		_, err := demoEdition(t).ParseExamples("examples.yaml", []byte(strings.Replace(oneExample, c.from, c.to, 1)))
		problems, _ := err.(rulebook.Problems)
		said := ""
		for _, p := range problems {
			said += p.Code + " mend=" + p.Mend + "\n"
		}
		if c.want == "" && err != nil || !strings.Contains(said, c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		for _, p := range problems {
			if p.Line < 1 || p.File != "examples.yaml" {
				t.Errorf("%s: no place: %v", c.name, p)
			}
		}
	}
}

func TestAnExampleThatComesOutOtherwiseSaysWhatDiffers(t *testing.T) {
	e := demoEdition(t)
	for _, c := range []struct {
		name, from, to string
		differs        []rulebook.Difference
	}{
		{"as it says", "", "", nil},
		{"another award", "2500.00 EUR", "5000.00 EUR", []rulebook.Difference{{What: "award", Want: "5000.00 EUR", Came: "2500.00 EUR"}}},
		{"dismissed", "nights_away: 12", "nights_away: 0", []rulebook.Difference{{What: "award", Want: "2500.00 EUR", Came: "none"}}},
		{"deficient", "signed: true", "signed: false", []rulebook.Difference{
			{What: "standing", Want: "recorded", Came: "deficient"}, {What: "award", Want: "2500.00 EUR", Came: ""},
		}},
		{"another reason to be missing", "standing: recorded, award: 2500.00 EUR", "standing: deficient, missing: [signature]", []rulebook.Difference{
			{What: "standing", Want: "deficient", Came: "recorded"}, {What: "missing", Want: "signature", Came: ""},
		}},
		{"not filed", "nights_away: 12", "nights_away: many", []rulebook.Difference{
			{What: "standing", Want: "recorded", Came: "not-filed"}, {What: "award", Want: "2500.00 EUR", Came: ""},
		}},
	} {
		examples, err := e.ParseExamples("examples.yaml", []byte(strings.Replace(oneExample, c.from, c.to, 1)))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := e.Try(&examples[0]); !slices.Equal(got.Differs, c.differs) {
			t.Errorf("%s: differs %v, want %v", c.name, got.Differs, c.differs)
		}
	}
}

func TestRulesThatNoExampleReachesAreListedAndTheirEdgesProposed(t *testing.T) {
	e := demoEdition(t)
	examples, err := e.ParseExamples("examples.yaml", []byte(oneExample))
	if err != nil {
		t.Fatal(err)
	}
	tried := []rulebook.Tried{e.Try(&examples[0])}
	lacks := map[string]string{}
	for _, u := range e.Unreached(tried) {
		lacks[u.Rule] += u.Lacks
	}
	for rule, want := range map[string]string{
		"signature": "not-met", "sum-stated": "reached", "within-period": "not-met", "b-family": "reached", "a-family": "decides", "a-individual": "",
	} {
		if lacks[rule] != want {
			t.Errorf("%s lacks %q, want %q", rule, lacks[rule], want)
		}
	}
	var proposed []string
	for _, p := range e.Boundaries(examples, tried) {
		proposed = append(proposed, p.Field+"="+p.Value+" "+string(p.Came.Standing)+" "+p.Came.Award)
	}
	want := []string{
		"incident_date=2019-11-02 refused ", "incident_date=2019-11-03 recorded 2500.00 EUR",
		"incident_date=2019-11-17 recorded 2500.00 EUR", "incident_date=2019-11-18 refused ",
		"received=2021-06-30 recorded 2500.00 EUR", "received=2021-07-01 refused ",
		"nights_away=0 recorded none", "nights_away=1 recorded 2500.00 EUR",
	}
	if !slices.Equal(proposed, want) {
		t.Errorf("proposed %q, want %q", proposed, want)
	}
}
