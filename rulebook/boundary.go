package rulebook

import (
	"maps"
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
)

// Mistakes in rules sit at their edges: the last day of a period, the amount at
// a cap. The edges are found in the conditions themselves; an example that
// stands on one side of such an edge and one that stands on the other are
// proposed, made of examples that are there, each with what comes of it. Whether
// that is right is the lawyer's to say.

// Proposal is an example that isn't there and should be.
type Proposal struct {
	Category string `json:"category"`
	Rule     string `json:"rule"`  // whose edge it is; "opens" and "closes" for those of a category
	Field    string `json:"field"` // what is changed, or "received"
	Value    string `json:"value"`
	Like     string `json:"like"` // the example that it is made of
	Came     Came   `json:"came"`
}

// The edges that a category has by itself.
const (
	opensEdge  = "opens"
	closesEdge = "closes"
)

// Boundaries proposes examples at the edges of the rules, for the categories
// that have an example, in the order of the file. tried are the examples' runs.
func (e *Edition) Boundaries(examples []Example, tried []Tried) []Proposal {
	b := bounds{e: e, words: e.words(ofChecks), examples: examples, tried: tried}
	for i := range e.Categories {
		if category := e.categories[e.Categories[i].ID]; b.has(category.ID) {
			b.category(category)
		}
	}
	return b.proposals
}

// bounds are the edges while they are looked for.
type bounds struct {
	e         *Edition
	words     vocabulary
	examples  []Example
	tried     []Tried
	proposals []Proposal
}

func (b *bounds) has(category string) bool {
	return slices.ContainsFunc(b.examples, func(x Example) bool { return x.Category == category })
}

func (b *bounds) category(c *compiledCategory) {
	for _, r := range append(slices.Clone(c.requirements), c.eligibility...) {
		b.edges(c, r.ID, r.program)
	}
	for i := range c.valuation {
		v := &c.valuation[i]
		for _, p := range v.reads {
			b.edges(c, v.ID, p)
		}
		for _, s := range v.steps {
			if s.value != nil && v.amount != nil && (s.Kind == AtMost || s.Kind == AtLeast) {
				b.edge(c, v.ID, "<=", v.amount.term, s.value.term)
			}
		}
	}
	if !c.Opens.IsZero() {
		b.propose(c, opensEdge, receivedName, c.Opens.AddDays(-1).String(), c.Opens.String())
	}
	if !c.Closes.IsZero() {
		b.propose(c, closesEdge, receivedName, c.Closes.String(), c.Closes.AddDays(1).String())
	}
}

// edges looks through an expression for what compares two things.
func (b *bounds) edges(c *compiledCategory, rule string, p *program) {
	if p == nil {
		return
	}
	p.term.walk(func(t *term) {
		if t.kind != callTerm || len(t.args) != 2 {
			return
		}
		switch t.name {
		case "<", "<=", ">", ">=", "==", "!=":
			b.edge(c, rule, t.name, t.args[0], t.args[1])
		case "min", "max":
			b.edge(c, rule, "<=", t.args[0], t.args[1])
		}
	})
}

// edge proposes both sides of one comparison, for each answer that it turns on.
func (b *bounds) edge(c *compiledCategory, rule, operator string, left, right *term) {
	base := b.like(c.ID, rule)
	at, err := b.e.caseOf(base)
	if err != nil {
		return
	}
	if on, name := b.dateEdge(left, right, &at); name != "" {
		if right.kind == nameTerm && right.name == name {
			operator = turned[operator]
		}
		for _, d := range sides(operator, on, func(d day.Date, n int) day.Date { return d.AddDays(n) }) {
			b.propose(c, rule, name, d.String())
		}
		return
	}
	for _, id := range c.Asks {
		f := b.e.fields[id]
		if f.Type != Integer && f.Type != Amount {
			continue
		}
		b.numberEdge(c, rule, operator, f, &at, left, right)
	}
}

// sides are the values on both sides of an edge.
func sides[T any](operator string, at T, step func(T, int) T) []T {
	switch operator {
	case "<", ">=":
		return []T{step(at, -1), at}
	case "<=", ">":
		return []T{at, step(at, 1)}
	}
	return []T{step(at, -1), at, step(at, 1)}
}

// like is the example to make others of: one that the rule decided or met, or
// the first of the category.
func (b *bounds) like(category, rule string) *Example {
	var first *Example
	for i := range b.examples {
		if b.examples[i].Category != category {
			continue
		}
		if first == nil {
			first = &b.examples[i]
		}
		for _, t := range b.tried[i].traces {
			if slices.ContainsFunc(t.Steps, func(s Step) bool { return s.Rule == rule && s.Outcome != passedOver && s.Outcome != notMet }) {
				return &b.examples[i]
			}
		}
	}
	return first
}

// dateEdge is the date that an answer, or the day of receipt, is compared with.
func (b *bounds) dateEdge(left, right *term, at *Case) (day.Date, string) {
	for _, pair := range [][2]*term{{left, right}, {right, left}} {
		name := pair[0]
		if w := b.words[name.name]; name.kind != nameTerm || w.kind != dateKind || w.constant != nil {
			continue
		}
		if on, ok := b.dateOf(pair[1], at); ok {
			return on, name.name
		}
	}
	return day.Date{}, ""
}

