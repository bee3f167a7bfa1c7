package filelock

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestAFolderThatPassesIsRemovedByTheNextWhereItsMakerIsGone(t *testing.T) {
	in := t.TempDir()
	for _, folder := range []string{"work-1", "other-1"} { // nobody has them any more
		if err := os.MkdirAll(filepath.Join(in, folder, "deep"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(in, "work-file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	first, err := NewPassing(in, "work-")
	if err != nil {
		t.Fatal(err)
	}
	second, err := NewPassing(in, "work-")
	if err != nil {
		t.Fatal(err)
	}
	there := func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	}
	if there(filepath.Join(in, "work-1")) {
		t.Error("what the killed left stays")
	}
	if !there(first.Path) || !there(second.Path) || !there(filepath.Join(in, "other-1")) || !there(filepath.Join(in, "work-file")) {
		t.Error("what somebody has was removed, or what has another name")
	}
	stays := filepath.Join(in, "stays")
	if err := second.Become(stays); err != nil || !there(stays) {
		t.Errorf("one that is to stay: %v", err)
	}
	second.Path = stays
	if err := first.Remove(); err != nil || there(first.Path) || !there(second.Path) {
		t.Errorf("after its work: %v", err)
	}
}

// Many make one at the same time, each of whom looks for what others left.
func TestAFolderThatPassesIsItsMakersAtOnce(t *testing.T) {
	in := t.TempDir()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				p, err := NewPassing(in, "work-")
				if err != nil {
					t.Error(err)
					return
				}
				if err := os.WriteFile(filepath.Join(p.Path, "mine"), nil, 0o600); err != nil {
					t.Error(err)
				}
				if err := p.Remove(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if left, err := os.ReadDir(in); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
