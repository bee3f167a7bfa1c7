package office_test

import (
	"fmt"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/treaty"
)

// The sizes of the lists that people keep: every membership of every
// intergovernmental organisation since 1815, every action of 472 treaties.
const (
	manySpells, manyBodies    = 18_927, 534
	manyActions, manyTreaties = 50_128, 472
)

func spells() roll.Bundle {
	b := roll.Bundle{ID: "spells", Facts: make([]roll.Fact, manySpells)}
	for n := range b.Facts {
		b.Facts[n] = roll.Fact{
			Source: roll.Source{Name: "a data set, version 3", Link: "https://example.org/igo"},
			Membership: &roll.Membership{
				Body: roll.ID(fmt.Sprint("body-", n%manyBodies)), Member: roll.ID(fmt.Sprint("state-", n/manyBodies)), Act: "full",
				On: day.On(day.Must(1900+n%100, 1, 1)), Until: roll.Until{Told: day.Must(2014, 12, 31)},
			},
		}
	}
	return b
}

func actions() treaty.Bundle {
	b := treaty.Bundle{ID: "actions", Facts: make([]treaty.Fact, manyActions)}
	for n := range b.Facts {
		b.Facts[n] = treaty.Fact{
			Source: roll.Source{Name: "a list of actions, row " + fmt.Sprint(n)},
			Action: &treaty.Action{
				Treaty: fmt.Sprint("list:", n%manyTreaties), Kind: treaty.Ratification, Party: fmt.Sprint("State ", n/manyTreaties),
				Code: fmt.Sprintf("%03d", n/manyTreaties), On: day.On(day.Must(1950+n%70, 1+n%12, 1+n%28)),
			},
		}
	}
	return b
}

// Two whole lists, each in one act, over a file and over PostgreSQL; then what
// a new process takes to have the record in memory, and one that has it.
func BenchmarkLoad(b *testing.B) {
	load := func(b *testing.B) {
		b.Run("spells", func(b *testing.B) {
			list := spells()
			for b.Loop() {
				b.StopTimer()
				h := staffed(b)
				b.StartTimer()
				if l := h.loadRoll(list); l.Entered != manySpells {
					b.Fatalf("%+v", l)
				}
			}
		})
		b.Run("actions", func(b *testing.B) {
			list := actions()
			for b.Loop() {
				b.StopTimer()
				h := staffed(b)
				b.StartTimer()
				l, err := h.Office.LoadTreaties(b.Context(), h.by("administrator"), list)
				if err != nil || l.Entered != manyActions {
					b.Fatalf("%+v: %v", l, err)
				}
			}
		})
	}
	b.Run("file", load)
	theServer = serverOf(b)
	defer func() { theServer = nil }()
	b.Run("postgres", load)
}

func BenchmarkRead(b *testing.B) {
	h := staffed(b)
	h.loadRoll(spells())
	_, err := h.Office.LoadTreaties(b.Context(), h.by("administrator"), actions())
	must(b, err)
	first := h.Office
	b.Run("whole roll, in memory", func(b *testing.B) {
		for b.Loop() {
			h.roll()
		}
	})
	b.Run("whole roll, anew", func(b *testing.B) {
		for b.Loop() {
			h.Office = office.New(first.Parts)
			h.roll()
		}
		h.Office = first
	})
	b.Run("one body", func(b *testing.B) {
		for b.Loop() {
			h.roll("body-7")
		}
	})
	b.Run("one treaty", func(b *testing.B) {
		for b.Loop() {
			_, err := h.Office.Treaty(b.Context(), "list:7")
			must(b, err)
		}
	})
	b.Run("list of treaties", func(b *testing.B) {
		for b.Loop() {
			_, err := h.Office.Treaties(b.Context(), day.Date{})
			must(b, err)
		}
	})
}
