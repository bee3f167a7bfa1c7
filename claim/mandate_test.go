package claim_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// What a mandate's entries say, and what they fold into, for ever: add an optional
// field or a kind, never change a line.
func TestMandatesForEver(t *testing.T) {
	var m claim.Mandate
	for n, step := range []struct {
		kind  docket.Kind
		facts string
		into  any
		want  string
	}{
		{
			claim.KindMandateGiven, `{"from":"2026-01-02","kind":"guardian","organisation":"aid","scopes":["file","letters"],"until":"2027-01-01"}`, &claim.MandateGiven{},
			"0a of demo for aid, guardian, [file letters], 2026-01-02 to 2027-01-01, ended ",
		},
		{
			claim.KindMandateEnded, `{"on":"2026-05-06"}`, &claim.MandateEnded{},
			"0a of demo for aid, guardian, [file letters], 2026-01-02 to 2027-01-01, ended 2026-05-06",
		},
	} {
		if err := json.Unmarshal([]byte(step.facts), step.into); err != nil {
			t.Fatal(err)
		}
		if again, err := docket.Marshal(step.into); err != nil || string(again) != step.facts {
			t.Errorf("%s is written as %s (%v)", step.kind, again, err)
		}
		var err error
		m, err = m.After(docket.Envelope{Stream: "mandate/0a", Version: docket.Version(n + 1), Kind: step.kind, Programme: "demo", Facts: json.RawMessage(step.facts)})
		got := fmt.Sprintf("%s of %s for %s, %s, %s, %s to %s, ended %s", m.ID, m.Programme, m.Organisation, m.Kind, m.Scopes, m.From, m.Until, m.Ended)
		if err != nil || got != step.want || m.Version != docket.Version(n+1) {
			t.Errorf("%s folds into %q (%v), was %q", step.kind, got, err, step.want)
		}
	}
	if _, err := m.After(docket.Envelope{Stream: "mandate/0a", Version: 3, Kind: "mandate.given.v2"}); fault.Code(err) != "claim.unknown-kind" {
		t.Errorf("a kind of tomorrow: %v", err)
	}
}

func TestAMandateHoldsFromItsFirstDayToItsLast(t *testing.T) {
	from, until := day.Must(2026, 1, 2), day.Must(2026, 12, 31)
	m := claim.Mandate{From: from, Until: until, Scopes: []claim.Scope{claim.ScopeFile}}
	ended := m
	ended.Ended = day.Must(2026, 5, 6)
	for _, c := range []struct {
		what  string
		m     claim.Mandate
		scope claim.Scope
		on    day.Date
		code  string
	}{
		{"the day before", m, claim.ScopeFile, day.Must(2026, 1, 1), "mandate.not-begun"},
		{"the first day", m, claim.ScopeFile, from, ""},
		{"the last day", m, claim.ScopeFile, until, ""},
		{"the day after", m, claim.ScopeFile, day.Must(2027, 1, 1), "mandate.over"},
		{"what it doesn't say", m, claim.ScopeBePaid, from, "mandate.scope-missing"},
		{"the day of its end", ended, claim.ScopeFile, day.Must(2026, 5, 6), "mandate.ended"},
	} {
		if got := fault.Code(c.m.Allows(c.scope, c.on)); got != c.code {
			t.Errorf("%s: %q, want %q", c.what, got, c.code)
		}
	}
}
