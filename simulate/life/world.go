package life

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

// person is somebody who acts, or tries to.
type person struct {
	id         string
	capacities []string
	secret     string
	known      office.Known
	ended      bool
}

// world is the side of those who ask: what they know, what they were promised,
// and the installation that they ask.
type world struct {
	ctx     context.Context
	o       Options
	clock   *clock
	entropy *entropy
	in      *injector
	dir     string
	i       *installation.Installation

	step   int
	jumped time.Duration // the sum of the clock's jumps
	still  int           // the clock stands until this step

	people     []*person
	program    *person // somebody's own, by a token
	claims     []*filed
	programmed []*filed // those that the program filed
	drafts     []*draft
	orders     []*order
	asked      []*request
	pending    []*request // of which nobody knows what came
	owner      map[docket.Ref]*request
	codes      map[string]int   // by claim: codes that may have been given, and nobody was told
	slices     map[string]int64 // by hash of the edition: what a round pays at most, in cents
	editions   map[string]int   // by programme: how many were published
	heads      []docket.TreeHead

	instruments int       // of the convention, that were acknowledged
	deposited   time.Time // the latest day on which the convention was entered, or somebody tried to deposit one: what isn't known on a day doesn't count on it

	tally   Summary
	answers []string
	story   []string
	failure *Failure
	checker checker
}

// The two programmes that are played.
var programmes = []string{"demo", "quay"}

func newWorld(ctx context.Context, o Options, in string) (*world, error) {
	w := &world{
		ctx: ctx, o: o, clock: &clock{at: begins}, entropy: &entropy{seed: o.Seed, drawn: map[string]uint64{}}, in: &injector{},
		dir: filepath.Join(in, "data"), owner: map[docket.Ref]*request{}, codes: map[string]int{},
		slices: map[string]int64{}, editions: map[string]int{}, checker: checker{given: map[string]int64{}},
	}
	options := w.options()
	var err error
	if options.Desk, err = installation.MakeDemoDesk(w.dir); err != nil {
		return nil, err
	}
	places := installation.Beside(w.dir)
	if options.Owner = o.Owner; o.Owner != "" {
		if places.Database, err = installation.AddressFor(o.Role, o.Owner); err != nil {
			return nil, err
		}
	}
	if err := installation.Create(ctx, places, "life.example/log", options); err != nil {
		return nil, err
	}
	return w, w.open()
}

func (w *world) options() installation.Options {
	return installation.Options{Now: w.clock.Now, Entropy: w.entropy.draw}
}

func (w *world) office() *office.Office { return w.i.Office }

// open opens the installation from disk, as after a start.
func (w *world) open() (err error) {
	if w.i, err = installation.Open(w.ctx, w.dir, w.options()); err != nil {
		return err
	}
	w.in.arm(nil)
	wrap(w.i.Office, w.in)
	return nil
}

func (w *world) close() error {
	if w.i == nil {
		return nil
	}
	i := w.i
	w.i = nil
	return i.Close()
}

// reopen is what follows a crash, or a stop in good order.
func (w *world) reopen(p *plan) {
	err := w.close()
	if err == nil && p != nil && p.torn {
		err = w.tear(*p)
	}
	if err == nil {
		err = w.open()
	}
	if err != nil {
		w.broken("it opens again after a crash", err)
		return
	}
	w.expired()
}

