package office

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// A letter says what we decided, why, what would change it, and until when
// something may be done about it. What it holds is worked out and sealed when it
// is written, so that it says the same in ten years; how it looks is made when
// somebody looks at it.

// Letter is what a claimant is told.
type Letter struct {
	ID      string            `json:"id"`
	Claim   claim.ID          `json:"-"`
	On      string            `json:"on"` // an event as rulebooks name it, or reminder
	Made    docket.Instant    `json:"made"`
	State   store.LetterState `json:"state"`
	Moved   docket.Instant    `json:"moved"`
	Code    claim.Code        `json:"code"` // by which anybody finds out that it is ours
	Content LetterContent     `json:"letter"`
}

// LetterContent is what is sealed of a letter. A member is never renamed, and a
// new one is optional.
type LetterContent struct {
	Language  string          `json:"language"`
	Subject   string          `json:"subject,omitempty"` // of the rulebook's letter; "": the house's words for On
	Text      string          `json:"text,omitempty"`
	Reference claim.Reference `json:"reference"`
	Number    claim.Number    `json:"number,omitempty"`
	On        day.Date        `json:"day"`                 // of what happened
	Missing   []string        `json:"missing,omitempty"`   // in words
	Ground    string          `json:"ground,omitempty"`    // in words
	Reasons   []Reason        `json:"reasons,omitempty"`   // why
	AtDesk    bool            `json:"at_desk,omitempty"`   // the reasons rest on sensitive answers: an officer tells them
	Deadlines []LetterTime    `json:"deadlines,omitempty"` // until when something may be done
}

// Reason is one rule at work, with the claimant's own facts.
type Reason struct {
	Outcome string       `json:"outcome"`        // met, not-met, applies, dismissed, nothing-due or award
	Rule    string       `json:"rule,omitempty"` // in words, where the rulebook has some
	Basis   string       `json:"basis,omitempty"`
	Facts   []LetterFact `json:"facts,omitempty"`
	Gives   string       `json:"gives,omitempty"`  // of an award, "2500.00 EUR"
	Change  bool         `json:"change,omitempty"` // it would come out otherwise if this were met
}

// LetterFact is what the claimant told us and the rule read; Answer is "" where
// there was none. Type is the question's.
type LetterFact struct {
	Question string             `json:"question"`
	Answer   string             `json:"answer,omitempty"`
	Type     rulebook.FieldType `json:"type,omitempty"`
}

// LetterTime is a deadline in a letter.
type LetterTime struct {
	Text string   `json:"text"`
	For  string   `json:"for"`
	Ends day.Date `json:"ends"`
}

// JobMail is the job that sends word of a letter; its key is the letter's id.
const JobMail = "mail"

// The names under which letters and contacts are sealed.
const (
	correspondenceClass = string(rulebook.Personal)
	letterBlob          = "letter"
	contactBlob         = "contact"
)

// PurposeLetter is why what a letter says is opened: by a rule, for nobody to
// see before the claimant.
const PurposeLetter = "letter"

// ownLetters are the happenings of which a claimant is told in the house's words
// where the rulebook has no letter for them.
var ownLetters = []string{"found-deficient", "recorded", "refused", "awarded", "dismissed", "withdrawn"}

// remindsOf begins the name of a letter that reminds of a deadline.
const remindsOf = "reminder"

// draftLetter is a letter while it is written.
type draftLetter struct {
	followed
	on       string
	template *rulebook.Letter
	contact  Contact
	blobs    []store.Blob // of this claim, that the letter needs
	opened   []Unsealed
	content  LetterContent
}

// writeLetters writes a letter on each piece of news that has one.
func (p *performance) writeLetters(news []followed) error {
	drafts, err := p.draftLetters(news)
	if err != nil || len(drafts) == 0 {
		return err
	}
	if err := p.openForLetters(drafts); err != nil {
		return err
	}
	items := make([]Item, len(drafts))
	for i := range drafts {
		if err := drafts[i].write(); err != nil {
			return fmt.Errorf("write the letter on %s: %w", docket.Ref{Stream: drafts[i].claim.Stream(), Version: drafts[i].version}, err)
		}
		payload, err := json.Marshal(drafts[i].content)
		if err != nil {
			return fmt.Errorf("write a letter: %w", err)
		}
		items[i] = Item{Claim: string(drafts[i].claim), Class: correspondenceClass, Name: letterBlob, Payload: payload}
	}
	sealed, keep, err := p.o.Vault.Seal(p.ctx, items)
	if err != nil {
		return fmt.Errorf("seal letters: %w", err)
	}
	p.keep = append(p.keep, keep)
	return p.addLetters(drafts, sealed)
}

