package roll

import (
	"cmp"
	"slices"

	"github.com/openchancery/chancery/day"
)

// Compare is who is a full member of both of two bodies on a day, of one, of
// neither, and of whom it can't be told; by a rule of the bodies, with what
// their other rules would change. A rule that only one of the two has is used
// for that one, the other is told by its own default.
func (r *Record) Compare(first, second ID, q Query) (Comparison, error) {
	universe, err := r.universe(q, first, second)
	if err != nil {
		return Comparison{}, err
	}
	rules, others, err := r.rulesForTwo(first, second, q.Rule, q.On)
	if err != nil {
		return Comparison{}, err
	}
	c := Comparison{
		First: r.Ref(first, q.On), Second: r.Ref(second, q.On), On: q.On, Among: q.Among,
		Rules: []Rated{rules[0].rated, rules[1].rated}, OtherRules: []RuleComparison{}, Disagreements: []Disagreement{},
	}
	c.FirstMembers = r.standings(first, universe, rules[0], q.On)
	c.SecondMembers = r.standings(second, universe, rules[1], q.On)
	used := sortOut(c.First, c.Second, c.FirstMembers, c.SecondMembers)
	c.Both, c.OnlyFirst, c.OnlySecond = used.lists["both"], used.lists["only_first"], used.lists["only_second"]
	c.Neither, c.Undetermined, c.OtherStatus = used.lists["neither"], used.lists["undetermined"], used.other
	for _, pair := range others {
		by := sortOut(c.First, c.Second, r.standings(first, universe, pair.rules[0], q.On), r.standings(second, universe, pair.rules[1], q.On))
		c.OtherRules = append(c.OtherRules, RuleComparison{
			Rule: pair.rated, Moves: moves(used, by), OtherStatus: by.other,
			Both: by.lists["both"], OnlyFirst: by.lists["only_first"], OnlySecond: by.lists["only_second"],
			Neither: by.lists["neither"], Undetermined: by.lists["undetermined"],
		})
	}
	for _, body := range []ID{first, second} {
		for _, s := range r.chains(body, universe) {
			c.Disagreements = append(c.Disagreements, r.disagreeingActs(s, q.On)...)
		}
	}
	return c, nil
}

// pair is a rule for each of two bodies; rated is the one that makes it
// another than the pair in use.
type pair struct {
	rules [2]rule
	rated Rated
}

// rulesForTwo are the rules of two bodies under one name, and the pairs that
// another name gives.
func (r *Record) rulesForTwo(first, second ID, name string, on day.Date) ([2]rule, []pair, error) {
	bodies := [2]ID{first, second}
	var used [2]rule
	var errs [2]error
	for i, body := range bodies {
		used[i], _, errs[i] = r.ruleFor(body, name, on)
	}
	if errs[0] != nil && errs[1] != nil {
		return used, nil, errs[0]
	}
	for i, body := range bodies {
		if errs[i] != nil {
			used[i], _, _ = r.ruleFor(body, "", on)
		}
	}
	var others []pair
	var names []string
	for _, body := range bodies {
		for _, own := range r.rulesOf(body, on) {
			names = append(names, own.rated.Name)
		}
	}
	slices.Sort(names)
	for _, other := range slices.Compact(names) {
		p := pair{rules: used}
		for i, body := range bodies {
			by, _, err := r.ruleFor(body, other, on)
			if err != nil || other == used[i].rated.Name {
				continue
			}
			p.rules[i] = by
			if p.rated.Name == "" {
				p.rated = by.rated
			}
		}
		if p.rated.Name != "" {
			others = append(others, p)
		}
	}
	return used, others, nil
}

// sorted is each member in its list.
type sorted struct {
	lists map[string][]string
	of    map[string]string // label to list
	order []string
	other []OtherStatus
}

// sortOut puts each into one of the lists; who is a full member of neither but
// has another status in one stands in "other_status".
func sortOut(first, second Ref, a, b []Standing) sorted {
	s := sorted{lists: map[string][]string{"both": {}, "only_first": {}, "only_second": {}, "neither": {}, "undetermined": {}, "other_status": {}}, of: map[string]string{}, other: []OtherStatus{}}
	for i := range a {
		label := a[i].Member.Label()
		list := listOf(a[i], b[i])
		s.lists[list] = append(s.lists[list], label)
		s.of[label] = list
		s.order = append(s.order, label)
	}
	for _, list := range s.lists {
		slices.Sort(list)
	}
	slices.Sort(s.order)
	s.other = append(otherStatus(first, a), otherStatus(second, b)...)
	return s
}

func listOf(a, b Standing) string {
	switch {
	case a.Full == day.CantBeTold || b.Full == day.CantBeTold:
		return "undetermined"
	case a.Full == day.Yes && b.Full == day.Yes:
		return "both"
	case a.Full == day.Yes:
		return "only_first"
	case b.Full == day.Yes:
		return "only_second"
	case !outside(a) || !outside(b):
		return "other_status"
	}
	return "neither"
}

// outside: has no status in the body, and had none or left.
func outside(s Standing) bool { return s.Status == None || s.Status == Left }

// otherStatus lists who has a status other than full, by status.
func otherStatus(body Ref, list []Standing) []OtherStatus {
	by := map[Status][]string{}
	for _, s := range list {
		if s.Status != "" && s.Status != Full && !outside(s) {
			by[s.Status] = append(by[s.Status], s.Member.Label())
		}
	}
	out := []OtherStatus{}
	for status, members := range by {
		slices.Sort(members)
		out = append(out, OtherStatus{body, status, members})
	}
	slices.SortFunc(out, func(a, b OtherStatus) int { return cmp.Compare(a.Status, b.Status) })
	return out
}

func moves(used, by sorted) []Move {
	out := []Move{}
	for _, label := range used.order {
		if used.of[label] != by.of[label] {
			out = append(out, Move{label, used.of[label], by.of[label]})
		}
	}
	return out
}
