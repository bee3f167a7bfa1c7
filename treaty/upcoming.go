package treaty

import (
	"cmp"
	"slices"

	"github.com/openchancery/chancery/day"
)

// Coming is one thing that follows from the acts so far and has not happened.
type Coming struct {
	On    day.Date `json:"on"`
	Step  Step     `json:"what"` // treaty.step.coming.entry, .party, .leaving
	Party string   `json:"party,omitempty"`
	Fact  FactID   `json:"fact,omitempty"`
}

// Upcoming is what is coming after a day, by what was known on a day, in order:
// entry into force, of the treaty and for each party, and leaving.
func (f *File) Upcoming(on, knownOn day.Date) []Coming {
	s := f.Status(on, knownOn)
	all := []Coming{}
	add := func(date *day.Date, code, party string, fact FactID) {
		if date != nil && date.After(on) {
			all = append(all, Coming{*date, step("coming."+code, "", fact, "treaty", s.Title, "party", party, "date", *date), party, fact})
		}
	}
	add(s.Scheduled, "entry", "", "")
	for _, b := range s.Contracting {
		if s.Scheduled == nil || b.From == nil || *b.From != *s.Scheduled {
			add(b.From, "party", b.Name, b.Fact)
		}
		add(b.Until, "leaving", b.Name, b.Fact)
	}
	slices.SortStableFunc(all, func(a, b Coming) int {
		return cmp.Or(a.On.Compare(b.On), cmp.Compare(a.Step.Code, b.Step.Code), cmp.Compare(a.Party, b.Party))
	})
	return all
}
