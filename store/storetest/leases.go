package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openchancery/chancery/store"
)

var leases = []test{
	{"one holds a lease, and renews it under the same token", leaseHeld},
	{"a lease that ended is taken under a higher token, and the first holder has lost it", leaseEnds},
	{"of many who ask at once one gets it", leaseRace},
	{"an act of who lost a lease leaves nothing", leaseFences},
	{"the lease of something that is gone is nobody's", leaseDropped},
}

const sequencer = "sequencer"

// taken takes a lease for long enough.
func takenLease(t *testing.T, s store.Store, holder string) store.Lease {
	t.Helper()
	l, err := s.TakeLease(context.Background(), sequencer, holder, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func held(t *testing.T, s store.Store, l store.Lease, want error) {
	t.Helper()
	err := s.Read(context.Background(), func(r store.Reader) error { return r.Held(l) })
	if !errors.Is(err, want) {
		t.Errorf("%+v: %v, want %v", l, err, want)
	}
}

func heldByAnother(t *testing.T, s store.Store, holder string) {
	t.Helper()
	if l, err := s.TakeLease(context.Background(), sequencer, holder, time.Minute); !errors.Is(err, store.ErrHeld) {
		t.Errorf("%s took what another holds: %+v, %v", holder, l, err)
	}
}

// isHolder holds what is said of who has the lease.
func isHolder(t *testing.T, s store.Store, want string) {
	t.Helper()
	err := s.Read(context.Background(), func(r store.Reader) error {
		got, err := r.Holder(sequencer)
		if got != want {
			t.Errorf("%q holds it, want %q", got, want)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func leaseHeld(t *testing.T, s store.Store) {
	isHolder(t, s, "")
	first := takenLease(t, s, "a")
	isHolder(t, s, "a")
	heldByAnother(t, s, "b")
	same(t, takenLease(t, s, "a"), first)
	held(t, s, first, nil)
	if _, err := s.TakeLease(context.Background(), "another", "b", time.Minute); err != nil {
		t.Error(err)
	}
	for range 2 { // given back twice is given back
		if err := s.FreeLease(context.Background(), first); err != nil {
			t.Fatal(err)
		}
	}
	isHolder(t, s, "")
	second := takenLease(t, s, "b")
	if second.Token <= first.Token {
		t.Errorf("%+v after %+v", second, first)
	}
	held(t, s, first, store.ErrLost)
	if err := s.FreeLease(context.Background(), first); err != nil { // it isn't this one's to give back
		t.Fatal(err)
	}
	heldByAnother(t, s, "a")
}

// leaseDropped drops a lease of something that is gone.
func leaseDropped(t *testing.T, s store.Store) {
	first := takenLease(t, s, "a")
	write(t, s, func(tx store.Tx) error { return tx.DropLeases(sequencer, "another") })
	held(t, s, first, store.ErrLost)
	isHolder(t, s, "")
	second := takenLease(t, s, "b")
	held(t, s, second, nil)
	held(t, s, first, store.ErrLost)
}

func leaseEnds(t *testing.T, s store.Store) {
	short := func(holder string) (store.Lease, error) {
		return s.TakeLease(context.Background(), sequencer, holder, 50*time.Millisecond)
	}
	first, err := short("a")
	if err != nil {
		t.Fatal(err)
	}
	var second store.Lease
	for begin := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if second, err = short("b"); err == nil {
			break
		}
		if !errors.Is(err, store.ErrHeld) || time.Since(begin) > time.Minute {
			t.Fatal(err)
		}
	}
	if second.Token != first.Token+1 {
		t.Errorf("%+v after %+v", second, first)
	}
	held(t, s, first, store.ErrLost)
	time.Sleep(100 * time.Millisecond)
	held(t, s, second, nil) // nobody has taken it since
	again, err := short("b")
	if err != nil || again.Token != second.Token+1 {
		t.Errorf("it ended in between, so that it is another taking: %+v, %v", again, err)
	}
}

func leaseRace(t *testing.T, s store.Store) {
	for round := range 5 {
		var got atomic.Int64
		var group sync.WaitGroup
		var winner store.Lease
		for n := range 8 {
			group.Go(func() {
				l, err := s.TakeLease(context.Background(), sequencer, string(rune('a'+n)), time.Minute)
				switch {
				case err == nil:
					got.Add(1)
					winner = l
				case !errors.Is(err, store.ErrHeld):
					t.Error(err)
				}
			})
		}
		group.Wait()
		if got.Load() != 1 || winner.Token != int64(round+1) {
			t.Fatalf("%d took it; %+v", got.Load(), winner)
		}
		if err := s.FreeLease(context.Background(), winner); err != nil {
			t.Fatal(err)
		}
	}
}

func leaseFences(t *testing.T, s store.Store) {
	first := takenLease(t, s, "a")
	write(t, s, func(tx store.Tx) error {
		if err := tx.Hold(first); err != nil {
			return err
		}
		return tx.Append(entry("actor/a", 1))
	})
	if err := s.FreeLease(context.Background(), first); err != nil {
		t.Fatal(err)
	}
	second := takenLease(t, s, "b")
	refused(t, s, store.ErrLost, func(tx store.Tx) error {
		if err := tx.Hold(first); err != nil {
			return err
		}
		return tx.Append(entry("actor/b", 1))
	})
	refused(t, s, store.ErrLost, func(tx store.Tx) error { return tx.Hold(store.Lease{Name: "none", Holder: "b", Token: second.Token}) })
	write(t, s, func(tx store.Tx) error { return tx.Hold(second) })
}
