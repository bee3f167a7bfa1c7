package roll_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// The first dossier: the fifteen republics and their bodies, from the shared
// tables, read here by a few lines of the test alone.

const shared = "../../shared/data"

// rows reads a table; it skips the test where the shared data isn't here, and
// fails where it is and can't be read.
func rows(t testing.TB, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(shared, name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the shared data is not here: %s/%s", shared, name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil || len(all) < 2 {
		t.Fatalf("%s: %d rows: %v", name, len(all), err)
	}
	var out []map[string]string
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, cell := range cells {
			row[all[0][i]] = cell
		}
		out = append(out, row)
	}
	return out
}

var fifteen = []string{"AM", "AZ", "BY", "EE", "GE", "KG", "KZ", "LT", "LV", "MD", "RU", "TJ", "TM", "UA", "UZ"}

func alpha2(code, from string) roll.Identifier {
	return roll.Identifier{Scheme: roll.Alpha2, Value: code, From: when(from)}
}

// republics are the states, their group and the bodies.
func republics() []roll.Fact {
	group := says("list of things")
	group.Thing = &roll.Thing{ID: "ussr-15", Sort: roll.Group}
	var facts []roll.Fact
	for _, code := range fifteen {
		id := strings.ToLower(code)
		group.Thing.Members = append(group.Thing.Members, roll.ID(id))
		facts = append(facts, thing(id, roll.State, "", "State "+code, alpha2(code, "")))
	}
	for _, body := range []string{"CIS", "CST", "CSTO", "EAEU", "GUAM", "OSCE", "UN", "NATO", "EU", "CoE", "SCO"} {
		facts = append(facts, thing(strings.ToLower(body), roll.Body, "", body, roll.Identifier{Scheme: roll.Abbreviation, Value: body}))
	}
	return append(facts, group)
}

// twoBodies is the record of the tables, with the page's count and the Charter
// as the rules of the CIS.
func twoBodies(t testing.TB) []roll.Fact {
	t.Helper()
	facts := append(republics(), cisRules()...)
	for _, row := range rows(t, "memberships.csv") {
		f := act(row["source"], strings.ToLower(row["organisation"]), strings.ToLower(row["state"]), row["status"], row["from"], row["to"])
		f.Note = row["note"]
		if row["confidence"] != "seen" {
			f.Doubt = row["confidence"]
		}
		facts = append(facts, f)
	}
	for _, row := range rows(t, "offices.csv") {
		body := strings.ToLower(row["organisation"])
		holder := strings.ToLower(strings.ReplaceAll(row["person"], " ", "-"))
		f := tenure(row["source"], body+"-head", holder, row["kind"], row["office"], row["from"], row["to"])
		facts = append(facts, f, thing(holder, roll.Person, "", row["person"]))
	}
	facts = append(facts,
		act("TASS 1005227", "cis", "ua", "recall_of_representatives", "2018-05-19", ""),
		thing("cis-head", roll.Office, "cis", "Executive Secretary"), thing("csto-head", roll.Office, "csto", "Secretary General"))
	for _, f := range facts {
		if err := f.Check(); err != nil {
			t.Fatalf("%+v: %v", f, err)
		}
	}
	return facts
}

func TestTheFirstDossiersComparison(t *testing.T) {
	r := roll.NewRecord(twoBodies(t))
	for rule, want := range map[string]string{
		"source":  `{"both":["AM","BY","KG","KZ","RU","TJ"],"only_first":["AZ","MD","TM","UZ"],"only_second":[],"neither":["EE","GE","LT","LV","UA"],"undetermined":[]}`,
		"charter": `{"both":["AM","BY","KG","KZ","RU","TJ"],"only_first":["AZ","MD","UZ"],"only_second":[],"neither":["EE","GE","LT","LV","UA"],"undetermined":[]}`,
	} {
		c, err := r.Compare("cis", "csto", roll.Query{On: on("2018-11-21"), Rule: rule, Among: "ussr-15"})
		if err != nil {
			t.Fatal(err)
		}
		lists, err := json.Marshal(struct {
			Both         []string `json:"both"`
			OnlyFirst    []string `json:"only_first"`
			OnlySecond   []string `json:"only_second"`
			Neither      []string `json:"neither"`
			Undetermined []string `json:"undetermined"`
		}{c.Both, c.OnlyFirst, c.OnlySecond, c.Neither, c.Undetermined})
		if err != nil || string(lists) != want {
			t.Errorf("by the rule %s:\n%s\nnot\n%s (%v)", rule, lists, want, err)
		}
		if c.Rules[0].Name != rule || c.Rules[1].Name != roll.General || len(c.OtherRules) != 1 || len(c.OtherRules[0].Moves) != 1 || c.OtherRules[0].Moves[0].Member != "TM" {
			t.Errorf("the rule used and what the other changes: %+v %+v", c.Rules, c.OtherRules)
		}
		if rule == "charter" && (len(c.OtherStatus) != 1 || c.OtherStatus[0].Status != roll.Associate || !slices.Equal(c.OtherStatus[0].Members, []string{"TM"}) || c.OtherStatus[0].Body.ID != "cis") {
			t.Errorf("Turkmenistan is an associate by the Charter: %+v", c.OtherStatus)
		}
		for _, s := range c.FirstMembers {
			if s.Full == day.Yes && len(s.Cited) == 0 {
				t.Errorf("%s without a source", s.Member.Label())
			}
		}
	}
}

