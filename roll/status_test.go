package roll_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/roll"
)

func TestAChainOfActsGivesAStatusOnEachDay(t *testing.T) {
	type answer struct {
		date   string
		status roll.Status // "" where it can't be told
		may    []roll.Status
	}
	full, left, none := roll.Full, roll.Left, roll.None
	for _, c := range []struct {
		name  string
		facts []roll.Fact
		want  []answer
	}{
		{"a member from a day on", []roll.Fact{act("a", "cis", "am", "member", "1994-03-16", "")}, []answer{
			{"1994-03-15", none, nil}, {"1994-03-16", full, nil}, {"2018-11-21", full, nil},
		}},
		{"a member up to its last day", []roll.Fact{act("a", "cis", "ge", "member", "1993-12-03", "2009-08-18")}, []answer{
			{"2009-08-18", full, nil}, {"2009-08-19", left, nil},
		}},
		{"a year stays a year", []roll.Fact{act("a", "cis", "ge", "member", "2005", "2007")}, []answer{
			{"2004-12-31", none, nil},
			{"2005-07-01", "", []roll.Status{full, none}},
			{"2005-12-31", full, nil},
			{"2007-01-01", full, nil},
			{"2007-07-01", "", []roll.Status{full, left}},
			{"2008-01-01", left, nil},
		}},
		{"before a month", []roll.Fact{act("a", "cis", "ge", "member", "before 2019-05", "")}, []answer{
			{"2000-01-01", "", []roll.Status{full, none}}, {"2019-04-30", full, nil},
		}},
		{"an end that isn't known is not no end", []roll.Fact{act("a", "cis", "ge", "member", "2005-01-01", "ended")}, []answer{
			{"2005-01-01", "", []roll.Status{full, left}}, {"2020-01-01", "", []roll.Status{full, left}},
		}},
		{"a source that stops can't tell of later days", []roll.Fact{act("a", "cis", "ge", "member", "2005", "told 2014-12-31")}, []answer{
			{"2014-12-31", full, nil}, {"2015-01-01", "", []roll.Status{full, none}},
		}},
		{"one status after another", []roll.Fact{
			act("a", "sco", "by", "dialogue_partner", "2010", "2015"), act("a", "sco", "by", "observer", "2015", "2024-07-03"), act("a", "sco", "by", "member", "2024-07-04", ""),
		}, []answer{
			{"2012-01-01", roll.Participant, nil},
			{"2016-01-01", roll.Observer, nil},
			{"2024-07-04", full, nil},
			{"2015-06-01", "", []roll.Status{roll.Participant, roll.Observer, left}},
		}},
		{"suspended comes before member", []roll.Fact{
			act("a", "coe", "ru", "member", "1996-02-28", "2022-03-16"), act("b", "coe", "ru", "suspended", "2022-02-25", "2022-03-16"),
		}, []answer{{"2022-02-24", full, nil}, {"2022-02-25", roll.Suspended, nil}, {"2022-03-17", left, nil}}},
		{"who only signed has not left", []roll.Fact{act("a", "cst", "am", "signatory", "1992-05-15", "1994-04-19")}, []answer{
			{"1993-01-01", roll.Signatory, nil}, {"1995-01-01", none, nil},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := roll.NewRecord(c.facts)
			m := c.facts[0].Membership
			for _, want := range c.want {
				got := standing(t, r, string(m.Body), string(m.Member), want.date, "")
				if got.Status != want.status || !slices.Equal(got.Possible, want.may) {
					t.Errorf("on %s it is %q %v, not %q %v", want.date, got.Status, got.Possible, want.status, want.may)
				}
				if (got.Status == "") != (len(got.Open) > 0) {
					t.Errorf("on %s: %q, and what leaves it open is %v", want.date, got.Status, got.Open)
				}
			}
		})
	}
}

func TestAnOpenAnswerNamesTheDatesThatLeaveItOpen(t *testing.T) {
	f := act("a", "cis", "ge", "member", "2005", "2007")
	r := roll.NewRecord([]roll.Fact{f})
	begin := standing(t, r, "cis", "ge", "2005-07-01", "")
	if diff := cmp.Diff([]roll.Open{{Fact: f.ID(), What: "begin", Date: when("2005")}}, begin.Open, cmp.AllowUnexported(day.When{}, day.Date{})); diff != "" || begin.Full != day.CantBeTold {
		t.Error(begin.Full, diff)
	}
	end := standing(t, r, "cis", "ge", "2007-07-01", "")
	if diff := cmp.Diff([]roll.Open{{Fact: f.ID(), What: "end", Date: when("2007")}}, end.Open, cmp.AllowUnexported(day.When{}, day.Date{})); diff != "" {
		t.Error(diff)
	}
}

