package office

import (
	"context"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/rulebook"
)

const kindClaimsDeficient docket.Kind = "register.claims_found_deficient.v1"

// FindDeficient tells the claimants of examined claims what is missing.
func (o *Office) FindDeficient(ctx context.Context, by By, programme string, examined []Examination) (Done, error) {
	return o.register(ctx, ActFindDeficient, by, programme, kindClaimsDeficient, examined,
		func(*performance) func(claim.Claim, rulebook.Finding) (claim.Event, error) {
			return claim.Claim.FindDeficient
		})
}
