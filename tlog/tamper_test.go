package tlog_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/tlog"
)

// tampered is what somebody does to the public files of a log.
type tampered struct {
	name string
	do   func(files map[string][]byte)
	want []string // every fault that is found, and no other
}

// flip changes the last byte of a file.
func flip(name string) func(map[string][]byte) {
	return func(files map[string][]byte) {
		c := bytes.Clone(files[name])
		c[len(c)-1] ^= 1
		files[name] = c
	}
}

func swap(a, b string) func(map[string][]byte) {
	return func(files map[string][]byte) { files[a], files[b] = files[b], files[a] }
}

func remove(names ...string) func(map[string][]byte) {
	return func(files map[string][]byte) {
		for _, name := range names {
			delete(files, name)
		}
	}
}

func leafDiffers(leaf int, n string) string {
	return fmt.Sprintf("tlog.leaf-differs leaf=%q bundle=%q tile=%q", fmt.Sprint(leaf), "tile/entries/"+n, "tile/0/"+n)
}

func fileFault(code, name string) string { return fmt.Sprintf("%s file=%q", code, name) }

// Everything that can be done to a tree of 66,000 leaves is found, and its
// place named: changed, removed, inserted, swapped, rolled back, forked.
func TestTamperingIsFoundAndLocated(t *testing.T) {
	const size = 66_000
	s := newShelf()
	publish(t, publisher(t, s), size)
	clean := s.files
	root := long().roots[size]

	// Who changes a record and all that lies above it.
	forgery := newShelf()
	forged := registerOf(size)
	forged.leaves[300][0]++
	var f docket.Frontier
	for i, c := range forged.leaves {
		f.Append(docket.LeafHash(c))
		forged.roots[i+1] = f.Root()
	}
	if _, err := publisher(t, forgery).Publish(t.Context(), size, forged.source(), nil); err != nil {
		t.Fatal(err)
	}
	forkedRoot := fmt.Sprintf("tlog.root-forked size=%q root=%q signed=%q", fmt.Sprint(size), forged.roots[size], root)

	for _, c := range []tampered{
		{"nothing", func(map[string][]byte) {}, nil},
		{"a record changed", flip("tile/entries/001"), []string{leafDiffers(511, "001"), fileFault("tlog.tile-differs", "tile/1/000"), fileFault("tlog.tile-differs", "tile/2/000.p/1"), "tlog.root-forked"}},
		{"a leaf's hash changed", flip("tile/0/001"), []string{leafDiffers(511, "001")}},
		{"a hash above changed", flip("tile/1/000"), []string{fileFault("tlog.tile-differs", "tile/1/000")}},
		{"a hash at the edge changed", flip("tile/1/001.p/1"), []string{fileFault("tlog.tile-differs", "tile/1/001.p/1")}},
		{"the top changed", flip("tile/2/000.p/1"), []string{fileFault("tlog.tile-differs", "tile/2/000.p/1")}},
		{"a leaf at the edge changed", flip("tile/0/257.p/208"), []string{leafDiffers(size-1, "257.p/208")}},
		{"a bundle removed", remove("tile/entries/002"), []string{fileFault("tlog.tile-missing", "tile/entries/002")}},
		{"a tile removed", remove("tile/0/002"), []string{fileFault("tlog.tile-missing", "tile/0/002")}},
		{"both removed", remove("tile/0/002", "tile/entries/002"), []string{fileFault("tlog.tile-missing", "tile/entries/002"), fileFault("tlog.tile-missing", "tile/0/002")}},
		{"a tile above removed", remove("tile/1/000"), []string{fileFault("tlog.tile-missing", "tile/1/000")}},
		{"a record inserted", func(files map[string][]byte) {
			files["tile/entries/003"] = append(bytes.Clone(files["tile/entries/003"]), files["tile/entries/004"][:34]...)
		}, []string{`tlog.tile-length file="tile/entries/003" bytes="8738" expected="8704"`}},
		{"a record's length changed", func(files map[string][]byte) {
			files["tile/entries/003"] = bytes.Clone(files["tile/entries/003"])
			files["tile/entries/003"][35]++
		}, []string{`tlog.bundle-form file="tile/entries/003" record="1"`}},
		{"another's tree in place of this one", func(files map[string][]byte) {
			own := files["checkpoint"]
			maps.Copy(files, forgery.files)
			files["checkpoint"] = own
		}, []string{forkedRoot}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.files = maps.Clone(clean)
			c.do(s.files)
			found := wrong(t, s)
			for i, f := range found {
				found[i] = strings.TrimPrefix(f, "check the tree: ")
			}
			if !slices.EqualFunc(found, c.want, strings.HasPrefix) {
				t.Errorf("found %q, want %q", found, c.want)
			}
		})
	}

	s.files = maps.Clone(clean)
	swap("tile/entries/005", "tile/entries/006")(s.files)
	if found := wrong(t, s); len(found) < 512 || !strings.HasPrefix(found[0], leafDiffers(5*256, "005")) {
		t.Errorf("two bundles swapped: %d are found, the first %q", len(found), found[0])
	}
}

