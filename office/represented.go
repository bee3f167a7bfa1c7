package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// What an organisation of representatives sees of the claims that its people filed
// by mandates. How a claim stands it sees as long as the mandate says so (the scope
// letters); that it filed it, and under which name of its own, always.

// Represented is a claim that was filed under a mandate.
type Represented struct {
	ID        claim.ID
	Reference claim.Reference
	Own       string // what the organisation calls it, where it was filed by a spreadsheet; "" where that isn't kept
	Mandate   claim.Mandate

	// Claim is the claim as it stands, with its edition, where the mandate lets them
	// read it; else Why says why not, and both are empty.
	Claim   claim.Claim
	Edition *rulebook.Edition
	Why     error
}

// ownBlob is the name of what its representative calls a claim.
const ownBlob = "own-reference"

// Represented is one page of the claims that were filed under the mandates of the
// asker's organisation, the newest first, after this one; more says that there are
// more.
func (o *Office) Represented(ctx context.Context, by By, after claim.ID, limit int) (page []Represented, more bool, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		organisation, err := o.readsFor(r, by.Actor)
		if err != nil {
			return err
		}
		list, err := r.ClaimsFor(organisation, after, limit+1)
		if err != nil {
			return err
		}
		if more = len(list) > limit; more {
			list = list[:limit]
		}
		page, err = o.represented(ctx, r, organisation, list)
		return err
	})
	return page, more, err
}

// FindRepresented are the claims of the asker's organisation that go by this text:
// the claim's reference or number, or what the organisation calls it.
func (o *Office) FindRepresented(ctx context.Context, by By, text string) (found []Represented, err error) {
	text = strings.TrimSpace(text)
	err = o.Store.Read(ctx, func(r store.Reader) error {
		organisation, err := o.readsFor(r, by.Actor)
		if err != nil {
			return err
		}
		var ids []claim.ID
		c, err := findClaim(r, text)
		if err == nil {
			ids = append(ids, c.ID)
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
		programmes, err := r.Programmes()
		if err != nil {
			return err
		}
		filings := []Filing{{Key: BulkReference(organisation, text)}, {Key: OwnReference(by.Actor, text)}}
		for _, p := range programmes {
			known, err := o.knownFilings(r, p.ID, filings)
			if err != nil {
				return err
			}
			for _, k := range known {
				if !k.erased {
					ids = append(ids, k.kept.ID)
				}
			}
		}
		list, err := ofOrganisation(r, organisation, ids)
		if err == nil {
			found, err = o.represented(ctx, r, organisation, list)
		}
		return err
	})
	return found, err
}

// RepresentedClaim is one claim of the asker's organisation, with what happened to
// it, oldest first; claim.none for any other. Where the mandate doesn't let them
// read it, the fault says so.
func (o *Office) RepresentedClaim(ctx context.Context, by By, id claim.ID) (one Represented, history []Step, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		organisation, err := o.readsFor(r, by.Actor)
		if err != nil {
			return err
		}
		list, err := ofOrganisation(r, organisation, []claim.ID{id})
		if err == nil && len(list) == 0 {
			err = fault.New(fault.NotFound, "claim.none", "claim", "…")
		}
		if err != nil {
			return err
		}
		found, err := o.represented(ctx, r, organisation, list)
		if err != nil {
			return err
		}
		one = found[0]
		return one.Why
	})
	if err == nil {
		history, err = o.History(ctx, id.Stream())
	}
	return one, history, err
}

// readsFor is the organisation for which somebody reads as its representative.
func (o *Office) readsFor(r store.Reader, who Known) (string, error) {
	if err := mayNow(r, who, ActReadOwn); err != nil {
		return "", err
	}
	organisation, err := representing(r, who, ActReadOwn)
	if err == nil && organisation == "" {
		err = fault.New(fault.NotAllowed, "organisation.none", "actor", who.id)
	}
	return organisation, err
}

// ofOrganisation leaves those of these claims that were filed under a mandate of
// the organisation, each once.
func ofOrganisation(r store.Reader, organisation string, ids []claim.ID) (list []store.Mandated, err error) {
	under, err := r.MandatesOf(ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		mandate, ok := under[id]
		if !ok {
			continue
		}
		delete(under, id)
		m, err := r.Mandate(mandate)
		if err != nil {
			return nil, err
		}
		if m.Organisation == organisation {
			list = append(list, store.Mandated{Claim: id, Mandate: mandate})
		}
	}
	return list, nil
}

// represented reads claims, each as far as its mandate allows.
func (o *Office) represented(ctx context.Context, r store.Reader, organisation string, list []store.Mandated) ([]Represented, error) {
	ids := make([]claim.ID, len(list))
	for i, m := range list {
		ids[i] = m.Claim
	}
	claims, err := r.Claims(ids)
	if err != nil {
		return nil, err
	}
	own, err := o.ownReferences(ctx, r, ids)
	if err != nil {
		return nil, err
	}
	all := make([]Represented, len(list))
	for i, c := range claims {
		one := Represented{ID: c.ID, Reference: c.Reference, Own: own[c.ID]}
		if one.Mandate, err = r.Mandate(list[i].Mandate); err != nil {
			return nil, err
		}
		_, _, today, err := o.programme(r, c.Programme)
		if err != nil {
			return nil, err
		}
		one.Why = right{organisation, c.Programme, ActReadOwn, today}.allowed(r, one.Mandate.ID)
		if one.Why != nil && !fault.Is(one.Why, fault.NotAllowed) {
			return nil, one.Why
		}
		if one.Why == nil {
			one.Claim = c
			if one.Edition, err = o.edition(r, c.Edition); err != nil {
				return nil, err
			}
		}
		all[i] = one
	}
	return all, nil
}