func TestAnOpenTimeIsCarriedOnFromTheDayItWasLearned(t *testing.T) {
	r := roll.NewRecord([]roll.Fact{act("a", "cis", "am", "member", "1994-03-16", "")})
	if s := standing(t, r, "cis", "am", "2025-12-31", ""); s.Carried || s.Full != day.Yes {
		t.Errorf("before it was learned: %+v", s)
	}
	if s := standing(t, r, "cis", "am", "2026-06-01", ""); !s.Carried || s.Full != day.Yes {
		t.Errorf("after it was learned the answer must say that it is carried on: %+v", s)
	}
}

func TestFrozenByItselfAndLeavingStandBesideMember(t *testing.T) {
	r := roll.NewRecord([]roll.Fact{
		act("a", "csto", "am", "member", "2003-09-18", ""),
		act("b", "csto", "am", "participation_frozen", "2024-02-22", ""),
		act("c", "csto", "am", "notice_of_withdrawal", "2025", ""),
	})
	s := standing(t, r, "csto", "am", "2025-06-01", "")
	want := []roll.Beside{{Status: roll.Frozen, Is: day.Yes}, {Status: roll.Leaving, Is: day.CantBeTold}}
	if s.Status != roll.Full || !slices.Equal(s.Beside, want) {
		t.Errorf("Armenia is %q with %v", s.Status, s.Beside)
	}
	if s := standing(t, r, "csto", "am", "2024-02-21", ""); len(s.Beside) != 0 {
		t.Errorf("before it said so: %v", s.Beside)
	}
}

func TestSourcesThatDiffer(t *testing.T) {
	cow := act("Correlates of War", "csto", "uz", "member", "2002", "2011")
	tass := act("TASS", "csto", "uz", "member", "2006-06-23", "2012-12-19")
	r := roll.NewRecord([]roll.Fact{cow, tass})
	for date, want := range map[string]roll.Status{
		"2001-12-31": roll.None, "2004-01-01": "", "2008-01-01": roll.Full, "2012-06-01": "", "2012-12-20": roll.Left,
	} {
		if s := standing(t, r, "csto", "uz", date, ""); s.Status != want || s.Disputed != (want == "") {
			t.Errorf("on %s: %q, disputed %v; want %q", date, s.Status, s.Disputed, want)
		}
	}
	list := r.Disagreements("csto")
	if len(list) != 1 || list[0].Resolved || len(list[0].Versions) != 2 || list[0].Versions[0].Value != "2002 / 2011" {
		t.Fatalf("the page of disagreements has %+v", list)
	}

	r = roll.NewRecord([]roll.Fact{cow, tass, prefer("csto", tass, cow, "days, not years")})
	for date, want := range map[string]roll.Status{"2004-01-01": roll.None, "2008-01-01": roll.Full, "2012-06-01": roll.Full} {
		s := standing(t, r, "csto", "uz", date, "")
		if s.Status != want || len(s.Cited) != 2 {
			t.Errorf("with a preference, on %s: %q from %d facts; want %q from 2", date, s.Status, len(s.Cited), want)
		}
	}
	if list := r.Disagreements("csto"); len(list) != 1 || !list[0].Resolved || list[0].Reason != "days, not years" || !list[0].Versions[0].Cited.SetAside || !list[0].Versions[1].Preferred {
		t.Errorf("a preferred fact settles it, and both stay: %+v", list)
	}
}

func TestAVaguerSourceDoesNotDisagree(t *testing.T) {
	r := roll.NewRecord([]roll.Fact{
		act("years", "eaeu", "kg", "member", "2015", "told 2020-12-31"), act("days", "eaeu", "kg", "member", "2015-08-06", ""),
	})
	if s := standing(t, r, "eaeu", "kg", "2015-03-01", ""); s.Status != roll.None {
		t.Errorf("the source that knows the day decides: %q %v", s.Status, s.Open)
	}
	if list := r.Disagreements(""); len(list) != 0 {
		t.Errorf("they agree: %+v", list)
	}
}

func TestAFactWithADoubtIsHeardWhereNoOtherCanTell(t *testing.T) {
	facts := []roll.Fact{
		act("seen", "coe", "az", "member", "2001-01-25", ""),
		doubted(act("hearsay", "coe", "az", "member", "2000-01-01", ""), "not confirmed"),
	}
	if s := standing(t, roll.NewRecord(facts), "coe", "az", "2000-06-01", ""); s.Status != roll.None {
		t.Errorf("what was seen counts: %q", s.Status)
	}
	s := standing(t, roll.NewRecord(facts[1:]), "coe", "az", "2000-06-01", "")
	if s.Status != roll.Full || s.Cited[0].Doubt != "not confirmed" {
		t.Errorf("alone, the doubtful one counts and shows its doubt: %+v", s)
	}
}

