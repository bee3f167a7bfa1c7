package tlog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	sumdb "golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/tlog"
)

// The golden paths of C2SP tlog-tiles.
func TestTheNamesOfTiles(t *testing.T) {
	for _, c := range []struct {
		level int
		n     int64
		width int
		name  string
	}{
		{0, 0, 256, "tile/0/000"},
		{0, 0, 1, "tile/0/000.p/1"},
		{1, 7, 255, "tile/1/007.p/255"},
		{0, 999, 256, "tile/0/999"},
		{0, 1000, 256, "tile/0/x001/000"},
		{0, 1234067, 256, "tile/0/x001/x234/067"},
		{2, 1234067, 8, "tile/2/x001/x234/067.p/8"},
		{-1, 1234067, 256, "tile/entries/x001/x234/067"},
		{-1, 1234067, 12, "tile/entries/x001/x234/067.p/12"},
		{-1, 5000000, 256, "tile/entries/x005/x000/000"},
	} {
		if got := tlog.TileName(c.level, c.n, c.width); got != c.name {
			t.Errorf("level %d, number %d, width %d: %s, want %s", c.level, c.n, c.width, got, c.name)
		}
		if c.level < 0 {
			continue // theirs are called data
		}
		theirs := sumdb.Tile{H: 8, L: c.level, N: c.n, W: c.width}.Path()
		if want := strings.Replace(theirs, "tile/8/", "tile/", 1); want != c.name {
			t.Errorf("sumdb/tlog calls it %s, and we %s", want, c.name)
		}
	}
}

// theirTree is the tree as golang.org/x/mod/sumdb/tlog keeps it.
type theirTree []sumdb.Hash

func (s *theirTree) add(n int64, c docket.Hash) {
	hashes, err := sumdb.StoredHashes(n, c[:], s)
	if err != nil {
		panic(err)
	}
	*s = append(*s, hashes...)
}

func (s *theirTree) ReadHashes(indexes []int64) ([]sumdb.Hash, error) {
	list := make([]sumdb.Hash, len(indexes))
	for i, x := range indexes {
		list[i] = (*s)[x]
	}
	return list, nil
}

// like holds that what is published from one size to another is, tile by
// tile, what sumdb/tlog makes, and that both others find our proofs good.
func like(t *testing.T, s *shelf, theirs *theirTree, from, size int64, leaves []int64) {
	t.Helper()
	ctx := t.Context()
	c, err := read(s).Checkpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	root, err := sumdb.TreeHash(size, theirs)
	if err != nil || c.Size != size || docket.Hash(root) != c.Root {
		t.Fatalf("%d leaves: %d under %s, sumdb/tlog says %s (%v)", size, c.Size, c.Root, root, err)
	}
	for _, their := range sumdb.NewTiles(8, from, size) {
		want, err := sumdb.ReadTileData(their, theirs)
		if err != nil {
			t.Fatal(err)
		}
		name := tlog.TileName(their.L, their.N, their.W)
		if got := s.files[name]; !bytes.Equal(got, want) {
			t.Fatalf("%d leaves: %s has %d bytes, and differs from sumdb/tlog's", size, name, len(got))
		}
	}
	hasher := rfc6962.DefaultHasher
	for _, leaf := range leaves {
		path, err := read(s).InclusionProof(ctx, c, leaf)
		if err != nil {
			t.Fatal(err)
		}
		record, err := read(s).Record(ctx, c, leaf)
		if err != nil || record != commitment(leaf) {
			t.Fatalf("record %d of %d: %s (%v)", leaf, size, record, err)
		}
		if err := proof.VerifyInclusion(hasher, uint64(leaf), uint64(size), hasher.HashLeaf(record[:]), raw(path), c.Root[:]); err != nil {
			t.Fatalf("leaf %d of %d: %v", leaf, size, err)
		}
		if err := docket.CheckInclusion(path, leaf, size, docket.LeafHash(record), c.Root); err != nil {
			t.Fatal(err)
		}
		old := leaf + 1
		extends, err := read(s).ConsistencyProof(ctx, old, c)
		if err != nil {
			t.Fatal(err)
		}
		was := long().roots[old]
		if err := proof.VerifyConsistency(hasher, uint64(old), uint64(size), raw(extends), was[:], c.Root[:]); err != nil {
			t.Fatalf("from %d to %d: %v", old, size, err)
		}
	}
}

func raw(hashes []docket.Hash) [][]byte {
	list := make([][]byte, len(hashes))
	for i := range hashes {
		list[i] = hashes[i][:]
	}
	return list
}

