package treaty_test

import (
	"encoding/json"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/treaty"
	"pgregory.net/rapid"
)

var states = []string{"Austria", "Belgium", "Chile", "Czechoslovakia", "Czechia", "Denmark", "European Union"}

// anyFact is an act of a short treaty's life, often on the same days.
func anyFact(t *rapid.T) treaty.Fact {
	kinds := append([]treaty.Kind{treaty.Ratification, treaty.Ratification, treaty.Accession, treaty.Signature, treaty.Denunciation, treaty.Succession}, treaty.Kinds...)
	d := day.Must(2001, 1, 1).AddDays(rapid.IntRange(0, 40).Draw(t, "on"))
	on := day.On(d)
	if rapid.IntRange(0, 5).Draw(t, "partial") == 0 {
		on = when(t, d.String()[:7])
	}
	a := &treaty.Action{Treaty: "t", Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Party: rapid.SampledFrom(states).Draw(t, "party"), On: on}
	switch a.Kind {
	case treaty.Finding:
		a.Condition, a.By, a.Document = "funds", rapid.SampledFrom([]string{"Assembly", "Council"}).Draw(t, "by"), "A/1"
	case treaty.Succession:
		a.Predecessor, a.Ended = rapid.SampledFrom(states).Draw(t, "predecessor"), rapid.Bool().Draw(t, "ended")
	}
	a.Org = a.Party == "European Union"
	return treaty.Fact{Source: roll.Source{Name: "s"}, Known: day.Must(2001, 1, 1).AddDays(rapid.IntRange(0, 20).Draw(t, "known")), Action: a}
}

// anyStory is some acts and a clause; some of the acts are rectified later.
func anyStory(t *rapid.T) []treaty.Fact {
	clause := &treaty.Clause{
		Provision:  "Article 1",
		Conditions: []treaty.Condition{{Name: "instruments", Number: rapid.IntRange(1, 4).Draw(t, "number"), Organisations: rapid.Bool().Draw(t, "org")}},
		Delay:      rapid.SampledFrom([]treaty.Delay{{}, delay(t, "days 5"), delay(t, "first_of_month_after_days 3")}).Draw(t, "delay"),
		Parties:    &treaty.PartyRule{Variant: treaty.VariantB, Delay: delay(t, "days 5")},
		Withdrawal: &treaty.NoticeRule{Delay: delay(t, "days 7")},
		Below:      &treaty.BelowRule{Number: rapid.IntRange(1, 3).Draw(t, "below")},
	}
	if rapid.Bool().Draw(t, "funds") {
		clause.Conditions = append(clause.Conditions, treaty.Condition{Name: "funds", Finding: "Assembly"})
	}
	all := []treaty.Fact{{Source: roll.Source{Name: "s"}, Known: day.Must(2001, 1, 1), Instrument: &treaty.Instrument{ID: "t", Clause: clause}}}
	all = append(all, rapid.SliceOfN(rapid.Custom(anyFact), 0, 14).Draw(t, "facts")...)
	if rapid.Bool().Draw(t, "rectified") {
		all = append(all, treaty.Fact{
			Source: roll.Source{Name: "s"}, Known: day.Must(2001, 1, 15),
			Action: &treaty.Action{Treaty: "t", Kind: treaty.Rectification, Corrects: rapid.SampledFrom(all).Draw(t, "wrong").ID()},
		})
	}
	return all
}

func answer(t *rapid.T, facts []treaty.Fact, on, knownOn day.Date) string {
	raw, err := json.Marshal(treaty.NewFile("t", facts).Status(on, knownOn))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func anyDay(t *rapid.T, name string) day.Date {
	return day.Must(2001, 1, 1).AddDays(rapid.IntRange(0, 60).Draw(t, name))
}

func TestLaws(t *testing.T) {
	laws := map[string]func(*rapid.T){
		"the order in which facts come doesn't matter, nor does learning one twice": func(t *rapid.T) {
			all := anyStory(t)
			on := anyDay(t, "asked")
			again := rapid.Permutation(all).Draw(t, "order")
			for _, f := range all[:len(all)/2] {
				f.Known = f.Known.AddDays(100)
				f.Bundle = "again"
				again = append(again, f)
			}
			if a, b := answer(t, all, on, day.Date{}), answer(t, again, on, day.Date{}); a != b {
				t.Fatalf("%s\n%s", a, b)
			}
		},
		"what is learned later never changes what was known": func(t *rapid.T) {
			all := anyStory(t)
			on, knownOn := anyDay(t, "asked"), day.Must(2001, 1, 1).AddDays(rapid.IntRange(0, 20).Draw(t, "known on"))
			before := answer(t, all, on, knownOn)
			for range rapid.IntRange(1, 4).Draw(t, "more") {
				f := anyFact(t)
				if rapid.Bool().Draw(t, "takes back") {
					f.Action = &treaty.Action{Treaty: "t", Kind: treaty.Rectification, Corrects: rapid.SampledFrom(all).Draw(t, "what").ID()}
				}
				f.Known = knownOn.AddDays(rapid.IntRange(1, 9).Draw(t, "later"))
				all = append(all, f)
			}
			if after := answer(t, all, on, knownOn); after != before {
				t.Fatalf("%s\n%s", before, after)
			}
		},
		"what is done later never changes how it stood": func(t *rapid.T) {
			all := anyStory(t)
			on := anyDay(t, "asked")
			before := answer(t, all, on, day.Date{})
			f := anyFact(t)
			f.Action.On = day.On(on.AddDays(rapid.IntRange(1, 30).Draw(t, "later")))
			if after := answer(t, append(all, f), on, day.Date{}); after != before {
				t.Fatalf("%s\n%s", before, after)
			}
		},
		"a succession never brings an instrument more": func(t *rapid.T) {
			all := anyStory(t)
			on := anyDay(t, "asked")
			before := treaty.NewFile("t", all).Status(on, day.Date{})
			f := anyFact(t)
			f.Action.Kind, f.Action.Predecessor, f.Action.Party = treaty.Succession, "Czechoslovakia", "Slovakia"
			after := treaty.NewFile("t", append(all, f)).Status(on, day.Date{})
			if before.Instruments != after.Instruments {
				t.Fatalf("%d instruments, and with a succession %d", before.Instruments, after.Instruments)
			}
		},
		"what is in force is certain, and has a day or two between which it lies": func(t *rapid.T) {
			s := treaty.NewFile("t", anyStory(t)).Status(anyDay(t, "asked"), day.Date{})
			if s.InForce && s.Answer != day.Yes {
				t.Fatal("in force, and not certain")
			}
			if s.InForce && s.Entry == nil && s.Between == nil {
				t.Fatal("in force, and nobody says since when")
			}
			if s.Entry != nil && s.Entry.After(s.On) || s.Scheduled != nil && !s.Scheduled.After(s.On) {
				t.Fatal("a day on the wrong side")
			}
		},
	}
	for name, law := range laws {
		t.Run(name, func(t *testing.T) { rapid.Check(t, law) })
	}
}
