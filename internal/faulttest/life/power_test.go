package main

import (
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
	whole := traced(t, root, nil, true)
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
		cuts := faulttest.Part(chance, len(whole.Ops), 30)
		power, at := faulttest.NewPower(), 0
		for _, cut := range cuts {
			must(t, power.Play(whole.Ops[at:cut]...))
			at = cut
			emptied(t, root)
			must(t, power.Cut(root, loss, chance))
			tried++
			after := faulttest.Cut{Ops: whole.Ops, At: cut, What: what}
			if check.survived(after, root, toldBefore(t, whole.Ops[:cut])) {
				survived++
			} else if kept := os.Getenv("CHANCERY_FAULTS_KEEP"); kept != "" {
				must(t, os.CopyFS(filepath.Join(kept, what), os.DirFS(root)))
				t.FailNow()
			}
		}
		faulttest.Tried(t, 6, what, tried, survived)
	}
}

// toldBefore is what had been told by some call.
func toldBefore(t testing.TB, ops []faulttest.Op) (list []told) {
	t.Helper()
	for _, op := range ops {
		if op.Kind == faulttest.Said {
			list = append(list, tell(t, op.Data)...)
		}
	}
	return list
}
