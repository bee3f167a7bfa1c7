package ask

import (
	"cmp"
	"context"
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// Sitting is one meeting with its attendance.
type Sitting struct {
	roll.Sitting
	KnownOn *day.Date `json:"known_on"`
	Sources []Source  `json:"sources"`
}

// Meetings are the meetings of a series that the record knows.
type Meetings struct {
	Series   roll.Ref    `json:"series"`
	Body     roll.Ref    `json:"body"`
	KnownOn  *day.Date   `json:"known_on"`
	Meetings []roll.Held `json:"meetings"`
	Sources  []Source    `json:"sources"`
}

// Offices are the posts of a body or a state, or one post, on a day.
type Offices struct {
	Of      roll.Ref    `json:"of"`
	On      day.Date    `json:"on"`
	KnownOn *day.Date   `json:"known_on"`
	Offices []roll.Post `json:"offices"`
	Sources []Source    `json:"sources"`
}

func (s *sources) tenures(list []roll.InOffice) {
	for _, h := range list {
		s.add(h.Cited)
	}
}

// owners is whose each organ, office and series is, by any source.
func owners(names *roll.Record) map[roll.ID][]roll.ID {
	of := map[roll.ID][]roll.ID{}
	for f := range names.Each {
		if f.Thing != nil && f.Thing.Of != "" && !slices.Contains(of[f.Thing.ID], f.Thing.Of) {
			of[f.Thing.ID] = append(of[f.Thing.ID], f.Thing.Of)
		}
	}
	return of
}

// within are things with what belongs to them and to their organs: organs,
// offices, series.
func within(names *roll.Record, of ...roll.ID) []roll.ID {
	all, whose := slices.Clone(of), owners(names)
	for n := 0; n < len(all); n++ {
		for _, sort := range []roll.Sort{roll.Organ, roll.Office, roll.Series} {
			for _, id := range names.Things(sort) {
				if slices.Contains(whose[id], all[n]) && !slices.Contains(all, id) {
					all = append(all, id)
				}
			}
		}
	}
	return all
}

// withOffices resolves bodies, and reads their streams and those of their
// organs, offices and series.
func (d *Desk) withOffices(ctx context.Context, t times, words ...string) (*roll.Record, []roll.ID, error) {
	ids, err := d.find(ctx, t, bodies, words...)
	if err != nil {
		return nil, nil, err
	}
	names, err := d.names(ctx, t.known)
	if err != nil {
		return nil, nil, err
	}
	record, err := d.about(ctx, t.known, within(names, ids...)...)
	return record, ids, err
}

// Meeting answers when and where a meeting of a series was, and who came.
func (d *Desk) Meeting(ctx context.Context, series string, ordinal int, q Query) (Sitting, error) {
	t, record, id, err := d.series(ctx, series, q)
	if err != nil {
		return Sitting{}, err
	}
	m, err := record.MeetingOf(id, ordinal)
	if err != nil {
		return Sitting{}, err
	}
	var from sources
	from.add(m.Cited...)
	for _, a := range m.Attendance {
		from.add(a.Cited...)
		from.tenures(a.Tenures)
	}
	for _, c := range m.Counts {
		from.add(c.Cited)
	}
	from.disagreements(m.Disagreements)
	return Sitting{m, dated(t.known), from.list()}, nil
}

// Meetings answers which meetings of a series the record knows.
func (d *Desk) Meetings(ctx context.Context, series string, q Query) (Meetings, error) {
	t, record, id, err := d.series(ctx, series, q)
	if err != nil {
		return Meetings{}, err
	}
	all := Meetings{Series: record.Ref(id, t.on), KnownOn: dated(t.known), Meetings: record.Meetings(id)}
	if of := owners(record)[id]; len(of) > 0 {
		all.Body = record.Ref(of[0], t.on)
	}
	var from sources
	for _, m := range all.Meetings {
		from.add(m.Cited...)
	}
	all.Sources = from.list()
	return all, nil
}

// series resolves a series, and reads it with its body and the offices that
// who sat there held.
func (d *Desk) series(ctx context.Context, word string, q Query) (times, *roll.Record, roll.ID, error) {
	t, err := d.times(q)
	if err != nil {
		return t, nil, "", err
	}
	ids, err := d.find(ctx, t, []roll.Sort{roll.Series}, word)
	if err != nil {
		return t, nil, "", err
	}
	first, err := d.about(ctx, t.known, ids...)
	if err != nil {
		return t, nil, "", err
	}
	reads := []roll.ID{ids[0]}
	add := func(id roll.ID) {
		if id != "" && !slices.Contains(reads, id) {
			reads = append(reads, id)
		}
	}
	whose := owners(first)
	for n := 0; n < len(reads); n++ { // the organ and its body
		for _, of := range whose[reads[n]] {
			add(of)
		}
	}
	for f := range first.Each {
		if f.Attendance != nil {
			add(f.Attendance.Office)
		}
	}
	record, err := d.about(ctx, t.known, reads...)
	return t, record, ids[0], err
}

// Offices answers who held an office, or the offices of a body or a state.
func (d *Desk) Offices(ctx context.Context, of string, q Query) (Offices, error) {
	t, err := d.times(q)
	if err != nil {
		return Offices{}, err
	}
	ids, err := d.find(ctx, t, []roll.Sort{roll.Office, roll.Body, roll.Organ, roll.State}, of)
	if err != nil {
		return Offices{}, err
	}
	names, err := d.names(ctx, t.known)
	if err != nil {
		return Offices{}, err
	}
	record, err := d.about(ctx, t.known, within(names, ids...)...)
	if err != nil {
		return Offices{}, err
	}
	all := Offices{Of: record.Ref(ids[0], t.on), On: t.on, KnownOn: dated(t.known)}
	if record.Sort(ids[0]) == roll.Office {
		all.Offices = []roll.Post{record.Post(ids[0], t.on)}
	} else {
		all.Offices = record.Offices(ids[0], t.on)
	}
	var from sources
	for _, p := range all.Offices {
		from.tenures(p.History)
	}
	all.Sources = from.list()
	slices.SortStableFunc(all.Offices, func(a, b roll.Post) int { return cmp.Compare(a.Of.ID, b.Of.ID) })
	return all, nil
}
