package roll_test

import (
	"strings"
	"testing"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/roll"
)

// twoCS are the two states to which ISO gave one code.
func twoCS() []roll.Fact {
	code := func(scheme, value, from, to string) roll.Identifier {
		return roll.Identifier{Scheme: scheme, Value: value, From: when(from), To: when(to)}
	}
	return []roll.Fact{
		thing("czechoslovakia", roll.State, "", "Czechoslovakia", code(roll.Alpha2, "CS", "1974", "1992-12-31")),
		thing("serbia-montenegro", roll.State, "", "Serbia and Montenegro", code(roll.Alpha2, "CS", "2003-07-23", "2006-06-05")),
		thing("cis", roll.Body, "", "Commonwealth of Independent States", code(roll.Abbreviation, "CIS", "", "")),
	}
}

func TestACodeNamesAThingOnADay(t *testing.T) {
	r := roll.NewRecord(twoCS())
	for _, c := range []struct {
		text, on string
		want     roll.ID
		fault    string
	}{
		{"CS", "1980-01-01", "czechoslovakia", ""},
		{"cs", "2004-01-01", "serbia-montenegro", ""},
		{"CS", "2006-06-05", "serbia-montenegro", ""},
		{"CS", "", "", "roll.ambiguous"},
		{"CS", "1999-01-01", "", "roll.ambiguous"}, // neither's then: asked back, not guessed
		{"CS", "1974-06-01", "czechoslovakia", ""}, // may have been
		{" serbia  AND montenegro", "", "serbia-montenegro", ""},
		{"czechoslovakia", "2020-01-01", "czechoslovakia", ""},
		{"Cis", "1800-01-01", "cis", ""},
		{"CISS", "", "", "roll.unknown"},
		{"", "", "", "roll.unknown"},
	} {
		var asked day.Date
		if c.on != "" {
			asked = on(c.on)
		}
		got, err := r.Find(c.text, asked)
		if got != c.want || fault.Code(err) != c.fault {
			t.Errorf("%q on %q is %q, %v; want %q %s", c.text, c.on, got, err, c.want, c.fault)
		}
	}
	_, err := r.Find("CS", day.Date{})
	if said := catalogue.Sentence("en", err); !strings.Contains(said, "czechoslovakia (Czechoslovakia), serbia-montenegro (Serbia and Montenegro)") {
		t.Errorf("the candidates are named: %s", said)
	}
	_, err = r.Find("CISS", day.Date{})
	if said := catalogue.Sentence("en", err); !strings.Contains(said, "cis (Commonwealth of Independent States)") {
		t.Errorf("what is near is named: %s", said)
	}
	if _, err := r.Find("CS", on("1980-01-01"), roll.Body); fault.Code(err) != "roll.unknown" {
		t.Errorf("no body has that code: %v", err)
	}
}

func TestAThingIsCalledAsItWasOnThatDay(t *testing.T) {
	swaziland := says("list of things")
	swaziland.Thing = &roll.Thing{ID: "eswatini", Sort: roll.State, Names: []roll.Name{
		{Text: "Swaziland", To: when("2018-04-18")}, {Text: "Eswatini", From: when("2018-04-19")}, {Text: "Eswatini (fr)", Lang: "fr", From: when("2018-04-19")},
	}, Codes: []roll.Identifier{{Scheme: roll.Alpha2, Value: "SZ"}}}
	r := roll.NewRecord([]roll.Fact{swaziland})
	for date, want := range map[string]string{"2018-04-18": "Swaziland", "2018-04-19": "Eswatini"} {
		if got := r.Ref("eswatini", on(date)); got.Name != want || got.Code != "SZ" {
			t.Errorf("on %s it is %+v", date, got)
		}
	}
	if got := r.Ref("atlantis", learned); got.Name != "atlantis" || got.Label() != "atlantis" {
		t.Errorf("what the record doesn't know goes by its id: %+v", got)
	}
}

