package treaty

import (
	"strconv"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// Delay is the time from the day on which the conditions are met to entry into
// force, as clauses count it. Its text is one of
//
//	same                          that very day (also "", the zero value)
//	days 90, weeks 6, months 3, years 2
//	first_of_month_after_days 60
//	first_of_month_after_months 3
//	first_of_nth_month 6          first day of the sixth month after the month of the deposit
//	fixed 1989-01-01 or days 90   that date if the conditions are met by then, otherwise the delay
type Delay struct {
	rule   string   // "" for the same day
	number int      // of days, weeks, months or years; at least 1 unless the same day
	fixed  day.Date // of "fixed … or …"
}

// The rules that a delay may have, with how each counts.
var delays = map[string]func(day.Date, int) day.Date{
	"":       func(d day.Date, _ int) day.Date { return d },
	"days":   day.Date.AddDays,
	"weeks":  func(d day.Date, n int) day.Date { return d.AddDays(7 * n) },
	"months": day.Date.AddMonths,
	"years":  day.Date.AddYears,
	// The first of the month that follows the end of the period, also where
	// the period ends on a first.
	"first_of_month_after_days":   func(d day.Date, n int) day.Date { return firstAfter(d.AddDays(n)) },
	"first_of_month_after_months": func(d day.Date, n int) day.Date { return firstAfter(d.AddMonths(n)) },
	"first_of_nth_month":          func(d day.Date, n int) day.Date { return firstOf(d).AddMonths(n) },
}

// delayWords is the list for a message.
const delayWords = "same, days N, weeks N, months N, years N, first_of_month_after_days N, first_of_month_after_months N, first_of_nth_month N, fixed DATE or one of these"

// ParseDelay reads the text of a delay.
func ParseDelay(text string) (Delay, error) {
	wrong := fault.New(fault.Invalid, "treaty.delay", "delay", text, "known", delayWords)
	fields := strings.Fields(text)
	if len(fields) == 0 || len(fields) == 1 && fields[0] == "same" {
		return Delay{}, nil
	}
	if fields[0] == "fixed" {
		if len(fields) < 4 || fields[2] != "or" {
			return Delay{}, wrong
		}
		on, err := day.Parse(fields[1])
		if err != nil {
			return Delay{}, wrong
		}
		rest, err := ParseDelay(strings.Join(fields[3:], " "))
		if err != nil || !rest.fixed.IsZero() {
			return Delay{}, wrong
		}
		rest.fixed = on
		return rest, nil
	}
	if len(fields) != 2 || delays[fields[0]] == nil {
		return Delay{}, wrong
	}
	n, err := strconv.Atoi(fields[1])
	if err != nil || n < 0 || n > 100_000 {
		return Delay{}, wrong
	}
	if n == 0 && !strings.HasPrefix(fields[0], "first_") {
		return Delay{}, nil
	}
	return Delay{rule: fields[0], number: n}, nil
}

// Fixed is the delay with a date that holds if the conditions are met by then.
func (d Delay) Fixed(on day.Date) Delay {
	d.fixed = on
	return d
}

// After is the day that the delay leads to from d; no date from no date.
func (d Delay) After(from day.Date) day.Date {
	if from.IsZero() {
		return from
	}
	if !d.fixed.IsZero() && !from.After(d.fixed) {
		return d.fixed
	}
	return delays[d.rule](from, d.number)
}

// IsZero reports whether there is no delay: the same day.
func (d Delay) IsZero() bool { return d == Delay{} }

// String is the text that ParseDelay reads.
func (d Delay) String() string {
	text := "same"
	if d.rule != "" {
		text = d.rule + " " + strconv.Itoa(d.number)
	}
	if !d.fixed.IsZero() {
		return "fixed " + d.fixed.String() + " or " + text
	}
	return text
}

// MarshalText is the text that ParseDelay reads.
func (d Delay) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Delay) UnmarshalText(text []byte) error {
	read, err := ParseDelay(string(text))
	if err != nil {
		return err
	}
	*d = read
	return nil
}

func firstOf(d day.Date) day.Date { return d.AddDays(1 - d.Day()) }

func firstAfter(d day.Date) day.Date { return firstOf(d).AddMonths(1) }
