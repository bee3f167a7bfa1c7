package main

import (
	"testing"

	"github.com/openchancery/chancery/internal/faulttest"
)

// A process is killed at each call by which a life changes a file or syncs one.
// Whatever it was, the next one opens, verifies, holds each act that was
// acknowledged once, and lives the same life to its end with no act done twice.
func TestKilledAtEveryCall(t *testing.T) {
	chance, check, root := faulttest.Chance(t), newChecker(t), ground(t)
	whole := traced(t, faulttest.Trace{Root: root})
	if whole.Code != 0 || len(whole.told) != all+7 {
		t.Fatalf("undisturbed: exit code %d, %d acts told\n%s", whole.Code, len(whole.told), whole.errs)
	}
	check.survived("nobody touched it", root, whole.told)
	tried, survived, acknowledged := 0, 0, map[int]bool{}
	for _, n := range faulttest.Part(chance, whole.Calls, 40) {
		emptied(t, root)
		l := traced(t, faulttest.Trace{Root: root, At: func(c faulttest.Call) faulttest.Verdict {
			return faulttest.Verdict{Kill: c.Number == n}
		}})
		if l.Killed.Number == 0 && n > whole.Calls-5 {
			continue // two of its threads write, and not always in as many calls
		}
		tried++
		acknowledged[len(l.told)] = true
		if check.survived(l.Killed, root, l.told) {
			survived++
		}
	}
	// Most of the calls make the installation and publish at the end, so that a
	// draw of forty meets eight to twelve of the acts' moments.
	if len(acknowledged) < 5 {
		t.Errorf("only %d different moments were met of %d calls: %v", len(acknowledged), whole.Calls, acknowledged)
	}
	faulttest.Tried(t, 1, "SIGKILL at every call that changes or syncs a file, from init over intake to the published log", tried, survived)
}
