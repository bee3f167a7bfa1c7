package tlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/tlog"
)

// leavesOf are the leaves from one number up to another.
func leavesOf(from, to int) []docket.TreeLeaf {
	list := make([]docket.TreeLeaf, 0, to-from)
	for n := from; n < to; n++ {
		stream := docket.Stream(fmt.Sprintf("claim/5f0c2d7a91e84b36a0c1f2d3%08x", n/3))
		list = append(list, docket.TreeLeaf{
			Number: int64(n), Hash: docket.LeafHash(docket.EntryCommitment(docket.Salt{}, []byte(fmt.Sprint(n)))),
			Ref: docket.Ref{Stream: stream, Version: docket.Version(n%3 + 1)},
		})
	}
	return list
}

func instant(minute int) docket.Instant {
	return docket.At(time.Date(2026, 1, 31, 9, minute, 0, 0, time.UTC))
}

func faultCode(err error) string {
	if err != nil && fault.Code(err) == "" {
		return "? " + err.Error()
	}
	return fault.Code(err)
}

// made is a folder with a tree of these batches.
func made(t testing.TB, batches ...[]docket.TreeLeaf) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "heads")
	if err := tlog.Create(folder, "harbour.example/log"); err != nil {
		t.Fatal(err)
	}
	tree := opened(t, folder, true)
	for i, batch := range batches {
		if _, err := tree.Extend(batch, instant(i)); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func opened(t testing.TB, folder string, writing bool) *tlog.Tree {
	t.Helper()
	tree, err := tlog.Open(folder, writing)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tree.Close() })
	return tree
}

func file(t testing.TB, folder, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func put(t testing.TB, folder, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestATreeGrowsAndIsOpenedAgain(t *testing.T) {
	folder := made(t)
	var all []docket.Hash
	for _, l := range leavesOf(0, 40) {
		all = append(all, l.Hash)
	}
	for minute, size := range []int{1, 2, 3, 8, 9, 31, 32, 33, 40} {
		tree := opened(t, folder, true)
		was := tree.Head()
		if want := docket.Root(all[:was.Size]); was.Root != want || tree.Origin() != "harbour.example/log" {
			t.Fatalf("%s opens at %+v, want root %s", tree.Origin(), was, want)
		}
		head, err := tree.Extend(leavesOf(int(was.Size), size), instant(minute))
		if want := (docket.TreeHead{Size: int64(size), Root: docket.Root(all[:size]), Instant: instant(minute)}); err != nil || head != want || tree.Head() != want {
			t.Fatalf("%+v (%v), want %+v", head, err, want)
		}
		sound(t, fmt.Sprint(size, " leaves"), tree)
		if err := tree.Close(); err != nil {
			t.Fatal(err)
		}
	}
	tree := opened(t, folder, false)
	for _, from := range []int{0, 1, 39, 40, 41} {
		var got []docket.TreeLeaf
		for l, err := range tree.Leaves(int64(from)) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, l)
		}
		if want := leavesOf(min(from, 40), 40); !slices.Equal(got, want) {
			t.Errorf("from leaf %d on: %v, want %v", from, got, want)
		}
	}
	heads := 0
	for range tree.Heads() {
		if heads++; heads == 3 {
			break // a reader may stop
		}
	}
}

func TestAnEmptyTree(t *testing.T) {
	folder := made(t)
	tree := opened(t, folder, true)
	empty := docket.TreeHead{Root: docket.Root(nil)}
	if tree.Head() != empty {
		t.Errorf("%+v", tree.Head())
	}
	sound(t, "empty", tree)
	// Nothing to append is no head.
	if head, err := tree.Extend(nil, instant(0)); err != nil || head != empty || len(file(t, folder, "heads")) != 0 {
		t.Errorf("%+v (%v)", head, err)
	}
}

// The files are read by other programs, and after ten years: testdata/form
// fixes their form to the byte.
func TestTheFormOfTheFiles(t *testing.T) {
	folder := made(t, leavesOf(0, 2), leavesOf(2, 3))
	for _, name := range []string{"origin", "leaves", "heads"} {
		if got, want := file(t, folder, name), file(t, "testdata/form", name); !bytes.Equal(got, want) {
			t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
		}
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v (%v)", name, info.Mode(), err)
		}
	}
	sound(t, "the files of old", opened(t, "testdata/form", false))
}

