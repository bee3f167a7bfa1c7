package life

import (
	"fmt"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/commission"
	"github.com/openchancery/chancery/office"
)

// calm brings everything to its end while nothing fails: what may be done must
// be done. Each claim gets the register's answer, each that is on the record is
// decided, each award is paid.
func (w *world) calm() {
	w.settle()
	r := source(w.o.Seed, "calm", 0)
	w.bringIntoForce(r)
	none := func(_ randSource, _ ...part) *plan { return nil }
	for _, programme := range programmes {
		for round := 0; w.failure == nil; round++ {
			by := w.who(r, office.Officer)
			var examined []office.Examination
			w.must("examine", func() (err error) {
				examined, err = w.office().Examine(w.ctx, office.By{Actor: by.known}, programme, 200)
				return err
			})
			if len(examined) == 0 {
				break
			}
			if round > 20 {
				w.broken("what may be done is done", fmt.Sprintf("%d claims stay filed however often they are answered", len(examined)))
			}
			w.step++
			w.answerExamined(r, programme, by, examined, true, none)
		}
		w.step++
		w.proposeAs(r, w.who(r, office.Officer), programme, 10_000, nil)
		for _, i := range w.instalments(programme, commission.Proposed) {
			a, b := w.two(r, office.Commissioner)
			for try := 0; a.id == i.ProposedBy || b.id == i.ProposedBy || b == a; try++ {
				if try == 200 { // too few are left who didn't propose it
					w.step++
					w.addActor(r, fmt.Sprintf("commissioner-at-the-end-%d", w.step), []string{office.Commissioner}, nil)
				}
				a, b = w.two(r, office.Commissioner)
			}
			w.adoptAs(r, programme, i.Number, a, b, nil)
		}
		w.payAll(r, programme)
	}
	w.reopen(nil)
	w.publishAll()
}

// must does what must be possible.
func (w *world) must(what string, do func() error) {
	if w.failure != nil {
		return
	}
	err := do()
	w.hears(err)
	if err != nil {
		w.broken("what may be done is done", fmt.Errorf("%s: %w", what, err))
	}
}

// payAll pays all that is owed: there is money, and no payment comes back.
func (w *world) payAll(r randSource, programme string) {
	w.contributeSum(r, programme, 90_000_000_00, nil)
	for range 200 {
		for _, o := range w.orders {
			if o.programme != programme || len(o.open) == 0 || w.failure != nil {
				continue
			}
			answers := make([]office.BankAnswer, len(o.open))
			for i, id := range o.open {
				answers[i] = office.BankAnswer{Claim: id}
			}
			w.answerOrder(r, o, answers, nil)
		}
		w.step++
		if w.failure != nil || !w.roundOf(r, programme, nil) {
			break
		}
	}
	for _, standing := range []claim.Standing{claim.Filed, claim.Recorded, claim.Assessed, claim.Payable, claim.Returned} {
		for _, c := range w.page(programme, standing) {
			if !c.Reported {
				w.broken("what may be done is done", fmt.Sprintf("claim %s is still %s at the end", c.Name(), standing))
			}
		}
	}
}
