package rulebook

import (
	"errors"
	"slices"

	"github.com/openchancery/chancery/fault"
)

// TestFinding is what the rules say of one test of eligibility: all rules that
// the edition calls by that test's name, run whatever the others say.
type TestFinding struct {
	Test   string // Rule.Test, or the id of a rule that names none
	Result string // TestMet, TestNotMet or TestOpen
	Rule   string // the first one that isn't met or can't be told
	Ground string // of the one that isn't met
}

// The results of a test.
const (
	TestMet    = "met"
	TestNotMet = "not-met"
	TestOpen   = "open" // an answer is lacking without which nobody can tell
)

// Tests runs every rule of eligibility of the case's category, and says what
// each test came to, in the order in which the edition names them first. A test
// with a rule that isn't met isn't met; otherwise one whose rule lacks an
// answer is open.
//
// The faults are rulebook.category-unknown, rulebook.claimant-not-taken and
// rulebook.arithmetic.
func (e *Edition) Tests(c Case) ([]TestFinding, error) {
	category, err := e.open(&c)
	if err != nil {
		return nil, err
	}
	var tests []TestFinding
	for _, r := range category.eligibility {
		name := r.TestName()
		at := slices.IndexFunc(tests, func(t TestFinding) bool { return t.Test == name })
		if at < 0 {
			tests, at = append(tests, TestFinding{Test: name, Result: TestMet}), len(tests)
		}
		ok, err := e.try(&c, r, nil)
		if failed, is := errors.AsType[*fault.Fault](err); is && failed.Code == "rulebook.unanswered" {
			if tests[at].Result == TestMet {
				tests[at].Result, tests[at].Rule = TestOpen, r.ID
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		if !ok && tests[at].Result != TestNotMet {
			tests[at].Result, tests[at].Rule, tests[at].Ground = TestNotMet, r.ID, r.Ground
		}
	}
	return tests, nil
}

// TestName is the test that a rule of eligibility belongs to.
func (r *Rule) TestName() string {
	if r.Test != "" {
		return r.Test
	}
	return r.ID
}

// HasTests reports whether the edition names tests of eligibility.
func (e *Edition) HasTests() bool {
	return slices.ContainsFunc(e.Eligibility, func(r Rule) bool { return r.Test != "" })
}
