package office

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// Where several processes act on one docket, one of them at a time sequences and
// publishes: it holds a lease, by the database's clock, for as long as its turn
// lasts. A process that is killed in its turn, or stopped, loses it after
// leaseLasts, and another goes on.
//
// One that was stopped and goes on later doesn't know that it was overtaken. Its
// lease's token tells: the transaction that gives leaves holds the lease's row
// under that token, so that it can't give one; before it signs, or shows a
// checkpoint, it asks; and the tree's files go on from what stands in them
// (tlog), so that what it still writes there is what is there already.
const (
	sequencerLease = "sequencer"
	leaseLasts     = 4 * time.Second
)

// mostTurns bounds how often one asker goes on with what others entered in the
// meantime: they may never stop.
const mostTurns = 5

// turn is one turn to sequence and publish; nil where this process has the
// docket to itself.
type turn struct {
	o     *Office
	lease store.Lease
}

// hold lets an act happen only in this turn.
func (t *turn) hold(tx store.Tx) error {
	if t == nil {
		return nil
	}
	return tx.Hold(t.lease)
}

// held is store.ErrLost where the turn is another's by now.
func (t *turn) held(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.o.Store.Read(ctx, func(r store.Reader) error { return r.Held(t.lease) })
}

// InTurn does what one process at a time may do with the tree and the published
// log. While another has the turn it does nothing, and mine is false: what is
// entered is durable, and whoever has the turn comes to it. do is given what to
// ask, before it shows anything, whether the turn is this process's still.
func (o *Office) InTurn(ctx context.Context, do func(ctx context.Context, held func(context.Context) error) error) (mine bool, err error) {
	return o.take(ctx, func(ctx context.Context, t *turn) error { return do(ctx, t.held) })
}

// take takes the turn. So that whoever has it comes to what others entered at
// the last moment too, it is taken again while something waits.
func (o *Office) take(ctx context.Context, do func(context.Context, *turn) error) (mine bool, err error) {
	if !o.Shared {
		return true, do(ctx, nil)
	}
	for range mostTurns {
		now, err := o.takeOnce(ctx, do)
		if err != nil || !now {
			return mine, err
		}
		mine = true
		waiting, err := o.unsequenced(ctx)
		if err != nil || !waiting {
			return mine, err
		}
	}
	return mine, nil
}

func (o *Office) takeOnce(ctx context.Context, do func(context.Context, *turn) error) (mine bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	t := &turn{o: o}
	t.lease, err = o.takeLease(ctx, store.Lease{Name: sequencerLease, Holder: holder()}, leaseLasts)
	if errors.Is(err, store.ErrHeld) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	within, lost := context.WithCancelCause(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { o.renew(within, t.lease, leaseLasts, lost) })
	err = o.Tree.Reread() // as the last one left it
	if err == nil {
		err = do(within, t)
	}
	if cause := context.Cause(within); err != nil && errors.Is(cause, store.ErrLost) {
		err = errors.Join(cause, err)
	}
	lost(nil)
	renewing.Wait()
	if free := o.Store.FreeLease(context.WithoutCancel(ctx), t.lease); err == nil {
		err = free
	}
	if errors.Is(err, store.ErrLost) {
		return false, nil // overtaken: the other one does it
	}
	return true, err
}

// takeLease takes a lease, or renews it, and isn't broken off with who asks: the database
// may do it all the same, and then nobody would free it, or it would come back after it was
// freed, and stand in everybody's way. What takes longer than it lasts is of no use.
func (o *Office) takeLease(ctx context.Context, lease store.Lease, lasts time.Duration) (store.Lease, error) {
	within, end := context.WithTimeout(context.WithoutCancel(ctx), lasts)
	defer end()
	return o.Store.TakeLease(within, lease.Name, lease.Holder, lasts)
}

// holder names a turn of this process, for who looks whose it is.
func holder() string {
	host, _ := os.Hostname() // "" where it has none
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text())
}

// renew renews a lease, four times while it lasts, until what it is held for is over,
// and ends that where it can't.
func (o *Office) renew(ctx context.Context, lease store.Lease, lasts time.Duration, lost context.CancelCauseFunc) {
	renewed := time.Now()
	ticks := time.NewTicker(lasts / 4)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		begun := time.Now()
		again, err := o.takeLease(ctx, lease, lasts)
		switch {
		case err == nil && again.Token == lease.Token:
			renewed = begun
		case err == nil || errors.Is(err, store.ErrHeld) || time.Since(renewed) > lasts:
			lost(store.ErrLost)
			return
		}
	}
}

// unsequenced reports whether any entry has no leaf yet.
func (o *Office) unsequenced(ctx context.Context) (waiting bool, err error) {
	oldest, err := o.waitsLongest(ctx)
	return oldest != docket.Ref{}, err
}

// waitsLongest is the entry that has waited longest for its leaf; zero for none.
func (o *Office) waitsLongest(ctx context.Context) (ref docket.Ref, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		some, err := upTo(1, r.Unsequenced())
		if len(some) > 0 {
			ref = some[0].Ref()
		}
		return err
	})
	return ref, err
}

// Sequence gives every entry that has no leaf its place in the tree, and
// brings the tree outside the database up to it; where another process has the
// turn, that one does. It answers the head that stands then.
func (o *Office) Sequence(ctx context.Context) (docket.TreeHead, error) {
	if _, err := o.take(ctx, o.sequenceAll); err != nil {
		return docket.TreeHead{}, err
	}
	return o.Tree.Head(), nil
}
