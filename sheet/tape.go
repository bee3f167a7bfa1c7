package sheet

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
)

const (
	// MaxRow is the longest row that is read, in bytes as in the file. It is
	// what bounds memory when a quote is opened and never closed.
	MaxRow = 1 << 20

	chunk    = 64 << 10 // what is asked of the source at a time
	readhead = 8 << 10  // how far the CSV reader may run ahead of the row it gives; as much is read again after a broken quote
	maxKept  = MaxRow + 2*readhead
)

// errRowTooLong is what the CSV reader is given in place of more of a row.
var errRowTooLong = errors.New("sheet: a row is longer than is read")

// tape is the file as it passes by. It keeps what was read since the
// beginning of the present row, so that the reader can go back to any line of
// it, and never much more than maxKept bytes.
type tape struct {
	ctx    context.Context
	source io.Reader
	sum    hash.Hash
	size   int64  // bytes of the file read so far
	buffer []byte // the file's bytes up to size; those before head are let go of
	head   int    // index in the buffer of the present row's first byte
	mark   int64  // its place in the file
	next   int64  // place in the file of the byte that Read gives next
	end    error  // what the source ended with: io.EOF, or why it can't be read
	over   bool   // the present row is longer than is read
}

func newTape(ctx context.Context, source io.Reader) *tape {
	return &tape{ctx: ctx, source: source, sum: sha256.New()}
}

// Read gives the next bytes: those kept, then those of the source.
func (t *tape) Read(p []byte) (int, error) {
	for {
		if t.next < t.size {
			n := copy(p, t.slice(t.next, t.size))
			t.next += int64(n)
			return n, nil
		}
		if t.size-t.mark >= maxKept {
			t.over = true
			return 0, errRowTooLong
		}
		if err := t.fill(); err != nil {
			return 0, err
		}
	}
}

// fill reads one more piece of the source.
func (t *tape) fill() error {
	if t.end == nil {
		t.end = t.ctx.Err()
	}
	if t.end != nil {
		return t.end
	}
	kept := copy(t.buffer, t.buffer[t.head:])
	t.buffer, t.head = append(t.buffer[:kept], make([]byte, chunk)...), 0
	for range 100 {
		n, err := t.source.Read(t.buffer[kept:])
		t.end = err
		if n > 0 || err != nil {
			t.buffer = t.buffer[:kept+n]
			t.sum.Write(t.buffer[kept:])
			t.size += int64(n)
			break
		}
	}
	if t.size == t.mark+int64(kept) {
		t.buffer = t.buffer[:kept]
		if t.end == nil {
			t.end = io.ErrNoProgress
		}
		return t.end
	}
	return nil
}

// startAt makes a place the beginning of the present row. What lies before it
// is let go of.
func (t *tape) startAt(place int64) {
	t.head += int(place - t.mark)
	t.mark, t.over = place, false
}

// rewind goes back, or on, to the beginning of a row and reads from there.
func (t *tape) rewind(place int64) {
	t.startAt(place)
	t.next = place
}

// slice is what is kept between two places of the file. It holds until the
// next Read.
func (t *tape) slice(from, to int64) []byte {
	return t.buffer[t.head+int(from-t.mark) : t.head+int(to-t.mark)]
}
