package office

import (
	"context"
	"fmt"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// A clock is a deadline of the rulebook that runs on a claim, by legal days: the
// last day is a day like any other, and it is over when the next one begins.
// Nothing follows from it by itself: the claimant is told before, the desk is
// told after, and what to do then is for somebody to do.

// warnDays is how long before its last day a claimant is told of a clock.
const warnDays = 7

// runs are the deadlines that a claim's event starts.
func runs(e *rulebook.Edition, c claim.Claim, from rulebook.Moment, on day.Date) (clocks []store.Clock) {
	if from == "" {
		return nil
	}
	for i := range e.Deadlines {
		d := &e.Deadlines[i]
		if !(d.From == from || from == "filed" && d.From == "received") || len(d.Categories) > 0 && !slices.Contains(d.Categories, c.Category) {
			continue
		}
		if d.From == "received" {
			on = c.Received
		}
		clock := store.Clock{Claim: c.ID, Deadline: d.ID, Programme: c.Programme, For: d.For, Ends: d.Ends(on)}
		if warn := clock.Ends.AddDays(-warnDays); d.For == Claimant && warn.After(on) {
			clock.Warn = warn
		}
		clocks = append(clocks, clock)
	}
	return clocks
}

// stops reports whether the clocks that run on a claim end with this event: it is
// somebody else's turn then.
func stops(event claim.Event) bool {
	switch event.(type) {
	case claim.FoundDeficient, claim.DeficiencyAnswered, claim.RecordedEvent, claim.RefusedEvent, claim.WithdrawnEvent, claim.OutcomeReported,
		claim.AssessedEvent, claim.DecidedEvent, claim.ErasedEvent, claim.ReviewAsked, claim.ReversedEvent, claim.MovedEvent:
		return true
	}
	return false
}

// runClocks starts and stops clocks by what happened.
func (p *performance) runClocks(all []followed) error {
	stopped := map[claim.ID]docket.Version{}
	running := map[claim.ID][]store.Clock{}
	for _, f := range all {
		if stops(f.event) {
			stopped[f.claim] = f.version
			running[f.claim] = nil
		}
		for _, clock := range runs(f.edition, f.c, moment(f.event), f.day) {
			clock.Version = f.version
			running[f.claim] = append(running[f.claim], clock)
		}
	}
	if err := p.tx.StopClocks(stopped); err != nil {
		return err
	}
	var clocks []store.Clock
	for _, list := range running {
		clocks = append(clocks, list...)
	}
	return p.tx.PutClocks(clocks)
}

// mostClocks bounds the clocks that are looked at in one transaction.
const mostClocks = 200

// WatchClocks tells claimants of deadlines that come near, and marks those that
// are over for the desk. A schedule calls it.
func (o *Office) WatchClocks(ctx context.Context) error {
	programmes, err := o.legalDays(ctx)
	if err != nil {
		return err
	}
	for programme, today := range programmes {
		for {
			more, err := o.watchSome(ctx, programme, today)
			if err != nil {
				return fmt.Errorf("watch the clocks of %s: %w", programme, err)
			}
			if !more {
				break
			}
		}
	}
	return nil
}

// legalDays is today in each programme.
func (o *Office) legalDays(ctx context.Context) (map[string]day.Date, error) {
	days := map[string]day.Date{}
	err := o.Store.Read(ctx, func(r store.Reader) error {
		programmes, err := r.Programmes()
		for _, p := range programmes {
			if err == nil {
				_, _, days[p.ID], err = o.programme(r, p.ID)
			}
		}
		return err
	})
	return days, err
}

func (o *Office) watchSome(ctx context.Context, programme string, today day.Date) (more bool, err error) {
	due := func(r store.Reader) ([]store.Clock, error) { return r.DueClocks(programme, today, mostClocks) }
	var waiting bool
	err = o.Store.Read(ctx, func(r store.Reader) error {
		clocks, err := due(r)
		waiting = len(clocks) > 0
		return err
	})
	if err != nil || !waiting {
		return false, err
	}
	err = o.write(ctx, true, func(tx store.Tx, _ before) error {
		clocks, err := due(tx)
		if err != nil {
			return err
		}
		more = len(clocks) == mostClocks
		p := o.begin(ctx, tx, By{Actor: Known{id: ownActor, means: ownMeans}}, ownCapacity, "")
		if err := p.ring(clocks, today); err != nil {
			return err
		}
		return p.commit()
	})
	return more, err
}

// ring tells claimants of clocks that come near, and marks those that are over.
// A clock whose claim no longer waits for whom it runs is taken out.
func (p *performance) ring(clocks []store.Clock, today day.Date) error {
	ids := make([]claim.ID, len(clocks))
	for i, c := range clocks {
		ids[i] = c.Claim
	}
	claims, err := p.tx.Claims(ids)
	if err != nil {
		return err
	}
	var news []followed
	stopped := map[claim.ID]docket.Version{}
	var kept []store.Clock
	for i, clock := range clocks {
		c := claims[i]
		if !waitsFor(c, clock.For) || !c.Erased.IsZero() {
			stopped[c.ID] = max(stopped[c.ID], clock.Version+1)
			continue
		}
		clock.Over = clock.Ends.Before(today)
		if !clock.Warn.IsZero() && !clock.Over {
			edition, err := p.o.edition(p.tx, c.Edition)
			if err != nil {
				return err
			}
			news = append(news, followed{
				happening: happening{claim: c.ID, version: clock.Version, instant: p.instant, clock: clock.Deadline, clockFor: clock.For, ends: clock.Ends}, c: c, edition: edition, day: today,
			})
		}
		clock.Warn = day.Date{}
		kept = append(kept, clock)
	}
	if err := p.tx.StopClocks(stopped); err != nil {
		return err
	}
	if err := p.tx.PutClocks(kept); err != nil {
		return err
	}
	return p.writeLetters(news)
}

// waitsFor reports whether it is still for them to do something about the claim.
func waitsFor(c claim.Claim, whom string) bool {
	switch whom {
	case "claimant":
		return c.Standing == claim.Deficient || c.Standing == claim.Refused || c.Outcome != claim.None
	case "register":
		return c.Standing == claim.Filed
	case "commission":
		return c.Standing == claim.Recorded || c.Standing == claim.Assigned || c.Standing == claim.Assessed
	case "fund":
		due, err := c.Due()
		return err == nil && due.Sign() > 0
	}
	return true
}

// Clock is a deadline that runs on a claim, with what must be done by then.
type Clock struct {
	store.Clock
	Claimed claim.Claim
	Text    rulebook.Texts
}

// OverClocks are deadlines of a programme that have passed, the longest first,
// for the desk; at most limit.
func (o *Office) OverClocks(ctx context.Context, programme string, limit int) (over []Clock, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		clocks, err := r.OverClocks(programme, limit)
		if err != nil {
			return err
		}
		ids := make([]claim.ID, len(clocks))
		for i, c := range clocks {
			ids[i] = c.Claim
		}
		claims, err := r.Claims(ids)
		if err != nil {
			return err
		}
		over = make([]Clock, len(clocks))
		for i, c := range clocks {
			e, err := o.edition(r, claims[i].Edition)
			if err != nil {
				return err
			}
			over[i] = Clock{c, claims[i], deadlineText(e, c.Deadline)}
		}
		return nil
	})
	return over, err
}

func deadlineText(e *rulebook.Edition, id string) rulebook.Texts {
	for i := range e.Deadlines {
		if e.Deadlines[i].ID == id {
			return e.Deadlines[i].Text
		}
	}
	return nil
}
