package office

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// Known is somebody who proved who they are. Only the office makes one that
// names anybody: of a credential (Authenticate), or of what shows that a claim is
// somebody's own (claimant.go).
type Known struct {
	id, means string
	own       string // of a claimant: the one claim or draft that is theirs; else ""
	scopes    string // of a token: what it was given for, parted by spaces; else ""
}

// ID is the actor's id.
func (k Known) ID() string { return k.id }

// By is who acts: the actor, the second person where two are needed, and the
// asker's key, under which a repeat returns the first answer.
type By struct {
	Actor  Known
	Second Known  // zero value: nobody
	Key    string // "": every call is a new act
}

// meansCredential is how a secret from a file or a request proves the actor.
const meansCredential = "credential"

// Authenticate tells who holds this secret.
func (o *Office) Authenticate(ctx context.Context, secret string) (Known, error) {
	id, verifier, err := o.Vault.Verify(secret)
	if err != nil {
		return Known{}, err
	}
	refused := fault.New(fault.NotAllowed, "policy.actor-unknown", "actor", id)
	err = o.Store.Read(ctx, func(r store.Reader) error {
		kept, err := r.Verifier(id)
		if err != nil && !errors.Is(err, store.ErrNone) {
			return err
		}
		if err != nil || !equal(kept, verifier) {
			return refused
		}
		actor, err := r.Actor(id)
		if err != nil && !errors.Is(err, store.ErrNone) {
			return err
		}
		if err != nil || actor.Ended {
			return refused
		}
		return nil
	})
	if err != nil {
		return Known{}, err
	}
	return Known{id: id, means: meansCredential}, nil
}

// equal compares two keyed hashes in a time that doesn't tell where they part.
func equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// The kinds of an actor's stream.
const (
	kindActorAdded docket.Kind = "actor.added.v1"
	kindActorEnded docket.Kind = "actor.ended.v1"
)

// actorAdded: somebody may act from now on, in these capacities.
type actorAdded struct {
	Capacities []string `json:"capacities"`
}

func actorStream(id string) docket.Stream { return docket.Stream("actor/" + id) }

// actorID is what an actor may be called: a role or initials, not a name.
var actorID = regexp.MustCompile(`^[a-z][a-z0-9-]{1,31}$`)

func checkActor(id string, capacities []string) error {
	if !actorID.MatchString(id) || id == ownActor || id == claimantActor {
		return fault.New(fault.Invalid, "actor.id-form", "actor", id)
	}
	if len(capacities) == 0 {
		return fault.New(fault.Invalid, "actor.no-capacity", "actor", id)
	}
	for _, c := range capacities {
		if !slices.Contains(Capacities(), c) {
			return fault.New(fault.Invalid, "actor.capacity-unknown", "capacity", c)
		}
	}
	return nil
}

// Deliver hands a new actor's secret to its holder; it is kept nowhere else.
// It is called before the act commits, so that nobody is let in with a secret
// that was lost on the way.
type Deliver func(secret string) error

// AddFirstActor adds the actor whom init makes; it is refused once anybody
// else is there.
func (o *Office) AddFirstActor(ctx context.Context, id string, capacities []string, deliver Deliver) error {
	if err := checkActor(id, capacities); err != nil {
		return err
	}
	return o.write(ctx, false, func(tx store.Tx, _ before) error {
		actors, err := tx.Actors()
		if err != nil {
			return err
		}
		if len(actors) > 0 {
			return fault.New(fault.Conflict, "actor.not-first")
		}
		p := o.begin(ctx, tx, By{Actor: Known{id: id, means: "installation"}}, Administrator, "")
		return o.enterActor(p, id, capacities, deliver)
	})
}

