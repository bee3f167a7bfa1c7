package roll

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// Check finds what a fact can't be, whatever else the record holds: without a
// source, of no content or of two, without the names that make it up, ended
// before it began. The error is a *fault.Fault of kind Invalid, its code
// "roll.fact-…". The day of learning may be missing: a bundle gives it.
func (f Fact) Check() error {
	contents := 0
	for _, set := range []bool{
		f.Thing != nil, f.Succession != nil, f.Membership != nil, f.Rule != nil, f.Admission != nil, f.Position != nil,
		f.Tenure != nil, f.Meeting != nil, f.Attendance != nil, f.Count != nil, f.Preference != nil, f.Withdrawal != nil,
	} {
		if set {
			contents++
		}
	}
	if contents != 1 {
		return fault.New(fault.Invalid, "roll.fact-contents", "count", contents)
	}
	if strings.TrimSpace(f.Source.Name) == "" {
		return fault.New(fault.Invalid, "roll.fact-no-source", "kind", f.Kind(), "subject", f.Subject())
	}
	if _, err := docket.Marshal(f); err != nil {
		return fault.New(fault.Invalid, "roll.fact-not-canonical", "kind", f.Kind(), "subject", f.Subject())
	}
	for _, need := range f.needs() {
		if need.missing {
			return fault.New(fault.Invalid, "roll.fact-missing", "kind", f.Kind(), "subject", f.Subject(), "field", need.field)
		}
	}
	for _, id := range f.names() {
		if !goodID(id) {
			return fault.New(fault.Invalid, "roll.fact-id", "kind", f.Kind(), "id", id)
		}
	}
	for _, t := range f.times() {
		if endsBefore(t.from, t.to) {
			return fault.New(fault.Invalid, "roll.fact-ends-before-it-begins", "kind", f.Kind(), "subject", f.Subject(), "from", t.from, "to", t.to)
		}
		if !t.to.IsZero() && !t.ended {
			return fault.New(fault.Invalid, "roll.fact-end-not-ended", "kind", f.Kind(), "subject", f.Subject(), "to", t.to)
		}
	}
	return f.checkWords()
}

// endsBefore reports whether the last day is before the first for certain.
func endsBefore(from, to day.When) bool {
	return !from.First().IsZero() && !to.Last().IsZero() && to.Last().Before(from.First())
}

// goodID: no white space and nothing that a path or a list would read
// otherwise.
func goodID(id ID) bool {
	return id != "" && utf8.ValidString(string(id)) && len(id) <= 200 &&
		!strings.ContainsFunc(string(id), func(c rune) bool { return c <= ' ' || c == 0x7f || strings.ContainsRune(`/\,;"`, c) })
}

type need struct {
	field   string
	missing bool
}

// needs are the fields without which the fact says nothing.
func (f Fact) needs() []need {
	switch {
	case f.Thing != nil:
		return []need{{"id", f.Thing.ID == ""}, {"sort", f.Thing.Sort == ""}}
	case f.Succession != nil:
		return []need{{"sort", f.Succession.Sort == ""}, {"predecessors", len(f.Succession.Predecessors) == 0}, {"successors", len(f.Succession.Successors) == 0}}
	case f.Membership != nil:
		return []need{{"body", f.Membership.Body == ""}, {"member", f.Membership.Member == ""}, {"act", f.Membership.Act == ""}}
	case f.Rule != nil:
		return []need{{"body", f.Rule.Body == ""}, {"name", f.Rule.Name == ""}, {"provision", f.Rule.Provision == ""}, {"gives", len(f.Rule.Gives) == 0}}
	case f.Admission != nil:
		return []need{{"body", f.Admission.Body == ""}, {"by", f.Admission.By == ""}, {"of", f.Admission.Of == ""}, {"provision", f.Admission.Provision == ""}}
	case f.Position != nil:
		return []need{{"body", f.Position.Body == ""}, {"candidate", f.Position.Candidate == ""}, {"by", f.Position.By == ""}, {"stance", f.Position.Stance == ""}}
	case f.Tenure != nil:
		return []need{{"office", f.Tenure.Office == ""}, {"holder", f.Tenure.Holder == ""}, {"sort", f.Tenure.Sort == ""}}
	case f.Meeting != nil:
		return []need{{"series", f.Meeting.Series == ""}}
	case f.Attendance != nil:
		a := f.Attendance
		return []need{{"series", a.Series == ""}, {"person or for", a.Person == "" && a.For == ""}, {"presence", a.Presence == ""}}
	case f.Count != nil:
		return []need{{"series or body", f.Count.Series == "" && f.Count.Body == ""}, {"of", f.Count.Of == ""}}
	case f.Preference != nil:
		return []need{{"about", f.Preference.About == ""}, {"preferred", f.Preference.Preferred == ""}, {"over", len(f.Preference.Over) == 0}, {"reason", f.Preference.Reason == ""}}
	}
	return []need{{"about", f.Withdrawal.About == ""}, {"fact", f.Withdrawal.Fact == ""}, {"reason", f.Withdrawal.Reason == ""}}
}

