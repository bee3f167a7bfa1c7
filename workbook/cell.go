package workbook

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/rulebook"
)

// formulaMarks begin what a spreadsheet takes for a formula.
const formulaMarks = "=+-@\t\r＝＋－＠|%"

// marked reports whether a text begins like a formula, also behind blanks.
func marked(text string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) && r != '\t' && r != '\r' || r == '\ufeff' || r == '\u200b'
	}))
	return first != utf8.RuneError && strings.ContainsRune(formulaMarks, first)
}

// neutral is a cell's text that no spreadsheet takes for a formula: where it
// begins like one, an apostrophe stands before it.
func neutral(text string) string {
	if marked(text) {
		return "'" + text
	}
	return text
}

// typed is what was typed into a cell: neutral's apostrophe is taken away again.
func typed(text string) string {
	if rest, ok := strings.CutPrefix(text, "'"); ok && marked(rest) {
		text = rest
	}
	return strings.TrimSpace(text)
}

// Days that a spreadsheet keeps as numbers, counted from 1900: 1954 to 2119. What
// is smaller may be a year.
const firstSerial, lastSerial = 20_000, 80_000

// canonical is the text of an answer, of what stands in a cell. What it can't read
// stays as it is: whether it is an answer the rulebook says.
func (c *column) canonical(text string) string {
	if text == "" {
		return ""
	}
	if meant, ok := c.means[strings.ToLower(text)]; ok {
		return meant
	}
	switch c.kind {
	case rulebook.Date, rulebook.PartialDate:
		return dayOf(text)
	case rulebook.Time:
		if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 0 && n < 1 {
			minutes := int(math.Round(n*24*60)) % (24 * 60)
			return time.Date(2000, 1, 1, minutes/60, minutes%60, 0, 0, time.UTC).Format("15:04")
		}
	case rulebook.Amount, rulebook.Integer:
		// A spreadsheet keeps 1234.1 as 1234.0999999999999.
		if n, err := strconv.ParseFloat(text, 64); err == nil && (len(text) > 15 || strings.ContainsAny(text, "eE")) && math.Abs(n) < 1e15 {
			return strconv.FormatFloat(mustFloat(strconv.FormatFloat(n, 'g', 15, 64)), 'f', -1, 64)
		}
	}
	return text
}

// mustFloat is the number of a text that FormatFloat made.
func mustFloat(text string) float64 {
	n, _ := strconv.ParseFloat(text, 64)
	return n
}

// dayOf is a day as the rulebook writes it: of a spreadsheet's own number, or of
// 14.03.2022, as with points the day comes first everywhere. With strokes it could be
// read two ways: such a text stays as it is.
func dayOf(text string) string {
	if n, err := strconv.ParseFloat(text, 64); err == nil && n >= firstSerial && n < lastSerial {
		if t, err := excelize.ExcelDateToTime(math.Floor(n), false); err == nil {
			return day.Of(t, time.UTC).String()
		}
	}
	if t, err := time.Parse("2.1.2006", text); err == nil {
		return day.Of(t, time.UTC).String()
	}
	return text
}
