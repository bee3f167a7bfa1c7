package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// What acts wrote into the write-ahead log is brought into the file beside them, on a
// connection of its own. SQLite would let the act do it whose commit fills the log, and
// whoever shares that commit waits for the disk ten times as long as others.
//
// The log begins anew where all of it is in the file when an act begins, which never
// comes to be while they go on: now and then they wait for the last pages of it, and,
// no longer than patience, for who reads in it. Who begins to read then needs nothing
// of it; where many read at once, one after the other has, it would never begin anew.

// LogSizes says when, in pages of 4 KiB. Tests make them smaller, before a store is
// opened.
var LogSizes = struct{ Move, Anew, Wait, Longest int }{
	Move:    4000,  // where so many are not in the file, they are brought there
	Anew:    16000, // where the log is so long, acts wait until it can begin anew,
	Wait:    1000,  // if no more than so many are left
	Longest: 32000, // where it is so long all the same, as somebody reads an old state, SQLite tries at each commit, and acts wait whatever is left
}

// patience is how long acts wait for those who read, in milliseconds: most are done by
// then, and for an export or a backup it makes no difference.
const patience = 100

// checkpoints brings the log into the file.
type checkpoints struct {
	on   *sql.Conn
	due  chan struct{} // holds one where something was committed since it last looked
	stop context.CancelFunc
	done chan struct{}

	anew int // how long the log is when acts are to wait; owned by the goroutine

	seen   int64 // what logged was when it was last called; owned by who commits, as is
	unseen int   // the commits since

	one sync.Mutex // at a time: SQLite refuses a second checkpoint
}

// beginCheckpoints looks after the log until endCheckpoints.
func (s *Store) beginCheckpoints(ctx context.Context) error {
	if _, err := s.writer.ExecContext(ctx, fmt.Sprint("PRAGMA wal_autocheckpoint = ", LogSizes.Longest)); err != nil {
		return err
	}
	on, err := s.writers.Conn(ctx)
	if err != nil {
		return err
	}
	if _, err := on.ExecContext(ctx, fmt.Sprint("PRAGMA busy_timeout = ", patience)); err != nil {
		return errors.Join(err, on.Close())
	}
	c := &s.checkpoints
	c.on = on
	within, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop, c.due, c.done = stop, make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(c.done)
		for {
			select {
			case <-within.Done():
				return
			case <-c.due:
			}
			if err := s.checkpoint(); err != nil {
				s.doubt(err) // the next commit would fare as badly
			}
		}
	}()
	return nil
}

func (c *checkpoints) end() error {
	if c.on == nil {
		return nil
	}
	c.stop()
	<-c.done
	return c.on.Close()
}

// unseenCommits is after how many the log is looked at in any case.
const unseenCommits = 64

// written says that something was committed. Not each time is worth a look, which wakes
// another thread: the log has to have grown. Whoever commits calls it, one at a time.
func (c *checkpoints) written() {
	pages := logged.Load()
	c.unseen++
	if pages-c.seen < int64(LogSizes.Move/16) && c.unseen < unseenCommits {
		return
	}
	c.seen, c.unseen = pages, 0
	select {
	case c.due <- struct{}{}:
	default:
	}
}

// checkpoint brings the log into the file where it has grown.
func (s *Store) checkpoint() error {
	c := &s.checkpoints
	logged, left, err := c.pass("NOOP")
	if err == nil && left >= LogSizes.Move {
		if _, _, err = c.pass("PASSIVE"); err == nil {
			logged, left, err = c.pass("NOOP")
		}
	}
	if logged < LogSizes.Anew {
		c.anew = LogSizes.Anew
	}
	long := logged >= LogSizes.Longest
	if err != nil || logged < c.anew || left > LogSizes.Wait && !long {
		return err
	}
	// Who reads on may keep it from beginning anew: it isn't tried at each commit.
	if c.anew = logged + LogSizes.Move; long {
		c.anew = 2 * logged
	}
	s.take()
	defer s.free()
	_, _, err = c.pass("RESTART")
	return err
}

// pass is one checkpoint: how many pages the log had, and how many of them are not in
// the file.
func (c *checkpoints) pass(how string) (logged, left int, err error) {
	c.one.Lock()
	defer c.one.Unlock()
	var busy, moved int
	err = c.on.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint("+how+")").Scan(&busy, &logged, &moved)
	return logged, logged - moved, err
}
