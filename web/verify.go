package web

import (
	"net/http"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// verifyPage is the form by which anybody finds out whether a message is ours.
type verifyPage struct {
	Code   screen.Field
	Asked  bool
	Ours   bool
	Made   string // the day, in words
	By     string // how it left the house, in words
	Wanted string // the code as it was typed
}

// perVerifier are the codes that one address may ask for within a while.
const perVerifier = 30

// verifyForm shows the form.
func (s *site) verifyForm(w http.ResponseWriter, r *http.Request) {
	s.showVerify(w, r, http.StatusOK, verifyPage{})
}

func (s *site) showVerify(w http.ResponseWriter, r *http.Request, status int, page verifyPage) {
	say := s.Words(r).Say
	page.Code = screen.Field{Kind: screen.Line, Name: "code", Label: say("verify.code"), Hint: say("verify.code-hint"), Value: page.Wanted, Width: 20, Max: 40, Code: true}
	s.Show(w, r, status, "verify.html", screen.Page{Title: say("verify.title"), Body: page})
}

// verify says whether a code stands on a message of ours. It tells nothing of
// whom that is for.
func (s *site) verify(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	if err := r.ParseForm(); err != nil {
		s.Tell(w, r, http.StatusBadRequest, "web.form")
		return
	}
	wait, err := s.source.TakeTry(r.Context(), office.Limit{Of: "verify/remote/" + s.o.Remote(r), Most: perVerifier})
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	if wait > 0 {
		s.tellToWait(w, r, wait)
		return
	}
	page := verifyPage{Asked: true, Wanted: r.PostForm.Get("code")}
	if len(page.Wanted) > 40 {
		page.Wanted = ""
	}
	ours, err := s.source.IsOurs(r.Context(), page.Wanted)
	switch {
	case fault.Is(err, fault.NotFound):
	case err != nil:
		s.Failed(w, r, err)
		return
	default:
		words := s.Words(r)
		page.Ours, page.Made = true, words.Time(ours.Made.Time)
		page.By = words.Say("verify.by." + string(ours.State))
	}
	s.showVerify(w, r, http.StatusOK, page)
}
