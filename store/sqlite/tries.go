package sqlite

import (
	"fmt"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

const schemaTries = `
CREATE TABLE tries (
	tag BLOB PRIMARY KEY,
	count INTEGER NOT NULL,
	until TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tries_until ON tries (until);
`

func scanTries(s scanner) (store.Tries, error) {
	var t store.Tries
	var until string
	if err := s.Scan(&t.Tag, &t.Count, &until); err != nil {
		return store.Tries{}, err
	}
	return t, t.Until.UnmarshalText([]byte(until))
}

func (r *reader) Tries(tag []byte) (store.Tries, error) {
	return one(r, scanTries, "SELECT tag, count, until FROM tries WHERE tag = ?", tag)
}

func (t *tx) PutTries(c store.Tries) error {
	return t.put("tries", "tag, count, until", c.Tag, c.Count, c.Until.String())
}

func (t *tx) SweepTries(by docket.Instant, most int) error {
	_, err := t.exec("DELETE FROM tries WHERE until <= ?", by.String())
	if err == nil {
		_, err = t.exec("DELETE FROM tries WHERE tag IN (SELECT tag FROM tries ORDER BY until DESC, tag LIMIT -1 OFFSET ?)", most)
	}
	if err != nil {
		return fmt.Errorf("forget tries: %w", err)
	}
	return nil
}
