package fund

import (
	"encoding/json"
	"fmt"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
)

// Due is what the fund knows of a claim: its id, what is left to order of its
// award, and its place in the order of decision.
type Due struct {
	Claim string
	Left  money.Amount
}

// Slice is a part of an award that a round pays.
type Slice struct {
	Claim  string
	Amount money.Amount
}

// Allotment hands out the money of one currency by the plan, claim by claim in
// the order they are offered, which is the order of decision: each up to the
// plan's slice, while money lasts.
type Allotment struct {
	plan rulebook.Plan
	left money.Amount
	done bool
}

// Allot begins a round with the money at hand.
func Allot(plan rulebook.Plan, money money.Amount) *Allotment {
	return &Allotment{plan: plan, left: money, done: money.Sign() <= 0}
}

// Left is the money not allotted yet.
func (a *Allotment) Left() money.Amount { return a.left }

// Done reports that no further claim can get anything.
func (a *Allotment) Done() bool { return a.done }

// Offer allots to the next claim; false when it gets nothing now. What is due
// in another currency than the money at hand waits for its own round. A slice
// that the money doesn't cover is never cut: the plan says whether the round
// stops there or passes over it to smaller ones.
func (a *Allotment) Offer(d Due) (Slice, bool, error) {
	if a.done || d.Left.Currency() != a.left.Currency() || d.Left.Sign() <= 0 {
		return Slice{}, false, nil
	}
	amount := d.Left
	if most, ok := a.plan.Slice[amount.Currency()]; ok {
		over, err := amount.Compare(most)
		if err != nil {
			return Slice{}, false, err
		}
		if over > 0 {
			amount = most
		}
		if over > 0 && flaw.On(flaw.SliceOffByOne) {
			amount = money.New(most.Minor()+1, most.Currency())
		}
	}
	rest, err := a.left.Sub(amount)
	if err != nil {
		return Slice{}, false, err
	}
	if rest.Sign() < 0 || rest.Sign() == 0 && flaw.On(flaw.RoundLeavesLast) {
		a.done = a.plan.Stop == rulebook.Stop
		return Slice{}, false, nil
	}
	a.left, a.done = rest, rest.Sign() == 0
	return Slice{Claim: d.Claim, Amount: amount}, true, nil
}

// Round is one distribution of the money at hand.
type Round struct {
	Programme string
	Number    int64
	Version   docket.Version
	Payments  int64
	Ordered   money.Amount
	Paid      int64
	Returned  int64
}

// RoundOrdered is the entry that is written before anything leaves for the
// bank; its annex lists the payments.
type RoundOrdered struct {
	Round    int64        `json:"round"`
	Payments int64        `json:"payments"`
	Total    money.Amount `json:"total"`
	Postings []Posting    `json:"postings"`
}

// Order books a round: what was owed is now under way.
func Order(round int64, slices []Slice) (RoundOrdered, error) {
	if len(slices) == 0 {
		return RoundOrdered{}, fault.New(fault.Conflict, "fund.nothing-to-pay")
	}
	if err := eachOnce(slices); err != nil {
		return RoundOrdered{}, err
	}
	total := slices[0].Amount
	for _, s := range slices[1:] {
		var err error
		if total, err = total.Add(s.Amount); err != nil {
			return RoundOrdered{}, fmt.Errorf("sum round %d: %w", round, err)
		}
	}
	postings, err := move(Owed, Transit, total)
	if err != nil {
		return RoundOrdered{}, err
	}
	return RoundOrdered{Round: round, Payments: int64(len(slices)), Total: total, Postings: postings}, nil
}

// eachOnce checks that no claim stands twice in the slices, and that none
// hides a sum below nothing among the others.
func eachOnce(lists ...[]Slice) error {
	seen := map[string]bool{}
	for _, slices := range lists {
		for _, s := range slices {
			if s.Amount.Sign() <= 0 {
				return fault.New(fault.Invalid, "fund.amount-not-positive", "amount", s.Amount)
			}
			if seen[s.Claim] {
				return fault.New(fault.Conflict, "fund.claim-twice", "claim", s.Claim)
			}
			seen[s.Claim] = true
		}
	}
	return nil
}

// Settled is the bank's answer to payments of a round.
type Settled struct {
	Round    int64     `json:"round"`
	Paid     int64     `json:"paid"`
	Returned int64     `json:"returned"`
	Postings []Posting `json:"postings"`
}

// Settle books the bank's answer: what was paid has left the bank; what came
// back is owed again.
func Settle(round int64, paid, returned []Slice) (Settled, error) {
	if len(paid)+len(returned) == 0 {
		return Settled{}, fault.New(fault.Invalid, "fund.nothing-to-settle", "round", round)
	}
	if err := eachOnce(paid, returned); err != nil {
		return Settled{}, err
	}
	settled := Settled{Round: round, Paid: int64(len(paid)), Returned: int64(len(returned))}
	for _, side := range []struct {
		slices []Slice
		credit Account
	}{{paid, Bank}, {returned, Owed}} {
		totals := money.Totals{}
		for _, s := range side.slices {
			if err := totals.Add(s.Amount); err != nil {
				return Settled{}, fmt.Errorf("sum round %d: %w", round, err)
			}
		}
		for _, total := range totals.Amounts() {
			postings, err := move(Transit, side.credit, total)
			if err != nil {
				return Settled{}, err
			}
			settled.Postings = append(settled.Postings, postings...)
		}
	}
	return settled, nil
}

// After is the round once the entry happened.
func (r Round) After(env docket.Envelope) (Round, error) {
	r.Programme, r.Version = env.Programme, env.Version
	switch env.Kind {
	case KindRoundOrdered:
		var e RoundOrdered
		if err := unmarshal(env, &e); err != nil {
			return Round{}, err
		}
		r.Number, r.Payments, r.Ordered = e.Round, e.Payments, e.Total
	case KindSettled:
		var e Settled
		if err := unmarshal(env, &e); err != nil {
			return Round{}, err
		}
		r.Paid += e.Paid
		r.Returned += e.Returned
	}
	return r, nil
}

func unmarshal(env docket.Envelope, into any) error {
	if err := json.Unmarshal(env.Facts, into); err != nil {
		return fmt.Errorf("read %s of %s: %w", env.Kind, env.Stream, err)
	}
	return nil
}
