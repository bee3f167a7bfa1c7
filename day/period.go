package day

import (
	"strconv"
	"strings"
)

// Period is a length of calendar time as a rule states it: "30 days", "one
// month", "a year and six months". A month is a month and not 30 days, so a
// period has a length in days only from a given date on.
type Period struct {
	Years, Months, Days int
}

// maxInPeriod bounds each number of a period: 9999 years in days, with room.
const maxInPeriod = 3_660_000

// ParsePeriod reads an ISO 8601 duration of whole years, months and days, in
// that order: "P1M", "P30D", "P1Y6M", or of whole weeks, "P2W" (14 days).
func ParsePeriod(s string) (Period, error) {
	wrong := &Error{Code: CodeNotAPeriod, Text: s}
	rest, ok := strings.CutPrefix(s, "P")
	if !ok || rest == "" {
		return Period{}, wrong
	}
	var p Period
	units := "YMWD"
	for rest != "" {
		end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if end < 1 {
			return Period{}, wrong
		}
		n, err := strconv.Atoi(rest[:end])
		at := strings.IndexByte(units, rest[end])
		if err != nil || n > maxInPeriod || at < 0 {
			return Period{}, wrong
		}
		unit := units[at]
		units, rest = units[at+1:], rest[end+1:]
		switch unit {
		case 'Y':
			p.Years = n
		case 'M':
			p.Months = n
		case 'D':
			p.Days = n
		case 'W': // ISO 8601 knows weeks alone only
			if s[1:1+end] != s[1:len(s)-1] || n > maxInPeriod/7 {
				return Period{}, wrong
			}
			p.Days = 7 * n
		}
	}
	return p, nil
}

// After is the last day of a period that runs from the day after d: the
// deadline. Years and months are added in one step, then the days, so that
// the end of a month is reckoned once.
func (p Period) After(d Date) Date {
	return d.AddMonths(clamp(p.Years)*12 + clamp(p.Months)).AddDays(p.Days)
}

// IsZero reports whether it has no length.
func (p Period) IsZero() bool { return p == Period{} }

// String is the shortest text that ParsePeriod reads; no length is "P0D".
func (p Period) String() string {
	if p.IsZero() {
		return "P0D"
	}
	b := []byte{'P'}
	for _, part := range []struct {
		n    int
		unit byte
	}{{p.Years, 'Y'}, {p.Months, 'M'}, {p.Days, 'D'}} {
		if part.n != 0 {
			b = append(strconv.AppendInt(b, int64(part.n), 10), part.unit)
		}
	}
	return string(b)
}

// MarshalText is the period as String prints it.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what ParsePeriod reads.
func (p *Period) UnmarshalText(b []byte) error {
	read, err := ParsePeriod(string(b))
	if err != nil {
		return err
	}
	*p = read
	return nil
}

// Span is the time from one day to another, both of them within it. An end
// that is no date is open: a membership that still lasts has no To.
type Span struct {
	From Date `json:"from,omitzero"`
	To   Date `json:"to,omitzero"`
}

// Contains reports whether d lies within. No date lies within any span.
func (s Span) Contains(d Date) bool {
	return !d.IsZero() && !d.Before(s.From) && (s.To.IsZero() || !d.After(s.To))
}
