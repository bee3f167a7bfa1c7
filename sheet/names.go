package sheet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestShown is how many letters of a name from the file an error shows.
const longestShown = 60

// shown is a name from a file as an error may show it: short, on one line and
// without signs that steer a terminal.
func shown(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.TrimSpace(s) {
		if n == longestShown {
			b.WriteRune('…')
			break
		}
		switch {
		case r == utf8.RuneError || !unicode.IsPrint(r):
			r = '·'
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// normal is a name by which two spellings are compared: letters and digits,
// small, accents and the rest left out.
func normal(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if plain, ok := unaccented[r]; ok {
				b.WriteString(plain)
				continue
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unaccented are the letters that are written both ways in headers.
var unaccented = map[rune]string{
	'à': "a", 'â': "a", 'á': "a", 'ä': "a", 'ã': "a", 'å': "a", 'ç': "c", 'é': "e", 'è': "e", 'ê': "e", 'ë': "e",
	'í': "i", 'î': "i", 'ï': "i", 'ñ': "n", 'ó': "o", 'ô': "o", 'ö': "o", 'õ': "o", 'ø': "o", 'ú': "u", 'ù': "u",
	'û': "u", 'ü': "u", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'ł': "l", 'š': "s", 'č': "c", 'ž': "z", 'ř': "r", 'ś': "s",
}

// nearest is the name most like s, or "" where none is like it.
func nearest(s string, names []string) string {
	best, least := "", 0
	for _, name := range names {
		a, b := normal(s), normal(name)
		d := distance(a, b)
		if d*5 > 2*max(utf8.RuneCountInString(a), utf8.RuneCountInString(b)) && !contained(a, b) {
			continue
		}
		if best == "" || d < least {
			best, least = name, d
		}
	}
	return best
}

// contained reports whether one of two names, not too short, is part of the
// other: "amount" of "claimamount".
func contained(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= 4 && strings.Contains(b, a)
}

// distance counts the letters to put in, take out, change or swap with their
// neighbour to make b of a. Both are cut at 64 letters.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	x, y = x[:min(len(x), 64)], y[:min(len(y), 64)]
	var before, last, row [65]int
	for j := range len(y) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}