// ownReferences opens what these claims are called by who filed them. It is their
// own word, and no answer of a claimant's: the reading log has no line of it.
func (o *Office) ownReferences(ctx context.Context, r store.Reader, ids []claim.ID) (map[claim.ID]string, error) {
	found, err := r.LatestBlobs(ids, ownBlob)
	if err != nil {
		return nil, err
	}
	var blobs []store.Blob
	for _, id := range ids {
		blobs = append(blobs, found[id]...)
	}
	opened, err := o.openBeside(ctx, blobs)
	own := make(map[claim.ID]string, len(blobs))
	for i, payload := range opened {
		own[blobs[i].Claim] = string(payload)
	}
	return own, err
}

// openBeside opens what a representative wrote beside claims and mandates.
func (o *Office) openBeside(ctx context.Context, blobs []store.Blob) ([][]byte, error) {
	if len(blobs) == 0 {
		return nil, nil
	}
	opened, err := o.Vault.Open(ctx, blobs)
	if err != nil {
		return nil, fmt.Errorf("open what a representative wrote: %w", err)
	}
	payloads := make([][]byte, len(opened))
	for i, one := range opened {
		if one.Err != nil {
			return nil, fmt.Errorf("open %s: %w", blobs[i].Name, one.Err)
		}
		payloads[i] = one.Payload
	}
	return payloads, nil
}

// Principals are who gave these mandates of the asker's organisation, as its people
// wrote it down, by mandate; one of another organisation isn't among them.
func (o *Office) Principals(ctx context.Context, by By, ids []claim.MandateID) (principals map[claim.MandateID]map[string]string, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		own, err := mandateReader(r, by.Actor)
		if err != nil {
			return err
		}
		var theirs []claim.ID
		for _, id := range ids {
			m, err := r.Mandate(id)
			if errors.Is(err, store.ErrNone) || err == nil && (own == "" || m.Organisation != own) {
				continue
			}
			if err != nil {
				return err
			}
			theirs = append(theirs, claim.ID(id))
		}
		found, err := r.LatestBlobs(theirs, principalName)
		if err != nil {
			return err
		}
		var blobs []store.Blob
		for _, id := range theirs {
			blobs = append(blobs, found[id]...)
		}
		opened, err := o.openBeside(ctx, blobs)
		if err != nil {
			return err
		}
		principals = make(map[claim.MandateID]map[string]string, len(opened))
		for i, payload := range opened {
			var said map[string]string
			if err := json.Unmarshal(payload, &said); err != nil {
				return fmt.Errorf("read who gave a mandate: %w", err)
			}
			principals[claim.MandateID(blobs[i].Claim)] = said
		}
		return nil
	})
	return principals, err
}

// alikeOwn says of each filing that wasn't filed before whether the organisation of
// who asks has filed another one of its category for somebody who is alike by a rule
// of identity.
// What others filed for them isn't told: that somebody claims is nobody's to learn by
// trying names.
func (o *Office) alikeOwn(r store.Reader, who Known, e *rulebook.Edition, filings []Filing, known map[string]knownFiling) ([]bool, error) {
	alike := make([]bool, len(filings))
	if who.isClaimant() || len(e.Identity) == 0 {
		return alike, nil
	}
	organisation, err := representing(r, who, ActFileClaim)
	if err != nil || organisation == "" {
		return alike, err
	}
	for i, f := range filings {
		if _, before := known[string(o.filingTag(e.ID, f.Key))]; before && f.Key != "" {
			continue
		}
		for _, rule := range e.Identity {
			ids, err := o.alikeBy(r, e, rule.Fields, f.Answers)
			if err != nil {
				return nil, err
			}
			ours, err := ofOrganisation(r, organisation, ids)
			if err != nil {
				return nil, err
			}
			same, err := inCategory(r, ours, f.Category)
			if err != nil {
				return nil, err
			}
			alike[i] = alike[i] || same
		}
	}
	return alike, nil
}

// alikeBy are the claims whose answers to all these fields are alike these.
func (o *Office) alikeBy(r store.Reader, e *rulebook.Edition, fields []string, answers map[string]string) (ids []claim.ID, err error) {
	for n, field := range fields {
		tag := o.featureTag(e.ID, field, answers[field])
		if tag == nil {
			return nil, nil
		}
		found, err := r.Featured(tag, mostFound)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			ids = found
		} else {
			ids = both(ids, found)
		}
		if len(ids) == 0 {
			return nil, nil
		}
	}
	return ids, nil
}

// inCategory reports whether one of these claims is of a category.
func inCategory(r store.Reader, list []store.Mandated, category string) (bool, error) {
	ids := make([]claim.ID, len(list))
	for i, m := range list {
		ids[i] = m.Claim
	}
	claims, err := r.Claims(ids)
	return slices.ContainsFunc(claims, func(c claim.Claim) bool { return c.Category == category }), err
}
