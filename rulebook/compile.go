package rulebook

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/token"

	"github.com/openchancery/chancery/money"
)

// maxExpressions is how many characters all expressions of an edition may have
// together, which bounds the time to compile them.
const maxExpressions = 40_000

// compileRules compiles every expression and gives each category its rules.
// Formal requirements come first, then eligibility, then valuation: each may
// count on what the ones before it have asked for.
func (c *checker) compileRules() {
	if c.tooMany() {
		return
	}
	e := c.edition
	c.words, e.compiled = e.words(ofChecks), map[string]*program{}
	rules, err := newCompiler(e.words(ofForm), e)
	if err != nil {
		c.say(c.root, "language-unusable", "", "detail", err.Error())
		return
	}
	valuation := rules
	if e.readsLinks() {
		if valuation, err = newCompiler(e.words(ofValuation), e); err != nil {
			c.say(c.root, "language-unusable", "", "detail", err.Error())
			return
		}
	}
	checks, err := newCompiler(c.words, e)
	if err != nil {
		c.say(c.root, "language-unusable", "", "detail", err.Error())
		return
	}
	given := make(map[string]known, len(e.Categories))
	for id, category := range e.categories {
		for _, required := range category.Requires {
			if f := e.fields[required]; f == nil || f.When == "" && !f.mayBeUnsaid() { // otherwise it isn't asked of everybody, or may have no value
				given[id] = given[id].with(c.words[required].number)
			}
		}
	}
	c.checkQuestions(rules)
	for id, category := range e.categories {
		for _, required := range category.Requires {
			e.categories[id].required = append(category.required, question{required, e.when[required]})
		}
	}
	for i, n := range c.root.get("requirements").list() {
		r := &e.Requirements[i]
		p := c.condition(rules, n.get("must"), r, nil)
		sure := c.whenTrue(p)
		c.each(r, func(category *compiledCategory) {
			category.requirements = append(category.requirements, compiledRule{r, p})
			given[category.ID] = given[category.ID].and(sure)
		})
	}
	for i, n := range c.root.get("eligibility").list() {
		r := &e.Eligibility[i]
		p := c.condition(rules, n.get("must"), r, given)
		sure := c.whenTrue(p)
		c.each(r, func(category *compiledCategory) {
			category.eligibility = append(category.eligibility, compiledRule{r, p})
			given[category.ID] = given[category.ID].and(sure)
		})
	}
	c.compileGrids(valuation)
	for i, n := range c.valuationRules() {
		c.compileValuation(valuation, n, &e.Valuation[i], given)
	}
	for i, n := range c.root.get("checks").list() {
		p := c.condition(checks, n.get("when"), &e.Checks[i], nil)
		c.publicOnly(n.get("when"), p)
		e.checks = append(e.checks, compiledRule{&e.Checks[i], p})
	}
	c.checkConditions()
	c.checkUse()
}

// valuationRules are those of the file; a programme that records only has none,
// and that they stand there was said.
func (c *checker) valuationRules() []*node {
	if c.edition.recordsOnly {
		return nil
	}
	return c.root.get("valuation").get("rules").list()
}

// tooMany refuses more expressions than compile at once.
func (c *checker) tooMany() bool {
	total := 0
	for _, section := range []string{"fields", "requirements", "eligibility", "valuation", "grids", "checks"} {
		total += expressions(c.root.get(section))
	}
	if total > maxExpressions {
		c.say(c.root, "expressions-too-long", "", "characters", strconv.Itoa(total), "most", strconv.Itoa(maxExpressions))
	}
	return total > maxExpressions
}

// expressions are how many characters the expressions of a section have.
func expressions(n *node) int {
	total := 0
	if n == nil {
		return 0
	}
	for i, item := range n.items {
		switch {
		case item.kind == mapNode || item.kind == listNode:
			total += expressions(item)
		case n.kind == listNode || slices.Contains(expressionKeys, n.keys[i].text):
			total += len(item.str())
		}
	}
	return total
}

// expressionKeys are the keys of expressions; lists of them are counted by
// their items, with some words beside.
var expressionKeys = []string{
	"must", "when", "amount", "points", "plus", "less", "times", "at_least", "at_most", "on", "from", "to", "rate", "whole", "own",
}

// each visits the categories that a rule covers, in the order of the file.
func (c *checker) each(r *Rule, do func(*compiledCategory)) {
	for i := range c.edition.Categories {
		id := c.edition.Categories[i].ID
		if category := c.edition.categories[id]; r.covers(id) && category.Category == &c.edition.Categories[i] {
			do(category)
		}
	}
}

// condition compiles the condition of a rule; nil where it is wrong.
func (c *checker) condition(with *compiler, n *node, r *Rule, given map[string]known) *program {
	p := c.compile(with, n, truthKind)
	if p != nil {
		c.oneCurrency(n, p, "")
		c.guarded(n, p.term, r, given, nil)
		c.edition.compiled[r.ID] = p
	}
	return p
}

