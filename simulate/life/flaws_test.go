//go:build flaws

package life_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

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
