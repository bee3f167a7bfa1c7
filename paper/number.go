// Package paper is what a form on paper is: its number, what the code on each of
// its pages says, and how the readings of two people who key it are held against
// each other. How a form is laid out, and where what was keyed is kept, is not its
// business.
package paper

import (
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
)

// Number tells one printed copy of a form from every other: "P-7K3M-9QX2-VD4K".
// Its symbols are those of a reference, the check symbol included, and the P says
// that it is none. Nothing is claimed by it.
type Number string

const numberPrefix = "P-"

// NewNumber makes a number from 11 random bytes; 5 bits of each count.
func NewNumber(random [11]byte) Number { return Number(numberPrefix + claim.NewReference(random)) }

// ParseNumber reads a number as people type it, with or without its P. The fault
// is paper.number-wrong, and keeps the text to itself.
func ParseNumber(text string) (Number, error) {
	plain := strings.TrimSpace(text)
	if len(plain) > 0 && (plain[0] == 'P' || plain[0] == 'p') {
		if symbols := strings.TrimLeft(plain[1:], "- \u2011\u2013"); symbols != plain[1:] || len(compact(plain)) == 13 {
			plain = symbols
		}
	}
	reference, err := claim.ParseReference(plain)
	if err != nil {
		return "", fault.New(fault.Invalid, "paper.number-wrong")
	}
	return Number(numberPrefix + reference), nil
}

// compact is a text without what parts its groups.
func compact(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, text)
}
