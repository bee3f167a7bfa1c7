package money_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/openchancery/chancery/money"
	"pgregory.net/rapid"
)

func TestAFactorIsReadExactly(t *testing.T) {
	for _, c := range []struct{ text, prints, code string }{
		{"0.3496", "0.3496", ""},
		{"0.30", "0.3", ""},
		{"1.000", "1", ""},
		{"-1.05", "-1.05", ""},
		{"-0", "0", ""},
		{"0.000000000000000001", "0.000000000000000001", ""},
		{"0.0000000000000000010", "0.000000000000000001", ""},
		{"9.223372036854775807", "9.223372036854775807", ""},
		{"9.223372036854775808", "", money.CodeNotAFactor},
		{"-9.223372036854775808", "", money.CodeNotAFactor},
		{"0.0000000000000000001", "", money.CodeNotAFactor},
		{"", "", money.CodeNotAFactor},
		{"1/3", "", money.CodeNotAFactor},
		{"35 %", "", money.CodeNotAFactor},
		{"1e-3", "", money.CodeNotAFactor},
		{".5", "", money.CodeNotAFactor},
	} {
		f, err := money.ParseFactor(c.text)
		if code(err) != c.code {
			t.Errorf("ParseFactor(%q): %v, want %q", c.text, err, c.code)
		}
		if err == nil && f.String() != c.prints {
			t.Errorf("ParseFactor(%q) prints as %q, want %q", c.text, f, c.prints)
		}
	}
}

func TestAPartOfALoss(t *testing.T) {
	for _, c := range []struct {
		amount, factor string
		rounding       money.Rounding
		want           string // the amount, or an error's code
	}{
		{"1000.00 USD", "0.3496", money.HalfEven, "349.60 USD"},
		{"0.05 USD", "0.5", money.HalfEven, "0.02 USD"},
		{"0.15 USD", "0.5", money.HalfEven, "0.08 USD"},
		{"0.05 USD", "0.5", money.HalfUp, "0.03 USD"},
		{"0.05 USD", "0.5", money.Down, "0.02 USD"},
		{"-0.05 USD", "0.5", money.HalfEven, "-0.02 USD"},
		{"-0.05 USD", "0.5", money.HalfUp, "-0.03 USD"},
		{"-0.05 USD", "0.5", money.Down, "-0.02 USD"},
		{"0.05 USD", "-0.5", money.HalfUp, "-0.03 USD"},
		{"0.01 USD", "0.51", money.HalfEven, "0.01 USD"},
		{"0.01 USD", "0.51", money.Down, "0.00 USD"},
		{"7 JPY", "1.5", money.HalfEven, "10 JPY"},
		{"7 JPY", "1.5", money.HalfUp, "11 JPY"},
		{"1234.50 USD", "0", money.Down, "0.00 USD"},
		{"1234.50 USD", "1", money.Down, "1234.50 USD"},
		{"92233720368547758.07 USD", "1.00000000000000001", money.Down, money.CodeTooLarge},
		{"6148914691236517205 JPY", "1.5", money.Down, "9223372036854775807 JPY"},
		{"6148914691236517205 JPY", "1.5", money.HalfUp, money.CodeTooLarge}, // the rounding alone goes beyond
		{"92233720368547758.07 USD", "9.223372036854775807", money.HalfUp, money.CodeTooLarge},
		{"92233720368547758.07 USD", "9223372036854775807", money.HalfUp, money.CodeTooLarge},
		{"1.00 USD", "0.5", "", money.CodeNoSuchRounding}, // there is no default
		{"1.00 USD", "0.5", "up", money.CodeNoSuchRounding},
	} {
		f, err := money.ParseFactor(c.factor)
		if err != nil {
			t.Fatal(err)
		}
		a, err := money.ParseAmount(c.amount)
		if err != nil {
			t.Fatal(err)
		}
		if got := outcome(a.Times(f, c.rounding)); got != c.want {
			t.Errorf("%s times %s, %s: %s, want %s", c.amount, c.factor, c.rounding, got, c.want)
		}
	}
	if got, err := (money.Amount{}).Times(money.Factor{}, money.Down); err != nil || !got.IsZero() {
		t.Errorf("a part of no amount is %v (%v)", got, err)
	}
}

func TestLawsOfFactors(t *testing.T) {
	laws := map[string]func(*rapid.T){
		"what is printed is read back": func(t *rapid.T) {
			f := anyFactor(t)
			text, err := f.MarshalText()
			if err != nil {
				t.Fatal(err)
			}
			var again money.Factor
			if err := again.UnmarshalText(text); err != nil || again != f {
				t.Fatalf("%v is read as %v (%v)", f, again, err)
			}
		},
		"times is exact, then rounded once": func(t *rapid.T) {
			a, f := anyAmount(t, "a", anyCurrency(t)), anyFactor(t)
			r := rapid.SampledFrom([]money.Rounding{money.HalfEven, money.HalfUp, money.Down}).Draw(t, "rounding")
			exact, ok := new(big.Rat).SetString(f.String())
			if !ok {
				t.Fatalf("%v is no decimal", f)
			}
			exact.Mul(exact, new(big.Rat).SetInt64(a.Minor()))
			got, err := a.Times(f, r)
			checkExact(t, rounded(exact, r), got, err)
		},
	}
	for law, holds := range laws {
		t.Run(law, func(t *testing.T) { rapid.Check(t, holds) })
	}
}

func BenchmarkTimes(b *testing.B) {
	f, err := money.ParseFactor("0.3496")
	if err != nil {
		b.Fatal(err)
	}
	a := money.New(123_456_789, "USD")
	for b.Loop() {
		if _, err := a.Times(f, money.HalfEven); err != nil {
			b.Fatal(err)
		}
	}
}

// rounded is the same rule told another way, over fractions of any size.
func rounded(exact *big.Rat, r money.Rounding) *big.Int {
	whole, rest := new(big.Int).QuoRem(exact.Num(), exact.Denom(), new(big.Int))
	twice := rest.Abs(rest).Lsh(rest, 1).Cmp(exact.Denom())
	more := twice > 0
	switch r {
	case money.Down:
		more = false
	case money.HalfUp:
		more = twice >= 0
	case money.HalfEven:
		more = twice > 0 || (twice == 0 && whole.Bit(0) == 1)
	}
	if more {
		whole.Add(whole, big.NewInt(int64(exact.Sign())))
	}
	return whole
}

func anyFactor(t *rapid.T) money.Factor {
	digits := money.New(rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, "digits"), "JPY").Decimal()
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	point := rapid.IntRange(0, 18).Draw(t, "point")
	for len(digits) <= point {
		digits = "0" + digits
	}
	text := sign + digits[:len(digits)-point]
	if point > 0 {
		text += "." + digits[len(digits)-point:]
	}
	f, err := money.ParseFactor(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return f
}
