package rulebook

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/money"
)

// plain is some number as an author writes it: small ones, and some that no
// int64 holds.
var plain = rapid.Custom(func(t *rapid.T) string {
	return rapid.StringMatching(`-?(0|[1-9][0-9]{0,3}|[1-9][0-9]{0,22})(\.[0-9]{1,8})?`).Draw(t, "number")
})

func read(t *rapid.T, s string) (decimal, *big.Rat) {
	d, ok := parseDecimal(s)
	if !ok {
		t.Fatalf("%s isn't read", s)
	}
	r, _ := new(big.Rat).SetString(s)
	return d, r
}

func same(t *rapid.T, what string, d decimal, want *big.Rat) {
	got, ok := new(big.Rat).SetString(d.String())
	if !ok || got.Cmp(want) != 0 {
		t.Fatalf("%s is %s, want %s", what, d, want.FloatString(20))
	}
}

// Numbers are exact: they are what fractions of whole numbers are.
func TestNumbersAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := plain.Draw(t, "x"), plain.Draw(t, "y")
		a, ra := read(t, x)
		b, rb := read(t, y)
		sum, err := a.add(b)
		if err != nil {
			t.Fatal(err)
		}
		same(t, x+" + "+y, sum, new(big.Rat).Add(ra, rb))
		difference, err := a.add(b.neg())
		if err != nil {
			t.Fatal(err)
		}
		same(t, x+" - "+y, difference, new(big.Rat).Sub(ra, rb))
		product, err := a.mul(b)
		if err != nil {
			t.Fatal(err)
		}
		same(t, x+" * "+y, product, new(big.Rat).Mul(ra, rb))
		if a.cmp(b) != ra.Cmp(rb) || a.sign() != ra.Sign() {
			t.Fatalf("%s compared with %s is %d, want %d", x, y, a.cmp(b), ra.Cmp(rb))
		}
		if again, ok := parseDecimal(a.String()); !ok || again.cmp(a) != 0 {
			t.Fatalf("%s is written %s", x, a)
		}
	})
}

// A quotient is exact or an error, never something near.
func TestQuotientsAreExactOrErrors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := plain.Draw(t, "x"), plain.Draw(t, "y")
		a, ra := read(t, x)
		b, rb := read(t, y)
		q, err := a.quo(b)
		switch {
		case rb.Sign() == 0:
			if err != zeroDivision {
				t.Fatalf("%s / %s: %v", x, y, err)
			}
		case err == nil:
			same(t, x+" / "+y, q, new(big.Rat).Quo(ra, rb))
		case err == inexactDivision || err == numberTooLarge:
			if finite(new(big.Rat).Quo(ra, rb)) && err == inexactDivision {
				t.Fatalf("%s / %s has an exact decimal", x, y)
			}
		default:
			t.Fatal(err)
		}
	})
}

// finite reports whether a fraction has an exact decimal.
func finite(r *big.Rat) bool {
	d := new(big.Int).Set(r.Denom())
	for _, prime := range []int64{2, 5} {
		p, rest := big.NewInt(prime), new(big.Int)
		for rest.Mod(d, p).Sign() == 0 {
			d.Quo(d, p)
		}
	}
	return d.IsInt64() && d.Int64() == 1
}

// Rounded, a number has no more decimals than asked for, and lies within half
// a unit of the last one, or within one where the rest is dropped.
func TestRoundingIsTheOneNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := plain.Draw(t, "x"), plain.Draw(t, "y")
		a, ra := read(t, x)
		b, rb := read(t, y)
		if rb.Sign() == 0 {
			t.Skip()
		}
		places := rapid.Int32Range(0, 6).Draw(t, "places")
		mode := rapid.SampledFrom([]money.Rounding{money.HalfEven, money.HalfUp, money.Down}).Draw(t, "mode")
		q, err := a.quoRounded(b, places, mode)
		if err != nil {
			t.Fatal(err)
		}
		unit := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil))
		same(t, fmt.Sprintf("%s / %s to %d %s", x, y, places, mode), q, roundRat(new(big.Rat).Quo(ra, rb), unit, mode))
	})
}

// roundRat rounds a fraction by the schoolbook.
func roundRat(r, unit *big.Rat, mode money.Rounding) *big.Rat {
	units := new(big.Rat).Quo(r, unit)
	n, rest := new(big.Int).QuoRem(units.Num(), units.Denom(), new(big.Int))
	twice := new(big.Int).Mul(new(big.Int).Abs(rest), big.NewInt(2))
	up := false
	switch c := twice.Cmp(units.Denom()); mode {
	case money.HalfEven:
		up = c > 0 || c == 0 && n.Bit(0) == 1
	case money.HalfUp:
		up = c >= 0
	}
	if up {
		n.Add(n, big.NewInt(int64(r.Sign())))
	}
	return new(big.Rat).Mul(new(big.Rat).SetInt(n), unit)
}

// What the rules compute is what the numbers compute: CEL adds no float.
func TestExpressionsAreExact(t *testing.T) {
	c, s := ground(t)
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.StringMatching(`-?[0-9]{1,6}\.[0-9]{1,6}`).Draw(t, "x")
		y := rapid.StringMatching(`-?[0-9]{1,6}\.[0-9]{1,6}`).Draw(t, "y")
		operator := rapid.SampledFrom([]string{"+", "-", "*"}).Draw(t, "operator")
		_, want := read(t, x)
		_, ry := read(t, y)
		switch operator {
		case "+":
			want.Add(want, ry)
		case "-":
			want.Sub(want, ry)
		case "*":
			want.Mul(want, ry)
		}
		p, found := c.compile(fmt.Sprintf("(%s) %s (%s)", x, operator, y), numberKind)
		if found != nil {
			t.Fatalf("%+v", found)
		}
		got, err := p.number(s)
		if err != nil {
			t.Fatal(err)
		}
		same(t, x+operator+y, got, want)
	})
}

// A known set is what its names are, by whatever way it came together.
func TestKnownSets(t *testing.T) {
	names := rapid.SliceOf(rapid.IntRange(0, 200))
	rapid.Check(t, func(t *rapid.T) {
		x, y := names.Draw(t, "x"), names.Draw(t, "y")
		a, b := known(nil), known(nil)
		inX, inY := map[int]bool{}, map[int]bool{}
		for _, n := range x {
			a, inX[n] = a.with(n), true
		}
		for _, n := range y {
			b, inY[n] = b.with(n), true
		}
		for n := range 201 {
			if a.and(b).has(n) != (inX[n] || inY[n]) || a.either(b).has(n) != (inX[n] && inY[n]) {
				t.Fatalf("%d of %v and %v", n, x, y)
			}
		}
	})
}

// Inputs read back are those written, in their order.
func TestInputsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.MapOf(rapid.StringMatching(`[a-z_]{1,8}`), rapid.String()).Draw(t, "texts")
		in := Inputs{}
		for _, name := range sortedKeys(texts) {
			in = append(in, Input{Name: name, Text: strings.ToValidUTF8(texts[name], "?")})
		}
		src, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var back Inputs
		if err := json.Unmarshal(src, &back); err != nil || fmt.Sprint(back) != fmt.Sprint(in) {
			t.Fatalf("%s reads back as %v, %v", src, back, err)
		}
	})
}

func sortedKeys(m map[string]string) []string {
	v := vocabulary{}
	for k := range m {
		v[k] = word{}
	}
	return v.names()
}
