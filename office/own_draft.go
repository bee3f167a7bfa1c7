package office

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/paper"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// OwnDraft is what a claimant has begun and not sent: one story, the people it
// happened to, and a claim for each of them and each kind of loss. It is no act
// and hangs on no account. It rests sealed twice: under a key of the vault's, which
// is destroyed when the draft goes, and within that under a key which the
// claimant holds. Until something sensitive is told the house keeps that key too,
// so that a lost code can be replaced; from then on nobody but the claimant
// opens the draft.
type OwnDraft struct {
	ID        string
	Programme string
	Version   int64
	Updated   docket.Instant
	Expires   day.Date // the first day on which it is gone
	Closed    bool     // only the claimant's code or device opens it: something sensitive was told

	OwnContent

	rekey bool                 // it goes under a new key: who had the old one is out
	also  func(store.Tx) error // what is written with it, in the same transaction; nil for nothing
}

// OwnContent is what is sealed of it.
type OwnContent struct {
	Language string            `json:"language,omitempty"`
	Stories  []string          `json:"stories,omitempty"` // what happened: those that were ticked
	Told     map[string]string `json:"told,omitempty"`    // replies to their questions, by question or question/person
	People   []OwnPerson       `json:"people,omitempty"`
	Claims   []OwnClaim        `json:"claims,omitempty"`
	Dropped  []OwnClaim        `json:"dropped,omitempty"` // claims that were taken out; they come back as they were
	Contact  map[string]string `json:"contact,omitempty"` // how, and how safely, they can be reached
	Help     string            `json:"help,omitempty"`    // who fills it in
	Helper   string            `json:"helper,omitempty"`  // the clerk at whose counter it was begun
	Heard    docket.Instant    `json:"heard,omitzero"`    // when the claimant heard all answers read back and said that they are right
	Last     string            `json:"last,omitempty"`    // the page they were on
	Serial   int               `json:"serial,omitempty"`  // of the last person or claim that was added
	Paper    *OwnPaper         `json:"paper,omitempty"`   // of a form on paper: what clerks keyed of it

	// Saved is when each page was last saved, Copies from which copy of it: who goes
	// back to that very copy, and answers otherwise, says so knowing what they said.
	// Aside is what an older window said of it after that: both are kept, and the
	// claimant chooses.
	Saved  map[string]docket.Instant    `json:"saved,omitempty"`
	Copies map[string]string            `json:"copies,omitempty"`
	Aside  map[string]map[string]string `json:"aside,omitempty"`

	Code     claim.Code     `json:"code,omitempty"`     // to be shown again to who is signed in
	CodeKey  []byte         `json:"code_key,omitempty"` // what the code gives, once it was stretched, so that a new key is sealed to it without the wait
	CodeTag  []byte         `json:"code_tag,omitempty"`
	Ways     []OwnWay       `json:"ways,omitempty"`    // passkeys that open it by themselves
	Replaced docket.Instant `json:"replaced,omitzero"` // when the code was replaced at a counter
}

// OwnPerson is one of those to whom it happened.
type OwnPerson struct {
	ID       string            `json:"id"`
	Relation string            `json:"relation"` // to who fills it in: self, or as the rulebook's stories call it
	Called   string            `json:"called,omitempty"`
	Answers  map[string]string `json:"answers,omitempty"` // that are this person's in every claim
}

// OwnClaim is one claim of the draft.
type OwnClaim struct {
	ID       string            `json:"id"`
	Person   string            `json:"person"`
	Category string            `json:"category"`
	Event    string            `json:"event,omitempty"`   // the story that it came of
	Becomes  claim.ID          `json:"becomes"`           // its id once it is sent; its files are sealed under it before
	Answers  map[string]string `json:"answers,omitempty"` // given for this claim; "" is one left out on purpose
	Apart    map[string]bool   `json:"apart,omitempty"`   // answers that hold for this claim alone, though others share them
	Done     map[string]bool   `json:"done,omitempty"`    // sections that were said to be complete

	Prefilled map[string]Prefilled `json:"prefilled,omitempty"` // by field: what a registry gave, or didn't, when it was asked
}

