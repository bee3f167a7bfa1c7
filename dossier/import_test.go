package dossier_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/dossier"
	"github.com/openchancery/chancery/roll"
)

const sharedLists = "../../shared/data/"

// sharedList is the path of a shared data set; the test is skipped without it.
func sharedList(tb testing.TB, name string) string {
	tb.Helper()
	if _, err := os.Stat(sharedLists + name); err != nil {
		tb.Skip("the shared data is not here: ../shared/data")
	}
	return sharedLists + name
}

func read(t *testing.T, name, text string) []roll.Fact {
	t.Helper()
	b, err := dossier.ReadRoll(folder(name, text), today)
	if err != nil {
		t.Fatal(err)
	}
	return b.Facts
}

// ofKind are the facts of a kind.
func ofKind(facts []roll.Fact, kind string) []roll.Fact {
	return slices.DeleteFunc(slices.Clone(facts), func(f roll.Fact) bool { return f.Kind() != kind })
}

func TestAListOfMembershipsKeepsItsDoubts(t *testing.T) {
	facts := ofKind(read(t, "m.csv", `organisation,state,status,from,to,source,confidence,note
GUAM,UZ,member,1999-04,2005-05,agency,seen,a letter
UN,GE,member,1992-07-31,,a page,not confirmed (general knowledge),
CIS,UA,associate_or_participant,1993,2018-05-19,two pages,seen,"labels differ, by source"
`), "membership")
	if len(facts) != 3 {
		t.Fatalf("%d memberships", len(facts))
	}
	uz, ge, ua := facts[0], facts[1], facts[2]
	if uz.Membership.Body != "guam" || uz.Membership.Member != "uzbekistan" || uz.Membership.On.String() != "1999-04" || uz.Membership.To.String() != "2005-05" || !uz.Membership.Ended {
		t.Errorf("partial dates: %+v", uz.Membership)
	}
	if uz.Doubt != "" || uz.Note != "a letter" || uz.Source.Name != "agency" || uz.Known != today {
		t.Errorf("what was seen: %+v", uz)
	}
	if ge.Doubt != "not confirmed (general knowledge)" || ge.Membership.Ended {
		t.Errorf("doubt: %+v", ge)
	}
	if ua.Membership.Act != "associate_or_participant" || ua.Note != "labels differ, by source" {
		t.Errorf("act: %+v", ua)
	}
}

func TestARowMaySayWhenItWasLearned(t *testing.T) {
	facts := ofKind(read(t, "m.csv", "organisation,state,status,from,to,source,confidence,note,known\nUN,GE,member,1992,,S,seen,,2020-01-01\nUN,AM,member,1992,,S,seen,,\n"), "membership")
	if facts[0].Known != day.Must(2020, 1, 1) || facts[1].Known != today {
		t.Errorf("known %s and %s", facts[0].Known, facts[1].Known)
	}
}

func TestAListOfOffices(t *testing.T) {
	facts := read(t, "o.csv", `organisation,office,person,kind,from,to,source,confidence,note
CIS,Secretary General,Sergei Lebedev,full,2023-01-01,,S,seen,renamed
CSTO,Secretary General,Valery Semerikov,acting,2018-11-02,2019-12-31,S,seen,
`)
	tenures := ofKind(facts, "tenure")
	if a := tenures[0].Tenure; a.Office != "cis-executive-committee-chair" || a.Holder != "sergei-lebedev" || a.Title != "Secretary General" || a.Ended {
		t.Errorf("one post under another name: %+v", a)
	}
	if b := tenures[1].Tenure; b.Office != "csto-secretary-general" || b.Sort != "acting" || b.To.String() != "2019-12-31" {
		t.Errorf("acting: %+v", b)
	}
}

