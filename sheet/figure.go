package sheet

import (
	"strconv"
	"strings"

	"github.com/openchancery/chancery/money"
)

// separators are the words for the signs that stand in a figure.
var separators = map[string]byte{
	"point": '.', "comma": ',', "space": ' ', "apostrophe": '\'',
	".": '.', ",": ',', " ": ' ', "'": '\'',
}

// figures is how an office writes numbers.
type figures struct {
	decimal   byte // '.' or ','
	thousands byte // 0 for none
}

// What a figure that can't be read has the matter with it.
const (
	figureOK       = ""
	figureNotOne   = "sheet.cell-amount"
	figureDecimals = "sheet.cell-decimals"
	figureTooLarge = "sheet.cell-amount-too-large"
)

// spaces are written between thousands in many shapes; they count as one.
var spaces = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2009", " ", "’", "'")

// amount reads an amount of a currency. The currency's own code or sign may
// stand before or after it; another one's is an error.
func (f figures) amount(s string, c money.Currency) (money.Amount, string) {
	s = strings.TrimSpace(spaces.Replace(s))
	s = withoutSign(s, c)
	plain, ok := f.plain(s)
	if !ok {
		return money.Amount{}, figureNotOne
	}
	plain, ok = withoutNoughts(plain, c.Exponent())
	if !ok {
		return money.Amount{}, figureDecimals
	}
	a, err := money.Parse(plain, c)
	if err == nil {
		return a, figureOK
	}
	if e, ok := err.(*money.Error); ok && e.Code == money.CodeTooLarge {
		return money.Amount{}, figureTooLarge
	}
	return money.Amount{}, figureNotOne
}

// withoutNoughts drops decimals that a currency doesn't have where they are
// noughts ("12.5000" is what some databases export). Exactly three decimals
// stay an error where the currency has fewer: "1.500" is as likely fifteen
// hundred, and which of the two nobody may guess.
func withoutNoughts(plain string, exponent int) (string, bool) {
	point := strings.IndexByte(plain, '.')
	if point < 0 {
		return plain, true
	}
	decimals := len(plain) - point - 1
	if decimals <= exponent {
		return plain, true
	}
	cut := point + 1 + exponent
	if decimals == 3 || strings.Trim(plain[cut:], "0") != "" {
		return "", false
	}
	return strings.TrimSuffix(plain[:cut], "."), true
}

// integer reads a whole number.
func (f figures) integer(s string) (string, bool) {
	if f.thousands == f.decimal {
		f.decimal = 0 // a whole number has none: its points part thousands
	}
	plain, ok := f.plain(strings.TrimSpace(spaces.Replace(s)))
	if !ok || strings.IndexByte(plain, '.') >= 0 {
		return "", false
	}
	n, err := strconv.ParseInt(plain, 10, 64)
	return strconv.FormatInt(n, 10), err == nil
}

// plain is the figure with a point before its decimals and nothing between
// its thousands. Groups must have three digits each: "1,23" with a comma
// between thousands is no figure, since it was a decimal comma.
func (f figures) plain(s string) (string, bool) {
	rest, minus := strings.CutPrefix(s, "-")
	whole, decimals, pointed := strings.Cut(rest, string(rune(f.decimal)))
	if f.thousands != 0 && strings.IndexByte(whole, f.thousands) >= 0 {
		groups := strings.Split(whole, string(f.thousands))
		for i, g := range groups {
			if i > 0 && len(g) != 3 || i == 0 && (g == "" || len(g) > 3) {
				return "", false
			}
		}
		whole = strings.Join(groups, "")
	}
	if !onlyDigits(whole) || pointed && !onlyDigits(decimals) {
		return "", false
	}
	if pointed {
		whole += "." + decimals
	}
	if minus {
		whole = "-" + whole
	}
	return whole, true
}

func onlyDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// signs are the signs of currencies that offices write beside amounts. One
// sign serves many dollars; which one it is, the map says.
var signs = map[money.Currency]string{
	"USD": "$", "CAD": "$", "AUD": "$", "NZD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "UAH": "₴", "CHF": "Fr.",
}

// withoutSign takes the currency's code or sign off one end of a figure.
func withoutSign(s string, c money.Currency) string {
	for _, sign := range []string{string(c), signs[c]} {
		if sign == "" {
			continue
		}
		if rest, ok := strings.CutPrefix(s, sign); ok {
			return strings.TrimSpace(rest)
		}
		if rest, ok := strings.CutPrefix(s, "-"+sign); ok {
			return "-" + strings.TrimSpace(rest)
		}
		if rest, ok := strings.CutSuffix(s, sign); ok {
			return strings.TrimSpace(rest)
		}
	}
	return s
}