func TestEverySizeUpTo2000IsAsOthersMakeIt(t *testing.T) {
	s, theirs := newShelf(), theirTree{}
	p := publisher(t, s)
	for size := int64(1); size <= 2000; size++ {
		theirs.add(size-1, commitment(size-1))
		publish(t, p, size)
		leaves := []int64{size * size / 7 % size}
		if size%50 < 2 {
			leaves = append(leaves, 0, size-1)
		}
		like(t, s, &theirs, size-1, size, leaves)
	}
	if list := wrong(t, s); len(list) > 0 {
		t.Fatalf("%q", list)
	}
	for name := range s.files { // nothing is left but the tree at its last size, and its last tile's partials
		if strings.HasPrefix(name, "staging/") || strings.Contains(name, ".p/") && !strings.Contains(name, "/007.p/") && !strings.HasPrefix(name, "tile/1/000.p/") {
			t.Errorf("%s is left", name)
		}
	}
}

// Any sizes, one after the other, come to the same files as sumdb/tlog's.
func TestAnySizesAreAsOthersMakeThem(t *testing.T) {
	var theirs theirTree
	for n := range int64(1 << 17) {
		theirs.add(n, commitment(n))
	}
	rapid.Check(t, func(r *rapid.T) {
		s := newShelf()
		size := int64(0)
		step := rapid.OneOf(rapid.Int64Range(1, 5), rapid.Int64Range(1, 600), rapid.SampledFrom([]int64{255, 256, 257, 511, 512, 4095}))
		for _, more := range rapid.SliceOfN(step, 1, 6).Draw(r, "steps") {
			publish(t, publisher(t, s), size+more)
			like(t, s, &theirs, size, size+more, []int64{rapid.Int64Range(0, size+more-1).Draw(r, "leaf")})
			size += more
		}
	})
	s := newShelf()
	publish(t, publisher(t, s), 1<<16+70)
	like(t, s, &theirs, 0, 1<<16+70, []int64{0, 1<<16 - 1, 1 << 16, 1<<16 + 69})
	publish(t, publisher(t, s), 1<<17)
	like(t, s, &theirs, 1<<16+70, 1<<17, []int64{0, 1<<16 + 69, 1 << 16, 1<<17 - 1})
	if list := wrong(t, s); len(list) > 0 {
		t.Fatalf("%q", list)
	}
}

// What a checkpoint is, byte for byte: docs/log-format.md, section 4.
func TestACheckpointByteForByte(t *testing.T) {
	s := newShelf()
	c := publish(t, publisher(t, s), 3)
	text, signature, _ := strings.Cut(string(c.Note), "\n\n")
	if want := "harbour.example/log\n3\nUq0Z6UJxfO6EWUH0SaDXk/fMAKrcUkeObQI2JO5b3Rw="; text != want {
		t.Errorf("%q, want %q", text, want)
	}
	if !strings.HasPrefix(signature, "— harbour.example/log ") || !bytes.Equal(s.files["checkpoint"], c.Note) || !bytes.Equal(s.kept, c.Note) {
		t.Errorf("%q", c.Note)
	}
}

// crashes plays a log that grows in batches; where it stops, another publisher
// begins anew, as after a crash, and goes on.
func crashes(t *testing.T, s *shelf, what string) (failed bool) {
	t.Helper()
	p := publisher(t, s).InBatches(256)
	for _, size := range []int64{200, 259, 700, 701} {
		for {
			done, err := p.Publish(t.Context(), size, long().source(), nil)
			if err == nil {
				if done.Size != size {
					t.Fatalf("%s: %d leaves, want %d", what, done.Size, size)
				}
				break
			}
			if !errors.Is(err, errShelf) {
				t.Fatalf("%s: %v", what, err)
			}
			failed = true
			s.consistent(t, what)
			p = publisher(t, s).InBatches(256)
		}
		s.consistent(t, what)
	}
	return failed
}

// The last two bits before the padding of a signature say nothing, and base64 is
// mostly read without them: here each bit of a checkpoint counts.
func TestEveryBitOfACheckpointCounts(t *testing.T) {
	s := newShelf()
	publish(t, publisher(t, s), 3)
	signed := s.files["checkpoint"]
	if _, err := tlog.ParseCheckpoint(signed, harbourKey.Verifier, "here"); err != nil {
		t.Fatal(err)
	}
	for at := range signed {
		for bit := range 8 {
			flipped := bytes.Clone(signed)
			flipped[at] ^= 1 << bit
			if _, err := tlog.ParseCheckpoint(flipped, harbourKey.Verifier, "here"); err == nil {
				t.Errorf("bit %d of byte %d of %d was flipped, and nobody says so", bit, at, len(signed))
			}
		}
	}
}

