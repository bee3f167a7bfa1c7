package dossier

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/treaty"
)

// The lists of treaties that are read: by their header, in any order of the
// columns. Each has its data set as its source; a row may say when it was
// known.
var (
	actionColumns = []string{"treaty_id", "party", "iso3", "action", "date", "dataset"}
	titleColumns  = []string{"treaty_id", "title", "opened_or_signed", "entry_into_force_published", "dataset"}
	listMay       = []string{"known"}
)

// sheetOf opens a CSV file and reads its header; nil where it has none.
func (r *reader) sheetOf(file string, text []byte) *sheet {
	rows := csv.NewReader(bytes.NewReader(text))
	header, err := rows.Read()
	if err != nil {
		r.wrong(place{file, 1}, "dossier.csv-syntax", "detail", err.Error())
		return nil
	}
	s := &sheet{reader: r, file: file, header: slices.Clone(header), columns: map[string]int{}, rows: rows}
	rows.ReuseRecord = true
	for i, name := range s.header {
		s.header[i] = strings.ToLower(strings.TrimSpace(name))
		s.columns[s.header[i]] = i
	}
	return s
}

// has reports whether a file has all these columns.
func (s *sheet) has(columns []string) bool {
	for _, c := range columns {
		if _, ok := s.columns[c]; !ok {
			return false
		}
	}
	return true
}

// only complains of columns that the list doesn't have.
func (s *sheet) only(columns ...[]string) {
	known := slices.Concat(columns...)
	for _, c := range s.header {
		if !slices.Contains(known, c) {
			s.wrong(place{s.file, 1}, "treaty.file.column", "column", c, "nearest", nearest(c, known), "known", strings.Join(known, ", "))
		}
	}
}

// readTreatyCSV reads a list of actions, of titles or of clauses.
func (r *treatyReader) readTreatyCSV(file string, text []byte) {
	s := r.sheetOf(file, text)
	if s == nil {
		return
	}
	words := wordsOf()
	switch {
	case s.has(actionColumns):
		s.only(actionColumns, listMay)
		for s.next() {
			r.action(s, words)
		}
	case s.has(titleColumns):
		s.only(titleColumns, listMay)
		for s.next() {
			r.titled(s)
		}
	case s.has(clauseColumns):
		s.only(clauseColumns, clauseMay, listMay)
		r.readClauses(s)
	default:
		r.wrong(place{file, 1}, "dossier.csv-header-unknown", "header", strings.Join(s.header, ","),
			"known", strings.Join(actionColumns, ",")+"\n  "+strings.Join(titleColumns, ",")+"\n  "+strings.Join(clauseColumns, ","))
	}
}

// wordsOf are the actions by their words, so that 50,000 rows share them.
func wordsOf() map[string]treaty.Kind {
	words := make(map[string]treaty.Kind, len(treaty.Kinds))
	for _, k := range treaty.Kinds {
		words[string(k)] = k
	}
	return words
}

// action reads a row of a list of actions.
func (r *treatyReader) action(s *sheet, words map[string]treaty.Kind) {
	word := s.must("action")
	kind, ok := words[word]
	if !ok && word != "" {
		known := treaty.KnownKinds()
		s.wrong(s.at(), "dossier.unknown-word", "field", "action", "text", word, "nearest", nearest(word, strings.Split(known, ", ")), "known", known)
	}
	name, code := s.must("party"), s.get("iso3")
	on, doubt := s.listed("date")
	r.facts = append(r.facts, treaty.Fact{
		Doubt:  doubt,
		Source: roll.Source{Name: s.must("dataset")}, Known: s.known(),
		Action: &treaty.Action{
			Treaty: s.must("treaty_id"), Kind: kind, Party: name, Code: code,
			Org: code == "EUE" || code == "" && organisation.MatchString(name), On: on,
		},
	})
	r.at = append(r.at, s.at())
}

// listed is the date of a list. Lists have days that no calendar has
// ("2010-02-29"): of these the month is taken, and what stood there is said as
// a doubt.
func (s *sheet) listed(column string) (day.When, string) {
	text := s.get(column)
	if on, err := day.ParseWhen(text); err == nil {
		return on, ""
	}
	if len(text) == len("2010-02-29") {
		if month, err := day.ParseWhen(text[:len("2010-02")]); err == nil {
			return month, "the list says " + text + ", a day that the calendar doesn't have"
		}
	}
	return s.when(column), ""
}

// organisation tells the organisations in lists that have no column for it:
// they have no code of ISO 3166, and are named so. A state that is no more may
// have no code either.
var organisation = regexp.MustCompile(`(?i)organi[sz]ation|community|agency|council|commission|united nations|common market|^io-|` +
	`(european|african|monetary|customs|postal|telecommunications?|interparliamentary|arab) union`)

// titled reads a row of a list of treaties: the treaty, and the day of its entry
// into force as it was published.
func (r *treatyReader) titled(s *sheet) {
	id, source, known := s.must("treaty_id"), roll.Source{Name: s.must("dataset")}, s.known()
	r.facts = append(r.facts, treaty.Fact{Source: source, Known: known, Instrument: &treaty.Instrument{
		ID: id, Title: s.get("title"), Opened: s.when("opened_or_signed"),
	}})
	r.at = append(r.at, s.at())
	if s.get("entry_into_force_published") == "" {
		return
	}
	r.facts = append(r.facts, treaty.Fact{Source: source, Known: known, Action: &treaty.Action{
		Treaty: id, Kind: treaty.EntryIntoForce, On: s.when("entry_into_force_published"),
	}})
	r.at = append(r.at, s.at())
}

// ReadActions reads a list of actions, for a check.
func ReadActions(file string, text []byte, known day.Date) ([]treaty.Fact, error) {
	r := &treatyReader{rollReader: newRollReader(known, stem(file))}
	s := r.sheetOf(file, bytes.TrimPrefix(text, []byte("\ufeff")))
	if s != nil && !s.has(actionColumns) {
		r.wrong(place{file, 1}, "dossier.csv-header-unknown", "header", strings.Join(s.header, ","), "known", strings.Join(actionColumns, ","))
	} else if s != nil {
		words := wordsOf()
		for s.next() {
			r.action(s, words)
		}
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	for i := range r.facts {
		if r.facts[i].Known.IsZero() {
			r.facts[i].Known = known
		}
	}
	return r.facts, nil
}
