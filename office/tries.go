package office

import (
	"context"
	"errors"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// Limit is how many wrong tries are allowed within a while: at one thing, which
// only whose it is should try, or from one place.
type Limit struct {
	Of   string // what is tried or whence; a keyed hash of it is kept and nothing else
	Most int64
}

// TriesWhile is how long tries are counted together, from the first on.
const TriesWhile = 15 * time.Minute

const (
	mostCounted = 100_000 // counts that are kept: beyond it the oldest are forgotten, which locks nobody out
	sweepEvery  = 64      // countings between two sweeps of one process
)

// TakeTry counts a try, before it is known whether it is a wrong one, against
// each limit in turn; at the first that has none left it answers how long to
// wait, and those behind it lose nothing. The counts are the installation's: they
// hold over several processes and stay when one starts again.
func (o *Office) TakeTry(ctx context.Context, limits ...Limit) (wait time.Duration, err error) {
	sweep := o.tried.Add(1)%sweepEvery == 0
	err = o.write(ctx, false, func(tx store.Tx, _ before) error {
		wait = 0
		now := o.instant()
		for _, l := range limits {
			c, err := o.triesOf(tx, l, TriesWhile, now)
			if err != nil {
				return err
			}
			if c.Count >= l.Most {
				wait = c.Until.Sub(now.Time)
				break
			}
			c.Count++
			if err := tx.PutTries(c); err != nil {
				return err
			}
		}
		if sweep {
			return tx.SweepTries(now, mostCounted)
		}
		return nil
	})
	return wait, err
}

// GiveBackTry takes back a try that was right.
func (o *Office) GiveBackTry(ctx context.Context, limits ...Limit) error {
	return o.write(ctx, false, func(tx store.Tx, _ before) error {
		now := o.instant()
		for _, l := range limits {
			c, err := o.triesOf(tx, l, TriesWhile, now)
			if err != nil {
				return err
			}
			if c.Count == 0 {
				continue
			}
			c.Count--
			if err := tx.PutTries(c); err != nil {
				return err
			}
		}
		return nil
	})
}

// Allowance is a part of what a limit allows within a while, taken ahead.
type Allowance struct {
	Taken int64
	Left  int64     // for others, and for who comes again
	Until time.Time // when the while ends
}

// TakeAllowance takes so many of what a limit allows within a while, or what is left of it:
// who lets many pass asks once for some of them. The counts are those of TakeTry.
func (o *Office) TakeAllowance(ctx context.Context, l Limit, while time.Duration, want int64) (a Allowance, err error) {
	sweep := o.tried.Add(1)%sweepEvery == 0
	err = o.write(ctx, false, func(tx store.Tx, _ before) error {
		now := o.instant()
		c, err := o.triesOf(tx, l, while, now)
		if err != nil {
			return err
		}
		taken := max(0, min(want, l.Most-c.Count))
		c.Count += taken
		a = Allowance{Taken: taken, Left: l.Most - c.Count, Until: c.Until.Time}
		if taken > 0 {
			err = tx.PutTries(c)
		}
		if sweep {
			err = errors.Join(err, tx.SweepTries(now, mostCounted))
		}
		return err
	})
	return a, err
}

// triesOf is the count of a limit as it stands, or one that begins now: also where the
// clock was ahead when it began, and nobody should wait for that day.
func (o *Office) triesOf(r store.Reader, l Limit, while time.Duration, now docket.Instant) (store.Tries, error) {
	tag := o.Vault.Lookup("tries", l.Of)
	c, err := r.Tries(tag)
	if err != nil && !errors.Is(err, store.ErrNone) {
		return c, err
	}
	if err != nil || !now.Before(c.Until.Time) || c.Until.Sub(now.Time) > while {
		c = store.Tries{Tag: tag, Until: docket.At(now.Add(while))}
	}
	return c, nil
}
