package office

import (
	"context"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// BeginAtCounter begins a draft with the person beside: a clerk fills it in, in
// the person's language, reads it back, and the person sends it as their own, by
// their own code, which is answered and shown to them alone. The clerk is named
// as its helper in every claim that comes of it. Who may file for claimants may.
func (o *Office) BeginAtCounter(ctx context.Context, by By, programme string, c OwnContent) (claim.Code, error) {
	err := o.Store.Read(ctx, func(r store.Reader) error {
		if by.Actor.isClaimant() {
			return fault.New(fault.NotAllowed, "policy.not-claimants", "act", ActDraftClaim)
		}
		return mayDraft(r, by)
	})
	if err != nil {
		return "", err
	}
	c.Helper, c.Help = by.Actor.id, "helped"
	k, _, err := o.BeginOwn(ctx, programme, c)
	if err != nil {
		return "", err
	}
	_, code, err := o.GiveOwnCode(ctx, k, false)
	return code, err
}
