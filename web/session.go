package web

import (
	"net/http"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/office"
)

const (
	cookieName  = "chancery-claim"
	sessionTime = 15 * time.Minute // from signing in, however busy
)

// begin signs somebody in to a claim. The cookie holds a random token and
// nothing else; who it stands for the office keeps.
func (s *site) begin(w http.ResponseWriter, r *http.Request, id claim.ID, mark []byte) (token string, err error) {
	token, err = s.source.BeginSession(r.Context(), office.SessionClaimant, string(id), "code", mark)
	if err == nil {
		s.SetCookie(w, r, cookieName, token, int(sessionTime/time.Second))
	}
	return token, err
}

// leave signs out, on every device that has a copy of the cookie.
func (s *site) leave(w http.ResponseWriter, r *http.Request) {
	if err := s.source.EndSession(r.Context(), s.Cookie(r, cookieName)); err != nil {
		s.Failed(w, r, err)
		return
	}
	s.SetCookie(w, r, cookieName, "", 0)
	http.Redirect(w, r, Root, http.StatusSeeOther)
}

// other goes over to another claim that was sent with this one: the n-th of
// them, as the page counts.
func (s *site) other(w http.ResponseWriter, r *http.Request, in signed) {
	set, err := s.source.SetOf(r.Context(), in.id)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	n, ok := nth(r.PostFormValue("n"), len(set))
	if !ok {
		s.Missing(w, r)
		return
	}
	token, err := s.source.Turn(r.Context(), in.token, set[n].ID)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	s.SetCookie(w, r, cookieName, token, int(sessionTime/time.Second))
	http.Redirect(w, r, Root+"mine", http.StatusSeeOther)
}
