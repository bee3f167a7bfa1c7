// Package web is what claimants see: the interview (interview.go), and behind
// reference and code the claimant's own page: what was recorded of the claim and
// when, what comes next, the letters, what is still missing, who looked at it,
// and the receipt that proves it without us.
//
// Neither reference nor code is ever in an address, a log line or a Referer:
// both come in the body of a form, and what follows hangs on a cookie of a
// quarter of an hour. No address names a claim, so there is none to try others
// with. Nothing needs a script.
package web

import (
	"context"
	"embed"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/upload"
)

// Source is what the pages ask; office answers it.
type Source interface {
	// ClaimByCode is the claim of this reference, for who has its code too, and
	// the mark of that code.
	ClaimByCode(ctx context.Context, reference, code string) (claim.Claim, []byte, error)
	// BeginSession signs somebody in, and answers the token for their cookie;
	// KnownBySession is who has it; EndSession ends it; Turn goes over to another
	// claim that was sent with this one.
	BeginSession(ctx context.Context, kind office.SessionKind, subject, means string, mark []byte) (token string, err error)
	KnownBySession(ctx context.Context, token string) (office.Known, office.Session, error)
	EndSession(ctx context.Context, token string) error
	Turn(ctx context.Context, token string, to claim.ID) (string, error)
	// TakeTry counts a try, and says how long to wait where there were too many;
	// GiveBackTry takes one back that was right.
	TakeTry(ctx context.Context, limits ...office.Limit) (wait time.Duration, err error)
	GiveBackTry(ctx context.Context, limits ...office.Limit) error
	// History is everything that happened in a stream, oldest first.
	History(ctx context.Context, stream docket.Stream) ([]office.Step, error)
	// Receipt proves what is published of the claim with this reference.
	Receipt(ctx context.Context, reference string) (docket.Receipt, []docket.Ref, error)
	// Acknowledge signs that an entry was taken in.
	Acknowledge(ctx context.Context, ref docket.Ref) (office.Acknowledgement, error)
	// Readings are the openings of what is sealed of a claim, oldest first.
	Readings(ctx context.Context, id claim.ID) ([]office.Reading, error)

	// What comes after a claim was sent: office says what each is.
	ClaimOf(ctx context.Context, id claim.ID) (claim.Claim, *rulebook.Edition, error)
	SetOf(ctx context.Context, id claim.ID) ([]claim.Claim, error)
	Letters(ctx context.Context, id claim.ID) ([]office.Letter, error)
	ClocksOf(ctx context.Context, id claim.ID) ([]office.Clock, error)
	Paces(ctx context.Context, programme, category string) ([]office.Pace, error)
	ReadOwn(ctx context.Context, by office.By, programme string, id claim.ID) (office.Own, error)
	AnswerDeficiency(ctx context.Context, by office.By, programme string, id claim.ID, supplied map[string]string) (office.Done, error)
	Amend(ctx context.Context, by office.By, programme string, id claim.ID, changed map[string]string) (office.Done, error)
	ReviewTimes(ctx context.Context, c claim.Claim) (times office.ReviewTimes, given bool, err error)
	AskReview(ctx context.Context, by office.By, programme string, id claim.ID, why string) (office.Done, error)
	ThinkingOf(ctx context.Context, id claim.ID) (office.Thinking, bool, error)
	AskWithdrawal(ctx context.Context, by office.By, programme string, id claim.ID) (office.Thinking, error)
	KeepClaim(ctx context.Context, by office.By, programme string, id claim.ID) error
	ConfirmWithdrawal(ctx context.Context, by office.By, programme string, id claim.ID) (office.Done, error)
	Contact(ctx context.Context, by office.By, programme string, id claim.ID) (office.Contact, error)
	SetContact(ctx context.Context, by office.By, programme string, id claim.ID, c office.Contact) error
	ExportOwn(ctx context.Context, by office.By, programme string, id claim.ID, to io.Writer, notes office.ExportNotes) error
	// MandateOf is the mandate under which somebody filed a claim for its claimant,
	// who ends it by EndMandate.
	MandateOf(ctx context.Context, id claim.ID) (m claim.Mandate, ok bool, err error)
	EndMandate(ctx context.Context, by office.By, programme string, id claim.MandateID) error
	IsOurs(ctx context.Context, code string) (office.Ours, error)

	// The files of a claim, with what proves them.
	Files(ctx context.Context, by office.By, owner office.FileOwner) ([]office.File, error)
	DiscardFile(ctx context.Context, by office.By, id string) error
	Manifest(ctx context.Context, by office.By, id claim.ID) (office.Manifest, error)
}

// Options say how the pages are hung. The zero value works.
type Options struct {
	Lang    string                     // the language of who names none; "en" if empty
	Log     *slog.Logger               // told of what failed; slog.Default() if nil
	HTTPS   bool                       // they are reached by https, though perhaps not from the proxy to here
	Remote  func(*http.Request) string // whom to count wrong tries against: who connects if nil
	Key     func() string              // the log's verifier key, for the sheet; none is printed if nil
	LogURL  string                     // where the log is published, for the sheet
	Body    screen.Names               // whose pages these are
	Files   *office.Office             // takes in files after a claim was sent; none are taken if nil
	Checker func() []byte              // the checker that works without a network, an HTML file; none is offered if nil
}

//go:embed mine
var mineFiles embed.FS

