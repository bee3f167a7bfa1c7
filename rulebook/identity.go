package rulebook

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// IdentityFields are the fields of the category that tell who somebody is: those
// that a rule of Identity names, in the order of the form, without the sensitive
// ones, which are never looked up.
func (e *Edition) IdentityFields(category string) []string {
	c, ok := e.categories[category]
	if !ok {
		return nil
	}
	var fields []string
	for _, field := range c.Asks {
		f := e.fields[field]
		if f.Class == Sensitive || f.Type == Boolean {
			continue
		}
		if slices.ContainsFunc(e.Identity, func(i Identity) bool { return slices.Contains(i.Fields, field) }) {
			fields = append(fields, field)
		}
	}
	return fields
}

// Likeness is a text as it is compared with others: letters and digits alone, in
// lower case and one form of Unicode, words in the order of the alphabet. So
// O'Brien is OBRIEN, 12-34 is 1234, and who puts the surname first is found too.
// "" where nothing is left.
func Likeness(text string) string {
	words := strings.FieldsFunc(strings.ToLower(norm.NFKC.String(text)), unicode.IsSpace)
	kept := words[:0]
	for _, w := range words {
		w = strings.Map(func(r rune) rune {
			// An apostrophe may be written as a letter that modifies the one before.
			if unicode.IsLetter(r) && !unicode.Is(unicode.Lm, r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) {
				return r
			}
			return -1
		}, w)
		if w = norm.NFKC.String(w); w != "" { // what stood apart may belong together now
			kept = append(kept, w)
		}
	}
	if !slices.ContainsFunc(kept, func(w string) bool { return strings.ContainsFunc(w, unicode.IsLetter) }) {
		return strings.Join(kept, "") // a number is one word, however it is spaced
	}
	slices.Sort(kept)
	return strings.Join(kept, " ")
}
