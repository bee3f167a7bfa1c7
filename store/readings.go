package store

import (
	"iter"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
)

// Reading is one line of the reading log: one opening of what is sealed of a
// claim. The line is the record, chained by its hash; the columns beside it
// are there to be looked up by, and repeat what the line says.
type Reading struct {
	Number int64 // from 1, without gaps
	Claim  claim.ID
	Actor  string
	Day    string // 2026-01-31, UTC
	Person bool   // somebody saw it; false: a rule ran over it in memory
	Alarm  int64  // claims opened by this actor on this day, where they are more than one person should; else 0
	Line   []byte // canonical JSON
	Hash   docket.Hash
}

// Alarm says that somebody opened many claims on one day.
type Alarm struct {
	Actor  string
	Day    string
	Claims int64
}

// ReadingReader reads the reading log.
type ReadingReader interface {
	// Readings are all lines, in the order of their numbers.
	Readings() iter.Seq2[Reading, error]
	// LastReading is the line with the highest number, or ErrNone.
	LastReading() (Reading, error)
	// ReadingsOf are the lines about a claim, oldest first.
	ReadingsOf(claim.ID) ([]Reading, error)
	// OpenedBy are the claims of which this actor saw something on this day,
	// each once. It looks at that day's lines of that actor only.
	OpenedBy(actor, day string) ([]claim.ID, error)
	// Alarms are the days on which somebody opened too many claims, newest
	// first, at most so many.
	Alarms(limit int) ([]Alarm, error)
}

// ReadingWriter appends to the reading log; nothing in it is ever changed.
type ReadingWriter interface {
	// AppendReadings adds lines; ErrTaken when a number is taken.
	AppendReadings([]Reading) error
}
