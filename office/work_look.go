package office

import (
	"context"
	"fmt"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// looker is somebody who works on claims and only looks: nothing is written, so
// that a queue is read beside those who act.
type looker struct {
	r     store.Reader
	actor store.Actor
}

// looksAtWork checks the right to work on claims, and looks.
func (o *Office) looksAtWork(ctx context.Context, by By, look func(looker) error) error {
	return o.Store.Read(ctx, func(r store.Reader) error {
		rule, err := ruleFor(ActWorkClaims)
		if err != nil {
			return err
		}
		capacity, err := capacityOf(r, by.Actor, rule.by, rule.by[0])
		if err != nil {
			return err
		}
		if err := may(r, by.Actor, capacity, ActWorkClaims); err != nil {
			return err
		}
		actor, err := r.Actor(by.Actor.id)
		if err != nil {
			return fmt.Errorf("read actor %s: %w", by.Actor.id, err)
		}
		return look(looker{r, actor})
	})
}

// open leaves out what the looker has an interest in: they don't see it.
func (l looker) open(claims []claim.Claim) []claim.Claim {
	return slices.DeleteFunc(claims, func(c claim.Claim) bool { return Interested(l.actor, c) })
}

// claim is one claim that the looker may see.
func (l looker) claim(id claim.ID) (claim.Claim, error) {
	claims, err := l.r.Claims([]claim.ID{id})
	if err != nil {
		return claim.Claim{}, noSuchClaim(err)
	}
	if Interested(l.actor, claims[0]) {
		return claim.Claim{}, fault.New(fault.NotAllowed, "policy.interest", "actor", l.actor.ID, "claim", claims[0].Name())
	}
	return claims[0], nil
}
