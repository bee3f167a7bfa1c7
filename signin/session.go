package signin

import (
	"context"
	"net/http"
	"strings"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// Sessions is what a gate asks; office answers it.
type Sessions interface {
	KnownBySession(ctx context.Context, token string) (office.Known, office.Session, error)
	EndSession(ctx context.Context, token string) error
	CapacitiesOf(ctx context.Context, who office.Known) ([]string, error)
}

// rooted puts a root before the path of a pattern.
func rooted(pattern, root string) string {
	method, path, _ := strings.Cut(pattern, " ")
	return method + " " + root + path
}

type whoKey struct{}

// Who is signed in.
type Who struct {
	Known      office.Known
	Session    office.Session
	Capacities []string // as they were when the request came in; each act asks again
}

// From is who is signed in, for a handler behind StaffGate.
func From(ctx context.Context) Who {
	who, _ := ctx.Value(whoKey{}).(Who)
	return who
}

// StaffGate lets a request through to a route for staff where the session's actor
// has one of its capacities. Who isn't signed in is sent to sign in; who may not
// is told that there is no such page.
func StaffGate(house *screen.House, source Sessions) screen.Gate {
	return func(route screen.Route) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			who, err := staffOf(house, source, r)
			switch {
			case fault.Is(err, fault.NotAllowed):
				http.Redirect(w, r, StaffRoot, http.StatusSeeOther)
			case err != nil:
				house.Failed(w, r, err)
			case !oneOf(route.Capacities, who.Capacities):
				house.Missing(w, r)
			default:
				route.Serve(w, r.WithContext(context.WithValue(r.Context(), whoKey{}, who)))
			}
		}
	}
}

func staffOf(house *screen.House, source Sessions, r *http.Request) (Who, error) {
	known, session, err := source.KnownBySession(r.Context(), house.Cookie(r, StaffCookie))
	if err != nil {
		return Who{}, err
	}
	if session.Kind != office.SessionStaff {
		return Who{}, fault.New(fault.NotAllowed, "session.none")
	}
	capacities, err := source.CapacitiesOf(r.Context(), known)
	return Who{known, session, capacities}, err
}

// oneOf reports whether somebody has one of those that are wanted; any will do
// where none is named.
func oneOf(wanted, has []string) bool {
	if len(wanted) == 0 {
		return true
	}
	for _, w := range wanted {
		for _, h := range has {
			if w == h {
				return true
			}
		}
	}
	return false
}

// session is the token of who is signed in here, and as what; "" for nobody.
func (s *site) session(r *http.Request) (token string, is office.Session, err error) {
	for kind, at := range s.Landings {
		token := s.Cookie(r, at.Cookie)
		if token == "" {
			continue
		}
		_, is, err := s.source.KnownBySession(r.Context(), token)
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
func (s *site) enter(w http.ResponseWriter, r *http.Request, token string, to office.Way) string {
	at := s.Landings[to.Kind]
	s.SetCookie(w, r, at.Cookie, token, 0)
	return at.Path
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
