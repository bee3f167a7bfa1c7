package fund_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
	"pgregory.net/rapid"
)

func sum(text string) money.Amount {
	a, err := money.ParseAmount(text)
	if err != nil {
		panic(err)
	}
	return a
}

func dollars(whole int64) money.Amount { return money.New(whole*100, "USD") }

// upTo is a plan that pays up to a slice; "" pays whole awards.
func upTo(slice string, stop rulebook.StopRule) rulebook.Plan {
	p := rulebook.Plan{Slice: map[money.Currency]money.Amount{}, Stop: stop}
	if slice != "" {
		p.Slice[sum(slice).Currency()] = sum(slice)
	}
	return p
}

// round plays one distribution: who is owed what, in order of decision.
func round(t testing.TB, plan rulebook.Plan, atHand money.Amount, dues []fund.Due) ([]fund.Slice, money.Amount) {
	t.Helper()
	a := fund.Allot(plan, atHand)
	var paid []fund.Slice
	for _, d := range dues {
		s, ok, err := a.Offer(d)
		if err != nil {
			t.Fatalf("%s: %v", d.Claim, err)
		}
		if ok {
			paid = append(paid, s)
		}
		if !ok && s != (fund.Slice{}) {
			t.Fatalf("%s gets nothing, and yet %v", d.Claim, s)
		}
	}
	return paid, a.Left()
}

// Each line is a round: the plan, the money at hand, what is due in order of
// decision; then what each gets and what is left.
func TestARound(t *testing.T) {
	for _, c := range []struct {
		name  string
		plan  rulebook.Plan
		money string
		due   string
		paid  string
		left  string
	}{
		{"everybody up to the slice", upTo("100.00 USD", rulebook.Stop), "1000.00 USD", "A 250.00 USD, B 70.00 USD, C 100.00 USD", "A 100.00 USD, B 70.00 USD, C 100.00 USD", "730.00 USD"},
		{"no slice: whole awards", upTo("", rulebook.Stop), "1000.00 USD", "A 250.00 USD, B 70.00 USD", "A 250.00 USD, B 70.00 USD", "680.00 USD"},
		{"to the last cent", upTo("100.00 USD", rulebook.Stop), "200.00 USD", "A 250.00 USD, B 100.00 USD, C 0.01 USD", "A 100.00 USD, B 100.00 USD", "0.00 USD"},
		{"stop: nobody overtakes", upTo("100.00 USD", rulebook.Stop), "150.00 USD", "A 100.00 USD, B 90.00 USD, C 50.00 USD", "A 100.00 USD", "50.00 USD"},
		{"skip: the smaller one is paid", upTo("100.00 USD", rulebook.Skip), "150.00 USD", "A 100.00 USD, B 90.00 USD, C 50.00 USD, D 0.01 USD", "A 100.00 USD, C 50.00 USD", "0.00 USD"},
		{"skip: who was passed over keeps nothing", upTo("", rulebook.Skip), "10.00 USD", "A 11.00 USD, B 4.00 USD, C 7.00 USD, D 6.00 USD", "B 4.00 USD, D 6.00 USD", "0.00 USD"},
		{"a slice is never cut", upTo("100.00 USD", rulebook.Stop), "99.99 USD", "A 100.00 USD", "", "99.99 USD"},
		{"what is due in other money waits for its own round", upTo("100.00 USD", rulebook.Stop), "150.00 USD", "A 90.00 EUR, B 90.00 USD", "B 90.00 USD", "60.00 USD"},
		{"a slice in other money doesn't count here", upTo("100.00 EUR", rulebook.Stop), "150.00 USD", "A 140.00 USD", "A 140.00 USD", "10.00 USD"},
		{"nothing is due any more", upTo("100.00 USD", rulebook.Stop), "150.00 USD", "A 0.00 USD, B 50.00 USD", "B 50.00 USD", "100.00 USD"},
		{"no money", upTo("100.00 USD", rulebook.Skip), "0.00 USD", "A 0.01 USD", "", "0.00 USD"},
		{"less than no money", upTo("100.00 USD", rulebook.Skip), "-5.00 USD", "A 0.01 USD", "", "-5.00 USD"},
		{"nobody", upTo("100.00 USD", rulebook.Skip), "5.00 USD", "", "", "5.00 USD"},
	} {
		paid, left := round(t, c.plan, sum(c.money), dues(c.due))
		if said := said(paid); said != c.paid || left != sum(c.left) {
			t.Errorf("%s: %s, left %s; want %s, left %s", c.name, said, left, c.paid, c.left)
		}
	}
}

