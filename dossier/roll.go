package dossier

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/roll"
)

// rollReader turns files into facts of the roll.
type rollReader struct {
	*reader
	known   day.Date // when we learned what says no other day
	id      string
	title   string
	headAt  place
	sources map[string]roll.Source
	named   map[string]place // the keys of sources and facts, for what stands there twice
	keys    map[string]int   // facts by their key
	facts   []roll.Fact
	at      []place // of each fact
	roots   []*cell // of YAML files, until all heads are read
}

func newRollReader(known day.Date, id string) *rollReader {
	return &rollReader{
		reader: &reader{}, known: known, id: id,
		sources: map[string]roll.Source{}, named: map[string]place{}, keys: map[string]int{},
	}
}

// file reads one file by its ending. Facts of YAML files are read when all
// files are: their sources may stand in another.
func (r *rollReader) file(name string, text []byte) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	switch path.Ext(name) {
	case ".csv":
		r.readCSV(name, text)
	case ".json":
		r.readISO(name, text)
	default:
		if root := r.readYAML(name, text); root != nil {
			r.roots = append(r.roots, root)
		}
	}
}

// section reads one fact of a section; the row complains of what is missing.
type section func(r *rollReader, row *row) roll.Fact

// sections are what a YAML file of the roll may hold, beside head and sources.
func sections() map[string]section {
	return map[string]section{
		"states": thing(roll.State), "bodies": thing(roll.Body), "organs": thing(roll.Organ),
		"offices": thing(roll.Office), "series": thing(roll.Series), "persons": thing(roll.Person), "groups": thing(roll.Group),
		"successions": succession, "memberships": membership, "rules": rule, "admissions": admission,
		"positions": position, "tenures": tenure, "meetings": meeting, "attendances": attendance, "counts": count,
	}
}

// bundle is what all files say, or all that is wrong with them.
func (r *rollReader) bundle() (roll.Bundle, error) {
	for _, root := range r.roots {
		r.head(root)
	}
	for _, root := range r.roots {
		r.sections(root)
	}
	for _, root := range r.roots {
		r.judgements(root)
	}
	for i, f := range r.facts {
		if f.Known.IsZero() {
			r.facts[i].Known = r.known
		}
		r.facts[i].Bundle = r.id
	}
	r.check()
	if err := r.err(); err != nil {
		return roll.Bundle{}, err
	}
	if r.title == "" {
		r.title = r.id
	}
	return roll.Bundle{ID: r.id, Title: r.title, Known: r.known, Facts: r.facts}, nil
}

// check asks the roll whether each fact can be.
func (r *rollReader) check() {
	if len(r.problems) > 0 {
		return
	}
	if len(r.facts) == 0 {
		r.add(fault.New(fault.Invalid, "dossier.no-facts"))
	}
	for i, f := range r.facts {
		if err := f.Check(); err != nil {
			r.add(fmt.Errorf("%s:%d: %w", r.at[i].file, r.at[i].line, err))
		}
	}
}

// head reads what a file says about the bundle, and its sources.
func (r *rollReader) head(root *cell) {
	row := &row{reader: r.reader, at: root.at, fields: root.of, order: root.keys}
	if row.has("dossier") {
		if r.headAt.file != "" {
			r.wrong(row.fields["dossier"].at, "dossier.twice", "what", "dossier")
		}
		r.headAt = row.at
		r.id, r.title = string(row.id("dossier")), row.must("title")
		if known := row.date("known"); !known.IsZero() {
			r.known = known
		}
	}
	c := row.get("sources")
	if c == nil {
		return
	}
	if c.kind != mapCell {
		r.wrong(c.at, "dossier.not-fields")
		return
	}
	for _, key := range c.keys {
		if inner := r.rowOf(c.of[key]); inner != nil && r.first("source "+key, inner.at, key) {
			r.sources[key] = sourceOf(inner)
		}
	}
}

func sourceOf(row *row) roll.Source {
	s := roll.Source{Name: row.must("name"), Link: row.text("link"), Seen: row.date("seen")}
	row.done()
	return s
}

// first notes that a name stands at a place, and complains where it stood
// before.
func (r *rollReader) first(name string, at place, what string) bool {
	if before, twice := r.named[name]; twice {
		r.wrong(at, "dossier.twice", "what", what, "before", fmt.Sprintf("%s:%d", before.file, before.line))
		return false
	}
	r.named[name] = at
	return true
}

