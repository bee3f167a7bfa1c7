package dossier

import (
	"strconv"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// The Correlates of War's lists. Their years stay years. A spell that is open
// where the data end is told up to the last day of that year and no further:
// whether it went on, the list doesn't say. One number of theirs is one thing
// here, as they count: 365 is Russia also before 1992, 345 is Yugoslavia to
// this day.
const (
	igoSource    = "Correlates of War, Intergovernmental Organizations (v3)"
	statesSource = "Correlates of War, State System Membership (v2016)"
)

// cowActs are the acts that their words for a status stand for.
var cowActs = map[string]string{"full": "member", "associate": "associate_member", "observer": "observer"}

// readSpells reads igo_membership.csv: from which year to which a state was in
// an organisation.
func readSpells(r *rollReader, s *sheet) {
	seen := listed{}
	source := roll.Source{Name: igoSource}
	acts := map[string]string{}
	for s.next() {
		igo := s.must("igo")
		body := idOf(roll.Body, "", igo)
		member := s.state("cow_ccode")
		from, until := s.spell()
		r.list(seen, s, roll.Thing{ID: body, Sort: roll.Body, Codes: abbreviation(igo)})
		r.listState(seen, s, member)
		r.take(roll.Fact{Source: source, Known: s.known(), Membership: &roll.Membership{
			Body: body, Member: member, Act: s.act(acts), On: from, Until: until,
		}}, s.at())
	}
}

// act is the act of the row's status; acts are those of the rows before.
func (s *sheet) act(acts map[string]string) string {
	status := s.must("status")
	if act, ok := cowActs[status]; ok {
		return act
	}
	act, ok := acts[status]
	if !ok {
		act = s.code("status")
		acts[status] = act
	}
	return act
}

// spell is the row's time.
func (s *sheet) spell() (day.When, roll.Until) {
	from, last := s.year("first_year"), s.year("last_year")
	switch s.get("open_at_end_of_data") {
	case "1":
		return from, roll.Until{Told: last.Last()}
	case "0":
		return from, roll.Until{Ended: true, To: last}
	}
	s.wrong(s.at(), "dossier.not-one-or-zero", "field", "open_at_end_of_data", "text", s.get("open_at_end_of_data"))
	return from, roll.Until{}
}

// year is a year of the row.
func (s *sheet) year(column string) day.When {
	text := s.must(column)
	if len(text) != len("2006") {
		if text != "" {
			s.wrong(s.at(), "dossier.not-a-date", "field", column, "text", text)
		}
		return day.When{}
	}
	w, err := day.ParseWhen(text)
	if err != nil {
		s.wrong(s.at(), "dossier.not-a-date", "field", column, "text", text)
	}
	return w
}

// readOrganisations reads igo_list.csv: the organisations' names and years.
func readOrganisations(r *rollReader, s *sheet) {
	for s.next() {
		igo := s.must("igo")
		t := roll.Thing{ID: idOf(roll.Body, "", igo), Sort: roll.Body, Codes: abbreviation(igo)}
		for _, name := range []string{s.get("long_name"), s.get("name")} {
			if name != "" {
				t.Names = append(t.Names, roll.Name{Text: name})
			}
		}
		if number := s.get("ionum"); number != "" {
			t.Codes = append(t.Codes, roll.Identifier{Scheme: "cow-igo", Value: number})
		}
		if s.get("start_year") != "" {
			t.From = s.year("start_year")
		}
		if s.get("dead_year") != "" {
			t.Ended, t.To = true, s.year("dead_year")
		}
		note := "data from " + s.get("first_data_year") + " to " + s.get("last_data_year")
		r.take(roll.Fact{Source: roll.Source{Name: igoSource}, Known: s.known(), Note: note, Thing: &t}, s.at())
	}
}

// readStates reads cow_states2016.csv: in which times each state was a member
// of the state system. A state may have several; each is a time in which the
// number stood for it.
func readStates(r *rollReader, s *sheet) {
	var order []roll.ID
	things, at := map[roll.ID]*roll.Thing{}, map[roll.ID]place{}
	known := map[roll.ID]day.Date{}
	for s.next() {
		id := s.state("ccode")
		from, to := s.civil("styear", "stmonth", "stday"), s.civil("endyear", "endmonth", "endday")
		t := things[id]
		if t == nil {
			t = &roll.Thing{ID: id, Sort: roll.State, Names: []roll.Name{{Text: s.must("statenme")}}, From: day.On(from)}
			t.Codes = append(t.Codes, roll.Identifier{Scheme: "cow-abbreviation", Value: s.must("stateabb")})
			things[id], at[id], known[id] = t, s.at(), s.known()
			order = append(order, id)
		}
		spell := roll.Identifier{Scheme: cow, Value: s.get("ccode"), From: day.On(from)}
		t.Ended, t.To = false, day.When{}
		if to.String() != s.get("version")+"-12-31" { // the day on which the data end is no end
			spell.To = day.On(to)
			t.Ended, t.To = true, spell.To
		}
		t.Codes = append(t.Codes, spell)
	}
	for _, id := range order {
		r.take(roll.Fact{Source: roll.Source{Name: statesSource}, Known: known[id], Thing: things[id]}, at[id])
	}
}

// civil is a day in three columns.
func (s *sheet) civil(year, month, dayOf string) day.Date {
	var parts [3]int
	for i, column := range []string{year, month, dayOf} {
		n, err := strconv.Atoi(s.must(column))
		if err != nil {
			s.wrong(s.at(), "dossier.not-a-number", "field", column, "text", s.get(column))
			return day.Date{}
		}
		parts[i] = n
	}
	d, err := day.New(parts[0], parts[1], parts[2])
	if err != nil {
		s.wrong(s.at(), "dossier.not-a-day", "field", year, "text", s.get(year)+"-"+s.get(month)+"-"+s.get(dayOf))
	}
	return d
}
