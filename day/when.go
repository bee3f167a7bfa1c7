package day

import (
	"strings"
)

// When is a date as a source gives it: a day, or what is known of it. It may
// be partial ("2005", "2005-07"), one of several days ("2021-11-17/18",
// "2012-06/2012-12"), near one ("about 2022-03"), bounded on one side ("before
// 2019-05", "by 2019-05", "after 2010", "from 2010") or not known at all
// ("unknown", the zero value).
// It is never filled up: what it leaves open, it says so.
type When struct {
	first, last Date   // either may be no date: not bounded on that side
	text        string // as it was given, in the one form of ParseWhen
}

// On is the day d.
func On(d Date) When {
	if d.IsZero() {
		return When{}
	}
	return When{d, d, d.String()}
}

// ParseWhen reads one of the forms of When; "" and "unknown" are the zero
// value. "before X" ends on the day before X begins, "by X" on X's last day;
// "after X" begins on the day after X's last, "from X" on its first. "about X"
// reaches to each side as far again as X is exact: a week beside a day, a month
// beside a month, a year beside a year.
func ParseWhen(s string) (When, error) {
	wrong := &Error{Code: CodeNotAWhen, Text: s}
	if s == "" || s == "unknown" {
		return When{}, nil
	}
	if word, rest, ok := strings.Cut(s, " "); ok {
		p, err := ParsePartial(rest)
		if err != nil {
			return When{}, wrong
		}
		switch word {
		case "about":
			first, last := p.around()
			return When{first, last, s}, nil
		case "before":
			return When{Date{}, p.First().AddDays(-1), s}, nil
		case "by":
			return When{Date{}, p.Last(), s}, nil
		case "after":
			return When{p.Last().AddDays(1), Date{}, s}, nil
		case "from":
			return When{p.First(), Date{}, s}, nil
		}
		return When{}, wrong
	}
	from, to, ranged := strings.Cut(s, "/")
	first, err := ParsePartial(from)
	if err != nil {
		return When{}, wrong
	}
	if !ranged {
		return When{first.First(), first.Last(), s}, nil
	}
	// "2021-11-17/18": the end leaves out what it shares with the beginning.
	if len(to) < len(from) {
		to = from[:len(from)-len(to)] + to
	}
	last, err := ParsePartial(to)
	if err != nil || last.Last().Before(first.First()) {
		return When{}, wrong
	}
	return When{first.First(), last.Last(), s}, nil
}

// IsZero reports whether nothing is known.
func (w When) IsZero() bool { return w == When{} }

// First is the earliest day that it may be; no date where none is known.
func (w When) First() Date { return w.first }

// Last is the latest day that it may be; no date where none is known.
func (w When) Last() Date { return w.last }

// Day is the day, where it is known to the day.
func (w When) Day() (Date, bool) { return w.first, !w.first.IsZero() && w.first == w.last }

// Before answers whether it lies before d.
func (w When) Before(d Date) Tri {
	switch {
	case d.IsZero():
		return CantBeTold
	case !w.last.IsZero() && w.last.Before(d):
		return Yes
	case !w.first.IsZero() && !w.first.Before(d):
		return No
	}
	return CantBeTold
}

// By answers whether it lies on d or before.
func (w When) By(d Date) Tri {
	if d.IsZero() {
		return CantBeTold
	}
	return w.Before(d.AddDays(1))
}

// String is what ParseWhen reads, or "" where nothing is known.
func (w When) String() string { return w.text }

// MarshalText is the text that ParseWhen reads, or "" where nothing is known.
func (w When) MarshalText() ([]byte, error) { return []byte(w.text), nil }

// UnmarshalText reads what MarshalText writes.
func (w *When) UnmarshalText(b []byte) error {
	read, err := ParseWhen(string(b))
	if err != nil {
		return err
	}
	*w = read
	return nil
}

// And is yes where both are, no where either is.
func (t Tri) And(other Tri) Tri {
	switch {
	case t == No || other == No:
		return No
	case t == Yes && other == Yes:
		return Yes
	}
	return CantBeTold
}

// Or is yes where either is, no where both are.
func (t Tri) Or(other Tri) Tri { return t.Not().And(other.Not()).Not() }

// Not turns yes and no around.
func (t Tri) Not() Tri {
	switch t {
	case Yes:
		return No
	case No:
		return Yes
	}
	return CantBeTold
}

// MarshalText is the answer's code.
func (t Tri) MarshalText() ([]byte, error) { return []byte(t.String()), nil }