func TestFactsThatCantBe(t *testing.T) {
	good := act("a", "cis", "am", "member", "1994-03-16", "")
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for code, spoil := range map[string]func(*roll.Fact){
		"roll.fact-no-source": func(f *roll.Fact) { f.Source.Name = " " },
		"roll.fact-contents":  func(f *roll.Fact) { f.Count = &roll.Count{Body: "cis", Of: "members"} },
		"roll.fact-missing":   func(f *roll.Fact) { f.Membership.Act = "" },
		"roll.fact-id":        func(f *roll.Fact) { f.Membership.Member = "a m" },
		"roll.fact-ends-before-it-begins": func(f *roll.Fact) {
			f.Membership.Ended, f.Membership.To = true, when("1993")
		},
		"roll.fact-end-not-ended": func(f *roll.Fact) { f.Membership.To = when("1995") },
		"roll.fact-not-canonical": func(f *roll.Fact) { f.Note = "\xff" },
		"roll.fact-word": func(f *roll.Fact) {
			f.Membership, f.Tenure = nil, &roll.Tenure{Office: "o", Holder: "p", Sort: "deputy"}
		},
	} {
		f := act("a", "cis", "am", "member", "1994-03-16", "")
		spoil(&f)
		err := f.Check()
		if fault.Code(err) != code || !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", code, err)
		}
		if said := catalogue.Sentence("en", err); strings.Contains(said, code) || strings.Contains(said, "<no value>") {
			t.Errorf("%s has no whole sentence: %s", code, said)
		}
	}
	if err := (roll.Fact{Source: roll.Source{Name: "a"}}).Check(); fault.Code(err) != "roll.fact-contents" {
		t.Errorf("a fact of nothing: %v", err)
	}
}

func TestEveryFindingHasItsSentence(t *testing.T) {
	for _, code := range roll.FindingCodes() {
		if said, ok := catalogue.Say("en", code, map[string]string{}); !ok || said == "" {
			t.Errorf("%s has no sentence", code)
		}
	}
	// Every value that a sentence names is given by the finding.
	facts := append(twoBodies(t), theMeeting()...)
	for _, f := range roll.NewRecord(facts).Check() {
		values := map[string]string{}
		for _, v := range f.Values {
			values[v.Name] = v.Text
		}
		if said, ok := catalogue.Say("en", f.Code, values); !ok || strings.Contains(said, "<no value>") || len(f.Cited) == 0 {
			t.Errorf("%s: %q from %d facts", f.Code, said, len(f.Cited))
		}
	}
}

func TestAWithdrawnFactIsGoneFromThatDayOn(t *testing.T) {
	f := known(act("a", "cis", "am", "member", "1994", ""), "2020-01-01")
	w := known(withdraw("cis", f, "a typing error"), "2021-01-01")
	ww := known(withdraw("cis", w, "it was right"), "2022-01-01")
	r := roll.NewRecord([]roll.Fact{ww, w, f, known(f, "2021-06-01")})
	for date, want := range map[string]int{"2019-12-31": 0, "2020-12-31": 1, "2021-12-31": 0, "2022-06-01": 1} {
		got := 0
		for _, fact := range r.KnownOn(on(date)).Facts() {
			if fact.Membership != nil {
				got++
			}
		}
		if got != want {
			t.Errorf("known on %s: %d, not %d", date, got, want)
		}
	}
	if _, ok := r.Fact(f.ID()); !ok {
		t.Error("the record has the fact by its id")
	}
	if _, ok := r.KnownOn(on("2021-12-31")).Fact(f.ID()); ok {
		t.Error("a withdrawn fact is not in the record")
	}
}

func TestTheSameFactCountsFromTheDayItWasFirstLearned(t *testing.T) {
	f := act("a", "cis", "am", "member", "1994", "")
	r := roll.NewRecord([]roll.Fact{known(f, "2022-01-01"), known(f, "2020-01-01")})
	if n := len(r.KnownOn(on("2020-01-01")).Facts()); n != 1 {
		t.Errorf("%d facts on the first day", n)
	}
	if n := len(r.KnownOn(on("2019-12-31")).Facts()); n != 0 {
		t.Errorf("%d facts on the day before", n)
	}
	if s := standing(t, r, "cis", "am", "2021-06-01", ""); s.Carried || s.Cited[0].Known != on("2020-01-01") {
		t.Errorf("learned again it is told of up to then: %+v", s)
	}
}

func TestTheLaterPreferenceCounts(t *testing.T) {
	a, b := act("a", "x", "m", "member", "2002", "2011"), act("b", "x", "m", "member", "2006", "2012")
	first := known(prefer("x", a, b, "first thought"), "2020-01-01")
	second := known(prefer("x", b, a, "second thought"), "2021-01-01")
	r := roll.NewRecord([]roll.Fact{second, first, known(a, "2019-01-01"), known(b, "2019-01-01")})
	for date, want := range map[string]roll.Status{"2020-06-01": roll.Full, "2021-06-01": roll.None} {
		if s := standing(t, r.KnownOn(on(date)), "x", "m", "2004-01-01", ""); s.Status != want {
			t.Errorf("known on %s: %q, not %q", date, s.Status, want)
		}
	}
}
