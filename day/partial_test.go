package day_test

import (
	"testing"

	"github.com/openchancery/chancery/day"
	"pgregory.net/rapid"
)

func TestWhatAPartialDateAllows(t *testing.T) {
	for _, c := range []struct {
		text, first, last, code string
	}{
		{"2005", "2005-01-01", "2005-12-31", ""},
		{"2005-07", "2005-07-01", "2005-07-31", ""},
		{"2004-02", "2004-02-01", "2004-02-29", ""},
		{"2005-07-03", "2005-07-03", "2005-07-03", ""},
		{"2005-13", "", "", day.CodeNoSuchDate},
		{"2005-00", "", "", day.CodeNoSuchDate},
		{"2005-07-00", "", "", day.CodeNoSuchDate},
		{"2005-02-30", "", "", day.CodeNoSuchDate},
		{"0000", "", "", day.CodeNoSuchDate},
		{"", "", "", day.CodeNotAPartialDate},
		{"205", "", "", day.CodeNotAPartialDate},
		{"2005-7", "", "", day.CodeNotAPartialDate},
		{"2005-", "", "", day.CodeNotAPartialDate},
		{"summer 2005", "", "", day.CodeNotAPartialDate},
	} {
		p, err := day.ParsePartial(c.text)
		if code(err) != c.code || p.First().String() != c.first || p.Last().String() != c.last {
			t.Errorf("%q: from %q to %q (%v), want from %q to %q (%s)", c.text, p.First(), p.Last(), err, c.first, c.last, c.code)
		}
		if err == nil && p.String() != c.text {
			t.Errorf("%q prints as %q", c.text, p)
		}
	}
}

func TestWhetherAPartialDateLiesBefore(t *testing.T) {
	for _, c := range []struct{ partial, before, answer string }{
		{"2005", "2006-01-01", "yes"},
		{"2005", "2005-12-31", "cant-be-told"},
		{"2005", "2005-01-02", "cant-be-told"},
		{"2005", "2005-01-01", "no"},
		{"2005-07", "2005-08-01", "yes"},
		{"2005-07", "2005-07-15", "cant-be-told"},
		{"2005-07", "2005-07-01", "no"},
		{"2005-07-03", "2005-07-04", "yes"},
		{"2005-07-03", "2005-07-03", "no"},
		{"", "2005-07-03", "cant-be-told"}, // nothing is known
		{"2005", "", "cant-be-told"},       // nothing was asked
	} {
		var p day.Partial
		if err := p.UnmarshalText([]byte(c.partial)); err != nil {
			t.Fatal(err)
		}
		if got := p.Before(dateOf(t, c.before)).String(); got != c.answer {
			t.Errorf("is %q before %q? %s, want %s", c.partial, c.before, got, c.answer)
		}
	}
}

func TestLawsOfPartialDates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate(t, "d")
		known := rapid.SampledFrom([]int{len("2005"), len("2005-07"), len("2005-07-03")}).Draw(t, "known")
		p, err := day.ParsePartial(d.String()[:known])
		if err != nil {
			t.Fatal(err)
		}
		if d.Before(p.First()) || d.After(p.Last()) {
			t.Fatalf("%v is outside %v", d, p)
		}
		// Whatever is said of the partial date is true of every day it may be.
		against := anyDate(t, "against")
		switch answer := p.Before(against); {
		case answer == day.Yes && !d.Before(against), answer == day.No && d.Before(against):
			t.Fatalf("is %v before %v? %v, but of %v that is false", p, against, answer, d)
		case answer == day.CantBeTold && p.First() == p.Last():
			t.Fatalf("%v is a whole date, and before %v can't be told", p, against)
		}
		text, err := p.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var again day.Partial
		if err := again.UnmarshalText(text); err != nil || again != p {
			t.Fatalf("%v is read back as %v (%v)", p, again, err)
		}
	})
}
