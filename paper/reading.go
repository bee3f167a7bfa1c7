package paper

import (
	"slices"
	"strings"

	"github.com/openchancery/chancery/rulebook"
)

// Reading is what somebody read on the paper in answer to one question. The zero
// value: the box was left empty.
type Reading struct {
	Text      string `json:"text,omitempty"` // canonical
	Illegible bool   `json:"illegible,omitempty"`
}

// Readings are what one person keyed, by field. A field without one was not keyed
// yet.
type Readings map[string]Reading

// longText is the length from which on a text isn't keyed a second time, in
// characters.
const longText = 300

// Twice reports whether an answer is keyed by two people, neither seeing what the
// other keyed. A long text would never come out the same: the second person holds
// what the first keyed against the paper.
func Twice(f *rulebook.Field) bool { return f.Type != rulebook.Text || f.Max <= longText }

// Same reports whether two people read the same. How wide the spaces are, and
// capitals in a text, are not what they disagree about.
func Same(f *rulebook.Field, a, b Reading) bool {
	if a.Illegible || b.Illegible {
		return a.Illegible == b.Illegible
	}
	if a.Text == b.Text {
		return true
	}
	switch f.Type {
	case rulebook.Text, rulebook.FullName, rulebook.Whereabouts:
		return strings.EqualFold(folded(a.Text), folded(b.Text))
	}
	return false
}

func folded(text string) string { return strings.Join(strings.Fields(text), " ") }

// Keyed is a form as two people keyed it.
type Keyed struct {
	First   Readings `json:"first,omitempty"`
	Second  Readings `json:"second,omitempty"`
	Decided Readings `json:"decided,omitempty"` // by the second person, where the two differ
}

// Differences are the fields in which the two differ, of those that both keyed, in
// the order of the form; decided or not.
func (k Keyed) Differences(e *rulebook.Edition, category *rulebook.Category) (differ []string) {
	for _, id := range category.Asks {
		f, ok := e.Field(id)
		first, keyed := k.First[id]
		second, again := k.Second[id]
		if ok && keyed && again && Twice(f) && !Same(f, first, second) {
			differ = append(differ, id)
		}
	}
	return differ
}

// Undecided are those of Differences that nobody has decided.
func (k Keyed) Undecided(e *rulebook.Edition, category *rulebook.Category) []string {
	return slices.DeleteFunc(k.Differences(e, category), func(id string) bool { _, done := k.Decided[id]; return done })
}

// Settled is what is taken of each field: what was decided, else what the second
// person holds to be right of a long text, else what both read.
func (k Keyed) Settled(e *rulebook.Edition) Readings {
	settled := Readings{}
	for id, first := range k.First {
		settled[id] = first
		f, ok := e.Field(id)
		if second, there := k.Second[id]; ok && there && !Twice(f) {
			settled[id] = second
		}
		if decided, there := k.Decided[id]; there {
			settled[id] = decided
		}
	}
	return settled
}

// Answers are the texts of readings: what was left empty or can't be read is none.
func (r Readings) Answers() map[string]string {
	answers := map[string]string{}
	for id, one := range r {
		if one.Text != "" && !one.Illegible {
			answers[id] = one.Text
		}
	}
	return answers
}

// Illegible are the fields that can't be read, sorted.
func (r Readings) Illegible() (fields []string) {
	for id, one := range r {
		if one.Illegible {
			fields = append(fields, id)
		}
	}
	slices.Sort(fields)
	return fields
}

// May reports whether a question may be left empty or be illegible: where the form
// can be sent without it. Elsewhere the claimant must be asked.
func May(category *rulebook.Category, field string) bool {
	return !slices.Contains(category.Requires, field)
}