// A proof is never made from a tile that was changed: the tile is named.
func TestNoProofFromAChangedTile(t *testing.T) {
	const size = 66_000
	s := newShelf()
	c := publish(t, publisher(t, s), size)
	clean := s.files
	for _, v := range []struct {
		leaf int64
		name string
		want string
	}{
		{700, "tile/0/002", `tlog.tile-differs file="tile/0/002"`},
		{700, "tile/1/000", `tlog.tile-differs file="tile/1/000"`},
		{700, "tile/2/000.p/1", `tlog.edge-differs size="66000" files="[tile/0/257.p/208 tile/1/001.p/1 tile/2/000.p/1]"`},
		{size - 1, "tile/1/001.p/1", `tlog.edge-differs size="66000"`},
	} {
		s.files = maps.Clone(clean)
		flip(v.name)(s.files)
		if _, err := read(s).InclusionProof(t.Context(), c, v.leaf); err == nil || !strings.HasPrefix(err.Error(), v.want) {
			t.Errorf("%s: %v, want %s", v.name, err, v.want)
		}
		if _, err := read(s).Record(t.Context(), c, v.leaf); err == nil || !strings.HasPrefix(err.Error(), v.want) {
			t.Errorf("%s: a record: %v, want %s", v.name, err, v.want)
		}
		if _, err := read(s).ConsistencyProof(t.Context(), v.leaf, c); err == nil {
			t.Errorf("%s: a proof of the prefix of %d was made", v.name, v.leaf)
		}
	}
	s.files = maps.Clone(clean)
	flip("tile/entries/002")(s.files)
	if _, err := read(s).Record(t.Context(), c, 767); err == nil || err.Error() != leafDiffers(767, "002") {
		t.Error(err)
	}
	s.files = maps.Clone(clean)
	delete(s.files, "tile/0/002")
	if _, err := read(s).InclusionProof(t.Context(), c, 700); faultCode(err) != "tlog.tile-missing" {
		t.Error(err)
	}
	// Proofs by an older checkpoint, whose partial tiles are gone.
	old := publish(t, publisher(t, newShelf()), 65_000)
	s.files = maps.Clone(clean)
	if path, err := read(s).InclusionProof(t.Context(), old, 64_999); err != nil || docket.CheckInclusion(path, 64_999, 65_000, docket.LeafHash(commitment(64_999)), old.Root) != nil {
		t.Error(err)
	}
}

func TestWhatLiesOutsideTheTree(t *testing.T) {
	s := newShelf()
	if _, err := read(s).Checkpoint(t.Context()); faultCode(err) != "tlog.not-published" || !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	c := publish(t, publisher(t, s), 10)
	for _, leaf := range []int64{-1, 10, 1 << 40} {
		if _, err := read(s).InclusionProof(t.Context(), c, leaf); faultCode(err) != "docket.leaf-outside" {
			t.Errorf("leaf %d: %v", leaf, err)
		}
		if _, err := read(s).Record(t.Context(), c, leaf); faultCode(err) != "docket.leaf-outside" {
			t.Errorf("record %d: %v", leaf, err)
		}
	}
	for _, from := range []int64{-1, 11} {
		if _, err := read(s).ConsistencyProof(t.Context(), from, c); faultCode(err) != "tlog.prefix-outside" {
			t.Errorf("from %d: %v", from, err)
		}
	}
	for _, from := range []int64{0, 10} { // no proof is needed
		if path, err := read(s).ConsistencyProof(t.Context(), from, c); err != nil || len(path) > 0 {
			t.Errorf("from %d: %v, %v", from, path, err)
		}
	}
}

var _ tlog.Files = (*shelf)(nil)
