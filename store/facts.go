package store

import (
	"iter"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
)

// Fact is one fact of the roll or of a treaty, at its place in the docket. A
// store never looks into its body.
type Fact struct {
	Stream  docket.Stream  // of the thing or treaty that it is about
	Version docket.Version // of the entry or annex row that states it
	Line    int64          // its place among those of that entry or row, from 1
	ID      string         // names it by what it says
	What    string         // what it states: "thing", "membership", "instrument", "action" …
	Known   day.Date       // when it was learned
	Body    []byte         // canonical JSON
}

// FactStream is how far a stream of facts has come. LastVersion doesn't tell
// that: most facts come in as rows of an annex.
type FactStream struct {
	Stream  docket.Stream
	Version docket.Version
}

// FactMove brings a stream of facts from one version to a later one.
type FactMove struct {
	FactStream
	Was docket.Version // 0: it isn't there yet
}

// FactRecord is how far all streams of one sort have come together: equal
// records hold the same facts.
type FactRecord struct {
	Sort    string // "roll", "treaty"
	Entries int64  // of the docket that stated facts of it
	Facts   int64
}

// FactReader reads the facts of the roll and of the treaties.
type FactReader interface {
	// Facts are the facts of these streams, in the order of their places:
	// stream, version, line. A stream that isn't there has none.
	Facts(streams []docket.Stream) iter.Seq2[Fact, error]
	// AllFacts are the facts of all streams of a sort, in that order; what is ""
	// for all of them, or one kind of statement.
	AllFacts(sort, what string) iter.Seq2[Fact, error]
	// LearnedFacts are the ids of the facts of these streams, each with the
	// earliest day on which it was learned.
	LearnedFacts(streams []docket.Stream) (map[string]day.Date, error)
	// FactStreams are those of these streams that are there.
	FactStreams(streams []docket.Stream) (map[docket.Stream]FactStream, error)
	// AllFactStreams are the streams of a sort, in order.
	AllFactStreams(sort string) iter.Seq2[FactStream, error]
	// FactRecord is the record of a sort; its zero value, but for the sort,
	// before the first fact.
	FactRecord(sort string) (FactRecord, error)
}

// FactWriter writes them, in the act's own transaction. Facts are only ever
// added.
type FactWriter interface {
	// AddFacts adds facts; ErrTaken where a place is taken.
	AddFacts([]Fact) error
	// MoveFactStreams moves streams on; each must have stood at Was, else
	// ErrTaken.
	MoveFactStreams([]FactMove) error
	// PutFactRecord sets the record of a sort.
	PutFactRecord(FactRecord) error
}
