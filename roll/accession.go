package roll

import (
	"cmp"
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// Accession is whether a body could take a candidate in on a day: its rule of
// admission, each member's declared position, the outcome, and what would have
// to change. A member that has declared nothing is not known, never in favour.
func (r *Record) Accession(body, candidate ID, on day.Date) (Accession, error) {
	universe, err := r.universe(Query{On: on}, body)
	if err != nil {
		return Accession{}, err
	}
	if len(r.things[candidate]) == 0 && !slices.Contains(universe, candidate) {
		return Accession{}, fault.New(fault.NotFound, "roll.no-such-candidate", "candidate", candidate, "candidates", r.candidates(r.near(fold(string(candidate)), []Sort{State})))
	}
	used, _, err := r.ruleFor(body, "", on)
	if err != nil {
		return Accession{}, err
	}
	a := Accession{
		Body: r.Ref(body, on), Candidate: r.Ref(candidate, on), On: on, Rule: used.rated,
		BlockedBy: []string{}, NotKnown: []string{}, Application: []Declared{}, Positions: []Declared{}, WouldChange: []Change{},
	}
	own := r.declared(body, candidate, candidate, on)
	a.Seeks = day.CantBeTold
	if own.Stance != "not_known" {
		a.Application = append(a.Application, own)
		if own.Stance == "seeks" {
			a.Seeks = day.Yes
		}
	}
	rule := r.admissionOf(body)
	if rule == nil {
		a.Outcome = "no_rule_known"
		return a, nil
	}
	cited := cite(rule)
	a.By, a.Of, a.Provision, a.Cited = rule.Admission.By, rule.Admission.Of, rule.Admission.Provision, &cited
	member := false
	for _, st := range r.standings(body, universe, used, on) {
		if st.Member.ID == candidate {
			member = st.Full == day.Yes
			continue
		}
		counts := st.has(a.Of)
		if counts == day.No {
			continue
		}
		d := r.declared(body, candidate, st.Member.ID, on)
		d.Full = counts
		a.Positions = append(a.Positions, d)
	}
	slices.SortFunc(a.Positions, func(x, y Declared) int { return cmp.Compare(x.By.Label(), y.By.Label()) })
	if member {
		a.Outcome = "already_member"
		return a, nil
	}
	a.decide()
	return a, nil
}

// has is whether a member has a status.
func (s Standing) has(status Status) day.Tri {
	switch {
	case s.Status == status:
		return day.Yes
	case slices.Contains(s.Possible, status):
		return day.CantBeTold
	}
	return day.No
}

// admissionOf is the rule of admission that was learned last.
func (r *Record) admissionOf(body ID) *held {
	var last *held
	for _, h := range counting(r.admission[body]) {
		if last == nil || cmp.Or(last.told.Compare(h.told), cmp.Compare(last.id, h.id)) < 0 {
			last = h
		}
	}
	return last
}

// declared is the position that somebody had on a day: the one declared last
// of those that still stood. A stance whose dates leave it open counts for
// nothing and is shown.
func (r *Record) declared(body, candidate, by ID, on day.Date) Declared {
	d := Declared{By: r.Ref(by, on), Stance: "not_known", Full: day.Yes, Cited: []Cited{}}
	var standing []*held
	for _, h := range counting(r.positions[body]) {
		if h.Position.By != by || h.Position.Candidate != candidate {
			continue
		}
		switch h.reach(on).is {
		case day.Yes:
			standing = append(standing, h)
			d.Cited = append(d.Cited, cite(h))
		case day.CantBeTold:
			d.Cited = append(d.Cited, cite(h))
		}
	}
	standing = sortedByBegin(standing)
	if len(standing) == 0 {
		return d
	}
	last := standing[len(standing)-1]
	d.Stance, d.On = last.Position.Stance, last.Position.On
	for _, h := range standing {
		if meet(h.Position.On, last.Position.On) && h.Position.Stance != last.Position.Stance {
			d.Stance = "sources_differ"
		}
	}
	return d
}

func against(stance string) bool { return stance == "against" || stance == "veto" }

// decide applies the rule of admission to the positions.
func (a *Accession) decide() {
	var no, yes, open, size int
	for _, p := range a.Positions {
		size++
		switch {
		case p.Full != day.Yes:
			open++
			a.WouldChange = append(a.WouldChange, Change{p.By.Label(), "membership_known"})
		case against(p.Stance):
			no++
			a.BlockedBy = append(a.BlockedBy, p.By.Label())
		case p.Stance == "for":
			yes++
		case p.Stance == "abstains" && !a.consensus():
			size--
		case p.Stance == "abstains":
			yes++ // who abstains doesn't break a consensus
		default:
			open++
			a.NotKnown = append(a.NotKnown, p.By.Label())
		}
	}
	switch {
	case a.consensus() && no > 0, !a.consensus() && size > 0 && !a.carries(yes+open, size):
		a.Outcome = "blocked"
	case size == 0 || a.consensus() && open > 0 || !a.consensus() && !a.carries(yes, size):
		a.Outcome, a.BlockedBy = "open", []string{} // who is against can't block alone
	default:
		a.Outcome, a.BlockedBy = "possible", []string{}
	}
	a.require()
}

func (a *Accession) consensus() bool { return a.By == "consensus" || a.By == "unanimity" }

func (a *Accession) carries(yes, size int) bool {
	if a.By == "two_thirds" {
		return 3*yes >= 2*size
	}
	return 2*yes > size
}

// require lists what would have to change for the candidate to be taken in.
func (a *Accession) require() {
	for _, p := range a.Positions {
		switch {
		case p.Full != day.Yes || p.Stance == "for" || p.Stance == "abstains":
		case against(p.Stance):
			if a.consensus() || a.Outcome != "possible" {
				a.WouldChange = append(a.WouldChange, Change{p.By.Label(), "withdraw_" + p.Stance})
			}
		case a.Outcome != "possible":
			a.WouldChange = append(a.WouldChange, Change{p.By.Label(), "declare"})
		}
	}
	if a.Seeks != day.Yes {
		a.WouldChange = append(a.WouldChange, Change{a.Candidate.Label(), "apply"})
	}
}
