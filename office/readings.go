package office

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/flaw"
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
	PurposeAmendment   = "amendment" // and PurposeRegistry, for which nothing is opened
)

// Purposes lists them, for help and checks.
func Purposes() []string {
	return []string{
		PurposeExamination, PurposeValuation, PurposeDeficiency, PurposeReview,
		PurposeClaimant, PurposeLetter, PurposePayment, PurposeCourt, PurposeAudit, PurposeAmendment,
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
	ByOwner  Manner = "owner"  // the claimant, whose own it is
)

// Reading is a line of the reading log. Its canonical JSON is what the chain's
// hashes are over: a member is never renamed, and a new one is optional.
type Reading struct {
	Number    int64           `json:"number"`
	Instant   docket.Instant  `json:"instant"`
	Programme string          `json:"programme"`
	Claim     claim.ID        `json:"claim"`
	Actor     string          `json:"actor"`
	Capacity  string          `json:"capacity"`
	Second    string          `json:"second,omitempty"`
	Purpose   string          `json:"purpose"`
	Opened    []string        `json:"opened"` // names of the blobs, which say their class
	Manner    Manner          `json:"manner"`
	Alarm     int64           `json:"alarm,omitempty"`    // claims that this actor opened on this day, past AlarmAfter
	Registry  string          `json:"registry,omitempty"` // of a look-up: which registry was asked; nothing was opened
	Asked     *docket.Instant `json:"asked,omitempty"`    // then, when, where it was asked about the draft of this claim
	Tried     *docket.Hash    `json:"tried,omitempty"`    // of a trial: the edition that ran over all claims; Claim is ""
}

// opening is what of one claim is about to be opened.
type opening struct {
	claim claim.Claim
	names []string // of the blobs
}

// reads writes a line for each opening, into the act's own transaction and
// before anything is opened.
func (p *performance) reads(purpose string, manner Manner, openings []opening) error {
	if flaw.On(flaw.ReadingUnlogged) && manner == ByPerson {
		return nil
	}
	if manner == ByPerson {
		for _, o := range openings {
			if err := p.disinterested(o.claim); err != nil {
				return err
			}
		}
	}
	readings := make([]Reading, len(openings))
	for i, o := range openings {
		readings[i] = Reading{
			Instant: p.instant, Programme: o.claim.Programme, Claim: o.claim.ID,
			Actor: p.by.Actor.id, Capacity: p.capacity, Purpose: purpose, Opened: o.names, Manner: manner,
		}
	}
	if manner == ByPerson {
		if err := p.watch(readings); err != nil {
			return err
		}
	}
	return p.log(readings)
}

// log appends lines to the reading log.
func (p *performance) log(readings []Reading) error {
	last, err := p.lastReading()
	if err != nil {
		return err
	}
	for i := range readings {
		readings[i].Number = last.Number + 1 + int64(i)
	}
	lines := make([]store.Reading, len(readings))
	err = parallel(len(readings), func(i int) (err error) {
		lines[i], err = readings[i].line()
		return err
	})
	if err != nil {
		return fmt.Errorf("write the reading log: %w", err)
	}
	previous := last.Hash
	for i := range lines {
		previous = docket.ReadingHash(previous, lines[i].Line)
		lines[i].Hash = previous
	}
	return p.tx.AppendReadings(lines)
}

// watch counts what this person has seen today, raises the alarm past one
// limit and asks for a second person past the other.
func (p *performance) watch(readings []Reading) error {
	opened, err := p.tx.OpenedBy(p.by.Actor.id, dateOf(p.instant))
	if err != nil {
		return err
	}
	seen := make(map[claim.ID]bool, len(opened)+len(readings))
	for _, id := range opened {
		seen[id] = true
	}
	for i := range readings {
		r := &readings[i]
		if seen[r.Claim] {
			continue
		}
		seen[r.Claim] = true
		if len(seen) > AlarmAfter {
			r.Alarm = int64(len(seen))
		}
		if len(seen) > SecondAfter {
			if err := p.consented(); err != nil {
				return err
			}
			r.Second = p.by.Second.id
		}
	}
	return nil
}

// consented checks the second person, whom reading takes past SecondAfter.
func (p *performance) consented() error {
	switch {
	case p.by.Second.id == "":
		return fault.New(fault.NotAllowed, "reading.second-missing", "limit", SecondAfter, "actor", p.by.Actor.id, "capacity", p.capacity)
	case p.by.Second.id == p.by.Actor.id:
		return fault.New(fault.NotAllowed, "policy.second-same", "act", ActReadAnswers, "actor", p.by.Actor.id)
	}
	return may(p.tx, p.by.Second, p.capacity, ActReadAnswers)
}

// dateOf is the date of an instant, UTC: the reading log's days are the same
// for all programmes.
func dateOf(at docket.Instant) string { return at.String()[:len("2006-01-02")] }

// line is the reading as the store keeps it, without its hash.
func (r Reading) line() (store.Reading, error) {
	text, err := docket.Marshal(r)
	return store.Reading{
		Number: r.Number, Claim: r.Claim, Actor: r.Actor, Day: dateOf(r.Instant),
		Person: r.Manner == ByPerson, Alarm: r.Alarm, Line: text,
	}, err
}

// lastReading is the last line, or one of number 0 where there is none.
func (p *performance) lastReading() (store.Reading, error) {
	last, err := p.tx.LastReading()
	if errors.Is(err, store.ErrNone) {
		return store.Reading{}, nil
	}
	return last, err
}

const (
	readingsStream    docket.Stream = "readings/installation"
	kindReadingsHeads docket.Kind   = "readings.headed.v1"
)

// readingsHeaded: so many lines stood in the reading log, and this was the
// hash of the last. From now on they can't be changed without its showing.
type readingsHeaded struct {
	Size int64       `json:"size"`
	Head docket.Hash `json:"head"`
}

// headReadings enters the head of the reading log once the day of its last line
// is over. Every act comes by here, so that the first one of a new day does it;
// on a day without an act a schedule does.
func (p *performance) headReadings() error {
	today := dateOf(p.instant)
	if p.o.heard.headedOn(today) {
		return nil
	}
	last, err := p.lastReading()
	if err != nil {
		return err
	}
	if last.Number == 0 || last.Day == today {
		p.headed = today
		return nil
	}
	version, err := p.tx.LastVersion(readingsStream)
	if err != nil {
		return err
	}
	if version > 0 {
		headed, err := p.tx.Entry(docket.Ref{Stream: readingsStream, Version: version})
		if err != nil {
			return err
		}
		at, err := readHead(headed)
		if err != nil {
			return err
		}
		if at.Size == last.Number {
			p.headed = today
			return nil
		}
	}
	own := *p // the installation's own, whatever programme the act is of
	own.programme, own.edition, own.second = store.Programme{}, nil, ""
	own.day = day.Of(p.instant.Time, time.UTC)
	env := docket.Envelope{Stream: readingsStream, Version: version + 1, Kind: kindReadingsHeads}
	return own.enter(env, readingsHeaded{Size: last.Number, Head: last.Hash}, nil)
}

// The installation itself enters what no person does: a head that is due on a
// day without an act. It has no rights, and nobody can be called so.
const (
	ownActor    = "installation"
	ownCapacity = "schedule"
	ownMeans    = "schedule"
)

// HeadReadings enters the head of the reading log where it is due and nobody
// has acted since; a schedule calls it.
func (o *Office) HeadReadings(ctx context.Context) error {
	return o.write(ctx, true, func(tx store.Tx, _ before) error {
		p := o.begin(ctx, tx, By{Actor: Known{id: ownActor, means: ownMeans}}, ownCapacity, "")
		if err := p.headReadings(); err != nil {
			return err
		}
		return p.commit()
	})
}

func readHead(e docket.Entry) (at readingsHeaded, err error) {
	env, err := e.Open()
	if err == nil {
		err = json.Unmarshal(env.Facts, &at)
	}
	return at, err
}

// Readings are the openings of what is sealed of a claim, oldest first: who,
// when, in which capacity, for what, and what was opened. It is what the
// claimant can be shown.
func (o *Office) Readings(ctx context.Context, id claim.ID) (readings []Reading, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		lines, err := r.ReadingsOf(id)
		if err != nil {
			return err
		}
		trials, err := r.ReadingsOf("")
		if err != nil {
			return err
		}
		readings = make([]Reading, len(lines), len(lines)+len(trials))
		for i, l := range lines {
			if readings[i], err = readReading(l); err != nil {
				return err
			}
		}
		return addTrials(r, id, &readings, trials)
	})
	return readings, err
}

