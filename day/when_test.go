package day_test

import (
	"testing"

	"github.com/openchancery/chancery/day"
)

// What a source leaves open stays open: every form has its bounds.
func TestADateAsASourceGivesItKeepsItsBounds(t *testing.T) {
	for _, c := range []struct{ text, first, last string }{
		{"2005", "2005-01-01", "2005-12-31"},
		{"2005-02", "2005-02-01", "2005-02-28"},
		{"2005-07-03", "2005-07-03", "2005-07-03"},
		{"before 2019-05", "", "2019-04-30"},
		{"by 2019-05", "", "2019-05-31"},
		{"after 2010", "2011-01-01", ""},
		{"from 2010", "2010-01-01", ""},
		{"2021-11-17/18", "2021-11-17", "2021-11-18"},
		{"2012-06/2012-12", "2012-06-01", "2012-12-31"},
		{"2021-11-17/12-02", "2021-11-17", "2021-12-02"},
		{"about 2022", "2021-01-01", "2023-12-31"},
		{"about 2022-03", "2022-02-01", "2022-04-30"},
		{"about 2022-01", "2021-12-01", "2022-02-28"},
		{"about 2022-03-14", "2022-03-07", "2022-03-21"},
		{"", "", ""},
	} {
		w, err := day.ParseWhen(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if got := dateText(w.First()); got != c.first {
			t.Errorf("%q begins %q, not %q", c.text, got, c.first)
		}
		if got := dateText(w.Last()); got != c.last {
			t.Errorf("%q ends %q, not %q", c.text, got, c.last)
		}
		if w.String() != c.text {
			t.Errorf("%q is printed %q", c.text, w)
		}
	}
	for _, text := range []string{"around 2005", "before", "before noon", "2005/2004", "2005-13", "5", "2005-07-03/x"} {
		if _, err := day.ParseWhen(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
	if w, err := day.ParseWhen("unknown"); err != nil || !w.IsZero() {
		t.Errorf("unknown is %v, %v", w, err)
	}
}

func dateText(d day.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// "Before May 2019" was before June, was not known to be before March.
func TestWhetherADateLiesBeforeAnotherMayNotBeTold(t *testing.T) {
	for _, c := range []struct {
		when, than string
		want       day.Tri
	}{
		{"before 2019-05", "2019-06-01", day.Yes},
		{"before 2019-05", "2019-03-01", day.CantBeTold},
		{"after 2010", "2010-06-01", day.No},
		{"after 2010", "2015-06-01", day.CantBeTold},
		{"2005", "2005-06-01", day.CantBeTold},
		{"2005", "2005-01-01", day.No},
		{"2005", "2006-01-01", day.Yes},
		{"", "2006-01-01", day.CantBeTold},
	} {
		w, err := day.ParseWhen(c.when)
		if err != nil {
			t.Fatal(err)
		}
		d, err := day.Parse(c.than)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.Before(d); got != c.want {
			t.Errorf("%q before %s: %s, not %s", c.when, c.than, got, c.want)
		}
	}
}

// The three answers join as Kleene's do.
func TestAnswersThatCantBeToldJoin(t *testing.T) {
	all := []day.Tri{day.Yes, day.No, day.CantBeTold}
	for _, a := range all {
		for _, b := range all {
			and, or := a.And(b), a.Or(b)
			if want := (a == day.No || b == day.No); (and == day.No) != want {
				t.Errorf("%s and %s is %s", a, b, and)
			}
			if want := (a == day.Yes && b == day.Yes); (and == day.Yes) != want {
				t.Errorf("%s and %s is %s", a, b, and)
			}
			if want := (a == day.Yes || b == day.Yes); (or == day.Yes) != want {
				t.Errorf("%s or %s is %s", a, b, or)
			}
		}
	}
}
