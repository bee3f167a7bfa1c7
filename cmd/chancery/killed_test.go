package main

import (
	"errors"
	"testing"

	"github.com/openchancery/chancery/internal/faulttest"
)

// calls runs a command and counts the calls by which it changes files below a
// folder, or syncs them.
func (b binary) calls(t *testing.T, dir string, args ...string) int {
	t.Helper()
	return b.traced(t, faulttest.Trace{Root: dir}, args...).Calls
}

// killedAt runs a command that is killed at the n-th of these calls; false where
// it came to its end in fewer.
func (b binary) killedAt(t *testing.T, dir string, n int, args ...string) (at faulttest.Call, killed bool) {
	t.Helper()
	ran := b.traced(t, faulttest.Trace{Root: dir, At: func(c faulttest.Call) faulttest.Verdict {
		return faulttest.Verdict{Kill: c.Number == n}
	}}, args...)
	return ran.Killed, ran.Killed.Number > 0
}

func (b binary) traced(t *testing.T, trace faulttest.Trace, args ...string) faulttest.Ran {
	t.Helper()
	ran, err := trace.Run(b.command(trace.Root, args...))
	if errors.Is(err, faulttest.ErrNotHere) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ran
}
