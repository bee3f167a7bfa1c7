package roll_test

import (
	"slices"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

const (
	caption = "commonspace.eu 2018-11-21, caption"
	article = "commonspace.eu 2018-11-21, text"
	series  = "cis-security-councils"
)

// theMeeting is the sixth meeting as the page tells of it: ten states in the
// text, nine in the caption; two officials, each under two titles.
func theMeeting() []roll.Fact {
	facts := []roll.Fact{
		thing(series, roll.Series, "cis", "Meeting of the heads of the Security Councils of the CIS"),
		thing("csto-secretaries", roll.Series, "csto", "Committee of Secretaries"),
		meeting(article, series, 6, "2018-11-21", "Moscow"),
		meeting("a list", "csto-secretaries", 3, "2018-11-23", "moscow"),
		thing("sergei-lebedev", roll.Person, "", "Sergey Lebedev"), thing("valery-semerikov", roll.Person, "", "Valery Semerikov"),
	}
	for _, state := range []string{"am", "az", "by", "kg", "kz", "md", "tj", "uz"} {
		facts = append(facts, seat(caption, series, 6, "delegate-"+state, state, "", "Secretary of the Security Council", "delegate"))
	}
	facts = append(facts,
		seat(caption, series, 6, "nikolai-patrushev", "ru", "", "Secretary of the Security Council", "delegate", "host"),
		seat(caption, series, 6, "sergei-lebedev", "cis", "cis-head", "chairman of the CIS Executive Committee", "guest"),
		seat(article, series, 6, "sergei-lebedev", "cis", "cis-head", "Secretary General of the CIS", "guest"),
		seat(caption, series, 6, "valery-semerikov", "csto", "csto-head", "Secretary General of the CSTO", "guest"),
		seat(article, series, 6, "valery-semerikov", "csto", "csto-head", "acting Secretary General", "guest"))
	count := says(article)
	count.Count = &roll.Count{Series: series, Ordinal: 6, Of: "states_represented", Number: 10}
	named := says(caption)
	named.Count = &roll.Count{Series: series, Ordinal: 6, Of: "states_named", Number: 9}
	return append(facts, count, named)
}

func TestTheCheckFindsWhatThePageContradicts(t *testing.T) {
	r := roll.NewRecord(append(twoBodies(t), theMeeting()...))
	found := r.Check()
	for _, want := range []struct {
		code  string
		about []roll.ID
	}{
		{roll.FoundStatesCount, []roll.ID{"tm"}},
		{roll.FoundTitlesDiffer, []roll.ID{"sergei-lebedev"}},
		{roll.FoundActingDropped, []roll.ID{"valery-semerikov"}},
		{roll.FoundNotInOffice, []roll.ID{"sergei-lebedev", "cis-head"}},
	} {
		if !has(found, want.code, want.about...) {
			t.Errorf("%s about %v is not found", want.code, want.about)
		}
	}
	counts := 0
	for _, f := range found {
		if f.Code != roll.FoundStatesCount {
			continue
		}
		counts++
		if len(f.About) != 1 {
			t.Errorf("the one state without anybody: %+v", f.About)
		}
	}
	if counts != 1 {
		t.Errorf("the caption's nine agree with the names, the text's ten don't: %d findings", counts)
	}
	if has(found, roll.FoundTitlesDiffer, "valery-semerikov") || has(found, roll.FoundNotInOffice, "valery-semerikov") {
		t.Error("the acting head has one title, and a tenure that covers the day")
	}
}

func TestWhatIsNotKnownIsNotAbsent(t *testing.T) {
	facts := append(twoBodies(t), theMeeting()...)
	m, err := roll.NewRecord(facts).MeetingOf(series, 6)
	if err != nil {
		t.Fatal(err)
	}
	if m.StatesNamed != 9 || len(m.Attendance) != 11 || len(m.NotKnown) != 1 || m.NotKnown[0].ID != "tm" || m.Place != "Moscow" {
		t.Errorf("%d states, %d seats, not known %v, in %q", m.StatesNamed, len(m.Attendance), m.NotKnown, m.Place)
	}
	for _, a := range m.Attendance {
		if a.Person.ID == "valery-semerikov" && (len(a.Titles) != 2 || len(a.Tenures) != 1 || a.Tenures[0].Sort != "acting" || a.Tenures[0].Covers != day.Yes) {
			t.Errorf("his tenure on that day: %+v", a)
		}
		if a.Person.ID == "nikolai-patrushev" && !slices.Equal(a.Capacity, []string{"delegate", "host"}) {
			t.Errorf("the host: %+v", a)
		}
	}
	absent := seat("a protocol", series, 6, "", "tm", "", "", "delegate")
	absent.Attendance.Presence = "absent"
	m, err = roll.NewRecord(append(facts, absent)).MeetingOf(series, 6)
	if err != nil || len(m.NotKnown) != 0 || m.StatesNamed != 9 || len(m.Attendance) != 12 {
		t.Errorf("once a source says that it was absent: %+v %v", m.NotKnown, err)
	}
}

func TestOfficesAtMeetings(t *testing.T) {
	base := []roll.Fact{
		thing("o", roll.Office, "b", "Head"), thing("b", roll.Body, "", "B"), thing("s", roll.Series, "b", "S"), meeting("a", "s", 1, "2018-11-21", "X"),
	}
	for _, c := range []struct {
		name  string
		facts []roll.Fact
		code  string
		not   string
	}{
		{"a tenure that covers the day", []roll.Fact{tenure("a", "o", "p", "full", "", "2017", "2019"), seat("a", "s", 1, "p", "", "o", "")}, "", roll.FoundNotInOffice},
		{"a tenure over by then", []roll.Fact{tenure("a", "o", "p", "full", "", "2010", "2018-10"), seat("a", "s", 1, "p", "", "o", "")}, roll.FoundNotInOffice, roll.FoundMaybeNot},
		{"a tenure that ends in that year", []roll.Fact{tenure("a", "o", "p", "full", "", "2010", "2018"), seat("a", "s", 1, "p", "", "o", "")}, roll.FoundMaybeNot, roll.FoundNotInOffice},
		{"another's office", []roll.Fact{tenure("a", "o", "q", "full", "", "2010", ""), seat("a", "s", 1, "p", "", "o", "")}, roll.FoundNotInOffice, ""},
		{"an office of which nothing is known", []roll.Fact{seat("a", "s", 1, "p", "", "o", "Head")}, "", roll.FoundNotInOffice},
		{"acting, and named in full", []roll.Fact{tenure("a", "o", "p", "acting", "", "2017", "2019"), seat("a", "s", 1, "p", "", "o", "Head of B")}, roll.FoundActingDropped, roll.FoundActingAdded},
		{"in full, and named acting", []roll.Fact{tenure("a", "o", "p", "full", "", "2017", "2019"), seat("a", "s", 1, "p", "", "o", "Acting Head of B")}, roll.FoundActingAdded, roll.FoundActingDropped},
		{"acting, and named so", []roll.Fact{tenure("a", "o", "p", "acting", "", "2017", "2019"), seat("a", "s", 1, "p", "", "o", "acting head")}, "", roll.FoundActingDropped},
		{"dead by then", []roll.Fact{dead("p", "2017"), seat("a", "s", 1, "p", "", "", "Head")}, roll.FoundSeatAfterDeath, ""},
		{"a meeting that isn't there", []roll.Fact{seat("a", "s", 2, "p", "", "", "Head")}, roll.FoundNoMeeting, ""},
		{"a later number before", []roll.Fact{meeting("a", "s", 2, "2017", "X")}, roll.FoundOrdinals, ""},
		{"there and not there", []roll.Fact{seat("a", "s", 1, "p", "", "", "Head"), missed(seat("b", "s", 1, "p", "", "", "Head"))}, roll.FoundPresentAbsent, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := roll.NewRecord(slices.Concat(base, c.facts)).Check()
			if c.code == "" && len(found) > 0 || c.code != "" && !has(found, c.code) || c.not != "" && has(found, c.not) {
				t.Errorf("want %q, not %q; found %+v", c.code, c.not, found)
			}
		})
	}
}

