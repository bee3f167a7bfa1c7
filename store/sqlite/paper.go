package sqlite

import "github.com/openchancery/chancery/store"

const schemaPaper = `
CREATE TABLE paper_forms (
	id TEXT PRIMARY KEY,
	programme TEXT NOT NULL,
	category TEXT NOT NULL,
	becomes TEXT NOT NULL,
	stage TEXT NOT NULL,
	keyer TEXT NOT NULL,
	checker TEXT NOT NULL,
	received TEXT NOT NULL,
	updated TEXT NOT NULL
) STRICT, WITHOUT ROWID;
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
	return one(r, scanPaperForm, "SELECT "+paperColumns+" FROM paper_forms WHERE id = ?", id)
}

func (r *reader) PaperForms(limit int) ([]store.PaperForm, error) {
	return all(r, scanPaperForm, "SELECT "+paperColumns+" FROM paper_forms ORDER BY received, id LIMIT ?", limit)
}

func (t *tx) PutPaperForm(f store.PaperForm) error {
	return t.put("paper_forms", paperColumns, f.ID, f.Programme, f.Category, string(f.Claim), f.Stage, f.Keyer, f.Checker, f.Received.String(), f.Updated.String())
}

func (t *tx) DeletePaperForms(ids []string) error {
	_, err := byChunks(t, "DELETE FROM paper_forms WHERE id IN (%s)", ids)
	return err
}
