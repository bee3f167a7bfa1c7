// Package money holds amounts as the ledger needs them: whole minor units
// (cents, kopiykas) of one currency. Nothing here is a float, nothing rounds
// unless a rule names how, and every sum that can't be held is an error: an
// amount that is wrong by a cent can be neither decided nor paid.
//
// An amount is written "1234.50 USD", with exactly as many decimals as its
// currency has; that text is the same in entries, files and rulebooks.
package money

// Codes of the errors of this room. They are stable: a sentence for each
// stands in the catalogue.
const (
	CodeNoSuchCurrency  = "money.no-such-currency"  // not an active ISO 4217 code with minor units
	CodeNotAnAmount     = "money.not-an-amount"     // not plain decimal digits
	CodeTooManyDecimals = "money.too-many-decimals" // more decimals than the currency has
	CodeOtherCurrency   = "money.other-currency"    // two currencies in one sum or comparison
	CodeTooLarge        = "money.too-large"         // beyond what an amount or a sum can hold
	CodeNotAFactor      = "money.not-a-factor"      // not plain decimal digits, or over 18 of them
	CodeNoSuchRounding  = "money.no-such-rounding"  // neither half-even, half-up nor down
	CodeBadWeights      = "money.bad-weights"       // a weight below nothing, or none above nothing
)

// Error says why there is no amount. Text is what was given, where a text
// was read: whoever shows it must know whether the field may be shown.
type Error struct {
	Code string // one of the codes above
	Text string
}

// Error is the form for logs. It leaves the text out: an amount may be
// personal.
func (e *Error) Error() string { return e.Code }
