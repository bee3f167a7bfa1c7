package life_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/simulate/life"
)

var (
	yearsInAll = flag.Int("years", newYears, "how many years TestNewLives plays in all")
	firstSeed  = flag.Uint64("seed", 0, "the first seed of TestNewLives; 0: new ones")
)

// yearsALife is how long each of the new lives is.
const yearsALife = 5

func played(t *testing.T, seed uint64, years int) *life.Life {
	t.Helper()
	l, err := life.Play(t.Context(), life.Options{Seed: seed, Years: years})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A seed gives the same life: the same answers in the same order, to the same
// tree head.
func TestASeedReplaysExactly(t *testing.T) {
	first, again := played(t, 7, replayedYears), played(t, 7, replayedYears)
	if first.Head != again.Head || !slices.Equal(first.Answers, again.Answers) || first.Summary != again.Summary {
		t.Errorf("first %s after %d answers, then %s after %d", first.Head, len(first.Answers), again.Head, len(again.Answers))
		for i := range min(len(first.Answers), len(again.Answers)) {
			if first.Answers[i] != again.Answers[i] {
				t.Fatalf("first %s\nthen %s", first.Answers[i], again.Answers[i])
			}
		}
	}
	if other := played(t, 8, 1); other.Head == first.Head {
		t.Error("another seed gives the same tree head")
	}
}

// New lives are played every time, on all cores. The seed of one that fails is
// printed with its shortest story and a command that plays it again.
func TestNewLives(t *testing.T) {
	seed := *firstSeed
	if seed == 0 {
		seed = uint64(rand.Uint32())
	}
	var (
		mu    sync.Mutex
		sum   life.Summary
		next  = seed
		ended = seed + uint64((*yearsInAll+yearsALife-1)/yearsALife)
		lives sync.WaitGroup
	)
	begin := time.Now()
	for range runtime.GOMAXPROCS(0) {
		lives.Go(func() {
			for {
				mu.Lock()
				at := next
				next++
				stop := at >= ended || t.Failed()
				mu.Unlock()
				if stop {
					return
				}
				s := newLife(t, at)
				mu.Lock()
				sum.Add(s)
				mu.Unlock()
			}
		})
	}
	lives.Wait()
	fmt.Printf("simulation: seeds %d to %d, %d years: %d acts tried, %d refused, %d misdeeds refused, %d repeats, %d crashes survived, %d faults survived, %d clock jumps, %d entries and %d invariants checked, %v\n",
		seed, ended-1, sum.Years, sum.Acts, sum.Refused, sum.Misdeeds, sum.Repeats, sum.Crashes, sum.Faults, sum.Jumps, sum.Entries, sum.Checks, time.Since(begin).Round(time.Second))
}

func newLife(t *testing.T, seed uint64) life.Summary {
	o := life.Options{Seed: seed, Years: yearsALife}
	l, err := life.Play(t.Context(), o)
	if f, ok := errors.AsType[*life.Failure](err); ok {
		short, err := life.Shrink(t.Context(), o, f, time.Minute)
		t.Errorf("%v\nthe shortest story of it (%v):\n%s", f, err, strings.Join(short.Story, "\n"))
		return life.Summary{}
	}
	if err != nil {
		t.Error(err)
		return life.Summary{}
	}
	return l.Summary
}
