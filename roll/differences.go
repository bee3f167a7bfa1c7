package roll

import (
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// Differences is what changed in a body between two days: each member whose
// status is another, and each office whose holders are.
func (r *Record) Differences(body ID, from, to day.Date, ruleName string) (Differences, error) {
	if from.IsZero() || to.IsZero() {
		return Differences{}, fault.New(fault.Invalid, "roll.no-day")
	}
	if to.Before(from) {
		return Differences{}, fault.New(fault.Invalid, "roll.days-turned-around", "from", from, "to", to)
	}
	universe, err := r.universe(Query{On: to}, body)
	if err != nil {
		return Differences{}, err
	}
	used, _, err := r.ruleFor(body, ruleName, to)
	if err != nil {
		return Differences{}, err
	}
	d := Differences{Body: r.Ref(body, to), From: from, To: to, Rule: used.rated, Members: []StatusChange{}, Offices: []OfficeChange{}}
	before := map[ID]Standing{}
	for _, st := range r.standings(body, universe, used, from) {
		before[st.Member.ID] = st
	}
	for _, after := range r.standings(body, universe, used, to) {
		was := before[after.Member.ID]
		if code := changed(was, after); code != "" {
			d.Members = append(d.Members, StatusChange{code, was, after})
		}
	}
	then := r.Offices(body, from)
	for i, now := range r.Offices(body, to) {
		if !sameHolders(then[i], now) {
			d.Offices = append(d.Offices, OfficeChange{now.Office, then[i].Holders, now.Holders})
		}
	}
	return d, nil
}

// changed is the code of what became of a member, "" where nothing did.
func changed(was, is Standing) string {
	switch {
	case is.Status == "" && !(was.Status == "" && slices.Equal(was.Possible, is.Possible)):
		return "undetermined"
	case was.Status != is.Status && outside(is) && !(was.Status == None || was.Status == Left):
		return "left"
	case was.Status != is.Status && outside(is):
		return "" // left before the first day, or has nothing on either
	case was.Status != is.Status && outside(was):
		return "joined"
	case was.Status != is.Status:
		return "changed"
	case !slices.Equal(was.Beside, is.Beside):
		return "beside_changed"
	}
	return ""
}

func sameHolders(a, b Post) bool {
	return a.Held == b.Held && slices.EqualFunc(a.Holders, b.Holders, func(x, y InOffice) bool {
		return x.Holder.ID == y.Holder.ID && x.Sort == y.Sort && x.Title == y.Title && x.Covers == y.Covers
	})
}
