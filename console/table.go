package console

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// A list is taken away as a table: CSV or XLSX. A cell that a spreadsheet would
// run as a formula is made text, whoever typed it.

// neutral is a cell's text that no spreadsheet takes for a formula: where it
// begins like one, also behind blanks, an apostrophe stands before it.
func neutral(text string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) && r != '\t' && r != '\r' || r == '\ufeff' || r == '\u200b'
	}))
	if strings.ContainsRune("=+-@\t\r＝＋－＠|%", first) && first != utf8.RuneError {
		return "'" + text
	}
	return text
}

// table is a file of rows under a head.
type table interface {
	// row adds a row; each cell is text.
	row(cells []string) error
	// close ends the file. Nothing that was added is cut off.
	close() error
}

// csvTable writes every cell in quotes, so that a list separator of another
// country, within a cell, doesn't begin a cell of its own.
type csvTable struct{ to io.Writer }

func newCSV(to io.Writer) (table, error) {
	_, err := io.WriteString(to, "\ufeff") // by which spreadsheets know UTF-8
	return csvTable{to}, err
}

func (t csvTable) row(cells []string) error {
	var b strings.Builder
	for i, c := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.WriteString(strings.ReplaceAll(neutral(c), `"`, `""`))
		b.WriteByte('"')
	}
	b.WriteString("\r\n")
	_, err := io.WriteString(t.to, b.String())
	return err
}

func (t csvTable) close() error { return nil }

// xlsxTable writes a workbook of one sheet; a large one rests on disk meanwhile,
// in a file that only this process's user reads and that goes with it.
type xlsxTable struct {
	to   io.Writer
	file *excelize.File
	rows *excelize.StreamWriter
	next int
}

// sheetRows is as many rows as a sheet holds.
const sheetRows = 1 << 20

func newXLSX(to io.Writer) (table, error) {
	file := excelize.NewFile()
	rows, err := file.NewStreamWriter("Sheet1")
	return &xlsxTable{to, file, rows, 1}, err
}

func (t *xlsxTable) row(cells []string) error {
	if t.next > sheetRows {
		return fmt.Errorf("a sheet holds %d rows", sheetRows)
	}
	values := make([]any, len(cells))
	for i, c := range cells {
		values[i] = sheetText(neutral(c))
	}
	err := t.rows.SetRow(fmt.Sprint("A", t.next), values)
	t.next++
	return err
}

// sheetText leaves out what XML can't hold.
func sheetText(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}

func (t *xlsxTable) close() error {
	defer func() { _ = t.file.Close() }()
	if err := t.rows.Flush(); err != nil {
		return err
	}
	_, err := t.file.WriteTo(t.to)
	return err
}
