package roll

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// The codes of findings; each has its sentence in the catalogue.
const (
	FoundEndsBefore      = "roll.found-ends-before-it-begins"
	FoundNoSuchFact      = "roll.found-no-such-fact"        // a preference or withdrawal of what the record doesn't have, or preferences in a circle
	FoundBeforeBody      = "roll.found-before-body"         // member of a body before it was
	FoundAfterBody       = "roll.found-after-body"          // or after it was no more
	FoundBeforeMember    = "roll.found-before-member"       // a member before it was a state
	FoundAfterMember     = "roll.found-after-member"        // or after
	FoundMemberCount     = "roll.found-member-count"        // a source counts other members than any rule gives
	FoundTwoHolders      = "roll.found-two-holders"         // of one office, both full
	FoundActingAndFull   = "roll.found-acting-and-full"     // an acting holder while there is a full one
	FoundTwoActing       = "roll.found-two-acting"          // two acting holders
	FoundTenuresMeet     = "roll.found-tenures-meet"        // two tenures share the day of the change
	FoundNobodyInOffice  = "roll.found-nobody-in-office"    // days between two tenures
	FoundAfterDeath      = "roll.found-after-death"         // an office goes on after its holder's death
	FoundSeatAfterDeath  = "roll.found-seat-after-death"    // somebody attends after their death
	FoundStatesCount     = "roll.found-states-count"        // a source counts other states than are named
	FoundTitlesDiffer    = "roll.found-titles-differ"       // one person under two titles at one meeting
	FoundActingDropped   = "roll.found-acting-dropped"      // an acting holder named without "acting"
	FoundActingAdded     = "roll.found-acting-added"        // a full holder named with it
	FoundNotInOffice     = "roll.found-tenure-not-covering" // a tenure that doesn't cover the day of attendance
	FoundMaybeNot        = "roll.found-tenure-open"         // or of which it can't be told
	FoundOtherTimesTitle = "roll.found-other-times-title"   // the office was called so at another time
	FoundNoMeeting       = "roll.found-no-meeting"          // attendance at a meeting that the record doesn't have
	FoundOrdinals        = "roll.found-ordinals"            // a later meeting has a lower number
	FoundPresentAbsent   = "roll.found-present-and-absent"
)

// FindingCodes are the codes of all findings.
func FindingCodes() []string {
	return []string{
		FoundEndsBefore, FoundNoSuchFact, FoundBeforeBody, FoundAfterBody, FoundBeforeMember, FoundAfterMember, FoundMemberCount,
		FoundTwoHolders, FoundActingAndFull, FoundTwoActing, FoundTenuresMeet, FoundNobodyInOffice, FoundAfterDeath, FoundSeatAfterDeath,
		FoundStatesCount, FoundTitlesDiffer, FoundActingDropped, FoundActingAdded, FoundNotInOffice, FoundMaybeNot, FoundOtherTimesTitle,
		FoundNoMeeting, FoundOrdinals, FoundPresentAbsent,
	}
}

// checker gathers findings.
type checker struct {
	*Record
	out    []Finding
	bounds map[ID]span
}

// Check finds the contradictions inside the record, by subject and code. Only
// what is certain is found: where partial dates leave open whether two facts
// fit together, they may. Facts that are set aside are not looked at; what
// sources disagree about is listed by Disagreements.
func (r *Record) Check() []Finding {
	c := &checker{Record: r, out: []Finding{}, bounds: map[ID]span{}}
	for _, h := range r.facts {
		for _, t := range h.times() {
			if endsBefore(t.from, t.to) {
				c.find(FoundEndsBefore, h.Subject(), h.names(), []*held{h}, "kind", h.Kind(), "from", t.from, "to", t.to)
			}
		}
	}
	for _, h := range r.unmet {
		c.find(FoundNoSuchFact, h.Subject(), []ID{h.Subject()}, []*held{h}, "kind", h.Kind())
	}
	for _, chains := range r.bodies {
		for _, s := range chains {
			c.chain(s)
		}
	}
	for office := range r.tenures {
		c.office(office)
	}
	for series := range r.meetings {
		c.ordinals(series)
	}
	for key, seats := range r.seats {
		if key.ordinal != 0 { // without a number it may be any
			c.sitting(key, seats)
		}
	}
	for subject, list := range r.counts {
		c.memberCounts(subject, list)
	}
	c.statesCounts()
	slices.SortFunc(c.out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Code, b.Code), slices.CompareFunc(a.Cited, b.Cited, func(x, y Cited) int { return cmp.Compare(x.Fact, y.Fact) }), slices.CompareFunc(a.Values, b.Values, func(x, y fault.Value) int { return cmp.Compare(x.Text, y.Text) }))
	})
	return c.out
}

