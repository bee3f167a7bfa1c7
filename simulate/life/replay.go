package life

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// line is an entry as an outsider reads it: its JSON, and the rows of its
// annex. Nothing of it goes through the office's own types.
type line struct {
	Programme string      `json:"programme"`
	Stream    string      `json:"stream"`
	Version   int64       `json:"version"`
	Kind      docket.Kind `json:"kind"`
	Actor     string      `json:"actor"`
	Capacity  string      `json:"capacity"`
	Second    *struct {
		Actor    string `json:"actor"`
		Capacity string `json:"capacity"`
	} `json:"second"`
	Instant string `json:"instant"`
	Day     string `json:"day"`
	Edition string `json:"edition"`
	Annex   *struct {
		Root string `json:"root"`
		Rows int64  `json:"rows"`
	} `json:"annex"`
	Facts map[string]any `json:"facts"`

	rows   []line
	leaf   int64 // -1: none yet
	record [32]byte
}

func (l line) ref() docket.Ref {
	return docket.Ref{Stream: docket.Stream(l.Stream), Version: docket.Version(l.Version)}
}

// id is the last part of the stream: a claim's id, an actor's.
func (l line) id() string { return l.Stream[strings.LastIndexByte(l.Stream, '/')+1:] }

func (l line) fact(name string) string {
	text, _ := l.Facts[name].(string)
	return text
}

func (l line) number(name string) int64 {
	n, _ := l.Facts[name].(json.Number)
	i, _ := n.Int64()
	return i
}

// cents is an amount such as "12.50 EUR" in cents; 0 where there is none.
func (l line) cents(name string) int64 { return centsOf(l.fact(name)) }

func centsOf(text string) int64 {
	digits, _, _ := strings.Cut(text, " ")
	n, _ := strconv.ParseInt(strings.ReplaceAll(digits, ".", ""), 10, 64)
	return n
}

func readLine(text []byte) (l line, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return l, d.Decode(&l)
}

// readDocket reads everything: first what has a leaf, in its order.
func (w *world) readDocket() (lines []line, err error) {
	err = w.office().Store.Read(w.ctx, func(r store.Reader) error {
		take := func(leaf int64, e docket.Entry) error {
			if secretWithin(e.Bytes) {
				w.broken("nothing secret in a leaf", e.Ref())
			}
			l, err := readLine(e.Bytes)
			if err != nil {
				return fmt.Errorf("entry %s: %w", e.Ref(), err)
			}
			l.leaf, l.record = leaf, hashOf("chancery/entry/v1\x00", e.Salt[:], e.Bytes)
			if l.Annex != nil {
				if l.rows, err = w.readAnnex(r, l); err != nil {
					return err
				}
			}
			lines = append(lines, l)
			return nil
		}
		for l, err := range r.Leaves(0) {
			if err != nil {
				return err
			}
			if !l.Found {
				w.broken("no entry is lost", l.Ref)
				return nil
			}
			if err := take(l.Number, l.Entry); err != nil {
				return err
			}
		}
		strays, err := r.Strays()
		for _, at := range strays {
			w.broken("every entry is in the tree", at)
		}
		if err != nil {
			return err
		}
		for e, err := range r.Unsequenced() {
			if err != nil {
				return err
			}
			if err := take(-1, e); err != nil {
				return err
			}
		}
		return nil
	})
	return lines, err
}

func (w *world) readAnnex(r store.Reader, l line) (rows []line, err error) {
	var root docket.Hash
	if err := root.UnmarshalText([]byte(l.Annex.Root)); err != nil {
		return nil, err
	}
	var tree heap
	for row, err := range r.AnnexRows(root) {
		if err != nil {
			return nil, err
		}
		if secretWithin(row.Bytes) {
			w.broken("nothing secret in a leaf", row.Ref())
		}
		at, err := readLine(row.Bytes)
		if err != nil {
			return nil, fmt.Errorf("row %s: %w", row.Ref(), err)
		}
		rows = append(rows, at)
		tree.add(hashOf("\x00", hashOfRow(row.Salt, row.Bytes)))
	}
	if got := tree.root(); got != root || int64(len(rows)) != l.Annex.Rows {
		w.broken("an annex is whole", l.ref())
	}
	return rows, nil
}

func hashOfRow(salt docket.Salt, text []byte) []byte {
	h := hashOf("chancery/annex-row/v1\x00", salt[:], text)
	return h[:]
}

func hashOf(tag string, parts ...[]byte) [32]byte {
	h := sha256.New()
	h.Write([]byte(tag))
	for _, p := range parts {
		h.Write(p)
	}
	return [32]byte(h.Sum(nil))
}

// heap is the tree of RFC 6962 as a list of whole subtrees, the largest first.
type heap struct {
	size   int64
	hashes [][32]byte
}

func (t *heap) add(leaf [32]byte) {
	t.hashes = append(t.hashes, leaf)
	t.size++
	for n := t.size; n%2 == 0; n /= 2 {
		at := len(t.hashes) - 2
		t.hashes = append(t.hashes[:at], hashOf("\x01", t.hashes[at][:], t.hashes[at+1][:]))
	}
}

func (t *heap) root() [32]byte {
	if len(t.hashes) == 0 {
		return sha256.Sum256(nil)
	}
	root := t.hashes[len(t.hashes)-1]
	for i := len(t.hashes) - 2; i >= 0; i-- {
		root = hashOf("\x01", t.hashes[i][:], root[:])
	}
	return root
}

// checkTree holds the entries against every head that was ever seen: each is
// the tree of the first so many leaves, whatever crashed in between. Every
// entry has its leaf.
func (w *world) checkTree(lines []line) {
	var tree heap
	heads := w.heads
	next := func() {
		for len(heads) > 0 && heads[0].Size == tree.size {
			if root := tree.root(); root != heads[0].Root {
				w.broken("the log only grows", fmt.Sprintf("the head of size %d that was published is of other entries", tree.size))
			}
			heads = heads[1:]
		}
	}
	next()
	for n, l := range lines {
		switch l.leaf {
		case int64(n):
		case -1:
			w.broken("every entry is in the tree", l.ref())
		default:
			w.broken("every leaf has its number", fmt.Sprintf("%s has %d and stands at %d", l.ref(), l.leaf, n))
		}
		tree.add(hashOf("\x00", l.record[:]))
		next()
	}
	if len(heads) > 0 {
		w.broken("the log only grows", fmt.Sprintf("a head of size %d was published, and there are %d entries", heads[0].Size, tree.size))
	}
	if head := w.office().Tree.Head(); head.Size != tree.size || head.Root != tree.root() {
		w.broken("every entry is in the tree", fmt.Sprintf("the tree has %d leaves, the docket %d entries", head.Size, tree.size))
	}
}
