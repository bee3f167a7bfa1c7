package workbook

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/openchancery/chancery/office"
)

// Kept is where filled spreadsheets rest between the check and the filing: sealed,
// on the installation's shelf, so that each of its machines goes on with what another
// took. They are nobody's but their organisation's, and gone after some days.
type Kept struct{ Office *office.Office }

// Stage is how far a spreadsheet has come.
type Stage string

// The stages. One that is Checking or Filing and that nobody works on was
// interrupted: it goes on where it is begun again.
const (
	Given    Stage = "given"
	Checking Stage = "checking"
	Checked  Stage = "checked"
	Filing   Stage = "filing"
	Filed    Stage = "filed"
	Failed   Stage = "failed" // it can't be read, or somebody may not file: Trouble says it
)

// Sheet is a spreadsheet that is kept. Where it is Closed, its facts aren't known.
type Sheet struct {
	office.Sheet
	Facts
	Stage Stage
}

// Facts are what is kept sealed with a spreadsheet.
type Facts struct {
	Programme string `json:"programme"`
	Category  string `json:"category"`
	Language  string `json:"language"`
	Name      string `json:"name"` // of the file, as it was given
	Format    Format `json:"format"`
	KeepGoing bool   `json:"keep_going,omitempty"` // the wrong rows are left out of the filing
	Report    Report `json:"report"`               // of what was done last
	Trouble   string `json:"trouble,omitempty"`    // a sentence
}

func (t Facts) text() ([]byte, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("write what is told of a spreadsheet: %w", err)
	}
	return text, nil
}

// sheetOf is a spreadsheet as the office keeps it, with what is told of it.
func sheetOf(kept office.Sheet) (Sheet, error) {
	s := Sheet{Sheet: kept, Stage: Stage(kept.Stage)}
	if kept.Closed {
		return s, nil
	}
	if err := json.Unmarshal(kept.Told, &s.Facts); err != nil {
		return s, fmt.Errorf("read what is told of a spreadsheet: %w", err)
	}
	return s, nil
}

// Take keeps a spreadsheet of a form as it comes, of at most so many bytes. Where
// something sensitive can stand in its rows, the browser alone that keeps the secret
// opens it.
//
// Faults: those of office.TakeSheet.
func (k Kept) Take(ctx context.Context, by office.By, secret []byte, form *Form, t Facts, content io.Reader, most int64) (Sheet, error) {
	t.Programme, t.Category = form.Edition.ID, form.Category.ID
	text, err := t.text()
	if err != nil {
		return Sheet{}, err
	}
	kept, err := k.Office.TakeSheet(ctx, by, office.NewSheet{Stage: string(Given), Told: text, Sensitive: form.Sensitive(), Secret: secret, Most: most}, content)
	if err != nil {
		return Sheet{}, err
	}
	return sheetOf(kept)
}

// Sheet is a spreadsheet of the asker's organisation; bulk.none for any other, and
// for one whose days are over.
func (k Kept) Sheet(ctx context.Context, by office.By, secret []byte, id string) (Sheet, error) {
	kept, err := k.Office.Sheet(ctx, by, secret, id)
	if err != nil {
		return Sheet{}, err
	}
	return sheetOf(kept)
}

// Sheets are those of the asker's organisation, the newest first.
func (k Kept) Sheets(ctx context.Context, by office.By, secret []byte) ([]Sheet, error) {
	all, err := k.Office.Sheets(ctx, by, secret)
	if err != nil {
		return nil, err
	}
	list := make([]Sheet, len(all))
	for n, kept := range all {
		if list[n], err = sheetOf(kept); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Content is what was given.
func (k Kept) Content(ctx context.Context, s Sheet) ([]byte, error) {
	var content bytes.Buffer
	if err := k.Office.SheetContent(ctx, s.Sheet, &content); err != nil {
		return nil, err
	}
	return content.Bytes(), nil
}

// Work is the check of a spreadsheet, or its filing, by this process.
type Work struct {
	Sheet Sheet

	kept Kept
	work *office.SheetWork
}

// Begin begins to work on a spreadsheet: it comes to this stage, and what is told of
// it with it. The context that it answers ends where another process took over.
//
// Faults: those of office.WorkOnSheet.
func (k Kept) Begin(ctx context.Context, by office.By, s Sheet, stage Stage) (*Work, context.Context, error) {
	s.Trouble = ""
	text, err := s.text()
	if err != nil {
		return nil, nil, err
	}
	work, within, err := k.Office.WorkOnSheet(ctx, by, s.Sheet, string(stage), text)
	if err != nil {
		return nil, nil, err
	}
	s.Stage, s.Sheet = stage, work.Sheet
	return &Work{s, k, work}, within, nil
}

// Reach says how far the work is, to who looks.
func (w *Work) Reach(ctx context.Context, done, rows int64) error {
	return w.work.Reach(ctx, done, rows)
}

// Answer keeps the file that comes back, when it is whole.
func (w *Work) Answer(ctx context.Context, write func(io.Writer) error) error {
	return w.work.Answer(ctx, write)
}

// Came says to which stage the work came.
func (w *Work) Came(ctx context.Context, stage Stage) error {
	text, err := w.Sheet.text()
	if err != nil {
		return err
	}
	w.Sheet.Stage = stage
	return w.work.Keep(ctx, string(stage), text)
}

// End gives the work back.
func (w *Work) End(ctx context.Context) error { return w.work.End(ctx) }
