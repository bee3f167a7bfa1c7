package office

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// Each opening of what is sealed of a claim is a line of the reading log. The
// lines are chained by hashes; the head of the chain goes into the docket once
// a day, so that the log is as hard to rewrite as the docket. A line is written
// before the opening or in its transaction: what can't be recorded isn't
// opened.

// The purposes for which something may be opened. The catalogue says them in
// words (label.purpose.…); they are written into the log and never renamed.
const (
	PurposeExamination = "examination"
	PurposeValuation   = "valuation"
	PurposeDeficiency  = "deficiency"
	PurposeReview      = "review"
	PurposeClaimant    = "request-of-claimant"
	PurposePayment     = "payment"
	PurposeCourt       = "order-of-court"
	PurposeAudit       = "audit"
)

// Purposes lists them, for help and checks.
func Purposes() []string {
	return []string{
		PurposeExamination, PurposeValuation, PurposeDeficiency, PurposeReview,
		PurposeClaimant, PurposePayment, PurposeCourt, PurposeAudit,
	}
}

// The limits of reading, for one person and day (UTC), in claims of which
// something was seen: a claim that is opened again counts once.
const (
	// AlarmAfter claims, each further one raises the alarm.
	AlarmAfter = 50
	// SecondAfter claims, a second person must consent to each further one.
	SecondAfter = 200
)

// Manner says who saw what was opened.
type Manner string

// The manners.
const (
	ByRule   Manner = "rule"   // nobody: a rule ran over it in memory
	ByPerson Manner = "person" // the actor
)

// Reading is a line of the reading log. Its canonical JSON is what the chain's
// hashes are over: a member is never renamed, and a new one is optional.
type Reading struct {
	Number    int64          `json:"number"`
	Instant   docket.Instant `json:"instant"`
	Programme string         `json:"programme"`
	Claim     claim.ID       `json:"claim"`
	Actor     string         `json:"actor"`
	Capacity  string         `json:"capacity"`
	Second    string         `json:"second,omitempty"`
	Purpose   string         `json:"purpose"`
	Opened    []string       `json:"opened"` // names of the blobs, which say their class
	Manner    Manner         `json:"manner"`
	Alarm     int64          `json:"alarm,omitempty"` // claims that this actor opened on this day, past AlarmAfter
}

// day is the date of the line, UTC.
func (r Reading) day() string { return r.Instant.String()[:len("2006-01-02")] }

// opening is what of one claim is about to be opened.
type opening struct {
	claim claim.Claim
	names []string
}

// reads writes a line for each opening. It comes before the opening in the
// act's transaction, or commits before it.
func (p *performance) reads(purpose string, manner Manner, openings []opening) error {
	if len(openings) == 0 {
		return nil
	}
	last, err := p.lastReading()
	if err != nil {
		return err
	}
	lines := make([]store.Reading, len(openings))
	today := p.instant.String()[:len("2006-01-02")]
	var seen map[claim.ID]bool
	if manner == ByPerson {
		if seen, err = p.seenBy(today, openings); err != nil {
			return err
		}
	}
	for i, o := range openings {
		r := Reading{
			Number: last.Number + 1 + int64(i), Instant: p.instant, Programme: o.claim.Programme, Claim: o.claim.ID,
			Actor: p.by.Actor.id, Capacity: p.capacity, Second: p.by.Second.id, Purpose: purpose, Opened: o.names, Manner: manner,
		}
		if seen[o.claim.ID] = manner == ByPerson; len(seen) > AlarmAfter {
			r.Alarm = int64(len(seen))
		}
		lines[i] = store.Reading{Number: r.Number, Claim: r.Claim, Actor: r.Actor, Day: today, Person: manner == ByPerson, Alarm: r.Alarm}
	}
	return p.tx.AppendReadings(lines)
}
