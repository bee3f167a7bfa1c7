package rulebook

import (
	"slices"
	"strconv"

	"github.com/openchancery/chancery/money"
)

// checker looks at an edition as a whole: that what is named exists, and that
// what is said can be meant. Nodes and edition stand side by side: the parts
// of a list in the file are the parts of the edition's slice.
type checker struct {
	*decoder
	root    *node
	edition *Edition
	lines   [][]byte
	words   vocabulary // of checks, which is the larger one
}

// check fills in what the edition looks things up by. Rules are compiled only
// where the file has the right shape: otherwise a field that couldn't be read
// would make every rule that names it wrong too.
func (c *checker) check(shaped bool) {
	c.checkFields()
	c.checkCategories()
	c.checkGrounds()
	c.checkValuationRules()
	c.checkImport()
	c.checkStructure()
	c.checkForms()
	c.checkStories()
	if shaped {
		c.compileRules()
	}
}

// reserved are names that no field may have: CEL's words, and ours.
var reserved = []string{
	receivedName, categoryName, claimantName, awardName, outcomeName, "programme",
	"as", "bool", "break", "bytes", "const", "continue", "double", "dyn", "else", "false", "for", "function", "if",
	"import", "in", "int", "let", "list", "loop", "map", "namespace", "null", "number", "package", "return", "string",
	"true", "type", "uint", "var", "void", "while",
}

func (c *checker) checkFields() {
	e := c.edition
	e.fields = make(map[string]*Field, len(e.Fields))
	var claimed, incident, party *Field
	for i, n := range c.root.get("fields").list() {
		f, id := &e.Fields[i], n.get("id")
		switch {
		case f.ID == "":
		case e.fields[f.ID] != nil:
			c.say(id, "id-twice", "", "id", f.ID, "line", c.lineOf("fields", f.ID))
		case slices.Contains(reserved, f.ID) || slices.Contains(functionNames, f.ID):
			c.say(id, "id-reserved", f.ID+"_given", "id", f.ID)
		default:
			e.fields[f.ID] = f
		}
		c.checkField(n, f)
		if f.Claimed {
			c.checkMark(n.get("claimed"), claimed, f, "claimed", Amount)
			claimed = f
		}
		if f.Incident {
			c.checkMark(n.get("incident"), incident, f, "incident", Date, PartialDate)
			incident = f
		}
		if f.Party {
			c.checkMark(n.get("party"), party, f, "party", Choice)
			party, e.party = f, f.ID
		}
	}
}

func (c *checker) lineOf(section, id string) string {
	for _, n := range c.root.get(section).list() {
		if n.get("id").str() == id {
			return strconv.Itoa(n.get("id").line)
		}
	}
	return ""
}

// checkMark looks at a mark that one field of certain types may have. What is marked
// is listed and searched, so it isn't sensitive.
func (c *checker) checkMark(at *node, before, f *Field, mark string, want ...FieldType) {
	if !slices.Contains(want, f.Type) {
		c.say(at, "mark-needs-type", string(want[0]), "mark", mark)
	}
	if f.Class == Sensitive {
		c.say(at, "mark-on-sensitive", string(Personal), "mark", mark, "field", f.ID)
	}
	if before != nil {
		c.say(at, "marked-twice", "", "mark", mark, "field", before.ID)
	}
}

func (c *checker) checkField(n *node, f *Field) {
	if f.Class == Public && f.Type == Text {
		c.say(n.get("class"), "public-text", "choice", "field", f.ID)
	}
	currency, options, most := n.get("currency"), n.get("options"), n.get("max")
	switch {
	case f.Type == Amount && currency == nil:
		c.say(n, "currency-missing", joinedCurrencies(c.edition.Programme.Currencies), "field", f.ID)
	case f.Type != Amount && currency != nil && f.Type != "":
		c.say(currency, "key-needs-type", string(Amount), "key", "currency", "type", string(f.Type))
	case currency != nil:
		c.ofProgramme(currency, f.Currency)
	}
	switch {
	case f.Type == Choice && options == nil:
		c.say(n, "options-missing", "options", "field", f.ID)
	case f.Type != Choice && options != nil && f.Type != "":
		c.say(options, "key-needs-type", string(Choice), "key", "options", "type", string(f.Type))
	}
	if most != nil && f.Type != Text && f.Type != "" {
		c.say(most, "key-needs-type", string(Text), "key", "max", "type", string(f.Type))
	}
	first := map[string]int{}
	for _, o := range options.list() {
		id := o.get("id")
		if id.str() == "" {
			continue
		}
		if line, ok := first[id.str()]; ok {
			c.say(id, "id-twice", "", "id", id.str(), "line", strconv.Itoa(line))
			continue
		}
		first[id.str()] = id.line
	}
}

