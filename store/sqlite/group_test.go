package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/sqlite"
)

var errRefused = errors.New("refused")

// Acts that come at once share a transaction. One that is refused, finds its
// place taken, or is given up, takes nothing of another's with it, and leaves
// nothing of its own.
func TestEachOfManyActsAtOnceHasItsOwnAnswer(t *testing.T) {
	const acts = 400
	path := filepath.Join(t.TempDir(), "chancery.db")
	s := opened(t, path)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	answers := make([]error, acts)
	var all sync.WaitGroup
	for n := range acts {
		all.Go(func() {
			ctx := context.Background()
			answers[n] = s.Write(ctx, func(tx store.Tx) error {
				switch err := tx.Append(entry(fmt.Sprint("act-", n), 1)); {
				case err != nil:
					return err
				case n%4 == 1:
					return errRefused
				case n%4 == 2: // the same place for all of them
					return tx.Append(entry("one-place", 1))
				case n%4 == 3:
					_, err := tx.Entry(docket.Ref{Stream: "actor/nobody", Version: 1})
					return err
				}
				return nil
			})
			if n%4 == 0 && s.Write(gone, func(store.Tx) error { return nil }) == nil {
				t.Error("an act of an asker who was gone was done")
			}
		})
	}
	all.Wait()
	taken := 0
	again := readable(t, path)
	for n, err := range answers {
		_, found := entryOf(t, again, fmt.Sprint("act-", n))
		switch {
		case n%4 == 0 && (err != nil || !found):
			t.Errorf("act %d: %v, there: %t", n, err, found)
		case n%4 == 1 && (!errors.Is(err, errRefused) || found):
			t.Errorf("refused act %d: %v, there: %t", n, err, found)
		case n%4 == 2 && err == nil && found:
			taken++
		case n%4 == 2 && (!errors.Is(err, store.ErrTaken) || found):
			t.Errorf("act %d without a place: %v, there: %t", n, err, found)
		case n%4 == 3 && (!errors.Is(err, store.ErrNone) || found):
			t.Errorf("act %d that found nothing: %v, there: %t", n, err, found)
		}
	}
	if taken != 1 {
		t.Errorf("%d acts took one place", taken)
	}
}

// readable is another connection to the same file, which sees what is committed.
func readable(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func entryOf(t *testing.T, s *sqlite.Store, id string) (e docket.Entry, found bool) {
	t.Helper()
	err := s.Read(context.Background(), func(r store.Reader) (err error) {
		e, err = r.Entry(docket.Ref{Stream: docket.Stream("actor/" + id), Version: 1})
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNone) {
		t.Fatal(err)
	}
	return e, err == nil
}

// An act that panics takes what shares its transaction with it, and nobody is
// told that it was done.
func TestNobodysActIsDoneByATransactionThatPanicked(t *testing.T) {
	const acts = 200
	path := filepath.Join(t.TempDir(), "chancery.db")
	s := opened(t, path)
	answers := make([]error, acts)
	undone := 0
	for round := 0; round < 20 && undone == 0; round++ {
		var all sync.WaitGroup
		for n := range acts {
			all.Go(func() {
				answers[n] = errRefused
				defer func() { _ = recover() }()
				answers[n] = s.Write(context.Background(), func(tx store.Tx) error {
					if n%40 == 39 {
						panic("a mistake in an act")
					}
					return tx.Append(entry(fmt.Sprintf("act-%d-%d", round, n), 1))
				})
			})
		}
		all.Wait()
		for n, err := range answers {
			_, found := entryOf(t, readable(t, path), fmt.Sprintf("act-%d-%d", round, n))
			if found != (err == nil) {
				t.Fatalf("round %d, act %d: %v, there: %t", round, n, err, found)
			}
			if errors.Is(err, store.ErrAgain) {
				undone++
			}
		}
	}
	if undone == 0 {
		t.Error("no act shared a transaction with one that panicked")
	}
}
