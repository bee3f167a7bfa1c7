package docket_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// The tree that the implementations of RFC 6962 are tested with: eight records
// of 0 to 16 bytes, and the root at each size.
func TestRootsThatTheWorldKnows(t *testing.T) {
	records := []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	roots := []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	var leaves []docket.Hash
	for size, want := range roots {
		if got := docket.Root(leaves).String(); got != want {
			t.Errorf("size %d: %s, want %s", size, got, want)
		}
		if size < len(records) {
			record, err := hex.DecodeString(records[size])
			if err != nil {
				t.Fatal(err)
			}
			leaves = append(leaves, sha256.Sum256(append([]byte{0}, record...)))
		}
	}
}

// records are n commitments, none like another.
func records(n int) []docket.Hash {
	list := make([]docket.Hash, n)
	for i := range list {
		binary.BigEndian.PutUint64(list[i][:], uint64(i)*0x9e3779b97f4a7c15+1)
	}
	return list
}

func leafHashes(records []docket.Hash) []docket.Hash {
	leaves := make([]docket.Hash, len(records))
	for i, r := range records {
		leaves[i] = docket.LeafHash(r)
	}
	return leaves
}

// stored is a tree as golang.org/x/mod/sumdb/tlog keeps it.
type stored []tlog.Hash

func (s *stored) add(t rapid.TB, n int, record docket.Hash) {
	hashes, err := tlog.StoredHashes(int64(n), record[:], s)
	if err != nil {
		t.Fatal(err)
	}
	*s = append(*s, hashes...)
}

func (s *stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		list[i] = (*s)[at]
	}
	return list, nil
}

// Two implementations by others, written apart, must agree with ours on roots
// and proofs: up to 300 leaves at every size, beyond at random.
func TestTheTreeIsTheOneThatOthersKnow(t *testing.T) {
	all := records(300)
	leaves := leafHashes(all)
	var theirs stored
	var ours docket.Frontier
	for size := 1; size <= len(all); size++ {
		theirs.add(t, size-1, all[size-1])
		ours.Append(leaves[size-1])
		indexes := []int{0, 1, size / 2, size - 2, size - 1, 1<<8 - 1, 1 << 8, (size * 7919) % size}
		if size <= 40 {
			indexes = upTo(size)
		}
		agree(t, &ours, leaves[:size], theirs, indexes)
	}
}

func TestTheTreeIsTheOneThatOthersKnowAtRandomSizes(t *testing.T) {
	all := records(2000)
	leaves := leafHashes(all)
	var theirs stored
	for i, r := range all {
		theirs.add(t, i, r)
	}
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(301, len(all)).Draw(t, "size")
		var ours docket.Frontier
		for _, l := range leaves[:size] {
			ours.Append(l)
		}
		agree(t, &ours, leaves[:size], theirs, []int{rapid.IntRange(0, size-1).Draw(t, "index")})
	})
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// agree holds a tree of ours against theirs: root, and at each index that it
// has, the proof, and who takes whose.
func agree(t rapid.TB, ours *docket.Frontier, leaves []docket.Hash, theirs stored, indexes []int) {
	size := int64(len(leaves))
	root, err := tlog.TreeHash(size, &theirs)
	if err != nil {
		t.Fatal(err)
	}
	if ours.Size() != size || ours.Root() != docket.Hash(root) || docket.Root(leaves) != docket.Hash(root) {
		t.Fatalf("size %d: our roots are %s and %s, theirs is %s", size, ours.Root(), docket.Root(leaves), root)
	}
	for _, i := range indexes {
		if i < 0 || i >= len(leaves) {
			continue
		}
		index := int64(i)
		path, err := docket.InclusionProof(leaves, index)
		if err != nil {
			t.Fatalf("size %d, leaf %d: %v", size, index, err)
		}
		known, err := tlog.ProveRecord(size, index, &theirs)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(path, known, func(a docket.Hash, b tlog.Hash) bool { return a == docket.Hash(b) }) {
			t.Fatalf("size %d, leaf %d: our proof is %v, theirs is %v", size, index, path, known)
		}
		if err := docket.CheckInclusion(path, index, size, leaves[i], docket.Hash(root)); err != nil {
			t.Fatalf("size %d, leaf %d: we refuse: %v", size, index, err)
		}
		bytes := make([][]byte, len(path))
		for n := range path {
			bytes[n] = path[n][:]
		}
		if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), uint64(size), leaves[i][:], bytes, root[:]); err != nil {
			t.Fatalf("size %d, leaf %d: transparency-dev refuses: %v", size, index, err)
		}
		if err := tlog.CheckRecord(known, size, root, index, tlog.Hash(leaves[i])); err != nil {
			t.Fatalf("size %d, leaf %d: sumdb refuses: %v", size, index, err)
		}
	}
}

