package office

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// What follows from an act and is none itself is not done in the act's
// transaction: letters, clocks, and the figures of how long things take. A job
// follows the docket leaf by leaf and does it once for each entry, in a
// transaction that also keeps how far it came. So an instalment of a hundred
// thousand decisions gets its letters in the background, and a crash neither
// loses nor doubles one.

// metaFollowed is how far the docket was followed: LEAF/ROW, the next to look at.
const metaFollowed = "followed"

// The most that is followed in one transaction: happenings of claims, and
// leaves that are none.
const (
	mostFollowed = 400
	mostLeaves   = 4000
)

// happening is one thing that happened to a claim.
type happening struct {
	claim   claim.ID
	version docket.Version
	event   claim.Event
	instant docket.Instant

	// Of a deadline that comes near, where nothing else happened:
	clock, clockFor string
	ends            day.Date
}

// followedTo is a place in the docket: a leaf, and a row of its annex.
type followedTo struct{ leaf, row int64 }

func (f followedTo) String() string { return fmt.Sprintf("%d/%d", f.leaf, f.row) }

func readFollowed(r store.Reader) (at followedTo, err error) {
	text, err := r.Meta(metaFollowed)
	if errors.Is(err, store.ErrNone) {
		return at, nil
	}
	if err != nil {
		return at, err
	}
	leaf, row, _ := strings.Cut(text, "/")
	if at.leaf, err = strconv.ParseInt(leaf, 10, 64); err == nil {
		at.row, err = strconv.ParseInt(row, 10, 64)
	}
	if err != nil {
		return at, fmt.Errorf("read how far the docket was followed: %w", err)
	}
	return at, nil
}

// FollowUp does what follows from the entries that were sequenced since it last
// looked: letters are written, clocks start and stop, and it is counted how long
// each step took. A schedule calls it; it goes on until it has caught up or ctx
// ends, and nothing that it did is lost then.
func (o *Office) FollowUp(ctx context.Context) error {
	for {
		more, err := o.followSome(ctx)
		if err != nil || !more {
			return err
		}
	}
}

func (o *Office) followSome(ctx context.Context) (more bool, err error) {
	var size int64
	var at followedTo
	err = o.Store.Read(ctx, func(r store.Reader) error { // most often there is nothing, and nobody is held up
		var err error
		if at, err = readFollowed(r); err != nil {
			return err
		}
		size, err = r.TreeSize()
		return err
	})
	if err != nil || at.leaf >= size {
		return false, err
	}
	err = o.write(ctx, true, func(tx store.Tx, _ before) error {
		from, err := readFollowed(tx)
		if err != nil {
			return err
		}
		list, to, err := happenings(tx, from)
		if err != nil || to == from {
			more = false
			return err
		}
		more = true
		p := o.begin(ctx, tx, By{Actor: Known{id: ownActor, means: ownMeans}}, ownCapacity, "")
		if err := p.follow(list); err != nil {
			return err
		}
		if err := tx.PutMeta(metaFollowed, to.String()); err != nil {
			return err
		}
		return p.commit()
	})
	if err != nil {
		return false, fmt.Errorf("follow the docket: %w", err)
	}
	return more, nil
}

// happenings are what happened to claims from a place in the docket on, and the
// place after.
func happenings(r store.Reader, from followedTo) (list []happening, to followedTo, err error) {
	to = from
	for l, err := range r.Leaves(from.leaf) {
		if err != nil {
			return nil, from, err
		}
		if len(list) >= mostFollowed || l.Number >= from.leaf+mostLeaves {
			return list, to, nil
		}
		if !l.Found {
			to = followedTo{leaf: l.Number + 1}
			continue // verify reports it
		}
		env, err := l.Entry.Open()
		if err != nil {
			return nil, from, err
		}
		rest := int64(0)
		if l.Number == from.leaf {
			rest = from.row
		}
		if env.Stream.Sort() == "claim" && rest == 0 {
			if list, err = happened(list, env.Stream, env.Version, env.Kind, env.Facts, env.Instant); err != nil {
				return nil, from, err
			}
		}
		to = followedTo{leaf: l.Number + 1}
		if env.Annex == nil {
			continue
		}
		for row, err := range r.AnnexRows(env.Annex.Root) {
			if err != nil {
				return nil, from, err
			}
			if row.Index < rest || row.Stream.Sort() != "claim" {
				continue
			}
			if len(list) >= mostFollowed {
				return list, followedTo{l.Number, row.Index}, nil
			}
			opened, err := row.Open()
			if err != nil {
				return nil, from, err
			}
			if list, err = happened(list, row.Stream, row.Version, opened.Kind, opened.Facts, env.Instant); err != nil {
				return nil, from, err
			}
		}
	}
	return list, to, nil
}

