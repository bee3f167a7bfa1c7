package portal

import (
	"net/url"
	"strconv"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// bodyMore is what a body's page shows beside its members: the picture of all
// years, offices, meetings, and what sources say differently.
func (q *inquiry) bodyMore(m ask.Members) ([]block, error) {
	ctx, id := q.r.Context(), string(m.Body.ID)
	record, err := q.record()
	if err != nil {
		return nil, err
	}
	line, err := record.Timeline(m.Body.ID, q.asks.Rule)
	if err != nil {
		return nil, err
	}
	blocks := []block{q.timelineBlock(line, m.On)}
	offices, err := q.site.desk.Offices(ctx, id, q.asks)
	if err != nil {
		return nil, err
	}
	if len(offices.Offices) > 0 {
		blocks = append(blocks, q.officesBlock(offices))
	}
	if b := q.seriesBlock(record, m.Body.ID, m.On); len(b.List) > 0 {
		blocks = append(blocks, b)
	}
	differ, err := q.site.desk.Disagreements(ctx, id, q.asks)
	if err != nil {
		return nil, err
	}
	blocks = append(blocks, q.disagreementsBlock(differ.Disagreements))
	return append(blocks, q.bodyQuestions(m)), nil
}

// timelineBlock is the picture of a body's members over time with its table.
func (q *inquiry) timelineBlock(t roll.Timeline, on day.Date) block {
	b := block{ID: "timeline", Title: q.say("public.timeline"), Lead: plainly(q.say("public.timeline.lead", "rule", t.Rule.Name))}
	if len(t.Rows) == 0 {
		return b
	}
	picture := q.drawTimeline("c-timeline", t, on)
	b.Timeline = &picture
	table := recordTable{Caption: q.say("public.timeline.table"), Columns: []string{q.say("public.member"), q.say("public.spans")}}
	for _, r := range t.Rows {
		table.Rows = append(table.Rows, recordRow{Cells: [][]phrase{{{Text: r.Member.Name, Small: r.Member.Code}}, q.spans(r)}})
	}
	b.Tables = []recordTable{table}
	return b
}

// spans are a member's times, one in a line.
func (q *inquiry) spans(r roll.TimelineRow) []phrase {
	var out []phrase
	for _, s := range r.Spans {
		from, to := q.date(s.From), q.date(s.To)
		if s.From.IsZero() {
			from = q.say("public.from.unknown")
		}
		if s.To.IsZero() {
			to = q.say("public.until.open")
		}
		status := q.status(s.Status)
		if s.Status == "" {
			status = q.say("public.status.open.of", "statuses", q.statuses(s.Possible))
		}
		if len(s.Beside) > 0 {
			status += ", " + q.statuses(s.Beside)
		}
		out = append(out, phrase{Text: q.say("public.act", "act", status, "span", q.span(from, to))})
	}
	return out
}

// officesBlock is who held which office on the day, and before and after.
func (q *inquiry) officesBlock(o ask.Offices) block {
	b := block{ID: "offices", Title: q.say("public.offices", "date", q.date(o.On))}
	t := recordTable{
		Caption: q.say("public.offices.table"),
		Columns: []string{q.say("public.office"), q.say("public.holder"), q.say("public.history"), q.say("public.remarks")},
	}
	for _, p := range o.Offices {
		row := recordRow{Cells: [][]phrase{{{Text: p.Office.Name}}, q.holders(p), nil, nil}}
		var facts []roll.Cited
		for _, h := range p.History {
			row.Cells[2] = append(row.Cells[2], q.tenure(h))
			facts = append(facts, h.Cited)
		}
		row.Cells[3] = q.sources.remarks(facts)
		t.Rows = append(t.Rows, row)
	}
	b.Tables = []recordTable{t}
	return b
}

// holders are who held an office on the day, or that nobody did, or that it
// can't be told.
func (q *inquiry) holders(p roll.Post) []phrase {
	var out []phrase
	for _, h := range p.Holders {
		text := h.Holder.Name
		if h.Sort != "full" {
			text = q.say("public.holder.as", "name", text, "sort", q.coded("tenure", h.Sort))
		}
		if h.Covers != day.Yes {
			text = q.say("public.perhaps", "what", text)
		}
		out = append(out, phrase{Text: text, Small: h.Title, Cites: q.sources.cite(h.Cited)})
	}
	switch {
	case len(out) > 0:
	case p.Held == day.No:
		out = plainly(q.say("public.holder.nobody"))
	default:
		out = []phrase{{Text: q.say("public.holder.open"), Class: "open"}}
	}
	return out
}

// tenure is one time in an office.
func (q *inquiry) tenure(h roll.InOffice) phrase {
	name := h.Holder.Name
	if h.Sort != "full" {
		name = q.say("public.holder.as", "name", name, "sort", q.coded("tenure", h.Sort))
	}
	return phrase{
		Text:  q.say("public.act", "act", name, "span", q.span(q.when(h.From), q.until(roll.Until{Ended: h.Ended, To: h.To}))),
		Small: h.Title, Cites: q.sources.cite(h.Cited),
	}
}

// seriesBlock are the series of meetings of a body.
func (q *inquiry) seriesBlock(record *roll.Record, body roll.ID, on day.Date) block {
	b := block{ID: "meetings", Title: q.say("public.series")}
	for _, id := range record.SeriesOf(body) {
		ref := record.Ref(id, on)
		b.List = append(b.List, phrase{Text: ref.Name, Href: q.at(roll.Series, id)})
	}
	return b
}

// disagreementsBlock lists what sources say differently, side by side.
func (q *inquiry) disagreementsBlock(list []roll.Disagreement) block {
	b := block{ID: "disagreements", Title: q.say("public.disagreements"), Lead: plainly(q.say("public.disagreements.lead"))}
	t := recordTable{
		Caption: q.say("public.disagreements.table"), None: q.say("public.disagreements.none"),
		Columns: []string{q.say("public.about-what"), q.say("public.versions"), q.say("public.preferred")},
	}
	for _, d := range list {
		t.Rows = append(t.Rows, q.disagreement(d))
	}
	b.Tables = []recordTable{t}
	return b
}

// disagreement is one line: what it is about, what each source says, and which
// is preferred, with the reason.
func (q *inquiry) disagreement(d roll.Disagreement) recordRow {
	what := q.coded("differ", d.What)
	if d.Act != "" {
		what = q.coded("act", d.Act) + ": " + what
	}
	about := []phrase{}
	for _, a := range d.About {
		about = append(about, phrase{Text: a.Name})
	}
	if d.Ordinal != 0 {
		about = append(about, phrase{Text: q.say("public.meeting.number", "number", strconv.Itoa(d.Ordinal))})
	}
	about = append(about, phrase{Text: what, Class: "note"})
	var versions []phrase
	for _, v := range d.Versions {
		p := phrase{Text: q.slashed(v.Value), Cites: q.sources.cite(v.Cited)}
		if v.Preferred {
			p.Small = q.say("public.version.preferred")
		} else if v.Cited.SetAside {
			p.Class = "aside"
		}
		versions = append(versions, p)
	}
	judged := plainly(q.say("public.unresolved"))
	if d.Resolved {
		judged = plainly(d.Reason)
	}
	return recordRow{Cells: [][]phrase{about, versions, judged}}
}

// bodyQuestions leads on from a body.
func (q *inquiry) bodyQuestions(m ask.Members) block {
	path := "/roll/bodies/" + url.PathEscape(string(m.Body.ID))
	name := m.Body.Label()
	b := block{ID: "questions", Title: q.say("public.questions"), List: []phrase{
		{Text: q.say("public.changes.short"), Href: q.link(path+"/changes", "on", "", "from", m.On.AddYears(-10).String(), "to", m.On.String())},
		{Text: q.say("public.compare.title.short"), Href: q.link("/roll/compare", "first", name, "among", q.asks.Among)},
		{Text: q.say("public.closeness.title.short"), Href: q.link("/roll/closeness", "on", "", "first", name)},
		{Text: q.say("public.accession.title.short"), Href: q.link("/roll/accession", "body", name)},
	}}
	return b
}

// bodyChanges is what changed in a body between two days.
func bodyChanges(q *inquiry) (recordPage, any, error) {
	body := q.name("id")
	path := "/roll/bodies/" + url.PathEscape(body)
	page := recordPage{
		Back:  &phrase{Text: q.say("public.back.body"), Href: q.link(path, "on", q.value("to"))},
		Forms: []form{q.form("dates", path+"/changes", q.say("public.ask"), q.dateField("from"), q.dateField("to"), q.dateField("known-on"))},
	}
	d, err := q.site.desk.Differences(q.r.Context(), body, q.value("from"), q.value("to"), q.asks)
	if err != nil || q.json {
		return page, d, err
	}
	page.Title = q.say("public.changes.title", "body", d.Body.Name)
	page.Lead = []phrase{{Text: q.say("public.changes.lead", "from", q.date(d.From), "to", q.date(d.To))}, q.rated("public.rule.used", d.Rule)}
	members := recordTable{
		Caption: q.say("public.changes.members"), None: q.say("public.changes.none"),
		Columns: []string{q.say("public.member"), q.say("public.change"), q.say("public.on-day", "date", q.date(d.From)), q.say("public.on-day", "date", q.date(d.To)), q.say("public.remarks")},
	}
	for _, c := range d.Members {
		members.Rows = append(members.Rows, recordRow{Cells: [][]phrase{
			{{Text: c.After.Member.Name, Small: c.After.Member.Code}},
			{{Text: q.coded("changed", c.Code)}},
			q.standing(c.Before), q.standing(c.After), q.remarksOf(c.After),
		}})
	}
	offices := recordTable{
		Caption: q.say("public.changes.offices"), None: q.say("public.changes.offices.none"),
		Columns: []string{q.say("public.office"), q.say("public.on-day", "date", q.date(d.From)), q.say("public.on-day", "date", q.date(d.To))},
	}
	for _, c := range d.Offices {
		offices.Rows = append(offices.Rows, recordRow{Cells: [][]phrase{
			{{Text: c.Office.Name}}, q.holders(roll.Post{Holders: c.Before}), q.holders(roll.Post{Holders: c.After}),
		}})
	}
	page.Blocks = []block{
		{ID: "members", Title: q.say("public.sorts.members"), Tables: []recordTable{members}},
		{ID: "offices", Title: q.say("public.sorts.office"), Tables: []recordTable{offices}},
	}
	return page, d, nil
}
