package portal

import (
	"strconv"
	"strings"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/roll"
)

// yearsBack is how many years a comparison over the years shows where none are
// asked for.
const yearsBack = 15

// closenessPage is what two bodies have in common over the years. It gives no
// verdict.
func closenessPage(q *inquiry) (recordPage, any, error) {
	first, second := q.value("first"), q.value("second")
	from, to := q.value("from"), q.value("to")
	if last := q.site.desk.Today().Year(); from == "" && to == "" {
		from, to = strconv.Itoa(last-yearsBack), strconv.Itoa(last)
	}
	page := recordPage{Title: q.say("public.closeness.title.short"), Back: q.back(), Forms: []form{q.form("years", "/roll/closeness", q.say("public.ask"),
		q.field("first", "text", first), q.field("second", "text", second), yearField(q, "from", from), yearField(q, "to", to), q.dateField("known-on"))}}
	if !q.json && (first == "" || second == "") {
		page.Lead = plainly(q.say("public.closeness.choose"))
		return page, nil, nil
	}
	begin, err := strconv.Atoi(from)
	end, err2 := strconv.Atoi(to)
	if err != nil || err2 != nil {
		return page, nil, fault.New(fault.Invalid, "public.fault.years", "from", from, "to", to)
	}
	c, err := q.site.desk.Closeness(q.r.Context(), first, second, begin, end, q.asks)
	if err != nil || q.json {
		return page, c, err
	}
	page.Title = q.say("public.closeness.title", "first", c.First.Label(), "second", c.Second.Label())
	page.Lead = plainly(q.say("public.closeness.lead", "first", c.First.Name, "second", c.Second.Name, "from", from, "to", to))
	page.Blocks = append(page.Blocks, q.cautionBlock(c), q.yearsBlock(c))
	page.Blocks = append(page.Blocks, q.contactBlocks(c)...)
	return page, c, nil
}

func yearField(q *inquiry, name, value string) field {
	f := q.field(name, "number", value)
	f.Label = q.say("public.field." + name + ".year")
	return f
}

// cautionBlock says how little may be known.
func (q *inquiry) cautionBlock(c ask.Closeness) block {
	b := block{ID: "caution", Title: q.say("public.caution")}
	for _, s := range c.Caution {
		b.List = append(b.List, phrase{Text: s.Text})
	}
	return b
}

// yearsBlock is the picture of the years and its table.
func (q *inquiry) yearsBlock(c ask.Closeness) block {
	b := block{ID: "years", Title: q.say("public.years"), Lead: q.ratedBoth(c.Rules)}
	chart := q.drawYears("c-years", c)
	b.Years = &chart
	t := recordTable{Caption: q.say("public.years.table"), Columns: []string{
		q.say("public.year"), q.say("public.shared"), q.say("public.jaccard"),
		q.say("public.inclusion", "first", c.First.Label(), "second", c.Second.Label()),
		q.say("public.inclusion", "first", c.Second.Label(), "second", c.First.Label()),
		q.say("public.undetermined"), q.say("public.visits"), q.say("public.meetings.known"),
	}}
	for _, y := range c.Years {
		t.Rows = append(t.Rows, recordRow{Cells: [][]phrase{
			{{Text: strconv.Itoa(y.Year)}},
			{{Text: q.number(int64(len(y.Shared))), Small: strings.Join(y.Shared, " ")}},
			q.fraction(y.Jaccard), q.fraction(y.FirstInSecond), q.fraction(y.SecondInFirst),
			{{Text: q.number(int64(len(y.Undetermined))), Small: strings.Join(y.Undetermined, " ")}},
			{{Text: q.number(int64(len(y.Officers)))}},
			{{Text: q.say("public.known.of", "kept", q.number(int64(y.AttendanceKept)), "known", q.number(int64(y.MeetingsKnown)))}},
		}})
	}
	b.Tables = []recordTable{t}
	return b
}

