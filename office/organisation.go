package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// An organisation is whoever speaks for claimants: a law office, a charity, a
// trade union. Its people are actors with the capacity representative; what one
// of them may do by a mandate, each of them may.

// The kinds of an organisation's stream.
const (
	kindMemberJoined docket.Kind = "organisation.member_joined.v1"
	kindMemberLeft   docket.Kind = "organisation.member_left.v1"
)

type memberSaid struct {
	Actor string `json:"actor"`
}

func organisationStream(id string) docket.Stream { return docket.Stream("organisation/" + id) }

// JoinOrganisation makes an actor one of an organisation's people, which is
// there from its first one on. Who belongs to another one has to leave that.
func (o *Office) JoinOrganisation(ctx context.Context, by By, organisation, actor string) error {
	if !actorID.MatchString(organisation) {
		return fault.New(fault.Invalid, "organisation.id-form", "organisation", organisation)
	}
	return o.membership(ctx, ActJoinOrganisation, by, organisation, actor, kindMemberJoined, func(now string) error {
		if now != "" {
			return fault.New(fault.Conflict, "organisation.belongs", "actor", actor, "organisation", now)
		}
		return nil
	})
}

// LeaveOrganisation ends it, at once.
func (o *Office) LeaveOrganisation(ctx context.Context, by By, organisation, actor string) error {
	return o.membership(ctx, ActLeaveOrganisation, by, organisation, actor, kindMemberLeft, func(now string) error {
		if now != organisation {
			return fault.New(fault.NotFound, "organisation.no-member", "actor", actor, "organisation", organisation)
		}
		return nil
	})
}

func (o *Office) membership(ctx context.Context, act Act, by By, organisation, actor string, kind docket.Kind, check func(now string) error) error {
	_, err := o.perform(ctx, act, by, "", []string{organisation, actor}, &struct{}{}, func(p *performance) error {
		if _, err := p.tx.Actor(actor); errors.Is(err, store.ErrNone) {
			return fault.New(fault.NotFound, "actor.none", "actor", actor)
		} else if err != nil {
			return err
		}
		now, err := organisationOf(p.tx, actor)
		if err == nil {
			err = check(now)
		}
		if err != nil {
			return err
		}
		last, err := p.tx.LastVersion(organisationStream(organisation))
		if err != nil {
			return err
		}
		if err := p.enter(docket.Envelope{Stream: organisationStream(organisation), Version: last + 1, Kind: kind}, memberSaid{actor}, nil); err != nil {
			return err
		}
		return p.commit()
	})
	return err
}

// organisationOf is the organisation that an actor belongs to; "" for none.
func organisationOf(r store.Reader, actor string) (string, error) {
	m, err := r.Member(actor)
	if errors.Is(err, store.ErrNone) {
		return "", nil
	}
	return m.Organisation, err
}

// Members lists an organisation's people, or those of all for "".
func (o *Office) Members(ctx context.Context, organisation string) (list []store.Member, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		list, err = r.Members(organisation)
		return err
	})
	return list, err
}

func (t *tables) takeMember(env docket.Envelope) error {
	var said memberSaid
	if err := json.Unmarshal(env.Facts, &said); err != nil {
		return fmt.Errorf("read %s: %w", env.Kind, err)
	}
	m := store.Member{Actor: said.Actor}
	if env.Kind == kindMemberJoined {
		m.Organisation = env.Stream.ID()
	}
	return t.tx.PutMember(m)
}
