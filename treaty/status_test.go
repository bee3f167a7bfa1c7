package treaty_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/treaty"
)

func TestDelaysAsClausesCountThem(t *testing.T) {
	for _, c := range []struct{ delay, from, want string }{
		{"same", "1976-09-15", "1976-09-15"},
		{"days 90", "1950-10-14", "1951-01-12"},                        // Genocide Convention
		{"months 3", "2001-11-12", "2002-02-12"},                       // Children in armed conflict
		{"months 3", "2001-11-30", "2002-02-28"},                       // a month's end is kept
		{"years 2", "1973-12-13", "1975-12-13"},                        // Reduction of statelessness
		{"first_of_month_after_days 60", "2002-04-11", "2002-07-01"},   // Rome Statute
		{"first_of_month_after_months 12", "1986-12-11", "1988-01-01"}, // Sale of goods
		{"first_of_month_after_months 3", "2003-03-14", "2003-07-01"},  // Migrant workers
		{"first_of_month_after_months 3", "2003-03-01", "2003-07-01"},  // deposited on a first: the period ends on 1 June, and July follows
		{"first_of_nth_month 6", "2010-02-16", "2010-08-01"},           // Cluster munitions
		{"weeks 2", "2010-02-16", "2010-03-02"},
		{"fixed 1989-01-01 or days 90", "1988-12-16", "1989-01-01"}, // Montreal Protocol: met in time
		{"fixed 1989-01-01 or days 90", "1989-01-02", "1989-04-02"}, // and if it had not been
	} {
		d := delay(t, c.delay)
		if got := d.After(on(t, c.from)).String(); got != c.want {
			t.Errorf("%s from %s is %s, want %s", c.delay, c.from, got, c.want)
		}
		if d.String() != c.delay {
			t.Errorf("%q is written as %q", c.delay, d)
		}
	}
	for _, text := range []string{"90", "days", "days -1", "days ninety", "moons 3", "fixed 1989-01-01", "fixed soon or days 3", "unknown - read the treaty text"} {
		if _, err := treaty.ParseDelay(text); err == nil {
			t.Errorf("%q is read as a delay", text)
		}
	}
}

