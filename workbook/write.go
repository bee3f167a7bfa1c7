package workbook

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// The sheets of a workbook, the same in every language: claims are found by it.
const (
	claimsSheet = "Claims"
	helpSheet   = "Help"
	wordsSheet  = "Words" // hidden: the words that the columns offer
)

// firstRow is the row of the first claim: above it stand the titles and, hidden,
// the names of the columns.
const firstRow = 3

// writer writes a spreadsheet of the form.
type writer interface {
	// row adds a claim: what is told of it, and the columns with what is wrong.
	row(cells []string, told string, wrong []int) error
	// close ends the file.
	close() error
	// leave lets it go unended.
	leave()
}

// Template writes an empty spreadsheet.
func (f *Form) Template(to io.Writer, format Format) error {
	w, err := f.writer(to, format)
	if err != nil {
		return err
	}
	return w.close()
}

func (f *Form) writer(to io.Writer, format Format) (writer, error) {
	if format == CSV {
		return f.csvWriter(to)
	}
	return f.xlsxWriter(to)
}

// csvWriter writes every cell in quotes, so that a separator of another country,
// within a cell, doesn't begin a cell of its own.
type csvWriter struct {
	to    io.Writer
	cells []string
}

func (f *Form) csvWriter(to io.Writer) (writer, error) {
	w := &csvWriter{to: to}
	titles, names := make([]string, len(f.columns)), make([]string, len(f.columns))
	for i, c := range f.columns {
		titles[i], names[i] = f.title(c), c.name
	}
	if _, err := io.WriteString(to, "\ufeff"); err != nil { // by which spreadsheets know UTF-8
		return nil, err
	}
	if err := w.line(titles); err != nil {
		return nil, err
	}
	return w, w.line(names)
}

func (w *csvWriter) line(cells []string) error {
	var b strings.Builder
	for i, c := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + strings.ReplaceAll(neutral(c), `"`, `""`) + `"`)
	}
	b.WriteString("\r\n")
	_, err := io.WriteString(w.to, b.String())
	return err
}

func (w *csvWriter) row(cells []string, told string, _ []int) error {
	w.cells = append(w.cells[:0], cells...)
	w.cells[0] = told
	return w.line(w.cells)
}

func (w *csvWriter) close() error { return nil }
func (w *csvWriter) leave()       {}

// title is what stands above a column.
func (f *Form) title(c column) string {
	if c.needed {
		return c.title + " *"
	}
	return c.title
}

// xlsxWriter writes a workbook; a large one rests on disk meanwhile, in a file that
// only this process's user reads and that goes with it.
type xlsxWriter struct {
	to         io.Writer
	file       *excelize.File
	rows       *excelize.StreamWriter
	next       int
	plain, red int // styles
}

const redFill, headFill = "F9D6D2", "E3E8EE"

func (f *Form) xlsxWriter(to io.Writer) (writer, error) {
	file := excelize.NewFile(excelize.Options{TmpDir: f.Aside})
	w := &xlsxWriter{to: to, file: file, next: firstRow}
	text := 49 // "@": what is typed stays as it is typed
	var err error
	if w.plain, err = file.NewStyle(&excelize.Style{NumFmt: text, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}); err != nil {
		return nil, err
	}
	if w.red, err = file.NewStyle(&excelize.Style{
		NumFmt: text, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{redFill}}, Font: &excelize.Font{Color: "8E1F12"},
	}); err != nil {
		return nil, err
	}
	if err := file.SetSheetName(file.GetSheetName(0), claimsSheet); err != nil {
		return nil, err
	}
	if err := f.help(file); err != nil {
		return nil, err
	}
	if w.rows, err = file.NewStreamWriter(claimsSheet); err != nil {
		return nil, err
	}
	if err := f.words(file); err != nil {
		return nil, err
	}
	return w, f.head(w)
}

