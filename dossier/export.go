package dossier

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// gathered is facts made ready for a format in which a thing is one object and
// a meeting one event, however many sources tell of it. What another fact is
// preferred over is left out: those formats can't say which of two counts.
type gathered struct {
	things   []*told[roll.Thing] // by id
	byID     map[roll.ID]*told[roll.Thing]
	acts     []roll.Fact // memberships and tenures, in the order given
	meetings []*gathering
}

// told is what sources tell of one thing.
type told[T any] struct {
	first   T
	facts   []roll.Fact
	sources []roll.Source
}

// gathering is one meeting with who was there.
type gathering struct {
	series  roll.ID
	ordinal int
	facts   []roll.Fact // meetings; the first is never missing
	seats   []roll.Fact // attendances
}

func gather(facts []roll.Fact) gathered {
	g := gathered{byID: map[roll.ID]*told[roll.Thing]{}}
	aside := map[roll.FactID]bool{}
	for _, f := range facts {
		if f.Preference != nil {
			for _, id := range f.Preference.Over {
				aside[id] = true
			}
		}
	}
	seats := map[string][]roll.Fact{}
	var meetings []roll.Fact
	for _, f := range facts {
		if len(aside) > 0 && aside[f.ID()] {
			continue
		}
		switch {
		case f.Thing != nil:
			t := g.byID[f.Thing.ID]
			if t == nil {
				t = &told[roll.Thing]{first: *f.Thing}
				g.byID[f.Thing.ID] = t
				g.things = append(g.things, t)
			}
			t.facts, t.sources = append(t.facts, f), append(t.sources, f.Source)
		case f.Membership != nil || f.Tenure != nil:
			g.acts = append(g.acts, f)
		case f.Meeting != nil:
			meetings = append(meetings, f)
		case f.Attendance != nil:
			key := seatsKey(f.Attendance.Series, f.Attendance.Ordinal)
			seats[key] = append(seats[key], f)
		}
	}
	slices.SortStableFunc(g.things, func(a, b *told[roll.Thing]) int { return cmp.Compare(a.first.ID, b.first.ID) })
	g.meetings = together(meetings, seats)
	return g
}

// together puts what several sources tell of one meeting into one gathering.
// Meetings whose number isn't known are each another.
func together(meetings []roll.Fact, seats map[string][]roll.Fact) []*gathering {
	var all []*gathering
	numbered := map[string]*gathering{}
	for _, f := range meetings {
		m := f.Meeting
		key := seatsKey(m.Series, m.Ordinal)
		if g := numbered[key]; g != nil && m.Ordinal > 0 {
			g.facts = append(g.facts, f)
			continue
		}
		g := &gathering{series: m.Series, ordinal: m.Ordinal, facts: []roll.Fact{f}}
		if m.Ordinal > 0 {
			numbered[key], g.seats = g, seats[key]
		}
		all = append(all, g)
	}
	slices.SortStableFunc(all, func(a, b *gathering) int {
		return cmp.Or(cmp.Compare(a.series, b.series), cmp.Compare(a.ordinal, b.ordinal), a.facts[0].Meeting.On.First().Compare(b.facts[0].Meeting.On.First()))
	})
	return all
}

func seatsKey(series roll.ID, ordinal int) string {
	return string(series) + "/" + strconv.Itoa(ordinal)
}

// id names a gathering for ever: by its number, or where it has none by the
// first fact of it.
func (g *gathering) id() string {
	if g.ordinal > 0 {
		return string(g.series) + "-" + strconv.Itoa(g.ordinal)
	}
	return string(g.series) + "-" + string(g.facts[0].ID()[:12])
}

// on is when it was, where the sources that say so say the same.
func (g *gathering) on() (on, to day.When) {
	return agreed(g.facts, func(f roll.Fact) day.When { return f.Meeting.On }),
		agreed(g.facts, func(f roll.Fact) day.When { return f.Meeting.To })
}

