package sheet

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/day"
)

// How offices write days and hours.
func TestDatesAsOfficesWriteThem(t *testing.T) {
	for _, c := range []struct{ format, text, date, clock string }{
		{"YYYY-MM-DD", "2006-11-25", "2006-11-25", ""},
		{"YYYY-MM-DD", "2006-11-25 14:30", "no", ""},
		{"YYYY-MM-DD HH:MM", "2006-11-25 14:30", "2006-11-25", "14:30"},
		{"DD-MON-YYYY HH:MM", "03-NOV-0206 00:00", "0206-11-03", "00:00"},
		{"DD-MON-YYYY", "3-NOV-2006", "no", ""},
		{"D-MON-YYYY", "3-Nov-2006", "2006-11-03", ""},
		{"D. MON YYYY", "3. März 2006", "2006-03-03", ""},
		{"D MON YYYY", "1 févr. 2006", "2006-02-01", ""},
		{"D MON YYYY", "1 DÉCEMBRE 2006", "2006-12-01", ""},
		{"D MON YYYY", "24 лютого 2022", "2022-02-24", ""},
		{"MON D, YYYY", "Sept 5, 2006", "2006-09-05", ""},
		{"MON D, YYYY", "Smarch 5, 2006", "no", ""},
		{"DD/MM/YYYY", "31/12/2006", "2006-12-31", ""},
		{"DD/MM/YYYY", "12/31/2006", "no", ""},
		{"MM/DD/YYYY H:MM AM", "12/31/2006 3:05 pm", "2006-12-31", "15:05"},
		{"M/D/YYYY H:MM AM", "1/2/2006 12:05 AM", "2006-01-02", "00:05"},
		{"M/D/YYYY H:MM AM", "1/2/2006 13:05 AM", "no", ""},
		{"DD.MM.20YY", "03.11.06", "2006-11-03", ""},
		{"DD.MM.19YY", "03.11.06", "1906-11-03", ""},
		{"DD.MM.YYYY", "03.11.06", "no", ""},
		{"DD.MM.YYYY", "29.02.2007", "no", ""},
		{"DD.MM.YYYY", "29.02.2008", "2008-02-29", ""},
		{"DD.MM.YYYY", "00.00.0000", "no", ""},
		{"YYYYMMDD", "20061125", "2006-11-25", ""},
		{"YYYY-MM-DDTHH:MM:SS", "2006-11-25T23:59:60", "2006-11-25", "23:59"},
		{"YYYY-MM-DD HH:MM:SS.FF", "2006-11-25 14:30:07.0000000", "2006-11-25", "14:30"},
		{"YYYY-MM-DD HH:MM", "2006-11-25 24:00", "no", ""},
		{"HH:MM DD.MM.YYYY", "14:30 25.11.2006", "2006-11-25", "14:30"},
		{"HH:MM", "09:05", "", "09:05"},
		{"HH:MM", "9:05", "no", ""},
		{"YYYY-MM-DD", "", "no", ""},
		{"YYYY-MM-DD", "２006-11-25", "no", ""},
	} {
		f, bad := ParseFormat(c.format)
		if bad != "" {
			t.Errorf("%s: %q is wrong with it", c.format, bad)
			continue
		}
		m, ok := f.read(c.text)
		switch {
		case c.date == "no" && ok:
			t.Errorf("%s reads %q as %v", c.format, c.text, m)
		case c.date != "no" && (!ok || c.date != dateText(m.date) || m.clock != c.clock):
			t.Errorf("%s reads %q as %v %v", c.format, c.text, m, ok)
		}
	}
}

func dateText(d day.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// What a format must not be, and what is named as wrong with it.
func TestFormatsThatTellNothing(t *testing.T) {
	for format, want := range map[string]string{
		"":                  "YYYY-MM-DD",
		"YYYY-MM":           "DD",
		"DD.MM.":            "YYYY",
		"DD.MM.YY":          "YY",
		"YYYY-DD":           "MM",
		"2006-01-02":        "YYYY-MM-DD",
		"YYYY-MM-DD HH":     "HH:MM",
		"YYYY-MM-DD AM":     "HH:MM",
		"YYYY-MM-DD YYYY":   "YYYY",
		"YYYY-MM-DD x":      "x",
		"YYYY-MM-DDTHH:MMZ": "Z",
		"yyyy-mm-dd":        "yyyy-mm-dd",
		"MONAT D, YYYY":     "AT D, YYYY",
		"YYYY年MM":           "年MM",
	} {
		if _, bad := ParseFormat(format); bad != want {
			t.Errorf("%q: %q is named, not %q", format, bad, want)
		}
	}
}

func TestNoMonthNameIsTwoMonths(t *testing.T) {
	seen := map[string]int{}
	for i, names := range months {
		for _, name := range splitFields(names) {
			if other, ok := seen[name]; ok && other != i {
				t.Errorf("%s is month %d and month %d", name, other+1, i+1)
			}
			seen[name] = i
		}
	}
}

// What a format writes it reads again, for every format that Propose knows.
func TestFormatsReadWhatTheyWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(dateTimeFormats).Draw(t, "format")
		y, mo, d := rapid.IntRange(2000, 2099).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day")
		m, ok := f.read(f.write(y, mo, d))
		want := moment{}
		if f.dated {
			want.date = day.Must(y, mo, d)
		}
		if f.timed {
			want.clock = "13:14"
		}
		if !ok || m != want {
			t.Fatalf("%s writes %q and reads %v", f, f.write(y, mo, d), m)
		}
	})
}

func TestTheDayAndTheMonthAreNeverMixedUp(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"DD/MM/YYYY", "MM/DD/YYYY", true},
		{"D/M/YYYY", "MM/DD/YYYY", true},
		{"DD/MM/YYYY", "DD/MM/YYYY HH:MM", false},
		{"DD/MM/YYYY", "D/M/YYYY", false},
		{"DD.MM.19YY", "DD.MM.20YY", true},
		{"DD/MM/YYYY", "MM-DD-YYYY", false},
	} {
		a, _ := ParseFormat(c.a)
		b, _ := ParseFormat(c.b)
		if got := a.contradicts(b) || b.contradicts(a); got != c.want {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
}
