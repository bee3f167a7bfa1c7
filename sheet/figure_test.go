package sheet

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/money"
)

func splitFields(s string) []string { return strings.Fields(s) }

// How offices write amounts.
func TestAmountsAsOfficesWriteThem(t *testing.T) {
	for _, c := range []struct{ decimal, thousands, currency, text, want string }{
		{"", "", "USD", "319.73", "319.73 USD"},
		{"", "", "USD", "3000000000000", "3000000000000.00 USD"},
		{"", "", "USD", "1,995", figureNotOne},
		{"point", "comma", "USD", "1,995", "1995.00 USD"},
		{"point", "comma", "USD", "1,234,567.8", "1234567.80 USD"},
		{"point", "comma", "USD", "1234567.8", "1234567.80 USD"},
		{"point", "comma", "USD", "1,23", figureNotOne},
		{"point", "comma", "USD", "1,2345", figureNotOne},
		{"point", "comma", "USD", ",123", figureNotOne},
		{"point", "comma", "USD", "1234,567", figureNotOne},
		{"comma", "point", "EUR", "1.234,50", "1234.50 EUR"},
		{"comma", "point", "EUR", "1.234,50 €", "1234.50 EUR"},
		{"comma", "point", "EUR", "EUR 1.234,50", "1234.50 EUR"},
		{"comma", "point", "EUR", "$ 1.234,50", figureNotOne},
		{"comma", "space", "EUR", "1\u00a0234,50 €", "1234.50 EUR"},
		{"comma", "space", "EUR", "1\u202f234\u202f567,5", "1234567.50 EUR"},
		{"point", "apostrophe", "CHF", "1'234.50", "1234.50 CHF"},
		{"point", "apostrophe", "CHF", "1’234.50", "1234.50 CHF"},
		{"", "", "USD", "$319.73", "319.73 USD"},
		{"", "", "USD", "-$319.73", "-319.73 USD"},
		{"", "", "USD", "-319.73", "-319.73 USD"},
		{"", "", "USD", "1.5", "1.50 USD"},
		{"", "", "USD", "1.", figureNotOne},
		{"", "", "USD", ".5", figureNotOne},
		{"", "", "USD", "1.505", figureDecimals},
		{"", "", "USD", "1.500", figureDecimals}, // fifteen hundred, or one and a half: nobody guesses
		{"", "", "USD", "1.5000", "1.50 USD"},
		{"", "", "USD", "1.5001", figureDecimals},
		{"", "", "JPY", "1500.00", "1500 JPY"},
		{"", "", "JPY", "1.500", figureDecimals},
		{"", "", "KWD", "1.505", "1.505 KWD"},
		{"", "", "USD", "1e3", figureNotOne},
		{"", "", "USD", "1_000", figureNotOne},
		{"", "", "USD", "١٢", figureNotOne},
		{"", "", "USD", "--1", figureNotOne},
		{"", "", "USD", "NaN", figureNotOne},
		{"", "", "USD", "99999999999999999999", figureTooLarge},
	} {
		currency, err := money.ParseCurrency(c.currency)
		if err != nil {
			t.Fatal(err)
		}
		a, code := Feed{Decimal: c.decimal, Thousands: c.thousands}.figures().amount(c.text, currency)
		got := code
		if code == figureOK {
			got = a.String()
		}
		if got != c.want {
			t.Errorf("%q with decimal %q, thousands %q: %s, not %s", c.text, c.decimal, c.thousands, got, c.want)
		}
	}
}

func TestWholeNumbersAsOfficesWriteThem(t *testing.T) {
	for _, c := range []struct{ thousands, text, want string }{
		{"", "12", "12"},
		{"", "012", "12"},
		{"", "-3", "-3"},
		{"", "1.0", "no"},
		{"", "1,000", "no"},
		{"comma", "1,000", "1000"},
		{"point", "1.000", "1000"},
		{"point", "1.0", "no"},
		{"space", "1 000 000", "1000000"},
		{"", "9223372036854775808", "no"},
		{"", "1\x00", "no"},
	} {
		got, ok := Feed{Thousands: c.thousands}.figures().integer(c.text)
		if !ok {
			got = "no"
		}
		if got != c.want {
			t.Errorf("%q, thousands %q: %s, not %s", c.text, c.thousands, got, c.want)
		}
	}
}

// An amount written in any style is read back to the cent.
func TestAmountsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		style := rapid.SampledFrom(styles).Draw(t, "style")
		minor := rapid.Int64Range(-1<<62, 1<<62).Draw(t, "cents")
		want := money.New(minor, "EUR")
		f := Feed{Decimal: style.decimal, Thousands: style.thousands}.figures()
		text := written(want.Decimal(), f)
		if got, code := f.amount(text, "EUR"); code != figureOK || got != want {
			t.Fatalf("%q is read as %s %s", text, got, code)
		}
	})
}

// written is a decimal as an office with this style writes it.
func written(decimal string, f figures) string {
	rest, minus := strings.CutPrefix(decimal, "-")
	whole, cents, _ := strings.Cut(rest, ".")
	if f.thousands != 0 {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + string(rune(f.thousands)) + whole[i:]
		}
	}
	if minus {
		whole = "-" + whole
	}
	return whole + string(rune(f.decimal)) + cents
}
