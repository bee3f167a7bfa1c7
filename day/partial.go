package day

import "fmt"

// Partial is a date of which we know only as much as a source says: the year
// ("2005"), the month ("2005-07") or the day ("2005-07-03"). A partial date
// is never filled up with a first of January: what can't be told from it, it
// says so. The zero value is a date of which nothing is known.
type Partial struct {
	year       int16
	month, day uint8 // 0 where not known
}

// Tri is an answer to a question that a partial date may leave open.
// The zero value is CantBeTold, so that a forgotten answer never counts.
type Tri uint8

// The three answers. Do not reorder.
const (
	CantBeTold Tri = iota // the source doesn't say enough: somebody must find out more
	Yes
	No
)

// String is the answer's code: "yes", "no" or "cant-be-told".
func (t Tri) String() string {
	switch t {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "cant-be-told"
}

// ParsePartial reads "2005", "2005-07" or "2005-07-03".
func ParsePartial(s string) (Partial, error) {
	y, m, d, ok := digits(s)
	if !ok {
		return Partial{}, &Error{Code: CodeNotAPartialDate, Text: s}
	}
	p := Partial{year: int16(y), month: uint8(m), day: uint8(d)}
	if len(s) < len("2006-01") {
		m = 1
	}
	if len(s) < len("2006-01-02") {
		d = 1
	}
	if _, err := New(y, m, d); err != nil {
		return Partial{}, &Error{Code: CodeNoSuchDate, Text: s}
	}
	return p, nil
}

// IsZero reports whether nothing is known.
func (p Partial) IsZero() bool { return p == Partial{} }

// First is the earliest day that it may be, or no date where nothing is known.
func (p Partial) First() Date {
	if p.IsZero() {
		return Date{}
	}
	return Date{year: p.year, month: max(p.month, 1), day: max(p.day, 1)}
}

// Last is the latest day that it may be, or no date where nothing is known.
func (p Partial) Last() Date {
	switch {
	case p.IsZero():
		return Date{}
	case p.month == 0:
		return Date{year: p.year, month: 12, day: 31}
	case p.day == 0:
		return date(int(p.year), int(p.month), daysIn(int(p.year), int(p.month)))
	}
	return Date(p)
}

// around are the days about it: as far again to each side as it is exact.
func (p Partial) around() (first, last Date) {
	switch {
	case p.month == 0:
		return p.First().AddYears(-1), p.Last().AddYears(1)
	case p.day == 0:
		return p.First().AddMonths(-1), p.Last().AddDays(1).AddMonths(1).AddDays(-1)
	}
	return p.First().AddDays(-7), p.Last().AddDays(7)
}

// Before answers whether it lies before d: "2005-07" is before 1 August 2005,
// is not before 1 July 2005, and whether it is before 15 July can't be told.
func (p Partial) Before(d Date) Tri {
	switch {
	case p.IsZero() || d.IsZero():
		return CantBeTold
	case p.Last().Before(d):
		return Yes
	case !p.First().Before(d):
		return No
	}
	return CantBeTold
}

// String is what ParsePartial reads, or "" where nothing is known.
func (p Partial) String() string {
	switch {
	case p.IsZero():
		return ""
	case p.month == 0:
		return fmt.Sprintf("%04d", p.year)
	case p.day == 0:
		return fmt.Sprintf("%04d-%02d", p.year, p.month)
	}
	return Date(p).String()
}

// MarshalText is the text that ParsePartial reads, or "" where nothing is known.
func (p Partial) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (p *Partial) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*p = Partial{}
		return nil
	}
	read, err := ParsePartial(string(b))
	if err != nil {
		return err
	}
	*p = read
	return nil
}
