package intake_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/intake"
	"github.com/openchancery/chancery/store"
)

// wrong is a way in which an office's row is wrong.
type wrong struct {
	name   string
	column string // in which; "" for the row as a whole
	code   string
	spoil  func(row []string) []byte // the row as it stands in the file then
}

// cell spoils one cell.
func cell(at int, text string) func([]string) []byte {
	return func(row []string) []byte {
		row = slices.Clone(row)
		row[at] = text
		return file{header: row}.bytes(lf)
	}
}

// openQuote opens a quote in one cell and never closes it; nothing else of the
// row needs quotes.
func openQuote(at int) func([]string) []byte {
	return func(row []string) []byte {
		row = slices.Clone(row)
		for i := range row {
			row[i] = strings.Map(func(r rune) rune {
				if strings.ContainsRune("\",\n", r) {
					return ' '
				}
				return r
			}, row[i])
		}
		row[at] = `"` + row[at]
		return []byte(strings.Join(row, ",") + "\n")
	}
}

var wrongs = []wrong{
	{"a status that the rulebook doesn't know", "Status", "rulebook.outcome-unknown", cell(status, "Lost in the post")},
	{"a disposition that the rulebook doesn't know", "Disposition", "rulebook.outcome-unknown", cell(disposition, "Perhaps")},
	{"no day of receipt", "Date Received", "sheet.cell-missing", cell(received, "")},
	{"a day that isn't in the calendar", "Date Received", "sheet.cell-date", cell(received, "2007-02-30")},
	{"a date in another office's manner", "Incident Date", "sheet.cell-date", cell(incident, "25/11/2006")},
	{"an amount in words", "Claim Amount", "sheet.cell-amount", cell(claimed, "a lot")},
	{"an amount with more decimals than money has", "Claim Amount", "sheet.cell-decimals", cell(claimed, "1.005")},
	{"an amount paid that is none", "Close Amount", "sheet.cell-amount", cell(closed, "?")},
	{"no claim number", "Claim Number", "sheet.cell-missing", cell(number, "")},
	{"a kind of loss that the map doesn't know", "Claim Type", "sheet.cell-category", cell(kind, "Hurt feelings")},
	{"a site that the map doesn't know", "Claim Site", "sheet.cell-choice", cell(site, "The moon")},
	{"an answer longer than the form takes", "", "", cell(item, strings.Repeat("x", 2_001))},
	{"bytes that are no text", "Item", "sheet.cell-encoding", cell(item, "Gep\xe4ck")},
	{"a cell too few", "", "sheet.row-fields", func(row []string) []byte { return file{header: row[:12]}.bytes(lf) }},
	{"a cell too many", "", "sheet.row-fields", func(row []string) []byte { return file{header: append(slices.Clone(row), "x")}.bytes(lf) }},
	{"a quote that is never closed", "Item", "sheet.row-quote", openQuote(item)},
}

// taken are the claims of a source as anyone may see them, by their row in the
// file. What is sealed is not among it.
func (d *desk) taken(tb testing.TB, source string) map[int64]string {
	tb.Helper()
	rows := map[int64]string{}
	for after, more := "", true; more; more = after != "" {
		page, next, err := d.Office.ClaimPage(tb.Context(), store.ClaimQuery{Limit: 1000, After: after})
		if err != nil {
			tb.Fatal(err)
		}
		for _, c := range page {
			if c.Source == source {
				rows[c.Row] = seen(c)
			}
		}
		after = next
	}
	return rows
}

func seen(c claim.Claim) string {
	return fmt.Sprint(c.Standing, c.Category, c.Received, c.Claimed, c.Answers, c.Blank, c.Outcome, c.Award, c.AwardStated, c.Rule)
}

