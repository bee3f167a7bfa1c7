package office

import (
	"context"
	"fmt"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// The moments from which a rulebook reckons the times of a review: how long the
// claimant may ask for one, and how long the register has to answer.
const (
	momentRefused     rulebook.Moment = "refused"
	momentReviewAsked rulebook.Moment = "review-asked"
)

// reviewBlob is the name of what the claimant says in asking for a review.
const reviewBlob = "review.why"

// mostWhy bounds what a claimant says in asking for a review, in bytes.
const mostWhy = 20_000

// ReviewTimes are the clock of a review of a refusal: until when it may be asked
// for, and by when it is answered if it is asked on a day. A zero day is no
// limit that the rulebook sets.
type ReviewTimes struct {
	Until  day.Date
	Answer day.Date
}

// AskReview asks, for the claimant, for another look at a refusal; why is in
// their own words, sealed. The rulebook says until when: the register's clock
// begins with it. The claim stands before the register again.
func (o *Office) AskReview(ctx context.Context, by By, programme string, id claim.ID, why string) (Done, error) {
	if len(why) > mostWhy {
		return Done{}, fault.New(fault.Invalid, "claim.review-long", "most", mostWhy)
	}
	done := Done{Claims: 1}
	request := struct {
		Claim claim.ID
		Why   string
	}{id, why}
	_, err := o.perform(ctx, ActAskReview, by, programme, request, &done, func(p *performance) error {
		c, err := p.claim(id)
		if err != nil {
			return err
		}
		times, err := o.reviewTimes(p.tx, c, p.day)
		if err != nil {
			return err
		}
		event, err := c.AskReview(p.day, times.Until, times.Answer)
		if err != nil {
			return err
		}
		s := step{claim: c, event: event}
		if why != "" {
			s.seal = []Item{{Class: string(rulebook.Personal), Name: reviewBlob, Payload: []byte(why)}}
		}
		if done.Ref, err = p.stepAll(docket.Envelope{ForWhom: p.forWhom()}, nil, []step{s}); err != nil {
			return movedOn(err)
		}
		return movedOn(p.commit())
	})
	return done, err
}

// ReadReview is why the claimant asks for another look, for a person to see; ""
// where they didn't say. The reading log has it first.
func (o *Office) ReadReview(ctx context.Context, by By, id claim.ID) (why string, err error) {
	var blobs []store.Blob
	err = o.workOn(ctx, by, []claim.ID{id}, func(p *performance, claims []claim.Claim) error {
		p.by.Second = by.Second
		latest, err := p.tx.LatestBlobs([]claim.ID{id}, reviewBlob)
		if blobs = latest[id]; err != nil || len(blobs) == 0 {
			return err
		}
		if err := claims[0].Kept(); err != nil {
			return err
		}
		return p.reads(PurposeExamination, ByPerson, []opening{{claims[0], []string{reviewBlob}}})
	})
	if err != nil || len(blobs) == 0 {
		return "", err
	}
	opened, err := o.Vault.Open(ctx, blobs[:1])
	if err == nil {
		err = opened[0].Err
	}
	if err != nil {
		return "", fmt.Errorf("open why a review is asked for: %w", err)
	}
	return string(opened[0].Payload), nil
}

// ReviewTimes are the clock of a review that is asked for today, and whether the
// claim's edition gives one at all.
func (o *Office) ReviewTimes(ctx context.Context, c claim.Claim) (times ReviewTimes, given bool, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		edition, err := o.edition(r, c.Edition)
		if err != nil {
			return err
		}
		if _, given = edition.Powers[string(ActAskReview)]; !given || c.Standing != claim.Refused {
			return nil
		}
		today, err := legalDay(edition, o.instant())
		if err != nil {
			return err
		}
		times, err = o.reviewTimes(r, c, today)
		return err
	})
	return times, given, err
}

// reviewTimes reckons from the day on which the claim was refused.
func (o *Office) reviewTimes(r store.Reader, c claim.Claim, today day.Date) (t ReviewTimes, err error) {
	if c.Standing != claim.Refused {
		return t, nil // the claim itself says that there is nothing to review
	}
	edition, err := o.edition(r, c.Edition)
	if err != nil {
		return t, err
	}
	refused, err := dayOfLast(r, c, claim.KindRefused)
	if err != nil {
		return t, err
	}
	for _, d := range edition.Deadlines {
		if len(d.Categories) > 0 && !slices.Contains(d.Categories, c.Category) {
			continue
		}
		switch {
		case d.For == "claimant" && d.From == momentRefused:
			t.Until = d.Ends(refused)
		case d.For == "register" && d.From == momentReviewAsked:
			t.Answer = d.Ends(today)
		}
	}
	return t, nil
}

// dayOfLast is the legal day of the last entry of a kind in a claim's stream.
func dayOfLast(r store.Reader, c claim.Claim, kind docket.Kind) (day.Date, error) {
	history, err := r.History(c.ID.Stream())
	if err != nil {
		return day.Date{}, err
	}
	for _, s := range slices.Backward(history) {
		step, err := openStep(s)
		if err != nil {
			return day.Date{}, err
		}
		if step.Kind != kind {
			continue
		}
		env, err := s.Entry.Open()
		return env.Day, err
	}
	return day.Date{}, fmt.Errorf("claim %s has no %s: %w", c.Name(), kind, store.ErrNone)
}
