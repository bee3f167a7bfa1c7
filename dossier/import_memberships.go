package dossier

import (
	"strings"

	"github.com/openchancery/chancery/roll"
)

// readMemberships reads a list of dated statuses: each row is one act of one
// state in one body, by a source, with how sure it is. A status stands as the
// act's code ("charter_signatory"); what it gives is for the body's rule.
func readMemberships(r *rollReader, s *sheet) {
	seen := listed{}
	for s.next() {
		body, member, act := s.body("organisation"), s.state("state"), s.code("status")
		from, until := s.when("from"), s.until("to")
		f := s.fact()
		f.Membership = &roll.Membership{Body: body, Member: member, Act: act, On: from, Until: until}
		r.list(seen, s, roll.Thing{ID: body, Sort: roll.Body, Codes: abbreviation(s.get("organisation"))})
		r.listState(seen, s, member)
		r.take(f, s.at())
	}
}

// readOffices reads a list of who held which office: full, acting or interim.
func readOffices(r *rollReader, s *sheet) {
	seen := listed{}
	for s.next() {
		body, person, title := s.body("organisation"), s.must("person"), s.must("office")
		office, holder := idOf(roll.Office, body, title), idOf(roll.Person, "", person)
		f := s.fact()
		f.Tenure = &roll.Tenure{
			Office: office, Holder: holder, Sort: s.must("kind"), Title: title,
			From: s.when("from"), Until: s.until("to"),
		}
		r.list(seen, s, roll.Thing{ID: body, Sort: roll.Body, Codes: abbreviation(s.get("organisation"))})
		r.list(seen, s, roll.Thing{ID: office, Sort: roll.Office, Of: body})
		r.list(seen, s, roll.Thing{ID: holder, Sort: roll.Person, Names: []roll.Name{{Text: person}}})
		r.take(f, s.at())
	}
}

// fact is what the lists' rows have beside their content. What somebody saw is
// sure; any other word of confidence is kept as a doubt.
func (s *sheet) fact() roll.Fact {
	f := roll.Fact{Source: roll.Source{Name: s.must("source")}, Known: s.known(), Note: s.get("note")}
	if sure := s.get("confidence"); sure != "seen" {
		f.Doubt = sure
	}
	return f
}

// body is the id of the body that a column abbreviates.
func (s *sheet) body(column string) roll.ID {
	return idOf(roll.Body, "", s.must(column))
}

// code is a word of a list as a code.
func (s *sheet) code(column string) string {
	return strings.ReplaceAll(strings.ToLower(s.must(column)), " ", "_")
}

// until is how long a row goes on: a date in the column ends it, on that day or
// within that month or year; none leaves it open.
func (s *sheet) until(column string) roll.Until {
	return roll.Until{Ended: s.get(column) != "", To: s.when(column)}
}

func abbreviation(text string) []roll.Identifier {
	return []roll.Identifier{{Scheme: roll.Abbreviation, Value: text}}
}

// listed are the things that a file was found to name.
type listed map[roll.ID]bool

// list keeps what a list says of a thing by naming it, once for each file.
func (r *rollReader) list(seen listed, s *sheet, t roll.Thing) {
	if t.ID == "" || seen[t.ID] {
		return
	}
	seen[t.ID] = true
	r.take(roll.Fact{Source: roll.Source{Name: stem(s.file)}, Known: s.known(), Thing: &t}, s.at())
}

// ownTable is the source of what the house's table says of states.
const ownTable = "Chancery's table of states and territories"

// listState keeps what the house's table says of a state that a list names.
func (r *rollReader) listState(seen listed, s *sheet, id roll.ID) {
	named, ok := house().byID[id]
	if !ok || seen[id] {
		return
	}
	seen[id] = true
	r.take(roll.Fact{Source: roll.Source{Name: ownTable}, Known: s.known(), Thing: named.thing()}, s.at())
}

// thing is a state as the house's table has it.
func (n StateName) thing() *roll.Thing {
	t := &roll.Thing{ID: n.ID, Sort: roll.State, Names: []roll.Name{{Text: n.Name}}}
	for _, c := range []roll.Identifier{{Scheme: roll.Alpha2, Value: n.Alpha2}, {Scheme: alpha3, Value: n.Alpha3}, {Scheme: cow, Value: n.COW}} {
		if c.Value != "" {
			t.Codes = append(t.Codes, c)
		}
	}
	return t
}