// Wrong rows of every kind among good ones: without leave nothing is taken and
// each is named; with leave (--keep-going) the good ones are taken as from a
// clean file, and the wrong ones stand with their reasons in a file that their
// owner alone may read.
func TestWrongRowsAmongGoodOnes(t *testing.T) {
	clean := written(2*len(wrongs) + 1)
	spoilt := file{header: header}.bytes(lf)
	want := map[int64]string{}
	whole := fresh(t)
	whole.take(t, clean.on(t))
	all := whole.taken(t, "tsa")
	for i, row := range clean.rows {
		if i%2 == 1 {
			spoilt = append(spoilt, wrongs[i/2].spoil(row)...)
			continue
		}
		spoilt = append(spoilt, file{header: row}.bytes(lf)...)
		want[int64(i+1)] = all[int64(i+1)]
	}
	d := fresh(t)
	path := onDisk(t, spoilt)
	before := d.head()
	run := d.run(path)
	report, err := run.Do(t.Context())
	if fault.Code(err) != "intake.bad-rows" || report.Bad != int64(len(wrongs)) {
		t.Fatalf("%d bad rows, %v", report.Bad, err)
	}
	for i, e := range report.Errors {
		if w := wrongs[i]; e.Row != 2*i+2 || w.column != "" && e.Column() != w.column || w.code != "" && e.Code() != w.code {
			t.Errorf("%s: it says %v", w.name, e)
		}
	}
	if d.head() != before {
		t.Error("something was taken of a file with wrong rows")
	}

	run = d.run(path)
	run.KeepGoing, run.Rejects = true, path+".rejects.csv"
	if got, want := did(do(t, run)), (done{Rows: int64(len(clean.rows)), Bad: int64(len(wrongs)), Filed: int64(len(want)), Reported: int64(len(want))}); got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	got := d.taken(t, "tsa")
	for row, claim := range want {
		if got[row] != claim {
			t.Errorf("row %d was taken as\n%s\nand from the clean file as\n%s", row, got[row], claim)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d rows were taken, want %d", len(got), len(want))
	}
	rejected(t, run.Rejects, clean)
}

// rejected checks the file of rejects against what was spoilt.
func rejected(t *testing.T, path string, clean file) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the file of rejects: %v, %v", info, err)
	}
	rows := readRejects(t, path)
	if len(rows) != len(wrongs) {
		t.Fatalf("%d rows in the file of rejects, want %d", len(rows), len(wrongs))
	}
	for i, r := range rows {
		raw := strings.TrimSuffix(string(wrongs[i].spoil(clean.rows[2*i+1])), "\n")
		if r[0] != fmt.Sprint(2*i+2) || wrongs[i].column != "" && r[2] != wrongs[i].column || r[3] == "" || r[5] != raw {
			t.Errorf("%s: rejected as %q\nwant the row as it stood: %q", wrongs[i].name, r, raw)
		}
	}
}

// readRejects gives the rows under the header: row, line, column, reason, cut,
// raw.
func readRejects(t testing.TB, path string) [][]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// Mended, the rejected rows are taken with the next run, and nothing is taken
// twice: the mended file names the same claims.
func TestMendedRowsAreTakenWithTheNextRun(t *testing.T) {
	clean := written(30)
	spoilt := clean.copied()
	spoilt.rows[4][received], spoilt.rows[20][status] = "soon", "Mislaid"
	d := fresh(t)
	run := d.run(spoilt.on(t))
	run.KeepGoing, run.Rejects = true, run.Path+".rejects.csv"
	do(t, run)
	run = d.run(clean.on(t))
	run.KeepGoing, run.Rejects = true, run.Path+".rejects.csv"
	if got, want := did(do(t, run)), (done{Rows: 30, Filed: 2, Repeated: 28, Reported: 2}); got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	d.holds(t, figuresOf(t, clean))
	if _, err := os.Stat(run.Rejects); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file without wrong rows left a file of rejects: %v", err)
	}
}

