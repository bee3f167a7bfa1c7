package rulebook

import (
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
)

// Series are numbers by date: a rate of exchange or an index of prices.
type Series struct {
	ID     string
	Source string         // where they were read
	ByDay  bool           // otherwise by month
	From   money.Currency // of rates: one unit of it is so much of To; "" of an index
	To     money.Currency
	Gap    int // by day: how many days old the last number may be

	values []dated // in the order of dates
}

// dated is a number of a month or day.
type dated struct {
	at     day.Date // the first of the month, or the day
	number decimal
}

// at is the number of a date. The arithmetic is noValueThen where there is none.
func (s *Series) at(on day.Date) (decimal, error) {
	if !s.ByDay {
		on = on.AddDays(1 - on.Day())
	}
	i, found := slices.BinarySearchFunc(s.values, on, func(d dated, on day.Date) int { return d.at.Compare(on) })
	if found {
		return s.values[i].number, nil
	}
	if s.ByDay && i > 0 && s.values[i-1].at.DaysUntil(on) <= s.Gap {
		return s.values[i-1].number, nil
	}
	return decimal{}, noValueThen
}

// What tables, series and shares can't give.
const (
	noValueThen    arithmetic = "no-value-then"
	notInTable     arithmetic = "not-in-table"
	sharesNotWhole arithmetic = "shares-not-whole"
	noSuchShare    arithmetic = "no-such-share"
	numberUnknown  arithmetic = "number-unknown" // a table or series that the edition doesn't have
)

// Table finds a number by one or two words, or by the band that a number is in.
type Table struct {
	ID    string
	Basis string

	words map[string]decimal // the words with a line break between them
	bands []band             // in rising order
}

type band struct{ from, value decimal }

// wordBreak parts two words: no word holds one.
const wordBreak = "\n"

func (t *Table) word(w string) (decimal, error) {
	if v, ok := t.words[w]; ok {
		return v, nil
	}
	return decimal{}, notInTable
}

func (t *Table) number(n decimal) (decimal, error) { return inBand(t.bands, n) }

// inBand is the value of the last band that begins at or below a number.
func inBand(bands []band, n decimal) (decimal, error) {
	i, found := slices.BinarySearchFunc(bands, n, func(b band, n decimal) int { return b.from.cmp(n) })
	if found {
		return bands[i].value, nil
	}
	if i == 0 {
		return decimal{}, notInTable
	}
	return bands[i-1].value, nil
}

// lookup, lookupWord, lookupWords and rate are the functions of expressions.
func (e *Edition) lookup(table string, n decimal) (decimal, error) {
	if t, ok := e.tables[table]; ok {
		return t.number(n)
	}
	return decimal{}, numberUnknown
}

func (e *Edition) lookupWord(table, word string) (decimal, error) {
	if t, ok := e.tables[table]; ok {
		return t.word(word)
	}
	return decimal{}, numberUnknown
}

func (e *Edition) lookupWords(table, one, two string) (decimal, error) {
	return e.lookupWord(table, one+wordBreak+two)
}

func (e *Edition) rate(series string, on day.Date) (decimal, error) {
	if s, ok := e.series[series]; ok {
		return s.at(on)
	}
	return decimal{}, numberUnknown
}

// numbers reads tables and series.
func (d *decoder) numbers(root *node, e *Edition) {
	e.tables, e.series = map[string]*Table{}, map[string]*Series{}
	tables, series := map[string]*node{}, map[string]*node{}
	for _, n := range root.get("tables").list() {
		t := &Table{ID: n.get("id").str(), Basis: n.get("basis").str(), words: map[string]decimal{}}
		if rows := n.get("rows"); rows != nil && rows.kind == mapNode {
			t.rows(rows, "")
		}
		t.bands = d.bands(n.get("bands"), func(b *node) decimal { v, _ := parseDecimal(b.get("value").str()); return v })
		d.oneOf(n, "rows", "bands")
		d.once(n.get("id"), tables)
		e.tables[t.ID] = t
	}
	for _, n := range root.get("series").list() {
		s := d.oneSeries(n)
		d.once(n.get("id"), series)
		e.series[s.ID] = s
	}
}

func (t *Table) rows(n *node, before string) {
	for i, k := range n.keys {
		if item := n.items[i]; item.kind == mapNode {
			t.rows(item, before+k.text+wordBreak)
		} else {
			t.words[before+k.text], _ = parseDecimal(item.str())
		}
	}
}

// bands reads bands in rising order.
func (d *decoder) bands(n *node, value func(*node) decimal) []band {
	var all []band
	for _, item := range n.list() {
		from, _ := parseDecimal(item.get("from").str())
		if len(all) > 0 && from.cmp(all[len(all)-1].from) <= 0 {
			d.say(item, "bands-not-rising", "", "from", from.String(), "before", all[len(all)-1].from.String())
		}
		all = append(all, band{from, value(item)})
	}
	return all
}

func (d *decoder) oneSeries(n *node) *Series {
	s := &Series{ID: n.get("id").str(), Source: n.get("source").str(), ByDay: n.get("by").str() == "day"}
	if from := n.get("from"); from != nil {
		s.From = d.currency(from)
	}
	if to := n.get("to"); to != nil {
		s.To = d.currency(to)
	}
	if (n.get("from") == nil) != (n.get("to") == nil) {
		d.say(n, "series-one-currency", "from, to")
	}
	s.Gap, _ = strconv.Atoi(n.get("gap").str())
	values := n.get("values")
	if values == nil || values.kind != mapNode {
		return s
	}
	form := "2024-01"
	if s.ByDay {
		form = "2024-01-31"
	}
	for i, k := range values.keys {
		text := k.text
		if !s.ByDay {
			text += "-01"
		}
		on, err := day.Parse(text)
		if err != nil || strings.Count(k.text, "-") != strings.Count(form, "-") {
			d.say(k, "series-date", form, "date", clip(k.text))
			continue
		}
		number, _ := parseDecimal(values.items[i].str())
		if number.sign() <= 0 {
			d.say(values.items[i], "series-not-above-nothing", "", "number", values.items[i].str())
		}
		s.values = append(s.values, dated{on, number})
	}
	slices.SortStableFunc(s.values, func(a, b dated) int { return a.at.Compare(b.at) })
	if gap := n.get("gap"); gap != nil && !s.ByDay {
		d.say(gap, "needs-key", "by: day", "key", "gap")
	}
	d.months(values, s)
	return s
}

// months warns of the first month that a series by month leaves out.
func (d *decoder) months(at *node, s *Series) {
	for i := 1; i < len(s.values) && !s.ByDay; i++ {
		before, after := s.values[i-1].at, s.values[i].at
		if next := before.AddMonths(1); next.Before(after) {
			d.warn(at, "series-gap", month(next), "series", s.ID, "after", month(before), "before", month(after))
			return
		}
	}
}

// month is a date's month, "2006-01".
func month(d day.Date) string { return d.String()[:len("2006-01")] }
