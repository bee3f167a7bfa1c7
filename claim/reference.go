package claim

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/openchancery/chancery/fault"
)

// Reference is what the claimant gets at filing: random, so that it tells
// nothing about how many have filed or when, in a form that survives being
// read out on the telephone: "7K3M-9QX2-VD4K".
type Reference string

// alphabet is Crockford's base 32: no I, L, O or U.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const referenceSymbols = 12 // 11 random ones (55 bits) and a check symbol

// NewReference makes a reference from 11 random bytes; 5 bits of each count.
func NewReference(random [referenceSymbols - 1]byte) Reference {
	symbols := make([]byte, 0, referenceSymbols)
	for _, b := range random {
		symbols = append(symbols, alphabet[b&31])
	}
	return inGroups(append(symbols, alphabet[checkSymbol(symbols)]))
}

// ParseReference reads a reference as people type it: any case, any spaces
// and dashes, O for 0, I and L for 1. A wrong check symbol is refused, so that
// a slip of the finger doesn't open another person's claim. The fault keeps
// the text to itself: what is typed into that box may be a name.
func ParseReference(text string) (Reference, error) {
	symbols, slip := twelve(text)
	if slip != "" {
		return "", fault.New(fault.Invalid, "claim.reference-"+slip)
	}
	return inGroups(symbols), nil
}

// twelve reads the twelve symbols of a text; slip says what is wrong with it:
// its form, or the check symbol.
func twelve(text string) (symbols []byte, slip string) {
	for _, r := range text {
		if unicode.IsSpace(r) || unicode.Is(unicode.Dash, r) {
			continue
		}
		symbol := symbolOf(r)
		if symbol == 0 || len(symbols) == referenceSymbols {
			return nil, "form"
		}
		symbols = append(symbols, symbol)
	}
	if len(symbols) != referenceSymbols {
		return nil, "form"
	}
	const body = referenceSymbols - 1
	if alphabet[checkSymbol(symbols[:body])] != symbols[body] {
		return nil, "check"
	}
	return symbols, ""
}

// symbolOf is the symbol that somebody means by a letter or digit; 0 for none.
func symbolOf(r rune) byte {
	if r >= 'a' && r <= 'z' {
		r -= 'a' - 'A'
	}
	switch r {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	}
	if r >= utf8.RuneSelf || strings.IndexByte(alphabet, byte(r)) < 0 {
		return 0
	}
	return byte(r)
}

func inGroups(symbols []byte) Reference {
	return Reference(string(symbols[:4]) + "-" + string(symbols[4:8]) + "-" + string(symbols[8:]))
}

// checkSymbol is Luhn's sum for an alphabet of 32. It finds every single wrong
// symbol, and every swap of two neighbours but that of 0 and Z. It finds no
// swap of two symbols with one between them, and of twins mistaken for others
// (22 for 77) all but the eleven pairs 21 places apart: 00 for NN … AA for ZZ.
func checkSymbol(symbols []byte) int {
	sum := 0
	for i := range symbols {
		v := strings.IndexByte(alphabet, symbols[len(symbols)-1-i])
		if i%2 == 0 {
			v *= 2
			v = v/32 + v%32
		}
		sum += v
	}
	return (32 - sum%32) % 32
}

// Number is what a recorded claim is called in reports: the programme's
// prefix and a serial without meaning, "HFC-0000123". Gaps are allowed.
type Number string

// NewNumber joins prefix and serial.
func NewNumber(prefix string, serial int64) Number {
	digits := strconv.FormatInt(serial, 10)
	if pad := 7 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	return Number(prefix + "-" + digits)
}

// Serial is the number's running part; 0 for no number.
func (n Number) Serial() int64 {
	serial, err := strconv.ParseInt(string(n[strings.LastIndexByte(string(n), '-')+1:]), 10, 64)
	if err != nil {
		return 0
	}
	return serial
}
