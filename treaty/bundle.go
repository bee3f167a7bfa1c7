package treaty

import (
	"cmp"
	"slices"

	"github.com/openchancery/chancery/day"
)

// Bundle is facts that come together: a dossier, a depositary's list.
type Bundle struct {
	ID    string   `json:"id"`
	Title string   `json:"title,omitempty"`
	Known day.Date `json:"known"` // when we learned its facts, where a fact says no other day
	Facts []Fact   `json:"facts"`
}

// Merge is the facts without repetition, in an order that depends on what they
// say and not on how they came: of a fact learned twice the earlier day counts.
func Merge(facts []Fact) []Fact {
	type named struct {
		id   FactID
		fact Fact
	}
	all := make([]named, len(facts))
	for i, f := range facts {
		all[i] = named{f.ID(), f}
	}
	slices.SortFunc(all, func(a, b named) int {
		return cmp.Or(cmp.Compare(a.id, b.id), a.fact.Known.Compare(b.fact.Known), cmp.Compare(a.fact.Bundle, b.fact.Bundle))
	})
	all = slices.CompactFunc(all, func(a, b named) bool { return a.id == b.id })
	merged := make([]Fact, len(all))
	for i := range all {
		merged[i] = all[i].fact
	}
	return merged
}

// Line is one line of a summary: the fact, and for a change or a conflict what
// stands already.
type Line struct {
	ID     FactID   `json:"id"`
	Fact   Fact     `json:"fact"`
	Stands []FactID `json:"stands,omitempty"`
}

// Summary is what a bundle would do to what we have, for a person to read
// before accepting it.
type Summary struct {
	Added    []Line `json:"added"`
	Ended    []Line `json:"ended"`       // terminations, denunciations, withdrawals: something stops
	Changed  []Line `json:"changed"`     // rectifications, and new words on a treaty described already
	Conflict []Line `json:"in_conflict"` // the same act of the same party on another date; both stay
	Known    int    `json:"already_known"`
}

// Summarise compares a bundle with the facts that we have.
func Summarise(have []Fact, b Bundle) Summary {
	type act struct {
		treaty, party string
		kind          Kind
	}
	known := make(map[FactID]bool, len(have))
	acts, described := map[act][]Fact{}, map[string][]FactID{}
	for _, f := range have {
		id := f.ID()
		known[id] = true
		if a := f.Action; a != nil {
			key := act{a.Treaty, a.party().key(), a.Kind}
			acts[key] = append(acts[key], f)
			continue
		}
		described[f.Subject()] = append(described[f.Subject()], id)
	}
	s := Summary{Added: []Line{}, Ended: []Line{}, Changed: []Line{}, Conflict: []Line{}}
	for _, f := range Merge(b.Facts) {
		line := Line{ID: f.ID(), Fact: f}
		switch a := f.Action; {
		case known[line.ID]:
			s.Known++
		case a == nil && len(described[f.Subject()]) > 0:
			line.Stands = described[f.Subject()]
			s.Changed = append(s.Changed, line)
		case a == nil:
			s.Added = append(s.Added, line)
		case a.Kind == Rectification && a.Corrects != "":
			line.Stands = []FactID{a.Corrects}
			s.Changed = append(s.Changed, line)
		case len(differing(acts[act{a.Treaty, a.party().key(), a.Kind}], *a)) > 0:
			line.Stands = differing(acts[act{a.Treaty, a.party().key(), a.Kind}], *a)
			s.Conflict = append(s.Conflict, line)
		case a.Kind == Termination || leaves[a.Kind]:
			s.Ended = append(s.Ended, line)
		default:
			s.Added = append(s.Added, line)
		}
	}
	return s
}

// once are the actions that a party does once, so that two dates for one of
// them are a conflict of sources.
var once = map[Kind]bool{
	Signature: true, Ratification: true, Acceptance: true, Approval: true, Accession: true, Succession: true,
	FormalConfirmation: true, EntryIntoForce: true, EntryForParty: true, Adoption: true, Opening: true, Termination: true,
}

// differing are the facts of the same act that give another date for it, or
// another day for its effect. A deposit with another depositary is no conflict.
func differing(facts []Fact, a Action) []FactID {
	var ids []FactID
	for _, f := range facts {
		b := f.Action
		if once[a.Kind] && a.With == b.With && (a.On != b.On || a.Effect != b.Effect) {
			ids = append(ids, f.ID())
		}
	}
	slices.Sort(ids)
	return ids
}