func (c *checker) checkCategories() {
	e := c.edition
	e.categories = make(map[string]*compiledCategory, len(e.Categories))
	known := c.ids("fields")
	asked := map[string]bool{}
	for i, n := range c.root.get("categories").list() {
		category := &e.Categories[i]
		if e.categories[category.ID] != nil {
			c.say(n.get("id"), "id-twice", "", "id", category.ID, "line", c.lineOf("categories", category.ID))
			continue
		}
		compiled := &compiledCategory{Category: category, asks: make(map[string]bool, len(category.Asks))}
		for _, p := range category.Evidence.All() {
			if p.Required {
				compiled.proofs = append(compiled.proofs, p)
			}
		}
		e.categories[category.ID] = compiled
		for _, ask := range n.get("asks").list() {
			c.known(ask, "no-such-field", "field", known)
			compiled.asks[ask.str()], asked[ask.str()] = true, true
		}
		for _, required := range n.get("requires").list() {
			if !compiled.asks[required.str()] {
				c.say(required, "required-not-asked", nearest(required.str(), category.Asks), "field", required.str(), "category", category.ID)
			}
		}
	}
	for _, n := range c.root.get("fields").list() {
		if id := n.get("id"); id.str() != "" && !asked[id.str()] && len(e.categories) > 0 {
			c.say(id, "field-never-asked", "", "field", id.str())
		}
	}
}

// ofProgramme says where a currency is none of the programme's.
func (c *checker) ofProgramme(at *node, currency money.Currency) {
	all := c.edition.Programme.Currencies
	if currency != "" && len(all) > 0 && !containsCurrency(all, currency) {
		c.say(at, "currency-not-of-programme", joinedCurrencies(all), "currency", string(currency))
	}
}

// known says where a name is not among those that exist. Where there is no
// list of them, that is the fault to mend, and it was said.
func (c *checker) known(at *node, code, what string, names []string) {
	if len(names) > 0 && at.str() != "" && !slices.Contains(names, at.str()) {
		c.say(at, code, nearest(at.str(), names), what, at.str())
	}
}

// ids are those of a section, in order.
func (c *checker) ids(section string) []string {
	var all []string
	for _, n := range c.root.get(section).list() {
		if id := n.get("id").str(); id != "" {
			all = append(all, id)
		}
	}
	return all
}

// checkGrounds looks at what grounds and categories rules name.
func (c *checker) checkGrounds() {
	grounds, categories := c.ids("grounds"), c.ids("categories")
	used := map[string]bool{}
	use := func(at *node) {
		c.known(at, "no-such-ground", "ground", grounds)
		used[at.str()] = true
	}
	for _, section := range []string{"requirements", "eligibility", "checks"} {
		for _, n := range c.root.get(section).list() {
			c.checkRuleCategories(n, categories)
			if ground := n.get("ground"); ground != nil {
				use(ground)
			}
		}
	}
	valuation := c.root.get("valuation")
	for _, n := range valuation.get("rules").list() {
		c.checkRuleCategories(n, categories)
		if ground := n.get("dismissed"); ground != nil {
			use(ground)
		}
	}
	if ground := valuation.get("otherwise").get("ground"); ground != nil {
		use(ground)
	}
	first := map[string]bool{}
	for _, n := range c.root.get("grounds").list() {
		id := n.get("id")
		switch {
		case id.str() == "":
		case first[id.str()]:
			c.say(id, "id-twice", "", "id", id.str(), "line", c.lineOf("grounds", id.str()))
		case !used[id.str()]:
			c.say(id, "ground-never-used", "", "ground", id.str())
		}
		first[id.str()] = true
	}
}

func (c *checker) checkRuleCategories(n *node, categories []string) {
	for _, id := range n.get("categories").list() {
		c.known(id, "no-such-category", "category", categories)
	}
}

// checkValuationRules finds rules that are never reached, since one before
// them always decides.
func (c *checker) checkValuationRules() {
	e := c.edition
	if c.edition.recordsOnly {
		return // it has no such rules
	}
	if n := c.rules[otherwiseID]; n != nil {
		c.say(n, "id-reserved", otherwiseID+"-rule", "id", otherwiseID)
	}
	decided := map[string]string{} // category -> the rule that always decides
	for i, n := range c.root.get("valuation").get("rules").list() {
		r := &e.Valuation[i]
		reached, by := false, ""
		for j := range e.Categories {
			id := e.Categories[j].ID
			if !r.covers(id) {
				continue
			}
			if decided[id] == "" {
				reached = true
			} else {
				by = decided[id]
			}
		}
		if !reached && by != "" {
			c.say(n, "rule-never-reached", "", "rule", r.ID, "before", by)
		}
		if n.get("when") != nil || n.get("amount") != nil || n.get("points") != nil || n.get("steps") != nil {
			continue // an amount may come to nothing: then the dismissal follows
		}
		for j := range e.Categories {
			if id := e.Categories[j].ID; r.covers(id) && decided[id] == "" {
				decided[id] = r.ID
			}
		}
	}
}