// fraction is a part of a whole: "6 of 10, 60.0 %".
func (q *inquiry) fraction(f roll.Fraction) []phrase {
	if f.Of == 0 {
		return plainly(q.say("public.fraction.none"))
	}
	permille := f.N * 1000 / f.Of
	share := q.say("portal.percent", "share", q.grouped(strconv.Itoa(permille/10)+"."+strconv.Itoa(permille%10)))
	return []phrase{{Text: share, Small: q.say("public.fraction", "n", q.number(int64(f.N)), "of", q.number(int64(f.Of)))}}
}

// contactBlocks are the cases behind the numbers: officers of one at meetings
// of the other, one person in both, meetings held back to back.
func (q *inquiry) contactBlocks(c ask.Closeness) []block {
	visits := recordTable{Caption: q.say("public.visits.table"), None: q.say("public.visits.none"), Columns: []string{
		q.say("public.person"), q.say("public.office"), q.say("public.meeting"), q.say("public.day"), q.say("public.capacity"),
	}}
	hats := recordTable{Caption: q.say("public.hats.table"), None: q.say("public.hats.none"), Columns: []string{
		q.say("public.person"), c.First.Label(), c.Second.Label(), q.say("public.year"), q.say("public.told"),
	}}
	near := recordTable{Caption: q.say("public.near.table", "days", strconv.Itoa(c.Within)), None: q.say("public.near.none"), Columns: []string{
		q.say("public.meeting"), q.say("public.meeting.other"), q.say("public.place"), q.say("public.days"), q.say("public.told"),
	}}
	for _, y := range c.Years {
		for _, v := range y.Officers {
			office := phrase{Text: v.Office.Name, Small: v.Of.Label()}
			if v.Office.Name == "" {
				office = phrase{Text: q.say("public.for-the-body", "body", v.Of.Name)}
			}
			visits.Rows = append(visits.Rows, recordRow{Cells: [][]phrase{
				{{Text: v.Person.Name, Cites: q.sources.cite(v.Cited...)}},
				{office},
				{q.meetingLink(v.Series, v.Ordinal)},
				plainly(q.when(v.On)), plainly(q.codedAll("capacity", v.Capacity)),
			}})
		}
		for _, h := range y.SharedOffices {
			hats.Rows = append(hats.Rows, recordRow{Cells: [][]phrase{
				{{Text: h.Person.Name, Cites: q.sources.cite(h.Cited...)}},
				plainly(h.First.Name), plainly(h.Second.Name),
				plainly(strconv.Itoa(y.Year)), plainly(q.told(h.Is)),
			}})
		}
		for _, a := range y.BackToBack {
			near.Rows = append(near.Rows, recordRow{Cells: [][]phrase{
				{q.heldAt(a.First)}, {q.heldAt(a.Second)}, plainly(a.Place), plainly(strconv.Itoa(a.Days)), plainly(q.told(a.Is)),
			}})
		}
	}
	return []block{
		{ID: "visits", Title: q.say("public.visits.title"), Tables: []recordTable{visits}},
		{ID: "hats", Title: q.say("public.hats.title"), Tables: []recordTable{hats}},
		{ID: "near", Title: q.say("public.near.title"), Tables: []recordTable{near}},
	}
}

func (q *inquiry) heldAt(h roll.Held) phrase {
	p := q.meetingLink(h.Series, h.Ordinal)
	p.Small, p.Cites = q.when(h.On), q.sources.cite(h.Cited...)
	return p
}

// yearChart is the shared members of each year as columns, with a dot below
// where an officer of one sat at a meeting of the other.
type yearChart struct {
	ID, Title, Desc   string
	Bars, Dots        string
	Height            em
	Base, DotY, YearY em
	Columns           []yearColumn
}

// yearColumn is one year; Value and Year are "" where there is no room.
type yearColumn struct {
	X, Middle, Width point
	Y, Bar           em
	Value, Year      string
	Visit            bool
}

// Measures of the years.
const (
	columnTop  = em(18)
	columnMost = em(110)
	mostLabels = 8
)

