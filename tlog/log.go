package tlog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// Log reads one epoch of a published log, from its files alone. Whatever it
// answers was held against the checkpoint's root.
type Log struct {
	files Files
	key   note.Verifier
}

// Read is the log in these files, of which the checkpoints are signed by key.
func Read(files Files, key note.Verifier) *Log { return &Log{files, key} }

// Checkpoint is the newest one that is published; before the first, a fault
// (NotFound).
func (l *Log) Checkpoint(ctx context.Context) (Checkpoint, error) {
	c, err := l.checkpoint(ctx)
	if err == nil && c.Size == 0 {
		err = fault.New(fault.NotFound, "tlog.not-published", "origin", l.key.Name())
	}
	return c, err
}

// checkpoint is the zero value before the first.
func (l *Log) checkpoint(ctx context.Context) (Checkpoint, error) {
	signed, err := l.files.Get(ctx, checkpointFile)
	if errors.Is(err, fs.ErrNotExist) {
		return Checkpoint{}, nil
	}
	if err != nil {
		return Checkpoint{}, err
	}
	return ParseCheckpoint(signed, l.key, checkpointFile)
}

// read is a tile's content, its length checked. A partial tile may have been
// removed since the full one is there, which begins with the same bytes.
func (l *Log) read(ctx context.Context, t tile) ([]byte, error) {
	content, err := l.files.Get(ctx, t.name())
	if errors.Is(err, fs.ErrNotExist) && t.width < perTile {
		whole := tile{t.level, t.n, perTile}
		content, err = l.files.Get(ctx, whole.name())
		if err == nil && len(content) == whole.bytes() {
			content = content[:t.bytes()]
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Unsound, "tlog.tile-missing", "file", t.name())
	}
	if err != nil {
		return nil, err
	}
	if len(content) != t.bytes() {
		return nil, fault.New(fault.Unsound, "tlog.tile-length", "file", t.name(), "bytes", len(content), "expected", t.bytes())
	}
	return content, nil
}

func (l *Log) bundle(ctx context.Context, t tile) ([]docket.Hash, error) {
	content, err := l.read(ctx, t)
	if err != nil {
		return nil, err
	}
	return parseBundle(content, t.name())
}

// edge is the right edge of the checkpoint's tree.
func (l *Log) edge(ctx context.Context, c Checkpoint) (*edge, error) {
	e := &edge{size: c.Size}
	for n := c.Size; n > 0; n /= perTile {
		e.levels = append(e.levels, make([]docket.Hash, 0, perTile))
	}
	var names []string
	for _, t := range edgeTiles(c.Size) {
		if t.level == entries {
			records, err := l.bundle(ctx, t)
			if err != nil {
				return nil, err
			}
			e.records = append(make([]docket.Hash, 0, perTile), records...)
			continue
		}
		content, err := l.read(ctx, t)
		if err != nil {
			return nil, err
		}
		e.levels[t.level] = append(e.levels[t.level], parseHashes(content)...)
		names = append(names, t.name())
	}
	for i, r := range e.records {
		if docket.LeafHash(r) != e.levels[0][i] {
			return nil, differs(c.Size/perTile, i, len(e.records))
		}
	}
	if c.Size == 0 {
		return e, nil
	}
	if root, err := e.root(); err != nil || root != c.Root {
		return nil, errors.Join(err, fault.New(fault.Unsound, "tlog.edge-differs", "size", c.Size, "files", names))
	}
	return e, nil
}

// differs says that a bundle and its tile say different things of a leaf.
func differs(n int64, i, width int) error {
	return fault.New(fault.Unsound, "tlog.leaf-differs", "leaf", n*perTile+int64(i),
		"bundle", tile{entries, n, width}.name(), "tile", tile{0, n, width}.name())
}

