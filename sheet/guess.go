package sheet

import (
	"slices"
	"strings"

	"github.com/openchancery/chancery/money"
)

// noAnswers are what offices write where there is no answer.
var noAnswers = []string{"-", "--", "---", "–", "—", "?", "N/A", "n/a", "#N/A", "NULL", "null", "k.A.", "k. A.", "s.o.", "n.d.", "н/д"}

// Days and clocks of which formats are put together, the likelier first: of
// two that fit alike the first is proposed.
var (
	dayFormats = []string{
		"YYYY-MM-DD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "DD-MM-YYYY", "DD-MON-YYYY", "DD MON YYYY", "MON DD, YYYY",
		"D.M.YYYY", "D/M/YYYY", "M/D/YYYY", "D-M-YYYY", "D-MON-YYYY", "D MON YYYY", "D. MON YYYY", "MON D, YYYY", "MM-DD-YYYY",
		"YYYY/MM/DD", "YYYY.MM.DD", "DD.MM.20YY", "DD/MM/20YY", "MM/DD/20YY", "D.M.20YY", "D/M/20YY", "M/D/20YY",
		"DD-MON-20YY", "D-MON-20YY", "YYYYMMDD",
	}
	clockFormats = []string{
		"HH:MM", "HH:MM:SS", "H:MM", "H:MM AM", "HH:MM AM", "H:MM:SS AM", "HH:MM:SS.FF", "HH.MM",
	}
)

// dateTimeFormats are all formats that Propose knows.
var dateTimeFormats = func() []Format {
	var all []Format
	add := func(s string) {
		if f, bad := ParseFormat(s); bad == "" {
			all = append(all, f)
		}
	}
	for _, d := range dayFormats {
		add(d)
	}
	for _, c := range clockFormats {
		for _, d := range dayFormats {
			add(d + " " + c)
		}
	}
	for _, c := range clockFormats {
		add("YYYY-MM-DDT" + c)
		add(c)
	}
	return all
}()

// dates is what a column's texts tell when they are read as dates.
type dates struct {
	formats []Format
	read    int  // texts that one of the formats fits
	all     int  // texts
	doubt   bool // day and month could be the other way round
	other   string
}

// guessDates finds the fewest formats that fit a column's texts, the one that
// fits most of them first. A format that reads a text as another day than one
// already found is left out.
func guessDates(texts []string, monthFirst bool, fits func(Format) bool) dates {
	d := dates{all: len(texts)}
	left := slices.Clone(texts)
	for len(left) > 0 && len(d.formats) < 6 {
		best, rest := Format{}, left
		for _, f := range dateTimeFormats {
			if !fits(f) || slices.ContainsFunc(d.formats, f.contradicts) {
				continue
			}
			unread := slices.DeleteFunc(slices.Clone(left), func(s string) bool { _, ok := f.read(s); return ok })
			if len(unread) < len(rest) || len(unread) == len(rest) && len(rest) < len(left) && monthFirst && f.monthFirst() && !best.monthFirst() {
				best, rest = f, unread
			}
		}
		if len(rest) == len(left) {
			break
		}
		d.formats, left = append(d.formats, best), rest
	}
	d.read = d.all - len(left)
	if len(d.formats) > 0 {
		d.doubt, d.other = doubtful(d.formats[0], texts)
	}
	return d
}

// monthFirst reports whether a format writes the month as a figure before the
// day, as in the United States.
func (f Format) monthFirst() bool {
	for _, p := range f.pieces {
		switch p.unit {
		case month2, month1:
			return true
		case year4, day2, day1, monthWord:
			return false
		}
	}
	return false
}

// doubtful reports whether the texts that a format reads could all be read
// with day and month the other way round, and by which format.
func doubtful(f Format, texts []string) (bool, string) {
	for _, g := range dateTimeFormats {
		if !f.contradicts(g) || len(f.pieces) != len(g.pieces) || f.timed != g.timed {
			continue
		}
		both := true
		for _, s := range texts {
			_, here := f.read(s)
			_, there := g.read(s)
			both = both && (!here || there)
		}
		if both {
			return true, g.text
		}
	}
	return false, ""
}

// styles are the ways of writing figures, the simplest first: of two that
// read as many texts the first is proposed.
var styles = []struct{ decimal, thousands string }{
	{"point", ""},
	{"comma", ""},
	{"point", "comma"},
	{"comma", "point"},
	{"comma", "space"},
	{"point", "space"},
	{"point", "apostrophe"},
}

// amounts is what a column's texts tell when they are read as amounts.
type amounts struct {
	decimal, thousands string
	read, all          int
	currency           string // that stands beside the figures
	doubt              bool   // another way of writing reads them as other amounts
}

// guessAmounts finds the way of writing by which most of a column's texts are
// amounts.
func guessAmounts(texts []string, currency string) amounts {
	best := amounts{all: len(texts)}
	if currency == "" {
		best.currency = currencyIn(texts)
	}
	c, err := money.ParseCurrency(currency + best.currency)
	if err != nil {
		c = "USD" // for its two decimals, as most currencies have
	}
	var readings []int
	for _, s := range styles {
		f := Feed{Decimal: s.decimal, Thousands: s.thousands}.figures()
		n := 0
		for _, text := range texts {
			if _, code := f.amount(text, c); code == figureOK {
				n++
			}
		}
		readings = append(readings, n)
		if n > best.read {
			best.read, best.decimal, best.thousands = n, s.decimal, s.thousands
		}
	}
	best.doubt = otherReading(best, readings, texts, c)
	return best
}

// otherReading reports whether a second way of writing reads every text that
// the best one reads, and one of them as another amount.
func otherReading(best amounts, readings []int, texts []string, c money.Currency) bool {
	f := Feed{Decimal: best.decimal, Thousands: best.thousands}.figures()
	for i, s := range styles {
		if readings[i] < best.read || s.decimal == best.decimal && s.thousands == best.thousands {
			continue
		}
		g := Feed{Decimal: s.decimal, Thousands: s.thousands}.figures()
		for _, text := range texts {
			a, here := f.amount(text, c)
			b, there := g.amount(text, c)
			if here == figureOK && there == figureOK && a != b {
				return true
			}
		}
	}
	return false
}

// currencyIn is the currency whose code stands beside most of the figures.
func currencyIn(texts []string) string {
	count := map[string]int{}
	for _, s := range texts {
		for _, word := range []string{firstLetters(s), lastLetters(s)} {
			if c, err := money.ParseCurrency(word); err == nil {
				count[string(c)]++
			}
		}
		for _, sign := range []struct{ sign, code string }{{"€", "EUR"}, {"£", "GBP"}, {"₴", "UAH"}} {
			if strings.Contains(s, sign.sign) {
				count[sign.code]++
			}
		}
	}
	for _, code := range sortedKeys(count) {
		if count[code]*2 > len(texts) {
			return code
		}
	}
	return ""
}

func firstLetters(s string) string {
	end := strings.IndexFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' })
	return s[:max(end, 0)]
}

func lastLetters(s string) string {
	start := strings.LastIndexFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' })
	return s[start+1:]
}