func (c *checker) compileValuation(with *compiler, n *node, r *ValuationRule, given map[string]known) {
	compiled := compiledValuation{ValuationRule: r, grid: c.edition.grids[r.Points]}
	var when known
	if at := n.get("when"); at != nil {
		if compiled.when = c.condition(with, at, &r.Rule, given); compiled.when != nil {
			when = c.whenTrue(compiled.when)
		}
	}
	if at := n.get("amount"); at != nil {
		if compiled.amount = c.compile(with, at, numberKind); compiled.amount != nil {
			c.oneCurrency(at, compiled.amount, r.Currency)
			c.amountNotSensitive(at, compiled.amount)
			c.guarded(at, compiled.amount.term, &r.Rule, given, when)
		}
		if currency := n.get("currency"); currency != nil {
			c.ofProgramme(currency, r.Currency)
		}
	}
	if at := n.get("sum"); at != nil {
		c.ofProgramme(at, r.Currency)
	}
	if compiled.grid != nil {
		c.ofProgramme(n.get("points"), r.Currency)
		c.guardGrid(compiled.grid, &r.Rule, given, when)
	}
	c.compileWork(with, n, &compiled, given, when)
	compiled.reads = compiled.programs()
	c.each(&r.Rule, func(category *compiledCategory) {
		category.valuation = append(category.valuation, compiled)
	})
}

// whenTrue is what a condition makes sure of where it holds.
func (c *checker) whenTrue(p *program) known {
	if p == nil {
		return nil
	}
	return p.term.sure(true, c.words)
}

// compile compiles one expression and puts what is wrong with it in its place.
func (c *checker) compile(with *compiler, n *node, gives kind) *program {
	p, found := with.compile(n.str(), gives)
	for _, f := range found {
		at := *n
		at.line, at.column = c.place(n, f.at)
		c.say(&at, f.code, f.mend, f.values...)
	}
	if p != nil {
		c.tableAndSeries(n, p)
	}
	return p
}

// oneCurrency refuses an expression that takes amounts of two currencies for
// numbers of one kind.
func (c *checker) oneCurrency(n *node, p *program, currency money.Currency) {
	p.term.walk(func(t *term) {
		if t.kind != nameTerm {
			return
		}
		f, ok := c.edition.fields[t.name]
		if !ok || f.Type != Amount || f.Currency == "" {
			return
		}
		if currency == "" {
			currency = f.Currency
		}
		if f.Currency != currency {
			at := *n
			at.line, at.column = c.place(n, t.at)
			c.say(&at, "currencies-mixed", string(currency), "field", f.ID, "currency", string(f.Currency))
		}
	})
}

// publicOnly refuses a check that reads what isn't public: its result is shown
// beside the claim.
func (c *checker) publicOnly(n *node, p *program) {
	if p == nil {
		return
	}
	p.term.walk(func(t *term) {
		if f, ok := c.edition.fields[fieldOf(t.name)]; ok && (t.kind == nameTerm || t.kind == answeredTerm) && f.Class != Public {
			at := *n
			at.line, at.column = c.place(n, t.at)
			c.say(&at, "check-not-public", string(Public), "field", f.ID, "class", string(f.Class))
		}
	})
}

// place is where a character of an expression stands in the file. YAML may
// have taken lines together and indents away: both are gone through side by
// side. Where they don't fit, as with escapes, it is counted from the start.
func (c *checker) place(n *node, offset int) (line, column int) {
	text := []rune(n.text)
	line, column = n.line, n.column
	switch n.style {
	case token.SingleQuoteType, token.DoubleQuoteType:
		column++
	case token.LiteralType, token.FoldedType:
		line, column = line+1, 1
	}
	counted := n.column + offset + column - n.column
	for at := 0; line <= len(c.lines); line, column = line+1, 1 {
		rest := []rune(string(c.lines[line-1]))
		if column > len(rest)+1 {
			break
		}
		indent := len(rest[column-1:]) - len(trimLeft(rest[column-1:]))
		rest = trimRight(trimLeft(rest[column-1:]))
		for at < len(text) && unicode.IsSpace(text[at]) && at < offset {
			at++
		}
		same := common(rest, text[at:])
		if offset <= at+same {
			return line, column + indent + offset - at
		}
		if same < len(rest) {
			break
		}
		at += same
	}
	return n.line, counted
}

func trimLeft(r []rune) []rune  { return []rune(strings.TrimLeftFunc(string(r), unicode.IsSpace)) }
func trimRight(r []rune) []rune { return []rune(strings.TrimRightFunc(string(r), unicode.IsSpace)) }

// common is how many characters two texts begin with together.
func common(a, b []rune) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