// drawYears lays the picture out.
func (w words) drawYears(id string, c ask.Closeness) yearChart {
	p := yearChart{
		ID: id, Title: w.say("public.years.title", "first", c.First.Label(), "second", c.Second.Label()),
		Bars: w.say("public.years.bars"), Dots: w.say("public.years.dots"),
		Base: columnTop + columnMost, DotY: columnTop + columnMost + 11, YearY: columnTop + columnMost + 32,
	}
	p.Height = p.YearY + 6
	most := 1
	for _, y := range c.Years {
		most = max(most, len(y.Shared))
	}
	each := wholeWidth / point(len(c.Years))
	step := (len(c.Years) + mostLabels - 1) / mostLabels
	var told []string
	for i, y := range c.Years {
		bar := em(len(y.Shared)) * columnMost / em(most)
		column := yearColumn{X: each*point(i) + each/10, Width: each * 8 / 10, Middle: each*point(i) + each/2, Bar: bar, Y: p.Base - bar, Visit: len(y.Officers) > 0}
		if i%step == 0 {
			column.Year, column.Value = strconv.Itoa(y.Year), w.number(int64(len(y.Shared)))
		}
		p.Columns = append(p.Columns, column)
		told = append(told, w.say("public.years.told", "year", strconv.Itoa(y.Year), "shared", w.number(int64(len(y.Shared))), "visits", w.number(int64(len(y.Officers)))))
	}
	p.Desc = strings.Join(told, " ")
	return p
}

// accessionPage is whether a body may take a state in.
func accessionPage(q *inquiry) (recordPage, any, error) {
	body, state := q.value("body"), q.value("state")
	page := recordPage{Title: q.say("public.accession.title.short"), Back: q.back(), Forms: []form{q.form("accession", "/roll/accession", q.say("public.ask"),
		q.field("body", "text", body), q.field("state", "text", state), q.dateField("on"), q.dateField("known-on"))}}
	if !q.json && (body == "" || state == "") {
		page.Lead = plainly(q.say("public.accession.choose"))
		return page, nil, nil
	}
	a, err := q.site.desk.Accession(q.r.Context(), body, state, q.asks)
	if err != nil || q.json {
		return page, a, err
	}
	page.Title = q.say("public.accession.title", "body", a.Body.Label(), "state", a.Candidate.Name)
	page.Lead = plainly(a.Text)
	rule := phrase{Text: q.say("public.accession.rule", "by", q.coded("admission", a.By), "of", q.status(a.Of), "provision", a.Provision)}
	if a.Cited != nil {
		rule.Cites = q.sources.cite(*a.Cited)
		page.Lead = append(page.Lead, rule)
	}
	t := recordTable{
		Caption: q.say("public.positions.table", "body", a.Body.Name, "state", a.Candidate.Name), None: q.say("public.positions.none"),
		Columns: []string{q.say("public.member"), q.say("public.stance"), q.say("public.declared"), q.say("public.remarks")},
	}
	for _, d := range append(a.Application[:len(a.Application):len(a.Application)], a.Positions...) {
		t.Rows = append(t.Rows, q.declared(d))
	}
	changes := block{ID: "changes", Title: q.say("public.would-change")}
	for _, c := range a.Changes {
		changes.List = append(changes.List, phrase{Text: c.Text})
	}
	page.Blocks = []block{{ID: "positions", Title: q.say("public.positions"), Tables: []recordTable{t}}}
	if len(changes.List) > 0 {
		page.Blocks = append(page.Blocks, changes)
	}
	return page, a, nil
}

// declared is one line of the positions.
func (q *inquiry) declared(d roll.Declared) recordRow {
	stance := phrase{Text: q.coded("stance", d.Stance), Cites: q.sources.cite(d.Cited...)}
	row := recordRow{Cells: [][]phrase{{{Text: d.By.Name, Small: d.By.Code}}, {stance}, {}, q.sources.remarks(d.Cited)}}
	if d.Stance != "not_known" {
		row.Cells[2] = plainly(q.when(d.On))
	} else {
		row.Class = "open"
	}
	if d.Full != day.Yes {
		row.Cells[3] = append(row.Cells[3], phrase{Class: "doubt", Text: q.say("public.perhaps.member")})
	}
	return row
}