// Each operation fails once, before it is done or after. What was signed
// before is finished by the next run, and the files are those of a run to
// which nothing happened.
func TestACrashAtEveryOperationOfPublishing(t *testing.T) {
	whole := newShelf()
	if crashes(t, whole, "no crash") {
		t.Fatal("it failed")
	}
	for _, late := range []bool{false, true} {
		n := 1
		for ; ; n++ {
			s := newShelf()
			s.failAt, s.late = n, late
			what := fmt.Sprintf("operation %d fails, late: %v", n, late)
			if !crashes(t, s, what) {
				break
			}
			if !maps.EqualFunc(s.files, whole.files, bytes.Equal) || !bytes.Equal(s.kept, whole.kept) {
				t.Fatalf("%s: the files are %q, want %q", what, slices.Sorted(maps.Keys(s.files)), slices.Sorted(maps.Keys(whole.files)))
			}
		}
		if n < 70 {
			t.Errorf("only %d operations failed", n-1)
		}
	}
}

// The same publisher goes on after a failure too: it reads again what is kept.
func TestAPublisherGoesOnAfterAFailure(t *testing.T) {
	for n := 1; n < 60; n++ {
		s := newShelf()
		p := publisher(t, s)
		s.failAt = n
		_, err := p.Publish(t.Context(), 300, long().source(), nil)
		s.failAt = 0
		publish(t, p, 301)
		s.consistent(t, fmt.Sprintf("operation %d failed (%v)", n, err))
		for name := range s.files {
			if strings.HasPrefix(name, "staging/") {
				t.Fatalf("operation %d failed, and %s is left", n, name)
			}
		}
	}
}

// Any sequence of growth, publishing and crashes gives checkpoints of which
// each is a prefix of the next.
func TestSignedCheckpointsNeverContradictEachOther(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := newShelf()
		p := publisher(t, s).InBatches(300)
		size := int64(0)
		for range rapid.IntRange(1, 12).Draw(r, "acts") {
			size += rapid.Int64Range(0, 700).Draw(r, "leaves")
			if size == 0 {
				continue
			}
			s.failAt, s.late = 0, rapid.Bool().Draw(r, "late")
			if rapid.Bool().Draw(r, "crash") {
				s.failAt = s.done + rapid.IntRange(1, 60).Draw(r, "operation")
			}
			_, err := p.Publish(t.Context(), size, long().source(), nil)
			if err != nil && !errors.Is(err, errShelf) {
				r.Fatal(err)
			}
			s.failAt = 0
			s.consistent(t, fmt.Sprint(size, " leaves"))
			if rapid.Bool().Draw(r, "anew") {
				p = publisher(t, s).InBatches(300)
			}
		}
		publish(t, p, size+1)
		s.consistent(t, "at the end")
	})
}

// Promise 18: between writing and signing a bit falls over, anywhere. It is
// found and located, and nothing is signed.
func TestABitThatFallsOverBeforeSigning(t *testing.T) {
	for _, c := range []struct {
		from, to int64
		stride   int // every byte of the small one, each region of the other
	}{{0, 3, 1}, {250, 262, 13}} {
		s := newShelf()
		before := publisher(t, s)
		if c.from > 0 {
			publish(t, before, c.from)
		}
		kept, public, length := bytes.Clone(s.kept), bytes.Clone(s.files["checkpoint"]), 1
		located := map[string]int{}
		for at := 0; at < length; at += c.stride {
			s.put = func(name string, content []byte) []byte {
				if strings.HasPrefix(name, "staging/") {
					length = len(content)
					content[at] ^= 1 << (at % 8)
				}
				return content
			}
			_, err := publisher(t, s).Publish(t.Context(), c.to, long().source(), nil)
			code := faultCode(err)
			if !slices.Contains([]string{"tlog.staged-leaf", "tlog.staged-differs", "tlog.bundle-form"}, code) {
				t.Fatalf("byte %d of %d: %v", at, length, err)
			}
			if !bytes.Equal(s.kept, kept) || !bytes.Equal(s.files["checkpoint"], public) {
				t.Fatalf("byte %d of %d: signed all the same", at, length)
			}
			located[code]++
			if want, named := leafAt(s, at), fmt.Sprintf("leaf=%q", fmt.Sprint(leafAt(s, at))); want >= 0 && code == "tlog.staged-leaf" && !strings.Contains(err.Error(), named) {
				t.Fatalf("byte %d lies in leaf %d, and is blamed on %v", at, want, err)
			}
		}
		if len(located) != 3 || located["tlog.staged-leaf"] < int(c.to-c.from)*64/c.stride {
			t.Errorf("from %d to %d: %v", c.from, c.to, located)
		}
		s.put = nil
		publish(t, publisher(t, s), c.to)
		s.consistent(t, "afterwards")
	}
}