func TestEntryIntoForce(t *testing.T) {
	three := `
		2001-01-10 ratification Austria
		2001-02-10 accession Belgium
		2001-03-10 approval Chile`
	for _, c := range []struct {
		name   string
		clause *treaty.Clause
		story  string
		want   string // entry into force, by the acts up to 2030
		lacks  string
	}{
		{"a number of instruments and a delay", count(t, 3, "days 30"), three, "2001-04-09", ""},
		{"too few", count(t, 4, "days 30"), three, "", "instruments"},
		{
			"deposits with several depositaries count once, at the first", count(t, 3, "same"), `
			2001-01-10 ratification Austria with=London
			2001-01-20 ratification Austria with=Moscow
			2001-02-10 ratification Belgium with=London
			2001-03-10 ratification Chile with=Washington`, "2001-03-10", "",
		},
		{
			"a succession never counts beside its predecessor's instrument", count(t, 3, "same"), `
			2001-01-10 ratification Czechoslovakia code=CSK
			2001-02-10 ratification Belgium
			2002-01-01 succession Czechia code=CZE predecessor=Czechoslovakia effective=2001-12-31 ended=yes
			2002-01-02 succession Slovakia code=SVK predecessor=Czechoslovakia effective=2001-12-31 ended=yes
			2003-03-10 ratification Chile`, "2003-03-10", "",
		},
		{
			"a clause may count successions, once for each instrument that isn't in the file",
			&treaty.Clause{Counts: []treaty.Kind{treaty.Ratification, treaty.Succession}, Conditions: []treaty.Condition{{Name: "instruments", Number: 2}}}, `
			2001-02-10 succession Czechia predecessor=Czechoslovakia
			2001-03-10 succession Slovakia predecessor=Czechoslovakia
			2001-04-10 ratification Chile`, "2001-04-10", "",
		},
		{
			"an organisation doesn't count unless the clause says so", count(t, 3, "same"), three[:strings.LastIndex(three, "\n")] + `
			2001-02-20 approval European_Union org=yes
			2001-05-10 approval Denmark`, "2001-05-10", "",
		},
		{
			"an organisation that counts", &treaty.Clause{Conditions: []treaty.Condition{{Name: "instruments", Number: 2, Organisations: true}}}, `
			2001-01-10 ratification Austria
			2001-02-20 approval European_Union org=yes`, "2001-02-20", "",
		},
		{
			"only some of them count, by code or name",
			&treaty.Clause{Conditions: []treaty.Condition{
				{Name: "instruments", Number: 3},
				{Name: "members", Number: 2, Among: []string{"AUT", "belgium", "CHE"}, Group: "member states"},
			}},
			`2001-01-10 ratification Austria code=AUT
			2001-02-10 ratification Chile
			2001-03-10 ratification Denmark
			2001-04-10 ratification Belgium`, "2001-04-10", "",
		},
		{
			"a count and a weight: the later of the two",
			&treaty.Clause{Delay: delay(t, "days 30"), Conditions: []treaty.Condition{
				{Name: "instruments", Number: 2},
				{Name: "emissions", Share: "55", Weights: map[string]string{"Austria": "20.5", "Belgium": "20", "Chile": "14.5"}},
			}}, three, "2001-04-09", "",
		},
		{
			"just the share is enough, unless more than it is asked for",
			&treaty.Clause{Conditions: []treaty.Condition{{Name: "emissions", Share: "55", Over: true, Weights: map[string]string{"Austria": "20.5", "Belgium": "20", "Chile": "14.5"}}}}, three, "", "weight",
		},
		{
			"a weight without the weights",
			&treaty.Clause{Conditions: []treaty.Condition{{Name: "emissions", Share: "55"}}}, three, "", "weights",
		},
		{
			"named parties, all of them",
			&treaty.Clause{Conditions: []treaty.Condition{{Name: "annex_2", All: []string{"Austria", "Chile"}}}}, three, "2001-03-10", "",
		},
		{
			"named parties, one of them lacking",
			&treaty.Clause{Conditions: []treaty.Condition{{Name: "annex_2", All: []string{"Austria", "Denmark"}}}}, three, "", "parties",
		},
		{
			"in no case before a date", &treaty.Clause{
				Conditions: []treaty.Condition{{Name: "instruments", Number: 3}}, Delay: delay(t, "days 30"), NotBefore: day.Must(2002, 1, 1),
			}, three, "2002-01-01", "",
		},
		{
			"nor within two years after opening", &treaty.Clause{
				Conditions: []treaty.Condition{{Name: "instruments", Number: 3}}, Delay: delay(t, "days 30"), NotWithin: delay(t, "years 2"),
			}, "1999-12-01 opening" + three, "2001-12-01", "",
		},
		{
			"a finding by the organ that the clause names", &treaty.Clause{Conditions: []treaty.Condition{
				{Name: "instruments", Number: 3}, {Name: "funds_secured", Finding: "Assembly"},
			}}, three + `
			2001-06-01 finding condition=funds_secured by=Assembly document=A/1`, "2001-06-01", "",
		},
		{
			"a finding by another organ is none", &treaty.Clause{Conditions: []treaty.Condition{
				{Name: "instruments", Number: 3}, {Name: "funds_secured", Finding: "Assembly"},
			}}, three + `
			2001-06-01 finding condition=funds_secured by=Council document=C/1`, "", "finding",
		},
		{
			"consent by signature counts where the clause says so",
			&treaty.Clause{Counts: []treaty.Kind{treaty.Signature, treaty.Ratification}, Conditions: []treaty.Condition{{Name: "instruments", Number: 2}}},
			`2001-01-01 signature Austria
			2001-02-01 ratification Belgium`, "2001-02-01", "",
		},
		{
			"only signatories count",
			&treaty.Clause{Conditions: []treaty.Condition{{Name: "instruments", Number: 2, Signatories: true}}},
			`2000-06-01 signature Austria
			2000-06-01 signature Chile` + three, "2001-03-10", "",
		},
		{
			"an instrument that was withdrawn before counts no more", count(t, 3, "same"), `
			2001-01-10 ratification Austria
			2001-01-20 withdrawal Austria
			2001-02-10 ratification Belgium
			2001-03-10 ratification Chile
			2001-04-10 ratification Denmark`, "2001-04-10", "",
		},
		{
			"nor is a condition met that it had met",
			&treaty.Clause{Conditions: []treaty.Condition{{Name: "instruments", Number: 2}, {Name: "funds", Finding: "Assembly"}}}, `
			2001-01-10 ratification Austria
			2001-02-10 ratification Belgium
			2001-03-20 withdrawal Austria`, "", "instruments finding",
		},
		{
			"what the depositary published goes before a list that lacks instruments", count(t, 4, "days 30"), three + `
			2001-05-01 entry_into_force`, "2001-05-01", "",
		},
		{"without a clause nothing follows", nil, three, "", "clause"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := treaty.NewFile("t", facts(t, "t", c.clause, c.story)).Status(day.Must(2030, 1, 1), day.Date{})
			if entered(s) != c.want || missing(s) != c.lacks || s.InForce != (c.want != "") {
				t.Errorf("in force %v since %q (want %q), missing %q (want %q)", s.InForce, entered(s), c.want, missing(s), c.lacks)
			}
			if len(s.Explanation) == 0 {
				t.Error("nothing is explained")
			}
		})
	}
}

