package postgres

import (
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

const schemaTries = `
CREATE TABLE tries (
	tag bytea PRIMARY KEY,
	count bigint NOT NULL,
	until text COLLATE "C" NOT NULL
);
CREATE INDEX tries_until ON tries (until);
`

var putTries = put("tries", "tag, count, until", 1)

func scanTries(s scanner) (store.Tries, error) {
	var t store.Tries
	var until string
	if err := s.Scan(&t.Tag, &t.Count, &until); err != nil {
		return store.Tries{}, err
	}
	return t, t.Until.UnmarshalText([]byte(until))
}

func (r *reader) Tries(tag []byte) (store.Tries, error) {
	return one(r, scanTries, "SELECT tag, count, until FROM tries WHERE tag = $1", tag)
}

func (t *tx) PutTries(c store.Tries) error { return t.put(putTries, c.Tag, c.Count, c.Until.String()) }

// SweepTries leaves out what another act counts or sweeps at the same time.
func (t *tx) SweepTries(by docket.Instant, most int) error {
	t.queue("DELETE FROM tries WHERE tag IN (SELECT tag FROM tries WHERE until <= $1 FOR UPDATE SKIP LOCKED)", []any{by.String()})
	t.queue("DELETE FROM tries WHERE tag IN (SELECT tag FROM tries ORDER BY until DESC, tag OFFSET $1 FOR UPDATE SKIP LOCKED)", []any{most})
	return t.failed
}
