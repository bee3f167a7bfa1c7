package office

import (
	"context"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
)

// testsByRule are what the rules find of each test; nil where the edition names
// none.
func testsByRule(e *rulebook.Edition, c rulebook.Case) ([]claim.TestFinding, error) {
	if !e.HasTests() {
		return nil, nil
	}
	found, err := e.Tests(c)
	if err != nil {
		return nil, err
	}
	tests := make([]claim.TestFinding, len(found))
	for i, f := range found {
		tests[i] = claim.TestFinding{Test: f.Test, Result: f.Result, Rule: f.Rule, Ground: f.Ground, By: claim.ByRule}
	}
	return tests, nil
}

// tests are what was found of each test: by the rules, or when sensitive answers
// were sent, unless a person has found otherwise since.
func (m *material) tests() (tests []claim.TestFinding, err error) {
	if m.kept != nil {
		if m.kept.Finding != nil {
			tests = slices.Clone(m.kept.Finding.Tests)
		}
	} else if m.edition.HasTests() {
		c, err := m.read()
		if err != nil {
			return nil, err
		}
		if tests, err = testsByRule(m.edition, c); err != nil {
			return nil, err
		}
	}
	for _, f := range m.claim.Register.Tests {
		if at := slices.IndexFunc(tests, func(t claim.TestFinding) bool { return t.Test == f.Test }); at >= 0 {
			tests[at] = f
		} else {
			tests = append(tests, f)
		}
	}
	return tests, nil
}

// FindTest enters what a person finds of one test of a claim, with the reason as
// a code: against what the rules find, or in their place. It stands with the
// rules' findings in the recommendation, under the person's name. ground is one
// of the edition, for a test that isn't met.
func (o *Office) FindTest(ctx context.Context, by By, programme string, id claim.ID, test, result, ground, reason string) (Done, error) {
	done := Done{Claims: 1}
	request := []string{string(id), test, result, ground, reason}
	_, err := o.perform(ctx, ActFindTest, by, programme, request, &done, func(p *performance) error {
		c, err := p.claim(id)
		if err != nil {
			return err
		}
		edition, err := p.o.edition(p.tx, c.Edition)
		if err != nil {
			return err
		}
		if !hasTest(edition, c.Category, test) {
			return fault.New(fault.Invalid, "claim.no-such-test", "claim", c.Name(), "test", test)
		}
		f := claim.TestFinding{Test: test, Result: result, Reason: reason, By: p.by.Actor.id}
		if result == claim.TestNotMet && ground != "" {
			if f.Ground, f.Rule, err = groundOf(edition, c, ground); err != nil {
				return err
			}
		}
		event, err := c.FindTest(f)
		if err != nil {
			return err
		}
		if done.Ref, err = p.stepAll(docket.Envelope{}, nil, []step{{claim: c, event: event}}); err != nil {
			return movedOn(err)
		}
		return movedOn(p.commit())
	})
	return done, err
}

func hasTest(e *rulebook.Edition, category, test string) bool {
	return e.HasTests() && slices.ContainsFunc(e.Eligibility, func(r rulebook.Rule) bool {
		return r.TestName() == test && (len(r.Categories) == 0 || slices.Contains(r.Categories, category))
	})
}
