package roll

import (
	"cmp"
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// mostYears bounds a question over years.
const mostYears = 400

// Closeness is what the record can count of two bodies, for each of the years
// from and to: the members on the year's last day, officers of one at meetings
// of the other, persons with offices in both, and meetings of both within so
// many days of each other at one place. It gives no verdict: it says how many
// meetings it knows of how many held, and that a single case may be chance.
func (r *Record) Closeness(first, second ID, from, to, within int, ruleName string) (Closeness, error) {
	start, err := day.New(from, 12, 31)
	end, err2 := day.New(to, 12, 31)
	if err != nil || err2 != nil || to < from || to-from >= mostYears {
		return Closeness{}, fault.New(fault.Invalid, "roll.years", "from", from, "to", to, "most", mostYears)
	}
	universe, err := r.universe(Query{On: end}, first, second)
	if err != nil {
		return Closeness{}, err
	}
	rules, _, err := r.rulesForTwo(first, second, ruleName, end)
	if err != nil {
		return Closeness{}, err
	}
	c := Closeness{
		First: r.Ref(first, end), Second: r.Ref(second, end), From: from, To: to, Within: max(within, 0),
		Rules: []Rated{rules[0].rated, rules[1].rated}, Years: []YearTogether{}, Series: []Coverage{},
		Notes: []string{"single_case_may_be_chance"},
	}
	visits := slices.Concat(r.visits(first, second), r.visits(second, first))
	hats, adjacent := r.twoHats(first, second), r.adjacent(first, second, c.Within)
	meetings := slices.Concat(r.dated(first), r.dated(second))
	a, b := r.chains(first, universe), r.chains(second, universe)
	for year := from; year <= to; year++ {
		on := start.AddYears(year - from)
		y := r.membersTogether(universe, a, b, rules, on)
		for _, v := range visits {
			switch {
			case !inYear(v.On, year):
			case v.present:
				y.Officers = append(y.Officers, v.Visit)
			default:
				y.Absent = append(y.Absent, v.Visit)
			}
		}
		for _, h := range hats {
			if is := h.inYear(year); is != day.No {
				h.hat.Is = is
				y.SharedOffices = append(y.SharedOffices, h.hat)
			}
		}
		for _, a := range adjacent {
			if inYear(a.First.On, year) {
				y.BackToBack = append(y.BackToBack, a)
			}
		}
		for _, m := range meetings {
			if inYear(m.on, year) {
				y.MeetingsKnown++
				if m.attended {
					y.AttendanceKept++
				}
			}
		}
		c.Years = append(c.Years, y)
	}
	c.Series = append(r.coverage(first), r.coverage(second)...)
	if slices.ContainsFunc(c.Series, func(s Coverage) bool { return s.Attendance < max(s.Held, s.Known) }) {
		c.Notes = append(c.Notes, "few_meetings_known")
	}
	return c, nil
}

// inYear is told by a date's last day: a date that may lie in two years counts
// in the later one, and once.
func inYear(w day.When, year int) bool { return w.Last().Year() == year }

func (r *Record) membersTogether(universe []ID, a, b []*spells, rules [2]rule, on day.Date) YearTogether {
	y := YearTogether{
		Year: on.Year(), On: on, First: []string{}, Second: []string{}, Shared: []string{}, Undetermined: []string{},
		Officers: []Visit{}, Absent: []Visit{}, SharedOffices: []TwoHats{}, BackToBack: []Adjacent{},
	}
	for i, id := range universe {
		one, other := rules[0].full(a[i], on), rules[1].full(b[i], on)
		if one == day.No && other == day.No {
			continue
		}
		label := r.Ref(id, on).Label()
		if one == day.CantBeTold || other == day.CantBeTold {
			y.Undetermined = append(y.Undetermined, label)
			continue
		}
		if one == day.Yes {
			y.First = append(y.First, label)
		}
		if other == day.Yes {
			y.Second = append(y.Second, label)
		}
		if one == day.Yes && other == day.Yes {
			y.Shared = append(y.Shared, label)
		}
	}
	for _, list := range [][]string{y.First, y.Second, y.Shared, y.Undetermined} {
		slices.Sort(list)
	}
	shared := len(y.Shared)
	y.Jaccard = Fraction{shared, len(y.First) + len(y.Second) - shared}
	y.FirstInSecond, y.SecondInFirst = Fraction{shared, len(y.First)}, Fraction{shared, len(y.Second)}
	return y
}

// visit is somebody of one body who was at a meeting of another, or wasn't.
type visit struct {
	Visit
	present bool
}

// visits are the officers of one body at the meetings of another: who held an
// office of it, sat there in such an office, or sat for the body itself.
func (r *Record) visits(of, at ID) []visit {
	offices := r.officesOf(of)
	var out []visit
	for _, series := range r.seriesOf(at) {
		for _, ordinal := range r.ordinals(series) {
			meeting := r.meetingsOf(series, ordinal)
			if len(meeting) == 0 || ordinal == 0 {
				continue
			}
			held := r.heldRef(meeting)
			for _, list := range grouped(counting(r.seats[sitting{series, ordinal}]), seatKey) {
				v, ok := r.visit(list, of, offices, held.On)
				if !ok {
					continue
				}
				v.Series, v.Ordinal, v.On = held.Series, ordinal, held.On
				out = append(out, v)
			}
		}
	}
	return out
}

func (r *Record) visit(seat []*held, of ID, offices []ID, when day.When) (visit, bool) {
	on := when.Last()
	a := r.attendee(seat, when)
	v := visit{Visit{Of: r.Ref(of, on), Capacity: a.Capacity, Cited: a.Cited}, a.Presence == "present"}
	if !v.present && a.Presence != "absent" {
		return v, false // sources differ: the disagreement is listed
	}
	if a.Person != nil {
		v.Person = *a.Person
	}
	for _, h := range r.careers[v.Person.ID] {
		if slices.Contains(offices, h.Tenure.Office) && len(h.aside) == 0 && overlaps(h, when) == day.Yes {
			v.Office, v.Tenure = r.Ref(h.Tenure.Office, on), h.Tenure.Sort
			v.Cited = append(v.Cited, cite(h))
			return v, true
		}
	}
	for _, h := range seat {
		if slices.Contains(offices, h.Attendance.Office) {
			v.Office = r.Ref(h.Attendance.Office, on)
			return v, true
		}
		if h.Attendance.For != "" && r.bodyOf(h.Attendance.For) == of {
			return v, true
		}
	}
	return v, false
}

// hat is two tenures of one person, in the offices of two bodies.
type hat struct {
	hat  TwoHats
	a, b *held
}

func (r *Record) twoHats(first, second ID) []hat {
	offices := r.officesOf(second)
	var out []hat
	for _, office := range r.officesOf(first) {
		for _, a := range counting(r.tenures[office]) {
			for _, b := range counting(r.careers[a.Tenure.Holder]) {
				if slices.Contains(offices, b.Tenure.Office) && b.Tenure.Office != office {
					out = append(out, hat{TwoHats{
						Person: r.Ref(a.Tenure.Holder, day.Date{}), First: r.Ref(office, day.Date{}), Second: r.Ref(b.Tenure.Office, day.Date{}),
						Cited: []Cited{cite(a), cite(b)},
					}, a, b})
				}
			}
		}
	}
	return out
}

// inYear is whether both tenures ran on one day of a year.
func (h hat) inYear(year int) day.Tri {
	first, err := day.New(year, 1, 1)
	last, err2 := day.New(year, 12, 31)
	if err != nil || err2 != nil {
		return day.No
	}
	best := day.No
	days := []day.Date{first, last}
	for _, t := range []*held{h.a, h.b} {
		days = append(days, t.begin().First(), t.begin().Last(), t.until().To.First(), t.until().To.Last())
	}
	for _, d := range days {
		if d.Year() == year {
			best = best.Or(h.a.reach(d).is.And(h.b.reach(d).is))
		}
	}
	return best
}

// adjacent are the meetings of two bodies at one place within so many days.
func (r *Record) adjacent(first, second ID, within int) []Adjacent {
	var out []Adjacent
	for _, series := range r.seriesOf(first) {
		for _, a := range r.sittings(series) {
			for _, other := range r.seriesOf(second) {
				for _, b := range r.sittings(other) {
					if at := place(a); at != "" && fold(at) == fold(place(b)) {
						out = r.addAdjacent(out, a, b, at, within)
					}
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Adjacent) int { return byWhen(a.First.On, b.First.On) })
	return out
}

func (r *Record) addAdjacent(out []Adjacent, a, b []*held, at string, within int) []Adjacent {
	near, far, ok := apart(dateOf(a), dateOf(b))
	if !ok || near > within {
		return out
	}
	x, y := r.heldRef(a), r.heldRef(b)
	if far <= within {
		return append(out, Adjacent{x, y, at, far, day.Yes})
	}
	return append(out, Adjacent{x, y, at, far, day.CantBeTold})
}

// apart is how many days two dates lie from each other, at least and at most;
// false where one isn't bounded.
func apart(a, b day.When) (near, far int, ok bool) {
	for _, d := range []day.Date{a.First(), a.Last(), b.First(), b.Last()} {
		if d.IsZero() {
			return 0, 0, false
		}
	}
	near = max(0, a.Last().DaysUntil(b.First()), b.Last().DaysUntil(a.First()))
	far = max(a.First().DaysUntil(b.Last()), b.First().DaysUntil(a.Last()))
	return near, far, true
}

// datedMeeting is when a meeting was, and whether anybody's attendance is known.
type datedMeeting struct {
	on       day.When
	attended bool
}

func (r *Record) dated(body ID) []datedMeeting {
	var out []datedMeeting
	for _, series := range r.seriesOf(body) {
		for _, list := range r.sittings(series) {
			out = append(out, datedMeeting{dateOf(list), len(r.seats[sitting{series, list[0].Meeting.Ordinal}]) > 0})
		}
	}
	return out
}

// coverage is how many meetings of each of a body's series are known of how
// many were held.
func (r *Record) coverage(body ID) []Coverage {
	out := []Coverage{}
	for _, series := range r.seriesOf(body) {
		c := Coverage{Series: r.Ref(series, day.Date{}), Body: r.Ref(body, day.Date{}), Known: len(r.sittings(series))}
		for _, ordinal := range r.ordinals(series) {
			c.Held = max(c.Held, ordinal)
			if len(r.seats[sitting{series, ordinal}]) > 0 {
				c.Attendance++
			}
		}
		for _, h := range counting(r.counts[series]) {
			if h.Count.Of == "meetings_held" {
				c.Held = max(c.Held, h.Count.Number)
			}
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Coverage) int { return cmp.Compare(a.Series.ID, b.Series.ID) })
	return out
}
