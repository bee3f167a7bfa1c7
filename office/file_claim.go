package office

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// Filing is a claim to be filed.
type Filing struct {
	Key      string            // names the claim for ever at its source: a repeat is answered, not filed again
	Category string            // of the edition
	Claimant string            // individual, organisation or public-body
	Received day.Date          // zero: the legal day of the act
	Answers  map[string]string // canonical texts by field
	Source   *docket.Source    // the file that it came in, nil if filed here
	Digest   []byte            // of everything the source says of it, which is nothing sensitive; nil: of the fields above
	Code     bool              // give the claimant a code
	Given    claim.Code        // the one that the claimant has already, where Code is set; "" gives a new one
	Helper   string            // the clerk who filled it in with the claimant beside; "" for nobody
	ReadBack bool              // the claimant heard all answers read back, and said that they are right
	Paper    string            // the number of the form on paper that it came on; "" for none
	Unread   []string          // the fields that nobody could read on that form
	Mandate  claim.MandateID   // under which a representative files it; "" for whoever else
	Own      string            // what its representative calls it: sealed with it, to be shown to them again; "" keeps nothing
	Becomes  claim.ID          // its id, drawn before; "" draws one
	Files    []Enclosure       // small files that are filed with it
	Contact  *Contact          // how the claimant said that they may be reached; nil for nothing

	Prefilled map[string]Prefilled // by field: what a registry gave, or would have given, when the form was filled in

	Report *Report // what the source's office did with it, nil for nothing
}

// Report is what another body's file says of a claim.
type Report struct {
	Reported rulebook.Reported
	Award    money.Amount // zero value: not stated
	Decided  day.Date     // zero: undated
}

// FilingAnswer is what one filing came to. Exactly one of the cases holds:
// filed now, there before unchanged, there before with other content, there
// before and erased since.
type FilingAnswer struct {
	ID        claim.ID
	Reference claim.Reference
	Code      claim.Code // shown once, where one was asked for and the claim is new
	Ref       docket.Ref // the entry
	Repeated  bool       // the same filing was here before: this is its first answer
	Changed   bool       // the same key was here with other content: nothing was filed
	Erased    bool       // the same key was here, and its claim is erased: nothing else is known of it, and nothing was filed
	Reported  bool       // an outcome was entered now
}

// prepared is a filing made ready outside the transaction.
type prepared struct {
	filing      Filing
	tag         []byte           // of its key; nil for none
	fingerprint []byte           // of its content
	answers     rulebook.Answers // between reading and preparing
	ready       bool             // false: its key was known already, or stands earlier in the same call
	id          claim.ID
	code        claim.Code // where one was asked for
	event       claim.FiledEvent
	said        *saidFiling // of the event; nil where it changed since
	items       []Item
	blobs       []store.Blob
	commitments []docket.Commitment
	features    []store.Feature
	enclosed    []enclosed
	contact     []byte   // sealed; nil for none
	keys        *sealing // with which others it was sealed
}

// Prepared are filings read, checked and sealed, and not on file yet. Only
// PrepareFilings makes them.
type Prepared struct {
	programme string
	edition   *rulebook.Edition
	filings   []prepared
}

// FileClaims files claims, each with its own answer, all in one transaction:
// either all of them are on file when it returns nil, or none. A claim whose
// filing carries a report gets that outcome in the same act.
func (o *Office) FileClaims(ctx context.Context, by By, programme string, filings []Filing) ([]FilingAnswer, error) {
	call := &filingCall{ctx: ctx, by: by}
	if err := o.prepareAndFile(programme, filings, call); err != nil {
		return nil, err
	}
	return call.answers, nil
}

// PrepareFilings does all of FileClaims that needs no transaction: it holds the
// filings against the form and seals their answers. Whoever files many prepares
// some while others are being filed.
func (o *Office) PrepareFilings(ctx context.Context, programme string, filings []Filing) (*Prepared, error) {
	call := &preparing{ctx: ctx, programme: programme, filings: filings}
	if err := o.prepareFilings(call); err != nil {
		return nil, err
	}
	return call.ready, nil
}

