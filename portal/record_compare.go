package portal

import (
	"strings"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/roll"
)

// The sets of a comparison, in the order in which they are shown.
var setCodes = []string{"both", "only_first", "only_second", "neither", "undetermined"}

// comparePage is who is in both of two bodies on a day.
func comparePage(q *inquiry) (recordPage, any, error) {
	first, second := q.value("first"), q.value("second")
	page := recordPage{
		Title: q.say("public.compare.title.short"), Back: q.back(),
		Forms: []form{q.form("compare", "/roll/compare", q.say("public.ask"),
			q.field("first", "text", first), q.field("second", "text", second), q.dateField("on"), q.dateField("known-on"),
			q.field("among", "text", q.asks.Among), q.field("rule", "text", q.asks.Rule))},
	}
	if !q.json && (first == "" || second == "") {
		page.Lead = plainly(q.say("public.compare.choose"))
		return page, nil, nil
	}
	c, err := q.site.desk.Compare(q.r.Context(), first, second, q.asks)
	if err != nil || q.json {
		return page, c, err
	}
	page.Title = q.say("public.compare.title", "first", c.First.Label(), "second", c.Second.Label())
	page.Lead = append(plainly(q.say("public.compare.lead", "first", c.First.Name, "second", c.Second.Name, "date", q.date(c.On))), q.ratedBoth(c.Rules)...)
	page.Blocks = []block{q.setsBlock(c), q.otherStatusBlock(c), q.otherRulesBlock(c), q.comparedBlock(c), q.disagreementsBlock(c.Disagreements)}
	return page, c, nil
}

func (q *inquiry) ratedBoth(rules []roll.Rated) []phrase {
	var out []phrase
	for _, r := range rules {
		out = append(out, q.rated("public.rule.of", r))
	}
	return out
}

// setsOf are the five lists of a comparison, with their words.
func (q *inquiry) setsOf(c ask.Comparison) ([]string, [][]string) {
	var names []string
	for _, code := range setCodes {
		names = append(names, q.say("public.set."+code, "first", c.First.Label(), "second", c.Second.Label()))
	}
	return names, [][]string{c.Both, c.OnlyFirst, c.OnlySecond, c.Neither, c.Undetermined}
}

// setsBlock is the picture of the sets and its table.
func (q *inquiry) setsBlock(c ask.Comparison) block {
	b := block{ID: "sets", Title: q.say("public.sets"), Lead: plainly(q.say("public.sets.lead"))}
	names, lists := q.setsOf(c)
	picture := q.drawSets("c-sets", c.First.Label(), c.Second.Label(), names, lists)
	b.Sets = &picture
	called := map[string]string{}
	for _, list := range [][]roll.Standing{c.FirstMembers, c.SecondMembers} {
		for _, st := range list {
			called[st.Member.Label()] = st.Member.Name
		}
	}
	t := recordTable{Caption: q.say("public.sets.table"), Columns: []string{q.say("public.set"), q.say("public.count"), q.say("public.states")}}
	for i, list := range lists {
		var who []string
		for _, label := range list {
			who = append(who, called[label]+" ("+label+")")
		}
		t.Rows = append(t.Rows, recordRow{Cells: [][]phrase{{{Text: names[i]}}, {{Text: q.number(int64(len(list)))}}, {{Text: q.list(who)}}}})
	}
	b.Tables = []recordTable{t}
	return b
}

// otherStatusBlock is who has another status than full in one of the bodies.
func (q *inquiry) otherStatusBlock(c ask.Comparison) block {
	b := block{ID: "other-status", Title: q.say("public.other-status"), Lead: plainly(q.say("public.other-status.lead"))}
	t := recordTable{
		Caption: q.say("public.other-status.table"), None: q.say("public.other-status.none"),
		Columns: []string{q.say("public.body"), q.say("public.status"), q.say("public.states")},
	}
	for _, o := range c.OtherStatus {
		t.Rows = append(t.Rows, recordRow{Cells: [][]phrase{{{Text: o.Body.Name}}, {{Text: q.status(o.Status)}}, {{Text: q.list(o.Members)}}}})
	}
	b.Tables = []recordTable{t}
	return b
}

