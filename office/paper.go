package office

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"maps"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/paper"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// A form on paper is keyed by one clerk, keyed again by another, and filed by both.
// Until then it is a draft like a claimant's, and the form's number stands for the
// code: while nothing sensitive was keyed the house opens it for its clerks, from
// then on only who has the paper, with the number on it, in their hand.

// The stages of a form on paper.
const (
	PaperKeying   = "keying"   // somebody keys it first
	PaperWaiting  = "waiting"  // for somebody else
	PaperChecking = "checking" // somebody else keys it again
)

// OwnPaper is what clerks keyed of a form.
type OwnPaper struct {
	Number    paper.Number `json:"number"`
	Edition   string       `json:"edition,omitempty"` // that it was printed under, as its mark says; "" of who typed the number alone
	Received  day.Date     `json:"received"`
	Stage     string       `json:"stage"`
	Hands     []string     `json:"hands,omitempty"` // all who keyed it first: none of them checks it
	Keyer     string       `json:"keyer"`           // the last of them, who vouches for it
	KeyerBy   string       `json:"keyer_by"`        // by which means they had signed in
	Checker   string       `json:"checker,omitempty"`
	CheckerBy string       `json:"checker_by,omitempty"`
	Post      string       `json:"post,omitempty"` // where letters go, as it stands on an envelope; "" nobody said

	paper.Keyed
}

// PaperBegun is what is known of a form when it comes to the desk.
type PaperBegun struct {
	Number    paper.Number
	Programme string
	Category  string
	Language  string // of the claimant: that of the form
	Edition   string // as OwnPaper has it
	Received  day.Date
}

// PaperForm is a form on paper on its way.
type PaperForm struct {
	store.PaperForm
	Open bool // the house opens it; else only its number does
}

// PaperWork is one that is open before a clerk.
type PaperWork struct {
	Key      OwnKey
	Language string
	Paper    OwnPaper
	Edition  *rulebook.Edition
	Category *rulebook.Category
	Files    FileOwner // of its scans
	Today    day.Date
}

func noPaper() error { return fault.New(fault.NotFound, "paper.none") }

// paperSecret is what stands for a code: it opens nothing as a claimant's.
func paperSecret(n paper.Number) string { return "paper " + string(n) }

// paperKey is the key of the filing: a form is filed once, for ever.
func paperKey(n paper.Number) string { return "paper " + string(n) }

// BeginPaper begins the keying of a form that came.
//
// Faults: paper.there where it was begun already, paper.filed (reference) where it
// is on file, paper.received for a day to come, those of Receives, and
// rulebook.category-unknown.
func (o *Office) BeginPaper(ctx context.Context, by By, b PaperBegun) (OwnKey, error) {
	d := OwnDraft{Programme: b.Programme, OwnContent: OwnContent{Language: b.Language, People: []OwnPerson{{ID: "p1", Relation: string(rulebook.Self)}}, Serial: 1}}
	err := o.Store.Read(ctx, func(r store.Reader) error {
		if err := mayNow(r, by.Actor, ActKeyPaper); err != nil {
			return err
		}
		_, e, today, err := o.programme(r, b.Programme)
		if err != nil {
			return err
		}
		if b.Received.IsZero() || today.Before(b.Received) {
			return fault.New(fault.Invalid, "paper.received")
		}
		if err := e.Receives(b.Category, b.Received); err != nil {
			return err
		}
		return o.paperNotFiled(r, b.Number)
	})
	if err != nil {
		return OwnKey{}, err
	}
	d.Code = claim.Code(b.Number)
	if d.CodeTag, d.CodeKey, err = o.Vault.Stretch(ctx, paperSecret(b.Number)); err != nil {
		return OwnKey{}, err
	}
	d.Paper = &OwnPaper{
		Number: b.Number, Edition: b.Edition, Received: b.Received, Stage: PaperKeying, Hands: []string{by.Actor.id}, Keyer: by.Actor.id, KeyerBy: by.Actor.means,
		Keyed: paper.Keyed{First: paper.Readings{}},
	}
	var id [16]byte
	o.Entropy("paper/"+o.instant().String(), id[:])
	k := OwnKey{ID: hex.EncodeToString(id[:]), Key: o.Vault.NewKey()}
	d.ID = k.ID
	o.AddClaim(&d, "p1", b.Category, "")
	row, err := o.sealOwn(ctx, k, &d)
	if err != nil {
		return OwnKey{}, err
	}
	listed := o.withPaper(by, &d)
	return k, o.putOwn(ctx, row, func(tx store.Tx) error {
		there, err := tx.OwnDraftByTag(d.CodeTag)
		switch {
		case err == nil && there.ID != d.ID:
			return fault.New(fault.Conflict, "paper.there")
		case err != nil && !errors.Is(err, store.ErrNone):
			return err
		}
		return cmp.Or(o.paperNotFiled(tx, b.Number), listed(tx))
	})
}

