package postgres

import "github.com/openchancery/chancery/store"

const schemaPaper = `
CREATE TABLE paper_forms (
	id text COLLATE "C" PRIMARY KEY,
	programme text COLLATE "C" NOT NULL,
	category text COLLATE "C" NOT NULL,
	becomes text COLLATE "C" NOT NULL,
	stage text COLLATE "C" NOT NULL,
	keyer text COLLATE "C" NOT NULL,
	checker text COLLATE "C" NOT NULL,
	received text COLLATE "C" NOT NULL,
	updated text COLLATE "C" NOT NULL
);
CREATE INDEX paper_forms_received ON paper_forms (received, id);
`

const paperColumns = "id, programme, category, becomes, stage, keyer, checker, received, updated"

func scanPaperForm(s scanner) (store.PaperForm, error) {
	var f store.PaperForm
	var received, updated string
	if err := s.Scan(&f.ID, &f.Programme, &f.Category, &f.Claim, &f.Stage, &f.Keyer, &f.Checker, &received, &updated); err != nil {
		return store.PaperForm{}, err
	}
	if err := f.Received.UnmarshalText([]byte(received)); err != nil {
		return store.PaperForm{}, err
	}
	return f, f.Updated.UnmarshalText([]byte(updated))
}

func (r *reader) PaperForm(id string) (store.PaperForm, error) {
	return one(r, scanPaperForm, "SELECT "+paperColumns+" FROM paper_forms WHERE id = $1", id)
}

func (r *reader) PaperForms(limit int) ([]store.PaperForm, error) {
	return all(r, scanPaperForm, "SELECT "+paperColumns+" FROM paper_forms ORDER BY received, id LIMIT $1", limit)
}

var putPaperForm = put("paper_forms", paperColumns, 1)

func (t *tx) PutPaperForm(f store.PaperForm) error {
	return t.put(putPaperForm, f.ID, f.Programme, f.Category, string(f.Claim), f.Stage, f.Keyer, f.Checker, f.Received.String(), f.Updated.String())
}

func (t *tx) DeletePaperForms(ids []string) error {
	t.queue("DELETE FROM paper_forms WHERE id = ANY($1)", []any{ids})
	return t.failed
}
