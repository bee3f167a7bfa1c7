package portal

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/treaty"
)

// treatiesAPage is how many treaties stand on one page of the list: each one's
// status is derived anew.
const treatiesAPage = 50

// treatiesPage lists the treaties with their status on a day.
func treatiesPage(q *inquiry) (recordPage, any, error) {
	text := q.value("q")
	page := recordPage{
		Title: q.say("public.treaties.title"), Lead: plainly(q.say("public.treaties.lead")),
		Forms: []form{q.form("find", "/treaties", q.say("public.find"), q.field("q", "search", text), q.dateField("on"), q.dateField("known-on"))},
	}
	all, err := q.site.desk.Treaties(q.r.Context(), q.asks)
	if err != nil {
		return page, nil, err
	}
	found := slices.DeleteFunc(slices.Clone(all), func(t treaty.Instrument) bool {
		return !strings.Contains(strings.ToLower(t.Title+" "+t.ID), strings.ToLower(text))
	})
	if q.json {
		return page, found, nil
	}
	first, err := strconv.Atoi(cmp.Or(q.value("from"), "1"))
	if err != nil || first < 1 || first > max(len(found), 1) {
		return page, nil, fault.New(fault.Invalid, "public.fault.from", "text", q.value("from"), "count", len(found))
	}
	last := min(first+treatiesAPage-1, len(found))
	b := block{ID: "list", Title: q.say("public.treaties.list", "count", q.number(int64(len(found))))}
	t := recordTable{
		Caption: q.say("public.treaties.table", "date", q.partial(q.asks.On)), None: q.say("public.treaties.none"),
		Columns: []string{q.say("public.treaty"), q.say("public.status"), q.say("public.instruments"), q.say("public.entry")},
	}
	for _, is := range found[first-1 : last] {
		s, err := q.site.desk.TreatyStatus(q.r.Context(), is.ID, q.asks)
		if err != nil {
			return page, nil, err
		}
		t.Rows = append(t.Rows, recordRow{Cells: [][]phrase{
			{{Text: cmp.Or(is.Title, is.ID), Href: q.link(treatyPath(is.ID))}}, {q.force(s)}, plainly(q.ofNeeded(s)), plainly(q.entry(s)),
		}})
	}
	b.Tables = []recordTable{t}
	if first > 1 {
		b.List = append(b.List, phrase{Text: q.say("public.page.before"), Href: q.link("/treaties", "q", text, "from", strconv.Itoa(max(first-treatiesAPage, 1)))})
	}
	if last < len(found) {
		b.List = append(b.List, phrase{Text: q.say("public.page.after"), Href: q.link("/treaties", "q", text, "from", strconv.Itoa(last+1))})
	}
	page.Blocks = []block{b, {ID: "feeds", Title: q.say("public.coming"), List: []phrase{
		{Text: q.say("public.feed.atom"), Href: "/treaties/feed.atom"}, {Text: q.say("public.feed.calendar"), Href: "/treaties/feed.ics"},
	}}}
	return page, found, nil
}

func treatyPath(id string) string { return "/treaties/" + url.PathEscape(id) }

// force says in a word how a treaty stands.
func (q *inquiry) force(s ask.TreatyStatus) phrase {
	switch {
	case s.Answer == day.CantBeTold:
		return phrase{Text: q.say("public.force.open"), Class: "open"}
	case s.InForce:
		return phrase{Text: q.say("public.force.yes")}
	case s.Ended != nil:
		return phrase{Text: q.say("public.force.ended")}
	case s.Scheduled != nil:
		return phrase{Text: q.say("public.force.scheduled")}
	}
	return phrase{Text: q.say("public.force.no")}
}

// entry is the day of entry into force, as far as it can be told.
func (q *inquiry) entry(s ask.TreatyStatus) string {
	switch {
	case s.Entry != nil:
		return q.date(*s.Entry)
	case s.Scheduled != nil:
		return q.date(*s.Scheduled)
	case s.Between != nil && s.Between.From != nil && s.Between.To != nil:
		return q.say("public.date.range", "from", q.date(*s.Between.From), "to", q.date(*s.Between.To))
	}
	return q.say("public.entry.none")
}

