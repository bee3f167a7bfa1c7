package life

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/commission"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/office"
)

// The invariants that misdeeds try.
const (
	noRight = "nobody acts without a right"
	noWords = "no words where a code belongs"
)

// sensitive acts: what people try who may not. Each is given the claim and the
// examination that it needs, if there are any.
type deed struct {
	name     string
	capacity string // that takes it
	two      bool
	do       func(w *world, by office.By, at target) error
}

// target is what a misdeed is tried on.
type target struct {
	programme string
	claim     claim.ID
	examined  []office.Examination
	number    int64
}

var deeds = []deed{
	{"withdraw", office.Officer, false, func(w *world, by office.By, at target) error {
		_, err := w.office().WithdrawClaim(w.ctx, by, at.programme, at.claim)
		return err
	}},
	{"record", office.Officer, false, func(w *world, by office.By, at target) error {
		_, err := w.office().RecordClaims(w.ctx, by, at.programme, at.examined)
		return err
	}},
	{"refuse", office.Officer, true, func(w *world, by office.By, at target) error {
		_, err := w.office().RefuseClaims(w.ctx, by, at.programme, at.examined)
		return err
	}},
	{"hold", office.Officer, true, func(w *world, by office.By, at target) error {
		_, err := w.office().HoldClaim(w.ctx, by, at.programme, at.claim, "court-9")
		return err
	}},
	{"erase", office.Officer, true, func(w *world, by office.By, at target) error {
		_, err := w.office().Erase(w.ctx, by, at.programme, at.claim, "request-of-claimant")
		return err
	}},
	{"propose", office.Officer, false, func(w *world, by office.By, at target) error {
		_, err := w.office().ProposeInstalment(w.ctx, by, at.programme, 5)
		return err
	}},
	{"adopt", office.Commissioner, true, func(w *world, by office.By, at target) error {
		_, err := w.office().AdoptInstalment(w.ctx, by, at.programme, at.number)
		return err
	}},
	{"contribute", office.Treasurer, false, func(w *world, by office.By, at target) error {
		_, err := w.office().ReceiveContribution(w.ctx, by, at.programme, "nobody", money.New(1, "EUR"))
		return err
	}},
	{"round", office.Treasurer, true, func(w *world, by office.By, at target) error {
		_, err := w.office().PayRound(w.ctx, by, at.programme, "EUR")
		return err
	}},
	{"deposit an instrument", office.Depositary, false, func(w *world, by office.By, at target) error {
		_, err := w.office().DepositAction(w.ctx, by, ratification("nobody", w.now()))
		return err
	}},
	{"open a programme", office.Administrator, false, func(w *world, by office.By, at target) error {
		return w.office().AddActor(w.ctx, by, fmt.Sprintf("evil-%d", w.step), office.Capacities(), func(string) error { return nil })
	}},
}

// misdeed lets somebody try what they may not.
func (w *world) misdeed(r *rand.Rand) {
	at, ok := w.target(r)
	if !ok {
		return
	}
	switch r.IntN(7) {
	case 0, 1:
		w.wrongCapacity(r, at)
	case 2, 3:
		w.oneForTwo(r, at)
	case 4:
		w.endedActor(r, at)
	case 5:
		w.ownProposal(r)
	default:
		w.foreignClaim(r, at)
	}
}

func (w *world) target(r *rand.Rand) (target, bool) {
	c := w.someClaim(r)
	if c == nil {
		return target{}, false
	}
	at := target{programme: c.programme, claim: c.id, number: 1}
	if page := w.page(c.programme, claim.Filed); len(page) > 0 {
		by := w.who(r, office.Officer)
		w.try("look", nil, func() (err error) {
			at.examined, err = w.office().ExamineClaims(w.ctx, office.By{Actor: by.known}, []claim.ID{pick(r, page).ID})
			return err
		})
	}
	if list := w.instalments(c.programme, commission.Proposed); len(list) > 0 {
		at.number = pick(r, list).Number
	}
	return at, true
}

// tries is a misdeed that must be refused for want of a right.
func (w *world) tries(r *rand.Rand, what string, by, second *person, do func(office.By) error) {
	w.ask(&request{
		what: what, by: by, second: second, key: fmt.Sprintf("s%d-misdeed", w.step), misdeed: noRight,
		do: func(by office.By) (reply, error) {
			err := do(by)
			shut := fault.Code(err) == "treaty.not-in-force" // nobody may then
			if fired, _ := w.in.state(); err != nil && !fired && !shut && !fault.Is(err, fault.NotAllowed) {
				w.broken(noRight, fmt.Errorf("%s: refused for another reason: %w", what, err))
			}
			return reply{}, err
		},
	}, w.planFor(r), r)
}

func (w *world) wrongCapacity(r *rand.Rand, at target) {
	d := pick(r, deeds)
	var list []*person
	for _, p := range w.people {
		may := slices.Contains(p.capacities, d.capacity) || slices.Contains([]string{"hold", "deposit an instrument"}, d.name) && slices.Contains(p.capacities, office.Administrator)
		if !p.ended && !may {
			list = append(list, p)
		}
	}
	by, second := pick(r, list), w.who(r, d.capacity)
	w.tries(r, fmt.Sprintf("%s, who is %v, tries to %s", by.id, by.capacities, d.name), by, second,
		func(by office.By) error { return d.do(w, by, at) })
}

