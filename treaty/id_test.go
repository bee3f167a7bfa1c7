package treaty

import (
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/roll"
	"pgregory.net/rapid"
)

// An id is for ever: what it is a hash over is the canonical JSON of the
// docket, to the byte.
func TestTheShortWayToAnIDIsTheLongOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) string {
			return rapid.OneOf(rapid.Just(""), rapid.StringMatching(`[a-zé ✓]{1,9}`), rapid.String()).Draw(t, name)
		}
		on := func(name string) day.When {
			return rapid.SampledFrom([]day.When{{}, day.On(day.Must(2001, 2, 3))}).Draw(t, name)
		}
		list := rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,3}`), 0, 2)
		f := Fact{
			Source: roll.Source{Name: text("source"), Link: text("link"), Seen: rapid.SampledFrom([]day.Date{{}, day.Must(2020, 1, 1)}).Draw(t, "seen")},
			Doubt:  text("doubt"), Note: text("note"),
			Action: &Action{
				Treaty: text("treaty"), Kind: Kind(text("kind")), Party: text("party"), Code: text("code"), Org: rapid.Bool().Draw(t, "org"),
				On: on("on"), Effect: on("effect"), With: text("with"), Notification: text("notification"), Text: text("text"),
				Provisions: list.Draw(t, "provisions"), Territories: list.Draw(t, "territories"), Against: text("against"),
				Predecessor: text("predecessor"), Ended: rapid.Bool().Draw(t, "ended"), Condition: text("condition"),
				By: text("by"), Document: text("document"), Corrects: FactID(text("corrects")),
			},
		}
		short, ok := f.canonical(nil)
		long, err := docket.Marshal(f)
		if ok && (err != nil || string(short) != string(long)) {
			t.Fatalf("%s\n%s (%v)", short, long, err)
		}
	})
	f := Fact{Source: roll.Source{Name: "s"}, Known: day.Must(2001, 1, 1), Bundle: "b", Action: &Action{Treaty: "t", Kind: Ratification, Party: "Österreich", On: day.On(day.Must(2001, 2, 3))}}
	if got, want := f.ID(), FactID("46f2291a22064e9967a0e04067b0e9f2"); got != want {
		t.Errorf("the id of a fact has changed: %s, was %s", got, want)
	}
	later := f
	later.Known, later.Bundle = day.Must(2020, 1, 1), "c"
	if later.ID() != f.ID() {
		t.Error("when a fact was learned, and from which bundle, changes what it says")
	}
}
