package tlog

import (
	"bytes"
	"fmt"
	"iter"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// RootAt is the root of the first so many leaves. It goes on from the newest
// head that isn't larger, and up to the next one, against which the leaves
// between are held.
func (t *Tree) RootAt(size int64) (docket.Hash, error) {
	t.mu.RLock()
	end, head := t.end, t.head
	t.mu.RUnlock()
	if size < 0 || size > head.Size {
		return docket.Hash{}, fault.New(fault.Invalid, "tlog.prefix-outside", "from", size, "size", head.Size)
	}
	if size == head.Size {
		return head.Root, nil
	}
	before, next, err := t.headsAround(size, end)
	if err != nil {
		return docket.Hash{}, err
	}
	f, err := docket.Resume(before.Size, before.Subtrees)
	if err != nil {
		return docket.Hash{}, err
	}
	root := f.Root() // of size, once the frontier has come so far
	if before.Size > 0 && root != before.Root {
		return docket.Hash{}, fault.New(fault.Unsound, "tlog.head-differs", "file", t.heads.Name(), "size", before.Size)
	}
	for leaf, err := range t.Leaves(before.Size) {
		if err != nil {
			return docket.Hash{}, err
		}
		if f.Size() == next.Size {
			break
		}
		f.Append(leaf.Hash)
		if f.Size() == size {
			root = f.Root()
		}
	}
	if f.Size() != next.Size || f.Root() != next.Root {
		return docket.Hash{}, fault.New(fault.Unsound, "tlog.head-differs", "file", t.heads.Name(), "size", next.Size)
	}
	return root, nil
}

// headsAround are the newest head of at most size leaves, the zero value where
// there is none, and the one after it. Heads stand in the order of their
// sizes; end is where they end.
func (t *Tree) headsAround(size, end int64) (before, next headLine, err error) {
	const most = 16 << 10 // longer than any line
	low, high := int64(0), end
	for low < high {
		// Once little is left, line by line; until then, the first line that
		// begins in the second half.
		at, skip := low, 0
		text := make([]byte, min(most, high-low))
		if high-low > 2*most {
			at = low + (high-low)/2
		}
		if _, err := t.heads.ReadAt(text, at); err != nil {
			return before, next, fmt.Errorf("read the heads: %w", err)
		}
		if at > low {
			skip = bytes.IndexByte(text, '\n') + 1
		}
		h, err := parseHead(text[skip:skip+bytes.IndexByte(text[skip:], '\n')+1], t.heads.Name())
		if err != nil {
			return before, next, err
		}
		at += int64(skip)
		if h.Size <= size {
			before, low = h, at+int64(bytes.IndexByte(text[skip:], '\n'))+1
		} else if next, high = h, at; at == low {
			break
		}
	}
	return before, next, nil
}

// Matching passes commitments on that begin at a leaf, as long as each is the
// one that the tree has a hash of: who reads them from the database learns
// here which entry was changed.
func (t *Tree) Matching(from int64, commitments iter.Seq2[docket.Hash, error]) iter.Seq2[docket.Hash, error] {
	return func(yield func(docket.Hash, error) bool) {
		leaves, stop := iter.Pull2(t.Leaves(from))
		defer stop()
		for c, err := range commitments {
			leaf, leafErr, more := leaves()
			switch {
			case err != nil:
			case leafErr != nil:
				err = leafErr
			case !more:
				return
			case docket.LeafHash(c) != leaf.Hash:
				err = fault.New(fault.Unsound, "tlog.commitment-differs", "leaf", leaf.Number, "entry", leaf.Ref)
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}
