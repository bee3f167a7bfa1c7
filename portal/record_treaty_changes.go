package portal

import (
	"cmp"
	"strconv"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// treatyDifference is a treaty on two days, and the actions between them.
type treatyDifference struct {
	From    ask.TreatyStatus   `json:"from"`
	To      ask.TreatyStatus   `json:"to"`
	Actions []ask.TreatyAction `json:"actions"` // after the first day, up to the second; those whose date leaves it open too
}

// treatyChanges is what changed in a treaty between two days.
func treatyChanges(q *inquiry) (recordPage, any, error) {
	id := q.name("id")
	page := recordPage{
		Back:  &phrase{Text: q.say("public.back.treaty"), Href: q.link(treatyPath(id), "on", q.value("to"))},
		Forms: []form{q.form("dates", treatyPath(id)+"/changes", q.say("public.ask"), q.dateField("from"), q.dateField("to"), q.dateField("known-on"))},
	}
	d, err := q.treatyBetween(id)
	if err != nil || q.json {
		return page, d, err
	}
	page.Title = q.say("public.changes.title", "body", cmp.Or(d.To.Title, d.To.Treaty))
	page.Lead = plainly(q.say("public.changes.lead", "from", q.date(d.From.On), "to", q.date(d.To.On)))
	t := recordTable{
		Caption: q.say("public.changes.treaty"),
		Columns: []string{q.say("public.about-what"), q.say("public.on-day", "date", q.date(d.From.On)), q.say("public.on-day", "date", q.date(d.To.On))},
	}
	line := func(code string, show func(ask.TreatyStatus) phrase) {
		t.Rows = append(t.Rows, recordRow{Cells: [][]phrase{plainly(q.say(code)), {show(d.From)}, {show(d.To)}}})
	}
	counted := func(n int) phrase { return phrase{Text: q.number(int64(n))} }
	line("public.status", q.force)
	line("public.entry", func(s ask.TreatyStatus) phrase { return phrase{Text: q.entry(s)} })
	line("public.instruments", func(s ask.TreatyStatus) phrase { return phrase{Text: q.ofNeeded(s)} })
	line("public.parties", func(s ask.TreatyStatus) phrase { return counted(len(s.Parties)) })
	line("public.signatories", func(s ask.TreatyStatus) phrase { return counted(len(s.Signatories)) })
	page.Blocks = []block{{ID: "changes", Title: q.say("public.changes.both"), Tables: []recordTable{t}}, q.actionsBlock(d.Actions)}
	return page, d, nil
}

// treatyBetween asks for a treaty on both days.
func (q *inquiry) treatyBetween(id string) (treatyDifference, error) {
	var d treatyDifference
	from, err := q.day("from")
	if err != nil {
		return d, err
	}
	to, err := q.day("to")
	if err != nil {
		return d, err
	}
	if to.Before(from) {
		return d, fault.New(fault.Invalid, "roll.days-turned-around", "from", from, "to", to)
	}
	asks := q.asks
	asks.On = from.String()
	if d.From, err = q.site.desk.TreatyStatus(q.r.Context(), id, asks); err != nil {
		return d, err
	}
	asks.On = to.String()
	if d.To, err = q.site.desk.TreatyStatus(q.r.Context(), id, asks); err != nil {
		return d, err
	}
	actions, err := q.site.desk.TreatyActions(q.r.Context(), id, asks)
	if err != nil {
		return d, err
	}
	d.Actions = []ask.TreatyAction{}
	for _, a := range actions {
		if a.Action.On.By(from) != day.Yes && a.Action.On.By(to) != day.No {
			d.Actions = append(d.Actions, a)
		}
	}
	return d, nil
}

// day is a day that the address must name.
func (q *inquiry) day(name string) (day.Date, error) {
	d, err := day.Parse(q.value(name))
	if err != nil {
		return d, fault.New(fault.Invalid, "ask.date", "name", name, "text", q.value(name))
	}
	return d, nil
}

// progress is how many instruments there are of how many.
type progress struct {
	ID, Title, Desc string
	Width           point
	Done, Open      string
}

func (w words) drawProgress(id string, n, needed int) *progress {
	p := &progress{ID: id, Title: w.say("public.progress.title")}
	p.Done = w.say("public.of-needed", "n", w.number(int64(n)), "needed", w.number(int64(needed)))
	if open := needed - n; open > 0 {
		p.Open = w.say("public.progress.open", "count", strconv.Itoa(open))
	}
	p.Desc = p.Done
	p.Width = wholeWidth * point(min(n, needed)) / point(needed)
	return p
}
