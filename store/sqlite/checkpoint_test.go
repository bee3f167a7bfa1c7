package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/sqlite"
)

// smallLog lets the log be looked after when it has some dozens of pages, and SQLite
// never do it by itself.
func smallLog(t *testing.T) {
	was := sqlite.LogSizes
	t.Cleanup(func() { sqlite.LogSizes = was })
	sqlite.LogSizes.Move, sqlite.LogSizes.Anew, sqlite.LogSizes.Wait, sqlite.LogSizes.Longest = 40, 80, 40, 1<<30
}

// logged is how many pages long the write-ahead log has ever been: its file keeps its
// length when it begins anew.
func logged(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	return info.Size() / 4096
}

// actsWithoutAPause are acts of several people, none of whom waits for the log.
func actsWithoutAPause(t *testing.T, s *sqlite.Store, stream string, acts int) {
	t.Helper()
	var all sync.WaitGroup
	for who := range 4 {
		all.Go(func() {
			for n := range acts {
				err := s.Write(context.Background(), func(tx store.Tx) error {
					return tx.Append(entry(fmt.Sprint(stream, who), docket.Version(n+1)))
				})
				if err != nil {
					t.Errorf("act %d: %v", n, err)
					return
				}
			}
		})
	}
	all.Wait()
}

func TestTheLogBeginsAnewWhileActsGoOn(t *testing.T) {
	smallLog(t)
	path := path(t)
	s := opened(t, path)
	actsWithoutAPause(t, s, "a", 800)
	if pages := logged(t, path); pages > 1200 {
		t.Errorf("the log grew to %d pages", pages)
	}
	if last := lastVersion(t, s, "a0"); last != 800 {
		t.Errorf("%d entries", last)
	}
}

// Somebody reads at each moment, each of them a moment only.
func TestTheLogBeginsAnewWhileManyRead(t *testing.T) {
	smallLog(t)
	sqlite.LogSizes.Longest = 320
	path := path(t)
	s := opened(t, path)
	appendEntry(t, s, entry("a", 1))
	acting, done := context.WithCancel(t.Context())
	var reading sync.WaitGroup
	for n := range 4 {
		reading.Go(func() {
			time.Sleep(time.Duration(n) * 5 * time.Millisecond)
			for acting.Err() == nil {
				err := s.Read(context.Background(), func(r store.Reader) error {
					_, err := r.Entry(docket.Ref{Stream: "actor/a", Version: 1})
					time.Sleep(20 * time.Millisecond)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	actsWithoutAPause(t, s, "b", 1000)
	done()
	reading.Wait()
	if pages := logged(t, path); pages > 3000 {
		t.Errorf("the log grew to %d pages", pages)
	}
}

// Who reads an old state keeps the log as long as it takes; acts go on, and what they
// wrote is there. When nobody reads it any more, the log begins anew.
func TestWhoReadsAnOldStateHoldsUpNoAct(t *testing.T) {
	smallLog(t)
	path := path(t)
	s := opened(t, path)
	appendEntry(t, s, entry("a", 1))
	err := s.Read(t.Context(), func(r store.Reader) error {
		if _, err := r.Entry(docket.Ref{Stream: "actor/a", Version: 1}); err != nil {
			return err
		}
		actsWithoutAPause(t, s, "b", 200)
		_, err := r.Entry(docket.Ref{Stream: "actor/b0", Version: 1})
		if err == nil {
			t.Error("what came later is in the state that is read")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	long := logged(t, path)
	if long < 300 {
		t.Fatalf("the log is %d pages long: nothing was kept for who reads", long)
	}
	actsWithoutAPause(t, s, "c", 400)
	if pages := logged(t, path); pages > long+300 {
		t.Errorf("the log grew on to %d pages from %d", pages, long)
	}
}

func TestTheLogIsCutBesideWhatMovesIt(t *testing.T) {
	smallLog(t)
	sqlite.LogSizes.Move = 1 // it is moved after each commit
	s := opened(t, path(t))
	done := make(chan struct{})
	go func() {
		defer close(done)
		actsWithoutAPause(t, s, "a", 300)
	}()
	for cut := 0; ; cut++ {
		if err := s.Scrub(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case <-done:
			if cut < 3 {
				t.Errorf("cut %d times", cut)
			}
			return
		default:
		}
	}
}