// The optional protocol waits for its convention.
func TestAProtocolWaitsForItsConvention(t *testing.T) {
	parent := facts(t, "parent", count(t, 2, "days 30"), `
		2008-01-03 ratification Austria
		2008-04-03 ratification Belgium`)
	clause := count(t, 1, "days 30")
	clause.After = []string{"parent"}
	child := facts(t, "child", clause, `2008-02-08 ratification Guinea`)
	s := treaty.NewFile("child", append(child, parent...)).Status(day.Must(2008, 4, 10), day.Date{})
	if s.InForce || s.Scheduled == nil || s.Scheduled.String() != "2008-05-03" {
		t.Errorf("scheduled for %v", s.Scheduled)
	}
	s = treaty.NewFile("child", append(child, parent[:2]...)).Status(day.Must(2009, 1, 1), day.Date{})
	if s.InForce || missing(s) != "treaty" {
		t.Errorf("without its convention it lacks %q", missing(s))
	}
	// Two that wait for each other never begin, and the answer comes.
	clause2 := count(t, 1, "same")
	clause2.After = []string{"child"}
	ring := append(facts(t, "parent", clause2, `2008-01-03 ratification Austria`), child...)
	if s := treaty.NewFile("child", ring).Status(day.Must(2030, 1, 1), day.Date{}); s.InForce {
		t.Error("treaties that wait for each other are in force")
	}
}

func TestEntryIntoForceForAParty(t *testing.T) {
	for _, c := range []struct {
		name    string
		rule    *treaty.PartyRule
		deposit string
		want    string
	}{
		{"variant A: deposited long before", &treaty.PartyRule{Variant: treaty.VariantA, Delay: delay(t, "days 90")}, "2001-01-05", "2001-06-01"},
		{"variant A: deposited shortly before", &treaty.PartyRule{Variant: treaty.VariantA, Delay: delay(t, "days 90")}, "2001-05-20", "2001-08-18"},
		{"variant B: deposited shortly before", &treaty.PartyRule{Variant: treaty.VariantB, Delay: delay(t, "days 30")}, "2001-05-20", "2001-06-01"},
		{"variant B: deposited later", &treaty.PartyRule{Variant: treaty.VariantB, Delay: delay(t, "days 30")}, "2001-06-02", "2001-07-02"},
		{"no rule: Article 24(3) of the Vienna Convention", nil, "2001-07-09", "2001-07-09"},
		{"a rule of months' firsts", &treaty.PartyRule{Variant: treaty.VariantA, Delay: delay(t, "first_of_month_after_months 3")}, "2001-07-09", "2001-11-01"},
	} {
		clause := count(t, 1, "same")
		clause.Parties = c.rule
		clause.NotBefore = day.Must(2001, 6, 1)
		s := treaty.NewFile("t", facts(t, "t", clause, `2001-01-01 ratification Austria
			`+c.deposit+` accession Zambia`)).Status(day.Must(2030, 1, 1), day.Date{})
		last := s.Parties[len(s.Parties)-1]
		if last.Name != "Zambia" || last.From == nil || last.From.String() != c.want {
			t.Errorf("%s: %v, want %s", c.name, last.From, c.want)
		}
	}
}

