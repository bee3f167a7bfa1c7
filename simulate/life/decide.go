package life

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/commission"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// propose puts recorded claims into an instalment.
func (w *world) propose(r *rand.Rand) {
	programme := w.ripe(r, func(programme string) bool { return len(w.page(programme, claim.Recorded)) > 0 })
	w.proposeAs(r, w.who(r, office.Officer), programme, 1+r.IntN(25), w.planFor(r))
}

func (w *world) proposeAs(r *rand.Rand, by *person, programme string, limit int, p *plan) (number int64) {
	q := &request{
		what: fmt.Sprintf("%s proposes an instalment of up to %d claims (%s)", by.id, limit, programme), capacity: office.Officer, by: by,
		key: fmt.Sprintf("s%d-propose-%s", w.step, programme),
	}
	q.do = func(by office.By) (reply, error) {
		a, err := w.office().ProposeInstalment(w.ctx, by, programme, limit)
		return reply{text: a, refs: []docket.Ref{a.Ref}, learn: func() { number = a.Instalment }}, err
	}
	q.other = func(by office.By) error {
		_, err := w.office().ProposeInstalment(w.ctx, by, programme, limit+1)
		return err
	}
	w.ask(q, p, r)
	return number
}

// ripe is a programme in which there is something to do, where there is one.
func (w *world) ripe(r *rand.Rand, something func(programme string) bool) string {
	first := r.IntN(len(programmes))
	for n := range programmes {
		if programme := programmes[(first+n)%len(programmes)]; something(programme) {
			return programme
		}
	}
	return programmes[first]
}

// instalments are those of a programme that stand so.
func (w *world) instalments(programme string, state commission.State) (list []commission.Instalment) {
	w.try("look", nil, func() error {
		return w.office().Store.Read(w.ctx, func(r store.Reader) error {
			last, err := r.LastInstalment(programme)
			for n := int64(1); n <= last && err == nil; n++ {
				var i commission.Instalment
				if i, err = r.Instalment(programme, n); err == nil && i.State == state {
					list = append(list, i)
				}
			}
			return err
		})
	})
	return list
}

// adopt makes a proposal the commission's decision.
func (w *world) adopt(r *rand.Rand) {
	programme := w.ripe(r, func(programme string) bool { return len(w.instalments(programme, commission.Proposed)) > 0 })
	list := w.instalments(programme, commission.Proposed)
	if len(list) == 0 {
		return
	}
	i := pick(r, list)
	a, b := w.two(r, office.Commissioner)
	w.adoptAs(r, programme, i.Number, a, b, w.planFor(r))
}

func (w *world) adoptAs(r *rand.Rand, programme string, number int64, a, b *person, p *plan) {
	q := &request{
		what: fmt.Sprintf("%s and %s adopt instalment %d (%s)", a.id, b.id, number, programme), capacity: office.Commissioner, by: a, second: b,
		key: fmt.Sprintf("s%d-adopt-%d-%s", w.step, number, programme),
	}
	q.do = func(by office.By) (reply, error) {
		a, err := w.office().AdoptInstalment(w.ctx, by, programme, number)
		return reply{text: a, refs: []docket.Ref{a.Ref}}, err
	}
	q.other = func(by office.By) error {
		_, err := w.office().AdoptInstalment(w.ctx, by, programme, number+1)
		return err
	}
	w.ask(q, p, r)
}

// withdrawProposed takes a claim back that stands in a proposal; sometimes the
// proposal is adopted right after.
func (w *world) withdrawProposed(r *rand.Rand) {
	programme := pick(r, programmes)
	page := w.page(programme, claim.Assessed)
	if len(page) == 0 {
		return
	}
	c := pick(r, page)
	w.withdrawOne(r, programme, c.ID, w.planFor(r))
	if chance(r, 2) {
		a, b := w.two(r, office.Commissioner)
		w.adoptAs(r, programme, c.Instalment, a, b, w.planFor(r))
	}
}

