package web

import (
	"net/http"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// withdrawPage is the way to withdrawing: nothing was asked yet, a pause runs, or
// it may be confirmed.
type withdrawPage struct {
	Asked, Ready bool
	From, Until  string
}

// withdrawForm shows how far the way to withdrawing is.
func (s *site) withdrawForm(w http.ResponseWriter, r *http.Request, in signed) {
	o, err := s.read(r.Context(), in.id)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	if _, cannot := o.claim.Withdraw(); cannot != nil || !gives(o.edition, office.ActWithdraw) {
		s.Tell(w, r, http.StatusConflict, "after.no-withdrawal")
		return
	}
	t, asked, err := s.source.ThinkingOf(r.Context(), in.id)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	page := withdrawPage{Asked: asked}
	if asked {
		page.Ready = t.Ready
		page.From, page.Until = in.words.Time(t.From.Time), in.words.Time(t.Until.Time)
	}
	s.show(w, r, http.StatusOK, "withdraw.html", screen.Page{Title: in.words.Say("after.withdraw.title"), Back: Root + "mine", Exit: o.private(), Body: page})
}

// askWithdrawal begins the pause.
func (s *site) askWithdrawal(w http.ResponseWriter, r *http.Request, in signed) {
	s.withdrawing(w, r, in, func(programme string) error {
		_, err := s.source.AskWithdrawal(r.Context(), in.by, programme, in.id)
		return err
	}, "")
}

// keepClaim ends it: the claim stays.
func (s *site) keepClaim(w http.ResponseWriter, r *http.Request, in signed) {
	s.withdrawing(w, r, in, func(programme string) error {
		return s.source.KeepClaim(r.Context(), in.by, programme, in.id)
	}, "after.kept")
}

// confirmWithdrawal withdraws the claim.
func (s *site) confirmWithdrawal(w http.ResponseWriter, r *http.Request, in signed) {
	s.withdrawing(w, r, in, func(programme string) error {
		_, err := s.source.ConfirmWithdrawal(r.Context(), in.by, programme, in.id)
		return err
	}, "after.withdrawn")
}

// withdrawing takes one step on the way; without a code it shows the way again.
func (s *site) withdrawing(w http.ResponseWriter, r *http.Request, in signed, step func(programme string) error, said string) {
	c, _, err := s.source.ClaimOf(r.Context(), in.id)
	if err == nil {
		err = step(c.Programme)
	}
	switch {
	case fault.Code(err) == "claim.withdrawal-too-soon" || fault.Code(err) == "claim.withdrawal-not-asked" || err == nil && said == "":
		http.Redirect(w, r, Root+"withdraw", http.StatusSeeOther)
	case fault.Is(err, fault.Conflict):
		s.Tell(w, r, http.StatusConflict, "after.no-withdrawal")
	case err != nil:
		s.Failed(w, r, err)
	default:
		s.done(w, r, in, said)
	}
}
