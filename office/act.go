package office

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// MostInOneAct bounds a bulk act: more goes into several acts, so that memory
// doesn't grow with the programme.
const MostInOneAct = 100_000

// performance is one act while it is carried out, inside its transaction.
type performance struct {
	ctx      context.Context
	o        *Office
	tx       store.Tx
	by       By
	capacity string
	second   string
	instant  docket.Instant
	day      day.Date

	programme store.Programme   // zero for the installation's own acts
	edition   *rulebook.Edition // nil likewise

	act          Act
	organisation string // for which a representative acts; "" for anybody else

	interested []store.Actor // of those who act: who has declared an interest in anything
	asked      bool          // for them

	known map[string]knownFiling // the filings that were answered before; nil where they weren't asked for

	headed string // the day of which this act found that the reading log's head is entered; "" where it didn't find so

	about  claim.ID // the one claim that the act is about; its first answer goes with it
	before before

	tables tables
	keep   []func(context.Context) error // makes keys durable: to be done before the commit
	kept   []func(context.Context) error // waits until keys are durable that somebody makes so already
	blobs  []store.Blob
}

// begin opens a performance whose right was checked already.
func (o *Office) begin(ctx context.Context, tx store.Tx, by By, capacity, second string) *performance {
	now := o.instant()
	return &performance{
		ctx: ctx, o: o, tx: tx, by: by, capacity: capacity, second: second,
		instant: now, day: day.Of(now.Time, time.UTC), tables: newTables(tx),
	}
}

// perform carries out an act in one transaction: the right, then the first
// answer to a repeated key, else do. asked is what the key stands for: the
// same key with another request is refused. answer is filled by do, and kept
// with the key. It reports whether the answer is a first one repeated.
//
// do may be run several times (see write): each time answer begins as it was
// given, and whatever else do fills must be set, not added to.
func (o *Office) perform(ctx context.Context, act Act, by By, programme string, asked, answer any, do func(*performance) error) (repeated bool, err error) {
	return o.performed(ctx, by.Key != "", act, by, programme, asked, answer, do)
}

// performed is perform for an act that finds out by another way than the
// asker's key whether it was done before.
func (o *Office) performed(ctx context.Context, repeatable bool, act Act, by By, programme string, asked, answer any, do func(*performance) error) (repeated bool, err error) {
	return o.looked(ctx, repeatable, act, by, programme, asked, answer, func(*performance) error { return nil }, do)
}

// looked is performed for an act that looks first: what it asks goes along with
// the first question of the act, where waiting for an answer costs more than it.
func (o *Office) looked(ctx context.Context, repeatable bool, act Act, by By, programme string, asked, answer any, look, do func(*performance) error) (repeated bool, err error) {
	begin := beginning(answer)
	var late *store.Answer // of flaw.AnswerAfter
	var headed string
	err = o.write(ctx, repeatable, func(tx store.Tx, before before) error {
		begin()
		headed = ""
		p, err := o.admit(ctx, tx, act, by, programme)
		if err != nil {
			return err
		}
		p.before = before
		tag, fingerprint, err := o.keyed(act, by, programme, asked)
		if err != nil {
			return err
		}
		if tag != nil {
			if repeated, err = firstAnswer(tx, tag, fingerprint, by.Key, answer); err != nil || repeated {
				return err
			}
		}
		if err := look(p); err != nil {
			return err
		}
		if err := p.headReadings(); err != nil {
			return err
		}
		headed = p.headed
		if err := do(p); err != nil || tag == nil || flaw.On(flaw.AnswerLost) {
			return err
		}
		kept, err := json.Marshal(answer)
		if err != nil {
			return fmt.Errorf("keep the answer: %w", err)
		}
		if flaw.On(flaw.AnswerAfter) {
			late = &store.Answer{Tag: tag, Fingerprint: fingerprint, Answer: kept, Claim: p.about}
			return nil
		}
		return tx.PutAnswers([]store.Answer{{Tag: tag, Fingerprint: fingerprint, Answer: kept, Claim: p.about}})
	})
	if err == nil && headed != "" {
		o.heard.hearHeaded(headed)
	}
	if err == nil && late != nil {
		err = o.Store.Write(ctx, func(tx store.Tx) error { return tx.PutAnswers([]store.Answer{*late}) })
	}
	if err != nil {
		return false, err
	}
	return repeated, nil
}

