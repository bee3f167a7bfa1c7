package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/openchancery/chancery/fault"
)

// sniff looks at the file's first bytes and refuses what is no text with a
// row in it. It gives the place at which the text begins, after the mark that
// some programs put before UTF-8.
func sniff(name string, t *tape) (int64, error) {
	for t.size < chunk && t.fill() == nil {
	}
	if t.end != nil && t.end != io.EOF {
		if t.ctx.Err() != nil {
			return 0, t.end
		}
		return 0, unreadable(name, t.end)
	}
	head := t.slice(0, t.size)
	if code := notText(head); code != "" {
		return 0, fault.New(fault.Invalid, code, "file", name)
	}
	text, marked := bytes.CutPrefix(head, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(text)) == 0 && t.end == io.EOF {
		return 0, fault.New(fault.Invalid, "sheet.file-empty", "file", name)
	}
	if marked {
		return 3, nil
	}
	return 0, nil
}

// beginnings are the first bytes of files that people take for CSV.
var beginnings = []struct{ bytes, code string }{
	{"PK\x03\x04", "sheet.file-is-spreadsheet"},       // XLSX, ODS, Numbers; any zip
	{"\xd0\xcf\x11\xe0", "sheet.file-is-spreadsheet"}, // XLS
	{"\xff\xfe", "sheet.file-is-utf-16"},
	{"\xfe\xff", "sheet.file-is-utf-16"},
	{"\x1f\x8b", "sheet.file-is-compressed"},
	{"7z\xbc\xaf", "sheet.file-is-compressed"},
	{"%PDF", "sheet.file-is-pdf"},
	{"{\\rtf", "sheet.file-is-spreadsheet"},
	{"<html", "sheet.file-is-web-page"}, // what some offices' systems call an Excel export
	{"<!DOCTYPE", "sheet.file-is-web-page"},
	{"<?xml", "sheet.file-is-web-page"},
	{"<table", "sheet.file-is-web-page"},
}

// notText is the code of what the file is instead of text, or "".
func notText(head []byte) string {
	for _, b := range beginnings {
		if bytes.HasPrefix(head, []byte(b.bytes)) {
			return b.code
		}
	}
	first := head[:min(len(head), 4096)]
	nuls, control, byPlace := 0, 0, [2]int{}
	for i, c := range first {
		switch {
		case c == 0:
			nuls++
			byPlace[i%2]++
		case c < ' ' && c != '\t' && c != '\n' && c != '\r':
			control++
		}
	}
	switch {
	case nuls > 8 && nuls*3 > len(first) && (byPlace[0] == 0 || byPlace[1] == 0):
		return "sheet.file-is-utf-16" // without its mark: every other byte of ASCII is a NUL
	case (nuls+control)*20 > len(first) && nuls+control > 32, (nuls+control)*3 > len(first) && nuls+control > 2:
		return "sheet.file-is-binary"
	case bytes.IndexByte(head, '\n') < 0 && bytes.Count(head, []byte{'\r'}) > 1:
		return "sheet.file-line-ends" // lines that end in a lone CR, as long ago on the Macintosh
	}
	return ""
}

// readHeader reads the first row and finds every column that the map names.
func (r *Reader) readHeader(m *Map, decode decoder) ([]string, error) {
	record, _, err := r.record()
	if _, ok := errors.AsType[*RowError](err); ok {
		return nil, fault.New(fault.Invalid, "sheet.header-broken", "file", r.name)
	}
	if err != nil {
		return nil, err
	}
	if record == nil {
		return nil, fault.New(fault.Invalid, "sheet.file-empty", "file", r.name)
	}
	r.number = 0
	header := make([]string, len(record))
	for i, cell := range record {
		text, ok := decode.text(cell)
		if !ok {
			return nil, fault.New(fault.Invalid, "sheet.header-encoding", "file", r.name, "nth", i+1, "looks", looksLike(cell))
		}
		header[i] = strings.TrimSpace(text)
	}
	return header, m.checkHeader(r.name, header, r.comma)
}

// checkHeader holds the header against the columns that the map names.
func (m *Map) checkHeader(file string, header []string, comma byte) error {
	wanted := m.columns()
	var missing, near []string
	for _, name := range wanted {
		switch countOf(header, name) {
		case 0:
			missing = append(missing, shown(name))
			if n := nearestColumn(name, header); n != "" {
				near = append(near, shown(name)+" -> "+shown(n))
			}
		case 1:
		default:
			return fault.New(fault.Invalid, "sheet.header-column-twice", "file", file, "column", shown(name))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if len(missing) == len(wanted) {
		if d := otherDelimiter(header, comma); d != "" {
			return fault.New(fault.Invalid, "sheet.header-delimiter", "file", file, "looks", d)
		}
		if looksLikeData(header) {
			return fault.New(fault.Invalid, "sheet.header-absent", "file", file)
		}
	}
	return fault.New(fault.Invalid, "sheet.header-columns-missing", "file", file,
		"missing", strings.Join(missing, ", "), "has", listed(header), "nearest", strings.Join(near, ", "))
}

// nearestColumn is the column whose name tells most nearly the same, else the
// one that is spelt most like it.
func nearestColumn(name string, header []string) string {
	best, most := "", leastLikely-1
	for _, h := range header {
		if n := likeness(h, name); n > most {
			best, most = h, n
		}
	}
	if best == "" {
		best = nearest(name, header)
	}
	return best
}

// columns are all the columns that the map names, each once, in its order.
func (m *Map) columns() []string {
	var all []string
	add := func(name string) {
		if name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	feeds := m.named()
	for _, id := range sortedKeys(m.Fields) {
		feeds = append(feeds, target{feed: m.Fields[id]})
	}
	for _, t := range feeds {
		add(t.feed.Column)
		add(t.feed.CurrencyColumn)
	}
	for _, name := range m.Outcome {
		add(name)
	}
	return all
}

// mostListed is how many columns of a file an error lists.
const mostListed = 80

func listed(header []string) string {
	var names []string
	for i, name := range header {
		if i == mostListed {
			names = append(names, "…")
			break
		}
		names = append(names, shown(name))
	}
	return strings.Join(names, ", ")
}

// otherDelimiter is the word for the delimiter by which a header that is one
// cell wide would be many, or "".
func otherDelimiter(header []string, comma byte) string {
	if len(header) != 1 {
		return ""
	}
	best, most := "", 1
	for _, word := range []string{",", ";", "tab", "|"} {
		d := delimiters[word]
		if d == comma {
			continue
		}
		c := csv.NewReader(strings.NewReader(header[0]))
		c.Comma = rune(d)
		if cells, err := c.Read(); err == nil && len(cells) > most {
			best, most = word, len(cells)
		}
	}
	return best
}

// looksLikeData reports whether a first row holds dates or figures, as no
// header does. Such a row is somebody's claim, and no error may show it.
func looksLikeData(header []string) bool {
	for _, name := range header {
		digits := 0
		for i := range len(name) {
			if name[i] >= '0' && name[i] <= '9' {
				digits++
			}
		}
		if digits > 0 && digits*2 >= len(name) {
			return true
		}
	}
	return false
}
