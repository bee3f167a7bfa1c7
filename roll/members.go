package roll

import (
	"cmp"
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// Members is who belonged to a body on a day, by the body's rule, and what its
// other rules say differently. Faults: roll.no-day, roll.no-such-body,
// roll.no-such-group, roll.no-such-rule.
func (r *Record) Members(body ID, q Query) (Members, error) {
	universe, err := r.universe(q, body)
	if err != nil {
		return Members{}, err
	}
	used, others, err := r.ruleFor(body, q.Rule, q.On)
	if err != nil {
		return Members{}, err
	}
	m := Members{
		Body: r.Ref(body, q.On), On: q.On, Among: q.Among, Rule: used.rated,
		Members: []Standing{}, Undetermined: []Standing{}, Former: []Standing{}, Outside: []Standing{},
		Counts: []StatusCount{}, OtherRules: []RuleDifference{}, Disagreements: []Disagreement{},
	}
	counts := map[Status]int{}
	standings := r.standings(body, universe, used, q.On)
	for _, st := range standings {
		switch st.Status {
		case "":
			m.Undetermined = append(m.Undetermined, st)
		case Left:
			m.Former = append(m.Former, st)
		case None:
			m.Outside = append(m.Outside, st)
		default:
			m.Members = append(m.Members, st)
			counts[st.Status]++
		}
	}
	for _, status := range used.order() {
		if counts[status] > 0 {
			m.Counts = append(m.Counts, StatusCount{status, counts[status]})
		}
	}
	slices.SortStableFunc(m.Members, func(a, b Standing) int { return cmp.Compare(used.rank(a.Status), used.rank(b.Status)) })
	for _, other := range others {
		m.OtherRules = append(m.OtherRules, differing(other, standings, r.standings(body, universe, other, q.On)))
	}
	for _, s := range r.chains(body, universe) {
		m.Disagreements = append(m.Disagreements, r.disagreeingActs(s, q.On)...)
	}
	return m, nil
}

// order is the rule's statuses, full first and then as its steps stand.
func (u rule) order() []Status {
	out := []Status{Full}
	for _, s := range u.gives {
		if !slices.Contains(out, s.Status) {
			out = append(out, s.Status)
		}
	}
	return out
}

func (u rule) rank(s Status) int { return slices.Index(u.order(), s) }

// universe is whom a question is about: a group, or whoever has an act in one
// of the bodies; in order.
func (r *Record) universe(q Query, bodies ...ID) ([]ID, error) {
	if q.On.IsZero() {
		return nil, fault.New(fault.Invalid, "roll.no-day")
	}
	var out []ID
	for _, body := range bodies {
		if err := r.mustBeBody(body); err != nil {
			return nil, err
		}
		for _, s := range r.bodies[body] {
			out = append(out, s.member)
		}
	}
	if q.Among != "" {
		if out = r.Group(q.Among); len(out) == 0 {
			return nil, fault.New(fault.NotFound, "roll.no-such-group", "group", q.Among, "candidates", r.candidates(r.Things(Group)))
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func (r *Record) mustBeBody(id ID) error {
	is := r.sort(id)
	if (is == "" || is == Body || is == Organ) && (len(r.things[id]) > 0 || len(r.bodies[id]) > 0) {
		return nil
	}
	return fault.New(fault.NotFound, "roll.no-such-body", "body", id, "candidates", r.candidates(r.near(fold(string(id)), []Sort{Body, Organ})))
}

// chains are the chains of a body's members who are in a list that is in
// order; one who has none there has an empty chain.
func (r *Record) chains(body ID, universe []ID) []*spells {
	out := make([]*spells, 0, len(universe))
	own := r.bodies[body]
	for _, id := range universe {
		i, ok := slices.BinarySearchFunc(own, id, func(s *spells, id ID) int { return cmp.Compare(s.member, id) })
		if ok {
			out = append(out, own[i])
		} else {
			out = append(out, &spells{body: body, member: id})
		}
	}
	return out
}

// standings are what each is in a body by a rule, by name.
func (r *Record) standings(body ID, universe []ID, used rule, on day.Date) []Standing {
	out := make([]Standing, 0, len(universe))
	for _, s := range r.chains(body, universe) {
		st := used.on(s, on)
		st.Member, st.Cited = r.Ref(s.member, on), citeAll(s.acts)
		out = append(out, st)
	}
	slices.SortFunc(out, func(a, b Standing) int {
		return cmp.Or(cmp.Compare(a.Member.Name, b.Member.Name), cmp.Compare(a.Member.ID, b.Member.ID))
	})
	return out
}

// differing is what another rule says differently of the same members, both in
// the same order.
func differing(other rule, used, by []Standing) RuleDifference {
	d := RuleDifference{Rule: other.rated, Changes: []RuleChange{}}
	for i, st := range used {
		if by[i].Status != st.Status || !slices.Equal(by[i].Possible, st.Possible) {
			d.Changes = append(d.Changes, RuleChange{Member: st.Member, Used: st.Status, Other: by[i].Status, Possible: by[i].Possible})
		}
	}
	return d
}