// withPaper is what is written with a form's draft: its line of the list, by who
// may.
func (o *Office) withPaper(by By, d *OwnDraft) func(store.Tx) error {
	return func(tx store.Tx) error {
		if err := mayNow(tx, by.Actor, ActKeyPaper); err != nil {
			return err
		}
		p := d.Paper
		return tx.PutPaperForm(store.PaperForm{
			ID: d.ID, Programme: d.Programme, Category: d.Claims[0].Category, Claim: d.Claims[0].Becomes, Stage: p.Stage,
			Keyer: p.Keyer, Checker: p.Checker, Received: p.Received, Updated: d.Updated,
		})
	}
}

// paperNotFiled refuses a form that is on file, with its reference.
func (o *Office) paperNotFiled(r store.Reader, n paper.Number) error {
	programmes, err := r.Programmes()
	if err != nil {
		return err
	}
	for _, p := range programmes {
		known, err := o.knownFilings(r, p.ID, []Filing{{Key: paperKey(n)}})
		if err != nil {
			return err
		}
		for _, k := range known {
			return fault.New(fault.Conflict, "paper.filed", "reference", string(k.kept.Reference))
		}
	}
	return nil
}

// PaperByNumber is the key of the form with this number, for a clerk who has the
// paper.
//
// Faults: paper.none where it wasn't begun, paper.filed (reference).
func (o *Office) PaperByNumber(ctx context.Context, by By, n paper.Number) (k OwnKey, err error) {
	tag, key, err := o.Vault.Stretch(ctx, paperSecret(n))
	if err != nil {
		return k, err
	}
	var row store.OwnDraft
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if err := mayNow(r, by.Actor, ActKeyPaper); err != nil {
			return err
		}
		row, err = r.OwnDraftByTag(tag)
		if errors.Is(err, store.ErrNone) || err == nil && o.ownOverdue(row) {
			return cmp.Or(o.paperNotFiled(r, n), noPaper())
		}
		return err
	})
	if err != nil {
		return k, err
	}
	k.ID = row.ID
	k.Key, err = o.Vault.OpenUnder(key, ownWrap(row.ID), row.ByCode)
	return k, err
}

// PaperByList is the key of a form of the list, which the house opens as long as
// nothing sensitive was keyed: then it is paper.number-needed.
func (o *Office) PaperByList(ctx context.Context, by By, id string) (k OwnKey, err error) {
	var row store.OwnDraft
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if err := mayNow(r, by.Actor, ActKeyPaper); err != nil {
			return err
		}
		if _, err := r.PaperForm(id); errors.Is(err, store.ErrNone) {
			return noPaper()
		} else if err != nil {
			return err
		}
		row, err = r.OwnDraft(id)
		return err
	})
	if err != nil {
		return k, err
	}
	if len(row.ByHouse) == 0 {
		return k, fault.New(fault.Conflict, "paper.number-needed")
	}
	k.ID = id
	k.Key, err = o.takeOff(ctx, id, houseName, row.ByHouse)
	return k, err
}

// PaperForms are the forms that are on their way, those that came first first.
func (o *Office) PaperForms(ctx context.Context, by By) (list []PaperForm, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if err := mayNow(r, by.Actor, ActKeyPaper); err != nil {
			return err
		}
		rows, err := r.PaperForms(mostPaperForms)
		if err != nil {
			return err
		}
		list = make([]PaperForm, len(rows))
		for n, f := range rows {
			draft, err := r.OwnDraft(f.ID)
			if err != nil {
				return err
			}
			list[n] = PaperForm{f, len(draft.ByHouse) > 0}
		}
		return nil
	})
	return list, err
}

