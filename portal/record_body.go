package portal

import (
	"net/url"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// bodyPage is who belonged to a body on a day, and all that hangs on it.
func bodyPage(q *inquiry) (recordPage, any, error) {
	body := q.name("id")
	page := recordPage{Back: q.back(), Forms: []form{q.form("dates", "/roll/bodies/"+url.PathEscape(body), q.say("public.ask"), q.dateField("on"), q.dateField("known-on"))}}
	m, err := q.site.desk.Members(q.r.Context(), body, q.asks)
	if err != nil || q.json {
		return page, m, err
	}
	page.Title = q.say("public.members.title", "body", m.Body.Name)
	page.Lead = q.membersLead(m)
	page.Facts = q.statusTiles(m)
	f := &page.Forms[0]
	f.Fields = append(f.Fields, q.ruleField(m.Rule, m.OtherRules), q.field("among", "text", q.asks.Among))
	f.Fields[3].ID = "dates-among"
	f.Fields[2].ID = "dates-rule"
	page.Blocks = append(page.Blocks, q.membersBlock(m), q.rulesBlock(m))
	more, err := q.bodyMore(m)
	page.Blocks = append(page.Blocks, more...)
	return page, m, err
}

func (q *inquiry) back() *phrase {
	return &phrase{Text: q.say("public.back.roll"), Href: q.link("/roll")}
}

// membersLead says in sentences how many there are, and by which rule.
func (q *inquiry) membersLead(m ask.Members) []phrase {
	lead := phrase{Text: q.say("public.members.lead", "body", m.Body.Name, "date", q.date(m.On), "rule", m.Rule.Name)}
	if m.Rule.Provision != "" {
		lead.Text = q.say("public.members.lead.provision", "body", m.Body.Name, "date", q.date(m.On), "rule", m.Rule.Name, "provision", m.Rule.Provision)
	}
	if m.Rule.Cited != nil {
		lead.Cites = q.sources.cite(*m.Rule.Cited)
	}
	out := []phrase{lead}
	for _, other := range m.OtherRules {
		code := "public.rule.differs"
		if len(other.Changes) == 0 {
			code = "public.rule.same"
		}
		out = append(out, phrase{Text: q.say(code, "rule", other.Rule.Name, "count", q.number(int64(len(other.Changes)))), Href: "#rules"})
	}
	return out
}

// statusTiles are how many have which status.
func (q *inquiry) statusTiles(m ask.Members) []tileOf {
	var out []tileOf
	for _, c := range m.Counts {
		out = append(out, tileOf{Label: q.status(c.Status), Value: phrase{Text: q.number(int64(c.Count))}})
	}
	if n := len(m.Undetermined); n > 0 {
		out = append(out, tileOf{Label: q.status(""), Class: "reported", Value: phrase{Text: q.number(int64(n))}})
	}
	return out
}

// ruleField lets a reader choose the rule.
func (q *inquiry) ruleField(used roll.Rated, others []roll.RuleDifference) field {
	choices := []field{{Label: q.say("public.rule.default"), Value: ""}, {Label: used.Name, Value: used.Name}}
	for _, o := range others {
		choices = append(choices, field{Label: o.Rule.Name, Value: o.Rule.Name})
	}
	return q.choice("rule", choices)
}

// membersBlock is the table of members with their statuses.
func (q *inquiry) membersBlock(m ask.Members) block {
	b := block{ID: "members", Title: q.say("public.members.block", "date", q.date(m.On))}
	columns := []string{q.say("public.member"), q.say("public.status"), q.say("public.since"), q.say("public.remarks")}
	for _, part := range []struct {
		code string
		list []roll.Standing
		none bool // said also where there is nobody
	}{
		{"members", m.Members.Members, true},
		{"undetermined", m.Undetermined, false},
		{"former", m.Former, false},
		{"outside", m.Outside, false},
	} {
		if len(part.list) == 0 && !part.none {
			continue
		}
		t := recordTable{Caption: q.say("public.members."+part.code, "body", m.Body.Name), None: q.say("public.members.none"), Columns: columns}
		for _, st := range part.list {
			t.Rows = append(t.Rows, q.standingRow(st))
		}
		b.Tables = append(b.Tables, t)
	}
	return b
}

// standingRow is one member's line.
func (q *inquiry) standingRow(st roll.Standing) recordRow {
	name := phrase{Text: st.Member.Name, Href: q.link("/roll/states/" + url.PathEscape(string(st.Member.ID))), Small: st.Member.Code}
	return recordRow{Class: rowClass(st), Cells: [][]phrase{{name}, q.standing(st), q.acts(st), q.remarksOf(st)}}
}

func rowClass(st roll.Standing) string {
	if st.Status == "" {
		return "open"
	}
	return ""
}

// standing is what a member is, for reading.
func (q *inquiry) standing(st roll.Standing) []phrase {
	out := []phrase{{Text: q.status(st.Status), Cites: q.sources.cite(st.Cited...)}}
	if st.Status == "" {
		out[0].Class = "open"
		out = append(out, phrase{Class: "doubt", Text: q.say("public.possible", "statuses", q.statuses(st.Possible))})
	}
	for _, b := range st.Beside {
		text := q.status(b.Status)
		if b.Is != day.Yes {
			text = q.say("public.perhaps", "what", text)
		}
		out = append(out, phrase{Text: text, Class: "beside"})
	}
	return out
}

// remarksOf is what leaves a standing open, and what there is to say of the
// facts that it rests on.
func (q *inquiry) remarksOf(st roll.Standing) []phrase {
	var out []phrase
	for _, o := range st.Open {
		date := q.when(o.Date)
		out = append(out, phrase{Class: "doubt", Text: q.say("public.open."+o.What, "date", date)})
	}
	q.carried = q.carried || st.Carried
	if st.Disputed {
		out = append(out, phrase{Class: "doubt", Text: q.say("public.disputed"), Href: "#disagreements"})
	}
	for _, act := range st.Unruled {
		out = append(out, phrase{Class: "doubt", Text: q.say("public.unruled", "act", q.coded("act", act))})
	}
	return append(out, q.sources.remarks(st.Cited)...)
}

// rulesBlock is what the body's other rules say of the same day.
func (q *inquiry) rulesBlock(m ask.Members) block {
	b := block{ID: "rules", Title: q.say("public.rules")}
	b.Lead = []phrase{q.rated("public.rule.used", m.Rule)}
	if len(m.OtherRules) == 0 {
		b.Lead = append(b.Lead, phrase{Text: q.say("public.rule.only")})
	}
	for _, other := range m.OtherRules {
		b.Lead = append(b.Lead, q.rated("public.rule.other", other.Rule))
		t := recordTable{
			Caption: q.say("public.rule.table", "rule", other.Rule.Name, "used", m.Rule.Name), None: q.say("public.rule.same", "rule", other.Rule.Name),
			Columns: []string{q.say("public.member"), q.say("public.by-rule", "rule", m.Rule.Name), q.say("public.by-rule", "rule", other.Rule.Name)},
		}
		for _, c := range other.Changes {
			by := phrase{Text: q.status(c.Other)}
			if c.Other == "" {
				by.Small = q.say("public.possible", "statuses", q.statuses(c.Possible))
			}
			t.Rows = append(t.Rows, recordRow{Cells: [][]phrase{{{Text: c.Member.Name, Small: c.Member.Code}}, {{Text: q.status(c.Used)}}, {by}}})
		}
		b.Tables = append(b.Tables, t)
	}
	return b
}

// rated names a rule with its provision and source.
func (q *inquiry) rated(code string, r roll.Rated) phrase {
	p := phrase{Text: q.say(code, "rule", r.Name, "body", r.Body.Name, "provision", r.Provision)}
	if r.Provision == "" {
		p.Text = q.say(code+".general", "rule", r.Name, "body", r.Body.Name)
	}
	if r.Cited != nil {
		p.Cites = q.sources.cite(*r.Cited)
	}
	return p
}