// beginning sets what answer points to back to what it is now.
func beginning(answer any) func() {
	if answer == nil {
		return func() {}
	}
	at := reflect.ValueOf(answer).Elem()
	was := reflect.New(at.Type()).Elem()
	was.Set(at)
	return func() { at.Set(was) }
}

// keyed are the keyed hashes of the asker's key and of what was asked.
func (o *Office) keyed(act Act, by By, programme string, asked any) (tag, fingerprint []byte, err error) {
	if by.Key == "" {
		return nil, nil, nil
	}
	request, err := json.Marshal(asked)
	if err != nil {
		return nil, nil, fmt.Errorf("read the request: %w", err)
	}
	return o.Vault.Lookup("idempotency", programme+"\x00"+string(act)+"\x00"+by.Key), o.Vault.Lookup("request", string(request)), nil
}

// Answered reports whether this act was answered under this key before: what
// resumes a run asks first.
func (o *Office) Answered(ctx context.Context, act Act, programme, key string) (done bool, err error) {
	tag, _, err := o.keyed(act, By{Key: key}, programme, nil)
	if err != nil {
		return false, err
	}
	err = o.Store.Read(ctx, func(r store.Reader) error {
		found, err := r.Answers([][]byte{tag})
		done = len(found) > 0
		return err
	})
	return done, err
}

// firstAnswer fills answer with what this key was answered before.
func firstAnswer(tx store.Tx, tag, fingerprint []byte, key string, answer any) (bool, error) {
	found, err := tx.Answers([][]byte{tag})
	if err != nil {
		return false, err
	}
	first, ok := found[string(tag)]
	if !ok {
		return false, nil
	}
	if err := repeats(first, fingerprint, key); err != nil {
		return false, err
	}
	return true, json.Unmarshal(first.Answer, answer)
}

// repeats refuses a request that isn't the one which was answered so under its key.
func repeats(first store.Answer, fingerprint []byte, key string) error {
	if first.Forgotten() {
		return fault.New(fault.Conflict, "office.answer-forgotten", "key", key)
	}
	if !bytes.Equal(first.Fingerprint, fingerprint) && !flaw.On(flaw.AnyBody) {
		return fault.New(fault.Conflict, "office.key-reused", "key", key)
	}
	return nil
}

// admit checks the right and loads programme and edition.
func (o *Office) admit(ctx context.Context, tx store.Tx, act Act, by By, programme string) (*performance, error) {
	p := o.begin(ctx, tx, by, "", "")
	p.act = act
	var err error
	if programme != "" {
		if p.programme, p.edition, _, err = o.programme(tx, programme); err != nil {
			return nil, err
		}
		// One look at the clock for each act: the day is that of its instant.
		if p.day, err = legalDay(p.edition, p.instant); err != nil {
			return nil, err
		}
	}
	if by.Actor.isClaimant() {
		p.capacity = Claimant // alone, whoever of the office may take this step
		if err := p.givenByEdition(act); err != nil {
			return nil, err
		}
		return p, p.checkPeople(act)
	}
	if p.organisation, err = representing(tx, by.Actor, act); err != nil {
		return nil, err
	}
	if p.organisation != "" {
		p.capacity = Representative
		if err := p.givenByEdition(act); err != nil {
			return nil, err
		}
		return p, p.checkPeople(act)
	}
	if p.capacity, p.second, err = capacityFor(act, p.edition); err != nil {
		return nil, err
	}
	if err := p.ownPower(act); err != nil {
		return nil, err
	}
	return p, p.checkPeople(act)
}

