package rulebook

import (
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
)

// ParseExamples reads the examples that stand beside a rulebook, for that
// edition: names of categories, fields and rules are held against it. name is
// what problems call the file. The error is a Problems with all that was found.
//
// The file holds `common` answers, which each example has where its form asks
// them and it doesn't give them itself; `received`, for those that don't say;
// and `examples`.
func (e *Edition) ParseExamples(name string, src []byte) (examples []Example, err error) {
	defer func() { // no file, however odd, may end the process
		if r := recover(); r != nil {
			examples, err = nil, Problems{newProblem(name, &node{line: 1, column: 1}, "unreadable", "")}
		}
	}()
	root, problems := readSource(name, src)
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	d := exampleDecoder{decoder: decoder{file: name}, e: e}
	d.keys(root, "common", "received", "examples")
	d.received = d.dated(root.get("received"))
	if common := root.get("common"); common != nil {
		d.common = d.given(common, nil)
	}
	names := map[string]*node{}
	for _, item := range root.get("examples").list() {
		examples = append(examples, d.example(item))
		d.once(item.get("name"), names)
	}
	if len(examples) == 0 {
		d.say(root, "missing-key", "", "key", "examples")
	}
	if len(d.problems) > 0 {
		return nil, d.problems.sorted()
	}
	return examples, nil
}

// exampleDecoder reads examples for an edition.
type exampleDecoder struct {
	decoder
	e        *Edition
	common   map[string]string
	received day.Date
}

// keys refuses keys that aren't known.
func (d *exampleDecoder) keys(n *node, known ...string) {
	if n == nil || n.kind != mapNode {
		return
	}
	for _, k := range n.keys {
		if !slices.Contains(known, k.text) {
			d.say(k, "unknown-key", nearest(k.text, known), "key", k.text)
		}
	}
}

// needed is the text under a key that must be there.
func (d *exampleDecoder) needed(n *node, key string) string {
	text := n.get(key).str()
	if text == "" {
		d.say(n, "missing-key", "", "key", key)
	}
	return text
}

// dated is a date that may be left out.
func (d *exampleDecoder) dated(n *node) day.Date {
	if n == nil {
		return day.Date{}
	}
	on, err := day.Parse(n.str())
	if err != nil {
		d.say(n, "wrong-form", "2020-03-02", "got", clip(n.str()))
	}
	return on
}

func (d *exampleDecoder) example(n *node) Example {
	d.keys(n, "name", "category", "claimant", "received", "given", "links", "then")
	x := Example{
		Name: d.needed(n, "name"), Category: d.needed(n, "category"), Claimant: n.get("claimant").str(),
		Received: d.dated(n.get("received")), Line: n.line,
	}
	category, ok := d.e.Category(x.Category)
	if !ok {
		if x.Category != "" {
			d.unknown(n.get("category"), "category", d.categoryIDs())
		}
		return x
	}
	if x.Claimant == "" {
		x.Claimant = category.Claimants[0]
	} else if !slices.Contains(claimants, x.Claimant) {
		d.unknown(n.get("claimant"), "claimant", claimants)
	}
	if x.Received.IsZero() {
		if x.Received = d.received; x.Received.IsZero() {
			d.say(n, "missing-key", "", "key", "received")
		}
	}
	x.Given = d.given(n.get("given"), category)
	for _, l := range n.get("links").list() {
		x.Links = append(x.Links, d.link(l))
	}
	x.Then = d.then(n)
	return x
}

// given are answers; the common ones come first, and an empty answer takes one
// of them away. Without a category they are the common ones themselves.
func (d *exampleDecoder) given(n *node, category *Category) map[string]string {
	given := map[string]string{}
	if category != nil {
		for id, text := range d.common {
			if slices.Contains(category.Asks, id) {
				given[id] = text
			}
		}
	}
	if n == nil || n.kind != mapNode {
		return given
	}
	for i, k := range n.keys {
		if _, ok := d.e.Field(k.text); !ok {
			d.unknown(k, "field", d.fieldIDs())
			continue
		}
		if text := n.items[i].str(); text != "" {
			given[k.text] = strings.TrimRight(text, "\n")
		} else {
			delete(given, k.text)
		}
	}
	return given
}

