package ask

import (
	"context"
	"fmt"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// Finding is a contradiction inside the record, with its sentence.
type Finding struct {
	roll.Finding
	Text string `json:"text"`
}

// Check is what a check of the record found.
type Check struct {
	KnownOn  *day.Date `json:"known_on"`
	Facts    int       `json:"facts"` // that were looked at
	Findings []Finding `json:"findings"`
	Sources  []Source  `json:"sources"`
}

// Disagreements are facts of a thing, or of all, that can't all be right.
type Disagreements struct {
	About         *roll.Ref           `json:"about"` // null: everything
	KnownOn       *day.Date           `json:"known_on"`
	Disagreements []roll.Disagreement `json:"disagreements"`
	Sources       []Source            `json:"sources"`
}

// whole is the whole record as it was known on a day.
func (d *Desk) whole(ctx context.Context, q Query) (times, *roll.Record, error) {
	t, err := d.times(q)
	if err != nil {
		return t, nil, err
	}
	record, err := d.office.Roll(ctx)
	if err != nil {
		return t, nil, err
	}
	record, err = d.knownBy(record, t.known)
	return t, record, err
}

// Check answers what doesn't fit together inside the record; about, where it
// isn't "", is the thing that it is asked of.
func (d *Desk) Check(ctx context.Context, about string, q Query) (Check, error) {
	t, err := d.times(q)
	if err != nil {
		return Check{}, err
	}
	return d.checks.answer(ctx, d, "roll", fmt.Sprint(t.on, t.known, about), func() (Check, error) { return d.check(ctx, about, q) })
}

func (d *Desk) check(ctx context.Context, about string, q Query) (Check, error) {
	t, record, err := d.whole(ctx, q)
	if err != nil {
		return Check{}, err
	}
	var only map[roll.ID]bool
	if about != "" {
		id, err := record.Find(about, t.on)
		if err != nil {
			return Check{}, err
		}
		only = map[roll.ID]bool{}
		for _, id := range within(record, id) {
			only[id] = true
		}
	}
	c := Check{KnownOn: dated(t.known), Facts: record.Len(), Findings: []Finding{}}
	var from sources
	for _, f := range record.Check() {
		if only != nil && !only[f.Subject] {
			continue
		}
		c.Findings = append(c.Findings, Finding{f, d.say(f.Code, f.Values)})
		from.add(f.Cited...)
	}
	c.Sources = from.list()
	return c, nil
}

// Disagreements answers what sources say differently about a thing; about
// everything where thing is "".
func (d *Desk) Disagreements(ctx context.Context, thing string, q Query) (Disagreements, error) {
	t, err := d.times(q)
	if err != nil {
		return Disagreements{}, err
	}
	answer := Disagreements{KnownOn: dated(t.known), Disagreements: []roll.Disagreement{}}
	if thing == "" {
		_, record, err := d.whole(ctx, q)
		if err != nil {
			return answer, err
		}
		answer.Disagreements = record.Disagreements("")
	} else {
		ids, err := d.find(ctx, t, nil, thing)
		if err != nil {
			return answer, err
		}
		names, err := d.names(ctx, t.known)
		if err != nil {
			return answer, err
		}
		subjects := within(names, ids...)
		record, err := d.about(ctx, t.known, subjects...)
		if err != nil {
			return answer, err
		}
		ref := record.Ref(ids[0], t.on)
		answer.About = &ref
		for _, id := range subjects {
			answer.Disagreements = append(answer.Disagreements, record.Disagreements(id)...)
		}
	}
	var from sources
	from.disagreements(answer.Disagreements)
	answer.Sources = from.list()
	return answer, nil
}