func dead(id, date string) roll.Fact {
	f := thing(id, roll.Person, "", "P")
	f.Thing.Ended, f.Thing.To = true, when(date)
	return f
}

func missed(f roll.Fact) roll.Fact {
	f.Attendance.Presence = "absent"
	return f
}

func TestHoldersOfOneOffice(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b roll.Fact
		code string
	}{
		{"one after the other", tenure("a", "o", "p", "full", "", "2010-01-01", "2012-12-31"), tenure("a", "o", "q", "full", "", "2013-01-01", ""), ""},
		{"the day of the change", tenure("a", "o", "p", "full", "", "2010-01-01", "2013-01-01"), tenure("a", "o", "q", "full", "", "2013-01-01", ""), roll.FoundTenuresMeet},
		{"both in full", tenure("a", "o", "p", "full", "", "2010-01-01", "2014-01-01"), tenure("a", "o", "q", "full", "", "2013-01-01", ""), roll.FoundTwoHolders},
		{"one without an end", tenure("a", "o", "p", "full", "", "2010-01-01", ""), tenure("a", "o", "q", "full", "", "2013-01-01", ""), roll.FoundTwoHolders},
		{"acting beside a full holder", tenure("a", "o", "p", "full", "", "2010-01-01", "2014-01-01"), tenure("a", "o", "q", "acting", "", "2013-06-01", "2014-06-01"), roll.FoundActingAndFull},
		{"two acting", tenure("a", "o", "p", "acting", "", "2010-01-01", "2014-01-01"), tenure("a", "o", "q", "acting", "", "2013-06-01", "2014-06-01"), roll.FoundTwoActing},
		{"nobody between", tenure("a", "o", "p", "full", "", "2010-01-01", "2012-06-30"), tenure("a", "o", "q", "full", "", "2013-01-01", ""), roll.FoundNobodyInOffice},
		{"a year may meet a year", tenure("a", "o", "p", "full", "", "2010", "2012"), tenure("a", "o", "q", "full", "", "2012", ""), ""},
		{"one person's new title", tenure("a", "o", "p", "full", "x", "2010", "2012-12-31"), tenure("a", "o", "p", "full", "y", "2013-01-01", ""), ""},
		{"beyond death", tenure("a", "o", "p", "full", "", "2010", "2020"), dead("p", "2019-05-01"), roll.FoundAfterDeath},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := roll.NewRecord([]roll.Fact{c.a, c.b}).Check()
			if c.code == "" && len(found) > 0 || c.code != "" && (len(found) != 1 || found[0].Code != c.code) {
				t.Errorf("want %q; found %+v", c.code, found)
			}
		})
	}
}