// contribute brings money in; sometimes exactly what the next payments take.
func (w *world) contribute(r *rand.Rand) {
	programme := w.ripe(r, w.payable)
	cents := int64(1 + r.IntN(3_000_000))
	if chance(r, 3) {
		if needed := w.needed(programme, 1+r.IntN(6)); needed > 0 {
			cents = needed
		}
	}
	w.contributeSum(r, programme, cents, w.planFor(r))
}

func (w *world) contributeSum(r *rand.Rand, programme string, cents int64, p *plan) {
	by, giver := w.who(r, office.Treasurer), fmt.Sprintf("state-%d-%s", w.step, programme)
	amount := money.New(cents, "EUR")
	q := &request{
		what: fmt.Sprintf("%s books %s in from %s (%s)", by.id, amount, giver, programme), capacity: office.Treasurer, by: by,
		key: fmt.Sprintf("s%d-contribute-%s", w.step, programme),
	}
	q.do = func(by office.By) (reply, error) {
		a, err := w.office().ReceiveContribution(w.ctx, by, programme, giver, amount)
		return reply{text: a, learn: func() { w.checker.given[giver] = cents }}, err
	}
	q.other = func(by office.By) error {
		_, err := w.office().ReceiveContribution(w.ctx, by, programme, giver, money.New(cents+1, "EUR"))
		return err
	}
	w.ask(q, p, r)
}

// needed is the sum that the next payments take, less what is at hand.
func (w *world) needed(programme string, payments int) (cents int64) {
	w.try("look", nil, func() error {
		return w.office().Store.Read(w.ctx, func(r store.Reader) error {
			balances, err := r.Balances(programme)
			if err != nil {
				return err
			}
			cents = -(balances[fund.Bank]["EUR"] + balances[fund.Transit]["EUR"])
			for c, err := range r.PayableClaims(programme) {
				if err != nil {
					return err
				}
				if payments--; payments < 0 {
					break
				}
				cents += min(c.Award.Minor()-c.Paid.Minor()-c.Ordered.Minor(), w.slice(programme))
			}
			return nil
		})
	})
	return cents
}

// payable reports whether a programme owes anybody anything.
func (w *world) payable(programme string) (owes bool) {
	w.try("look", nil, func() error {
		return w.office().Store.Read(w.ctx, func(r store.Reader) error {
			for _, err := range r.PayableClaims(programme) {
				owes = true
				return err
			}
			return nil
		})
	})
	return owes
}

// order is a round as the bank knows it: what it was told to pay.
type order struct {
	programme string
	round     int64
	open      []claim.ID // not answered yet
	answered  []office.BankAnswer
}

// round pays what there is.
func (w *world) round(r *rand.Rand) {
	w.roundOf(r, w.ripe(r, w.payable), w.planFor(r))
}

func (w *world) roundOf(r *rand.Rand, programme string, p *plan) (paid bool) {
	a, b := w.two(r, office.Treasurer)
	q := &request{
		what: fmt.Sprintf("%s and %s order a round (%s)", a.id, b.id, programme), capacity: office.Treasurer, by: a, second: b,
		key: fmt.Sprintf("s%d-round-%s-%d", w.step, programme, len(w.orders)),
	}
	q.do = func(by office.By) (reply, error) {
		a, err := w.office().PayRound(w.ctx, by, programme, "EUR")
		return reply{text: a, refs: []docket.Ref{a.Ref}, learn: func() { paid = w.sendToBank(programme, a.Round) }}, err
	}
	q.other = func(by office.By) error {
		_, err := w.office().PayRound(w.ctx, by, programme, "USD")
		return err
	}
	w.ask(q, p, r)
	return paid
}

