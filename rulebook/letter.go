package rulebook

import (
	"regexp"
	"slices"
	"strings"

	"github.com/openchancery/chancery/fault"
)

// Letter is what a claimant is told when something happened.
type Letter struct {
	ID         string
	On         string // filed, found-deficient, recorded, refused, awarded, dismissed, withdrawn, paid or payment-returned
	Categories []string
	Subject    Texts
	Text       Texts
}

// placeholder is a name in a letter: {reference}, {deadline:answer}.
var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

const deadlinePrefix = "deadline:"

// placeholders are the names that a letter may have, beside the fields and the
// deadlines, by what it tells; "" is any.
var placeholders = map[string][]string{
	"":                 {"reference", "received", "programme", "category"},
	"found-deficient":  {"missing"},
	"recorded":         {"number"},
	"refused":          {"ground"},
	"awarded":          {"number", "award"},
	"dismissed":        {"number", "ground"},
	"paid":             {"number", "award", "amount"},
	"payment-returned": {"number", "award", "amount"},
}

// Letter is the first letter of the edition that tells a claimant of a category
// of this.
func (e *Edition) Letter(on, category string) (*Letter, bool) {
	for i := range e.Letters {
		l := &e.Letters[i]
		if l.On == on && (len(l.Categories) == 0 || slices.Contains(l.Categories, category)) {
			return l, true
		}
	}
	return nil, false
}

// Write puts values in place of the placeholders. The fault is
// rulebook.letter-value (letter, placeholder) for one without a value.
func (l *Letter) Write(language string, values map[string]string) (subject, text string, err error) {
	fill := func(in string) string {
		return placeholder.ReplaceAllStringFunc(in, func(p string) string {
			v, ok := values[p[1:len(p)-1]]
			if !ok && err == nil {
				err = fault.New(fault.Invalid, "rulebook.letter-value", "letter", l.ID, "placeholder", p[1:len(p)-1])
			}
			return v
		})
	}
	subject, text = fill(l.Subject.In(language)), fill(l.Text.In(language))
	return subject, text, err
}

// Placeholders are the names in a text of a letter, as they come.
func Placeholders(text string) (names []string) {
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

func (d *decoder) letters(n *node, e *Edition) {
	for _, item := range n.list() {
		e.Letters = append(e.Letters, Letter{
			ID: item.get("id").str(), On: item.get("on").str(), Categories: item.get("categories").strs(),
			Subject: d.texts(item.get("subject"), e.Programme.Languages), Text: d.texts(item.get("text"), e.Programme.Languages),
		})
	}
}

func (c *checker) checkLetters() {
	categories := c.ids("categories")
	first := map[string]*node{}
	for i, n := range c.root.get("letters").list() {
		l := &c.edition.Letters[i]
		c.once(n.get("id"), first)
		c.checkRuleCategories(n, categories)
		if c.edition.recordsOnly && slices.Contains(awarding, l.On) {
			c.say(n.get("on"), "records-only", "", "what", l.On)
		}
		allowed := c.allowedIn(l)
		c.checkPlaceholders(n.get("subject"), allowed)
		c.checkPlaceholders(n.get("text"), allowed)
	}
}

// awarding are the letters that tell of a decision on the worth of a claim.
var awarding = []string{"awarded", "dismissed", "paid", "payment-returned"}

// allowedIn are the placeholders that a letter may have, in order.
func (c *checker) allowedIn(l *Letter) []string {
	allowed := append(slices.Clone(placeholders[""]), placeholders[l.On]...)
	for i := range c.edition.Deadlines {
		allowed = append(allowed, deadlinePrefix+c.edition.Deadlines[i].ID)
	}
	for i := range c.edition.Fields {
		f := &c.edition.Fields[i]
		if f.Class != Sensitive && c.askedInAll(f.ID, l.Categories) {
			allowed = append(allowed, f.ID)
		}
	}
	return allowed
}

// askedInAll reports whether each of the categories asks a field; none named
// is all.
func (c *checker) askedInAll(field string, categories []string) bool {
	for i := range c.edition.Categories {
		category := &c.edition.Categories[i]
		if (len(categories) == 0 || slices.Contains(categories, category.ID)) && !slices.Contains(category.Asks, field) {
			return false
		}
	}
	return true
}

// checkPlaceholders looks at the names in a text, and that each language has
// the same ones.
func (c *checker) checkPlaceholders(n *node, allowed []string) {
	if n == nil || n.kind != mapNode {
		return
	}
	var names [][]string
	for _, text := range n.items {
		var here []string
		for _, m := range placeholder.FindAllStringSubmatch(text.text, -1) {
			here = append(here, m[1])
			if !slices.Contains(allowed, m[1]) {
				c.say(text, "no-such-placeholder", nearest(m[1], allowed), "placeholder", clip(m[1]))
			}
		}
		if rest := placeholder.ReplaceAllString(text.text, ""); strings.ContainsAny(rest, "{}") {
			c.say(text, "placeholder-form", "{reference}")
		}
		slices.Sort(here)
		names = append(names, slices.Compact(here))
	}
	for i := 1; i < len(names); i++ {
		if !slices.Equal(names[i], names[0]) {
			c.say(n.items[i], "placeholders-differ", joined(names[0]), "language", n.keys[i].text, "other", n.keys[0].text)
		}
	}
}