// find adds a finding; pairs are the values that its sentence names.
func (c *checker) find(code string, subject ID, about []ID, facts []*held, pairs ...any) {
	f := Finding{Code: code, Subject: subject, About: []Ref{}, Values: []fault.Value{{Name: "subject", Text: c.name(subject, day.Date{})}}, Cited: citeAll(facts)}
	for _, id := range about {
		f.About = append(f.About, c.Ref(id, day.Date{}))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Values = append(f.Values, fault.Value{Name: fmt.Sprint(pairs[i]), Text: fmt.Sprint(pairs[i+1])})
	}
	c.out = append(c.out, f)
}

// life is when a thing was, by the widest that its sources allow; zero ends
// where any leaves that end open.
func (c *checker) life(id ID) span {
	if known, ok := c.bounds[id]; ok {
		return known
	}
	var life span
	for i, h := range counting(c.things[id]) {
		t := h.Thing
		if i == 0 {
			life = span{t.From, t.To, t.Ended && !t.To.Last().IsZero()}
			continue
		}
		if t.From.First().IsZero() || t.From.First().Before(life.from.First()) {
			life.from = t.From
		}
		if !t.Ended || t.To.Last().IsZero() {
			life.ended = false
		} else if t.To.Last().After(life.to.Last()) {
			life.to = t.To
		}
	}
	if c.continues(id) {
		life.from = day.When{}
	}
	c.bounds[id] = life
	return life
}

// continues reports whether a state goes on with the seat of one before it.
func (c *checker) continues(id ID) bool {
	return slices.ContainsFunc(c.came[id], func(h *held) bool { return h.Succession.Sort == "continuation" })
}

// chain holds a member's acts against the lives of the body and the member.
func (c *checker) chain(s *spells) {
	body, member := c.life(s.body), c.life(s.member)
	for _, h := range counting(s.acts) {
		m := h.Membership
		names := []ID{s.member}
		values := func(life span) []any {
			return []any{"member", c.name(s.member, day.Date{}), "act", m.Act, "from", m.On, "to", cmp.Or(m.To.String(), "-"), "first", life.from, "last", life.to}
		}
		// A signature comes before the body that it founds.
		if !signs(m.Act) && endsBefore(body.from, m.On) {
			c.find(FoundBeforeBody, s.body, names, []*held{h}, values(body)...)
		}
		if body.ended && lastsPast(h, body.to) {
			c.find(FoundAfterBody, s.body, names, []*held{h}, values(body)...)
		}
		if endsBefore(member.from, m.On) {
			c.find(FoundBeforeMember, s.body, names, []*held{h}, values(member)...)
		}
		if member.ended && lastsPast(h, member.to) {
			c.find(FoundAfterMember, s.body, names, []*held{h}, values(member)...)
		}
	}
}

// signs reports whether an act comes before membership, by the general rule.
func signs(act string) bool {
	return slices.ContainsFunc(generalSteps, func(s RuleStep) bool { return passing(s.Status) && slices.Contains(s.Acts, act) })
}

// lastsPast reports whether a time goes on after an end for certain: it begins
// after it, ends after it, or is open and told of later than that.
func lastsPast(h *held, end day.When) bool {
	if endsBefore(h.begin(), end) {
		return true
	}
	u := h.until()
	if !u.Ended {
		return openAfter(h, end)
	}
	return !u.To.First().IsZero() && u.To.First().After(end.Last())
}

// memberCounts holds a source's number of members against what the body's
// rules give: one of them has to agree.
func (c *checker) memberCounts(subject ID, list []*held) {
	for _, h := range counting(list) {
		on, ok := h.Count.On.Day()
		if !ok || h.Count.Of != "members" || h.Count.Body == "" {
			continue
		}
		rules := c.rulesOf(subject, on)
		if len(rules) == 0 {
			rules = []rule{c.general(subject, on)}
		}
		var said []string
		agree := false
		for _, by := range rules {
			full, open := 0, 0
			for _, s := range c.bodies[subject] {
				switch by.full(s, on) {
				case day.Yes:
					full++
				case day.CantBeTold:
					open++
				}
			}
			agree = agree || full <= h.Count.Number && h.Count.Number <= full+open
			said = append(said, fmt.Sprintf("%s: %d", by.rated.Name, full))
		}
		if !agree {
			c.find(FoundMemberCount, subject, nil, []*held{h}, "said", h.Count.Number, "on", on, "found", strings.Join(said, ", "))
		}
	}
}
