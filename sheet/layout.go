package sheet

import (
	"fmt"
	"strings"

	"github.com/openchancery/chancery/day"
)

// Format is one way in which an office writes a date, a time or both. A map
// writes it with these letters; every other character stands for itself, and
// one space stands for one space:
//
//	YYYY  year, four digits (0206 is the year 206: nothing is guessed)
//	19YY  year of that century, its last two digits stand in the file; 20YY likewise
//	MM    month, two digits; after the hour: minutes
//	M     month, one or two digits
//	MON   month as a word or its usual short form, any case: English, German, French,
//	      Ukrainian; MONTH is the same
//	DD    day, two digits; D one or two
//	HH    hour, two digits; H one or two
//	SS    seconds, read and dropped; FF after them: a fraction of any length, dropped
//	AM    am or pm, any case: the hour then counts to twelve
//
// A four-digit year is never guessed from two digits: 20YY says the century.
type Format struct {
	text         string
	pieces       []piece
	dated, timed bool
}

// piece is one part of a format: a unit, or text that stands for itself.
type piece struct {
	unit    unit
	literal string
	century int
}

type unit byte

const (
	literal unit = iota
	year4
	year2
	month2
	month1
	monthWord
	day2
	day1
	hour2
	hour1
	minute
	second
	fraction
	halfDay
)

// spellings are the letters of a format, longest first. Which of them MM is
// depends on what stands before it.
var spellings = []struct {
	text string
	unit unit
}{
	{"YYYY", year4},
	{"19YY", year2},
	{"20YY", year2},
	{"MONTH", monthWord},
	{"MON", monthWord},
	{"MM", month2},
	{"DD", day2},
	{"HH", hour2},
	{"SS", second},
	{"FF", fraction},
	{"AM", halfDay},
	{"M", month1},
	{"D", day1},
	{"H", hour1},
}

// ParseFormat reads a format. The second value is what is wrong with it:
// "" or the text that no letter is known for, or "YY", "MM", "AM" …, a unit
// that is lacking or stands twice.
func ParseFormat(s string) (Format, string) {
	f := Format{text: s}
	seen := map[unit]bool{}
	for rest := s; rest != ""; {
		t, n := nextPiece(rest, seen)
		if n == 0 {
			return Format{}, rest
		}
		if t.unit != literal {
			if seen[kindOf(t.unit)] {
				return Format{}, rest[:n]
			}
			seen[kindOf(t.unit)] = true
		}
		f.pieces = append(f.pieces, t)
		rest = rest[n:]
	}
	f.dated, f.timed = seen[year4], seen[hour2]
	return f, lacking(seen)
}

// nextPiece cuts the first piece off a format; 0 means that it knows none.
func nextPiece(rest string, seen map[unit]bool) (piece, int) {
	for _, sp := range spellings {
		if !strings.HasPrefix(rest, sp.text) {
			continue
		}
		t := piece{unit: sp.unit}
		switch sp.unit {
		case year2:
			t.century = 1900
			if sp.text[0] == '2' {
				t.century = 2000
			}
		case month2:
			if seen[hour2] && !seen[minute] {
				t.unit = minute
			}
		}
		return t, len(sp.text)
	}
	c := rest[0]
	letter := c|0x20 >= 'a' && c|0x20 <= 'z'
	if letter && c != 'T' || c >= 0x80 {
		return piece{}, 0
	}
	return piece{unit: literal, literal: rest[:1]}, 1
}

// kindOf is what a unit tells, however it is spelt.
func kindOf(u unit) unit {
	switch u {
	case year4, year2:
		return year4
	case month2, month1, monthWord:
		return month2
	case day2, day1:
		return day2
	case hour2, hour1:
		return hour2
	}
	return u
}

// lacking names the unit without which the format tells neither a whole date
// nor a time of day.
func lacking(seen map[unit]bool) string {
	dated := seen[year4] || seen[month2] || seen[day2]
	switch {
	case dated && !seen[year4]:
		return "YYYY"
	case dated && !seen[month2]:
		return "MM"
	case dated && !seen[day2]:
		return "DD"
	case seen[hour2] != seen[minute]:
		return "HH:MM"
	case (seen[second] || seen[halfDay]) && !seen[hour2], seen[fraction] && !seen[second]:
		return "HH:MM"
	case !dated && !seen[hour2]:
		return "YYYY-MM-DD"
	}
	return ""
}