// dateOf is the date that a term gives for a case, as far as this can follow it.
func (b *bounds) dateOf(t *term, at *Case) (day.Date, bool) {
	switch {
	case t.kind == nameTerm:
		if on, ok := b.words[t.name].constant.(day.Date); ok {
			return on, true
		}
		v, ok := at.value(t.name)
		return v.date, ok && v.kind == Date
	case t.kind == callTerm && t.name == "date" && len(t.args) == 1:
		on, err := day.Parse(t.args[0].text)
		return on, err == nil
	case t.kind == callTerm && t.name == "+" && len(t.args) == 2:
		on, ok := b.dateOf(t.args[0], at)
		if p := t.args[1]; ok && p.kind == callTerm && p.name == "period" {
			period, err := day.ParsePeriod(p.args[0].text)
			return period.After(on), err == nil
		}
	}
	return day.Date{}, false
}

// numberEdge proposes both sides of where left and right are the same, as one
// answer changes, where their difference is a straight line in it.
func (b *bounds) numberEdge(c *compiledCategory, rule, operator string, f *Field, at *Case, left, right *term) {
	difference := func(x decimal) (decimal, bool) {
		l, ok := b.numberOf(left, at, f.ID, x)
		r, also := b.numberOf(right, at, f.ID, x)
		if !ok || !also {
			return decimal{}, false
		}
		d, err := l.add(r.neg())
		return d, err == nil
	}
	d0, ok0 := difference(whole(0))
	d1, ok1 := difference(whole(1))
	d2, ok2 := difference(whole(2))
	if !ok0 || !ok1 || !ok2 {
		return
	}
	slope, err := d1.add(d0.neg())
	straight, err2 := d2.add(d1.neg())
	if err != nil || err2 != nil || slope.sign() == 0 || slope.cmp(straight) != 0 {
		return
	}
	places := int32(0)
	if f.Type == Amount {
		places = int32(f.Currency.Exponent())
	}
	edge, err := d0.neg().quoRounded(slope, places, money.Down)
	if err != nil || edge.sign() < 0 {
		return
	}
	if slope.sign() < 0 {
		operator = turned[operator]
	}
	if exact, ok := difference(edge); !ok || exact.sign() != 0 {
		operator = "<=" // the edge lies between two answers
	}
	unit := decimal{coef: 1, scale: uint8(places)}
	var texts []string
	for _, x := range sides(operator, edge, func(x decimal, n int) decimal {
		x, err = x.add(decimal{coef: int64(n) * unit.coef, scale: unit.scale})
		return x
	}) {
		if err == nil && x.sign() >= 0 {
			texts = append(texts, numberText(f, x))
		}
	}
	b.propose(c, rule, f.ID, texts...)
}

// numberText is a number as an answer to a field.
func numberText(f *Field, x decimal) string {
	if f.Type == Amount {
		if a, ok := x.amount(f.Currency); ok {
			return a.String()
		}
	}
	return x.String()
}

// numberOf is the number that a term gives for a case in which one answer is x.
func (b *bounds) numberOf(t *term, at *Case, field string, x decimal) (decimal, bool) {
	switch {
	case t.kind == literalTerm:
		return parseDecimal(t.text)
	case t.kind == nameTerm && t.name == field:
		return x, true
	case t.kind == nameTerm:
		v, ok := at.value(t.name)
		switch {
		case ok && v.kind == Amount:
			return ofAmount(v.amount), true
		case ok && v.kind == Integer:
			return whole(v.number), true
		}
		return decimal{}, false
	case t.kind != callTerm || len(t.args) != 2:
		return decimal{}, false
	}
	l, ok := b.numberOf(t.args[0], at, field, x)
	r, also := b.numberOf(t.args[1], at, field, x)
	if !ok || !also {
		return decimal{}, false
	}
	var err error
	switch t.name {
	case "+":
		l, err = l.add(r)
	case "-":
		l, err = l.add(r.neg())
	case "*":
		l, err = l.mul(r)
	default:
		return decimal{}, false
	}
	return l, err == nil
}

// propose adds an example for each of the values that no example has.
func (b *bounds) propose(c *compiledCategory, rule, field string, values ...string) {
	base := b.like(c.ID, rule)
	for _, text := range values {
		x := *base
		x.Given = maps.Clone(base.Given)
		if field == receivedName {
			x.Received, _ = day.Parse(text)
		} else if c.asks[field] {
			x.Given[field] = text
		} else {
			continue
		}
		there := func(o Example) bool {
			if field == receivedName {
				return o.Category == c.ID && o.Received == x.Received
			}
			given, err := b.e.fields[field].read(o.Given[field])
			return o.Category == c.ID && err == nil && given.Text() == text
		}
		proposed := func(p Proposal) bool { return p.Category == c.ID && p.Field == field && p.Value == text }
		if slices.ContainsFunc(b.examples, there) || slices.ContainsFunc(b.proposals, proposed) {
			continue
		}
		x.Then = Expected{}
		b.proposals = append(b.proposals, Proposal{
			Category: c.ID, Rule: rule, Field: field, Value: text, Like: base.Name, Came: b.e.Try(&x).Came,
		})
	}
}