// A broken quote deep in the real file. Nothing is taken, and the one row is
// named with its line, its column and the mend; with leave, every other row is
// taken.
func TestABrokenQuoteInRow30001(t *testing.T) {
	f, at := readTSA(t, tsaFile(t)), 30_001
	if raceOn || testing.Short() {
		f.rows, at = f.rows[:900], 601
	}
	content := file{header: f.header, rows: f.rows[:at-1]}.bytes(lf)
	content = append(content, openQuote(airline)(f.rows[at-1])...)
	for _, row := range f.rows[at:] {
		content = append(content, file{header: row}.bytes(lf)...)
	}
	path := onDisk(t, content)
	d := fresh(t)
	before := d.head()
	report, err := d.run(path).Do(t.Context())
	if fault.Code(err) != "intake.bad-rows" || len(report.Errors) != 1 {
		t.Fatalf("%v: %v", err, report.Errors)
	}
	if e := report.Errors[0]; e.Row != at || e.Line != at+1 || e.Column() != "Airline Name" || e.Code() != "sheet.row-quote" {
		t.Errorf("it says %v", e)
	}
	if d.head() != before {
		t.Error("something was taken")
	}
	run := d.run(path)
	run.KeepGoing, run.Rejects = true, path+".rejects.csv"
	rows := int64(len(f.rows))
	if got, want := did(do(t, run)), (done{Rows: rows, Bad: 1, Filed: rows - 1, Reported: rows - 1}); got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	f.rows = slices.Delete(f.rows, at-1, at)
	d.holds(t, figuresOf(t, f))
}

// Files that are no claims file at all. Each is named with what to do, and
// nothing is taken: not with leave to go on either.
func TestFilesThatAreNoClaimsFile(t *testing.T) {
	f, d := written(5), fresh(t)
	header := func(change func(h []string)) []byte {
		c := f.copied()
		change(c.header)
		return c.bytes(lf)
	}
	for _, c := range []struct {
		name    string
		content []byte
		code    string
	}{
		{"nothing in it", nil, "sheet.file-empty"},
		{"a column under another name", header(func(h []string) { h[status] = "State" }), "sheet.header-columns-missing"},
		{"a column twice", header(func(h []string) { h[airline] = "Item" }), "sheet.header-column-twice"},
		{"no header", bytes.SplitAfterN(f.bytes(lf), []byte(lf), 2)[1], "sheet.header-absent"},
		{"another delimiter", bytes.ReplaceAll(written(1).bytes(lf), []byte(","), []byte(";")), "sheet.header-delimiter"},
		{"UTF-16", utf16(f.bytes(lf)), "sheet.file-is-utf-16"},
		{"a header in another encoding", header(func(h []string) { h[airport] = "A\xe9roport" }), "sheet.header-encoding"},
		{"a spreadsheet", []byte("PK\x03\x04 and so on"), "sheet.file-is-spreadsheet"},
		{"a web page", []byte("<html><table>"), "sheet.file-is-web-page"},
		{"a broken quote in the header", append([]byte(`Claim "Number,`), f.bytes(lf)...), "sheet.header-broken"},
	} {
		d.turnsAway(t, c.name, onDisk(t, c.content), c.code)
	}
	d.turnsAway(t, "a folder", t.TempDir(), "sheet.file-is-directory")
	d.turnsAway(t, "no file", filepath.Join(t.TempDir(), "nothing.csv"), "sheet.file-not-found")
	d.turnsAway(t, "a device", "/dev/null", "sheet.file-not-regular")
}

func (d *desk) turnsAway(t *testing.T, name, path, code string) {
	t.Helper()
	before := d.head()
	for _, keepGoing := range []bool{false, true} {
		run := d.run(path)
		run.KeepGoing, run.Rejects = keepGoing, filepath.Join(t.TempDir(), "rejects.csv")
		if _, err := run.Do(t.Context()); fault.Code(err) != code {
			t.Errorf("%s: it says %v, want %s", name, err, code)
		}
		if _, err := os.Stat(run.Rejects); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: it left a file of rejects", name)
		}
	}
	if d.head() != before {
		t.Errorf("%s: something was taken", name)
	}
}

