package office

import (
	"context"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
)

// Round is what ordering a payment round answers.
type Round struct {
	Ref      docket.Ref
	Round    int64
	Payments int64
	Total    money.Amount
	Left     money.Amount // of the money at hand
}

// PayRound distributes the money at hand in one currency by the edition's
// plan: each payee up to a slice, in the order of decision, while money lasts.
// The round is an entry, its annex the payments, before anything leaves for
// the bank. It takes two people.
func (o *Office) PayRound(ctx context.Context, by By, programme string, currency money.Currency) (Round, error) {
	var answer Round
	_, err := o.perform(ctx, ActPayRound, by, programme, currency, &answer, func(p *performance) error {
		last, err := p.tx.LastRound(programme)
		if err != nil {
			return err
		}
		atHand, err := p.moneyAtHand(currency)
		if err != nil {
			return err
		}
		steps, slices, left, err := p.distribute(last+1, atHand)
		if err != nil {
			return err
		}
		ordered, err := fund.Order(last+1, slices)
		if err != nil {
			return err
		}
		env := docket.Envelope{Stream: fund.RoundStream(programme, last+1), Version: 1, Kind: fund.KindRoundOrdered}
		if answer.Ref, err = p.stepAll(env, ordered, steps); err != nil {
			return movedOn(err)
		}
		answer.Round, answer.Payments, answer.Total, answer.Left = last+1, ordered.Payments, ordered.Total, left
		return movedOn(p.commit())
	})
	return answer, err
}

// moneyAtHand is what the bank holds less what is under way.
func (p *performance) moneyAtHand(currency money.Currency) (money.Amount, error) {
	balances, err := p.tx.Balances(p.programme.ID)
	if err != nil {
		return money.Amount{}, err
	}
	bank := money.New(balances[fund.Bank][currency], currency)
	return bank.Add(money.New(balances[fund.Transit][currency], currency)) // transit is a credit: negative
}

// distribute hands the money at hand out by the plan: tier by tier where it has
// tiers, otherwise each up to its slice.
func (p *performance) distribute(round int64, atHand money.Amount) ([]step, []fund.Slice, money.Amount, error) {
	if tiers := p.edition.Payment.Tiers; len(tiers) > 0 {
		return p.byTiers(tiers, round, atHand)
	}
	allotment := fund.Allot(p.edition.Payment, atHand)
	steps, slices, err := p.allot(allotment, round)
	return steps, slices, allotment.Left(), err
}

// byTiers looks at all that is owed, then orders what the tiers give. Two looks
// keep the claims themselves out of memory.
func (p *performance) byTiers(tiers []rulebook.Tier, round int64, atHand money.Amount) ([]step, []fund.Slice, money.Amount, error) {
	var debts []fund.Debt
	for c, err := range p.tx.PayableClaims(p.programme.ID) {
		if err != nil {
			return nil, nil, atHand, err
		}
		due, err := c.Due()
		if err != nil {
			return nil, nil, atHand, err
		}
		paid, err := c.Award.Sub(due)
		if err != nil {
			return nil, nil, atHand, err
		}
		debts = append(debts, fund.Debt{Claim: string(c.ID), Category: c.Category, Principal: c.Award, PaidPrincipal: paid})
	}
	given, left, err := fund.Distribute(tiers, debts, atHand)
	if err != nil {
		return nil, nil, atHand, err
	}
	now := fund.Begin(given, MostInOneAct)
	if len(now) == 0 && len(given) > 0 {
		return nil, nil, atHand, fault.New(fault.Conflict, "office.too-many-for-a-share", "most", MostInOneAct)
	}
	for _, later := range given[len(now):] {
		if left, err = left.Add(later.Amount); err != nil {
			return nil, nil, atHand, err
		}
	}
	slices, err := fund.Together(now)
	if err != nil {
		return nil, nil, atHand, err
	}
	amounts := make(map[claim.ID]money.Amount, len(slices))
	for _, s := range slices {
		amounts[claim.ID(s.Claim)] = s.Amount
	}
	var steps []step
	for c, err := range p.tx.PayableClaims(p.programme.ID) {
		if err != nil {
			return nil, nil, atHand, err
		}
		amount, ok := amounts[c.ID]
		if !ok {
			continue
		}
		event, err := c.OrderPayment(round, amount)
		if err != nil {
			return nil, nil, atHand, err
		}
		steps = append(steps, step{claim: c, event: event})
	}
	return steps, slices, left, nil
}

// allot offers the money to every claim with something due, in order.
func (p *performance) allot(allotment *fund.Allotment, round int64) ([]step, []fund.Slice, error) {
	var steps []step
	var slices []fund.Slice
	for c, err := range p.tx.PayableClaims(p.programme.ID) {
		if err != nil {
			return nil, nil, err
		}
		if allotment.Done() || len(steps) == MostInOneAct {
			break
		}
		due, err := c.Due()
		if err != nil {
			return nil, nil, err
		}
		slice, ok, err := allotment.Offer(fund.Due{Claim: string(c.ID), Left: due})
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			continue
		}
		event, err := c.OrderPayment(round, slice.Amount)
		if err != nil {
			return nil, nil, err
		}
		steps, slices = append(steps, step{claim: c, event: event}), append(slices, slice)
	}
	return steps, slices, nil
}
