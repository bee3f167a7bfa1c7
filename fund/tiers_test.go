package fund_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
)

func usd(n int64) money.Amount { return money.New(n*100, "USD") }

func most(n int64) map[money.Currency]money.Amount {
	return map[money.Currency]money.Amount{"USD": usd(n)}
}

func factor(s string) money.Factor {
	f, err := money.ParseFactor(s)
	if err != nil {
		panic(err)
	}
	return f
}

// waterfall is the order of 22 U.S.C. 1627(c): 1,000 on each award, up to a
// quarter of the unpaid principal, rateably the rest, then the interest.
var waterfall = []rulebook.Tier{
	{ID: "thousand", UpTo: most(1000), Rateable: true},
	{ID: "quarter", Share: factor("0.25"), Rateable: true},
	{ID: "rest", Rateable: true},
	{ID: "interest", Interest: true, Rateable: true},
}

func TestTiers(t *testing.T) {
	debt := func(claim, category string, principal, paid int64) fund.Debt {
		return fund.Debt{Claim: claim, Category: category, Principal: usd(principal), PaidPrincipal: usd(paid)}
	}
	first := []rulebook.Tier{
		{ID: "first", Categories: []string{"a", "c"}, UpTo: most(2500), Stop: rulebook.Skip},
		{ID: "all-of-b", Categories: []string{"b"}, Stop: rulebook.Skip},
	}
	slices := []rulebook.Tier{{ID: "slices", UpTo: most(10), More: true, Repeat: true, Stop: rulebook.Stop}}
	for _, test := range []struct {
		name  string
		tiers []rulebook.Tier
		debts []fund.Debt
		money int64
		want  string
	}{
		{
			"A and C up to 2,500, then B in full", first,
			[]fund.Debt{debt("A-1", "a", 4000, 0), debt("B-1", "b", 9000, 0), debt("C-1", "c", 700, 0)},
			100_000, "first A-1 2500.00, first C-1 700.00, all-of-b B-1 9000.00; 87800.00 left",
		},
		{"what was paid before counts", first, []fund.Debt{debt("A-1", "a", 4000, 2000)}, 9000, "first A-1 500.00; 8500.00 left"},
		{"one that the money doesn't cover is passed over", first, []fund.Debt{debt("A-1", "a", 4000, 0), debt("A-2", "a", 300, 0)}, 400, "first A-2 300.00; 100.00 left"},
		{"slices again and again, until one isn't covered", slices, []fund.Debt{debt("D-1", "d", 25, 0), debt("D-2", "d", 12, 0)}, 40, "slices D-1 10.00, slices D-2 10.00, slices D-1 10.00, slices D-2 2.00, slices D-1 5.00; 3.00 left"},
		{"and nobody overtakes", slices, []fund.Debt{debt("D-1", "d", 25, 0), debt("D-2", "d", 2, 0)}, 5, "; 5.00 left"},
		{
			"a waterfall that is short of the rest", waterfall,
			[]fund.Debt{debt("I-1", "i", 600, 0), debt("I-2", "i", 9000, 0), debt("I-3", "i", 5000, 0)},
			6600, "thousand I-1 600.00, thousand I-2 1000.00, thousand I-3 1000.00, quarter I-2 2000.00, quarter I-3 1000.00, rest I-2 666.67, rest I-3 333.33; 0.00 left",
		},
	} {
		got, left, err := fund.Distribute(test.tiers, test.debts, usd(test.money))
		var parts []string
		for _, s := range got {
			parts = append(parts, fmt.Sprint(s.Tier, " ", s.Claim, " ", s.Amount.Decimal()))
		}
		if said := strings.Join(parts, ", ") + "; " + left.Decimal() + " left"; said != test.want || err != nil {
			t.Errorf("%s: %s (%v), want %s", test.name, said, err, test.want)
		}
	}
}

// The published result of the Iran programme: principal of 41,570,936 in full,
// and 34.96 % of the interest, out of 57,822,759. The interest itself wasn't
// published; 46.487 million is what follows from the three.
func TestTheWaterfallOfTheIranProgramme(t *testing.T) {
	debts := make([]fund.Debt, 1066)
	principal, interest := usd(41_570_936).Split(len(debts)), money.New(4_648_690_789, "USD").Split(len(debts))
	for i := range debts {
		debts[i] = fund.Debt{Claim: fmt.Sprint(i), Principal: principal[i], Interest: interest[i]}
	}
	got, left, err := fund.Distribute(waterfall, debts, usd(57_822_759))
	if err != nil {
		t.Fatal(err)
	}
	var paid [2]int64
	for _, s := range got {
		if s.Interest {
			paid[1] += s.Amount.Minor()
		} else {
			paid[0] += s.Amount.Minor()
		}
	}
	if paid[0] != 4_157_093_600 || paid[1] != 1_625_182_300 || left.Sign() != 0 {
		t.Errorf("principal %d, interest %d, %s left", paid[0], paid[1], left)
	}
	if rate := paid[1] * 10_000 / 4_648_690_789; rate != 3496 {
		t.Errorf("%d hundredths of a per cent of the interest", rate)
	}
}

// Whatever the tiers: nobody gets more than is owed, and what is given out and
// left is the money there was.
func TestLawsOfTiers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plans := [][]rulebook.Tier{
			waterfall,
			{{ID: "once", UpTo: most(rapid.Int64Range(1, 50).Draw(t, "up to"))}, {ID: "again", UpTo: most(7), More: true, Repeat: true, Stop: rulebook.Stop}},
		}
		debts := make([]fund.Debt, rapid.IntRange(1, 8).Draw(t, "debts"))
		for i := range debts {
			principal := rapid.Int64Range(1, 20_000).Draw(t, "principal")
			debts[i] = fund.Debt{
				Claim: fmt.Sprint(i), Principal: money.New(principal, "USD"), Interest: money.New(rapid.Int64Range(0, 5000).Draw(t, "interest"), "USD"),
				PaidPrincipal: money.New(rapid.Int64Range(0, principal).Draw(t, "paid"), "USD"),
			}
		}
		m := rapid.Int64Range(0, 100_000).Draw(t, "money")
		got, left, err := fund.Distribute(rapid.SampledFrom(plans).Draw(t, "plan"), debts, money.New(m, "USD"))
		if err != nil {
			t.Fatal(err)
		}
		sum := left.Minor()
		given := map[string]int64{}
		for _, s := range got {
			if s.Amount.Sign() <= 0 {
				t.Fatalf("a slice of %s", s.Amount)
			}
			sum += s.Amount.Minor()
			given[fmt.Sprint(s.Claim, s.Interest)] += s.Amount.Minor()
		}
		if sum != m || left.Sign() < 0 {
			t.Fatalf("%d given out and left, of %d", sum, m)
		}
		for _, d := range debts {
			if given[d.Claim+"false"] > d.Principal.Minor()-d.PaidPrincipal.Minor() || given[d.Claim+"true"] > d.Interest.Minor() {
				t.Fatalf("%+v gets %v", d, given)
			}
		}
	})
}
