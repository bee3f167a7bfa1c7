package ask

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/roll"
)

// Members is who belonged to a body on a day.
type Members struct {
	roll.Members
	KnownOn *day.Date `json:"known_on"` // null: by all that we know
	Sources []Source  `json:"sources"`
}

// Comparison is who is in both of two bodies, in one, in neither.
type Comparison struct {
	roll.Comparison
	KnownOn *day.Date `json:"known_on"`
	Rule    string    `json:"rule"` // the name of the rule used for the first body
	Sources []Source  `json:"sources"`
}

// Differences is what changed in a body between two days.
type Differences struct {
	roll.Differences
	KnownOn *day.Date `json:"known_on"`
	Sources []Source  `json:"sources"`
}

// Timeline is a body's members over time, for a picture and its table.
type Timeline struct {
	roll.Timeline
	KnownOn *day.Date `json:"known_on"`
}

// find resolves words against all names, on the day asked about.
func (d *Desk) find(ctx context.Context, t times, sorts []roll.Sort, words ...string) ([]roll.ID, error) {
	names, err := d.names(ctx, t.known)
	if err != nil {
		return nil, err
	}
	ids := make([]roll.ID, len(words))
	for i, word := range words {
		if ids[i], err = names.Find(word, t.on, sorts...); err != nil {
			return nil, d.withNames(names, t, sorts, word, err)
		}
	}
	return ids, nil
}

// mostNames bounds the names that a fault lists.
const mostNames = 12

// withNames is the fault of a word that names nothing, with the names of what
// there is where none is like it.
func (d *Desk) withNames(names *roll.Record, t times, sorts []roll.Sort, word string, err error) error {
	unknown, ok := errors.AsType[*fault.Fault](err)
	if !ok || unknown.Code != "roll.unknown" || len(sorts) == 0 {
		return err
	}
	for _, v := range unknown.Values {
		if v.Name == "candidates" && v.Text != "" {
			return err
		}
	}
	var known []string
	for _, id := range names.Things(sorts[0]) {
		if len(known) == mostNames {
			known = append(known, "…")
			break
		}
		known = append(known, names.Ref(id, t.on).Label())
	}
	return fault.New(fault.NotFound, "ask.unknown", "text", word, "known", strings.Join(known, ", "))
}

// bodies are what may have members.
var bodies = []roll.Sort{roll.Body, roll.Organ}

// asked resolves bodies and what else a query names, and reads their streams.
func (d *Desk) asked(ctx context.Context, q Query, words ...string) (*roll.Record, []roll.ID, roll.Query, error) {
	t, err := d.times(q)
	if err != nil {
		return nil, nil, roll.Query{}, err
	}
	ids, err := d.find(ctx, t, bodies, words...)
	if err != nil {
		return nil, nil, roll.Query{}, err
	}
	asks := roll.Query{On: t.on, Rule: q.Rule}
	if q.Among != "" {
		group, err := d.find(ctx, t, []roll.Sort{roll.Group}, q.Among)
		if err != nil {
			return nil, nil, asks, err
		}
		asks.Among = group[0]
	}
	reads := ids
	if asks.Among != "" { // whose members are named too
		reads = append(slices.Clone(ids), asks.Among)
	}
	record, err := d.about(ctx, t.known, reads...)
	return record, ids, asks, err
}

// Members answers who belonged to a body, which is named by its id, its
// abbreviation or its name.
func (d *Desk) Members(ctx context.Context, body string, q Query) (Members, error) {
	record, ids, asks, err := d.asked(ctx, q, body)
	if err != nil {
		return Members{}, err
	}
	m, err := record.Members(ids[0], asks)
	if err != nil {
		return Members{}, err
	}
	var from sources
	from.rated(m.Rule)
	from.standings(m.Members, m.Undetermined, m.Former, m.Outside)
	from.disagreements(m.Disagreements)
	known, _ := d.times(q)
	return Members{m, dated(known.known), from.list()}, nil
}

// Compare answers who is in both of two bodies, in one of them, in neither.
func (d *Desk) Compare(ctx context.Context, first, second string, q Query) (Comparison, error) {
	record, ids, asks, err := d.asked(ctx, q, first, second)
	if err != nil {
		return Comparison{}, err
	}
	c, err := record.Compare(ids[0], ids[1], asks)
	if err != nil {
		return Comparison{}, err
	}
	var from sources
	from.rated(c.Rules...)
	from.standings(c.FirstMembers, c.SecondMembers)
	from.disagreements(c.Disagreements)
	t, _ := d.times(q)
	return Comparison{c, dated(t.known), c.Rules[0].Name, from.list()}, nil
}

// Differences answers what changed in a body from one day to another.
func (d *Desk) Differences(ctx context.Context, body, from, to string, q Query) (Differences, error) {
	q.On = to
	t, err := d.times(q)
	if err != nil {
		return Differences{}, err
	}
	begin, err := date("from", from)
	if err != nil {
		return Differences{}, err
	}
	record, ids, err := d.withOffices(ctx, t, body)
	if err != nil {
		return Differences{}, err
	}
	changes, err := record.Differences(ids[0], begin, t.on, q.Rule)
	if err != nil {
		return Differences{}, err
	}
	var of sources
	of.rated(changes.Rule)
	for _, c := range changes.Members {
		of.standings([]roll.Standing{c.Before, c.After})
	}
	for _, c := range changes.Offices {
		of.tenures(c.Before)
		of.tenures(c.After)
	}
	return Differences{changes, dated(t.known), of.list()}, nil
}

// Timeline answers who was what in a body over time.
func (d *Desk) Timeline(ctx context.Context, body string, q Query) (Timeline, error) {
	record, ids, _, err := d.asked(ctx, q, body)
	if err != nil {
		return Timeline{}, err
	}
	line, err := record.Timeline(ids[0], q.Rule)
	t, _ := d.times(q)
	return Timeline{line, dated(t.known)}, err
}
