package day

// leap reports whether 29 February is a day of year y.
func leap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

// daysIn is the length of a month, 28 to 31 days.
func daysIn(y, m int) int {
	switch m {
	case 2:
		if leap(y) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// The count of days starts a year in March, so that the leap day is its last
// day and the months before it have one regular pattern of lengths
// (31,30,31,30,31 twice, then 31 and the rest): (153m+2)/5 days lie before
// month m counted from March. The method is E. G. Richards', "Calendars" in
// the Explanatory Supplement to the Astronomical Almanac (2013), 15.11.
const (
	daysIn4Years   = 4*365 + 1
	daysIn100Years = 25*daysIn4Years - 1
	daysIn400Years = 4*daysIn100Years + 1
)

// days counts from 1 March of year 0, which is day 0.
func (d Date) days() int {
	y, m := d.Year(), d.Month()-3
	if m < 0 {
		y, m = y-1, m+12
	}
	return y*365 + y/4 - y/100 + y/400 + (153*m+2)/5 + d.Day() - 1
}

var firstDay, lastDay = first.days(), last.days()

// fromDays is the date with that count, or the calendar's end.
func fromDays(n int) Date {
	switch {
	case n <= firstDay:
		return first
	case n >= lastDay:
		return last
	}
	// The last day of 4, 100 or 400 years is the one that would divide into
	// a fourth century or a year too many: min holds it back.
	c400, n := n/daysIn400Years, n%daysIn400Years
	c100 := min(n/daysIn100Years, 3)
	n -= c100 * daysIn100Years
	c4, n := n/daysIn4Years, n%daysIn4Years
	c1 := min(n/365, 3)
	n -= c1 * 365
	y := c400*400 + c100*100 + c4*4 + c1
	m := (5*n + 2) / 153
	d := n - (153*m+2)/5 + 1
	if m >= 10 {
		return date(y+1, m-9, d)
	}
	return date(y, m+3, d)
}
