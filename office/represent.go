package office

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// A representative acts for a claimant by a mandate: given for some purposes and
// from a day, seen by the claimant, and ended by them at any time. A claim that
// was filed under one is within the reach of its organisation as long as it
// stands, and of no other.

// representing is the organisation for which somebody takes a step as its
// representative; "" for who takes it in another capacity, or may not.
func representing(r store.Reader, who Known, act Act) (string, error) {
	rule, err := ruleFor(act)
	if err != nil || rule.mandate == "" {
		return "", err
	}
	actor, err := r.Actor(who.id)
	if errors.Is(err, store.ErrNone) || err == nil && !slices.Contains(actor.Capacities, Representative) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read actor %s: %w", who.id, err)
	}
	if slices.ContainsFunc(rule.by, func(capacity string) bool { return slices.Contains(actor.Capacities, capacity) }) {
		return "", nil // of the office as well: they act as that
	}
	organisation, err := organisationOf(r, who.id)
	if err == nil && organisation == "" {
		err = fault.New(fault.NotAllowed, "organisation.none", "actor", who.id)
	}
	return organisation, err
}

// right is what a representative rests on: for whom, in which programme, for
// which act and on which day.
type right struct {
	organisation, programme string
	act                     Act
	on                      day.Date
}

// allowed checks one mandate of the organisation for this act. Another's is none.
func (at right) allowed(r store.Reader, id claim.MandateID) error {
	m, err := r.Mandate(id)
	if errors.Is(err, store.ErrNone) || err == nil && (m.Organisation != at.organisation || m.Programme != at.programme) {
		return fault.New(fault.NotFound, "mandate.none")
	}
	if err != nil {
		return fmt.Errorf("read a mandate: %w", err)
	}
	rule, err := ruleFor(at.act)
	if err != nil {
		return err
	}
	return m.Allows(rule.mandate, at.on)
}

// mayFile checks the mandate under which a claim is filed: a representative files
// under one, and nobody else names one.
func (at right) mayFile(r store.Reader, id claim.MandateID) error {
	switch {
	case at.organisation == "" && id != "":
		return fault.New(fault.NotAllowed, "mandate.not-representative")
	case at.organisation != "" && id == "":
		return fault.New(fault.NotAllowed, "mandate.missing")
	case id == "":
		return nil
	}
	return at.allowed(r, id)
}

