package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// minePage is the claim as its claimant sees it.
type minePage struct {
	Reference, Number string
	Status, StatusMay string // how it stands, and what the claimant may do
	Answer            bool   // something is missing
	Change            bool   // answers may be changed
	Review            bool   // a review may be asked for
	Withdraw          bool
	Files             bool         // there is a page of its files
	Thinking          bool         // of a withdrawal
	Bounced           bool         // word of a letter came back
	Mandate           *mandateLine // under which somebody filed it for them; nil for none
	Set               []setLine
	Letters           []letterLine
	Next              []comingStep
	Steps             []step
	Unproved          bool // the proof could not be made, through a fault of ours
	Published         bool // there is a receipt
	Checker           bool
	Readings          []reading
}

// step is one thing that happened, in words.
type step struct {
	Text          string
	Instant, Time string
	Proof         string
	Files         bool // it is about files
	Note          int  // it isn't published yet: which one its signed note is of, from 1; 0 for none
}

type reading struct{ Instant, Time, Text string }

// own is a claim with what is proved of it.
type own struct {
	claim     claim.Claim
	edition   *rulebook.Edition
	reference claim.Reference
	number    claim.Number
	history   []office.Step
	events    []claim.Event
	receipt   docket.Receipt
	size      string // of the receipt's checkpoint
	unproved  error
}

// published says whether a receipt could be had.
func (o own) published() bool { return len(o.receipt.Steps) > 0 }

// A proof reads every row of a bulk act that its claim was a row of, so that
// few are made at once: the readers of the store are left for everybody else.
const (
	atOnce   = 4
	loadWait = time.Minute
)

// load reads the claim with this id and no other, and what proves it. Who asks
// for one claim many times at once is answered by one reading of it.
func (s *site) load(ctx context.Context, id claim.ID) (own, error) {
	o, err, _ := s.loads.Do(string(id), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadWait) // others may wait for it
		defer cancel()
		select {
		case s.loading <- struct{}{}:
			defer func() { <-s.loading }()
			return s.prove(ctx, id)
		case <-ctx.Done():
			return own{}, fmt.Errorf("wait to read a claim: %w", ctx.Err())
		}
	})
	return o.(own), err
}

func (s *site) prove(ctx context.Context, id claim.ID) (own, error) {
	o, err := s.read(ctx, id)
	if err != nil {
		return o, err
	}
	receipt, _, err := s.source.Receipt(ctx, string(o.reference))
	if len(receipt.Steps) > len(o.history) { // something happened in between
		if o, err = s.read(ctx, id); err != nil {
			return o, err
		}
	}
	switch {
	case fault.Code(err) == "claim.not-published":
	case err != nil:
		o.unproved = err
	default:
		o.receipt = receipt
		if lines := strings.SplitN(receipt.Checkpoint, "\n", 3); len(lines) == 3 {
			o.size = lines[1]
		}
	}
	return o, nil
}

// read reads what happened to the claim.
func (s *site) read(ctx context.Context, id claim.ID) (o own, err error) {
	if o.history, err = s.source.History(ctx, id.Stream()); err != nil {
		return o, err
	}
	if o.claim, o.edition, err = s.source.ClaimOf(ctx, id); err != nil {
		return o, err
	}
	for _, h := range o.history {
		event, err := claim.Decode(h.Kind, h.Facts)
		if err != nil {
			return o, err
		}
		o.events = append(o.events, event)
		switch e := event.(type) {
		case claim.FiledEvent:
			o.reference = e.Reference
		case claim.RecordedEvent:
			o.number = e.Number
		case claim.OutcomeReported:
			if e.Number != "" {
				o.number = e.Number
			}
		}
	}
	return o, nil
}

