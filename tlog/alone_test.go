package tlog_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/filelock"
	"github.com/openchancery/chancery/tlog"
)

// One who was stopped for a while, and doesn't know that another has gone on,
// cuts nothing off and writes nothing twice.
func TestAWriterThatWasOvertakenGoesOnFromWhatStands(t *testing.T) {
	folder := made(t, leavesOf(0, 5))
	stopped, other := opened(t, folder, true), opened(t, folder, true)
	if _, err := other.Extend(leavesOf(5, 9), instant(1)); err != nil {
		t.Fatal(err)
	}
	before := file(t, folder, "heads")
	if head, err := stopped.Extend(leavesOf(5, 8), instant(2)); err != nil || head.Size != 9 || !bytes.Equal(before, file(t, folder, "heads")) {
		t.Errorf("nothing new: %+v, %v", head, err)
	}
	if head, err := other.Extend(leavesOf(9, 12), instant(3)); err != nil || head.Size != 12 {
		t.Fatal(err)
	}
	if head, err := stopped.Extend(leavesOf(5, 15), instant(4)); err != nil || head.Size != 15 {
		t.Errorf("three new ones: %+v, %v", head, err)
	}
	if head, err := other.Extend(leavesOf(13, 16), instant(5)); err != nil || head.Size != 16 {
		t.Errorf("from the middle: %+v, %v", head, err)
	}
	sound(t, "the tree", opened(t, folder, true))
	forged := leavesOf(15, 17)
	forged[0].Hash[3] ^= 1
	if _, err := stopped.Extend(forged, instant(6)); !fault.Is(err, fault.Unsound) {
		t.Errorf("another leaf in its place: %v", err)
	}
	if _, err := other.Extend(leavesOf(17, 18), instant(7)); !fault.Is(err, fault.Unsound) {
		t.Errorf("a gap: %v", err)
	}
}

// Four write the same leaves at once, each in batches of its own.
func TestSeveralWritersMakeOneTree(t *testing.T) {
	folder := made(t)
	const all = 300
	var group sync.WaitGroup
	for n := range 4 {
		tree := opened(t, folder, true)
		group.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(n)))
			for size := 0; size < all; {
				to := min(all, size+1+random.IntN(9))
				head, err := tree.Extend(leavesOf(size, to), instant(n))
				if err != nil {
					t.Error(fmt.Errorf("writer %d: %w", n, err))
					return
				}
				size = int(head.Size)
			}
		})
	}
	group.Wait()
	tree := opened(t, folder, false)
	if tree.Head().Size != all {
		t.Errorf("%d leaves", tree.Head().Size)
	}
	sound(t, "the tree", tree)
}

// Who holds the lock and doesn't go on holds the others up for some seconds,
// and then they say so.
func TestATreeThatSomebodyHoldsIsNotWrittenTo(t *testing.T) {
	t.Cleanup(tlog.PatienceOfWriters(100 * time.Millisecond))
	folder := made(t, leavesOf(0, 3))
	tree := opened(t, folder, true)
	held, err := os.OpenFile(filepath.Join(folder, "heads"), os.O_RDWR, 0)
	if err == nil {
		err = filelock.Alone(held)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Extend(leavesOf(3, 4), instant(1)); fault.Code(err) != "tlog.tree-held" {
		t.Error(err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Extend(leavesOf(3, 4), instant(1)); err != nil {
		t.Error(err)
	}
}
