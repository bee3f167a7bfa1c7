package postgres

import (
	"fmt"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// schemaSheets clears up as soon as a spreadsheet goes.
const schemaSheets = `
CREATE TABLE sheets (
	id text COLLATE "C" PRIMARY KEY,
	organisation text COLLATE "C" NOT NULL,
	actor text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	given text COLLATE "C" NOT NULL,
	expires text COLLATE "C" NOT NULL,
	stage text COLLATE "C" NOT NULL,
	done bigint NOT NULL,
	row_count bigint NOT NULL,
	object text COLLATE "C" NOT NULL,
	back text COLLATE "C" NOT NULL,
	by_house bytea NOT NULL,
	by_browser bytea NOT NULL,
	sealed bytea NOT NULL
);
ALTER TABLE sheets ALTER sealed SET STORAGE EXTERNAL;
CREATE INDEX sheets_organisation ON sheets (organisation, given);
CREATE INDEX sheets_expires ON sheets (expires);
CREATE INDEX sheets_object ON sheets (object);
CREATE INDEX sheets_back ON sheets (back) WHERE back <> '';
ALTER TABLE sheets SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0);
`

const sheetColumns = "id, organisation, actor, version, given, expires, stage, done, row_count, object, back, by_house, by_browser, sealed"

func scanSheet(s scanner) (store.Sheet, error) {
	var h store.Sheet
	var given, expires string
	err := s.Scan(&h.ID, &h.Organisation, &h.Actor, &h.Version, &given, &expires, &h.Stage, &h.Done, &h.Rows, &h.Object, &h.Back, &h.ByHouse, &h.ByBrowser, &h.Sealed)
	if err != nil {
		return store.Sheet{}, err
	}
	if err := h.Given.UnmarshalText([]byte(given)); err != nil {
		return store.Sheet{}, err
	}
	return h, h.Expires.UnmarshalText([]byte(expires))
}

func (r *reader) Sheet(id string) (store.Sheet, error) {
	return one(r, scanSheet, "SELECT "+sheetColumns+" FROM sheets WHERE id = $1", id)
}

func (r *reader) SheetsOf(organisation string) ([]store.Sheet, error) {
	return all(r, scanSheet, "SELECT "+sheetColumns+" FROM sheets WHERE organisation = $1 ORDER BY given DESC, id", organisation)
}

func (r *reader) ExpiredSheets(at docket.Instant, limit int) ([]string, error) {
	return all(r, value[string], "SELECT id FROM sheets WHERE expires <= $1 ORDER BY expires, id LIMIT $2", at.String(), limit)
}

var (
	intoSheets = intoTable("sheets", sheetColumns)
	setSheet   = change{one: `UPDATE sheets SET organisation = $2, actor = $3, version = $4, given = $5, expires = $6, stage = $7, done = $8, row_count = $9,
		object = $10, back = $11, by_house = $12, by_browser = $13, sealed = $14 WHERE id = $1 AND version = $4 - 1`, columns: len(intoSheets.columns)}
)

func (t *tx) PutSheet(h store.Sheet) error {
	row := func(_ int, to []any) []any {
		return append(to, h.ID, h.Organisation, h.Actor, h.Version, h.Given.String(), h.Expires.String(), h.Stage, h.Done, h.Rows, h.Object, h.Back, h.ByHouse, h.ByBrowser, h.Sealed)
	}
	if h.Version == 1 {
		if err := t.insert(intoSheets, 1, row); err != nil {
			return fmt.Errorf("add a spreadsheet: %w", err)
		}
		return nil
	}
	if err := t.write(setSheet, 1, row); err != nil {
		return fmt.Errorf("set a spreadsheet: %w", err)
	}
	return nil
}

func (t *tx) DeleteSheets(ids []string) (objects []string, err error) {
	objects, err = all(&t.reader, value[string], "SELECT object FROM sheets WHERE id = ANY($1) UNION SELECT back FROM sheets WHERE back <> '' AND id = ANY($1)", ids)
	if err != nil {
		return nil, fmt.Errorf("look for objects: %w", err)
	}
	t.queue("DELETE FROM sheets WHERE id = ANY($1)", []any{ids})
	return objects, t.failed
}
