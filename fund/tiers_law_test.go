package fund_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
)

// statute are the five steps of 22 USC 1627(c), each by itself: the small awards
// come before the first thousand of the larger ones.
var statute = append([]rulebook.Tier{{ID: "small", AwardsTo: most(1000), Rateable: true}}, waterfall...)

func TestSmallAwardsComeFirst(t *testing.T) {
	debt := func(claim string, principal int64) fund.Debt {
		return fund.Debt{Claim: claim, Principal: usd(principal)}
	}
	debts := []fund.Debt{debt("A", 800), debt("B", 5000), debt("C", 100), debt("D", 1001)}
	for _, test := range []struct {
		money int64
		want  string
	}{
		{90, "A 80.00 USD, C 10.00 USD"},
		{900, "A 800.00 USD, C 100.00 USD"},
		{2400, "A 800.00 USD, C 100.00 USD, B 750.00 USD, D 750.00 USD"},
		{2900, "A 800.00 USD, C 100.00 USD, B 1000.00 USD, D 1000.00 USD"},
		{6901, "A 800.00 USD, C 100.00 USD, B 5000.00 USD, D 1001.00 USD"},
	} {
		given, _, err := fund.Distribute(statute, debts, usd(test.money))
		if err != nil {
			t.Fatal(err)
		}
		together, err := fund.Together(given)
		if err != nil || said(together) != test.want {
			t.Errorf("of %d: %s (%v), want %s", test.money, said(together), err, test.want)
		}
	}
}

// A quarter is a quarter of what the tiers before leave, however many rounds it
// takes: a second round doesn't begin it anew.
func TestRoundsByTiersGoOn(t *testing.T) {
	debts := []fund.Debt{{Claim: "A", Principal: usd(9000)}, {Claim: "B", Principal: usd(5000)}}
	pay := func(m int64) string {
		given, _, err := fund.Distribute(statute, debts, usd(m))
		if err != nil {
			t.Fatal(err)
		}
		together, err := fund.Together(given)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range together {
			at := slices.IndexFunc(debts, func(d fund.Debt) bool { return d.Claim == s.Claim })
			if debts[at].PaidPrincipal.IsZero() {
				debts[at].PaidPrincipal = s.Amount
			} else if debts[at].PaidPrincipal, err = debts[at].PaidPrincipal.Add(s.Amount); err != nil {
				t.Fatal(err)
			}
		}
		return said(together)
	}
	for i, want := range []string{
		"A 1000.00 USD, B 1000.00 USD",
		"A 2000.00 USD, B 1000.00 USD", // the quarters
		"A 600.00 USD, B 300.00 USD",   // rateably, not a quarter again
		"A 5400.00 USD, B 2700.00 USD",
	} {
		if got := pay([]int64{2000, 3000, 900, 9000}[i]); got != want {
			t.Errorf("round %d: %s, want %s", i+1, got, want)
		}
	}
	// A newer award catches up before the older ones go on.
	debts = append([]fund.Debt{{Claim: "old", Principal: usd(90_000), PaidPrincipal: usd(40_000)}}, fund.Debt{Claim: "new", Principal: usd(1500)})
	if got := pay(1125); got != "new 1125.00 USD" {
		t.Errorf("the newer award: %s", got)
	}
}

// A slice of a cent on an award of millions takes no age.
func TestManySmallSlices(t *testing.T) {
	tiers := []rulebook.Tier{{ID: "slices", UpTo: map[money.Currency]money.Amount{"USD": money.New(1, "USD")}, More: true, Repeat: true}}
	debts := []fund.Debt{{Claim: "A", Principal: usd(50_000_000_000)}, {Claim: "B", Principal: usd(7)}, {Claim: "C", Principal: usd(20_000_000_000)}}
	given, left, err := fund.Distribute(tiers, debts, usd(30_000_000_007))
	if err != nil || left.Sign() != 0 || len(given) > 50 {
		t.Fatalf("%d slices, %s left, %v", len(given), left, err)
	}
	together, err := fund.Together(given)
	if err != nil || said(together) != "A 15000000000.00 USD, B 7.00 USD, C 15000000000.00 USD" {
		t.Errorf("%s, %v", said(together), err)
	}
}

