package roll

import (
	"cmp"
	"slices"

	"github.com/openchancery/chancery/day"
)

// Offices are the posts of a body (and of its organs), of an organ or of a
// state on a day, by id: who held each, that nobody did, or that it can't be
// told. Nobody is said only of a day between two tenures that the record has:
// before the first and after the last the record may simply not go on.
func (r *Record) Offices(of ID, on day.Date) []Post {
	out := []Post{}
	for _, office := range r.officesOf(of) {
		out = append(out, r.Post(office, on))
	}
	return out
}

// officesOf are the offices of a body and of its organs, in order.
func (r *Record) officesOf(of ID) []ID {
	var out []ID
	within := []ID{of}
	for i := 0; i < len(within); i++ {
		out = append(out, r.offices[within[i]]...)
		for _, organ := range r.organs[within[i]] {
			if !slices.Contains(within, organ) {
				within = append(within, organ)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// seriesOf are the series of meetings of a body and of its organs, in order.
func (r *Record) seriesOf(body ID) []ID {
	out := slices.Clone(r.series[body])
	for _, organ := range r.organs[body] {
		out = append(out, r.series[organ]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Post is one office on a day.
func (r *Record) Post(office ID, on day.Date) Post {
	p := Post{Office: r.Ref(office, on), Of: r.Ref(r.whose(office), on), Held: day.No, Holders: []InOffice{}, History: []InOffice{}}
	tenures := r.tenures[office]
	for _, h := range tenures {
		p.History = append(p.History, r.inOffice(h, on))
	}
	for _, list := range grouped(counting(tenures), func(h *held) string { return string(h.Tenure.Holder) + "\x00" + h.Tenure.Sort }) {
		is := weigh(claims(list), on)
		p.Held = p.Held.Or(is.is)
		if is.is == day.No {
			continue
		}
		best := r.inOffice(covering(list, on), on)
		best.Covers, best.Carried = is.is, is.carried
		p.Holders = append(p.Holders, best)
	}
	slices.SortStableFunc(p.Holders, func(a, b InOffice) int {
		return cmp.Or(byWhen(a.From, b.From), cmp.Compare(a.Holder.ID, b.Holder.ID))
	})
	if p.Held == day.No && !between(counting(tenures), on) {
		p.Held = day.CantBeTold
	}
	return p
}

// covering is the tenure that says most for the day.
func covering(list []*held, on day.Date) *held {
	best := list[0]
	for _, h := range list {
		if h.reach(on).is == day.Yes {
			return h
		}
		if h.reach(on).is == day.CantBeTold {
			best = h
		}
	}
	return best
}

// between reports whether the day lies after one tenure's end and before
// another's begin, for certain.
func between(list []*held, on day.Date) bool {
	var before, after bool
	for _, h := range list {
		u := h.Tenure.Until
		before = before || u.Ended && u.To.Before(on) == day.Yes
		after = after || h.Tenure.From.By(on) == day.No
	}
	return before && after
}

func (r *Record) inOffice(h *held, on day.Date) InOffice {
	t := h.Tenure
	e := h.reach(on)
	return InOffice{
		Holder: r.Ref(t.Holder, on), Sort: t.Sort, Title: t.Title, From: t.From, To: t.To, Ended: t.Ended,
		Covers: e.is, Carried: e.carried, Cited: cite(h),
	}
}