// mandated refuses claims for which the organisation has no mandate that allows
// this act. A claim of others is none.
func (at right) mandated(r store.Reader, ids []claim.ID) error {
	under, err := r.MandatesOf(ids)
	if err != nil {
		return fmt.Errorf("read mandates: %w", err)
	}
	checked := map[claim.MandateID]error{}
	for _, id := range ids {
		mandate, ok := under[id]
		if !ok {
			return fault.New(fault.NotFound, "claim.none", "claim", id)
		}
		if _, known := checked[mandate]; !known {
			checked[mandate] = at.allowed(r, mandate)
		}
		if err := checked[mandate]; fault.Code(err) == "mandate.none" {
			return fault.New(fault.NotFound, "claim.none", "claim", id)
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (p *performance) right() right {
	return right{p.organisation, p.programme.ID, p.act, p.day}
}

// underMandate refuses a claim that a representative has no mandate for; who acts
// otherwise needs none.
func (o *Office) underMandate(r store.Reader, who Known, act Act, c claim.Claim) error {
	if who.isClaimant() {
		return nil
	}
	organisation, err := representing(r, who, act)
	if err != nil || organisation == "" {
		return err
	}
	_, _, today, err := o.programme(r, c.Programme)
	if err != nil {
		return err
	}
	return right{organisation, c.Programme, act, today}.mandated(r, []claim.ID{c.ID})
}

// mandatesOf holds the mandates under which claims are to be filed against who
// would file them: what is wrong with each, nil for nothing.
func mandatesOf(r store.Reader, who Known, act Act, programme string, on day.Date, filings []Filing) (map[claim.MandateID]error, error) {
	wrong := map[claim.MandateID]error{}
	if who.isClaimant() {
		return wrong, nil
	}
	organisation, err := representing(r, who, act)
	if err != nil {
		return nil, err
	}
	at := right{organisation, programme, act, on}
	for _, f := range filings {
		if _, known := wrong[f.Mandate]; !known {
			wrong[f.Mandate] = at.mayFile(r, f.Mandate)
		}
	}
	return wrong, nil
}

// mayFile checks the mandates under which claims are filed.
func (p *performance) mayFile(ready *Prepared) error {
	checked := map[claim.MandateID]bool{}
	for i := range ready.filings {
		id := ready.filings[i].filing.Mandate
		if checked[id] {
			continue
		}
		if err := p.right().mayFile(p.tx, id); err != nil {
			return err
		}
		checked[id] = true
	}
	return nil
}

// NewMandate is what a mandate is to say.
type NewMandate struct {
	claim.MandateGiven

	// Principal is who gives it: a name, how they are reached, what shows it. It
	// is sealed.
	Principal map[string]string
}

// principalName and principalClass are the vault's names for what is sealed
// beside a mandate.
const principalName, principalClass = "principal", string(rulebook.Personal)

// GiveMandate enters a mandate for a programme. A representative enters one for
// their own organisation; an officer, who saw the paper, for any.
func (o *Office) GiveMandate(ctx context.Context, by By, programme string, m NewMandate) (id claim.MandateID, err error) {
	id, by.Key = o.mandateID(), "" // what is sealed of it isn't kept for a repeat
	_, err = o.perform(ctx, ActGiveMandate, by, programme, nil, &struct{}{}, func(p *performance) error {
		if err := p.forOrganisation(&m.Organisation); err != nil {
			return err
		}
		if m.From.IsZero() {
			m.From = p.day
		}
		given, err := claim.GiveMandate(m.MandateGiven)
		if err != nil {
			return err
		}
		payload, err := json.Marshal(m.Principal)
		if err != nil {
			return fmt.Errorf("write who gives the mandate: %w", err)
		}
		// It is sealed as a claim's answers are, under a key of its own.
		like := step{claim: claim.Claim{ID: claim.ID(id)}, seal: []Item{{Class: principalClass, Name: principalName, Payload: payload}}}
		commitments, err := p.seal([]step{like})
		if err != nil {
			return err
		}
		env := docket.Envelope{Stream: id.Stream(), Version: 1, Kind: claim.KindMandateGiven, ForWhom: claimantActor, Commitments: commitments[0]}
		if err := p.enter(env, given, nil); err != nil {
			return err
		}
		return p.commit()
	})
	return id, err
}

func (o *Office) mandateID() claim.MandateID {
	var id [16]byte
	o.Entropy("mandate/"+o.instant().String(), id[:])
	return claim.MandateID(hex.EncodeToString(id[:]))
}

// forOrganisation fills in, or checks, for which organisation somebody acts who
// isn't held to one by a mandate.
func (p *performance) forOrganisation(organisation *string) error {
	own, err := organisationOf(p.tx, p.by.Actor.id)
	switch {
	case err != nil:
		return err
	case p.capacity == Representative && own == "":
		return fault.New(fault.NotAllowed, "organisation.none", "actor", p.by.Actor.id)
	case p.capacity == Representative && *organisation == "":
		*organisation = own
	case p.capacity == Representative && *organisation != own:
		return fault.New(fault.NotAllowed, "organisation.other", "organisation", *organisation)
	}
	members, err := p.tx.Members(*organisation)
	if err == nil && (*organisation == "" || len(members) == 0) {
		err = fault.New(fault.NotFound, "organisation.unknown", "organisation", *organisation)
	}
	return err
}

// EndMandate ends a mandate from today on: by the claimant of a claim that was
// filed under it, by a representative of its organisation, or by an officer.
func (o *Office) EndMandate(ctx context.Context, by By, programme string, id claim.MandateID) error {
	_, err := o.perform(ctx, ActEndMandate, by, programme, id, &struct{}{}, func(p *performance) error {
		m, err := p.ownMandate(id)
		if err != nil {
			return err
		}
		ended, err := m.End(p.day)
		if err != nil {
			return err
		}
		if err := p.enter(docket.Envelope{Stream: id.Stream(), Version: m.Version + 1, Kind: claim.KindMandateEnded, ForWhom: p.forWhom()}, ended, nil); err != nil {
			return err
		}
		return p.commit()
	})
	return err
}

// ownMandate is a mandate that who acts has a word in. Any other is none.
func (p *performance) ownMandate(id claim.MandateID) (claim.Mandate, error) {
	m, err := p.tx.Mandate(id)
	none := fault.New(fault.NotFound, "mandate.none")
	if errors.Is(err, store.ErrNone) || err == nil && m.Programme != p.programme.ID {
		return m, none
	}
	if err != nil {
		return m, fmt.Errorf("read a mandate: %w", err)
	}
	switch {
	case p.by.Actor.isClaimant():
		under, err := p.tx.MandatesOf([]claim.ID{claim.ID(p.by.Actor.own)})
		if err == nil && under[claim.ID(p.by.Actor.own)] != id {
			err = none
		}
		return m, err
	case p.capacity == Representative:
		own, err := organisationOf(p.tx, p.by.Actor.id)
		if err == nil && own != m.Organisation {
			err = none
		}
		return m, err
	}
	return m, nil
}

// MandateOf is the mandate under which a claim was filed, for its claimant; ok is
// false where it was filed under none.
func (o *Office) MandateOf(ctx context.Context, id claim.ID) (m claim.Mandate, ok bool, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		under, err := r.MandatesOf([]claim.ID{id})
		if err != nil || under[id] == "" {
			return err
		}
		m, err = r.Mandate(under[id])
		ok = err == nil
		return err
	})
	return m, ok, err
}

// Mandates is one page of an organisation's mandates, by id: of the asker's own
// for a representative, who may name it ""; of the one that is named for an officer.
func (o *Office) Mandates(ctx context.Context, by By, organisation string, after claim.MandateID, limit int) (list []claim.Mandate, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		own, err := mandateReader(r, by.Actor)
		if err != nil {
			return err
		}
		if own != "" && organisation != "" && organisation != own {
			return fault.New(fault.NotAllowed, "organisation.other", "organisation", organisation)
		}
		if own != "" {
			organisation = own
		}
		list, err = r.Mandates(organisation, after, limit)
		return err
	})
	return list, err
}