// One act takes so many claims. The rest waits: in order for the next round, and
// a share until all of it can be paid.
func TestWhatOneActPays(t *testing.T) {
	inOrder := []rulebook.Tier{{ID: "first", UpTo: most(100)}, {ID: "more", UpTo: most(100), More: true}}
	shared := []rulebook.Tier{{ID: "first", Categories: []string{"a"}, UpTo: most(100)}, {ID: "share", Rateable: true}}
	debts := []fund.Debt{{Claim: "A", Category: "a", Principal: usd(300)}, {Claim: "B", Principal: usd(300)}, {Claim: "C", Principal: usd(300)}}
	for _, test := range []struct {
		name  string
		tiers []rulebook.Tier
		most  int
		want  string
	}{
		{"all", inOrder, 3, "A 200.00 USD, B 200.00 USD, C 200.00 USD"},
		{"nobody has the second before everybody has the first", inOrder, 2, "A 100.00 USD, B 100.00 USD"},
		{"one", inOrder, 1, "A 100.00 USD"},
		{"a share is whole", shared, 3, "A 275.00 USD, B 262.50 USD, C 262.50 USD"},
		{"or waits", shared, 2, "A 100.00 USD"},
		{"nothing before the share", shared[1:], 2, ""},
	} {
		given, _, err := fund.Distribute(test.tiers, debts, usd(800))
		if err != nil {
			t.Fatal(err)
		}
		together, err := fund.Together(fund.Begin(given, test.most))
		if err != nil || said(together) != test.want {
			t.Errorf("%s: %s (%v), want %s", test.name, said(together), err, test.want)
		}
	}
}

func anyTiers(t *rapid.T) []rulebook.Tier {
	var tiers []rulebook.Tier
	for i := range rapid.IntRange(1, 5).Draw(t, "tiers") {
		tier := rulebook.Tier{
			ID: fmt.Sprint("tier ", i), Interest: rapid.IntRange(0, 4).Draw(t, "of") == 0, Rateable: rapid.Bool().Draw(t, "rateable"),
			Stop: rapid.SampledFrom([]rulebook.StopRule{rulebook.Skip, rulebook.Stop}).Draw(t, "stop"),
		}
		amount := map[money.Currency]money.Amount{"USD": money.New(rapid.Int64Range(1, 60).Draw(t, "amount"), "USD")}
		switch rapid.IntRange(0, 4).Draw(t, "measure") {
		case 0:
			tier.UpTo = amount
		case 1:
			tier.UpTo, tier.More = amount, true
		case 2:
			tier.Share = factor(rapid.SampledFrom([]string{"0.25", "0.5", "0.333"}).Draw(t, "share"))
		case 3:
			tier.UpTo, tier.More, tier.Repeat, tier.Rateable = amount, true, true, false
		}
		if rapid.Bool().Draw(t, "some") {
			tier.Categories = []string{"a"}
		}
		if rapid.Bool().Draw(t, "small") {
			tier.AwardsTo = map[money.Currency]money.Amount{"USD": money.New(50, "USD")}
		}
		tiers = append(tiers, tier)
	}
	return tiers
}

func anyDebts(t *rapid.T) []fund.Debt {
	var debts []fund.Debt
	for i := range rapid.IntRange(0, 8).Draw(t, "debts") {
		principal := rapid.Int64Range(1, 150).Draw(t, "principal")
		debts = append(debts, fund.Debt{
			Claim: fmt.Sprint("claim ", i), Category: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "category"),
			Principal: money.New(principal, "USD"), PaidPrincipal: money.New(rapid.Int64Range(0, principal).Draw(t, "paid"), "USD"),
			Interest: money.New(rapid.Int64Range(0, 40).Draw(t, "interest"), "USD"),
		})
	}
	return debts
}

