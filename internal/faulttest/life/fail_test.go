package main

import (
	"fmt"
	"math/rand/v2"
	"os"
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
	acts    bool             // of the files alone into which acts are written
}

// befalls reports whether a call may fail so.
func (f failing) befalls(c faulttest.Call) bool {
	_, act := unknowns[c.Path]
	return slices.Contains(f.kinds, c.Kind) && (act || !f.acts)
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
		{4, "EIO at one call that writes, names or syncs", syscall.EIO, anyKind, 0, false},
		{4, "EIO at a sync", syscall.EIO, syncs, 0, false},
		{4, "EIO at a sync of what acts and heads are written into", syscall.EIO, syncs, 0, true},
		{4, "EIO at every sync from one on", syscall.EIO, syncs, 1 << 20, false},
		{3, "ENOSPC at one call that takes room", syscall.ENOSPC, taking, 0, false},
		{3, "ENOSPC from one call on that takes room, until three acts were refused", syscall.ENOSPC, taking, 3, false},
	} {
		t.Run(f.what, func(t *testing.T) { f.sweep(t) })
	}
}

func (f failing) sweep(t *testing.T) {
	chance, check, root := faulttest.Chance(t), newChecker(t), ground(t)
	var befalls []faulttest.Call
	traced(t, faulttest.Trace{Root: root, At: func(c faulttest.Call) (none faulttest.Verdict) {
		if f.befalls(c) {
			befalls = append(befalls, c)
		}
		return none
	}})
	tried, survived, refused, stops := 0, 0, 0, map[string]int{}
	for _, n := range faulttest.OfEach(chance, befalls, 9) {
		emptied(t, root)
		l := traced(t, f.trace(root, n), "-on")
		if len(l.Failed) == 0 && n > len(befalls)-racing {
			continue
		}
		tried++
		after := fmt.Sprintf("%s, %v", f.what, l.Failed[0])
		good := f.behaved(t, after, l)
		if code := f.stopped(l); strings.HasPrefix(code, "wrong") {
			t.Errorf("%s: %s", after, code)
			good = false
		} else if code != "" {
			stops[code]++
		}
		if f.survives(t, check, after, root, l, chance) && good {
			survived++
		}
		if slices.ContainsFunc(l.told, func(t told) bool { return t.Refused != "" }) {
			refused++
		}
	}
	t.Logf("acts were refused in %d of %d lives; it was not known what is on disk, and no more were taken: %v", refused, tried, stops)
	faulttest.Tried(t, f.promise, f.what, tried, survived)
}

// survives lets the next process go on from what the system shows of the files,
// and takes the power: once at the end of the first process, once at the end of
// the second. A sync that failed has made nothing durable by then.
func (f failing) survives(t *testing.T, check checker, after, root string, l lived, chance *rand.Rand) bool {
	t.Helper()
	power := faulttest.NewPower()
	must(t, power.Play(l.Ops...))
	// An installation knows its own paths: the one that lives on steps aside.
	aside := root + ".aside"
	must(t, os.Rename(root, aside))
	emptied(t, root)
	must(t, power.Cut(root, faulttest.Nothing, chance))
	good := check.survived(after+", and then the power went", root, l.told)
	must(t, os.RemoveAll(root))
	must(t, os.Rename(aside, root))
	if len(l.told) == 0 { // whoever was to have it makes it again
		return check.survived(after, root, nil) && good
	}
	next := traced(t, faulttest.Trace{Root: root, Record: true}, "-told", l.said)
	if next.Code != 0 {
		t.Errorf("%s, and started again: %s", after, next.errs)
		return false
	}
	must(t, power.Play(next.Ops...))
	emptied(t, root)
	must(t, power.Cut(root, faulttest.Nothing, chance))
	return check.survived(after+", started again, and then the power went", root, append(l.told, next.told...)) && good
}

// The files whose failed sync leaves open what is on disk, what is refused from
// then on, and how.
var unknowns = map[string]struct {
	code string
	acts []string
}{
	"register/chancery.db-wal":      {"store.state-unknown", []string{"programme", "single 0", "single 1", "single 2", "batch", "withdrawn", "recorded", "at once"}},
	"register.keys/keystore.db-wal": {"vault.state-unknown", []string{"single 0", "single 1", "single 2", "batch", "at once"}},
	"register.heads/leaves":         {"tlog.unsynced", []string{"published 1", "published 2"}},
	"register.heads/heads":          {"tlog.unsynced", []string{"published 1", "published 2"}},
}

// stopped is the code with which a life was refused everything after a sync of
// which it isn't known what it left; "" if there was none, and "wrong" with what
// was taken all the same.
func (f failing) stopped(l lived) string {
	at := slices.IndexFunc(l.Ops, func(op faulttest.Op) bool { return op.Kind == faulttest.Sync && op.Err != 0 })
	if at < 0 {
		return ""
	}
	unknown := unknowns[l.Ops[at].Path]
	acts, err := toldIn(l.Ops[at:])
	acts = slices.DeleteFunc(acts, func(t told) bool { return t.Act == "seen" })
	refuses := func(t told) bool {
		return slices.ContainsFunc(unknown.acts, func(act string) bool { return strings.HasPrefix(t.Act, act) })
	}
	if err != nil || len(acts) < 2 || acts[0].Refused == "" || !refuses(acts[0]) {
		return "" // it befell no act, or the end of one that stands
	}
	for _, later := range acts[1:] {
		if strings.HasPrefix(acts[0].Act, "at once") && strings.HasPrefix(later.Act, "at once") && !later.Again {
			continue // it may have been done when the other one was refused
		}
		filed := strings.HasPrefix(later.Act, "claim ") && slices.Contains(unknown.acts, "batch")
		refused := later.Refused == unknown.code || later.Refused == "programme.none" || later.Refused != "" && f.until > 0 // another sync may fail first
		if filed || refuses(later) && !refused {
			return fmt.Sprintf("wrong: after %s, %s: %+v", l.Ops[at].Path, acts[0].Why, later)
		}
	}
	return unknown.code
}

// trace makes the n-th call fail that it may befall, and those that follow while
// the disk is as it is.
func (f failing) trace(root string, n int) faulttest.Trace {
	met, refused := 0, 0
	return faulttest.Trace{
		Root: root, Record: true,
		At: func(c faulttest.Call) (v faulttest.Verdict) {
			if f.befalls(c) {
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