// draftLetters finds which letters are to be written, in which language.
func (p *performance) draftLetters(news []followed) ([]draftLetter, error) {
	shredded, err := p.o.Vault.Shredded(p.ctx)
	if err != nil {
		return nil, err
	}
	slices.Sort(shredded)
	var drafts []draftLetter
	for _, f := range news {
		if _, gone := slices.BinarySearch(shredded, string(f.claim)); gone {
			continue
		}
		d := draftLetter{followed: f}
		if d.on = remindsOf; f.clock == "" {
			d.on = tells(f.event)
			letter, ok := f.edition.Letter(d.on, f.c.Category)
			if d.template = letter; !ok && !slices.Contains(ownLetters, d.on) {
				continue
			}
		}
		if d.contact, err = p.o.contact(p.ctx, p.tx, f.claim); err != nil {
			return nil, err
		}
		d.content.Language = languageFor(f.edition, d.contact)
		drafts = append(drafts, d)
	}
	return drafts, nil
}

// languageFor is the language that the claimant asked for, where the rulebook
// speaks it; otherwise the programme's first.
func languageFor(e *rulebook.Edition, c Contact) string {
	if slices.Contains(e.Programme.Languages, c.Language) {
		return c.Language
	}
	return e.Programme.Languages[0]
}

// openForLetters opens what letters are made of: the trace of the decision, and
// answers that the rulebook's letter names. The reading log has it first.
func (p *performance) openForLetters(drafts []draftLetter) error {
	ids := make([]claim.ID, len(drafts))
	for i, d := range drafts {
		ids[i] = d.claim
	}
	traces, err := p.tx.LatestBlobs(ids, tracePrefix)
	if err != nil {
		return err
	}
	answers, err := p.tx.LatestBlobs(ids, AnswersPrefix)
	if err != nil {
		return err
	}
	var all []store.Blob
	var openings []opening
	for i := range drafts {
		d := &drafts[i]
		var names []string
		for _, b := range slices.Concat(traces[d.claim], answers[d.claim]) {
			if !d.needs(b) {
				continue
			}
			if b.Class == string(rulebook.Sensitive) {
				d.content.AtDesk = d.content.AtDesk || strings.HasPrefix(b.Name, tracePrefix)
				continue
			}
			d.blobs, names = append(d.blobs, b), append(names, b.Name)
		}
		if len(names) > 0 {
			openings = append(openings, opening{d.c, names})
		}
		all = append(all, d.blobs...)
	}
	if err := p.reads(PurposeLetter, ByRule, openings); err != nil {
		return err
	}
	opened, err := p.o.Vault.Open(p.ctx, all)
	if err != nil {
		return fmt.Errorf("open for letters: %w", err)
	}
	for i := range drafts {
		n := len(drafts[i].blobs)
		drafts[i].opened, opened = opened[:n], opened[n:]
	}
	return nil
}

// needs reports whether the letter is made of this blob.
func (d *draftLetter) needs(b store.Blob) bool {
	switch b.Name {
	case tracePrefix + "examined":
		return d.on == "refused" || d.on == "found-deficient"
	case tracePrefix + "assessed":
		return d.on == "awarded" || d.on == "dismissed"
	}
	if !strings.HasPrefix(b.Name, AnswersPrefix) || d.template == nil {
		return false
	}
	for _, text := range []rulebook.Texts{d.template.Subject, d.template.Text} {
		for _, name := range rulebook.Placeholders(text.In(d.content.Language)) {
			if f, ok := d.edition.Field(name); ok && string(f.Class) == strings.TrimPrefix(b.Name, AnswersPrefix) {
				return true
			}
		}
	}
	return false
}

// write makes the content of a letter.
func (d *draftLetter) write() error {
	c, lang := &d.content, d.content.Language
	c.Reference, c.Number, c.On = d.c.Reference, d.c.Number, d.day
	answers := map[string]string{}
	for field, text := range d.c.Answers {
		answers[field] = text
	}
	for i, b := range d.blobs {
		if d.opened[i].Err != nil {
			return fmt.Errorf("open %s: %w", b.Name, d.opened[i].Err)
		}
		if strings.HasPrefix(b.Name, AnswersPrefix) {
			if err := json.Unmarshal(d.opened[i].Payload, &answers); err != nil {
				return fmt.Errorf("read %s: %w", b.Name, err)
			}
			continue
		}
		var trace rulebook.Trace
		if err := json.Unmarshal(d.opened[i].Payload, &trace); err != nil {
			return fmt.Errorf("read %s: %w", b.Name, err)
		}
		c.Reasons, c.AtDesk = reasons(d.edition.Explain(trace, lang)), c.AtDesk || trace.RestsOn != ""
	}
	if found, ok := d.event.(claim.FoundDeficient); ok {
		for _, missing := range found.Missing {
			c.Missing = append(c.Missing, d.edition.Lacks(d.c.Category, missing).In(lang))
		}
	}
	if g, ok := d.edition.Ground(groundIn(d.event)); ok {
		c.Ground = g.Text.In(lang)
	}
	d.times()
	if d.template == nil {
		return nil
	}
	var err error
	c.Subject, c.Text, err = d.template.Write(lang, d.values(answers))
	return err
}

