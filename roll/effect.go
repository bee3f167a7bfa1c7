package roll

import (
	"github.com/openchancery/chancery/day"
)

// effect is whether something was so on a day, and what leaves it open.
type effect struct {
	is       day.Tri
	open     []Open
	carried  bool // yes, but the day is later than what the sources tell
	disputed bool // sources that can tell differ
}

// reach is whether the time from and until give covers a day; told is the day
// on which the fact was last learned.
//
// Whether it had begun, and whether it was over, are asked apart. What has an
// end that isn't known may be over on any day. What has no end goes on for as
// long as its source tells: where the source stops on a day of its own (a data
// set that ends in 2014), nothing can be told of later days; where it is simply
// open, it goes on, and the answer says that it is carried on from the day on
// which we learned it.
func reach(id FactID, from day.When, u Until, told, on day.Date) effect {
	begun := from.By(on)
	over := day.No
	switch {
	case u.Ended && u.To.IsZero():
		over = day.CantBeTold
	case u.Ended:
		over = u.To.Before(on)
		if last := u.To.Last(); begun == day.CantBeTold && !last.IsZero() && !on.Before(last) {
			begun = day.Yes // it had to begin before it ended
		}
	case !u.Told.IsZero() && on.After(u.Told):
		over = day.CantBeTold
	}
	e := effect{is: begun.And(over.Not())}
	if e.is == day.Yes {
		e.carried = !u.Ended && u.Told.IsZero() && !told.IsZero() && on.After(told)
		return e
	}
	if e.is == day.No {
		return e
	}
	if begun == day.CantBeTold {
		e.open = append(e.open, Open{id, "begin", from})
	}
	if over == day.CantBeTold {
		if u.Ended {
			e.open = append(e.open, Open{id, "end", u.To})
		} else {
			e.open = append(e.open, Open{id, "not_told_after", day.On(u.Told)})
		}
	}
	return e
}

func (h *held) reach(on day.Date) effect {
	switch {
	case h.Membership != nil:
		return reach(h.id, h.Membership.On, h.Membership.Until, h.told, on)
	case h.Tenure != nil:
		return reach(h.id, h.Tenure.From, h.Tenure.Until, h.told, on)
	}
	return reach(h.id, h.Position.On, h.Position.Until, h.told, on)
}

// begin and until are the time of an act, a tenure or a position.
func (h *held) begin() day.When {
	switch {
	case h.Membership != nil:
		return h.Membership.On
	case h.Tenure != nil:
		return h.Tenure.From
	}
	return h.Position.On
}

func (h *held) until() Until {
	switch {
	case h.Membership != nil:
		return h.Membership.Until
	case h.Tenure != nil:
		return h.Tenure.Until
	}
	return h.Position.Until
}

// doubtful: whoever entered it says that it wasn't seen as it stands.
func (h *held) doubtful() bool { return h.Doubt != "" }

// last is the latest day that it may last; no date where it may go on.
func (h *held) last() day.Date {
	u := h.until()
	if !u.Ended {
		return day.Date{}
	}
	return u.To.Last()
}

// runs parts facts, which are in the order of their beginnings, into runs that
// may touch in time: what is in one run is about one spell, as far as sources
// agree; what is in two runs is two spells.
func runs(list []*held) [][]*held {
	if len(list) < 2 {
		return [][]*held{list}
	}
	var out [][]*held
	start := 0
	end := list[0].last()
	for i, h := range list[1:] {
		if !end.IsZero() && h.begin().First().After(end) {
			out = append(out, list[start:i+1])
			start, end = i+1, h.last()
			continue
		}
		if last := h.last(); end.IsZero() || last.IsZero() {
			end = day.Date{}
		} else {
			end = day.Latest(end, last)
		}
	}
	return append(out, list[start:])
}

// claim is one run of facts, parted by their sources.
type claim struct {
	facts []*held
	sure  [][]*held // by source: those without a doubt
	all   [][]*held // by source: all of them
}

// claims parts facts, which are in the order of their beginnings, into runs
// and each run by its sources.
func claims(list []*held) []claim {
	var out []claim
	for _, run := range runs(list) {
		c := claim{facts: run}
		if len(run) == 1 { // the most usual by far: nothing to weigh
			out = append(out, c)
			continue
		}
		for _, h := range run {
			c.all = voiced(c.all, h)
			if !h.doubtful() {
				c.sure = voiced(c.sure, h)
			}
		}
		out = append(out, c)
	}
	return out
}

func voiced(voices [][]*held, h *held) [][]*held {
	for i, v := range voices {
		if v[0].Source.Name == h.Source.Name {
			voices[i] = append(v, h)
			return voices
		}
	}
	return append(voices, []*held{h})
}

// weigh is what several facts about one thing come to on a day. Each run of
// them is weighed by its sources: those that can tell decide; where those
// that can tell differ, it can't be told, and the disagreement is what leaves
// it open. A fact with a doubt on it is heard only where none without can
// tell.
func weigh(list []claim, on day.Date) effect {
	all := effect{is: day.No}
	for _, c := range list {
		all = either(all, c.weigh(on))
	}
	return all
}

func (c claim) weigh(on day.Date) effect {
	if len(c.facts) == 1 {
		return c.facts[0].reach(on)
	}
	if len(c.sure) > 0 {
		if e := hear(c.sure, on); e.is != day.CantBeTold || e.disputed {
			return e
		}
	}
	return hear(c.all, on)
}

// hear weighs sources against each other; one says yes where one of its facts
// does.
func hear(voices [][]*held, on day.Date) effect {
	var yes, no bool
	var open []Open
	carried := true
	for _, facts := range voices {
		said := effect{is: day.No}
		for _, h := range facts {
			said = either(said, h.reach(on))
		}
		switch said.is {
		case day.Yes:
			yes, carried = true, carried && said.carried
		case day.No:
			no = true
		default:
			open = append(open, said.open...)
		}
	}
	switch {
	case yes && no:
		out := effect{is: day.CantBeTold, disputed: true}
		for _, facts := range voices {
			for _, h := range facts {
				out.open = append(out.open, Open{h.id, "sources_differ", h.begin()})
			}
		}
		return out
	case yes:
		return effect{is: day.Yes, carried: carried}
	case no:
		return effect{is: day.No}
	}
	return effect{is: day.CantBeTold, open: open}
}

// either is whether one of two was so.
func either(a, b effect) effect {
	switch {
	case a.is == day.Yes && b.is == day.Yes:
		return effect{is: day.Yes, carried: a.carried && b.carried}
	case a.is == day.Yes:
		return a
	case b.is == day.Yes:
		return b
	case a.is == day.No:
		return b
	case b.is == day.No:
		return a
	}
	return effect{is: day.CantBeTold, open: append(a.open[:len(a.open):len(a.open)], b.open...), disputed: a.disputed || b.disputed}
}
