package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// Rebuild folds the whole docket into scratch, an empty store, and compares
// every derived table with the one in use, row by row. A docket with an entry
// that doesn't fold has no tables to compare: the entry is what it finds.
func (o *Office) Rebuild(ctx context.Context, scratch store.Store, v *Verified, progress Progress) error {
	whole, err := o.replay(ctx, scratch, v, progress)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	if !whole {
		return nil
	}
	for _, t := range o.Store.Tables() {
		if t.Class != store.Derived {
			continue
		}
		if err := compareTable(ctx, o.Store, scratch, t.Name, v); err != nil {
			return fmt.Errorf("compare table %s: %w", t.Name, err)
		}
		v.Tables++
		progress.tell("tables", int64(v.Tables), 0)
	}
	return nil
}

// replayAtOnce is how many entries, and rows of annexes, one transaction of a
// rebuild folds, give or take the last annex: the tables hold them in memory.
const replayAtOnce = 5000

// replay folds everything, and reports whether all of it folds.
func (o *Office) replay(ctx context.Context, scratch store.Store, v *Verified, progress Progress) (whole bool, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		next, stop := iter.Pull2(everyEntry(r))
		defer stop()
		for done, folded := false, int64(0); !done; {
			var at store.LeafEntry
			err := scratch.Write(ctx, func(tx store.Tx) error {
				t := newTables(tx)
				for pending := 0; pending < replayAtOnce; {
					var err error
					var ok bool
					if at, err, ok = next(); !ok {
						done = true
						break
					} else if err != nil {
						return err
					}
					rows, err := replayOne(r, tx, &t, at)
					if err != nil {
						return err
					}
					pending += 1 + rows
					folded++
				}
				progress.tell("rebuild", folded, v.Entries)
				at = store.LeafEntry{Leaf: store.Leaf{Number: -1}} // what fails now is no single entry's
				return t.flush()
			})
			if err != nil && ctx.Err() == nil && unfit(err) {
				v.find("verify.does-not-fold", at.Ref, at.Number, err)
				return nil
			}
			if err != nil {
				return err
			}
		}
		whole = true
		return nil
	})
	return whole, err
}

// unfit tells an entry that doesn't fold from a rebuild that can't go on.
func unfit(err error) bool {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	return fault.Code(err) != "" || errors.Is(err, store.ErrNone) || errors.Is(err, store.ErrTaken) ||
		errors.As(err, &syntax) || errors.As(err, &kind)
}

// everyEntry is all of the docket: the leaves in their order, then what has no
// leaf yet.
func everyEntry(r store.Reader) iter.Seq2[store.LeafEntry, error] { return everyEntryFrom(r, 0) }

// everyEntryFrom is that from one leaf on.
func everyEntryFrom(r store.Reader, leaf int64) iter.Seq2[store.LeafEntry, error] {
	return func(yield func(store.LeafEntry, error) bool) {
		for l, err := range r.Leaves(leaf) {
			if err == nil && !l.Found {
				continue // verify has named it
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
		for e, err := range r.Unsequenced() {
			l := store.LeafEntry{Leaf: store.Leaf{Number: -1, Ref: e.Ref()}, Entry: e, Found: true}
			if !yield(l, err) || err != nil {
				return
			}
		}
	}
}

// replayOne folds one entry; it answers how many rows its annex has.
func replayOne(r store.Reader, tx store.Tx, t *tables, at store.LeafEntry) (int, error) {
	env, err := at.Entry.Open()
	if err != nil {
		return 0, err
	}
	if at.Number < 0 {
		if err := tx.Append(at.Entry); err != nil { // so that it waits for its leaf there too
			return 0, err
		}
	}
	if env.Annex == nil {
		return 0, t.take(env, nil)
	}
	var rows []docket.RowEnvelope
	for row, err := range r.AnnexRows(env.Annex.Root) {
		if err != nil {
			return 0, err
		}
		opened, err := row.Open()
		if err != nil {
			return 0, err
		}
		rows = append(rows, opened)
	}
	if err := tx.AppendAnnex(at.Entry.Ref(), env.Annex.Root, nil); err != nil {
		return 0, err
	}
	return len(rows), t.take(env, rows)
}

// compareTable walks both tables in the order of their keys and names the
// first rows that differ.
func compareTable(ctx context.Context, used, rebuilt store.Store, table string, v *Verified) error {
	a, stopA := iter.Pull2(used.Rows(ctx, table))
	defer stopA()
	b, stopB := iter.Pull2(rebuilt.Rows(ctx, table))
	defer stopB()
	rowA, errA, okA := a()
	rowB, errB, okB := b()
	for okA || okB {
		if err := errors.Join(errA, errB); err != nil {
			return err
		}
		switch {
		case okA && (!okB || rowA < rowB):
			v.find("verify.table-row-unexplained", docket.Ref{}, -1, table+": "+rowA)
			rowA, errA, okA = a()
		case okB && (!okA || rowB < rowA):
			v.find("verify.table-row-lacking", docket.Ref{}, -1, table+": "+rowB)
			rowB, errB, okB = b()
		default:
			rowA, errA, okA = a()
			rowB, errB, okB = b()
		}
	}
	return nil
}