// head writes the titles, with what to answer as notes, and the names.
func (f *Form) head(w *xlsxWriter) error {
	bold, err := w.file.NewStyle(&excelize.Style{
		Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{headFill}},
	})
	if err != nil {
		return err
	}
	if err := w.rows.SetColStyle(1, len(f.columns), w.plain); err != nil {
		return err
	}
	if err := w.rows.SetColWidth(1, len(f.columns), 24); err != nil {
		return err
	}
	if err := w.rows.SetPanes(&excelize.Panes{Freeze: true, XSplit: 2, YSplit: firstRow - 1, TopLeftCell: "C3", ActivePane: "bottomRight"}); err != nil {
		return err
	}
	titles, names := make([]any, len(f.columns)), make([]any, len(f.columns))
	for i, c := range f.columns {
		titles[i], names[i] = excelize.Cell{StyleID: bold, Value: xmlText(f.title(c))}, c.name
		if c.hint == "" {
			continue
		}
		if err := w.file.AddComment(claimsSheet, excelize.Comment{Author: "Chancery", Cell: columnName(i) + "1", Text: xmlText(c.hint)}); err != nil {
			return err
		}
	}
	if err := w.rows.SetRow("A1", titles); err != nil {
		return err
	}
	return w.rows.SetRow("A2", names, excelize.RowOpts{Hidden: true})
}

// words writes the words that columns offer, and lets cells choose among them.
func (f *Form) words(file *excelize.File) error {
	if _, err := file.NewSheet(wordsSheet); err != nil {
		return err
	}
	for i, c := range f.columns {
		if len(c.offers) == 0 {
			continue
		}
		at := columnName(i)
		for n, word := range c.offers {
			if err := file.SetCellStr(wordsSheet, fmt.Sprint(at, n+1), xmlText(word)); err != nil {
				return err
			}
		}
		offer := excelize.NewDataValidation(true)
		offer.SetSqref(fmt.Sprintf("%s%d:%s%d", at, firstRow, at, mostRows+firstRow-1))
		offer.SetSqrefDropList(fmt.Sprintf("%s!$%s$1:$%s$%d", wordsSheet, at, at, len(c.offers)))
		offer.SetError(excelize.DataValidationErrorStyleStop, short(c.title, 30), short(strings.Join(c.offers, ", "), 200))
		if err := file.AddDataValidation(claimsSheet, offer); err != nil {
			return err
		}
	}
	return file.SetSheetVisible(wordsSheet, false)
}

// help writes the sheet that says how to fill the first one in.
func (f *Form) help(file *excelize.File) error {
	if _, err := file.NewSheet(helpSheet); err != nil {
		return err
	}
	lines := []string{f.Edition.Title.In(f.Language), f.Category.Title.In(f.Language), ""}
	for _, code := range []string{"bulk.help.1", "bulk.help.2", "bulk.help.3", "bulk.help.4", "bulk.help.5"} {
		lines = append(lines, f.say(code))
	}
	lines = append(lines, "")
	for _, c := range f.columns {
		lines = append(lines, f.title(c))
		if c.hint != "" {
			lines = append(lines, "    "+strings.ReplaceAll(c.hint, "\n", "\n    "))
		}
		if len(c.offers) > 0 {
			lines = append(lines, "    "+strings.Join(c.offers, " | "))
		}
	}
	for n, text := range lines {
		if err := file.SetCellStr(helpSheet, fmt.Sprint("A", n+1), xmlText(text)); err != nil {
			return err
		}
	}
	return file.SetColWidth(helpSheet, "A", "A", 110)
}

func (w *xlsxWriter) row(cells []string, told string, wrong []int) error {
	values := make([]any, len(cells))
	for i, text := range cells {
		style := w.plain
		if slices.Contains(wrong, i) || i == 0 && len(wrong) > 0 {
			style = w.red
		}
		if i == 0 {
			text = told
		}
		values[i] = excelize.Cell{StyleID: style, Value: xmlText(neutral(text))}
	}
	err := w.rows.SetRow(fmt.Sprint("A", w.next), values)
	w.next++
	return err
}

func (w *xlsxWriter) close() error {
	defer w.leave()
	if err := w.rows.Flush(); err != nil {
		return err
	}
	_, err := w.file.WriteTo(w.to)
	return err
}

func (w *xlsxWriter) leave() { _ = w.file.Close() } // what is set aside goes

// short is the beginning of a text, of as many characters.
func short(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// xmlText leaves out what XML can't hold.
func xmlText(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}
