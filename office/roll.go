package office

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"sync"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/store"
)

// Roll is the record of everything that the roll holds, or, with subjects, of
// the facts that stand in their streams and of no others: a body's members, but
// not what those are called. The whole record is made once in a process, and
// again when there are more facts; it is shared, and never changed.
func (o *Office) Roll(ctx context.Context, subjects ...roll.ID) (record *roll.Record, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if len(subjects) == 0 {
			record, err = o.roll.get(r, sortRoll, roll.NewRecord)
			return err
		}
		streams := make([]docket.Stream, len(subjects))
		for i, id := range subjects {
			streams[i] = roll.Stream(id)
		}
		facts, err := readFacts[roll.Fact](r.Facts(streams))
		record = roll.NewRecord(facts)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the roll: %w", err)
	}
	return record, nil
}

// readFacts reads the facts of the roll, or of treaties, out of their bodies.
func readFacts[F any](list iter.Seq2[store.Fact, error]) ([]F, error) {
	var bodies [][]byte
	for f, err := range list {
		if err != nil {
			return nil, err
		}
		bodies = append(bodies, f.Body)
	}
	facts := make([]F, len(bodies))
	err := parallel(len(bodies), func(i int) error { return json.Unmarshal(bodies[i], &facts[i]) })
	return facts, err
}

// wholeRecord is what was made of all facts of a sort, with the state of the
// tables of which it was made.
type wholeRecord[F, R any] struct {
	making sync.Mutex // one makes it: it takes a second's work, and memory
	mu     sync.Mutex
	of     store.FactRecord // owned by mu, as is record
	record R
	made   bool
}

// get is the record of all facts that r sees. While another is making a new
// one, who sees the same facts as before is not held up.
func (w *wholeRecord[F, R]) get(r store.Reader, sort string, build func([]F) R) (R, error) {
	var none R
	now, err := r.FactRecord(sort)
	if err != nil {
		return none, err
	}
	if record, ok := w.known(now); ok {
		return record, nil
	}
	w.making.Lock()
	defer w.making.Unlock()
	if record, ok := w.known(now); ok {
		return record, nil
	}
	facts, err := readFacts[F](r.AllFacts(sort, ""))
	if err != nil {
		return none, err
	}
	record := build(facts)
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.made || w.of.Entries < now.Entries { // who looked at an older state keeps it to itself
		w.of, w.record, w.made = now, record, true
	}
	return record, nil
}

func (w *wholeRecord[F, R]) known(now store.FactRecord) (R, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.record, w.made && w.of == now
}
