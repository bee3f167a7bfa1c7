package money

import (
	"encoding/json"
	"maps"
	"slices"
)

// Totals are sums in minor units by currency. Currencies are never added
// together: there is no rate in a sum. The zero value is ready to use.
type Totals map[Currency]int64

// Add adds one amount; no amount changes nothing. A sum beyond the range is
// an error and leaves the totals as they were.
func (t *Totals) Add(a Amount) error {
	if a.IsZero() {
		return nil
	}
	sum, ok := addMinor((*t)[a.currency], a.minor)
	if !ok {
		return &Error{Code: CodeTooLarge}
	}
	if *t == nil {
		*t = Totals{}
	}
	(*t)[a.currency] = sum
	return nil
}

// Amounts lists the sums in the order of their currencies' codes.
func (t Totals) Amounts() []Amount {
	amounts := make([]Amount, 0, len(t))
	for _, c := range slices.Sorted(maps.Keys(t)) {
		amounts = append(amounts, New(t[c], c))
	}
	return amounts
}

// MarshalJSON is one object, {"USD":"2636477.48"}: decimals as text, since
// readers of JSON turn numbers into floats. No totals are {}.
func (t Totals) MarshalJSON() ([]byte, error) {
	decimals := make(map[Currency]string, len(t))
	for _, a := range t.Amounts() {
		decimals[a.currency] = a.Decimal()
	}
	return json.Marshal(decimals)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Totals) UnmarshalJSON(b []byte) error {
	var decimals map[string]string
	if err := json.Unmarshal(b, &decimals); err != nil {
		return &Error{Code: CodeNotAnAmount, Text: string(b)}
	}
	read := make(Totals, len(decimals))
	for code, decimal := range decimals {
		c, err := ParseCurrency(code)
		if err != nil {
			return err
		}
		a, err := Parse(decimal, c)
		if err != nil {
			return err
		}
		read[c] = a.minor
	}
	*t = read
	return nil
}