func happened(list []happening, stream docket.Stream, version docket.Version, kind docket.Kind, facts []byte, at docket.Instant) ([]happening, error) {
	event, err := claim.Decode(kind, facts)
	if err != nil {
		return nil, err
	}
	return append(list, happening{claim: claim.ID(stream.ID()), version: version, event: event, instant: at}), nil
}

// followed is one happening with its claim as it stands by now, and the edition
// and the legal day that it was under.
type followed struct {
	happening
	c       claim.Claim
	edition *rulebook.Edition
	day     day.Date
}

// follow does what follows from what happened.
func (p *performance) follow(list []happening) error {
	if len(list) == 0 {
		return nil
	}
	all, err := p.withClaims(list)
	if err != nil {
		return err
	}
	if err := p.keepPaces(all); err != nil {
		return err
	}
	if err := p.runClocks(all); err != nil {
		return err
	}
	if err := p.writeLetters(newsOf(all, p.instant)); err != nil {
		return err
	}
	return p.timeLetters(all)
}

func (p *performance) withClaims(list []happening) ([]followed, error) {
	at := map[claim.ID]int{}
	var ids []claim.ID
	for _, h := range list {
		if _, ok := at[h.claim]; !ok {
			at[h.claim] = len(ids)
			ids = append(ids, h.claim)
		}
	}
	claims, err := p.tx.Claims(ids)
	if err != nil {
		return nil, err
	}
	all := make([]followed, len(list))
	for i, h := range list {
		f := followed{happening: h, c: claims[at[h.claim]]}
		if f.edition, err = p.o.edition(p.tx, f.c.Edition); err != nil {
			return nil, err
		}
		if f.day, err = legalDay(f.edition, h.instant); err != nil {
			return nil, err
		}
		all[i] = f
	}
	return all, nil
}

// moment is what rulebooks call this event, from which they reckon times; ""
// where they don't.
func moment(event claim.Event) rulebook.Moment {
	switch event.(type) {
	case claim.FiledEvent:
		return "filed"
	case claim.FoundDeficient:
		return "found-deficient"
	case claim.RecordedEvent:
		return "recorded"
	case claim.RefusedEvent:
		return "refused"
	case claim.AssessedEvent:
		return "assessed"
	case claim.DecidedEvent:
		return "decided"
	case claim.WithdrawnEvent:
		return "withdrawn"
	case claim.PaidEvent:
		return "paid"
	case claim.ReviewAsked:
		return momentReviewAsked
	}
	return ""
}

// tells is what rulebooks call a letter on this event; "" where there is none.
func tells(event claim.Event) string {
	switch e := event.(type) {
	case claim.DecidedEvent:
		if e.Outcome == claim.Award {
			return "awarded"
		}
		return "dismissed"
	case claim.PaymentReturned:
		return "payment-returned"
	case claim.AssessedEvent, claim.ReviewAsked:
		return ""
	}
	return string(moment(event))
}

// newsFor is how old a happening may be that somebody is told of: what was there
// before an installation learned to write letters is no news.
const newsFor = 30 * 24 * time.Hour

// newsOf are the happenings of which claimants are told.
func newsOf(all []followed, now docket.Instant) []followed {
	var news []followed
	for _, f := range all {
		if now.Sub(f.instant.Time) > newsFor || !f.c.Erased.IsZero() || f.c.Reported || tells(f.event) == "" {
			continue
		}
		news = append(news, f)
	}
	return news
}

// keepPaces counts how long claims took to each step.
func (p *performance) keepPaces(all []followed) error {
	counts := map[store.Pace]int64{}
	for _, f := range all {
		step := moment(f.event)
		switch step {
		case "found-deficient", "recorded", "refused", "decided", "paid":
		default:
			continue
		}
		filed, err := legalDay(f.edition, f.c.Filed)
		if err != nil {
			return err
		}
		counts[store.Pace{Programme: f.c.Programme, Category: f.c.Category, Step: string(step), Days: max(0, int64(filed.DaysUntil(f.day)))}]++
	}
	var paces []store.Pace
	for at, n := range counts {
		at.Claims = n
		paces = append(paces, at)
	}
	return p.tx.AddPaces(paces)
}
