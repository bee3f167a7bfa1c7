package office

import (
	"context"
	"errors"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// kindInterestDeclared: the actor has an interest in a claim or in a category.
// From then on they take no step in it and see nothing of it that is sealed. It
// isn't taken back: another person acts.
const kindInterestDeclared docket.Kind = "actor.interest_declared.v1"

type interestDeclared struct {
	In string `json:"in"` // a claim's stream, or category/PROGRAMME/ID
}

// DeclareInterest enters an interest of the actor's own in a claim.
func (o *Office) DeclareInterest(ctx context.Context, by By, programme string, id claim.ID) (Done, error) {
	return o.declare(ctx, by, programme, string(id.Stream()), func(p *performance) error {
		_, err := p.claim(id)
		p.about = "" // the answer says nothing of the claim
		return err
	})
}

// DeclareInterestIn enters an interest of the actor's own in all claims of a
// category.
func (o *Office) DeclareInterestIn(ctx context.Context, by By, programme, category string) (Done, error) {
	return o.declare(ctx, by, programme, interestInCategory(programme, category), func(p *performance) error {
		if _, ok := p.edition.Category(category); !ok {
			return fault.New(fault.Invalid, "rulebook.category-unknown", "programme", programme, "category", category)
		}
		return nil
	})
}

func (o *Office) declare(ctx context.Context, by By, programme, in string, check func(*performance) error) (Done, error) {
	var done Done
	_, err := o.perform(ctx, ActDeclareInterest, by, programme, in, &done, func(p *performance) error {
		if err := check(p); err != nil {
			return err
		}
		actor, err := p.tx.Actor(p.by.Actor.id)
		if err != nil {
			return err
		}
		if slices.Contains(actor.Interests, in) {
			return fault.New(fault.Conflict, "actor.interest-declared", "actor", actor.ID)
		}
		done.Ref = docket.Ref{Stream: actorStream(actor.ID), Version: actor.Version + 1}
		if err := p.enter(docket.Envelope{Stream: done.Ref.Stream, Version: done.Ref.Version, Kind: kindInterestDeclared}, interestDeclared{in}, nil); err != nil {
			return err
		}
		return p.commit()
	})
	return done, err
}

func interestInCategory(programme, category string) string {
	return "category/" + programme + "/" + category
}

// Interested reports whether an actor has declared an interest in a claim.
func Interested(a store.Actor, c claim.Claim) bool {
	return len(a.Interests) > 0 && (slices.Contains(a.Interests, string(c.ID.Stream())) ||
		slices.Contains(a.Interests, interestInCategory(c.Programme, c.Category)))
}

// interests are those who act here and have declared any interest.
func (p *performance) interests() ([]store.Actor, error) {
	if p.asked {
		return p.interested, nil
	}
	for _, who := range []Known{p.by.Actor, p.by.Second} {
		if who.id == "" || who.isClaimant() {
			continue
		}
		actor, err := p.tx.Actor(who.id)
		if errors.Is(err, store.ErrNone) {
			continue // the installation itself
		}
		if err != nil {
			return nil, err
		}
		if len(actor.Interests) > 0 {
			p.interested = append(p.interested, actor)
		}
	}
	p.asked = true
	return p.interested, nil
}

// disinterested refuses a step or a reading by somebody who has declared an
// interest in the claim.
func (p *performance) disinterested(c claim.Claim) error {
	who, err := p.interests()
	if err != nil {
		return err
	}
	for _, a := range who {
		if Interested(a, c) {
			return fault.New(fault.NotAllowed, "policy.interest", "actor", a.ID, "claim", c.Name())
		}
	}
	return nil
}
