package life

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/simulate"
)

// filed is a claim as its claimant knows it.
type filed struct {
	programme string
	filing    office.Filing
	id        claim.ID // "" until it is acknowledged
	read      int      // readings by a person that were acknowledged
	erased    bool     // somebody asked for its erasure
}

// answerOf is what an asker keeps of a filing's answer.
type answerOf struct {
	ID        claim.ID
	Reference claim.Reference
	Ref       docket.Ref
}

// made is a made-up filing, with a canary in every answer in words that must
// stay sealed.
func (w *world) made(r *rand.Rand, n int) office.Filing {
	f := simulate.Filing(int64(w.o.Seed>>1), w.step*100+n)
	f.Key = fmt.Sprintf("s%d-%d", w.step, n)
	for _, field := range []string{"claimant_name", "contact", "belongings", "statement"} {
		if _, ok := f.Answers[field]; ok {
			f.Answers[field] += fmt.Sprintf(" %s%d-%d-%s", canary, w.step, n, field)
		}
	}
	if chance(r, 5) {
		f.Received = day.Date{} // today
	}
	f.Code = chance(r, 3)
	return f
}

// reported gives a filing the outcome that another body reports.
func reported(r *rand.Rand, f *office.Filing, row int) {
	outcome := pick(r, []rulebook.ReportedOutcome{
		rulebook.ReportedAward, rulebook.ReportedDismissal, rulebook.ReportedWithdrawn, rulebook.ReportedDeficient,
		rulebook.ReportedRecorded, rulebook.ReportedNone,
	})
	f.Report = &office.Report{Reported: rulebook.Reported{Rule: "as-told", Outcome: outcome}}
	if outcome == rulebook.ReportedAward && !chance(r, 4) {
		f.Report.Award = money.New(int64(1+r.IntN(900_000)), "EUR")
	}
	f.Source = &docket.Source{Name: "harbour-office", Row: int64(row + 1), Line: int64(row + 2)}
}

// file files claims: one, or several in one act, of which one may stand twice.
func (w *world) file(r *rand.Rand, many int, withReports bool) {
	programme := pick(r, programmes)
	var list []*filed
	for n := range many {
		f := w.made(r, n)
		if withReports {
			reported(r, &f, n)
		}
		list = append(list, &filed{programme: programme, filing: f})
	}
	filings := make([]office.Filing, many, many+1)
	for i, f := range list {
		filings[i] = f.filing
	}
	if many > 2 && chance(r, 4) {
		filings = append(filings, filings[0])
	}
	by := w.who(r, office.Officer)
	q := &request{
		what: fmt.Sprintf("%s files %d claims (%s)", by.id, many, programme), capacity: office.Officer, by: by, key: filings[0].Key,
		do:   func(by office.By) (reply, error) { return w.fileAll(by, programme, filings, list) },
		kind: claim.KindFiled,
	}
	q.other = func(by office.By) error { return w.fileOther(by, programme, filings) }
	w.ask(q, w.planFor(r), r)
}

// fileAll files, and holds each answer against the filing that it is for.
func (w *world) fileAll(by office.By, programme string, filings []office.Filing, list []*filed) (reply, error) {
	answers, err := w.office().FileClaims(w.ctx, by, programme, copies(filings))
	if err != nil {
		return reply{}, err
	}
	var refs []docket.Ref
	kept := make([]answerOf, len(answers))
	seen := map[string]claim.ID{}
	for i, a := range answers {
		key := filings[i].Key
		before, twice := seen[key]
		switch {
		case a.Changed:
			w.broken("a repeat returns the first answer", fmt.Sprintf("filing %s: told that its content changed", key))
		case a.Erased:
			at := slices.IndexFunc(list, func(f *filed) bool { return f.filing.Key == key })
			if !list[at].erased {
				w.broken("a repeat returns the first answer", fmt.Sprintf("filing %s: told that it was erased", key))
			}
			kept[i] = answerOf{ID: list[at].id}
			continue
		case twice && before != a.ID:
			w.broken("each acknowledged act is there exactly once", fmt.Sprintf("filing %s stands twice in one act and became two claims", key))
		case !twice && slices.ContainsFunc(kept[:i], func(k answerOf) bool { return k.ID == a.ID }):
			w.broken("each item of a batch has its own answer", key)
		}
		seen[key] = a.ID
		kept[i] = answerOf{a.ID, a.Reference, a.Ref}
		if !twice {
			refs = append(refs, a.Ref)
		}
	}
	return reply{text: known(kept), refs: refs, learn: func() {
		for i, f := range list {
			f.id = kept[i].ID
			w.claims = append(w.claims, f)
		}
	}}, nil
}

// known are the claims' ids alone: of an erased claim nothing else comes back.
func known(kept []answerOf) []claim.ID {
	ids := make([]claim.ID, len(kept))
	for i, k := range kept {
		ids[i] = k.ID
	}
	return ids
}