// prepareFilings makes a call's filings ready: a few together with those of others, and
// among those that are filed then. Who files by another act doesn't wait for that.
func (o *Office) prepareFilings(call *preparing) error {
	switch n := len(call.filings); {
	case n > MostInOneAct:
		return fault.New(fault.Invalid, "office.too-many", "most", MostInOneAct, "asked", n)
	case n > fewFilings:
		return o.prepareAll(call.ctx, []*preparing{call})
	case call.files != nil:
		return o.together.Do(call.ctx, call)
	}
	return o.preparing.Do(call.ctx, call)
}

// prepareAll prepares the filings of several calls: all of them, or none.
func (o *Office) prepareAll(ctx context.Context, calls []*preparing) error {
	var all []*prepared
	var under []*preparing // the call of each
	for _, c := range calls {
		c.ready = &Prepared{programme: c.programme, filings: make([]prepared, len(c.filings))}
		for i := range c.filings {
			all, under = append(all, &c.ready.filings[i]), append(under, c)
		}
	}
	trusting, err := o.lookUp(ctx, calls)
	if err != nil {
		return err
	}
	ids := o.idsFor(calls, trusting)
	read := func(at *preparing, f *prepared) error { return f.read(at.ready.edition, at.today) }
	prepare := func(at *preparing, f *prepared) error { return o.prepare(at.ready.edition, ids, f) }
	passes := []func(*preparing, *prepared) error{read, prepare}
	if !ids.reserved { // there may be many: none is held longer than it takes
		passes = []func(*preparing, *prepared) error{func(at *preparing, f *prepared) error {
			if err := read(at, f); err != nil {
				return err
			}
			return prepare(at, f)
		}}
	}
	// Who is refused, and those beside them, take no id of which keys are kept.
	for _, pass := range passes {
		err := parallelOfMany(len(all), func(i int) error {
			if !all[i].ready {
				return nil
			}
			if err := pass(under[i], all[i]); err != nil {
				return fmt.Errorf("filing %d of %d: %w", i+1, len(all), err)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := o.sealFilings(ctx, all, trusting); err != nil {
		return err
	}
	return parallelOfMany(len(all), func(i int) error {
		if !all[i].ready {
			return nil
		}
		return all[i].say()
	})
}

// lookUp finds the edition that each call's filings are made under, the legal
// day, and which of the filings were answered before. Where it trusts what was
// heard, it asks nothing, and the act finds those that were answered.
func (o *Office) lookUp(ctx context.Context, calls []*preparing) (trusting bool, err error) {
	if trusting, err = o.recall(calls); err != nil {
		return false, err
	}
	if trusting {
		return true, o.know(calls, nil)
	}
	return false, o.Store.Read(ctx, func(r store.Reader) error {
		for _, c := range calls {
			if c.ready.edition != nil {
				continue
			}
			_, edition, today, err := o.programme(r, c.programme)
			if err != nil {
				return err
			}
			o.heard.hear(c.programme, edition)
			for _, other := range calls {
				if other.programme == c.programme {
					other.ready.edition, other.today = edition, today
				}
			}
		}
		return o.know(calls, func(tags [][]byte) (map[string]knownFiling, error) { return knownTags(r, tags) })
	})
}

// know tells which of the filings are to be made ready, by whoever knows which
// were answered before; nil for nobody.
func (o *Office) know(calls []*preparing, answered func(tags [][]byte) (map[string]knownFiling, error)) (err error) {
	var tags [][]byte
	for _, c := range calls {
		err := parallelOfMany(len(c.filings), func(i int) (err error) {
			at := &c.ready.filings[i]
			at.filing = c.filings[i]
			at.tag, at.fingerprint, err = o.filingTags(c.ready.edition, at.filing)
			return err
		})
		if err != nil {
			return err
		}
		tags = append(tags, c.ready.tags()...)
	}
	var known map[string]knownFiling
	if answered != nil {
		if known, err = answered(tags); err != nil {
			return err
		}
	}
	for _, c := range calls {
		c.ready.tell(known)
	}
	return nil
}

// tags are those of the filings that have one.
func (p *Prepared) tags() [][]byte {
	tags := make([][]byte, 0, len(p.filings))
	for i := range p.filings {
		if tag := p.filings[i].tag; tag != nil {
			tags = append(tags, tag)
		}
	}
	return tags
}

// tell says which filings are to be made ready: those that were not answered
// before, and don't stand earlier in the same call.
func (p *Prepared) tell(known map[string]knownFiling) {
	here := make(map[string]bool, len(p.filings))
	for i := range p.filings {
		at := &p.filings[i]
		tag := string(at.tag)
		_, answered := known[tag]
		at.ready = at.tag == nil || !answered && !here[tag]
		here[tag] = true
	}
}

// allReady reports whether none of them was known for answered when it was prepared.
func (p *Prepared) allReady() bool {
	return !slices.ContainsFunc(p.filings, func(f prepared) bool { return !f.ready })
}

// reports tells whether what another office did goes with any of the filings.
func (p *Prepared) reports() bool {
	for i := range p.filings {
		if p.filings[i].filing.Report != nil {
			return true
		}
	}
	return false
}

// keyed reports whether each filing has a key, so that it may be asked again.
func (p *Prepared) keyed() bool {
	for i := range p.filings {
		if p.filings[i].tag == nil {
			return false
		}
	}
	return true
}

// FilePrepared files what was prepared, as FileClaims does.
func (o *Office) FilePrepared(ctx context.Context, by By, ready *Prepared) ([]FilingAnswer, error) {
	call := &filingCall{ctx: ctx, by: by, ready: ready}
	if err := o.fileCall(call); err != nil {
		return nil, err
	}
	return call.answers, nil
}

// fileCall files what is ready, with what others file if that is little.
func (o *Office) fileCall(call *filingCall) error {
	// What is reported names its file in one entry for all.
	if len(call.ready.filings) > fewFilings || call.ready.reports() {
		return o.fileCalls(call.ctx, []*filingCall{call})
	}
	return o.filing.Do(call.ctx, call)
}

// fileWith files what was prepared, and does what goes with it in the same act.
func (o *Office) fileWith(ctx context.Context, by By, ready *Prepared, also func(*performance) error) ([]FilingAnswer, error) {
	return o.fileBy(ctx, ActFileClaim, by, ready, also)
}

// fileBy is fileWith by the rule of another act.
func (o *Office) fileBy(ctx context.Context, act Act, by By, ready *Prepared, also func(*performance) error) (answers []FilingAnswer, err error) {
	look := func(p *performance) error { return p.lookForFilings(ready) }
	_, err = o.looked(ctx, ready.keyed(), act, By{Actor: by.Actor, Second: by.Second}, ready.programme, nil, nil, look, func(p *performance) error {
		if p.edition != ready.edition {
			return fault.New(fault.Conflict, "programme.edition-changed", "programme", ready.programme)
		}
		if !ready.of(by.Actor) {
			return fault.New(fault.NotAllowed, "policy.not-claimants", "act", ActFileClaim)
		}
		if err := also(p); err != nil {
			return err
		}
		answers, err = o.fileAll(p, ready)
		return err
	})
	if err != nil {
		return nil, err // nothing is on file
	}
	return answers, nil
}

// of reports whether somebody may file these: who claims files their own draft
// and nothing else.
func (r *Prepared) of(who Known) bool {
	return !who.isClaimant() || !slices.ContainsFunc(r.filings, func(f prepared) bool {
		return !strings.HasPrefix(f.filing.Key, draftKey(who.own))
	})
}

// lookForFilings asks which were answered before. Most were not.
func (p *performance) lookForFilings(ready *Prepared) (err error) {
	p.keepSealed(ready)
	if err := p.deskStillStands(ready); err != nil {
		return err
	}
	tags := ready.tags()
	if !p.before.run && ready.allReady() {
		none, err := p.tx.Unanswered(tags)
		if err != nil {
			return fmt.Errorf("look for first answers: %w", err)
		}
		if none {
			p.known = make(map[string]knownFiling, len(tags))
			return nil
		}
	}
	p.known, err = knownTags(p.tx, tags)
	return err
}

func (o *Office) fileAll(p *performance, ready *Prepared) ([]FilingAnswer, error) {
	if err := p.mayFile(ready); err != nil {
		return nil, err
	}
	if p.known == nil {
		if err := p.lookForFilings(ready); err != nil {
			return nil, err
		}
	}
	answers := make([]FilingAnswer, len(ready.filings))
	fresh, freshAt := make([]*prepared, 0, len(answers)), make([]int, 0, len(answers))
	for i := range ready.filings {
		f := &ready.filings[i]
		kept, found := p.known[string(f.tag)]
		switch {
		case found && f.tag != nil:
			answers[i] = kept.answer(f.fingerprint)
			if p.before.unknown && f.ready && kept.kept.ID == f.id { // an earlier run of this very act, which was done after all
				answers[i] = f.answer()
				answers[i].Reported = f.filing.Report != nil && f.filing.Report.Reported.Outcome != rulebook.ReportedNone
			}
			continue
		case !f.ready: // it was known when it was prepared, and what is known stays
			return nil, fault.New(fault.Unsound, "claim.answered-but-missing")
		}
		fresh, freshAt = append(fresh, f), append(freshAt, i)
		if f.tag != nil {
			p.known[string(f.tag)] = knownFiling{fingerprint: f.fingerprint, kept: filingKept{ID: f.id, Reference: f.event.Reference}}
		}
	}
	if err := p.file(fresh, freshAt, answers); err != nil {
		return nil, err
	}
	if err := p.giveCodes(fresh); err != nil {
		return nil, err
	}
	if err := p.carryLookUps(fresh); err != nil {
		return nil, err
	}
	if err := p.reportAll(ready, answers); err != nil {
		return nil, err
	}
	return answers, p.commit()
}

// answer is that to a filing that is filed now.
func (f *prepared) answer() FilingAnswer {
	return FilingAnswer{ID: f.id, Reference: f.event.Reference, Code: f.code, Ref: docket.Ref{Stream: f.id.Stream(), Version: 1}}
}

// read checks a filing against the form.
func (f *prepared) read(e *rulebook.Edition, today day.Date) (err error) {
	if f.answers, err = ReadFiling(e, f.filing); err != nil {
		return err
	}
	if f.filing.Received.IsZero() {
		f.filing.Received = today
	}
	if f.filing.Contact != nil {
		if err := f.filing.Contact.check(); err != nil {
			return err
		}
	}
	return e.Receives(f.filing.Category, f.filing.Received)
}

// prepare makes a filing's event and what is to be sealed beside it.
func (o *Office) prepare(e *rulebook.Edition, ids newIDs, ready *prepared) (err error) {
	f, answers := &ready.filing, ready.answers
	ready.answers = nil
	label := e.ID + "/" + f.Key
	var random [11]byte
	o.Entropy("reference/"+label, random[:])
	texts := e.TextsByClass(answers)
	o.drawID(ids, ready, label, texts)
	if f.Code && f.Given != "" {
		ready.code = f.Given
	} else if f.Code {
		ready.code = o.newCode(docket.Ref{Stream: ready.id.Stream(), Version: 1})
	}
	ready.event = claim.FiledEvent{
		Reference: claim.NewReference(random), Category: f.Category, Claimant: f.Claimant,
		Received: f.Received, Blank: e.Missing(f.Category, answers), Mandate: f.Mandate, Helper: f.Helper, ReadBack: f.ReadBack, Paper: f.Paper, Illegible: f.Unread,
	}
	ready.event.Answers, ready.event.Claimed = publicAnswers(e, answers, texts)
	ready.features = o.featuresOf(e, f.Category, ready.id, answers)
	if ready.items, err = answerItems(texts); err != nil {
		return err
	}
	if err := o.prepareEnclosures(ready); err != nil {
		return err
	}
	if err := ready.prepareContact(); err != nil {
		return err
	}
	if len(f.Prefilled) > 0 {
		payload, err := docket.Marshal(f.provenance())
		if err != nil {
			return fmt.Errorf("write the provenance: %w", err)
		}
		ready.items = append(ready.items, Item{Class: string(rulebook.Internal), Name: provenanceBlob, Payload: payload})
	}
	if f.Own != "" {
		ready.items = append(ready.items, Item{Class: string(rulebook.Internal), Name: ownBlob, Payload: []byte(f.Own)})
	}
	if !sensitiveAmong(e, answers) {
		return nil
	}
	outcome, err := atSending(e, rulebook.Case{Category: f.Category, Claimant: f.Claimant, Received: f.Received, Answers: answers})
	ready.items = append(ready.items, outcome...)
	return err
}

// ReadFiling holds a filing against the form: what FileClaims will do first.
func ReadFiling(e *rulebook.Edition, f Filing) (rulebook.Answers, error) {
	answers, err := e.Read(f.Category, f.Answers)
	if err != nil {
		return nil, err
	}
	if category, ok := e.Category(f.Category); !ok || !slices.Contains(category.Claimants, f.Claimant) {
		return nil, fault.New(fault.Invalid, "claim.claimant-kind", "category", f.Category, "claimant", kindOfClaimant(e, f.Claimant), "open", strings.Join(category.Claimants, ", "))
	}
	if f.Digest != nil && sensitiveAmong(e, answers) {
		// The digest is over all that the source says, and a keyed hash of it is
		// kept: likely answers could be tried against it.
		return nil, fault.New(fault.Invalid, "claim.sensitive-from-file", "category", f.Category)
	}
	return answers, nil
}

// kindOfClaimant is the kind that was given, if any category knows it: a file
// whose columns are taken wrongly may have a name there.
func kindOfClaimant(e *rulebook.Edition, text string) string {
	for _, c := range e.Categories {
		if slices.Contains(c.Claimants, text) {
			return text
		}
	}
	return "…"
}

// publicAnswers are the answers that may stand in the clear, and the amount
// claimed if it is one of them.
func publicAnswers(e *rulebook.Edition, answers rulebook.Answers, byClass map[rulebook.Class]map[string]string) (map[string]string, *money.Amount) {
	texts := byClass[rulebook.Public]
	if flaw.On(flaw.SecretPublic) {
		maps.Copy(texts, byClass[rulebook.Personal])
	}
	field, ok := e.Claimed()
	if !ok {
		return texts, nil
	}
	if _, public := texts[field.ID]; !public {
		return texts, nil
	}
	v := answers[field.ID]
	amount := v.Amount()
	return texts, &amount
}

// AnswersPrefix begins the names of blobs that hold answers.
const AnswersPrefix = "answers."

// answerItems are the answers to seal: one blob for each class but public.
func answerItems(byClass map[rulebook.Class]map[string]string) ([]Item, error) {
	var items []Item
	for _, class := range rulebook.Classes {
		if class == rulebook.Public || len(byClass[class]) == 0 {
			continue
		}
		payload, err := docket.MarshalTexts(byClass[class])
		if err != nil {
			return nil, fmt.Errorf("write answers: %w", err)
		}
		items = append(items, Item{Class: string(class), Name: AnswersPrefix + string(class), Payload: payload})
	}
	return items, nil
}

// file enters the prepared filings: one entry each, in its own stream.
func (p *performance) file(ready []*prepared, at []int, answers []FilingAnswer) error {
	var features []store.Feature
	p.blobs = slices.Grow(p.blobs, 2*len(ready))
	for _, r := range ready {
		p.blobs, features = append(p.blobs, r.blobs...), append(features, r.features...)
	}
	entries, envelopes := make([]docket.Entry, len(ready)), make([]docket.Envelope, len(ready))
	kept := make([]store.Answer, len(ready))
	err := parallelOfMany(len(ready), func(i int) (err error) {
		r := ready[i]
		if err := r.say(); err != nil {
			return err
		}
		envelopes[i], err = p.envelope(docket.Envelope{
			Stream: r.id.Stream(), Version: 1, Kind: claim.KindFiled, ForWhom: p.forWhomFiled(r.event),
			Source: r.filing.Source, Commitments: r.commitments,
		}, r.said.facts.JSON())
		if err != nil {
			return err
		}
		place := docket.Ref{Stream: r.id.Stream(), Version: 1}
		if entries[i], err = envelopes[i].SealWritten(r.said.facts, p.o.salt("entry/"+place.String())); err != nil {
			return err
		}
		answers[at[i]] = r.answer()
		kept[i] = store.Answer{Tag: r.tag, Fingerprint: r.fingerprint, Answer: r.said.answer, Claim: r.id}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range envelopes {
		// What is read from the facts, when tables are rebuilt, is this event.
		if err := p.tables.takeClaim(&envelopes[i], ready[i].event); err != nil {
			return err
		}
	}
	kept = slices.DeleteFunc(kept, func(a store.Answer) bool { return a.Tag == nil })
	if err := p.tx.Append(entries...); err != nil {
		return fmt.Errorf("enter filings: %w", err)
	}
	if err := p.tx.AddFeatures(features); err != nil {
		return err
	}
	if err := p.putEnclosed(ready); err != nil {
		return err
	}
	if err := p.putContacts(ready); err != nil {
		return err
	}
	return p.tx.PutAnswers(kept)
}
