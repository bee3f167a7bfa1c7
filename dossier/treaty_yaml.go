package dossier

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/dossiers"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/treaty"
)

// treatyReader turns files into facts of treaties. Head and sources are those
// of every dossier.
type treatyReader struct {
	*rollReader
	facts []treaty.Fact
	at    []place
	keyed map[string]treaty.FactID
}

// OpenTreaties reads treaties and their actions from what a person named: a
// dossier that ships ("iccu-2025"), a folder, or files, which then are one
// bundle. Other people's lists are read by their header. The day known is when
// we learned what they say; a head or an action that says another day goes
// before it. All that is wrong comes as Problems, and then there is no bundle.
func OpenTreaties(known day.Date, names ...string) (treaty.Bundle, error) {
	if len(names) == 1 {
		if folder, err := dossiers.Open(names[0]); err == nil {
			return ReadTreaties(folder, known, names[0])
		}
		if is, err := os.Stat(names[0]); err == nil && is.IsDir() {
			return ReadTreaties(os.DirFS(names[0]), known, stem(names[0]))
		}
	}
	if len(names) == 0 {
		return treaty.Bundle{}, fault.New(fault.Invalid, "dossier.none-named", "known", strings.Join(dossiers.List(), ", "))
	}
	files := fileSet{}
	for _, name := range names {
		if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
			return treaty.Bundle{}, fault.New(fault.NotFound, "dossier.not-found", "name", name, "known", strings.Join(dossiers.List(), ", "))
		}
		files[filepath.ToSlash(name)] = name
	}
	return ReadTreaties(files, known, stem(names[0]), names...)
}

// ReadTreaties is OpenTreaties for a folder: all its YAML and CSV files, or
// those named. The id is that of a bundle whose files name none.
func ReadTreaties(folder fs.FS, known day.Date, id string, names ...string) (treaty.Bundle, error) {
	if len(names) == 0 {
		found, err := filesOf(folder)
		if err != nil {
			return treaty.Bundle{}, err
		}
		names = found
	}
	r := &treatyReader{rollReader: newRollReader(known, id), keyed: map[string]treaty.FactID{}}
	for _, name := range names {
		name = filepath.ToSlash(name)
		text, err := read(folder, name)
		if err != nil {
			return treaty.Bundle{}, err
		}
		text = bytes.TrimPrefix(text, []byte("\ufeff"))
		if strings.EqualFold(filepath.Ext(name), ".csv") {
			r.readTreatyCSV(name, text)
		} else if root := r.readYAML(name, text); root != nil {
			r.roots = append(r.roots, root)
		}
	}
	return r.bundle()
}

// bundle is what all files say, or all that is wrong with them.
func (r *treatyReader) bundle() (treaty.Bundle, error) {
	for _, root := range r.roots {
		r.head(root)
	}
	for _, root := range r.roots {
		r.sections(root, "treaties", r.instrument)
	}
	for _, root := range r.roots {
		r.sections(root, "actions", r.actions)
		r.strangers(root)
	}
	for i := range r.facts {
		if r.facts[i].Known.IsZero() {
			r.facts[i].Known = r.known
		}
		r.facts[i].Bundle = r.id
	}
	if len(r.problems) == 0 && len(r.facts) == 0 {
		r.add(fault.New(fault.Invalid, "dossier.no-facts"))
	}
	for i, f := range r.facts {
		if err := f.Check(); err != nil {
			r.add(fmt.Errorf("%s:%d: %w", r.at[i].file, r.at[i].line, err))
		}
	}
	if err := r.err(); err != nil {
		return treaty.Bundle{}, err
	}
	if r.title == "" {
		r.title = r.id
	}
	return treaty.Bundle{ID: r.id, Title: r.title, Known: r.known, Facts: r.facts}, nil
}

// sections reads one section of a file.
func (r *treatyReader) sections(root *cell, name string, read func(*row)) {
	if c := root.of[name]; c != nil {
		for _, row := range r.each(c, name) {
			read(row)
			row.done()
		}
	}
}

// strangers complains of sections that a dossier of treaties doesn't have.
func (r *treatyReader) strangers(root *cell) {
	all := []string{"actions", "dossier", "known", "sources", "title", "treaties"}
	for _, key := range root.keys {
		if !slices.Contains(all, key) {
			r.wrong(root.of[key].at, "dossier.unknown-section", "section", key, "nearest", nearest(key, all), "known", strings.Join(all, ", "))
		}
	}
}

// keep adds what all facts have, and keeps the fact.
func (r *treatyReader) keep(row *row, f treaty.Fact) {
	f.Source = r.source(row)
	f.Known, f.Doubt, f.Note = row.date("known"), row.text("doubt"), row.text("note")
	r.facts, r.at = append(r.facts, f), append(r.at, row.at)
	if key := row.text("key"); key != "" && r.first("action "+key, row.at, key) {
		r.keyed[key] = f.ID()
	}
}

// instrument reads one treaty.
func (r *treatyReader) instrument(row *row) {
	is := &treaty.Instrument{
		ID: row.must("id"), Title: row.text("title"), Depositaries: row.texts("depositaries"), Place: row.text("place"),
		Adopted: row.when("adopted"), Opened: row.when("opened"), Published: row.text("published"),
	}
	if c := row.get("clause"); c != nil {
		if inner := r.rowOf(c); inner != nil {
			is.Clause = clauseOf(inner)
			inner.done()
		}
	}
	r.keep(row, treaty.Fact{Instrument: is})
}