// programme loads a programme with the edition that is open for filing, and
// the legal day there.
func (o *Office) programme(r store.Reader, id string) (store.Programme, *rulebook.Edition, day.Date, error) {
	at, err := r.Programme(id)
	if errors.Is(err, store.ErrNone) {
		return at, nil, day.Date{}, fault.New(fault.NotFound, "programme.none", "programme", id)
	}
	if err != nil {
		return at, nil, day.Date{}, fmt.Errorf("read programme %s: %w", id, err)
	}
	edition, err := o.edition(r, at.Edition)
	if err != nil {
		return at, nil, day.Date{}, err
	}
	today, err := legalDay(edition, o.instant())
	return at, edition, today, err
}

// checkPeople checks the actor, and the second person where one is needed.
func (p *performance) checkPeople(act Act) error {
	if err := may(p.tx, p.by.Actor, p.capacity, act); err != nil {
		return err
	}
	if p.second == "" {
		p.by.Second = Known{}
		return nil
	}
	return consents(p.tx, p.by, p.second, act)
}

// consents checks the second person.
func consents(r store.Reader, by By, capacity string, act Act) error {
	switch {
	case by.Second.id == "":
		return fault.New(fault.NotAllowed, "policy.second-missing", "act", act, "capacity", capacity)
	case by.Second.id == by.Actor.id && !flaw.On(flaw.OneForTwo):
		return fault.New(fault.NotAllowed, "policy.second-same", "act", act, "actor", by.Actor.id)
	}
	return may(r, by.Second, capacity, act)
}

// legalDay is the date in the programme's time zone.
func legalDay(e *rulebook.Edition, at docket.Instant) (day.Date, error) {
	zone, err := zone(e.Programme.TimeZone)
	if err != nil {
		return day.Date{}, fmt.Errorf("time zone of programme %s: %w", e.ID, err)
	}
	if flaw.On(flaw.LegalDayUTC) {
		zone = time.UTC
	}
	return day.Of(at.Time, zone), nil
}

// zones are the time zones that were read: each reading takes as long as some
// writes do.
var zones sync.Map

func zone(name string) (*time.Location, error) {
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err == nil {
		zones.Store(name, zone)
	}
	return zone, err
}

// envelope fills in what every entry of this act says.
func (p *performance) envelope(env docket.Envelope, said any) (docket.Envelope, error) {
	env.Programme = p.programme.ID
	env.Actor, env.Capacity, env.Means = p.by.Actor.id, p.capacity, p.by.Actor.means
	env.Instant, env.Day = p.instant, p.day
	if p.second != "" {
		env.Second = &docket.Second{Actor: p.by.Second.id, Capacity: p.second, Means: p.by.Second.means}
	}
	if p.edition != nil && env.Edition == nil {
		hash := docket.Hash(p.edition.Hash)
		env.Edition = &hash
	}
	var err error
	env.Facts, err = facts(said)
	return env, err
}

// enter appends one entry, with the rows of its annex if it is a bulk act, and
// takes it into the tables.
func (p *performance) enter(env docket.Envelope, said any, rows []docket.RowEnvelope) error {
	sealedRows := make([]docket.Row, len(rows))
	err := parallel(len(rows), func(i int) (err error) {
		r := rows[i]
		sealedRows[i], err = r.Seal(int64(i), p.o.salt("row/"+docket.Ref{Stream: r.Stream, Version: r.Version}.String()))
		return err
	})
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		annex := docket.AnnexOf(sealedRows)
		env.Annex = &annex
	}
	if env, err = p.envelope(env, said); err != nil {
		return err
	}
	entry, err := env.Seal(p.o.salt("entry/" + docket.Ref{Stream: env.Stream, Version: env.Version}.String()))
	if err != nil {
		return err
	}
	if err := p.tx.Append(entry); err != nil {
		return fmt.Errorf("enter %s: %w", env.Kind, err)
	}
	if env.Annex != nil {
		if err := p.tx.AppendAnnex(entry.Ref(), env.Annex.Root, sealedRows); err != nil {
			return fmt.Errorf("enter %s: %w", env.Kind, err)
		}
	}
	return p.tables.take(env, rows)
}