func TestWhoWasThereIsReadAsFarAsItCanBe(t *testing.T) {
	for _, c := range []struct{ text, want, note string }{
		{"RU Patrushev (chair)", "russia nikolai-patrushev chair", ""},
		{"AZ Ramiz Mehtiyev (head of presidential administration)", "azerbaijan ramiz-mehdiyev delegate as head of presidential administration", ""},
		{"AM Armen Grigoryan (bilaterals on the day)", "armenia armen-grigoryan delegate; note bilaterals on the day", ""},
		{"BY KZ TM", "belarus delegate, kazakhstan delegate, turkmenistan delegate", ""},
		{"AZ AM (a page lists them; all)", "azerbaijan delegate; note a page lists them; all, armenia delegate; note a page lists them; all", ""},
		{"representatives of TM and MD", "turkmenistan delegate; note representatives of TM and MD, moldova delegate; note representatives of TM and MD", ""},
		{"leaderships of CIS and CSTO", "cis delegate; note leaderships of CIS and CSTO, csto delegate; note leaderships of CIS and CSTO", ""},
		{"secretaries of nine CIS countries", "9 states_represented", ""},
		{"CIS deputy SG Denis Trefilov spoke", "", "CIS deputy SG Denis Trefilov spoke"},
		{"some others", "", "some others"},
		{"XX Somebody", "", "XX Somebody"},
		{"secretaries of many CIS countries", "", "secretaries of many CIS countries"},
		{"KG Marat Imankulov; a guest", "kyrgyzstan marat-imankulov delegate", "a guest"},
		{"", "", ""},
	} {
		facts := read(t, "m.csv", "series,edition,date,place,attendance_known,source,note\nMeeting of CIS security council secretaries,9,2021-11-17/18,Moscow,\""+c.text+"\",S,own note\n")
		var got []string
		for _, f := range facts {
			if line := seat(f); line != "" {
				got = append(got, line)
			}
		}
		if text := strings.Join(got, ", "); text != c.want {
			t.Errorf("%q: %s, want %s", c.text, text, c.want)
		}
		m := ofKind(facts, "meeting")[0]
		if m.Meeting.Series != "cis-security-councils" || m.Meeting.On.String() != "2021-11-17/18" || m.Meeting.Ordinal != 9 {
			t.Errorf("meeting %+v", m.Meeting)
		}
		if want := strings.Trim("own note; "+c.note, "; "); m.Note != want {
			t.Errorf("%q: note %q, want %q", c.text, m.Note, want)
		}
	}
}

// seat is an attendance or a count in a line.
func seat(f roll.Fact) string {
	if f.Count != nil {
		return strings.TrimSpace(strings.Join([]string{map[int]string{9: "9"}[f.Count.Number], f.Count.Of}, " "))
	}
	a := f.Attendance
	if a == nil {
		return ""
	}
	words := append([]string{string(a.For), string(a.Person)}, a.Capacity...)
	if a.Title != "" {
		words = append(words, "as", a.Title)
	}
	line := strings.Join(strings.Fields(strings.Join(words, " ")), " ")
	if f.Note != "" {
		line += "; note " + f.Note
	}
	return line
}

func TestASpellThatIsOpenWhereTheDataEndIsToldNoFurther(t *testing.T) {
	facts := read(t, "igo.csv", "igo,cow_ccode,cow_abb,status,first_year,last_year,open_at_end_of_data\nCIS,365,RUS,full,1991,2014,1\nCIS,372,GRG,full,1995,2007,0\nCIS,369,UKR,associate,1993,2014,1\n")
	members := ofKind(facts, "membership")
	ru, ge, ua := members[0].Membership, members[1].Membership, members[2].Membership
	if ru.Member != "russia" || ru.Act != "member" || ru.On.String() != "1991" || ru.Ended || ru.Told != day.Must(2014, 12, 31) {
		t.Errorf("open: %+v", ru)
	}
	if !ge.Ended || ge.To.String() != "2007" || !ge.Told.IsZero() {
		t.Errorf("ended: %+v", ge)
	}
	if ua.Act != "associate_member" {
		t.Errorf("associate: %+v", ua)
	}
	m, err := roll.NewRecord(facts).Members("cis", roll.Query{On: day.Must(2018, 11, 21)})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Members) != 0 || len(m.Undetermined) != 2 {
		t.Errorf("four years after the data end: members %v, undetermined %v", m.Members, m.Undetermined)
	}
}

func TestAStateOfTheSystemMayHaveTwoLives(t *testing.T) {
	facts := read(t, "cow.csv", "stateabb,ccode,statenme,styear,stmonth,stday,endyear,endmonth,endday,version\nEST,366,Estonia,1918,2,24,1940,6,16,2016\nEST,366,Estonia,1991,9,6,2016,12,31,2016\nGDR,265,German Democratic Republic,1954,3,25,1990,10,2,2016\n")
	if len(facts) != 2 {
		t.Fatalf("%d facts", len(facts))
	}
	ee, gdr := facts[0].Thing, facts[1].Thing
	if ee.ID != "estonia" || ee.Ended || len(ee.Codes) != 3 || ee.Codes[1].To.String() != "1940-06-16" || ee.Codes[2].From.String() != "1991-09-06" || !ee.Codes[2].To.IsZero() {
		t.Errorf("Estonia: %+v", ee)
	}
	if gdr.ID != "east-germany" || !gdr.Ended || gdr.To.String() != "1990-10-02" {
		t.Errorf("GDR: %+v", gdr)
	}
}

