package office

import (
	"context"

	"github.com/openchancery/chancery/claim"
)

// GiveConsent enters that the claimant consented to the processing of their
// data, in an edition of its text that came after the one in the form.
func (o *Office) GiveConsent(ctx context.Context, by By, programme string, id claim.ID, edition string) (Done, error) {
	return o.single(ctx, ActConsent, by, programme, id, grounded{id, edition}, true, func(c claim.Claim) (claim.Event, error) {
		return c.GiveConsent(edition)
	})
}

// WithdrawConsent enters that the claimant takes consent back from now on. What
// was done on it stays; a recommendation to the board falls.
func (o *Office) WithdrawConsent(ctx context.Context, by By, programme string, id claim.ID) (Done, error) {
	return o.single(ctx, ActConsent, by, programme, id, grounded{id, "withdrawn"}, true, claim.Claim.WithdrawConsent)
}
