package signin

import (
	"net/http"
	"strings"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// rooted puts a root before the path of a pattern.
func rooted(pattern, root string) string {
	method, path, _ := strings.Cut(pattern, " ")
	return method + " " + root + path
}

// session is the token of who is signed in here, and as what; "" for nobody.
func (s *site) session(r *http.Request) (token string, is office.Session, err error) {
	if token = s.token(r, s.of); token == "" {
		return "", is, nil
	}
	is, err = s.source.Session(r.Context(), token)
	if fault.Is(err, fault.NotAllowed) || err == nil && is.Kind != s.of {
		return "", office.Session{}, nil
	}
	return token, is, err
}

// token is that of the session which a request's cookie is of.
func (s *site) token(r *http.Request, of office.SessionKind) string {
	value := s.Cookie(r, s.Landings[of].Cookie)
	if of == office.SessionDraft {
		value, _, _ = ReadDraft(value)
	}
	return value
}

// own is the gate of what is for who is signed in.
func (s *site) own(route screen.Route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _, err := s.session(r)
		switch {
		case err != nil:
			s.Failed(w, r, err)
		case token == "":
			http.Redirect(w, r, s.root, http.StatusSeeOther)
		default:
			route.Serve(w, r)
		}
	}
}

// enter gives the cookie of a session that has begun, and answers where it leads.
func (s *site) enter(w http.ResponseWriter, r *http.Request, token string, to office.Way) (path string, err error) {
	at := s.Landings[to.Kind]
	if path, err = s.home(r, token, at); err != nil {
		return "", err
	}
	s.SetCookie(w, r, at.Cookie, token, 0)
	return path, nil
}

// home is the page that somebody with this session comes to, as their capacities
// are now.
func (s *site) home(r *http.Request, token string, at Landing) (string, error) {
	if at.Outside == "" {
		return at.Path, nil
	}
	known, _, err := s.source.KnownBySession(r.Context(), token)
	if err != nil {
		return "", err
	}
	capacities, err := s.source.CapacitiesOf(r.Context(), known)
	if err == nil && office.Outside(capacities) {
		return at.Outside, nil
	}
	return at.Path, err
}

// leave signs out, on every device that has a copy of the cookie.
func (s *site) leave(w http.ResponseWriter, r *http.Request) {
	if token := s.token(r, s.of); token != "" {
		if err := s.source.EndSession(r.Context(), token); err != nil {
			s.Failed(w, r, err)
			return
		}
		s.SetCookie(w, r, s.Landings[s.of].Cookie, "", 0)
	}
	http.Redirect(w, r, s.root, http.StatusSeeOther)
}
