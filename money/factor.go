package money

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Factor is an exact decimal that an amount is multiplied by: a share of a
// loss, a rate of exchange, a price index. It holds up to 18 decimals, and its
// digits without the point are a number below 2^63. Factors are compared with
// ==: "0.30" and "0.3" are the same. The zero value is 0.
type Factor struct {
	coefficient int64
	scale       uint8 // decimals; no trailing nought among them
}

// ParseFactor reads a plain decimal such as "0.3496", "1.05" or "-1". Neither
// exponents nor a plus are taken.
func ParseFactor(s string) (Factor, error) {
	whole, frac, ok := cutDecimal(s)
	frac = strings.TrimRight(frac, "0")
	if !ok || len(frac) > 18 {
		return Factor{}, &Error{Code: CodeNotAFactor, Text: s}
	}
	n, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil || n == math.MinInt64 {
		return Factor{}, &Error{Code: CodeNotAFactor, Text: s}
	}
	return Factor{coefficient: n, scale: uint8(len(frac))}, nil
}

// IsZero reports whether it is 0.
func (f Factor) IsZero() bool { return f.coefficient == 0 }

// Sign is -1, 0 or +1.
func (f Factor) Sign() int {
	switch {
	case f.coefficient < 0:
		return -1
	case f.coefficient > 0:
		return 1
	}
	return 0
}

// String is the shortest decimal that ParseFactor reads, such as "0.3496".
func (f Factor) String() string {
	b := make([]byte, 0, 24)
	if f.coefficient < 0 {
		b = append(b, '-')
	}
	return string(appendScaled(b, magnitude(f.coefficient), int(f.scale)))
}

// MarshalText is the factor as String prints it.
func (f Factor) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads what ParseFactor reads.
func (f *Factor) UnmarshalText(b []byte) error {
	read, err := ParseFactor(string(b))
	if err != nil {
		return err
	}
	*f = read
	return nil
}

// Rounding is how a product that has no whole number of minor units becomes
// one. A rule always names it; there is no default.
type Rounding string

// The roundings, by the words that a rulebook uses.
const (
	HalfEven Rounding = "half-even" // to the nearest unit, from the middle to the even one
	HalfUp   Rounding = "half-up"   // to the nearest unit, from the middle away from nothing
	Down     Rounding = "down"      // towards nothing: what is less than a unit is dropped
)

// ParseRounding reads one of the words.
func ParseRounding(s string) (Rounding, error) {
	switch r := Rounding(s); r {
	case HalfEven, HalfUp, Down:
		return r, nil
	}
	return "", &Error{Code: CodeNoSuchRounding, Text: s}
}

// Times is the amount multiplied by f: exactly, and then rounded once. No
// amount stays no amount. A product beyond the range is an error.
func (a Amount) Times(f Factor, r Rounding) (Amount, error) {
	if _, err := ParseRounding(string(r)); err != nil {
		return Amount{}, err
	}
	if a.IsZero() {
		return a, nil
	}
	hi, lo := bits.Mul64(magnitude(a.minor), magnitude(f.coefficient))
	by := pow10[f.scale]
	if hi >= by {
		return Amount{}, &Error{Code: CodeTooLarge}
	}
	units, rest := bits.Div64(hi, lo, by)
	if units >= math.MaxInt64 && (units > math.MaxInt64 || roundsUp(units, rest, by, r)) {
		return Amount{}, &Error{Code: CodeTooLarge}
	}
	if roundsUp(units, rest, by, r) {
		units++
	}
	product := a.of(units)
	if f.coefficient < 0 {
		product = product.Neg()
	}
	return product, nil
}

// roundsUp reports whether rest/by, the part below one unit, makes one more.
func roundsUp(units, rest, by uint64, r Rounding) bool {
	middle := by / 2 // by is even or 1, and 1 leaves no rest
	switch {
	case r == Down || rest == 0:
		return false
	case rest == middle && r == HalfEven:
		return units%2 == 1
	}
	return rest >= middle
}
