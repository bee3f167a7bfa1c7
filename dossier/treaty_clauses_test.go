package dossier_test

import (
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/dossier"
	"github.com/openchancery/chancery/treaty"
)

// A table of clauses loaded beside a list of actions answers what is in force:
// the Rome Statute's sixtieth instrument was deposited on 11 April 2002, and it
// entered into force on the first day of the month after the sixtieth day.
func TestATableOfClausesIsLoaded(t *testing.T) {
	for _, name := range []string{"treaty_actions.csv", "entry_into_force.csv"} {
		shared(t, name)
	}
	b, err := dossier.OpenTreaties(learned, sharedData+"treaty_actions.csv", sharedData+"entry_into_force.csv")
	if err != nil {
		t.Fatal(err)
	}
	by := map[string][]treaty.Fact{}
	for _, f := range b.Facts {
		by[f.Subject()] = append(by[f.Subject()], f)
	}
	rome := treaty.NewFile("un:18-10", by["un:18-10"])
	for _, c := range []struct {
		on                 day.Date
		inForce, scheduled bool
	}{
		{day.Must(2002, 4, 1), false, false}, // ten days before the sixtieth instrument
		{day.Must(2002, 6, 30), false, true},
		{day.Must(2002, 7, 1), true, false},
	} {
		s := rome.Status(c.on, day.Date{})
		if s.InForce != c.inForce || (s.Scheduled != nil) != c.scheduled || s.Needed != 60 {
			t.Errorf("on %s: in force %t, scheduled %v, %d needed", c.on, s.InForce, s.Scheduled, s.Needed)
		}
	}
	if s := rome.Status(learned, day.Date{}); s.Computed == nil || s.Entry == nil || *s.Computed != day.Must(2002, 7, 1) || *s.Entry != *s.Computed {
		t.Errorf("computed %v, published %v", s.Computed, s.Entry)
	}
	// Whose clause hangs on weights keeps what the table publishes, and says
	// what is lacking.
	for _, f := range by["paris-2015"] {
		if f.Instrument != nil && (f.Instrument.Clause != nil || f.Doubt == "") {
			t.Errorf("the Paris Agreement's clause was taken without its weights: %+v", f)
		}
	}
}
