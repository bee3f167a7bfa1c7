package office

import (
	"context"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
)

// ProposeMove tells the claimant that another category of the edition is the
// right one, on a reason as a code. The claim stays where it is until they
// consent.
func (o *Office) ProposeMove(ctx context.Context, by By, programme string, id claim.ID, category, reason string) (Done, error) {
	done := Done{Claims: 1}
	request := []string{string(id), category, reason}
	_, err := o.perform(ctx, ActProposeMove, by, programme, request, &done, func(p *performance) error {
		c, err := p.claim(id)
		if err != nil {
			return err
		}
		edition, err := o.edition(p.tx, c.Edition)
		if err != nil {
			return err
		}
		m := material{claim: c, edition: edition}
		if err := m.mayMove(p, category); err != nil {
			return err
		}
		event, err := c.ProposeMove(category, reason)
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

// ConsentToMove moves a claim to the category that was proposed. supplied are
// answers that its form asks besides those that the claim has; what the form
// doesn't ask is left behind, sealed beside the entry that brought it. The
// register then looks at it as at any claim, and it keeps the day on which it
// came in. An officer who enters it holds the claimant's signed consent.
func (o *Office) ConsentToMove(ctx context.Context, by By, programme string, id claim.ID, supplied map[string]string) (Done, error) {
	return o.reword(ctx, ActConsentToMove, by, programme, id, supplied,
		func(p *performance, m *material, w reworded) (claim.Event, error) {
			consent := claim.ConsentSigned
			if p.by.Actor.isClaimant() {
				consent = claim.ConsentClaimant
			}
			return m.claim.ConsentToMove(consent, w.public, w.claimed, w.blank)
		})
}

// DeclineMove leaves a claim in its category at the claimant's wish.
func (o *Office) DeclineMove(ctx context.Context, by By, programme string, id claim.ID) (Done, error) {
	return o.single(ctx, ActConsentToMove, by, programme, id, id, true, claim.Claim.DeclineMove)
}
