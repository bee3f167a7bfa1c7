package dossier

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/roll"
)

// Sheet is one sort of fact as a CSV file, written and read in one form. Lists
// are parted by semicolons.
type Sheet struct {
	Name string // "memberships": of the section in YAML, and of the file
	kind string // roll.Fact.Kind
	must []string
	rest []string
	read section                    // nil: written alone
	row  func(f roll.Fact) []string // of must and rest
}

// factColumns are what every fact has beside its content.
var factColumns = []string{"source", "link", "seen", "known", "doubt", "note"}

func (s Sheet) columns() []string { return slices.Concat(s.must, s.rest, factColumns) }

// Sheets are the sorts of facts that fit into a table, each a file of its own.
// Each is written and read, but things: their names and codes are written in
// short, and read from YAML alone.
func Sheets() []Sheet {
	return []Sheet{
		{"things", "thing", []string{"sort", "id", "names", "source"}, []string{"of", "members", "codes", "from", "until"}, nil, thingFields},
		{"memberships", "membership", []string{"body", "member", "act", "on", "source"}, []string{"until", "told"}, membership, func(f roll.Fact) []string {
			m := f.Membership
			return append([]string{string(m.Body), string(m.Member), m.Act, m.On.String()}, untilFields(m.Until)...)
		}},
		{"tenures", "tenure", []string{"office", "holder", "sort", "from", "source"}, []string{"title", "until", "told"}, tenure, func(f roll.Fact) []string {
			t := f.Tenure
			return append([]string{string(t.Office), string(t.Holder), t.Sort, t.From.String(), t.Title}, untilFields(t.Until)...)
		}},
		{"meetings", "meeting", []string{"series", "ordinal", "on", "place", "source"}, []string{"to", "host", "themes"}, meeting, func(f roll.Fact) []string {
			m := f.Meeting
			return []string{string(m.Series), number(m.Ordinal), m.On.String(), m.Place, m.To.String(), m.Host, strings.Join(m.Themes, "; ")}
		}},
		{"attendances", "attendance", []string{"series", "ordinal", "person", "for", "source"}, []string{"office", "title", "capacity", "presence"}, attendance, func(f roll.Fact) []string {
			a := f.Attendance
			return []string{string(a.Series), number(a.Ordinal), string(a.Person), string(a.For), string(a.Office), a.Title, strings.Join(a.Capacity, "; "), a.Presence}
		}},
		{"positions", "position", []string{"body", "candidate", "by", "stance", "source"}, []string{"on", "until", "told"}, position, func(f roll.Fact) []string {
			p := f.Position
			return append([]string{string(p.Body), string(p.Candidate), string(p.By), p.Stance, p.On.String()}, untilFields(p.Until)...)
		}},
		{"counts", "count", []string{"series", "ordinal", "body", "of", "number", "source"}, []string{"on"}, count, func(f roll.Fact) []string {
			c := f.Count
			return []string{string(c.Series), number(c.Ordinal), string(c.Body), c.Of, strconv.Itoa(c.Number), c.On.String()}
		}},
		{"successions", "succession", []string{"sort", "predecessors", "successors", "on", "source"}, nil, succession, func(f roll.Fact) []string {
			s := f.Succession
			return []string{s.Sort, joined(s.Predecessors), joined(s.Successors), s.On.String()}
		}},
	}
}

func thingFields(f roll.Fact) []string {
	t := f.Thing
	var names, codes []string
	for _, n := range t.Names {
		names = append(names, n.Text)
	}
	for _, c := range t.Codes {
		codes = append(codes, c.Scheme+"="+c.Value)
	}
	until := untilFields(roll.Until{Ended: t.Ended, To: t.To})[0]
	return []string{string(t.Sort), string(t.ID), strings.Join(names, "; "), string(t.Of), joined(t.Members), strings.Join(codes, "; "), t.From.String(), until}
}

// untilFields are the fields until and told.
func untilFields(u roll.Until) []string {
	until := u.To.String()
	if u.Ended && until == "" {
		until = "unknown"
	}
	return []string{until, u.Told.String()}
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func joined(ids []roll.ID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	return strings.Join(texts, "; ")
}

// WriteCSV writes the facts of one sheet, with its header, in the order given.
// ReadRoll reads what it writes, to the same facts. It is an error of the
// writer alone that can come back.
func (s Sheet) WriteCSV(w io.Writer, facts []roll.Fact) error {
	out := csv.NewWriter(w)
	header := slices.DeleteFunc(slices.Concat(s.must, s.rest), func(c string) bool { return c == "source" })
	if err := out.Write(append(header, factColumns...)); err != nil {
		return err
	}
	for _, f := range facts {
		if f.Kind() != s.kind {
			continue
		}
		row := append(s.row(f), f.Source.Name, f.Source.Link, f.Source.Seen.String(), f.Known.String(), f.Doubt, f.Note)
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// into reads a file in the sheet's form, with the reader of its section.
func (s Sheet) into(r *rollReader, in *sheet) {
	for in.next() {
		row := &row{reader: r.reader, at: in.at(), fields: make(map[string]*cell, len(in.header)), order: in.header}
		for i, column := range in.header {
			row.fields[column] = &cell{at: in.at(), text: in.fields[i], csv: true}
		}
		r.fact(row, s.read)
	}
}
