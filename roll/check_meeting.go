package roll

import (
	"slices"
	"strings"
	"unicode"

	"github.com/openchancery/chancery/day"
)

// ordinals finds a meeting that has a higher number than a later one.
func (c *checker) ordinals(series ID) {
	var last *held
	for _, h := range counting(c.meetings[series]) {
		if h.Meeting.Ordinal == 0 || h.Meeting.On.First().IsZero() {
			continue
		}
		if last != nil && last.Meeting.Ordinal < h.Meeting.Ordinal && endsBefore(last.Meeting.On, h.Meeting.On) {
			c.find(FoundOrdinals, series, nil, []*held{last, h},
				"first", last.Meeting.Ordinal, "first_on", last.Meeting.On, "second", h.Meeting.Ordinal, "second_on", h.Meeting.On)
		}
		last = h
	}
}

// statesCounts holds a source's number of states at a meeting against those
// that are named, and names the members of whom there is nobody.
func (c *checker) statesCounts() {
	for series, list := range c.counts {
		for _, h := range counting(list) {
			of := h.Count.Of
			if of != "states_represented" && of != "states_named" || h.Count.Series == "" {
				continue
			}
			key := sitting{series, h.Count.Ordinal}
			seats := counting(c.seats[key])
			if len(seats) == 0 {
				continue // a number without names contradicts nothing
			}
			named := c.namedStates(seats)
			if len(named) == h.Count.Number {
				continue
			}
			on := c.heldOn(key)
			missing, maybe := c.unseen(c.whose(series), seats, on.Last())
			var about []ID
			var labels []string
			for _, ref := range slices.Concat(missing, maybe) {
				about = append(about, ref.ID)
				labels = append(labels, ref.Name)
			}
			facts := append([]*held{h}, seats...)
			c.find(FoundStatesCount, series, about, facts, "of", of, "ordinal", h.Count.Ordinal,
				"said", h.Count.Number, "named", len(named), "nobody", strings.Join(labels, ", "))
		}
	}
}

func (c *checker) heldOn(key sitting) day.When {
	meetings := c.meetingsOf(key.series, key.ordinal)
	if len(meetings) == 0 {
		return day.When{}
	}
	return c.heldRef(meetings).On
}

// sitting holds the attendance of one meeting against itself and the offices.
func (c *checker) sitting(key sitting, seats []*held) {
	if len(c.meetingsOf(key.series, key.ordinal)) == 0 {
		c.find(FoundNoMeeting, key.series, nil, seats, "ordinal", key.ordinal)
	}
	when := c.heldOn(key)
	for _, list := range grouped(counting(seats), seatKey) {
		person := list[0].Attendance.Person
		if slices.ContainsFunc(list, func(h *held) bool { return h.Attendance.Presence != list[0].Attendance.Presence }) {
			c.find(FoundPresentAbsent, key.series, seatNames(list), list, "ordinal", key.ordinal, "who", c.who(list))
		}
		if person == "" {
			continue
		}
		if life := c.life(person); life.ended && endsBefore(when, life.to) && list[0].Attendance.Presence == "present" {
			c.find(FoundSeatAfterDeath, key.series, []ID{person}, list, "ordinal", key.ordinal, "who", c.who(list), "died", life.to, "on", when)
		}
		c.titles(key, list, when)
		c.covered(key, list, when)
	}
}

func seatNames(list []*held) []ID {
	a := list[0].Attendance
	return slices.DeleteFunc([]ID{a.Person, a.For}, func(id ID) bool { return id == "" })
}

func (c *checker) who(list []*held) string { return c.name(seatNames(list)[0], day.Date{}) }

// titles holds the titles that one person is given at one meeting against each
// other, and against what the record says of the office: "acting" apart from
// the rest.
func (c *checker) titles(key sitting, list []*held, when day.When) {
	var with, without []*held // who says "acting", who doesn't
	for _, h := range list {
		switch {
		case h.Attendance.Title == "":
		case saysActing(h.Attendance.Title):
			with = append(with, h)
		default:
			without = append(without, h)
		}
	}
	tenure := c.tenureOn(list, when)
	acting := tenure != nil && tenure.Tenure.Sort != "full"
	values := []any{"ordinal", key.ordinal, "who", c.who(list), "titles", titlesOf(list)}
	facts := slices.Clone(list)
	if tenure != nil {
		facts = append(facts, tenure)
	}
	switch {
	case len(without) > 0 && (acting || len(with) > 0 && tenure == nil):
		c.find(FoundActingDropped, key.series, seatNames(list), facts, values...)
	case len(with) > 0 && tenure != nil && !acting:
		c.find(FoundActingAdded, key.series, seatNames(list), facts, values...)
	}
	for i, a := range list {
		if a.Attendance.Title != "" && slices.ContainsFunc(list[i+1:], func(b *held) bool { return !alike(a.Attendance.Title, b.Attendance.Title) }) {
			c.find(FoundTitlesDiffer, key.series, seatNames(list), list, values...)
			return
		}
	}
}