func dues(text string) []fund.Due {
	var list []fund.Due
	for part := range strings.SplitSeq(text, ", ") {
		if claim, left, ok := strings.Cut(part, " "); ok {
			list = append(list, fund.Due{Claim: claim, Left: sum(left)})
		}
	}
	return list
}

func said(paid []fund.Slice) string {
	list := make([]string, len(paid))
	for i, s := range paid {
		list[i] = s.Claim + " " + s.Amount.String()
	}
	return strings.Join(list, ", ")
}

func TestARoundIsDone(t *testing.T) {
	for _, c := range []struct {
		name  string
		stop  rulebook.StopRule
		money string
		offer string
		want  bool
	}{
		{"money is left", rulebook.Stop, "10.00 USD", "A 4.00 USD", false},
		{"the last cent went out", rulebook.Stop, "10.00 USD", "A 10.00 USD", true},
		{"stopped", rulebook.Stop, "10.00 USD", "A 11.00 USD", true},
		{"passed over", rulebook.Skip, "10.00 USD", "A 11.00 USD", false},
		{"no money to begin with", rulebook.Skip, "0.00 USD", "A 11.00 USD", true},
	} {
		a := fund.Allot(upTo("", c.stop), sum(c.money))
		if _, _, err := a.Offer(dues(c.offer)[0]); err != nil || a.Done() != c.want {
			t.Errorf("%s: %v (%v)", c.name, a.Done(), err)
		}
	}
}

// The published rounds of the UN Compensation Commission, as far as one claim
// or one slice for all expresses them. Sources: uncc.ch/paymproc.htm, press
// releases IK/198 and of 13 January 2022, ungeneva.org of July 2013.
func TestRoundsOfUNCC(t *testing.T) {
	t.Run("62,337 claimants of category C, first payment (IK/198)", func(t *testing.T) {
		due := make([]fund.Due, 62_337) // together about 425 million
		for i := range due {
			due[i] = fund.Due{Claim: fmt.Sprint(i), Left: dollars(6_817)}
		}
		paid, left := round(t, upTo("2500.00 USD", rulebook.Stop), dollars(155_842_500), due)
		ordered, err := fund.Order(1, paid)
		if err != nil || ordered.Payments != 62_337 || ordered.Total != dollars(155_842_500) || left.Sign() != 0 {
			t.Errorf("%d payments of %s (%v), left %s", ordered.Payments, ordered.Total, err, left)
		}
	})
	for _, c := range []struct {
		name   string
		award  int64
		slices []int64 // of one round after another; the last one again and again
		fund   int64
		paid   []int64 // by round
		times  int     // the last of paid came so often in all, 0 for once
		left   int64
	}{
		{"decision 267: slices of 10 million, the fund is short", 10_100_000_000, []int64{10_000_000}, 97_345_678, []int64{10_000_000}, 9, 7_345_678},
		{"category A, a single person", 4_000, []int64{2_500, 25_000}, 100_000, []int64{2_500, 1_500}, 0, 96_000},
		{"category A, a family", 8_000, []int64{2_500, 25_000}, 100_000, []int64{2_500, 5_500}, 0, 92_000},
		{"category C", 60_000, []int64{2_500, 25_000, 75_000}, 100_000, []int64{2_500, 25_000, 32_500}, 0, 40_000},
		{"category D", 300_000, []int64{25_000, 75_000, 15_000_000}, 1_000_000, []int64{25_000, 75_000, 200_000}, 0, 700_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, left := untilNothingIsPaid(t, c.award, c.slices, c.fund)
			want := c.paid
			for range c.times - 1 {
				want = append(want, c.paid[len(c.paid)-1])
			}
			if !slices.Equal(got, want) || left != c.left {
				t.Errorf("paid %v, left %d; want %v, left %d", got, left, want, c.left)
			}
		})
	}
	t.Run("the last claim, 13 January 2022", func(t *testing.T) {
		got, left := untilNothingIsPaid(t, 629_324_488, []int64{10_000_000}, 700_000_000)
		want := append(slices.Repeat([]int64{10_000_000}, 62), 9_324_488)
		if !slices.Equal(got, want) || left != 70_675_512 {
			t.Errorf("paid %v, left %d", got, left)
		}
	})
}

