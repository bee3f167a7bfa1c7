package sqlite

import (
	"fmt"
	"slices"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

const schemaSheets = `
CREATE TABLE sheets (
	id TEXT PRIMARY KEY,
	organisation TEXT NOT NULL,
	actor TEXT NOT NULL,
	version INTEGER NOT NULL,
	given TEXT NOT NULL,
	expires TEXT NOT NULL,
	stage TEXT NOT NULL,
	done INTEGER NOT NULL,
	row_count INTEGER NOT NULL,
	object TEXT NOT NULL,
	back TEXT NOT NULL,
	by_house BLOB NOT NULL,
	by_browser BLOB NOT NULL,
	sealed BLOB NOT NULL
) STRICT;
CREATE INDEX sheets_organisation ON sheets (organisation, given);
CREATE INDEX sheets_expires ON sheets (expires);
CREATE INDEX sheets_object ON sheets (object);
CREATE INDEX sheets_back ON sheets (back) WHERE back <> '';
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
	return one(r, scanSheet, "SELECT "+sheetColumns+" FROM sheets WHERE id = ?", id)
}

func (r *reader) SheetsOf(organisation string) ([]store.Sheet, error) {
	return all(r, scanSheet, "SELECT "+sheetColumns+" FROM sheets WHERE organisation = ? ORDER BY given DESC, id", organisation)
}

func (r *reader) ExpiredSheets(at docket.Instant, limit int) ([]string, error) {
	return all(r, value[string], "SELECT id FROM sheets WHERE expires <= ? ORDER BY expires, id LIMIT ?", at.String(), limit)
}

func (t *tx) PutSheet(h store.Sheet) error {
	values := []any{
		h.Organisation, h.Actor, h.Version, h.Given.String(), h.Expires.String(), h.Stage, h.Done, h.Rows,
		h.Object, h.Back, whole(h.ByHouse), whole(h.ByBrowser), whole(h.Sealed), h.ID,
	}
	if h.Version == 1 {
		_, err := t.exec("INSERT OR FAIL INTO sheets (organisation, actor, version, given, expires, stage, done, row_count, object, back, by_house, by_browser, sealed, id) VALUES ("+marks(len(values))+")", values...)
		if err != nil {
			return fmt.Errorf("add a spreadsheet: %w", err)
		}
		return nil
	}
	n, err := t.exec(`UPDATE sheets SET organisation = ?, actor = ?, version = ?, given = ?, expires = ?, stage = ?, done = ?, row_count = ?,
		object = ?, back = ?, by_house = ?, by_browser = ?, sealed = ? WHERE id = ? AND version = ?`, append(values, h.Version-1)...)
	if err != nil {
		return fmt.Errorf("set a spreadsheet: %w", err)
	}
	if n != 1 {
		return t.fail(fmt.Errorf("a spreadsheet doesn't stand one version lower: %w", store.ErrTaken))
	}
	return nil
}

func (t *tx) DeleteSheets(ids []string) (objects []string, err error) {
	for chunk := range slices.Chunk(ids, idsAtOnce) {
		at := marks(len(chunk))
		gone, err := all(&t.reader, value[string], "SELECT object FROM sheets WHERE id IN ("+at+") UNION SELECT back FROM sheets WHERE back <> '' AND id IN ("+at+")", append(anys(chunk), anys(chunk)...)...)
		if err != nil {
			return nil, fmt.Errorf("look for objects: %w", err)
		}
		objects = append(objects, gone...)
	}
	if _, err := byChunks(t, "DELETE FROM sheets WHERE id IN (%s)", ids); err != nil {
		return nil, fmt.Errorf("remove spreadsheets: %w", err)
	}
	return objects, nil
}