// sendToBank tells the bank what a round pays.
func (w *world) sendToBank(programme string, round int64) bool {
	return w.try("send the round to the bank", nil, func() error {
		ids, err := w.office().Payments(w.ctx, programme, round)
		w.orders = append(w.orders, &order{programme: programme, round: round, open: ids})
		return err
	})
}

// bank answers some payments of some round, in another order, some of them
// sent back.
func (w *world) bank(r *rand.Rand) {
	var list []*order
	for _, o := range w.orders {
		if len(o.open) > 0 {
			list = append(list, o)
		}
	}
	if len(list) == 0 {
		return
	}
	o := pick(r, list)
	ids := slices.Clone(o.open)
	r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	if chance(r, 2) {
		ids = ids[:1+r.IntN(len(ids))]
	}
	answers := make([]office.BankAnswer, len(ids))
	for i, id := range ids {
		answers[i] = office.BankAnswer{Claim: id}
		if chance(r, 5) {
			answers[i].Returned, answers[i].Reason = true, pick(r, []string{"AC04", "AC06", "MS03"})
		}
	}
	w.answerOrder(r, o, answers, w.planFor(r))
}

func (w *world) answerOrder(r *rand.Rand, o *order, answers []office.BankAnswer, p *plan) {
	by := w.who(r, office.Treasurer)
	q := &request{
		what:     fmt.Sprintf("%s enters the bank's answer to %d payments of round %d (%s)", by.id, len(answers), o.round, o.programme),
		capacity: office.Treasurer, by: by, key: fmt.Sprintf("s%d-bank-%d-%s", w.step, o.round, o.programme),
	}
	q.do = func(by office.By) (reply, error) {
		a, err := w.office().SettlePayments(w.ctx, by, o.programme, o.round, answers)
		return reply{text: a, refs: []docket.Ref{a.Ref}}, err
	}
	q.other = func(by office.By) error {
		other := slices.Clone(answers)
		other[0].Returned, other[0].Reason = !other[0].Returned, "AC01"
		_, err := w.office().SettlePayments(w.ctx, by, o.programme, o.round, other)
		return err
	}
	for _, a := range answers { // the bank says it once; what comes of it is asked until it is known
		o.open = slices.DeleteFunc(o.open, func(id claim.ID) bool { return id == a.Claim })
	}
	o.answered = append(o.answered, answers...)
	w.ask(q, p, r)
}

// bankAgain plays the bank's file in again: as it was, in part, with an answer
// that is fresh, or for another round.
func (w *world) bankAgain(r *rand.Rand) {
	var list []*order
	for _, o := range w.orders {
		if len(o.answered) > 0 {
			list = append(list, o)
		}
	}
	if len(list) == 0 || len(w.pending) > 0 { // an answer that is still to be asked for isn't there yet
		return
	}
	o := pick(r, list)
	by := w.who(r, office.Treasurer)
	answers := []office.BankAnswer{pick(r, o.answered)}
	if chance(r, 2) {
		answers[0].Returned = false
	}
	round := o.round
	switch r.IntN(4) {
	case 0:
		for _, id := range o.open {
			answers = append(answers, office.BankAnswer{Claim: id})
		}
	case 1:
		round += int64(1 + r.IntN(50)*100)
	}
	w.ask(&request{
		what: fmt.Sprintf("the bank's answer to round %d is played in again as one to %d (%s)", o.round, round, o.programme), by: by,
		key: fmt.Sprintf("s%d-again", w.step), misdeed: "nobody is paid twice",
		do: func(by office.By) (reply, error) {
			if round != o.round && w.underWay(o.programme, round, answers[0].Claim) {
				return reply{}, errChanged // it really is under way in that round
			}
			a, err := w.office().SettlePayments(w.ctx, by, o.programme, round, answers)
			return reply{text: a}, err
		},
	}, nil, r)
}

func (w *world) underWay(programme string, round int64, id claim.ID) bool {
	ids, err := w.office().Payments(w.ctx, programme, round)
	return err == nil && slices.Contains(ids, id)
}
