package day_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/openchancery/chancery/day"
	"pgregory.net/rapid"
)

func TestADateIsReadInOneForm(t *testing.T) {
	for _, c := range []struct {
		text, code string // code "" means that it is read
	}{
		{"2007-01-31", ""},
		{"2024-02-29", ""}, // a leap year
		{"2000-02-29", ""}, // every fourth century has its leap day
		{"0001-01-01", ""},
		{"9999-12-31", ""},
		{"2023-02-29", day.CodeNoSuchDate},
		{"1900-02-29", day.CodeNoSuchDate}, // the other centuries have none
		{"2007-04-31", day.CodeNoSuchDate},
		{"2007-13-01", day.CodeNoSuchDate},
		{"2007-00-10", day.CodeNoSuchDate},
		{"2007-01-00", day.CodeNoSuchDate},
		{"0000-01-01", day.CodeNoSuchDate},
		{"", day.CodeNotADate},
		{"2007", day.CodeNotADate},    // a partial date is no date
		{"2007-01", day.CodeNotADate}, // nor is this one
		{"2007-1-31", day.CodeNotADate},
		{"31-01-2007", day.CodeNotADate},
		{"2007/01/31", day.CodeNotADate},
		{" 2007-01-31", day.CodeNotADate},
		{"2007-01-31T00:00:00Z", day.CodeNotADate},
		{"２００７-01-31", day.CodeNotADate},
		{"+007-01-31", day.CodeNotADate},
	} {
		got, err := day.Parse(c.text)
		if code(err) != c.code {
			t.Errorf("Parse(%q): %v, want %q", c.text, err, c.code)
		}
		if err == nil && got.String() != c.text {
			t.Errorf("Parse(%q) prints as %q", c.text, got)
		}
		if err != nil && !got.IsZero() {
			t.Errorf("Parse(%q) fails and yet gives %v", c.text, got)
		}
	}
}

// An error is logged; a mistyped date of birth must not be in the log.
func TestAnErrorKeepsTheTextToItself(t *testing.T) {
	_, err := day.Parse("1980-02-31")
	if err.Error() != day.CodeNoSuchDate {
		t.Errorf("the log would say %q", err)
	}
}

func TestWhatAMonthLaterIs(t *testing.T) {
	for _, c := range []struct {
		from   string
		months int
		want   string
	}{
		{"2025-01-31", 1, "2025-02-28"},
		{"2024-01-31", 1, "2024-02-29"},
		{"2025-08-31", 1, "2025-09-30"},
		{"2025-01-15", 1, "2025-02-15"},
		{"2025-12-31", 1, "2026-01-31"},
		{"2025-12-31", 2, "2026-02-28"},
		{"2024-02-29", 12, "2025-02-28"},
		{"2024-02-29", 48, "2028-02-29"},
		{"2025-03-31", -1, "2025-02-28"},
		{"2025-01-31", -2, "2024-11-30"},
		{"2025-05-31", 0, "2025-05-31"},
		{"9999-06-30", 12, "9999-12-31"}, // the calendar ends
		{"0001-06-30", -12, "0001-01-01"},
		{"", 1, ""}, // no date stays no date
	} {
		if got := dateOf(t, c.from).AddMonths(c.months).String(); got != c.want {
			t.Errorf("%s and %d months = %s, want %s", c.from, c.months, got, c.want)
		}
	}
}

func TestWhatDaysAndYearsLaterAre(t *testing.T) {
	const farPastAnyCalendar = int(^uint(0) >> 1)
	for _, c := range []struct {
		name string
		got  day.Date
		want string
	}{
		{"30 days from the end of January", day.Must(2025, 1, 31).AddDays(30), "2025-03-02"},
		{"the day after 28 February of a leap year", day.Must(2024, 2, 28).AddDays(1), "2024-02-29"},
		{"the day after 28 February of another", day.Must(1900, 2, 28).AddDays(1), "1900-03-01"},
		{"the day before New Year", day.Must(2000, 1, 1).AddDays(-1), "1999-12-31"},
		{"the last day of four centuries", day.Must(2000, 3, 1).AddDays(-1), "2000-02-29"},
		{"a year from a leap day", day.Must(2024, 2, 29).AddYears(1), "2025-02-28"},
		{"four years from a leap day", day.Must(2024, 2, 29).AddYears(4), "2028-02-29"},
		{"days beyond the calendar", day.Must(2024, 2, 29).AddDays(farPastAnyCalendar), "9999-12-31"},
		{"years beyond the calendar", day.Must(2024, 2, 29).AddYears(farPastAnyCalendar), "9999-12-31"},
		{"days before the calendar", day.Must(2024, 2, 29).AddDays(-farPastAnyCalendar), "0001-01-01"},
		{"no date", day.Date{}.AddDays(5), ""},
	} {
		if c.got.String() != c.want {
			t.Errorf("%s = %s, want %s", c.name, c.got, c.want)
		}
	}
}

