package rulebook

import "slices"

// checkStructure looks at what a programme says beside its form and its rules.
func (c *checker) checkStructure() {
	c.checkValues()
	c.checkGroups()
	c.checkParties()
	c.checkEvidence()
	c.checkOverlaps()
	c.checkLetters()
	c.checkTransitions()
	c.checkTiers()
	fields, categories := c.ids("fields"), c.ids("categories")
	for _, n := range c.root.get("identity").list() {
		for _, at := range n.get("fields").list() {
			c.known(at, "no-such-field", "field", fields)
			if f, ok := c.edition.fields[at.str()]; ok && f.Class == Sensitive {
				c.say(at, "mark-on-sensitive", string(Personal), "mark", "identity", "field", f.ID)
			}
		}
	}
	deadlines, kept := map[string]*node{}, map[string]*node{}
	for _, n := range c.root.get("deadlines").list() {
		c.once(n.get("id"), deadlines)
		c.checkRuleCategories(n, categories)
	}
	for _, n := range c.root.get("retention").list() {
		c.once(n.get("id"), kept)
	}
}

// ofAwards are the steps that a programme without values has no use for.
var ofAwards = []string{"propose_instalment", "adopt_instalment", "pay_round", "mark_payment", "receive_contribution"}

// checkValues sees to it that a programme which values claims says how, and
// that one which only records them has no award anywhere.
func (c *checker) checkValues() {
	if !c.edition.recordsOnly {
		for _, key := range []string{"valuation", "payment"} {
			if c.root.kind == mapNode && c.root.get(key) == nil {
				c.say(c.root, "missing-key", key, "key", key)
			}
		}
		return
	}
	for i, k := range c.root.keys {
		if slices.Contains([]string{"valuation", "payment", "tables", "series", "grids"}, k.text) {
			c.say(k, "records-only", "", "what", k.text)
		}
		if k.text != "powers" {
			continue
		}
		for _, act := range c.root.items[i].keys {
			if slices.Contains(ofAwards, act.text) {
				c.say(act, "records-only", "", "what", act.text)
			}
		}
	}
	if m := c.root.get("import"); m != nil {
		if award := m.get("award"); award != nil {
			c.say(award, "records-only", "", "what", "award")
		}
		for _, n := range m.get("outcomes").list() {
			if at := n.get("outcome"); at.str() == string(ReportedAward) || at.str() == string(ReportedDismissal) {
				c.say(at, "records-only", "", "what", at.str())
			}
		}
	}
}

// checkTreaties finds gates by a treaty that nobody knows.
func (c *checker) checkTreaties(outside Known) {
	if outside.Treaties == nil {
		return
	}
	for _, act := range acts {
		if t := c.root.get("powers").get(act).get("treaty"); t != nil && !slices.Contains(outside.Treaties, t.str()) {
			c.say(t, "no-such-treaty", nearest(t.str(), outside.Treaties), "treaty", clip(t.str()))
		}
	}
}

func (c *checker) checkGroups() {
	first, used := map[string]*node{}, map[string]bool{}
	groups := c.ids("groups")
	for _, n := range c.root.get("categories").list() {
		if at := n.get("group"); at != nil {
			if len(groups) == 0 {
				c.say(at, "no-such-group", "", "group", at.str())
			}
			c.known(at, "no-such-group", "group", groups)
			used[at.str()] = true
		}
	}
	for _, n := range c.root.get("groups").list() {
		id := n.get("id")
		c.once(id, first)
		if id.str() != "" && !used[id.str()] {
			c.say(id, "group-never-used", "", "group", id.str())
		}
	}
}

