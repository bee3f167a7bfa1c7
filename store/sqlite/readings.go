package sqlite

import (
	"fmt"
	"iter"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

const schemaReadings = `
CREATE TABLE readings (
	number INTEGER PRIMARY KEY,
	claim_id TEXT NOT NULL,
	actor TEXT NOT NULL,
	day TEXT NOT NULL,
	person INTEGER NOT NULL,
	alarm INTEGER NOT NULL,
	line BLOB NOT NULL,
	hash BLOB NOT NULL
) STRICT;
CREATE INDEX readings_claim ON readings (claim_id);
CREATE INDEX readings_person ON readings (actor, day, claim_id) WHERE person = 1;
CREATE INDEX readings_alarm ON readings (day, actor, alarm) WHERE alarm > 0;
CREATE TRIGGER readings_no_update BEFORE UPDATE ON readings BEGIN SELECT RAISE(ABORT, 'the reading log is append-only'); END;
CREATE TRIGGER readings_no_delete BEFORE DELETE ON readings BEGIN SELECT RAISE(ABORT, 'the reading log is append-only'); END;
`

const readingColumns = "number, claim_id, actor, day, person, alarm, line, hash"

func scanReading(s scanner) (store.Reading, error) {
	var l store.Reading
	var hash []byte
	err := s.Scan(&l.Number, &l.Claim, &l.Actor, &l.Day, &l.Person, &l.Alarm, &l.Line, &hash)
	l.Hash = docket.Hash(sized(hash))
	return l, err
}

func (r *reader) Readings() iter.Seq2[store.Reading, error] {
	return each(r, scanReading, "SELECT "+readingColumns+" FROM readings ORDER BY number")
}

func (r *reader) LastReading() (store.Reading, error) {
	return one(r, scanReading, "SELECT "+readingColumns+" FROM readings ORDER BY number DESC LIMIT 1")
}

func (r *reader) ReadingsOf(id claim.ID) ([]store.Reading, error) {
	return all(r, scanReading, "SELECT "+readingColumns+" FROM readings WHERE claim_id = ? ORDER BY number", string(id))
}

func (r *reader) OpenedBy(actor, day string) ([]claim.ID, error) {
	return all(r, value[claim.ID], "SELECT DISTINCT claim_id FROM readings WHERE actor = ? AND day = ? AND person = 1 ORDER BY claim_id", actor, day)
}

func scanAlarm(s scanner) (store.Alarm, error) {
	var a store.Alarm
	err := s.Scan(&a.Actor, &a.Day, &a.Claims)
	return a, err
}

func (r *reader) Alarms(limit int) ([]store.Alarm, error) {
	return all(r, scanAlarm, "SELECT actor, day, max(alarm) FROM readings WHERE alarm > 0 GROUP BY day, actor ORDER BY day DESC, actor LIMIT ?", limit)
}

func (t *tx) AppendReadings(lines []store.Reading) error {
	err := t.insert("readings ("+readingColumns+")", 8, len(lines), func(i int, to []any) []any {
		l := &lines[i]
		return append(to, l.Number, string(l.Claim), l.Actor, l.Day, l.Person, l.Alarm, l.Line, l.Hash[:])
	})
	if err != nil {
		return fmt.Errorf("append to the reading log: %w", err)
	}
	return nil
}
