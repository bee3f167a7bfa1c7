package postgres

import (
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// Every act asks for its programme and its actors, which are few, and waiting
// for an answer costs more than the question. So what was asked for of late is
// asked for again along with an act's first question, of the same state: it is
// not a cache, and nothing in it is older than the act.

// mostRecent bounds what is asked for ahead.
const mostRecent = 8

// recent are the ids that were asked for of late, the newest first.
type recent struct {
	mu  sync.Mutex
	ids []string
}

func (r *recent) saw(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := slices.Index(r.ids, id); at >= 0 {
		return // the order matters only for what falls out
	}
	r.ids = slices.Insert(slices.Clone(r.ids), 0, id)
	r.ids = r.ids[:min(len(r.ids), mostRecent)]
}

// list is never written to again.
func (r *recent) list() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ids
}

// ahead is what an act was told before it asked.
type ahead struct {
	programmes map[string]store.Programme
	actors     map[string]store.Actor
}

// askAhead queues the questions; they go with the first that the act asks.
func (t *tx) askAhead() {
	programmes, actors := t.store.programmes.list(), t.store.actors.list()
	t.ahead = ahead{make(map[string]store.Programme, len(programmes)), make(map[string]store.Actor, len(actors))}
	if len(programmes) > 0 {
		t.queue("SELECT "+programmeColumns+" FROM programmes WHERE id = ANY($1)", []any{programmes}).Query(func(rows pgx.Rows) error {
			return collect(rows, scanProgramme, func(p store.Programme) { t.ahead.programmes[p.ID] = p })
		})
	}
	if len(actors) > 0 {
		t.queue("SELECT id, version, capacities, ended FROM actors WHERE id = ANY($1)", []any{actors}).Query(func(rows pgx.Rows) error {
			return collect(rows, scanActor, func(a store.Actor) { t.ahead.actors[a.ID] = a })
		})
	}
}

// begin sends what the act asks ahead, where it has asked nothing else yet.
func (t *tx) begin() error {
	if t.begun {
		return t.failed
	}
	t.askFirst()
	return t.flush()
}

// Programme remembers which edition the act saw.
func (t *tx) Programme(id string) (store.Programme, error) {
	if err := t.begin(); err != nil {
		return store.Programme{}, err
	}
	p, ok := t.ahead.programmes[id]
	if !ok {
		var err error
		if p, err = t.reader.Programme(id); err != nil {
			return p, err
		}
		t.store.programmes.saw(id)
	}
	t.editions[id] = p.Edition
	return p, nil
}

// Actor is told ahead where somebody asked for this one of late.
func (t *tx) Actor(id string) (store.Actor, error) {
	if err := t.begin(); err != nil {
		return store.Actor{}, err
	}
	if a, ok := t.ahead.actors[id]; ok {
		a.Capacities = slices.Clone(a.Capacities)
		return a, nil
	}
	a, err := t.reader.Actor(id)
	if err == nil {
		t.store.actors.saw(id)
	}
	return a, err
}

// PutProgramme shuts the gate where another edition opens than the one that
// the act saw; an act that only gives numbers leaves it open.
func (t *tx) PutProgramme(p store.Programme) error {
	if seen, ok := t.editions[p.ID]; !ok || seen != p.Edition {
		t.queue(shutGate, nil)
	}
	delete(t.ahead.programmes, p.ID)
	return t.put(putProgramme, p.ID, int64(p.Version), p.Edition[:], p.EditionNumber, p.Opened.String(), p.LastSerial)
}

// PutActor shuts the gate: see there.
func (t *tx) PutActor(a store.Actor) error {
	t.queue(shutGate, nil)
	delete(t.ahead.actors, a.ID)
	return t.put(putActor, a.ID, int64(a.Version), words(a.Capacities), bit(a.Ended))
}

// tx asks and writes within one transaction.
type tx struct {
	reader
	store    *Store
	ahead    ahead
	editions map[string]docket.Hash // of the programmes that the act has seen
}
