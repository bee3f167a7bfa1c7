package rulebook

import (
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
)

// Example is a claim that somebody made up to say what the rules should do with
// it: what is given, and what comes of it.
type Example struct {
	Name     string
	Category string
	Claimant string
	Received day.Date
	Given    map[string]string // canonical texts by field
	Links    []ExampleLink
	Then     Expected
	Line     int // in the file, from 1
}

// ExampleLink is another claim of the same person, or of the same object.
type ExampleLink struct {
	Category string
	Object   bool // of the same object alone
	Given    map[string]string
	Award    money.Amount
}

// Expected is what should come of an example. What isn't said isn't looked at.
type Expected struct {
	Standing ExampleStanding
	Missing  []string // ids as in Finding.Missing, whatever their order
	Award    string   // "2500.00 USD", or NoAward
	Interest string   // stated beside the award
	Ground   string   // of a refusal or dismissal
	Rule     string   // that refused, awarded or dismissed
	Reason   string   // why it isn't filed, or why a rule could not be run: a code without its room
	Alarms   []string // raised by its links, whatever their order
}

// ExampleStanding is how far the rules let an example come.
type ExampleStanding string

// The standings of examples.
const (
	ExampleNotFiled  ExampleStanding = "not-filed" // the category isn't open, or takes no such claim or answer
	ExampleDeficient ExampleStanding = "deficient"
	ExampleRefused   ExampleStanding = "refused"
	ExampleRecorded  ExampleStanding = "recorded"
)

// NoAward is Expected.Award of what is dismissed, or isn't valued.
const NoAward = "none"