func (f Format) String() string { return f.text }

// has reports whether the format tells this.
func (f Format) has(u unit) bool {
	for _, t := range f.pieces {
		if t.unit != literal && kindOf(t.unit) == u {
			return true
		}
	}
	return false
}

// moment is what a text tells in some format.
type moment struct {
	date  day.Date // zero when the format has none
	clock string   // "15:04", "" when the format has none
}

// read reads a text that is written in this format, all of it.
func (f Format) read(s string) (moment, bool) {
	var part [halfDay + 1]int
	for _, t := range f.pieces {
		v, n := t.read(s)
		if n == 0 {
			return moment{}, false
		}
		part[kindOf(t.unit)] = v
		s = s[n:]
	}
	if s != "" {
		return moment{}, false
	}
	var m moment
	if f.dated {
		d, err := day.New(part[year4], part[month2], part[day2])
		if err != nil {
			return moment{}, false
		}
		m.date = d
	}
	if f.timed {
		clock, ok := clockText(part[hour2], part[minute], part[second], part[halfDay])
		if !ok {
			return moment{}, false
		}
		m.clock = clock
	}
	return m, true
}

// The values of the unit AM.
const (
	am = 1
	pm = 2
)

// clockText is the time of day as "15:04"; half is 0 for a clock of 24 hours.
func clockText(hour, minute, second, half int) (string, bool) {
	if half != 0 {
		if hour < 1 || hour > 12 {
			return "", false
		}
		hour %= 12
		if half == pm {
			hour += 12
		}
	}
	if hour > 23 || minute > 59 || second > 60 {
		return "", false
	}
	b := []byte{'0' + byte(hour/10), '0' + byte(hour%10), ':', '0' + byte(minute/10), '0' + byte(minute%10)}
	return string(b), true
}

// read reads one piece at the head of a text: its value and its length, 0
// when it does not stand there.
func (t piece) read(s string) (value, n int) {
	switch t.unit {
	case literal:
		if strings.HasPrefix(s, t.literal) {
			return 0, len(t.literal)
		}
		return 0, 0
	case year4:
		return number(s, 4, 4)
	case year2:
		v, n := number(s, 2, 2)
		return t.century + v, n
	case month2, day2, hour2, minute, second:
		return number(s, 2, 2)
	case month1, day1, hour1:
		return number(s, 1, 2)
	case fraction:
		_, n := number(s, 1, 9)
		return 0, n
	case monthWord:
		return monthNamed(s)
	case halfDay:
		if len(s) >= 2 && s[1]|0x20 == 'm' {
			switch s[0] | 0x20 {
			case 'a':
				return am, 2
			case 'p':
				return pm, 2
			}
		}
	}
	return 0, 0
}

// number reads least to most digits at the head of a text.
func number(s string, least, most int) (value, n int) {
	for n < len(s) && n < most && s[n] >= '0' && s[n] <= '9' {
		value = value*10 + int(s[n]-'0')
		n++
	}
	if n < least {
		return 0, 0
	}
	return value, n
}

// write is a day in this format, at fourteen minutes past one in the
// afternoon.
func (f Format) write(year, month, date int) string {
	var b strings.Builder
	for _, t := range f.pieces {
		switch t.unit {
		case literal:
			b.WriteString(t.literal)
		case year4:
			fmt.Fprintf(&b, "%04d", year)
		case year2:
			fmt.Fprintf(&b, "%02d", year%100)
		case month2:
			fmt.Fprintf(&b, "%02d", month)
		case month1:
			fmt.Fprint(&b, month)
		case monthWord:
			b.WriteString(strings.Fields(months[month-1])[0])
		case day2:
			fmt.Fprintf(&b, "%02d", date)
		case day1:
			fmt.Fprint(&b, date)
		case hour2, hour1:
			hour := 13
			if f.has(halfDay) {
				hour = 1
			}
			fmt.Fprintf(&b, "%02d", hour)
		case minute:
			b.WriteString("14")
		case second, fraction:
			b.WriteString("00")
		case halfDay:
			b.WriteString("PM")
		}
	}
	return b.String()
}
