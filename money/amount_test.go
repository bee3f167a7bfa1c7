package money_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"testing"

	"github.com/openchancery/chancery/money"
	"pgregory.net/rapid"
)

func TestAnAmountIsReadExactly(t *testing.T) {
	for _, c := range []struct {
		text     string
		currency money.Currency
		prints   string
		code     string
	}{
		{"1234.50", "USD", "1234.50 USD", ""},
		{"1234.5", "USD", "1234.50 USD", ""},
		{"1234", "USD", "1234.00 USD", ""},
		{"0", "USD", "0.00 USD", ""},
		{"0.05", "UAH", "0.05 UAH", ""},
		{"-0.05", "UAH", "-0.05 UAH", ""},
		{"-0", "EUR", "0.00 EUR", ""},
		{"007", "EUR", "7.00 EUR", ""},
		{"1234", "JPY", "1234 JPY", ""},
		{"1.234", "KWD", "1.234 KWD", ""},
		{"1.2345", "CLF", "1.2345 CLF", ""},
		{"92233720368547758.07", "USD", "92233720368547758.07 USD", ""},
		{"-92233720368547758.07", "USD", "-92233720368547758.07 USD", ""},
		{"92233720368547758.08", "USD", "", money.CodeTooLarge},
		{"-92233720368547758.08", "USD", "", money.CodeTooLarge},
		{"99999999999999999999", "USD", "", money.CodeTooLarge},
		{"1234.505", "USD", "", money.CodeTooManyDecimals},
		{"1234.500", "USD", "", money.CodeTooManyDecimals}, // nobody said that it was rounded
		{"1234.0", "JPY", "", money.CodeTooManyDecimals},
		{"", "USD", "", money.CodeNotAnAmount},
		{"-", "USD", "", money.CodeNotAnAmount},
		{".50", "USD", "", money.CodeNotAnAmount},
		{"1.", "USD", "", money.CodeNotAnAmount},
		{"1.2.3", "USD", "", money.CodeNotAnAmount},
		{"+1.00", "USD", "", money.CodeNotAnAmount},
		{"--1", "USD", "", money.CodeNotAnAmount},
		{"1.-5", "USD", "", money.CodeNotAnAmount},
		{"1e3", "USD", "", money.CodeNotAnAmount},
		{"1,234.50", "USD", "", money.CodeNotAnAmount},
		{"1_000", "USD", "", money.CodeNotAnAmount},
		{"$5", "USD", "", money.CodeNotAnAmount},
		{" 5", "USD", "", money.CodeNotAnAmount},
		{"٥", "USD", "", money.CodeNotAnAmount},
		{"NaN", "USD", "", money.CodeNotAnAmount},
		{"5", "", "", money.CodeNoSuchCurrency},
		{"5", "XAU", "", money.CodeNoSuchCurrency},
	} {
		a, err := money.Parse(c.text, c.currency)
		if code(err) != c.code || a.String() != c.prints {
			t.Errorf("Parse(%q, %s) = %q (%v), want %q (%s)", c.text, c.currency, a, err, c.prints, c.code)
		}
	}
}

func TestAnAmountWithItsCurrency(t *testing.T) {
	for _, c := range []struct{ text, code string }{
		{"1234.50 USD", ""},
		{"-7 JPY", ""},
		{"1234.50", money.CodeNotAnAmount},
		{"USD 1234.50", money.CodeNoSuchCurrency},
		{"1234.50 usd", money.CodeNoSuchCurrency},
		{"1234.50  USD", money.CodeNoSuchCurrency},
		{"1234.50 USD ", money.CodeNoSuchCurrency},
		{"1234.50 DEM", money.CodeNoSuchCurrency},
	} {
		a, err := money.ParseAmount(c.text)
		if code(err) != c.code {
			t.Errorf("ParseAmount(%q): %v, want %q", c.text, err, c.code)
		}
		if err == nil && a.String() != c.text {
			t.Errorf("ParseAmount(%q) prints as %q", c.text, a)
		}
	}
}

