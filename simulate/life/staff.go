package life

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
)

type ctxType = context.Context

var zoneUTC = time.UTC

// errChanged stands for an answer that is a refusal in all but form.
var errChanged = fault.New(fault.Conflict, "office.key-reused")

func readJSON(text []byte, into any) error { return json.Unmarshal(text, into) }

// yearAfter is the first day on which what was changed at an instant is a year
// old: 29 February has its year on 28 February.
func yearAfter(at time.Time) day.Date {
	y, m, d := at.UTC().Date()
	if m == time.February && d == 29 {
		d = 28
	}
	return day.Of(time.Date(y+1, m, d, 0, 0, 0, 0, time.UTC), time.UTC)
}

// addActor lets somebody in.
func (w *world) addActor(r *rand.Rand, id string, capacities []string, p *plan) {
	at := &person{id: id, capacities: capacities}
	q := &request{
		what: fmt.Sprintf("registrar lets %s in as %v", id, capacities), capacity: office.Administrator, by: w.people[0],
		key: "let in " + id,
	}
	q.do = func(by office.By) (reply, error) {
		err := w.office().AddActor(w.ctx, by, id, capacities, func(secret string) error {
			at.secret = secret
			return nil
		})
		return reply{refs: []docket.Ref{ref(docket.Stream("actor/"+id), 1)}, learn: func() { w.signIn(at) }}, err
	}
	q.other = func(by office.By) error {
		return w.office().AddActor(w.ctx, by, id+"-too", capacities, func(string) error { return nil })
	}
	w.ask(q, p, r)
}

func (w *world) signIn(at *person) {
	var err error
	if at.known, err = w.office().Authenticate(w.ctx, at.secret); err != nil {
		w.broken("who was let in is let in", fmt.Errorf("%s: %w", at.id, err))
		return
	}
	w.people = append(w.people, at)
}

// staff lets somebody in or ends what somebody may do.
func (w *world) staff(r *rand.Rand) {
	if chance(r, 2) {
		roles := [][]string{{office.Officer}, {office.Commissioner}, {office.Treasurer}, {office.Officer, office.Treasurer}, {office.Depositary}}
		w.addActor(r, fmt.Sprintf("new-%d", w.step), pick(r, roles), w.planFor(r))
		return
	}
	var list []*person
	count := map[string]int{}
	for _, p := range w.people[1:] {
		if !p.ended {
			list = append(list, p)
			for _, c := range p.capacities {
				count[c]++
			}
		}
	}
	at := pick(r, list)
	for _, c := range at.capacities {
		if count[c] <= 3 { // the office must be able to go on
			return
		}
	}
	q := &request{
		what: "registrar ends what " + at.id + " may do", capacity: office.Administrator, by: w.people[0], key: "end " + at.id,
	}
	q.do = func(by office.By) (reply, error) {
		err := w.office().EndActor(w.ctx, by, at.id)
		return reply{refs: []docket.Ref{ref(docket.Stream("actor/"+at.id), 2)}}, err
	}
	at.ended = true // from here on, whatever this one asks may be refused
	w.ask(q, w.planFor(r), nil)
}

// slice is what a round pays a claim at most, under the open edition, in cents.
func (w *world) slice(programme string) int64 {
	return w.slices[fmt.Sprintf("%s/%d", programme, w.editions[programme])]
}

// newEdition publishes another edition: rounds pay other slices from then on.
func (w *world) newEdition(r *rand.Rand) {
	w.publishEdition(r, pick(r, programmes), w.planFor(r))
}

func (w *world) publishEdition(r *rand.Rand, programme string, p *plan) {
	book, ok := rulebooks.Find("demo")
	if !ok {
		w.broken("the demo's rulebook ships", "")
		return
	}
	n := w.editions[programme] + 1
	cents := []int64{250000, 90000, 400000, 123457}[(n-1)%4]
	source := book.Source
	const adopting = "adopt_instalment: {by: commissioner, second: commissioner"
	changes := [][2]string{
		{"\nid: demo\n", "\nid: " + programme + "\n"},
		{"edition: \"1\"", fmt.Sprintf("edition: \"%d\"", n)},
		{"number_prefix: HF", "number_prefix: " + map[string]string{"demo": "HF", "quay": "QY"}[programme]},
		{"EUR: 2500.00", "EUR: " + money.New(cents, "EUR").Decimal()},
	}
	if programme == gated {
		changes = append(changes, [2]string{adopting, adopting + ", treaty: " + conventionID})
	}
	for _, change := range changes {
		if !bytes.Contains(source, []byte(change[0])) {
			w.broken("the demo's rulebook is the one that lives are made for", change[0])
			return
		}
		source = bytes.ReplaceAll(source, []byte(change[0]), []byte(change[1]))
	}
	q := &request{
		what: fmt.Sprintf("registrar opens edition %d of %s", n, programme), capacity: office.Administrator, by: w.people[0],
		key: fmt.Sprintf("edition %s %d", programme, n),
	}
	q.do = func(by office.By) (reply, error) {
		a, err := w.office().OpenProgramme(w.ctx, by, programme, source)
		return reply{text: a, refs: []docket.Ref{ref(docket.Stream("programme/"+programme), docket.Version(n))}, learn: func() {
			w.editions[programme] = n
			w.slices[fmt.Sprintf("%s/%d", programme, n)] = cents
			w.slices[a.Hash.String()] = cents
		}}, err
	}
	w.ask(q, p, nil) // at once: what follows hangs on it
}

// jump lets the clock go to another time: a year on or back, to a day on which
// something is due or the day before, to a leap day, to the hour that summer
// time leaves out; or it stands.
func (w *world) jump(r *rand.Rand) {
	const year = 365 * 24 * time.Hour
	now := w.now()
	to := now
	switch r.IntN(6) {
	case 0:
		to = now.Add(year)
	case 1:
		if w.jumped > -year {
			to = now.Add(-year)
		}
	case 2:
		to = time.Date(now.Year()/4*4, time.February, 29, 22+r.IntN(2), 59, 59, 999_000_000, time.UTC)
	case 3:
		to = time.Date(now.Year(), time.March, 31-int(time.Date(now.Year(), time.March, 31, 0, 0, 0, 0, time.UTC).Weekday()), 1, 0, r.IntN(2), 0, time.UTC)
	case 4:
		if list := w.openDrafts(); len(list) > 0 {
			d := pick(r, list)
			to = time.Date(d.expires.Year(), time.Month(d.expires.Month()), d.expires.Day()-r.IntN(2), r.IntN(24), r.IntN(60), 0, 0, time.UTC)
		}
	default:
		w.still = w.step + 1 + r.IntN(12)
		w.tell("the clock stands until step %d", w.still)
		return
	}
	w.tally.Jumps++
	w.jumped += to.Sub(now)
	w.clock.set(to)
	w.tell("the clock jumps here from %s", now.Format("2006-01-02 15:04"))
	if chance(r, 2) {
		w.tell("stopped and started")
		w.reopen(nil)
	}
}
