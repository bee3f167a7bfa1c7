package office

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/store"
)

// leavesAtOnce is how many entries one batch of the sequencer takes.
const leavesAtOnce = 5000

// sequenceAll gives leaves to all entries that wait for one now. It is one path for
// normal work and after a crash: leaves that the database has and the tree
// hasn't are written to the tree first.
//
// A database that has fewer leaves than the tree is refused: it is an older
// copy, and going on from it would lose acknowledged acts.
func (o *Office) sequenceAll(ctx context.Context, t *turn) error {
	o.sequence.Lock()
	defer o.sequence.Unlock()
	for {
		if err := o.extendTree(ctx); err != nil {
			return err
		}
		given, err := o.giveLeaves(ctx, t)
		if err != nil {
			return fmt.Errorf("sequence the docket: %w", err)
		}
		switch {
		case given == 0:
			return nil
		case given < leavesAtOnce:
			// All that waited has its leaf. What came in since is for the next time, or
			// a busy office would never come to publish.
			return o.extendTree(ctx)
		}
	}
}

// CatchUp brings the tree outside the database up to the leaves that the database
// has. It is for a machine whose tree lags behind, since others sequence: it gives
// no leaf and shows nothing.
func (o *Office) CatchUp(ctx context.Context) error {
	o.sequence.Lock()
	defer o.sequence.Unlock()
	if err := o.Tree.Reread(); err != nil {
		return err
	}
	return o.extendTree(ctx)
}

// Recall gives entries that wait the leaves that the tree outside the database
// has of them already: they had got them when the copy of the database was made
// that was put back, or got them at once afterwards. It ends at the first leaf
// whose entry isn't here, and answers how many it gave.
func (o *Office) Recall(ctx context.Context) (given int64, err error) {
	o.sequence.Lock()
	defer o.sequence.Unlock()
	for {
		var batch []store.Leaf
		err := o.Store.Write(ctx, func(tx store.Tx) error {
			size, err := tx.TreeSize()
			if err != nil {
				return err
			}
			if batch, err = o.recalled(tx, size); err != nil {
				return err
			}
			return tx.AddLeaves(batch)
		})
		if err != nil {
			return given, fmt.Errorf("give entries the leaves that they had: %w", err)
		}
		if len(batch) == 0 {
			return given, nil
		}
		given += int64(len(batch))
	}
}

// recalled are the next leaves of the tree whose entries are here and wait.
func (o *Office) recalled(r store.Reader, size int64) (batch []store.Leaf, err error) {
	for l, err := range o.Tree.Leaves(size) {
		if err != nil {
			return nil, err
		}
		e, err := r.Entry(l.Ref)
		if errors.Is(err, store.ErrNone) {
			break
		}
		if err != nil {
			return nil, err
		}
		if docket.LeafHash(e.Commitment()) != l.Hash {
			break // another act took its place: what follows is another history
		}
		if _, err := r.Leaf(l.Ref); !errors.Is(err, store.ErrNone) {
			return nil, errors.Join(err, fault.New(fault.Unsound, "office.leaf-differs", "entry", l.Ref, "leaf", l.Number))
		}
		if batch = append(batch, store.Leaf{Number: l.Number, Ref: l.Ref, Commitment: e.Commitment()}); len(batch) == leavesAtOnce {
			break
		}
	}
	return batch, nil
}

// giveLeaves numbers the entries that have no leaf yet.
func (o *Office) giveLeaves(ctx context.Context, t *turn) (given int, err error) {
	waiting, err := o.unsequenced(ctx)
	if err != nil || !waiting {
		return 0, err
	}
	err = o.write(ctx, true, func(tx store.Tx, _ before) error {
		if err := t.hold(tx); err != nil {
			return err
		}
		given, err = numberLeaves(tx)
		return err
	})
	return given, err
}

// numberLeaves numbers the next entries, at most leavesAtOnce.
func numberLeaves(tx store.Tx) (given int, err error) {
	most := leavesAtOnce
	if flaw.On(flaw.SequencerSkips) {
		most = 2
	}
	entries, err := upTo(most, tx.Unsequenced())
	if err != nil {
		return 0, err
	}
	size, err := tx.TreeSize()
	if err != nil {
		return 0, err
	}
	leaves := make([]store.Leaf, len(entries))
	for i, e := range entries {
		leaves[i] = store.Leaf{Number: size + int64(i), Ref: e.Ref(), Commitment: e.Commitment()}
	}
	return len(leaves), tx.AddLeaves(leaves)
}

// upTo is the first so many of a sequence.
func upTo[T any](most int, seq iter.Seq2[T, error]) (list []T, err error) {
	for v, err := range seq {
		if err != nil {
			return nil, err
		}
		if list = append(list, v); len(list) == most {
			break
		}
	}
	return list, nil
}

// extendTree writes the leaves that the tree lacks, each hashed anew from the
// entry as it was read back from the database: what is published is what is
// there.
func (o *Office) extendTree(ctx context.Context) error {
	head := o.Tree.Head()
	var batch []docket.TreeLeaf
	// The last entry's own instant is the head's: a run that was killed and
	// resumed writes the same heads again.
	var last docket.Entry
	publish := func() error {
		env, err := last.Open()
		if err != nil {
			return err
		}
		_, err = o.Tree.Extend(batch, env.Instant)
		batch = batch[:0]
		return err
	}
	err := o.Store.Read(ctx, func(r store.Reader) error {
		size, err := r.TreeSize()
		if err != nil {
			return err
		}
		if size < head.Size {
			return fault.New(fault.Unsound, "office.database-older", "database", size, "tree", head.Size)
		}
		if err := o.sameTree(r, head); err != nil {
			return err
		}
		for l, err := range r.Leaves(head.Size) {
			if err != nil {
				return err
			}
			if !l.Found || l.Entry.Commitment() != l.Commitment {
				return fault.New(fault.Unsound, "office.leaf-differs", "entry", l.Ref, "leaf", l.Number)
			}
			batch, last = append(batch, docket.TreeLeaf{Number: l.Number, Hash: docket.LeafHash(l.Commitment), Ref: l.Ref}), l.Entry
			if len(batch) == leavesAtOnce {
				if err := publish(); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil || len(batch) == 0 {
		return err
	}
	return publish()
}

// sameTree holds the last leaf that was published against the database's: one
// that went on from an older copy, and has grown as long since, is not the one
// that the tree is of.
func (o *Office) sameTree(r store.Reader, head docket.TreeHead) error {
	if head.Size == 0 {
		return nil
	}
	for was, err := range o.Tree.Leaves(head.Size - 1) {
		if err != nil {
			return err
		}
		for l, err := range r.Leaves(was.Number) {
			if err != nil {
				return err
			}
			if l.Ref != was.Ref || docket.LeafHash(l.Commitment) != was.Hash {
				return fault.New(fault.Unsound, "office.leaf-differs", "entry", was.Ref, "leaf", was.Number)
			}
			return nil
		}
	}
	return nil
}
