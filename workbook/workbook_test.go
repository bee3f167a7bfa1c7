package workbook_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
	"github.com/openchancery/chancery/vault"
	"github.com/openchancery/chancery/workbook"
)

// desk is an installation with the demo open, and its form.
type desk struct {
	testing.TB
	*installation.Installation
	officer office.By
	form    *workbook.Form
}

func fresh(tb testing.TB) *desk { return opened(tb, "") }

// opened is the same with more powers in the demo's rulebook.
func opened(tb testing.TB, powers string) *desk {
	tb.Helper()
	ctx := context.Background()
	places := installation.Beside(filepath.Join(tb.TempDir(), "data"))
	_, public, err := vault.NewDeskKey()
	must(tb, err)
	options := installation.Options{Desk: public}
	must(tb, installation.Create(ctx, places, "test.example/log", options))
	i, err := installation.Open(ctx, places.Data, options)
	must(tb, err)
	tb.Cleanup(func() { _ = i.Close() })
	secret, err := i.Credential("")
	must(tb, err)
	d := &desk{TB: tb, Installation: i}
	d.officer = d.signedIn(secret)
	book, _ := rulebooks.Find("demo")
	_, err = i.Office.OpenProgramme(ctx, d.officer, book.Name, []byte(strings.Replace(string(book.Source), "powers:\n", "powers:\n"+powers, 1)))
	must(tb, err)
	e, err := i.Office.Edition(ctx, "demo")
	must(tb, err)
	d.form, err = workbook.New(e, "a-departure", "en")
	must(tb, err)
	return d
}

func (d *desk) signedIn(secret string) office.By {
	d.Helper()
	who, err := d.Office.Authenticate(context.Background(), secret)
	must(d, err)
	return office.By{Actor: who}
}

// representative lets somebody act for an organisation, by a mandate.
func (d *desk) representative(id, organisation string) (office.By, claim.MandateID) {
	d.Helper()
	ctx, secret := context.Background(), ""
	must(d, d.Office.AddActor(ctx, d.officer, id, []string{office.Representative}, func(s string) error { secret = s; return nil }))
	must(d, d.Office.JoinOrganisation(ctx, d.officer, organisation, id))
	by := d.signedIn(secret)
	mandate, err := d.Office.GiveMandate(ctx, by, "demo", office.NewMandate{MandateGiven: claim.MandateGiven{Kind: claim.ByAuthority}})
	must(d, err)
	return by, mandate
}

func (d *desk) run(by office.By, content []byte) (*workbook.Run, *bytes.Buffer) {
	back := &bytes.Buffer{}
	return &workbook.Run{Office: d.Office, By: by, Form: d.form, Content: content, Say: func(err error) string { return fault.Code(err) }, Result: back}, back
}

func (d *desk) check(by office.By, content []byte) (workbook.Report, []byte) {
	d.Helper()
	run, back := d.run(by, content)
	report, err := run.Check(context.Background())
	must(d, err)
	return report, back.Bytes()
}