// groundIn is the ground that an event names.
func groundIn(event claim.Event) string {
	switch e := event.(type) {
	case claim.RefusedEvent:
		return e.Ground
	case claim.DecidedEvent:
		return e.Ground
	}
	return ""
}

// times are the deadlines that a letter tells of: those that run for the
// claimant from what happened, or the one that it reminds of.
func (d *draftLetter) times() {
	for _, clock := range runs(d.edition, d.c, moment(d.event), d.day) {
		d.tellsTime(clock.Deadline, clock.For, clock.Ends)
	}
	if d.clock != "" {
		d.tellsTime(d.clock, d.clockFor, d.ends)
	}
}

func (d *draftLetter) tellsTime(deadline, whom string, ends day.Date) {
	text := deadlineText(d.edition, deadline).In(d.content.Language)
	d.content.Deadlines = append(d.content.Deadlines, LetterTime{Text: text, For: whom, Ends: ends})
}

// reasons are the rules on which an outcome rests: those that weren't met, or,
// where all were, those that gave it.
func reasons(all []rulebook.Explanation) (list []Reason) {
	for _, x := range all {
		switch x.Outcome {
		case "not-met", "dismissed", "nothing-due", "applies", "award":
		default:
			continue
		}
		r := Reason{Outcome: x.Outcome, Rule: x.Text, Basis: x.Basis, Gives: x.Award, Change: x.Outcome == "not-met"}
		if r.Rule == "" && !r.Change {
			r.Rule = x.Ground // of what isn't met the letter says the ground already
		}
		for _, in := range x.Read {
			if in.Label == "" {
				continue // what the house knows by itself: the day it came in, the category
			}
			fact := LetterFact{Question: in.Label, Answer: in.Shown, Type: in.Type}
			if fact.Answer == "" {
				fact.Answer = in.Text
			}
			r.Facts = append(r.Facts, fact)
		}
		list = append(list, r)
	}
	return list
}

// values are what stands in place of the placeholders of a rulebook's letter.
func (d *draftLetter) values(answers map[string]string) map[string]string {
	c := d.c
	values := map[string]string{
		"reference": string(c.Reference), "received": c.Received.String(), "number": string(c.Number),
		"programme": d.edition.Title.In(d.content.Language), "missing": strings.Join(d.content.Missing, "; "), "ground": d.content.Ground,
		"award": c.Award.String(),
	}
	if category, ok := d.edition.Category(c.Category); ok {
		values["category"] = category.Title.In(d.content.Language)
	}
	switch e := d.event.(type) {
	case claim.PaidEvent:
		values["amount"] = e.Amount.String()
	case claim.PaymentReturned:
		values["amount"] = e.Amount.String()
	}
	for i := range d.edition.Deadlines {
		values["deadline:"+d.edition.Deadlines[i].ID] = d.edition.Deadlines[i].Ends(d.day).String()
	}
	if category, ok := d.edition.Category(c.Category); ok {
		for _, field := range category.Asks {
			values[field] = answers[field]
		}
	}
	return values
}

// addLetters adds the letters, each with its way out of the house.
func (p *performance) addLetters(drafts []draftLetter, sealed []Sealed) error {
	letters := make([]store.Letter, len(drafts))
	var jobs []store.Job
	for i, d := range drafts {
		on := d.on
		if d.clock != "" {
			on += ":" + d.clock
		}
		var id [16]byte
		p.o.Entropy("letter/"+docket.Ref{Stream: d.claim.Stream(), Version: d.version}.String()+"/"+on, id[:])
		l := store.Letter{
			ID: hex.EncodeToString(id[:]), Claim: d.claim, Programme: d.c.Programme, On: on, Version: d.version,
			Language: d.content.Language, Made: p.instant, State: p.o.way(d.contact), Moved: p.instant, Sealed: sealed[i].Blob,
		}
		if e, ok := d.event.(claim.DecidedEvent); ok {
			l.Instalment = e.Instalment
		}
		l.Code = p.o.codeMark(p.o.letterCode(l.ID))
		if letters[i] = l; l.State == store.LetterQueued {
			jobs = append(jobs, store.Job{Kind: JobMail, Key: l.ID, Due: p.instant})
		}
	}
	return errors.Join(p.tx.AddLetters(letters), p.tx.Enqueue(jobs...))
}

