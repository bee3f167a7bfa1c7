package rulebook

import "slices"

// What is sensitive is sealed to a key that the server doesn't hold. Rules over
// it run once, when it is sent, and their outcomes are all that is kept in the
// server's reach; what else would carry an answer out is refused here.

// withheld stands for an answer that is there and can't be read any more.
var withheld = Value{kind: Text, text: "…"}

// Withhold puts, for each sensitive field of the category that has an answer
// which the server can't read any more, something in its place: a rule that
// asks no more than whether it was answered then comes out right. blank are the
// fields without an answer. Those that a rule looks into can't be replaced and
// are named in needed, in the order of the form.
func (e *Edition) Withhold(category string, blank []string, answers Answers) (with Answers, needed []string) {
	c, ok := e.categories[category]
	if !ok {
		return answers, nil
	}
	with = make(Answers, len(answers))
	for id, v := range answers {
		with[id] = v
	}
	for _, id := range c.Asks {
		if _, given := answers[id]; given || e.fields[id].Class != Sensitive || slices.Contains(blank, id) {
			continue
		}
		if c.looksInto(id) {
			needed = append(needed, id)
		}
		with[id] = withheld
	}
	return with, needed
}

// looksInto reports whether a rule of the category reads a field. What a
// category requires is only looked for.
func (c *compiledCategory) looksInto(field string) bool {
	reads := func(p *program) bool {
		return p != nil && slices.ContainsFunc(p.reads, func(name string) bool { return fieldOf(name) == field })
	}
	if slices.ContainsFunc(c.required, func(q question) bool { return reads(q.when) }) {
		return true
	}
	rule := func(r compiledRule) bool { return reads(r.program) }
	return slices.ContainsFunc(c.requirements, rule) || slices.ContainsFunc(c.eligibility, rule) ||
		slices.ContainsFunc(c.valuation, func(v compiledValuation) bool { return slices.ContainsFunc(v.reads, reads) })
}

// HasSensitive reports whether a form of the edition asks for anything
// sensitive.
func (e *Edition) HasSensitive() bool {
	return slices.ContainsFunc(e.Fields, func(f Field) bool { return f.Class == Sensitive })
}

// amountNotSensitive refuses an award that is reckoned from a sensitive answer:
// it stands in the docket in clear and would tell the answer.
func (c *checker) amountNotSensitive(n *node, p *program) {
	p.term.walk(func(t *term) {
		if f, ok := c.edition.fields[fieldOf(t.name)]; ok && (t.kind == nameTerm || t.kind == answeredTerm) && f.Class == Sensitive {
			at := *n
			at.line, at.column = c.place(n, t.at)
			c.say(&at, "amount-of-sensitive", "when", "field", f.ID)
		}
	})
}
