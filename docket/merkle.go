package docket

import (
	"crypto/sha256"
	"math/bits"

	"github.com/openchancery/chancery/fault"
)

// The tree of RFC 6962 section 2.1, over records that are commitments: the
// leaf hash is SHA-256(0x00 ‖ record), an inner node SHA-256(0x01 ‖ l ‖ r).

// LeafHash is the hash of a leaf whose record is the commitment c.
func LeafHash(c Hash) Hash {
	var b [1 + len(c)]byte
	copy(b[1:], c[:])
	return sha256.Sum256(b[:])
}

func nodeHash(left, right Hash) Hash {
	var b [1 + 2*len(left)]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+len(left):], right[:])
	return sha256.Sum256(b[:])
}

// Frontier is the right edge of a growing tree: the roots of its complete
// subtrees, largest first. Appending and the root take the logarithm of the
// size in time and memory, so a tree of ten million leaves needs 24 hashes.
type Frontier struct {
	size  int64
	roots []Hash
}

// Size is the number of leaves.
func (f *Frontier) Size() int64 { return f.size }

// Append adds one leaf by its leaf hash.
func (f *Frontier) Append(leaf Hash) {
	f.roots = append(f.roots, leaf)
	for range bits.TrailingZeros64(^uint64(f.size)) {
		n := len(f.roots)
		f.roots[n-2] = nodeHash(f.roots[n-2], f.roots[n-1])
		f.roots = f.roots[:n-1]
	}
	f.size++
}

// Root is the tree's head; of no leaves, SHA-256 of nothing.
func (f *Frontier) Root() Hash {
	if len(f.roots) == 0 {
		return sha256.Sum256(nil)
	}
	root := f.roots[len(f.roots)-1]
	for i := len(f.roots) - 2; i >= 0; i-- {
		root = nodeHash(f.roots[i], root)
	}
	return root
}

// Root is the head over all the leaf hashes.
func Root(leaves []Hash) Hash {
	var f Frontier
	for _, l := range leaves {
		f.Append(l)
	}
	return f.Root()
}

// InclusionProof is the audit path of RFC 6962 section 2.1.1 for the leaf at
// index, in the tree over leaves.
func InclusionProof(leaves []Hash, index int64) ([]Hash, error) {
	if index < 0 || index >= int64(len(leaves)) {
		return nil, fault.New(fault.Invalid, "docket.leaf-outside", "leaf", index, "size", len(leaves))
	}
	return path(leaves, index), nil
}

func path(leaves []Hash, index int64) []Hash {
	if len(leaves) == 1 {
		return nil
	}
	k := split(int64(len(leaves)))
	if index < k {
		return append(path(leaves[:k], index), Root(leaves[k:]))
	}
	return append(path(leaves[k:], index-k), Root(leaves[:k]))
}

// split is the largest power of two below n (n of at least 2).
func split(n int64) int64 { return 1 << (bits.Len64(uint64(n-1)) - 1) }

// CheckInclusion says whether proof leads from the leaf at index to root in a
// tree of size leaves.
func CheckInclusion(proof []Hash, index, size int64, leaf, root Hash) error {
	got, rest, ok := climb(proof, index, size, leaf)
	if !ok || len(rest) != 0 || got != root {
		return fault.New(fault.Unsound, "docket.proof", "leaf", index, "size", size)
	}
	return nil
}

func climb(proof []Hash, index, size int64, leaf Hash) (Hash, []Hash, bool) {
	if size < 1 || index < 0 || index >= size {
		return Hash{}, nil, false
	}
	if size == 1 {
		return leaf, proof, true
	}
	k := split(size)
	sub, subSize, onLeft := index, k, true
	if index >= k {
		sub, subSize, onLeft = index-k, size-k, false
	}
	h, rest, ok := climb(proof, sub, subSize, leaf)
	if !ok || len(rest) == 0 {
		return Hash{}, nil, false
	}
	if onLeft {
		return nodeHash(h, rest[0]), rest[1:], true
	}
	return nodeHash(rest[0], h), rest[1:], true
}

// Roots are the roots of the frontier's complete subtrees, largest first: with
// the size they are all that is needed to go on from here.
func (f *Frontier) Roots() []Hash { return append([]Hash(nil), f.roots...) }

// Resume is the frontier of a tree of size leaves with these subtree roots.
func Resume(size int64, roots []Hash) (Frontier, error) {
	if size < 0 || bits.OnesCount64(uint64(size)) != len(roots) {
		return Frontier{}, fault.New(fault.Unsound, "docket.frontier", "size", size, "roots", len(roots))
	}
	return Frontier{size: size, roots: append([]Hash(nil), roots...)}, nil
}
