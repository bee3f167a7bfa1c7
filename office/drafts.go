package office

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// Draft is a claim that nobody has sent yet. It is no act: it has no entry, and
// leaves none when it goes. It rests sealed under a key of its own, which is
// destroyed when it is sent, discarded or expired.
type Draft struct {
	ID        string // "" for a new one
	Programme string
	Category  string
	Updated   docket.Instant
	Expires   day.Date // the first day on which it is gone

	DraftContent
}

// DraftContent is what is sealed of a draft.
type DraftContent struct {
	Claimant string            `json:"claimant"`
	Received day.Date          `json:"received"`
	Answers  map[string]string `json:"answers"`
}

// draftMonths is how long a draft stays after its last change.
const draftMonths = 12

// draftClass and draftName are the vault's names for a draft's content.
const draftClass, draftName = "draft", "draft"

// SaveDraft keeps a draft, or what has become of it, and answers it with its id
// and its day. Answers are held against the form, as far as they are given.
// Sensitive ones are not kept in a draft: what is sealed to the desk can't be
// given back to who drafts. They are given when it is sent.
func (o *Office) SaveDraft(ctx context.Context, by By, d Draft) (Draft, error) {
	now, begun := o.instant(), d.ID != ""
	d.Updated, d.Expires = now, day.Of(now.Time, time.UTC).AddMonths(draftMonths)
	err := o.Store.Read(ctx, func(r store.Reader) error {
		if begun {
			old, err := o.ownDraft(r, by, d.ID)
			if err != nil {
				return err
			}
			d.Programme = old.Programme
		}
		return o.checkDraft(r, by, d)
	})
	if err != nil {
		return Draft{}, err
	}
	if !begun {
		var id [16]byte
		o.Entropy("draft/"+now.String(), id[:])
		d.ID = hex.EncodeToString(id[:])
	}
	payload, err := json.Marshal(d.DraftContent)
	if err != nil {
		return Draft{}, fmt.Errorf("write the draft: %w", err)
	}
	sealed, keep, err := o.Vault.Seal(ctx, []Item{{Claim: d.ID, Class: draftClass, Name: draftName, Payload: payload}})
	if err != nil {
		return Draft{}, fmt.Errorf("seal the draft: %w", err)
	}
	if err := keep(ctx); err != nil {
		return Draft{}, fmt.Errorf("keep the draft's key: %w", err)
	}
	return d, o.write(ctx, true, func(tx store.Tx, _ before) error {
		if begun {
			if _, err := o.ownDraft(tx, by, d.ID); err != nil {
				return err // sent or discarded meanwhile: it doesn't come back
			}
		}
		return tx.PutDraft(store.Draft{
			ID: d.ID, Actor: by.Actor.id, Programme: d.Programme, Category: d.Category,
			Updated: d.Updated, Expires: d.Expires, Sealed: sealed[0].Blob,
		})
	})
}

func (o *Office) checkDraft(r store.Reader, by By, d Draft) error {
	if err := mayDraft(r, by); err != nil {
		return err
	}
	_, edition, _, err := o.programme(r, d.Programme)
	if err != nil {
		return err
	}
	answers, err := ReadFiling(edition, d.filing())
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(edition.TextsByClass(answers)[rulebook.Sensitive])) {
		return fault.New(fault.Invalid, "draft.sensitive", "field", id)
	}
	return nil
}

// mayDraft checks the right to draft, which is that to file.
func mayDraft(r store.Reader, by By) error {
	if by.Actor.isClaimant() {
		return may(r, by.Actor, Claimant, ActDraftClaim)
	}
	capacity, _, err := capacityFor(ActDraftClaim, nil)
	if err != nil {
		return err
	}
	return may(r, by.Actor, capacity, ActDraftClaim)
}

// ownDraft is a draft of the asker's own: another's is none, and one whose day
// has come is none whether or not the job has let it go.
func (o *Office) ownDraft(r store.Reader, by By, id string) (store.Draft, error) {
	if err := mayDraft(r, by); err != nil {
		return store.Draft{}, err
	}
	d, err := r.Draft(id)
	if errors.Is(err, store.ErrNone) || err == nil && (d.Actor != by.Actor.id || !by.Actor.owns(id) || o.overdue(d)) {
		return store.Draft{}, fault.New(fault.NotFound, "draft.none")
	}
	return d, err
}

// Draft opens a draft for who drafted it.
func (o *Office) Draft(ctx context.Context, by By, id string) (d Draft, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		kept, err := o.ownDraft(r, by, id)
		if err != nil {
			return err
		}
		opened, err := o.Vault.Open(ctx, []store.Blob{{Claim: claim.ID(kept.ID), Class: draftClass, Name: draftName, Sealed: kept.Sealed}})
		if err == nil {
			err = opened[0].Err
		}
		if err != nil {
			return fmt.Errorf("open the draft: %w", err)
		}
		d = draftOf(kept)
		return json.Unmarshal(opened[0].Payload, &d.DraftContent)
	})
	return d, err
}

func draftOf(d store.Draft) Draft {
	return Draft{ID: d.ID, Programme: d.Programme, Category: d.Category, Updated: d.Updated, Expires: d.Expires}
}

// Drafts lists the asker's drafts, unopened.
func (o *Office) Drafts(ctx context.Context, by By) (list []Draft, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if err := mayDraft(r, by); err != nil {
			return err
		}
		kept, err := r.Drafts(by.Actor.id)
		for _, d := range kept {
			if !o.overdue(d) {
				list = append(list, draftOf(d))
			}
		}
		return err
	})
	return list, err
}

// overdue reports whether a draft's day has come.
func (o *Office) overdue(d store.Draft) bool {
	return !day.Of(o.instant().Time, time.UTC).Before(d.Expires)
}