// The legal day of an instant is the day on the wall of the programme's place.
func TestTheDayDependsOnThePlace(t *testing.T) {
	kyiv := time.FixedZone("Kyiv in winter", 2*3600)
	lateInTheHague := time.Date(2025, 12, 31, 23, 30, 0, 0, time.FixedZone("The Hague in winter", 3600))
	for _, c := range []struct {
		at   time.Time
		in   *time.Location
		want string
	}{
		{lateInTheHague, lateInTheHague.Location(), "2025-12-31"},
		{lateInTheHague, kyiv, "2026-01-01"},
		{lateInTheHague, time.UTC, "2025-12-31"},
		{lateInTheHague, nil, "2025-12-31"},
		{time.Time{}, kyiv, ""},
		{time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC), time.UTC, "9999-12-31"},
		{time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), time.UTC, "0001-01-01"},
	} {
		if got := day.Of(c.at, c.in).String(); got != c.want {
			t.Errorf("%v falls on %s in %v, want %s", c.at, got, c.in, c.want)
		}
	}
}

func TestLatestAndEarliestPassOverNoDate(t *testing.T) {
	early, late, none := day.Must(2024, 12, 31), day.Must(2025, 1, 1), day.Date{}
	for _, c := range []struct{ a, b, latest, earliest day.Date }{
		{early, late, late, early},
		{late, early, late, early},
		{early, none, early, early},
		{none, late, late, late},
		{none, none, none, none},
	} {
		if got := day.Latest(c.a, c.b); got != c.latest {
			t.Errorf("Latest(%v, %v) = %v, want %v", c.a, c.b, got, c.latest)
		}
		if got := day.Earliest(c.a, c.b); got != c.earliest {
			t.Errorf("Earliest(%v, %v) = %v, want %v", c.a, c.b, got, c.earliest)
		}
	}
}

func TestADateInJSON(t *testing.T) {
	type entry struct {
		On    day.Date            `json:"on"`
		Until day.Date            `json:"until"`
		By    map[day.Date]string `json:"by"`
	}
	was := entry{On: day.Must(2025, 3, 1), By: map[day.Date]string{day.Must(2025, 4, 1): "the office"}}
	text, err := json.Marshal(was)
	if want := `{"on":"2025-03-01","until":"","by":{"2025-04-01":"the office"}}`; err != nil || string(text) != want {
		t.Fatalf("%s (%v), want %s", text, err, want)
	}
	var is entry
	if err := json.Unmarshal(text, &is); err != nil || is.On != was.On || !is.Until.IsZero() || len(is.By) != 1 {
		t.Errorf("read back as %+v (%v)", is, err)
	}
	if err := json.Unmarshal([]byte(`{"on":"1 March"}`), &is); code(err) != day.CodeNotADate {
		t.Errorf("a date in words: %v", err)
	}
}

