package main

import (
	"crypto/sha256"
	"encoding/hex"
	"math/bits"
)

// hash is a SHA-256 value.
type hash [sha256.Size]byte

func (h hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes the hash in hexadecimal.
func (h hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// The tags that keep one sort of commitment from passing for another.
const (
	entryTag = "chancery/entry/v1\x00"
	rowTag   = "chancery/annex-row/v1\x00"
	blobTag  = "chancery/blob/v1\x00"
)

func commitment(tag string, salt hash, content []byte) hash {
	h := sha256.New()
	h.Write([]byte(tag))
	h.Write(salt[:])
	h.Write(content)
	return hash(h.Sum(nil))
}

func leafHash(record hash) hash { return sha256.Sum256(append([]byte{0}, record[:]...)) }

func nodeHash(left, right hash) hash {
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+sha256.Size:], right[:])
	return sha256.Sum256(b[:])
}

// edge is a tree's right edge: the roots of its complete subtrees, the largest
// first. It is all that a tree needs in order to grow.
type edge struct {
	size  int64
	roots []hash
}

func (e *edge) add(leaf hash) {
	e.roots = append(e.roots, leaf)
	for n := e.size; n&1 == 1; n >>= 1 {
		last := len(e.roots) - 1
		e.roots[last-1] = nodeHash(e.roots[last-1], e.roots[last])
		e.roots = e.roots[:last]
	}
	e.size++
}

func (e *edge) root() hash {
	if e.size == 0 {
		return sha256.Sum256(nil)
	}
	last := len(e.roots) - 1
	root := e.roots[last]
	for i := last - 1; i >= 0; i-- {
		root = nodeHash(e.roots[i], root)
	}
	return root
}

func rootOf(leaves []hash) hash {
	var e edge
	for _, l := range leaves {
		e.add(l)
	}
	return e.root()
}

// leads reports whether the audit path leads from the leaf at index, in a tree
// of size leaves, to root (RFC 9162, section 2.1.3.2: the same tree).
func leads(proof []hash, leaf hash, index, size int64, root hash) bool {
	if index < 0 || index >= size {
		return false
	}
	at, last := index, size-1
	for _, sibling := range proof {
		if last == 0 {
			return false
		}
		if at&1 == 1 || at == last {
			leaf = nodeHash(sibling, leaf)
			for at&1 == 0 && at != 0 {
				at, last = at>>1, last>>1
			}
		} else {
			leaf = nodeHash(leaf, sibling)
		}
		at, last = at>>1, last>>1
	}
	return last == 0 && leaf == root
}

// largestBelow is the largest power of two below n, which is 2 at least.
func largestBelow(n int64) int64 { return 1 << (bits.Len64(uint64(n-1)) - 1) }
