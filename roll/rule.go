package roll

import (
	"cmp"
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// General is the name of the rule for a body that has none in the record.
const General = "general"

// generalSteps read the act codes that the house knows. A suspended member is
// told as suspended, not as full.
var generalSteps = []RuleStep{
	{Status: Suspended, Acts: []string{"suspended"}},
	{Status: Full, Acts: []string{"member", "full", "full_member", "founding_member", "participating_state", "party"}},
	{Status: Associate, Acts: []string{"associate", "associate_member"}},
	{Status: Participant, Acts: []string{"participant", "associate_or_participant", "dialogue_partner"}},
	{Status: Observer, Acts: []string{"observer", "observer_state"}},
	{Status: Candidate, Acts: []string{"candidate"}},
	{Status: Signatory, Acts: []string{"signatory", "charter_signatory", "founding_agreement_signatory"}},
}

// generalBeside stand beside a status by the general rule, and by a body's own
// that has none of its own beside.
var generalBeside = []RuleStep{
	{Status: Frozen, Acts: []string{"participation_frozen", "frozen"}, Beside: true},
	{Status: Leaving, Acts: []string{"leaving", "denunciation_notified", "withdrawal_notified", "notice_of_withdrawal", "member_denunciation_in_progress", "suspension_requested"}, Beside: true},
}

// passing are statuses that lead to or stand before membership: whose time is
// over has not left the body.
func passing(s Status) bool { return s == Signatory || s == Candidate }

// rule is a rule made ready.
type rule struct {
	rated  Rated
	gives  []RuleStep
	beside []RuleStep
	acts   []string // all that it reads
}

func (r *Record) general(body ID, on day.Date) rule {
	return prepare(Rated{Body: r.Ref(body, on), Name: General, Default: len(r.rules[body]) == 0}, slices.Concat(generalSteps, generalBeside))
}

func prepare(rated Rated, steps []RuleStep) rule {
	out := rule{rated: rated}
	for _, s := range steps {
		if s.Beside {
			out.beside = append(out.beside, s)
		} else {
			out.gives = append(out.gives, s)
		}
	}
	if len(out.beside) == 0 {
		out.beside = generalBeside
	}
	for _, s := range slices.Concat(out.gives, out.beside) {
		out.acts = append(out.acts, s.Acts...)
		out.acts = append(out.acts, s.Except...)
	}
	return out
}

// rulesOf are a body's own rules, the default first, then by name. Of several
// of one name, the one that was learned last counts.
func (r *Record) rulesOf(body ID, on day.Date) []rule {
	byName := map[string]*held{}
	for _, h := range counting(r.rules[body]) {
		if was, ok := byName[h.Rule.Name]; !ok || cmp.Or(was.told.Compare(h.told), cmp.Compare(was.id, h.id)) < 0 {
			byName[h.Rule.Name] = h
		}
	}
	var out []rule
	for name, h := range byName {
		cited := cite(h)
		out = append(out, prepare(Rated{Body: r.Ref(body, on), Name: name, Provision: h.Rule.Provision, Default: h.Rule.Default, Cited: &cited}, h.Rule.Gives))
	}
	slices.SortFunc(out, func(a, b rule) int {
		if a.rated.Default != b.rated.Default {
			if a.rated.Default {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.rated.Name, b.rated.Name)
	})
	return out
}

// ruleFor is the rule of that name ("": the body's default) and the body's
// others.
func (r *Record) ruleFor(body ID, name string, on day.Date) (used rule, others []rule, err error) {
	own := r.rulesOf(body, on)
	if name == General || name == "" && len(own) == 0 {
		return r.general(body, on), own, nil
	}
	if name == "" {
		return own[0], own[1:], nil
	}
	for i, candidate := range own {
		if candidate.rated.Name == name {
			return candidate, slices.Concat(own[:i], own[i+1:]), nil
		}
	}
	return rule{}, nil, noSuchRule(name, body, ruleNames(own))
}

func ruleNames(list []rule) []string {
	names := make([]string, 0, len(list)+1)
	for _, one := range list {
		names = append(names, one.rated.Name)
	}
	return append(names, General)
}

func noSuchRule(name string, body ID, known []string) error {
	return fault.New(fault.NotFound, "roll.no-such-rule", "rule", name, "body", body, "known", strings.Join(known, ", "))
}

// RuleNames are the names by which a body's members can be told, its default
// first.
func (r *Record) RuleNames(body ID) []string { return ruleNames(r.rulesOf(body, day.Date{})) }

// on is what a chain of acts gives on a day. It reads the acts, the rule and
// the day, and nothing else.
func (u rule) on(s *spells, on day.Date) Standing {
	acts := actsOn(s, on)
	var st Standing
	settled := false
	for _, step := range u.gives {
		e := acts.step(step)
		if e.is == day.No {
			continue
		}
		if !slices.Contains(st.Possible, step.Status) {
			st.Possible = append(st.Possible, step.Status)
		}
		st.Open = append(st.Open, e.open...)
		st.Disputed = st.Disputed || e.disputed
		if e.is == day.Yes {
			st.Carried, settled = e.carried, true
			break
		}
	}
	if !settled {
		st.Possible = append(st.Possible, u.without(acts))
	}
	switch {
	case st.Possible[0] == Full && len(st.Possible) == 1:
		st.Full = day.Yes
	case !slices.Contains(st.Possible, Full):
		st.Full = day.No
	}
	if len(st.Possible) == 1 {
		st.Status, st.Possible, st.Open, st.Disputed = st.Possible[0], nil, nil, false
	}
	for _, step := range u.beside {
		e := acts.step(step)
		if e.is == day.No {
			continue
		}
		st.Beside = append(st.Beside, Beside{step.Status, e.is})
		st.Open = append(st.Open, e.open...)
	}
	for _, a := range acts {
		if a.is != day.No && !slices.Contains(u.acts, a.act) {
			st.Unruled = append(st.Unruled, a.act)
		}
	}
	return st
}

// full is whether a chain of acts makes a full member on a day: what on says
// of it, without the reasons, for counting over many days.
func (u rule) full(s *spells, on day.Date) day.Tri {
	if len(s.kinds) == 0 {
		return day.No
	}
	may, other := false, false
	for _, step := range u.gives {
		is := s.gives(step, on)
		switch {
		case is == day.No:
			continue
		case step.Status == Full:
			may = true
		default:
			other = true
		}
		if is == day.Yes {
			if may && !other {
				return day.Yes
			}
			break
		}
	}
	if may {
		return day.CantBeTold
	}
	return day.No
}

// gives is whether a step of a rule gives its status to a chain; it weighs the
// acts that the step reads and no others.
func (s *spells) gives(step RuleStep, on day.Date) day.Tri {
	given := day.No
	for _, kind := range s.kinds {
		if slices.Contains(step.Acts, kind.act) {
			given = given.Or(weigh(kind.claims, on).is)
		}
	}
	if given == day.No || len(step.Except) == 0 {
		return given
	}
	return actsOn(s, on).step(step).is
}

// without is what somebody is to whom no act in effect gives a status: who had
// one that ended has left.
func (u rule) without(acts actsInTime) Status {
	for _, step := range u.gives {
		if passing(step.Status) {
			continue
		}
		for _, a := range acts {
			if a.ended && slices.Contains(step.Acts, a.act) {
				return Left
			}
		}
	}
	return None
}

// actInTime is all facts of one act on a day.
type actInTime struct {
	effect
	act    string
	begun  day.Tri // had it begun by then, whether or not it went on?
	begins []Open  // where that can't be told
	ended  bool    // one had begun and may be over
}

type actsInTime []actInTime

// actsOn weighs each act of a chain, in the order of their first beginnings.
func actsOn(s *spells, on day.Date) actsInTime {
	out := make(actsInTime, 0, len(s.kinds))
	for _, kind := range s.kinds {
		a := actInTime{effect: weigh(kind.claims, on), act: kind.act, begun: day.No}
		for _, h := range kind.facts {
			m := h.Membership
			begun := m.On.By(on)
			a.begun = a.begun.Or(begun)
			if begun == day.CantBeTold {
				a.begins = append(a.begins, Open{h.id, "begin", m.On})
			}
			over := m.Ended && (m.To.IsZero() || m.To.Before(on) != day.No)
			a.ended = a.ended || over && (begun == day.Yes || !m.To.IsZero() && m.To.Before(on) == day.Yes)
		}
		out = append(out, a)
	}
	return out
}

// step is whether a step of a rule gives its status.
func (acts actsInTime) step(step RuleStep) effect {
	given := effect{is: day.No}
	for _, a := range acts {
		if slices.Contains(step.Acts, a.act) {
			given = either(given, a.effect)
		}
	}
	if given.is == day.No || len(step.Except) == 0 {
		return given
	}
	for _, a := range acts {
		if !slices.Contains(step.Except, a.act) {
			continue
		}
		switch a.begun {
		case day.Yes:
			return effect{is: day.No}
		case day.CantBeTold:
			given.is = day.CantBeTold
			given.open = append(given.open[:len(given.open):len(given.open)], a.begins...)
		}
	}
	return given
}
