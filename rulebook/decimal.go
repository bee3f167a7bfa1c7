package rulebook

import (
	"math"
	"slices"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/openchancery/chancery/money"
)

// decimal is the one kind of number in a rule: exact, of bounded size. Nothing
// rounds it but a rule that says how. Small numbers, which are nearly all, are
// an int64 and a scale; larger ones go over apd.
type decimal struct {
	coef  int64 // the number is coef / 10^scale
	scale uint8
	big   *apd.Decimal // instead of the two, never changed once made
}

// What a rule's arithmetic can't give. They are codes for the catalogue.
type arithmetic string

const (
	inexactDivision arithmetic = "division-inexact" // 1/3 has no exact decimal: round explicitly
	zeroDivision    arithmetic = "division-by-zero"
	numberTooLarge  arithmetic = "number-too-large"   // over maxDigits
	notWhole        arithmetic = "not-a-whole-number" // where days or decimals are counted
)

// Error is the code.
func (a arithmetic) Error() string { return string(a) }

const (
	maxScale  = 18 // of a small number
	maxDigits = 60 // of any number, and of its decimals: arithmetic can't be made slow
)

var pow10 = func() (p [maxScale + 1]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// exact does apd's arithmetic without any rounding.
var exact = apd.Context{MaxExponent: 1000, MinExponent: -1000, Traps: apd.DefaultTraps}

// wide has room for the whole quotient of two numbers of maxDigits.
var wide = apd.Context{Precision: 6 * maxDigits, MaxExponent: 1000, MinExponent: -1000, Traps: apd.DefaultTraps}

func whole(n int64) decimal { return decimal{coef: n} }

// ofAmount is an amount in major units: 12.50 EUR is 12.5.
func ofAmount(a money.Amount) decimal {
	return decimal{coef: a.Minor(), scale: uint8(a.Currency().Exponent())}
}

// parseDecimal reads plain digits with an optional point and minus. There is no
// exponent, so that nobody writes a number whose digits don't fit.
func parseDecimal(s string) (decimal, bool) {
	digits, point, negative := 0, -1, strings.HasPrefix(s, "-")
	for i := range len(s) {
		switch c := s[i]; {
		case c == '-' && i == 0:
		case c == '.' && point < 0:
			point = i
		case c >= '0' && c <= '9':
			digits++
		default:
			return decimal{}, false
		}
	}
	if digits == 0 || digits > maxDigits || point == len(s)-1 || s[0] == '.' || strings.HasPrefix(s, "-.") {
		return decimal{}, false
	}
	scale := 0
	if point >= 0 {
		scale = len(s) - 1 - point
	}
	if digits > maxScale {
		d, _, err := exact.NewFromString(s)
		return decimal{big: d}.small(), err == nil
	}
	var coef int64
	for i := range len(s) {
		if c := s[i]; c >= '0' && c <= '9' {
			coef = coef*10 + int64(c-'0')
		}
	}
	if negative {
		coef = -coef
	}
	return decimal{coef: coef, scale: uint8(scale)}, true
}

// wideOf is the number for apd's arithmetic.
func (d decimal) wideOf() *apd.Decimal {
	if d.big != nil {
		return d.big
	}
	return apd.New(d.coef, -int32(d.scale))
}

// small is the same number as an int64 and a scale, where that holds it.
func (d decimal) small() decimal {
	if d.big == nil || d.big.Form != apd.Finite {
		return d
	}
	var short apd.Decimal
	short.Reduce(d.big)
	if short.Exponent > 0 && short.Exponent <= maxScale {
		if _, err := wide.Quantize(&short, &short, 0); err != nil {
			return d
		}
	}
	if short.Exponent > 0 || short.Exponent < -maxScale || !short.Coeff.IsInt64() {
		return d
	}
	coef := short.Coeff.Int64()
	if short.Negative {
		coef = -coef
	}
	return decimal{coef: coef, scale: uint8(-short.Exponent)}
}

// bounded is a number that apd gave, if it is not too large.
func bounded(d *apd.Decimal, err error) (decimal, error) {
	if err != nil || d.Form != apd.Finite || d.Exponent < -maxDigits || d.NumDigits()+int64(max(d.Exponent, 0)) > maxDigits {
		return decimal{}, numberTooLarge
	}
	return decimal{big: d}.small(), nil
}

// align gives both coefficients at the larger scale, if they fit.
func align(a, b decimal) (x, y int64, scale uint8, ok bool) {
	if a.big != nil || b.big != nil {
		return 0, 0, 0, false
	}
	scale = max(a.scale, b.scale)
	x, okX := times(a.coef, pow10[scale-a.scale])
	y, okY := times(b.coef, pow10[scale-b.scale])
	return x, y, scale, okX && okY
}

// times multiplies, if the product fits.
func times(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	p := a * b
	return p, p/b == a && a != math.MinInt64 && b != math.MinInt64 && p != math.MinInt64
}

func (d decimal) add(e decimal) (decimal, error) {
	if x, y, scale, ok := align(d, e); ok {
		if sum := x + y; (sum > x) == (y > 0) {
			return decimal{coef: sum, scale: scale}, nil
		}
	}
	var sum apd.Decimal
	_, err := exact.Add(&sum, d.wideOf(), e.wideOf())
	return bounded(&sum, err)
}

func (d decimal) neg() decimal {
	if d.big == nil && d.coef != math.MinInt64 {
		return decimal{coef: -d.coef, scale: d.scale}
	}
	var n apd.Decimal
	return decimal{big: n.Neg(d.wideOf())}
}

func (d decimal) mul(e decimal) (decimal, error) {
	if d.big == nil && e.big == nil && d.scale+e.scale <= maxScale {
		if p, ok := times(d.coef, e.coef); ok {
			return decimal{coef: p, scale: d.scale + e.scale}, nil
		}
	}
	var p apd.Decimal
	_, err := exact.Mul(&p, d.wideOf(), e.wideOf())
	return bounded(&p, err)
}

// quo divides where the quotient has an exact decimal of at most maxDigits.
func (d decimal) quo(e decimal) (decimal, error) {
	if e.sign() == 0 {
		return decimal{}, zeroDivision
	}
	if d.big == nil && e.big == nil && d.scale >= e.scale && d.coef != math.MinInt64 && d.coef%e.coef == 0 {
		return decimal{coef: d.coef / e.coef, scale: d.scale - e.scale}, nil
	}
	var q apd.Decimal
	cond, err := wide.Quo(&q, d.wideOf(), e.wideOf())
	if err == nil && cond.Inexact() {
		return decimal{}, inexactDivision
	}
	q.Reduce(&q)
	return bounded(&q, err)
}

// quoRounded divides and rounds once, so that no rule rounds twice by chance.
func (d decimal) quoRounded(e decimal, places int32, mode money.Rounding) (decimal, error) {
	if e.sign() == 0 {
		return decimal{}, zeroDivision
	}
	var scaled, q, r apd.Decimal
	scaled.Set(d.wideOf())
	scaled.Exponent += places
	if _, err := wide.QuoInteger(&q, &scaled, e.wideOf()); err != nil {
		return decimal{}, numberTooLarge
	}
	if _, err := wide.Rem(&r, &scaled, e.wideOf()); err != nil {
		return decimal{}, numberTooLarge
	}
	if away(&q, &r, e.wideOf(), mode) {
		step := apd.New(1, 0)
		step.Negative = (d.sign() < 0) != (e.sign() < 0)
		if _, err := wide.Add(&q, &q, step); err != nil {
			return decimal{}, numberTooLarge
		}
	}
	if _, err := wide.Quantize(&q, &q, 0); err != nil {
		return decimal{}, numberTooLarge
	}
	q.Exponent -= places
	return bounded(&q, nil)
}

// away reports whether the whole quotient q, with r left over of a division by
// y, is rounded away from nothing.
func away(q, r, y *apd.Decimal, mode money.Rounding) bool {
	var twice, divisor apd.Decimal
	if _, err := wide.Mul(&twice, r, apd.New(2, 0)); err != nil || mode == money.Down {
		return false
	}
	twice.Abs(&twice)
	switch c := twice.Cmp(divisor.Abs(y)); {
	case c != 0:
		return c > 0
	case mode == money.HalfUp:
		return true
	}
	var half apd.Decimal
	_, err := wide.Rem(&half, q, apd.New(2, 0))
	return err == nil && half.Sign() != 0
}

// round is the number with at most so many decimals.
func (d decimal) round(places int32, mode money.Rounding) (decimal, error) {
	if d.big == nil && int32(d.scale) <= places {
		return d, nil
	}
	return d.quoRounded(whole(1), places, mode)
}

func (d decimal) cmp(e decimal) int {
	if x, y, _, ok := align(d, e); ok {
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	return d.wideOf().Cmp(e.wideOf())
}

func (d decimal) sign() int {
	if d.big != nil {
		return d.big.Sign()
	}
	switch {
	case d.coef < 0:
		return -1
	case d.coef > 0:
		return 1
	}
	return 0
}

// small32 is a whole number of at most nine digits.
func (d decimal) small32() (int32, error) {
	r, err := d.round(0, money.Down)
	if err != nil || r.cmp(d) != 0 || r.big != nil || r.coef > 999_999_999 || r.coef < -999_999_999 {
		return 0, notWhole
	}
	return int32(r.coef / pow10[r.scale]), nil
}

// amount is the number as money, if the currency has that many decimals.
func (d decimal) amount(c money.Currency) (money.Amount, bool) {
	r, err := d.round(int32(c.Exponent()), money.Down)
	if err != nil || r.big != nil || r.cmp(d) != 0 {
		return money.Amount{}, false
	}
	x, _, scale, ok := align(r, decimal{scale: uint8(c.Exponent())})
	if !ok || x == math.MinInt64 {
		return money.Amount{}, false
	}
	return money.New(x/pow10[int(scale)-c.Exponent()], c), true
}

// String is the number in plain digits, without noughts at its end: "0.3".
func (d decimal) String() string {
	s := d.wideOf().Text('f')
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// least and most are the smallest and largest of some numbers.
func least(of []decimal, _ string) (decimal, error) {
	return slices.MinFunc(of, decimal.cmp), nil
}

func most(of []decimal, _ string) (decimal, error) {
	return slices.MaxFunc(of, decimal.cmp), nil
}

// roundTo is round(number, decimals, mode).
func roundTo(of []decimal, mode string) (decimal, error) {
	return divideTo([]decimal{of[0], whole(1), of[1]}, mode)
}

// divideTo is divide(number, by, decimals, mode); the mode was checked with the
// rulebook.
func divideTo(of []decimal, mode string) (decimal, error) {
	places, err := of[2].small32()
	if err != nil || places < 0 || places > maxScale {
		return decimal{}, notWhole
	}
	return of[0].quoRounded(of[1], places, money.Rounding(mode))
}
