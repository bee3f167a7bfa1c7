package postgres

import (
	"context"
	"fmt"
	"maps"
	"math/bits"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// Every act asks for its programme and its actors, which are few and hardly
// ever change, and waiting for an answer costs more than the question. So an
// act is told at once what this process heard of them last, and asks for them
// all the same, along with the first that is sent and must wait for its answer:
// where the state that the act stands on says otherwise, what it did is undone
// and it is run again on what is so. Nothing is committed before that is known.

// mostRecent bounds how many are asked for ahead, of each sort.
const mostRecent = 8

// distrust is for how long nothing is told from memory after it proved wrong:
// where numbers are given the programme changes with each.
const distrust = time.Second

// recent are those that were asked for of late, the newest first.
type recent[V any] struct {
	mu    sync.Mutex
	ids   []string
	heard map[string]V
}

// hear keeps what was heard of one.
func (r *recent[V]) hear(id string, v V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.heard == nil {
		r.heard = map[string]V{}
	}
	if !slices.Contains(r.ids, id) {
		r.ids = slices.Insert(slices.Clone(r.ids), 0, id)
		if len(r.ids) > mostRecent {
			delete(r.heard, r.ids[mostRecent])
			r.ids = r.ids[:mostRecent]
		}
	}
	r.heard[id] = v
}

func (r *recent[V]) last(id string) (v V, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok = r.heard[id]
	return v, ok
}

// list is never written to again.
func (r *recent[V]) list() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ids
}

// ahead is what an act knows of one sort without having waited for it.
type ahead[V any] struct {
	recent *recent[V]
	told   map[string]V // from memory
	sure   map[string]V // of the state that the act stands on; nil before it has one
	held   bool         // what was told is so
}

// errStale says that an act was told what is no longer so.
var errStale = fmt.Errorf("%w: what it was told from memory is no longer so", store.ErrAgain)

// tell gives what is known of one. From memory, only before the act has asked.
func (a *ahead[V]) tell(id string, trusting bool) (v V, ok bool) {
	if a.sure != nil {
		v, ok = a.sure[id]
		return v, ok
	}
	if v, ok = a.recent.last(id); ok && trusting {
		a.told[id] = v
		return v, true
	}
	return v, false
}

// ask queues the question for all that were asked for of late, and for those
// that were told.
func (a *ahead[V]) ask(t *tx, text string, scan func(scanner) (V, error), id func(V) string) {
	a.sure = map[string]V{}
	ids := slices.Concat(a.recent.list(), slices.Collect(maps.Keys(a.told)))
	if len(ids) == 0 {
		return
	}
	t.queue(text, []any{ids}).Query(func(rows pgx.Rows) error {
		err := collect(rows, scan, func(v V) {
			a.sure[id(v)] = v
			a.recent.hear(id(v), v)
		})
		for id, v := range a.told {
			if err == nil && !reflect.DeepEqual(a.sure[id], v) {
				err = errStale
			}
		}
		a.held = err == nil
		return err
	})
}

// askAhead queues the questions; they go with the first that the act sends,
// whether it asks or writes.
func (t *tx) askAhead() {
	t.programmes.ask(t, "SELECT "+programmeColumns+" FROM programmes WHERE id = ANY($1)", scanProgramme, func(p store.Programme) string { return p.ID })
	t.actors.ask(t, "SELECT "+actorColumns+" FROM actors WHERE id = ANY($1)", scanActor, func(a store.Actor) string { return a.ID })
	if len(t.assumed) == 0 {
		return
	}
	text, args := t.holds(nil)
	t.queue("SELECT "+text, args).Query(func(rows pgx.Rows) error {
		err := collect(rows, value[bool], func(so bool) { t.stillSo = so })
		if err == nil && !t.stillSo {
			return errStale
		}
		return err
	})
}

// misled reports whether the act may have failed for what it was told and is no
// longer so: a number that was given meanwhile, say.
func (t *tx) misled() bool {
	unsure := len(t.programmes.told) > 0 && !t.programmes.held || len(t.actors.told) > 0 && !t.actors.held ||
		len(t.assumed) > 0 && !t.stillSo
	return unsure && t.failed != nil && !t.conn.IsClosed()
}

// settle makes sure of what the act was told, before anything rests on it.
func (t *tx) settle() {
	if !t.begun && t.toldAnything() {
		_ = t.flush() // it is remembered as what failed
	}
}

// atOnce reports whether the act can be sent whole, its commit with it: it asked
// nothing but what it was told, and refuses nothing by counting what it wrote.
func (t *tx) atOnce() bool {
	return !t.begun && t.failed == nil && !t.checked && t.toldAnything()
}

// condition is what must be so, with a ? for each of its values.
type condition struct {
	text   string
	values []any
}