// names are the ids that the fact names.
func (f Fact) names() []ID {
	var out []ID
	switch {
	case f.Thing != nil:
		out = append([]ID{f.Thing.ID, f.Thing.Of}, f.Thing.Members...)
	case f.Succession != nil:
		out = slices.Concat(f.Succession.Predecessors, f.Succession.Successors)
	case f.Membership != nil:
		out = []ID{f.Membership.Body, f.Membership.Member}
	case f.Rule != nil:
		out = []ID{f.Rule.Body}
	case f.Admission != nil:
		out = []ID{f.Admission.Body}
	case f.Position != nil:
		out = []ID{f.Position.Body, f.Position.Candidate, f.Position.By}
	case f.Tenure != nil:
		out = []ID{f.Tenure.Office, f.Tenure.Holder}
	case f.Meeting != nil:
		out = []ID{f.Meeting.Series}
	case f.Attendance != nil:
		out = []ID{f.Attendance.Series, f.Attendance.Person, f.Attendance.For, f.Attendance.Office}
	case f.Count != nil:
		out = []ID{f.Count.Series, f.Count.Body}
	case f.Preference != nil:
		out = []ID{f.Preference.About}
	case f.Withdrawal != nil:
		out = []ID{f.Withdrawal.About}
	}
	return slices.DeleteFunc(out, func(id ID) bool { return id == "" })
}

// span is a time that a fact gives, as its source does.
type span struct {
	from, to day.When
	ended    bool
}

// times are the times that the fact gives.
func (f Fact) times() []span {
	switch {
	case f.Thing != nil:
		out := []span{{f.Thing.From, f.Thing.To, f.Thing.Ended}}
		for _, n := range f.Thing.Names {
			out = append(out, span{n.From, n.To, true})
		}
		for _, c := range f.Thing.Codes {
			out = append(out, span{c.From, c.To, true})
		}
		return out
	case f.Membership != nil:
		return []span{{f.Membership.On, f.Membership.To, f.Membership.Ended}}
	case f.Position != nil:
		return []span{{f.Position.On, f.Position.To, f.Position.Ended}}
	case f.Tenure != nil:
		return []span{{f.Tenure.From, f.Tenure.To, f.Tenure.Ended}}
	case f.Meeting != nil:
		return []span{{f.Meeting.On, f.Meeting.To, true}}
	}
	return nil
}

// checkWords holds the codes of the fact against the lists that questions
// know: a word that none of them reads would never count.
func (f Fact) checkWords() error {
	for _, w := range f.words() {
		if !slices.Contains(w.known, w.word) {
			return fault.New(fault.Invalid, "roll.fact-word", "kind", f.Kind(), "subject", f.Subject(), "field", w.field, "word", w.word, "known", strings.Join(w.known, ", "))
		}
	}
	return nil
}

type word struct {
	field, word string
	known       []string
}

var (
	sorts       = []string{string(State), string(Body), string(Organ), string(Office), string(Series), string(Person), string(Group)}
	tenureSorts = []string{"full", "acting", "interim"}
	stances     = []string{"for", "against", "veto", "abstains", "seeks"}
	admissions  = []string{"consensus", "unanimity", "majority", "two_thirds"}
	presences   = []string{"present", "absent"}
	capacities  = []string{"delegate", "host", "chair", "observer", "guest"}
)

func (f Fact) words() []word {
	switch {
	case f.Thing != nil:
		return []word{{"sort", string(f.Thing.Sort), sorts}}
	case f.Admission != nil:
		return []word{{"by", f.Admission.By, admissions}}
	case f.Position != nil:
		return []word{{"stance", f.Position.Stance, stances}}
	case f.Tenure != nil:
		return []word{{"sort", f.Tenure.Sort, tenureSorts}}
	case f.Attendance != nil:
		out := []word{{"presence", f.Attendance.Presence, presences}}
		for _, c := range f.Attendance.Capacity {
			out = append(out, word{"capacity", c, capacities})
		}
		return out
	}
	return nil
}
