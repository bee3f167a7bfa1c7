package rulebook

import (
	"errors"
	"testing"
)

// Whatever the expression, it is refused with a place in it, or it runs and
// gives the same each time; and what was found to be guarded is never read
// without an answer.
func FuzzCondition(f *testing.F) {
	for _, seed := range []string{
		`0.1 + 0.2 == 0.3`, `claimed > 1 && answered(paid)`, `incident_date + period("P1M") < date("2020-02-29")`,
		`place in ["north", "south"] || name.matches("^A")`, `family ? count == 3 : at < time("10:00")`,
		`divide(claimed, count, 2, "half-even") >= min(1, -2.50, 3)`, `!(answered(paid) && paid > 0) || "é".contains(name)`,
		"claimed >\n 1 // and no more", `- 0.5 < 1`, `1 - -1 == 2`, `programme.from <= received`,
	} {
		f.Add(seed)
	}
	c, s := ground(f)
	f.Fuzz(func(t *testing.T, source string) {
		p, found := c.compile(source, truthKind)
		if p == nil {
			if len(found) == 0 {
				t.Fatal("refused without a reason")
			}
			for _, f := range found {
				if f.code == "" || f.at < 0 || f.at > len([]rune(source)) {
					t.Fatalf("%q: %+v", source, f)
				}
			}
			return
		}
		ok, err := p.holds(s)
		again, errAgain := p.holds(s)
		if ok != again || (err == nil) != (errAgain == nil) {
			t.Fatalf("%q: %v %v, then %v %v", source, ok, err, again, errAgain)
		}
		var have known
		for name, w := range c.words {
			if _, answered := s.at.value(name); answered {
				have = have.with(w.number)
			}
		}
		name, unread := errors.AsType[unanswered](err)
		if unread && len(p.term.unguarded(have, c.words)) == 0 {
			t.Fatalf("%q reads %s, which has no answer, and was taken for guarded", source, name)
		}
		if _, ok := errors.AsType[arithmetic](err); err != nil && !ok && !unread {
			t.Fatalf("%q: %v", source, err)
		}
	})
}
