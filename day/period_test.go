package day_test

import (
	"testing"

	"github.com/openchancery/chancery/day"
	"pgregory.net/rapid"
)

func TestPeriodsAsARuleStatesThem(t *testing.T) {
	for _, c := range []struct {
		text, prints, code string
	}{
		{"P1M", "P1M", ""},
		{"P30D", "P30D", ""},
		{"P1Y6M", "P1Y6M", ""},
		{"P1Y6M15D", "P1Y6M15D", ""},
		{"P2W", "P14D", ""},
		{"P0D", "P0D", ""},
		{"P01M", "P1M", ""},
		{"P0Y3M", "P3M", ""},
		{"", "", day.CodeNotAPeriod},
		{"P", "", day.CodeNotAPeriod},
		{"P1", "", day.CodeNotAPeriod},
		{"1M", "", day.CodeNotAPeriod},
		{"P6M1Y", "", day.CodeNotAPeriod}, // out of order
		{"P1M1M", "", day.CodeNotAPeriod},
		{"P1W2D", "", day.CodeNotAPeriod}, // weeks stand alone
		{"P1M1W", "", day.CodeNotAPeriod},
		{"PT5H", "", day.CodeNotAPeriod}, // a legal day has no hour
		{"P1.5M", "", day.CodeNotAPeriod},
		{"P-1M", "", day.CodeNotAPeriod},
		{"p1m", "", day.CodeNotAPeriod},
		{"P99999999999999999999D", "", day.CodeNotAPeriod},
		{"P4000000D", "", day.CodeNotAPeriod},
	} {
		p, err := day.ParsePeriod(c.text)
		if code(err) != c.code {
			t.Errorf("ParsePeriod(%q): %v, want %q", c.text, err, c.code)
		}
		if err == nil && p.String() != c.prints {
			t.Errorf("ParsePeriod(%q) prints as %q, want %q", c.text, p, c.prints)
		}
	}
}

func TestDeadlines(t *testing.T) {
	for _, c := range []struct{ from, period, deadline string }{
		{"2025-01-31", "P1M", "2025-02-28"},
		{"2025-01-31", "P30D", "2025-03-02"},
		{"2024-02-29", "P1Y", "2025-02-28"},
		{"2024-02-29", "P1Y6M", "2025-08-29"}, // years and months in one step: not by way of 28 February
		{"2025-01-31", "P1M1D", "2025-03-01"}, // the month first, then the day
		{"2025-06-10", "P2W", "2025-06-24"},
		{"2025-06-10", "P0D", "2025-06-10"},
		{"9999-12-01", "P9999Y", "9999-12-31"},
		{"", "P1M", ""},
	} {
		p, err := day.ParsePeriod(c.period)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.After(dateOf(t, c.from)).String(); got != c.deadline {
			t.Errorf("%s after %s is %s, want %s", c.period, c.from, got, c.deadline)
		}
	}
}

func TestWhatLiesWithinASpan(t *testing.T) {
	for _, c := range []struct {
		from, to, on string
		within       bool
	}{
		{"2022-02-24", "2025-12-31", "2022-02-24", true}, // both ends belong to it
		{"2022-02-24", "2025-12-31", "2025-12-31", true},
		{"2022-02-24", "2025-12-31", "2022-02-23", false},
		{"2022-02-24", "2025-12-31", "2026-01-01", false},
		{"2022-02-24", "", "9999-12-31", true}, // still lasting
		{"", "2025-12-31", "0001-01-01", true},
		{"", "", "2025-12-31", true},
		{"", "", "", false}, // no date lies nowhere
		{"2022-02-24", "", "", false},
		{"2025-12-31", "2022-02-24", "2023-01-01", false}, // ends before it begins
	} {
		s := day.Span{From: dateOf(t, c.from), To: dateOf(t, c.to)}
		if got := s.Contains(dateOf(t, c.on)); got != c.within {
			t.Errorf("%q lies within %v: %v, want %v", c.on, s, got, c.within)
		}
	}
}

func TestLawsOfPeriods(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		upTo := func(name string, most int) int { return rapid.IntRange(0, most).Draw(t, name) }
		p := day.Period{Years: upTo("years", 50), Months: upTo("months", 600), Days: upTo("days", 20_000)}
		text, err := p.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var again day.Period
		if err := again.UnmarshalText(text); err != nil || again != p {
			t.Fatalf("%v is read back as %v (%v)", p, again, err)
		}
		d := anyDate(t, "d")
		deadline := p.After(d)
		if deadline.Before(d) {
			t.Fatalf("%v after %v is %v", p, d, deadline)
		}
		if !(day.Span{From: d, To: deadline}).Contains(deadline) {
			t.Fatalf("the deadline %v is not within its own span", deadline)
		}
	})
}
