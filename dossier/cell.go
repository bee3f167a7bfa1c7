package dossier

import (
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// cell is one value of a file, with its place: a text as it is written, a list
// or a map. A CSV file has texts alone.
type cell struct {
	at   place
	kind cellKind
	text string
	csv  bool // it stands in a CSV file, where a list is parted by semicolons
	list []*cell
	keys []string // of a map, in order
	of   map[string]*cell
}

type cellKind uint8

const (
	textCell cellKind = iota
	listCell
	mapCell
)

// row is the fields of one fact, read by name. What is asked for is known;
// what stands there and was never asked for is an error (see done).
type row struct {
	*reader
	at     place
	fields map[string]*cell
	order  []string
	asked  []string
}

// rowOf is the row that a map is, or nil (and a problem) where it is none.
func (r *reader) rowOf(c *cell) *row {
	if c.kind != mapCell {
		r.wrong(c.at, "dossier.not-fields")
		return nil
	}
	return &row{reader: r, at: c.at, fields: c.of, order: c.keys}
}

// get is a field, nil where it isn't there or nothing stands in it.
func (r *row) get(field string) *cell {
	if !slices.Contains(r.asked, field) {
		r.asked = append(r.asked, field)
	}
	c := r.fields[field]
	if c == nil || c.kind == textCell && c.text == "" {
		return nil
	}
	return c
}

func (r *row) has(field string) bool { return r.get(field) != nil }

// done complains of the fields that nobody asked for.
func (r *row) done() {
	for _, field := range r.order {
		if slices.Contains(r.asked, field) {
			continue
		}
		known := slices.Sorted(slices.Values(r.asked))
		r.wrong(r.fields[field].at, "dossier.unknown-field", "field", field,
			"nearest", nearest(field, known), "known", strings.Join(known, ", "))
	}
}

// text is a field's text, "" where it isn't there.
func (r *row) text(field string) string {
	c := r.get(field)
	switch {
	case c == nil:
		return ""
	case c.kind != textCell:
		r.wrong(c.at, "dossier.not-text", "field", field)
		return ""
	}
	return c.text
}

// must is text of a field that has to be there.
func (r *row) must(field string) string {
	if !r.has(field) {
		r.wrong(r.at, "dossier.field-missing", "field", field)
		return ""
	}
	return r.text(field)
}

// id is the house's name of a thing, which has to be there.
func (r *row) id(field string) roll.ID {
	s := r.must(field)
	if s != "" && !isID(s) {
		r.wrong(r.fields[field].at, "dossier.not-an-id", "field", field, "text", s, "nearest", slug(s))
	}
	return roll.ID(s)
}

// maybeID is id for a field that need not be there.
func (r *row) maybeID(field string) roll.ID {
	if !r.has(field) {
		return ""
	}
	return r.id(field)
}

// ids is a list of ids.
func (r *row) ids(field string) []roll.ID {
	var all []roll.ID
	for _, s := range r.texts(field) {
		if !isID(s) {
			r.wrong(r.fields[field].at, "dossier.not-an-id", "field", field, "text", s, "nearest", slug(s))
			continue
		}
		all = append(all, roll.ID(s))
	}
	return all
}

// word is must where only some words can stand.
func (r *row) word(field string, words ...string) string {
	w := r.must(field)
	if w != "" && !slices.Contains(words, w) {
		r.wrong(r.fields[field].at, "dossier.unknown-word", "field", field, "text", w,
			"nearest", nearest(w, words), "known", strings.Join(words, ", "))
	}
	return w
}

// date is a day, no date where the field isn't there.
func (r *row) date(field string) day.Date {
	s := r.text(field)
	if s == "" {
		return day.Date{}
	}
	d, err := day.Parse(s)
	if err != nil {
		r.wrong(r.fields[field].at, "dossier.not-a-day", "field", field, "text", s)
	}
	return d
}

// when is a date as a source gives it.
func (r *row) when(field string) day.When {
	s := r.text(field)
	if s == "" {
		return day.When{}
	}
	w, err := day.ParseWhen(s)
	if err != nil {
		r.wrong(r.fields[field].at, "dossier.not-a-date", "field", field, "text", s)
	}
	return w
}

// number is a whole number, 0 where the field isn't there.
func (r *row) number(field string) int {
	s := r.text(field)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		r.wrong(r.fields[field].at, "dossier.not-a-number", "field", field, "text", s)
	}
	return n
}

// truth is whether a field says true.
func (r *row) truth(field string) bool {
	switch s := r.text(field); s {
	case "", "false":
		return false
	case "true":
		return true
	default:
		r.wrong(r.fields[field].at, "dossier.not-true-or-false", "field", field, "text", s)
		return false
	}
}

// texts is a list of texts; one text alone is a list of one.
func (r *row) texts(field string) []string {
	c := r.get(field)
	switch {
	case c == nil:
		return nil
	case c.kind == textCell && c.csv:
		return parted(c.text)
	case c.kind == textCell:
		return []string{c.text}
	case c.kind == mapCell:
		r.wrong(c.at, "dossier.not-a-list", "field", field)
		return nil
	}
	var all []string
	for _, item := range c.list {
		if item.kind != textCell {
			r.wrong(item.at, "dossier.not-text", "field", field)
			continue
		}
		all = append(all, item.text)
	}
	return all
}

// parted is the parts of a list in a CSV file.
func parted(text string) []string {
	var all []string
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// rows is a list of maps.
func (r *row) rows(field string) []*row {
	c := r.get(field)
	if c == nil {
		return nil
	}
	if c.kind != listCell {
		r.wrong(c.at, "dossier.not-a-list", "field", field)
		return nil
	}
	var all []*row
	for _, item := range c.list {
		if inner := r.rowOf(item); inner != nil {
			all = append(all, inner)
		}
	}
	return all
}
