package rulebooks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/treaty"
)

// The language has no way to take categories from another rulebook, and claims
// pass from the Register without being filed again: so the two are written out
// alike, and held side by side here.
func TestICCUAsksWhatTheRegisterAsks(t *testing.T) {
	register, commission := parse(t, "rd4u"), parse(t, "iccu")
	if diff := cmp.Diff(form(register), form(commission)); diff != "" {
		t.Errorf("categories and questions (-rd4u +iccu):\n%s", diff)
	}
	if diff := cmp.Diff(register.Parties, commission.Parties); diff != "" {
		t.Errorf("parties (-rd4u +iccu):\n%s", diff)
	}
}

// form is what a claim is filed by, without opening days and notes, and without
// the places, which differ.
func form(e *rulebook.Edition) []string {
	var lines []string
	for _, c := range e.Categories {
		lines = append(lines, fmt.Sprint(c.ID, c.Code, c.Group, c.Title, c.Claimants, c.Form, c.Asks, c.Requires, c.Evidence))
	}
	for _, f := range e.Fields {
		if f.ID == "place" {
			f.Options, f.Why, f.Basis = nil, nil, ""
		}
		lines = append(lines, fmt.Sprint(f))
	}
	return lines
}

func TestICCUTakesTheSeaZonesShipsAndAircraft(t *testing.T) {
	register, commission := parse(t, "rd4u"), parse(t, "iccu")
	wider := []string{"exclusive-economic-zone", "continental-shelf", "ukrainian-ship", "ukrainian-aircraft"}
	if got := commission.Programme.Territory[len(register.Programme.Territory):]; !slices.Equal(got, wider) {
		t.Errorf("beyond the borders it takes %v", got)
	}
	for _, c := range commission.Categories {
		for _, place := range append(wider, "UA-43", "territorial-waters") {
			if got := found(t, commission, claim(t, commission, c.ID, "place="+place)); got != "record " {
				t.Errorf("%s, %s: %s", c.Code, place, got)
			}
		}
	}
	if got := found(t, commission, claim(t, commission, "a3-1", "place=outside")); got != "refuse outside-ukraine" {
		t.Errorf("elsewhere: %s", got)
	}
}

func TestICCUTakes2014OnceThatIsSet(t *testing.T) {
	e, wider := parse(t, "iccu"), revised(t, "iccu", "period: {from: 2022-02-24}", "period: {from: 2014-02-20}")
	if got := found(t, e, claim(t, e, "a3-1", "event_date=2014-02-20")); got != "refuse too-early" {
		t.Errorf("before the extension: %s", got)
	}
	if got := found(t, wider, claim(t, wider, "a3-1", "event_date=2014-02-20")); got != "record " {
		t.Errorf("after it: %s", got)
	}
}

func TestICCUMarksWhatIsNotAdopted(t *testing.T) {
	e := parse(t, "iccu")
	rules := slices.Concat(e.Requirements, e.Eligibility)
	for _, r := range e.Valuation {
		rules = append(rules, r.Rule)
	}
	if len(e.Valuation) == 0 {
		t.Fatal("no rule on amounts")
	}
	for _, c := range e.Categories {
		if !strings.Contains(c.Note.In("en"), "Assumption: not adopted.") {
			t.Errorf("%s doesn't say that its amounts are assumed", c.Code)
		}
	}
	for _, r := range rules {
		if !r.Assumption || !strings.HasPrefix(r.Basis, "assumption: not adopted") {
			t.Errorf("rule %s passes for adopted: assumption %t, basis %q", r.ID, r.Assumption, r.Basis)
		}
	}
	for _, c := range []struct{ category, answers, want string }{
		{"a1-1", "", "award 2500.00 EUR"},
		{"a2-1", "", "award 2500.00 EUR"},
		{"a3-1", "claimed_currency=UAH claimed_uah=1200000.00", "award 1200000.00 UAH"},
		{"c3-1", "claimed_currency=EUR claimed_eur=10.50", "award 10.50 EUR"},
		{"b1-1", "claimed_currency=USD claimed_usd=7.00", "award 7.00 USD"},
		{"a3-1", "claimed_currency=none", "dismissal no-amount"},
		{"a3-1", "claimed_currency=EUR claimed_eur=0.00", "dismissal no-amount"},
	} {
		v, err := e.Value(claim(t, e, c.category, strings.Fields(c.answers)...))
		got := string(v.Outcome) + " " + v.Ground
		if v.Outcome == rulebook.Award {
			got = string(v.Outcome) + " " + v.Award.String()
		}
		if err != nil || got != c.want {
			t.Errorf("%s, %s: %s, %v; want %s", c.category, c.answers, got, err, c.want)
		}
	}
}

