package roll

import (
	"cmp"
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// MeetingOf is one meeting of a series with its attendance. Where sources give
// different dates or places, the first that is not set aside is shown, and the
// disagreement is listed. A member of the series' body of whom no source says
// that it came or stayed away is not known, not absent.
func (r *Record) MeetingOf(series ID, ordinal int) (Sitting, error) {
	meetings := r.meetingsOf(series, ordinal)
	seats := r.seats[sitting{series, ordinal}]
	if ordinal == 0 || len(meetings) == 0 && len(seats) == 0 { // without a number it may be any
		return Sitting{}, r.noMeeting(series, ordinal)
	}
	body := r.whose(series)
	s := Sitting{
		Ordinal: ordinal, Attendance: []Attendee{}, NotKnown: []Ref{}, Undetermined: []Ref{}, Counts: []Said{},
		On: dateOf(meetings), Cited: citeAll(meetings), Disagreements: []Disagreement{},
	}
	for _, h := range counting(meetings) {
		m := h.Meeting
		if s.To.IsZero() {
			s.To = m.To
		}
		s.Place, s.Host = cmp.Or(s.Place, m.Place), cmp.Or(s.Host, m.Host)
		for _, theme := range m.Themes {
			if !slices.Contains(s.Themes, theme) {
				s.Themes = append(s.Themes, theme)
			}
		}
	}
	on := s.On.Last()
	s.Series, s.Body = r.Ref(series, on), r.Ref(body, on)
	for _, list := range grouped(seats, seatKey) {
		s.Attendance = append(s.Attendance, r.attendee(list, s.On))
	}
	slices.SortStableFunc(s.Attendance, byDelegation)
	s.StatesNamed = len(r.namedStates(seats))
	for _, h := range r.counts[series] {
		if h.Count.Ordinal == ordinal {
			s.Counts = append(s.Counts, Said{h.Count.Of, h.Count.Number, cite(h)})
		}
	}
	s.NotKnown, s.Undetermined = r.unseen(body, seats, on)
	s.Disagreements = append(s.Disagreements, numbered(r.meetingFields(meetings), ordinal)...)
	s.Disagreements = append(s.Disagreements, r.seatFields(sitting{series, ordinal})...)
	return s, nil
}

// exacter reports whether a is within b and narrower.
func exacter(a, b day.When) bool {
	if a.First().IsZero() || a.Last().IsZero() || !meet(a, b) {
		return false
	}
	return b.First().IsZero() || b.Last().IsZero() || a.First().DaysUntil(a.Last()) < b.First().DaysUntil(b.Last())
}

func byDelegation(a, b Attendee) int {
	key := func(x Attendee) (string, string) {
		var whose, who string
		if x.For != nil {
			whose = x.For.Name
		}
		if x.Person != nil {
			who = x.Person.Name
		}
		return whose, who
	}
	aFor, aWho := key(a)
	bFor, bWho := key(b)
	return cmp.Or(cmp.Compare(aFor, bFor), cmp.Compare(aWho, bWho))
}

func (r *Record) noMeeting(series ID, ordinal int) error {
	if len(r.meetings[series]) == 0 && r.sort(series) != Series {
		return fault.New(fault.NotFound, "roll.no-such-series", "series", series, "candidates", r.candidates(r.Things(Series)))
	}
	return fault.New(fault.NotFound, "roll.no-such-meeting", "series", series, "ordinal", ordinal, "known", listed(r.ordinals(series)))
}

func (r *Record) meetingsOf(series ID, ordinal int) []*held {
	var out []*held
	for _, h := range r.meetings[series] {
		if h.Meeting.Ordinal == ordinal {
			out = append(out, h)
		}
	}
	return out
}

// attendee is one line of the table, of all facts about one seat.
func (r *Record) attendee(list []*held, when day.When) Attendee {
	on := when.Last()
	a := Attendee{Titles: []Titled{}, Capacity: []string{}, Tenures: []InOffice{}, Cited: citeAll(list)}
	var offices []ID
	for _, h := range list {
		seat := h.Attendance
		a.Person = r.orRef(a.Person, seat.Person, on)
		a.For = r.orRef(a.For, seat.For, on)
		a.Office = r.orRef(a.Office, seat.Office, on)
		if seat.Office != "" && !slices.Contains(offices, seat.Office) {
			offices = append(offices, seat.Office)
		}
		if seat.Title != "" {
			a.Titles = append(a.Titles, Titled{seat.Title, cite(h)})
		}
		for _, c := range seat.Capacity {
			if !slices.Contains(a.Capacity, c) {
				a.Capacity = append(a.Capacity, c)
			}
		}
		switch {
		case len(h.aside) > 0:
		case a.Presence == "":
			a.Presence = seat.Presence
		case a.Presence != seat.Presence:
			a.Presence = "sources_differ"
		}
	}
	slices.Sort(a.Capacity)
	if a.Person != nil {
		for _, h := range r.careers[a.Person.ID] {
			if slices.Contains(offices, h.Tenure.Office) && overlaps(h, when) != day.No {
				t := r.inOffice(h, on)
				t.Covers = overlaps(h, when)
				a.Tenures = append(a.Tenures, t)
			}
		}
	}
	return a
}

// overlaps is whether a time covers a day of which the source may know only a
// part: yes where it covers every day that it may be.
func overlaps(h *held, when day.When) day.Tri {
	if when.First().IsZero() || when.Last().IsZero() {
		return day.CantBeTold
	}
	first, last := h.reach(when.First()).is, h.reach(when.Last()).is
	switch {
	case first == day.Yes && last == day.Yes:
		return day.Yes
	case first == day.No && last == day.No && !inside(h, when):
		return day.No
	}
	return day.CantBeTold
}

// inside reports whether a time may begin and end within a date's days.
func inside(h *held, when day.When) bool {
	from, to := h.begin(), h.last()
	return !to.IsZero() && from.By(when.Last()) != day.No && !to.Before(when.First())
}

func (r *Record) orRef(have *Ref, id ID, on day.Date) *Ref {
	if have != nil || id == "" {
		return have
	}
	ref := r.Ref(id, on)
	return &ref
}

// namedStates are the states for which somebody named was there; who was there
// for a body, or came as a guest for none, is no state.
func (r *Record) namedStates(seats []*held) []ID {
	var out []ID
	for _, h := range counting(seats) {
		id := h.Attendance.For
		if id != "" && h.Attendance.Presence == "present" && r.isSort(id, []Sort{State}) && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// unseen are the members of a series' body on a day of whom no seat speaks,
// and those of whom it can't be told whether they were members. Who is full or
// associate by any of the body's rules is looked for.
func (r *Record) unseen(body ID, seats []*held, on day.Date) (missing, undetermined []Ref) {
	missing, undetermined = []Ref{}, []Ref{}
	body = r.bodyOf(body)
	if on.IsZero() || body == "" {
		return missing, undetermined
	}
	rules := r.rulesOf(body, on)
	if len(rules) == 0 {
		rules = []rule{r.general(body, on)}
	}
	for _, s := range r.bodies[body] {
		if slices.ContainsFunc(seats, func(h *held) bool { return h.Attendance.For == s.member }) {
			continue
		}
		belongs := day.No
		for _, by := range rules {
			st := by.on(s, on)
			belongs = belongs.Or(st.has(Full)).Or(st.has(Associate))
		}
		switch belongs {
		case day.Yes:
			missing = append(missing, r.Ref(s.member, on))
		case day.CantBeTold:
			undetermined = append(undetermined, r.Ref(s.member, on))
		}
	}
	return missing, undetermined
}

// Meetings are the meetings of a series that the record knows, by ordinal.
func (r *Record) Meetings(series ID) []Held {
	out := []Held{}
	for _, list := range r.sittings(series) {
		out = append(out, r.heldRef(list))
	}
	return out
}

// sittings are the meetings of a series, each with all facts about it; those
// without an ordinal are one each.
func (r *Record) sittings(series ID) [][]*held {
	var out [][]*held
	for _, h := range r.meetings[series] {
		n := len(out) - 1
		if h.Meeting.Ordinal != 0 && n >= 0 && out[n][0].Meeting.Ordinal == h.Meeting.Ordinal {
			out[n] = append(out[n], h)
		} else {
			out = append(out, []*held{h})
		}
	}
	return out
}

func (r *Record) heldRef(list []*held) Held {
	out := Held{Ordinal: list[0].Meeting.Ordinal, On: dateOf(list), Cited: citeAll(list)}
	out.Series = r.Ref(list[0].Meeting.Series, out.On.Last())
	return out
}

// dateOf is the narrowest date that sources give, as far as they agree with
// the first.
func dateOf(list []*held) day.When {
	var on day.When
	for _, h := range counting(list) {
		if on.IsZero() || exacter(h.Meeting.On, on) {
			on = h.Meeting.On
		}
	}
	return on
}

// place is where a meeting was, by the first fact that says so.
func place(list []*held) string {
	for _, h := range counting(list) {
		if h.Meeting.Place != "" {
			return h.Meeting.Place
		}
	}
	return ""
}
