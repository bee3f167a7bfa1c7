package office

import (
	"context"
	"errors"
	"fmt"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/commission"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/store"
)

// AdoptInstalment makes a proposed instalment the commission's decision: one
// entry with an annex of awards, and in the same transaction what the fund now
// owes. Who proposed it can't adopt it. A claim that was withdrawn since is no
// longer in it.
func (o *Office) AdoptInstalment(ctx context.Context, by By, programme string, number int64) (Instalment, error) {
	answer := Instalment{Summary: commission.Summary{Instalment: number}}
	_, err := o.perform(ctx, ActAdoptInstalment, by, programme, number, &answer, func(p *performance) error {
		relied, places, err := p.gate(ActAdoptInstalment)
		if err != nil {
			return err
		}
		answer.Treaty = relied
		instalment, err := p.tx.Instalment(programme, number)
		if errors.Is(err, store.ErrNone) {
			return fault.New(fault.NotFound, "commission.no-instalment", "programme", programme, "instalment", number)
		}
		if err != nil {
			return err
		}
		proposal := docket.Ref{Stream: commission.Stream(programme, number), Version: instalment.Version}
		steps, err := p.decide(proposal, &answer.Summary)
		if err != nil {
			return err
		}
		if answer.Summary, err = instalment.Adopt(p.by.Actor.id, p.by.Second.id, answer.Summary); err != nil {
			return err
		}
		env := docket.Envelope{
			Stream: proposal.Stream, Version: proposal.Version + 1, Kind: commission.KindAdopted,
			ReliesOn: append([]docket.Ref{proposal}, places...),
		}
		if answer.Ref, err = p.stepAll(env, answer.Summary, steps); err != nil {
			return movedOn(err)
		}
		if err := p.bookOwed(answer); err != nil {
			return err
		}
		return movedOn(p.commit())
	})
	return answer, err
}

// decide turns the rows of the proposal into decisions, for the claims that
// still stand as they were assessed. A new code, a hold or its end changes
// nothing of that: else one officer could keep a claim from being decided, for
// good.
func (p *performance) decide(proposal docket.Ref, summary *commission.Summary) ([]step, error) {
	open := map[claim.ID]*claim.Claim{}
	standings := []claim.Standing{claim.Assessed}
	if flaw.On(flaw.WithdrawnDecided) {
		standings = append(standings, claim.Withdrawn)
	}
	for _, standing := range standings {
		for c, err := range p.tx.InstalmentClaims(p.programme.ID, summary.Instalment, standing) {
			if err != nil {
				return nil, err
			}
			open[c.ID] = &c
		}
	}
	entry, err := p.tx.Entry(proposal)
	if err != nil {
		return nil, fmt.Errorf("read the proposal: %w", err)
	}
	env, err := entry.Open()
	if err != nil {
		return nil, err
	}
	if env.Annex == nil {
		return nil, fault.New(fault.Unsound, "office.no-annex", "entry", proposal)
	}
	var steps []step
	for row, err := range p.tx.AnnexRows(env.Annex.Root) {
		if err != nil {
			return nil, err
		}
		c, ok := open[claim.ID(row.Stream.ID())]
		if !ok {
			continue
		}
		proposed, err := openEvent[claim.AssessedEvent](row.Row)
		if err != nil {
			return nil, err
		}
		event, err := c.Decide(proposed)
		if err != nil {
			return nil, err
		}
		if err := summary.Add(awardOf(proposed)); err != nil {
			return nil, err
		}
		steps = append(steps, step{claim: *c, event: event})
	}
	return steps, nil
}

// openEvent reads the event of an annex row, which must be of this type.
func openEvent[E claim.Event](row docket.Row) (E, error) {
	var none E
	env, err := row.Open()
	if err != nil {
		return none, err
	}
	event, err := claim.Decode(env.Kind, env.Facts)
	if err != nil {
		return none, err
	}
	e, ok := event.(E)
	if !ok {
		return none, fault.New(fault.Unsound, "office.row-kind", "entry", row.Ref(), "kind", env.Kind)
	}
	return e, nil
}

// bookOwed enters what the fund owes by the instalment just adopted.
func (p *performance) bookOwed(adopted Instalment) error {
	if adopted.Awards == 0 {
		return nil
	}
	booked, err := fund.BookOwed(adopted.Instalment, adopted.Total)
	if err != nil {
		return err
	}
	return p.enterAccount(fund.Owed, fund.KindOwed, booked, adopted.Ref)
}

// enterAccount appends to the stream of one account.
func (p *performance) enterAccount(account fund.Account, kind docket.Kind, said any, reliesOn ...docket.Ref) error {
	stream := fund.AccountStream(p.programme.ID, account)
	last, err := p.tx.LastVersion(stream)
	if err != nil {
		return err
	}
	return p.enter(docket.Envelope{Stream: stream, Version: last + 1, Kind: kind, ReliesOn: reliesOn}, said, nil)
}