// New is the claimant's pages; they are mounted at Root and VerifyRoot.
func New(source Source, o Options) http.Handler {
	pages, err := fs.Sub(mineFiles, "mine")
	if err != nil {
		panic(err) // embedded above
	}
	style, err := fs.ReadFile(pages, "mine.css")
	if err != nil {
		panic(err) // embedded above
	}
	if o.Remote == nil {
		o.Remote = screen.Connected
	}
	s := &site{o: o, source: source, loading: make(chan struct{}, atOnce)}
	s.House = screen.New(screen.Options{
		Default: o.Lang, Log: o.Log, HTTPS: o.HTTPS, Root: Root, Pages: pages, Style: style, Body: o.Body,
	})
	if o.Files != nil {
		s.taker = &upload.Uploads{Office: o.Files, Report: s.Report}
		s.uploads = s.Asset("upload.js", "text/javascript; charset=utf-8", upload.Script())
	}
	return s.Mount(s.Routes(), map[screen.Rule]screen.Gate{screen.Claimant: s.gate})
}

// Where the pages are mounted.
const (
	Root       = "/claim/"
	VerifyRoot = "/verify"
)

// site is the handlers and what they share.
type site struct {
	*screen.House
	o       Options
	source  Source
	loads   singleflight.Group
	loading chan struct{} // a place for each claim that is being read
	taker   *upload.Uploads
	uploads string // the path of the script that sends files in pieces
}

// signed is one request of who is signed in to a claim. What it shows is that
// claim's, whatever else the request says.
type signed struct {
	id    claim.ID
	token string
	by    office.By
	words screen.Words
}

type signedKey struct{}

// Routes are all addresses. None names a claim: which one is meant says the
// session.
func (s *site) Routes() []screen.Route {
	public := func(pattern string, serve http.HandlerFunc) screen.Route {
		return screen.Route{Pattern: pattern, Rule: screen.Public, Serve: serve}
	}
	own := func(pattern string, serve func(http.ResponseWriter, *http.Request, signed)) screen.Route {
		return screen.Route{Pattern: pattern, Rule: screen.Claimant, Serve: func(w http.ResponseWriter, r *http.Request) {
			serve(w, r, r.Context().Value(signedKey{}).(signed))
		}}
	}
	return []screen.Route{
		public("GET /claim/{$}", s.form),
		public("POST /claim/{$}", s.enter),
		public("POST /claim/leave", s.leave),
		public("GET /verify", s.verifyForm),
		public("POST /verify", s.verify),
		own("GET /claim/mine", s.mine),
		own("POST /claim/receipt", s.receipt),
		own("POST /claim/sheet", s.sheet),
		own("POST /claim/acknowledgement", s.acknowledgement),
		own("POST /claim/checker", s.checker),
		own("GET /claim/letter/{n}", s.letter),
		own("GET /claim/answer", s.answerForm),
		own("POST /claim/answer", s.answer),
		own("GET /claim/change", s.changeForm),
		own("POST /claim/change", s.change),
		own("GET /claim/review", s.reviewForm),
		own("POST /claim/review", s.review),
		own("GET /claim/withdraw", s.withdrawForm),
		own("POST /claim/withdraw", s.askWithdrawal),
		own("POST /claim/withdraw/keep", s.keepClaim),
		own("POST /claim/withdraw/confirm", s.confirmWithdrawal),
		own("GET /claim/mandate", s.mandateForm),
		own("POST /claim/mandate", s.endMandate),
		own("GET /claim/contact", s.contactForm),
		own("POST /claim/contact", s.contact),
		own("GET /claim/files", s.files),
		own("POST /claim/files", s.takeFiles),
		own("GET /claim/files/instead/{file}", s.files),
		own("POST /claim/files/instead/{file}", s.takeFiles),
		own("POST /claim/files/remove/{file}", s.dropFile),
		own("POST /claim/files/manifest", s.manifest),
		own("GET /claim/files/state/{file}", s.resumeFile),
		own("OPTIONS /claim/files/tus", s.resumeFile),
		own("POST /claim/files/tus", s.resumeFile),
		own("HEAD /claim/files/tus/{file}", s.resumeFile),
		own("PATCH /claim/files/tus/{file}", s.resumeFile),
		own("DELETE /claim/files/tus/{file}", s.resumeFile),
		own("POST /claim/export", s.export),
		own("POST /claim/other", s.other),
	}
}

// gate lets who is signed in through to a route. What somebody had typed when
// the quarter of an hour was over is kept through signing in again.
func (s *site) gate(route screen.Route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token := s.Cookie(r, cookieName)
		known, is, err := s.source.KnownBySession(r.Context(), token)
		if err == nil && is.Kind == office.SessionClaimant {
			in := signed{claim.ID(is.Subject), token, office.By{Actor: known}, s.Words(r)}
			route.Serve(w, r.WithContext(context.WithValue(r.Context(), signedKey{}, in)))
			return
		}
		if err != nil && !fault.Is(err, fault.NotAllowed) {
			s.Failed(w, r, err)
			return
		}
		if strings.HasPrefix(r.URL.Path, filesPath+"/tus") || strings.HasPrefix(r.URL.Path, filesPath+"/state/") {
			w.WriteHeader(http.StatusForbidden) // a script asks, which says so in the page's words
			return
		}
		s.SetCookie(w, r, cookieName, "", 0)
		switch _, keeps := s.keepers()[r.URL.Path]; {
		case strings.HasPrefix(r.URL.Path, filesPath) && r.Method == http.MethodPost:
			s.refill(w, r, http.StatusForbidden, enterPage{To: filesPath})
			return
		case keeps && r.Method == http.MethodPost:
			s.askAgain(w, r)
			return
		}
		http.Redirect(w, r, Root, http.StatusSeeOther)
	}
}

// show shows a page of the claim that somebody is signed in to.
func (s *site) show(w http.ResponseWriter, r *http.Request, status int, file string, p screen.Page) {
	p.Leave = Root + "leave"
	s.Show(w, r, status, file, p)
}
