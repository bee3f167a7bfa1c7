package main

import (
	"context"
	"math/bits"
	"strconv"
)

// prefixTree proves from published hash tiles that a tree of old leaves is the
// beginning of one of size leaves, without reading it all. Both roots are made
// of the same hashes, so that no tile can lie to one of them alone.
type prefixTree struct {
	from   *source
	prefix string
	size   int64
	old    int64
}

// roots are the root of the whole and that of its first old leaves.
func (t *prefixTree) roots(ctx context.Context) (whole, begin hash, _ *problem) {
	if t.size == 0 || t.old == 0 {
		return rootOf(nil), rootOf(nil), nil
	}
	return t.span(ctx, 0, t.size)
}

func (t *prefixTree) span(ctx context.Context, from, to int64) (whole, begin hash, p *problem) {
	leaves := to - from
	if leaves&(leaves-1) == 0 && (to <= t.old || from >= t.old) {
		whole, p = t.subtree(ctx, bits.TrailingZeros64(uint64(leaves)), from)
		return whole, whole, p
	}
	middle := from + largestBelow(leaves)
	left, leftBegin, p := t.span(ctx, from, middle)
	if p != nil {
		return whole, begin, p
	}
	right, rightBegin, p := t.span(ctx, middle, to)
	if whole = nodeHash(left, right); middle >= t.old {
		return whole, leftBegin, p
	}
	return whole, nodeHash(left, rightBegin), p
}

// subtree is the root of the complete tree over 2^height leaves from one on.
func (t *prefixTree) subtree(ctx context.Context, height int, from int64) (hash, *problem) {
	level := height / 8
	first := from >> (8 * level) // of the hashes of that level
	n, width := first/tileWidth, int(min(tileWidth, t.size>>(8*level)-first/tileWidth*tileWidth))
	name, raw, err := t.from.tile(ctx, t.prefix, strconv.Itoa(level), n, width, len(hash{}))
	if err != nil {
		return hash{}, t.from.unreadable(name, err)
	}
	leaves := make([]hash, 1<<(height%8))
	for i := range leaves {
		leaves[i] = hash(raw[(int(first%tileWidth)+i)*len(hash{}):][:len(hash{})])
	}
	return rootOf(leaves), nil
}

// continues wants the log at from to be a continuation of the checkpoint, and
// gives the log's newest checkpoint of that epoch.
func continues(ctx context.Context, from *source, old checkpoint) (checkpoint, *problem) {
	_, number := epochOf(old.Origin)
	name := epochPrefix(number) + "checkpoint"
	raw, err := from.get(ctx, name, mostNote)
	if err != nil {
		return checkpoint{}, from.unreadable(name, err)
	}
	newest, p := openCheckpoint(from.name(name), string(raw), old.by)
	if p != nil {
		return newest, p
	}
	if newest.Size < old.Size {
		return newest, wrong(from.name(name), "the log now shows %d entries, and the receipt's checkpoint names %d", newest.Size, old.Size).
			meaning("The log was rolled back", "Keep the receipt: its checkpoint proves it. Tell the log's operator and its witnesses")
	}
	tree := prefixTree{from: from, prefix: epochPrefix(number), size: newest.Size, old: old.Size}
	whole, begin, p := tree.roots(ctx)
	switch {
	case p != nil:
		return newest, p
	case whole != newest.Root:
		return newest, wrong(from.name(name), "the published hash tiles do not make the root that it names").
			meaning("Tiles were altered or damaged", "Run chancery-verify log, which shows which")
	case begin != old.Root:
		return newest, wrong(from.name(name), "the first %d entries of the log now have the root %s, and the receipt's checkpoint names %s", old.Size, begin, old.Root).
			meaning("The log was forked or rewritten after the receipt was given", "Keep the receipt: together with this checkpoint it proves it. Tell the log's witnesses and the press")
	}
	return newest, nil
}

// lostSince says which of the leaves that the checkpoint names the log went on
// without, by the statements that opened the epochs after it; "" for none.
func lostSince(ctx context.Context, from *source, old checkpoint) string {
	_, number := epochOf(old.Origin)
	before := old.Origin
	for number++; number < mostEpochs; number++ {
		name := epochPrefix(number) + "epoch"
		raw, err := from.get(ctx, name, mostStatement)
		if err != nil {
			return ""
		}
		e, p := readEpoch(from.name(name), string(raw))
		if p != nil || e.PreviousOrigin != before {
			return ""
		}
		if e.Kept < old.Size {
			return "The log has opened epoch " + strconv.FormatInt(e.Number, 10) + " without " + span(e.Kept, old.Size-1) +
				" of this checkpoint. What this receipt shows of them is proved by the receipt alone: keep it, and ask the office to enter it again.\n"
		}
		before = e.key.name
	}
	return ""
}
