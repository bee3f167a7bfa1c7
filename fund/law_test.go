package fund_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
	"pgregory.net/rapid"
)

// payee is what an auditor writes down of one claim, in cents, apart from the
// fund's own books.
type payee struct {
	claim                 string
	currency              money.Currency
	award, underWay, paid int64
}

func (p *payee) due() int64 { return p.award - p.underWay - p.paid }

// years are some years in the life of a fund: the ledger as it folds from the
// entries, and the auditor's own book beside it.
type years struct {
	ledger   map[fund.Account]money.Totals
	entries  int
	received money.Totals
	payees   []*payee // in order of decision
	rounds   []fund.Round
	answers  [][]fund.Slice // by round: what the bank hasn't answered yet
	decided  int64
}

// enter takes an entry into the ledger the way office does: through its bytes.
func (y *years) enter(t *rapid.T, stream docket.Stream, version int, kind docket.Kind, said any) docket.Envelope {
	facts, err := docket.Marshal(said)
	if err != nil {
		t.Fatal(err)
	}
	env := docket.Envelope{Programme: "harbour-fire", Stream: stream, Version: docket.Version(version), Kind: kind, Facts: json.RawMessage(facts)}
	postings, err := fund.Postings(env)
	if err != nil || len(postings) == 0 {
		t.Fatalf("%s books nothing: %v", kind, err)
	}
	for _, p := range postings {
		totals := y.ledger[p.Account]
		if err := totals.Add(p.Amount); err != nil {
			t.Fatal(err)
		}
		y.ledger[p.Account] = totals
	}
	y.entries++
	y.check(t)
	return env
}

// check holds after every single entry: the ledger sums to zero, and says the
// same as the auditor's book.
func (y *years) check(t *rapid.T) {
	for _, currency := range []money.Currency{"USD", "EUR"} {
		var all, owed, transit, awarded, paid int64
		for _, totals := range y.ledger {
			all += totals[currency]
		}
		for _, p := range y.payees {
			switch {
			case p.currency != currency:
				continue
			case p.paid+p.underWay > p.award || p.paid < 0 || p.underWay < 0:
				t.Fatalf("claim %s was awarded %d; %d was paid and %d is under way", p.claim, p.award, p.paid, p.underWay)
			}
			owed, transit, awarded, paid = owed+p.due(), transit+p.underWay, awarded+p.award, paid+p.paid
		}
		in := y.received[currency]
		for account, want := range map[fund.Account]int64{
			fund.Bank: in - paid, fund.Contributions: -in, fund.Awards: awarded, fund.Owed: -owed, fund.Transit: -transit,
		} {
			if got := y.ledger[account][currency]; got != want {
				t.Fatalf("after entry %d, %s has %d %s, want %d", y.entries, account, got, currency, want)
			}
		}
		switch {
		case all != 0:
			t.Fatalf("after entry %d the ledger sums to %d %s", y.entries, all, currency)
		case paid+transit > in:
			t.Fatalf("%d %s came in, and %d went out or is going", in, currency, paid+transit)
		}
	}
}

func (y *years) contribution(t *rapid.T) {
	amount := money.New(rapid.Int64Range(1, 400).Draw(t, "cents"), someCurrency(t))
	e, err := fund.Contribute("harbour-barrier-company", amount)
	if err != nil {
		t.Fatal(err)
	}
	if err := y.received.Add(amount); err != nil {
		t.Fatal(err)
	}
	y.enter(t, fund.AccountStream("harbour-fire", fund.Contributions), y.entries+1, fund.KindContribution, e)
}

func someCurrency(t *rapid.T) money.Currency {
	return rapid.SampledFrom([]money.Currency{"USD", "USD", "EUR"}).Draw(t, "currency")
}

// decision is an instalment adopted: the fund owes from now on.
func (y *years) decision(t *rapid.T) {
	y.decided++
	var totals money.Totals
	for range rapid.IntRange(1, 6).Draw(t, "claims") {
		p := &payee{
			claim: fmt.Sprint("claim ", len(y.payees)), currency: someCurrency(t),
			award: rapid.Int64Range(1, 120).Draw(t, "award"),
		}
		if err := totals.Add(money.New(p.award, p.currency)); err != nil {
			t.Fatal(err)
		}
		y.payees = append(y.payees, p)
	}
	e, err := fund.BookOwed(y.decided, totals.Amounts())
	if err != nil {
		t.Fatal(err)
	}
	y.enter(t, fund.AccountStream("harbour-fire", fund.Owed), y.entries+1, fund.KindOwed, e)
}

