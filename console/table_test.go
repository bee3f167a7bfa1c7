package console

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// attacks are cells that some spreadsheet has run, or would.
var attacks = []string{
	"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "  \u00a0=cmd|'/c calc'!A1", "=HYPERLINK(\"http://x\")", "＝1", "＋1", "－1", "＠x",
	"\ufeff=1", "\u200b=1", "=1,=2", "a\n=1", "\n=1", "%x", "|calc",
}

// A cell that a spreadsheet would take for a formula.
func dangerous(cell string) bool {
	bare := strings.TrimLeft(cell, " \u00a0\n\ufeff\u200b")
	return bare != "" && strings.ContainsAny(string([]rune(bare)[0]), "=+-@\t\r＝＋－＠|%")
}

func TestPromise25NoCellOfAListIsAFormula(t *testing.T) {
	for _, format := range []string{"csv", "xlsx"} {
		for _, cell := range append(attacks, "plain", "Коваль", `"quoted"`, "a,b;c", "", "2020-06-01") {
			back := through(t, format, []string{cell, "beside"})
			if len(back) != 2 || back[1] != "beside" {
				t.Errorf("%s: %q came back as %q", format, cell, back)
			} else if dangerous(back[0]) || strings.TrimPrefix(back[0], "'") != sheetText(cell) {
				t.Errorf("%s: %q came back as %q", format, cell, back[0])
			}
		}
	}
}

// through writes a row and reads it back as another program does.
func through(t interface {
	Helper()
	Fatal(...any)
}, format string, row []string,
) []string {
	t.Helper()
	var b bytes.Buffer
	make := newCSV
	if format == "xlsx" {
		make = newXLSX
	}
	to, err := make(&b)
	if err == nil {
		err = to.row(row)
	}
	if err == nil {
		err = to.close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if format == "csv" {
		read := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff")))
		back, err := read.Read()
		if err != nil {
			t.Fatal(err)
		}
		return back
	}
	book, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	var back []string
	for i := range row {
		at, _ := excelize.CoordinatesToCellName(i+1, 1)
		if formula, err := book.GetCellFormula("Sheet1", at); err != nil || formula != "" {
			t.Fatal(at, "is the formula", formula, err)
		}
		cell, err := book.GetCellValue("Sheet1", at)
		if err != nil {
			t.Fatal(err)
		}
		back = append(back, cell)
	}
	return back
}

func TestPromise25NoTextWhatsoeverBecomesAFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.OneOf(rapid.String(), rapid.StringMatching("[ \\t\\r=+@\ufeff＝-]{0,4}[a-z=;,\"\n]{0,6}")).Draw(t, "cell")
		back := through(t, "csv", []string{cell, "beside"})
		// The reader of CSV takes \r\n for \n, as spreadsheets do.
		if len(back) != 2 || dangerous(back[0]) || strings.TrimPrefix(back[0], "'") != strings.TrimPrefix(strings.ReplaceAll(cell, "\r\n", "\n"), "'") {
			t.Fatalf("%q came back as %q", cell, back)
		}
	})
}
