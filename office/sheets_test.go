package office_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// secretOf is what a browser keeps.
func secretOf(browser byte) []byte { return bytes.Repeat([]byte{browser}, 32) }

func aSheet(change func(*office.NewSheet)) office.NewSheet {
	n := office.NewSheet{Stage: "given", Told: []byte("claims.csv"), Secret: secretOf(1), Most: 100}
	if change != nil {
		change(&n)
	}
	return n
}

// shelved are the objects on the shelf.
func (h *house) shelved() (list []string) {
	h.Helper()
	err := filepath.WalkDir(h.Evidence, func(at string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, at)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		h.Fatal(err)
	}
	return list
}

// What can't be taken leaves nothing: not on the shelf, and no key.
func TestASpreadsheetThatIsNotTakenLeavesNothing(t *testing.T) {
	h := opened(t)
	lawyer, stranger := h.representative("lawyer", "legal-aid"), h.representative("nobody-s", "")
	broken := errors.New("the line broke")
	for _, c := range []struct {
		what, code string
		by         office.By
		content    io.Reader
	}{
		{"a large one", "bulk.too-large", lawyer, strings.NewReader(strings.Repeat("x", 101))},
		{"one that breaks off", "", lawyer, io.MultiReader(strings.NewReader("number"), failing{broken})},
		{"of who belongs to no organisation", "organisation.none", stranger, strings.NewReader("x")},
		{"an officer's", "organisation.none", h.by("officer"), strings.NewReader("x")},
	} {
		_, err := h.Office.TakeSheet(t.Context(), c.by, aSheet(nil), c.content)
		if c.code == "" && !errors.Is(err, broken) {
			t.Errorf("%s: %v", c.what, err)
		} else if c.code != "" {
			wantCode(t, c.what, err, c.code)
		}
	}
	for range office.MostSheets {
		_, err := h.Office.TakeSheet(t.Context(), lawyer, aSheet(nil), strings.NewReader("x"))
		must(t, err)
	}
	_, err := h.Office.TakeSheet(t.Context(), lawyer, aSheet(nil), strings.NewReader("x"))
	wantCode(t, "one too many", err, "bulk.full")
	if n := len(h.shelved()); n != office.MostSheets {
		t.Errorf("%d lie on the shelf", n)
	}
	must(t, h.Office.SweepShelf(t.Context()))
	list, err := h.Office.Sheets(t.Context(), lawyer, nil)
	if err != nil || len(list) != office.MostSheets {
		t.Errorf("%d of them, %v", len(list), err)
	}
}

// One process at a time works on a spreadsheet. Who lost it keeps nothing of it, and
// who comes next finds what was given.
func TestOneProcessWorksOnASpreadsheet(t *testing.T) {
	h := opened(t)
	lawyer := h.representative("lawyer", "legal-aid")
	s, err := h.Office.TakeSheet(t.Context(), lawyer, aSheet(nil), strings.NewReader("rows"))
	must(t, err)
	begin := func() (*office.SheetWork, error) {
		now, err := h.Office.Sheet(t.Context(), lawyer, nil, s.ID)
		must(t, err)
		w, _, err := h.Office.WorkOnSheet(t.Context(), lawyer, now, "filing", []byte("told"))
		return w, err
	}
	first, err := begin()
	must(t, err)
	_, err = begin()
	wantCode(t, "a second one", err, "bulk.working")
	wantCode(t, "let it go meanwhile", h.Office.DropSheet(t.Context(), lawyer, s.ID), "bulk.working")
	// The first was stopped for so long that its lease ended.
	must(t, h.Office.Store.Write(t.Context(), func(tx store.Tx) error { return tx.DropLeases("sheet/" + s.ID) }))
	second, err := begin()
	must(t, err)
	answer := func(text string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
	}
	wantCode(t, "the first comes to an end", first.Keep(t.Context(), "filed", nil), "bulk.none")
	wantCode(t, "the first answers", first.Answer(t.Context(), answer("old")), "bulk.none")
	must(t, first.End(t.Context()))
	must(t, second.Answer(t.Context(), answer("an answer")))
	must(t, second.Answer(t.Context(), answer("the answer")))
	broken := errors.New("broken")
	if err := second.Answer(t.Context(), func(w io.Writer) error { return errors.Join(answer("half")(w), broken) }); !errors.Is(err, broken) {
		t.Errorf("half an answer: %v", err)
	}
	must(t, second.Reach(t.Context(), 3, 4))
	must(t, second.Keep(t.Context(), "filed", []byte("told at last")))
	must(t, second.End(t.Context()))
	now, err := h.Office.Sheet(t.Context(), lawyer, secretOf(9), s.ID)
	must(t, err)
	if now.Stage != "filed" || now.Working || now.Done != 3 || now.Rows != 4 || string(now.Told) != "told at last" {
		t.Errorf("%+v", now)
	}
	var content, back bytes.Buffer
	must(t, h.Office.SheetContent(t.Context(), now, &content))
	must(t, h.Office.SheetBack(t.Context(), now, &back))
	if content.String() != "rows" || back.String() != "the answer" {
		t.Errorf("%q and %q", content.String(), back.String())
	}
	must(t, h.Office.DropSheet(t.Context(), lawyer, s.ID))
	// What the first put there is nobody's: it is swept like all that a crash leaves.
	if n := len(h.shelved()); n != 1 {
		t.Errorf("%d lie on the shelf", n)
	}
	must(t, h.Office.Store.Read(t.Context(), func(r store.Reader) error {
		named, err := r.ShelvedObjects([]string{filepath.Base(h.shelved()[0])})
		if len(named) > 0 {
			t.Errorf("%v is named", named)
		}
		return err
	}))
}