func clauseOf(row *row) *treaty.Clause {
	c := &treaty.Clause{
		Provision: row.must("provision"), Wording: row.text("wording"),
		Delay: row.delay("delay"), NotBefore: row.date("not_before"), NotWithin: row.delay("not_within"), After: row.texts("after"),
	}
	for _, k := range row.texts("counts") {
		c.Counts = append(c.Counts, row.kind("counts", k))
	}
	for _, in := range row.rows("conditions") {
		c.Conditions = append(c.Conditions, treaty.Condition{
			Name: in.must("name"), Provision: in.text("provision"), Number: in.number("number"),
			Share: in.text("share"), Over: in.truth("more_than"), Weights: in.pairs("weights"),
			All: in.texts("all"), Finding: in.text("finding"), Among: in.texts("among"), Group: in.text("group"),
			Signatories: in.truth("signatories"), Organisations: in.truth("organisations"),
		})
		in.done()
	}
	if in := row.inner("parties"); in != nil {
		c.Parties = &treaty.PartyRule{Provision: in.text("provision"), Variant: treaty.Variant(in.word("variant", "A", "B")), Delay: in.delay("delay")}
		in.done()
	}
	if in := row.inner("withdrawal"); in != nil {
		c.Withdrawal = &treaty.NoticeRule{Provision: in.text("provision"), Delay: in.delay("delay")}
		in.done()
	}
	if in := row.inner("below"); in != nil {
		c.Below = &treaty.BelowRule{Provision: in.text("provision"), Number: in.number("number")}
		in.done()
	}
	return c
}

// actions reads one action, of one party, or of several that did the same on
// the same day.
func (r *treatyReader) actions(row *row) {
	a := treaty.Action{
		Treaty: r.treaty(row), Kind: row.kind("action", row.must("action")), On: row.when("on"), Effect: row.when("effective"),
		With: row.text("with"), Notification: row.text("notification"), Text: row.text("text"),
		Provisions: row.texts("provisions"), Territories: row.texts("territories"), Against: row.text("against"),
		Predecessor: row.text("predecessor"), Ended: row.truth("predecessor_ended"),
		Condition: row.text("condition"), By: row.text("by"), Document: row.text("document"),
		Corrects: r.corrected(row),
	}
	states, organisations := row.pairs("parties"), row.pairs("organisations")
	if len(states)+len(organisations) == 0 {
		a.Party, a.Code, a.Org = row.text("party"), row.text("code"), row.truth("organisation")
		r.keep(row, treaty.Fact{Action: &a})
		return
	}
	for _, code := range slices.Sorted(maps.Keys(states)) {
		one := a
		one.Party, one.Code = states[code], code
		r.keep(row, treaty.Fact{Action: &one})
	}
	for _, code := range slices.Sorted(maps.Keys(organisations)) {
		one := a
		one.Party, one.Code, one.Org = organisations[code], code, true
		r.keep(row, treaty.Fact{Action: &one})
	}
}

// treaty is the treaty of an action: it need not be named where the files
// describe one alone.
func (r *treatyReader) treaty(row *row) string {
	if row.has("treaty") {
		return row.text("treaty")
	}
	var ids []string
	for _, f := range r.facts {
		if f.Instrument != nil && !slices.Contains(ids, f.Instrument.ID) {
			ids = append(ids, f.Instrument.ID)
		}
	}
	if len(ids) != 1 {
		r.wrong(row.at, "dossier.field-missing", "field", "treaty")
		return ""
	}
	return ids[0]
}

// corrected is the fact that a rectification takes back, by its key in these
// files or by its id.
func (r *treatyReader) corrected(row *row) treaty.FactID {
	text := row.text("corrects")
	if id, ok := r.keyed[text]; ok {
		return id
	}
	if text != "" && !isFactID(text) {
		r.wrong(row.fields["corrects"].at, "dossier.unknown-fact", "text", text, "nearest", nearest(text, slices.Sorted(maps.Keys(r.keyed))))
	}
	return treaty.FactID(text)
}

// kind is an action's word.
func (r *row) kind(field, word string) treaty.Kind {
	known := make([]string, len(treaty.Kinds))
	for i, k := range treaty.Kinds {
		known[i] = string(k)
	}
	if word != "" && !slices.Contains(known, word) {
		r.wrong(r.fields[field].at, "dossier.unknown-word", "field", field, "text", word, "nearest", nearest(word, known), "known", strings.Join(known, ", "))
	}
	return treaty.Kind(word)
}

// delay is a time as clauses count it.
func (r *row) delay(field string) treaty.Delay {
	d, err := treaty.ParseDelay(r.text(field))
	if err != nil {
		at := r.fields[field].at
		r.add(fmt.Errorf("%s:%d: %s: %w", at.file, at.line, field, err))
	}
	return d
}

// pairs is a map of texts.
func (r *row) pairs(field string) map[string]string {
	in := r.inner(field)
	if in == nil {
		return nil
	}
	all := make(map[string]string, len(in.order))
	for _, key := range in.order {
		all[key] = in.must(key)
	}
	return all
}

// inner is a field that is a map.
func (r *row) inner(field string) *row {
	c := r.get(field)
	if c == nil {
		return nil
	}
	return r.rowOf(c)
}
