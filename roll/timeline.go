package roll

import (
	"cmp"
	"slices"

	"github.com/openchancery/chancery/day"
)

// Timeline is each member's statuses in a body over time, by one rule; a span
// whose status is "" is one of which it can't be told. Spans of no status
// (before the first act, after the last) are left out.
func (r *Record) Timeline(body ID, ruleName string) (Timeline, error) {
	if err := r.mustBeBody(body); err != nil {
		return Timeline{}, err
	}
	used, _, err := r.ruleFor(body, ruleName, day.Date{})
	if err != nil {
		return Timeline{}, err
	}
	t := Timeline{Body: r.Ref(body, day.Date{}), Rule: used.rated, Rows: []TimelineRow{}}
	for _, s := range r.bodies[body] {
		spans := used.spans(s)
		if len(spans) == 0 {
			continue
		}
		for _, d := range s.dates() {
			t.First = day.Earliest(t.First, d)
			t.Last = day.Latest(t.Last, d)
		}
		// A member is called as it was called when it was last a member.
		last := spans[len(spans)-1]
		on := last.To
		if on.IsZero() {
			on = day.Latest(last.From, s.told())
		}
		t.Rows = append(t.Rows, TimelineRow{Member: r.Ref(s.member, on), Spans: spans})
	}
	slices.SortStableFunc(t.Rows, func(a, b TimelineRow) int {
		return cmp.Or(cmp.Compare(a.Member.Name, b.Member.Name), cmp.Compare(a.Member.ID, b.Member.ID))
	})
	return t, nil
}

// told is the last day on which anything of the chain was learned.
func (s *spells) told() day.Date {
	var last day.Date
	for _, h := range s.acts {
		last = day.Latest(last, h.told)
	}
	return last
}

// dates are the first and last days that the chain's dates name.
func (s *spells) dates() []day.Date {
	var out []day.Date
	for _, h := range s.acts {
		m := h.Membership
		out = append(out, m.On.First(), m.On.Last(), m.To.First(), m.To.Last(), m.Told)
	}
	return slices.DeleteFunc(out, day.Date.IsZero)
}

// turns are the days on which anything about the chain may change, in order,
// the first day of the calendar first: between two of them, nothing does.
func (s *spells) turns() []day.Date {
	out := []day.Date{firstDay}
	for _, h := range s.acts {
		m := h.Membership
		// On the first day that a beginning may be things become open, on the
		// last they are settled; with an end, on the day after.
		out = append(out, m.On.First(), m.On.Last(), m.To.First().AddDays(1), m.To.Last(), m.To.Last().AddDays(1), m.Told.AddDays(1))
	}
	out = slices.DeleteFunc(out, day.Date.IsZero)
	slices.SortFunc(out, day.Date.Compare)
	return slices.Compact(out)
}

// firstDay is the first day of the calendar.
var firstDay, _ = day.New(1, 1, 1)

// spans are the chain's statuses over time by a rule.
func (u rule) spans(s *spells) []Span {
	var out []Span
	turns := s.turns()
	for i, from := range turns {
		st := u.on(s, from)
		next := Span{From: from, Status: st.Status, Possible: st.Possible}
		for _, b := range st.Beside {
			next.Beside = append(next.Beside, b.Status)
		}
		if from == firstDay {
			next.From = day.Date{}
		}
		if i+1 < len(turns) {
			next.To = turns[i+1].AddDays(-1)
		}
		if n := len(out) - 1; n >= 0 && same(out[n], next) {
			out[n].To = next.To
			continue
		}
		out = append(out, next)
	}
	return slices.DeleteFunc(out, func(sp Span) bool {
		return (sp.Status == None || sp.Status == Left) && len(sp.Beside) == 0
	})
}

func same(a, b Span) bool {
	return a.Status == b.Status && slices.Equal(a.Possible, b.Possible) && slices.Equal(a.Beside, b.Beside)
}
