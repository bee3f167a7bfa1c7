package office

import (
	"context"

	"github.com/openchancery/chancery/store"
)

// CapacitiesOf are the capacities of who acts at this moment, for pages to show
// what they may do; each act asks for itself.
func (o *Office) CapacitiesOf(ctx context.Context, who Known) (capacities []string, err error) {
	if who.isClaimant() {
		return []string{Claimant}, nil
	}
	err = o.Store.Read(ctx, func(r store.Reader) error {
		actor, err := r.Actor(who.id)
		capacities = actor.Capacities
		return err
	})
	return capacities, err
}
