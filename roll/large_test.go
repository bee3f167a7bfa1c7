package roll_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// large is a record of the size of the Correlates of War's: 534 bodies, 19,000
// spells by year, beside one body of 190 members over 70 years with five acts
// each, and two series of meetings with attendance.
var large = sync.OnceValue(func() []roll.Fact {
	var facts []roll.Fact
	for s := range 217 {
		f := thing(fmt.Sprintf("state-%03d", s), roll.State, "", fmt.Sprintf("State %03d", s), alpha2(fmt.Sprintf("%c%c", 'A'+s/26, 'A'+s%26), "1900"))
		f.Thing.From = when("1816")
		facts = append(facts, f)
	}
	for b := range 534 {
		body := fmt.Sprintf("body-%03d", b)
		f := thing(body, roll.Body, "", "Body "+body, roll.Identifier{Scheme: roll.Abbreviation, Value: fmt.Sprintf("B%03d", b)})
		f.Thing.From = when("1900")
		facts = append(facts, f)
		for i := range 33 + b%6 {
			from := 1900 + (b*7+i*13)%110
			end := "told 2014-12-31"
			if (b+i)%3 == 0 {
				end = fmt.Sprint(min(from+10+i, 2014))
			}
			facts = append(facts, act("Correlates of War", body, fmt.Sprintf("state-%03d", (b*31+i*5)%217), "member", fmt.Sprint(from), end))
		}
	}
	facts = append(facts, thing("world", roll.Body, "", "World", roll.Identifier{Scheme: roll.Abbreviation, Value: "W"}))
	for m := range 190 {
		state := fmt.Sprintf("state-%03d", m)
		year := 1945 + m%60
		facts = append(facts,
			act("treaty office", "world", state, "signatory", fmt.Sprintf("%d-03", year), fmt.Sprintf("%d-01-01", year+1)),
			act("treaty office", "world", state, "observer", fmt.Sprintf("%d", year+1), fmt.Sprintf("%d-06-30", year+3)),
			act("treaty office", "world", state, "member", fmt.Sprintf("%d-07-01", year+3), ""),
			act("yearbook", "world", state, "member", fmt.Sprint(year+3+m%2), "told 2014-12-31"),
			act("press", "world", state, "participation_frozen", "2010", "2011-05"))
	}
	for s, body := range []string{"world", "body-001"} {
		series := fmt.Sprintf("series-%d", s)
		facts = append(facts, thing(series, roll.Series, body, series), thing("head-"+body, roll.Office, body, "Head of "+body))
		for y := range 70 {
			who := fmt.Sprintf("person-%d-%d", s, y/4)
			facts = append(facts, meeting("minutes", series, y+1, fmt.Sprintf("%d-05-%02d", 1946+y, 10+s), "Geneva"),
				seat("minutes", series, y+1, who, body, "head-"+body, "Head", "chair"))
			if y%4 == 0 {
				facts = append(facts, tenure("minutes", "head-"+body, who, "full", "", fmt.Sprintf("%d-01-01", 1946+y), fmt.Sprintf("%d-12-31", 1949+y)))
			}
			for d := range 20 {
				facts = append(facts, seat("minutes", series, y+1, fmt.Sprintf("delegate-%d", d), fmt.Sprintf("state-%03d", d), "", "Delegate", "delegate"))
			}
		}
	}
	return facts
})

