package tlog

import (
	"slices"

	"github.com/openchancery/chancery/docket"
)

// edge is the right edge of a tree in tiles: what its partial tiles hold. With
// it the tree goes on, and its root is known; for ten million leaves it is
// some hundred hashes.
type edge struct {
	size    int64
	levels  [][]docket.Hash // the partial tile of each level
	records []docket.Hash   // the partial bundle
}

// written is one file of the published tree.
type written struct {
	tile
	content []byte
}

func (e *edge) clone() *edge {
	c := &edge{size: e.size, records: slices.Clone(e.records), levels: make([][]docket.Hash, len(e.levels))}
	for i, hashes := range e.levels {
		c.levels[i] = slices.Clone(hashes)
	}
	return c
}

// root is the root of the whole tree: the subtrees that the edge's tiles hold
// are those of the tree's frontier.
func (e *edge) root() (docket.Hash, error) {
	var roots []docket.Hash
	for _, hashes := range slices.Backward(e.levels) {
		var f docket.Frontier
		for _, h := range hashes {
			f.Append(h)
		}
		roots = append(roots, f.Roots()...)
	}
	f, err := docket.Resume(e.size, roots)
	return f.Root(), err
}

// extend appends records, and is every file that is new thereby: the tiles
// that became full, and the partial ones at the new edge.
func (e *edge) extend(records []docket.Hash) []written {
	from := e.size
	var files []written
	take := func(t tile, content []byte) { files = append(files, written{t, content}) }
	for _, r := range records {
		e.records = append(e.records, r)
		if len(e.records) == perTile {
			take(tile{entries, e.size / perTile, perTile}, appendBundle(make([]byte, 0, perTile*recordBytes), e.records))
			e.records = e.records[:0]
		}
		e.add(docket.LeafHash(r), take)
	}
	for _, t := range edgeTiles(e.size) {
		switch {
		case t.level == entries && e.size > from:
			take(t, appendBundle(nil, e.records))
		case t.level >= 0 && e.size>>(8*t.level) > from>>(8*t.level):
			take(t, appendHashes(nil, e.levels[t.level]))
		}
	}
	return files
}

// add appends a leaf by its hash, and gives every tile that becomes full.
func (e *edge) add(h docket.Hash, take func(tile, []byte)) {
	n := e.size / perTile
	for level := 0; ; level++ {
		if len(e.levels) == level {
			e.levels = append(e.levels, make([]docket.Hash, 0, perTile))
		}
		hashes := append(e.levels[level], h)
		e.levels[level] = hashes
		if len(hashes) < perTile {
			break
		}
		take(tile{level, n, perTile}, appendHashes(make([]byte, 0, perTile*len(h)), hashes))
		e.levels[level] = hashes[:0]
		h, n = docket.Root(hashes), n/perTile
	}
	e.size++
}