// way is how a letter leaves the house.
func (o *Office) way(c Contact) store.LetterState {
	switch {
	case c.Channel == ByMail && c.Mail != "" && o.mails():
		return store.LetterQueued
	case c.Channel == ByPost && c.Post != "":
		return store.LetterToPrint
	}
	return store.LetterShown
}

// letterCode is the code of a letter: a keyed hash of its id, so that it is kept
// nowhere and the same each time.
func (o *Office) letterCode(id string) claim.Code {
	return claim.NewCode([11]byte(o.Vault.Lookup("letter-code", id)[:11]))
}

// codeMark is what is kept of a code, for who asks whose it is.
func (o *Office) codeMark(code claim.Code) []byte { return o.Vault.Lookup("letter-mark", string(code)) }

// timeLetters sets the day on which the letters of claims go, by what the
// rulebook says of how long letters are kept.
func (p *performance) timeLetters(all []followed) error {
	goes := map[claim.ID]day.Date{}
	for _, f := range all {
		for i := range f.edition.Retention {
			r := &f.edition.Retention[i]
			if r.Of != "letters" || r.From != moment(f.event) && !(r.From == "received" && moment(f.event) == "filed") {
				continue
			}
			if goes[f.claim] = (day.Date{}); !r.ForGood {
				goes[f.claim] = r.Keep.After(f.day)
			}
		}
	}
	return p.tx.TimeLetters(goes)
}

// ClearLetters lets the letters go whose day has come: a schedule calls it.
func (o *Office) ClearLetters(ctx context.Context) error {
	today := day.Of(o.instant().Time, time.UTC)
	for {
		var ids []string
		err := o.Store.Read(ctx, func(r store.Reader) (err error) {
			ids, err = r.GoneLetters(today, mostFollowed)
			return err
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		err = o.write(ctx, true, func(tx store.Tx, _ before) error {
			return errors.Join(tx.DeleteLetters(ids), tx.DropJobs(JobMail, ids...))
		})
		if err != nil {
			return fmt.Errorf("let letters go: %w", err)
		}
	}
}

// Letters are the letters of a claim, oldest first, for its claimant.
func (o *Office) Letters(ctx context.Context, id claim.ID) (letters []Letter, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		kept, err := r.Letters(id)
		if err != nil {
			return err
		}
		letters, err = o.openLetters(ctx, kept)
		return err
	})
	return letters, err
}

// openLetters opens letters.
func (o *Office) openLetters(ctx context.Context, kept []store.Letter) ([]Letter, error) {
	blobs := make([]store.Blob, len(kept))
	for i, l := range kept {
		blobs[i] = store.Blob{Claim: l.Claim, Class: correspondenceClass, Name: letterBlob, Sealed: l.Sealed}
	}
	opened, err := o.Vault.Open(ctx, blobs)
	if err != nil {
		return nil, fmt.Errorf("open letters: %w", err)
	}
	letters := make([]Letter, len(kept))
	for i, l := range kept {
		if opened[i].Err != nil {
			return nil, fmt.Errorf("open letter: %w", opened[i].Err)
		}
		on, _, _ := strings.Cut(l.On, ":")
		letters[i] = Letter{ID: l.ID, Claim: l.Claim, On: on, Made: l.Made, State: l.State, Moved: l.Moved, Code: o.letterCode(l.ID)}
		if err := json.Unmarshal(opened[i].Payload, &letters[i].Content); err != nil {
			return nil, fmt.Errorf("read a letter: %w", err)
		}
	}
	return letters, nil
}

// Ours is what anybody may know of a message: that it is ours, when it was
// written, and how it left the house.
type Ours struct {
	Made  docket.Instant
	State store.LetterState
}

// IsOurs says of a code whether it stands on a message of ours; letter.not-ours
// where it doesn't. It tells nothing of whom it is for or what it says.
func (o *Office) IsOurs(ctx context.Context, code string) (ours Ours, err error) {
	notOurs := fault.New(fault.NotFound, "letter.not-ours")
	read, err := claim.ParseCode(code)
	if err != nil {
		return Ours{}, notOurs
	}
	err = o.Store.Read(ctx, func(r store.Reader) error {
		l, err := r.LetterByCode(o.codeMark(read))
		if errors.Is(err, store.ErrNone) {
			return notOurs
		}
		ours = Ours{l.Made, l.State}
		return err
	})
	return ours, err
}