// OwnKey is what opens a draft: the claimant's browser keeps it.
type OwnKey struct {
	ID  string
	Key []byte
}

// ownClass and ownName are the vault's names for a claimant's draft, houseName
// that for the key which the house keeps of it.
const ownClass, ownName, houseName = "draft", "own", "own.key"

// ownMonths is how long a claimant's draft stays after its last change.
const ownMonths = 12

// mostOwn bounds what a draft holds, in bytes: nobody fills the disk with one.
const mostOwn = 512 << 10

func ownSeal(id string) string { return "own/" + id }
func ownWrap(id string) string { return "own-key/" + id }

// BeginOwn begins a claimant's draft in an open programme. Anybody may.
func (o *Office) BeginOwn(ctx context.Context, programme string, c OwnContent) (OwnKey, OwnDraft, error) {
	var id [16]byte
	o.Entropy("own/"+o.instant().String(), id[:])
	k := OwnKey{ID: hex.EncodeToString(id[:]), Key: o.Vault.NewKey()}
	d := OwnDraft{ID: k.ID, Programme: programme, OwnContent: c}
	err := o.Store.Read(ctx, func(r store.Reader) error {
		_, edition, _, err := o.programme(r, programme)
		if err == nil {
			d.Closed = d.tellsSensitive(edition)
		}
		return err
	})
	if err != nil {
		return OwnKey{}, OwnDraft{}, err
	}
	row, err := o.sealOwn(ctx, k, &d)
	if err != nil {
		return OwnKey{}, OwnDraft{}, err
	}
	return k, d, o.putOwn(ctx, row, d.also)
}

// Own opens a claimant's draft. The fault for whatever isn't there any more, or
// under another key by now, is draft.none.
func (o *Office) Own(ctx context.Context, k OwnKey) (d OwnDraft, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		row, err := r.OwnDraft(k.ID)
		if errors.Is(err, store.ErrNone) || err == nil && o.ownOverdue(row) {
			return noDraft()
		}
		if err != nil {
			return err
		}
		d, err = o.openOwn(ctx, k, row)
		return err
	})
	return d, err
}

func noDraft() error { return fault.New(fault.NotFound, "draft.none") }

func (o *Office) ownOverdue(d store.OwnDraft) bool {
	return !day.Of(o.instant().Time, time.UTC).Before(d.Expires)
}

// openOwn takes off both envelopes.
func (o *Office) openOwn(ctx context.Context, k OwnKey, row store.OwnDraft) (OwnDraft, error) {
	inner, err := o.takeOff(ctx, row.ID, ownName, row.Sealed)
	if err != nil {
		return OwnDraft{}, fmt.Errorf("open a claimant's draft: %w", err)
	}
	payload, err := o.Vault.OpenUnder(k.Key, ownSeal(row.ID), inner)
	if err != nil {
		return OwnDraft{}, noDraft() // the key was changed since, on another device
	}
	d := OwnDraft{
		ID: row.ID, Programme: row.Programme, Version: row.Version, Updated: row.Updated, Expires: row.Expires,
		Closed: len(row.ByHouse) == 0,
	}
	if err := json.Unmarshal(payload, &d.OwnContent); err != nil {
		return OwnDraft{}, fmt.Errorf("read a claimant's draft: %w", err)
	}
	return d, nil
}

// takeOff takes the vault's envelope off.
func (o *Office) takeOff(ctx context.Context, id, name string, sealed []byte) ([]byte, error) {
	opened, err := o.Vault.Open(ctx, []store.Blob{{Claim: claim.ID(id), Class: ownClass, Name: name, Sealed: sealed}})
	if err == nil {
		err = opened[0].Err
	}
	if err != nil {
		return nil, err
	}
	return opened[0].Payload, nil
}

