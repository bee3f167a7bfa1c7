package ask

import (
	"context"
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// Things are what the roll knows by name.
type Things struct {
	KnownOn *day.Date `json:"known_on"`
	Things  []Thing   `json:"things"`
}

// Thing is one of them.
type Thing struct {
	roll.Ref
	Sort roll.Sort `json:"sort"`
	Of   roll.ID   `json:"of,omitempty"` // whose an organ, office or series is
}

// Profile is what the record says of a thing itself.
type Profile struct {
	roll.Profile
	On      day.Date  `json:"on"`
	KnownOn *day.Date `json:"known_on"`
	Sources []Source  `json:"sources"`
}

// sorts are those of things, in the order in which they are listed.
var sorts = []roll.Sort{roll.Body, roll.Organ, roll.Group, roll.Series, roll.Office, roll.State, roll.Person}

// Sorts are the sorts of things.
func Sorts() []roll.Sort { return sorts }

// Things answers what the roll knows of some sorts, or of all, with their names
// as on the day.
func (d *Desk) Things(ctx context.Context, q Query, only ...roll.Sort) (Things, error) {
	t, err := d.times(q)
	if err != nil {
		return Things{}, err
	}
	record, err := d.names(ctx, t.known)
	if err != nil {
		return Things{}, err
	}
	if len(only) == 0 {
		only = sorts
	}
	all, whose := Things{KnownOn: dated(t.known), Things: []Thing{}}, owners(record)
	for _, sort := range only {
		for _, id := range record.Things(sort) {
			thing := Thing{Ref: record.Ref(id, t.on), Sort: sort}
			if of := whose[id]; len(of) > 0 {
				thing.Of = of[0]
			}
			all.Things = append(all.Things, thing)
		}
	}
	return all, nil
}

// Profile answers what the record says of a thing: its names, its codes, what
// it came from.
func (d *Desk) Profile(ctx context.Context, thing string, q Query) (Profile, error) {
	t, err := d.times(q)
	if err != nil {
		return Profile{}, err
	}
	_, record, err := d.whole(ctx, q) // a succession stands with the first of the predecessors
	if err != nil {
		return Profile{}, err
	}
	id, err := record.Find(thing, t.on)
	if err != nil {
		return Profile{}, err
	}
	p := record.Profile(id, t.on)
	var from sources
	from.add(p.Cited...)
	for _, c := range p.Comes {
		from.add(c.Cited)
	}
	return Profile{p, t.on, dated(t.known), from.list()}, nil
}

// Facts are facts of the roll, to be written for others.
type Facts struct {
	Title  string
	Facts  []roll.Fact
	Series roll.ID // where they were asked of one series
}

// Facts gives every fact, or those of a thing and what belongs to it, as known
// on a day. Whom the facts of a thing name is among them, with names and codes.
func (d *Desk) Facts(ctx context.Context, about string, q Query) (Facts, error) {
	if about == "" {
		_, record, err := d.whole(ctx, q)
		if err != nil {
			return Facts{}, err
		}
		return Facts{Facts: record.Facts()}, nil
	}
	t, err := d.times(q)
	if err != nil {
		return Facts{}, err
	}
	names, err := d.names(ctx, t.known)
	if err != nil {
		return Facts{}, err
	}
	id, err := names.Find(about, t.on)
	if err != nil {
		return Facts{}, err
	}
	subjects := within(names, id)
	record, err := d.about(ctx, t.known, subjects...)
	if err != nil {
		return Facts{}, err
	}
	all := Facts{Title: record.Ref(id, t.on).Name}
	if record.Sort(id) == roll.Series {
		all.Series = id
	}
	named := map[roll.ID]bool{}
	for _, f := range record.Facts() {
		for _, other := range namedBy(f) {
			named[other] = f.Thing == nil || named[other]
		}
	}
	for _, f := range record.Facts() {
		if slices.Contains(subjects, f.Subject()) || f.Thing != nil && named[f.Thing.ID] {
			all.Facts = append(all.Facts, f)
		}
	}
	return all, nil
}

// namedBy are the things that a fact of a membership, an office or a meeting
// names.
func namedBy(f roll.Fact) []roll.ID {
	switch {
	case f.Membership != nil:
		return []roll.ID{f.Membership.Member}
	case f.Position != nil:
		return []roll.ID{f.Position.By, f.Position.Candidate}
	case f.Tenure != nil:
		return []roll.ID{f.Tenure.Office, f.Tenure.Holder}
	case f.Attendance != nil:
		return []roll.ID{f.Attendance.Person, f.Attendance.For, f.Attendance.Office}
	}
	return []roll.ID{f.Subject()}
}
