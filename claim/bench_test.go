package claim_test

import (
	"encoding/json"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/rulebook"
)

var (
	deficient = rulebook.Finding{Outcome: rulebook.Deficient, Missing: []string{"answer:incident_date"}}
	fit       = rulebook.Finding{Outcome: rulebook.Record}
	worth     = rulebook.Valuation{Outcome: rulebook.Award, Award: amount("2500.00 EUR"), Rule: "fixed-sum"}
)

// wholeLife is what happens to a claim that is paid in two slices, and the
// facts as they stand in the docket.
func wholeLife(b *testing.B) (begun claim.Claim, events []claim.Event, facts []json.RawMessage) {
	begun = filed([]string{"", "12500.00 EUR", "street=quay"})
	c := begun
	for _, do := range []func(claim.Claim) (claim.Event, error){
		func(c claim.Claim) (claim.Event, error) { return c.FindDeficient(deficient) },
		func(c claim.Claim) (claim.Event, error) {
			return c.AnswerDeficiency(map[string]string{"incident_date": "2025-11-02"}, amount("13000.00 EUR"), nil)
		},
		func(c claim.Claim) (claim.Event, error) { return c.Record("HF-0000001", fit) },
		func(c claim.Claim) (claim.Event, error) { return c.Assess(1, worth) },
		func(c claim.Claim) (claim.Event, error) {
			return c.Decide(claim.AssessedEvent{Instalment: 1, Outcome: claim.Award, Award: &worth.Award, Rule: worth.Rule})
		},
		func(c claim.Claim) (claim.Event, error) { return c.OrderPayment(1, amount("1500.00 EUR")) },
		func(c claim.Claim) (claim.Event, error) { return c.ConfirmPayment(1, amount("1500.00 EUR")) },
		func(c claim.Claim) (claim.Event, error) { return c.OrderPayment(2, amount("1000.00 EUR")) },
		func(c claim.Claim) (claim.Event, error) { return c.ConfirmPayment(2, amount("1000.00 EUR")) },
	} {
		e, err := do(c)
		if err != nil {
			b.Fatal(err)
		}
		raw, err := docket.Marshal(e)
		if err != nil {
			b.Fatal(err)
		}
		c, events, facts = c.After(e), append(events, e), append(facts, raw)
	}
	if c.Standing != claim.Paid {
		b.Fatal(stands(c))
	}
	return begun, events, facts
}

func perSecond(b *testing.B, n int, what string) {
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), what+"/s")
}

func BenchmarkFold(b *testing.B) {
	begun, events, _ := wholeLife(b)
	b.ReportAllocs()
	for b.Loop() {
		c := begun
		for _, e := range events {
			c = c.After(e)
		}
	}
	perSecond(b, len(events), "events")
}

// What a rebuild does.
func BenchmarkDecodeAndFold(b *testing.B) {
	begun, events, facts := wholeLife(b)
	b.ReportAllocs()
	for b.Loop() {
		c := begun
		for i, raw := range facts {
			e, err := claim.Decode(events[i].Kind(), raw)
			if err != nil {
				b.Fatal(err)
			}
			c = c.After(e)
		}
	}
	perSecond(b, len(events), "events")
}

func BenchmarkParseReference(b *testing.B) {
	for b.Loop() {
		if _, err := claim.ParseReference("7k3m 9qx2 vd4k"); err != nil {
			b.Fatal(err)
		}
	}
}
