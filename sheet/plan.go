package sheet

import (
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
)

// plan is a map made ready for a file: every column by its place in the
// header, every format read.
type plan struct {
	decode   decoder
	number   cell
	received cell
	category cell
	claimant cell
	award    *cell
	decided  *cell
	fields   []cell
	outcome  []column
	header   []column
	sorted   []column // the header by name: the order of a row's digest
}

// column is one column of the file.
type column struct {
	name  string
	index int
}

// cell is how one target is read out of a row.
type cell struct {
	target
	column     column
	currencyAt *column
	formats    []Format
	figures    figures
	currency   money.Currency // "" where only the column says
	unanswered []string
	options    []string // the codes that a choice may have; nil: any
	constant   bool
}

// newPlan makes a map ready for a header. The map has been checked.
func (m *Map) newPlan(header []string, fields []FieldSpec) plan {
	p := plan{decode: decoder{from: charmaps[m.Encoding]}}
	for i, name := range header {
		p.header = append(p.header, column{name: name, index: i})
	}
	p.sorted = slices.Clone(p.header)
	slices.SortStableFunc(p.sorted, func(a, b column) int { return strings.Compare(a.name, b.name) })
	ready := map[string]cell{}
	for _, t := range m.targets(fields) {
		c := m.ready(t, header)
		ready[t.path] = c
		if t.spec.ID != "" {
			p.fields = append(p.fields, c)
		}
	}
	p.number, p.received = ready["number"], ready["received"]
	p.category, p.claimant = ready["category"], ready["claimant"]
	p.claimant.options = Claimants
	if c, ok := ready["award"]; ok {
		p.award = &c
	}
	if c, ok := ready["decided_on"]; ok {
		p.decided = &c
	}
	for _, name := range m.Outcome {
		p.outcome = append(p.outcome, column{name: name, index: slices.Index(header, name)})
	}
	return p
}

// ready makes one target ready.
func (m *Map) ready(t target, header []string) cell {
	f := t.feed
	c := cell{target: t, options: t.spec.Options, constant: f.Column == ""}
	c.column = column{name: f.Column, index: slices.Index(header, f.Column)}
	if f.CurrencyColumn != "" {
		c.currencyAt = &column{name: f.CurrencyColumn, index: slices.Index(header, f.CurrencyColumn)}
	}
	for _, s := range t.formats() {
		if format, bad := ParseFormat(s); bad == "" {
			c.formats = append(c.formats, format)
		}
	}
	c.figures = f.figures()
	c.currency, _ = money.ParseCurrency(t.currencyCode())
	c.unanswered = slices.Concat(m.Unanswered, f.Unanswered)
	return c
}

// figures is how the feed's numbers are written.
func (f Feed) figures() figures {
	decimal, ok := separators[f.Decimal]
	if !ok {
		decimal = '.'
	}
	return figures{decimal: decimal, thousands: separators[f.Thousands]}
}

// formats are the target's formats; a date and a time have one by themselves.
func (t target) formats() []string {
	switch {
	case len(t.feed.Formats) > 0:
		return t.feed.Formats
	case t.kind == typeDate:
		return []string{"YYYY-MM-DD"}
	case t.kind == typeTime:
		return []string{"HH:MM"}
	}
	return nil
}

// currencyCode is the currency that the map names, else the form's.
func (t target) currencyCode() string {
	if t.feed.Currency != "" {
		return t.feed.Currency
	}
	return t.spec.Currency
}

// targets are all that the map feeds: the named ones, then the form's fields
// in the form's order.
func (m *Map) targets(fields []FieldSpec) []target {
	all := m.named()
	for _, spec := range fields {
		if f, ok := m.Fields[spec.ID]; ok {
			all = append(all, target{path: "fields." + spec.ID, kind: spec.Type, feed: f, spec: spec})
		}
	}
	return all
}

// isUnanswered reports whether a trimmed text means that there is no answer.
func (c *cell) isUnanswered(s string) bool {
	return s == "" || slices.Contains(c.unanswered, s)
}

// moment reads a text by the first format that fits it.
func (c *cell) moment(s string) (moment, bool) {
	for _, f := range c.formats {
		if m, ok := f.read(s); ok {
			return m, true
		}
	}
	return moment{}, false
}

// readDate reads a date out of a cell that may be unanswered.
func (c *cell) readDate(text string) (d day.Date, answered, ok bool) {
	s := strings.TrimSpace(text)
	if c.isUnanswered(s) {
		return day.Date{}, false, true
	}
	m, ok := c.moment(s)
	return m.date, true, ok
}