func TestTheFirstDossierOverTime(t *testing.T) {
	r := roll.NewRecord(twoBodies(t))
	for _, c := range []struct {
		body, state, date string
		want              roll.Status
	}{
		{"csto", "am", "2003-09-17", roll.Signatory},
		{"csto", "am", "2003-09-18", roll.Full},
		{"csto", "uz", "2012-12-19", roll.Full},
		{"csto", "uz", "2012-12-20", roll.Left},
		{"cis", "ge", "2009-08-18", roll.Full},
		{"cis", "ge", "2009-08-19", roll.Left},
		{"coe", "ru", "2022-02-24", roll.Full},
		{"coe", "ru", "2022-02-25", roll.Suspended},
		{"coe", "ru", "2022-03-17", roll.Left},
		{"sco", "by", "2013-01-01", roll.Participant},
		{"sco", "by", "2024-07-05", roll.Full},
		{"guam", "uz", "1999-04-15", ""},
		{"guam", "uz", "2005-05-15", ""},
		{"guam", "uz", "2005-06-01", roll.Left},
		{"eu", "ua", "2023-01-01", roll.Candidate},
		{"osce", "tm", "2018-11-21", roll.Full},
	} {
		if s := standing(t, r, c.body, c.state, c.date, ""); s.Status != c.want {
			t.Errorf("%s in %s on %s: %q %v, not %q", c.state, c.body, c.date, s.Status, s.Possible, c.want)
		}
	}
	s := standing(t, r, "csto", "am", "2025-01-01", "")
	if s.Status != roll.Full || len(s.Beside) != 1 || s.Beside[0].Status != roll.Frozen {
		t.Errorf("Armenia is a member that has frozen its part: %+v", s)
	}
	d, err := r.Differences("csto", on("2010-01-01"), on("2020-06-01"), "")
	if err != nil || len(d.Members) != 1 || d.Members[0].Code != "left" || d.Members[0].After.Member.ID != "uz" || len(d.Offices) != 1 {
		t.Errorf("between 2010 and 2020 Uzbekistan left and the head changed: %+v %v", d, err)
	}
}

func TestTheHeadsOfTheTwoBodies(t *testing.T) {
	r := roll.NewRecord(twoBodies(t))
	head := func(office, date string) string {
		var out []string
		p := r.Post(roll.ID(office), on(date))
		for _, h := range p.Holders {
			out = append(out, string(h.Holder.ID)+" "+h.Sort+" "+h.Covers.String())
		}
		return strings.Join(append(out, p.Held.String()), ", ")
	}
	for _, c := range []struct{ office, date, want string }{
		{"csto-head", "2018-11-21", "valery-semerikov acting yes, yes"},
		{"csto-head", "2017-06-01", "yuri-khachaturov full yes, yes"},
		{"csto-head", "2018-11-02", "yuri-khachaturov full yes, valery-semerikov acting yes, yes"},
		{"csto-head", "2003-06-01", "nikolai-bordyuzha full cant-be-told, cant-be-told"},
		{"csto-head", "1999-01-01", "cant-be-told"}, // before the first tenure that is known
		{"cis-head", "2018-11-21", "sergei-lebedev full yes, yes"},
	} {
		if got := head(c.office, c.date); got != c.want {
			t.Errorf("%s on %s: %s, not %s", c.office, c.date, got, c.want)
		}
	}
	found := r.Check()
	if !has(found, roll.FoundTenuresMeet, "yuri-khachaturov", "valery-semerikov") {
		t.Error("Khachaturov's last day is Semerikov's first")
	}
	if has(found, roll.FoundTwoHolders) || has(found, roll.FoundNobodyInOffice) {
		t.Errorf("the heads follow one another: %+v", found)
	}
}

func TestClosenessOfTheTwoBodies(t *testing.T) {
	r := roll.NewRecord(append(twoBodies(t), theMeeting()...))
	c, err := r.Closeness("cis", "csto", 2010, 2025, 5, "source")
	if err != nil || len(c.Years) != 16 {
		t.Fatalf("%d years: %v", len(c.Years), err)
	}
	y := c.Years[8]
	if y.Year != 2018 || y.Jaccard != (roll.Fraction{N: 6, Of: 10}) || y.FirstInSecond != (roll.Fraction{N: 6, Of: 10}) || y.SecondInFirst != (roll.Fraction{N: 6, Of: 6}) {
		t.Errorf("in 2018: %+v", y)
	}
	if len(y.Officers) != 1 || y.Officers[0].Person.ID != "valery-semerikov" || y.Officers[0].Tenure != "acting" || !slices.Equal(y.Officers[0].Capacity, []string{"guest"}) {
		t.Errorf("the CSTO's acting head was at the meeting of the CIS: %+v", y.Officers)
	}
	if len(y.BackToBack) != 1 || y.BackToBack[0].Days != 2 || y.BackToBack[0].Is != day.Yes {
		t.Errorf("meetings of both in Moscow, two days apart: %+v", y.BackToBack)
	}
	if len(c.Series) != 2 || c.Series[0].Known != 1 || c.Series[0].Held != 6 || c.Series[0].Attendance != 1 {
		t.Errorf("of six meetings one is known: %+v", c.Series)
	}
	if !slices.Contains(c.Notes, "single_case_may_be_chance") || !slices.Contains(c.Notes, "few_meetings_known") {
		t.Errorf("notes %v", c.Notes)
	}
	raw, err := json.Marshal(y.Jaccard)
	if err != nil || string(raw) != `{"n":6,"of":10,"value":0.6000}` {
		t.Errorf("%s %v", raw, err)
	}
	if y := c.Years[1]; y.Year != 2011 || y.Jaccard != (roll.Fraction{N: 7, Of: 11}) {
		t.Errorf("in 2011 Uzbekistan was in both, Ukraine still counted: %+v", y)
	}
}
