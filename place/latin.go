package place

import (
	"strings"
	"unicode"
)

// latin is how Ukrainian letters are spelled in Latin ones, by the resolution of
// the Cabinet of Ministers No 55 of 27 January 2010; begins is how at the
// beginning of a word, where that differs.
var (
	latin = map[rune]string{
		'а': "a", 'б': "b", 'в': "v", 'г': "h", 'ґ': "g", 'д': "d", 'е': "e", 'є': "ie", 'ж': "zh", 'з': "z", 'и': "y",
		'і': "i", 'ї': "i", 'й': "i", 'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s",
		'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch", 'ь': "", 'ю': "iu", 'я': "ia",
		'\'': "", '’': "", 'ʼ': "",
	}
	begins = map[rune]string{'є': "ye", 'ї': "yi", 'й': "y", 'ю': "yu", 'я': "ya"}
)

// Latin spells a Ukrainian name in Latin letters. What isn't a Ukrainian letter
// stays as it is.
func Latin(name string) string {
	var b strings.Builder
	var before rune
	for _, r := range name {
		low := unicode.ToLower(r)
		text, known := latin[low]
		if first, ok := begins[low]; ok && !unicode.IsLetter(before) && before != '\'' && before != '’' && before != 'ʼ' {
			text = first
		}
		if low == 'г' && unicode.ToLower(before) == 'з' {
			text = "gh" // зг is zgh, so that it isn't read as ж
		}
		switch {
		case !known:
			b.WriteRune(r)
		case r != low && text != "":
			b.WriteString(strings.ToUpper(text[:1]) + text[1:])
		default:
			b.WriteString(text)
		}
		before = r
	}
	return b.String()
}
