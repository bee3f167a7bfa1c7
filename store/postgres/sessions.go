package postgres

import (
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

const schemaSessions = `
CREATE TABLE sessions (
	hash bytea PRIMARY KEY,
	kind text COLLATE "C" NOT NULL,
	subject text COLLATE "C" NOT NULL,
	means text COLLATE "C" NOT NULL,
	mark bytea NOT NULL,
	begun text COLLATE "C" NOT NULL,
	seen text COLLATE "C" NOT NULL,
	ends text COLLATE "C" NOT NULL
);
CREATE INDEX sessions_subject ON sessions (kind, subject);
CREATE INDEX sessions_ends ON sessions (ends);
`

const sessionColumns = "hash, kind, subject, means, mark, begun, seen, ends"

var intoSessions = intoTable("sessions", sessionColumns)

func scanSession(s scanner) (store.Session, error) {
	var one store.Session
	var times [3]string
	if err := s.Scan(&one.Hash, &one.Kind, &one.Subject, &one.Means, &one.Mark, &times[0], &times[1], &times[2]); err != nil {
		return store.Session{}, err
	}
	for i, to := range []*docket.Instant{&one.Begun, &one.Seen, &one.Ends} {
		if err := to.UnmarshalText([]byte(times[i])); err != nil {
			return store.Session{}, err
		}
	}
	return one, nil
}

func (r *reader) Session(hash []byte) (store.Session, error) {
	return one(r, scanSession, "SELECT "+sessionColumns+" FROM sessions WHERE hash = $1", hash)
}

func (t *tx) PutSession(s store.Session) error {
	return t.insert(intoSessions, 1, func(_ int, to []any) []any {
		return append(to, s.Hash, s.Kind, s.Subject, s.Means, s.Mark, s.Begun.String(), s.Seen.String(), s.Ends.String())
	})
}

func (t *tx) SawSession(hash []byte, at docket.Instant) error {
	t.queue("UPDATE sessions SET seen = $1 WHERE hash = $2", []any{at.String(), hash})
	return t.failed
}

func (t *tx) EndSession(hash []byte) error {
	t.queue("DELETE FROM sessions WHERE hash = $1", []any{hash})
	return t.failed
}

func (t *tx) EndSessions(kind, subject string) error {
	t.queue("DELETE FROM sessions WHERE kind = $1 AND subject = $2", []any{kind, subject})
	return t.failed
}

// SweepSessions leaves out what another act is sweeping at the same time.
func (t *tx) SweepSessions(by docket.Instant) error {
	t.queue("DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE ends <= $1 FOR UPDATE SKIP LOCKED)", []any{by.String()})
	return t.failed
}
