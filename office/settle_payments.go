package office

import (
	"context"
	"errors"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/store"
)

// BankAnswer is what the bank says of one payment of a round.
type BankAnswer struct {
	Claim    claim.ID
	Returned bool
	Reason   string // the bank's code, of a returned one
}

// Settlement is what settling payments answers.
type Settlement struct {
	Ref      docket.Ref
	Paid     int64
	Returned int64
}

// SettlePayments enters the bank's answer to payments of a round: paid, or
// returned and owed again. An answer to a payment that isn't under way is
// refused, so nothing is marked twice.
func (o *Office) SettlePayments(ctx context.Context, by By, programme string, round int64, answers []BankAnswer) (Settlement, error) {
	var answer Settlement
	request := struct {
		Round   int64
		Answers []BankAnswer
	}{round, answers}
	_, err := o.perform(ctx, ActMarkPayment, by, programme, request, &answer, func(p *performance) error {
		at, err := p.tx.Round(programme, round)
		if errors.Is(err, store.ErrNone) {
			return fault.New(fault.NotFound, "fund.no-round", "programme", programme, "round", round)
		}
		if err != nil {
			return err
		}
		steps, paid, returned, err := p.settle(round, answers)
		if err != nil {
			return err
		}
		settled, err := fund.Settle(round, paid, returned)
		if err != nil {
			return err
		}
		env := docket.Envelope{
			Stream: fund.RoundStream(programme, round), Version: at.Version + 1, Kind: fund.KindSettled,
			ReliesOn: []docket.Ref{{Stream: fund.RoundStream(programme, round), Version: 1}},
		}
		if answer.Ref, err = p.stepAll(env, settled, steps); err != nil {
			return movedOn(err)
		}
		answer.Paid, answer.Returned = settled.Paid, settled.Returned
		return movedOn(p.commit())
	})
	return answer, err
}

func (p *performance) settle(round int64, answers []BankAnswer) (steps []step, paid, returned []fund.Slice, err error) {
	underWay := map[claim.ID]money.Amount{}
	states := []store.PaymentState{store.PaymentOrdered}
	if flaw.On(flaw.SettledTwice) {
		states = append(states, store.PaymentPaid)
	}
	for _, state := range states {
		for payment, err := range p.tx.Payments(p.programme.ID, round, state) {
			if err != nil {
				return nil, nil, nil, err
			}
			underWay[payment.Claim] = payment.Amount
		}
	}
	ids := make([]claim.ID, len(answers))
	for i, a := range answers {
		ids[i] = a.Claim
	}
	claims, err := p.tx.Claims(ids)
	if errors.Is(err, store.ErrNone) {
		return nil, nil, nil, fault.New(fault.NotFound, "fund.payment-unknown", "round", round)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	for i, a := range answers {
		amount, ok := underWay[a.Claim]
		if !ok {
			return nil, nil, nil, fault.New(fault.Conflict, "fund.not-under-way", "round", round, "claim", claims[i].Name())
		}
		delete(underWay, a.Claim) // a second answer in the same call is refused as well
		slice := fund.Slice{Claim: string(a.Claim), Amount: amount}
		var event claim.Event
		if a.Returned {
			returned = append(returned, slice)
			event, err = claims[i].ReturnPayment(round, amount, a.Reason)
		} else {
			paid = append(paid, slice)
			event, err = claims[i].ConfirmPayment(round, amount)
		}
		if err != nil {
			return nil, nil, nil, err
		}
		steps = append(steps, step{claim: claims[i], event: event})
	}
	return steps, paid, returned, nil
}

// Payments are the claims of a round whose payments are still under way.
func (o *Office) Payments(ctx context.Context, programme string, round int64) (ids []claim.ID, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		for payment, err := range r.Payments(programme, round, store.PaymentOrdered) {
			if err != nil {
				return err
			}
			ids = append(ids, payment.Claim)
		}
		return nil
	})
	return ids, err
}
