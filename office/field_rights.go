package office

import (
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// sight says which answers somebody sees in a capacity. Sensitive ones nobody
// sees here: they open at the desk, on the officer's own machine.
type sight struct {
	capacity string
	classes  []rulebook.Class // of fields
	delicate bool             // also of forms that ask something sensitive: their other answers may tell it
}

// sights is the one table of what is seen: deny by default. Who has no row sees
// no answer at all, public ones aside, which stand in the docket.
var sights = []sight{
	{Officer, []rulebook.Class{rulebook.Public, rulebook.Internal, rulebook.Personal}, true},
	{Director, []rulebook.Class{rulebook.Public, rulebook.Internal, rulebook.Personal}, true},
	{Commissioner, []rulebook.Class{rulebook.Public, rulebook.Internal}, true},
	{Board, []rulebook.Class{rulebook.Public, rulebook.Internal}, true},
}

// sees reports whether a capacity sees answers of this class to this form.
func sees(capacity string, e *rulebook.Edition, category string, class rulebook.Class) bool {
	for _, s := range sights {
		if s.capacity == capacity {
			return slices.Contains(s.classes, class) && (s.delicate || !asksSensitive(e, category))
		}
	}
	return false
}

func asksSensitive(e *rulebook.Edition, category string) bool {
	c, ok := e.Category(category)
	return ok && slices.ContainsFunc(c.Asks, func(field string) bool { return isSensitive(e, field) })
}

// withinSight leaves of what is about to be opened what this capacity sees, and
// answers the fields of the form that are kept from it.
func (m *material) withinSight(capacity string) (kept []string) {
	m.blobs = slices.DeleteFunc(m.blobs, func(b store.Blob) bool {
		return !sees(capacity, m.edition, m.claim.Category, rulebook.Class(b.Class))
	})
	return hiddenFields(capacity, m.edition, m.claim)
}

// hiddenFields are the fields with an answer that this capacity doesn't see, the
// sensitive and the public ones aside.
func hiddenFields(capacity string, e *rulebook.Edition, c claim.Claim) (hidden []string) {
	category, ok := e.Category(c.Category)
	if !ok {
		return nil
	}
	for _, id := range category.Asks {
		f, ok := e.Field(id)
		if !ok || f.Class == rulebook.Sensitive || f.Class == rulebook.Public || slices.Contains(c.Blank, id) {
			continue
		}
		if !sees(capacity, e, c.Category, f.Class) {
			hidden = append(hidden, id)
		}
	}
	return hidden
}
