package sheet

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Encodings are the names a map may give to the file's encoding. In each of
// them a comma, a quote and a line's end are the same bytes as in ASCII, so
// rows are cut before they are decoded.
var Encodings = []string{"utf-8", "windows-1252", "iso-8859-1", "windows-1251"}

var charmaps = map[string]*charmap.Charmap{
	"windows-1252": charmap.Windows1252,
	"iso-8859-1":   charmap.ISO8859_1,
	"windows-1251": charmap.Windows1251,
}

// decoder turns a cell into UTF-8; nil is a file in UTF-8.
type decoder struct{ from *charmap.Charmap }

// text decodes a cell. False means that the cell is not in this encoding.
func (d decoder) text(s string) (string, bool) {
	if d.from == nil {
		return s, utf8.ValidString(s)
	}
	if ascii(s) {
		return s, true
	}
	var b strings.Builder
	for i := range len(s) {
		r := d.from.DecodeByte(s[i])
		if r == utf8.RuneError {
			return "", false
		}
		b.WriteRune(r)
	}
	return b.String(), true
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// looksLike names the encoding that bytes which are not UTF-8 most likely
// have: Cyrillic words are runs of high bytes, western ones have them singly.
func looksLike(s string) string {
	high, run, longest := 0, 0, 0
	for i := range len(s) {
		if s[i] < 0x80 {
			run = 0
			continue
		}
		high++
		run++
		longest = max(longest, run)
	}
	if longest >= 3 && high*2 > len(strings.TrimSpace(s)) {
		return "windows-1251"
	}
	return "windows-1252"
}