// commit writes blobs and tables, and meanwhile makes the keys durable. The
// transaction itself commits when the act returns.
func (p *performance) commit() error {
	if flaw.On(flaw.TableNotWritten) {
		p.tables.payments = nil
	}
	kept := make(chan error, 1)
	if len(p.keep) == 0 {
		kept <- nil
	} else {
		go func() { kept <- p.keepKeys(p.keep) }()
	}
	err := p.tx.PutBlobs(p.blobs)
	if err == nil {
		err = p.tables.flush()
	}
	return cmp.Or(<-kept, p.keepKeys(p.kept), err)
}

func (p *performance) keepKeys(all []func(context.Context) error) error {
	for _, keep := range all {
		if err := keep(p.ctx); err != nil {
			return fmt.Errorf("keep keys: %w", err)
		}
	}
	return nil
}

// step is one claim's part in an act: what happens to it, and what is sealed
// beside it.
type step struct {
	claim claim.Claim // as it stands before
	event claim.Event
	seal  []Item // claim, name and payload; the salt is drawn here

	commitments []docket.Commitment // to what was sealed before
	blobs       []store.Blob        // of it, what rests in the database
}

// stepAll enters what happens to the claims: a single one in the claim's own
// stream, several as one bulk act in the stream given, with summary as its
// facts. It answers the place of the entry.
func (p *performance) stepAll(bulk docket.Envelope, summary any, steps []step) (docket.Ref, error) {
	if len(steps) > MostInOneAct {
		return docket.Ref{}, fault.New(fault.Invalid, "office.too-many", "most", MostInOneAct, "asked", len(steps))
	}
	ids := make([]claim.ID, len(steps))
	for i, s := range steps {
		ids[i] = s.claim.ID
		if err := p.disinterested(s.claim); err != nil {
			return docket.Ref{}, err
		}
	}
	if err := p.reaches(ids...); err != nil {
		return docket.Ref{}, err
	}
	if err := p.stillStand(steps); err != nil {
		return docket.Ref{}, err
	}
	commitments, err := p.seal(steps)
	if err != nil {
		return docket.Ref{}, err
	}
	for i, s := range steps {
		commitments[i] = append(commitments[i], s.commitments...)
		for _, b := range s.blobs {
			b.Version = s.claim.Version + 1
			p.blobs = append(p.blobs, b)
		}
	}
	rows := make([]docket.RowEnvelope, len(steps))
	err = parallel(len(steps), func(i int) error {
		s := steps[i]
		said, err := facts(s.event)
		rows[i] = docket.RowEnvelope{
			Stream: s.claim.ID.Stream(), Version: s.claim.Version + 1, Kind: s.event.Kind(),
			Commitments: commitments[i], Facts: said,
		}
		return err
	})
	if err != nil {
		return docket.Ref{}, err
	}
	for i := range steps {
		p.tables.know(&steps[i].claim)
	}
	if bulk.Stream == "" && len(steps) == 1 {
		own := bulk
		own.Stream, own.Version, own.Kind, own.Commitments = rows[0].Stream, rows[0].Version, rows[0].Kind, rows[0].Commitments
		own.Edition = &steps[0].claim.Edition
		return docket.Ref{Stream: own.Stream, Version: own.Version}, p.enter(own, steps[0].event, nil)
	}
	if bulk.Stream == "" {
		var id [16]byte
		p.o.Entropy("register/"+rows[0].Stream.ID()+"#"+fmt.Sprint(rows[0].Version), id[:])
		bulk.Stream, bulk.Version = docket.Stream(fmt.Sprintf("register/%s/%x", p.programme.ID, id)), 1
	}
	return docket.Ref{Stream: bulk.Stream, Version: bulk.Version}, p.enter(bulk, summary, rows)
}