// fileOther files under a key that was used, with another answer: nothing may
// come of it, and the asker is told.
func (w *world) fileOther(by office.By, programme string, filings []office.Filing) error {
	other := copies(filings[:1])
	other[0].Answers["contact"] += " (moved)"
	answers, err := w.office().FileClaims(w.ctx, by, programme, other)
	if err == nil && !answers[0].Changed && !answers[0].Erased {
		w.broken("a key with another body is refused", "filing "+other[0].Key)
	}
	if err == nil {
		return errChanged
	}
	return err
}

func copies(filings []office.Filing) []office.Filing {
	list := slices.Clone(filings)
	for i := range list {
		list[i].Answers = maps.Clone(list[i].Answers)
	}
	return list
}

// erased reports whether somebody asked for a claim's erasure.
func (w *world) erased(id claim.ID) bool {
	for _, f := range w.claims {
		if f.id == id {
			return f.erased
		}
	}
	return false
}

// draft is a draft as who drafted it knows it.
type draft struct {
	id      string
	by      *person
	content office.Draft
	expires day.Date
	over    bool // sent, discarded, or past its day when somebody looked
}

func (w *world) saveDraft(r *rand.Rand) {
	by := w.who(r, office.Officer)
	f := w.made(r, 0)
	delete(f.Answers, "statement") // sensitive: given when it is sent
	d := office.Draft{Programme: pick(r, programmes), Category: f.Category}
	d.Claimant, d.Received, d.Answers = f.Claimant, f.Received, f.Answers
	w.try(by.id+" saves a draft", w.planFor(r), func() error {
		saved, err := w.office().SaveDraft(w.ctx, office.By{Actor: by.known}, d)
		if err != nil {
			return err
		}
		d.ID = saved.ID
		w.drafts = append(w.drafts, &draft{id: saved.ID, by: by, content: d, expires: yearAfter(w.now())})
		return nil
	})
}

// open are the drafts that must still be there.
func (w *world) openDrafts() (list []*draft) {
	for _, d := range w.drafts {
		if !d.over && !d.by.ended {
			list = append(list, d)
		}
	}
	return list
}

// useDraft opens, sends or discards a draft.
func (w *world) useDraft(r *rand.Rand) {
	list := w.openDrafts()
	if len(list) == 0 {
		w.saveDraft(r)
		return
	}
	d := pick(r, list)
	switch r.IntN(4) {
	case 0:
		w.try(d.by.id+" opens a draft", nil, func() error {
			got, err := w.office().Draft(w.ctx, office.By{Actor: d.by.known}, d.id)
			if err == nil && !maps.Equal(got.Answers, d.content.Answers) {
				w.broken("a draft holds what was drafted", d.id)
			}
			return err
		})
	case 1:
		if w.try(d.by.id+" discards a draft", nil, func() error {
			return w.office().DiscardDraft(w.ctx, office.By{Actor: d.by.known}, d.id)
		}) {
			d.over = true
		}
	default:
		w.sendDraft(r, d)
	}
}

func (w *world) sendDraft(r *rand.Rand, d *draft) {
	more := map[string]string{}
	if d.content.Category == "b-injury" {
		more["statement"] = "It was dark. " + canary + d.id
	}
	f := office.Filing{Category: d.content.Category, Claimant: d.content.Claimant, Received: d.content.Received, Answers: maps.Clone(d.content.Answers)}
	at := &filed{programme: d.content.Programme, filing: f}
	q := &request{
		what: d.by.id + " sends a draft", by: d.by, key: "draft " + d.id, kind: claim.KindFiled,
		do: func(by office.By) (reply, error) {
			by.Key = ""
			a, err := w.office().SendDraft(w.ctx, by, d.id, more)
			if err != nil {
				return reply{}, err
			}
			if a.Erased {
				a.ID = at.id
			}
			return reply{text: []claim.ID{a.ID}, refs: []docket.Ref{{Stream: a.ID.Stream(), Version: 1}}, learn: func() {
				d.over = true
				at.id = a.ID
				w.claims = append(w.claims, at)
			}}, nil
		},
	}
	d.over = true // whatever comes of it: a crash leaves it sent, or to be sent again
	w.ask(q, w.planFor(r), r)
}

// expired looks, after the installation was opened, at which drafts are there:
// none is gone before its day, and none is there from that day on.
func (w *world) expired() {
	if w.failure != nil {
		return
	}
	today := day.Of(w.now(), zoneUTC)
	for _, d := range w.openDrafts() {
		list, err := w.office().Drafts(w.ctx, office.By{Actor: d.by.known})
		if err != nil {
			w.broken("what fails has a reason", err)
			return
		}
		there := slices.ContainsFunc(list, func(at office.Draft) bool { return at.ID == d.id })
		due := !today.Before(d.expires)
		switch {
		case due && there:
			w.broken("no deadline is late", fmt.Sprintf("a draft that expires on %s is there on %s", d.expires, today))
		case !due && !there:
			w.broken("no deadline is early", fmt.Sprintf("a draft that expires on %s is gone on %s", d.expires, today))
		case due:
			d.over = true
		}
	}
}
