package life

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
)

// request is one thing that somebody asks for, however often it takes.
type request struct {
	step     int
	what     string // for the story
	capacity string // of who may ask; "" where it must be this very person
	by       *person
	second   *person
	key      string
	do       func(office.By) (reply, error)
	other    func(office.By) error // the same key with another body; nil where there is none
	about    []claim.ID            // whose erasure makes the first answer go
	kind     docket.Kind           // of the entry, where about is one claim

	misdeed string // it must be refused, or this invariant broke
	must    bool   // it must be done, or the life can't go on

	instants  []docket.Instant // when it was tried
	uncertain bool             // an attempt ended, and nobody knows how
	done      bool
	gone      bool   // done, and its answer went with an erased claim
	answer    string // the first one
}

// reply is what an act answered.
type reply struct {
	text  any // what every repeat must answer too
	refs  []docket.Ref
	learn func() // what the asker does with the first answer; may be nil
}

func ref(s docket.Stream, v docket.Version) docket.Ref { return docket.Ref{Stream: s, Version: v} }

// attempts bounds how often something is asked at once.
const attempts = 5

// ask asks until there is an answer. When an attempt ended in a crash, the
// asker may also leave it for later.
func (w *world) ask(q *request, p *plan, r *rand.Rand) {
	if w.failure != nil {
		return
	}
	if len(q.instants) == 0 {
		q.step = w.step
		w.asked = append(w.asked, q)
	}
	for n := range attempts {
		if n == attempts-1 {
			p = nil
		}
		answer, err, again := w.once(q, p)
		if w.failure != nil {
			return
		}
		if !again {
			if err != nil {
				w.refused(q, err)
				return
			}
			w.acknowledged(q, answer)
			return
		}
		q.uncertain = true
		if r != nil && q.misdeed == "" && q.capacity != "" && chance(r, 4) {
			w.tell("%s: nobody knows what came of it, and asks later", q.what)
			w.pending = append(w.pending, q)
			return
		}
		if p = nil; r != nil && chance(r, 5) {
			p = w.planFor(r)
		}
	}
	w.broken("what is asked often enough is answered", q.what)
}

// once is one attempt; again when a fault hit it, so that nobody knows.
func (w *world) once(q *request, p *plan) (answer reply, err error, again bool) {
	q.instants = append(q.instants, docket.At(w.clock.Now()))
	w.tally.Acts++
	w.in.arm(p)
	answer, err = q.do(w.as(q))
	fired, dead := w.in.state()
	w.in.arm(nil)
	w.hears(err)
	switch {
	case dead:
		w.tally.Crashes++
		w.tell("%s: %s; it is started again", q.what, p)
		w.reopen(p)
		return reply{}, nil, true
	case fired && err != nil:
		w.tally.Faults++
		w.tell("%s: %s", q.what, p)
		w.blames(q.what, p, err)
		return reply{}, nil, true
	case fired:
		w.tally.Faults++
		w.tell("%s: %s, which stopped nobody", q.what, p)
	}
	return answer, err, false
}

// blames sees that a fault of the machine is told as one: who is refused gives
// up, and who hears of a full disk asks again. An act that met another one the
// office runs again by itself.
func (w *world) blames(what string, p *plan, err error) {
	if p.manner != taken && !errors.Is(err, errInjected) {
		w.broken("a fault of the machine is told as one", fmt.Errorf("%s: %w", what, err))
	}
}

// as is who asks: where somebody was ended since, another of the same capacity.
func (w *world) as(q *request) office.By {
	stand := func(p *person) *person {
		if p == nil || !p.ended || q.capacity == "" || q.misdeed != "" {
			return p
		}
		for _, other := range w.people {
			if !other.ended && other != q.by && other != q.second && slices.Contains(other.capacities, q.capacity) {
				return other
			}
		}
		return p
	}
	if q.by = stand(q.by); q.second != nil {
		q.second = stand(q.second)
	}
	by := office.By{Actor: q.by.known, Key: q.key}
	if q.second != nil {
		by.Second = q.second.known
	}
	return by
}

// acknowledged keeps what was promised.
func (w *world) acknowledged(q *request, a reply) {
	text, err := json.Marshal(a.text)
	if err != nil {
		w.broken("an answer can be written down", err)
		return
	}
	w.answers = append(w.answers, fmt.Sprintf("%d %s: %s", w.step, q.what, text))
	switch {
	case q.misdeed != "":
		w.broken(q.misdeed, q.what+" was done")
		return
	case q.done && !q.gone:
		w.tally.Repeats++
		if q.answer != string(text) {
			w.broken("a repeat returns the first answer", fmt.Sprintf("%s: first %s, then %s", q.what, q.answer, text))
		}
		return
	}
	w.tell("%s: done", q.what)
	q.done, q.answer = true, string(text)
	for _, ref := range a.refs {
		if other, ok := w.owner[ref]; ok && other != q {
			w.broken("each acknowledged act is there exactly once", fmt.Sprintf("%s is the answer to both %q and %q", ref, other.what, q.what))
			return
		}
		w.owner[ref] = q
	}
	if a.learn != nil {
		a.learn()
	}
}

