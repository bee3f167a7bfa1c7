package money

// Currency is the ISO 4217 code of a currency, such as "USD". Make it with
// ParseCurrency; the empty one is no currency.
type Currency string

// ParseCurrency reads an active ISO 4217 code in capitals. Codes without a
// minor unit (gold, special drawing rights, "no currency") can't be paid out
// and are not taken.
func ParseCurrency(s string) (Currency, error) {
	if _, ok := exponents[Currency(s)]; !ok {
		return "", &Error{Code: CodeNoSuchCurrency, Text: s}
	}
	return Currency(s), nil
}

// Exponent is how many decimals the currency has: 2 for USD, 0 for JPY, 3 for
// KWD. One that ParseCurrency would refuse has none.
func (c Currency) Exponent() int { return exponents[c] }