// mine shows the claim.
func (s *site) mine(w http.ResponseWriter, r *http.Request, in signed) {
	o, err := s.load(r.Context(), in.id)
	readings, unread := s.source.Readings(r.Context(), in.id)
	if err := errors.Join(err, unread); err != nil {
		s.Failed(w, r, err)
		return
	}
	page := minePage{
		Reference: string(o.reference), Number: string(o.number), Unproved: o.unproved != nil,
		Published: o.published(), Checker: s.o.Checker != nil,
	}
	if o.unproved != nil {
		s.Report(r, o.unproved)
	}
	for n := range o.history {
		page.Steps = append(page.Steps, o.step(in.words, n))
	}
	for _, one := range readings {
		page.Readings = append(page.Readings, readingLine(in.words, one))
	}
	if m, ok, err := s.source.MandateOf(r.Context(), in.id); err != nil {
		s.Failed(w, r, err)
		return
	} else if ok {
		page.Mandate = mandateLineOf(in.words, m)
	}
	if err := s.aftercare(r.Context(), in, o, &page); err != nil {
		s.Failed(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "mine.html", screen.Page{Title: in.words.Say("web.mine.title"), Exit: o.private(), Body: page})
}

// private reports whether the claim's form asks for something that nobody beside
// the claimant should see on their screen.
func (o own) private() bool {
	category, ok := o.edition.Category(o.claim.Category)
	if !ok {
		return false
	}
	for _, id := range category.Asks {
		if f, ok := o.edition.Field(id); ok && f.Class == rulebook.Sensitive {
			return true
		}
	}
	return false
}

// readingLine puts one opening of what is sealed into words. Actors are called by
// their posts.
func readingLine(words screen.Words, r office.Reading) reading {
	code := "web.readings.person"
	switch r.Manner {
	case office.ByRule:
		code = "web.readings.rule"
	case office.ByOwner:
		code = "web.readings.owner"
	}
	return reading{rfc3339(r.Instant.Time), words.Time(r.Instant.Time), words.Say(code, "actor", r.Actor, "capacity", r.Capacity, "purpose", words.Say("web.purpose."+r.Purpose))}
}

func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// step puts one step into words.
func (o own) step(words screen.Words, n int) step {
	at := o.history[n].Instant
	code, pairs := o.tell(words, o.events[n])
	made := step{Text: words.Say(code, pairs...), Instant: rfc3339(at.Time), Time: words.Time(at.Time)}
	_, made.Files = o.events[n].(claim.EvidenceAdded)
	switch {
	case n < len(o.receipt.Steps):
		made.Proof = words.Say("web.proof.published", "leaf", strconv.FormatInt(o.receipt.Steps[n].Leaf, 10), "size", o.size)
	case o.unproved == nil:
		made.Proof, made.Note = words.Say("web.proof.pending", "time", words.Time(at.Add(office.PublishWithin))), n+1
	}
	return made
}

// tell is what happened, as the code of a sentence and the values in it. The
// facts are the docket's public ones: codes, which become the rulebook's words,
// dates and amounts.
func (o own) tell(words screen.Words, event claim.Event) (code string, pairs []string) {
	code = "web.step." + string(event.Kind())
	amount := func(a *money.Amount) string {
		if a == nil {
			return ""
		}
		return words.Amount(*a)
	}
	outcome := func(of claim.Outcome) string {
		if of == claim.None {
			return ""
		}
		return words.Say("web.outcome." + string(of))
	}
	switch e := event.(type) {
	case claim.FiledEvent:
		pairs = []string{"received", words.Date(e.Received), "amount", amount(e.Claimed)}
	case claim.FoundDeficient:
		pairs = []string{"missing", o.lacks(words, e.Missing)}
	case claim.DeficiencyAnswered:
		pairs = []string{"amount", amount(e.Claimed)}
	case claim.RecordedEvent:
		pairs = []string{"number", string(e.Number)}
	case claim.RefusedEvent:
		pairs = []string{"ground", o.ground(words, e.Ground)}
	case claim.OutcomeReported:
		pairs = []string{"outcome", outcome(e.Outcome), "amount", amount(e.Award)}
	case claim.AssessedEvent:
		pairs = []string{"instalment", strconv.FormatInt(e.Instalment, 10), "outcome", outcome(e.Outcome), "amount", amount(e.Award)}
	case claim.DecidedEvent:
		pairs = []string{"instalment", strconv.FormatInt(e.Instalment, 10), "outcome", outcome(e.Outcome), "amount", amount(e.Award), "ground", o.ground(words, e.Ground)}
	case claim.PaymentOrdered:
		pairs = []string{"amount", amount(&e.Amount)}
	case claim.PaidEvent:
		pairs = []string{"amount", amount(&e.Amount)}
	case claim.HeldEvent:
		pairs = []string{"ground", e.Ground}
	case claim.ReleasedEvent:
		pairs = []string{"ground", e.Ground}
	case claim.LinkedEvent:
		pairs = []string{"ground", e.Ground}
	case claim.UnlinkedEvent:
		pairs = []string{"ground", e.Ground}
	case claim.ErasedEvent:
		pairs = []string{"ground", e.Ground, "by", words.Date(e.KeysGoneBy)}
	case claim.PaymentReturned:
		pairs = []string{"amount", amount(&e.Amount), "reason", e.Reason}
	}
	return code, pairs
}

// lacks is what is missing, in the rulebook's words.
func (o own) lacks(words screen.Words, missing []string) string {
	list := make([]string, len(missing))
	for i, id := range missing {
		list[i] = id
		if o.edition == nil {
			continue
		}
		if text := o.edition.Lacks(o.claim.Category, id).In(words.Lang); text != "" {
			list[i] = strings.TrimSuffix(text, ".")
		}
	}
	return strings.Join(list, "; ")
}

// ground is a ground of the rulebook in its words.
func (o own) ground(words screen.Words, id string) string {
	if o.edition == nil {
		return id
	}
	if g, ok := o.edition.Ground(id); ok {
		return strings.TrimSuffix(g.Text.In(words.Lang), ".")
	}
	return id
}

// receipt hands the receipt out as a file.
func (s *site) receipt(w http.ResponseWriter, r *http.Request, in signed) {
	o, ok := s.proved(w, r, in)
	if !ok {
		return
	}
	text, err := o.receipt.JSON()
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	s.file(w, "application/json", "chancery-receipt.json", text)
}

// acknowledgement hands out the signed note of a step: what proves it until the receipt
// does.
func (s *site) acknowledgement(w http.ResponseWriter, r *http.Request, in signed) {
	history, err := s.source.History(r.Context(), in.id.Stream())
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	n, ok := nth(r.PostFormValue("n"), len(history))
	if !ok {
		s.Missing(w, r)
		return
	}
	at := history[n].Ref
	if history[n].Owner != nil {
		at = *history[n].Owner
	}
	ack, err := s.source.Acknowledge(r.Context(), at)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	s.file(w, "text/plain; charset=utf-8", "acknowledgement.txt", []byte(ack.Note))
}

// checker hands out the page that checks a receipt without a network.
func (s *site) checker(w http.ResponseWriter, r *http.Request, _ signed) {
	if s.o.Checker == nil {
		s.Missing(w, r)
		return
	}
	s.file(w, "text/html; charset=utf-8", "chancery-check.html", s.o.Checker())
}

func (s *site) file(w http.ResponseWriter, kind, name string, content []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = w.Write(content)
}

// proved loads the claim where a receipt can be had, or answers why not.
func (s *site) proved(w http.ResponseWriter, r *http.Request, in signed) (own, bool) {
	o, err := s.load(r.Context(), in.id)
	if err == nil {
		err = o.unproved
	}
	if err != nil {
		s.Failed(w, r, err)
		return own{}, false
	}
	if !o.published() {
		s.Tell(w, r, http.StatusConflict, "web.not-published")
		return own{}, false
	}
	return o, true
}
