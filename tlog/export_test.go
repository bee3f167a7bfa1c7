package tlog

import (
	"time"

	"github.com/openchancery/chancery/docket"
)

// File is what a tree asks of a file, so that tests can give it one that
// fails, or forgets what wasn't synced.
type File = file

// OpenFiles opens the tree in two files.
func OpenFiles(origin string, leaves, heads File) (*Tree, error) { return open(origin, leaves, heads) }

// Writing lets a tree in two files make durable what another one wrote.
func (t *Tree) Writing() *Tree {
	t.writing = true
	return t
}

// RecordOf is the record of a leaf whose number no test can reach.
func RecordOf(leaf docket.TreeLeaf) ([]byte, error) { return appendRecord(nil, leaf) }

// ReadRecord reads it back.
func ReadRecord(record []byte, n int64) (docket.TreeLeaf, error) { return parseRecord(record, n) }

// LineOf is the line of a head, its sum made to fit.
func LineOf(head docket.TreeHead, subtrees ...docket.Hash) ([]byte, error) {
	return headLine{TreeHead: head, Subtrees: subtrees}.text()
}

// TileName is the path of a tile, level -1 for a bundle.
func TileName(level int, n int64, width int) string { return tile{level, n, width}.name() }

// InBatches makes a publisher sign more often than it does.
func (p *Publisher) InBatches(of int64) *Publisher {
	p.batch = of
	return p
}

// Patience is how long it waits for witnesses.
func (p *Publisher) Patience(wait time.Duration) *Publisher {
	p.wait = wait
	return p
}

// PatienceOfWriters is how long a process waits for another that writes the
// tree; it is set back when the test is over.
func PatienceOfWriters(wait time.Duration) (back func()) {
	was := alonePatience
	alonePatience = wait
	return func() { alonePatience = was }
}
