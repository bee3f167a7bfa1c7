package rulebook

// checkImport holds the map for an older office's file against the form, and
// fills in what Outcome looks words up by.
func (c *checker) checkImport() {
	n, m := c.root.get("import"), c.edition.Import
	if m == nil {
		return
	}
	var ids []string
	for i := range c.edition.Categories {
		ids = append(ids, c.edition.Categories[i].ID)
	}
	c.checkWords(n.get("category"), ids, "no-such-category", "category")
	c.checkWords(n.get("claimant"), claimants, "no-such-claimant", "claimant")
	c.checkFormats(n.get("received"), Date)
	if on := n.get("decided_on"); on != nil {
		c.checkFormats(on, Date)
	}
	if fields := n.get("fields"); fields != nil && fields.kind == mapNode {
		known := c.ids("fields")
		for i, k := range fields.keys {
			c.known(k, "no-such-field", "field", known)
			if f, ok := c.edition.fields[k.text]; ok {
				if f.Class == Sensitive {
					// A row is known again by a keyed hash over all that it says.
					c.say(k, "import-of-sensitive", string(Personal), "field", f.ID)
				}
				c.checkFeed(fields.items[i], f)
			}
		}
	}
	c.outcomeWords(m)
}

func (c *checker) checkFeed(n *node, f *Field) {
	c.checkFormats(n, f.Type)
	if f.Type == Choice {
		var options []string
		for _, o := range f.Options {
			options = append(options, o.ID)
		}
		c.checkWords(n, options, "no-such-option", "option")
	}
	if part := n.get("part"); part != nil && f.Type != Time {
		c.say(part, "key-needs-type", string(Time), "key", "part", "type", string(f.Type))
	}
	if mark := n.get("source_number"); mark.truth() && f.Type != Text {
		c.say(mark, "mark-needs-type", string(Text), "mark", "source_number")
	}
}

// checkFormats asks for formats where dates or times are read, and nowhere
// else: nobody shall guess whether 03/04 is in March.
func (c *checker) checkFormats(n *node, t FieldType) {
	if n == nil || n.kind != mapNode {
		return
	}
	formats := n.get("formats")
	dated := t == Date || t == Time
	switch {
	case dated && formats == nil && n.get("column") != nil:
		c.say(n, "formats-missing", "formats", "type", string(t))
	case !dated && formats != nil && t != "":
		c.say(formats, "key-needs-type", string(Date), "key", "formats", "type", string(t))
	}
}

// checkWords looks at what words of the file are made into.
func (c *checker) checkWords(n *node, known []string, code, what string) {
	if value := n.get("value"); value != nil {
		c.known(value, code, what, known)
	}
	if values := n.get("values"); values != nil && values.kind == mapNode {
		for _, v := range values.items {
			c.known(v, code, what, known)
		}
	}
}

// outcomeWords collects, by column, the words that some rule names or that are
// known to decide nothing.
func (c *checker) outcomeWords(m *Import) {
	e := c.edition
	e.outcomeColumns = m.OutcomeColumns()
	e.outcomeWords = make(map[string]map[string]bool, len(e.outcomeColumns))
	add := func(column string, words []string) {
		if e.outcomeWords[column] == nil {
			e.outcomeWords[column] = make(map[string]bool, len(words))
		}
		for _, w := range words {
			e.outcomeWords[column][w] = true
		}
	}
	for _, r := range m.Outcomes {
		for _, w := range r.Where {
			add(w.Column, w.Is)
		}
	}
	for column, words := range m.Known {
		add(column, words)
	}
}