// untilNothingIsPaid plays rounds for one claim, in whole dollars.
func untilNothingIsPaid(t *testing.T, award int64, plans []int64, atHand int64) (paid []int64, left int64) {
	due := award
	for n := 0; ; n++ {
		slice := plans[min(n, len(plans)-1)]
		got, rest := round(t, upTo(dollars(slice).String(), rulebook.Stop), dollars(atHand), []fund.Due{{Claim: "KPC", Left: dollars(due)}})
		if len(got) == 0 {
			return paid, rest.Minor() / 100
		}
		pay := got[0].Amount.Minor() / 100
		paid, due, atHand = append(paid, pay), due-pay, rest.Minor()/100
	}
}

// The rule as the pseudo-code of a mass-claims office has it: go through the
// claims in order of decision, pay each what it is due up to the slice, and
// where the money doesn't cover it, stop or pass on.
func byTheBook(cap int64, stop rulebook.StopRule, atHand int64, dues []int64) (paid []int64, left int64) {
	paid = make([]int64, len(dues))
	for i, due := range dues {
		d := due
		if cap > 0 {
			d = min(d, cap)
		}
		if d > atHand {
			if stop == rulebook.Stop {
				break
			}
			continue
		}
		paid[i], atHand = d, atHand-d
	}
	return paid, atHand
}

func TestLawsOfARound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		atHand := rapid.Int64Range(0, 300).Draw(t, "at hand")
		stop := rapid.SampledFrom([]rulebook.StopRule{rulebook.Stop, rulebook.Skip}).Draw(t, "stop")
		slice := rapid.Int64Range(0, 60).Draw(t, "slice")
		awards := rapid.SliceOfN(rapid.Int64Range(0, 100), 0, 30).Draw(t, "due")
		plan := rulebook.Plan{Slice: map[money.Currency]money.Amount{}, Stop: stop}
		if slice > 0 {
			plan.Slice["USD"] = money.New(slice, "USD")
		}
		a := fund.Allot(plan, money.New(atHand, "USD"))
		want, wantLeft := byTheBook(slice, stop, atHand, awards)
		out := int64(0)
		for i, due := range awards {
			s, ok, err := a.Offer(fund.Due{Claim: fmt.Sprint(i), Left: money.New(due, "USD")})
			switch {
			case err != nil:
				t.Fatal(err)
			case ok != (want[i] > 0) || s.Amount.Minor() != want[i]:
				t.Fatalf("claim %d is due %d and gets %s, want %d", i, due, s.Amount, want[i])
			case ok && (s.Amount.Minor() > due || slice > 0 && s.Amount.Minor() > slice):
				t.Fatalf("claim %d is due %d and gets %s", i, due, s.Amount)
			}
			out += s.Amount.Minor()
			if a.Left().Minor() != atHand-out || a.Left().Sign() < 0 {
				t.Fatalf("%d of %d went out and %s is left", out, atHand, a.Left())
			}
		}
		if a.Left().Minor() != wantLeft {
			t.Fatalf("%s is left, want %d", a.Left(), wantLeft)
		}
	})
}
