package rulebook_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
)

// Whatever is claimed, an award lies above nothing and under its cap, and the
// same case gives the same bytes again.
func TestLawsOfAwards(t *testing.T) {
	e := fromFile(t, "values.yaml")
	rapid.Check(t, func(r *rapid.T) {
		claimed := rapid.Int64Range(0, 30_000_000).Draw(r, "claimed")
		insured := rapid.Int64Range(0, 30_000_000).Draw(r, "insured")
		c := claimOf(t, e, "c", fmt.Sprintf("claimed=%s insured=%s weak=%t",
			money.New(claimed, "USD").Decimal(), money.New(insured, "USD").Decimal(), rapid.Bool().Draw(r, "weak")))
		if rapid.Bool().Draw(r, "linked") {
			c.Links = []rulebook.Link{{Category: "a", Person: true, Award: money.New(rapid.Int64Range(1, 800_000).Draw(r, "award"), "USD")}}
		}
		v, err := e.Value(c)
		if err != nil {
			r.Fatal(err)
		}
		if v.Award.Minor() < 50_00 || v.Award.Minor() > 100_000_00 {
			r.Fatalf("an award of %s", v.Award)
		}
		c.Links = v.Trace.Links() // what was linked since doesn't count
		again, err := e.Value(c)
		if err != nil {
			r.Fatal(err)
		}
		one, _ := json.Marshal(v)
		two, _ := json.Marshal(again)
		if string(one) != string(two) {
			r.Fatalf("run again: %s, before %s", two, one)
		}
		bare, err := e.ValueUntraced(c)
		if err != nil || bare.Award != v.Award || bare.Rule != v.Rule || bare.Outcome != v.Outcome {
			r.Fatalf("without a trace: %+v, %v", bare, err)
		}
	})
}

// The parts of a house or an estate add up to the whole, and what each owner
// gets alone is their part of it.
func TestLawsOfApportionment(t *testing.T) {
	e := fromFile(t, "values.yaml")
	rapid.Check(t, func(r *rapid.T) {
		claimed := rapid.Int64Range(1, 1_000_000_000).Draw(r, "claimed")
		shares := fmt.Sprintf("claimed=%s share_1=%d share_2=%d share_3=%d", money.New(claimed, "USD").Decimal(),
			rapid.IntRange(0, 1000).Draw(r, "share_1"), rapid.IntRange(0, 1000).Draw(r, "share_2"), rapid.IntRange(1, 1000).Draw(r, "share_3"))
		v, err := e.Value(claimOf(t, e, "estate", shares))
		if err != nil {
			r.Fatal(err)
		}
		var sum int64
		for _, part := range v.Shares {
			if part.Sign() < 0 {
				r.Fatalf("a part of %s", part)
			}
			sum += part.Minor()
		}
		if sum != claimed || v.Award.Minor() != claimed || len(v.Shares) != 3 {
			r.Fatalf("parts %v of %d", v.Shares, claimed)
		}
		var owners int64
		for own := 1; own <= 3; own++ {
			v, err := e.Value(claimOf(t, e, "house", fmt.Sprintf("claimed=%s share_1=1 share_2=1 share_3=1 own=%d", money.New(claimed, "USD").Decimal(), own)))
			if err != nil {
				r.Fatal(err)
			}
			if v.Outcome == rulebook.Award {
				owners += v.Award.Minor()
			}
		}
		if owners != claimed {
			r.Fatalf("three owners get %d of %d", owners, claimed)
		}
	})
}
