package portal

import (
	"net/url"
	"strings"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// statePage is what a state is, what it came from, and everything that it
// belongs to.
func statePage(q *inquiry) (recordPage, any, error) {
	state := q.name("id")
	page := recordPage{Back: q.back(), Forms: []form{q.form("dates", "/roll/states/"+url.PathEscape(state), q.say("public.ask"), q.dateField("on"), q.dateField("known-on"))}}
	p, err := q.site.desk.Profile(q.r.Context(), state, q.asks)
	if err != nil {
		return page, nil, err
	}
	record, err := q.record()
	if err != nil {
		return page, nil, err
	}
	in := record.MemberOf(p.Ref.ID, p.On)
	data := struct {
		ask.Profile
		Memberships []roll.MemberOf `json:"memberships"`
	}{p, in}
	if q.json {
		return page, data, nil
	}
	page.Title = p.Ref.Name
	page.Lead = plainly(q.say("public.state.lead", "name", p.Ref.Name, "date", q.date(p.On)))
	page.Blocks = []block{q.memberOfBlock(p.Ref, in, p.On), q.accountsBlock(p)}
	if b := q.becameBlock(record, p); len(b.Tables[0].Rows) > 0 {
		page.Blocks = append(page.Blocks, b)
	}
	return page, data, nil
}

// memberOfBlock is every body that a state has to do with.
func (q *inquiry) memberOfBlock(of roll.Ref, in []roll.MemberOf, on day.Date) block {
	b := block{ID: "memberships", Title: q.say("public.memberships", "date", q.date(on))}
	columns := []string{q.say("public.body"), q.say("public.status"), q.say("public.since"), q.say("public.remarks")}
	now := recordTable{Caption: q.say("public.memberships.now", "name", of.Name), None: q.say("public.memberships.none"), Columns: columns}
	past := recordTable{Caption: q.say("public.memberships.past", "name", of.Name), Columns: columns}
	for _, m := range in {
		name := phrase{Text: m.Body.Name, Small: m.Body.Code, Href: q.at(roll.Body, m.Body.ID)}
		standing := q.standing(m.Standing)
		standing[0].Small = q.say("public.by-rule", "rule", m.Rule.Name)
		row := recordRow{Class: rowClass(m.Standing), Cells: [][]phrase{{name}, standing, q.acts(m.Standing), q.remarksOf(m.Standing)}}
		if m.Status == roll.None || m.Status == roll.Left {
			past.Rows = append(past.Rows, row)
			continue
		}
		now.Rows = append(now.Rows, row)
	}
	b.Tables = []recordTable{now}
	if len(past.Rows) > 0 {
		b.Tables = append(b.Tables, past)
	}
	return b
}

// accountsBlock is what each source says of the thing itself.
func (q *inquiry) accountsBlock(p ask.Profile) block {
	b := block{ID: "accounts", Title: q.say("public.accounts")}
	t := recordTable{
		Caption: q.say("public.accounts.table"),
		Columns: []string{q.say("public.names"), q.say("public.codes"), q.say("public.existed"), q.say("public.remarks")},
	}
	for i, a := range p.Accounts {
		var names, codes []phrase
		for _, n := range a.Names {
			names = append(names, phrase{Text: n.Text, Small: q.dated(n.From, n.To)})
		}
		for _, c := range a.Codes {
			codes = append(codes, phrase{Text: q.coded("scheme", c.Scheme) + " " + c.Value, Small: q.dated(c.From, c.To)})
		}
		existed := ""
		if !a.From.IsZero() || a.Ended {
			existed = q.span(q.when(a.From), q.until(roll.Until{Ended: a.Ended, To: a.To}))
		}
		if len(names) == 0 {
			names = plainly(p.Ref.Name)
		}
		names[0].Cites = q.sources.cite(p.Cited[i])
		t.Rows = append(t.Rows, recordRow{Cells: [][]phrase{names, codes, plainly(existed), q.sources.remarks(p.Cited[i : i+1])}})
	}
	b.Tables = []recordTable{t}
	return b
}

// dated says when a name or a code stood, "" where no date is given.
func (q *inquiry) dated(from, to day.When) string {
	switch {
	case from.IsZero() && to.IsZero():
		return ""
	case to.IsZero():
		return q.say("public.since.date", "date", q.when(from))
	case from.IsZero():
		return q.say("public.until.date", "date", q.when(to))
	}
	return q.span(q.when(from), q.when(to))
}

// becameBlock is what a state came from and what came of it.
func (q *inquiry) becameBlock(record *roll.Record, p ask.Profile) block {
	b := block{ID: "successions", Title: q.say("public.successions")}
	t := recordTable{
		Caption: q.say("public.successions.table"),
		Columns: []string{q.say("public.succession"), q.say("public.predecessors"), q.say("public.successors"), q.say("public.day"), q.say("public.remarks")},
	}
	for _, c := range p.Comes {
		s := c.Succession
		names := func(ids []roll.ID, on day.Date) []phrase {
			var out []string
			for _, id := range ids {
				out = append(out, record.Ref(id, on).Name)
			}
			return plainly(strings.Join(out, ", "))
		}
		t.Rows = append(t.Rows, recordRow{Cells: [][]phrase{
			{{Text: q.coded("succession", s.Sort), Cites: q.sources.cite(c.Cited)}},
			names(s.Predecessors, s.On.First().AddDays(-1)), names(s.Successors, s.On.Last()),
			plainly(q.when(s.On)), q.sources.remarks([]roll.Cited{c.Cited}),
		}})
	}
	b.Tables = []recordTable{t}
	return b
}
