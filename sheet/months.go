package sheet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// months are the names by which a month is written out or cut short. No name
// means two months in two languages; a test holds that.
var months = [12]string{
	"january jan januar jänner janvier janv січня січень січ",
	"february feb februar février févr fév fevrier fevr лютого лютий лют",
	"march mar märz mär mrz maerz mars березня березень бер",
	"april apr avril avr квітня квітень кві",
	"may mai травня травень тра",
	"june jun juni juin червня червень чер",
	"july jul juli juillet juil липня липень лип",
	"august aug août aout серпня серпень сер",
	"september sep sept septembre вересня вересень вер",
	"october oct oktober okt octobre жовтня жовтень жов",
	"november nov novembre листопада листопад лис",
	"december dec dezember dez décembre déc decembre грудня грудень гру",
}

var monthByName = func() map[string]int {
	all := map[string]int{}
	for i, names := range months {
		for name := range strings.FieldsSeq(names) {
			all[name] = i + 1
		}
	}
	return all
}()

// monthNamed reads a month's name at the head of a text, all the letters that
// stand there and a full stop that cuts it short.
func monthNamed(s string) (month, n int) {
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if !unicode.IsLetter(r) {
			break
		}
		n += size
	}
	month, ok := monthByName[strings.ToLower(s[:n])]
	if !ok {
		return 0, 0
	}
	if n < len(s) && s[n] == '.' {
		n++
	}
	return month, n
}
