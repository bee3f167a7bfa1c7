package workbook

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

// What doesn't fit in memory of a large XLSX lies in the folder that is named for it, and
// goes when the spreadsheet was read, or written, or wasn't for an error.
func TestWhatIsLargeOfAWorkbookIsSetAsideWhereItIsCleared(t *testing.T) {
	system, aside := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", system)
	book := rulebooks.All()[0]
	e, err := rulebook.Parse(book.Name, book.Source)
	must(t, err)
	form, err := New(e, e.Categories[0].ID, e.Programme.Languages[0])
	must(t, err)
	form.Aside = aside
	lie := func(what string, want bool) {
		t.Helper()
		in, err := os.ReadDir(aside)
		must(t, err)
		if len(in) > 0 != want {
			t.Errorf("%s: %d files are set aside", what, len(in))
		}
		if in, err = os.ReadDir(system); err != nil || len(in) > 0 {
			t.Errorf("%s: %v lie where nobody clears them (%v)", what, in, err)
		}
	}
	written := func(to io.Writer) writer {
		w, err := form.writer(to, XLSX)
		must(t, err)
		cells := make([]string, len(form.columns))
		for i := range cells {
			cells[i] = strings.Repeat("told in confidence ", 10)
		}
		for range 20 << 20 / (len(cells) * len(cells[0])) {
			must(t, w.row(cells, "", nil))
		}
		lie("being written", true)
		return w
	}
	broken := errors.New("broken")
	if err := end(written(io.Discard), broken); !errors.Is(err, broken) {
		t.Error(err)
	}
	lie("not written", false)
	var file bytes.Buffer
	must(t, end(written(&file), nil))
	lie("written", false)
	for _, stop := range []error{nil, broken} {
		err := form.rows(file.Bytes(), func(row) error {
			lie("being read", true)
			return stop
		})
		if !errors.Is(err, stop) {
			t.Error(err)
		}
		lie("read", false)
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
