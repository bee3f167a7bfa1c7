package rulebook

import "slices"

// Two editions are compared by what they say, whatever the order and the layout
// of their files: each part is taken apart into facets, and those are held side
// by side.

// Change is one thing that another edition says otherwise.
type Change struct {
	Section string     `json:"section"` // programme, category, question, ground, requirement, eligibility, valuation, …
	ID      string     `json:"id,omitempty"`
	Kind    ChangeKind `json:"kind"`
	Facet   string     `json:"facet,omitempty"`    // what of it: sum, condition, label, asks, …
	Of      string     `json:"of,omitempty"`       // of which of them: a language, a place in a table
	From    string     `json:"from,omitempty"`     // "" for nothing
	To      string     `json:"to,omitempty"`       // likewise
	InWords string     `json:"in_words,omitempty"` // for who prints it; the room leaves it empty
}

// ChangeKind is what happened.
type ChangeKind string

// The kinds of changes.
const (
	ChangeAdded     ChangeKind = "added"     // the whole thing
	ChangeRemoved   ChangeKind = "removed"   // likewise
	ChangeOtherwise ChangeKind = "changed"   // a facet, from one text to another
	ChangeNow       ChangeKind = "now"       // an item of a list is there: To
	ChangeNoLonger  ChangeKind = "no-longer" // an item of a list is gone: From
	ChangeMoved     ChangeKind = "moved"     // it stands elsewhere among the others: after To, "" for first
)

// facet is one thing that a part of an edition says.
type facet struct{ name, of, text string }

// list is a facet of several items, whose order says nothing.
type list struct {
	name  string
	items []string
}

// element is a part of an edition, taken apart.
type element struct {
	section, id string
	facets      []facet
	lists       []list
}

// set adds a facet, unless it says nothing.
func (x *element) set(name, text string) {
	if text != "" {
		x.facets = append(x.facets, facet{name, "", text})
	}
}

// flag adds a facet that is there or not.
func (x *element) flag(name string, on bool) {
	if on {
		x.set(name, "yes")
	}
}

// texts adds a text in each language.
func (x *element) texts(name string, t Texts) {
	for _, language := range inOrder(t) {
		x.facets = append(x.facets, facet{name, language, t[language]})
	}
}

// many adds a list.
func (x *element) many(name string, items []string) { x.lists = append(x.lists, list{name, items}) }

// Diff lists what an edition says otherwise than an older one, in the order of
// the newer file; what is gone comes where it stood among its like. The order in
// which rules of valuation stand counts, since the first that applies decides.
func (e *Edition) Diff(older *Edition) []Change {
	var changes []Change
	was, is := older.elements(), e.elements()
	for _, section := range sections(was, is) {
		before, now := of(was, section), of(is, section)
		for i := range now {
			x := &now[i]
			at := slices.IndexFunc(before, func(y element) bool { return y.id == x.id })
			if at < 0 {
				changes = append(changes, Change{Section: section, ID: x.id, Kind: ChangeAdded, To: x.summary()})
				continue
			}
			changes = append(changes, x.against(&before[at])...)
		}
		for i := range before {
			y := &before[i]
			if !slices.ContainsFunc(now, func(x element) bool { return x.id == y.id }) {
				changes = append(changes, Change{Section: section, ID: y.id, Kind: ChangeRemoved, From: y.summary()})
			}
		}
		if section == "valuation" {
			changes = append(changes, moved(before, now)...)
		}
	}
	return changes
}

// sections are those of both, in the order of the newer one.
func sections(was, is []element) []string {
	var all []string
	for _, x := range append(slices.Clone(is), was...) {
		if !slices.Contains(all, x.section) {
			all = append(all, x.section)
		}
	}
	return all
}

func of(all []element, section string) []element {
	var some []element
	for _, x := range all {
		if x.section == section {
			some = append(some, x)
		}
	}
	return some
}

// summary is what says most of an element that is new or gone.
func (x *element) summary() string {
	for _, name := range []string{"sum", "amount", "title", "label", "text", "condition"} {
		for _, f := range x.facets {
			if f.name == name && (f.of == "" || f.of == "en") {
				return f.text
			}
		}
	}
	return ""
}

// against is what an element says otherwise than it did.
func (x *element) against(was *element) []Change {
	var changes []Change
	change := func(f facet, from, to string) {
		changes = append(changes, Change{Section: x.section, ID: x.id, Kind: ChangeOtherwise, Facet: f.name, Of: f.of, From: from, To: to})
	}
	for _, f := range x.facets {
		if before := was.text(f); before != f.text {
			change(f, before, f.text)
		}
	}
	for _, f := range was.facets {
		if x.text(f) == "" {
			change(f, f.text, "")
		}
	}
	for i := range x.lists {
		now, before := x.lists[i].items, was.lists[i].items
		for _, item := range now {
			if !slices.Contains(before, item) {
				changes = append(changes, Change{Section: x.section, ID: x.id, Kind: ChangeNow, Facet: x.lists[i].name, To: item})
			}
		}
		for _, item := range before {
			if !slices.Contains(now, item) {
				changes = append(changes, Change{Section: x.section, ID: x.id, Kind: ChangeNoLonger, Facet: x.lists[i].name, From: item})
			}
		}
	}
	return changes
}

// text is what the same facet says here.
func (x *element) text(f facet) string {
	for _, g := range x.facets {
		if g.name == f.name && g.of == f.of {
			return g.text
		}
	}
	return ""
}

// moved are the elements that stand after another one than before, among those
// that both have.
func moved(before, now []element) []Change {
	has := func(all []element, id string) bool {
		return slices.ContainsFunc(all, func(x element) bool { return x.id == id })
	}
	common := func(all, other []element) []string {
		var ids []string
		for i := range all {
			if has(other, all[i].id) {
				ids = append(ids, all[i].id)
			}
		}
		return ids
	}
	was, is := common(before, now), common(now, before)
	var changes []Change
	for at, id := range is {
		if was[at] == id {
			continue
		}
		after := ""
		if at > 0 {
			after = is[at-1]
		}
		changes = append(changes, Change{Section: now[0].section, ID: id, Kind: ChangeMoved, To: after})
		was = slices.Delete(was, slices.Index(was, id), slices.Index(was, id)+1) // those behind it are compared without it
		was = slices.Insert(was, at, id)
	}
	return changes
}
