package postgres

import (
	"fmt"
	"iter"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

const readingColumns = "number, claim_id, actor, day, person, alarm, line, hash"

var intoReadings = intoTable("readings", readingColumns)

func scanReading(s scanner) (store.Reading, error) {
	var l store.Reading
	var hash []byte
	err := s.Scan(&l.Number, &l.Claim, &l.Actor, &l.Day, flag{&l.Person}, &l.Alarm, &l.Line, &hash)
	l.Hash = docket.Hash(sized(hash))
	return l, err
}

func (r *reader) Readings() iter.Seq2[store.Reading, error] {
	return each(r, paged[store.Reading]{
		text: "SELECT " + readingColumns + " FROM readings WHERE number > $1 ORDER BY number LIMIT $2",
		key:  []any{int64(-1)}, of: func(l store.Reading) []any { return []any{l.Number} }, scan: scanReading,
	})
}

const lastReading = "SELECT " + readingColumns + " FROM readings ORDER BY number DESC LIMIT 1"

func (r *reader) LastReading() (store.Reading, error) {
	return one(r, scanReading, lastReading)
}

func (r *reader) ReadingsOf(id claim.ID) ([]store.Reading, error) {
	return all(r, scanReading, "SELECT "+readingColumns+" FROM readings WHERE claim_id = $1 ORDER BY number", string(id))
}

func (r *reader) OpenedBy(actor, day string) ([]claim.ID, error) {
	return all(r, value[claim.ID], "SELECT DISTINCT claim_id FROM readings WHERE actor = $1 AND day = $2 AND person = 1 ORDER BY claim_id", actor, day)
}

func scanAlarm(s scanner) (store.Alarm, error) {
	var a store.Alarm
	err := s.Scan(&a.Actor, &a.Day, &a.Claims)
	return a, err
}

func (r *reader) Alarms(limit int) ([]store.Alarm, error) {
	return all(r, scanAlarm, "SELECT actor, day, max(alarm) FROM readings WHERE alarm > 0 GROUP BY day, actor ORDER BY day DESC, actor LIMIT $1", limit)
}

func (t *tx) AppendReadings(lines []store.Reading) error {
	err := t.insert(intoReadings, len(lines), func(i int, to []any) []any {
		l := &lines[i]
		return append(to, l.Number, string(l.Claim), l.Actor, l.Day, bit(l.Person), l.Alarm, l.Line, l.Hash[:])
	})
	if err != nil {
		return fmt.Errorf("append to the reading log: %w", err)
	}
	return nil
}