// What is staged is exchanged for another archive that is sound in itself.
func TestAnotherArchiveBeforeSigning(t *testing.T) {
	forged := registerOf(300)
	forged.leaves[290][0]++
	var f docket.Frontier
	for i, c := range forged.leaves {
		f.Append(docket.LeafHash(c))
		forged.roots[i+1] = f.Root()
	}
	for what, of := range map[string]struct {
		size int64
		r    *register
	}{"another tree's": {300, forged}, "one that ends earlier": {299, long()}} {
		var archive []byte
		other := newShelf()
		publish(t, publisher(t, other), 280)
		other.put = func(name string, content []byte) []byte {
			if strings.HasPrefix(name, "staging/") {
				archive = content
			}
			return content
		}
		if _, err := publisher(t, other).Publish(t.Context(), of.size, of.r.source(), nil); err != nil {
			t.Fatal(err)
		}
		s := newShelf()
		publish(t, publisher(t, s), 280)
		kept := bytes.Clone(s.kept)
		s.put = func(string, []byte) []byte { return archive }
		if _, err := publisher(t, s).Publish(t.Context(), 300, long().source(), nil); faultCode(err) != "tlog.root-differs" || !bytes.Equal(s.kept, kept) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// leafAt is the leaf that a byte of the staged archive belongs to, -1 for none.
func leafAt(s *shelf, at int) int64 {
	for name, content := range s.files {
		if !strings.HasPrefix(name, "staging/") {
			continue
		}
		flipped := bytes.Clone(content)
		flipped[at] ^= 1 << (at % 8)
		for file, entry := range map[string]int{"tile/entries/": 34, "tile/0/": 32} {
			header := at / 512 * 512
			for ; header >= 0; header -= 512 {
				if bytes.HasPrefix(flipped[header:], []byte("tile/")) {
					break
				}
			}
			if header < 0 || !bytes.HasPrefix(flipped[header:], []byte(file)) || at < header+512 {
				continue
			}
			var n, size int64
			_, _ = fmt.Sscanf(string(flipped[header+len(file):]), "%d", &n)
			_, _ = fmt.Sscanf(string(flipped[header+124:header+135]), "%o", &size)
			if in := at - header - 512; int64(in) < size {
				return n*256 + int64(in/entry)
			}
		}
	}
	return -1
}

// A commitment that isn't the one that the kept tree has is never signed.
func TestCommitmentsThatDoNotMakeTheRoot(t *testing.T) {
	for _, at := range []int64{0, 9, 19} {
		s, r := newShelf(), registerOf(20)
		publish(t, publisher(t, s), 10)
		kept := bytes.Clone(s.kept)
		r.leaves[at][5] ^= 4
		_, err := publisher(t, s).Publish(t.Context(), 20, r.source(), nil)
		if at < 10 { // it is published: what the database says now changes nothing
			if err != nil {
				t.Errorf("leaf %d: %v", at, err)
			}
			continue
		}
		if faultCode(err) != "tlog.root-differs" || !bytes.Equal(s.kept, kept) {
			t.Errorf("leaf %d: %v", at, err)
		}
	}
	s, r := newShelf(), registerOf(20)
	r.leaves = r.leaves[:15]
	if _, err := publisher(t, s).Publish(t.Context(), 20, r.source(), nil); faultCode(err) != "tlog.commitments-short" || s.kept != nil {
		t.Error(err)
	}
}

// What is refused, and by which name.
func TestALogThatCannotGoOn(t *testing.T) {
	other := keyOf(harbour, "another key")
	elsewhere := keyOf("elsewhere.example/log", "the harbour's key")
	sign := func(k key, text string) []byte {
		signed, err := note.Sign(&note.Note{Text: text}, k.Signer)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	text := func(origin string, size int64, root docket.Hash) string {
		return fmt.Sprintf("%s\n%d\n%s\n", origin, size, sumdb.Hash(root))
	}
	good := func(size int64) []byte { return sign(harbourKey, text(harbour, size, long().roots[size])) }
	forked := sign(harbourKey, text(harbour, 300, long().roots[299]))
	for _, c := range []struct {
		name, code string
		spoil      func(s *shelf)
		size       int64
	}{
		{"the database is older", "tlog.database-older", func(*shelf) {}, 299},
		{"the kept checkpoint is older", "tlog.kept-older", func(s *shelf) { s.kept = good(299) }, 301},
		{"the kept checkpoint is gone", "tlog.kept-older", func(s *shelf) { s.kept = nil }, 301},
		{"the public checkpoint is older, and not all is there", "tlog.staging-missing", func(s *shelf) {
			s.files["checkpoint"] = good(299)
			delete(s.files, "tile/0/001.p/44")
		}, 301},
		{"the public checkpoint is of a fork", "tlog.public-forked", func(s *shelf) { s.files["checkpoint"] = forked }, 301},
		{"both checkpoints are of a fork", "tlog.database-forked", func(s *shelf) { s.kept, s.files["checkpoint"] = forked, forked }, 301},
		{"kept under another key", "tlog.checkpoint-foreign", func(s *shelf) { s.kept = sign(other, text(harbour, 300, long().roots[300])) }, 301},
		{"kept of another log", "tlog.checkpoint-foreign", func(s *shelf) {
			s.kept = sign(elsewhere, text("elsewhere.example/log", 300, long().roots[300]))
		}, 301},
		{"kept of another log, by our key", "tlog.checkpoint-foreign", func(s *shelf) {
			s.kept = sign(harbourKey, text("elsewhere.example/log", 300, long().roots[300]))
		}, 301},
		{"public under another key", "tlog.checkpoint-foreign", func(s *shelf) {
			s.files["checkpoint"] = sign(other, text(harbour, 300, long().roots[300]))
		}, 301},
		{"a byte of the public checkpoint", "tlog.checkpoint-form", func(s *shelf) { s.files["checkpoint"][21]++ }, 301},
		{"no note at all", "tlog.checkpoint-form", func(s *shelf) { s.kept = []byte("300") }, 301},
		{"a size with a zero before it", "tlog.checkpoint-form", func(s *shelf) {
			s.kept = sign(harbourKey, strings.Replace(text(harbour, 300, long().roots[300]), "300", "0300", 1))
		}, 301},
		{"a fourth line", "tlog.checkpoint-form", func(s *shelf) { s.kept = sign(harbourKey, text(harbour, 300, long().roots[300])+"more\n") }, 301},
		{"the edge is changed", "tlog.edge-differs", func(s *shelf) { s.files["tile/1/000.p/1"][3]++ }, 301},
		{"the edge's leaf is changed", "tlog.leaf-differs", func(s *shelf) { s.files["tile/0/001.p/44"][3]++ }, 301},
		{"the edge's record is changed", "tlog.leaf-differs", func(s *shelf) { s.files["tile/entries/001.p/44"][3]++ }, 301},
		{"the edge is gone", "tlog.tile-missing", func(s *shelf) { delete(s.files, "tile/0/001.p/44") }, 301},
		{"the edge is cut", "tlog.tile-length", func(s *shelf) { s.files["tile/0/001.p/44"] = s.files["tile/0/001.p/44"][32:] }, 301},
		{"another content is in the place of a new tile", "tlog.file-stands", func(s *shelf) { s.files["tile/0/001"] = []byte("x") }, 512},
	} {
		s := newShelf()
		publish(t, publisher(t, s), 300)
		c.spoil(s)
		kept, public := bytes.Clone(s.kept), bytes.Clone(s.files["checkpoint"])
		_, err := publisher(t, s).Publish(t.Context(), c.size, long().source(), nil)
		if faultCode(err) != c.code {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
		}
		if c.code != "tlog.file-stands" && !bytes.Equal(s.kept, kept) || !bytes.Equal(s.files["checkpoint"], public) {
			t.Errorf("%s: it was signed or shown all the same", c.name)
		}
	}
	if _, err := tlog.NewPublisher(newShelf(), safe{newShelf()}, other.Signer, harbourKey.Verifier); faultCode(err) != "tlog.keys-differ" {
		t.Error(err)
	}
}

// swapsAndStops keeps a checkpoint, and is the last that is done.
type swapsAndStops struct{ safe }

func (s swapsAndStops) Swap(ctx context.Context, old, next []byte) error {
	return errors.Join(s.safe.Swap(ctx, old, next), errShelf)
}

// Who kept the checkpoint may have been stopped before it was on disk. It is
// kept once more before anything is shown that rests on it: else a loss of power
// would leave a log that shows more than it has signed.
func TestNothingIsShownBeforeItsCheckpointIsKeptForGood(t *testing.T) {
	s := newShelf()
	publish(t, publisher(t, s), 300)
	shown := bytes.Clone(s.files["checkpoint"])
	for range 2 { // the disk refuses to say that it is kept; the second time it stands there already
		p, err := tlog.NewPublisher(s, swapsAndStops{safe{s}}, harbourKey.Signer, harbourKey.Verifier)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Publish(t.Context(), 301, long().source(), nil); !errors.Is(err, errShelf) {
			t.Errorf("published: %v", err)
		}
		if !bytes.Equal(s.files["checkpoint"], shown) || s.files["tile/0/001.p/45"] != nil {
			t.Error("something is shown")
		}
	}
	publish(t, publisher(t, s), 301)
}

// The same of the public checkpoint. While its staging lies there it may have its
// name and be on no disk: it is put once more before the staging goes, from
// which alone it could be brought back.
func TestACheckpointWithItsStagingIsPutAgain(t *testing.T) {
	met := 0
	for n := 1; ; n++ {
		s := newShelf()
		publish(t, publisher(t, s), 300)
		before := bytes.Clone(s.files["checkpoint"])
		s.done, s.failAt, s.late = 0, n, true
		if _, err := publisher(t, s).Publish(t.Context(), 301, long().source(), nil); err == nil {
			break
		}
		staged := slices.ContainsFunc(slices.Collect(maps.Keys(s.files)), func(name string) bool { return strings.HasPrefix(name, "staging/") })
		if bytes.Equal(s.files["checkpoint"], before) || !staged {
			continue
		}
		met++
		put := 0
		s.failAt, s.put = 0, func(name string, content []byte) []byte {
			if name == "checkpoint" {
				put++
			}
			return content
		}
		if publish(t, publisher(t, s), 301); put != 1 {
			t.Errorf("operation %d failed, and the checkpoint was put %d times", n, put)
		}
	}
	if met == 0 {
		t.Error("no operation left a checkpoint with its staging")
	}
}

// The machine stopped between signing and publishing, and somebody was at the
// files before it came up again.
func TestWhatWasSignedAndNotYetPublished(t *testing.T) {
	fork := func(s *shelf) { // another tree of as many leaves, signed, with all its files
		r := registerOf(300)
		r.leaves[299][0]++
		var f docket.Frontier
		for i, c := range r.leaves {
			f.Append(docket.LeafHash(c))
			r.roots[i+1] = f.Root()
		}
		other := newShelf()
		if _, err := publisher(t, other).Publish(t.Context(), 300, r.source(), nil); err != nil {
			t.Fatal(err)
		}
		maps.Copy(s.files, other.files)
	}
	staged := func(s *shelf) string {
		for name := range s.files {
			if strings.HasPrefix(name, "staging/") {
				return name
			}
		}
		t.Fatal("nothing is staged")
		return ""
	}
	for _, c := range []struct {
		name, code string
		spoil      func(s *shelf)
	}{
		{"nobody was", "", func(*shelf) {}},
		{"the staging is gone", "tlog.staging-missing", func(s *shelf) { delete(s.files, staged(s)) }},
		{"the staging is cut", "tlog.staged-differs", func(s *shelf) { s.files[staged(s)] = s.files[staged(s)][:2000] }},
		{"a bit of the staging", "tlog.staged-leaf", func(s *shelf) { s.files[staged(s)][600]++ }},
		{"the staging of an older checkpoint", "tlog.staging-missing", func(s *shelf) {
			older := newShelf()
			publish(t, publisher(t, older), 299)
			maps.Copy(s.files, older.files)
		}},
		{"the public checkpoint is of a fork", "tlog.edge-differs", func(s *shelf) {
			was := maps.Clone(s.files)
			fork(s)
			forked := s.files["checkpoint"]
			s.files = was
			s.files["checkpoint"] = forked
		}},
		{"the public tree is of a fork", "tlog.staged-leaf", fork},
		{"a file that is put is another's", "tlog.file-stands", func(s *shelf) { s.files["tile/0/001"] = []byte("x") }},
	} {
		s := newShelf()
		publish(t, publisher(t, s), 300)
		public := bytes.Clone(s.files["checkpoint"])
		stopped, err := tlog.NewPublisher(s, swapsAndStops{safe{s}}, harbourKey.Signer, harbourKey.Verifier)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stopped.Publish(t.Context(), 600, long().source(), nil); !errors.Is(err, errShelf) {
			t.Fatal(err)
		}
		if bytes.Equal(s.kept, public) || !bytes.Equal(s.files["checkpoint"], public) {
			t.Fatalf("%s: it didn't stop between", c.name)
		}
		c.spoil(s)
		shown := bytes.Clone(s.files["checkpoint"])
		_, err = publisher(t, s).Publish(t.Context(), 600, long().source(), nil)
		if faultCode(err) != c.code || c.code != "" && !bytes.Equal(s.files["checkpoint"], shown) {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
		}
		if c.code == "" {
			s.consistent(t, c.name)
		}
	}
}

// One who was overtaken while it published shows its checkpoint after a newer
// one. The next who publishes shows the newest that is signed again, and goes
// on; and who asks first whether it is still its turn shows none.
func TestACheckpointThatWasShownTooLate(t *testing.T) {
	for name, spoil := range map[string]func(s *shelf){
		"older": func(s *shelf) {
			older := newShelf()
			publish(t, publisher(t, older), 299)
			s.files["checkpoint"] = older.files["checkpoint"]
		},
		"gone": func(s *shelf) { delete(s.files, "checkpoint") },
	} {
		for _, size := range []int64{300, 301, 700} {
			s := newShelf()
			publish(t, publisher(t, s), 300)
			spoil(s)
			done, err := publisher(t, s).Publish(t.Context(), size, long().source(), nil)
			if err != nil || done.Size != size {
				t.Fatalf("%s: %+v, %v", name, done, err)
			}
			s.consistent(t, name)
		}
	}
	for asked := range 2 {
		s := newShelf()
		publish(t, publisher(t, s), 300)
		kept, public, times := bytes.Clone(s.kept), bytes.Clone(s.files["checkpoint"]), 0
		overtaken := publisher(t, s).While(func(context.Context) error {
			if times++; times > asked {
				return errShelf
			}
			return nil
		})
		if _, err := overtaken.Publish(t.Context(), 400, long().source(), nil); !errors.Is(err, errShelf) {
			t.Fatal(err)
		}
		if bytes.Equal(s.kept, kept) != (asked == 0) || !bytes.Equal(s.files["checkpoint"], public) {
			t.Errorf("overtaken before question %d: signed or shown all the same", asked+1)
		}
		publish(t, publisher(t, s), 500)
		s.consistent(t, "the next")
	}
}

// Witnesses may take so long, and so may the building anew of the files, that
// others have shown newer checkpoints meanwhile: one who was overtaken shows
// none.
func TestAnOlderCheckpointIsNotPutBack(t *testing.T) {
	for name, do := range map[string]func(*tlog.Publisher) error{
		"cosigned": func(p *tlog.Publisher) error {
			_, err := p.Cosign(t.Context(), func(_ context.Context, checkpoint []byte, _ prover) ([]byte, error) {
				return further(t, checkpoint), nil
			})
			return err
		},
		"built anew": func(p *tlog.Publisher) error {
			_, err := p.Rebuild(t.Context(), long().source())
			return err
		},
	} {
		s := newShelf()
		publish(t, publisher(t, s), 300)
		newer := []byte(nil)
		overtaken := publisher(t, s).While(func(context.Context) error {
			publish(t, publisher(t, s), 400)
			newer = bytes.Clone(s.files["checkpoint"])
			return errShelf
		})
		if err := do(overtaken); !errors.Is(err, errShelf) || !bytes.Equal(s.files["checkpoint"], newer) {
			t.Errorf("%s: %v; shown all the same: %s", name, err, s.files["checkpoint"])
		}
		s.consistent(t, name)
	}
}

// Two publish at once, as must never be: one is refused before anything of
// its is seen.
func TestTwoPublishers(t *testing.T) {
	s := newShelf()
	publish(t, publisher(t, s), 10)
	first := publisher(t, s)
	s.put = func(name string, content []byte) []byte {
		if strings.HasPrefix(name, "staging/10-30-") {
			s.put = nil
			s.mu.Unlock() // the other comes between, all the way
			publish(t, publisher(t, s), 20)
			s.mu.Lock()
		}
		return content
	}
	if _, err := first.Publish(t.Context(), 30, long().source(), nil); faultCode(err) != "tlog.kept-changed" {
		t.Error(err)
	}
	s.consistent(t, "two")
	// What another has staged and may yet sign is left alone.
	s.files["staging/20-40-"+long().roots[40].String()] = []byte("another's")
	publish(t, publisher(t, s), 30)
	s.consistent(t, "one after the other")
	if s.files["staging/20-40-"+long().roots[40].String()] == nil {
		t.Error("another's staging is swept")
	}
	publish(t, publisher(t, s), 50)
	for name := range s.files {
		if strings.HasPrefix(name, "staging/") {
			t.Errorf("%s is left", name)
		}
	}
}

func TestARebuiltLogIsTheSame(t *testing.T) {
	s := newShelf()
	p := publisher(t, s).InBatches(256)
	publish(t, p, 700)
	whole := maps.Clone(s.files)
	for name := range whole {
		switch {
		case strings.HasSuffix(name, "1"):
			delete(s.files, name)
		case strings.HasSuffix(name, "0"):
			s.files[name] = []byte("spoilt")
		}
	}
	delete(s.files, "checkpoint")
	c, err := publisher(t, s).InBatches(256).Rebuild(t.Context(), long().source())
	if err != nil || c.Size != 700 || !maps.EqualFunc(s.files, whole, bytes.Equal) {
		t.Errorf("%d leaves (%v), files %q", c.Size, err, slices.Sorted(maps.Keys(s.files)))
	}
	publish(t, p, 900)
	s.consistent(t, "rebuilt")

	// A database that isn't the signed one's replaces nothing.
	r := registerOf(1000)
	r.leaves[3][0]++
	before := maps.Clone(s.files)
	delete(before, "tile/0/000")
	s.files = maps.Clone(before)
	if _, err := p.Rebuild(t.Context(), r.source()); faultCode(err) != "tlog.database-forked" || !maps.EqualFunc(s.files, before, bytes.Equal) {
		t.Error(err)
	}
	if _, err := publisher(t, newShelf()).Rebuild(t.Context(), r.source()); faultCode(err) != "tlog.not-published" {
		t.Error(err)
	}
}

// Of an epoch that is over there is its checkpoint, and no key.
func TestAnEpochThatIsOverIsRestored(t *testing.T) {
	s := newShelf()
	publish(t, publisher(t, s), 700)
	whole := maps.Clone(s.files)
	signed := whole["checkpoint"]
	for _, left := range []map[string][]byte{{}, {"tile/0/000": []byte("spoilt"), "tile/0/001": whole["tile/0/001"]}, whole} {
		again := newShelf()
		again.files = maps.Clone(left)
		if err := tlog.Restore(t.Context(), again, signed, long().source()); err != nil || !maps.EqualFunc(again.files, whole, bytes.Equal) {
			t.Errorf("from %d files: %v, %q", len(left), err, slices.Sorted(maps.Keys(again.files)))
		}
	}
	other := registerOf(1000)
	other.leaves[3][0]++
	for what, c := range map[string]struct {
		signed []byte
		source tlog.Source
		code   string
	}{
		"another database":       {signed, other.source(), "tlog.database-forked"},
		"a database that ends":   {signed, registerOf(699).source(), "tlog.commitments-short"},
		"a checkpoint cut short": {signed[:len(signed)/2], long().source(), "tlog.checkpoint-form"},
		"no checkpoint":          {nil, long().source(), "tlog.checkpoint-form"},
	} {
		again := newShelf()
		if err := tlog.Restore(t.Context(), again, c.signed, c.source); faultCode(err) != c.code || len(again.files) > 0 {
			t.Errorf("%s: %v, and %d files were written", what, err, len(again.files))
		}
	}
}

// An epoch is the same under another prefix and another key.
func TestAnEpochBesideTheFirst(t *testing.T) {
	s, kept := newShelf(), newShelf()
	publish(t, publisher(t, s), 300)
	second := keyOf(harbour+"/epoch/2", "the next key")
	p, err := tlog.NewPublisher(tlog.Under(s, "epoch/2/"), safe{kept}, second.Signer, second.Verifier)
	if err != nil {
		t.Fatal(err)
	}
	publish(t, p, 280)
	publish(t, p, 600)
	c, err := tlog.Read(tlog.Under(s, "epoch/2/"), second.Verifier).Checkpoint(context.Background())
	if err != nil || c.Size != 600 || !bytes.Equal(s.files["epoch/2/checkpoint"], c.Note) || s.files["epoch/2/tile/0/001"] == nil {
		t.Errorf("%+v (%v)", c, err)
	}
	for name := range s.files {
		if strings.Contains(name, "staging/") || strings.HasPrefix(name, "epoch/2/tile/0/001.p/") {
			t.Errorf("%s is left", name)
		}
	}
	s.consistent(t, "the first epoch")
}