func TestTwoSpellsOfOneActAreNoDisagreement(t *testing.T) {
	r := roll.NewRecord([]roll.Fact{
		act("a", "csto", "uz", "member", "1994-04-20", "1999-04-20"), act("b", "csto", "uz", "member", "2006-06-23", "2012-12-19"),
	})
	for date, want := range map[string]roll.Status{"1995-01-01": roll.Full, "2002-01-01": roll.Left, "2008-01-01": roll.Full, "2018-01-01": roll.Left} {
		if s := standing(t, r, "csto", "uz", date, ""); s.Status != want {
			t.Errorf("on %s: %q, not %q", date, s.Status, want)
		}
	}
	if list := r.Disagreements("csto"); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

func TestAnActThatTheRuleDoesNotKnowIsShown(t *testing.T) {
	r := roll.NewRecord([]roll.Fact{act("a", "cis", "ua", "special_partner", "1991", "")})
	if s := standing(t, r, "cis", "ua", "2000-01-01", ""); s.Status != roll.None || !slices.Equal(s.Unruled, []string{"special_partner"}) {
		t.Errorf("%+v", s)
	}
}

// cisRules are the two ways of counting the members of the CIS.
func cisRules() []roll.Fact {
	charter, page := says("the Charter"), says("the page")
	charter.Rule = &roll.Rule{Body: "cis", Name: "charter", Provision: "Charter of the CIS, Article 7", Gives: []roll.RuleStep{
		{Status: roll.Full, Acts: []string{"member"}}, {Status: roll.Associate, Acts: []string{"associate_member"}},
	}}
	page.Rule = &roll.Rule{Body: "cis", Name: "source", Default: true, Provision: "commonspace.eu, 2018-11-21", Gives: []roll.RuleStep{
		{Status: roll.Full, Acts: []string{"member", "founding_agreement_party", "associate_member"}, Except: []string{"recall_of_representatives"}},
	}}
	return []roll.Fact{charter, page}
}

func TestTheRuleIsNamedAndTheOtherIsShown(t *testing.T) {
	r := roll.NewRecord(append(cisRules(),
		act("a", "cis", "tm", "founding_agreement_party", "1991-12-26", ""), act("b", "cis", "tm", "associate_member", "2005-08-26", ""),
		act("c", "cis", "ua", "founding_agreement_party", "1991-12-10", ""), act("d", "cis", "ua", "recall_of_representatives", "2018-05-19", ""),
	))
	m, err := r.Members("cis", roll.Query{On: on("2018-11-21")})
	if err != nil {
		t.Fatal(err)
	}
	if m.Rule.Name != "source" || !m.Rule.Default || len(m.Members) != 1 || m.Members[0].Member.ID != "tm" {
		t.Errorf("by the default: %+v %+v", m.Rule, m.Members)
	}
	if len(m.OtherRules) != 1 || m.OtherRules[0].Rule.Name != "charter" || len(m.OtherRules[0].Changes) != 1 ||
		m.OtherRules[0].Changes[0].Used != roll.Full || m.OtherRules[0].Changes[0].Other != roll.Associate {
		t.Errorf("the other rule: %+v", m.OtherRules)
	}
	if s := standing(t, r, "cis", "tm", "2018-11-21", "charter"); s.Status != roll.Associate {
		t.Errorf("Turkmenistan by the Charter: %q", s.Status)
	}
	for date, want := range map[string]roll.Status{"2018-05-18": roll.Full, "2018-05-19": roll.None} {
		if s := standing(t, r, "cis", "ua", date, "source"); s.Status != want {
			t.Errorf("Ukraine by the page's count on %s: %q", date, s.Status)
		}
	}
	_, err = r.Members("cis", roll.Query{On: on("2018-11-21"), Rule: "chartre"})
	if fault.Code(err) != "roll.no-such-rule" {
		t.Error(err)
	}
	if got := r.RuleNames("cis"); !slices.Equal(got, []string{"source", "charter", "general"}) {
		t.Errorf("the rules to choose from: %v", got)
	}
}

func TestQuestionsThatCantBeAsked(t *testing.T) {
	r := roll.NewRecord([]roll.Fact{act("a", "cis", "am", "member", "1994", ""), thing("kremlin", roll.Person, "", "K")})
	for code, ask := range map[string]func() error{
		"roll.no-day":         func() error { _, err := r.Members("cis", roll.Query{}); return err },
		"roll.no-such-body":   func() error { _, err := r.Members("cits", roll.Query{On: learned}); return err },
		"roll.no-such-group":  func() error { _, err := r.Members("cis", roll.Query{On: learned, Among: "g7"}); return err },
		"roll.no-such-rule":   func() error { _, err := r.Compare("cis", "cis", roll.Query{On: learned, Rule: "x"}); return err },
		"roll.years":          func() error { _, err := r.Closeness("cis", "cis", 2020, 2010, 3, ""); return err },
		"roll.no-such-series": func() error { _, err := r.MeetingOf("summits", 1); return err },
		"roll.days-turned-around": func() error {
			_, err := r.Differences("cis", on("2020-01-01"), on("2019-01-01"), "")
			return err
		},
		"roll.no-such-candidate": func() error { _, err := r.Accession("cis", "atlantis", learned); return err },
	} {
		if got := fault.Code(ask()); got != code {
			t.Errorf("%s: the fault is %q", code, got)
		}
	}
	if _, err := r.Members("kremlin", roll.Query{On: learned}); fault.Code(err) != "roll.no-such-body" {
		t.Errorf("a person is no body: %v", err)
	}
}
