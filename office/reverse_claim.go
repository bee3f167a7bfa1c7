package office

import (
	"context"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
)

// ReverseClaim takes a wrong recording or refusal back, on a reason as a code:
// an act going forward, after which the register looks again. A number that was
// given stays the claim's own. It takes two people.
func (o *Office) ReverseClaim(ctx context.Context, by By, programme string, id claim.ID, reason string) (Done, error) {
	return o.single(ctx, ActReverse, by, programme, id, grounded{id, reason}, false, func(c claim.Claim) (claim.Event, error) {
		return c.Reverse(reason)
	})
}

// single carries out an act on one claim that seals nothing; claimants says that
// it is the claimant's own.
func (o *Office) single(ctx context.Context, act Act, by By, programme string, id claim.ID, asked any, claimants bool,
	decide func(claim.Claim) (claim.Event, error),
) (Done, error) {
	done := Done{Claims: 1}
	_, err := o.perform(ctx, act, by, programme, asked, &done, func(p *performance) error {
		c, err := p.claim(id)
		if err != nil {
			return err
		}
		event, err := decide(c)
		if err != nil {
			return err
		}
		var env docket.Envelope
		if claimants {
			env.ForWhom = p.forWhom()
		}
		if done.Ref, err = p.stepAll(env, nil, []step{{claim: c, event: event}}); err != nil {
			return movedOn(err)
		}
		return movedOn(p.commit())
	})
	return done, err
}
