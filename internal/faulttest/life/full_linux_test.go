package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/openchancery/chancery/internal/faulttest"
)

// A real disk, a small one, is filled by somebody else at a moment of a life and
// emptied again after three acts were refused. Nothing is acknowledged meanwhile,
// reading goes on, and the same process takes acts again. Making disks takes
// root.
func TestADiskIsFullForATime(t *testing.T) {
	root := t.TempDir()
	if err := syscall.Mount("tmpfs", root, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("no disk can be made here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(root, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	check, filler := newChecker(t), filepath.Join(root, "filler")
	tried, survived := 0, 0
	moments := []string{`"programme"`, `"claim 0"`, `"claim 2"`, `"claim 8"`, `"draft"`}
	for _, n := range faulttest.Part(faulttest.Chance(t), len(moments), 2) {
		when := moments[n-1]
		refused, filled := 0, false
		l := traced(t, faulttest.Trace{Root: root, Heard: func(said string) {
			if !filled && strings.Contains(said, when) {
				filled = true
				fill(t, filler)
			}
			if strings.Contains(said, `"refused"`) {
				if refused++; refused == 3 {
					must(t, os.Remove(filler))
				}
			}
		}}, "-on")
		tried++
		f := failing{what: "a full disk", err: syscall.ENOSPC, until: 3}
		good := f.behaved(t, "filled after "+when, l)
		if refused < 3 || l.Code != 0 {
			t.Errorf("filled after %s: %d acts were refused, exit code %d\n%s", when, refused, l.Code, l.errs)
			good = false
		}
		if check.survived("filled after "+when, root, l.told) && good {
			survived++
		}
		must(t, removed(filepath.Join(root, "register")))
	}
	faulttest.Tried(t, 3, "a small disk full for three acts, then emptied", tried, survived)
}

// fill takes all the room that is left.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	must(t, err)
	for size := 1 << 16; size > 0; {
		if _, err = f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("the disk doesn't run full: %v", err)
	}
	must(t, f.Close())
}
