package office

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// SheetWork is the work on one spreadsheet: its check, or its filing. One process at
// a time does it, on whatever machine, by a lease that it renews; the others see how
// far it is. Where that process ends, or loses the lease, the spreadsheet stays at
// the stage at which the work began, with nobody at it: it was interrupted.
type SheetWork struct {
	Sheet Sheet

	office *Office
	lease  store.Lease
	lost   context.CancelCauseFunc
	renews sync.WaitGroup
}

// sheetLasts is how long the lease lasts: so long after a process was killed at a
// spreadsheet somebody else may go on.
const sheetLasts = 12 * time.Second

// WorkOnSheet begins it: the spreadsheet comes to a stage, with what is told of it.
// The context that it answers ends where the work is another's by now. Who began it
// ends it, by End.
//
// Faults: bulk.working where somebody does, bulk.closed, bulk.none.
func (o *Office) WorkOnSheet(ctx context.Context, by By, s Sheet, stage string, told []byte) (*SheetWork, context.Context, error) {
	if s.Closed {
		return nil, nil, fault.New(fault.Conflict, "bulk.closed")
	}
	w := &SheetWork{Sheet: s, office: o}
	var err error
	if w.lease, err = o.Store.TakeLease(ctx, sheetLease(s.ID), holder(), sheetLasts); errors.Is(err, store.ErrHeld) {
		err = fault.New(fault.Conflict, "bulk.working")
	}
	if err != nil {
		return nil, nil, err
	}
	err = o.Store.Read(ctx, func(r store.Reader) (err error) { // as it stands, now that nobody else is at it
		w.Sheet.row, err = o.sheetFor(r, by, s.ID)
		return err
	})
	if err == nil {
		w.Sheet.row.Done, w.Sheet.row.Rows = 0, 0
		err = w.Keep(ctx, stage, told)
	}
	if err != nil {
		return nil, nil, errors.Join(err, w.free(ctx))
	}
	within, lost := context.WithCancelCause(ctx)
	w.lost = lost
	w.renews.Go(func() { o.renew(within, w.lease, sheetLasts, lost) })
	return w, within, nil
}

// Keep keeps a stage, and what is told of the spreadsheet.
func (w *SheetWork) Keep(ctx context.Context, stage string, told []byte) error {
	sealed, err := w.office.Vault.SealUnder(w.Sheet.key, sheetTold(w.Sheet.ID), told)
	if err != nil {
		return err
	}
	return w.put(ctx, func(row *store.Sheet) { row.Stage, row.Sealed = stage, sealed }, nil)
}

// Reach says how far the work is, to who looks.
func (w *SheetWork) Reach(ctx context.Context, done, rows int64) error {
	return w.put(ctx, func(row *store.Sheet) { row.Done, row.Rows = done, rows }, nil)
}

// Answer keeps the file that comes back, when it is whole; the one before it goes.
func (w *SheetWork) Answer(ctx context.Context, write func(io.Writer) error) error {
	sheet := w.Sheet // who writes may say meanwhile how far it is
	out, in := io.Pipe()
	var writing sync.WaitGroup
	writing.Go(func() { in.CloseWithError(write(in)) }) // nil is the end
	object, err := w.office.shelveSheet(ctx, sheet, sheetBack(sheet.ID), out)
	out.CloseWithError(err) // who still writes hears of it,
	writing.Wait()          // and does nothing more when the work is given back
	if err != nil {
		return err
	}
	var before []string
	if back := w.Sheet.row.Back; back != "" {
		before = []string{back}
	}
	err = w.put(ctx, func(row *store.Sheet) { row.Back = object }, func(tx store.Tx) error { return w.office.unshelveLater(tx, before) })
	if err != nil {
		return err
	}
	return w.office.unshelve(ctx, before)
}

// put changes the row, as long as the work is this process's. The fault is bulk.none
// where it isn't any more.
func (w *SheetWork) put(ctx context.Context, change func(*store.Sheet), also func(store.Tx) error) error {
	row := w.Sheet.row
	change(&row)
	row.Version++
	err := w.office.write(ctx, true, func(tx store.Tx, _ before) error {
		if err := tx.Hold(w.lease); err != nil {
			return err
		}
		stands, err := tx.Sheet(row.ID)
		switch {
		case errors.Is(err, store.ErrNone) || err == nil && stands.Version < row.Version-1:
			return noSheet()
		case err != nil || stands.Version == row.Version: // an earlier run did it
			return err
		case also != nil:
			err = also(tx)
		}
		return errors.Join(err, tx.PutSheet(row))
	})
	if errors.Is(err, store.ErrLost) {
		return noSheet()
	}
	if err == nil {
		w.Sheet.row = row
		w.Sheet = w.Sheet.shown(true)
	}
	return err
}

// End gives the work back.
func (w *SheetWork) End(ctx context.Context) error {
	w.lost(nil)
	w.renews.Wait()
	return w.free(ctx)
}

// free gives the lease back; that of a spreadsheet that went meanwhile goes too.
func (w *SheetWork) free(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if err := w.office.Store.FreeLease(ctx, w.lease); err != nil {
		return err
	}
	return w.office.write(ctx, true, func(tx store.Tx, _ before) error {
		_, err := tx.Sheet(w.Sheet.ID)
		if errors.Is(err, store.ErrNone) {
			return tx.DropLeases(w.lease.Name)
		}
		return err
	})
}
