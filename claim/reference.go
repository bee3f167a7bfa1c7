package claim

import (
	"strconv"
	"strings"

	"github.com/openchancery/chancery/fault"
)

// Reference is what the claimant gets at filing: random, so that it tells
// nothing about how many have filed or when, in a form that survives being
// read out on the telephone: "7K3M-9QX2-VD4T".
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
	symbols = append(symbols, alphabet[checkSymbol(symbols)])
	return Reference(string(symbols[:4]) + "-" + string(symbols[4:8]) + "-" + string(symbols[8:]))
}

// ParseReference reads a reference as people type it: any case, any spaces
// and dashes, O for 0, I and L for 1. A wrong check symbol is refused, so that
// a slip of the finger doesn't open another person's claim.
func ParseReference(text string) (Reference, error) {
	clean := strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(text))
	if len(clean) != referenceSymbols {
		return "", fault.New(fault.Invalid, "claim.reference-form", "text", text)
	}
	for i := range len(clean) {
		if strings.IndexByte(alphabet, clean[i]) < 0 {
			return "", fault.New(fault.Invalid, "claim.reference-form", "text", text)
		}
	}
	body := []byte(clean[:referenceSymbols-1])
	if alphabet[checkSymbol(body)] != clean[referenceSymbols-1] {
		return "", fault.New(fault.Invalid, "claim.reference-check", "text", text)
	}
	return Reference(clean[:4] + "-" + clean[4:8] + "-" + clean[8:]), nil
}

// checkSymbol is Luhn's sum for an alphabet of 32: it finds every single wrong
// symbol and nearly every swap of neighbours.
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