// otherRulesBlock is what another rule would change.
func (q *inquiry) otherRulesBlock(c ask.Comparison) block {
	b := block{ID: "rules", Title: q.say("public.rules"), Lead: q.ratedBoth(c.Rules)}
	if len(c.OtherRules) == 0 {
		b.Lead = append(b.Lead, phrase{Text: q.say("public.rule.only")})
	}
	for _, other := range c.OtherRules {
		b.Lead = append(b.Lead, q.rated("public.rule.other", other.Rule))
		t := recordTable{
			Caption: q.say("public.rule.moves", "rule", other.Rule.Name), None: q.say("public.rule.same", "rule", other.Rule.Name),
			Columns: []string{q.say("public.member"), q.say("public.rule.here"), q.say("public.by-rule", "rule", other.Rule.Name)},
		}
		set := func(code string) []phrase {
			return plainly(q.say("public.set."+code, "first", c.First.Label(), "second", c.Second.Label()))
		}
		for _, m := range other.Moves {
			t.Rows = append(t.Rows, recordRow{Cells: [][]phrase{{{Text: m.Member}}, set(m.From), set(m.To)}})
		}
		b.Tables = append(b.Tables, t)
	}
	return b
}

// comparedBlock is each one's status in both bodies.
func (q *inquiry) comparedBlock(c ask.Comparison) block {
	b := block{ID: "members", Title: q.say("public.compared")}
	t := recordTable{
		Caption: q.say("public.compared.table", "date", q.date(c.On)),
		Columns: []string{q.say("public.member"), c.First.Label(), c.Second.Label(), q.say("public.remarks")},
	}
	for i, a := range c.FirstMembers {
		o := c.SecondMembers[i]
		t.Rows = append(t.Rows, recordRow{Cells: [][]phrase{
			{{Text: a.Member.Name, Small: a.Member.Code, Href: q.at(roll.State, a.Member.ID)}},
			q.standing(a), q.standing(o), append(q.remarksOf(a), q.remarksOf(o)...),
		}})
	}
	b.Tables = []recordTable{t}
	return b
}

// sets is the simple picture of two bodies that overlap.
type sets struct {
	ID, Title, Desc string
	Height          em
	Boxes           []setBox
	Lines           []setLine
}

type setBox struct {
	Class    string
	X, Width point
	Y, H     em
}

type setLine struct {
	Text, Anchor, Class string
	X                   point
	Y                   em
}

// Measures of the sets.
const (
	setEdge  = point(3400) // where the second body begins, and the first ends on the other side
	setLineH = em(14)
	setTop   = em(18)
	perLine  = 3 // labels in a line of a set; fits a telephone
)

// drawSets lays the picture out: two boxes that overlap in the middle, with
// those who are in neither, and those of whom it can't be told, below.
func (w words) drawSets(id, first, second string, names []string, lists [][]string) sets {
	p := sets{ID: id, Title: w.say("public.sets.title", "first", first, "second", second)}
	var told []string
	for i, list := range lists {
		told = append(told, w.say("public.sets.told", "set", names[i], "states", w.list(list)))
	}
	p.Desc = strings.Join(told, " ")
	columns := []struct {
		labels []string
		x      point
	}{{lists[1], setEdge / 2}, {lists[0], wholeWidth / 2}, {lists[2], wholeWidth - setEdge/2}}
	rows := 1
	for _, c := range columns {
		lines := chunks(c.labels, perLine)
		rows = max(rows, len(lines))
		for i, text := range lines {
			p.Lines = append(p.Lines, setLine{text, "middle", "value", c.x, setTop + em(12) + em(i)*setLineH})
		}
	}
	height := em(rows)*setLineH + 8
	p.Boxes = []setBox{
		{"first", 0, wholeWidth - setEdge, setTop, height},
		{"second", setEdge, wholeWidth - setEdge, setTop, height},
	}
	p.Lines = append(p.Lines, setLine{first, "start", "group", 0, setTop - 5}, setLine{second, "end", "group", wholeWidth, setTop - 5})
	y := setTop + height + 22
	for _, i := range []int{3, 4} {
		if len(lists[i]) == 0 {
			continue
		}
		p.Lines = append(p.Lines, setLine{names[i], "start", "", 0, y})
		for _, text := range chunks(lists[i], 3*perLine) {
			y += setLineH
			p.Lines = append(p.Lines, setLine{text, "start", "value", 0, y})
		}
		y += setLineH + 6
	}
	p.Height = y - 8
	return p
}

// chunks are labels in lines of so many at most; a long one has its own.
func chunks(labels []string, most int) []string {
	var out []string
	var line []string
	flush := func() {
		if len(line) > 0 {
			out, line = append(out, strings.Join(line, " ")), nil
		}
	}
	for _, l := range labels {
		if len(l) > 3 {
			flush()
			out = append(out, short(l))
			continue
		}
		if line = append(line, l); len(line) == most {
			flush()
		}
	}
	flush()
	return out
}

// short cuts a label that is too long for the picture; the table has it whole.
func short(label string) string {
	const most = 9
	if letters := []rune(label); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return label
}