// agreed is the one date that facts give, the zero value where they give none
// or several.
func agreed(facts []roll.Fact, of func(roll.Fact) day.When) day.When {
	var one day.When
	for _, f := range facts {
		switch w := of(f); {
		case w.IsZero() || w == one:
		case !one.IsZero():
			return day.When{}
		default:
			one = w
		}
	}
	return one
}

// place is the first that a source gives.
func (g *gathering) place() string {
	for _, f := range g.facts {
		if f.Meeting.Place != "" {
			return f.Meeting.Place
		}
	}
	return ""
}

func (g *gathering) themes() []string {
	var all []string
	for _, f := range g.facts {
		for _, theme := range f.Meeting.Themes {
			if !slices.Contains(all, theme) {
				all = append(all, theme)
			}
		}
	}
	return all
}

// name is what a thing is called: in English as it is today, or its id.
func (g gathered) name(id roll.ID) string {
	for _, n := range g.names(id) {
		if (n.Lang == "" || n.Lang == "en") && n.To.IsZero() {
			return n.Text
		}
	}
	for _, n := range g.names(id) {
		return n.Text
	}
	return string(id)
}

// names are all names that sources give a thing, each once.
func (g gathered) names(id roll.ID) []roll.Name {
	var all []roll.Name
	if t := g.byID[id]; t != nil {
		for _, f := range t.facts {
			for _, n := range f.Thing.Names {
				if !slices.Contains(all, n) {
					all = append(all, n)
				}
			}
		}
	}
	return all
}

// codes are all codes of a thing, each once.
func (t *told[T]) codes() []roll.Identifier {
	var all []roll.Identifier
	for _, f := range t.facts {
		for _, c := range f.Thing.Codes {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all
}

// meetingName is a meeting's name: its series' and its number.
func (g gathered) meetingName(m *gathering) string {
	if m.ordinal == 0 {
		return g.name(m.series)
	}
	return g.name(m.series) + ", " + strconv.Itoa(m.ordinal)
}

// bodyOf is the body whose office or series it is.
func (g gathered) bodyOf(id roll.ID) roll.ID {
	if t := g.byID[id]; t != nil {
		for _, f := range t.facts {
			if f.Thing.Of != "" {
				return f.Thing.Of
			}
		}
	}
	return ""
}

// partial is a date as other formats write it ("2005", "2005-07",
// "2005-07-03"), "" where it is no such date.
func partial(w day.When) string {
	if _, err := day.ParsePartial(w.String()); err != nil {
		return ""
	}
	return w.String()
}

// WriteFacts writes all facts as one flat CSV file: what every fact has in
// columns, and its content as JSON. Nothing is lost.
func WriteFacts(w io.Writer, facts []roll.Fact) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"id", "kind", "subject", "source", "link", "seen", "known", "doubt", "note", "bundle", "content"}); err != nil {
		return err
	}
	for _, f := range facts {
		content, err := json.Marshal(contentOf(f))
		if err != nil {
			return err
		}
		if err := out.Write([]string{
			string(f.ID()), f.Kind(), string(f.Subject()), f.Source.Name, f.Source.Link, f.Source.Seen.String(),
			f.Known.String(), f.Doubt, f.Note, f.Bundle, string(content),
		}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// contentOf is a fact without what every fact has.
func contentOf(f roll.Fact) map[string]any {
	f.Source, f.Known, f.Doubt, f.Note, f.Bundle = roll.Source{}, day.Date{}, "", "", ""
	var content map[string]any
	raw, err := json.Marshal(f)
	if err == nil {
		err = json.Unmarshal(raw, &content)
	}
	if err != nil {
		return nil // can't fail: strings, numbers, dates and booleans
	}
	delete(content, "source")
	return content
}

// isLink reports whether a text is an address that a reader can follow.
func isLink(text string) bool {
	return strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://")
}
