package office

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/store"
)

// rollNames is what the roll calls things, kept while no fact is added: it is
// looked into before every question.
type rollNames struct {
	mu     sync.Mutex
	of     store.FactRecord // owned by mu, as is what follows
	made   bool
	record *roll.Record
	facts  []roll.Fact // those of the record
}

// get is the names that r sees.
func (n *rollNames) get(r store.Reader) (*roll.Record, []roll.Fact, error) {
	now, err := r.FactRecord(sortRoll)
	if err != nil {
		return nil, nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.made && n.of == now {
		return n.record, n.facts, nil
	}
	var facts []roll.Fact
	for _, what := range []string{"thing", "preference", "withdrawal"} { // what is judged of a thing stands beside it
		list, err := readFacts[roll.Fact](r.AllFacts(sortRoll, what))
		if err != nil {
			return nil, nil, err
		}
		facts = append(facts, list...)
	}
	record := roll.NewRecord(facts)
	if !n.made || n.of.Entries < now.Entries { // who looks at an older state keeps it to itself
		n.of, n.record, n.facts, n.made = now, record, facts, true
	}
	return record, facts, nil
}

// RollNames is the record of every thing that the roll knows by name, without
// what held of it. It is made once in a process, and again when there are more
// facts.
func (o *Office) RollNames(ctx context.Context) (record *roll.Record, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		record, _, err = o.names.get(r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the roll's names: %w", err)
	}
	return record, nil
}

// RollAbout is the record of all that stands in the streams of these subjects,
// with the names of what is spoken of there, and every organ, office, series and
// group. A question about a body needs no more, and reads no more than that of a
// large roll.
func (o *Office) RollAbout(ctx context.Context, subjects ...roll.ID) (record *roll.Record, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		names, named, err := o.names.get(r)
		if err != nil {
			return err
		}
		streams := make([]docket.Stream, len(subjects))
		for i, id := range subjects {
			streams[i] = roll.Stream(id)
		}
		facts, err := readFacts[roll.Fact](r.Facts(streams))
		if err != nil {
			return err
		}
		spoken := map[roll.ID]bool{}
		for _, f := range facts {
			for _, id := range spokenOf(f) {
				spoken[id] = true
			}
		}
		for _, f := range named {
			id := f.Subject()
			if slices.Contains(subjects, id) { // it stands above
				continue
			}
			switch names.Sort(id) {
			case roll.Organ, roll.Office, roll.Series, roll.Group:
				facts = append(facts, f)
			default:
				if spoken[id] {
					facts = append(facts, f)
				}
			}
		}
		record = roll.NewRecord(facts)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the roll: %w", err)
	}
	return record, nil
}

// spokenOf are the things beside its subject that a fact speaks of.
func spokenOf(f roll.Fact) []roll.ID {
	switch {
	case f.Thing != nil:
		return append(slices.Clone(f.Thing.Members), f.Thing.Of)
	case f.Succession != nil:
		return slices.Concat(f.Succession.Predecessors, f.Succession.Successors)
	case f.Membership != nil:
		return []roll.ID{f.Membership.Member}
	case f.Position != nil:
		return []roll.ID{f.Position.By, f.Position.Candidate}
	case f.Tenure != nil:
		return []roll.ID{f.Tenure.Holder}
	case f.Attendance != nil:
		return []roll.ID{f.Attendance.Person, f.Attendance.For}
	}
	return nil
}