func BenchmarkLarge(b *testing.B) {
	facts := large()
	r := roll.NewRecord(facts)
	// More days of learning than earlier records are kept.
	days := facts[:len(facts):len(facts)]
	for i := range 9 {
		f := facts[0]
		f.Known, f.Note = learned.AddDays(i), fmt.Sprint(i)
		days = append(days, f)
	}
	later, day := roll.NewRecord(days), 0
	q := roll.Query{On: on("1995-06-01")}
	b.Logf("%d facts", len(r.Facts()))
	for _, c := range []struct {
		name string
		do   func() error
	}{
		{"NewRecord", func() error { roll.NewRecord(facts); return nil }},
		{"KnownOnANewDay", func() error { day++; later.KnownOn(learned.AddDays(day % 8)); return nil }},
		{"KnownOnADayAskedBefore", func() error { later.KnownOn(learned); return nil }},
		{"Find", func() error { _, err := r.Find("b300", q.On); return err }},
		{"FindNothing", func() error { _, _ = r.Find("b3000", q.On); return nil }},
		{"Members", func() error { _, err := r.Members("world", q); return err }},
		{"Compare", func() error { _, err := r.Compare("world", "body-001", q); return err }},
		{"Closeness", func() error { _, err := r.Closeness("world", "body-001", 1946, 2015, 5, ""); return err }},
		{"Timeline", func() error { _, err := r.Timeline("world", ""); return err }},
		{"Differences", func() error { _, err := r.Differences("world", on("1950-01-01"), on("2015-01-01"), ""); return err }},
		{"MeetingOf", func() error { _, err := r.MeetingOf("series-0", 50); return err }},
		{"Accession", func() error { _, err := r.Accession("world", "state-200", q.On); return err }},
		{"Check", func() error { r.Check(); return nil }},
		{"Disagreements", func() error { r.Disagreements(""); return nil }},
		{"Summarise", func() error { roll.Summarise(r, roll.Bundle{Facts: facts[:1000]}); return nil }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// cow is the Correlates of War's table of memberships as facts, each spell by
// its years; what is open at the end of the data is told of up to 2014.
func cow(t testing.TB) []roll.Fact {
	var facts []roll.Fact
	for _, row := range rows(t, "igo_membership.csv") {
		f := act("Correlates of War IGO v3", strings.ToLower(row["igo"]), "cow-"+row["cow_ccode"], row["status"], row["first_year"], row["last_year"])
		if row["open_at_end_of_data"] == "1" {
			f.Membership.Until = roll.Until{Told: day.Must(2014, 12, 31)}
		}
		facts = append(facts, f)
	}
	return facts
}

func TestEighteenThousandSpells(t *testing.T) {
	facts := cow(t)
	if len(facts) != 18_927 {
		t.Fatalf("%d spells", len(facts))
	}
	for _, f := range facts {
		if err := f.Check(); err != nil {
			t.Fatal(err)
		}
	}
	r := roll.NewRecord(facts)
	// In the year 2000 the CSTO wasn't yet; in 2005 the data have Uzbekistan
	// (COW 704) in it, in 2012 no more, and nothing is told of 2018.
	for date, want := range map[string]roll.Status{"2000-12-31": roll.None, "2005-12-31": roll.Full, "2012-06-01": roll.Left} {
		if s := standing(t, r, "csto", "cow-704", date, ""); s.Status != want {
			t.Errorf("Uzbekistan in the CSTO on %s: %q, not %q", date, s.Status, want)
		}
	}
	s := standing(t, r, "csto", "cow-371", "2018-11-21", "")
	if s.Full != day.CantBeTold || len(s.Open) != 1 || s.Open[0].What != "not_told_after" || s.Open[0].Date != day.On(day.Must(2014, 12, 31)) {
		t.Errorf("Armenia four years after the data end: %+v", s)
	}
	for _, f := range r.Check() {
		if f.Code == roll.FoundEndsBefore {
			t.Errorf("%+v", f)
		}
	}
	for _, id := range []roll.ID{"csto", "cis", "un", "osce"} {
		m, err := r.Members(id, roll.Query{On: on("2010-12-31")})
		if err != nil || len(m.Members) == 0 {
			t.Errorf("%s: %v", id, err)
		}
		for _, s := range m.Members {
			if len(s.Unruled) > 0 {
				t.Errorf("an act that the general rule doesn't know: %+v", s)
			}
		}
	}
}

func BenchmarkCorrelatesOfWar(b *testing.B) {
	facts := cow(b)
	r := roll.NewRecord(facts)
	b.Run("NewRecord", func(b *testing.B) {
		for b.Loop() {
			roll.NewRecord(facts)
		}
	})
	b.Run("Check", func(b *testing.B) {
		for b.Loop() {
			r.Check()
		}
	})
	b.Run("Members", func(b *testing.B) {
		for b.Loop() {
			if _, err := r.Members("un", roll.Query{On: on("1995-06-01")}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