// A proof is for one leaf, in one place, of one tree.
func TestNoOtherProofIsTaken(t *testing.T) {
	leaves := leafHashes(records(40))
	for size := int64(1); size <= int64(len(leaves)); size++ {
		root := docket.Root(leaves[:size])
		for index := range size {
			path, err := docket.InclusionProof(leaves[:size], index)
			if err != nil {
				t.Fatal(err)
			}
			refused := func(what string, path []docket.Hash, index, size int64, leaf, root docket.Hash) {
				t.Helper()
				if err := docket.CheckInclusion(path, index, size, leaf, root); fault.Code(err) != "docket.proof" || !fault.Is(err, fault.Unsound) {
					t.Fatalf("size %d, leaf %d, %s: %v", size, index, what, err)
				}
			}
			refused("a hash more", append(slices.Clone(path), root), index, size, leaves[index], root)
			if len(path) > 0 {
				refused("a hash less", path[1:], index, size, leaves[index], root)
				refused("no proof", nil, index, size, leaves[index], root)
			}
			if len(path) > 1 && path[0] != path[len(path)-1] {
				turned := slices.Clone(path)
				slices.Reverse(turned)
				refused("turned round", turned, index, size, leaves[index], root)
			}
			for other := range size {
				if other != index {
					refused(fmt.Sprintf("as the proof of leaf %d", other), path, index, size, leaves[other], root)
				}
			}
			refused("of a leaf beyond the tree", path, size, size, leaves[index], root)
			refused("of a leaf below nothing", path, -1, size, leaves[index], root)
			refused("in a tree of nothing", path, index, 0, leaves[index], root)
			refused("in a tree below nothing", path, index, -size, leaves[index], root)
		}
	}
}

func TestEveryFlippedBitOfAProofIsFound(t *testing.T) {
	for _, size := range []int64{1, 2, 3, 7, 8} {
		leaves := leafHashes(records(int(size)))
		root := docket.Root(leaves)
		for index := range size {
			path, err := docket.InclusionProof(leaves, index)
			if err != nil {
				t.Fatal(err)
			}
			// The leaf, the root and each hash of the path are parts of it.
			parts := append([]docket.Hash{leaves[index], root}, path...)
			for bit := range len(parts) * 256 {
				flipped := slices.Clone(parts)
				flipped[bit/256][bit%256/8] ^= 1 << (bit % 8)
				if err := docket.CheckInclusion(flipped[2:], index, size, flipped[0], flipped[1]); fault.Code(err) != "docket.proof" {
					t.Fatalf("size %d, leaf %d, bit %d: %v", size, index, bit, err)
				}
			}
		}
	}
}

func TestAProofOfNoLeaf(t *testing.T) {
	leaves := leafHashes(records(5))
	for _, index := range []int64{-1, 5, 1 << 62} {
		if _, err := docket.InclusionProof(leaves, index); fault.Code(err) != "docket.leaf-outside" {
			t.Errorf("leaf %d: %v", index, err)
		}
	}
	if _, err := docket.InclusionProof(nil, 0); fault.Code(err) != "docket.leaf-outside" {
		t.Errorf("of an empty tree: %v", err)
	}
}

// What is kept of a tree is its size and the roots of its complete subtrees;
// to go on from there is the same as never to have stopped.
func TestATreeGoesOnFromItsSubtrees(t *testing.T) {
	leaves := leafHashes(records(300))
	var whole docket.Frontier
	for at := range leaves {
		kept := whole.Roots()
		resumed, err := docket.Resume(whole.Size(), kept)
		if err != nil {
			t.Fatal(err)
		}
		for i := range kept {
			kept[i] = docket.Hash{} // what was handed over is the receiver's own
		}
		for _, l := range leaves[at:] {
			resumed.Append(l)
		}
		if resumed.Root() != docket.Root(leaves) || resumed.Size() != int64(len(leaves)) {
			t.Fatalf("stopped at %d, the root is another", at)
		}
		whole.Append(leaves[at])
	}
	for _, c := range []struct {
		size  int64
		roots int
	}{{-1, 64}, {0, 1}, {1, 0}, {2, 2}, {3, 1}, {3, 3}, {255, 7}} {
		if _, err := docket.Resume(c.size, make([]docket.Hash, c.roots)); fault.Code(err) != "docket.frontier" {
			t.Errorf("%d leaves under %d roots: %v", c.size, c.roots, err)
		}
	}
}
