package roll

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/day"
)

// Disagreements are the facts of a subject (see Fact.Subject), or of all where
// it is "", that can't all be right: of several sources, or of one that says
// two things. Those that a preference settles are among them.
func (r *Record) Disagreements(subject ID) []Disagreement {
	out := []Disagreement{}
	for _, id := range r.subjects(subject) {
		for _, s := range r.bodies[id] {
			out = append(out, r.disagreeingActs(s, day.Date{})...)
		}
		out = append(out, r.disagreeingTenures(id)...)
		out = append(out, r.disagreeingMeetings(id)...)
		out = append(out, r.disagreeingSeats(id)...)
		out = append(out, r.disagreeingCounts(id)...)
		out = append(out, r.disagreeingPositions(id)...)
		out = append(out, r.disagreeingThings(id)...)
	}
	return out
}

// subjects are all subjects of the record in order, or the one.
func (r *Record) subjects(only ID) []ID {
	if only != "" {
		return []ID{only}
	}
	seen := map[ID]bool{}
	var out []ID
	for _, h := range r.facts {
		if id := h.Subject(); !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// meet reports whether two dates may be the same day.
func meet(a, b day.When) bool {
	before := func(x, y day.When) bool {
		return !x.Last().IsZero() && !y.First().IsZero() && x.Last().Before(y.First())
	}
	return !before(a, b) && !before(b, a)
}

// agree reports whether two times may be one.
func agree(a, b *held) bool {
	if a.Meeting != nil {
		return meet(a.Meeting.On, b.Meeting.On)
	}
	if !meet(a.begin(), b.begin()) {
		return false
	}
	x, y := a.until(), b.until()
	switch {
	case x.Ended && y.Ended:
		return meet(x.To, y.To)
	case x.Ended:
		return !openAfter(b, x.To)
	case y.Ended:
		return !openAfter(a, y.To)
	}
	return true
}

// openAfter reports whether an open time is told of as going on after the end
// that another fact gives.
func openAfter(h *held, end day.When) bool {
	upTo := cmp.Or(h.until().Told, h.told)
	return !end.Last().IsZero() && upTo.After(end.Last())
}

// spanText is a time in short, its two ends as the source gives them:
// "2006-06-23 / 2012-12-19", "2015 / open", "unknown / unknown",
// "2002 / after 2014-12-31" where the source stops.
func spanText(from day.When, u Until) string {
	end := ""
	switch {
	case u.Ended && u.To.IsZero():
		end = "unknown"
	case u.Ended:
		end = u.To.String()
	case !u.Told.IsZero():
		end = "after " + u.Told.String()
	}
	return cmp.Or(from.String(), "unknown") + " / " + cmp.Or(end, "open")
}

// disagreeingActs are the acts of a chain that differ: in their dates, or in
// the status that two sources give for one time.
func (r *Record) disagreeingActs(s *spells, on day.Date) []Disagreement {
	if len(s.acts) < 2 {
		return nil
	}
	var out []Disagreement
	var done []string
	for i, h := range s.acts {
		act := h.Membership.Act
		if slices.Contains(done, act) {
			continue
		}
		done = append(done, act)
		var list []*held
		for _, other := range s.acts[i:] {
			if other.Membership.Act == act {
				list = append(list, other)
			}
		}
		for _, run := range runs(list) {
			if allAgree(run) {
				continue
			}
			d := r.disagreement(run, "dates", func(h *held) string { return spanText(h.Membership.On, h.Membership.Until) })
			d.Subject, d.About, d.Act = s.body, []Ref{r.Ref(s.member, on)}, act
			out = append(out, d)
		}
	}
	return append(out, r.disagreeingStatus(s, on)...)
}

func allAgree(run []*held) bool {
	for i, a := range run {
		for _, b := range run[i+1:] {
			if !agree(a, b) {
				return false
			}
		}
	}
	return true
}

// class is the kind of member that an act makes by the general rule; "" where
// it makes none, or stands beside another.
func class(act string) Status {
	for _, step := range generalSteps {
		if !passing(step.Status) && step.Status != Suspended && slices.Contains(step.Acts, act) {
			return step.Status
		}
	}
	return ""
}

// disagreeingStatus is where two sources make one member two kinds of member
// at the same time, for certain and for more than the day of the change.
func (r *Record) disagreeingStatus(s *spells, on day.Date) []Disagreement {
	var out []Disagreement
	for i, a := range s.acts {
		for _, b := range s.acts[i+1:] {
			x, y := class(a.Membership.Act), class(b.Membership.Act)
			if x == "" || y == "" || x == y || a.Source.Name == b.Source.Name || !overlap(a, b) {
				continue
			}
			d := r.disagreement([]*held{a, b}, "status", func(h *held) string {
				return h.Membership.Act + " " + spanText(h.Membership.On, h.Membership.Until)
			})
			d.Subject, d.About = s.body, []Ref{r.Ref(s.member, on)}
			out = append(out, d)
		}
	}
	return out
}

// overlap reports whether two times share more than a day for certain.
func overlap(a, b *held) bool {
	days, ok := shared(a, b)
	return ok && days > 1
}

// shared is how many days two times share at least; false where they may share
// none, or how they lie can't be told. An open time is told of up to the day
// on which it was learned.
func shared(a, b *held) (days int, ok bool) {
	from := day.Latest(a.begin().Last(), b.begin().Last())
	if a.begin().Last().IsZero() || b.begin().Last().IsZero() {
		return 0, false
	}
	ends := [2]day.Date{}
	for i, h := range []*held{a, b} {
		u := h.until()
		switch {
		case u.Ended && u.To.First().IsZero():
			return 0, false
		case u.Ended:
			ends[i] = u.To.First()
		default:
			ends[i] = cmp.Or(u.Told, h.told)
		}
	}
	to := day.Earliest(ends[0], ends[1])
	switch {
	case to.IsZero(): // both open, and nobody knows since when they were known
		return 2, true
	case to.Before(from):
		return 0, false
	}
	return from.DaysUntil(to) + 1, true
}

// disagreement puts facts side by side. It is resolved where those that are
// not set aside say one thing.
func (r *Record) disagreement(list []*held, what string, value func(*held) string) Disagreement {
	d := Disagreement{Subject: list[0].Subject(), Kind: list[0].Kind(), What: what, About: []Ref{}}
	var winners []FactID
	for _, h := range list {
		winners = append(winners, h.aside...)
	}
	for _, h := range list {
		d.Versions = append(d.Versions, Version{Value: value(h), Preferred: len(h.aside) == 0 && slices.Contains(winners, h.id), Cited: cite(h)})
		if len(h.aside) > 0 && d.Reason == "" {
			d.Reason = h.why
		}
	}
	left := counting(list)
	d.Resolved = !slices.ContainsFunc(left, func(h *held) bool { return value(h) != value(left[0]) })
	if !d.Resolved && what == "dates" { // one of them may be vaguer
		d.Resolved = allAgree(left)
	}
	if len(left) == len(list) {
		d.Resolved = false
	}
	return d
}

// disagreeingTenures are those of one holder of one office, of one sort.
func (r *Record) disagreeingTenures(office ID) []Disagreement {
	var out []Disagreement
	for _, list := range grouped(r.tenures[office], func(h *held) string { return string(h.Tenure.Holder) + "\x00" + h.Tenure.Sort }) {
		for _, run := range runs(list) {
			// One source that tells of two tenures after one another, or of a
			// new title, doesn't contradict itself.
			if allAgree(run) || oneSource(run) && !anyOverlap(run) {
				continue
			}
			d := r.disagreement(run, "dates", func(h *held) string { return spanText(h.Tenure.From, h.Tenure.Until) })
			d.About = []Ref{r.Ref(run[0].Tenure.Holder, day.Date{})}
			out = append(out, d)
		}
	}
	return out
}

func oneSource(run []*held) bool {
	return !slices.ContainsFunc(run, func(h *held) bool { return h.Source.Name != run[0].Source.Name })
}

func anyOverlap(run []*held) bool {
	for i, a := range run {
		for _, b := range run[i+1:] {
			if overlap(a, b) {
				return true
			}
		}
	}
	return false
}

// grouped parts facts by a key, in the order of the keys; within one the order
// stays.
func grouped(list []*held, key func(*held) string) [][]*held {
	by := map[string][]*held{}
	var keys []string
	for _, h := range list {
		k := key(h)
		if by[k] == nil {
			keys = append(keys, k)
		}
		by[k] = append(by[k], h)
	}
	slices.Sort(keys)
	out := make([][]*held, len(keys))
	for i, k := range keys {
		out[i] = by[k]
	}
	return out
}

// differ is a disagreement about one field, where it is given more than once
// and not the same.
func (r *Record) differ(list []*held, what string, value func(*held) string) []Disagreement {
	var said []*held
	for _, h := range list {
		if value(h) != "" {
			said = append(said, h)
		}
	}
	if len(said) == 0 || !slices.ContainsFunc(said, func(h *held) bool { return fold(value(h)) != fold(value(said[0])) }) {
		return nil
	}
	return []Disagreement{r.disagreement(said, what, value)}
}

func (r *Record) disagreeingMeetings(series ID) []Disagreement {
	var out []Disagreement
	for _, list := range grouped(r.meetings[series], func(h *held) string { return fmt.Sprintf("%09d", h.Meeting.Ordinal) }) {
		if list[0].Meeting.Ordinal == 0 {
			continue // each may be another meeting
		}
		out = append(out, numbered(r.meetingFields(list), list[0].Meeting.Ordinal)...)
	}
	return out
}

func (r *Record) meetingFields(list []*held) []Disagreement {
	var out []Disagreement
	if !allAgree(list) {
		out = append(out, r.disagreement(list, "dates", func(h *held) string { return h.Meeting.On.String() }))
	}
	out = append(out, r.differ(list, "place", func(h *held) string { return h.Meeting.Place })...)
	return append(out, r.differ(list, "host", func(h *held) string { return h.Meeting.Host })...)
}

func numbered(list []Disagreement, ordinal int) []Disagreement {
	for i := range list {
		list[i].Ordinal = ordinal
	}
	return list
}

func (r *Record) disagreeingSeats(series ID) []Disagreement {
	var out []Disagreement
	for _, ordinal := range r.ordinals(series) {
		if ordinal != 0 { // without a number it may be any
			out = append(out, r.seatFields(sitting{series, ordinal})...)
		}
	}
	return out
}

// seatFields are the disagreements about who was at one meeting, and as what.
func (r *Record) seatFields(key sitting) []Disagreement {
	var out []Disagreement
	for _, list := range grouped(r.seats[key], seatKey) {
		found := r.differ(list, "title", func(h *held) string { return h.Attendance.Title })
		found = append(found, r.differ(list, "presence", func(h *held) string { return h.Attendance.Presence })...)
		for i := range found {
			found[i].About = r.attendeeRefs(list[0], day.Date{})
		}
		out = append(out, numbered(found, key.ordinal)...)
	}
	return out
}

// seatKey is whose seat it is: the person's, or the delegation's.
func seatKey(h *held) string {
	if h.Attendance.Person != "" {
		return "person\x00" + string(h.Attendance.Person)
	}
	return "for\x00" + string(h.Attendance.For)
}

func (r *Record) attendeeRefs(h *held, on day.Date) []Ref {
	var out []Ref
	for _, id := range []ID{h.Attendance.Person, h.Attendance.For} {
		if id != "" {
			out = append(out, r.Ref(id, on))
		}
	}
	return out
}

// ordinals are the numbers of the meetings of a series of which anything is
// known, in order.
func (r *Record) ordinals(series ID) []int {
	var out []int
	for _, h := range r.meetings[series] {
		out = append(out, h.Meeting.Ordinal)
	}
	out = append(out, r.sat[series]...)
	slices.Sort(out)
	return slices.Compact(out)
}

// listed is numbers for a sentence: "1, 2, 6".
func listed(numbers []int) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ", ")
}