func TestAWithdrawnCodeStandsWithItsLastDay(t *testing.T) {
	facts := read(t, "iso.json", `{"3166-3": [
  {"alpha_2": "SU", "alpha_3": "SUN", "alpha_4": "SUHH", "name": "USSR", "numeric": "810", "withdrawal_date": "1992-08-30"},
  {"alpha_2": "DY", "alpha_3": "DHY", "alpha_4": "DYBJ", "name": "Dahomey", "numeric": "204", "withdrawal_date": "1977"}]}`)
	ussr, benin := facts[0].Thing, facts[1].Thing
	if ussr.ID != "ussr" || ussr.Codes[0].Value != "SU" || ussr.Codes[0].To.String() != "1992-08-30" {
		t.Errorf("%+v", ussr)
	}
	if benin.ID != "benin" || benin.Codes[0].To.String() != "1977" || benin.Names[0].To.String() != "1977" {
		t.Errorf("%+v", benin)
	}
}

// The lists as they are: every row comes in, and nothing that the roll refuses.
func TestTheSharedListsComeInWhole(t *testing.T) {
	for _, c := range []struct {
		file, kind string
		facts      int
	}{
		{"memberships.csv", "membership", 137},
		{"offices.csv", "tenure", 13},
		{"meetings.csv", "meeting", 5},
		{"igo_membership.csv", "membership", 18927},
		{"igo_list.csv", "thing", 534},
		{"cow_states2016.csv", "thing", 217},
		{"iso_3166-1.json", "thing", 249},
		{"iso_3166-3.json", "thing", 31},
	} {
		b, err := dossier.OpenRoll(today, sharedList(t, c.file))
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		if n := len(ofKind(b.Facts, c.kind)); n != c.facts {
			t.Errorf("%s: %d facts of kind %s, want %d", c.file, n, c.kind, c.facts)
		}
	}
}

// The compilation and the other list beside the seed change nothing of what it
// answers for the day of the meeting, in whatever order they come.
func TestOtherListsBesideTheSeedLeaveItsAnswersAlone(t *testing.T) {
	facts := seed(t).Facts
	for _, name := range []string{"memberships.csv", "offices.csv", "meetings.csv", "igo_membership.csv"} {
		b, err := dossier.OpenRoll(today, sharedList(t, name))
		if err != nil {
			t.Fatal(err)
		}
		facts = append(facts, b.Facts...)
	}
	for range 2 {
		record := roll.NewRecord(facts)
		c, err := record.Compare("cis", "csto", roll.Query{On: theMeeting, Among: "ussr-15"})
		if err != nil {
			t.Fatal(err)
		}
		same(t, "both", c.Both, "AM BY KG KZ RU TJ")
		same(t, "only in the CIS", c.OnlyFirst, "AZ MD TM UZ")
		same(t, "neither", c.Neither, "EE GE LT LV UA")
		same(t, "undetermined", c.Undetermined, "")
		m, err := record.MeetingOf("cis-security-councils", 6)
		if err != nil {
			t.Fatal(err)
		}
		if m.StatesNamed != 9 || len(m.Attendance) != 11 {
			t.Errorf("%d states named, %d lines of attendance", m.StatesNamed, len(m.Attendance))
		}
		slices.Reverse(facts)
	}
}

// The compilation alone, without the seed's rules, answers by the general one.
func TestTheCompilationAloneAnswers(t *testing.T) {
	b, err := dossier.OpenRoll(today, sharedList(t, "memberships.csv"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := roll.NewRecord(b.Facts).Compare("cis", "csto", roll.Query{On: theMeeting})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "both", c.Both, "AM BY KG KZ RU TJ")
	same(t, "only in the CIS", c.OnlyFirst, "AZ MD UZ")
}

func TestStatesHaveOneIDByAnyCode(t *testing.T) {
	for _, c := range []struct{ code, id string }{
		{"AM", "armenia"},
		{"ARM", "armenia"},
		{"371", "armenia"},
		{"SU", "ussr"},
		{"SCG", "serbia-and-montenegro"},
		{"CSK", "czechoslovakia"},
		{"CS", ""},
		{"", ""},
		{"QQ", ""},
	} {
		if id, ok := dossier.StateOf(c.code); string(id) != c.id || ok != (c.id != "") {
			t.Errorf("%s: %s, want %s", c.code, id, c.id)
		}
	}
	seen := map[roll.ID]bool{}
	for _, s := range dossier.States() {
		if seen[s.ID] || s.Name == "" {
			t.Errorf("%s stands twice in the table, or without a name", s.ID)
		}
		seen[s.ID] = true
	}
}

// The bar of the issue is 18,927 spells in under a second.
func BenchmarkReadSpells(b *testing.B) {
	path := sharedList(b, "igo_membership.csv")
	for b.Loop() {
		if _, err := dossier.OpenRoll(today, path); err != nil {
			b.Fatal(err)
		}
	}
}
