package life

import (
	"fmt"
	"math/rand/v2"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// kinds are the steps of a life, and how often each comes.
var kinds = []struct {
	name   string
	weight int
	do     func(*world, *rand.Rand)
}{
	{"file", 12, func(w *world, r *rand.Rand) { w.file(r, 1, false) }},
	{"file-batch", 8, func(w *world, r *rand.Rand) { w.file(r, 2+r.IntN(8), false) }},
	{"file-reported", 3, func(w *world, r *rand.Rand) { w.file(r, 1+r.IntN(5), true) }},
	{"request", 4, (*world).request},
	{"draft", 3, (*world).saveDraft},
	{"use-draft", 3, (*world).useDraft},
	{"examine", 13, func(w *world, r *rand.Rand) { w.examine(r, false) }},
	{"examine-race", 3, func(w *world, r *rand.Rand) { w.examine(r, true) }},
	{"answer", 6, (*world).answerDeficiency},
	{"withdraw", 4, (*world).withdraw},
	{"hold", 3, (*world).hold},
	{"release", 2, (*world).release},
	{"erase", 6, (*world).erase},
	{"code", 2, (*world).giveCode},
	{"read", 3, (*world).read},
	{"propose", 6, (*world).propose},
	{"adopt", 7, (*world).adopt},
	{"withdraw-proposed", 3, (*world).withdrawProposed},
	{"contribute", 5, (*world).contribute},
	{"round", 8, (*world).round},
	{"bank", 11, (*world).bank},
	{"bank-again", 3, (*world).bankAgain},
	{"repeat", 8, (*world).repeat},
	{"deposit", 5, (*world).deposit},
	{"staff", 2, (*world).staff},
	{"edition", 1, (*world).newEdition},
	{"misdeed", 12, (*world).misdeed},
	{"clock", 4, (*world).jump},
	{"jobs", 4, (*world).jobs},
	{"restart", 2, func(w *world, _ *rand.Rand) { w.tell("stopped and started"); w.reopen(nil) }},
}

// page are some claims that stand so.
func (w *world) page(programme string, standing claim.Standing) []claim.Claim {
	var page []claim.Claim
	w.try("look", nil, func() (err error) {
		page, _, err = w.office().ClaimPage(w.ctx, store.ClaimQuery{Programme: programme, Standing: standing, Limit: 30})
		return err
	})
	return page
}

// examine lets the register look at claims and answer them. In a race a
// claimant withdraws one of them in between.
func (w *world) examine(r *rand.Rand, race bool) {
	programme, limit := pick(r, programmes), 1+r.IntN(12)
	by := w.who(r, office.Officer)
	var examined []office.Examination
	if !w.try(by.id+" examines", w.planFor(r), func() (err error) {
		examined, err = w.office().Examine(w.ctx, office.By{Actor: by.known}, programme, limit)
		return err
	}) || len(examined) == 0 {
		return
	}
	if race {
		w.withdrawOne(r, programme, examined[r.IntN(len(examined))].Claim().ID, nil)
	}
	w.answerExamined(r, programme, by, examined, false, w.planFor)
}

// answerExamined gives examined claims the answers that the rulebook found.
func (w *world) answerExamined(r *rand.Rand, programme string, by *person, examined []office.Examination, must bool, planFor func(*rand.Rand, ...part) *plan) {
	found := map[rulebook.FindingOutcome][]office.Examination{}
	for _, e := range examined {
		found[e.Finding().Outcome] = append(found[e.Finding().Outcome], e)
	}
	for _, s := range []struct {
		name   string
		kind   docket.Kind
		second bool
		list   []office.Examination
		do     func(*office.Office) func(office.By, []office.Examination) (office.Done, error)
	}{
		{"record", claim.KindRecorded, false, found[rulebook.Record], w.doing((*office.Office).RecordClaims, programme)},
		{"find deficient", claim.KindFoundDeficient, false, found[rulebook.Deficient], w.doing((*office.Office).FindDeficient, programme)},
		{"refuse", claim.KindRefused, true, found[rulebook.Refuse], w.doing((*office.Office).RefuseClaims, programme)},
	} {
		if len(s.list) == 0 {
			continue
		}
		q := &request{
			what: fmt.Sprintf("%s: %s %d claims (%s)", by.id, s.name, len(s.list), programme), capacity: office.Officer, by: by,
			key: fmt.Sprintf("s%d-%s-%s", w.step, s.name, s.list[0].Claim().Reference), must: must,
		}
		for q.second = nil; s.second && (q.second == nil || q.second == by); {
			q.second = w.who(r, office.Officer)
		}
		if len(s.list) == 1 {
			q.kind = s.kind
		}
		for _, e := range s.list {
			q.about = append(q.about, e.Claim().ID)
		}
		q.do = func(by office.By) (reply, error) {
			done, err := s.do(w.office())(by, s.list)
			return reply{text: done, refs: []docket.Ref{done.Ref}}, err
		}
		if len(s.list) > 1 {
			q.other = func(by office.By) error {
				_, err := s.do(w.office())(by, s.list[1:])
				return err
			}
		}
		w.ask(q, planFor(r), r)
	}
}

type registering func(o *office.Office, ctx ctxType, by office.By, programme string, examined []office.Examination) (office.Done, error)

// doing is one of the register's acts in a programme.
func (w *world) doing(act registering, programme string) func(*office.Office) func(office.By, []office.Examination) (office.Done, error) {
	return func(o *office.Office) func(office.By, []office.Examination) (office.Done, error) {
		return func(by office.By, examined []office.Examination) (office.Done, error) {
			return act(o, w.ctx, by, programme, examined)
		}
	}
}

// one asks for an act over one claim.
func (w *world) one(r *rand.Rand, q *request, id claim.ID, p *plan, do func(office.By) (office.Done, error)) {
	q.about = []claim.ID{id}
	q.do = func(by office.By) (reply, error) {
		done, err := do(by)
		return reply{text: done, refs: []docket.Ref{done.Ref}}, err
	}
	w.ask(q, p, r)
}

func (w *world) answerDeficiency(r *rand.Rand) {
	programme := pick(r, programmes)
	page := w.page(programme, claim.Deficient)
	if len(page) == 0 {
		return
	}
	c := pick(r, page)
	supplied := map[string]string{"signed": "true"}
	if c.Category == "c-belongings" && chance(r, 3) {
		supplied["claimed"] = fmt.Sprintf("%d.00 EUR", 1+r.IntN(9000))
	}
	by := w.who(r, office.Officer)
	q := &request{
		what: fmt.Sprintf("%s takes in an answer to a deficiency (%s)", by.id, c.Name()), capacity: office.Officer, by: by,
		key: fmt.Sprintf("s%d-answer", w.step), kind: claim.KindDeficiencyAnswered,
	}
	q.other = func(by office.By) error {
		_, err := w.office().AnswerDeficiency(w.ctx, by, programme, c.ID, map[string]string{"signed": "false"})
		return err
	}
	w.one(r, q, c.ID, w.planFor(r), func(by office.By) (office.Done, error) {
		return w.office().AnswerDeficiency(w.ctx, by, programme, c.ID, supplied)
	})
}

// someClaim is a claim that somebody filed, however it stands.
func (w *world) someClaim(r *rand.Rand) *filed {
	if len(w.claims) == 0 {
		return nil
	}
	return pick(r, w.claims)
}

// endedClaim is a claim with which the register and the commission are done,
// where there is one: it may be erased, if nothing holds it.
func (w *world) endedClaim(r *rand.Rand) *filed {
	programme := pick(r, programmes)
	page := w.page(programme, pick(r, []claim.Standing{claim.Refused, claim.Withdrawn, claim.Decided, claim.Paid}))
	if len(page) == 0 || chance(r, 4) {
		return w.someClaim(r)
	}
	id := page[r.IntN(min(len(page), 5))].ID
	for _, f := range w.claims {
		if f.id == id {
			return f
		}
	}
	return w.someClaim(r)
}

func (w *world) withdraw(r *rand.Rand) {
	if c := w.someClaim(r); c != nil {
		w.withdrawOne(r, c.programme, c.id, w.planFor(r))
	}
}

func (w *world) withdrawOne(r *rand.Rand, programme string, id claim.ID, p *plan) {
	by := w.who(r, office.Officer)
	q := &request{
		what: fmt.Sprintf("%s withdraws a claim at the claimant's wish (%s)", by.id, short(id)), capacity: office.Officer, by: by,
		key: fmt.Sprintf("s%d-withdraw-%s", w.step, id), kind: claim.KindWithdrawn,
	}
	q.other = func(by office.By) error {
		_, err := w.office().WithdrawClaim(w.ctx, by, programme, claim.ID(fmt.Sprintf("%032x", w.step)))
		return err
	}
	w.one(r, q, id, p, func(by office.By) (office.Done, error) { return w.office().WithdrawClaim(w.ctx, by, programme, id) })
}

func short(id claim.ID) string { return string(id)[:8] }

// grounds are those of holds and erasures: codes.
var grounds = []string{"court-1", "court-2", "audit"}

func (w *world) hold(r *rand.Rand) {
	w.holding(r, "holds", claim.KindHeld, (*office.Office).HoldClaim)
}

func (w *world) release(r *rand.Rand) {
	w.holding(r, "releases", claim.KindReleased, (*office.Office).ReleaseClaim)
}

func (w *world) holding(r *rand.Rand, name string, kind docket.Kind, do func(o *office.Office, ctx ctxType, by office.By, programme string, id claim.ID, ground string) (office.Done, error)) {
	c := w.endedClaim(r)
	if c == nil {
		return
	}
	a, b := w.two(r, office.Officer)
	ground := pick(r, grounds)
	q := &request{
		what: fmt.Sprintf("%s and %s: %s %s (%s)", a.id, b.id, name, short(c.id), ground), capacity: office.Officer, by: a, second: b,
		key: fmt.Sprintf("s%d-%s", w.step, name), kind: kind,
	}
	w.one(r, q, c.id, w.planFor(r), func(by office.By) (office.Done, error) {
		return do(w.office(), w.ctx, by, c.programme, c.id, ground)
	})
}

func (w *world) erase(r *rand.Rand) {
	c := w.endedClaim(r)
	if c == nil {
		return
	}
	a, b := w.two(r, office.Officer)
	was := c.erased
	c.erased = true // from here on its first answers may be gone
	q := &request{
		what: fmt.Sprintf("%s and %s erase %s", a.id, b.id, short(c.id)), capacity: office.Officer, by: a, second: b,
		key: fmt.Sprintf("s%d-erase", w.step), kind: claim.KindErased,
	}
	q.do = func(by office.By) (reply, error) {
		done, err := w.office().Erase(w.ctx, by, c.programme, c.id, "request-of-claimant")
		if done.Ref.Stream == "" {
			return reply{}, err
		}
		return reply{text: done, refs: []docket.Ref{done.Ref}}, err
	}
	w.ask(q, w.planOnce(r, 2, inStore, inStore, inStore, inVault), r) // what an erasure leaves behind is for ever
	if !q.done && !q.uncertain {
		c.erased = was
	}
}

func (w *world) giveCode(r *rand.Rand) {
	c := w.someClaim(r)
	if c == nil {
		return
	}
	by := w.who(r, office.Officer)
	w.codes[string(c.id)]++ // each call is a new act: one that ended in a crash may be there
	w.try(fmt.Sprintf("%s gives the claimant of %s a new code", by.id, short(c.id)), w.planFor(r), func() error {
		code, done, err := w.office().GiveCode(w.ctx, office.By{Actor: by.known}, c.programme, c.id)
		if err != nil {
			return err
		}
		got, err := w.office().History(w.ctx, done.Ref.Stream)
		if err != nil {
			return err
		}
		if got[len(got)-1].Kind != claim.KindCodeGiven || code == "" {
			w.broken("each acknowledged act is there exactly once", "a code was given, and its entry isn't there")
		}
		return nil
	})
}

// read lets an officer see answers; the reading log must have it.
func (w *world) read(r *rand.Rand) {
	c := w.someClaim(r)
	if c == nil {
		return
	}
	by := w.who(r, office.Officer)
	history, err := w.office().History(w.ctx, c.id.Stream())
	if err != nil {
		w.broken("what fails has a reason", err)
		return
	}
	var begun struct {
		Reference string `json:"reference"`
	}
	if err := readJSON(history[0].Facts, &begun); err != nil {
		w.broken("an entry is readable", err)
		return
	}
	w.try(fmt.Sprintf("%s reads the answers of %s", by.id, short(c.id)), w.planFor(r), func() error {
		shown, err := w.office().ReadAnswers(w.ctx, office.By{Actor: by.known}, begun.Reference, office.PurposeReview)
		if err != nil {
			return err
		}
		c.read++
		if name := c.filing.Answers["claimant_name"]; shown.Answers["claimant_name"] != name {
			w.broken("what was told can be read", short(c.id))
		}
		return nil
	})
}

// jobs does what is due without anybody at the keyboard. A crash between a job's
// effect and its mark lets it be done again.
func (w *world) jobs(r *rand.Rand) {
	for range 1 + r.IntN(2) {
		w.try("the jobs that are due", w.planOnce(r, 3, inStore, inStore, inVault, inReads), func() error {
			_, err := w.i.Jobs().Due(w.ctx)
			return err
		})
		w.expired()
	}
}
