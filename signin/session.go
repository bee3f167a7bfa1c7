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
	for kind, at := range s.Landings {
		token := s.Cookie(r, at.Cookie)
		if token == "" {
			continue
		}
		is, err := s.source.Session(r.Context(), token)
		if fault.Is(err, fault.NotAllowed) || err == nil && is.Kind != kind {
			continue
		}
		return token, is, err
	}
	return "", office.Session{}, nil
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
	for _, at := range s.Landings {
		if token := s.Cookie(r, at.Cookie); token != "" {
			if err := s.source.EndSession(r.Context(), token); err != nil {
				s.Failed(w, r, err)
				return
			}
			s.SetCookie(w, r, at.Cookie, "", 0)
		}
	}
	http.Redirect(w, r, s.root, http.StatusSeeOther)
}
