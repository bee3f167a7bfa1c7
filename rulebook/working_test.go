package rulebook_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
)

func TestEveryKindOfValuation(t *testing.T) {
	e := fromFile(t, "values.yaml")
	usd := func(n int64) money.Amount { return money.New(n*100, "USD") }
	for _, test := range []struct {
		name, category, answers string
		links                   []rulebook.Link
		want                    string
	}{
		{"filed in A only", "a", "family=false", nil, "4000.00 USD by a-only"},
		{"a family that filed in A only", "a", "family=true", nil, "8000.00 USD by a-only-family"},
		{"the same person turns up in B", "a", "family=false", []rulebook.Link{{Claim: "B-1", Category: "b", Person: true}}, "2500.00 USD by a-one"},
		{"a family of which one turns up in C", "a", "family=true", []rulebook.Link{{Claim: "C-1", Category: "c", Person: true}}, "5000.00 USD by a-family"},
		{"a link of another category", "a", "family=false", []rulebook.Link{{Claim: "D-1", Category: "d", Person: true}}, "4000.00 USD by a-only"},
		{"a link of an object, not of the person", "a", "family=false", []rulebook.Link{{Claim: "B-1", Category: "b"}}, "4000.00 USD by a-only"},

		{"five points are no band", "b", "days_held=2 limb_lost=false", nil, "nothing-due by otherwise"},
		{"at the first band", "b", "days_held=5 limb_lost=false", nil, "1000.00 USD by b-points"},
		{"a limb", "b", "days_held=0 limb_lost=true", nil, "2500.00 USD by b-points"},
		{"more points than count", "b", "days_held=999 limb_lost=true", nil, "5000.00 USD by b-points"},

		{"as claimed", "c", "claimed=1234.56 weak=false", nil, "1234.56 USD by c-losses"},
		{"weak evidence", "c", "claimed=1234.56 weak=true", nil, "987.65 USD by c-losses"}, // 987.648
		{"set off against the insurer", "c", "claimed=1000 weak=false insured=400.10", nil, "599.90 USD by c-losses"},
		{"set off below nothing, up to the floor", "c", "claimed=1000 weak=false insured=4000", nil, "50.00 USD by c-losses"},
		{"set off against the award in A", "c", "claimed=9000 weak=false", []rulebook.Link{{Category: "a", Person: true, Award: usd(4000)}}, "5000.00 USD by c-losses"},
		{"set off against two awards in A", "c", "claimed=9000 weak=false", []rulebook.Link{{Category: "a", Person: true, Award: usd(4000)}, {Category: "a", Person: true, Award: usd(500)}}, "4500.00 USD by c-losses"},
		{"at the cap", "c", "claimed=100000 weak=false", nil, "100000.00 USD by c-losses"},
		{"beyond the cap", "c", "claimed=100000.01 weak=false", nil, "100000.00 USD by c-losses"},
		{"an award in another currency", "c", "claimed=9000 weak=false", []rulebook.Link{{Category: "a", Person: true, Award: money.New(1, "KWD")}}, "rulebook.arithmetic"},

		{"dinars at the rate of the month", "d", "claimed_kwd=1000.125 lost_on=1990-08-02", nil, "3462.93 USD by d-dinars"}, // 3462.9328125
		{"dinars at the rate of another month", "d", "claimed_kwd=1000.125 lost_on=1990-07-31", nil, "3470.43 USD by d-dinars"},
		{"a round sum", "d", "claimed_kwd=1000 lost_on=1990-07-31", nil, "3470.00 USD by d-dinars"},
		{"a month without a rate", "d", "claimed_kwd=1000 lost_on=1991-02-01", nil, "rulebook.arithmetic"},

		{"the price of the list, by the index", "goods", "kind=car state=new lost_on=1990-08-15 claimed=99999", nil, "9135.00 USD by goods-listed"},
		{"half a cent goes up", "goods", "kind=car state=old lost_on=1991-01-15 claimed=99999", nil, "2675.54 USD by goods-listed"}, // 2675.535
		{"the list or the claim, whichever is less", "goods", "kind=car state=new lost_on=1990-08-15 claimed=7000", nil, "7000.00 USD by goods-listed"},

		{"a child", "pension", "age=17", nil, "100.00 USD by by-age"},
		{"at the boundary", "pension", "age=18", nil, "250.75 USD by by-age"},
		{"above every band", "pension", "age=99", nil, "400.00 USD by by-age"},
		{"below every band", "pension", "age=-1", nil, "rulebook.arithmetic"},

		{"interest of a year", "contract", "claimed=10000 lost_on=1990-08-02", nil, "10000.00 USD by with-interest, interest 375.00 USD"},
		{"interest in thousands", "contract", "claimed=80000 lost_on=1990-08-02", nil, "80000.00 USD by with-interest, interest 3000.00 USD"},
		{"interest of a day", "contract", "claimed=10000 lost_on=1991-08-01", nil, "10000.00 USD by with-interest, interest 1.03 USD"},
		{"no interest after the last day", "contract", "claimed=10000 lost_on=1992-01-01", nil, "10000.00 USD by with-interest, interest 0.00 USD"},

		{"a third, the first", "house", "claimed=100 share_1=1 share_2=1 share_3=1 own=1", nil, "33.34 USD by own-share"},
		{"a third, the last", "house", "claimed=100 share_1=1 share_2=1 share_3=1 own=3", nil, "33.33 USD by own-share"},
		{"shares beyond the whole", "house", "claimed=100 share_1=1 share_2=1 share_3=2 own=1", nil, "rulebook.arithmetic"},
		{"a share of nobody", "house", "claimed=100 share_1=1 share_2=1 share_3=1 own=4", nil, "rulebook.arithmetic"},
		{"three heirs", "estate", "claimed=100 share_1=2 share_2=1 share_3=4", nil, "100.00 USD by heirs, 28.57 USD, 14.29 USD, 57.14 USD"},
	} {
		c := claimOf(t, e, test.category, test.answers)
		c.Links = test.links
		v, err := e.Value(c)
		got := fault.Code(err)
		if err == nil {
			got = v.Ground
			if v.Outcome == rulebook.Award {
				got = v.Award.String()
			}
			got += " by " + v.Rule
		}
		if !v.Interest.IsZero() {
			got += ", interest " + v.Interest.String()
		}
		for _, share := range v.Shares {
			got += ", " + share.String()
		}
		if got != test.want {
			t.Errorf("%s: %s (%v), want %s", test.name, got, err, test.want)
		}
		bare, err := e.ValueUntraced(c)
		v.Trace, bare.Trace = rulebook.Trace{}, rulebook.Trace{}
		if diff := cmp.Diff(v, bare, cmp.AllowUnexported(money.Amount{}), cmp.Comparer(func(a, b rulebook.Trace) bool { return true })); diff != "" && err == nil {
			t.Errorf("%s: without its trace it is another:\n%s", test.name, diff)
		}
	}
}