// mandateReader is the organisation whose mandates alone somebody reads; "" for an
// officer, who reads all.
func mandateReader(r store.Reader, who Known) (string, error) {
	if err := mayNow(r, who, ActReadMandates); err != nil {
		return "", err
	}
	actor, err := r.Actor(who.id)
	if err != nil || slices.Contains(actor.Capacities, Officer) {
		return "", err
	}
	organisation, err := organisationOf(r, who.id)
	if err == nil && organisation == "" {
		err = fault.New(fault.NotAllowed, "organisation.none", "actor", who.id)
	}
	return organisation, err
}

// Mandate is one mandate, with the claims that were filed under it, for who may
// read it; any other is none.
func (o *Office) Mandate(ctx context.Context, by By, id claim.MandateID) (m claim.Mandate, claims []claim.Claim, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		own, err := mandateReader(r, by.Actor)
		if err != nil {
			return err
		}
		m, err = r.Mandate(id)
		if errors.Is(err, store.ErrNone) || err == nil && own != "" && m.Organisation != own {
			return fault.New(fault.NotFound, "mandate.none")
		}
		if err != nil {
			return err
		}
		ids, err := r.ClaimsUnder(id)
		if err != nil || len(ids) == 0 {
			return err
		}
		claims, err = r.Claims(ids)
		return err
	})
	return m, claims, err
}

// FindFiled are the claims that were filed under these keys and that who asks may
// add evidence to, by key; one that leads to nothing isn't among them.
func (o *Office) FindFiled(ctx context.Context, who Known, programme string, keys []string) (found map[string]claim.ID, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if err := mayNow(r, who, ActAddEvidence); err != nil {
			return err
		}
		organisation, err := representing(r, who, ActAddEvidence)
		if err != nil {
			return err
		}
		_, _, today, err := o.programme(r, programme)
		if err != nil {
			return err
		}
		filings := make([]Filing, len(keys))
		for i, key := range keys {
			filings[i].Key = key
		}
		known, err := o.knownFilings(r, programme, filings)
		if err != nil {
			return err
		}
		found = make(map[string]claim.ID, len(known))
		for _, key := range keys {
			k, ok := known[string(o.filingTag(programme, key))]
			if !ok || k.erased {
				continue
			}
			if organisation != "" {
				err := right{organisation, programme, ActAddEvidence, today}.mandated(r, []claim.ID{k.kept.ID})
				if fault.Is(err, fault.NotFound) || fault.Is(err, fault.NotAllowed) {
					continue
				}
				if err != nil {
					return err
				}
			}
			found[key] = k.kept.ID
		}
		return nil
	})
	return found, err
}

// Organisation is the one for which somebody acts as a representative; "" for who
// belongs to none.
func (o *Office) Organisation(ctx context.Context, who Known) (organisation string, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		organisation, err = organisationOf(r, who.id)
		return err
	})
	return organisation, err
}

func (t *tables) takeMandate(env docket.Envelope) error {
	m, err := t.tx.Mandate(claim.MandateID(env.Stream.ID()))
	if err != nil && !(env.Version == 1 && errors.Is(err, store.ErrNone)) {
		return err
	}
	if m, err = m.After(env); err != nil {
		return err
	}
	return t.tx.PutMandate(m)
}