// ofNeeded is how many instruments there are of how many.
func (q *inquiry) ofNeeded(s ask.TreatyStatus) string {
	if s.Needed == 0 {
		return q.number(int64(s.Instruments))
	}
	return q.say("public.of-needed", "n", q.number(int64(s.Instruments)), "needed", q.number(int64(s.Needed)))
}

// treatyPage is how a treaty stands on a day, and why.
func treatyPage(q *inquiry) (recordPage, any, error) {
	id := q.name("id")
	page := recordPage{
		Back:  &phrase{Text: q.say("public.back.treaties"), Href: q.link("/treaties")},
		Forms: []form{q.form("dates", treatyPath(id), q.say("public.ask"), q.dateField("on"), q.dateField("known-on"))},
	}
	s, err := q.site.desk.TreatyStatus(q.r.Context(), id, q.asks)
	if err != nil || q.json {
		return page, s, err
	}
	actions, err := q.site.desk.TreatyActions(q.r.Context(), id, q.asks)
	if err != nil {
		return page, nil, err
	}
	coming, err := q.site.desk.Upcoming(q.r.Context(), id, q.asks)
	if err != nil {
		return page, nil, err
	}
	page.Title = cmp.Or(s.Title, s.Treaty)
	page.Lead = plainly(q.say("public.treaty.lead", "date", q.date(s.On)))
	page.Facts = []tileOf{
		{Label: q.say("public.status"), Class: "words", Value: q.force(s)},
		{Label: q.say("public.entry"), Class: "words", Value: phrase{Text: q.entry(s)}},
		{Label: q.say("public.instruments"), Value: phrase{Text: q.ofNeeded(s)}},
		{Label: q.say("public.parties"), Value: phrase{Text: q.number(int64(len(s.Parties)))}},
		{Label: q.say("public.signatories"), Value: phrase{Text: q.number(int64(len(s.Signatories)))}},
	}
	cited := citedActions(actions)
	page.Blocks = []block{q.progressBlock(s), q.missingBlock(s), q.explanationBlock(s, cited), q.partiesBlock(s, cited)}
	if len(s.Reservations) > 0 {
		page.Blocks = append(page.Blocks, q.reservationsBlock(s))
	}
	page.Blocks = append(page.Blocks, q.actionsBlock(actions), q.comingBlock(id, s, coming))
	return page, s, nil
}

// citedActions are the actions as facts that a line rests on, by their ids.
func citedActions(actions []ask.TreatyAction) map[treaty.FactID]roll.Cited {
	by := make(map[treaty.FactID]roll.Cited, len(actions))
	for _, a := range actions {
		by[a.ID] = roll.Cited{Source: a.Source, Known: a.Known, Doubt: a.Doubt, Note: a.Note}
	}
	return by
}

// progressBlock is how far the clause's conditions are met.
func (q *inquiry) progressBlock(s ask.TreatyStatus) block {
	b := block{ID: "progress", Title: q.say("public.progress")}
	if s.Needed > 0 {
		b.Progress = q.drawProgress("c-progress", s.Instruments, s.Needed)
	}
	t := recordTable{
		Caption: q.say("public.conditions.table"), None: q.say("public.conditions.none"),
		Columns: []string{q.say("public.condition"), q.say("public.have"), q.say("public.need"), q.say("public.met")},
	}
	for _, c := range s.Conditions {
		met := q.say("public.met.not")
		if c.Met != nil {
			met = q.say("public.met.since", "date", q.date(*c.Met))
		}
		t.Rows = append(t.Rows, recordRow{Cells: [][]phrase{plainly(q.coded("condition", c.Name)), plainly(c.Have), plainly(c.Need), plainly(met)}})
	}
	b.Tables = []recordTable{t}
	return b
}

// missingBlock is what the treaty still needs to enter into force.
func (q *inquiry) missingBlock(s ask.TreatyStatus) block {
	b := block{ID: "missing", Title: q.say("public.missing"), List: plainly(s.Missing...)}
	if len(s.Missing) == 0 {
		b.Lead = plainly(q.say("public.missing.nothing"))
	}
	return b
}

