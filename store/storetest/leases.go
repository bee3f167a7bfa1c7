package storetest

import (
	"context"
	"errors"
	"fmt"
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
	{"who holds leases of one kind is told, and who held one that ended is not", leaseHolders},
	{"a lease is given back with an act, or not at all", leaseFreed},
	{"who leaves as the last gives back what all hold, and not while another has come", leaseOfAll},
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

// holders holds what is said of who has leases of one kind.
func holders(t *testing.T, s store.Store, prefix string, want map[string]string) {
	t.Helper()
	err := s.Read(context.Background(), func(r store.Reader) error {
		got, err := r.Holders(prefix)
		same(t, got, want)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func leaseHolders(t *testing.T, s store.Store) {
	take := func(name, holder string, lasts time.Duration) store.Lease {
		t.Helper()
		l, err := s.TakeLease(context.Background(), name, holder, lasts)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	holders(t, s, "acting ", map[string]string{})
	first := take("acting 1", "a", time.Minute)
	take("acting 2", "b", time.Millisecond)
	take("acting 10", "c", time.Minute)
	take("actin_", "d", time.Minute)
	take("acting", "e", time.Minute)
	time.Sleep(20 * time.Millisecond)
	holders(t, s, "acting ", map[string]string{"acting 1": "a", "acting 10": "c"})
	if err := s.FreeLease(context.Background(), first); err != nil {
		t.Fatal(err)
	}
	holders(t, s, "acting ", map[string]string{"acting 10": "c"})
	holders(t, s, "%", map[string]string{})
}

func leaseFreed(t *testing.T, s store.Store) {
	l := takenLease(t, s, "a")
	refused(t, s, store.ErrNone, func(tx store.Tx) error { return errors.Join(tx.Free(l), store.ErrNone) })
	isHolder(t, s, "a")
	write(t, s, func(tx store.Tx) error { return tx.Free(store.Lease{Name: l.Name, Holder: "b", Token: l.Token}) })
	isHolder(t, s, "a")
	write(t, s, func(tx store.Tx) error {
		if err := tx.Free(l); err != nil {
			return err
		}
		got, err := tx.Holders(sequencer)
		same(t, got, map[string]string{}) // the act itself sees it
		return err
	})
	isHolder(t, s, "")
}

// leaseOfAll: many hold a lease by one name, each with a lease of its own to be seen by.
// Who leaves and sees no other gives back what all hold. Whoever wants it for itself
// gets it when nobody is there, and never while somebody is.
func leaseOfAll(t *testing.T, s store.Store) {
	const all, rounds = "all", 20
	ctx := context.Background()
	var there, left atomic.Int64
	comeAndGo := func(n int) error {
		mine, err := s.TakeLease(ctx, fmt.Sprintf("there %d", n), "one", time.Minute)
		if err != nil {
			return err
		}
		ours, err := s.TakeLease(ctx, all, "several", time.Minute)
		if err == nil {
			there.Add(1)
			time.Sleep(time.Duration(n) * time.Millisecond)
			there.Add(-1)
		} else if !errors.Is(err, store.ErrHeld) {
			return err
		}
		for {
			err := s.Write(ctx, func(tx store.Tx) error {
				if err := tx.Free(mine); err != nil {
					return err
				}
				others, err := tx.Holders("there ")
				if err != nil || len(others) > 0 {
					return err
				}
				return tx.Free(ours)
			})
			if !errors.Is(err, store.ErrAgain) {
				return err
			}
		}
	}
	var group sync.WaitGroup
	for n := range 4 {
		group.Go(func() {
			defer left.Add(1)
			for range rounds {
				if err := comeAndGo(n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	alone := 0
	for left.Load() < 4 {
		l, err := s.TakeLease(ctx, all, "alone", time.Minute)
		if err == nil {
			alone++
			time.Sleep(time.Millisecond)
			if n := there.Load(); n > 0 {
				t.Errorf("it was got while %d were there", n)
			}
			err = s.FreeLease(ctx, l)
		}
		if err != nil && !errors.Is(err, store.ErrHeld) {
			t.Fatal(err)
		}
	}
	group.Wait()
	if l, err := s.TakeLease(ctx, all, "alone", time.Minute); errors.Is(err, store.ErrHeld) {
		// Two who left in the same moment may each have seen the other: it runs out.
		t.Logf("nobody gave it back: %v", err)
	} else if err != nil {
		t.Fatal(err)
	} else if err := s.FreeLease(ctx, l); err != nil {
		t.Fatal(err)
	}
	t.Logf("it was got %d times when nobody was there", alone)
}
