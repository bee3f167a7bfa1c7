package sheet

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
)

// read makes a row of a record's cells. What is wrong with them it adds to e,
// each column once.
func (p *plan) read(record []string, e *RowError, r *Reader) Row {
	cells := p.decodeAll(record, e, r)
	in := rowCells{cells: cells, bad: r.bad, e: e}
	row := Row{
		Number: e.Row, Line: e.Line,
		Answers: make(map[string]string, len(p.fields)),
		Digest:  p.digest(cells),
	}
	row.SourceNumber = in.number(&p.number)
	row.Received = in.date(&p.received, required)
	row.Category = in.code(&p.category, "sheet.cell-category", named)
	row.Claimant = in.code(&p.claimant, "sheet.cell-claimant", named)
	for i := range p.fields {
		if text := in.answer(&p.fields[i]); text != "" {
			row.Answers[p.fields[i].spec.ID] = text
		}
	}
	if len(p.outcome) > 0 {
		row.Outcome = make(map[string]string, len(p.outcome))
		for _, c := range p.outcome {
			row.Outcome[c.name] = cells[c.index]
		}
	}
	if p.award != nil {
		row.Award, row.AwardStated = in.amount(p.award)
	}
	if p.decided != nil {
		row.DecidedOn = in.date(p.decided, optional)
	}
	return row
}

// decodeAll decodes every cell of a row, also those that feed nothing: bytes
// that are no text in one column mean that the others may be misread too.
func (p *plan) decodeAll(record []string, e *RowError, r *Reader) []string {
	r.cells = r.cells[:0]
	clear(r.bad)
	for i, cell := range record {
		text, ok := p.decode.text(cell)
		switch {
		case !ok:
			e.add(p.header[i].name, "sheet.cell-encoding", "looks", looksLike(cell))
			r.bad[i] = true
		case strings.IndexByte(text, 0) >= 0:
			e.add(p.header[i].name, "sheet.cell-nul")
			r.bad[i] = true
		}
		r.cells = append(r.cells, text)
	}
	return r.cells
}

// digest is the SHA-256 of every column's name and text, by name, each with
// its length before it, so that no two rows run together.
func (p *plan) digest(cells []string) [32]byte {
	b := make([]byte, 0, 1024)
	b = append(b, "chancery sheet row v1\n"...)
	for _, c := range p.sorted {
		for _, s := range [2]string{c.name, cells[c.index]} {
			b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
			b = append(b, s...)
		}
	}
	return sha256.Sum256(b)
}

// rowCells is one row being read.
type rowCells struct {
	cells []string
	bad   []bool
	e     *RowError
}

type need bool

const (
	required need = true
	optional need = false
)

type naming bool

const (
	named   naming = true  // the column holds codes: a short one may stand in an error
	unnamed naming = false // it may hold anything
)

// refuse notes that a column of the row can't be read. One fault for each
// column: two fields fed by it would say the same twice.
func (in rowCells) refuse(c column, code string, pairs ...any) {
	if in.bad[c.index] {
		return
	}
	in.bad[c.index] = true
	in.e.add(c.name, code, pairs...)
}

// text is a cell's text without the blanks around it; false when the cell is
// already known to be bad.
func (in rowCells) text(c *cell) (string, bool) {
	if in.bad[c.column.index] {
		return "", false
	}
	return strings.TrimSpace(in.cells[c.column.index]), true
}

// maxNumber is the longest claim number, in bytes.
const maxNumber = 200

func (in rowCells) number(c *cell) string {
	s, ok := in.text(c)
	switch {
	case !ok:
		return ""
	case c.isUnanswered(s):
		in.refuse(c.column, "sheet.cell-missing")
	case len(s) > maxNumber:
		in.refuse(c.column, "sheet.cell-number-too-long", "most", maxNumber)
	}
	return s
}

