package portal

import (
	"slices"
	"strings"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/roll"
)

// record adds the pages of the roll and the treaties to a site.
func (s *site) record(mux *table) {
	for path, answer := range map[string]answer{
		"/roll":                        rollHome,
		"/roll/bodies/{id}":            bodyPage,
		"/roll/states/{id}":            statePage,
		"/roll/compare":                comparePage,
		"/roll/accession":              accessionPage,
		"/roll/meetings/{id}":          seriesPage,
		"/roll/meetings/{id}/{number}": meetingPage,
		"/treaties/{id}":               treatyPage,
		"/treaties":                    treatiesPage,
	} {
		s.question(mux, path, true, answer)
	}
	for path, answer := range map[string]answer{
		"/roll/bodies/{id}/changes": bodyChanges,
		"/roll/closeness":           closenessPage,
		"/roll/check":               checkPage,
		"/roll/disagreements":       disagreementsPage,
		"/treaties/{id}/changes":    treatyChanges,
	} {
		s.question(mux, path, false, answer)
	}
	mux.HandleFunc("GET /roll/meetings.ics", s.meetingsFeed)
	mux.HandleFunc("GET /roll/meetings/{id}/feed.ics", s.meetingsFeed)
	mux.HandleFunc("GET /treaties/feed.atom", s.comingAtom)
	mux.HandleFunc("GET /treaties/feed.ics", s.comingCalendar)
}

// question serves a page, and under the same address with .json its data.
func (s *site) question(mux *table, path string, dated bool, answer answer) {
	mux.HandleFunc("GET "+path, s.asked(dated, answer))
	if !strings.HasSuffix(path, "}") { // else the last name has it
		mux.HandleFunc("GET "+path+".json", s.asked(dated, answer))
	}
}

// mostListed bounds a list on one page; who looks for more searches.
const mostListed = 200

// rollHome lists what the roll knows, and finds in it.
func rollHome(q *inquiry) (recordPage, any, error) {
	text := q.value("q")
	page := recordPage{
		Title: q.say("public.roll.title"), Lead: plainly(q.say("public.roll.lead")),
		Forms: []form{q.form("find", "/roll", q.say("public.find"), q.field("q", "search", text), q.dateField("on"), q.dateField("known-on"))},
	}
	things, err := q.site.desk.Things(q.r.Context(), q.asks, roll.Body, roll.Organ, roll.Series, roll.State, roll.Group)
	if fault.Code(err) == "ask.roll-empty" {
		page.Lead = append(page.Lead, phrase{Text: q.say("public.roll.empty")})
		return page, ask.Things{Things: []ask.Thing{}}, nil
	}
	if err != nil {
		return page, nil, err
	}
	if text != "" {
		things.Things = slices.DeleteFunc(things.Things, func(t ask.Thing) bool { return !speaksOf(t, text) })
		page.Lead = append(page.Lead, phrase{Text: q.say("public.found", "text", text, "count", q.number(int64(len(things.Things))))})
	}
	page.Facts = []tileOf{}
	for _, sort := range []roll.Sort{roll.Body, roll.Organ, roll.Series, roll.State, roll.Group} {
		if b := q.listed(sort, things.Things); len(b.List) > 0 {
			page.Blocks = append(page.Blocks, b)
		}
	}
	page.Blocks = append(page.Blocks, block{ID: "questions", Title: q.say("public.questions"), List: []phrase{
		{Text: q.say("public.compare.title.short"), Href: q.link("/roll/compare")},
		{Text: q.say("public.closeness.title.short"), Href: q.link("/roll/closeness", "on", "")},
		{Text: q.say("public.accession.title.short"), Href: q.link("/roll/accession")},
		{Text: q.say("public.disagreements.title"), Href: q.link("/roll/disagreements", "on", "")},
		{Text: q.say("public.check.title"), Href: q.link("/roll/check", "on", "")},
		{Text: q.say("public.feed.meetings"), Href: "/roll/meetings.ics"},
	}})
	return page, things, nil
}

// speaksOf reports whether a text is in one of the names of a thing.
func speaksOf(t ask.Thing, text string) bool {
	text = strings.ToLower(text)
	for _, own := range []string{string(t.ID), t.Code, t.Name} {
		if strings.Contains(strings.ToLower(own), text) {
			return true
		}
	}
	return false
}

// listed are the things of a sort, by name.
func (q *inquiry) listed(sort roll.Sort, things []ask.Thing) block {
	b := block{ID: string(sort), Title: q.say("public.sorts." + string(sort))}
	for _, t := range things {
		if t.Sort == sort {
			p := phrase{Text: t.Name, Href: q.at(sort, t.ID)}
			if t.Code != "" && t.Code != t.Name {
				p.Small = t.Code
			}
			b.List = append(b.List, p)
		}
	}
	slices.SortStableFunc(b.List, func(x, y phrase) int { return strings.Compare(x.Text, y.Text) })
	if more := len(b.List) - mostListed; more > 0 {
		b.List = b.List[:mostListed]
		b.Lead = plainly(q.say("public.more", "count", q.number(int64(more))))
	}
	return b
}

// form is a question asked by a form.
func (q *inquiry) form(id, action, button string, fields ...field) form {
	f := form{ID: id, Action: action, Button: button, Label: button}
	for i := range fields {
		fields[i].ID = id + "-" + fields[i].Name
	}
	f.Fields = fields
	return f
}

// dateField is a day that the page asks for.
func (q *inquiry) dateField(name string) field { return q.field(name, "date", q.value(name)) }

func (q *inquiry) field(name, kind, value string) field {
	return field{Name: name, Label: q.say("public.field." + name), Type: kind, Value: value}
}

// choice is a field of which one value is chosen.
func (q *inquiry) choice(name string, choices []field) field {
	f := q.field(name, "", q.value(name))
	f.Choices = choices
	return f
}
