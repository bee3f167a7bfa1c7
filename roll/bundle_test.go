package roll_test

import (
	"strings"
	"testing"

	"github.com/openchancery/chancery/roll"
)

func TestABundleIsSummarisedBeforeItIsAccepted(t *testing.T) {
	member := act("a", "csto", "am", "member", "2003-09-18", "")
	spell := act("a", "csto", "uz", "member", "2006-06-23", "2012-12-19")
	head := tenure("a", "csto-head", "zas", "full", "", "2020-01-01", "")
	sixth := meeting("a", "councils", 6, "2018-11-21", "Moscow")
	have := roll.NewRecord([]roll.Fact{member, spell, head, sixth, thing("am", roll.State, "", "Armenia")})
	gone := thing("am", roll.State, "", "Armenia")
	gone.Source.Name, gone.Thing.Ended, gone.Thing.To = "b", true, when("2030")
	for _, c := range []struct {
		name string
		fact roll.Fact
		list string
	}{
		{"the same again", known(member, "2026-05-01"), "known"},
		{"another member", act("a", "csto", "by", "member", "2003-09-18", ""), "added"},
		{"a second spell of the same act", act("b", "csto", "uz", "member", "1994-04-20", "1999-04-20"), "added"},
		{"another source says the same", act("b", "csto", "am", "member", "2003-09-18", ""), "added"},
		{"another source, less well", act("b", "csto", "am", "member", "2003", ""), "added"},
		{"it ended, after the day on which we learned of it", act("b", "csto", "am", "member", "2003-09-18", "2027-01-01"), "ended"},
		{"another source says that it had ended long before", act("b", "csto", "am", "member", "2003-09-18", "2010-01-01"), "conflict"},
		{"another source's dates", act("b", "csto", "uz", "member", "2002", "2011"), "conflict"},
		{"the same source thinks better of it", act("a", "csto", "uz", "member", "2006-06-23", "2012-06-28"), "changed"},
		{"an office ends", tenure("b", "csto-head", "zas", "full", "", "2020-01-01", "2026-12-31"), "ended"},
		{"another holder", tenure("b", "csto-head", "tasmagambetov", "full", "", "2023-01-01", ""), "added"},
		{"another day for the meeting", meeting("b", "councils", 6, "2018-11-22", "Moscow"), "conflict"},
		{"another place", meeting("b", "councils", 6, "2018-11", "Minsk"), "conflict"},
		{"another meeting", meeting("b", "councils", 7, "2019", "Moscow"), "added"},
		{"a fact is withdrawn", withdraw("csto", member, "wrong state"), "changed"},
		{"a state that is no more", gone, "ended"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := roll.Summarise(have, roll.Bundle{ID: "b1", Known: learned, Facts: []roll.Fact{c.fact}})
			got := listOf(s)
			if got != c.list {
				t.Errorf("it stands among the %s, not the %s: %+v", got, c.list, s)
			}
			for _, lines := range [][]roll.Line{s.Ended, s.Changed, s.Conflict} {
				for _, l := range lines {
					if len(l.Meets) == 0 || len(l.Was) != len(l.Meets) {
						t.Errorf("what it meets: %+v", l)
					}
				}
			}
		})
	}
}

// listOf is the list that holds the one fact of a summary.
func listOf(s roll.Summary) string {
	var in []string
	for name, n := range map[string]int{"added": len(s.Added), "ended": len(s.Ended), "changed": len(s.Changed), "conflict": len(s.Conflict), "known": len(s.AlreadyKnown)} {
		for range n {
			in = append(in, name)
		}
	}
	return strings.Join(in, " and ")
}

func TestSourcesThatDifferWithinABundleAreInConflict(t *testing.T) {
	s := roll.Summarise(roll.NewRecord(nil), roll.Bundle{ID: "b", Facts: []roll.Fact{
		act("a", "csto", "uz", "member", "2006-06-23", "2012-12-19"), act("b", "csto", "uz", "member", "2002", "2011"),
	}})
	if len(s.Added) != 1 || len(s.Conflict) != 1 || s.Conflict[0].Was[0] != "uz, member, 2006-06-23 / 2012-12-19" || s.Conflict[0].Is != "uz, member, 2002 / 2011" {
		t.Errorf("%+v", s)
	}
}

func TestABundleGivesItsDayToItsFacts(t *testing.T) {
	old := known(act("a", "x", "m", "member", "2001", ""), "2020-01-01")
	fresh := act("a", "x", "n", "member", "2001", "")
	fresh.Known, fresh.Bundle = old.Membership.Told, ""
	b := roll.Bundle{ID: "b", Facts: []roll.Fact{old, fresh}}.Dated(learned)
	if b.Known != learned || b.Facts[0].Known != on("2020-01-01") || b.Facts[1].Known != learned || b.Facts[1].Bundle != "b" {
		t.Errorf("%+v", b)
	}
	if b := (roll.Bundle{Known: on("2025-01-01")}).Dated(learned); b.Known != on("2025-01-01") {
		t.Errorf("its own day stands: %v", b.Known)
	}
}