// sealOwn makes the row of a draft's next version; its version and days are set.
func (o *Office) sealOwn(ctx context.Context, k OwnKey, d *OwnDraft) (store.OwnDraft, error) {
	now := o.instant()
	d.Version, d.Updated, d.Expires = d.Version+1, now, day.Of(now.Time, time.UTC).AddMonths(ownMonths)
	payload, err := json.Marshal(d.OwnContent)
	if err != nil {
		return store.OwnDraft{}, fmt.Errorf("write a claimant's draft: %w", err)
	}
	if len(payload) > mostOwn {
		return store.OwnDraft{}, fault.New(fault.Invalid, "draft.too-large", "most", mostOwn)
	}
	row := store.OwnDraft{ID: d.ID, Programme: d.Programme, Version: d.Version, Tag: o.codeTag(d), Updated: d.Updated, Expires: d.Expires}
	inner, err := o.Vault.SealUnder(k.Key, ownSeal(d.ID), payload)
	if err != nil {
		return row, fmt.Errorf("seal a claimant's draft: %w", err)
	}
	if len(d.CodeKey) > 0 {
		if row.ByCode, err = o.Vault.SealUnder(d.CodeKey, ownWrap(d.ID), k.Key); err != nil {
			return row, fmt.Errorf("seal the key of a claimant's draft: %w", err)
		}
	}
	if row.ByWays, err = o.sealToWays(d, k.Key); err != nil {
		return row, fmt.Errorf("seal the key of a claimant's draft: %w", err)
	}
	items := []Item{{Claim: d.ID, Class: ownClass, Name: ownName, Payload: inner}}
	if !d.Closed {
		items = append(items, Item{Claim: d.ID, Class: ownClass, Name: houseName, Payload: k.Key})
		row.Person = o.personTag(d.Called())
	}
	sealed, keep, err := o.Vault.Seal(ctx, items)
	if err == nil {
		err = keep(ctx)
	}
	if err != nil {
		return row, fmt.Errorf("seal a claimant's draft: %w", err)
	}
	row.Sealed = sealed[0].Blob
	if !d.Closed {
		row.ByHouse = sealed[1].Blob
	}
	return row, nil
}

// putOwn writes a row. Where it isn't known whether that was done, it is done
// again: what stands there then is the row itself. also is what is written with it;
// nil for nothing.
func (o *Office) putOwn(ctx context.Context, row store.OwnDraft, also func(store.Tx) error) error {
	return o.write(ctx, true, func(tx store.Tx, _ before) error {
		stands, err := tx.OwnDraft(row.ID)
		switch {
		case errors.Is(err, store.ErrNone) && row.Version > 1:
			return noDraft() // sent or discarded meanwhile: it doesn't come back
		case err != nil && !errors.Is(err, store.ErrNone):
			return err
		case err == nil && stands.Version == row.Version && slices.Equal(stands.Sealed, row.Sealed):
			return nil
		case err == nil && stands.Version != row.Version-1:
			return fault.New(fault.Conflict, "draft.changed")
		}
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		return tx.PutOwnDraft(row)
	})
}

// savesAtOnce is how often a change is made anew over what another window saved
// at the same moment.
const savesAtOnce = 5

// SaveOwn changes a draft as it stands now and keeps it for another year. change
// may be run several times: each time it is given what stands then. Where
// something sensitive was told for the first time, the draft is under a new key
// from now on, which only the claimant has: that key is answered.
func (o *Office) SaveOwn(ctx context.Context, k OwnKey, change func(*OwnDraft) error) (OwnKey, OwnDraft, error) {
	for try := 1; ; try++ {
		now, d, err := o.saveOwn(ctx, k, change)
		if fault.Code(err) == "draft.changed" && try < savesAtOnce {
			continue
		}
		return now, d, err
	}
}

func (o *Office) saveOwn(ctx context.Context, k OwnKey, change func(*OwnDraft) error) (OwnKey, OwnDraft, error) {
	d, err := o.Own(ctx, k)
	if err != nil {
		return k, d, err
	}
	if err := change(&d); err != nil {
		return k, d, err
	}
	if !d.Closed {
		edition, err := o.OpenEdition(ctx, d.Programme)
		if err != nil {
			return k, d, err
		}
		if d.tellsSensitive(edition) {
			d.Closed, d.rekey = true, true
		}
	}
	if err := o.sealToCode(ctx, &d); err != nil {
		return k, d, err
	}
	if d.rekey {
		k.Key = o.Vault.NewKey()
	}
	row, err := o.sealOwn(ctx, k, &d)
	if err != nil {
		return k, d, err
	}
	return k, d, o.putOwn(ctx, row, d.also)
}