// mostPaperForms is how many forms the list shows.
const mostPaperForms = 200

// Paper opens a form for a clerk.
func (o *Office) Paper(ctx context.Context, by By, k OwnKey) (w PaperWork, err error) {
	d, err := o.Own(ctx, k)
	if fault.Code(err) == "draft.none" {
		err = noPaper()
	}
	if err != nil {
		return w, err
	}
	if d.Paper == nil {
		return w, noPaper()
	}
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if err := mayNow(r, by.Actor, ActKeyPaper); err != nil {
			return err
		}
		_, w.Edition, w.Today, err = o.programme(r, d.Programme)
		return err
	})
	if err != nil {
		return w, err
	}
	own := d.Claims[0]
	w.Key, w.Language, w.Paper, w.Files = k, d.Language, *d.Paper, FileOwner{Draft: d.ID, Claim: own.Becomes}
	var ok bool
	if w.Category, ok = w.Edition.Category(own.Category); !ok {
		return w, w.Edition.Receives(own.Category, w.Today)
	}
	return w, nil
}

// savePaper changes a form, by who may.
func (o *Office) savePaper(ctx context.Context, by By, k OwnKey, change func(*OwnPaper) error) (OwnKey, error) {
	k, _, err := o.SaveOwn(ctx, k, func(d *OwnDraft) error {
		if d.Paper == nil {
			return noPaper()
		}
		for _, readings := range []*paper.Readings{&d.Paper.First, &d.Paper.Second, &d.Paper.Decided} {
			if *readings == nil {
				*readings = paper.Readings{}
			}
		}
		d.also = o.withPaper(by, d)
		return change(d.Paper)
	})
	if fault.Code(err) == "draft.none" {
		err = noPaper()
	}
	return k, err
}

// KeyPaper keeps what a clerk read on the paper in answer to some questions, and
// answers the form's key, which changes with the first sensitive answer. While it is
// keyed first that is the first reading, and whoever keys vouches for it; while it
// is checked it is the second, of who checks alone.
//
// Faults: paper.stage, policy.second-same, and paper.reading (field) for what the
// form can't be read as.
func (o *Office) KeyPaper(ctx context.Context, by By, k OwnKey, readings paper.Readings) (OwnKey, error) {
	w, err := o.Paper(ctx, by, k)
	if err != nil {
		return k, err
	}
	for _, id := range slices.Sorted(maps.Keys(readings)) {
		if text := readings[id].Text; text != "" {
			if _, err := w.Edition.Read(w.Category.ID, map[string]string{id: text}); err != nil {
				return k, fault.New(fault.Invalid, "paper.reading", "field", id)
			}
		}
	}
	return o.savePaper(ctx, by, k, func(p *OwnPaper) error {
		switch {
		case p.Stage == PaperKeying:
			p.Keyer, p.KeyerBy = by.Actor.id, by.Actor.means
			if !slices.Contains(p.Hands, by.Actor.id) {
				p.Hands = append(p.Hands, by.Actor.id)
			}
			maps.Copy(p.First, readings)
			return nil
		case p.Stage == PaperChecking && p.Checker == by.Actor.id:
			maps.Copy(p.Second, readings)
			for id := range readings { // what was decided of another reading isn't of this one
				delete(p.Decided, id)
			}
			return nil
		}
		return fault.New(fault.Conflict, "paper.stage")
	})
}

// HandOverPaper says that a form is keyed, so that somebody else checks it.
//
// Fault: paper.open (field) where a question that is asked was not keyed.
func (o *Office) HandOverPaper(ctx context.Context, by By, k OwnKey) error {
	w, err := o.Paper(ctx, by, k)
	if err != nil {
		return err
	}
	open, err := w.Open(w.Paper.First)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return fault.New(fault.Conflict, "paper.open", "field", open[0])
	}
	_, err = o.savePaper(ctx, by, k, func(p *OwnPaper) error {
		if p.Stage != PaperKeying {
			return fault.New(fault.Conflict, "paper.stage")
		}
		p.Stage = PaperWaiting
		return nil
	})
	return err
}