func TestLeaving(t *testing.T) {
	clause := count(t, 2, "same")
	clause.Withdrawal = &treaty.NoticeRule{Provision: "Article 9", Delay: delay(t, "months 12")}
	clause.Below = &treaty.BelowRule{Provision: "Article 15", Number: 2}
	story := `
		2001-01-01 ratification Austria
		2001-01-01 ratification Belgium
		2005-03-31 denunciation Belgium`
	file := treaty.NewFile("t", facts(t, "t", clause, story))
	for _, c := range []struct {
		on      string
		parties string
		inForce bool
	}{
		{"2005-03-30", "Austria Belgium", true},
		{"2006-03-30", "Austria Belgium", true}, // the notice runs
		{"2006-03-31", "", false},               // one is left: the treaty ends
	} {
		s := file.Status(on(t, c.on), day.Date{})
		if names(s.Parties) != c.parties || s.InForce != c.inForce {
			t.Errorf("on %s: %q, in force %v", c.on, names(s.Parties), s.InForce)
		}
	}
	if s := file.Status(day.Must(2010, 1, 1), day.Date{}); s.Ended == nil || s.Ended.String() != "2006-03-31" {
		t.Errorf("ended %v", s.Ended)
	}
	back := treaty.NewFile("t", facts(t, "t", clause, story+`
		2005-12-01 withdrawal_of_denunciation Belgium`))
	if s := back.Status(day.Must(2010, 1, 1), day.Date{}); !s.InForce || names(s.Parties) != "Austria Belgium" {
		t.Errorf("a denunciation that was taken back counts: %q", names(s.Parties))
	}
	again := treaty.NewFile("t", facts(t, "t", count(t, 1, "same"), `
		2001-01-01 ratification Austria
		2002-01-01 denunciation Austria
		2004-01-01 accession Austria`))
	if s := again.Status(day.Must(2003, 1, 1), day.Date{}); names(s.Parties) != "" || names(s.Withdrawn) != "Austria" {
		t.Errorf("who has left is %q", names(s.Withdrawn))
	}
	if s := again.Status(day.Must(2005, 1, 1), day.Date{}); names(s.Parties) != "Austria" {
		t.Errorf("who came back is not among %q", names(s.Parties))
	}
}

func TestAStateThatIsNoMore(t *testing.T) {
	story := `
		1990-01-01 ratification Czechoslovakia code=CSK
		1990-01-01 ratification Belgium
		1993-02-22 succession Czechia code=CZE predecessor=Czechoslovakia effective=1993-01-01 ended=yes
		1993-05-28 succession Slovakia code=SVK predecessor=Czechoslovakia effective=1993-01-01 ended=yes`
	file := treaty.NewFile("t", facts(t, "t", count(t, 2, "same"), story))
	s := file.Status(day.Must(1994, 1, 1), day.Date{})
	if names(s.Parties) != "Belgium Czechia Slovakia" || s.Instruments != 2 {
		t.Errorf("parties %q with %d instruments", names(s.Parties), s.Instruments)
	}
	if s.Parties[1].From.String() != "1993-01-01" {
		t.Errorf("the successor is a party from %v", s.Parties[1].From)
	}
	if s := file.Status(day.Must(1992, 1, 1), day.Date{}); names(s.Parties) != "Belgium Czechoslovakia" {
		t.Errorf("before, parties were %q", names(s.Parties))
	}
}