// gets is what each claim gets, principal and interest apart.
func gets(t *rapid.T, tiers []rulebook.Tier, debts []fund.Debt, m int64) (by map[string]int64, left int64) {
	given, rest, err := fund.Distribute(tiers, debts, money.New(m, "USD"))
	if err != nil {
		t.Fatal(err)
	}
	by = map[string]int64{}
	for _, s := range given {
		by[fmt.Sprint(s.Claim, s.Interest)] += s.Amount.Minor()
	}
	return by, rest.Minor()
}

// Whatever the plan: what is paid and left is what there was, and nobody gets
// more than is owed.
func TestLawsOfAnyTiers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tiers, debts := anyTiers(t), anyDebts(t)
		m := rapid.Int64Range(0, 900).Draw(t, "money")
		by, left := gets(t, tiers, debts, m)
		sum := left
		for _, amount := range by {
			sum += amount
		}
		if sum != m || left < 0 {
			t.Fatalf("%d paid and left, of %d", sum, m)
		}
		for _, d := range debts {
			if by[d.Claim+"false"] > d.Principal.Minor()-d.PaidPrincipal.Minor() || by[d.Claim+"true"] > d.Interest.Minor() {
				t.Fatalf("%+v gets %v", d, by)
			}
		}
	})
}

// Where all tiers are rateable, the order of the debts doesn't count; more money
// gives nobody less, but for the last unit of a remainder; and of two awards of
// which nothing is paid the larger gets no less, but for that unit.
func TestLawsOfRateableTiers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tiers, debts := anyTiers(t), anyDebts(t)
		for i := range tiers {
			if tiers[i].Repeat {
				tiers[i].Repeat, tiers[i].UpTo = false, nil
			}
			tiers[i].Rateable = true
		}
		m := rapid.Int64Range(0, 900).Draw(t, "money")
		by, _ := gets(t, tiers, debts, m)
		mixed, _ := gets(t, tiers, rapid.Permutation(debts).Draw(t, "order"), m)
		more, _ := gets(t, tiers, debts, m+rapid.Int64Range(1, 50).Draw(t, "more"))
		for _, d := range debts {
			for _, of := range []string{"false", "true"} {
				if by[d.Claim+of] != mixed[d.Claim+of] {
					t.Fatalf("%s gets %d, and in another order %d", d.Claim, by[d.Claim+of], mixed[d.Claim+of])
				}
				if more[d.Claim+of] < by[d.Claim+of]-1 {
					t.Fatalf("%s gets %d, and of more money %d", d.Claim, by[d.Claim+of], more[d.Claim+of])
				}
			}
		}
		for i := range debts {
			debts[i].PaidPrincipal, debts[i].Category = money.New(0, "USD"), "a"
		}
		for i := range tiers { // shares are cut down, each by less than a unit
			tiers[i].AwardsTo, tiers[i].Share = nil, money.Factor{}
		}
		by, _ = gets(t, tiers, debts, m)
		for _, d := range debts {
			for _, e := range debts {
				if d.Principal.Minor() > e.Principal.Minor() && by[d.Claim+"false"] < by[e.Claim+"false"]-1 {
					t.Fatalf("%s gets %d of %s, %s %d of %s", d.Claim, by[d.Claim+"false"], d.Principal, e.Claim, by[e.Claim+"false"], e.Principal)
				}
			}
		}
	})
}

// Where nobody may overtake, more money gives nobody less.
func TestMoreMoneyByTiersInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tiers, debts := anyTiers(t), anyDebts(t)
		for i := range tiers {
			tiers[i].Rateable, tiers[i].Stop = false, rulebook.Stop
		}
		m := rapid.Int64Range(0, 900).Draw(t, "money")
		by, _ := gets(t, tiers, debts, m)
		more, _ := gets(t, tiers, debts, m+rapid.Int64Range(1, 50).Draw(t, "more"))
		for claim, amount := range by {
			if more[claim] < amount {
				t.Fatalf("%s gets %d, and of more money %d", claim, amount, more[claim])
			}
		}
	})
}
