//go:build flaws

package life_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/simulate/life"
)

// mostSeeds is how many lives of so many years a mistake may survive.
const (
	mostSeeds   = 40
	flawedYears = 3
)

// Each deliberate mistake is found. The table says after how many seeds and
// acts, and by which invariant.
func TestFlawsAreFound(t *testing.T) {
	t.Cleanup(func() { flaw.Choose("") })
	rows := []string{fmt.Sprintf("| %-19s | %5s | %5s | %5s | %s", "variant", "seeds", "acts", "step", "the invariant that broke")}
	for _, name := range flaw.All() {
		flaw.Choose(name)
		found, acts := false, int64(0)
		for seed := uint64(1); seed <= mostSeeds && !found; seed++ {
			l, err := life.Play(t.Context(), life.Options{Seed: seed, Years: flawedYears})
			f, broke := errors.AsType[*life.Failure](err)
			switch {
			case broke:
				acts += f.Acts
				rows = append(rows, fmt.Sprintf("| %-19s | %5d | %5d | %5d | %s", name, seed, acts, f.Step, f.Invariant))
				t.Logf("%s: %v", name, f)
				found = true
			case err != nil:
				t.Fatalf("%s, seed %d: %v", name, seed, err)
			default:
				acts += l.Summary.Acts
			}
		}
		if !found {
			t.Errorf("%s: not found in %d lives of %d years (%d acts)", name, mostSeeds, flawedYears, acts)
		}
	}
	fmt.Println(strings.Join(rows, "\n"))
}

// A failure comes again as it was, and shrinks to a story that a person reads.
func TestAFailureReplaysAndShrinks(t *testing.T) {
	t.Cleanup(func() { flaw.Choose("") })
	flaw.Choose(flaw.OneForTwo)
	o := life.Options{Seed: 1, Years: flawedYears}
	_, err := life.Play(t.Context(), o)
	f, broke := errors.AsType[*life.Failure](err)
	if !broke {
		t.Fatalf("nothing broke: %v", err)
	}
	_, err = life.Play(t.Context(), o)
	if again, broke := errors.AsType[*life.Failure](err); !broke || again.Error() != f.Error() || strings.Join(again.Story, "\n") != strings.Join(f.Story, "\n") {
		t.Errorf("first %v\nthen %v", f, err)
	}
	short, err := life.Shrink(t.Context(), o, f, time.Minute)
	if err != nil || short.Invariant != f.Invariant || len(short.Kept) > 5 {
		t.Errorf("%d steps are left of %d: %v, %v", len(short.Kept), f.Step, short, err)
	}
	// Who breaks the search off has what was found until then.
	ended, end := context.WithCancel(t.Context())
	end()
	if found, err := life.Shrink(ended, o, f, time.Minute); err == nil || found == nil || found.Invariant != f.Invariant {
		t.Errorf("broken off: %v, %v", found, err)
	}
	o.Only = short.Kept
	_, err = life.Play(t.Context(), o)
	if again, broke := errors.AsType[*life.Failure](err); !broke || again.Invariant != f.Invariant {
		t.Errorf("its steps alone: %v", err)
	}
	t.Logf("of %d steps %d are left:\n%s", f.Step, len(short.Kept), strings.Join(short.Story, "\n"))
}
