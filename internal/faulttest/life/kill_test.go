package main

import (
	"maps"
	"slices"
	"testing"

	"github.com/openchancery/chancery/internal/faulttest"
)

// A process is killed at each call by which a life changes a file or syncs one.
// Whatever it was, the next one opens, verifies, holds each act that was
// acknowledged once, and lives the same life to its end with no act done twice.
func TestKilledAtEveryCall(t *testing.T) {
	chance, check, root := faulttest.Chance(t), newChecker(t), ground(t)
	whole := traced(t, faulttest.Trace{Root: root})
	if whole.Code != 0 || len(acknowledged(whole.told)) != all+8 {
		t.Fatalf("undisturbed: exit code %d, %d acts told\n%s", whole.Code, len(whole.told), whole.errs)
	}
	check.survived("nobody touched it", root, whole.told)
	tried, survived, met := 0, 0, map[int]bool{}
	told := map[int]int{} // by call
	kill := func(n int) {
		emptied(t, root)
		l := traced(t, faulttest.Trace{Root: root, At: func(c faulttest.Call) faulttest.Verdict {
			return faulttest.Verdict{Kill: c.Number == n}
		}})
		told[n] = len(l.told)
		if l.Killed.Number == 0 && n > whole.Calls-racing {
			return
		}
		tried++
		met[len(l.told)] = true
		if check.survived(l.Killed, root, l.told) {
			survived++
		}
	}
	for _, n := range faulttest.Part(chance, whole.Calls, 40) {
		kill(n)
	}
	// Most of the calls come before the first act or after the last one. Where the
	// draw met few of the moments between, more are tried between those it met.
	for more := 0; len(met) < 10 && more < 30; more++ {
		kill(between(told))
	}
	if len(met) < 10 {
		t.Errorf("only %d different moments were met of %d calls: %v", len(met), whole.Calls, met)
	}
	faulttest.Tried(t, 1, "SIGKILL at every call that changes or syncs a file, from init over intake to the published log", tried, survived)
}

// between is the call in the middle of the widest stretch between two calls by
// which different numbers of acts were told.
func between(told map[int]int) int {
	calls := slices.Sorted(maps.Keys(told))
	middle, widest := calls[0], 0
	for i := 1; i < len(calls); i++ {
		from, to := calls[i-1], calls[i]
		if told[from] != told[to] && to-from > widest {
			middle, widest = (from+to)/2, to-from
		}
	}
	return middle
}