func TestLawsOfDates(t *testing.T) {
	laws := map[string]func(*rapid.T){
		"what is printed is read back": func(t *rapid.T) {
			d := anyDate(t, "d")
			if got, err := day.Parse(d.String()); err != nil || got != d {
				t.Fatalf("%v is read as %v (%v)", d, got, err)
			}
		},
		"days are counted as Go counts them": func(t *rapid.T) {
			d, n := anyDate(t, "d"), rapid.IntRange(-800_000, 800_000).Draw(t, "n")
			want := time.Date(d.Year(), time.Month(d.Month()), d.Day(), 0, 0, 0, 0, time.UTC).AddDate(0, 0, n)
			if y := want.Year(); y < 1 || y > 9999 {
				t.Skip("beyond the calendar")
			}
			got := d.AddDays(n)
			if got != day.Must(want.Year(), int(want.Month()), want.Day()) || d.DaysUntil(got) != n {
				t.Fatalf("%v and %d days is %v, Go says %v", d, n, got, want)
			}
		},
		"adding months never rolls over a month's end": func(t *rapid.T) {
			d, n := anyDate(t, "d"), rapid.IntRange(-30_000, 30_000).Draw(t, "n")
			if total := d.Year()*12 + d.Month() - 1 + n; total < 12 || total >= 120_000 {
				t.Skip("beyond the calendar")
			} else if got := d.AddMonths(n); got.Year()*12+got.Month()-1 != total {
				t.Fatalf("%v and %d months is %v: another month", d, n, got)
			} else if got.Day() != d.Day() && got.AddDays(1).Day() != 1 {
				t.Fatalf("%v and %d months is %v: neither its day nor the month's last", d, n, got)
			}
		},
		"adding keeps the order": func(t *rapid.T) {
			a, b := anyDate(t, "a"), anyDate(t, "b")
			n := rapid.Int().Draw(t, "n")
			if a.After(b) {
				a, b = b, a
			}
			if a.AddMonths(n).After(b.AddMonths(n)) || a.AddDays(n).After(b.AddDays(n)) || a.AddYears(n).After(b.AddYears(n)) {
				t.Fatalf("%v is before %v, and %d later it is after", a, b, n)
			}
		},
		"order, distance and text agree": func(t *rapid.T) {
			a, b := anyDate(t, "a"), anyDate(t, "b")
			c := a.Compare(b)
			if sign(-a.DaysUntil(b)) != c || a.Before(b) != (c < 0) || a.After(b) != (c > 0) || (a == b) != (c == 0) {
				t.Fatalf("Compare(%v, %v) = %d", a, b, c)
			}
			if (a.String() < b.String()) != (c < 0) {
				t.Fatalf("%v and %v sort otherwise as texts", a, b)
			}
		},
	}
	for law, holds := range laws {
		t.Run(law, func(t *testing.T) { rapid.Check(t, holds) })
	}
}

// Every day of the calendar, once: its number leads back to it.
func TestEveryDayFollowsTheOneBefore(t *testing.T) {
	d, n := day.Must(1, 1, 1), 1
	for d != day.Must(9999, 12, 31) {
		next := d.AddDays(1)
		if d.DaysUntil(next) != 1 || next.AddDays(-1) != d {
			t.Fatalf("the day after %v is %v", d, next)
		}
		d, n = next, n+1
	}
	if want := 9999*365 + 9999/4 - 9999/100 + 9999/400; n != want {
		t.Errorf("the calendar has %d days, want %d", n, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("2007-01-31")
	f.Add("2007-01")
	f.Add("P1Y6M")
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := day.Parse(s); err == nil && d.String() != s {
			t.Errorf("Parse(%q) prints as %q", s, d)
		}
		if p, err := day.ParsePartial(s); err == nil && p.String() != s {
			t.Errorf("ParsePartial(%q) prints as %q", s, p)
		}
		if p, err := day.ParsePeriod(s); err == nil {
			if again, err := day.ParsePeriod(p.String()); err != nil || again != p {
				t.Errorf("ParsePeriod(%q) = %v, read again as %v (%v)", s, p, again, err)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := day.Parse("2007-01-31"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMarshalText(b *testing.B) {
	d := day.Must(2007, 1, 31)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.MarshalText(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAddDays(b *testing.B) {
	d := day.Must(2007, 1, 31)
	for b.Loop() {
		d.AddDays(30)
	}
}

func anyDate(t *rapid.T, name string) day.Date {
	return day.Must(1, 1, 1).AddDays(rapid.IntRange(0, 3_652_058).Draw(t, name))
}

func dateOf(t *testing.T, s string) (d day.Date) {
	t.Helper()
	if err := d.UnmarshalText([]byte(s)); err != nil {
		t.Fatal(err)
	}
	return d
}

func code(err error) string {
	if e, ok := errors.AsType[*day.Error](err); ok {
		return e.Code
	}
	return ""
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}
