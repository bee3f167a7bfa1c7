package tlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"testing"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/tlog"
)

// disk is a machine of two files that can lose its power, run full, or fail
// at any operation.
type disk struct {
	leaves, heads memory
	done          int    // operations that change something
	failAt        int    // the operation that fails; 0 for none
	after         func() // is told after each operation
}

var errDisk = errors.New("the disk gives way")

func newDisk(leaves, heads []byte) *disk {
	d := &disk{}
	d.leaves = memory{name: "leaves", disk: d, now: bytes.Clone(leaves), synced: bytes.Clone(leaves)}
	d.heads = memory{name: "heads", disk: d, now: bytes.Clone(heads), synced: bytes.Clone(heads)}
	return d
}

func (d *disk) open() (*tlog.Tree, error) {
	return tlog.OpenFiles("harbour.example/log", &d.leaves, &d.heads)
}

func (d *disk) operation() error {
	d.done++
	if d.done == d.failAt {
		return errDisk
	}
	return nil
}

func (d *disk) told() {
	if d.after != nil {
		d.after()
	}
}

// memory is a file of the disk: what programs see, and what would be there
// after a loss of power.
type memory struct {
	name        string
	disk        *disk
	now, synced []byte
}

func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(m.now)) {
		if len(p) == 0 {
			return 0, nil
		}
		return 0, io.EOF
	}
	n := copy(p, m.now[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt, when it fails, has written half: so does a disk that runs full.
func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	defer m.disk.told()
	err := m.disk.operation()
	if err != nil {
		p = p[:len(p)/2]
	}
	if grow := int(off) + len(p) - len(m.now); grow > 0 {
		m.now = append(m.now, make([]byte, grow)...)
	}
	return copy(m.now[off:], p), err
}

func (m *memory) Truncate(size int64) error {
	defer m.disk.told()
	if err := m.disk.operation(); err != nil {
		return err
	}
	m.now = append(m.now[:min(size, int64(len(m.now)))], make([]byte, max(0, size-int64(len(m.now))))...)
	return nil
}

func (m *memory) Sync() error {
	defer m.disk.told()
	if err := m.disk.operation(); err != nil {
		return err
	}
	m.synced = bytes.Clone(m.now)
	return nil
}

func (m *memory) Name() string               { return m.name }
func (m *memory) Close() error               { return nil }
func (m *memory) Stat() (fs.FileInfo, error) { return size(len(m.now)), nil }

// size is all that a tree asks a file's info for.
type size int64

func (s size) Name() string     { return "" }
func (s size) Size() int64      { return int64(s) }
func (size) Mode() fs.FileMode  { return 0o600 }
func (size) ModTime() time.Time { return time.Time{} }
func (size) IsDir() bool        { return false }
func (size) Sys() any           { return nil }

// Two batches, and how many leaves there are after each.
const first, second = 7, 10

var (
	firstBatch  = leavesOf(0, first)
	secondBatch = leavesOf(first, second)
)

func afterBatches(t *testing.T, batches ...[]docket.TreeLeaf) *disk {
	t.Helper()
	d := newDisk(nil, nil)
	tree, err := d.open()
	if err != nil {
		t.Fatal(err)
	}
	for i, batch := range batches {
		if _, err := tree.Extend(batch, instant(i)); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// recovers holds that a machine comes up again from these files: a reader
// finds one of the two heads and everything below it, and the writer finishes
// the work to the same bytes as if nothing had happened.
func recovers(t *testing.T, what string, leaves, heads []byte, atLeast int64) {
	t.Helper()
	d := newDisk(leaves, heads)
	tree, err := d.open()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	size := tree.Head().Size
	if size != first && size != second || size < atLeast {
		t.Fatalf("%s: the tree has %d leaves, and %d were acknowledged", what, size, atLeast)
	}
	sound(t, what, tree)
	if !bytes.Equal(d.leaves.now, leaves) || !bytes.Equal(d.heads.now, heads) {
		t.Fatalf("%s: opening changes the files", what)
	}
	if _, err := tree.Extend(leavesOf(int(size), second), instant(1)); err != nil {
		t.Fatalf("%s: it doesn't go on: %v", what, err)
	}
	sound(t, what+", mended", tree)
	if whole := withoutCrash(t); !bytes.Equal(d.leaves.synced, whole.leaves.now) || !bytes.Equal(d.heads.synced, whole.heads.now) {
		t.Fatalf("%s: the files differ from those of a run without a crash", what)
	}
}

var uncrashed *disk

// withoutCrash is what the two batches come to when nothing happens.
func withoutCrash(t *testing.T) *disk {
	if uncrashed == nil {
		uncrashed = afterBatches(t, firstBatch, secondBatch)
	}
	return uncrashed
}

// sound holds that a tree's leaves and heads can be read and fit each other.
func sound(t *testing.T, what string, tree *tlog.Tree) {
	t.Helper()
	var frontier docket.Frontier
	roots := map[int64]docket.Hash{0: frontier.Root()}
	for leaf, err := range tree.Leaves(0) {
		if err != nil || leaf != leavesOf(int(leaf.Number), int(leaf.Number)+1)[0] {
			t.Fatalf("%s: leaf %d is read as %v (%v)", what, leaf.Number, leaf, err)
		}
		frontier.Append(leaf.Hash)
		roots[frontier.Size()] = frontier.Root()
	}
	last := int64(0)
	for head, err := range tree.Heads() {
		if err != nil || roots[head.Size] != head.Root || head.Size <= last {
			t.Fatalf("%s: head %+v (%v)", what, head, err)
		}
		last = head.Size
	}
	if head := tree.Head(); head.Size != frontier.Size() || head.Root != frontier.Root() || last != head.Size {
		t.Fatalf("%s: the head is %+v, and %d leaves have the root %s", what, head, frontier.Size(), frontier.Root())
	}
}

// A batch writes leaves, then a head. Whatever byte the machine stops at, it
// comes up again.
func TestACrashAtEveryByteOfABatch(t *testing.T) {
	before, after := afterBatches(t, firstBatch), withoutCrash(t)
	for at := len(before.leaves.now); at <= len(after.leaves.now); at++ {
		torn := after.leaves.now[:at]
		recovers(t, fmt.Sprintf("leaves torn at byte %d", at), torn, before.heads.now, first)
		// A file system may know the length before it knows the bytes.
		zeros := append(bytes.Clone(torn), make([]byte, len(after.leaves.now)-at)...)
		recovers(t, fmt.Sprintf("leaves with nothing behind byte %d", at), zeros, before.heads.now, first)
	}
	for at := len(before.heads.now); at <= len(after.heads.now); at++ {
		torn := after.heads.now[:at]
		recovers(t, fmt.Sprintf("a head torn at byte %d", at), after.leaves.now, torn, first)
	}
	stale := append(bytes.Clone(after.leaves.now), bytes.Repeat([]byte("x"), 3*256+17)...)
	recovers(t, "leaves of a longer batch that never got its head", stale, before.heads.now, first)
}

// Between any two operations the power goes: each file is what was synced, or
// what was written, or torn anywhere between. Once Extend has answered, the
// new head is there in all of these.
func TestALossOfPowerBetweenAnyTwoOperations(t *testing.T) {
	d := afterBatches(t, firstBatch)
	tree, err := d.open()
	if err != nil {
		t.Fatal(err)
	}
	states := func(m *memory) [][]byte {
		list := [][]byte{bytes.Clone(m.synced), bytes.Clone(m.now)}
		for at := len(m.synced); at < len(m.now); at += 61 {
			list = append(list, bytes.Clone(m.now[:at]))
		}
		return list
	}
	cuts := 0
	cut := func(what string, atLeast int64) {
		for _, leaves := range states(&d.leaves) {
			for _, heads := range states(&d.heads) {
				recovers(t, what, leaves, heads, atLeast)
				cuts++
			}
		}
	}
	d.after = func() { cut(fmt.Sprintf("power lost after operation %d", d.done), first) }
	if _, err := tree.Extend(secondBatch, instant(1)); err != nil {
		t.Fatal(err)
	}
	d.after = nil
	cut("power lost after the answer", second)
	if cuts < 50 {
		t.Errorf("only %d states of the disk were tried", cuts)
	}
}

// Each operation of a batch fails once. Nobody is told of a head that may not
// be there; after a full disk the same tree goes on; after a sync that failed
// it must be opened again, for the kernel may say yes the next time.
func TestEveryOperationFailsOnce(t *testing.T) {
	whole := withoutCrash(t)
	operations := 0
	for n := 1; ; n++ {
		d := afterBatches(t, firstBatch)
		tree, err := d.open()
		if err != nil {
			t.Fatal(err)
		}
		before := tree.Head()
		d.done, d.failAt = 0, n
		if _, err = tree.Extend(secondBatch, instant(1)); err == nil {
			operations = n - 1
			break
		}
		if !errors.Is(err, errDisk) || tree.Head() != before {
			t.Fatalf("operation %d fails: %v, and the head is %+v", n, err, tree.Head())
		}
		sound(t, fmt.Sprintf("operation %d failed", n), tree)
		_, err = tree.Extend(secondBatch, instant(1))
		if syncs := []int{3, 6}; slices.Contains(syncs, n) {
			if code := faultCode(err); code != "tlog.unsynced" {
				t.Fatalf("sync %d failed, and the next batch gives %v", n, err)
			}
			recovers(t, fmt.Sprintf("opened anew after operation %d", n), d.leaves.now, d.heads.now, first)
			recovers(t, fmt.Sprintf("opened anew after operation %d, with what was synced", n), d.leaves.synced, d.heads.synced, first)
			continue
		}
		if err != nil {
			t.Fatalf("operation %d failed once, and then: %v", n, err)
		}
		sound(t, fmt.Sprintf("operation %d failed once", n), tree)
		if !bytes.Equal(d.leaves.synced, whole.leaves.now) || !bytes.Equal(d.heads.synced, whole.heads.now) {
			t.Fatalf("operation %d failed once, and the files differ", n)
		}
	}
	if operations != 6 { // cut, write and sync, of leaves and of heads
		t.Errorf("%d operations failed", operations)
	}
}

// A bit falls over on the disk. In a leaf it is found in its place, and the
// others are read; in a head it is found by who reads that head.
func TestEveryFlippedBitIsFound(t *testing.T) {
	record, err := tlog.RecordOf(firstBatch[5])
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * len(record) {
		flipped := bytes.Clone(record)
		flipped[bit/8] ^= 1 << (bit % 8)
		if leaf, err := tlog.ReadRecord(flipped, 5); faultCode(err) != "tlog.leaf-unreadable" {
			t.Fatalf("bit %d of a record: %v (%v)", bit, leaf, err)
		}
	}
	whole := withoutCrash(t)
	for at := range whole.leaves.now {
		d := newDisk(whole.leaves.now, whole.heads.now)
		d.leaves.now[at] ^= 1 << (at % 8)
		tree, err := d.open()
		if err != nil {
			t.Fatal(err)
		}
		for leaf, err := range tree.Leaves(0) {
			damaged := leaf.Number == int64(at/256)
			if damaged != (faultCode(err) == "tlog.leaf-unreadable") || !damaged && leaf != leavesOf(int(leaf.Number), int(leaf.Number)+1)[0] {
				t.Fatalf("byte %d of the leaves, leaf %d: %v (%v)", at, leaf.Number, leaf, err)
			}
		}
	}
	firstLine := bytes.IndexByte(whole.heads.now, '\n') + 1
	for bit := range 8 * len(whole.heads.now) {
		d := newDisk(whole.leaves.now, whole.heads.now)
		d.heads.now[bit/8] ^= 1 << (bit % 8)
		tree, err := d.open()
		switch at := bit / 8; {
		case at == len(whole.heads.now)-1:
			// The last line's end: it is torn, as after a crash, and written anew.
			recovers(t, "the end of the last head", d.leaves.now, d.heads.now, first)
		case at >= firstLine-1: // the last line, or the end of the one before
			if faultCode(err) != "tlog.head-unreadable" {
				t.Fatalf("bit %d of the heads: %v", bit, err)
			}
		case err != nil:
			t.Fatalf("bit %d of an earlier head: %v", bit, err)
		default:
			found := 0
			for _, err := range tree.Heads() {
				if faultCode(err) == "tlog.head-unreadable" {
					found++
				}
			}
			if found != 1 {
				t.Fatalf("bit %d of an earlier head: found %d times", bit, found)
			}
		}
	}
}

// A head that another process wrote, and was refused the sync of, is shown by the
// system and is on no disk. Who goes on from it makes it durable first, or stays
// where it was.
func TestAHeadThatAnotherCouldNotSyncIsMadeDurable(t *testing.T) {
	d := afterBatches(t, firstBatch)
	writer, err := d.open()
	if err != nil {
		t.Fatal(err)
	}
	next, err := d.open()
	if err != nil {
		t.Fatal(err)
	}
	next.Writing()
	const operations = 6 // cut, write and sync the leaves, and the heads
	d.failAt = d.done + operations
	if _, err := writer.Extend(secondBatch, instant(1)); !errors.Is(err, errDisk) {
		t.Fatalf("the sync was to fail: %v", err)
	}
	if bytes.Equal(d.heads.now, d.heads.synced) {
		t.Fatal("the head is on disk already")
	}
	d.failAt = d.done + 2 // the sync again
	if err := next.Reread(); !errors.Is(err, errDisk) || next.Head().Size != first {
		t.Errorf("it trusts a head that is on no disk: %v, size %d", err, next.Head().Size)
	}
	if err := next.Reread(); err != nil || next.Head().Size != second || !bytes.Equal(d.heads.now, d.heads.synced) {
		t.Errorf("%v, size %d; on disk are %d bytes of %d", err, next.Head().Size, len(d.heads.synced), len(d.heads.now))
	}
	sound(t, "reread", next)
	done := d.done
	if err := next.Reread(); err != nil || d.done != done {
		t.Errorf("its own head is written again: %v", err)
	}
}
