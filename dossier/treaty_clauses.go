package dossier

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/treaty"
)

// readClauses takes a table of clauses as facts: each treaty with its clause,
// and the day of its entry into force as the table publishes it. A clause of
// which the row lacks what the date hangs on (weights, a group that isn't
// listed) isn't taken, and the fact says what is lacking.
func (r *treatyReader) readClauses(s *sheet) {
	var c Clauses
	var sources []roll.Source
	var known []day.Date
	var at []place
	for s.next() {
		c.Treaties = append(c.Treaties, s.clauseRow())
		sources = append(sources, roll.Source{Name: cmp.Or(s.get("source"), path.Base(s.file))})
		known, at = append(known, s.known()), append(at, s.at())
	}
	c.related()
	for i, row := range c.Treaties {
		is := &treaty.Instrument{ID: row.Treaty, Title: row.Title}
		if !slices.ContainsFunc(row.Gaps, func(g treaty.Gap) bool { return !g.Soft && !g.Floor }) {
			is.Clause = row.Clause
		}
		r.facts = append(r.facts, treaty.Fact{Source: sources[i], Known: known[i], Doubt: lacking(row.Gaps), Instrument: is})
		r.at = append(r.at, at[i])
		if row.Published.IsZero() {
			continue
		}
		entry := &treaty.Action{Treaty: row.Treaty, Kind: treaty.EntryIntoForce, On: day.On(row.Published)}
		r.facts = append(r.facts, treaty.Fact{Source: sources[i], Known: known[i], Action: entry})
		r.at = append(r.at, at[i])
	}
}

// lacking says what a row asks for and doesn't hold, in the table's words.
func lacking(gaps []treaty.Gap) string {
	var texts []string
	for _, g := range gaps {
		texts = append(texts, g.Code+": "+g.Text)
	}
	if texts == nil {
		return ""
	}
	return "the table doesn't hold " + strings.Join(texts, "; ")
}
