package office

import (
	"context"
	"fmt"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/treaty"
)

// Treaty is the file of one treaty, with those that it depends on.
func (o *Office) Treaty(ctx context.Context, id string) (f *treaty.File, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		facts, err := treatyFacts(r, id)
		f = treaty.NewFile(id, facts)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read treaty %s: %w", id, err)
	}
	if f.Empty() {
		return nil, fault.New(fault.NotFound, "treaty.none", "treaty", id)
	}
	return f, nil
}

// treatyFacts are the facts on a treaty and on those that it depends on.
func treatyFacts(r store.Reader, id string) ([]treaty.Fact, error) {
	var facts []treaty.Fact
	read := map[string]bool{}
	for next := []string{id}; len(next) > 0; {
		streams := make([]docket.Stream, len(next))
		for i, id := range next {
			streams[i], read[id] = treaty.Stream(id), true
		}
		found, err := readFacts[treaty.Fact](r.Facts(streams))
		if err != nil {
			return nil, err
		}
		facts, next = append(facts, found...), nil
		for _, other := range treaty.Depends(id, facts) {
			if !read[other] {
				next = append(next, other)
			}
		}
	}
	return facts, nil
}

// Treaties are all treaties of which we know anything, as their instruments
// describe them by what was known on a day (no date: by all that we know), in
// the order of their streams. One of which there are actions only is there with
// its id alone.
func (o *Office) Treaties(ctx context.Context, knownOn day.Date) ([]treaty.Instrument, error) {
	all := []treaty.Instrument{}
	err := o.Store.Read(ctx, func(r store.Reader) error {
		described := map[docket.Stream][]treaty.Fact{}
		facts, err := readFacts[treaty.Fact](r.AllFacts(sortTreaty, "instrument"))
		if err != nil {
			return err
		}
		for _, f := range facts {
			stream := treaty.Stream(f.Subject())
			described[stream] = append(described[stream], f)
		}
		var streams []docket.Stream // read first: a store may ask one thing at a time
		for s, err := range r.AllFactStreams(sortTreaty) {
			if err != nil {
				return err
			}
			streams = append(streams, s.Stream)
		}
		for _, stream := range streams {
			of := described[stream]
			if len(of) == 0 {
				if of, err = firstFact(r, stream); err != nil {
					return err
				}
			}
			id := of[0].Subject()
			all = append(all, treaty.NewFile(id, of).Instrument(knownOn))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list treaties: %w", err)
	}
	return all, nil
}

// firstFact is the first fact of a treaty's stream, which has one at least.
func firstFact(r store.Reader, stream docket.Stream) ([]treaty.Fact, error) {
	return readFacts[treaty.Fact](func(yield func(store.Fact, error) bool) {
		for f, err := range r.Facts([]docket.Stream{stream}) {
			yield(f, err)
			return
		}
	})
}