// OpenEdition is the edition of a programme that is open for filing.
func (o *Office) OpenEdition(ctx context.Context, programme string) (e *rulebook.Edition, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		_, e, _, err = o.programme(r, programme)
		return err
	})
	return e, err
}

// OpenProgrammes are the programmes that are open, by id.
func (o *Office) OpenProgrammes(ctx context.Context) (list []store.Programme, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		list, err = r.Programmes()
		return err
	})
	return list, err
}

// Today is the legal day of a programme.
func (o *Office) Today(e *rulebook.Edition) (day.Date, error) { return legalDay(e, o.instant()) }

// DiscardOwn lets a draft go without a trace. One that isn't there is gone.
func (o *Office) DiscardOwn(ctx context.Context, k OwnKey) error {
	if _, err := o.Own(ctx, k); err != nil {
		return err
	}
	if err := o.write(ctx, true, func(tx store.Tx, _ before) error { return o.letGoOwn(tx, k.ID) }); err != nil {
		return err
	}
	return o.FinishErasures(context.WithoutCancel(ctx))
}

// letGoOwn removes claimants' drafts, and notes that their keys are to be
// destroyed.
func (o *Office) letGoOwn(tx store.Tx, ids ...string) error {
	for _, id := range ids { // the sessions find no draft: who had sent it is told so by theirs
		if err := tx.DropSignIns(string(SessionDraft), id); err != nil {
			return err
		}
	}
	return errors.Join(o.letGoFiles(tx, ids...), tx.DeleteOwnDrafts(ids), tx.DeletePaperForms(ids), o.shredLater(tx, ids))
}

// tellsSensitive reports whether anything sensitive was told. That somebody
// only thinks of claiming in a category isn't.
func (d *OwnDraft) tellsSensitive(e *rulebook.Edition) bool {
	sensitive := func(answers map[string]string) bool {
		for id, text := range answers {
			if f, ok := e.Field(id); ok && f.Class == rulebook.Sensitive && text != "" {
				return true
			}
		}
		return false
	}
	for _, p := range d.People {
		if sensitive(p.Answers) {
			return true
		}
	}
	for _, c := range d.Claims {
		if sensitive(c.Answers) {
			return true
		}
	}
	for _, c := range d.Dropped {
		if sensitive(c.Answers) {
			return true
		}
	}
	for _, aside := range d.Aside {
		if sensitive(aside) {
			return true
		}
	}
	if d.Paper != nil {
		for _, readings := range []paper.Readings{d.Paper.First, d.Paper.Second, d.Paper.Decided} {
			if sensitive(readings.Answers()) {
				return true
			}
		}
	}
	return false
}

// Called is what identifies who fills the draft in at a counter: their contact as
// they gave it; "" where they gave none.
func (d *OwnDraft) Called() string { return d.Contact["reach"] }

// Person finds a person of the draft.
func (d *OwnDraft) Person(id string) (*OwnPerson, bool) {
	i := slices.IndexFunc(d.People, func(p OwnPerson) bool { return p.ID == id })
	if i < 0 {
		return nil, false
	}
	return &d.People[i], true
}

// Claim finds a claim of the draft.
func (d *OwnDraft) Claim(id string) (*OwnClaim, bool) {
	i := slices.IndexFunc(d.Claims, func(c OwnClaim) bool { return c.ID == id })
	if i < 0 {
		return nil, false
	}
	return &d.Claims[i], true
}

// NewID is the id of another person ("p") or claim ("c") of the draft.
func (d *OwnDraft) NewID(of string) string {
	d.Serial++
	return fmt.Sprint(of, d.Serial)
}
