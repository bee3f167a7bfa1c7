package roll_test

import (
	"slices"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

func position(source, body, candidate, by, stance, from, to string) roll.Fact {
	f := says(source)
	f.Position = &roll.Position{Body: roll.ID(body), Candidate: roll.ID(candidate), By: roll.ID(by), Stance: stance, On: when(from), Until: until(to)}
	return f
}

func admission(body, by string) roll.Fact {
	f := says("the Charter")
	f.Admission = &roll.Admission{Body: roll.ID(body), By: by, Of: roll.Full, Provision: "Article 19"}
	return f
}

func TestAccession(t *testing.T) {
	base := []roll.Fact{
		thing("az", roll.State, "", "Azerbaijan", alpha2("AZ", "")), thing("am", roll.State, "", "Armenia", alpha2("AM", "")),
		thing("by", roll.State, "", "Belarus", alpha2("BY", "")), thing("ru", roll.State, "", "Russia", alpha2("RU", "")),
		act("a", "csto", "am", "member", "2003-09-18", ""), act("a", "csto", "by", "member", "2003-09-18", ""), act("a", "csto", "ru", "member", "2003-09-18", ""),
		act("a", "csto", "uz", "observer", "2003-09-18", ""),
	}
	say := func(by, stance string) roll.Fact { return position("page", "csto", "az", by, stance, "2018", "") }
	for _, c := range []struct {
		name     string
		by       string
		facts    []roll.Fact
		outcome  string
		blocked  []string
		notKnown []string
		changes  []roll.Change
	}{
		{
			"one promises a veto", "consensus",
			[]roll.Fact{say("am", "veto"), say("az", "seeks")},
			"blocked",
			[]string{"AM"},
			[]string{"BY", "RU"},
			[]roll.Change{{Who: "AM", What: "withdraw_veto"}, {Who: "BY", What: "declare"}, {Who: "RU", What: "declare"}},
		},
		{
			"nobody has said anything", "consensus", nil, "open", nil,
			[]string{"AM", "BY", "RU"},
			[]roll.Change{{Who: "AM", What: "declare"}, {Who: "BY", What: "declare"}, {Who: "RU", What: "declare"}, {Who: "AZ", What: "apply"}},
		},
		{"all are for it", "consensus", []roll.Fact{say("am", "for"), say("by", "for"), say("ru", "for"), say("az", "seeks")}, "possible", nil, nil, nil},
		{"who abstains breaks no consensus", "consensus", []roll.Fact{say("am", "abstains"), say("by", "for"), say("ru", "for"), say("az", "seeks")}, "possible", nil, nil, nil},
		{"a veto that was taken back", "consensus", []roll.Fact{position("page", "csto", "az", "am", "veto", "2010", "2012"), say("am", "for"), say("by", "for"), say("ru", "for"), say("az", "seeks")}, "possible", nil, nil, nil},
		{
			"the later word counts", "consensus",
			[]roll.Fact{position("page", "csto", "az", "am", "for", "2010", ""), say("am", "veto"), say("by", "for"), say("ru", "for"), say("az", "seeks")},
			"blocked",
			[]string{"AM"},
			nil,
			[]roll.Change{{Who: "AM", What: "withdraw_veto"}},
		},
		{"an observer has no veto", "consensus", []roll.Fact{say("uz", "veto"), say("am", "for"), say("by", "for"), say("ru", "for"), say("az", "seeks")}, "possible", nil, nil, nil},
		{
			"two sources on one stance", "consensus",
			[]roll.Fact{say("am", "for"), position("other", "csto", "az", "am", "veto", "2018", ""), say("by", "for"), say("ru", "for"), say("az", "seeks")},
			"open", nil,
			[]string{"AM"},
			[]roll.Change{{Who: "AM", What: "declare"}},
		},
		{"a majority outvotes one", "majority", []roll.Fact{say("am", "veto"), say("by", "for"), say("ru", "for"), say("az", "seeks")}, "possible", nil, nil, nil},
		{
			"a majority is out of reach", "majority",
			[]roll.Fact{say("am", "against"), say("by", "against"), say("az", "seeks")},
			"blocked",
			[]string{"AM", "BY"},
			[]string{"RU"},
			[]roll.Change{{Who: "AM", What: "withdraw_against"}, {Who: "BY", What: "withdraw_against"}, {Who: "RU", What: "declare"}},
		},
		{
			"two thirds are not yet there", "two_thirds",
			[]roll.Fact{say("am", "against"), say("by", "for"), say("az", "seeks")},
			"open", nil,
			[]string{"RU"},
			[]roll.Change{{Who: "AM", What: "withdraw_against"}, {Who: "RU", What: "declare"}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := roll.NewRecord(slices.Concat(base, []roll.Fact{admission("csto", c.by)}, c.facts)).Accession("csto", "az", on("2019-06-01"))
			if err != nil {
				t.Fatal(err)
			}
			if a.Outcome != c.outcome || !slices.Equal(a.BlockedBy, c.blocked) || !slices.Equal(a.NotKnown, c.notKnown) || !slices.Equal(a.WouldChange, c.changes) {
				t.Errorf("%s, blocked by %v, not known %v, would have to change %v", a.Outcome, a.BlockedBy, a.NotKnown, a.WouldChange)
			}
			if len(a.Positions) != 3 {
				t.Errorf("three members have a say: %+v", a.Positions)
			}
		})
	}

	a, err := roll.NewRecord(base).Accession("csto", "az", on("2019-06-01"))
	if err != nil || a.Outcome != "no_rule_known" {
		t.Errorf("without a rule: %+v %v", a, err)
	}
	a, err = roll.NewRecord(append(base, admission("csto", "consensus"))).Accession("csto", "am", on("2019-06-01"))
	if err != nil || a.Outcome != "already_member" {
		t.Errorf("a member already: %+v %v", a, err)
	}
	vague := position("page", "csto", "az", "am", "veto", "2019", "")
	a, err = roll.NewRecord(append(base, admission("csto", "consensus"), vague)).Accession("csto", "az", on("2019-06-01"))
	if err != nil || a.Outcome != "open" || len(a.Positions[0].Cited) != 1 {
		t.Errorf("a veto of which it can't be told whether it was promised by then is shown and doesn't count: %+v %v", a, err)
	}
}

func TestComparisonLeavesOpenWhatIsOpen(t *testing.T) {
	facts := []roll.Fact{
		act("a", "one", "p", "member", "2005", ""), act("a", "two", "p", "member", "2000-01-01", ""),
		act("a", "one", "q", "member", "2000-01-01", ""), act("a", "two", "q", "observer", "2000-01-01", ""),
		act("a", "one", "r", "observer", "2000-01-01", ""),
		act("a", "two", "s", "member", "2000-01-01", "2001-01-01"),
	}
	c, err := roll.NewRecord(facts).Compare("one", "two", roll.Query{On: on("2005-06-01")})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []struct {
		name      string
		got, want []string
	}{
		{"both", c.Both, nil},
		{"only the first", c.OnlyFirst, []string{"q"}},
		{"only the second", c.OnlySecond, nil},
		{"neither", c.Neither, []string{"s"}},
		{"undetermined", c.Undetermined, []string{"p"}},
	} {
		if !slices.Equal(l.got, l.want) {
			t.Errorf("%s: %v, not %v", l.name, l.got, l.want)
		}
	}
	if len(c.OtherStatus) != 2 || !slices.Equal(c.OtherStatus[0].Members, []string{"r"}) || !slices.Equal(c.OtherStatus[1].Members, []string{"q"}) {
		t.Errorf("observers: %+v", c.OtherStatus)
	}
	if c.FirstMembers[0].Full != day.CantBeTold || len(c.FirstMembers[0].Open) != 1 {
		t.Errorf("the date that leaves it open: %+v", c.FirstMembers[0])
	}
}
