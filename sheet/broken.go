package sheet

import (
	"bytes"
	"math"
	"strings"
)

// A quote that is opened by mistake makes the CSV reader take the rows that
// follow for text, until the next quote. What it took must be read again as
// rows of their own, while a quoted cell with line breaks is legal and its
// lines are no rows. Which line is a row is told by what stands in it: a
// claim number, and a date of receipt, each in its column.

const (
	lookahead  = 64 << 10 // how much of a line's row is looked at to tell whether it is one
	manyFields = 6        // a line with at least so many cells, all there, is a row whatever stands in it
)

// scanned is what a strict reading of one row finds.
type scanned struct {
	cells []string // quotes taken off; the last one as far as it was read
	spans int      // the first cell that goes over a line's end, -1 for none
	ok    bool     // the row is well formed and ends where a line ends
}

// scan reads one row strictly, as encoding/csv does, and tells more of what
// is wrong with it.
func scan(b []byte, comma byte) scanned {
	s := scanned{spans: -1}
	for {
		var text []byte
		var end byte // what ended the cell: comma, '\n', or 0 for a fault
		if len(b) > 0 && b[0] == '"' {
			text, b, end = scanQuoted(b[1:], comma)
			if s.spans < 0 && bytes.IndexByte(text, '\n') >= 0 {
				s.spans = len(s.cells)
			}
			s.cells = append(s.cells, strings.ReplaceAll(string(text), `""`, `"`))
		} else {
			text, b, end = scanPlain(b, comma)
			s.cells = append(s.cells, string(text))
		}
		switch end {
		case '\n':
			s.ok = true
			return s
		case 0:
			return s
		}
	}
}

// scanPlain reads a cell without quotes.
func scanPlain(b []byte, comma byte) (text, rest []byte, end byte) {
	for i, c := range b {
		switch c {
		case comma:
			return b[:i], b[i+1:], comma
		case '\n':
			return bytes.TrimSuffix(b[:i], []byte{'\r'}), b[i+1:], '\n'
		case '"':
			return b[:i], b[i:], 0
		}
	}
	return b, nil, '\n'
}

// scanQuoted reads a quoted cell, whose opening quote is read.
func scanQuoted(b []byte, comma byte) (text, rest []byte, end byte) {
	for i := 0; i < len(b); i++ {
		if b[i] != '"' {
			continue
		}
		after := b[i+1:]
		switch {
		case len(after) == 0:
			return b[:i], nil, '\n'
		case after[0] == '"':
			i++
		case after[0] == comma:
			return b[:i], after[1:], comma
		case after[0] == '\n':
			return b[:i], after[1:], '\n'
		case bytes.HasPrefix(after, []byte("\r\n")):
			return b[:i], after[2:], '\n'
		default:
			return b[:i], after, 0
		}
	}
	return b, nil, 0
}

// tells reports whether a row that begins like this tells a claim number and
// a date of receipt. A text in which signs of the file itself stand is no
// claim number: it is what was left between two quotes.
func (p *plan) tells(cells []string) bool {
	if max(p.number.column.index, p.received.column.index) >= len(cells) {
		return false
	}
	number, ok := p.decode.text(cells[p.number.column.index])
	if !ok || p.number.isUnanswered(strings.TrimSpace(number)) || strings.ContainsAny(number, "\n\",;|\t") {
		return false
	}
	received, ok := p.decode.text(cells[p.received.column.index])
	if !ok {
		return false
	}
	_, answered, ok := p.received.readDate(received)
	return answered && ok
}

// isRow reports whether a row, good or bad, begins at a line.
func (r *Reader) isRow(b []byte) bool {
	s := scan(b, r.comma)
	whole := s.ok && len(s.cells) == len(r.plan.header)
	return r.plan.tells(s.cells) || whole && len(s.cells) >= manyFields && !allBlank(s.cells)
}

// isRowLike asks more: where the reader found nothing wrong with a row, only a
// whole row within it, numbered in the same manner, shows that a quote took
// that one in.
func (r *Reader) isRowLike(outer []string) func([]byte) bool {
	at := r.plan.number.column.index
	return func(b []byte) bool {
		s := scan(b, r.comma)
		return s.ok && len(s.cells) == len(outer) && r.plan.tells(s.cells) && manner(s.cells[at]) == manner(outer[at])
	}
}