// tear leaves the tree's files as a crash in the middle of a write leaves them.
func (w *world) tear(p plan) error {
	if p.part != inTree {
		return nil
	}
	heads := installation.Beside(w.dir).Heads
	if !p.after { // part of a record of a leaf reached the disk
		f, err := os.OpenFile(filepath.Join(heads, "leaves"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.WriteString("half a rec")
		return errors.Join(err, f.Close())
	}
	path := filepath.Join(heads, "heads") // part of a head's line, all leaves
	info, err := os.Stat(path)
	if err != nil || info.Size() < 40 {
		return err
	}
	return os.Truncate(path, info.Size()-9)
}

// begin lets the people in and opens the programmes.
func (w *world) begin() {
	r := source(w.o.Seed, "begin", 0)
	secret, err := w.i.Credential("")
	if err != nil {
		w.broken("the first actor has a credential", err)
		return
	}
	registrar := &person{id: installation.FirstActor, capacities: []string{office.Administrator, office.Officer}, secret: secret}
	if registrar.known, err = w.office().Authenticate(w.ctx, secret); err != nil {
		w.broken("the first actor is let in", err)
		return
	}
	w.people = append(w.people, registrar)
	for i := range 3 {
		for _, role := range []string{office.Officer, office.Commissioner, office.Treasurer} {
			w.addActor(r, fmt.Sprintf("%s-%d", role, i+1), []string{role}, nil)
		}
	}
	for i := range 2 {
		w.addActor(r, fmt.Sprintf("depositary-%d", i+1), []string{office.Depositary}, nil)
	}
	w.addActor(r, "double-1", []string{office.Officer, office.Commissioner}, nil)
	w.addActor(r, "double-2", []string{office.Commissioner, office.Treasurer}, nil)
	w.addProgram(r)
	w.loadConvention()
	for _, programme := range programmes {
		w.publishEdition(r, programme, nil)
	}
}

// who is somebody with this capacity who may act.
func (w *world) who(r *rand.Rand, capacity string) *person {
	var list []*person
	for _, p := range w.people {
		if !p.ended && slices.Contains(p.capacities, capacity) {
			list = append(list, p)
		}
	}
	return pick(r, list)
}

// two are two people with this capacity.
func (w *world) two(r *rand.Rand, capacity string) (a, b *person) {
	a = w.who(r, capacity)
	for range 50 {
		if b = w.who(r, capacity); b != a {
			return a, b
		}
	}
	return a, b
}

// tell adds a line to the story.
func (w *world) tell(text string, values ...any) {
	w.story = append(w.story, fmt.Sprintf("step %d, %s: ", w.step, w.clock.Now().Format("2006-01-02 15:04"))+fmt.Sprintf(text, values...))
}

// broken notes the first invariant that broke.
func (w *world) broken(invariant string, detail any) {
	if w.failure != nil || w.ctx.Err() != nil {
		return
	}
	text := fmt.Sprint(detail)
	w.tell("BROKEN: %s: %s", invariant, text)
	w.failure = &Failure{Seed: w.o.Seed, Years: w.o.Years, Step: w.step, Invariant: invariant, Detail: text, Acts: w.tally.Acts, Story: w.story}
}

// planFor draws whether something fails in the next call, and what.
func (w *world) planFor(r *rand.Rand, parts ...part) *plan {
	if len(parts) == 0 {
		parts = []part{inStore, inStore, inStore, inStore, inVault, inReads, inReads}
	}
	return w.planOnce(r, 6, parts...)
}

// planOnce is that, for an act in which something fails once in so many times.
func (w *world) planOnce(r *rand.Rand, in int, parts ...part) *plan {
	if !chance(r, in) {
		return nil
	}
	p := &plan{part: pick(r, parts), after: chance(r, 2), manner: pick(r, []manner{crash, crash, crash, fails, taken, full})}
	most := map[part]int{inStore: 10, inReads: 9, inVault: 3, inTree: 1, inLog: 1}[p.part]
	p.call = 1 + r.IntN(most)
	p.torn = p.manner == crash && p.part == inTree && chance(r, 2)
	return p
}

// try does something that has no key: when a fault hits it, it is left as it
// is. It reports whether it was done.
func (w *world) try(what string, p *plan, do func() error) bool {
	w.in.arm(p)
	err := do()
	fired, dead := w.in.state()
	w.in.arm(nil)
	w.hears(err)
	switch {
	case dead:
		w.tally.Crashes++
		w.tell("%s: %s; it is started again", what, p)
		w.reopen(p)
		return false
	case fired && err != nil:
		w.tally.Faults++
		w.tell("%s: %s", what, p)
		w.blames(what, p, err)
		return false
	case err != nil && !w.isAnswer(err):
		w.broken("what fails has a reason", fmt.Errorf("%s: %w", what, err))
		return false
	}
	if err != nil {
		w.tell("%s: refused (%s)", what, fault.Code(err))
	}
	return err == nil
}

// isAnswer tells a refusal, which an asker can do something with, from an
// error of the machine or a record that doesn't match its proof.
func (w *world) isAnswer(err error) bool {
	return fault.Code(err) != "" && !fault.Is(err, fault.Unsound)
}

// publish gives everything its leaf and publishes the log; the heads are kept,
// as a witness would.
func (w *world) publish(p *plan) {
	w.try("publish", p, func() error {
		published, err := w.office().Publish(w.ctx)
		if err != nil {
			return err
		}
		head := published.Head()
		if n := len(w.heads); n > 0 && w.heads[n-1].Size > head.Size {
			w.broken("the log only grows", fmt.Sprintf("from %d to %d leaves", w.heads[n-1].Size, head.Size))
		}
		if w.o.Owner == "" && w.office().Tree.Head().Size != head.Size { // on PostgreSQL it may be another's turn
			w.broken("what is sequenced is published", fmt.Sprintf("%d of %d", head.Size, w.office().Tree.Head().Size))
		}
		w.heads = append(w.heads, head)
		return nil
	})
}
