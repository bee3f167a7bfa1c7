package sqlite

import (
	"encoding/json"

	"github.com/openchancery/chancery/board"
)

// schemaBoard brings boards, what the register holds of a claim beside its
// standing, and the interests of actors.
const schemaBoard = `
ALTER TABLE claims ADD COLUMN register TEXT NOT NULL DEFAULT '';
ALTER TABLE actors ADD COLUMN interests TEXT NOT NULL DEFAULT '';
CREATE TABLE lists (
	programme TEXT NOT NULL,
	number INTEGER NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (programme, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE resolutions (
	programme TEXT NOT NULL,
	number INTEGER NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (programme, number)
) STRICT, WITHOUT ROWID;
`

// scanJSON reads a row that is one JSON text.
func scanJSON[T any](s scanner) (T, error) {
	var of T
	var body string
	if err := s.Scan(&body); err != nil {
		return of, err
	}
	return of, json.Unmarshal([]byte(body), &of)
}

func (r *reader) List(programme string, number int64) (board.List, error) {
	return one(r, scanJSON[board.List], "SELECT body FROM lists WHERE programme = ? AND number = ?", programme, number)
}

func (r *reader) Lists(programme string) ([]board.List, error) {
	return all(r, scanJSON[board.List], "SELECT body FROM lists WHERE programme = ? ORDER BY number DESC", programme)
}

func (r *reader) Resolution(programme string, number int64) (board.Resolution, error) {
	return one(r, scanJSON[board.Resolution], "SELECT body FROM resolutions WHERE programme = ? AND number = ?", programme, number)
}

func (r *reader) Resolutions(programme string) ([]board.Resolution, error) {
	return all(r, scanJSON[board.Resolution], "SELECT body FROM resolutions WHERE programme = ? ORDER BY number", programme)
}

func (t *tx) PutList(l board.List) error { return t.putJSON("lists", l.Programme, l.Number, l) }

func (t *tx) PutResolution(r board.Resolution) error {
	return t.putJSON("resolutions", r.Programme, r.Number, r)
}

func (t *tx) putJSON(table, programme string, number int64, of any) error {
	body, err := json.Marshal(of)
	if err != nil {
		return err
	}
	return t.put(table, "programme, number, body", programme, number, string(body))
}
