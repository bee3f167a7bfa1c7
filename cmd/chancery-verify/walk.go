package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"
)

// walk goes through one epoch's tree from the first leaf to the last: each
// bundle is hashed, each hash tile at each level held against what lies below
// it, and the whole against the checkpoint. What it holds in memory does not
// grow with the log.
type walk struct {
	from   *source
	prefix string // "" or "epoch/2/"
	size   int64
	root   hash
	of     string             // where root was said: "the checkpoint"
	marks  map[int64]hash     // sizes at which the root is wanted; filled by run
	leaf   func(int64, *hash) // told of each record, nil for one that is missing; may be nil
	tell   func(done, of int64)

	found    *problems
	levels   []*filling
	records  edge // over the records as the bundles hold them
	tiles    edge // over the leaf hashes as the lowest tiles hold them
	excepted bool // a file was missing or had another form: the root can't be made
	gone     int  // bundles in a row of which nothing could be read
}

// mostGone is after how many such bundles the walk ends: a checkpoint may name as
// many leaves as its signer likes.
const mostGone = 256

// filling is the tile of one level that the walk is at.
type filling struct {
	n      int64
	hashes []hash
}

const recordSize = 2 + 32

// fetched is one bundle and the lowest hash tile over the same leaves.
type fetched struct {
	bundleName, tileName string
	bundle, tile         []byte
	bundleErr, tileErr   error
}

// ahead is how many bundles are asked for before they are needed.
const ahead = 8

func (w *walk) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	queue := make(chan chan fetched, ahead)
	go func() {
		defer close(queue)
		for n := int64(0); n*tileWidth < w.size; n++ {
			slot := make(chan fetched, 1)
			select {
			case queue <- slot:
			case <-ctx.Done():
				return
			}
			go func() { slot <- w.fetch(ctx, n) }()
		}
	}()
	n := int64(0)
	for slot := range queue {
		w.take(ctx, n, <-slot)
		n++
		if w.gone == mostGone && n*tileWidth < w.size && ctx.Err() == nil {
			w.found.list = append(w.found.list, wrong(w.from.name(w.prefix+"tile/entries"), "%d bundles in a row can't be read, up to leaf %d of %d; the rest was not looked for", mostGone, n*tileWidth-1, w.size).
				meaning("What was signed is not published here", "Try another copy of the log; ask its operator to publish it again"))
			return
		}
		w.tell(min(n*tileWidth, w.size), w.size)
	}
	w.finish(ctx)
}

func (w *walk) width(n int64) int { return int(min(tileWidth, w.size-n*tileWidth)) }

func (w *walk) fetch(ctx context.Context, n int64) (f fetched) {
	f.bundleName, f.bundle, f.bundleErr = w.from.tile(ctx, w.prefix, "entries", n, w.width(n), recordSize)
	f.tileName, f.tile, f.tileErr = w.from.tile(ctx, w.prefix, "0", n, w.width(n), len(hash{}))
	return f
}

// take checks one bundle and the tile over it, and adds their leaves.
func (w *walk) take(ctx context.Context, n int64, f fetched) {
	first, width := n*tileWidth, w.width(n)
	leaves := span(first, first+int64(width)-1)
	if f.bundleErr != nil {
		p := w.from.unreadable(f.bundleName, f.bundleErr)
		p.What += " (it holds the records of " + leaves + ")"
		w.found.add(p)
	}
	if f.tileErr != nil {
		p := w.from.unreadable(f.tileName, f.tileErr)
		p.What += " (it holds the hashes of " + leaves + ")"
		w.found.add(p)
	}
	if w.gone++; f.bundleErr != nil && f.tileErr != nil {
		w.excepted = true
	} else {
		w.gone = 0
	}
	wrongForm := false
	for i := range width {
		var record, below, above hash
		if f.bundleErr == nil {
			item := f.bundle[i*recordSize:][:recordSize]
			record = hash(item[2:])
			below = leafHash(record)
			if (item[0] != 0 || item[1] != 32) && !wrongForm {
				wrongForm = true
				w.found.add(wrong(w.from.name(f.bundleName), "the record of leaf %d says that it is %d bytes long, and a record is always 32", first+int64(i), int(item[0])<<8|int(item[1])).
					meaning("The bundle was altered or damaged", "Try another copy of the log"))
			}
		}
		if above = below; f.tileErr == nil {
			above = hash(f.tile[i*len(hash{}):][:len(hash{})])
		}
		if f.bundleErr != nil {
			below = above
		}
		if f.bundleErr == nil && f.tileErr == nil && below != above {
			w.found.add(wrong(w.from.name(f.bundleName), "leaf %d (record %s) does not have the hash that %s gives it", first+int64(i), record, w.from.name(f.tileName)).
				meaning("One of the two files was altered or damaged; what is said of the root below tells which", "Compare both with another copy of the log"))
		}
		w.mark()
		w.records.add(below)
		w.tiles.add(above)
		w.push(ctx, 0, below)
		if w.leaf != nil {
			told := &record
			if f.bundleErr != nil {
				told = nil
			}
			w.leaf(first+int64(i), told)
		}
	}
}

func span(first, last int64) string {
	if first == last {
		return fmt.Sprintf("leaf %d", first)
	}
	return fmt.Sprintf("leaves %d to %d", first, last)
}

