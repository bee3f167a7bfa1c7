package sheet

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/openchancery/chancery/fault"
)

// Propose makes a map for a file that nobody has described yet: it matches
// the header to the form's fields by their ids, labels and hints (further
// names by field id, or by "number", "received", "category", "claimant",
// "award", "decided_on"), and guesses encoding, delimiter, date formats and
// the way figures are written from what stands in the cells. It looks at
// 200,000 rows at most and holds a bounded sample of them.
//
// It is a proposal: a person must read it. What it was unsure of it says in
// the notes, each a fault with the path it is about; YAML writes them above
// the key. No note shows the text of a cell, except the words of columns that
// hold codes.
func Propose(path string, fields []FieldSpec, categories []string, hints map[string][]string) (*Map, []error, error) {
	file, err := profileFile(path)
	if err != nil {
		return nil, nil, err
	}
	p := &proposal{
		path: path, file: file, categories: categories, hints: hints,
		m:      &Map{Source: sourceOf(path), Fields: map[string]Feed{}, remarks: map[string][]error{}},
		chosen: map[string]choice{}, taken: map[int]bool{},
	}
	p.about("", "sheet.note-proposed", "file", path, "rows", file.rows, "source", p.m.Source)
	p.aboutTheFile()
	p.match(p.targets(fields))
	if len(p.chosen) == 0 && looksLikeData(file.names()) {
		return nil, nil, fault.New(fault.Invalid, "sheet.header-absent", "file", path)
	}
	p.thousands = p.sharedThousands(fields)
	p.feedNamed()
	for _, spec := range fields {
		p.feedField(spec)
	}
	p.feedOutcome()
	p.currencies(fields)
	p.leftOver(fields)
	return p.m, p.notes, nil
}

// proposal is a map in the making.
type proposal struct {
	path       string
	file       *profile
	categories []string
	hints      map[string][]string
	m          *Map
	notes      []error
	chosen     map[string]choice // by path
	taken      map[int]bool      // columns in use
	monthFirst bool
	thousands  map[string]string // by decimal sign: what parts thousands in some column of the file
}

// choice is the column chosen for a target.
type choice struct {
	column *columnProfile
	score  int
	second *columnProfile // as likely, nearly
}

// about notes what a person should look at.
func (p *proposal) about(path, code string, pairs ...any) {
	note := fault.New(fault.Invalid, code, append([]any{"path", path}, pairs...)...)
	p.notes = append(p.notes, note)
	p.m.remarks[path] = append(p.m.remarks[path], note)
}

// sourceOf makes a source id of a file's name.
func sourceOf(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	var words []string
	for _, w := range splitName(name) {
		w = strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, w)
		if w != "" {
			words = append(words, w)
		}
	}
	id := strings.Join(words, "-")
	if id == "" {
		return "office"
	}
	return strings.Trim(id[:min(len(id), maxSource)], "-")
}

// aboutTheFile fills in what holds for the file as a whole.
func (p *proposal) aboutTheFile() {
	if p.file.encoding != Encodings[0] {
		p.m.Encoding = p.file.encoding
		p.about("encoding", "sheet.note-encoding", "encoding", p.file.encoding)
	}
	if p.file.delimiter != "," {
		p.m.Delimiter = p.file.delimiter
	}
	if p.file.broken > 0 {
		p.about("", "sheet.note-broken-rows", "rows", p.file.broken)
	}
	for _, c := range p.file.columns {
		for _, s := range c.markers(noAnswers) {
			if !slices.Contains(p.m.Unanswered, s) {
				p.m.Unanswered = append(p.m.Unanswered, s)
			}
		}
		c.texts = slices.DeleteFunc(c.texts, func(s string) bool { return slices.Contains(noAnswers, s) })
		p.monthFirst = p.monthFirst || surelyMonthFirst(c.texts)
	}
}

// surelyMonthFirst reports whether a column's dates can only be read with the
// month first; the office then writes all its dates so.
func surelyMonthFirst(texts []string) bool {
	d := guessDates(texts, false, func(f Format) bool { return f.dated })
	return len(d.formats) > 0 && d.read*10 >= d.all*9 && d.formats[0].monthFirst() && !d.doubt
}

// namedTargets are the names by which other offices call what every map has,
// in this room's words. One of the words of tells must stand in a header: a
// "Betrag" alone is not what was awarded.
var namedTargets = []struct {
	path, kind string
	names      []string
	tells      []string
}{
	{"number", typeText, []string{"claim number", "claim", "number"}, []string{"claim", "number"}},
	{"received", typeDate, []string{"date received", "received", "date received claim"}, []string{"received"}},
	{"category", typeChoice, []string{"category", "claim category", "incident category"}, []string{"category"}},
	{"claimant", typeChoice, []string{"claimant category", "claimant"}, []string{"claimant"}},
	{"award", typeAmount, []string{"award", "award amount", "amount decided"}, []string{"award", "decided"}},
	{"decided_on", typeDate, []string{"date decided", "decided", "date outcome", "date award"}, []string{"decided", "outcome", "award"}},
}

