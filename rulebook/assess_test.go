package rulebook_test

import (
	"encoding/json"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
)

// given is a sound claim of a category, with some answers changed; "-" takes
// an answer away.
func given(t testing.TB, e *rulebook.Edition, category, changes string) rulebook.Case {
	t.Helper()
	sound := map[string]map[string]string{
		"a-departure":  {"family": "false", "nights_away": "3"},
		"b-injury":     {"family": "false", "injured": "1", "medical_record": "true", "statement": "The water came at night."},
		"c-belongings": {"belongings": "a boat", "claimed": "1500.00 EUR", "proof": "receipts"},
	}
	raw := maps.Clone(sound[category])
	maps.Copy(raw, map[string]string{
		"claimant_name": "Anna Example", "contact": "anna@example.org", "signed": "true", "incident_date": "2019-11-04", "place": "marina",
	})
	c := rulebook.Case{Category: category, Claimant: "individual", Received: day.Must(2020, 2, 1)}
	for change := range strings.FieldsSeq(changes) {
		name, text, _ := strings.Cut(change, "=")
		switch {
		case name == "received":
			on, err := day.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			c.Received = on
		case name == "claimant":
			c.Claimant = text
		case text == "-":
			delete(raw, name)
		default:
			raw[name] = text
		}
	}
	var err error
	if c.Answers, err = e.Read(category, raw); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAssess(t *testing.T) {
	e := demo(t)
	for _, test := range []struct {
		category, changes string
		want              string // the outcome, then what is missing or the ground
	}{
		{"a-departure", "", "record"},
		{"b-injury", "", "record"},
		{"c-belongings", "", "record"},
		{"c-belongings", "claimant=organisation", "record"},
		{"a-departure", "signed=-", "deficient signature"},
		{"a-departure", "signed=false", "deficient signature"},
		{"a-departure", "contact=- signed=false", "deficient answer:contact signature"},
		{"c-belongings", "claimed=-", "deficient sum-stated"},
		{"c-belongings", "claimed=- signed=- belongings=-", "deficient answer:belongings signature sum-stated"},
		{"a-departure", "incident_date=2019-11-02", "refuse outside-period"},
		{"a-departure", "incident_date=2019-11-03", "record"},
		{"a-departure", "incident_date=2019-11-17", "record"},
		{"a-departure", "incident_date=2019-11-18", "refuse outside-period"},
		{"a-departure", "place=elsewhere", "refuse outside-territory"},
		{"a-departure", "received=2021-06-30", "record"},
		{"a-departure", "received=2021-07-01", "refuse filed-late"},
		{"a-departure", "incident_date=2019-11-02 place=elsewhere", "refuse outside-period"}, // the first ground
		{"a-departure", "place=elsewhere signed=-", "deficient signature"},                   // form before eligibility
	} {
		f, err := e.Assess(given(t, e, test.category, test.changes))
		if err != nil {
			t.Errorf("%s %s: %v", test.category, test.changes, err)
			continue
		}
		got := strings.TrimSpace(strings.Join(append([]string{string(f.Outcome), f.Ground}, f.Missing...), " "))
		if got = strings.Join(strings.Fields(got), " "); got != test.want {
			t.Errorf("%s %s: %s, want %s", test.category, test.changes, got, test.want)
		}
	}
}

func TestValue(t *testing.T) {
	e := demo(t)
	for _, test := range []struct {
		category, changes string
		want              string // the award or the ground, then the rule
	}{
		{"a-departure", "", "2500.00 EUR by a-individual"},
		{"a-departure", "family=true", "5000.00 EUR by a-family"},
		{"a-departure", "nights_away=0", "no-departure by a-not-away"},
		{"b-injury", "", "2500.00 EUR by b-individual"},
		{"b-injury", "family=true injured=3", "7500.00 EUR by b-family"},
		{"b-injury", "family=true injured=4", "10000.00 EUR by b-family"},
		{"b-injury", "family=true injured=5", "10000.00 EUR by b-family"},
		{"b-injury", "injured=0", "no-injury by b-not-injured"},
		{"b-injury", "medical_record=-", "injury-not-shown by b-not-shown"},
		{"b-injury", "medical_record=false", "injury-not-shown by b-not-shown"},
		{"c-belongings", "", "1500.00 EUR by c-capped"},
		{"c-belongings", "claimed=0.01", "0.01 EUR by c-capped"},
		{"c-belongings", "claimed=99999.99", "99999.99 EUR by c-capped"},
		{"c-belongings", "claimed=100000.00", "100000.00 EUR by c-capped"},
		{"c-belongings", "claimed=9999999999999.99", "100000.00 EUR by c-capped"},
		{"c-belongings", "claimed=0.00", "nothing-claimed by c-nothing"},
		{"c-belongings", "proof=none", "loss-not-shown by c-not-shown"},
		{"c-belongings", "proof=-", "loss-not-shown by c-not-shown"},
	} {
		v, err := e.Value(given(t, e, test.category, test.changes))
		if err != nil {
			t.Errorf("%s %s: %v", test.category, test.changes, err)
			continue
		}
		got := v.Ground + " by " + v.Rule
		if v.Outcome == rulebook.Award {
			got = v.Award.String() + got
		}
		if got != test.want {
			t.Errorf("%s %s: %s, want %s", test.category, test.changes, got, test.want)
		}
		if last := v.Trace.Steps[len(v.Trace.Steps)-1]; last.Rule != v.Rule {
			t.Errorf("%s %s: the trace ends with %s, the rule was %s", test.category, test.changes, last.Rule, v.Rule)
		}
	}
}

func TestWhatNoRuleCanJudge(t *testing.T) {
	e := demo(t)
	sound := given(t, e, "a-departure", "")
	for _, test := range []struct {
		name   string
		change func(*rulebook.Case)
		code   string
	}{
		{"a category that isn't there", func(c *rulebook.Case) { c.Category = "d-pets" }, "rulebook.category-unknown"},
		{"a claimant whom the category doesn't take", func(c *rulebook.Case) { c.Claimant = "organisation" }, "rulebook.claimant-not-taken"},
		{"no claimant", func(c *rulebook.Case) { c.Claimant = "" }, "rulebook.claimant-not-taken"},
		{"no day of receipt", func(c *rulebook.Case) { c.Received = day.Date{} }, "rulebook.unanswered"},
	} {
		c := sound
		test.change(&c)
		if _, err := e.Assess(c); fault.Code(err) != test.code {
			t.Errorf("%s: %v, want %s", test.name, err, test.code)
		}
	}
	// Valued before it was assessed, a claim may lack what a rule reads.
	_, err := e.Value(given(t, e, "a-departure", "nights_away=-"))
	want := fault.New(fault.Invalid, "rulebook.unanswered", "programme", "demo", "rule", "a-not-away", "field", "nights_away")
	if diff := cmp.Diff(want.Error(), err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestAmountsThatCannotBePaid(t *testing.T) {
	for _, test := range []struct {
		amount, count string
		want          string
	}{
		{"claimed / 4", "1", "25.01 EUR"},
		{"claimed / 8", "1", "rulebook.amount-not-payable"}, // half a cent: nobody said how to round
		{`round(claimed / 8, 2, "down")`, "1", "12.50 EUR"},
		{`divide(claimed, 3, 2, "half-up")`, "1", "33.35 EUR"},
		{"claimed / count", "3", "rulebook.arithmetic"},
		{"claimed / count", "0", "rulebook.arithmetic"},
		{"claimed - 200", "1", "rulebook.amount-not-payable"},
		{"claimed - 100.04", "1", "no-rule"}, // nothing is a dismissal
		{"claimed * 1000000000000000000", "1", "rulebook.amount-not-payable"},
	} {
		e, err := rulebook.Parse("rulebook.yaml", []byte(whole(t, `
valuation:
  rules:
    - {id: full, when: answered(count), amount: '`+test.amount+`', basis: article 2}
  otherwise: {ground: no-rule}
`)))
		if err != nil {
			t.Fatal(err)
		}
		answers, err := e.Read("loss", map[string]string{"claimed": "100.04", "count": test.count, "incident_date": "2020-02-02"})
		if err != nil {
			t.Fatal(err)
		}
		v, err := e.Value(rulebook.Case{Category: "loss", Claimant: "individual", Received: day.Must(2020, 3, 1), Answers: answers})
		got := v.Award.String() + v.Ground + fault.Code(err)
		if got != test.want {
			t.Errorf("%s of %s: %s, want %s", test.amount, test.count, got, test.want)
		}
	}
}

// The bytes of a trace are kept, sealed, for ever: they never change.
func TestTrace(t *testing.T) {
	e := demo(t)
	v, err := e.Value(given(t, e, "b-injury", "family=true injured=3"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(v.Trace)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"edition":{"id":"demo","number":"1","hash":"` + e.Hash.String() + `"},"category":"b-injury","claimant":"individual",` +
		`"received":"2020-02-01","class":"internal","steps":[` +
		`{"rule":"b-not-injured","basis":"Harbour Flood Settlement, annex, B(1)","inputs":{"injured":"3"},"outcome":"passed-over"},` +
		`{"rule":"b-not-shown","basis":"Harbour Flood Settlement, article 7","inputs":{"medical_record":"true"},"outcome":"passed-over"},` +
		`{"rule":"b-family","basis":"Harbour Flood Settlement, annex, B(2)","inputs":{"family":"true","injured":"3"},"outcome":"7500.00 EUR"}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	var back rulebook.Trace
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v.Trace, back, cmp.AllowUnexported(day.Date{})); diff != "" {
		t.Errorf("read back:\n%s", diff)
	}
	var unanswered rulebook.Inputs
	if err := json.Unmarshal([]byte(`{"a":null,"b":"x"}`), &unanswered); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rulebook.Inputs{{Name: "a"}, {Name: "b", Text: "x"}}, unanswered); diff != "" {
		t.Error(diff)
	}
	for _, broken := range []string{`[]`, `{"a":1}`, `"x"`} {
		if err := json.Unmarshal([]byte(broken), &unanswered); err == nil {
			t.Errorf("%s was read as inputs", broken)
		}
	}
}

func TestClassOfATrace(t *testing.T) {
	e, err := rulebook.Parse("rulebook.yaml", []byte(whole(t, `
fields:
  - {id: name, type: text, class: sensitive, label: {en: Name}}
  - {id: incident_date, type: date, class: public, label: {en: Date}}
  - {id: claimed, type: amount, currency: EUR, class: personal, label: {en: Amount}}
categories:
  - {id: loss, title: {en: Loss}, claimants: [individual], asks: [name, incident_date, claimed], requires: [claimed, incident_date]}
`)))
	if err != nil {
		t.Fatal(err)
	}
	answers, err := e.Read("loss", map[string]string{"claimed": "1", "incident_date": "2020-02-02", "name": "x"})
	if err != nil {
		t.Fatal(err)
	}
	c := rulebook.Case{Category: "loss", Claimant: "individual", Received: day.Must(2020, 3, 1), Answers: answers}
	f, err := e.Assess(c)
	if err != nil || f.Trace.Class() != rulebook.Sensitive {
		t.Errorf("a rule read the name: the trace is %s (%v)", f.Trace.Class(), err)
	}
	v, err := e.Value(c)
	if err != nil || v.Trace.Class() != rulebook.Personal {
		t.Errorf("a rule read the amount: the trace is %s (%v)", v.Trace.Class(), err)
	}
}

func TestSuspicions(t *testing.T) {
	e := demo(t)
	c := given(t, e, "c-belongings", "incident_date=2020-02-02 claimed=1000000.01")
	c.Outcome, c.Award, c.AwardStated = rulebook.ReportedAward, money.New(2_000_000_00, "EUR"), true
	got, err := e.Suspicions(c)
	if diff := cmp.Diff([]string{"incident-after-receipt", "claimed-very-high", "award-above-claim"}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	got, err = e.Suspicions(given(t, e, "a-departure", ""))
	if len(got) > 0 || err != nil {
		t.Error(got, err)
	}
}

// The same case gives the same bytes, however many ask at once.
func TestEvaluationIsPure(t *testing.T) {
	e, again := demo(t), demo(t)
	cases := demoCases(t, e)
	run := func(e *rulebook.Edition) string {
		var b strings.Builder
		for _, c := range cases {
			f, err := e.Assess(c)
			if err != nil {
				t.Error(err)
			}
			v, err := e.Value(c)
			if err != nil {
				t.Error(err)
			}
			line, err := json.Marshal([]any{f, v})
			if err != nil {
				t.Error(err)
			}
			b.Write(line)
		}
		return b.String()
	}
	want := run(e)
	if got := run(again); got != want {
		t.Error("an edition parsed again gives other bytes")
	}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if got := run(e); got != want {
				t.Error("at once, the bytes are others")
			}
		})
	}
	wait.Wait()
}