// explanationBlock is the chain of steps, each with its clause and action.
func (q *inquiry) explanationBlock(s ask.TreatyStatus, actions map[treaty.FactID]roll.Cited) block {
	b := block{ID: "explanation", Title: q.say("public.explanation"), Lead: plainly(q.say("public.explanation.lead", "basis", q.coded("basis", s.Basis)))}
	for _, step := range s.Explanation {
		p := phrase{Text: step.Text}
		if step.Provision != "" && !strings.Contains(step.Text, step.Provision) {
			p.Small = step.Provision
		}
		if _, ok := actions[step.Action]; ok { // others rest on what describes the treaty
			p.Href = "#action-" + string(step.Action)
		}
		b.Steps = append(b.Steps, p)
	}
	return b
}

// involved is one state's or organisation's part in a treaty.
type involved struct {
	party         treaty.Party
	signed        *treaty.Signed
	bound         *treaty.Bound
	left, inForce bool
}

// partiesBlock lists signatories and parties by state, one line for each.
func (q *inquiry) partiesBlock(s ask.TreatyStatus, facts map[treaty.FactID]roll.Cited) block {
	var all []*involved
	of := func(p treaty.Party) *involved {
		for _, i := range all {
			if i.party == p {
				return i
			}
		}
		all = append(all, &involved{party: p})
		return all[len(all)-1]
	}
	for i := range s.Signatories {
		of(s.Signatories[i].Party).signed = &s.Signatories[i]
	}
	for i := range s.Contracting {
		of(s.Contracting[i].Party).bound = &s.Contracting[i]
	}
	for i := range s.Parties {
		of(s.Parties[i].Party).inForce = true
	}
	for i := range s.Withdrawn {
		one := of(s.Withdrawn[i].Party)
		one.bound, one.left = &s.Withdrawn[i], true
	}
	slices.SortStableFunc(all, func(a, b *involved) int { return cmp.Compare(a.party.Name, b.party.Name) })
	b := block{ID: "parties", Title: q.say("public.parties.title"), Lead: plainly(q.say("public.parties.lead",
		"signed", q.number(int64(len(s.Signatories))), "ratified", q.number(int64(len(s.Contracting))), "waiting", q.number(int64(len(s.NotRatified)))))}
	t := recordTable{
		Caption: q.say("public.parties.table", "date", q.date(s.On)), None: q.say("public.parties.none"),
		Columns: []string{q.say("public.party"), q.say("public.signed"), q.say("public.consent"), q.say("public.for-it"), q.say("public.remarks")},
	}
	for _, i := range all {
		t.Rows = append(t.Rows, q.involvedRow(*i, facts))
	}
	b.Tables = []recordTable{t}
	return b
}

func (q *inquiry) involvedRow(i involved, facts map[treaty.FactID]roll.Cited) recordRow {
	row := recordRow{Cells: [][]phrase{{{Text: i.party.Name, Small: i.party.Code}}, plainly(q.say("public.signed.not")), plainly(q.say("public.consent.not")), nil, nil}}
	var rests []roll.Cited
	if i.party.Org {
		row.Cells[0][0].Small = q.say("public.organisation")
	}
	if i.signed != nil {
		c := facts[i.signed.Fact]
		rests = append(rests, c)
		row.Cells[1] = []phrase{{Text: q.whenText(i.signed.On), Cites: q.sources.cite(c)}}
	}
	if i.bound != nil {
		c := facts[i.bound.Fact]
		rests = append(rests, c)
		row.Cells[2] = []phrase{{Text: q.kind(i.bound.Action) + ", " + q.whenText(i.bound.On), Cites: q.sources.cite(c)}}
		switch {
		case i.left:
			row.Cells[3] = plainly(q.say("public.left"))
		case i.inForce:
			row.Cells[3] = plainly(q.say("public.in-force.since", "date", q.date(*i.bound.From)))
		case i.bound.From != nil:
			row.Cells[3] = plainly(q.say("public.in-force.from", "date", q.date(*i.bound.From)))
		default:
			row.Cells[3] = plainly(q.say("public.in-force.not"))
		}
		if i.bound.Until != nil {
			row.Cells[3] = append(row.Cells[3], phrase{Text: q.say("public.until.date", "date", q.date(*i.bound.Until))})
		}
	}
	row.Cells[4] = q.sources.remarks(rests)
	return row
}