// The commission's acts wait for a treaty; that one asks for a number of
// ratifications and for the money, and each is dated.
func TestRD4U25EntryIntoForceIsTheCountAndTheMoney(t *testing.T) {
	e := parse(t, "iccu")
	for act, want := range map[string]rulebook.Power{
		"propose_instalment": {By: "commissioner", Treaty: "iccu-2025"},
		"adopt_instalment":   {By: "commissioner", Second: "commissioner", Treaty: "iccu-2025"},
		"pay_round":          {},
	} {
		if e.Powers[act] != want {
			t.Errorf("%s is for %+v, want %+v", act, e.Powers[act], want)
		}
	}
	money := treaty.Action{Kind: treaty.Finding, Condition: "funds-secured", By: "Assembly", Document: "decision 1", On: on(t, "2027-06-01")}
	for _, c := range []struct {
		ratifications int
		money         bool
		missing       []string
	}{
		{25, true, nil}, {25, false, []string{"funds-secured"}}, {24, true, []string{"instruments"}}, {0, false, []string{"instruments", "funds-secured"}},
	} {
		facts := []treaty.Fact{convention(e.Powers["adopt_instalment"].Treaty)}
		for n := range c.ratifications {
			facts = append(facts, deposit(treaty.Action{Kind: treaty.Ratification, Party: fmt.Sprint("State ", n), Code: fmt.Sprintf("X%02d", n), On: on(t, "2027-01-15")}))
		}
		if c.money {
			facts = append(facts, deposit(money))
		}
		file := treaty.NewFile("iccu-2025", facts)
		s := file.Status(day.Must(2027, 12, 31), day.Date{})
		var missing []string
		for _, condition := range s.Conditions {
			if condition.Met == nil {
				missing = append(missing, condition.Name)
			}
		}
		if s.InForce != (c.missing == nil) || !slices.Equal(missing, c.missing) {
			t.Errorf("%d ratifications, money %t: in force %t, missing %v", c.ratifications, c.money, s.InForce, missing)
		}
		if s.InForce && (s.Entry == nil || s.Entry.Before(day.Must(2027, 6, 1)) || file.Status(day.Must(2027, 5, 31), day.Date{}).InForce) {
			t.Errorf("in force from %v: before the money was found", s.Entry)
		}
	}
}

var page = roll.Source{Name: "a page"}

// convention is what is known of the Commission's: 25 instruments, and the
// money for the first work.
func convention(id string) treaty.Fact {
	return treaty.Fact{Source: page, Instrument: &treaty.Instrument{
		ID: id, Title: "Convention establishing an International Claims Commission for Ukraine",
		Clause: &treaty.Clause{Provision: "entry into force", Conditions: []treaty.Condition{
			{Name: "instruments", Number: 25, Organisations: true}, {Name: "funds-secured", Finding: "Assembly"},
		}},
	}}
}

func deposit(a treaty.Action) treaty.Fact {
	a.Treaty = "iccu-2025"
	return treaty.Fact{Source: page, Action: &a}
}

func on(t *testing.T, text string) day.When {
	t.Helper()
	w, err := day.ParseWhen(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
