package store

import "github.com/openchancery/chancery/docket"

// Tries counts the wrong tries at one thing, or from one place.
type Tries struct {
	Tag   []byte // keyed hash of what or whence, never the thing itself
	Count int64
	Until docket.Instant // when the counting begins anew
}

// TriesReader reads the counts.
type TriesReader interface {
	// Tries is the count under a tag, or ErrNone; also one that is over.
	Tries(tag []byte) (Tries, error)
}

// TriesWriter counts.
type TriesWriter interface {
	// PutTries adds a count, or sets it.
	PutTries(Tries) error
	// SweepTries forgets the counts that are over by that time, and of the
	// others those that are over first, so that at most so many are left.
	SweepTries(by docket.Instant, most int) error
}