// CheckPaper begins the second keying, by somebody who had no hand in the first.
// Whoever takes it over from another begins anew.
//
// Fault: policy.second-same.
func (o *Office) CheckPaper(ctx context.Context, by By, k OwnKey) error {
	_, err := o.savePaper(ctx, by, k, func(p *OwnPaper) error {
		switch {
		case slices.Contains(p.Hands, by.Actor.id):
			return fault.New(fault.NotAllowed, "policy.second-same", "act", ActFilePaper, "actor", by.Actor.id)
		case p.Stage == PaperKeying:
			return fault.New(fault.Conflict, "paper.stage")
		case p.Stage == PaperChecking && p.Checker == by.Actor.id:
			return nil
		}
		p.Stage, p.Checker, p.CheckerBy, p.Second, p.Decided = PaperChecking, by.Actor.id, by.Actor.means, paper.Readings{}, paper.Readings{}
		return nil
	})
	return err
}

// SendPaperBack gives a form back to the first keying: what was keyed first stays,
// what was keyed again goes.
func (o *Office) SendPaperBack(ctx context.Context, by By, k OwnKey) error {
	_, err := o.savePaper(ctx, by, k, func(p *OwnPaper) error {
		p.Stage, p.Checker, p.CheckerBy, p.Second, p.Decided = PaperKeying, "", "", nil, nil
		return nil
	})
	return err
}

// DecidePaper keeps what who checks holds to be right where the two readings
// differ.
func (o *Office) DecidePaper(ctx context.Context, by By, k OwnKey, decided paper.Readings) (OwnKey, error) {
	return o.savePaper(ctx, by, k, func(p *OwnPaper) error {
		if p.Stage != PaperChecking || p.Checker != by.Actor.id {
			return fault.New(fault.Conflict, "paper.stage")
		}
		maps.Copy(p.Decided, decided)
		return nil
	})
}

// AddressPaper keeps where letters about the claim go, as it stands on an envelope.
//
// Fault: letter.contact-long.
func (o *Office) AddressPaper(ctx context.Context, by By, k OwnKey, post string) error {
	if post != "" {
		if err := (Contact{Channel: ByPost, Post: post}).check(); err != nil {
			return err
		}
	}
	_, err := o.savePaper(ctx, by, k, func(p *OwnPaper) error {
		p.Post = post
		return nil
	})
	return err
}

// DiscardPaper lets a form go that was begun by mistake: its scans and what was
// keyed are destroyed. The paper is still there, and can be begun again.
func (o *Office) DiscardPaper(ctx context.Context, by By, k OwnKey) error {
	w, err := o.Paper(ctx, by, k)
	if err != nil {
		return err
	}
	if w.Paper.Stage != PaperKeying {
		return fault.New(fault.Conflict, "paper.stage")
	}
	return o.DiscardOwn(ctx, k)
}

// Case is the claim as these readings tell it.
func (w PaperWork) Case(readings paper.Readings) (rulebook.Case, error) {
	c := rulebook.Case{Category: w.Category.ID, Claimant: claimantOf(w.Category), Received: w.Paper.Received, Answers: rulebook.Answers{}}
	for id, text := range readings.Answers() {
		if one, err := w.Edition.Read(w.Category.ID, map[string]string{id: text}); err == nil {
			maps.Copy(c.Answers, one)
		}
	}
	return c, prune(w.Edition, &c)
}

// Open are the questions that are asked, as these readings tell it, and that were
// not keyed; and those that must be answered and aren't.
func (w PaperWork) Open(readings paper.Readings) ([]string, error) {
	c, err := w.Case(readings)
	if err != nil {
		return nil, err
	}
	asked, err := w.Edition.Asked(c)
	if err != nil {
		return nil, err
	}
	var open []string
	for _, id := range asked {
		_, answered := c.Answers[id]
		if _, keyed := readings[id]; !keyed || !answered && !paper.May(w.Category, id) {
			open = append(open, id)
		}
	}
	return open, nil
}

// Sensitive reports whether what was told in confidence stands on the paper: then
// its scans are sealed to the desk, and who checks has the paper beside them.
func (w PaperWork) Sensitive() bool {
	return slices.ContainsFunc(w.Category.Asks, func(id string) bool { return isSensitive(w.Edition, id) })
}