// The bytes of a trace are kept for ever: they never change.
func TestTheTraceOfAWorkedOutAward(t *testing.T) {
	e := fromFile(t, "values.yaml")
	c := claimOf(t, e, "c", "claimed=1234.56 weak=true insured=10")
	c.Links = []rulebook.Link{{Claim: "A-1", Category: "a", Person: true, Award: money.New(400_000, "USD")}}
	for _, test := range []struct {
		c    rulebook.Case
		want string
	}{
		{c, `{"rule":"c-losses","basis":"decision 1","inputs":{"awarded(a)":"4000.00 USD","claimed":"1234.56 USD","insured":"10.00 USD","weak":"true"},"outcome":"50.00 USD","parts":[` +
			`{"step":"amount","gives":"1234.56 USD"},` +
			`{"step":"times","basis":"decision 9","with":{"value":"0.8"},"gives":"987.648 USD"},` +
			`{"step":"less","basis":"decision 13","with":{"value":"10"},"gives":"977.648 USD"},` +
			`{"step":"less","basis":"decision 24","with":{"value":"4000"},"gives":"0 USD"},` +
			`{"step":"at_least","with":{"value":"50"},"gives":"50 USD"},` +
			`{"step":"at_most","basis":"decision 1","with":{"value":"100000"},"gives":"50 USD"},` +
			`{"step":"round","with":{"decimals":"2","rounding":"half-even"},"gives":"50 USD"}]}`},
		{claimOf(t, e, "b", "days_held=5 limb_lost=true"), `{"rule":"b-points","basis":"decision 3","inputs":{"days_held":"5","limb_lost":"true"},"outcome":"2500.00 USD","parts":[` +
			`{"step":"criterion:limb","basis":"decision 3(a)","with":{"points":"40"},"gives":"40"},` +
			`{"step":"criterion:detention","basis":"decision 3(b)","with":{"points":"10"},"gives":"50"},` +
			`{"step":"points","basis":"decision 3","with":{"points":"50"},"gives":"2500 USD"}]}`},
	} {
		v, err := e.Value(test.c)
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(v.Trace.Steps[len(v.Trace.Steps)-1])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, string(got)); diff != "" {
			t.Error(diff)
		}
	}
	v, err := e.Value(claimOf(t, e, "a", "family=false"))
	if got, _ := json.Marshal(v.Trace.Steps[1]); err != nil || !strings.Contains(string(got), `"inputs":{"linked(b)":"false","linked(c)":"false"},"outcome":"4000.00 USD"`) {
		t.Errorf("%s, %v", got, err)
	}
}