// manner is how a number is written, whatever its length: "A9" for C1001.
func manner(number string) string {
	var b []byte
	for i := range len(number) {
		c := number[i]
		switch {
		case c >= '0' && c <= '9':
			c = '9'
		case c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80:
			c = 'A'
		}
		if len(b) == 0 || b[len(b)-1] != c {
			b = append(b, c)
		}
	}
	return string(b)
}

// nextRow is the place of the first line after the one at a place at which a
// row begins: below the limit, or the limit. It may go far: what lies behind
// is let go of, so the caller has kept what it needs.
func (r *Reader) nextRow(place, limit int64, begins func([]byte) bool) int64 {
	for inLine := true; place < limit; {
		if place-r.tape.mark > maxKept {
			r.advance(place)
			r.tape.startAt(place)
		}
		for r.tape.size < place+lookahead && r.tape.fill() == nil {
		}
		b := r.tape.slice(place, min(place+lookahead, r.tape.size))
		if !inLine && len(b) > 0 && begins(b) {
			return place
		}
		inLine = false
		n := bytes.IndexByte(b, '\n') + 1
		if n == 0 {
			n, inLine = len(b), true
			if r.tape.size == place+int64(n) {
				return r.tape.size
			}
		}
		place += int64(n)
	}
	return limit
}

// tooLong is a row beyond MaxRow, most often a quote that is never closed.
func (r *Reader) tooLong(start begin) error {
	b := r.tape.slice(start.place, min(start.place+MaxRow, r.tape.size))
	s := scan(b, r.comma)
	e := r.rowError(start)
	e.add(r.columnName(s.culprit()), "sheet.row-too-long", "most", MaxRow)
	e.keep(b)
	e.Cut = true
	return r.goOn(e, r.nextRow(start.place, math.MaxInt64, r.isRow))
}

// brokenQuote is a row in which the CSV reader met a quote that can't stand
// there, or one that is never closed.
func (r *Reader) brokenQuote(start begin, after int64) error {
	s := scan(r.tape.slice(start.place, after), r.comma)
	resume := r.nextRow(start.place, after, r.isRow)
	e := r.rowError(start)
	column := len(s.cells) - 1
	if resume < after {
		column = s.culprit()
	}
	e.add(r.columnName(column), "sheet.row-quote")
	e.keep(r.tape.slice(start.place, resume))
	return r.goOn(e, resume)
}

// wrongShape looks at a row that the CSV reader found well formed: it may
// have too few or too many cells, and it may hold other rows.
func (r *Reader) wrongShape(start begin, after int64, cells []string) error {
	want, has := len(r.plan.header), len(cells)
	raw := r.tape.slice(start.place, after)
	lines := bytes.IndexByte(raw, '\n') + 1
	spansLines := lines > 0 && lines < len(raw)
	begins := r.isRow
	if has == want {
		begins = r.isRowLike(cells)
	}
	if spansLines {
		if resume := r.nextRow(start.place, after, begins); resume < after {
			e := r.rowError(start)
			s := scan(r.tape.slice(start.place, after), r.comma)
			e.add(r.columnName(s.culprit()), "sheet.row-quote-swallows", "next", start.line+r.linesBetween(start.place, resume))
			e.keep(r.tape.slice(start.place, resume))
			return r.goOn(e, resume)
		}
	}
	if has == want || has == 1 && cells[0] == "" {
		return nil
	}
	e := r.rowError(start)
	e.add("", "sheet.row-fields", "has", has, "want", want)
	e.keep(r.tape.slice(start.place, after))
	r.number++
	r.advance(after)
	return e
}

// culprit is the cell in which the quote opens: the first one that goes over
// a line's end, else the one in which the reading stopped.
func (s scanned) culprit() int {
	if s.spans >= 0 {
		return s.spans
	}
	return len(s.cells) - 1
}

func (r *Reader) rowError(start begin) *RowError {
	return &RowError{File: r.name, Row: r.number + 1, Line: start.line}
}

// goOn counts the bad row and lets the reader begin anew at a line.
func (r *Reader) goOn(e *RowError, place int64) error {
	r.number++
	r.advance(place)
	r.readFrom(place)
	return e
}

func (r *Reader) linesBetween(from, to int64) int {
	return bytes.Count(r.tape.slice(from, to), []byte{'\n'})
}

// columnName is the name of a column by its place; beyond the header there is
// none.
func (r *Reader) columnName(i int) string {
	if i < 0 || i >= len(r.plan.header) {
		return ""
	}
	return r.plan.header[i].name
}

// countOf is how often a name stands in the header.
func countOf(header []string, name string) int {
	n := 0
	for _, h := range header {
		if h == name {
			n++
		}
	}
	return n
}
