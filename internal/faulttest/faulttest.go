// Package faulttest does to programs and their files what machines do to them:
// it stops a program at a call to the system, fails such a call, takes the
// power away so that only what was synced is left, and damages bytes that
// rest. It knows nothing of what it is done to; the sweeps beside it do.
package faulttest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"
)

// ErrNotHere says that programs can't be traced on this system.
var ErrNotHere = errors.New("programs are traced on Linux on amd64 alone, where tracing is allowed")

// The environment of the sweeps: All makes them go through every case, Seed
// repeats the choice of an earlier run.
const (
	All  = "CHANCERY_FAULTS"
	Seed = "CHANCERY_FAULTS_SEED"
)

// Whole reports whether every case is to be tried, as make faults does; else a
// seeded part of them is.
func Whole() bool { return os.Getenv(All) == "all" }

// Chance is a source of choices that can be had again: its seed is in the
// test's log.
func Chance(t testing.TB) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(Seed); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s: %v", Seed, err)
		}
	}
	t.Logf("seed: %s=%d", Seed, seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// Part are the numbers from 1 to n to be tried: all of them in a whole sweep,
// else so many, spread over the range by chance, the first and the last among
// them.
func Part(chance *rand.Rand, n, most int) []int {
	var list []int
	if Whole() || n <= most {
		for i := range n {
			list = append(list, i+1)
		}
		return list
	}
	for i := range most { // one of each stretch
		from, to := i*n/most, (i+1)*n/most
		list = append(list, 1+from+chance.IntN(to-from))
	}
	list[0], list[most-1] = 1, n
	return list
}

// OfEach are the numbers of the calls to be tried, counted from 1: all of them in
// a whole sweep, else so many, on as many different files as chance finds.
func OfEach(chance *rand.Rand, calls []Call, most int) (list []int) {
	if Whole() || len(calls) <= most {
		return Part(chance, len(calls), len(calls))
	}
	digits := regexp.MustCompile(`[0-9a-f]{16,}|[0-9]+`)
	for met := map[string]bool{}; len(list) < most; {
		n := chance.IntN(len(calls))
		file := string(calls[n].Kind) + digits.ReplaceAllString(calls[n].Path, "#")
		if slices.Contains(list, n+1) || met[file] && chance.IntN(8) > 0 {
			continue
		}
		met[file] = true
		list = append(list, n+1)
	}
	slices.Sort(list)
	return list
}

// Tried prints what a sweep came to, in a line that a script can read: how
// many faults were done, and how many were survived as the promise says.
func Tried(t testing.TB, promise int, what string, tried, survived int) {
	t.Helper()
	fmt.Printf("faults: promise=%d what=%q tried=%d survived=%d\n", promise, what, tried, survived)
	if survived < tried || tried == 0 {
		t.Errorf("%s: %d of %d faults were survived", what, survived, tried)
	}
}