// targets are all that a column may be matched to.
func (p *proposal) targets(fields []FieldSpec) []aim {
	var all []aim
	for _, t := range namedTargets {
		all = append(all, aim{path: t.path, kind: t.kind, names: t.names, hints: p.hints[t.path], tells: t.tells})
	}
	for _, f := range fields {
		all = append(all, aim{
			path: "fields." + f.ID, kind: f.Type, names: []string{f.ID, f.Label}, hints: p.hints[f.ID],
			options: f.Options, currency: f.Currency,
		})
	}
	return all
}

// aim is a target with the names it goes by.
type aim struct {
	path, kind string
	names      []string
	hints      []string // the caller's further names
	tells      []string // words of which a header must have one; nil: any
	options    []string
	currency   string
}

// leastLikely is the likeness below which a column is not proposed; below
// surely, it is proposed with a note.
const (
	leastLikely = 40
	surely      = 85
	nearlyAs    = 10
)

// match gives each target the column that is likest, the likest pair first.
// A time may share the column of a date.
func (p *proposal) match(aims []aim) {
	type pair struct {
		aim    aim
		column *columnProfile
		score  int
	}
	var pairs []pair
	for _, a := range aims {
		for _, c := range p.file.columns {
			if s := p.score(a, c); s >= leastLikely {
				pairs = append(pairs, pair{a, c, s})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return b.score - a.score })
	for _, q := range pairs {
		had, done := p.chosen[q.aim.path]
		free := !p.taken[q.column.index]
		switch {
		case done && free && had.second == nil && had.score-q.score < nearlyAs:
			had.second = q.column
			p.chosen[q.aim.path] = had
		case !done && (free || q.aim.kind == typeTime && isDateColumn(q.column)):
			p.chosen[q.aim.path] = choice{column: q.column, score: q.score}
			p.taken[q.column.index] = true
		}
	}
}

// score is how likely a column feeds a target: the best likeness of a name,
// nothing where the cells are of another type.
func (p *proposal) score(a aim, c *columnProfile) int {
	best := a.likeness(c)
	if best < leastLikely || len(c.texts) == 0 {
		return best
	}
	switch a.kind {
	case typeDate:
		d := guessDates(c.texts, p.monthFirst, func(f Format) bool { return f.dated })
		return fitted(best, d.read, d.all)
	case typeTime:
		d := guessDates(c.texts, p.monthFirst, func(f Format) bool { return f.dated || f.timed })
		if !slices.ContainsFunc(d.formats, func(f Format) bool { return f.timed }) {
			return 0
		}
		return fitted(best, d.read, d.all)
	case typeAmount:
		n := guessAmounts(c.texts, a.currency)
		return fitted(best, n.read, n.all)
	case typeChoice, typeBoolean:
		few := a.path == "category" && c.different <= fewCodes
		if !few && !c.holdsCodes(p.codesOf(a)) {
			return 0
		}
	}
	if a.path == "number" && c.different < len(c.texts) || a.path == "number" && c.answered < p.file.rows {
		return best - nearlyAs // a claim number is on every row
	}
	return best
}

// likeness is how alike a column's name and the target's names are.
func (a aim) likeness(c *columnProfile) int {
	best := 0
	for _, name := range a.hints {
		best = max(best, likeness(c.name, name))
	}
	own := tokens(c.name)
	if a.tells != nil && !slices.ContainsFunc(a.tells, func(w string) bool { return slices.Contains(own, w) }) {
		return best
	}
	for _, name := range a.names {
		best = max(best, likeness(c.name, name))
		if a.kind == typeTime && isDateColumn(c) {
			name = strings.ReplaceAll(strings.ToLower(name), "time", "date")
			best = max(best, likeness(c.name, name)-1)
		}
	}
	return best
}

// mostCodes is how many different words a column of codes may have. A column
// that is called a category may have so few in words that nobody here knows.
const (
	mostCodes = 100
	fewCodes  = 20
)

// codesOf are the codes that a target's words can mean.
func (p *proposal) codesOf(a aim) []string {
	switch {
	case a.path == "category":
		return p.categories
	case a.path == "claimant":
		return Claimants
	case a.kind == typeBoolean:
		return booleans
	}
	return a.options
}

// holdsCodes reports whether a column holds codes and not names or prose: few
// words that come again and again, or words that are known. Without it the
// names under a header "Claimant" would be proposed as words with codes.
func (c *columnProfile) holdsCodes(known []string) bool {
	if c.different > mostCodes || c.more && c.different == mostTexts {
		return false
	}
	codes := 0
	for _, s := range c.texts {
		if code, _ := likestCode(s, known); code != "" {
			codes++
		}
	}
	return codes*2 >= len(c.texts) || codes > 0 && c.different*3 <= c.answered || len(known) == 0 && c.different*3 <= c.answered
}

// fitted is a score held against the share of cells that have the type.
func fitted(score, read, all int) int {
	if all == 0 || read*2 < all {
		return 0
	}
	return score * (all + read) / (2 * all)
}

func isDateColumn(c *columnProfile) bool {
	d := guessDates(c.texts[:min(len(c.texts), 50)], false, func(f Format) bool { return f.dated })
	return d.read > 0 && d.read*2 >= d.all-d.read
}