// utf16 is ASCII text as some programs save it.
func utf16(ascii []byte) []byte {
	b := []byte{0xff, 0xfe}
	for _, c := range ascii {
		b = append(b, c, 0)
	}
	return b
}

// Outcomes that nobody could read are not passed over in silence: a map must
// name the columns, and the rulebook must say what their words mean.
func TestOutcomesThatNobodyCanRead(t *testing.T) {
	d := fresh(t)
	run := d.run(written(3).on(t))
	run.Map.Outcome = []string{"Status"}
	if _, err := run.Do(t.Context()); fault.Code(err) != "intake.map-without-outcomes" {
		t.Errorf("a map without a column that the rules read: %v", err)
	}
	edition := *d.edition
	edition.Import = nil
	run = d.run(written(3).on(t))
	run.Edition = &edition
	if _, err := run.Do(t.Context()); fault.Code(err) != "programme.no-outcomes" {
		t.Errorf("a rulebook without rules for outcomes: %v", err)
	}
	if got, _ := d.figures(t); got.Claims != 0 {
		t.Errorf("%d claims were taken", got.Claims)
	}
}

// Where columns have slipped, anything may stand in the outcome's: an error
// repeats a short word as it can be read, and nothing of a long text.
func TestAnErrorRepeatsNoMoreOfAnOutcomeThanAWord(t *testing.T) {
	d := fresh(t)
	for word, says := range map[string]string{
		"Mislaid":                       "Mislaid",
		"\x1b[31mred\nand on":           "·[31mred·and on",
		strings.Repeat("statement ", 9): "…",
	} {
		f := written(1)
		f.rows[0][status] = word
		report, err := d.run(f.on(t)).Do(t.Context())
		if fault.Code(err) != "intake.bad-rows" {
			t.Fatal(err)
		}
		said, _ := errors.AsType[*fault.Fault](report.Errors[0].Cells[0].Fault)
		if !slices.Contains(said.Values, fault.Value{Name: "word", Text: says}) {
			t.Errorf("of %q it says %v", word, said)
		}
	}
}

// A slip (no such file, a wrong header) doesn't cost the rejects of an earlier
// run, which somebody may be mending; a run whose rows are all good removes
// them, since they would be taken for its own.
func TestRejectsOfAnEarlierRun(t *testing.T) {
	f := written(3)
	spoilt := f.copied()
	spoilt.rows[1][received] = "soon"
	d := fresh(t)
	rejects := filepath.Join(t.TempDir(), "rejects.csv")
	with := func(path string) (*intake.Run, func() bool) {
		run := d.run(path)
		run.KeepGoing, run.Rejects = true, rejects
		return run, func() bool { _, err := os.Stat(rejects); return err == nil }
	}
	run, there := with(spoilt.on(t))
	if do(t, run); !there() {
		t.Fatal("no file of rejects")
	}
	run, _ = with("nothing.csv")
	if _, err := run.Do(t.Context()); fault.Code(err) != "sheet.file-not-found" || !there() {
		t.Errorf("after a slip: %v, and the rejects are there: %v", err, there())
	}
	run, _ = with(f.on(t))
	if do(t, run); there() {
		t.Error("all rows are good, and the earlier rejects are still there")
	}
}

// A file of rejects is never written over anything else.
func TestNothingIsWrittenOverByRejects(t *testing.T) {
	f := written(3)
	f.rows[1][received] = "soon"
	d := fresh(t)
	run := d.run(f.on(t))
	run.KeepGoing, run.Rejects = true, run.Path
	if _, err := run.Do(t.Context()); fault.Code(err) != "sheet.reject-path-taken" {
		t.Errorf("rejects over the file itself: %v", err)
	}
	if text, err := os.ReadFile(run.Path); err != nil || !bytes.Equal(text, f.bytes(lf)) {
		t.Errorf("the file isn't what it was: %v", err)
	}
}
