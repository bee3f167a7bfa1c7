package portal

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/roll"
)

// meetingLink names a meeting and leads to it.
func (q *inquiry) meetingLink(series roll.Ref, ordinal int) phrase {
	p := phrase{Text: series.Name}
	if ordinal != 0 {
		p.Text = q.say("public.meeting.of", "series", series.Name, "number", strconv.Itoa(ordinal))
		p.Href = q.link("/roll/meetings/" + url.PathEscape(string(series.ID)) + "/" + strconv.Itoa(ordinal))
	}
	return p
}

// seriesPage lists the meetings of a series.
func seriesPage(q *inquiry) (recordPage, any, error) {
	series := q.name("id")
	path := "/roll/meetings/" + url.PathEscape(series)
	page := recordPage{Back: q.back(), Forms: []form{q.form("dates", path, q.say("public.ask"), q.dateField("on"), q.dateField("known-on"))}}
	m, err := q.site.desk.Meetings(q.r.Context(), series, q.asks)
	if err != nil || q.json {
		return page, m, err
	}
	record, err := q.record()
	if err != nil {
		return page, nil, err
	}
	page.Title = m.Series.Name
	page.Lead = plainly(q.say("public.series.lead", "count", q.number(int64(len(m.Meetings)))))
	t := recordTable{
		Caption: q.say("public.series.table"), None: q.say("public.series.none"),
		Columns: []string{q.say("public.meeting"), q.say("public.day"), q.say("public.place"), q.say("public.attendance"), q.say("public.remarks")},
	}
	for _, h := range m.Meetings {
		name := phrase{Text: q.say("public.meeting.unnumbered"), Cites: q.sources.cite(h.Cited...)}
		var places, seats string
		if h.Ordinal != 0 {
			link := q.meetingLink(m.Series, h.Ordinal)
			name.Text, name.Href = q.say("public.meeting.number", "number", strconv.Itoa(h.Ordinal)), link.Href
			if s, err := record.MeetingOf(m.Series.ID, h.Ordinal); err == nil {
				places, seats = s.Place, q.number(int64(len(s.Attendance)))
			}
		}
		t.Rows = append(t.Rows, recordRow{Cells: [][]phrase{{name}, plainly(q.when(h.On)), plainly(places), plainly(seats), q.sources.remarks(h.Cited)}})
	}
	page.Blocks = []block{{ID: "meetings", Title: q.say("public.series.meetings"), Tables: []recordTable{t}}}
	page.Downloads = []phrase{{Text: q.say("public.feed.calendar"), Href: "/roll/meetings/" + url.PathEscape(string(m.Series.ID)) + "/feed.ics"}}
	return page, m, nil
}

// meetingPage is one meeting with who came.
func meetingPage(q *inquiry) (recordPage, any, error) {
	series := q.name("id")
	path := "/roll/meetings/" + url.PathEscape(series)
	page := recordPage{
		Back:  &phrase{Text: q.say("public.back.series"), Href: q.link(path)},
		Forms: []form{q.form("dates", path+"/"+url.PathEscape(q.name("number")), q.say("public.ask"), q.dateField("known-on"))},
	}
	page.Forms[0].Hidden = []field{{Name: "on", Value: q.asks.On}}
	ordinal, err := strconv.Atoi(q.name("number"))
	if err != nil || ordinal < 1 {
		return page, nil, fault.New(fault.NotFound, "public.fault.ordinal", "text", q.name("number"))
	}
	s, err := q.site.desk.Meeting(q.r.Context(), series, ordinal, q.asks)
	if err != nil || q.json {
		return page, s, err
	}
	page.Title = q.say("public.meeting.of", "series", s.Series.Name, "number", strconv.Itoa(s.Ordinal))
	page.Facts = q.sittingTiles(s)
	for _, c := range s.Counts {
		page.Lead = append(page.Lead, phrase{
			Text:  q.say("public.count."+c.Of, "number", q.number(int64(c.Number)), "named", q.number(int64(s.StatesNamed))),
			Cites: q.sources.cite(c.Cited),
		})
	}
	if len(s.Counts) == 0 {
		page.Lead = plainly(q.say("public.meeting.named", "named", q.number(int64(s.StatesNamed))))
	}
	page.Blocks = []block{q.attendanceBlock(s), q.unseenBlock(s), q.disagreementsBlock(s.Disagreements)}
	return page, s, nil
}

// sittingTiles are when, where and about what a meeting was.
func (q *inquiry) sittingTiles(s ask.Sitting) []tileOf {
	when := phrase{Text: q.when(s.On), Cites: q.sources.cite(s.Cited...)}
	if !s.To.IsZero() && s.To != s.On {
		when.Text = q.span(q.when(s.On), q.when(s.To))
	}
	out := []tileOf{{Label: q.say("public.day"), Value: when}}
	for _, more := range []struct{ code, text string }{
		{"public.place", s.Place}, {"public.host", s.Host}, {"public.themes", strings.Join(s.Themes, "; ")}, {"public.body", s.Body.Name},
	} {
		if more.text != "" {
			out = append(out, tileOf{Label: q.say(more.code), Class: "words", Value: phrase{Text: more.text}})
		}
	}
	return out
}

