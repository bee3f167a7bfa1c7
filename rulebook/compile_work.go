package rulebook

import (
	"slices"
	"strconv"

	"github.com/openchancery/chancery/money"
)

// compileWork compiles the steps of a valuation rule. Each reckons in the
// currency that the ones before it have left.
func (c *checker) compileWork(with *compiler, n *node, r *compiledValuation, given map[string]known, sure known) {
	currency := r.Currency
	for i, at := range n.get("steps").list() {
		w := compiledWork{Work: &r.Steps[i]}
		certain := sure
		if when := at.get("when"); when != nil {
			if w.when = c.condition(with, when, &r.Rule, given); w.when != nil {
				certain = certain.and(c.whenTrue(w.when))
			}
		}
		p := pen{c, with, &r.Rule, given, certain}
		of := at.get(string(w.Kind))
		switch w.Kind {
		case Plus, Less, AtLeast, AtMost:
			w.value = p.number(of, currency)
		case Times:
			w.value = p.number(of, "")
		case Convert:
			currency = c.conversion(of, &w, currency)
			w.to = p.date(of.get("on"))
			if when := at.get("when"); when != nil {
				c.say(when, "convert-sometimes", "")
			}
		case ByIndex:
			w.series = c.seriesOf(of.get("series"))
			if w.series != nil && w.series.From != "" {
				c.say(of.get("series"), "series-of-rates", "convert", "series", w.series.ID)
			}
			w.from, w.to = p.date(of.get("from")), p.date(of.get("to"))
		case Interest:
			w.value, w.from, w.to = p.number(of.get("rate"), ""), p.date(of.get("from")), p.date(of.get("to"))
			if exponent := currency.Exponent(); w.Apart && w.Decimals > exponent {
				c.say(of.get("decimals"), "too-many-decimals", "", "currency", string(currency))
			}
		case Apportion:
			for _, share := range of.get("shares").list() {
				w.shares = append(w.shares, p.number(share, ""))
			}
			w.whole, w.own = p.number(of.get("whole"), ""), p.number(of.get("own"), "")
			c.writtenShares(of)
		}
		w.currency = currency
		r.steps = append(r.steps, w)
	}
	if at := n.get("steps"); at != nil && currency != r.Currency {
		c.ofProgramme(at, currency)
	}
}

// writtenShares looks at shares that are numbers, and not read of a claim: what
// is wrong with them would stop each valuation.
func (c *checker) writtenShares(of *node) {
	sum, all := decimal{}, true
	shares := of.get("shares").list()
	for _, at := range shares {
		n, ok := parseDecimal(at.str())
		if ok && n.sign() < 0 {
			c.say(at, "share-below-nothing", "", "share", n.String())
			return
		}
		var err error
		if sum, err = sum.add(n); !ok || err != nil {
			all = false
		}
	}
	wanted, ok := whole(1), true
	if at := of.get("whole"); at != nil {
		wanted, ok = parseDecimal(at.str())
	}
	if all && ok && len(shares) > 0 && sum.cmp(wanted) != 0 {
		c.say(of.get("shares"), "shares-not-whole", sum.String(), "sum", sum.String(), "whole", wanted.String())
	}
	if at := of.get("own"); at != nil {
		own, ok := parseDecimal(at.str())
		if n, err := own.small32(); ok && (err != nil || n < 1 || int(n) > len(shares)) {
			c.say(at, "no-such-share", "1 to "+strconv.Itoa(len(shares)), "own", own.String())
		}
	}
}

// pen compiles the expressions of one step.
type pen struct {
	*checker
	with  *compiler
	rule  *Rule
	given map[string]known
	sure  known
}

// number compiles an expression that gives a number; no node is none.
func (p pen) number(n *node, currency money.Currency) *program {
	return p.expression(n, numberKind, currency)
}

func (p pen) date(n *node) *program { return p.expression(n, dateKind, "") }

func (p pen) expression(n *node, gives kind, currency money.Currency) *program {
	if n == nil {
		return nil
	}
	compiled := p.compile(p.with, n, gives)
	if compiled != nil {
		p.oneCurrency(n, compiled, currency)
		p.amountNotSensitive(n, compiled)
		p.guarded(n, compiled.term, p.rule, p.given, p.sure)
	}
	return compiled
}

