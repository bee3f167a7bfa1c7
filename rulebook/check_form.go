package rulebook

import "slices"

// checkForms looks at how questions are put: in which section, with which
// companions.
func (c *checker) checkForms() {
	sections := c.checkSections()
	used := map[string]bool{}
	for i, n := range c.root.get("fields").list() {
		f := &c.edition.Fields[i]
		at := n.get("section")
		switch {
		case at != nil && len(sections) == 0:
			c.say(at, "no-such-section", "", "section", at.str())
		case at == nil && len(sections) > 0:
			c.say(n, "missing-key", "section", "key", "section")
		}
		c.known(at, "no-such-section", "section", sections)
		used[at.str()] = true
		c.checkWorkedOut(n.get("worked_out"), f)
		if places := n.get("places"); places != nil && f.Type != Whereabouts && f.Type != "" {
			c.say(places, "key-needs-type", string(Whereabouts), "key", "places", "type", string(f.Type))
		}
		c.checkUnsaid(n, f)
	}
	for i, n := range c.root.get("sections").list() {
		if s := &c.edition.Sections[i]; s.ID != "" && !used[s.ID] && !s.Evidence {
			c.warn(n.get("id"), "section-never-used", "", "section", s.ID)
		}
	}
}

func (c *checker) checkSections() []string {
	first, evidence := map[string]*node{}, ""
	for i, n := range c.root.get("sections").list() {
		c.once(n.get("id"), first)
		if s := &c.edition.Sections[i]; s.Evidence {
			if evidence != "" {
				c.say(n.get("evidence"), "marked-twice", "", "mark", "evidence", "field", evidence)
			}
			evidence = s.ID
		}
	}
	return c.ids("sections")
}

// checkWorkedOut sees to it that who must say how an amount was worked out is
// asked to.
func (c *checker) checkWorkedOut(at *node, f *Field) {
	if at == nil {
		return
	}
	if f.Type != Amount && f.Type != "" {
		c.say(at, "key-needs-type", string(Amount), "key", "worked_out", "type", string(f.Type))
	}
	c.known(at, "no-such-field", "field", c.ids("fields"))
	how, ok := c.edition.fields[f.WorkedOut]
	if !ok {
		return
	}
	if how.Type != Text && how.Type != "" {
		c.say(at, "mark-needs-type", string(Text), "mark", "worked_out")
	}
	for i := range c.edition.Categories {
		if asks := c.edition.Categories[i].Asks; slices.Contains(asks, f.ID) && !slices.Contains(asks, how.ID) {
			c.say(at, "companion-not-asked", how.ID, "field", how.ID, "amount", f.ID, "category", c.edition.Categories[i].ID)
			return
		}
	}
}

// checkUnsaid refuses "I don't know" where something hangs on the answer that
// can't do without: who files, and whether a proof is there.
func (c *checker) checkUnsaid(n *node, f *Field) {
	for _, key := range []string{"unsure", "decline"} {
		if at := n.get(key); at.truth() && f.Party {
			c.say(at, "mark-needs-answer", "", "mark", "party", "key", key)
		}
	}
}

// checkStories holds the stories against the categories that they lead to. A
// category that takes claims and that no story leads to is found by nobody.
func (c *checker) checkStories() {
	first, questions, led := map[string]*node{}, map[string]*node{}, map[string]bool{}
	categories := c.ids("categories")
	list := c.root.get("stories").list()
	for i, n := range list {
		s := &c.edition.Stories[i]
		c.once(n.get("id"), first)
		var before, used []string
		for j, ask := range n.get("asks").list() {
			c.once(ask.get("id"), questions)
			for _, id := range ask.get("if").list() {
				c.known(id, "no-such-story-question", "question", append(before, ""))
				used = append(used, id.str())
			}
			if q := &s.Asks[j]; q.Each && q.Other == nil {
				c.say(ask, "missing-key", "other", "key", "other")
			}
			before = append(before, ask.get("id").str())
		}
		for j, lead := range n.get("leads").list() {
			c.known(lead.get("category"), "no-such-category", "category", categories)
			led[s.Leads[j].Category] = true
			for _, id := range slices.Concat(lead.get("if").list(), lead.get("unless").list()) {
				c.known(id, "no-such-story-question", "question", append(before, ""))
				used = append(used, id.str())
			}
			c.checkLeadFor(lead, &s.Leads[j])
		}
		for _, ask := range n.get("asks").list() {
			if id := ask.get("id"); id.str() != "" && !slices.Contains(used, id.str()) {
				c.warn(id, "story-question-never-used", "", "question", id.str())
			}
		}
	}
	if len(list) == 0 {
		return
	}
	for i, n := range c.root.get("categories").list() {
		if id := n.get("id"); id.str() != "" && !led[id.str()] && !c.edition.Categories[i].NotOpen {
			c.warn(id, "category-without-story", "", "category", id.str())
		}
	}
}

// checkLeadFor refuses a lead for somebody whose claims the category doesn't
// take.
func (c *checker) checkLeadFor(n *node, l *Lead) {
	category, ok := c.edition.categories[l.Category]
	if !ok {
		return
	}
	for _, kind := range n.get("for").list() {
		if !slices.Contains(category.Claimants, MemberKind(kind.str()).Claimant()) {
			c.say(kind, "lead-not-taken", joined(category.Claimants), "who", kind.str(), "category", l.Category)
		}
	}
}
