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

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
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
	Lang    string                                                     // "en" if empty
	Log     *slog.Logger                                               // told of what failed; slog.Default() if nil
	Say     func(code string, values map[string]string) (string, bool) // the words; the catalogue's in Lang if nil
	Style   []byte                                                     // the house's stylesheet, which these pages add to: portal.Stylesheet
	HTTPS   bool                                                       // they are reached by https, though perhaps not from the proxy to here
	Remote  func(*http.Request) string                                 // whom to count wrong tries against: who connects if nil, Forwarded behind a proxy
	Key     func() string                                              // the log's verifier key, for the sheet; none is printed if nil
	LogURL  string                                                     // where the log is published, for the sheet
	Checker func() []byte                                              // the checker that works without a network, an HTML file; none is offered if nil
}

// New is the claimant's pages; they are mounted at Root.
func New(source Source, o Options) http.Handler {
	if o.Lang == "" {
		o.Lang = "en"
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Say == nil {
		o.Say = func(code string, values map[string]string) (string, bool) { return catalogue.Say(o.Lang, code, values) }
	}
	if o.Remote == nil {
		o.Remote = connected
	}
	s := &site{Options: o, source: source, loading: make(chan struct{}, atOnce)}
	s.style, s.stylePath = styled(o.Style)
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.HandleFunc(r.pattern, s.answer(r))
	}
	foreign := http.NewCrossOriginProtection()
	foreign.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.problem(w, http.StatusForbidden, "web.foreign")
	}))
	return guarded(foreign.Handler(mux))
}

// Root is where the pages are mounted.
const Root = "/claim/"

// site is the handlers and what they share.
type site struct {
	Options
	source    Source
	loads     singleflight.Group
	loading   chan struct{} // a place for each claim that is being read
	style     []byte
	stylePath string
}

// route is one address of the site. Those that show something of a claim are
// given the one that the session is for, and take no other word for it.
type route struct {
	pattern string
	open    func(*site, http.ResponseWriter, *http.Request)           // for everybody
	own     func(*site, http.ResponseWriter, *http.Request, claim.ID) // for who has signed in
}

// routes are all addresses.
var routes = []route{
	{pattern: "GET /claim/{$}", open: (*site).form},
	{pattern: "POST /claim/{$}", open: (*site).enter},
	{pattern: "GET /claim/mine", own: (*site).mine},
	{pattern: "POST /claim/receipt", own: (*site).receipt},
	{pattern: "POST /claim/sheet", own: (*site).sheet},
	{pattern: "POST /claim/checker", own: (*site).checker},
	{pattern: "POST /claim/leave", open: (*site).leave},
	{pattern: "GET /claim/assets/{name}", open: (*site).asset},
	{pattern: "/claim/", open: (*site).missing},
}

// answer is the handler of a route.
func (s *site) answer(r route) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		if r.open != nil {
			r.open(s, w, req)
			return
		}
		id, ok, err := s.session(req)
		switch {
		case err != nil:
			s.failed(w, req, err)
		case !ok:
			s.end(w, req)
			http.Redirect(w, req, Root, http.StatusSeeOther)
		default:
			r.own(s, w, req, id)
		}
	}
}
