package sheet

import (
	"regexp"
	"slices"
	"strings"

	"github.com/openchancery/chancery/money"
)

// maxSource is the longest source id.
const maxSource = 40

var sourceID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Check holds the map against the programme's form and categories: every
// field and category it names must exist, and every feed must say what its
// field needs. It reports all that is wrong at once, as Problems.
func (m *Map) Check(fields []FieldSpec, categories []string) error {
	var all Problems
	all = append(all, m.checkFile()...)
	for _, t := range m.named() {
		all = append(all, m.checkFeed(t)...)
	}
	all = append(all, m.checkCodes("category", m.Category, categories, "sheet.map-category-unknown")...)
	all = append(all, m.checkCodes("claimant", m.Claimant, Claimants, "sheet.map-claimant-unknown")...)
	known := map[string]bool{}
	var ids []string
	for _, spec := range fields {
		known[spec.ID], ids = true, append(ids, spec.ID)
	}
	for _, id := range sortedKeys(m.Fields) {
		if !known[id] {
			all = append(all, m.wrong("fields."+id, "sheet.map-field-unknown", "field", id,
				"nearest", nearest(id, ids), "known", strings.Join(ids, ", ")))
		}
	}
	for _, t := range m.targets(fields)[len(m.named()):] {
		all = append(all, m.checkFeed(t)...)
		if t.kind == typeChoice && len(t.spec.Options) > 0 {
			all = append(all, m.checkCodes(t.path, t.feed, t.spec.Options, "sheet.map-option-unknown")...)
		}
		if t.kind == typeBoolean {
			all = append(all, m.checkCodes(t.path, t.feed, booleans, "sheet.map-option-unknown")...)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// booleans are the canonical texts of yes and no.
var booleans = []string{"true", "false"}

// checkFile checks what the map says of the file as a whole.
func (m *Map) checkFile() []error {
	var all []error
	if len(m.Source) > maxSource || !sourceID.MatchString(m.Source) {
		all = append(all, m.wrong("source", "sheet.map-source", "source", shown(m.Source)))
	}
	if m.Encoding != "" && !slices.Contains(Encodings, m.Encoding) {
		all = append(all, m.wrong("encoding", "sheet.map-encoding", "encoding", shown(m.Encoding),
			"known", strings.Join(Encodings, ", ")))
	}
	if _, ok := delimiters[m.Delimiter]; !ok {
		all = append(all, m.wrong("delimiter", "sheet.map-delimiter", "delimiter", shown(m.Delimiter)))
	}
	for i, name := range m.Outcome {
		if name == "" || slices.Contains(m.Outcome[:i], name) {
			all = append(all, m.wrong("outcome", "sheet.map-outcome", "name", shown(name)))
		}
	}
	return all
}

// checkFeed checks one feed against the type of what it feeds.
func (m *Map) checkFeed(t target) []error {
	f := t.feed
	var all []error
	wrong := func(key, code string, pairs ...any) {
		all = append(all, m.wrong(t.path+"."+key, code, append([]any{"type", t.kind}, pairs...)...))
	}
	if f.Column == "" && f.Value == "" {
		return []error{m.wrong(t.path, "sheet.map-no-column", "type", t.kind)}
	}
	constant := t.kind == typeText || t.kind == typeChoice || t.kind == typeBoolean
	if f.Value != "" && (f.Column != "" || !constant || t.path == "number") {
		wrong("value", "sheet.map-value")
	}
	fits := map[string]bool{
		"formats": t.kind == typeDate || t.kind == typeTime,
		"part":    t.kind == typeTime && f.Part == "time",
		"decimal": t.kind == typeAmount, "thousands": t.kind == typeAmount || t.kind == typeInteger,
		"currency": t.kind == typeAmount, "currency_column": t.kind == typeAmount,
		"values": f.Column != "" && constant && t.path != "number",
	}
	given := map[string]bool{
		"formats": len(f.Formats) > 0, "part": f.Part != "", "decimal": f.Decimal != "", "thousands": f.Thousands != "",
		"currency": f.Currency != "", "currency_column": f.CurrencyColumn != "", "values": len(f.Values) > 0,
	}
	for _, key := range sortedKeys(given) {
		if given[key] && !fits[key] {
			wrong(key, "sheet.map-not-for-type", "key", key)
		}
	}
	all = append(all, m.checkFormats(t)...)
	if _, ok := separators[f.Thousands]; f.Thousands != "" && !ok {
		wrong("thousands", "sheet.map-thousands", "thousands", shown(f.Thousands))
	}
	if t.kind == typeAmount {
		all = append(all, m.checkAmount(t)...)
	}
	return all
}

// checkFormats reads the formats and refuses two that would read one text as
// two different days.
func (m *Map) checkFormats(t target) []error {
	if t.kind != typeDate && t.kind != typeTime {
		return nil
	}
	var all []error
	var read []Format
	for _, s := range t.formats() {
		f, bad := ParseFormat(s)
		if bad != "" {
			all = append(all, m.wrong(t.path+".formats", "sheet.map-format", "format", shown(s), "part", shown(bad)))
			continue
		}
		switch {
		case t.kind == typeDate && !f.dated:
			all = append(all, m.wrong(t.path+".formats", "sheet.map-format-tells-no-date", "format", s))
		case t.kind == typeTime && !f.timed && t.feed.Part != "time":
			all = append(all, m.wrong(t.path+".formats", "sheet.map-format-tells-no-time", "format", s))
		}
		for _, g := range read {
			if f.contradicts(g) {
				all = append(all, m.wrong(t.path+".formats", "sheet.map-formats-contradict", "format", g.text, "other", f.text))
			}
		}
		read = append(read, f)
	}
	return all
}

// checkAmount checks separators and currency.
func (m *Map) checkAmount(t target) []error {
	f := t.feed
	var all []error
	if _, ok := separators[f.Decimal]; f.Decimal != "" && !ok || f.figures().decimal != '.' && f.figures().decimal != ',' {
		all = append(all, m.wrong(t.path+".decimal", "sheet.map-decimal", "decimal", shown(f.Decimal)))
	}
	if f.figures().thousands == f.figures().decimal {
		all = append(all, m.wrong(t.path+".thousands", "sheet.map-thousands", "thousands", shown(f.Thousands)))
	}
	if f.Currency != "" {
		if _, err := money.ParseCurrency(f.Currency); err != nil {
			all = append(all, m.wrong(t.path+".currency", "sheet.map-currency", "currency", shown(f.Currency)))
		}
	}
	if form := t.spec.Currency; form != "" && f.Currency != "" && f.Currency != form {
		all = append(all, m.wrong(t.path+".currency", "sheet.map-currency-differs", "currency", shown(f.Currency), "form", form))
	}
	if f.Currency == "" && f.CurrencyColumn == "" && t.spec.Currency == "" {
		all = append(all, m.wrong(t.path, "sheet.map-currency-missing"))
	}
	return all
}

// checkCodes checks that every code a feed leads to is known.
func (m *Map) checkCodes(path string, f Feed, known []string, code string) []error {
	var all []error
	refuse := func(path, word string) {
		switch {
		case slices.Contains(known, word):
		case word == "":
			all = append(all, m.wrong(path, "sheet.map-code-missing", "known", strings.Join(known, ", ")))
		default:
			all = append(all, m.wrong(path, code, "code", shown(word),
				"nearest", nearest(word, known), "known", strings.Join(known, ", ")))
		}
	}
	if f.Value != "" {
		refuse(path+".value", f.Value)
	}
	for _, text := range sortedKeys(f.Values) {
		refuse(path+".values."+text, f.Values[text])
	}
	return all
}

// contradicts reports whether some text is one day in this format and another
// day in the other: 02/01/2003 in DD/MM/YYYY and in MM/DD/YYYY.
func (f Format) contradicts(g Format) bool {
	for _, s := range []string{f.write(2001, 2, 3), f.write(2012, 11, 10)} {
		a, ok := f.read(s)
		b, also := g.read(s)
		if ok && also && a.date != b.date {
			return true
		}
	}
	return false
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
