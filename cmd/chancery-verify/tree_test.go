package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"
)

func someRecords(n int) []hash {
	list := make([]hash, n)
	for i := range list {
		list[i] = commitment(entryTag, hash{}, fmt.Append(nil, i))
	}
	return list
}

// Two implementations that aren't ours make roots and proofs; ours must take
// them, and nothing else.
func TestProofsAgainstOthers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const most = 2000
	records := someRecords(most)
	tree := growTree(records)
	var ours edge
	for size := int64(1); size <= most; size++ {
		ours.add(leafHash(records[size-1]))
		root := tree.root(size)
		if ours.root() != root {
			t.Fatalf("size %d: root %s, and sumdb has %s", size, ours.root(), root)
		}
		for _, leaf := range []int64{0, size / 2, size - 1, random.Int64N(size)} {
			path, err := tlog.ProveRecord(size, leaf, tree)
			must(t, err)
			ours, theirs := make([]hash, len(path)), make([][]byte, len(path))
			for i, h := range path {
				ours[i], theirs[i] = hash(h), h[:]
			}
			at := leafHash(records[leaf])
			must(t, proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(leaf), uint64(size), at[:], theirs, root[:]))
			if !leads(ours, at, leaf, size, root) {
				t.Fatalf("leaf %d of %d: a good proof is refused", leaf, size)
			}
			for name, taken := range map[string]bool{
				"another leaf":   size > 1 && leads(ours, at, (leaf+1)%size, size, root),
				"a leaf outside": leads(ours, at, leaf+size, size, root) || leads(ours, at, -1, size, root),
				"another root":   leads(ours, at, leaf, size, hash{}),
				"one hash more":  leads(append(ours, hash{}), at, leaf, size, root),
				"one hash less":  len(ours) > 0 && leads(ours[1:], at, leaf, size, root),
				"another record": leads(ours, hash{}, leaf, size, root),
			} {
				if taken {
					t.Fatalf("leaf %d of %d: %s is taken", leaf, size, name)
				}
			}
		}
	}
}

// A tree's beginning is proved from tiles: at every size up to some bundles,
// and at random in one with three levels of tiles.
func TestPrefixesAgainstOthers(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, size := range []int64{1, 2, 255, 256, 257, 600, 1024, 66_000} {
		f := files{}
		tree := f.publish("", someRecords(int(size)))
		from := &source{at: f.folder(t)}
		for range 60 {
			old := random.Int64N(size + 1)
			p := prefixTree{from: from, size: size, old: old}
			whole, begin, problem := p.roots(context.Background())
			if problem != nil {
				t.Fatal(problem)
			}
			if begin != tree.root(old) || old > 0 && whole != tree.root(size) {
				t.Fatalf("%d of %d: %s and %s", old, size, begin, whole)
			}
		}
	}
}

func TestNamesOfTiles(t *testing.T) {
	for _, c := range []struct {
		level string
		n     int64
		width int
		want  string
	}{
		{"0", 1234067, 256, "tile/0/x001/x234/067"},
		{"entries", 5, 256, "tile/entries/005"},
		{"2", 1000, 7, "tile/2/x001/000.p/7"},
		{"entries", 0, 1, "tile/entries/000.p/1"},
	} {
		if got := tileName(c.level, c.n, c.width); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	for _, tile := range tlog.NewTiles(8, 0, 300_000) {
		if got := "tile/8/" + tileName(fmt.Sprint(tile.L), tile.N, tile.W)[len("tile/"):]; got != tile.Path() {
			t.Fatalf("%s, and sumdb has %s", got, tile.Path())
		}
	}
}

// JSON is read in one way, or not at all.
func TestJSONIsReadInOneWay(t *testing.T) {
	for text, want := range map[string]string{
		`{"b":[1,-2,0],"a":"\u00e9\/\ud83d\ude00","c":{"\u0001":null,"\r":true}}`: `{"a":"é/😀","b":[1,-2,0],"c":{"\u0001":null,"\r":true}}`,
		` [ 9007199254740992 , false ] `:                                          `[9007199254740992,false]`,
		"{\"\uffee\":1,\"\U0001f600\":2}":                                         "{\"\U0001f600\":2,\"\uffee\":1}", // UTF-16's order
		`01`:                                                                      "", `-0`: "", `1.0`: "", `1e2`: "", `+1`: "", `-`: "", `9007199254740993`: "", `99999999999999999999`: "",
		`{"a":1,"a":1}`: "", `{"a":1,"\u0061":1}`: "", `"\ud800"`: "", `"\udc00\ud800"`: "", `"\x"`: "", `"\u12"`: "", "\"\n\"": "", "\"\xff\"": "",
		`[1,]`: "", `[1 2]`: "", `{"a"}`: "", `{a:1}`: "", `nul`: "", `[`: "", `"`: "", ``: "", `1 1`: "", "\ufeff1": "", `TRUE`: "",
	} {
		v, err := readJSON([]byte(text))
		if got := string(v.canonical(nil)); (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%s: %s (%v), want %s", text, got, err, want)
		}
	}
	deep := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	if _, err := readJSON(deep(32)); err != nil {
		t.Error(err)
	}
	if _, err := readJSON(deep(33)); err == nil {
		t.Error("33 levels are read")
	}
}