// No amount and an amount of nothing are two things: the second was decided.
func TestNoAmountIsNotNothing(t *testing.T) {
	var none money.Amount
	nothing := money.New(0, "USD")
	switch {
	case !none.IsZero(), nothing.IsZero(), none == nothing:
		t.Error("no amount and 0.00 USD are confused")
	case none.String() != "", none.Decimal() != "", nothing.String() != "0.00 USD":
		t.Errorf("printed as %q and %q", none, nothing)
	}
	if _, err := none.Compare(nothing); code(err) != money.CodeOtherCurrency {
		t.Errorf("no amount compared with 0.00 USD: %v", err)
	}
	if !money.New(math.MinInt64, "USD").IsZero() {
		t.Error("an amount without an opposite was made")
	}
}

func TestSumsAndDifferences(t *testing.T) {
	const most = math.MaxInt64
	usd := func(minor int64) money.Amount { return money.New(minor, "USD") }
	var none money.Amount
	for _, c := range []struct {
		name      string
		a, b      money.Amount
		sum, diff string // an error's code, or the amount
	}{
		{"an award and its interest", usd(100), usd(5), "1.05 USD", "0.95 USD"},
		{"a payment larger than what is owed", usd(100), usd(250), "3.50 USD", "-1.50 USD"},
		{"from no amount", none, usd(100), "1.00 USD", "-1.00 USD"},
		{"no amount more", usd(100), none, "1.00 USD", "1.00 USD"},
		{"dollars and euros", usd(100), money.New(100, "EUR"), money.CodeOtherCurrency, money.CodeOtherCurrency},
		{"beyond the range above", usd(most), usd(1), money.CodeTooLarge, "92233720368547758.06 USD"},
		{"beyond the range below", usd(-most), usd(1), "-92233720368547758.06 USD", money.CodeTooLarge},
		{"the whole range", usd(most), usd(-most), "0.00 USD", money.CodeTooLarge},
	} {
		if got := outcome(c.a.Add(c.b)); got != c.sum {
			t.Errorf("%s: sum %s, want %s", c.name, got, c.sum)
		}
		if got := outcome(c.a.Sub(c.b)); got != c.diff {
			t.Errorf("%s: difference %s, want %s", c.name, got, c.diff)
		}
	}
}

func TestCurrencies(t *testing.T) {
	for _, c := range []struct {
		text     string
		exponent int
		taken    bool
	}{
		{"USD", 2, true},
		{"UAH", 2, true},
		{"JPY", 0, true},
		{"KWD", 3, true},
		{"CLF", 4, true},
		{"XOF", 0, true},
		{"ZWG", 2, true},
		{"BGN", 0, false}, // the euro since 2026
		{"XDR", 0, false}, // no minor unit
		{"XXX", 0, false},
		{"usd", 0, false},
		{"", 0, false},
	} {
		got, err := money.ParseCurrency(c.text)
		if (err == nil) != c.taken || got.Exponent() != c.exponent {
			t.Errorf("ParseCurrency(%q) = %q with %d decimals (%v)", c.text, got, got.Exponent(), err)
		}
	}
}

func TestAmountsInJSON(t *testing.T) {
	type entry struct {
		Award money.Amount `json:"award"`
		Paid  money.Amount `json:"paid"`
		Share money.Factor `json:"share"`
	}
	share, err := money.ParseFactor("0.3496")
	if err != nil {
		t.Fatal(err)
	}
	was := entry{Award: money.New(123450, "USD"), Share: share}
	text, err := json.Marshal(was)
	if want := `{"award":"1234.50 USD","paid":"","share":"0.3496"}`; err != nil || string(text) != want {
		t.Fatalf("%s (%v), want %s", text, err, want)
	}
	var is entry
	if err := json.Unmarshal(text, &is); err != nil || is != was {
		t.Errorf("read back as %+v (%v)", is, err)
	}
	for _, wrong := range []string{`{"award":"12"}`, `{"award":12.5}`, `{"share":"a third"}`, `{"share":""}`} {
		if err := json.Unmarshal([]byte(wrong), &is); err == nil {
			t.Errorf("%s is read", wrong)
		}
	}
	// What couldn't be read back is not written.
	if text, err := money.New(5, "DEM").MarshalText(); code(err) != money.CodeNoSuchCurrency {
		t.Errorf("written as %q (%v)", text, err)
	}
}