func TestProvisionalApplicationReservationsAndObjections(t *testing.T) {
	s := treaty.NewFile("t", facts(t, "t", count(t, 2, "same"), `
		2001-01-01 provisional_application Chile
		2001-01-01 provisional_application Denmark
		2001-02-01 provisional_application_end Denmark
		2001-03-01 ratification Austria
		2001-03-01 reservation Austria text=not_Article_5
		2001-04-01 objection Belgium against=Austria
		2001-04-02 objection Chile against=Austria
		2001-05-01 withdrawal_of_objection Chile against=Austria
		2001-06-01 declaration Austria text=the_authority
		2001-07-01 withdrawal_of_declaration Austria`)).Status(day.Must(2002, 1, 1), day.Date{})
	if len(s.Provisional) != 1 || s.Provisional[0].Name != "Chile" {
		t.Errorf("applied provisionally by %v", s.Provisional)
	}
	if len(s.Reservations) != 2 || len(s.Reservations[0].Objections) != 1 || s.Reservations[0].Objections[0].Name != "Belgium" || s.Reservations[1].Withdrawn != "2001-07-01" {
		t.Errorf("reservations: %+v", s.Reservations)
	}
}

// A date that is known in part is never filled up.
func TestPartialDates(t *testing.T) {
	file := treaty.NewFile("t", facts(t, "t", count(t, 2, "days 30"), `
		2001-01-10 ratification Austria
		2001-05 ratification Belgium`))
	for _, c := range []struct{ on, answer string }{
		{"2001-05-30", "no"}, // 1 May and 30 days is the 31st
		{"2001-05-31", "cant-be-told"},
		{"2001-06-29", "cant-be-told"},
		{"2001-06-30", "yes"}, // 31 May and 30 days
	} {
		s := file.Status(on(t, c.on), day.Date{})
		if s.Answer.String() != c.answer || s.InForce != (c.answer == "yes") {
			t.Errorf("on %s: %s, want %s", c.on, s.Answer, c.answer)
		}
		if c.answer == "cant-be-told" && (len(s.Open) != 1 || s.Open[0].Party != "Belgium" || s.Open[0].On != "2001-05") {
			t.Errorf("on %s it doesn't say what leaves it open: %v", c.on, s.Open)
		}
	}
	s := file.Status(day.Must(2002, 1, 1), day.Date{})
	if s.Entry != nil || s.Between == nil || s.Between.From.String() != "2001-05-31" || s.Between.To.String() != "2001-06-30" {
		t.Errorf("in force since %v, between %v", s.Entry, s.Between)
	}
}

// Without the clause, or the weights that alone are wanting, nobody can say no.
func TestWhatTheFileLacksIsNoNo(t *testing.T) {
	weighed := func(n int) *treaty.Clause {
		return &treaty.Clause{Conditions: []treaty.Condition{{Name: "instruments", Number: n}, {Name: "emissions", Share: "55"}}}
	}
	for _, c := range []struct {
		name, answer string
		clause       *treaty.Clause
		more         string
	}{
		{"no clause", "cant-be-told", nil, ""},
		{"no clause, but a published date", "yes", nil, "2001-05-01 entry_into_force"},
		{"no weights", "cant-be-told", weighed(1), ""},
		{"no weights, and too few instruments", "no", weighed(2), ""},
	} {
		s := treaty.NewFile("t", facts(t, "t", c.clause, "2001-01-10 ratification Austria\n"+c.more)).Status(day.Must(2010, 1, 1), day.Date{})
		if s.Answer.String() != c.answer || s.InForce != (c.answer == "yes") {
			t.Errorf("%s: %s, want %s", c.name, s.Answer, c.answer)
		}
	}
}

