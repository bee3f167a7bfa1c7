package rulebook

import (
	"github.com/openchancery/chancery/day"
)

func (d *decoder) structure(root *node, e *Edition) {
	languages := e.Programme.Languages
	e.recordsOnly = root.get("values").str() == "none"
	e.Sources = root.get("sources").strs()
	for _, n := range root.get("notes").list() {
		e.Notes = append(e.Notes, d.texts(n, languages))
	}
	e.Sections = d.sections(root.get("sections"), languages)
	e.Stories = d.stories(root.get("stories"), languages)
	for _, n := range root.get("groups").list() {
		e.Groups = append(e.Groups, Group{ID: n.get("id").str(), Title: d.texts(n.get("title"), languages)})
	}
	for _, n := range root.get("parties").list() {
		p := Party{
			ID: n.get("id").str(), Title: d.texts(n.get("title"), languages), Claimants: n.get("claimants").strs(),
			Categories: n.get("categories").strs(), Mandate: n.get("mandate").str(), Basis: n.get("basis").str(),
		}
		if text := n.get("mandate_text"); text != nil {
			p.MandateText = d.texts(text, languages)
		}
		e.Parties = append(e.Parties, p)
	}
	for _, n := range root.get("identity").list() {
		e.Identity = append(e.Identity, Identity{
			ID: n.get("id").str(), Fields: n.get("fields").strs(), Likely: n.get("means").str() == "likely", Basis: n.get("basis").str(),
		})
		d.claim(n.get("id"))
	}
	for _, n := range root.get("deadlines").list() {
		e.Deadlines = append(e.Deadlines, Deadline{
			ID: n.get("id").str(), Categories: n.get("categories").strs(), For: n.get("for").str(), From: Moment(n.get("from").str()),
			Within: d.period(n.get("within")), Text: d.texts(n.get("text"), languages), Basis: n.get("basis").str(),
		})
	}
	for _, n := range root.get("retention").list() {
		e.Retention = append(e.Retention, Retention{
			ID: n.get("id").str(), Of: n.get("of").str(), Class: Class(n.get("class").str()), From: Moment(n.get("from").str()),
			Keep: d.period(n.get("keep")), ForGood: n.get("keep") == nil, Basis: n.get("basis").str(),
		})
	}
	for _, n := range root.get("transition").list() {
		t := Transition{From: n.get("from").str(), Move: n.get("claims").str() == "move", Basis: n.get("basis").str()}
		if m := n.get("categories"); m != nil && m.kind == mapNode {
			t.Categories = make(map[string]string, len(m.keys))
			for i, k := range m.keys {
				t.Categories[k.text] = m.items[i].str()
			}
		}
		e.Transitions = append(e.Transitions, t)
	}
}

// categoryStructure reads what a category says beside its form.
func (d *decoder) categoryStructure(n *node, c *Category, languages []string) {
	c.Code, c.Group, c.Track = n.get("code").str(), n.get("group").str(), Track(n.get("track").str())
	c.OnePerPerson, c.Joint, c.Delicate = n.get("one_per_person").truth(), n.get("joint").truth(), n.get("delicate").truth()
	c.Form = FullForm
	if form := n.get("form"); form != nil {
		c.Form = Knowledge(form.str())
	}
	if at := n.get("opens"); at != nil {
		c.Opens = d.date(at)
	}
	if at := n.get("closes"); at != nil {
		c.Closes = d.date(at)
	}
	c.NotOpen = n.get("not_open").truth()
	for _, key := range []string{"opens", "closes"} {
		if at := n.get(key); at != nil && c.NotOpen {
			d.say(at, "not-exactly-one", "not_open, "+key, "there", "not_open, "+key)
		}
	}
	if !c.Opens.IsZero() && !c.Closes.IsZero() && c.Closes.Before(c.Opens) {
		d.say(n.get("closes"), "period-ends-before-it-begins", "", "from", c.Opens.String(), "to", c.Closes.String())
	}
	if note := n.get("note"); note != nil {
		c.Note = d.texts(note, languages)
	}
	ladder := n.get("evidence")
	c.Evidence = Evidence{
		Best: d.rung(ladder.get("best"), languages), Good: d.rung(ladder.get("good"), languages),
		Accepted: d.rung(ladder.get("accepted"), languages),
	}
}

func (d *decoder) rung(n *node, languages []string) []Proof {
	var all []Proof
	for _, item := range n.list() {
		all = append(all, Proof{
			ID: item.get("id").str(), Text: d.texts(item.get("text"), languages), Basis: item.get("basis").str(),
			Field: item.get("field").str(), Required: item.get("required").truth(),
		})
	}
	return all
}

// fieldStructure reads why a question is asked, and when.
func (d *decoder) fieldStructure(n *node, f *Field, languages []string) {
	f.Basis, f.When, f.Party = n.get("basis").str(), n.get("when").str(), n.get("party").truth()
	if help := n.get("help"); help != nil {
		f.Help = d.texts(help, languages)
	}
	if unit := n.get("unit"); unit != nil {
		f.Unit = d.texts(unit, languages)
	}
}

// period reads a period; no node is none.
func (d *decoder) period(n *node) day.Period {
	if n == nil {
		return day.Period{}
	}
	p, err := day.ParsePeriod(n.str())
	if err != nil && n.kind == textNode {
		d.say(n, "no-such-period", "P60D", "period", clip(n.str()))
	}
	return p
}
