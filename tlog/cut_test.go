package tlog_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/tlog"
)

// A tree that is taken back to any size is the tree that it was at that size,
// goes on from there, and what it was is kept.
func TestATreeIsTakenBack(t *testing.T) {
	sizes := []int{3, 4, 11, 12}
	for size := 0; size <= 12; size++ {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			folder := made(t, leavesOf(0, 3), leavesOf(3, 4), leavesOf(4, 11), leavesOf(11, 12))
			leaves, heads := file(t, folder, "leaves"), file(t, folder, "heads")
			for range 2 { // given again, it changes nothing
				if err := tlog.Cut(folder, "epoch-1", int64(size), instant(7)); err != nil {
					t.Fatal(err)
				}
			}
			tree := opened(t, folder, true)
			if head := tree.Head(); head.Size != int64(size) || head.Root != docket.Root(hashes(leavesOf(0, size))) {
				t.Errorf("taken back to %+v", head)
			}
			if size < 12 && (!bytes.Equal(file(t, folder, "leaves.epoch-1"), leaves) || !bytes.Equal(file(t, folder, "heads.epoch-1"), heads)) {
				t.Error("what the tree was isn't kept")
			}
			var list []int64
			for h, err := range tree.Heads() {
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, h.Size)
			}
			want := []int64{}
			for _, s := range sizes {
				if s < size {
					want = append(want, int64(s))
				}
			}
			if size > 0 { // an empty tree has no head
				want = append(want, int64(size))
			}
			if fmt.Sprint(list) != fmt.Sprint(want) {
				t.Errorf("heads of %v, want %v", list, want)
			}
			if _, err := tree.Extend(leavesOf(size, size+2), instant(8)); err != nil {
				t.Fatal(err)
			}
			sound(t, "after it went on", tree)
		})
	}
}

func TestATreeIsNotTakenBackBeyondItself(t *testing.T) {
	folder := made(t, leavesOf(0, 3))
	if code := faultCode(tlog.Cut(folder, "epoch-1", 4, instant(1))); code != "tlog.cut-beyond" {
		t.Errorf("%s", code)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 3 {
		t.Errorf("%v (%v) are there", left, err)
	}
}

// Whatever the crash left behind, giving it again takes the tree back, and the
// copies are those of the whole tree.
func TestTakingATreeBackIsFinishedAfterACrash(t *testing.T) {
	folder := made(t, leavesOf(0, 3), leavesOf(3, 9))
	leaves := file(t, folder, "leaves")
	if err := os.WriteFile(filepath.Join(folder, "leaves.epoch-1"), leaves, 0o600); err != nil { // as after the first copy
		t.Fatal(err)
	}
	put(t, folder, ".heads.new-1234", []byte("half a"))
	if err := tlog.Cut(folder, "epoch-1", 5, instant(1)); err != nil {
		t.Fatal(err)
	}
	if head := opened(t, folder, true).Head(); head.Size != 5 {
		t.Errorf("taken back to %d", head.Size)
	}
	if !bytes.Equal(file(t, folder, "leaves.epoch-1"), leaves) {
		t.Error("the copy was changed")
	}
}

func hashes(leaves []docket.TreeLeaf) []docket.Hash {
	list := make([]docket.Hash, len(leaves))
	for i, l := range leaves {
		list[i] = l.Hash
	}
	return list
}
