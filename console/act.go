package console

import (
	"net/http"
	"strconv"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
)

// actOf are the acts of a claim's screen, by the name of their button.
var actOf = map[string]office.Act{"record": office.ActRecord, "deficient": office.ActFindDeficient, "refuse": office.ActRefuse, "recommend": office.ActRecommend}

// act answers a claim: at once where one person may, as a proposal where a second
// must confirm. Then the next claim of the queue is shown.
func (d *desk) act(w http.ResponseWriter, r *http.Request) {
	id, from := claim.ID(r.PathValue("id")), queueOf(r.PostFormValue("from"))
	here := claimPath(id, queuePath(from))
	if code := doneMore[r.PostFormValue("do")]; code != "" {
		if err := d.doMore(r, id, r.PostFormValue("do")); err != nil {
			d.refused(w, r, err, here)
			return
		}
		d.done(w, r, here, code)
		return
	}
	code, err := d.answer(r, []claim.ID{id}, r.PostFormValue("do"), r.PostFormValue("version"))
	if err != nil {
		d.refused(w, r, err, here)
		return
	}
	c, _, err := d.office.ClaimOf(r.Context(), id)
	if err != nil {
		d.Failed(w, r, err)
		return
	}
	to := queuePath(from)
	if len(from) == 0 {
		to = here
	} else if next := claim.ID(r.PostFormValue("next")); next != "" {
		to = claimPath(next, queuePath(from))
	}
	d.done(w, r, to, code, "claim", c.Name())
}

// answer carries out one of the register's answers over claims, each as it is
// found now, or proposes it. version, where it is given, is that of the claim
// that was looked at.
func (d *desk) answer(r *http.Request, ids []claim.ID, do, version string) (code string, err error) {
	ctx, by := r.Context(), keyed(r)
	a, ok := actOf[do]
	if !ok {
		return "", fault.New(fault.Invalid, "proposal.act", "act", "…")
	}
	examined, err := d.office.ExamineClaims(ctx, visiting(r).by, ids)
	if err != nil {
		return "", err
	}
	programme := examined[0].Claim().Programme
	if done, err := d.answered(r, a, programme, by.Key); err != nil || done {
		return codeOf[a], err // the button was pressed twice
	}
	if version != "" && strconv.FormatInt(int64(examined[0].Claim().Version), 10) != version {
		return "", fault.New(fault.Conflict, "claim.moved-on")
	}
	desks, _, err := d.office.Desks(ctx, by)
	if err != nil {
		return "", err
	}
	way, may := deskOf(desks, programme).May[a]
	switch {
	case may && way.Second != "":
		_, err = d.office.Propose(ctx, by, programme, a, examined)
		return "proposed", err
	case a == office.ActRecommend:
		err = d.recommend(r, by, programme, examined)
	case a == office.ActRecord:
		_, err = d.office.RecordClaims(ctx, by, programme, examined)
	case a == office.ActFindDeficient:
		_, err = d.office.FindDeficient(ctx, by, programme, examined)
	default:
		_, err = d.office.RefuseClaims(ctx, by, programme, examined)
	}
	return codeOf[a], err
}

// answered reports whether this very form was taken before.
func (d *desk) answered(r *http.Request, a office.Act, programme, key string) (bool, error) {
	if key == "" {
		return false, nil
	}
	return d.office.Answered(r.Context(), a, programme, key)
}

// codeOf says what was done.
var codeOf = map[office.Act]string{office.ActRecord: "recorded", office.ActFindDeficient: "deficient", office.ActRefuse: "refused", office.ActRecommend: "recommended"}

// assign gives a claim to somebody, or back to nobody.
func (d *desk) assign(w http.ResponseWriter, r *http.Request) {
	id, here := d.here(r)
	to := r.PostFormValue("to")
	if err := d.office.Assign(r.Context(), visiting(r).by, to, id); err != nil {
		d.refused(w, r, err, here)
		return
	}
	if to == "" {
		d.done(w, r, here, "unassigned")
		return
	}
	d.done(w, r, here, "assigned", "to", to)
}

// here is the claim that a form is about, and the path of its screen.
func (d *desk) here(r *http.Request) (claim.ID, string) {
	id := claim.ID(r.PathValue("id"))
	return id, claimPath(id, queuePath(queueOf(r.PostFormValue("from"))))
}

// flag marks a claim or takes the mark off.
func (d *desk) flag(w http.ResponseWriter, r *http.Request) {
	id, here := d.here(r)
	flag, on := r.PostFormValue("flag"), r.PostFormValue("on") == "true"
	if err := d.office.SetFlag(r.Context(), visiting(r).by, flag, on, id); err != nil {
		d.refused(w, r, err, here)
		return
	}
	code := "unflagged"
	if on {
		code = "flagged"
	}
	d.done(w, r, here, code)
}

// note writes a note or a task, takes a note back, or says that a task is done.
func (d *desk) note(w http.ResponseWriter, r *http.Request) {
	id, here := d.here(r)
	code, err := d.noted(r, id)
	if err != nil {
		d.refused(w, r, err, here)
		return
	}
	d.done(w, r, here, code)
}

func (d *desk) noted(r *http.Request, id claim.ID) (code string, err error) {
	ctx, by := r.Context(), visiting(r).by
	number, _ := strconv.ParseInt(r.PostFormValue("number"), 10, 64) // 0 is no note's
	switch r.PostFormValue("do") {
	case "back":
		return "note-back", d.office.TakeNoteBack(ctx, by, id, number)
	case "done":
		return "task-done", d.office.FinishTask(ctx, by, id, number, true)
	case "open":
		return "task-open", d.office.FinishTask(ctx, by, id, number, false)
	}
	var due day.Date
	if text := r.PostFormValue("due"); text != "" {
		if due, err = day.Parse(text); err != nil {
			return "", fault.New(fault.Invalid, "console.day-form")
		}
	}
	_, err = d.office.WriteNote(ctx, by, id, r.PostFormValue("text"), r.PostFormValue("for"), due)
	return "noted", err
}
