package roll

import (
	"github.com/openchancery/chancery/day"
)

// office holds the tenures of one office against each other.
func (c *checker) office(office ID) {
	list := counting(c.tenures[office])
	for i, a := range list {
		for _, b := range list[i+1:] {
			c.twoTenures(office, a, b)
		}
	}
	c.gaps(office, list)
	for _, h := range list {
		if death := c.life(h.Tenure.Holder); death.ended && lastsPast(h, death.to) {
			c.find(FoundAfterDeath, office, []ID{h.Tenure.Holder}, []*held{h},
				"holder", c.name(h.Tenure.Holder, day.Date{}), "died", death.to, "tenure", spanText(h.Tenure.From, h.Tenure.Until))
		}
	}
}

// twoTenures finds two holders at one time. One person's two tenures are a new
// title, or a disagreement of sources.
func (c *checker) twoTenures(office ID, a, b *held) {
	if a.Tenure.Holder == b.Tenure.Holder {
		return
	}
	days, ok := shared(a, b)
	if !ok {
		return
	}
	full := 0
	for _, h := range []*held{a, b} {
		if h.Tenure.Sort == "full" {
			full++
		}
	}
	code := [3]string{FoundTwoActing, FoundActingAndFull, FoundTwoHolders}[full]
	if days == 1 && (a.last() == b.begin().First() || b.last() == a.begin().First()) {
		code = FoundTenuresMeet // one went and the other came
	}
	c.find(code, office, []ID{a.Tenure.Holder, b.Tenure.Holder}, []*held{a, b},
		"first", c.name(a.Tenure.Holder, day.Date{}), "first_sort", a.Tenure.Sort, "first_time", spanText(a.Tenure.From, a.Tenure.Until),
		"second", c.name(b.Tenure.Holder, day.Date{}), "second_sort", b.Tenure.Sort, "second_time", spanText(b.Tenure.From, b.Tenure.Until),
		"days", days)
}

// gaps finds days on which nobody held an office, between tenures that are
// known to the day at the ends that meet. list is in the order of beginnings.
func (c *checker) gaps(office ID, list []*held) {
	var last *held // whose end is the latest so far
	for _, h := range list {
		if last != nil {
			end, begin := last.last(), h.begin().First()
			if end.IsZero() {
				return // may go on: nothing can be told of what follows
			}
			if !begin.IsZero() && end.AddDays(1).Before(begin) {
				from, to := end.AddDays(1), begin.AddDays(-1)
				c.find(FoundNobodyInOffice, office, []ID{last.Tenure.Holder, h.Tenure.Holder}, []*held{last, h},
					"from", from, "to", to, "days", from.DaysUntil(to)+1,
					"before", c.name(last.Tenure.Holder, day.Date{}), "after", c.name(h.Tenure.Holder, day.Date{}))
			}
		}
		if last == nil || h.last().IsZero() || h.last().After(last.last()) {
			last = h
		}
	}
}