// AddActor lets somebody act. Without deliver they have no credential: they sign
// in by a passkey or an account elsewhere, once they were invited.
func (o *Office) AddActor(ctx context.Context, by By, id string, capacities []string, deliver Deliver) error {
	if err := checkActor(id, capacities); err != nil {
		return err
	}
	_, err := o.perform(ctx, ActAddActor, by, "", append([]string{id}, capacities...), &struct{}{}, func(p *performance) error {
		if _, err := p.tx.Actor(id); err == nil {
			return fault.New(fault.Conflict, "actor.exists", "actor", id)
		} else if !errors.Is(err, store.ErrNone) {
			return err
		}
		return o.enterActor(p, id, capacities, deliver)
	})
	return err
}

func (o *Office) enterActor(p *performance, id string, capacities []string, deliver Deliver) error {
	if err := p.enter(docket.Envelope{Stream: actorStream(id), Version: 1, Kind: kindActorAdded}, actorAdded{capacities}, nil); err != nil {
		return err
	}
	if deliver == nil {
		return p.commit()
	}
	secret, verifier, err := o.Vault.NewCredential(id)
	if err != nil {
		return err
	}
	if err := p.tx.PutVerifier(id, verifier); err != nil {
		return err
	}
	if err := p.commit(); err != nil {
		return err
	}
	// A store may send what is written with the next question only. Of two acts
	// that add one id at once the second fails here, before it delivers a secret
	// that would open nothing, perhaps over that of the first.
	if _, err := p.tx.Verifier(id); err != nil {
		return fmt.Errorf("read back the credential of %s: %w", id, err)
	}
	if err := deliver(secret); err != nil {
		return fmt.Errorf("deliver the credential of %s: %w", id, err)
	}
	return nil
}

// EndActor ends what somebody may do; it works at once, also for who is signed
// in. The last administrator can't be ended: nobody could let another in.
func (o *Office) EndActor(ctx context.Context, by By, id string) error {
	_, err := o.perform(ctx, ActEndActor, by, "", id, &struct{}{}, func(p *performance) error {
		actors, err := p.tx.Actors()
		if err != nil {
			return err
		}
		administrators, ending := 0, store.Actor{}
		for _, a := range actors {
			if a.ID == id {
				ending = a
			} else if !a.Ended && slices.Contains(a.Capacities, Administrator) {
				administrators++
			}
		}
		switch {
		case ending.ID == "" || ending.Ended:
			return fault.New(fault.NotFound, "actor.none", "actor", id)
		case administrators == 0:
			return fault.New(fault.Conflict, "actor.last-administrator", "actor", id)
		}
		env := docket.Envelope{Stream: actorStream(id), Version: ending.Version + 1, Kind: kindActorEnded}
		if err := p.enter(env, struct{}{}, nil); err != nil {
			return err
		}
		if err := errors.Join(endSessionsOfActor(p.tx, id), p.tx.DropSignIns(string(SessionStaff), id), p.tx.DropVouchers(purposeInvited, id)); err != nil {
			return err
		}
		return p.commit()
	})
	return err
}

// Actors lists who may act and who no longer may.
func (o *Office) Actors(ctx context.Context) (actors []store.Actor, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		actors, err = r.Actors()
		return err
	})
	return actors, err
}

// actorAfter folds an actor's stream.
func actorAfter(a store.Actor, env docket.Envelope) (store.Actor, error) {
	a.ID, a.Version = env.Stream.ID(), env.Version
	switch env.Kind {
	case kindActorAdded:
		var added actorAdded
		if err := json.Unmarshal(env.Facts, &added); err != nil {
			return a, fmt.Errorf("read %s: %w", env.Kind, err)
		}
		a.Capacities = added.Capacities
	case kindActorEnded:
		a.Ended = true
	case kindInterestDeclared:
		var declared interestDeclared
		if err := json.Unmarshal(env.Facts, &declared); err != nil {
			return a, fmt.Errorf("read %s: %w", env.Kind, err)
		}
		a.Interests = append(slices.Clip(a.Interests), declared.In)
	case kindTokenAdded, kindTokenEnded:
		return a, checkToken(env)
	}
	return a, nil
}
