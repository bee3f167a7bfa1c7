package sheet

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/openchancery/chancery/fault"
)

// What Propose looks at. The first rows are looked at whole; of those that
// follow only what is written in a new way, so that a date format that comes
// late in the file is seen and memory stays as it is.
const (
	sampleRows   = 1000
	furtherRows  = 200_000
	furtherBytes = 64 << 20
	mostTexts    = 400 // texts kept of a column
	mostShapes   = 200 // ways of writing kept of a column
)

// profile is what is known of an unknown file.
type profile struct {
	encoding  string
	delimiter string // the word for it
	columns   []*columnProfile
	rows      int
	broken    int // rows that could not be read
}

// columnProfile is what is known of one column.
type columnProfile struct {
	name      string
	index     int
	texts     []string // different texts, in the order they come
	more      bool     // there are more than those
	answered  int      // cells with an answer
	different int      // different texts among them
	seen      map[string]bool
	shapes    map[string]bool
}

// profileFile looks at a file.
func profileFile(path string) (*profile, error) {
	file, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	t := newTape(context.Background(), file)
	start, err := sniff(path, t)
	if err != nil {
		return nil, err
	}
	head := t.slice(start, t.size)
	p := &profile{encoding: guessEncoding(head), delimiter: guessDelimiter(head)}
	t.next = start
	c := csv.NewReader(io.LimitReader(t, furtherBytes))
	c.Comma, c.FieldsPerRecord, c.ReuseRecord, c.LazyQuotes = rune(delimiters[p.delimiter]), -1, true, true
	if err := p.readAll(path, c, t); err != nil {
		return nil, err
	}
	return p, nil
}

// readAll reads the header and the rows. The tape lets go of each row as the
// next one comes.
func (p *profile) readAll(path string, c *csv.Reader, t *tape) error {
	decode := decoder{from: charmaps[p.encoding]}
	header, err := c.Read()
	if err != nil {
		return fault.New(fault.Invalid, "sheet.header-broken", "file", path)
	}
	for i, name := range header {
		text, _ := decode.text(name)
		p.columns = append(p.columns, &columnProfile{
			name: strings.TrimSpace(text), index: i, seen: map[string]bool{}, shapes: map[string]bool{},
		})
	}
	for p.rows < furtherRows {
		t.startAt(t.next)
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if t.end != nil && t.end != io.EOF && err != nil {
			return unreadable(path, t.end)
		}
		if err != nil || len(record) != len(p.columns) {
			p.broken++
			if errors.Is(err, errRowTooLong) {
				return nil
			}
			continue
		}
		p.rows++
		for i, cell := range record {
			text, _ := decode.text(cell)
			p.columns[i].add(strings.TrimSpace(text), p.rows <= sampleRows)
		}
	}
	return nil
}

// add takes in one cell.
func (c *columnProfile) add(text string, whole bool) {
	if text == "" || len(text) > 1000 {
		c.more = c.more || text != ""
		return
	}
	c.answered++
	if c.seen[text] {
		return
	}
	if whole && len(c.texts) < mostTexts {
		c.keep(text)
		return
	}
	c.more = true
	if s := shape(text); len(c.shapes) < mostShapes && !c.shapes[s] {
		c.keep(text)
	}
}

func (c *columnProfile) keep(text string) {
	c.different++
	c.seen[text] = true
	c.shapes[shape(text)] = true
	c.texts = append(c.texts, text)
}

// shape is how a text is written: every digit a 9, every letter an A, the
// rest as it stands. Long words are cut, as only dates and figures matter.
func shape(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case b.Len() > 40:
			return b.String()
		case unicode.IsDigit(r):
			b.WriteByte('9')
		case unicode.IsLetter(r):
			b.WriteByte('A')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// guessEncoding is the encoding that the head of a file has.
func guessEncoding(head []byte) string {
	if cut := bytes.LastIndexByte(head, '\n'); cut > 0 {
		head = head[:cut]
	}
	if _, ok := (decoder{}).text(string(head)); ok {
		return Encodings[0]
	}
	cyrillic := 0
	words := strings.FieldsFunc(string(head), func(r rune) bool { return r == '\n' || r == ',' || r == ';' || r == '\t' })
	high := 0
	for _, w := range words {
		if !ascii(w) {
			high++
			if looksLike(w) == "windows-1251" {
				cyrillic++
			}
		}
	}
	if cyrillic*2 > high {
		return "windows-1251"
	}
	return "windows-1252"
}

// guessDelimiter is the word for the delimiter by which most of a file's
// first rows have as many cells as its header.
func guessDelimiter(head []byte) string {
	best, most := ",", 0
	for _, word := range []string{",", ";", "tab", "|"} {
		c := csv.NewReader(bytes.NewReader(head))
		c.Comma, c.FieldsPerRecord, c.LazyQuotes, c.ReuseRecord = rune(delimiters[word]), -1, true, true
		cells, alike := 0, 0
		for range 50 {
			record, err := c.Read()
			if err != nil {
				break
			}
			if cells == 0 {
				cells = len(record)
			}
			if len(record) == cells {
				alike++
			}
		}
		if score := alike * (cells - 1); score > most {
			best, most = word, score
		}
	}
	return best
}

// names are the columns' names.
func (p *profile) names() []string {
	var all []string
	for _, c := range p.columns {
		all = append(all, c.name)
	}
	return all
}

// markers are those of some texts that stand in the column.
func (c *columnProfile) markers(of []string) []string {
	var found []string
	for _, m := range of {
		if c.seen[m] && !slices.Contains(found, m) {
			found = append(found, m)
		}
	}
	return found
}