// kind is an action for reading.
func (q *inquiry) kind(k treaty.Kind) string {
	if text, ok := q.sentence("label.treaty."+string(k), nil); ok {
		return text
	}
	return strings.ReplaceAll(string(k), "_", " ")
}

// whenText is a date that comes as a text.
func (q *inquiry) whenText(text string) string {
	w, err := day.ParseWhen(text)
	if err != nil {
		return text
	}
	return q.when(w)
}

// reservationsBlock lists reservations and declarations with the objections.
func (q *inquiry) reservationsBlock(s ask.TreatyStatus) block {
	b := block{ID: "reservations", Title: q.say("public.reservations")}
	t := recordTable{Caption: q.say("public.reservations.table"), Columns: []string{
		q.say("public.party"), q.say("public.action"), q.say("public.day"), q.say("public.text"), q.say("public.objections"),
	}}
	for _, r := range s.Reservations {
		text := plainly(strings.Join(r.Provisions, ", "), r.Text)
		if r.Withdrawn != "" {
			text = append(text, phrase{Text: q.say("public.withdrawn", "date", q.whenText(r.Withdrawn))})
		}
		var objections []phrase
		for _, o := range r.Objections {
			objections = append(objections, phrase{Text: o.Name, Small: q.whenText(o.On)})
		}
		t.Rows = append(t.Rows, recordRow{Cells: [][]phrase{plainly(r.Name), plainly(q.kind(r.Action)), plainly(q.whenText(r.On)), text, objections}})
	}
	b.Tables = []recordTable{t}
	return b
}

// actionsBlock lists every action with its source.
func (q *inquiry) actionsBlock(actions []ask.TreatyAction) block {
	b := block{ID: "actions", Title: q.say("public.actions")}
	t := recordTable{
		Caption: q.say("public.actions.table"), None: q.say("public.actions.none"),
		Columns: []string{q.say("public.day"), q.say("public.action"), q.say("public.party"), q.say("public.effect"), q.say("public.remarks")},
	}
	for _, a := range actions {
		c := roll.Cited{Source: a.Source, Known: a.Known, Doubt: a.Doubt, Note: a.Note}
		row := recordRow{ID: "action-" + string(a.ID), Cells: [][]phrase{
			{{Text: q.when(a.Action.On), Cites: q.sources.cite(c)}}, plainly(q.kind(a.Action.Kind)), plainly(cmp.Or(a.Action.Party, a.Action.By)), nil, nil,
		}}
		if !a.Action.Effect.IsZero() {
			row.Cells[3] = plainly(q.when(a.Action.Effect))
		}
		row.Cells[4] = append(plainly(a.Action.Document, a.Action.Notification, a.Action.Text), q.sources.remarks([]roll.Cited{c})...)
		row.Cells[4] = append(row.Cells[4], phrase{Class: "note", Text: q.say("public.learned", "date", q.date(a.Known))})
		t.Rows = append(t.Rows, row)
	}
	b.Tables = []recordTable{t}
	return b
}

// comingBlock is what follows from the acts so far and has not happened.
func (q *inquiry) comingBlock(id string, s ask.TreatyStatus, coming []ask.Coming) block {
	b := block{ID: "coming", Title: q.say("public.coming")}
	if len(coming) == 0 {
		b.Lead = plainly(q.say("public.coming.none"))
	}
	for _, c := range coming {
		b.List = append(b.List, phrase{Text: c.Text, Small: q.date(c.On)})
	}
	b.List = append(b.List,
		phrase{Text: q.say("public.changes.short"), Href: q.link(treatyPath(id)+"/changes", "on", "", "from", s.On.AddYears(-1).String(), "to", s.On.String())},
		phrase{Text: q.say("public.feed.atom"), Href: "/treaties/feed.atom"}, phrase{Text: q.say("public.feed.calendar"), Href: "/treaties/feed.ics"})
	return b
}
