package postgres

import (
	"encoding/json"

	"github.com/openchancery/chancery/board"
)

// schemaBoard brings boards, what the register holds of a claim beside its
// standing, and the interests of actors.
const schemaBoard = `
ALTER TABLE claims ADD COLUMN register text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE actors ADD COLUMN interests text COLLATE "C" NOT NULL DEFAULT '';
CREATE TABLE lists (
	programme text COLLATE "C" NOT NULL,
	number bigint NOT NULL,
	body text COLLATE "C" NOT NULL,
	PRIMARY KEY (programme, number)
);
CREATE TABLE resolutions (
	programme text COLLATE "C" NOT NULL,
	number bigint NOT NULL,
	body text COLLATE "C" NOT NULL,
	PRIMARY KEY (programme, number)
);
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
	return one(r, scanJSON[board.List], "SELECT body FROM lists WHERE programme = $1 AND number = $2", programme, number)
}

func (r *reader) Lists(programme string) ([]board.List, error) {
	return all(r, scanJSON[board.List], "SELECT body FROM lists WHERE programme = $1 ORDER BY number DESC", programme)
}

func (r *reader) Resolution(programme string, number int64) (board.Resolution, error) {
	return one(r, scanJSON[board.Resolution], "SELECT body FROM resolutions WHERE programme = $1 AND number = $2", programme, number)
}

func (r *reader) Resolutions(programme string) ([]board.Resolution, error) {
	return all(r, scanJSON[board.Resolution], "SELECT body FROM resolutions WHERE programme = $1 ORDER BY number", programme)
}

var (
	putList       = put("lists", "programme, number, body", 2)
	putResolution = put("resolutions", "programme, number, body", 2)
)

func (t *tx) PutList(l board.List) error { return t.putJSON(putList, l.Programme, l.Number, l) }

func (t *tx) PutResolution(r board.Resolution) error {
	return t.putJSON(putResolution, r.Programme, r.Number, r)
}

func (t *tx) putJSON(into puts, programme string, number int64, of any) error {
	body, err := json.Marshal(of)
	if err != nil {
		return err
	}
	return t.put(into, programme, number, string(body))
}
