package portal

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/press"
)

// words turns codes, numbers and instants into what a person reads, in one
// language.
type words struct {
	lang      string
	sentence  Say
	thousands string // what stands between groups of three digits
	decimal   string // what stands before the cents

	body      string // whose pages these are
	mine, log string // where the frame leads beside its own pages

	said map[string]string // what was said on this page, nil where it isn't kept
}

// remembering are words for one page, which says many things many times.
func (w words) remembering() words {
	w.said = map[string]string{}
	return w
}

// of are the words of a body's site, which leads elsewhere too.
func (w words) of(body, mine, log string) words {
	w.body, w.mine, w.log = body, mine, log
	return w
}

// newWords are the words of a language.
func newWords(lang string, say Say) words {
	w := words{lang: lang, sentence: say}
	w.thousands, w.decimal = w.say("portal.thousands"), w.say("portal.decimal")
	return w
}

// say is the label of a code, with values for the {{.name}}s in it: name, value,
// … A code without a label says itself, which is ugly and tells what is missing.
func (w words) say(code string, pairs ...string) string {
	if w.said == nil {
		return w.look(code, pairs)
	}
	key := code + "\x00" + strings.Join(pairs, "\x00")
	text, ok := w.said[key]
	if !ok {
		text = w.look(code, pairs)
		w.said[key] = text
	}
	return text
}

// look is say by the catalogue.
func (w words) look(code string, pairs []string) string {
	values := make(map[string]string, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	if text, ok := w.sentence(code, values); ok {
		return text
	}
	return code
}

// number is a whole number with its thousands set apart: "47,912".
func (w words) number(n int64) string { return w.grouped(strconv.FormatInt(n, 10)) }

// grouped sets the thousands of a decimal apart and writes its point as the
// language does.
func (w words) grouped(decimal string) string {
	sign := ""
	if rest, ok := strings.CutPrefix(decimal, "-"); ok {
		sign, decimal = "−", rest
	}
	whole, cents, point := strings.Cut(decimal, ".")
	var b strings.Builder
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(w.thousands)
		}
		b.WriteRune(digit)
	}
	if point {
		return sign + b.String() + w.decimal + cents
	}
	return sign + b.String()
}

// figure is a number or an amount as it is shown. The zero value is withheld.
type figure struct {
	Shown    bool
	Text     string // "47,912", "2,636,477.48"
	Currency string // "USD", or "" for a count
	Nil      bool   // it is 0, and may stand back
}

// count is a count as it is shown.
func (w words) count(c press.Count) figure {
	n, shown := c.Number()
	if !shown {
		return figure{}
	}
	return figure{Shown: true, Text: w.number(n), Nil: n == 0}
}

// amount is an amount as it is shown.
func (w words) amount(a press.Amount) figure {
	m, shown := a.Money()
	if !shown {
		return figure{Currency: string(a.Currency())}
	}
	return figure{Shown: true, Text: w.grouped(m.Decimal()), Currency: string(m.Currency()), Nil: m.Sign() == 0}
}

// plain is a figure in running text.
func (w words) plain(f figure) string {
	switch {
	case !f.Shown:
		return w.say("portal.withheld")
	case f.Currency != "":
		return f.Text + " " + f.Currency
	}
	return f.Text
}

// share is how much of a whole a part is, in percent with one decimal and
// never rounded up to all of it: "68.5 %"; "" if it can't be said.
func (w words) share(part, whole press.Amount) string {
	p, ok := part.Money()
	a, both := whole.Money()
	if !ok || !both || a.Sign() <= 0 || p.Sign() < 0 {
		return ""
	}
	permille := scale(p, a, 1000)
	return w.say("portal.percent", "share", w.grouped(fmt.Sprintf("%d.%d", permille/10, permille%10)))
}

// scale is part of whole in so many units, cut down; whole is above nothing.
func scale(part, whole money.Amount, units int64) int64 {
	p, a := part.Minor(), whole.Minor()
	for p > 1<<62/units { // far beyond what a screen can show
		p, a = p/units, a/units
	}
	if a == 0 {
		return units
	}
	return p * units / a
}

// instant is an RFC 3339 instant for reading, "24 November 2026, 02:14 UTC"; one
// that can't be read is shown as it is.
func (w words) instant(rfc3339 string) string {
	t, err := time.Parse(time.RFC3339, rfc3339)
	if err != nil {
		return rfc3339
	}
	return w.time(t)
}

// time is a point in time for reading.
func (w words) time(t time.Time) string {
	t = t.UTC()
	return w.say("portal.time", "day", strconv.Itoa(t.Day()), "month", w.say("portal.month."+strconv.Itoa(int(t.Month()))),
		"year", strconv.Itoa(t.Year()), "clock", t.Format("15:04"))
}