// refused takes a refusal: nothing was done, and nothing may be there.
func (w *world) refused(q *request, err error) {
	code := fault.Code(err)
	w.answers = append(w.answers, fmt.Sprintf("%d %s: %s", w.step, q.what, code))
	if code == "office.answer-forgotten" && q.misdeed == "" {
		w.forgotten(q)
		return
	}
	w.tally.Refused++
	switch {
	case q.done:
		w.broken("a repeat returns the first answer", fmt.Sprintf("%s was done, and is now refused: %v", q.what, err))
	case !w.isAnswer(err):
		w.broken("what fails has a reason", fmt.Errorf("%s: %w", q.what, err))
	case q.must:
		w.broken("what may be done is done", fmt.Errorf("%s: %w", q.what, err))
	case q.misdeed != "":
		w.tally.Misdeeds++
		w.tell("%s: refused (%s), as it must be", q.what, code)
	default:
		w.tell("%s: refused (%s)", q.what, code)
	}
}

// forgotten takes the word that a first answer went with its claim.
func (w *world) forgotten(q *request) {
	if !slices.ContainsFunc(q.about, w.erased) {
		w.broken("a repeat returns the first answer", q.what+": its answer is gone, and no claim of it was erased")
		return
	}
	w.tell("%s: its answer went with the erased claim", q.what)
	q.done, q.gone = true, true
}

// askPending asks anew for something of which nobody knows what came.
func (w *world) askPending(r *rand.Rand) {
	n := r.IntN(len(w.pending))
	q := w.pending[n]
	w.pending = slices.Delete(w.pending, n, n+1)
	w.ask(q, nil, r)
}

// settle asks for everything of which nobody knows, and publishes.
func (w *world) settle() {
	for len(w.pending) > 0 && w.failure == nil {
		q := w.pending[0]
		w.pending = w.pending[1:]
		w.ask(q, nil, nil)
	}
	if w.failure == nil {
		w.publishAll()
	}
}

// publishAll publishes until nothing waits. On PostgreSQL who died in their turn
// keeps it for some seconds, by the database's clock.
func (w *world) publishAll() {
	for begin := time.Now(); w.failure == nil; time.Sleep(leaseWait) {
		w.publish(nil)
		u, err := w.office().Unpublished(w.ctx)
		switch {
		case err != nil:
			w.broken("what fails has a reason", err)
		case u.Entries == 0:
			return
		case w.o.Owner == "" || time.Since(begin) > mostWait:
			w.broken("every entry is in the tree", fmt.Sprintf("%d entries wait, the oldest is %s", u.Entries, u.Oldest))
		}
	}
}

// How long somebody's turn may outlast them, and how often that is looked at.
const (
	mostWait  = 20 * time.Second
	leaseWait = 200 * time.Millisecond
)

// repeat asks for something that was answered once more, perhaps with another
// body.
func (w *world) repeat(r *rand.Rand) {
	var list []*request
	for _, q := range w.asked {
		if q.done && q.misdeed == "" && q.key != "" {
			list = append(list, q)
		}
	}
	if len(list) == 0 {
		return
	}
	q := list[len(list)-1-min(r.IntN(len(list)), r.IntN(len(list)))]
	if q.capacity == "" && (q.by.ended || q.second != nil && q.second.ended) {
		return
	}
	p := w.planFor(r)
	if q.other == nil || !chance(r, 3) {
		w.tell("%s: asked once more", q.what)
		w.ask(q, p, r)
		return
	}
	w.try(q.what+", with another body", p, func() error {
		w.tally.Acts++
		err := q.other(w.as(q))
		fired, _ := w.in.state()
		if err == nil && !fired {
			w.broken("a key with another body is refused", q.what)
		}
		if code := fault.Code(err); !fired && code != "office.key-reused" && code != "office.answer-forgotten" {
			w.broken("a key with another body is refused", fmt.Errorf("%s: %w", q.what, err))
		}
		return err
	})
}

// hears looks for secrets in what went wrong.
func (w *world) hears(err error) {
	if err != nil && secretIn(err.Error()) {
		w.broken("nothing secret in an error", strings.ReplaceAll(err.Error(), canary, "…"))
	}
}

func (w *world) now() time.Time { return w.clock.Now() }