// InclusionProof is the audit path of a leaf in the checkpoint's tree, the
// leaf's sibling first.
func (l *Log) InclusionProof(ctx context.Context, c Checkpoint, leaf int64) ([]docket.Hash, error) {
	if leaf < 0 || leaf >= c.Size {
		return nil, fault.New(fault.Invalid, "docket.leaf-outside", "leaf", leaf, "size", c.Size)
	}
	tiles := l.hashes(ctx, c)
	proof, err := tlog.ProveRecord(c.Size, leaf, tiles)
	return ours(proof), tiles.explain(err)
}

// ConsistencyProof shows that the tree of the first so many leaves is a prefix
// of the checkpoint's.
func (l *Log) ConsistencyProof(ctx context.Context, from int64, c Checkpoint) ([]docket.Hash, error) {
	if from < 0 || from > c.Size {
		return nil, fault.New(fault.Invalid, "tlog.prefix-outside", "from", from, "size", c.Size)
	}
	if from == 0 { // of which every tree is an extension
		return nil, nil
	}
	tiles := l.hashes(ctx, c)
	proof, err := tlog.ProveTree(c.Size, from, tiles)
	return ours(proof), tiles.explain(err)
}

// Record is the commitment of a leaf.
func (l *Log) Record(ctx context.Context, c Checkpoint, leaf int64) (docket.Hash, error) {
	if leaf < 0 || leaf >= c.Size {
		return docket.Hash{}, fault.New(fault.Invalid, "docket.leaf-outside", "leaf", leaf, "size", c.Size)
	}
	n := leaf / perTile
	t := tile{entries, n, int(min(perTile, c.Size-n*perTile))}
	records, err := l.bundle(ctx, t)
	if err != nil {
		return docket.Hash{}, err
	}
	tiles := l.hashes(ctx, c)
	hashes, err := tiles.ReadHashes([]int64{tlog.StoredHashIndex(0, leaf)})
	if err != nil {
		return docket.Hash{}, tiles.explain(err)
	}
	i := int(leaf % perTile)
	if docket.LeafHash(records[i]) != docket.Hash(hashes[0]) {
		return docket.Hash{}, differs(n, i, t.width)
	}
	return records[i], nil
}

func ours[S ~[]tlog.Hash](hashes S) []docket.Hash {
	list := make([]docket.Hash, len(hashes))
	for i, h := range hashes {
		list[i] = docket.Hash(h)
	}
	return list
}

// hashes are the tree's hashes, each held against the checkpoint's root.
func (l *Log) hashes(ctx context.Context, c Checkpoint) *tileReader {
	r := &tileReader{ctx: ctx, log: l, of: c, seen: map[tile][]byte{}}
	r.HashReader = tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: tlog.Hash(c.Root)}, r)
	return r
}

// tileReader reads tiles for the Go checksum database's code, which holds them
// against the root.
type tileReader struct {
	tlog.HashReader
	ctx    context.Context // of the one call that it is made for
	log    *Log
	of     Checkpoint
	seen   map[tile][]byte
	failed error // why a tile could not be read
}

func (r *tileReader) Height() int { return 8 }

func (r *tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	list := make([][]byte, len(tiles))
	for i, their := range tiles {
		t := tile{their.L, their.N, their.W}
		if list[i], r.failed = r.log.read(r.ctx, t); r.failed != nil {
			return nil, r.failed
		}
		r.seen[t] = list[i]
	}
	return list, nil
}

