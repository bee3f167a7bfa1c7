package life

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/treaty"
)

// The convention under which the commission of the gated programme decides: it is in
// force so many days after so many instruments are deposited.
const (
	conventionID = "quay-2020"
	gated        = "quay"
	instruments  = 2
	forceDelay   = 30 // days
)

// onlyInForce is the invariant that the convention brings.
const onlyInForce = "the commission acts only while its convention is in force"

// loadConvention enters the convention, without anybody's instrument.
func (w *world) loadConvention() {
	delay, err := treaty.ParseDelay(fmt.Sprint("days ", forceDelay))
	if err != nil {
		w.broken("a clause is read", err)
		return
	}
	clause := &treaty.Clause{Provision: "Article 1", Delay: delay, Conditions: []treaty.Condition{{Name: "instruments", Number: instruments}}}
	b := treaty.Bundle{ID: conventionID, Facts: []treaty.Fact{{
		Source: conventionSource, Instrument: &treaty.Instrument{ID: conventionID, Title: "Convention on the quay", Clause: clause},
	}}}
	by := w.who(source(w.o.Seed, "convention", 0), office.Depositary)
	q := &request{what: by.id + " enters the convention of " + gated, capacity: office.Depositary, by: by, key: "convention"}
	q.do = func(by office.By) (reply, error) {
		w.deposited = latest(w.deposited, w.now())
		a, err := w.office().LoadTreaties(w.ctx, by, b)
		return reply{text: a, refs: a.Entries}, err
	}
	w.ask(q, nil, nil)
}

var conventionSource = roll.Source{Name: "notification of the depositary"}

// ratification is one state's, deposited on a day, as a fact.
func ratification(state string, on time.Time) treaty.Fact {
	return treaty.Fact{Source: conventionSource, Action: &treaty.Action{
		Treaty: conventionID, Kind: treaty.Ratification, Party: state, On: day.On(day.Of(on, time.UTC)),
	}}
}

// deposit lets a state hand its instrument in; word of it may come some weeks after
// the day.
func (w *world) deposit(r *rand.Rand) {
	w.depositOf(r, w.now().AddDate(0, 0, -r.IntN(40)), w.planFor(r))
}

func (w *world) depositOf(r *rand.Rand, on time.Time, p *plan) {
	by, state := w.who(r, office.Depositary), fmt.Sprint("State ", w.step)
	q := &request{
		what:     fmt.Sprintf("%s takes the instrument of %s, of %s", by.id, state, on.Format(time.DateOnly)),
		capacity: office.Depositary, by: by, key: fmt.Sprintf("s%d-deposit", w.step),
	}
	q.do = func(by office.By) (reply, error) {
		w.deposited = latest(w.deposited, w.now())
		a, err := w.office().DepositAction(w.ctx, by, ratification(state, on))
		return reply{text: a, refs: a.Entries, learn: func() { w.instruments++ }}, err
	}
	q.other = func(by office.By) error {
		_, err := w.office().DepositAction(w.ctx, by, ratification(state+" too", on))
		return err
	}
	w.ask(q, p, r)
}

// bringIntoForce deposits what the convention lacks, and lets its delay pass.
func (w *world) bringIntoForce(r *rand.Rand) {
	for w.failure == nil && w.instruments < instruments {
		w.step++
		w.depositOf(r, w.now(), nil)
	}
	w.clock.set(latest(w.now(), w.deposited).AddDate(0, 0, forceDelay+2))
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// instrument is one that the docket tells of: the day of its deposit, and that on
// which it was known.
type instrument struct{ on, known string }

// takeFacts takes what an entry says of the convention.
func (b *books) takeFacts(l line) {
	list, _ := l.Facts["facts"].([]any)
	for _, one := range list {
		fact, _ := one.(map[string]any)
		action, _ := fact["action"].(map[string]any)
		if action["treaty"] == conventionID && action["action"] == "ratification" {
			b.instruments = append(b.instruments, instrument{fmt.Sprint(action["on"]), fmt.Sprint(fact["known"])})
		}
	}
}

// inForce reports whether the convention was in force on a day, by what was known on
// it: so many days after the day of the last instrument that it takes.
func (b *books) inForce(on string) bool {
	var days []string
	for _, i := range b.instruments {
		if i.known <= on {
			days = append(days, i.on)
		}
	}
	if len(days) < instruments {
		return false
	}
	slices.Sort(days)
	met, err := time.Parse(time.DateOnly, days[instruments-1])
	return err == nil && met.AddDate(0, 0, forceDelay).Format(time.DateOnly) <= on
}

// checkGate holds a decision of the commission against its convention.
func (b *books) checkGate(l line) {
	if l.Programme == gated && !b.inForce(l.Day) {
		b.broken(l, onlyInForce, "on %s, with %d instruments", l.Day, len(b.instruments))
	}
}

// ofTreaty reports whether a stream tells of treaties.
func ofTreaty(s string) bool { return strings.HasPrefix(s, string(treaty.Stream(""))) }