func TestATreeIsMadeOnce(t *testing.T) {
	folder := made(t, leavesOf(0, 3))
	if err := tlog.Create(folder, "other.example"); fault.Code(err) != "tlog.exists" || !fault.Is(err, fault.Conflict) {
		t.Errorf("made again: %v", err)
	}
	if head := opened(t, folder, false).Head(); head.Size != 3 {
		t.Errorf("and the tree has %d leaves", head.Size)
	}
	if _, err := tlog.Open(t.TempDir(), true); fault.Code(err) != "tlog.missing" || !fault.Is(err, fault.NotFound) {
		t.Errorf("a folder without a tree: %v", err)
	}
	for _, name := range []string{"leaves", "heads"} {
		broken := made(t)
		if err := os.Remove(filepath.Join(broken, name)); err != nil {
			t.Fatal(err)
		}
		if _, err := tlog.Open(broken, true); err == nil {
			t.Errorf("opened without %s", name)
		}
	}
}

// The docket gives leaves their numbers; a tree takes them in that order or
// not at all.
func TestLeavesOutOfOrder(t *testing.T) {
	ordered := leavesOf(3, 6)
	for name, batch := range map[string][]docket.TreeLeaf{
		"a gap":                  leavesOf(4, 6),
		"one that was before":    leavesOf(2, 6),
		"from the beginning":     leavesOf(0, 6),
		"two swapped":            {ordered[0], ordered[2], ordered[1]},
		"one twice":              {ordered[0], ordered[0]},
		"a gap within the batch": {ordered[0], ordered[2]},
		"a number below nothing": {{Number: -1, Hash: ordered[0].Hash, Ref: ordered[0].Ref}},
	} {
		folder := made(t, leavesOf(0, 3))
		tree := opened(t, folder, true)
		before := [][]byte{file(t, folder, "leaves"), file(t, folder, "heads")}
		if _, err := tree.Extend(batch, instant(1)); fault.Code(err) != "tlog.leaf-order" || !fault.Is(err, fault.Unsound) {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(before[0], file(t, folder, "leaves")) || !bytes.Equal(before[1], file(t, folder, "heads")) || tree.Head().Size != 3 {
			t.Errorf("%s is refused, and yet the tree was changed", name)
		}
		if _, err := tree.Extend(ordered, instant(1)); err != nil {
			t.Errorf("after %s: %v", name, err)
		}
	}
}

// Whatever the docket seals must have its leaf, or the sequencer would stop
// there for ever.
func TestEveryPlaceInTheDocketFitsItsRecord(t *testing.T) {
	longest := docket.TreeLeaf{
		Number: 1 << 53, Hash: leavesOf(0, 1)[0].Hash,
		Ref: docket.Ref{Stream: docket.Stream(strings.Repeat("a", docket.LongestStream)), Version: 1 << 53},
	}
	record, err := tlog.RecordOf(longest)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := tlog.ReadRecord(record, longest.Number); err != nil || got != longest {
		t.Errorf("%+v (%v)", got, err)
	}
	longest.Ref.Stream += docket.Stream(strings.Repeat("a", 128))
	if _, err := tlog.RecordOf(longest); fault.Code(err) != "tlog.leaf-long" {
		t.Errorf("a name that the docket refuses: %v", err)
	}
}

// A record that somebody wrote with care, its sum made to fit.
func TestRecordsThatFitTheirSum(t *testing.T) {
	sound := leavesOf(5, 6)[0]
	record, err := tlog.RecordOf(sound)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		read func() (docket.TreeLeaf, error)
	}{
		{"in another leaf's place", func() (docket.TreeLeaf, error) { return tlog.ReadRecord(record, 6) }},
		{"cut short", func() (docket.TreeLeaf, error) { return tlog.ReadRecord(record[:255], 5) }},
		{"nothing", func() (docket.TreeLeaf, error) { return tlog.ReadRecord(nil, 5) }},
		{"zeros", func() (docket.TreeLeaf, error) { return tlog.ReadRecord(make([]byte, 256), 5) }},
		{"a place that is none", func() (docket.TreeLeaf, error) {
			broken := sound
			broken.Ref.Version = 0
			record, err := tlog.RecordOf(broken)
			if err != nil {
				t.Fatal(err)
			}
			return tlog.ReadRecord(record, 5)
		}},
	} {
		if got, err := c.read(); fault.Code(err) != "tlog.leaf-unreadable" {
			t.Errorf("%s: %+v (%v)", c.name, got, err)
		}
	}
}