func (d *desk) file(by office.By, content []byte) (workbook.Report, []byte) {
	d.Helper()
	run, back := d.run(by, content)
	report, err := run.File(context.Background(), true)
	must(d, err)
	return report, back.Bytes()
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

const head = "number,under_mandate,claimant,claimant_name,birth_date,contact,signed,incident_date,place,family,nights_away\n"

func departure(own, mandate, name string) string {
	return fmt.Sprintf("%s,%s,a person,%s,1980-02-03,4 Quay Lane,yes,05.11.2019,marina,no,12\n", own, mandate, name)
}

// counts are those of a report in one line.
func counts(r workbook.Report) string {
	return fmt.Sprintf("%d: %d wrong, %d ready, %d filed, %d repeated, %d changed, %d erased", r.Rows, r.Wrong, r.Ready, r.Filed, r.Repeated, r.Changed, r.Erased)
}

func want(tb testing.TB, what string, r workbook.Report, counted string) {
	tb.Helper()
	if got := counts(r); got != counted || r.Rows != r.Wrong+r.Ready+r.Filed+r.Repeated+r.Amended+r.Changed+r.Erased {
		tb.Errorf("%s: %s, want %s (%+v)", what, got, counted, r.First)
	}
}

// A file is checked, filed, given again, corrected and given again: each row is
// counted once, and nothing is filed twice.
func TestAFileIsFiledOnceHoweverOftenItIsGiven(t *testing.T) {
	d := fresh(t)
	good := departure("K-1", "", "Anna Visser") + departure("K-2", "", "Bram Visser")
	content := []byte(head + good + departure("K-1", "", "Cor Visser") + strings.Replace(departure("K-4", "", "Dirk"), "marina", "the moon", 1))
	report, _ := d.check(d.officer, content)
	want(t, "checked", report, "4: 2 wrong, 2 ready, 0 filed, 0 repeated, 0 changed, 0 erased")
	if len(report.First) != 2 || report.First[0].Message != "bulk.own-twice" || report.First[0].Row != 4 || report.First[0].Column != "B" || report.First[1].Message != "rulebook.answer-invalid" {
		t.Errorf("named: %+v", report.First)
	}
	run, _ := d.run(d.officer, content)
	if _, err := run.File(t.Context(), false); fault.Code(err) != "bulk.rows-wrong" {
		t.Errorf("filed with wrong rows: %v", err)
	}
	report, back := d.file(d.officer, content)
	want(t, "filed", report, "4: 2 wrong, 0 ready, 2 filed, 0 repeated, 0 changed, 0 erased")
	report, _ = d.file(d.officer, back)
	want(t, "what came back, given again", report, "4: 2 wrong, 0 ready, 0 filed, 2 repeated, 0 changed, 0 erased")
	report, _ = d.file(d.officer, []byte(head+good+departure("K-3", "", "Cor Visser")+departure("K-4", "", "Dirk Visser")))
	want(t, "corrected", report, "4: 0 wrong, 0 ready, 2 filed, 2 repeated, 0 changed, 0 erased")
	report, back = d.file(d.officer, []byte(head+departure("K-1", "", "Another")))
	want(t, "with other answers", report, "1: 0 wrong, 0 ready, 0 filed, 0 repeated, 1 changed, 0 erased")
	if !strings.Contains(string(back), "with other answers: nothing was changed") {
		t.Errorf("what came back doesn't say so: %s", back)
	}
}

// Rows name their mandate; the own references of two organisations are their own;
// a colleague's repeat is a repeat.
func TestRepresentativesFileUnderTheMandateOfEachRow(t *testing.T) {
	d := fresh(t)
	lawyer, theirs := d.representative("lawyer-1", "legal-aid")
	advocate, others := d.representative("advocate-1", "bar")
	colleague, _ := d.representative("lawyer-2", "legal-aid")
	report, _ := d.check(lawyer, []byte(head+departure("1", "", "Anna")+departure("2", string(others), "Anna")+departure("3", "x", "Anna")+departure("4", string(theirs), "Anna")))
	want(t, "checked", report, "4: 3 wrong, 1 ready, 0 filed, 0 repeated, 0 changed, 0 erased")
	for i, code := range []string{"mandate.missing", "mandate.none", "mandate.none"} {
		if report.First[i].Message != code || report.First[i].Column != "C" {
			t.Errorf("row %d: %+v, want %s in C", i, report.First[i], code)
		}
	}
	one := []byte(head + departure("1", string(theirs), "Anna"))
	report, _ = d.file(lawyer, one)
	want(t, "filed", report, "1: 0 wrong, 0 ready, 1 filed, 0 repeated, 0 changed, 0 erased")
	report, _ = d.file(colleague, one)
	want(t, "a colleague's repeat", report, "1: 0 wrong, 0 ready, 0 filed, 1 repeated, 0 changed, 0 erased")
	report, _ = d.file(advocate, []byte(head+departure("1", string(others), "Boris")))
	want(t, "another organisation's", report, "1: 0 wrong, 0 ready, 1 filed, 0 repeated, 0 changed, 0 erased")
	m, claims, err := d.Office.Mandate(t.Context(), lawyer, theirs)
	if err != nil || len(claims) != 1 || m.Organisation != "legal-aid" {
		t.Errorf("%+v %+v %v", m, claims, err)
	}
}

// filled is the template as a workbook, with rows typed into it.
func (d *desk) filled(rows ...map[string]any) []byte {
	d.Helper()
	var empty bytes.Buffer
	must(d, d.form.Template(&empty, workbook.XLSX))
	file, err := excelize.OpenReader(&empty)
	must(d, err)
	names, err := file.GetRows("Claims")
	must(d, err)
	for n, row := range rows {
		for i, name := range names[1] {
			if v, ok := row[name]; ok {
				at, err := excelize.CoordinatesToCellName(i+1, n+3)
				must(d, err)
				if text, is := v.(string); is && strings.HasPrefix(text, "=") {
					must(d, file.SetCellFormula("Claims", at, text))
				}
				must(d, file.SetCellValue("Claims", at, v))
			}
		}
	}
	var out bytes.Buffer
	_, err = file.WriteTo(&out)
	must(d, err)
	return out.Bytes()
}

func claimRow(own string, with map[string]any) map[string]any {
	row := map[string]any{
		"number": own, "claimant": "a person", "claimant_name": "Anna Visser", "birth_date": "1980-02-03", "contact": "+31 20 5550100",
		"signed": "yes", "incident_date": 43774, "place": "marina", "family": "no", "nights_away": 12,
	}
	for k, v := range with {
		row[k] = v
	}
	return row
}

// The template is filled in by a spreadsheet program, with its own numbers for
// days; it comes back with the mistakes marked where they are, and without a cell
// that runs.
func TestAWorkbookComesBackWithItsMistakesMarked(t *testing.T) {
	d := fresh(t)
	content := d.filled(claimRow("K-1", nil), claimRow("K-2", map[string]any{"nights_away": "many", "signed": "perhaps"}),
		claimRow("K-3", map[string]any{"claimant_name": `=HYPERLINK("http://example.org","Anna")`}))
	report, back := d.check(d.officer, content)
	want(t, "checked", report, "3: 1 wrong, 2 ready, 0 filed, 0 repeated, 0 changed, 0 erased")
	file, err := excelize.OpenReader(bytes.NewReader(back))
	must(t, err)
	defer file.Close()
	if hidden, err := file.GetRowVisible("Claims", 2); err != nil || hidden {
		t.Errorf("the row of names is shown (%v)", err)
	}
	names, err := file.GetRows("Claims")
	must(t, err)
	red := map[string]bool{}
	for i, name := range names[1] {
		at, _ := excelize.CoordinatesToCellName(i+1, 4)
		id, err := file.GetCellStyle("Claims", at)
		must(t, err)
		style, err := file.GetStyle(id)
		must(t, err)
		red[name] = len(style.Fill.Color) > 0 && strings.HasSuffix(style.Fill.Color[0], "F9D6D2")
	}
	for name, is := range red {
		if is != (name == "result" || name == "nights_away" || name == "signed") {
			t.Errorf("%s is red: %v", name, is)
		}
	}
	if told := names[3][0]; strings.Count(told, "rulebook.answer-invalid") != 2 {
		t.Errorf("told of the wrong row: %q", told)
	}
	for name, part := range parts(t, back) {
		if strings.HasPrefix(name, "xl/worksheets/") && (strings.Contains(part, "<f>") || strings.Contains(part, "<f ")) {
			t.Errorf("%s has a formula", name)
		}
	}
	rules, err := file.GetDataValidations("Claims")
	if err != nil || len(rules) < 4 {
		t.Errorf("lists to choose from: %d, %v", len(rules), err)
	}
	report, _ = d.file(d.officer, back)
	want(t, "what came back, filed", report, "3: 1 wrong, 0 ready, 2 filed, 0 repeated, 0 changed, 0 erased")
	report, _ = d.file(d.officer, content)
	want(t, "the first file again", report, "3: 1 wrong, 0 ready, 0 filed, 2 repeated, 0 changed, 0 erased")
}

// parts are the texts within a zip.
func parts(t *testing.T, content []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	must(t, err)
	all := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		text, err := io.ReadAll(r)
		must(t, err)
		all[f.Name] = string(text)
	}
	return all
}

