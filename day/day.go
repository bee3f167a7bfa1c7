// Package day holds the legal day: a date on which something was filed,
// signed or paid. A legal day has no hour and no time zone; which instant
// falls on which day is decided once, by the programme's time zone, in Of.
//
// It holds the rules that lawyers and machines count differently: a month
// after 31 January is the last day of February (Go's time.AddDate says March),
// a date known to the year alone is not the first of January, and a deadline
// is a date reached by a period.
//
// The text of every value is one fixed form ("2006-01-02", "2005-07", "P1Y6M"),
// the same in entries, files and rulebooks.
package day

// Codes of the errors of this room. They are stable: a sentence for each
// stands in the catalogue.
const (
	CodeNotADate        = "day.not-a-date"         // not of the form 2006-01-02
	CodeNoSuchDate      = "day.no-such-date"       // of that form, but the calendar has no such day
	CodeNotAPartialDate = "day.not-a-partial-date" // neither 2005 nor 2005-07 nor 2005-07-03
	CodeNotAPeriod      = "day.not-a-period"       // not of the form P1Y6M30D
	CodeNotAWhen        = "day.not-a-when"         // none of the forms of When
)

// Error says that a text is no value of this room. It carries the text as it
// was given: whoever shows it must know whether the field may be shown.
type Error struct {
	Code string // one of the codes above
	Text string
}

// Error is the form for logs. It leaves the text out: a date of birth that
// was mistyped is still personal.
func (e *Error) Error() string { return e.Code }