// addTrials adds the trials that ran over a claim, with all others of its
// programme, after it was filed, each at its place.
func addTrials(r store.Reader, id claim.ID, readings *[]Reading, trials []store.Reading) error {
	if len(trials) == 0 {
		return nil
	}
	found, err := r.Claims([]claim.ID{id})
	if err != nil {
		return err
	}
	c := found[0]
	for _, l := range trials {
		trial, err := readReading(l)
		if err != nil {
			return err
		}
		ran := c.Erased.IsZero() || dateOf(trial.Instant) <= c.Erased.String()
		if trial.Programme == c.Programme && ran && !trial.Instant.Before(c.Filed.Time) {
			*readings = append(*readings, trial)
		}
	}
	slices.SortFunc(*readings, func(a, b Reading) int { return cmp.Compare(a.Number, b.Number) })
	return nil
}

func readReading(l store.Reading) (r Reading, err error) {
	if err := json.Unmarshal(l.Line, &r); err != nil {
		return r, fault.New(fault.Unsound, "reading.unreadable", "number", l.Number)
	}
	return r, nil
}

// Alarms are the days on which somebody opened more than AlarmAfter claims,
// newest first, at most limit of them.
func (o *Office) Alarms(ctx context.Context, limit int) (alarms []store.Alarm, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		alarms, err = r.Alarms(limit)
		return err
	})
	return alarms, err
}