// What is no crash is refused: the file was cut, or another program wrote it.
func TestFilesThatAreRefused(t *testing.T) {
	whole := made(t, leavesOf(0, 7), leavesOf(7, 12))
	leaves, heads := file(t, whole, "leaves"), file(t, whole, "heads")
	firstLine := bytes.IndexByte(heads, '\n') + 1
	swap := func(old, with string) []byte { return bytes.Replace(heads, []byte(old), []byte(with), 1) }
	for _, c := range []struct {
		name          string
		leaves, heads []byte
		code          string
	}{
		{"as they were written", leaves, heads, ""},
		{"fewer leaves than the head says", leaves[:len(leaves)-256], heads, "tlog.leaves-short"},
		{"a byte less", leaves[:len(leaves)-1], heads, "tlog.leaves-short"},
		{"no leaves", nil, heads, "tlog.leaves-short"},
		{"a head without its sum", leaves, append(bytes.Clone(heads[:len(heads)-22]), "}\n"...), "tlog.head-unreadable"},
		{"a head with another sum", leaves, append(bytes.Clone(heads[:len(heads)-4]), "0\"}\n"...), "tlog.head-unreadable"},
		{"an empty line", leaves, append(bytes.Clone(heads), '\n'), "tlog.head-unreadable"},
		{"a line as long as a sum", leaves, append(bytes.Clone(heads), "12345678901234567890\n"...), "tlog.head-unreadable"},
		{"a line of something else", leaves, append(bytes.Clone(heads), "hello\n"...), "tlog.head-unreadable"},
		{"another size", leaves, swap(`"size":12`, `"size":10`), "tlog.head-unreadable"},
		{"much that is no line", leaves, append(bytes.Clone(heads), bytes.Repeat([]byte{0}, 40_000)...), "tlog.head-unreadable"},
		// Only a copy of a later head can tell this from the truth.
		{"the heads of an earlier day", leaves, heads[:firstLine], ""},
	} {
		folder := made(t)
		put(t, folder, "leaves", c.leaves)
		put(t, folder, "heads", c.heads)
		for _, writing := range []bool{false, true} {
			tree, err := tlog.Open(folder, writing)
			if faultCode(err) != c.code || err != nil && !fault.Is(err, fault.Unsound) {
				t.Errorf("%s: %v, want %q", c.name, err, c.code)
			}
			if err == nil {
				_ = tree.Close()
			}
		}
		if !bytes.Equal(file(t, folder, "heads"), c.heads) || !bytes.Equal(file(t, folder, "leaves"), c.leaves) {
			t.Errorf("%s: to look at it changed it", c.name)
		}
	}
}

// Nor is a head believed because its sum fits.
func TestHeadsThatFitTheirSum(t *testing.T) {
	leaves := leavesOf(0, 3)
	two, all := docket.Root([]docket.Hash{leaves[0].Hash, leaves[1].Hash}), docket.Root([]docket.Hash{leaves[0].Hash, leaves[1].Hash, leaves[2].Hash})
	for _, c := range []struct {
		name     string
		head     docket.TreeHead
		subtrees []docket.Hash
		code     string
	}{
		{"as it should be", docket.TreeHead{Size: 3, Root: all, Instant: instant(0)}, []docket.Hash{two, leaves[2].Hash}, ""},
		{"the root of another tree", docket.TreeHead{Size: 3, Root: two, Instant: instant(0)}, []docket.Hash{two, leaves[2].Hash}, "tlog.head-differs"},
		{"subtrees the wrong way round", docket.TreeHead{Size: 3, Root: all, Instant: instant(0)}, []docket.Hash{leaves[2].Hash, two}, "tlog.head-differs"},
		{"a subtree too few", docket.TreeHead{Size: 3, Root: all, Instant: instant(0)}, []docket.Hash{all}, "docket.frontier"},
		{"a size below nothing", docket.TreeHead{Size: -1, Root: all, Instant: instant(0)}, nil, "docket.frontier"},
		{"a size that no file has", docket.TreeHead{Size: 1 << 52, Root: all, Instant: instant(0)}, []docket.Hash{all}, "tlog.leaves-short"},
		{"a size whose length in bytes wraps round", docket.TreeHead{Size: 1 << 56, Root: all, Instant: instant(0)}, []docket.Hash{all}, "tlog.leaves-short"},
	} {
		folder := made(t, leaves)
		line, err := tlog.LineOf(c.head, c.subtrees...)
		if err != nil {
			t.Fatal(err)
		}
		put(t, folder, "heads", line)
		if tree, err := tlog.Open(folder, false); faultCode(err) != c.code {
			t.Errorf("%s: %+v (%v), want %q", c.name, tree, err, c.code)
		}
	}
}

