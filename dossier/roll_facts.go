package dossier

import (
	"github.com/openchancery/chancery/roll"
)

// thing reads a state, a body, an organ, an office, a series, a person or a
// group.
func thing(sort roll.Sort) section {
	return func(_ *rollReader, row *row) roll.Fact {
		t := &roll.Thing{ID: row.id("id"), Sort: sort, From: row.when("from")}
		until := row.until()
		t.Ended, t.To = until.Ended, until.To
		if row.has("name") {
			t.Names = append(t.Names, roll.Name{Text: row.text("name")})
		}
		for _, n := range row.rows("names") {
			t.Names = append(t.Names, roll.Name{Text: n.must("text"), Lang: n.text("lang"), From: n.when("from"), To: n.when("until")})
			n.done()
		}
		for _, c := range row.rows("codes") {
			t.Codes = append(t.Codes, roll.Identifier{Scheme: c.must("scheme"), Value: c.must("value"), From: c.when("from"), To: c.when("until")})
			c.done()
		}
		for _, short := range []struct{ field, scheme string }{
			{"alpha2", roll.Alpha2}, {"alpha3", alpha3}, {"abbreviation", roll.Abbreviation},
		} {
			if row.has(short.field) {
				t.Codes = append(t.Codes, roll.Identifier{Scheme: short.scheme, Value: row.text(short.field)})
			}
		}
		switch sort {
		case roll.Organ, roll.Series:
			t.Of = row.id("of")
		case roll.Office:
			t.Of = row.maybeID("of")
		case roll.Group:
			t.Members = row.ids("members")
		}
		return roll.Fact{Thing: t}
	}
}

// Schemes of codes beside those that roll knows by name.
const (
	alpha3  = "iso-3166-1-alpha-3"
	numeric = "iso-3166-1-numeric"
	alpha4  = "iso-3166-3"
	cow     = "cow"
)

// until reads how long something goes on: "until" a date, or "unknown" for what
// ended nobody says when; "told" for a source that tells up to a day.
func (r *row) until() roll.Until {
	return roll.Until{Ended: r.has("until"), To: r.when("until"), Told: r.date("told")}
}

func succession(_ *rollReader, row *row) roll.Fact {
	return roll.Fact{Succession: &roll.Succession{
		Sort:         row.word("sort", "dissolution", "secession", "union", "continuation", "transformation"),
		Predecessors: row.ids("predecessors"), Successors: row.ids("successors"), On: row.when("on"),
	}}
}

func membership(_ *rollReader, row *row) roll.Fact {
	return roll.Fact{Membership: &roll.Membership{
		Body: row.id("body"), Member: row.id("member"), Act: row.must("act"), On: row.when("on"), Until: row.until(),
	}}
}

func rule(_ *rollReader, row *row) roll.Fact {
	f := &roll.Rule{Body: row.id("body"), Name: row.must("name"), Default: row.truth("default"), Provision: row.must("provision")}
	for _, step := range row.rows("gives") {
		f.Gives = append(f.Gives, roll.RuleStep{
			Status: roll.Status(step.must("status")), Acts: step.texts("acts"), Except: step.texts("except"), Beside: step.truth("beside"),
		})
		step.done()
	}
	return roll.Fact{Rule: f}
}

func admission(_ *rollReader, row *row) roll.Fact {
	return roll.Fact{Admission: &roll.Admission{
		Body: row.id("body"), By: row.must("by"),
		Of: roll.Status(row.must("of")), Provision: row.must("provision"),
	}}
}

func position(_ *rollReader, row *row) roll.Fact {
	return roll.Fact{Position: &roll.Position{
		Body: row.id("body"), Candidate: row.id("candidate"), By: row.id("by"),
		Stance: row.must("stance"), On: row.when("on"), Until: row.until(),
	}}
}

func tenure(_ *rollReader, row *row) roll.Fact {
	return roll.Fact{Tenure: &roll.Tenure{
		Office: row.id("office"), Holder: row.id("holder"), Sort: row.must("sort"),
		Title: row.text("title"), From: row.when("from"), Until: row.until(),
	}}
}

// meeting reads a meeting; who was there may stand below it, each a fact of its
// own, by the meeting's source where it names no other.
func meeting(r *rollReader, row *row) roll.Fact {
	m := &roll.Meeting{
		Series: row.id("series"), Ordinal: row.number("ordinal"), On: row.when("on"), To: row.when("to"),
		Place: row.text("place"), Host: row.text("host"), Themes: row.texts("themes"),
	}
	for _, below := range row.rows("attendance") {
		for _, from := range []string{"series", "ordinal", "source", "known"} {
			if c := row.fields[from]; c != nil && below.fields[from] == nil {
				below.fields[from] = c
			}
		}
		r.fact(below, attendance)
	}
	return roll.Fact{Meeting: m}
}

func attendance(_ *rollReader, row *row) roll.Fact {
	a := &roll.Attendance{
		Series: row.id("series"), Ordinal: row.number("ordinal"), Person: row.maybeID("person"), For: row.maybeID("for"),
		Office: row.maybeID("office"), Title: row.text("title"), Capacity: row.texts("capacity"), Presence: "present",
	}
	if row.has("presence") {
		a.Presence = row.text("presence")
	}
	if len(a.Capacity) == 0 && a.Presence == "present" {
		a.Capacity = []string{"delegate"}
	}
	return roll.Fact{Attendance: a}
}

func count(_ *rollReader, row *row) roll.Fact {
	return roll.Fact{Count: &roll.Count{
		Series: row.maybeID("series"), Ordinal: row.number("ordinal"), Body: row.maybeID("body"), On: row.when("on"),
		Of: row.word("of", "states_represented", "states_named", "members", "meetings_held"), Number: row.number("number"),
	}}
}