// An error is logged; an amount may be personal.
func TestAnErrorKeepsTheAmountToItself(t *testing.T) {
	_, err := money.Parse("1234,50", "USD")
	if err.Error() != money.CodeNotAnAmount {
		t.Errorf("the log would say %q", err)
	}
}

func TestLawsOfAmounts(t *testing.T) {
	laws := map[string]func(*rapid.T){
		"what is printed is read back": func(t *rapid.T) {
			a := anyAmount(t, "a", anyCurrency(t))
			if got, err := money.ParseAmount(a.String()); err != nil || got != a {
				t.Fatalf("%v is read as %v (%v)", a, got, err)
			}
			if got, err := money.Parse(a.Decimal(), a.Currency()); err != nil || got != a {
				t.Fatalf("%v is read as %v (%v)", a.Decimal(), got, err)
			}
		},
		"a sum is exact or an error": func(t *rapid.T) {
			c := anyCurrency(t)
			a, b := anyAmount(t, "a", c), anyAmount(t, "b", c)
			sum := new(big.Int).Add(big.NewInt(a.Minor()), big.NewInt(b.Minor()))
			got, err := a.Add(b)
			checkExact(t, sum, got, err)
			diff := new(big.Int).Sub(big.NewInt(a.Minor()), big.NewInt(b.Minor()))
			got, err = a.Sub(b)
			checkExact(t, diff, got, err)
		},
		"what is added can be taken away": func(t *rapid.T) {
			c := anyCurrency(t)
			a, b := anyAmount(t, "a", c), anyAmount(t, "b", c)
			sum, err := a.Add(b)
			if err != nil {
				t.Skip("beyond the range")
			}
			if back, err := sum.Sub(b); err != nil || back != a {
				t.Fatalf("%v and %v less %v is %v (%v)", a, b, b, back, err)
			}
		},
		"an opposite has the opposite sign and order": func(t *rapid.T) {
			c := anyCurrency(t)
			a, b := anyAmount(t, "a", c), anyAmount(t, "b", c)
			there, err1 := a.Compare(b)
			back, err2 := b.Neg().Compare(a.Neg())
			if err1 != nil || err2 != nil || there != back || a.Neg().Neg() != a || a.Neg().Sign() != -a.Sign() {
				t.Fatalf("%v and %v: %d and %d", a, b, there, back)
			}
		},
	}
	for law, holds := range laws {
		t.Run(law, func(t *testing.T) { rapid.Check(t, holds) })
	}
}

func FuzzParseAmount(f *testing.F) {
	f.Add("1234.50 USD")
	f.Add("-7 JPY")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := money.ParseAmount(s)
		if err != nil {
			return
		}
		if again, err := money.ParseAmount(a.String()); err != nil || again != a {
			t.Errorf("ParseAmount(%q) = %v, read again as %v (%v)", s, a, again, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := money.Parse("1234.50", "USD"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMarshalText(b *testing.B) {
	a := money.New(123450, "USD")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.MarshalText(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	sum, one := money.New(0, "USD"), money.New(1, "USD")
	for b.Loop() {
		var err error
		if sum, err = sum.Add(one); err != nil {
			b.Fatal(err)
		}
	}
}

// checkExact says that got is want, or that there is an error because no
// amount can hold it.
func checkExact(t *rapid.T, want *big.Int, got money.Amount, err error) {
	holds := want.IsInt64() && want.Int64() != math.MinInt64
	switch {
	case holds && (err != nil || got.Minor() != want.Int64()):
		t.Fatalf("%v (%v), want %v units", got, err, want)
	case !holds && code(err) != money.CodeTooLarge:
		t.Fatalf("%v (%v), want an error: it is %v units", got, err, want)
	}
}

func anyCurrency(t *rapid.T) money.Currency {
	return rapid.SampledFrom([]money.Currency{"USD", "UAH", "JPY", "KWD", "CLF"}).Draw(t, "currency")
}

func anyAmount(t *rapid.T, name string, c money.Currency) money.Amount {
	return money.New(rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, name), c)
}

func outcome(a money.Amount, err error) string {
	if err != nil {
		return code(err)
	}
	return a.String()
}

func code(err error) string {
	if e, ok := errors.AsType[*money.Error](err); ok {
		return e.Code
	}
	return ""
}
