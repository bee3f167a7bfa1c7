package office

import (
	"context"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
)

// HoldClaim puts a legal hold on a claim, so that nobody erases what a court
// or an audit needs. It takes two people, and keeps nothing else from being
// done.
func (o *Office) HoldClaim(ctx context.Context, by By, programme string, id claim.ID, ground string) (Done, error) {
	return o.holding(ctx, ActHoldClaim, by, programme, id, ground, claim.Claim.Hold)
}

// ReleaseClaim ends the hold that stands on this ground; holds on others stay.
func (o *Office) ReleaseClaim(ctx context.Context, by By, programme string, id claim.ID, ground string) (Done, error) {
	return o.holding(ctx, ActReleaseClaim, by, programme, id, ground, claim.Claim.Release)
}

// grounded is what an idempotency key of these acts stands for.
type grounded struct {
	Claim  claim.ID
	Ground string
}

func (o *Office) holding(ctx context.Context, act Act, by By, programme string, id claim.ID, ground string,
	decide func(c claim.Claim, ground string) (claim.Event, error),
) (Done, error) {
	done := Done{Claims: 1}
	_, err := o.perform(ctx, act, by, programme, grounded{id, ground}, &done, func(p *performance) error {
		c, err := p.claim(id)
		if err != nil {
			return err
		}
		event, err := decide(c, ground)
		if err != nil {
			return err
		}
		if done.Ref, err = p.stepAll(docket.Envelope{}, nil, []step{{claim: c, event: event}}); err != nil {
			return movedOn(err)
		}
		return movedOn(p.commit())
	})
	return done, err
}
