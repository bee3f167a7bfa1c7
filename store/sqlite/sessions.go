package sqlite

import (
	"fmt"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

const schemaSessions = `
CREATE TABLE sessions (
	hash BLOB PRIMARY KEY,
	kind TEXT NOT NULL,
	subject TEXT NOT NULL,
	means TEXT NOT NULL,
	mark BLOB NOT NULL,
	begun TEXT NOT NULL,
	seen TEXT NOT NULL,
	ends TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_subject ON sessions (kind, subject);
CREATE INDEX sessions_ends ON sessions (ends);
`

const sessionColumns = "hash, kind, subject, means, mark, begun, seen, ends"

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
	return one(r, scanSession, "SELECT "+sessionColumns+" FROM sessions WHERE hash = ?", hash)
}

func (t *tx) PutSession(s store.Session) error {
	err := t.insert("sessions ("+sessionColumns+")", 8, 1, func(_ int, to []any) []any {
		mark := append([]byte{}, s.Mark...) // never NULL
		return append(to, s.Hash, s.Kind, s.Subject, s.Means, mark, s.Begun.String(), s.Seen.String(), s.Ends.String())
	})
	if err != nil {
		return fmt.Errorf("begin a session: %w", err)
	}
	return nil
}

func (t *tx) SawSession(hash []byte, at docket.Instant) error {
	return t.sessions("UPDATE sessions SET seen = ? WHERE hash = ?", at.String(), hash)
}

func (t *tx) EndSession(hash []byte) error {
	return t.sessions("DELETE FROM sessions WHERE hash = ?", hash)
}

func (t *tx) EndSessions(kind, subject string) error {
	return t.sessions("DELETE FROM sessions WHERE kind = ? AND subject = ?", kind, subject)
}

func (t *tx) SweepSessions(by docket.Instant) error {
	return t.sessions("DELETE FROM sessions WHERE ends <= ?", by.String())
}

func (t *tx) sessions(text string, args ...any) error {
	if _, err := t.exec(text, args...); err != nil {
		return fmt.Errorf("change sessions: %w", err)
	}
	return nil
}