func TestNobodyIsSaidBetweenTwoTenuresOnly(t *testing.T) {
	r := roll.NewRecord([]roll.Fact{
		tenure("a", "o", "p", "full", "", "2010-01-01", "2012-06-30"), tenure("a", "o", "q", "full", "", "2013-01-01", "2015-01-01"), thing("o", roll.Office, "b", "Head"),
	})
	for date, want := range map[string]day.Tri{"2009-01-01": day.CantBeTold, "2011-01-01": day.Yes, "2012-07-01": day.No, "2014-01-01": day.Yes, "2016-01-01": day.CantBeTold} {
		if got := r.Offices("b", on(date)); len(got) != 1 || got[0].Held != want {
			t.Errorf("on %s: %+v, not %v", date, got, want)
		}
	}
}

func TestMembersOfWhatWasNotThere(t *testing.T) {
	life := func(id string, sort roll.Sort, from, to string) roll.Fact {
		f := thing(id, sort, "", id)
		f.Thing.From, f.Thing.To, f.Thing.Ended = when(from), when(to), to != ""
		return f
	}
	comes := says("a")
	comes.Succession = &roll.Succession{Sort: "continuation", Predecessors: []roll.ID{"ussr"}, Successors: []roll.ID{"m"}, On: when("1991-12")}
	for _, c := range []struct {
		name  string
		facts []roll.Fact
		code  string
	}{
		{"in its time", []roll.Fact{life("b", roll.Body, "1991-12", "2000"), act("a", "b", "m", "member", "1991", "1999")}, ""},
		{"before the body", []roll.Fact{life("b", roll.Body, "1991-12", ""), act("a", "b", "m", "member", "1991-11", "")}, roll.FoundBeforeBody},
		{"signed before the body was", []roll.Fact{life("b", roll.Body, "1991-12", ""), act("a", "b", "m", "signatory", "1991-11", "")}, ""},
		{"after the body", []roll.Fact{life("b", roll.Body, "1991-12", "2000"), act("a", "b", "m", "member", "1992", "2001")}, roll.FoundAfterBody},
		{"open, though the body is no more", []roll.Fact{life("b", roll.Body, "1991-12", "2000"), act("a", "b", "m", "member", "1992", "")}, roll.FoundAfterBody},
		{"told of up to the body's end", []roll.Fact{life("b", roll.Body, "1991-12", "2000"), act("a", "b", "m", "member", "1992", "told 2000-12-31")}, ""},
		{"before the state", []roll.Fact{life("m", roll.State, "1991-12", ""), act("a", "b", "m", "member", "1973", "")}, roll.FoundBeforeMember},
		{"the seat of the one before", []roll.Fact{life("m", roll.State, "1991-12", ""), comes, act("a", "b", "m", "member", "1973", "")}, ""},
		{"after the state", []roll.Fact{life("m", roll.State, "1918", "1992-12-31"), act("a", "b", "m", "member", "1973", "1993")}, roll.FoundAfterMember},
		{"ends before it begins", []roll.Fact{act("a", "b", "m", "member", "1993", "1992")}, roll.FoundEndsBefore},
		{"withdraws what isn't there", []roll.Fact{withdraw("b", act("a", "b", "m", "member", "1993", ""), "r")}, roll.FoundNoSuchFact},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := roll.NewRecord(c.facts).Check()
			if c.code == "" && len(found) > 0 || c.code != "" && (len(found) != 1 || found[0].Code != c.code) {
				t.Errorf("want %q; found %+v", c.code, found)
			}
		})
	}
}

func TestACountOfMembersHasToAgreeWithOneRule(t *testing.T) {
	facts := append(cisRules(), act("a", "cis", "am", "member", "1994", ""), act("a", "cis", "tm", "founding_agreement_party", "1991", ""))
	for number, found := range map[int]bool{1: false, 2: false, 3: true, 0: true} {
		count := says("the page")
		count.Count = &roll.Count{Body: "cis", On: when("2018-11-21"), Of: "members", Number: number}
		if got := has(roll.NewRecord(append(facts, count)).Check(), roll.FoundMemberCount); got != found {
			t.Errorf("%d members: found is %v", number, got)
		}
	}
}