func TestWhatWasKnown(t *testing.T) {
	all := facts(t, "t", count(t, 2, "same"), `
		2001-01-10 ratification Austria known=2001-01-11
		2001-02-10 ratification Belgium known=2003-01-01`)
	wrong := all[1].ID()
	all = append(all, treaty.Fact{
		Source: all[1].Source, Known: day.Must(2005, 1, 1),
		Action: &treaty.Action{Treaty: "t", Kind: treaty.Rectification, Corrects: wrong, Text: "the instrument was of another treaty"},
	})
	file := treaty.NewFile("t", all)
	for _, c := range []struct {
		knownOn string
		inForce bool
		n       int
	}{
		{"2002-01-01", false, 1},
		{"2004-01-01", true, 2},
		{"2006-01-01", false, 1}, // the first was taken back
		{"", false, 1},
	} {
		if s := file.Status(day.Must(2004, 1, 1), on(t, c.knownOn)); s.InForce != c.inForce || s.Instruments != c.n {
			t.Errorf("known on %s: %v with %d", c.knownOn, s.InForce, s.Instruments)
		}
	}
}

func TestTheAnswerInJSON(t *testing.T) {
	raw, err := json.Marshal(treaty.NewFile("none", nil).Status(day.Must(2020, 1, 1), day.Date{}))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"in_force", "entry_into_force", "scheduled", "instruments", "needed", "missing", "parties", "signatories", "explanation"} {
		if _, ok := got[key]; !ok {
			t.Errorf("the answer has no %s", key)
		}
	}
	for key, v := range got {
		if v == nil && !strings.Contains("entry_into_force scheduled known_on ended computed", key) {
			t.Errorf("%s is null, not a list", key)
		}
	}
}

func TestProjectingAndWhatIsComing(t *testing.T) {
	clause := &treaty.Clause{Provision: "Article 20", Delay: delay(t, "days 30"), Conditions: []treaty.Condition{
		{Name: "instruments", Number: 2}, {Name: "funds_secured", Finding: "Assembly"},
	}}
	file := treaty.NewFile("t", facts(t, "t", clause, `
		2025-12-16 signature Moldova code=MDA
		2025-12-16 signature Netherlands code=NLD
		2026-03-01 ratification Netherlands code=NLD`))
	p, err := file.Project([]string{"MD ratifies 2026-12-01", "funds_secured found 2026-12-05"}, day.Must(2026, 6, 1), day.Date{})
	if err != nil {
		t.Fatal(err)
	}
	if missing(p.Now) != "instruments finding" || len(p.Now.NotRatified) != 1 || p.Now.NotRatified[0].Name != "Moldova" {
		t.Errorf("now it lacks %q, and not ratified have %v", missing(p.Now), p.Now.NotRatified)
	}
	if entered(p.Then) != "2027-01-04" || p.Then.InForce || len(p.Then.NotRatified) != 0 {
		t.Errorf("then it enters into force on %q", entered(p.Then))
	}
	for text, code := range map[string]string{
		"MD ratifies":                  "treaty.assume.form",
		"MD ratifies soon":             "treaty.assume.form",
		"MD promises 2026-12-01":       "treaty.assume.form",
		"Moldavia ratifies 2026-12-01": "treaty.assume.party",
		"money found 2026-12-01":       "treaty.assume.condition",
	} {
		if _, err := file.Project([]string{text}, day.Must(2026, 6, 1), day.Date{}); err == nil || !strings.Contains(err.Error(), code) {
			t.Errorf("%q: %v, want %s", text, err, code)
		}
	}
	if _, err := file.Project([]string{"JP accedes 2026-12-01"}, day.Must(2026, 6, 1), day.Date{}); err != nil {
		t.Errorf("a state that has not signed, by its code: %v", err)
	}
	coming := treaty.NewFile("t", facts(t, "t", count(t, 1, "days 30"), `
		2026-03-01 ratification Netherlands
		2026-03-02 ratification Moldova`)).Upcoming(day.Must(2026, 3, 3), day.Date{})
	if len(coming) != 1 || coming[0].On.String() != "2026-03-31" || coming[0].Step.Code != "treaty.step.coming.entry" {
		t.Errorf("coming: %+v", coming)
	}
}

