package dossier

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/roll"
)

// readMeetings reads a list of meetings. Who was there stands in it as free
// text, which is read as far as it is written as most are ("RU Patrushev
// (chair); AZ AM BY; representatives of TM and MD"). What can't be read so is
// kept in the meeting's note, word for word.
func readMeetings(r *rollReader, s *sheet) {
	seen := listed{}
	for s.next() {
		name := s.must("series")
		series := idOf(roll.Series, "", name)
		m := &roll.Meeting{Series: series, Ordinal: s.edition(), On: s.when("date"), Place: s.get("place")}
		r.list(seen, s, roll.Thing{ID: series, Sort: roll.Series, Names: []roll.Name{{Text: name}}})
		f := s.fact()
		f.Doubt, f.Meeting = "", m // the list has no column for how sure it is
		at := s.at()
		here := len(r.facts)
		r.take(f, at)
		var unread []string
		for _, part := range attendanceParts(s.get("attendance_known")) {
			found, ok := r.attendanceOf(seen, s, m, part)
			if !ok {
				unread = append(unread, part)
			}
			for _, a := range found {
				a.Source, a.Known = f.Source, f.Known
				r.take(a, at)
			}
		}
		if len(unread) > 0 {
			r.facts[here].Note = strings.Trim(f.Note+"; "+strings.Join(unread, "; "), "; ")
		}
	}
}

// edition is the ordinal of the meeting, 0 where it isn't known.
func (s *sheet) edition() int {
	text := s.get("edition")
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		s.wrong(s.at(), "dossier.not-a-number", "field", "edition", "text", text)
	}
	return n
}

// attendanceParts are the parts of the text, parted by semicolons outside
// brackets.
func attendanceParts(text string) []string {
	var parts []string
	deep, from := 0, 0
	for i, c := range text + ";" {
		switch c {
		case '(':
			deep++
		case ')':
			deep--
		case ';':
			if deep > 0 && i < len(text) {
				continue
			}
			if part := strings.TrimSpace(text[from:i]); part != "" {
				parts = append(parts, part)
			}
			from = i + 1
		}
	}
	return parts
}

var (
	bracketed  = regexp.MustCompile(`^([^()]*?)\s*\(([^()]*)\)$`)
	delegation = regexp.MustCompile(`^(representatives?|delegations?|leaderships?|secretaries|heads?) of ([A-Za-z, ]+)$`)
	counted    = regexp.MustCompile(`^(?:secretaries|representatives|delegations|heads) of (\w+) (?:\w+ )*(?:countries|states)$`)
	officeWord = regexp.MustCompile(`(?i)^(head|secretary|state secretary|chair|chairman|minister|deputy|adviser|assistant|president|director|commander|first)\b`)
)

var numberWords = []string{"", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen"}

// attendanceOf reads one part: facts without source, and whether it could be
// read.
func (r *rollReader) attendanceOf(seen listed, s *sheet, m *roll.Meeting, part string) ([]roll.Fact, bool) {
	if said := counted.FindStringSubmatch(part); said != nil {
		n := slices.Index(numberWords, strings.ToLower(said[1]))
		if n < 1 {
			return nil, false
		}
		return []roll.Fact{{Note: part, Count: &roll.Count{Series: m.Series, Ordinal: m.Ordinal, Of: "states_represented", Number: n}}}, true
	}
	who, aside := part, ""
	if both := bracketed.FindStringSubmatch(part); both != nil {
		who, aside = both[1], both[2]
	}
	if of := delegation.FindStringSubmatch(who); of != nil {
		return r.delegations(seen, s, m, strings.NewReplacer(",", " ", " and ", " ").Replace(of[2]), part)
	}
	first, name, _ := strings.Cut(who, " ")
	if _, isState := r.comesFor(seen, s, first); !isState || len(first) != 2 {
		return nil, false
	}
	if codes := strings.Fields(name); !slices.ContainsFunc(codes, func(c string) bool { return len(c) != 2 || strings.ToUpper(c) != c }) {
		return r.delegations(seen, s, m, who, aside)
	}
	state, _ := r.comesFor(seen, s, first)
	if strings.ContainsAny(name, ",:") {
		return nil, false
	}
	person := personIn(m.Series, name)
	r.list(seen, s, roll.Thing{ID: person, Sort: roll.Person, Names: []roll.Name{{Text: name}}})
	a := &roll.Attendance{Series: m.Series, Ordinal: m.Ordinal, Person: person, For: state, Capacity: []string{"delegate"}, Presence: "present"}
	f := roll.Fact{Attendance: a}
	switch {
	case slices.Contains([]string{"chair", "host", "observer", "guest"}, aside):
		a.Capacity = []string{aside}
	case officeWord.MatchString(aside):
		a.Title = aside
	default:
		f.Note = aside
	}
	return []roll.Fact{f}, true
}

// delegations are attendances of states and bodies of which no person is named.
// One that isn't known makes the whole part unread.
func (r *rollReader) delegations(seen listed, s *sheet, m *roll.Meeting, codes, note string) ([]roll.Fact, bool) {
	var facts []roll.Fact
	for _, code := range strings.Fields(codes) {
		id, ok := r.comesFor(seen, s, code)
		if !ok {
			return nil, false
		}
		facts = append(facts, roll.Fact{Note: note, Attendance: &roll.Attendance{
			Series: m.Series, Ordinal: m.Ordinal, For: id, Capacity: []string{"delegate"}, Presence: "present",
		}})
	}
	return facts, len(facts) > 0
}

// comesFor is whom a code in capitals stands for: two letters for a state,
// more for a body.
func (r *rollReader) comesFor(seen listed, s *sheet, code string) (roll.ID, bool) {
	if len(code) < 2 || strings.ToUpper(code) != code {
		return "", false
	}
	if len(code) == 2 {
		id, ok := StateOf(code)
		if ok {
			r.listState(seen, s, id)
		}
		return id, ok
	}
	id := idOf(roll.Body, "", code)
	r.list(seen, s, roll.Thing{ID: id, Sort: roll.Body, Codes: abbreviation(code)})
	return id, true
}
