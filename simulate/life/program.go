package life

import (
	"fmt"
	"math/rand/v2"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
)

// lawyer is whose program files: an officer who does nothing else, and whom nobody ends.
const lawyer = "lawyer"

// addProgram gives the lawyer's program a token. It is done once: a token that is asked
// for again is another one.
func (w *world) addProgram(r *rand.Rand) {
	w.addActor(r, lawyer, []string{office.Officer}, nil)
	w.people = w.people[:len(w.people)-1]
	registrar := w.people[0]
	w.program = &person{id: lawyer, capacities: []string{office.Officer}}
	q := &request{what: "registrar gives the lawyer's program a token", by: registrar, instants: []docket.Instant{docket.At(w.clock.Now())}}
	expires := docket.At(w.clock.Now().AddDate(1000, 0, 0))
	_, err := w.office().AddToken(w.ctx, office.By{Actor: registrar.known}, lawyer, []string{office.ScopeFile}, expires, func(secret string) error {
		w.program.secret = secret
		return nil
	})
	if err == nil {
		w.program.known, _, err = w.office().AuthenticateToken(w.ctx, w.program.secret)
	}
	if err != nil {
		w.broken("who was let in is let in", fmt.Errorf("%s's program: %w", lawyer, err))
	}
	w.owner[ref("actor/"+lawyer, 2)] = q
}

// request files a claim by a request of a program, under a key of the request's and a
// reference of the program's own; or asks by another request for one that it filed.
func (w *world) request(r *rand.Rand) {
	f, again := &filed{programme: pick(r, programmes), filing: w.made(r, 0)}, false
	f.filing.Code = false // a program is told none
	if len(w.programmed) > 0 && chance(r, 4) {
		f, again = pick(r, w.programmed), true
	}
	reference := f.filing.Key
	file := func(by office.By, filing office.Filing) (office.OwnFiled, error) {
		done, _, err := w.office().FileOwn(w.ctx, by, f.programme, reference, filing)
		return done, err
	}
	q := &request{
		what: fmt.Sprintf("the lawyer's program files %s (%s)", reference, f.programme), by: w.program, key: fmt.Sprint("request ", w.step), kind: claim.KindFiled,
	}
	q.do = func(by office.By) (reply, error) {
		done, err := file(by, copies([]office.Filing{f.filing})[0])
		if again && fault.Code(err) == "claim.own-reference-erased" && !f.erased {
			w.broken("a repeat returns the first answer", reference+": told that it was erased")
		}
		if err != nil {
			return reply{}, err
		}
		a := reply{text: done.ID, learn: func() { q.about = []claim.ID{done.ID} }}
		switch {
		case again && (done.ID != f.id || !done.Repeated):
			w.broken("each acknowledged act is there exactly once", fmt.Sprintf("%s was filed once more by another request", reference))
		case !again:
			a.refs = []docket.Ref{ref(done.ID.Stream(), 1)}
			a.learn = func() {
				q.about, f.id = []claim.ID{done.ID}, done.ID
				w.claims, w.programmed = append(w.claims, f), append(w.programmed, f)
			}
		}
		return a, nil
	}
	q.other = func(by office.By) error {
		other := copies([]office.Filing{f.filing})[0]
		other.Answers["contact"] += " (moved)"
		_, err := file(by, other)
		return err
	}
	w.ask(q, w.planFor(r), r)
}
