package rulebook

import (
	"slices"
)

// Overlap says what two claims that belong together mean.
type Overlap struct {
	ID      string
	Between []string // the two categories; none named is any two
	Same    string   // "" or "person": the person; otherwise the field whose answer they share
	Shares  string   // the field with the share of each, "" for none
	Most    string   // what all shares together may come to
	Alarm   bool     // otherwise they may stand beside each other
	Text    Texts    // what an alarm says
	Basis   string

	most decimal
}

// OnePerPerson is the rule of an Alarm where a category takes one claim of a
// person and there is another.
const OnePerPerson = "one-per-person"

// Alarm is something to look at before a claim goes further.
type Alarm struct {
	Rule   string   `json:"rule"`   // an Overlap's id, or OnePerPerson
	Claims []string `json:"claims"` // the other claims, in the order of the links
}

func (d *decoder) overlaps(n *node, e *Edition) {
	for _, item := range n.list() {
		o := Overlap{
			ID: item.get("id").str(), Between: item.get("between").strs(), Same: item.get("same").str(), Shares: item.get("shares").str(),
			Most: item.get("most").str(), Alarm: item.get("verdict").str() == "alarm", Basis: item.get("basis").str(),
		}
		if text := item.get("text"); text != nil {
			o.Text = d.texts(text, e.Programme.Languages)
		}
		o.most, _ = parseDecimal(o.Most)
		d.claim(item.get("id"))
		e.Overlaps = append(e.Overlaps, o)
	}
}

// Alarms says which links of a case give reason to look. Of each pair the first
// overlap that fits decides; a pair that none fits may stand. Shares are added
// over all claims of one object.
func (e *Edition) Alarms(c Case) []Alarm {
	var alarms []Alarm
	raise := func(rule, claim string) {
		at := slices.IndexFunc(alarms, func(a Alarm) bool { return a.Rule == rule })
		if at < 0 {
			alarms, at = append(alarms, Alarm{Rule: rule}), len(alarms)
		}
		alarms[at].Claims = append(alarms[at].Claims, claim)
	}
	category, ok := e.Category(c.Category)
	for i := range c.Links {
		l := &c.Links[i]
		if ok && category.OnePerPerson && l.Person && l.Category == c.Category {
			raise(OnePerPerson, l.Claim)
		}
		for j := range e.Overlaps {
			if o := &e.Overlaps[j]; o.Shares == "" && o.fits(&c, l) {
				if o.Alarm {
					raise(o.ID, l.Claim)
				}
				break
			}
		}
	}
	for j := range e.Overlaps {
		if o := &e.Overlaps[j]; o.Shares != "" {
			for _, claim := range o.beyond(&c) {
				raise(o.ID, claim)
			}
		}
	}
	return alarms
}

func (o *Overlap) fits(c *Case, l *Link) bool {
	if len(o.Between) == 2 && (o.Between[0] != c.Category || o.Between[1] != l.Category) &&
		(o.Between[1] != c.Category || o.Between[0] != l.Category) {
		return false
	}
	if o.Same == "" || o.Same == "person" {
		return l.Person
	}
	mine, answered := c.Answers[o.Same]
	theirs, ok := l.Answers[o.Same]
	return answered && ok && mine.unsaid == said && mine == theirs
}

// beyond are the other claims of the object, where all shares pass the most.
func (o *Overlap) beyond(c *Case) []string {
	sum, err := c.Answers[o.Shares].decimal()
	if err != nil {
		return nil
	}
	var claims []string
	for i := range c.Links {
		l := &c.Links[i]
		if !o.fits(c, l) {
			continue
		}
		share, err := l.Answers[o.Shares].decimal()
		if err != nil {
			continue
		}
		if sum, err = sum.add(share); err != nil {
			return nil
		}
		claims = append(claims, l.Claim)
	}
	if sum.cmp(o.most) <= 0 {
		return nil
	}
	return claims
}

// decimal is a number or an amount in major units, nothing for no answer.
func (v Value) decimal() (decimal, error) {
	if v.unsaid != said {
		return decimal{}, nil
	}
	switch v.kind {
	case Amount:
		return ofAmount(v.amount), nil
	case Integer:
		return whole(v.number), nil
	case "":
		return decimal{}, nil
	}
	return decimal{}, notWhole
}

func (c *checker) checkOverlaps() {
	categories, fields := c.ids("categories"), c.ids("fields")
	for i, n := range c.root.get("overlaps").list() {
		o := &c.edition.Overlaps[i]
		for _, id := range n.get("between").list() {
			c.known(id, "no-such-category", "category", categories)
		}
		if same := n.get("same"); same != nil && o.Same != "person" {
			c.known(same, "no-such-field", "field", fields)
			c.publicField(same, o.Same, "same")
		}
		shares := n.get("shares")
		c.known(shares, "no-such-field", "field", fields)
		if f, ok := c.edition.fields[o.Shares]; ok {
			if f.Type != Integer && f.Type != Amount {
				c.say(shares, "mark-needs-type", string(Integer), "mark", "shares")
			}
			c.publicField(shares, o.Shares, "shares")
		}
		switch {
		case shares != nil && n.get("most") == nil:
			c.say(n, "missing-key", "most", "key", "most")
		case shares == nil && n.get("most") != nil:
			c.say(n.get("most"), "needs-key", "shares", "key", "most")
		}
		if o.Alarm && n.get("text") == nil {
			c.say(n, "missing-key", "text", "key", "text")
		}
	}
}

// publicField refuses a field whose answers aren't in the clear: of another
// claim the rules see no more.
func (c *checker) publicField(at *node, id, key string) {
	if f, ok := c.edition.fields[id]; ok && f.Class != Public {
		c.say(at, "other-claims-public", string(Public), "key", key, "field", id, "class", string(f.Class))
	}
}
