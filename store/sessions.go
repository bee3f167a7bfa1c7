package store

import "github.com/openchancery/chancery/docket"

// Session is somebody who has signed in. Of its token a keyed hash is kept and
// nothing else: who reads the database can't go on as anybody.
type Session struct {
	Hash    []byte // keyed hash of its token
	Kind    string // of the subject: "staff", "claimant"
	Subject string // an actor's id, a claim's or a draft's
	Means   string // how it was proved: "code", "passkey"
	Mark    []byte // of what it was proved with, where that may be replaced; empty otherwise
	Begun   docket.Instant
	Seen    docket.Instant // last time, to the minute or so
	Ends    docket.Instant // however busy it is
}

// SessionReader reads sessions.
type SessionReader interface {
	// Session is the one with this hash, or ErrNone; also one that has ended.
	Session(hash []byte) (Session, error)
}

// SessionWriter begins and ends them.
type SessionWriter interface {
	// PutSession adds a session; ErrTaken where there is one with its hash.
	PutSession(Session) error
	// SawSession notes that it was seen; nothing happens where there is none.
	SawSession(hash []byte, at docket.Instant) error
	// EndSession ends one, EndSessions all of a subject, SweepSessions those
	// that ended by that time.
	EndSession(hash []byte) error
	EndSessions(kind, subject string) error
	SweepSessions(by docket.Instant) error
}
