package office

import (
	"context"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
)

// WithdrawClaim takes a claim back at the claimant's wish, at any time before
// the decision. One that races an instalment makes the instalment fail, or
// fails itself: never both.
func (o *Office) WithdrawClaim(ctx context.Context, by By, programme string, id claim.ID) (Done, error) {
	done := Done{Claims: 1}
	_, err := o.perform(ctx, ActWithdraw, by, programme, id, &done, func(p *performance) error {
		c, err := p.claim(id)
		if err != nil {
			return err
		}
		event, err := c.Withdraw()
		if err != nil {
			return err
		}
		if done.Ref, err = p.stepAll(docket.Envelope{ForWhom: p.forWhom()}, nil, []step{{claim: c, event: event}}); err != nil {
			return movedOn(err)
		}
		return movedOn(p.commit())
	})
	return done, err
}
