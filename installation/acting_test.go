package installation

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/sqlite"
)

// whoIsSeen are the places of those who act, each with what it says.
func whoIsSeen(t *testing.T, s store.Store) string {
	t.Helper()
	var list []string
	err := s.Read(context.Background(), func(r store.Reader) error {
		holders, err := r.Holders(actingLease)
		for _, name := range slices.Sorted(maps.Keys(holders)) {
			list = append(list, strings.TrimPrefix(name, actingLease)+" "+holders[name])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, ", ")
}

// Each process that acts has a place of its own: two of one machine, one that was
// stopped for so long that another took its place, one whose machine is renamed.
func TestEachWhoActsIsSeenByItself(t *testing.T) {
	ctx := context.Background()
	s, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "chancery.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	act := func(i *Installation, says, want string) {
		t.Helper()
		if err := i.appear(ctx, says); err != nil {
			t.Fatal(err)
		}
		if i.present.all, err = takeMachine(ctx, s, severalMachines); err != nil {
			t.Fatal(err)
		}
		if got := whoIsSeen(t, s); got != want {
			t.Errorf("seen: %s, want %s", got, want)
		}
	}
	a, b, c := &Installation{store: s}, &Installation{store: s}, &Installation{store: s}
	act(a, "a", "1 a")
	act(b, "b", "1 a, 2 b")
	act(a, "a", "1 a, 2 b")
	if err := s.FreeLease(ctx, a.present.place); err != nil { // it was stopped, and that ran out
		t.Fatal(err)
	}
	act(c, "c", "1 c, 2 b")
	act(a, "a", "1 c, 2 b, 3 a")
	act(b, "b renamed", "1 c, 3 a, 4 b renamed")

	holder := func(want string) {
		t.Helper()
		err := s.Read(ctx, func(r store.Reader) error {
			got, err := r.Holder(machineLease)
			if got != want {
				t.Errorf("%q has the installation, want %q", got, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []*Installation{b, a, a} { // closed twice is closed
		i.leave()
		holder(severalMachines)
	}
	if got := whoIsSeen(t, s); got != "1 c" {
		t.Errorf("seen: %s", got)
	}
	c.leave()
	holder("")
}