// mark keeps the root at a size that was asked for.
func (w *walk) mark() {
	if _, wanted := w.marks[w.records.size]; wanted {
		w.marks[w.records.size] = w.records.root()
	}
}

// push adds a hash to the tile of a level; a full one is checked, and its root
// goes to the level above.
func (w *walk) push(ctx context.Context, level int, h hash) {
	if len(w.levels) == level {
		w.levels = append(w.levels, &filling{})
	}
	at := w.levels[level]
	at.hashes = append(at.hashes, h)
	if len(at.hashes) == tileWidth {
		w.compare(ctx, level)
		root := rootOf(at.hashes)
		at.n, at.hashes = at.n+1, at.hashes[:0]
		w.push(ctx, level+1, root)
	}
}

// compare holds a tile against the hashes that the level below makes. The
// lowest ones were compared leaf by leaf.
func (w *walk) compare(ctx context.Context, level int) {
	at := w.levels[level]
	if level == 0 || len(at.hashes) == 0 {
		return
	}
	name, raw, err := w.from.tile(ctx, w.prefix, strconv.Itoa(level), at.n, len(at.hashes), len(hash{}))
	if err != nil {
		w.found.add(w.from.unreadable(name, err))
		return
	}
	each := int64(1) << (8 * level) // leaves under one hash
	for i, h := range at.hashes {
		if h != hash(raw[i*len(h):][:len(h)]) {
			first := (at.n*tileWidth + int64(i)) * each
			w.found.add(wrong(w.from.name(name), "hash %d does not belong to %s, which lie below it", i, span(first, first+each-1)).
				meaning("This tile or the files below it were altered or damaged; what is said of the root below tells which", "Compare with another copy of the log"))
		}
	}
}

// finish checks the tiles at the right edge and the root.
func (w *walk) finish(ctx context.Context) {
	if ctx.Err() != nil {
		w.found.add(interrupted(w.from.name(w.prefix + "checkpoint")))
		return
	}
	w.mark()
	for level := range w.levels {
		w.compare(ctx, level)
	}
	if w.excepted {
		return // the reason was said
	}
	where := w.from.name(w.prefix + "checkpoint")
	root, other := w.records.root(), w.tiles.root()
	switch {
	case root == w.root && w.found.none():
	case root == w.root && other == w.root:
		w.found.add(wrong(where, "the records and the lowest hash tiles make the root that %s names", w.of).
			meaning("All records are as they were signed; only the files named above are not", "Get those files again"))
	case root == w.root:
		w.found.add(wrong(where, "the records of the bundles make the root that %s names, and the hash tiles don't", w.of).
			meaning("All records are as they were signed; the hash tiles named above are not", "Get those tiles again"))
	case other == w.root:
		w.found.add(wrong(where, "the hash tiles make the root that %s names, and the records of the bundles don't", w.of).
			meaning("The records named above were altered or damaged: they are not what was signed", "Compare them with another copy of the log, and tell its operator and its witnesses"))
	case w.found.none():
		w.found.add(wrong(where, "bundles and tiles fit each other and make the root %s over %s; %s names the root %s", root, span(0, w.size-1), w.of, w.root).
			meaning("The log was rewritten as a whole after it was signed: something among these leaves was changed, put in, taken out or moved", "Give an older checkpoint with --since, or another copy with --mirror: they show from which leaf on"))
	default:
		w.found.add(wrong(where, "neither the records nor the hash tiles make the root that %s names", w.of).
			meaning("At least the leaves named above are not as they were signed", "Give another copy of the log with --mirror: it shows which leaves differ"))
	}
}

// interrupted keeps half a check from passing for a whole one.
func interrupted(where string) *problem {
	return unknown(where, "the check was interrupted").meaning("Nothing can be concluded", "Let it run to its end")
}

// progress tells on w, at most once in two seconds, how far something has come.
func progress(w io.Writer, what string) func(done, of int64) {
	said := time.Now()
	return func(done, of int64) {
		if now := time.Now(); now.Sub(said) >= 2*time.Second {
			said = now
			fmt.Fprintf(w, "%s: %d of %d\n", what, done, of)
		}
	}
}

// firstDifference is the first leaf at which two copies of an epoch's bundles
// differ, among the first so many; false where they don't.
func firstDifference(ctx context.Context, a, b *source, prefixA, prefixB string, sizeA, sizeB, among int64) (int64, error) {
	for n := int64(0); n*tileWidth < among; n++ {
		width := func(size int64) int { return int(min(tileWidth, size-n*tileWidth)) }
		nameA, rawA, err := a.tile(ctx, prefixA, "entries", n, width(sizeA), recordSize)
		if err != nil {
			return 0, a.unreadable(nameA, err)
		}
		nameB, rawB, err := b.tile(ctx, prefixB, "entries", n, width(sizeB), recordSize)
		if err != nil {
			return 0, b.unreadable(nameB, err)
		}
		for i := range int(min(tileWidth, among-n*tileWidth)) {
			if string(rawA[i*recordSize:][:recordSize]) != string(rawB[i*recordSize:][:recordSize]) {
				return n*tileWidth + int64(i), nil
			}
		}
	}
	return -1, nil
}
