package day

import (
	"fmt"
	"time"
)

// Date is one day of the civil (proleptic Gregorian) calendar, years 1 to
// 9999, without hour and time zone. Dates are compared with == and may key a
// map. The zero value is no date: it prints as "", comes before every date,
// and stays no date whatever is added to it.
type Date struct {
	year       int16
	month, day uint8
}

// The calendar's two ends. Arithmetic that would leave the calendar stops at
// its end: order is kept, and a deadline never turns into "no deadline".
var (
	first = Date{1, 1, 1}
	last  = Date{9999, 12, 31}
)

// New is the date of that year (1 to 9999), month (1 to 12) and day.
// 30 February is an error, not 2 March.
func New(y, m, d int) (Date, error) {
	if y < 1 || y > 9999 || m < 1 || m > 12 || d < 1 || d > daysIn(y, m) {
		return Date{}, &Error{Code: CodeNoSuchDate, Text: fmt.Sprintf("%04d-%02d-%02d", y, m, d)}
	}
	return date(y, m, d), nil
}

// Must is New for dates written in a test; it panics where New fails.
func Must(y, m, d int) Date {
	on, err := New(y, m, d)
	if err != nil {
		panic(err)
	}
	return on
}

// Parse reads a date in the one form that entries, files and rulebooks use,
// "2006-01-02": ten characters, nothing before and nothing after.
func Parse(s string) (Date, error) {
	y, m, d, ok := digits(s)
	if !ok || len(s) != len("2006-01-02") {
		return Date{}, &Error{Code: CodeNotADate, Text: s}
	}
	on, err := New(y, m, d)
	if err != nil {
		return Date{}, &Error{Code: CodeNoSuchDate, Text: s}
	}
	return on, nil
}

// Of is the legal day on which t falls in that place; a nil place is UTC.
// The zero time has no date.
func Of(t time.Time, in *time.Location) Date {
	if t.IsZero() {
		return Date{}
	}
	if in == nil {
		in = time.UTC
	}
	y, m, d := t.In(in).Date()
	switch {
	case y < 1:
		return first
	case y > 9999:
		return last
	}
	return date(y, int(m), d)
}

// Year is 1 to 9999, or 0 for no date.
func (d Date) Year() int { return int(d.year) }

// Month is 1 to 12, or 0 for no date.
func (d Date) Month() int { return int(d.month) }

// Day is the day of the month, 1 to 31, or 0 for no date.
func (d Date) Day() int { return int(d.day) }

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// String is the date as "2006-01-02", or "" for no date.
func (d Date) String() string { return string(d.append(nil)) }

// Compare is -1 where d comes before e, 0 where they are the same day and +1
// where d comes after. No date comes before every date.
func (d Date) Compare(e Date) int { return cmpInt(d.ordinal(), e.ordinal()) }

// Before reports whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.ordinal() < e.ordinal() }

// After reports whether d is a later day than e.
func (d Date) After(e Date) bool { return d.ordinal() > e.ordinal() }

// AddDays is the date n days later, or earlier where n is negative.
func (d Date) AddDays(n int) Date {
	if d.IsZero() {
		return d
	}
	return fromDays(d.days() + clamp(n))
}

// AddMonths is the same day of the month n months later (or earlier), and
// the last day of that month where it has no such day: 31 January and one
// month is the end of February, never a day in March. It follows that adding
// one month twice may end earlier than adding two months once.
func (d Date) AddMonths(n int) Date {
	if d.IsZero() {
		return d
	}
	months := d.Year()*12 + d.Month() - 1 + clamp(n)
	if months < 12 {
		return first
	}
	y, m := months/12, months%12+1
	if y > 9999 {
		return last
	}
	return date(y, m, min(d.Day(), daysIn(y, m)))
}

// AddYears is the same day n years later (or earlier); 29 February becomes
// 28 February in a year that has no such day.
func (d Date) AddYears(n int) Date { return d.AddMonths(clamp(n) * 12) }

// DaysUntil counts the days from d to e: 1 from a day to the next one,
// negative where e is earlier, 0 where either is no date.
func (d Date) DaysUntil(e Date) int {
	if d.IsZero() || e.IsZero() {
		return 0
	}
	return e.days() - d.days()
}

// MarshalText is the date as "2006-01-02", or "" for no date.
func (d Date) MarshalText() ([]byte, error) { return d.append(make([]byte, 0, 10)), nil }

// AppendText adds the text of MarshalText to b.
func (d Date) AppendText(b []byte) ([]byte, error) { return d.append(b), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	on, err := Parse(string(b))
	if err != nil {
		return err
	}
	*d = on
	return nil
}

// Latest is the later of two dates; one that is no date doesn't count.
func Latest(a, b Date) Date {
	if a.Before(b) {
		return b
	}
	return a
}

// Earliest is the earlier of two dates; one that is no date doesn't count.
func Earliest(a, b Date) Date {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

func date(y, m, d int) Date { return Date{year: int16(y), month: uint8(m), day: uint8(d)} }

// ordinal grows with the date and costs no division.
func (d Date) ordinal() int { return int(d.year)<<16 | int(d.month)<<8 | int(d.day) }

func (d Date) append(b []byte) []byte {
	if d.IsZero() {
		return b
	}
	y := d.Year()
	return append(b,
		byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-',
		'0'+d.month/10, '0'+d.month%10, '-',
		'0'+d.day/10, '0'+d.day%10)
}

// digits reads "2006", "2006-01" or "2006-01-02"; what is missing is 0.
func digits(s string) (y, m, d int, ok bool) {
	switch len(s) {
	case 4, 7, 10:
	default:
		return 0, 0, 0, false
	}
	for i := range len(s) {
		if i == 4 || i == 7 {
			ok = s[i] == '-'
		} else {
			ok = s[i] >= '0' && s[i] <= '9'
		}
		if !ok {
			return 0, 0, 0, false
		}
	}
	two := func(i int) int { return int(s[i]-'0')*10 + int(s[i+1]-'0') }
	y = two(0)*100 + two(2)
	if len(s) >= 7 {
		m = two(5)
	}
	if len(s) == 10 {
		d = two(8)
	}
	return y, m, d, true
}

// clamp keeps a number of days, months or years within what the calendar can
// hold, so that a huge one stops at the calendar's end and never wraps round.
func clamp(n int) int {
	const whole = 10_000 * 366
	return max(-whole, min(n, whole))
}

func cmpInt(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