// Came is what came of an example.
type Came struct {
	Standing ExampleStanding `json:"standing"`
	Missing  []string        `json:"missing,omitempty"`
	Award    string          `json:"award,omitempty"`
	Interest string          `json:"interest,omitempty"`
	Ground   string          `json:"ground,omitempty"`
	Rule     string          `json:"rule,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Alarms   []string        `json:"alarms,omitempty"`
}

// Difference is one thing that came out otherwise than the example says.
type Difference struct {
	What string `json:"what"` // standing, missing, award, interest, ground, rule, reason or alarms
	Want string `json:"want"`
	Came string `json:"came"`
}

// Tried is an example that was run.
type Tried struct {
	Name    string       `json:"name"`
	Line    int          `json:"line"`
	Came    Came         `json:"came"`
	Differs []Difference `json:"differs,omitempty"` // nothing: it passes
	traces  []Trace
}

// Try runs an example through the edition and says what came of it and where
// that differs. It calls no fault an error: that a claim can't be filed, or that
// a rule can't be run, is an outcome that an example may expect.
func (e *Edition) Try(x *Example) Tried {
	t := Tried{Name: x.Name, Line: x.Line}
	t.Came = e.comes(x, &t)
	t.Differs = x.Then.differs(&t.Came)
	return t
}

// comes is what comes of an example; its traces are left in t.
func (e *Edition) comes(x *Example, t *Tried) Came {
	c, err := e.caseOf(x)
	if err == nil {
		err = e.Receives(c.Category, c.Received)
	}
	if err != nil {
		return Came{Standing: ExampleNotFiled, Reason: reasonOf(err)}
	}
	came := Came{}
	for _, a := range e.Alarms(c) {
		came.Alarms = append(came.Alarms, a.Rule)
	}
	finding, err := e.Assess(c)
	if err != nil {
		came.Standing, came.Reason = ExampleNotFiled, reasonOf(err)
		return came
	}
	t.traces = append(t.traces, finding.Trace)
	switch finding.Outcome {
	case Deficient:
		came.Standing, came.Missing = ExampleDeficient, finding.Missing
		return came
	case Refuse:
		came.Standing, came.Rule, came.Ground = ExampleRefused, finding.Rule, finding.Ground
		return came
	}
	came.Standing, came.Award = ExampleRecorded, NoAward
	if e.recordsOnly {
		return came
	}
	v, err := e.Value(c)
	if err != nil {
		came.Award, came.Reason = "", reasonOf(err)
		return came
	}
	t.traces = append(t.traces, v.Trace)
	if came.Rule, came.Ground = v.Rule, v.Ground; v.Outcome == Award {
		came.Award = v.Award.String()
	}
	if !v.Interest.IsZero() {
		came.Interest = v.Interest.String()
	}
	return came
}

// caseOf is an example as the rules see a claim.
func (e *Edition) caseOf(x *Example) (Case, error) {
	answers, err := e.Read(x.Category, x.Given)
	if err != nil {
		return Case{}, err
	}
	c := Case{Category: x.Category, Claimant: x.Claimant, Received: x.Received, Answers: answers}
	for _, l := range x.Links {
		linked, err := e.Read(l.Category, l.Given)
		if err != nil {
			return Case{}, err
		}
		c.Links = append(c.Links, Link{Claim: l.Category, Category: l.Category, Person: !l.Object, Answers: linked, Award: l.Award})
	}
	return c, nil
}

// reasonOf is the code of a fault without its room, and, of arithmetic, what it
// was.
func reasonOf(err error) string {
	return strings.TrimPrefix(fault.Code(err), "rulebook.")
}

// differs compares what came with what was expected.
func (want *Expected) differs(came *Came) []Difference {
	var all []Difference
	text := func(what, want, came string) {
		if want != "" && want != came {
			all = append(all, Difference{what, want, came})
		}
	}
	list := func(what string, want, came []string) {
		if want == nil {
			return
		}
		w, c := slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(came))
		if !slices.Equal(w, c) {
			all = append(all, Difference{what, strings.Join(w, ", "), strings.Join(c, ", ")})
		}
	}
	text("standing", string(want.Standing), string(came.Standing))
	list("missing", want.Missing, came.Missing)
	text("award", want.Award, came.Award)
	text("interest", want.Interest, came.Interest)
	text("ground", want.Ground, came.Ground)
	text("rule", want.Rule, came.Rule)
	text("reason", want.Reason, came.Reason)
	list("alarms", want.Alarms, came.Alarms)
	return all
}

// Unreached is a rule whose work no example shows, or not on both sides.
type Unreached struct {
	Rule    string `json:"rule"`
	Section string `json:"section"` // requirements, eligibility or valuation
	Lacks   string `json:"lacks"`   // reached: no example comes to it; met, not-met: none comes out so; decides: none is decided by it
}

// The ways in which examples leave a rule out, beside met and not-met.
const (
	lacksReached = "reached"
	lacksDecides = "decides"
)

// Unreached lists the rules that no example reaches, or that come out one way
// only, in the order of the file. Without a valuation there is none of it.
func (e *Edition) Unreached(tried []Tried) []Unreached {
	seen := map[string]map[string]bool{}
	for i := range tried {
		for _, t := range tried[i].traces {
			for _, s := range t.Steps {
				if seen[s.Rule] == nil {
					seen[s.Rule] = map[string]bool{}
				}
				seen[s.Rule][s.Outcome] = true
			}
		}
	}
	var all []Unreached
	conditions := func(section string, rules []Rule) {
		for i := range rules {
			id := rules[i].ID
			for _, side := range []string{met, notMet} {
				if was := seen[id]; was == nil {
					all = append(all, Unreached{id, section, lacksReached})
					break
				} else if !was[side] {
					all = append(all, Unreached{id, section, side})
				}
			}
		}
	}
	conditions("requirements", e.Requirements)
	conditions("eligibility", e.Eligibility)
	decides := func(id string) {
		switch was := seen[id]; {
		case was == nil:
			all = append(all, Unreached{id, "valuation", lacksReached})
		case len(was) == 1 && (was[passedOver] || was[nothingDue]):
			all = append(all, Unreached{id, "valuation", lacksDecides})
		}
	}
	for i := range e.Valuation {
		decides(e.Valuation[i].ID)
	}
	if !e.recordsOnly && !e.allDecided() {
		decides(e.Otherwise.ID)
	}
	return all
}

// allDecided reports whether every category ends with a rule without a
// condition that gives a fixed sum or a dismissal, so that nothing is left to
// Otherwise.
func (e *Edition) allDecided() bool {
	for _, c := range e.categories {
		n := len(c.valuation)
		if n == 0 {
			return false
		}
		if last := &c.valuation[n-1]; last.when != nil || last.Amount != "" || last.grid != nil || len(last.steps) > 0 {
			return false
		}
	}
	return true
}
