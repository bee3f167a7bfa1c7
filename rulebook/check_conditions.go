package rulebook

import "slices"

// checkConditions looks for conditions that always come out the same, questions
// that are never asked, and rules that others always come before.
func (c *checker) checkConditions() {
	f := &follower{words: c.words}
	e := c.edition
	for i, n := range c.root.get("fields").list() {
		c.reachable(f, n.get("when"), &e.Fields[i])
	}
	for _, section := range []struct {
		name, key string
		rules     []Rule
	}{{"requirements", "must", e.Requirements}, {"eligibility", "must", e.Eligibility}, {"checks", "when", e.Checks}} {
		for i, n := range c.root.get(section.name).list() {
			p := e.compiled[section.rules[i].ID]
			c.bothWays(f, n.get(section.key), p, c.start(&section.rules[i], p))
		}
	}
	for _, n := range c.root.get("grids").list() {
		for i, one := range n.get("criteria").list() {
			if g := e.grids[n.get("id").str()]; i < len(g.Criteria) {
				c.bothWays(f, one.get("when"), g.Criteria[i].when, []way{nil})
			}
		}
	}
	c.shadowed(f)
}

// start is what is known of a claim before a rule whose condition reads it: its
// category and claimant are among those that the rule covers.
func (c *checker) start(r *Rule, p *program) []way {
	if p == nil || !slices.Contains(p.reads, categoryName) && !slices.Contains(p.reads, claimantName) {
		return []way{nil}
	}
	var categories, claiming []string
	for i := range c.edition.Categories {
		if category := &c.edition.Categories[i]; r.covers(category.ID) {
			categories = append(categories, category.ID)
			claiming = append(claiming, category.Claimants...)
		}
	}
	if len(categories) == 0 {
		return []way{nil} // that they don't exist was said
	}
	return []way{{{name: categoryName, words: categories}, {name: claimantName, words: claiming}}}
}

// bothWays warns of a condition that always or never holds.
func (c *checker) bothWays(f *follower, n *node, p *program, from []way) {
	switch {
	case n == nil || p == nil:
	case len(f.can(p.term, true, from)) == 0:
		c.warn(n, "condition-never", "")
	case len(f.can(p.term, false, from)) == 0:
		c.warn(n, "condition-always", "")
	}
}

// reachable refuses a question that is never asked: because its condition can't
// hold, or because those that it reads aren't asked together.
func (c *checker) reachable(f *follower, n *node, field *Field) {
	p := c.edition.when[field.ID]
	if p == nil {
		return
	}
	ways, seen := f.can(p.term, true, []way{nil}), []string{field.ID}
	for read := p.term.needs(nil); len(read) > 0 && len(ways) > 0; read = read[1:] {
		if q := c.edition.when[read[0]]; q != nil && !slices.Contains(seen, read[0]) {
			seen = append(seen, read[0])
			ways, read = f.can(q.term, true, ways), q.term.needs(read)
		}
	}
	if len(ways) == 0 {
		c.say(n, "question-unreachable", "", "field", field.ID)
	}
}

// needs adds the names that must have an answer where a condition holds: those
// that it reads on its way to being true, and not on one of several ways.
func (t *term) needs(names []string) []string {
	switch {
	case t.kind == nameTerm:
		return append(names, t.name)
	case t.kind == callTerm && (t.name == "||" || t.name == "?:" || t.name == "!"):
		return names
	case t.kind == callTerm || t.kind == listTerm:
		for _, a := range t.args {
			names = a.needs(names)
		}
	}
	return names
}

// shadowed warns of valuation rules that are never reached in any category,
// since the ones before them decide whatever they would.
func (c *checker) shadowed(f *follower) {
	e := c.edition
	nodes := map[string]*node{}
	for _, n := range c.valuationRules() {
		nodes[n.get("id").str()] = n
	}
	reached, holds := map[string]bool{}, map[string]bool{}
	for i := range e.Categories {
		category := e.categories[e.Categories[i].ID]
		alone := []way{{{name: categoryName, words: []string{category.ID}}, {name: claimantName, words: category.Claimants}}}
		ways := alone
		for j := range category.valuation {
			r := &category.valuation[j]
			c.stepConditions(f, nodes[r.ID], r)
			if r.when == nil {
				reached[r.ID], holds[r.ID] = true, true // what is never reached at all was said
				continue
			}
			reached[r.ID] = reached[r.ID] || len(f.can(r.when.term, true, ways)) > 0
			holds[r.ID] = holds[r.ID] || len(f.can(r.when.term, true, alone)) > 0
			if r.amount == nil && r.grid == nil && len(r.steps) == 0 {
				ways = f.can(r.when.term, false, ways)
			}
		}
	}
	for i := range e.Valuation {
		id := e.Valuation[i].ID
		switch n := nodes[id]; {
		case n.get("when") == nil || reached[id]:
		case !holds[id]:
			c.warn(n.get("when"), "condition-never", "")
		default:
			c.warn(n.get("when"), "rule-shadowed", "", "rule", id)
		}
	}
}

func (c *checker) stepConditions(f *follower, n *node, r *compiledValuation) {
	for i, at := range n.get("steps").list() {
		if i < len(r.steps) {
			c.bothWays(f, at.get("when"), r.steps[i].when, []way{nil})
		}
	}
}

// checkUse warns of questions that no article needs, and of those that nothing
// reads either.
func (c *checker) checkUse() {
	used := c.usedFields()
	for i, n := range c.root.get("fields").list() {
		f := &c.edition.Fields[i]
		switch {
		case f.Basis != "" || f.Why != nil || f.ID == "":
		case !used[f.ID]:
			c.warn(n.get("id"), "field-never-used", "basis", "field", f.ID)
		default:
			c.warn(n.get("id"), "question-without-basis", "basis", "field", f.ID)
		}
	}
}

// usedFields are those that a rule, a mark or a list reads.
func (c *checker) usedFields() map[string]bool {
	e, used := c.edition, map[string]bool{}
	reads := func(p *program) {
		if p != nil {
			for _, name := range p.reads {
				used[fieldOf(name)] = true
			}
		}
	}
	for _, p := range e.compiled {
		reads(p)
	}
	for _, p := range e.when {
		reads(p)
	}
	for _, category := range e.categories {
		for i := range category.valuation {
			for _, p := range category.valuation[i].reads {
				reads(p)
			}
		}
		for _, p := range category.Evidence.All() {
			used[p.Field] = true
		}
	}
	for i := range e.Fields {
		if f := &e.Fields[i]; f.Claimed || f.Incident || f.Party {
			used[f.ID] = true
		}
	}
	for _, id := range e.Identity {
		for _, field := range id.Fields {
			used[field] = true
		}
	}
	for _, o := range e.Overlaps {
		used[o.Same], used[o.Shares] = true, true
	}
	for _, p := range e.Parties {
		used[p.Mandate] = true
	}
	for _, l := range e.Letters {
		for _, texts := range []Texts{l.Subject, l.Text} {
			for _, text := range texts {
				for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
					used[m[1]] = true
				}
			}
		}
	}
	return used
}