func (d *exampleDecoder) link(n *node) ExampleLink {
	d.keys(n, "category", "same", "given", "award")
	l := ExampleLink{Category: d.needed(n, "category"), Object: n.get("same").str() == "object"}
	category, ok := d.e.Category(l.Category)
	if !ok {
		d.unknown(n.get("category"), "category", d.categoryIDs())
		return l
	}
	if same := n.get("same"); same != nil && same.str() != "object" && same.str() != "person" {
		d.say(same, "not-one-of", "person, object", "got", clip(same.str()))
	}
	l.Given = d.given(n.get("given"), category)
	if at := n.get("award"); at != nil {
		l.Award = d.money(at)
	}
	return l
}

func (d *exampleDecoder) money(n *node) money.Amount {
	a, err := money.ParseAmount(n.str())
	if err != nil {
		d.say(n, "wrong-form", "2500.00 EUR", "got", clip(n.str()))
	}
	return a
}

func (d *exampleDecoder) then(x *node) Expected {
	n := x.get("then")
	if n == nil || n.kind != mapNode {
		d.say(x, "missing-key", "", "key", "then")
		return Expected{}
	}
	d.keys(n, "standing", "missing", "award", "interest", "ground", "rule", "reason", "alarms")
	w := Expected{
		Standing: ExampleStanding(d.needed(n, "standing")), Ground: n.get("ground").str(), Rule: n.get("rule").str(), Reason: n.get("reason").str(),
		Missing: d.list(n.get("missing")), Alarms: d.list(n.get("alarms")),
	}
	standings := []string{string(ExampleRecorded), string(ExampleDeficient), string(ExampleRefused), string(ExampleNotFiled)}
	if w.Standing != "" && !slices.Contains(standings, string(w.Standing)) {
		d.unknown(n.get("standing"), "standing", standings)
	}
	if _, ok := d.e.Ground(w.Ground); w.Ground != "" && !ok {
		var ids []string
		for i := range d.e.Grounds {
			ids = append(ids, d.e.Grounds[i].ID)
		}
		d.unknown(n.get("ground"), "ground", ids)
	}
	if ids := d.e.ruleIDs(); w.Rule != "" && !slices.Contains(ids, w.Rule) {
		d.unknown(n.get("rule"), "rule", ids)
	}
	if at := n.get("award"); at != nil {
		if w.Award = at.str(); w.Award != NoAward {
			w.Award = d.money(at).String()
		}
	}
	if at := n.get("interest"); at != nil {
		w.Interest = d.money(at).String()
	}
	return w
}

// list is a list that says something even where it is empty; nil where none is
// there.
func (d *exampleDecoder) list(n *node) []string {
	if n == nil {
		return nil
	}
	return append([]string{}, n.strs()...)
}

// unknown refuses a name that the edition doesn't have.
func (d *exampleDecoder) unknown(at *node, what string, known []string) {
	d.say(at, "example-names", nearest(at.str(), known), "what", what, "name", clip(at.str()))
}

func (d *exampleDecoder) categoryIDs() []string {
	var ids []string
	for i := range d.e.Categories {
		ids = append(ids, d.e.Categories[i].ID)
	}
	return ids
}

func (d *exampleDecoder) fieldIDs() []string {
	var ids []string
	for i := range d.e.Fields {
		ids = append(ids, d.e.Fields[i].ID)
	}
	return ids
}

// ruleIDs are the rules that may decide.
func (e *Edition) ruleIDs() []string {
	var ids []string
	for i := range e.Eligibility {
		ids = append(ids, e.Eligibility[i].ID)
	}
	for i := range e.Valuation {
		ids = append(ids, e.Valuation[i].ID)
	}
	return append(ids, e.Otherwise.ID)
}