func TestNoCellOfACSVBeginsAFormula(t *testing.T) {
	d := fresh(t)
	row := strings.Replace(departure("K-1", "", `"=1+1"`), "4 Quay Lane", `"@SUM(A1) +31 20"`, 1)
	_, back := d.check(d.officer, []byte(head+row))
	for _, cell := range strings.Split(string(back), `","`) {
		if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@") {
			t.Errorf("a cell begins %q", cell)
		}
	}
	if !strings.Contains(string(back), `"'=1+1"`) {
		t.Errorf("came back as %s", back)
	}
	report, _ := d.file(d.officer, back)
	want(t, "what came back", report, "1: 0 wrong, 0 ready, 1 filed, 0 repeated, 0 changed, 0 erased")
	report, _ = d.file(d.officer, []byte(head+row))
	want(t, "the first file: its cells are the same", report, "1: 0 wrong, 0 ready, 0 filed, 1 repeated, 0 changed, 0 erased")
}

func TestWhatIsNoSpreadsheetOfOursIsRefused(t *testing.T) {
	d := fresh(t)
	for _, c := range []struct{ content, code string }{
		{"", "bulk.not-ours"},
		{"name,first name\nVisser,Anna\n", "bulk.not-ours"},
		{"number,claimant,colour\n", "bulk.column-unknown"},
		{"number,claimant,number\n", "bulk.column-twice"},
		{"number,claimant\nK-1,a person,more\n", "bulk.cell-beside"},
		{"PK\x03\x04 and no zip", "bulk.unreadable"},
		{"number,claimant\n\"never closed", ""},
	} {
		run, _ := d.run(d.officer, []byte(c.content))
		if _, err := run.Check(t.Context()); fault.Code(err) != c.code {
			t.Errorf("%q: %v, want %s", c.content, err, c.code)
		}
	}
}

