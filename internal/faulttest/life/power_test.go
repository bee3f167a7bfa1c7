package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/openchancery/chancery/internal/faulttest"
)

// The power goes at a moment of a life, and of what wasn't synced by then
// nothing is on the disk, or some of it, or torn sectors of it: of all files
// together, and of the folders that name them. What had been acknowledged
// before is there.
func TestThePowerGoesAtEveryMoment(t *testing.T) {
	chance, check, root := faulttest.Chance(t), newChecker(t), ground(t)
	whole := traced(t, faulttest.Trace{Root: root, Record: true})
	if whole.Code != 0 {
		t.Fatalf("undisturbed: exit code %d\n%s", whole.Code, whole.errs)
	}
	losses := map[faulttest.Loss]string{
		faulttest.Nothing: "power lost at every call, nothing that was not synced is there",
		faulttest.Random:  "power lost at every call, a random part of what was not synced is there",
		faulttest.Torn:    "power lost at every call, what was not synced is torn at 512 bytes",
	}
	for loss, what := range losses {
		tried, survived := 0, 0
		cuts := faulttest.Part(chance, len(whole.Ops), 20)
		power, at := faulttest.NewPower(), 0
		for _, cut := range cuts {
			must(t, power.Play(whole.Ops[at:cut]...))
			at = cut
			emptied(t, root)
			must(t, power.Cut(root, loss, chance))
			tried++
			after := faulttest.Cut{Ops: whole.Ops, At: cut, What: what}
			acts, err := toldIn(whole.Ops[:cut])
			must(t, err)
			if check.survived(after, root, acts) {
				survived++
			} else if kept := os.Getenv("CHANCERY_FAULTS_KEEP"); kept != "" {
				must(t, os.CopyFS(filepath.Join(kept, what), os.DirFS(root)))
				t.FailNow()
			}
		}
		faulttest.Tried(t, 6, what, tried, survived)
	}
}

// A process is killed at a call, and what it had written lies in the page cache
// as it left it; the next one goes on from there; and then the power goes.
// Nothing may rest on what was never synced.
func TestThePowerGoesAfterAKill(t *testing.T) {
	chance, check, root := faulttest.Chance(t), newChecker(t), ground(t)
	calls := traced(t, faulttest.Trace{Root: root}).Calls
	const what = "SIGKILL at every call, lived on to the end, and then the power lost"
	tried, survived := 0, 0
	for _, n := range faulttest.Part(chance, calls, 12) {
		emptied(t, root)
		first := traced(t, faulttest.Trace{Root: root, Record: true, At: func(c faulttest.Call) faulttest.Verdict {
			return faulttest.Verdict{Kill: c.Number == n}
		}})
		power := faulttest.NewPower()
		must(t, power.Play(first.Ops...))
		if len(first.told) == 0 { // whoever was to have it makes it again, on a disk of which nothing is known
			emptied(t, root)
			power = faulttest.NewPower()
		}
		second := traced(t, faulttest.Trace{Root: root, Record: true}, "-told", first.said)
		if second.Code != 0 {
			t.Errorf("%v, and then: %s", first.Killed, second.errs)
		}
		must(t, power.Play(second.Ops...))
		emptied(t, root)
		must(t, power.Cut(root, faulttest.Nothing, chance))
		tried++
		if check.survived(fmt.Sprintf("%v, gone on with, and then the power went", first.Killed), root, append(first.told, second.told...)) {
			survived++
		}
	}
	faulttest.Tried(t, 6, what, tried, survived)
}

// toldIn is what was told in some calls.
func toldIn(ops []faulttest.Op) (list []told, err error) {
	for _, op := range ops {
		if op.Kind == faulttest.Said {
			acts, err := tell(op.Data)
			if err != nil {
				return nil, err
			}
			list = append(list, acts...)
		}
	}
	return list, nil
}