// conversion finds the series of a conversion, and the currency after it.
func (c *checker) conversion(n *node, w *compiledWork, from money.Currency) money.Currency {
	at := n.get("rates")
	if w.series = c.seriesOf(at); w.series == nil {
		return from
	}
	switch {
	case w.series.From == "":
		c.say(at, "series-of-no-rates", "index", "series", w.series.ID)
		return from
	case from != "" && w.series.From != from:
		c.say(at, "rates-of-other-currency", string(from), "series", w.series.ID, "currency", string(w.series.From))
	}
	return w.series.To
}

func (c *checker) seriesOf(at *node) *Series {
	c.named(at, "series", "no-such-series")
	return c.edition.series[at.str()]
}

// named says where a name of a section isn't there.
func (c *checker) named(at *node, section, code string) {
	if ids := c.ids(section); at.str() != "" && !slices.Contains(ids, at.str()) {
		c.say(at, code, nearest(at.str(), ids), "id", at.str())
	}
}

// compileGrids compiles the criteria once. What they read is held against the
// form where a rule uses the grid.
func (c *checker) compileGrids(with *compiler) {
	used := map[string]bool{}
	for _, n := range c.valuationRules() {
		if at := n.get("points"); at != nil {
			c.named(at, "grids", "no-such-grid")
			used[at.str()] = true
		}
	}
	for _, n := range c.root.get("grids").list() {
		g := c.edition.grids[n.get("id").str()]
		criteria := n.get("criteria").list()
		if !used[g.ID] {
			c.say(n.get("id"), "grid-never-used", "", "grid", g.ID)
		}
		if len(criteria) != len(g.Criteria) {
			continue // the id stands twice, which was said
		}
		for i, one := range criteria {
			criterion := &g.Criteria[i]
			if when := one.get("when"); when != nil {
				if criterion.when = c.compile(with, when, truthKind); criterion.when != nil {
					c.oneCurrency(when, criterion.when, "")
				}
			}
			if criterion.points = c.compile(with, one.get("points"), numberKind); criterion.points != nil {
				c.oneCurrency(one.get("points"), criterion.points, "")
				c.amountNotSensitive(one.get("points"), criterion.points)
			}
		}
	}
}

// guardGrid holds what a grid reads against the forms of a rule that uses it.
func (c *checker) guardGrid(g *Grid, r *Rule, given map[string]known, sure known) {
	for _, n := range c.root.get("grids").list() {
		if n.get("id").str() != g.ID {
			continue
		}
		for i, one := range n.get("criteria").list() {
			if i >= len(g.Criteria) {
				return
			}
			criterion := &g.Criteria[i]
			certain := sure
			if criterion.when != nil {
				c.guarded(one.get("when"), criterion.when.term, r, given, sure)
				certain = certain.and(c.whenTrue(criterion.when))
			}
			if criterion.points != nil {
				c.guarded(one.get("points"), criterion.points.term, r, given, certain)
			}
		}
	}
}

// tableAndSeries looks at what lookup(…) and rate(…) name.
func (c *checker) tableAndSeries(n *node, p *program) {
	p.term.walk(func(t *term) {
		if t.kind != callTerm || t.name != lookupFunction && t.name != rateFunction || len(t.args) < 2 {
			return
		}
		ids, code := c.ids("tables"), "no-such-table"
		if t.name == rateFunction {
			ids, code = c.ids("series"), "no-such-series"
		}
		at := *n
		at.line, at.column = c.place(n, t.args[0].at)
		if id := t.args[0].text; !slices.Contains(ids, id) {
			c.say(&at, code, nearest(id, ids), "id", id)
			return
		}
		c.rowsOf(&at, t)
	})
}

// rowsOf warns of options that have no row in the table that they are looked up
// in.
func (c *checker) rowsOf(at *node, t *term) {
	table := c.edition.tables[t.args[0].text]
	if t.name != lookupFunction || len(t.args) != 2 || table == nil || len(table.words) == 0 {
		return
	}
	for _, option := range c.words[t.args[1].name].options {
		if _, ok := table.words[option]; !ok && t.args[1].kind == nameTerm {
			c.warn(at, "option-without-row", option, "table", table.ID, "option", option, "name", t.args[1].name)
			return
		}
	}
}