// holds is all of these, and of what the act assumed, as one expression.
func (t *tx) holds(others []condition) (text string, args []any) {
	var so []string
	for _, c := range slices.Concat(others, t.assumed) {
		for _, v := range c.values {
			args = append(args, v)
			c.text = strings.Replace(c.text, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		so = append(so, c.text)
	}
	return "(" + strings.Join(so, " AND ") + ")", args
}

// insist queues a statement that fails, and the act with it, where what the act was
// told is not so in its state: there it divides by nought. So the act needs not wait
// for an answer before it commits.
func (t *tx) insist() {
	var told []condition
	for _, id := range slices.Sorted(maps.Keys(t.programmes.told)) {
		told = append(told, condition{
			"EXISTS (SELECT FROM programmes WHERE id = ? AND version = ? AND edition = ? AND edition_number = ? AND opened = ? AND last_serial = ?)",
			programmeRow(t.programmes.told[id]),
		})
	}
	for _, id := range slices.Sorted(maps.Keys(t.actors.told)) {
		told = append(told, condition{
			"EXISTS (SELECT FROM actors WHERE id = ? AND version = ? AND capacities = ? AND ended = ? AND interests = ?)",
			actorRow(t.actors.told[id]),
		})
	}
	text, args := t.holds(told)
	t.queue("SELECT 1 / "+text+"::int", args)
}

func (t *tx) toldAnything() bool {
	return len(t.programmes.told)+len(t.actors.told)+len(t.assumed) > 0
}

// tagsAtOnce bounds the tags in one condition: a power of two.
const tagsAtOnce = 64

// Unanswered is told without asking, before the act has asked anything.
func (t *tx) Unanswered(tags [][]byte) (bool, error) {
	if !t.assumes() {
		found, err := t.Answers(tags)
		return err == nil && len(found) == 0, err
	}
	// Counted: for EXISTS the planner would look through a table that grew since it
	// planned. Tag by tag, for an array it would plan anew each time, which takes longer
	// than all else here; in steps of two, so that these are few statements.
	for tags := range slices.Chunk(tags, tagsAtOnce) {
		values := make([]any, 1<<bits.Len(uint(len(tags)-1)))
		for i := range values {
			values[i] = tags[min(i, len(tags)-1)]
		}
		t.assumed = append(t.assumed, condition{
			"(SELECT count(*) FROM idempotency WHERE tag IN (?" + strings.Repeat(", ?", len(values)-1) + ")) = 0", values,
		})
	}
	return true, nil
}

// StandsAt is told likewise.
func (t *tx) StandsAt(stream docket.Stream, version docket.Version) (bool, error) {
	if !t.assumes() {
		last, err := t.LastVersion(stream)
		return err == nil && last == version, err
	}
	t.assumed = append(t.assumed, condition{
		"(SELECT coalesce(max(version), 0) FROM docket WHERE stream = ?) = ?", []any{string(stream), int64(version)},
	})
	return true, nil
}

// assumes reports whether the act may be told without asking.
func (t *tx) assumes() bool { return t.trusting && !t.begun && t.failed == nil }

// Programme remembers which edition the act saw.
func (t *tx) Programme(id string) (store.Programme, error) {
	p, ok := t.programmes.tell(id, t.trusting)
	if !ok {
		var err error
		if p, err = t.reader.Programme(id); err != nil {
			return p, err
		}
		t.store.programmes.hear(id, p)
	}
	t.editions[id] = p.Edition
	return p, nil
}

// Actor is one of those about whom an act knows ahead.
func (t *tx) Actor(id string) (store.Actor, error) {
	a, ok := t.actors.tell(id, t.trusting)
	if !ok {
		var err error
		if a, err = t.reader.Actor(id); err != nil {
			return a, err
		}
		t.store.actors.hear(id, a)
	}
	a.Capacities = slices.Clone(a.Capacities)
	return a, nil
}

// PutProgramme shuts the gate where another edition opens than the one that
// the act saw; an act that only gives numbers leaves it open.
func (t *tx) PutProgramme(p store.Programme) error {
	t.settle()
	t.trusting = false // memory doesn't hold what this act writes
	delete(t.programmes.sure, p.ID)
	if seen, ok := t.editions[p.ID]; !ok || seen != p.Edition {
		t.shut()
	}
	return t.put(putProgramme, programmeRow(p)...)
}

// shut shuts the gate: who passed it is waited for.
func (t *tx) shut() {
	t.shuts = true
	t.queue(shutGate, nil)
}

// PutActor shuts the gate: see there.
func (t *tx) PutActor(a store.Actor) error {
	t.settle()
	t.trusting = false
	delete(t.actors.sure, a.ID)
	t.shut()
	return t.put(putActor, actorRow(a)...)
}

// tx asks and writes within one transaction.
type tx struct {
	reader
	store      *Store
	trusting   bool // it may be told from memory
	shuts      bool // it shut the gate
	programmes ahead[store.Programme]
	actors     ahead[store.Actor]
	editions   map[string]docket.Hash // of the programmes that the act has seen

	assumed []condition // that the act was told
	stillSo bool        // it is
}

func newTx(ctx context.Context, s *Store, conn *pgx.Conn, h how) *tx {
	t := &tx{
		reader: reader{newSession(ctx, conn, beginAct, h.gate)}, store: s, trusting: h.trusting,
		programmes: ahead[store.Programme]{recent: &s.programmes, told: map[string]store.Programme{}},
		actors:     ahead[store.Actor]{recent: &s.actors, told: map[string]store.Actor{}},
		editions:   map[string]docket.Hash{},
	}
	t.askFirst = t.askAhead
	return t
}
