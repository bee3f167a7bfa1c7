package intake

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"github.com/openchancery/chancery/office"
)

// trail is what the first pass remembers of the rows that it found good: a
// hash over all of them up to each batch's end, so that the second pass knows,
// before it files a batch, that it reads the same rows at the same places. It
// keeps 16 bytes for a thousand rows.
type trail struct {
	running hash.Hash
	rows    int
	atOnce  int // rows to a batch
	marks   [][16]byte
}

// begin goes back to the first row.
func (t *trail) begin(atOnce int) { t.running, t.rows, t.atOnce = sha256.New(), 0, atOnce }

// step takes one more row in, and reports whether it ends a batch.
func (t *trail) step(f office.Filing) bool {
	var place [16]byte
	binary.BigEndian.PutUint64(place[:], uint64(f.Source.Row))
	binary.BigEndian.PutUint64(place[8:], uint64(f.Source.Line))
	t.running.Write(place[:])
	t.running.Write(f.Digest)
	t.rows++
	return t.rows%t.atOnce == 0
}

func (t *trail) mark() [16]byte { return [16]byte(t.running.Sum(nil)[:16]) }

// lay remembers a row of the first pass.
func (t *trail) lay(f office.Filing) {
	if t.step(f) {
		t.marks = append(t.marks, t.mark())
	}
}

// follow reports whether the rows of the second pass up to this one are those
// of the first, as far as it can be told: at each batch's end.
func (t *trail) follow(f office.Filing) bool {
	if !t.step(f) {
		return true
	}
	n := t.rows/t.atOnce - 1
	return n < len(t.marks) && t.marks[n] == t.mark()
}