// oneForTwo tries an act that takes two people as one, or with one who may not
// consent, or with somebody who was ended.
func (w *world) oneForTwo(r *rand.Rand, at target) {
	var list []deed
	for _, d := range deeds {
		if d.two {
			list = append(list, d)
		}
	}
	d := pick(r, list)
	by := w.who(r, d.capacity)
	second, how := by, "with themselves"
	switch r.IntN(3) {
	case 0:
		second, how = nil, "alone"
	case 1:
		for _, p := range w.people {
			if p.ended {
				second, how = p, "with "+p.id+", who was ended"
			}
		}
	}
	w.tries(r, fmt.Sprintf("%s tries to %s %s", by.id, d.name, how), by, second,
		func(by office.By) error { return d.do(w, by, at) })
}

// endedActor is somebody whose time is over and who goes on trying.
func (w *world) endedActor(r *rand.Rand, at target) {
	var list []*person
	for _, p := range w.people {
		if p.ended {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		w.oneForTwo(r, at)
		return
	}
	by := pick(r, list)
	if w.ending(by) {
		return
	}
	var may []deed
	for _, d := range deeds {
		if slices.Contains(by.capacities, d.capacity) {
			may = append(may, d)
		}
	}
	if len(may) == 0 {
		return
	}
	d := pick(r, may)
	w.tries(r, fmt.Sprintf("%s, who was ended, tries to %s", by.id, d.name), by, w.who(r, d.capacity),
		func(by office.By) error { return d.do(w, by, at) })
	if _, err := w.office().Authenticate(w.ctx, by.secret); err == nil {
		w.broken(noRight, by.id+" was ended and is let in")
	}
}

// ending reports whether nobody knows yet that somebody was ended.
func (w *world) ending(p *person) bool {
	return slices.ContainsFunc(w.asked, func(q *request) bool { return q.key == "end "+p.id && !q.done })
}

// ownProposal is somebody who is officer and commissioner, and adopts what they
// proposed.
func (w *world) ownProposal(r *rand.Rand) {
	var by *person
	for _, p := range w.people {
		if !p.ended && slices.Contains(p.capacities, office.Officer) && slices.Contains(p.capacities, office.Commissioner) {
			by = p
		}
	}
	if by == nil {
		return
	}
	programme := pick(r, programmes)
	number := w.proposeAs(r, by, programme, 1+r.IntN(5), nil)
	if number == 0 {
		return
	}
	second := by
	for second == by {
		second = w.who(r, office.Commissioner)
	}
	if chance(r, 2) {
		by, second = second, by // another adopts it, and who proposed it consents
	}
	w.tries(r, fmt.Sprintf("%s and %s try to adopt what one of them proposed, %d (%s)", by.id, second.id, number, programme), by, second, func(by office.By) error {
		_, err := w.office().AdoptInstalment(w.ctx, by, programme, number)
		return err
	})
}

// foreignClaim acts on a claim as one of another programme, or gives words
// where a code belongs.
func (w *world) foreignClaim(r *rand.Rand, at target) {
	a, b := w.two(r, office.Officer)
	other := programmes[0]
	if other == at.programme {
		other = programmes[1]
	}
	words := canary + "said so"
	var what, invariant string
	var do func(office.By) error
	switch r.IntN(5) {
	case 0:
		what, invariant = "withdraws a claim as one of another programme", "no programme acts on another's claim"
		do = func(by office.By) error {
			_, err := w.office().WithdrawClaim(w.ctx, by, other, at.claim)
			return err
		}
	case 1:
		if len(at.examined) == 0 {
			return
		}
		what, invariant = "records a claim in another programme", "no programme acts on another's claim"
		do = func(by office.By) error {
			_, err := w.office().RecordClaims(w.ctx, by, other, at.examined)
			return err
		}
	case 2:
		what, invariant = "erases a claim as one of another programme", "no programme acts on another's claim"
		do = func(by office.By) error {
			_, err := w.office().Erase(w.ctx, by, other, at.claim, "request-of-claimant")
			return err
		}
	case 3:
		what, invariant = "holds a claim on a ground in words", noWords
		do = func(by office.By) error {
			_, err := w.office().HoldClaim(w.ctx, by, at.programme, at.claim, words)
			return err
		}
	default:
		what, invariant = "erases a claim on a ground in words", noWords
		do = func(by office.By) error {
			_, err := w.office().Erase(w.ctx, by, at.programme, at.claim, words)
			return err
		}
	}
	w.ask(&request{
		what: fmt.Sprintf("%s %s (%s)", a.id, what, short(at.claim)), by: a, second: b, key: fmt.Sprintf("s%d-misdeed", w.step), misdeed: invariant,
		do: func(by office.By) (reply, error) { return reply{}, do(by) },
	}, w.planFor(r), r)
}