// code is what a word of the file means.
func (in rowCells) code(c *cell, code string, show naming) string {
	if c.constant {
		return c.feed.Value
	}
	s, ok := in.text(c)
	if !ok {
		return ""
	}
	if word, ok := c.feed.Values[s]; ok {
		return word
	}
	if len(c.feed.Values) == 0 && s != "" && (c.options == nil || slices.Contains(c.options, s)) {
		return s
	}
	word := ""
	if show == named && len(s) <= 2*longestShown {
		word = shown(s)
	}
	in.refuse(c.column, code, "word", word, "known", c.knownWords())
	return ""
}

// knownWords are the words that the map knows in a column, as many as an
// error holds.
func (c *cell) knownWords() string {
	words := c.options
	if len(c.feed.Values) > 0 {
		words = sortedKeys(c.feed.Values)
	}
	var all []string
	for i, w := range words {
		if i == 20 {
			all = append(all, "…")
			break
		}
		all = append(all, `"`+shown(w)+`"`)
	}
	return strings.Join(all, ", ")
}

// answer is a field's canonical text, "" when it is unanswered or bad.
func (in rowCells) answer(c *cell) string {
	if c.constant {
		return c.feed.Value
	}
	s, ok := in.text(c)
	if !ok {
		return ""
	}
	if word, ok := c.feed.Values[s]; ok {
		return word
	}
	if c.isUnanswered(s) {
		return ""
	}
	switch c.kind {
	case typeDate:
		return in.dateText(c)
	case typeTime:
		return in.clock(c, s)
	case typeAmount:
		if a, ok := in.amount(c); ok {
			return a.String()
		}
		return ""
	case typeInteger:
		n, ok := c.figures.integer(s)
		if !ok {
			in.refuse(c.column, "sheet.cell-integer")
			return ""
		}
		return n
	case typeBoolean:
		if !slices.Contains(booleans, s) {
			in.refuse(c.column, "sheet.cell-boolean")
			return ""
		}
		return s
	case typeChoice:
		return in.code(c, "sheet.cell-choice", unnamed)
	}
	return in.cells[c.column.index]
}

func (in rowCells) dateText(c *cell) string {
	d := in.date(c, optional)
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// clock is the time of day that a cell tells, "" when it tells a date alone.
func (in rowCells) clock(c *cell, s string) string {
	m, ok := c.moment(s)
	if !ok {
		in.refuse(c.column, "sheet.cell-time", "formats", c.formatList())
	}
	return m.clock
}

// date is the day that a cell tells.
func (in rowCells) date(c *cell, n need) day.Date {
	s, ok := in.text(c)
	if !ok {
		return day.Date{}
	}
	d, answered, ok := c.readDate(s)
	switch {
	case !ok:
		in.refuse(c.column, "sheet.cell-date", "formats", c.formatList())
	case !answered && n == required:
		in.refuse(c.column, "sheet.cell-missing")
	}
	return d
}

// formatList is the formats for an error.
func (c *cell) formatList() string {
	var texts []string
	for _, f := range c.formats {
		texts = append(texts, f.text)
	}
	return strings.Join(texts, ", ")
}

// amount is the amount that a cell tells; false when it tells none.
func (in rowCells) amount(c *cell) (money.Amount, bool) {
	s, ok := in.text(c)
	if !ok || c.isUnanswered(s) {
		return money.Amount{}, false
	}
	currency := in.currency(c)
	if currency == "" {
		return money.Amount{}, false
	}
	a, code := c.figures.amount(s, currency)
	if code != figureOK {
		in.refuse(c.column, code, "currency", currency, "decimals", currency.Exponent())
		return money.Amount{}, false
	}
	return a, true
}

// currency is the currency of an amount: what its column says, else what the
// map or the form says.
func (in rowCells) currency(c *cell) money.Currency {
	if c.currencyAt == nil {
		return c.currency
	}
	if in.bad[c.currencyAt.index] {
		return ""
	}
	s := strings.TrimSpace(in.cells[c.currencyAt.index])
	if c.isUnanswered(s) && c.currency != "" {
		return c.currency
	}
	currency, err := money.ParseCurrency(strings.ToUpper(s))
	if err != nil {
		in.refuse(*c.currencyAt, "sheet.cell-currency")
		return ""
	}
	return currency
}
