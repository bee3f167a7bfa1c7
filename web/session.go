package web

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/openchancery/chancery/claim"
)

const (
	cookieName  = "chancery-claim"
	sessionTime = 15 * time.Minute // from signing in, however busy
)

// token is what the cookie holds: until when, for which claim, what tells it from
// others of the same second (signing out ends one of them and no other), and a
// keyed hash over these and the mark of the code that was given: with a new code,
// whoever came in by the old one is out. It tells nobody a reference.
var token = regexp.MustCompile(`^([0-9]{1,12})\.([0-9a-f]{32})\.([0-9a-f]{32})\.([0-9a-f]{64})$`)

// mac is the keyed hash over a session.
func (s *site) mac(until, id, own string, mark []byte) string {
	return hex.EncodeToString(s.sign("chancery/session/v3\x00" + until + "\x00" + id + "\x00" + own + "\x00" + hex.EncodeToString(mark)))
}

// begin signs somebody in to a claim.
func (s *site) begin(w http.ResponseWriter, r *http.Request, id claim.ID, mark []byte) {
	until := strconv.FormatInt(s.Now().Add(sessionTime).Unix(), 10)
	var random [16]byte
	_, _ = rand.Read(random[:]) // it never fails: it ends the program first
	own := hex.EncodeToString(random[:])
	s.cookie(w, r, until+"."+string(id)+"."+own+"."+s.mac(until, string(id), own, mark), int(sessionTime/time.Second))
}

// end signs out.
func (s *site) end(w http.ResponseWriter, r *http.Request) { s.cookie(w, r, "", -1) }

func (s *site) cookie(w http.ResponseWriter, r *http.Request, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: value, Path: Root, MaxAge: seconds,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: s.HTTPS || r.TLS != nil,
	})
}

// session is the claim that a request is signed in to.
func (s *site) session(r *http.Request) (id claim.ID, ok bool, err error) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return "", false, nil
	}
	parts := token.FindStringSubmatch(c.Value)
	if parts == nil {
		return "", false, nil
	}
	until, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || s.Now().Unix() >= until {
		return "", false, nil
	}
	id = claim.ID(parts[2])
	mark, err := s.source.CodeMark(r.Context(), id)
	ok = subtle.ConstantTimeCompare([]byte(parts[4]), []byte(s.mac(parts[1], parts[2], parts[3], mark))) == 1
	return id, ok && !s.ended.spent(c.Value, s.Now()), err
}
