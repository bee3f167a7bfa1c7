package office

import (
	"context"
	"errors"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// Turn asks to be the one who sequences and publishes, where several processes
// act on one docket. mine is false while another has the turn. Who has it works
// on the tree as the last one left it, and gives it back with end.
type Turn func(ctx context.Context) (end func() error, mine bool, err error)

// mostTurns bounds how often one asker goes on with what others entered in the
// meantime: they may never stop.
const mostTurns = 5

// InTurn does what one process at a time may do with the tree and the published
// log. While another has the turn it does nothing, and mine is false: what is
// entered is durable, and whoever has the turn comes to it. So that this is
// true of what was entered at the last moment too, the turn is asked for again
// while something waits.
func (o *Office) InTurn(ctx context.Context, do func() error) (mine bool, err error) {
	if o.Turn == nil {
		return true, do()
	}
	for range mostTurns {
		end, now, err := o.Turn(ctx)
		if err != nil || !now {
			return mine, err
		}
		mine = true
		if err := errors.Join(do(), end()); err != nil {
			return mine, err
		}
		waiting, err := o.unsequenced(ctx)
		if err != nil || !waiting {
			return mine, err
		}
	}
	return mine, nil
}

// unsequenced reports whether any entry has no leaf yet.
func (o *Office) unsequenced(ctx context.Context) (waiting bool, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		some, err := upTo(1, r.Unsequenced())
		waiting = len(some) > 0
		return err
	})
	return waiting, err
}

// Sequence gives every entry that has no leaf its place in the tree, and
// brings the tree outside the database up to it; where another process has the
// turn, that one does. It answers the head that stands then.
func (o *Office) Sequence(ctx context.Context) (docket.TreeHead, error) {
	_, err := o.InTurn(ctx, func() error { return o.sequenceAll(ctx) })
	if err != nil {
		return docket.TreeHead{}, err
	}
	return o.Tree.Head(), nil
}
