package office

import (
	"context"
	"errors"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// A withdrawal can't be undone, and some are asked for under pressure: so the
// claimant asks first, which is no act and leaves no trace in the docket, and
// says so again when a day has passed. Who doesn't, keeps the claim.
const (
	// WithdrawAfter is how long a claimant thinks it over at least.
	WithdrawAfter = 24 * time.Hour
	// WithdrawWithin is how long they may; after that they would ask anew.
	WithdrawWithin = 15 * 24 * time.Hour
)

// Thinking is a withdrawal that is being thought over.
type Thinking struct {
	Asked docket.Instant
	From  docket.Instant // from then on it can be confirmed
	Until docket.Instant // until then
	Ready bool           // now it can
}

func (o *Office) thinking(p store.Pause) Thinking {
	from := docket.At(p.Asked.Add(WithdrawAfter))
	return Thinking{p.Asked, from, docket.At(p.Asked.Add(WithdrawWithin)), !o.instant().Before(from.Time)}
}

// ThinkingOf is the withdrawal of a claim that is being thought over; ok is
// false where there is none, or none any more.
func (o *Office) ThinkingOf(ctx context.Context, id claim.ID) (t Thinking, ok bool, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		pause, err := r.Pause(id)
		if errors.Is(err, store.ErrNone) {
			return nil
		}
		t = o.thinking(pause)
		ok = err == nil && o.instant().Before(t.Until.Time)
		return err
	})
	return t, ok, err
}

// AskWithdrawal begins the pause. Who asks again while it lasts begins no new
// one.
func (o *Office) AskWithdrawal(ctx context.Context, by By, programme string, id claim.ID) (t Thinking, err error) {
	_, err = o.performed(ctx, true, ActWithdraw, By{Actor: by.Actor}, programme, nil, nil, func(p *performance) error {
		c, err := p.claim(id)
		if err != nil {
			return err
		}
		if _, err := c.Withdraw(); err != nil {
			return err
		}
		pause, err := p.tx.Pause(id)
		if err != nil && !errors.Is(err, store.ErrNone) {
			return err
		}
		if t = o.thinking(pause); err == nil && p.instant.Before(t.Until.Time) {
			return nil
		}
		pause = store.Pause{Claim: id, Asked: p.instant}
		t = o.thinking(pause)
		return p.tx.PutPause(pause)
	})
	return t, err
}

// KeepClaim ends the pause: the claim stays.
func (o *Office) KeepClaim(ctx context.Context, by By, programme string, id claim.ID) error {
	_, err := o.performed(ctx, true, ActWithdraw, By{Actor: by.Actor}, programme, nil, nil, func(p *performance) error {
		if _, err := p.claim(id); err != nil {
			return err
		}
		return p.tx.DeletePause(id)
	})
	return err
}

// ConfirmWithdrawal withdraws a claim whose claimant has thought it over:
// claim.withdrawal-not-asked where they didn't ask, or too long ago,
// claim.withdrawal-too-soon (from) where the day hasn't passed.
func (o *Office) ConfirmWithdrawal(ctx context.Context, by By, programme string, id claim.ID) (Done, error) {
	t, ok, err := o.ThinkingOf(ctx, id)
	switch {
	case err != nil:
		return Done{}, err
	case !ok:
		return Done{}, fault.New(fault.Conflict, "claim.withdrawal-not-asked")
	case !t.Ready:
		return Done{}, fault.New(fault.Conflict, "claim.withdrawal-too-soon", "from", t.From)
	}
	done, err := o.WithdrawClaim(ctx, by, programme, id)
	if err != nil {
		return done, err
	}
	return done, o.write(ctx, true, func(tx store.Tx, _ before) error { return tx.DeletePause(id) })
}
