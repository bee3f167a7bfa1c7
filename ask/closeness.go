package ask

import (
	"context"
	"strconv"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/roll"
)

// Closeness is what the record can count of two bodies over the years.
type Closeness struct {
	roll.Closeness
	KnownOn *day.Date `json:"known_on"`
	Caution []Said    `json:"caution"` // the notes, and how many meetings are known of how many held
	Sources []Source  `json:"sources"`
}

// Said is something that an answer says: a code, its values, and the sentence.
type Said struct {
	Code   string        `json:"code"`
	Values []fault.Value `json:"values,omitempty"`
	Text   string        `json:"text"`
}

func (d *Desk) said(code string, pairs ...any) Said {
	f := fault.New(fault.Invalid, code, pairs...).(*fault.Fault)
	return Said{Code: code, Values: f.Values, Text: d.say(code, f.Values)}
}

// NearDays is how near in time two meetings at one place count as held back to
// back, in days.
const NearDays = 3

// Closeness answers what two bodies have in common in each of some years. It
// gives no verdict.
func (d *Desk) Closeness(ctx context.Context, first, second string, from, to int, q Query) (Closeness, error) {
	t, err := d.times(q)
	if err != nil {
		return Closeness{}, err
	}
	if t.on, err = day.New(min(max(to, 1), 9999), 12, 31); err != nil { // names as at the end of the years asked about
		return Closeness{}, err
	}
	record, ids, err := d.withOffices(ctx, t, first, second)
	if err != nil {
		return Closeness{}, err
	}
	c, err := record.Closeness(ids[0], ids[1], from, to, NearDays, q.Rule)
	if err != nil {
		return Closeness{}, err
	}
	answer := Closeness{Closeness: c, KnownOn: dated(t.known), Caution: []Said{}}
	for _, note := range c.Notes {
		answer.Caution = append(answer.Caution, d.said("ask.closeness."+note))
	}
	for _, s := range c.Series {
		held := strconv.Itoa(s.Held)
		if s.Held == 0 {
			held = ""
		}
		answer.Caution = append(answer.Caution, d.said("ask.closeness.coverage", "series", s.Series.Name, "known", s.Known, "held", held, "attendance", s.Attendance))
	}
	var of sources
	of.rated(c.Rules...)
	for _, y := range c.Years {
		for _, v := range y.Officers {
			of.add(v.Cited...)
		}
		for _, h := range y.SharedOffices {
			of.add(h.Cited...)
		}
		for _, a := range y.BackToBack {
			of.add(a.First.Cited...)
			of.add(a.Second.Cited...)
		}
	}
	d.memberSources(&of, record, ids)
	answer.Sources = of.list()
	return answer, nil
}

// memberSources adds the sources of every act of membership in some bodies.
func (d *Desk) memberSources(of *sources, record *roll.Record, ids []roll.ID) {
	for f := range record.Each {
		if f.Membership == nil {
			continue
		}
		for _, id := range ids {
			if f.Membership.Body == id {
				of.add(roll.Cited{Fact: f.ID(), Source: f.Source, Known: f.Known, Doubt: f.Doubt})
			}
		}
	}
}