func TestTheNoticeOfADeposit(t *testing.T) {
	clause := count(t, 2, "days 30")
	clause.Parties = &treaty.PartyRule{Variant: treaty.VariantA, Delay: delay(t, "days 30")}
	all := facts(t, "t", clause, `
		2026-03-01 ratification Netherlands
		2026-03-02 ratification Moldova`)
	n, err := treaty.NewFile("t", all).Notice(all[2].ID(), day.Date{})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, p := range n.Paragraphs {
		said = append(said, strings.TrimPrefix(p.Code, "treaty.notice.")+" "+p.Value("date"))
	}
	if got := strings.Join(said, "; "); got != "communicates ; effected ; enters_for_party 2026-04-01; enters 2026-04-01" {
		t.Errorf("the notice says %s", got)
	}
	if _, err := treaty.NewFile("t", all).Notice("nothing", day.Date{}); err == nil {
		t.Error("a notice of an action that isn't there")
	}
}

func TestASummaryBeforeABundleIsAccepted(t *testing.T) {
	have := facts(t, "t", count(t, 2, "same"), `
		2001-01-10 ratification Austria
		2001-02-10 signature Belgium`)
	s := treaty.Summarise(have, treaty.Bundle{Facts: facts(t, "t", count(t, 3, "same"), `
		2001-01-10 ratification Austria
		2001-02-11 signature Belgium
		2001-05-11 signature Chile
		2005-05-11 denunciation Austria`)})
	if s.Known != 1 || len(s.Added) != 1 || len(s.Ended) != 1 || len(s.Changed) != 1 || len(s.Conflict) != 1 {
		t.Errorf("known %d, added %d, ended %d, changed %d, in conflict %d", s.Known, len(s.Added), len(s.Ended), len(s.Changed), len(s.Conflict))
	}
}

func TestAFactThatCantBe(t *testing.T) {
	good := facts(t, "t", count(t, 2, "same"), `2001-01-10 ratification Austria`)[1]
	for code, spoil := range map[string]func(*treaty.Fact){
		"treaty.fact.one":       func(f *treaty.Fact) { f.Action = nil },
		"treaty.fact.no-treaty": func(f *treaty.Fact) { f.Action.Treaty = "" },
		"treaty.fact.no-source": func(f *treaty.Fact) { f.Source.Name = "" },
		"treaty.fact.no-known":  func(f *treaty.Fact) { f.Known = day.Date{} },
		"treaty.fact.text":      func(f *treaty.Fact) { f.Action.Party = "\xff" },
		"treaty.fact.kind":      func(f *treaty.Fact) { f.Action.Kind = "promise" },
		"treaty.fact.no-party":  func(f *treaty.Fact) { f.Action.Party = "" },
		"treaty.fact.finding":   func(f *treaty.Fact) { f.Action.Kind = treaty.Finding },
		"treaty.clause.asks": func(f *treaty.Fact) {
			f.Action, f.Instrument = nil, &treaty.Instrument{ID: "t", Clause: &treaty.Clause{Conditions: []treaty.Condition{{Name: "instruments", Number: 3, Finding: "Assembly"}}}}
		},
		"treaty.clause.too-few": func(f *treaty.Fact) {
			f.Action, f.Instrument = nil, &treaty.Instrument{ID: "t", Clause: &treaty.Clause{Conditions: []treaty.Condition{{Name: "instruments", Number: 3, Among: []string{"AUT"}}}}}
		},
	} {
		f, a := good, *good.Action
		f.Action = &a
		spoil(&f)
		if err := f.Check(); err == nil || !strings.HasPrefix(err.Error(), code) {
			t.Errorf("%v, want %s", err, code)
		}
	}
	for id, want := range map[string]string{"un:4-1": "treaty/un.3a4-1", "iccu-2025": "treaty/iccu-2025", "ggo:A#2": "treaty/ggo.3aA.232"} {
		if got := string(treaty.Stream(id)); got != want {
			t.Errorf("the stream of %s is %s, want %s", id, got, want)
		}
	}
}