// sections reads all facts of a file but the judgements on others.
func (r *rollReader) sections(root *cell) {
	known := sections()
	all := []string{"dossier", "title", "known", "sources", "preferences", "withdrawals"}
	for name := range known {
		all = append(all, name)
	}
	slices.Sort(all)
	for _, key := range root.keys {
		c := root.of[key]
		read, ok := known[key]
		switch {
		case key == "treaties" || key == "actions":
			r.wrong(c.at, "dossier.treaties-here", "section", key)
		case !ok && !slices.Contains(all, key):
			r.wrong(c.at, "dossier.unknown-section", "section", key, "nearest", nearest(key, all), "known", strings.Join(all, ", "))
		case ok:
			for _, row := range r.each(c, key) {
				r.fact(row, read)
			}
		}
	}
}

// each is the rows of a section.
func (r *rollReader) each(c *cell, section string) []*row {
	top := &row{reader: r.reader, at: c.at, fields: map[string]*cell{section: c}}
	return top.rows(section)
}

// fact reads one fact: what all facts have, and what its section has.
func (r *rollReader) fact(row *row, read section) int {
	f := read(r, row)
	f.Source = r.source(row)
	f.Known, f.Doubt, f.Note = row.date("known"), row.text("doubt"), row.text("note")
	key := row.text("key")
	row.done()
	if key != "" && r.first("fact "+key, row.at, key) {
		r.keys[key] = len(r.facts)
	}
	r.take(f, row.at)
	return len(r.facts) - 1
}

// take keeps a fact and where it stands.
func (r *rollReader) take(f roll.Fact, at place) {
	r.facts, r.at = append(r.facts, f), append(r.at, at)
}

// source is the source of a fact: a key of the table, or written out.
func (r *rollReader) source(row *row) roll.Source {
	c := row.get("source")
	switch {
	case c == nil:
		r.wrong(row.at, "dossier.field-missing", "field", "source")
		return roll.Source{}
	case c.kind == mapCell:
		return sourceOf(r.rowOf(c))
	case c.kind == listCell:
		r.wrong(c.at, "dossier.not-text", "field", "source")
		return roll.Source{}
	case c.csv:
		return roll.Source{Name: c.text, Link: row.text("link"), Seen: row.date("seen")}
	}
	s, ok := r.sources[c.text]
	if !ok {
		keys := make([]string, 0, len(r.sources))
		for key := range r.sources {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		r.wrong(c.at, "dossier.unknown-source", "text", c.text, "nearest", nearest(c.text, keys), "known", strings.Join(keys, ", "))
	}
	return s
}

// judgements reads which facts are preferred and which are taken back. They
// name facts by their keys in these files, or by their ids.
func (r *rollReader) judgements(root *cell) {
	for name, read := range map[string]section{"preferences": preference, "withdrawals": withdrawal} {
		if c := root.of[name]; c != nil {
			for _, row := range r.each(c, name) {
				r.fact(row, read)
			}
		}
	}
}

func preference(r *rollReader, row *row) roll.Fact {
	p := &roll.Preference{Preferred: r.factOf(row, "preferred", row.must("preferred")), Reason: row.must("reason")}
	for _, key := range row.texts("over") {
		p.Over = append(p.Over, r.factOf(row, "over", key))
	}
	if len(p.Over) == 0 {
		r.wrong(row.at, "dossier.field-missing", "field", "over")
	}
	p.About = r.about(row, row.text("preferred"))
	return roll.Fact{Preference: p}
}

func withdrawal(r *rollReader, row *row) roll.Fact {
	w := &roll.Withdrawal{Fact: r.factOf(row, "fact", row.must("fact")), Reason: row.must("reason")}
	w.About = r.about(row, row.text("fact"))
	return roll.Fact{Withdrawal: w}
}

// about is whose fact is judged: the field, or where the fact is one of these
// files its subject.
func (r *rollReader) about(row *row, key string) roll.ID {
	if i, ok := r.keys[key]; ok && !row.has("about") {
		return r.facts[i].Subject()
	}
	return row.id("about")
}

// factOf is the id of a fact that a judgement names.
func (r *rollReader) factOf(row *row, field, key string) roll.FactID {
	if i, ok := r.keys[key]; ok {
		return r.facts[i].ID()
	}
	if isFactID(key) || key == "" {
		return roll.FactID(key)
	}
	keys := make([]string, 0, len(r.keys))
	for k := range r.keys {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	r.wrong(row.fields[field].at, "dossier.unknown-fact", "text", key, "nearest", nearest(key, keys))
	return ""
}

// isFactID reports whether a text has the form of roll.FactID: a hash.
func isFactID(text string) bool {
	return len(text) >= 32 && strings.Trim(text, "0123456789abcdef") == ""
}
