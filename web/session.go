package web

import (
	"net/http"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
)

const (
	cookieName  = "chancery-claim"
	sessionTime = 15 * time.Minute // from signing in, however busy
)

// begin signs somebody in to a claim. The cookie holds a random token and
// nothing else; who it stands for the office keeps.
func (s *site) begin(w http.ResponseWriter, r *http.Request, id claim.ID, mark []byte) error {
	token, err := s.source.BeginSession(r.Context(), office.SessionClaimant, string(id), "code", mark)
	if err == nil {
		s.SetCookie(w, r, cookieName, token, int(sessionTime/time.Second))
	}
	return err
}

// end takes the cookie away.
func (s *site) end(w http.ResponseWriter, r *http.Request) { s.SetCookie(w, r, cookieName, "", 0) }

// session is the claim that a request is signed in to.
func (s *site) session(r *http.Request) (id claim.ID, ok bool, err error) {
	token := s.Cookie(r, cookieName)
	if token == "" {
		return "", false, nil
	}
	is, err := s.source.Session(r.Context(), token)
	if fault.Is(err, fault.NotAllowed) {
		return "", false, nil
	}
	if err != nil || is.Kind != office.SessionClaimant {
		return "", false, err
	}
	return claim.ID(is.Subject), true, nil
}
