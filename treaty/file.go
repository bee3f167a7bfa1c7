package treaty

import (
	"cmp"
	"slices"

	"github.com/openchancery/chancery/day"
)

// File is everything we have on one treaty, and on those that it depends on.
type File struct {
	id    string
	facts map[string][]entered // by treaty, in the order of their ids
}

// entered is a fact with its id, which is costly to make.
type entered struct {
	id   FactID
	fact Fact
}

// NewFile makes the file of the treaty with that id. The facts may be of many
// treaties: those on this one and on the ones that its clauses name are kept.
func NewFile(id string, facts []Fact) *File {
	f := &File{id: id, facts: map[string][]entered{}}
	wanted := map[string]bool{id: true}
	for _, other := range Depends(id, facts) {
		wanted[other] = true
	}
	for _, fact := range facts {
		if subject := fact.Subject(); wanted[subject] {
			f.facts[subject] = append(f.facts[subject], entered{fact.ID(), fact})
		}
	}
	for subject, all := range f.facts {
		slices.SortFunc(all, func(a, b entered) int {
			return cmp.Or(cmp.Compare(a.id, b.id), a.fact.Known.Compare(b.fact.Known))
		})
		f.facts[subject] = slices.CompactFunc(all, func(a, b entered) bool { return a.id == b.id })
	}
	return f
}

// Depends are the treaties that the facts say this one can't enter into force
// before, and those that these depend on in turn, in order. Who loads the facts
// of one treaty loads theirs beside it.
func Depends(id string, facts []Fact) []string {
	after := map[string][]string{}
	for _, f := range facts {
		if f.Instrument != nil && f.Instrument.Clause != nil {
			after[f.Instrument.ID] = append(after[f.Instrument.ID], f.Instrument.Clause.After...)
		}
	}
	found, open := map[string]bool{id: true}, []string{id}
	var all []string
	for len(open) > 0 {
		next := open[0]
		open = open[1:]
		for _, other := range after[next] {
			if !found[other] {
				found[other] = true
				open, all = append(open, other), append(all, other)
			}
		}
	}
	slices.Sort(all)
	return all
}

// ID is the treaty's id.
func (f *File) ID() string { return f.id }

// Empty reports whether nothing at all is known of the treaty.
func (f *File) Empty() bool { return len(f.facts[f.id]) == 0 }

// Facts are the facts on the treaty that were known on a day and stand; no
// date is to this day. They come in the order of their dates.
func (f *File) Facts(knownOn day.Date) []Fact {
	standing := f.standing(f.id, knownOn)
	facts := make([]Fact, len(standing))
	for i, e := range standing {
		facts[i] = e.fact
	}
	slices.SortStableFunc(facts, func(a, b Fact) int {
		if a.Action == nil || b.Action == nil {
			return cmp.Compare(btoi(a.Action != nil), btoi(b.Action != nil))
		}
		return a.Action.On.First().Compare(b.Action.On.First())
	})
	return facts
}

// standing are the facts on a treaty that were known on a day and that no
// rectification known by then took back.
func (f *File) standing(id string, knownOn day.Date) []entered {
	known := func(e entered) bool { return knownOn.IsZero() || !e.fact.Known.After(knownOn) }
	taken := map[FactID][]FactID{} // fact: the rectifications that take it back
	for _, e := range f.facts[id] {
		if a := e.fact.Action; a != nil && a.Corrects != "" && known(e) {
			taken[a.Corrects] = append(taken[a.Corrects], e.id)
		}
	}
	// A rectification's id is a hash over the id that it takes back, so that
	// they can't stand in a ring.
	var stands func(FactID) bool
	stands = func(id FactID) bool { return !slices.ContainsFunc(taken[id], stands) }
	var all []entered
	for _, e := range f.facts[id] {
		if known(e) && stands(e.id) {
			all = append(all, e)
		}
	}
	return all
}

// describe is the treaty as the facts describe it: each field as the fact says
// that was learned last, ties by content; and the fact that its clause is from.
func describe(id string, standing []entered) (Instrument, FactID) {
	var told []entered
	for _, e := range standing {
		if e.fact.Instrument != nil {
			told = append(told, e)
		}
	}
	slices.SortStableFunc(told, func(a, b entered) int { return a.fact.Known.Compare(b.fact.Known) })
	is, clause := Instrument{ID: id}, FactID("")
	for _, e := range told {
		t := e.fact.Instrument
		is.Title = cmp.Or(t.Title, is.Title)
		is.Place = cmp.Or(t.Place, is.Place)
		is.Published = cmp.Or(t.Published, is.Published)
		is.Adopted = cmp.Or(t.Adopted, is.Adopted)
		is.Opened = cmp.Or(t.Opened, is.Opened)
		if t.Clause != nil {
			is.Clause, clause = t.Clause, e.id
		}
		if len(t.Depositaries) > 0 {
			is.Depositaries = t.Depositaries
		}
	}
	return is, clause
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