// attendanceBlock is the table of who came, for whom, in which office.
func (q *inquiry) attendanceBlock(s ask.Sitting) block {
	b := block{ID: "attendance", Title: q.say("public.attendance"), Lead: plainly(q.say("public.attendance.lead"))}
	t := recordTable{
		Caption: q.say("public.attendance.table"), None: q.say("public.attendance.none"),
		Columns: []string{q.say("public.for"), q.say("public.person"), q.say("public.office"), q.say("public.capacity"), q.say("public.presence"), q.say("public.remarks")},
	}
	for _, a := range s.Attendance {
		row := recordRow{Cells: [][]phrase{{{Text: q.say("public.nobodys")}}, {{Text: q.say("public.person.unknown")}}, nil, nil, nil, q.sources.remarks(a.Cited)}}
		if a.For != nil {
			row.Cells[0][0] = phrase{Text: a.For.Name, Small: a.For.Code}
		}
		if a.Person != nil {
			row.Cells[1][0] = phrase{Text: a.Person.Name}
		}
		row.Cells[1][0].Cites = q.sources.cite(a.Cited...)
		row.Cells[2] = q.seat(a)
		row.Cells[3] = plainly(q.codedAll("capacity", a.Capacity))
		row.Cells[4] = []phrase{{Text: q.coded("presence", a.Presence), Class: "is-" + a.Presence}}
		t.Rows = append(t.Rows, row)
	}
	b.Tables = []recordTable{t}
	return b
}

// seat is somebody's office at a meeting: in each source's words, and as the
// roll has it.
func (q *inquiry) seat(a roll.Attendee) []phrase {
	var out []phrase
	for _, t := range a.Titles {
		p := phrase{Text: q.say("public.quoted", "text", t.Title), Cites: q.sources.cite(t.Cited)}
		if n := slices.IndexFunc(out, func(o phrase) bool { return o.Text == p.Text }); n >= 0 {
			out[n].Cites = append(out[n].Cites, p.Cites...)
			continue
		}
		out = append(out, p)
	}
	if a.Office != nil {
		out = append(out, phrase{Class: "note", Text: q.say("public.seat.office", "office", a.Office.Name)})
	}
	for _, h := range a.Tenures {
		p := q.tenure(h)
		p.Class = "note"
		out = append(out, p)
	}
	return out
}

// unseenBlock is of whom nothing is known: that is not the same as absent.
func (q *inquiry) unseenBlock(s ask.Sitting) block {
	b := block{ID: "not-known", Title: q.say("public.unseen"), Lead: plainly(q.say("public.unseen.lead", "body", s.Body.Name))}
	t := recordTable{Caption: q.say("public.unseen.table"), None: q.say("public.unseen.none"), Columns: []string{q.say("public.member"), q.say("public.presence")}}
	for _, r := range s.NotKnown {
		t.Rows = append(t.Rows, recordRow{Class: "open", Cells: [][]phrase{{{Text: r.Name, Small: r.Code}}, plainly(q.say("public.presence.not_known"))}})
	}
	for _, r := range s.Undetermined {
		t.Rows = append(t.Rows, recordRow{Class: "open", Cells: [][]phrase{{{Text: r.Name, Small: r.Code}}, plainly(q.say("public.presence.undetermined"))}})
	}
	b.Tables = []recordTable{t}
	return b
}

// checkPage is what doesn't fit together inside the record.
func checkPage(q *inquiry) (recordPage, any, error) {
	about := q.value("about")
	page := recordPage{Title: q.say("public.check.title"), Back: q.back(), Forms: []form{q.form("check", "/roll/check", q.say("public.ask"), q.field("about", "text", about), q.dateField("known-on"))}}
	c, err := q.site.desk.Check(q.r.Context(), about, q.asks)
	if err != nil || q.json {
		return page, c, err
	}
	page.Lead = plainly(q.say("public.check.lead", "facts", q.number(int64(c.Facts)), "findings", q.number(int64(len(c.Findings)))))
	t := recordTable{
		Caption: q.say("public.check.table"), None: q.say("public.check.none"),
		Columns: []string{q.say("public.about-what"), q.say("public.finding"), q.say("public.remarks")},
	}
	for _, f := range c.Findings {
		if len(t.Rows) == mostFindings {
			page.Lead = append(page.Lead, phrase{Text: q.say("public.check.more", "count", q.number(mostFindings))})
			break
		}
		var names []string
		for _, a := range f.About {
			names = append(names, a.Name)
		}
		t.Rows = append(t.Rows, recordRow{Cells: [][]phrase{
			{{Text: string(f.Subject), Small: strings.Join(names, ", ")}},
			{{Text: f.Text, Cites: q.sources.cite(f.Cited...)}},
			q.sources.remarks(f.Cited),
		}})
	}
	page.Blocks = []block{{ID: "findings", Title: q.say("public.findings"), Tables: []recordTable{t}}}
	return page, c, nil
}

// mostFindings bounds the findings on one page; .json has all.
const mostFindings = 300

// disagreementsPage is what sources say differently, about a thing or about
// everything.
func disagreementsPage(q *inquiry) (recordPage, any, error) {
	about := q.value("about")
	page := recordPage{Title: q.say("public.disagreements.title"), Back: q.back(), Forms: []form{q.form("about", "/roll/disagreements", q.say("public.ask"), q.field("about", "text", about), q.dateField("known-on"))}}
	d, err := q.site.desk.Disagreements(q.r.Context(), about, q.asks)
	if err != nil || q.json {
		return page, d, err
	}
	list := d.Disagreements
	if len(list) > mostFindings {
		page.Lead = plainly(q.say("public.check.more", "count", q.number(mostFindings)))
		list = list[:mostFindings]
	}
	page.Blocks = []block{q.disagreementsBlock(list)}
	return page, d, nil
}