// Each category of each rulebook that ships has a template in each of its
// languages, in both formats, whose columns are read again.
func TestEveryFormHasASpreadsheet(t *testing.T) {
	for _, book := range rulebooks.All() {
		e, err := rulebook.Parse(book.Name, book.Source)
		must(t, err)
		for i := range e.Categories {
			for n, language := range e.Programme.Languages {
				if testing.Short() && n > 0 {
					continue
				}
				form, err := workbook.New(e, e.Categories[i].ID, language)
				must(t, err)
				var out bytes.Buffer
				must(t, form.Template(&out, workbook.CSV))
				if lines := strings.Split(out.String(), "\r\n"); len(lines) != 3 || strings.Count(lines[0], `","`) < strings.Count(lines[1], `","`) {
					t.Errorf("%s %s %s: %d lines", book.Name, e.Categories[i].ID, language, len(lines))
				}
				if i > 0 || n > 0 { // a workbook takes longer to make
					continue
				}
				out.Reset()
				must(t, form.Template(&out, workbook.XLSX))
				file, err := excelize.OpenReader(&out)
				must(t, err)
				if sheets := file.GetSheetList(); strings.Join(sheets, " ") != "Claims Help Words" {
					t.Errorf("%s: sheets %v", book.Name, sheets)
				}
				must(t, file.Close())
			}
		}
	}
}

// Where the rulebook lets claims be amended, a row with other answers amends its
// claim, once.
func TestARowWithOtherAnswersAmendsItsClaim(t *testing.T) {
	d := opened(t, "  amend: {by: officer}\n")
	lawyer, mandate := d.representative("lawyer-1", "legal-aid")
	d.file(lawyer, []byte(head+departure("K-1", string(mandate), "Anna")))
	in := func(place string) {
		report, _ := d.file(lawyer, []byte(head+strings.Replace(departure("K-1", string(mandate), "Anna"), "marina", place, 1)))
		if report.Amended != 1 || report.Changed != 0 {
			t.Errorf("%s: %+v", place, report)
		}
	}
	for _, place := range []string{"quayside", "quayside", "old-town", "quayside"} {
		in(place)
	}
	_, claims, err := d.Office.Mandate(t.Context(), lawyer, mandate)
	must(t, err)
	history, err := d.Office.History(t.Context(), claims[0].ID.Stream())
	must(t, err)
	if len(claims) != 1 || len(history) != 4 || history[1].Kind != "claim.amended.v1" || claims[0].Answers["place"] != "quayside" {
		t.Errorf("%+v %d steps", claims, len(history))
	}
}