// checkParties holds the parties against the question that asks for them.
func (c *checker) checkParties() {
	e := c.edition
	list := c.root.get("parties").list()
	fields, categories, parties := c.ids("fields"), c.ids("categories"), c.ids("parties")
	first := map[string]*node{}
	for i, n := range list {
		c.once(n.get("id"), first)
		c.checkRuleCategories(n, categories)
		mandate := n.get("mandate")
		if mandate == nil {
			continue
		}
		c.known(mandate, "no-such-field", "field", fields)
		for j := range e.Categories {
			category := &e.Categories[j]
			covered := len(e.Parties[i].Categories) == 0 || slices.Contains(e.Parties[i].Categories, category.ID)
			if covered && slices.Contains(category.Asks, e.party) && !slices.Contains(category.Asks, mandate.str()) {
				c.say(mandate, "mandate-not-asked", "", "field", mandate.str(), "category", category.ID)
				break
			}
		}
	}
	if len(list) > 0 && e.party == "" {
		c.say(list[0], "party-not-asked", "party: true")
	}
	for i, n := range c.root.get("fields").list() {
		if !e.Fields[i].Party {
			continue
		}
		if len(list) == 0 {
			c.say(n.get("party"), "no-parties", "parties")
		}
		for _, o := range n.get("options").list() {
			c.known(o.get("id"), "no-such-party", "party", parties)
		}
		for _, p := range list {
			if id := p.get("id"); !slices.ContainsFunc(e.Fields[i].Options, func(o Option) bool { return o.ID == id.str() }) {
				c.say(id, "party-no-option", id.str(), "party", id.str(), "field", e.Fields[i].ID)
			}
		}
	}
}

// checkEvidence holds the ladders against the questions of their categories.
func (c *checker) checkEvidence() {
	for i, n := range c.root.get("categories").list() {
		first := map[string]*node{}
		category := &c.edition.Categories[i]
		for _, rung := range []string{"best", "good", "accepted"} {
			for _, item := range n.get("evidence").get(rung).list() {
				c.once(item.get("id"), first)
				field := item.get("field")
				if required := item.get("required"); required.truth() && field == nil {
					c.say(required, "needs-key", "field", "key", "required")
				}
				if field == nil {
					continue
				}
				if !slices.Contains(category.Asks, field.str()) {
					c.say(field, "evidence-not-asked", nearest(field.str(), category.Asks), "field", field.str(), "category", category.ID)
				}
				if f, ok := c.edition.fields[field.str()]; ok {
					c.checkMark(field, nil, f, "evidence", Boolean)
				}
			}
		}
	}
}

func (c *checker) checkTransitions() {
	first := map[string]*node{}
	categories := c.ids("categories")
	for _, n := range c.root.get("transition").list() {
		from := n.get("from")
		c.once(from, first)
		if from.str() == c.edition.Number {
			c.say(from, "transition-from-itself", "", "edition", from.str())
		}
		if m := n.get("categories"); m != nil && m.kind == mapNode {
			for _, to := range m.items {
				c.known(to, "no-such-category", "category", categories)
			}
		}
	}
}

// checkQuestions looks at when questions are asked: only what was asked before
// can decide it.
func (c *checker) checkQuestions(with *compiler) {
	e := c.edition
	e.when = map[string]*program{}
	for i, n := range c.root.get("fields").list() {
		f, at := &e.Fields[i], n.get("when")
		if at == nil {
			continue
		}
		p := c.compile(with, at, truthKind)
		if p == nil {
			continue
		}
		c.oneCurrency(at, p, "")
		e.when[f.ID] = p
		p.term.walk(func(t *term) {
			if _, field := e.fields[t.name]; !field || t.kind != nameTerm && t.kind != answeredTerm {
				return
			}
			for j := range e.Categories {
				category := &e.Categories[j]
				place := slices.Index(category.Asks, f.ID)
				if read := slices.Index(category.Asks, t.name); place >= 0 && (read < 0 || read >= place) {
					where := *at
					where.line, where.column = c.place(at, t.at)
					c.say(&where, "asked-too-late", "", "field", t.name, "question", f.ID, "category", category.ID)
					return
				}
			}
		})
	}
}
