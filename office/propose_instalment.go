package office

import (
	"context"
	"fmt"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/commission"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/store"
)

// Instalment is what proposing or adopting one answers.
type Instalment struct {
	Ref docket.Ref
	commission.Summary
}

// ProposeInstalment assesses recorded claims of a programme by the rulebook's
// valuation, up to limit of them, and puts them into a new instalment: one
// entry, its annex the proposed outcomes, each with its trace sealed beside
// it. Another commissioner adopts it. Where a treaty gates the power that is not
// in force it is refused, as adopting is.
func (o *Office) ProposeInstalment(ctx context.Context, by By, programme string, limit int) (Instalment, error) {
	if limit < 1 || limit > MostInOneAct {
		return Instalment{}, fault.New(fault.Invalid, "office.limit", "most", MostInOneAct, "asked", limit)
	}
	var answer Instalment
	_, err := o.perform(ctx, ActProposeInstalment, by, programme, limit, &answer, func(p *performance) error {
		relied, places, err := p.gate(ActProposeInstalment)
		if err != nil {
			return err
		}
		last, err := p.tx.LastInstalment(programme)
		if err != nil {
			return err
		}
		answer.Instalment, answer.Treaty = last+1, relied
		steps, err := p.assess(limit, &answer.Summary)
		if err != nil {
			return err
		}
		if answer.Summary, err = commission.Propose(answer.Summary); err != nil {
			return err
		}
		env := docket.Envelope{Stream: commission.Stream(programme, last+1), Version: 1, Kind: commission.KindProposed, ReliesOn: places}
		if answer.Ref, err = p.stepAll(env, answer.Summary, steps); err != nil {
			return movedOn(err)
		}
		return movedOn(p.commit())
	})
	return answer, err
}

// assess values the recorded claims that are ours to decide.
func (p *performance) assess(limit int, summary *commission.Summary) ([]step, error) {
	claims, err := p.recorded(limit)
	if err != nil {
		return nil, err
	}
	opened, err := p.forRules(claims, PurposeValuation)
	if err != nil {
		return nil, err
	}
	if err := p.o.open(p.ctx, opened); err != nil {
		return nil, err
	}
	steps := make([]step, len(claims))
	err = parallel(len(claims), func(i int) error {
		c := claims[i]
		valuation, err := opened[i].value()
		if err != nil {
			return fmt.Errorf("value claim %s: %w", c.Name(), err)
		}
		event, err := c.Assess(summary.Instalment, valuation)
		if err != nil {
			return err
		}
		trace, err := traceItem("trace.assessed", valuation.Trace)
		steps[i] = step{claim: c, event: event, seal: []Item{trace}}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, s := range steps {
		if err := summary.Add(awardOf(s.event.(claim.AssessedEvent))); err != nil {
			return nil, err
		}
	}
	return steps, nil
}

// recorded are up to limit recorded claims without a reported outcome.
func (p *performance) recorded(limit int) ([]claim.Claim, error) {
	var claims []claim.Claim
	q := store.ClaimQuery{Programme: p.programme.ID, Standing: claim.Recorded, Limit: limit}
	for {
		page, next, err := p.tx.ClaimPage(q)
		if err != nil {
			return nil, err
		}
		for _, c := range page {
			if !c.Reported && len(claims) < limit {
				claims = append(claims, c)
			}
		}
		if next == "" && flaw.On(flaw.TwoInstalments) && q.Standing == claim.Recorded {
			q.Standing, q.After = claim.Assessed, ""
			continue
		}
		if next == "" || len(claims) == limit {
			return claims, nil
		}
		q.After = next
	}
}

func awardOf(e claim.AssessedEvent) money.Amount {
	if e.Award == nil {
		return money.Amount{}
	}
	return *e.Award
}