// Verify runs beside the process that writes: it sees the tree as it was when
// it opened it.
func TestReadingBesideAWriter(t *testing.T) {
	folder := made(t, leavesOf(0, 7))
	writer, reader := opened(t, folder, true), opened(t, folder, false)
	if _, err := writer.Extend(leavesOf(7, 12), instant(1)); err != nil {
		t.Fatal(err)
	}
	sound(t, "the reader", reader)
	sound(t, "the writer", writer)
	if reader.Head().Size != 7 || opened(t, folder, false).Head() != writer.Head() {
		t.Errorf("the reader has %d leaves, a new one %d", reader.Head().Size, opened(t, folder, false).Head().Size)
	}
	before := file(t, folder, "leaves")
	if _, err := reader.Extend(leavesOf(7, 14), instant(1)); err == nil {
		t.Error("a reader writes")
	}
	if !bytes.Equal(before, file(t, folder, "leaves")) || reader.Head().Size > 12 {
		t.Error("a reader that may not write has changed the tree")
	}
	// Half a head stands in the file while the writer writes.
	torn := file(t, folder, "heads")
	put(t, folder, "heads", append(torn, `{"size":13,"root":"5f`...))
	sound(t, "a reader that comes meanwhile", opened(t, folder, false))
}

// In one process the pages ask for the head while acts go on.
func TestReadersInTheSameProcess(t *testing.T) {
	tree := opened(t, made(t), true)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	var wrong error
	var once sync.Once
	for range 3 {
		readers.Go(func() {
			for size := int64(0); ; {
				select {
				case <-stop:
					return
				default:
				}
				head := tree.Head()
				var frontier docket.Frontier
				for l, err := range tree.Leaves(0) {
					if frontier.Append(l.Hash); err != nil {
						once.Do(func() { wrong = err })
					}
					if frontier.Size() == head.Size && frontier.Root() != head.Root {
						once.Do(func() { wrong = errors.New("a head without its leaves") })
					}
				}
				for _, err := range tree.Heads() {
					if err != nil {
						once.Do(func() { wrong = err })
					}
				}
				if head.Size < size {
					once.Do(func() { wrong = errors.New("the tree shrinks") })
				}
				size = head.Size
			}
		})
	}
	for n := range 40 {
		if _, err := tree.Extend(leavesOf(3*n, 3*n+3), instant(n)); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	readers.Wait()
	if wrong != nil {
		t.Error(wrong)
	}
}

func perSecond(b *testing.B, n int, what string) {
	b.ReportMetric(float64(b.N)*float64(n)/b.Elapsed().Seconds(), what+"/s")
}

// Two syncs a batch: the figure is the disk's.
func BenchmarkExtend(b *testing.B) {
	for _, batch := range []int{1, 64, 5000} {
		b.Run(fmt.Sprint("by ", batch), func(b *testing.B) {
			tree := opened(b, made(b), true)
			n := 0
			for b.Loop() {
				b.StopTimer()
				leaves := leavesOf(n, n+batch)
				b.StartTimer()
				if _, err := tree.Extend(leaves, instant(0)); err != nil {
					b.Fatal(err)
				}
				n += batch
			}
			perSecond(b, batch, "leaves")
		})
	}
}

// What verify reads.
func BenchmarkLeaves(b *testing.B) {
	const n = 20_000
	tree := opened(b, made(b, leavesOf(0, n)), false)
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range tree.Leaves(0) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	perSecond(b, n, "leaves")
}