// stillStand refuses steps over claims that stand otherwise by now. The tables
// find that too, but as a place that is taken, for which an act is run again:
// once that has happened, a claim that was loaded before the act began is told
// from one that another act took meanwhile.
func (p *performance) stillStand(steps []step) error {
	if !p.before.run {
		return nil
	}
	loaded := map[claim.ID]docket.Version{}
	for _, s := range steps {
		if _, own := p.tables.changed[s.claim.ID]; own {
			continue // what this very act did isn't in the table yet
		}
		if _, twice := loaded[s.claim.ID]; twice {
			return fault.New(fault.Conflict, "claim.moved-on")
		}
		loaded[s.claim.ID] = s.claim.Version
	}
	claims, err := p.tx.Claims(slices.Sorted(maps.Keys(loaded)))
	if err != nil {
		return err
	}
	for _, c := range claims {
		if c.Version != loaded[c.ID] {
			return fault.New(fault.Conflict, "claim.moved-on")
		}
	}
	return nil
}

// claim loads the one claim of the act's programme that the act is about.
func (p *performance) claim(id claim.ID) (claim.Claim, error) {
	claims, err := p.tx.Claims([]claim.ID{id})
	if errors.Is(err, store.ErrNone) || err == nil && claims[0].Programme != p.programme.ID {
		return claim.Claim{}, fault.New(fault.NotFound, "claim.none", "claim", id)
	}
	if err == nil {
		err = p.reaches(id)
	}
	if err != nil {
		return claim.Claim{}, err
	}
	p.about = id
	return claims[0], nil
}

// seal seals what stands beside each step, for the act to write, and answers
// the commitments by step.
func (p *performance) seal(steps []step) ([][]docket.Commitment, error) {
	commitments, blobs, keep, err := p.o.sealSteps(p.ctx, steps, p.o.Vault.Seal, func(look func(store.Reader) error) error { return look(p.tx) })
	p.keep, p.blobs = append(p.keep, keep), append(p.blobs, blobs...)
	return commitments, err
}

// sealer is a way of the vault to seal.
type sealer func(context.Context, []Item) ([]Sealed, func(context.Context) error, error)

// sealSteps seals what stands beside each step: the commitments by step, the
// blobs in the order of the steps and their items, and what makes the keys
// durable.
func (o *Office) sealSteps(ctx context.Context, steps []step, seal sealer, read func(look func(store.Reader) error) error) ([][]docket.Commitment, []store.Blob, func(context.Context) error, error) {
	var items []Item
	var of []int
	for i, s := range steps {
		place := docket.Ref{Stream: s.claim.ID.Stream(), Version: s.claim.Version + 1}
		for _, item := range s.seal {
			item.Claim = string(s.claim.ID)
			if item.Salt == (docket.Salt{}) {
				item.Salt = o.salt("blob/" + place.String() + "/" + item.Name)
			}
			items, of = append(items, item), append(of, i)
		}
	}
	commitments := make([][]docket.Commitment, len(steps))
	if len(items) == 0 {
		return commitments, nil, func(context.Context) error { return nil }, nil
	}
	if slices.ContainsFunc(items, func(i Item) bool { return i.Class == string(rulebook.Sensitive) }) {
		err := read(func(r store.Reader) error {
			_, err := o.checkDesk(r)
			return err
		})
		if err != nil {
			return nil, nil, nil, err
		}
	}
	sealed, keep, err := seal(ctx, items)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("seal: %w", err)
	}
	blobs := make([]store.Blob, len(sealed))
	for n, s := range sealed {
		at := &steps[of[n]]
		commitments[of[n]] = append(commitments[of[n]], docket.Commitment{Name: s.Name, Hash: s.Commitment})
		blobs[n] = store.Blob{Claim: at.claim.ID, Version: at.claim.Version + 1, Name: s.Name, Class: s.Class, Sealed: s.Blob}
	}
	return commitments, blobs, keep, nil
}
