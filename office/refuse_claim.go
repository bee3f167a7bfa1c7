package office

import (
	"context"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/rulebook"
)

const kindClaimsRefused docket.Kind = "register.claims_refused.v1"

// RefuseClaims turns examined claims away, each on the ground that the
// rulebook found. It takes two people.
func (o *Office) RefuseClaims(ctx context.Context, by By, programme string, examined []Examination) (Done, error) {
	return o.register(ctx, ActRefuse, by, programme, kindClaimsRefused, examined,
		func(*performance) func(claim.Claim, rulebook.Finding) (claim.Event, error) { return claim.Claim.Refuse })
}
