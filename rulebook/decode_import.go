package rulebook

import (
	"strings"

	"github.com/openchancery/chancery/money"
)

func joined(words []string) string { return strings.Join(words, ", ") }

func joinedCurrencies(all []money.Currency) string {
	words := make([]string, len(all))
	for i, c := range all {
		words[i] = string(c)
	}
	return joined(words)
}

func containsCurrency(all []money.Currency, one money.Currency) bool {
	for _, c := range all {
		if c == one {
			return true
		}
	}
	return false
}

// cutSum parts "2500.00 EUR".
func cutSum(s string) (decimal, currency string, ok bool) {
	decimal, currency, ok = strings.Cut(s, " ")
	return decimal, currency, ok && decimal != "" && len(currency) == 3
}

func (d *decoder) feed(n *node) Feed {
	f := Feed{
		Column:     n.get("column").str(),
		Value:      n.get("value").str(),
		Formats:    n.get("formats").strs(),
		Part:       n.get("part").str(),
		Decimal:    n.get("decimal").str(),
		Thousands:  n.get("thousands").str(),
		Unanswered: n.get("unanswered").strs(),
	}
	if c := n.get("currency"); c != nil {
		f.Currency = d.currency(c)
	}
	d.oneOf(n, "column", "value")
	for i, format := range f.Formats {
		if !datedFormat(format) && !(f.Part == "time" && timedFormat(format)) {
			d.say(n.get("formats").list()[i], "not-a-date-format", "YYYY-MM-DD", "format", format)
		}
	}
	if values := n.get("values"); values != nil && values.kind == mapNode {
		f.Values = make(map[string]string, len(values.keys))
		for i, k := range values.keys {
			f.Values[k.text] = values.items[i].str()
		}
	}
	return f
}

// datedFormat reports whether a format tells a whole date. What the file's
// reader makes of it is the reader's own to check.
func datedFormat(s string) bool {
	return strings.Contains(s, "YYYY") && strings.Contains(s, "DD") && (strings.Contains(s, "MM") || strings.Contains(s, "MON"))
}

func timedFormat(s string) bool { return strings.Contains(s, "HH") && strings.Contains(s, "MM") }

func (d *decoder) imports(n *node) *Import {
	if n == nil || n.kind != mapNode {
		return nil
	}
	m := &Import{
		Source:    n.get("source").str(),
		Delimiter: n.get("delimiter").str(),
		Received:  d.feed(n.get("received")),
		Category:  d.feed(n.get("category")),
		Claimant:  d.feed(n.get("claimant")),
		Fields:    make(map[string]Feed),
	}
	if award := n.get("award"); award != nil {
		f := d.feed(award)
		m.Award = &f
	}
	if on := n.get("decided_on"); on != nil {
		f := d.feed(on)
		m.DecidedOn = &f
	}
	d.importFields(n, m)
	d.outcomes(n, m)
	return m
}

// importFields reads what feeds the form, and finds the office's own number.
func (d *decoder) importFields(n *node, m *Import) {
	fields := n.get("fields")
	if fields == nil || fields.kind != mapNode {
		return
	}
	for i, k := range fields.keys {
		f := d.feed(fields.items[i])
		m.Fields[k.text] = f
		if !fields.items[i].get("source_number").truth() {
			continue
		}
		if m.SourceNumber != "" {
			d.say(fields.items[i].get("source_number"), "marked-twice", "", "mark", "source_number", "field", m.SourceNumber)
		}
		m.SourceNumber, m.Number = k.text, f
	}
	if m.SourceNumber == "" {
		d.say(fields, "nothing-marked", "source_number", "mark", "source_number")
	}
}

func (d *decoder) outcomes(n *node, m *Import) {
	for _, item := range n.get("outcomes").list() {
		d.claim(item.get("id"))
		r := OutcomeRule{ID: item.get("id").str(), Outcome: ReportedOutcome(item.get("outcome").str())}
		if where := item.get("where"); where != nil && where.kind == mapNode {
			for i, k := range where.keys {
				r.Where = append(r.Where, Condition{Column: k.text, Is: where.items[i].strs()})
			}
		}
		m.Outcomes = append(m.Outcomes, r)
	}
	known := n.get("known")
	if known == nil || known.kind != mapNode {
		return
	}
	m.Known = make(map[string][]string, len(known.keys))
	columns := m.OutcomeColumns()
	for i, k := range known.keys {
		m.Known[k.text] = known.items[i].strs()
		if !contains(columns, k.text) {
			d.say(k, "column-decides-nothing", nearest(k.text, columns), "column", k.text)
		}
	}
}