// distribution is a round: what is at hand goes to who is due, in order of
// decision. Earlier rounds may still wait for the bank's answer.
func (y *years) distribution(t *rapid.T) {
	currency := someCurrency(t)
	slice := rapid.Int64Range(1, 80).Draw(t, "slice")
	plan := rulebook.Plan{
		Slice: map[money.Currency]money.Amount{currency: money.New(slice, currency)},
		Stop:  rapid.SampledFrom([]rulebook.StopRule{rulebook.Stop, rulebook.Skip}).Draw(t, "stop"),
	}
	atHand := money.New(y.ledger[fund.Bank][currency]+y.ledger[fund.Transit][currency], currency)
	allotment := fund.Allot(plan, atHand)
	var pay []fund.Slice
	passedOver := false
	for _, p := range y.payees {
		before := allotment.Left()
		s, ok, err := allotment.Offer(fund.Due{Claim: p.claim, Left: money.New(p.due(), p.currency)})
		wants := min(p.due(), slice)
		switch {
		case err != nil:
			t.Fatal(err)
		case p.currency != currency || p.due() == 0:
			if ok {
				t.Fatalf("%s is due nothing in %s and gets %s", p.claim, currency, s.Amount)
			}
		case ok && (s.Amount.Minor() != wants || passedOver && plan.Stop == rulebook.Stop):
			t.Fatalf("%s is due %d, slice %d, and gets %s; somebody before it got nothing: %v", p.claim, p.due(), slice, s.Amount, passedOver)
		case ok:
			pay = append(pay, s)
			p.underWay += wants
		default:
			if before.Minor() >= wants && (plan.Stop == rulebook.Skip || !passedOver) {
				t.Fatalf("%s is due %d with %s at hand, and gets nothing", p.claim, wants, before)
			}
			passedOver = true
		}
	}
	e, err := fund.Order(int64(len(y.rounds)+1), pay)
	if len(pay) == 0 {
		if fault.Code(err) != "fund.nothing-to-pay" {
			t.Fatalf("an empty round: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if left, err := atHand.Sub(e.Total); err != nil || left != allotment.Left() {
		t.Fatalf("%s at hand, %s goes out and %s is left (%v)", atHand, e.Total, allotment.Left(), err)
	}
	env := y.enter(t, fund.RoundStream("harbour-fire", e.Round), 1, fund.KindRoundOrdered, e)
	r, err := fund.Round{}.After(env)
	if err != nil || r.Payments != int64(len(pay)) || r.Ordered != e.Total {
		t.Fatalf("the round folds into %+v (%v)", r, err)
	}
	y.rounds, y.answers = append(y.rounds, r), append(y.answers, pay)
}

// answer is the bank's word on some payments of any round, in any order; now
// and then a file comes in twice.
func (y *years) answer(t *rapid.T) {
	var open []int
	for n, waiting := range y.answers {
		if len(waiting) > 0 {
			open = append(open, n)
		}
	}
	if len(open) == 0 {
		t.Skip("the bank has answered all")
	}
	n := rapid.SampledFrom(open).Draw(t, "round")
	waiting := rapid.Permutation(y.answers[n]).Draw(t, "order")
	some := rapid.IntRange(1, len(waiting)).Draw(t, "answers")
	var paid, returned []fund.Slice
	for _, s := range waiting[:some] {
		if rapid.IntRange(0, 3).Draw(t, "came back") == 0 {
			returned = append(returned, s)
		} else {
			paid = append(paid, s)
		}
	}
	y.twiceIsRefused(t, paid, returned)
	y.answers[n] = waiting[some:]
	for _, s := range paid {
		p := y.payee(s.Claim)
		p.underWay, p.paid = p.underWay-s.Amount.Minor(), p.paid+s.Amount.Minor()
	}
	for _, s := range returned {
		y.payee(s.Claim).underWay -= s.Amount.Minor()
	}
	e, err := fund.Settle(int64(n+1), paid, returned)
	if err != nil {
		t.Fatal(err)
	}
	env := y.enter(t, fund.RoundStream("harbour-fire", e.Round), int(y.rounds[n].Version)+1, fund.KindSettled, e)
	if y.rounds[n], err = y.rounds[n].After(env); err != nil {
		t.Fatal(err)
	}
	if r := y.rounds[n]; r.Payments-r.Paid-r.Returned != int64(len(y.answers[n])) {
		t.Fatalf("round %d: %+v, and %d wait", n+1, r, len(y.answers[n]))
	}
}

func (y *years) twiceIsRefused(t *rapid.T, paid, returned []fund.Slice) {
	all := slices.Concat(paid, returned)
	for _, twice := range [][2][]fund.Slice{{append(slices.Clone(paid), all[0]), returned}, {paid, append(slices.Clone(returned), all[0])}} {
		if e, err := fund.Settle(1, twice[0], twice[1]); fault.Code(err) != "fund.claim-twice" {
			t.Fatalf("%s is settled twice: %+v (%v)", all[0].Claim, e, err)
		}
	}
}

func (y *years) payee(claim string) *payee {
	return y.payees[slices.IndexFunc(y.payees, func(p *payee) bool { return p.claim == claim })]
}

// Whatever order the years bring: contributions, decisions, rounds that
// overlap, answers late, in part and mixed.
func TestLawsOfTheLedger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := &years{ledger: map[fund.Account]money.Totals{}}
		t.Repeat(map[string]func(*rapid.T){
			"a contribution comes in":   y.contribution,
			"an instalment is adopted":  y.decision,
			"money at hand is allotted": y.distribution,
			"the bank answers":          y.answer,
			"the bank answers again":    y.answer,
			"":                          y.check,
		})
		for a := range maps.Keys(y.ledger) {
			if !slices.Contains([]fund.Account{fund.Awards, fund.Bank, fund.Contributions, fund.Owed, fund.Transit}, a) {
				t.Fatalf("there is an account %s", a)
			}
		}
	})
}
