// Package web is the claimant's own page, behind reference and code: what was
// recorded of the claim and when, where it stands in the published log, who
// looked at it, and the receipt that proves it without us.
//
// Neither reference nor code is ever in an address, a log line or a Referer:
// both come in the body of a form, and what follows hangs on a cookie of a
// quarter of an hour. No address names a claim, so there is none to try others
// with. Nothing needs a script.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// Source is what the pages ask; office answers it.
type Source interface {
	// ClaimByCode is the claim of this reference, for who has its code too, and
	// the mark of that code.
	ClaimByCode(ctx context.Context, reference, code string) (claim.Claim, []byte, error)
	// BeginSession, Session and EndSession keep who has signed in.
	BeginSession(ctx context.Context, kind office.SessionKind, subject, means string, mark []byte) (token string, err error)
	Session(ctx context.Context, token string) (office.Session, error)
	EndSession(ctx context.Context, token string) error
	// TakeTry counts a wrong try, or says how long to wait; GiveBackTry takes
	// back one that was right.
	TakeTry(ctx context.Context, limits ...office.Limit) (wait time.Duration, err error)
	GiveBackTry(ctx context.Context, limits ...office.Limit) error
	// History is everything that happened in a stream, oldest first.
	History(ctx context.Context, stream docket.Stream) ([]office.Step, error)
	// Receipt proves what is published of the claim with this reference.
	Receipt(ctx context.Context, reference string) (docket.Receipt, []docket.Ref, error)
	// Readings are the openings of what is sealed of a claim, oldest first.
	Readings(ctx context.Context, id claim.ID) ([]office.Reading, error)
}

// Options say how the pages are hung. The zero value works.
type Options struct {
	Lang    string                     // of who asks for none; "en" if empty
	Log     *slog.Logger               // told of what failed; slog.Default() if nil
	HTTPS   bool                       // they are reached by https, though perhaps not from the proxy to here
	Remote  func(*http.Request) string // whom to count wrong tries against: who connects if nil, screen.Forwarded behind a proxy
	Key     func() string              // the log's verifier key, for the sheet; none is printed if nil
	LogURL  string                     // where the log is published, for the sheet
	Checker func() []byte              // the checker that works without a network, an HTML file; none is offered if nil
}

// New is the claimant's pages; they are mounted at Root.
func New(source Source, o Options) http.Handler {
	if o.Remote == nil {
		o.Remote = screen.Connected
	}
	house := screen.New(screen.Options{Default: o.Lang, Log: o.Log, HTTPS: o.HTTPS, Style: style(), Pages: files, Root: Root})
	s := &site{Options: o, House: house, source: source, loading: make(chan struct{}, atOnce)}
	return s.Mount(s.routes(), map[screen.Rule]screen.Gate{screen.Claimant: s.claimants})
}

// Root is where the pages are mounted.
const Root = "/claim/"

// site is the handlers and what they share.
type site struct {
	Options
	*screen.House
	source  Source
	loads   singleflight.Group
	loading chan struct{} // a place for each claim that is being read
}

// routes are all addresses. What they show of a claim is of the one that the
// session is for, and they take no other word for it.
func (s *site) routes() []screen.Route {
	open := func(pattern string, serve http.HandlerFunc) screen.Route {
		return screen.Route{Pattern: pattern, Rule: screen.Public, Serve: serve}
	}
	own := func(pattern string, serve func(http.ResponseWriter, *http.Request, claim.ID)) screen.Route {
		return screen.Route{Pattern: pattern, Rule: screen.Claimant, Serve: func(w http.ResponseWriter, r *http.Request) {
			serve(w, r, r.Context().Value(ownKey{}).(claim.ID))
		}}
	}
	return []screen.Route{
		open("GET /claim/{$}", s.form),
		open("POST /claim/{$}", s.enter),
		own("GET /claim/mine", s.mine),
		own("POST /claim/receipt", s.receipt),
		own("POST /claim/sheet", s.sheet),
		own("POST /claim/checker", s.checker),
		open("POST /claim/leave", s.leave),
	}
}

// ownKey is where a request has the claim that it is signed in to.
type ownKey struct{}

// claimants lets who is signed in to a claim through, with its id.
func (s *site) claimants(r screen.Route) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		id, ok, err := s.session(req)
		switch {
		case err != nil:
			s.Failed(w, req, err)
		case !ok:
			s.end(w, req)
			http.Redirect(w, req, Root, http.StatusSeeOther)
		default:
			r.Serve(w, req.WithContext(context.WithValue(req.Context(), ownKey{}, id)))
		}
	}
}