// tenureOn is the tenure of the person in an office that the seat names which
// covers the day for certain.
func (c *checker) tenureOn(list []*held, when day.When) *held {
	for _, h := range counting(c.careers[list[0].Attendance.Person]) {
		for _, seat := range list {
			if seat.Attendance.Office == h.Tenure.Office && overlaps(h, when) == day.Yes {
				return h
			}
		}
	}
	return nil
}

func titlesOf(list []*held) string {
	var out []string
	for _, h := range list {
		if t := h.Attendance.Title; t != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return strings.Join(out, "; ")
}

// covered finds a seat in an office that its holder didn't hold on that day,
// or under a title that the office had at another time.
func (c *checker) covered(key sitting, list []*held, when day.When) {
	var done []ID
	for _, seat := range list {
		office := seat.Attendance.Office
		if office == "" || slices.Contains(done, office) || len(c.tenures[office]) == 0 {
			continue
		}
		done = append(done, office)
		covers, facts := day.No, []*held{seat}
		for _, h := range counting(c.careers[seat.Attendance.Person]) {
			if h.Tenure.Office == office {
				covers = covers.Or(overlaps(h, when))
				facts = append(facts, h)
			}
		}
		code := FoundMaybeNot
		if covers == day.No {
			code = FoundNotInOffice
		}
		if covers != day.Yes {
			c.find(code, key.series, []ID{seat.Attendance.Person, office}, facts, "ordinal", key.ordinal, "who", c.who(list),
				"office", c.name(office, when.Last()), "title", seat.Attendance.Title, "on", when, "tenures", tenuresOf(facts[1:]))
		}
	}
	for _, seat := range list {
		c.titleThen(key, seat, when)
	}
}

func tenuresOf(list []*held) string {
	var out []string
	for _, h := range list {
		out = append(out, spanText(h.Tenure.From, h.Tenure.Until))
	}
	return strings.Join(out, "; ")
}

// titleThen finds a title that belongs to another tenure of the person in the
// office than the one that covers the day, or to another time of the office.
func (c *checker) titleThen(key sitting, seat *held, when day.When) {
	a := seat.Attendance
	if a.Title == "" || a.Office == "" {
		return
	}
	var others []*held
	for _, h := range counting(c.careers[a.Person]) {
		if h.Tenure.Office != a.Office || h.Tenure.Title == "" || !hasWords(a.Title, h.Tenure.Title) {
			continue
		}
		if overlaps(h, when) != day.No {
			return // the title of its time
		}
		others = append(others, h)
	}
	if len(others) > 0 && c.tenureOn([]*held{seat}, when) != nil {
		c.find(FoundNotInOffice, key.series, []ID{a.Person, a.Office}, append([]*held{seat}, others...), "ordinal", key.ordinal, "who", c.name(a.Person, day.Date{}),
			"office", c.name(a.Office, when.Last()), "title", a.Title, "on", when, "tenures", tenuresOf(others))
		return
	}
	var other string
	for _, h := range counting(c.things[a.Office]) {
		for _, n := range h.Thing.Names {
			if !hasWords(a.Title, n.Text) {
				continue
			}
			if within(n.From, n.To, when.First()).Or(within(n.From, n.To, when.Last())) != day.No {
				return
			}
			other = spanText(n.From, Until{Ended: !n.To.IsZero(), To: n.To})
		}
	}
	if other != "" && !when.Last().IsZero() {
		c.find(FoundOtherTimesTitle, key.series, []ID{a.Person, a.Office}, []*held{seat}, "ordinal", key.ordinal, "who", c.name(a.Person, day.Date{}),
			"title", a.Title, "time", other, "on", when, "then", c.name(a.Office, when.Last()))
	}
}

// words are a title's words, without those that say that it is held for a time.
func words(title string) []string {
	all := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.DeleteFunc(all, func(w string) bool { return slices.Contains(actingWords, w) || w == "the" })
}

var actingWords = []string{"acting", "interim"}

func saysActing(title string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !unicode.IsLetter(r) }), func(w string) bool { return slices.Contains(actingWords, w) })
}

// hasWords reports whether a title has the words of another in one piece.
func hasWords(title, part string) bool {
	in, of := words(title), words(part)
	if len(of) == 0 {
		return false
	}
	for i := 0; i+len(of) <= len(in); i++ {
		if slices.Equal(in[i:i+len(of)], of) {
			return true
		}
	}
	return false
}

// alike: one is the other, or more of it: "Secretary General" and "acting
// Secretary General of the CSTO".
func alike(a, b string) bool {
	return a == "" || b == "" || hasWords(a, b) || hasWords(b, a)
}
