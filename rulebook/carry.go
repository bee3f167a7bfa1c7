package rulebook

// Nobody is asked twice: the claims of one draft share the answers that the
// edition marks so.

// Drafted is one claim of a draft, as far as it is answered.
type Drafted struct {
	Person   string // who claims: the same text for the same person
	Event    string // of which story it came; "" shares with no other
	Category string
	Answers  Answers
}

// Carried is an answer that another claim of the draft has already.
type Carried struct {
	Value Value
	From  int // which of the parts it was taken from, from 0
}

// Carry lists the answers that the claim to can take over from other parts of
// its draft: those to fields that its form has, that it has not answered itself,
// and that are the same person's, household's or event's. Where several have
// one, the first counts. A category that the edition doesn't know takes none.
func (e *Edition) Carry(to Drafted, from []Drafted) map[string]Carried {
	category, ok := e.categories[to.Category]
	if !ok {
		return nil
	}
	carried := map[string]Carried{}
	for _, id := range category.Asks {
		if _, answered := to.Answers[id]; answered {
			continue
		}
		for i := range from {
			v, ok := from[i].Answers[id]
			if ok && e.fields[id].Shared.joins(&to, &from[i]) {
				carried[id] = Carried{v, i}
				break
			}
		}
	}
	return carried
}

// Joins reports whether two claims of a draft share the answer to a field, where
// both their forms ask it.
func (e *Edition) Joins(field string, a, b Drafted) bool {
	f, ok := e.fields[field]
	if !ok || !f.Shared.joins(&a, &b) {
		return false
	}
	for _, id := range []string{a.Category, b.Category} {
		if c, known := e.categories[id]; !known || !c.asks[field] {
			return false
		}
	}
	return true
}

// joins reports whether two claims share answers of that kind.
func (s Share) joins(a, b *Drafted) bool {
	switch s {
	case OfPerson:
		return a.Person == b.Person
	case OfHousehold:
		return true
	case OfEvent:
		return a.Event != "" && a.Event == b.Event
	}
	return false
}
