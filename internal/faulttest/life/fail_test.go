package main

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/openchancery/chancery/internal/faulttest"
)

// failing is one way in which a disk fails, from one call on.
type failing struct {
	promise int
	what    string
	err     syscall.Errno
	kinds   []faulttest.Kind // of the calls that it may befall
	until   int              // acts have been refused for it; 0: one call alone fails
}

var (
	anyKind = []faulttest.Kind{
		faulttest.Create, faulttest.Mkdir, faulttest.Write, faulttest.Truncate, faulttest.Rename, faulttest.Link, faulttest.Remove, faulttest.Sync,
	}
	taking = []faulttest.Kind{faulttest.Create, faulttest.Mkdir, faulttest.Write, faulttest.Rename, faulttest.Link} // what takes room
	syncs  = []faulttest.Kind{faulttest.Sync}
)

// A call fails. Nothing is acknowledged that a loss of power right afterwards
// would take; reading goes on; a new start finds what is there, and the same
// life comes to its end with no act done twice.
func TestEveryCallFails(t *testing.T) {
	for _, f := range []failing{
		{4, "EIO at one call that writes, names or syncs", syscall.EIO, anyKind, 0},
		{4, "EIO at a sync", syscall.EIO, syncs, 0},
		{4, "EIO at every sync from one on", syscall.EIO, syncs, 1 << 20},
		{3, "ENOSPC at one call that takes room", syscall.ENOSPC, taking, 0},
		{3, "ENOSPC from one call on that takes room, until three acts were refused", syscall.ENOSPC, taking, 3},
	} {
		t.Run(f.what, func(t *testing.T) { f.sweep(t) })
	}
}

func (f failing) sweep(t *testing.T) {
	chance, check, root := faulttest.Chance(t), newChecker(t), ground(t)
	befalls := 0
	whole := traced(t, faulttest.Trace{Root: root, At: func(c faulttest.Call) (none faulttest.Verdict) {
		if slices.Contains(f.kinds, c.Kind) {
			befalls++
		}
		return none
	}})
	tried, survived, refused := 0, 0, 0
	for _, n := range faulttest.Part(chance, befalls, 14) {
		emptied(t, root)
		l := traced(t, f.trace(root, n), "-on")
		if len(l.Failed) == 0 && n > befalls-5 {
			continue // two of its threads write, and not always in as many calls
		}
		tried++
		after := fmt.Sprintf("%s, %v of %d", f.what, l.Failed[0], whole.Calls)
		good := f.behaved(t, after, l)
		good = check.survived(after, root, l.told) && good
		// The disk as it is when the power goes at the end: a sync that failed
		// has made nothing durable.
		power := faulttest.NewPower()
		must(t, power.Play(l.Ops...))
		emptied(t, root)
		must(t, power.Cut(root, faulttest.Nothing, chance))
		if good = check.survived(after+", and then the power went", root, l.told) && good; good {
			survived++
		}
		if slices.ContainsFunc(l.told, func(t told) bool { return t.Refused != "" }) {
			refused++
		}
	}
	t.Logf("acts were refused in %d of %d lives", refused, tried)
	faulttest.Tried(t, f.promise, f.what, tried, survived)
}

// trace makes the n-th call fail that it may befall, and those that follow while
// the disk is as it is.
func (f failing) trace(root string, n int) faulttest.Trace {
	met, refused := 0, 0
	return faulttest.Trace{
		Root: root, Record: true,
		At: func(c faulttest.Call) (v faulttest.Verdict) {
			if slices.Contains(f.kinds, c.Kind) {
				if met++; met == n || met > n && refused < f.until {
					v.Err = f.err
				}
			}
			return v
		},
		Heard: func(said string) { refused += strings.Count(said, `"refused"`) },
	}
}

// behaved reports whether a life went on as it may after a call that failed.
func (f failing) behaved(t *testing.T, after string, l lived) bool {
	t.Helper()
	wrong := func(format string, values ...any) bool {
		t.Errorf("%s: "+format, append([]any{after}, values...)...)
		return false
	}
	if l.Code != 0 && l.Code != 1 || strings.Contains(l.errs, "panic") || strings.Contains(l.errs, "goroutine ") {
		return wrong("exit code %d\n%s", l.Code, l.errs)
	}
	for _, one := range l.told {
		if one.Reads != "" {
			return wrong("%s was refused (%s), and then nothing can be read: %s", one.Act, one.Why, one.Reads)
		}
	}
	if f.err == syscall.ENOSPC {
		if missing := neverDone(l, f.until); len(missing) > 0 {
			return wrong("there is room again, and in the same process these acts are still refused:\n%s", strings.Join(missing, "\n"))
		}
	}
	return true
}

// neverDone are the acts that were refused, also at the second try, when there
// was room again: so many had been refused before.
func neverDone(l lived, until int) (list []string) {
	refused := 0
	for _, one := range l.told {
		switch {
		case one.Refused != "" && !one.Again:
			refused++
		case one.Refused != "" && refused >= until:
			list = append(list, one.Act+": "+one.Why)
		}
	}
	return list
}
