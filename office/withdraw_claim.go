package office

import (
	"context"

	"github.com/openchancery/chancery/claim"
)

// WithdrawClaim takes a claim back at the claimant's wish, at any time before
// the decision. One that races an instalment makes the instalment fail, or
// fails itself: never both.
func (o *Office) WithdrawClaim(ctx context.Context, by By, programme string, id claim.ID) (Done, error) {
	return o.single(ctx, ActWithdraw, by, programme, id, id, true, claim.Claim.Withdraw)
}

// WithdrawFor does so for a claimant who asked an officer, on a reason as a code:
// how the officer knows that they want it.
func (o *Office) WithdrawFor(ctx context.Context, by By, programme string, id claim.ID, reason string) (Done, error) {
	return o.single(ctx, ActWithdraw, by, programme, id, grounded{id, reason}, true, func(c claim.Claim) (claim.Event, error) {
		return c.WithdrawFor(reason)
	})
}