func (r *Record) disagreeingCounts(subject ID) []Disagreement {
	var out []Disagreement
	for _, list := range grouped(r.counts[subject], func(h *held) string {
		c := h.Count
		return strings.Join([]string{string(c.Series), strconv.Itoa(c.Ordinal), string(c.Body), c.On.String(), c.Of}, "\x00")
	}) {
		found := r.differ(list, "number", func(h *held) string { return strconv.Itoa(h.Count.Number) })
		out = append(out, numbered(found, list[0].Count.Ordinal)...)
	}
	return out
}

// disagreeingPositions: two sources give one member two stances at one time.
func (r *Record) disagreeingPositions(body ID) []Disagreement {
	var out []Disagreement
	for _, list := range grouped(r.positions[body], func(h *held) string { return string(h.Position.By) + "\x00" + string(h.Position.Candidate) }) {
		for _, run := range runs(sortedByBegin(list)) {
			if len(run) < 2 || oneSource(run) || !slices.ContainsFunc(run, func(h *held) bool { return h.Position.Stance != run[0].Position.Stance }) || !anyOverlap(run) {
				continue
			}
			d := r.disagreement(run, "stance", func(h *held) string {
				return h.Position.Stance + " " + spanText(h.Position.On, h.Position.Until)
			})
			d.About = []Ref{r.Ref(run[0].Position.By, day.Date{}), r.Ref(run[0].Position.Candidate, day.Date{})}
			out = append(out, d)
		}
	}
	return out
}

func sortedByBegin(list []*held) []*held {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b *held) int { return cmp.Or(byWhen(a.begin(), b.begin()), cmp.Compare(a.id, b.id)) })
	return out
}

func (r *Record) disagreeingThings(id ID) []Disagreement {
	var out []Disagreement
	list := r.things[id]
	for _, field := range []struct {
		what string
		of   func(*Thing) day.When
	}{
		{"begin", func(t *Thing) day.When { return t.From }},
		{"end", func(t *Thing) day.When { return t.To }},
	} {
		var said []*held
		for _, h := range list {
			if !field.of(h.Thing).IsZero() {
				said = append(said, h)
			}
		}
		if len(said) > 0 && oneSource(said) {
			continue // a state that was, was not and was again
		}
		for i, a := range said {
			if slices.ContainsFunc(said[i+1:], func(b *held) bool { return !meet(field.of(a.Thing), field.of(b.Thing)) }) {
				out = append(out, r.disagreement(said, field.what, func(h *held) string { return field.of(h.Thing).String() }))
				break
			}
		}
	}
	return append(out, r.differ(list, "sort", func(h *held) string { return string(h.Thing.Sort) })...)
}
