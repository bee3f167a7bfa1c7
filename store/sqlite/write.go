package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	sqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/groupcommit"
	"github.com/openchancery/chancery/store"
)

// actsAtOnce bounds the acts that share a commit: a hundred take some ten
// milliseconds, so that nobody waits long for others.
const actsAtOnce = 100

// act is one act that waits for its commit.
type act struct {
	ctx      context.Context // of who asked for it
	do       func(store.Tx) error
	trusting bool // it may be told what it would have asked
}

// Write runs act in a transaction on the one writing connection. Acts that come
// at once share it, and the fsync at its end: each stands in a savepoint of its
// own, so that one that fails takes nothing of another's with it.
//
// A write that fails, fails the act, whether the act minds it or not: SQLite
// may have rolled back by itself (a full disk), and what follows would stand
// alone.
//
// After a commit of which it isn't known whether it is on disk, nothing is
// written any more (store.state-unknown): the next start finds out.
func (s *Store) Write(ctx context.Context, do func(store.Tx) error) error {
	if s.writer == nil {
		return errors.New("the database is open to read only")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.acts.Do(ctx, act{ctx, do, s.trusts()})
	if errors.Is(err, errMisled) {
		s.distrusted.Store(distrust)
		err = s.acts.Do(ctx, act{ctx, do, false})
	}
	return err
}

// commit carries out a batch of acts. It takes more than one transaction only
// where one act has lost the transaction for all.
func (s *Store) commit(batch []*groupcommit.Job[act]) {
	s.take()
	defer s.free()
	for len(batch) > 0 {
		if err := s.refuses(); err != nil {
			for _, j := range batch {
				j.Err = err
			}
			return
		}
		n, err := s.transaction(batch)
		for _, j := range batch[:n] {
			j.Err = cmp.Or(j.Err, err)
		}
		batch = batch[n:]
	}
}

func (s *Store) take() { <-s.writing }
func (s *Store) free() { s.writing <- struct{}{} }

// transaction carries out the first acts of a batch in one transaction, all of
// them unless one loses it, and says how many. Each that fails by itself has its
// error; err is that of all others.
func (s *Store) transaction(batch []*groupcommit.Job[act]) (n int, err error) {
	waits := context.Background()
	if len(batch) == 1 {
		waits = batch[0].What.ctx
	}
	// IMMEDIATE waits for another process that writes; who is alone may cancel
	// that wait, and what came of it is rolled back in any case.
	if _, err := s.statements.exec(waits, "BEGIN IMMEDIATE", nil); err != nil {
		err = errors.Join(fmt.Errorf("begin: %w", err), s.rollback())
		for _, j := range batch {
			j.Err = err
		}
		return len(batch), nil
	}
	ended := false
	defer func() {
		if !ended { // an act has panicked, and nobody knows what it left
			err := errors.Join(fmt.Errorf("undone with another act that panicked: %w", store.ErrAgain), s.rollback())
			for _, j := range batch {
				j.Err = cmp.Or(j.Err, err)
			}
		}
	}()
	done := 0
	for i, j := range batch {
		var lost bool
		if lost, j.Err = s.perform(j.What, len(batch) > 1); lost {
			ended = true
			if err := s.rollback(); err != nil {
				j.Err = errors.Join(j.Err, err)
			}
			return i + 1, fmt.Errorf("undone with another act that was lost: %w: %w", store.ErrAgain, j.Err)
		}
		if j.Err == nil {
			done++
		}
	}
	ended = true
	if done == 0 {
		return len(batch), s.rollback()
	}
	if _, err := s.statements.exec(context.Background(), "COMMIT", nil); err != nil {
		if s.doubt(err) {
			err = fmt.Errorf("%w: %w", store.ErrUnknown, err)
		}
		return len(batch), errors.Join(fmt.Errorf("commit: %w", err), s.rollback())
	}
	s.written()
	return len(batch), nil
}

// perform carries out one act: in a savepoint, where others share the
// transaction. lost says that the whole transaction went with it.
func (s *Store) perform(a act, shared bool) (lost bool, err error) {
	if err := a.ctx.Err(); err != nil {
		return !shared, err
	}
	// A call cut short would roll back what others did: no statement is
	// cancelled here, and none begins when the asker has given up.
	unbroken := context.WithoutCancel(a.ctx)
	if shared {
		if _, err := s.statements.exec(unbroken, "SAVEPOINT act", nil); err != nil {
			return true, err
		}
	}
	t := &tx{reader: reader{ctx: unbroken, asked: a.ctx, q: s.writer, statements: s.statements}}
	t.broke = &t.failure
	t.trust.given = a.trusting
	err = a.do(t)
	if misled := t.misled(err); misled != nil {
		err = misled
	}
	err = cmp.Or(err, t.failure, a.ctx.Err())
	switch {
	case !shared:
		return err != nil, err
	case err != nil:
		if _, e := s.statements.exec(unbroken, "ROLLBACK TO act", nil); e != nil {
			return true, errors.Join(err, e)
		}
	}
	if _, e := s.statements.exec(unbroken, "RELEASE act", nil); e != nil {
		return true, errors.Join(err, e)
	}
	return false, err
}

// rollback undoes the transaction, unless SQLite has done so already.
func (s *Store) rollback() error {
	_, err := s.writer.ExecContext(context.Background(), "ROLLBACK")
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code() == lib.SQLITE_ERROR {
		return nil // "no transaction is active"
	}
	return err
}

// doubt remembers a commit that failed in a way that leaves open what is on
// disk: after a write or an fsync that failed, the system may have dropped what
// it was given, and an fsync that succeeds later says nothing of it. A full disk
// is no such case: what isn't there was not written.
func (s *Store) doubt(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok || e.Code()&0xff != lib.SQLITE_IOERR {
		return false
	}
	s.unknown.CompareAndSwap(nil, &err)
	return true
}

// refuses says why no act is taken any more.
func (s *Store) refuses() error {
	if why := s.unknown.Load(); why != nil {
		return fault.New(fault.Unsound, "store.state-unknown", "why", *why)
	}
	return nil
}

// settle brings what a process before left in the write-ahead log into the
// file, and to disk: after a failed fsync what can be read there need not be.
// Where somebody reads in it, as much as may be.
func (s *Store) settle(ctx context.Context) error {
	_, err := s.writer.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}
