package money

import (
	"cmp"
	"math"
	"strconv"
	"strings"
)

// Amount is a sum of money in whole minor units of one currency, between
// -(2^63-1) and 2^63-1 of them, so that every amount has its opposite.
// Amounts are compared with ==. The zero value is no amount at all, which is
// not the same as nothing: an award of 0.00 USD was decided, no amount was not.
type Amount struct {
	minor    int64
	currency Currency
}

// New is an amount of so many minor units; c comes from ParseCurrency. The
// one int64 without an opposite, math.MinInt64, gives no amount.
func New(minor int64, c Currency) Amount {
	if minor == math.MinInt64 {
		return Amount{}
	}
	return Amount{minor: minor, currency: c}
}

// Parse reads a plain decimal, "1234.50", exactly: fewer decimals than the
// currency has are filled up ("1234.5", "1234"), more are an error even where
// they are noughts, since nobody said how to round. A leading minus is taken;
// a plus, spaces, separators of thousands and exponents are not.
func Parse(s string, c Currency) (Amount, error) {
	exp, ok := exponents[c]
	if !ok {
		return Amount{}, &Error{Code: CodeNoSuchCurrency, Text: string(c)}
	}
	whole, frac, ok := cutDecimal(s)
	if !ok {
		return Amount{}, &Error{Code: CodeNotAnAmount, Text: s}
	}
	if len(frac) > exp {
		return Amount{}, &Error{Code: CodeTooManyDecimals, Text: s}
	}
	minor, err := strconv.ParseInt(whole+frac+"0000"[:exp-len(frac)], 10, 64)
	if err != nil || minor == math.MinInt64 {
		return Amount{}, &Error{Code: CodeTooLarge, Text: s}
	}
	return Amount{minor: minor, currency: c}, nil
}

// ParseAmount reads what String prints, "1234.50 USD".
func ParseAmount(s string) (Amount, error) {
	decimal, code, ok := strings.Cut(s, " ")
	if !ok {
		return Amount{}, &Error{Code: CodeNotAnAmount, Text: s}
	}
	c, err := ParseCurrency(code)
	if err != nil {
		return Amount{}, err
	}
	return Parse(decimal, c)
}

// Minor is the number of minor units.
func (a Amount) Minor() int64 { return a.minor }

// Currency is the amount's currency, "" for no amount.
func (a Amount) Currency() Currency { return a.currency }

// IsZero reports whether there is no amount. An amount of nothing in a
// currency, 0.00 USD, is an amount: ask Sign.
func (a Amount) IsZero() bool { return a == Amount{} }

// Sign is -1 below nothing, 0 at nothing (or no amount) and +1 above.
func (a Amount) Sign() int { return cmp.Compare(a.minor, 0) }

// Decimal is the amount without its currency and with all its decimals,
// "1234.50", or "" for no amount.
func (a Amount) Decimal() string {
	if a.IsZero() {
		return ""
	}
	return string(a.appendDecimal(make([]byte, 0, 24)))
}

// String is the amount as "1234.50 USD", or "" for no amount.
func (a Amount) String() string {
	if a.IsZero() {
		return ""
	}
	return string(a.appendText(make([]byte, 0, 28)))
}

// Add is a and b together. No amount changes nothing, so that a sum can start
// from the zero value. Two currencies, or a sum beyond the range, are errors.
func (a Amount) Add(b Amount) (Amount, error) {
	switch {
	case b.IsZero():
		return a, nil
	case a.IsZero():
		return b, nil
	case a.currency != b.currency:
		return Amount{}, &Error{Code: CodeOtherCurrency}
	}
	sum, ok := addMinor(a.minor, b.minor)
	if !ok {
		return Amount{}, &Error{Code: CodeTooLarge}
	}
	return Amount{minor: sum, currency: a.currency}, nil
}

// Sub is a less b, with the errors of Add; it may go below nothing.
func (a Amount) Sub(b Amount) (Amount, error) { return a.Add(b.Neg()) }

// Neg is the opposite amount.
func (a Amount) Neg() Amount { return Amount{minor: -a.minor, currency: a.currency} }

// Compare is -1 where a is less than b, 0 where they are equal and +1 where a
// is more. Two currencies can't be compared, nor no amount with one: error.
func (a Amount) Compare(b Amount) (int, error) {
	if a.currency != b.currency {
		return 0, &Error{Code: CodeOtherCurrency}
	}
	return cmp.Compare(a.minor, b.minor), nil
}

// MarshalText is the amount as "1234.50 USD", or "" for no amount. An amount
// that could not be read back is an error.
func (a Amount) MarshalText() ([]byte, error) { return a.AppendText(make([]byte, 0, 28)) }

// AppendText adds the text of MarshalText to b.
func (a Amount) AppendText(b []byte) ([]byte, error) {
	if a.IsZero() {
		return b, nil
	}
	if _, ok := exponents[a.currency]; !ok {
		return b, &Error{Code: CodeNoSuchCurrency, Text: string(a.currency)}
	}
	return a.appendText(b), nil
}

// UnmarshalText reads what MarshalText writes.
func (a *Amount) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*a = Amount{}
		return nil
	}
	read, err := ParseAmount(string(b))
	if err != nil {
		return err
	}
	*a = read
	return nil
}

func (a Amount) appendText(b []byte) []byte {
	b = append(a.appendDecimal(b), ' ')
	return append(b, a.currency...)
}

func (a Amount) appendDecimal(b []byte) []byte {
	if a.minor < 0 {
		b = append(b, '-')
	}
	return appendScaled(b, magnitude(a.minor), a.currency.Exponent())
}

// appendScaled prints n / 10^scale with exactly scale decimals.
func appendScaled(b []byte, n uint64, scale int) []byte {
	if scale == 0 {
		return strconv.AppendUint(b, n, 10)
	}
	b = strconv.AppendUint(b, n/pow10[scale], 10)
	b = append(b, '.')
	for frac := n % pow10[scale]; scale > 0; scale-- {
		b = append(b, byte('0'+frac/pow10[scale-1]%10))
	}
	return b
}

// cutDecimal parts "-1234.50" into "-1234" and "50"; ok is false for anything
// but an optional minus, digits, and optionally a point and more digits.
func cutDecimal(s string) (whole, frac string, ok bool) {
	whole, frac, pointed := strings.Cut(s, ".")
	unsigned := strings.TrimPrefix(whole, "-")
	if !onlyDigits(unsigned) || (pointed && !onlyDigits(frac)) {
		return "", "", false
	}
	return whole, frac, true
}

func onlyDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// addMinor is a+b, or false where the sum is outside ±(2^63-1).
func addMinor(a, b int64) (int64, bool) {
	sum := a + b
	if (a > 0 && b > 0 && sum < 0) || (a < 0 && b < 0 && sum >= 0) || sum == math.MinInt64 {
		return 0, false
	}
	return sum, true
}

// magnitude is n without its sign, exact for every int64.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// pow10 holds the powers of ten that a uint64 holds up to 10^18.
var pow10 = func() (p [19]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()
