package office

import (
	"context"
	"slices"

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

// Outside reports whether somebody with these capacities is none of the office: a
// representative and nothing else. They see no page of the desk.
func Outside(capacities []string) bool {
	return len(capacities) > 0 && !slices.ContainsFunc(capacities, func(c string) bool { return c != Representative })
}