// fullShelf has no room.
type fullShelf struct{ office.Shelf }

func (fullShelf) Put(context.Context, func(io.Writer) error) (string, int64, error) {
	return "", 0, errors.New("no room")
}

// Where the file that comes back can't be kept, whoever makes it, and files, is at its
// end before the work is another's.
func TestAWorkIsOverWhenItsAnswerCannotBeKept(t *testing.T) {
	h := opened(t)
	lawyer := h.representative("lawyer", "legal-aid")
	s, err := h.Office.TakeSheet(t.Context(), lawyer, aSheet(nil), strings.NewReader("rows"))
	must(t, err)
	parts := h.Office.Parts
	parts.Shelf = fullShelf{parts.Shelf}
	w, _, err := office.New(parts).WorkOnSheet(t.Context(), lawyer, s, "filing", []byte("told"))
	must(t, err)
	over := false
	err = w.Answer(t.Context(), func(w io.Writer) error {
		time.Sleep(50 * time.Millisecond) // it files
		over = true
		_, err := io.WriteString(w, "filed")
		return err
	})
	if err == nil || !over {
		t.Errorf("over: %t, %v", over, err)
	}
	must(t, w.End(t.Context()))
}

// A database that was put back brings none back that its organisation had deleted: what
// is told of it would open again with the browser that gave it.
func TestADeletedSpreadsheetDoesNotComeBackWithAnOlderDatabase(t *testing.T) {
	h := opened(t)
	lawyer := h.representative("lawyer", "legal-aid")
	for _, sensitive := range []bool{false, true} {
		s, err := h.Office.TakeSheet(t.Context(), lawyer, aSheet(func(n *office.NewSheet) { n.Sensitive = sensitive }), strings.NewReader("rows"))
		must(t, err)
		var older store.Sheet
		must(t, h.Office.Store.Read(t.Context(), func(r store.Reader) (err error) {
			older, err = r.Sheet(s.ID)
			return err
		}))
		must(t, h.Office.DropSheet(t.Context(), lawyer, s.ID))
		must(t, h.Office.Store.Write(t.Context(), func(tx store.Tx) error {
			return errors.Join(tx.PutSheet(older), tx.PutMeta("shredded", "0"))
		}))
		must(t, h.Office.Reshred(t.Context()))
		_, err = h.Office.Sheet(t.Context(), lawyer, secretOf(1), s.ID)
		wantCode(t, "put back", err, "bulk.none")
	}
}

// After its days a spreadsheet is gone for its organisation at once, and from the
// shelf and the key store by the schedule.
func TestASpreadsheetExpires(t *testing.T) {
	h := opened(t)
	lawyer := h.representative("lawyer", "legal-aid")
	open, err := h.Office.TakeSheet(t.Context(), lawyer, aSheet(nil), strings.NewReader("rows"))
	must(t, err)
	closed, err := h.Office.TakeSheet(t.Context(), lawyer, aSheet(func(n *office.NewSheet) { n.Sensitive = true }), strings.NewReader("rows"))
	must(t, err)
	for secret, want := range map[byte]int{1: 0, 9: 1} {
		list, err := h.Office.Sheets(t.Context(), lawyer, secretOf(secret))
		must(t, err)
		n := 0
		for _, s := range list {
			if s.Closed {
				n++
			}
		}
		if n != want {
			t.Errorf("the browser %d is closed out of %d", secret, n)
		}
	}
	parts, now := h.Office.Parts, open.Given.Add(office.SheetDays*24*time.Hour-time.Second)
	parts.Now = func() time.Time { return now }
	o := office.New(parts)
	must(t, o.ExpireSheets(t.Context()))
	if n := len(h.shelved()); n != 2 {
		t.Errorf("a second before: %d lie on the shelf", n)
	}
	for range office.MostSheets - 2 {
		_, err := o.TakeSheet(t.Context(), lawyer, aSheet(nil), strings.NewReader("x"))
		must(t, err)
	}
	wantCode(t, "as many as are kept", o.MaySheet(t.Context(), lawyer), "bulk.full")
	now = closed.Expires.Time
	must(t, o.MaySheet(t.Context(), lawyer)) // what is over doesn't count
	for _, s := range []office.Sheet{open, closed} {
		_, err := o.Sheet(t.Context(), lawyer, secretOf(1), s.ID)
		wantCode(t, "after its days", err, "bulk.none")
	}
	must(t, o.ExpireSheets(t.Context()))
	if n := len(h.shelved()); n != office.MostSheets-2 {
		t.Errorf("%d lie on the shelf", n)
	}
	shredded, err := h.Office.Vault.Shredded(t.Context())
	must(t, err)
	if !strings.Contains(strings.Join(shredded, " "), open.ID) {
		t.Errorf("its key is not destroyed: %v", shredded)
	}
}
