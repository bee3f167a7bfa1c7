package installation

import (
	"context"
	"maps"
	"slices"

	"github.com/openchancery/chancery/backup"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/tlog"
)

// known is what is known of the log outside a backup. Everybody is asked once,
// so that all that follows rests on the same answers.
type known struct {
	heads    []knownHead
	newest   tlog.Checkpoint
	silent   []string // witnesses that didn't answer
	answered int      // those that did
	public   bool     // whether a checkpoint is public
}

// knownHead is a head that somebody has.
type knownHead struct {
	docket.TreeHead
	witness string // "": it is the kept checkpoint or the public one
}

// askOutside asks for the kept checkpoint, the public one and the witnesses' heads.
// A public log that can't be reached is an error: it must be known. Witnesses
// that don't answer are named.
func (i *Installation) askOutside(ctx context.Context) (k known, err error) {
	kept, err := i.log.keptCheckpoint(ctx)
	if err != nil {
		return k, err
	}
	public, err := i.log.log().Checkpoint(ctx)
	if err != nil && fault.Code(err) != "tlog.not-published" {
		return k, err
	}
	k.public = err == nil
	seen := i.log.seen(ctx)
	k.newest = newestOf(kept, public, seen)
	for _, c := range []tlog.Checkpoint{kept, public} {
		k.heads = append(k.heads, knownHead{TreeHead: docket.TreeHead{Size: c.Size, Root: c.Root}})
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		s := seen[name]
		if s.err != nil {
			k.silent = append(k.silent, name)
			continue
		}
		k.answered++
		k.heads = append(k.heads, knownHead{TreeHead: s.head, witness: name})
	}
	k.heads = slices.DeleteFunc(k.heads, func(h knownHead) bool { return h.Size == 0 })
	return k, nil
}

// newestOf is the newest of the kept checkpoint, the public one and those that
// witnesses have seen.
func newestOf(kept, public tlog.Checkpoint, seen map[string]seen) tlog.Checkpoint {
	last := kept
	if public.Size > last.Size {
		last = public
	}
	for _, s := range seen {
		if s.err == nil && s.head.Size > last.Size {
			last = tlog.Checkpoint{Size: s.head.Size, Root: s.head.Root, Note: s.checkpoint}
		}
	}
	return last
}

// forked is the fault of a head that is none of this log's.
func (h knownHead) forked() error {
	if h.witness == "" {
		return fault.New(fault.Unsound, "tlog.database-forked", "size", h.Size)
	}
	return fault.New(fault.Unsound, "log.witness-forked", "witness", h.witness, "seen", h.Size, "at", h.Instant)
}

// oneHistory is compare, and says so where backup and log go two ways.
func (i *Installation) oneHistory(ctx context.Context, from *backup.Backup, k known) (size, lost int64, err error) {
	size, lost, err = i.compare(ctx, from, k)
	if code := fault.Code(err); code == "tlog.database-forked" || code == "tlog.commitment-differs" {
		err = fault.New(fault.Unsound, "backup.forked", "number", from.Number, "made", from.Made, "heads", i.Heads, "log", i.Log, "dir", i.Data)
	}
	return size, lost, err
}

// compare reads the whole docket anew and holds it against the tree, the head
// that the backup names and every head that anybody has. It answers how many
// leaves somebody has seen that aren't in it, and its size.
func (i *Installation) compare(ctx context.Context, from *backup.Backup, k known) (size, lost int64, err error) {
	for _, h := range k.heads {
		if h.Size > i.tree.Head().Size {
			continue
		}
		if root, err := i.tree.RootAt(h.Size); err != nil {
			return 0, 0, err
		} else if root != h.Root {
			return 0, 0, h.forked()
		}
	}
	roots := map[int64]docket.Hash{from.Head.Size: {}}
	for _, h := range k.heads {
		roots[h.Size] = docket.Hash{}
	}
	if size, err = i.rootsOf(ctx, roots); err != nil {
		return 0, 0, err
	}
	if roots[from.Head.Size] != from.Head.Root && from.Head.Size > 0 {
		return 0, 0, fault.New(fault.Unsound, "backup.root", "size", from.Head.Size)
	}
	lost = max(0, i.tree.Head().Size-size)
	for _, h := range k.heads {
		switch {
		case roots[h.Size] == h.Root:
		case h.Size <= size:
			return 0, 0, h.forked()
		default:
			lost = max(lost, h.Size-size)
		}
	}
	return size, lost, nil
}

// rootsOf fills the roots in of as many leaves as each is named for, and gives the
// docket's size. What waits for its leaf comes after those that have one.
func (i *Installation) rootsOf(ctx context.Context, roots map[int64]docket.Hash) (size int64, err error) {
	var tree docket.Frontier
	add := func(c docket.Hash) {
		tree.Append(docket.LeafHash(c))
		if _, ok := roots[tree.Size()]; ok {
			roots[tree.Size()] = tree.Root()
		}
	}
	most := slices.Max(slices.Collect(maps.Keys(roots)))
	err = i.store.Read(ctx, func(reader store.Reader) error {
		for c, err := range i.agreed(reader) {
			if err != nil {
				return err
			}
			add(c)
		}
		size = tree.Size()
		for e, err := range reader.Unsequenced() { // what gets the next leaves
			if err != nil || tree.Size() >= most {
				return err
			}
			add(e.Commitment())
		}
		return nil
	})
	return size, err
}

// keepNewest keeps the newest checkpoint that was seen: from then on nobody signs
// over a shorter tree, also where whoever has it can't be reached.
func (i *Installation) keepNewest(ctx context.Context, newest tlog.Checkpoint) error {
	ours, err := i.log.keptCheckpoint(ctx)
	if err != nil || newest.Size <= ours.Size {
		return err
	}
	return i.log.kept.Swap(ctx, ours.Note, newest.Note)
}