// DiscardDraft lets a draft go without a trace.
func (o *Office) DiscardDraft(ctx context.Context, by By, id string) error {
	err := o.write(ctx, false, func(tx store.Tx, _ before) error {
		if _, err := o.ownDraft(tx, by, id); err != nil {
			return err
		}
		return o.letGo(tx, []string{id})
	})
	if err != nil {
		return err
	}
	return o.FinishErasures(context.WithoutCancel(ctx))
}

// letGo removes drafts, and notes that their keys are to be destroyed.
func (o *Office) letGo(tx store.Tx, ids []string) error {
	for _, id := range ids {
		if err := dropSubject(tx, SessionDraft, id); err != nil {
			return err
		}
	}
	return errors.Join(o.letGoFiles(tx, ids...), tx.DeleteDrafts(ids), o.shredLater(tx, ids))
}

// filing is the draft as a filing. Its key names it for ever, so that a draft
// is filed once however often it is sent.
func (d Draft) filing() Filing {
	return Filing{
		Key: draftKey(d.ID), Category: d.Category, Claimant: d.Claimant, Received: d.Received, Answers: maps.Clone(d.Answers), Code: true,
	}
}

func draftKey(id string) string { return "draft " + id }

// SendDraft files a draft, with answers that are given only now (the sensitive
// ones), and lets it go in the same transaction. Sent again it gives the first
// answer.
func (o *Office) SendDraft(ctx context.Context, by By, id string, more map[string]string) (FilingAnswer, error) {
	d, err := o.Draft(ctx, by, id)
	if fault.Code(err) == "draft.none" {
		return o.sentBefore(ctx, id)
	}
	if err != nil {
		return FilingAnswer{}, err
	}
	f := d.filing()
	if f.Answers == nil {
		f.Answers = map[string]string{}
	}
	maps.Copy(f.Answers, more)
	if f.Becomes, err = o.becomes(ctx, id); err != nil {
		return FilingAnswer{}, err
	}
	ready, err := o.PrepareFilings(ctx, d.Programme, []Filing{f})
	if err != nil {
		return FilingAnswer{}, err
	}
	answers, err := o.fileWith(ctx, by, ready, func(p *performance) error {
		now, err := o.ownDraft(p.tx, by, id)
		if err != nil {
			return err
		}
		files, err := p.tx.FilesOfDraft(id)
		if err != nil {
			return err
		}
		if now.Updated != d.Updated || len(files) > 0 && f.Becomes == "" { // the first file came meanwhile
			return fault.New(fault.Conflict, "draft.changed")
		}
		if err := followSignIns(p.tx, id, []claim.ID{ready.filings[0].id}); err != nil {
			return err
		}
		if err := o.enclose(p, id, ready); err != nil {
			return err
		}
		return o.letGo(p.tx, []string{id})
	})
	if fault.Code(err) == "draft.none" { // it was sent meanwhile, perhaps by an earlier run of this very act
		sent, err := o.sentBefore(ctx, id)
		if own := ready.filings[0]; err == nil && sent.ID == own.id {
			sent = own.answer()
		}
		return sent, err
	}
	if err != nil {
		return FilingAnswer{}, err
	}
	return answers[0], o.FinishErasures(context.WithoutCancel(ctx))
}

// becomes is the claim under whose key a draft's files rest; "" where it has none.
func (o *Office) becomes(ctx context.Context, draft string) (id claim.ID, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		files, err := r.FilesOfDraft(draft)
		if len(files) > 0 {
			id = o.draftClaim(draft)
		}
		return err
	})
	return id, err
}

// sentBefore answers for a draft that isn't there: it may have been sent.
func (o *Office) sentBefore(ctx context.Context, id string) (a FilingAnswer, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		programmes, err := r.Programmes()
		if err != nil {
			return err
		}
		for _, p := range programmes {
			known, err := o.knownFilings(r, p.ID, []Filing{{Key: draftKey(id)}})
			if err != nil {
				return err
			}
			for _, k := range known {
				a = k.answer(k.fingerprint)
				return nil
			}
		}
		return fault.New(fault.NotFound, "draft.none")
	})
	return a, err
}

// ExpireDrafts lets the drafts go whose day has come, officers' and claimants': a
// schedule calls it.
func (o *Office) ExpireDrafts(ctx context.Context) error {
	today := day.Of(o.instant().Time, time.UTC)
	var expired, own []string
	due := today
	if flaw.On(flaw.DeadlineEarly) {
		due = today.AddDays(1)
	}
	look := func(r store.Reader) error {
		drafts, err := r.ExpiredDrafts(due)
		expired = expired[:0]
		for _, d := range drafts {
			expired = append(expired, d.ID)
		}
		if err != nil {
			return err
		}
		own, err = r.ExpiredOwnDrafts(due)
		return err
	}
	if err := o.Store.Read(ctx, look); err != nil || len(expired)+len(own) == 0 {
		return err
	}
	err := o.write(ctx, true, func(tx store.Tx, _ before) error {
		if err := look(tx); err != nil { // one of them may have been worked on meanwhile
			return err
		}
		return errors.Join(o.letGo(tx, expired), o.letGoOwn(tx, own...))
	})
	if err != nil {
		return fmt.Errorf("let expired drafts go: %w", err)
	}
	return o.FinishErasures(ctx)
}

// OverdueDrafts counts the drafts past their day: the next command that acts
// lets them go.
func (o *Office) OverdueDrafts(ctx context.Context) (n int, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		today := day.Of(o.instant().Time, time.UTC)
		drafts, err := r.ExpiredDrafts(today)
		if err != nil {
			return err
		}
		own, err := r.ExpiredOwnDrafts(today)
		n = len(drafts) + len(own)
		return err
	})
	return n, err
}
