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
	"github.com/openchancery/chancery/office"
)

// minePage is the claim as its claimant sees it.
type minePage struct {
	Reference, Number string
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
}

type reading struct{ Instant, Time, Text string }

// own is a claim with what is proved of it.
type own struct {
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
func (s *site) mine(w http.ResponseWriter, r *http.Request, id claim.ID) {
	o, err := s.load(r.Context(), id)
	readings, unread := s.source.Readings(r.Context(), id)
	if err := errors.Join(err, unread); err != nil {
		s.Failed(w, r, err)
		return
	}
	page := minePage{
		Reference: string(o.reference), Number: string(o.number), Unproved: o.unproved != nil,
		Published: o.published(), Checker: s.Checker != nil,
	}
	if o.unproved != nil {
		s.Report(r, o.unproved)
	}
	t := teller{s.Words(r)}
	for n := range o.history {
		page.Steps = append(page.Steps, t.step(o, n))
	}
	for _, one := range readings {
		page.Readings = append(page.Readings, t.reading(one))
	}
	s.show(w, r, "mine.html", "web.mine.title", page)
}

// reading puts one opening of what is sealed into words. Actors are called by
// their posts.
func (t teller) reading(r office.Reading) reading {
	code := "web.readings.person"
	if r.Manner == office.ByRule {
		code = "web.readings.rule"
	}
	return reading{rfc3339(r.Instant.Time), t.time(r.Instant.Time), t.Say(code, "actor", r.Actor, "capacity", r.Capacity, "purpose", t.Say("label.purpose."+r.Purpose))}
}

func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// step puts one step into words.
func (t teller) step(o own, n int) step {
	at := o.history[n].Instant
	made := step{Text: t.event(o.events[n]), Instant: rfc3339(at.Time), Time: t.time(at.Time)}
	switch {
	case n < len(o.receipt.Steps):
		made.Proof = t.Say("web.proof.published", "leaf", strconv.FormatInt(o.receipt.Steps[n].Leaf, 10), "size", o.size)
	case o.unproved == nil:
		made.Proof = t.Say("web.proof.pending", "time", t.time(at.Add(office.PublishWithin)))
	}
	return made
}

// event is what happened, in words.
func (t teller) event(event claim.Event) string {
	code, pairs := t.said(event)
	return t.Say(code, pairs...)
}

// said is the code of an event's sentence, and the values in it: the docket's
// public facts, which are codes, dates and amounts.
func (t teller) said(event claim.Event) (code string, pairs []string) {
	code = "web.step." + string(event.Kind())
	switch e := event.(type) {
	case claim.FiledEvent:
		pairs = []string{"received", t.date(e.Received), "amount", t.amount(e.Claimed)}
	case claim.FoundDeficient:
		pairs = []string{"missing", listed(e.Missing)}
	case claim.DeficiencyAnswered:
		pairs = []string{"amount", t.amount(e.Claimed)}
	case claim.RecordedEvent:
		pairs = []string{"number", string(e.Number)}
	case claim.RefusedEvent:
		pairs = []string{"ground", e.Ground}
	case claim.OutcomeReported:
		pairs = []string{"outcome", t.outcome(e.Outcome), "amount", t.amount(e.Award)}
	case claim.AssessedEvent:
		pairs = []string{"instalment", strconv.FormatInt(e.Instalment, 10), "outcome", t.outcome(e.Outcome), "amount", t.amount(e.Award)}
	case claim.DecidedEvent:
		pairs = []string{"instalment", strconv.FormatInt(e.Instalment, 10), "outcome", t.outcome(e.Outcome), "amount", t.amount(e.Award), "ground", e.Ground}
	case claim.PaymentOrdered:
		pairs = []string{"amount", t.amount(&e.Amount)}
	case claim.PaidEvent:
		pairs = []string{"amount", t.amount(&e.Amount)}
	case claim.HeldEvent:
		pairs = []string{"ground", e.Ground}
	case claim.ReleasedEvent:
		pairs = []string{"ground", e.Ground}
	case claim.LinkedEvent:
		pairs = []string{"ground", e.Ground}
	case claim.UnlinkedEvent:
		pairs = []string{"ground", e.Ground}
	case claim.ErasedEvent:
		pairs = []string{"ground", e.Ground, "by", t.date(e.KeysGoneBy)}
	case claim.PaymentReturned:
		pairs = []string{"amount", t.amount(&e.Amount), "reason", e.Reason}
	}
	return code, pairs
}

// outcome is the word for an outcome.
func (t teller) outcome(o claim.Outcome) string {
	if o == claim.None {
		return ""
	}
	return t.Say("web.outcome." + string(o))
}

// receipt hands the receipt out as a file.
func (s *site) receipt(w http.ResponseWriter, r *http.Request, id claim.ID) {
	o, ok := s.proved(w, r, id)
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

// checker hands out the page that checks a receipt without a network.
func (s *site) checker(w http.ResponseWriter, r *http.Request, _ claim.ID) {
	if s.Checker == nil {
		s.Missing(w, r)
		return
	}
	s.file(w, "text/html; charset=utf-8", "chancery-check.html", s.Checker())
}

func (s *site) file(w http.ResponseWriter, kind, name string, content []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = w.Write(content)
}

// proved loads the claim where a receipt can be had, or answers why not.
func (s *site) proved(w http.ResponseWriter, r *http.Request, id claim.ID) (own, bool) {
	o, err := s.load(r.Context(), id)
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