func (r *tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

// explain names the tile for which a proof could not be made: where those at
// the edge make the root, the first from above that does not make the hash
// that its parent has of it.
func (r *tileReader) explain(err error) error {
	if err == nil || r.failed != nil {
		return r.failed
	}
	e := &edge{size: r.of.Size, levels: make([][]docket.Hash, 8)}
	var names []string
	for _, t := range edgeTiles(r.of.Size) {
		if t.level >= 0 {
			e.levels[t.level] = parseHashes(r.seen[t])
			names = append(names, t.name())
		}
	}
	if root, err := e.root(); err != nil || root != r.of.Root {
		return fault.New(fault.Unsound, "tlog.edge-differs", "size", r.of.Size, "files", names)
	}
	fromAbove := slices.SortedFunc(maps.Keys(r.seen), func(a, b tile) int { return b.level - a.level })
	for _, t := range fromAbove {
		up := tile{t.level + 1, t.n / perTile, perTile}
		up.width = int(min(perTile, r.of.Size>>(8*up.level)-up.n*perTile))
		above, ok := r.seen[up]
		if ok && t.width == perTile && docket.Root(parseHashes(r.seen[t])) != parseHashes(above)[t.n%perTile] {
			return fault.New(fault.Unsound, "tlog.tile-differs", "file", t.name())
		}
	}
	return err
}

// Check reads every file of the checkpoint's tree and gives what is wrong with
// it, file by file; nothing, where all is as it was signed.
func (l *Log) Check(ctx context.Context, c Checkpoint) iter.Seq[error] {
	return func(yield func(error) bool) {
		k := checking{ctx: ctx, log: l, yield: yield}
		for n := int64(0); n*perTile < c.Size; n++ {
			if err := ctx.Err(); err != nil {
				k.tell(err)
			}
			if k.stopped {
				return
			}
			k.leaves(n, int(min(perTile, c.Size-n*perTile)))
		}
		for _, t := range edgeTiles(c.Size) {
			if t.level > 0 && !k.unknown {
				k.compare(t, appendHashes(nil, k.edge.levels[t.level]))
			}
		}
		if root, err := k.edge.root(); !k.unknown && (err != nil || root != c.Root) {
			k.tell(errors.Join(err, fault.New(fault.Unsound, "tlog.root-forked", "size", c.Size, "root", root, "signed", c.Root)))
		}
	}
}

// Gone reports whether not one file of the checkpoint's tree is there.
func (l *Log) Gone(ctx context.Context, c Checkpoint) (bool, error) {
	tiles := edgeTiles(c.Size)
	for level := entries; level == entries || c.Size>>(8*level) > 0; level++ {
		for n := range c.Size >> (8 * max(0, level)) / perTile {
			tiles = append(tiles, tile{level, n, perTile})
		}
	}
	for _, t := range tiles {
		if _, err := l.read(ctx, t); fault.Code(err) != "tlog.tile-missing" {
			if fault.Code(err) != "" {
				err = nil // it is there, and not as it must be
			}
			return false, err
		}
	}
	return true, nil
}

// checking is a walk over a tree, from the records up.
type checking struct {
	ctx     context.Context // of the one walk
	log     *Log
	yield   func(error) bool
	edge    edge
	unknown bool // a leaf could not be read at all: what is above can't be said
	stopped bool
}

func (k *checking) tell(err error) {
	k.stopped = k.stopped || !k.yield(err)
}

// leaves checks a bundle against its tile. Where one of the two can't be read,
// the other stands for it, so that the walk goes on and finds what else is
// wrong.
func (k *checking) leaves(n int64, width int) {
	records, err := k.log.bundle(k.ctx, tile{entries, n, width})
	if err != nil {
		k.tell(err)
	}
	var hashes []docket.Hash
	content, tileErr := k.log.read(k.ctx, tile{0, n, width})
	if tileErr != nil {
		k.tell(tileErr)
	} else {
		hashes = parseHashes(content)
	}
	for i, r := range records {
		h := docket.LeafHash(r)
		if tileErr == nil && h != hashes[i] {
			k.tell(differs(n, i, width))
		}
	}
	if err == nil {
		hashes = hashes[:0]
		for _, r := range records {
			hashes = append(hashes, docket.LeafHash(r))
		}
	}
	k.unknown = k.unknown || len(hashes) == 0
	for _, h := range hashes {
		k.edge.add(h, func(t tile, want []byte) {
			if t.level > 0 && !k.unknown {
				k.compare(t, want)
			}
		})
	}
}

// compare holds a tile against what it must be.
func (k *checking) compare(t tile, want []byte) {
	content, err := k.log.read(k.ctx, t)
	if err == nil && string(content) != string(want) {
		err = fault.New(fault.Unsound, "tlog.tile-differs", "file", t.name())
	}
	if err != nil {
		k.tell(fmt.Errorf("check the tree: %w", err))
	}
}
