// Package signin is how people come in without a secret that we keep: by a
// passkey, or by an account with the body's identity provider. It stands thrice:
// for staff, who are let in by an invitation, and for claimants, who add a
// passkey or an account to a claim, or to a draft, that they have the code of.
//
// What it verifies is that somebody holds a key or an account. For whom that is
// good, and for how long, the office says, which keeps it.
package signin

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

//go:embed *.html passkey.js
var files embed.FS

// Source is what these pages ask; office answers it.
type Source interface {
	Session(ctx context.Context, token string) (office.Session, error)
	KnownBySession(ctx context.Context, token string) (office.Known, office.Session, error)
	CapacitiesOf(ctx context.Context, who office.Known) ([]string, error)
	EndSession(ctx context.Context, token string) error
	BeginCeremony(ctx context.Context, purpose string, body []byte) (token string, err error)
	EndCeremony(ctx context.Context, purpose, token string) (body []byte, err error)
	Invited(ctx context.Context, token string) (office.Invited, error)
	EnrolInvited(ctx context.Context, token string, proof office.Proof) (session string, err error)
	Enrol(ctx context.Context, session string, proof office.Proof) error
	Unenrol(ctx context.Context, session, way string) error
	WaysIn(ctx context.Context, session string) ([]office.WayIn, error)
	SignIn(ctx context.Context, proof office.Proof, check func(key []byte) ([]byte, error), kinds ...office.SessionKind) (token string, to office.Way, err error)
	BeginSession(ctx context.Context, kind office.SessionKind, subject, means string, mark []byte) (token string, err error)

	// Of drafts: office says what each is.
	Ceremony(ctx context.Context, purpose, token string) (body []byte, err error)
	OwnByProof(ctx context.Context, proof office.Proof, secret []byte, check func(key []byte) ([]byte, error)) ([]office.OwnFound, error)
	LeadsToClaims(ctx context.Context, proof office.Proof) (bool, error)
	EnterOwn(ctx context.Context, id string, proof office.Proof) (token string, err error)
	EnrolOwn(ctx context.Context, k office.OwnKey, proof office.Proof, secret []byte) error
	UnenrolOwn(ctx context.Context, k office.OwnKey, way string) (office.OwnKey, error)
	OwnWaysIn(ctx context.Context, k office.OwnKey) ([]office.WayIn, office.OwnDraft, error)
	OpenEdition(ctx context.Context, programme string) (*rulebook.Edition, error)

	TakeTry(ctx context.Context, limits ...office.Limit) (wait time.Duration, err error)
	GiveBackTry(ctx context.Context, limits ...office.Limit) error
}

// Landing is where somebody with a session of a kind is at home.
type Landing struct {
	Cookie string // the name of the cookie that holds the session's token
	Path   string // the page that they come to
	Code   string // the page that asks for the code, where a draft isn't opened without it

	// Outside is the page of a representative, who is none of the office
	// (office.Outside); "": they come to Path like everybody.
	Outside string
}

// Options say how the pages are hung.
type Options struct {
	Default  string                         // the language of who names none; "en" if empty
	URL      string                         // how they are reached from outside: "https://register.example"; passkeys hang on it
	Body     screen.Names                   // whose pages these are; a browser shows it with a passkey
	Provider *Provider                      // of accounts; nil: none
	Landings map[office.SessionKind]Landing // of each kind that may sign in here
	Remote   func(*http.Request) string     // whom to count tries against; screen.Connected if nil
	HTTPS    bool                           // the pages are reached by https
	Now      func() time.Time               // time.Now if nil
	Log      *slog.Logger                   // slog.Default() if nil
}

// The paths under which the pages stand.
const (
	StaffRoot    = "/sign-in/"
	ClaimantRoot = "/claim/sign-in/"
	DraftRoot    = "/apply/sign-in/"
)

// StaffCookie holds the token of a session of staff.
const StaffCookie = "chancery-staff"

// site is the handlers and what they share.
type site struct {
	Options
	*screen.House
	source Source
	of     office.SessionKind // of who is signed in here
	staff  bool
	root   string
	keys   *webauthn.WebAuthn
	script string
}

// NewStaff are the pages for staff, to be mounted at StaffRoot.
func NewStaff(source Source, o Options) (http.Handler, error) {
	s, err := newSite(source, o, StaffRoot, office.SessionStaff)
	if err != nil {
		return nil, err
	}
	return s.Mount(s.routes(), map[screen.Rule]screen.Gate{screen.Staff: s.own}), nil
}

// NewDrafts are those for who comes back to a draft, to be mounted at DraftRoot.
func NewDrafts(source Source, o Options) (http.Handler, error) {
	s, err := newSite(source, o, DraftRoot, office.SessionDraft)
	if err != nil {
		return nil, err
	}
	return s.Mount(s.routes(), map[screen.Rule]screen.Gate{screen.Draft: s.own}), nil
}

// NewClaimants are those for claimants, to be mounted at ClaimantRoot. Who has a
// passkey needn't know whether what it leads to was sent: both pages of claimants
// lead to both.
func NewClaimants(source Source, o Options) (http.Handler, error) {
	s, err := newSite(source, o, ClaimantRoot, office.SessionClaimant)
	if err != nil {
		return nil, err
	}
	return s.Mount(s.routes(), map[screen.Rule]screen.Gate{screen.Claimant: s.own}), nil
}

func newSite(source Source, o Options, root string, of office.SessionKind) (*site, error) {
	if o.Remote == nil {
		o.Remote = screen.Connected
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	at, err := url.Parse(o.URL)
	if err != nil || at.Hostname() == "" {
		return nil, fault.New(fault.Invalid, "signin.url", "url", o.URL)
	}
	required := true
	keys, err := webauthn.New(&webauthn.Config{
		RPID: at.Hostname(), RPDisplayName: o.Body.In(o.Default), RPOrigins: []string{at.Scheme + "://" + at.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &required, ResidentKey: protocol.ResidentKeyRequirementRequired,
			UserVerification: protocol.VerificationRequired, // a finger, a face, a PIN: who finds the telephone isn't its owner
		},
	})
	if err != nil {
		return nil, fault.New(fault.Invalid, "signin.url", "url", o.URL)
	}
	s := &site{Options: o, source: source, of: of, staff: of == office.SessionStaff, root: root, keys: keys}
	s.House = screen.New(screen.Options{Default: o.Default, Now: o.Now, Log: o.Log, HTTPS: o.HTTPS, Pages: files, Shared: []string{"make.html"}, Root: root, Body: o.Body})
	script, err := files.ReadFile("passkey.js")
	if err != nil {
		return nil, err
	}
	s.script = s.Asset("passkey.js", "text/javascript; charset=utf-8", script)
	return s, nil
}

// routes are all addresses.
func (s *site) routes() []screen.Route {
	own := map[office.SessionKind]screen.Rule{
		office.SessionStaff: screen.Staff, office.SessionClaimant: screen.Claimant, office.SessionDraft: screen.Draft,
	}[s.of]
	routes := []screen.Route{
		{Pattern: "GET {$}", Rule: screen.Public, Serve: s.form},
		{Pattern: "POST passkey", Rule: screen.Public, Serve: s.beginSignIn},
		{Pattern: "POST passkey/done", Rule: screen.Public, Serve: s.endSignIn},
		{Pattern: "POST provider", Rule: screen.Public, Serve: s.toProvider},
		{Pattern: "GET provider/back", Rule: screen.Public, Serve: s.fromProvider},
		{Pattern: "POST provider/done", Rule: screen.Public, Serve: s.endProvider},
		{Pattern: "GET account", Rule: own, Serve: s.account},
		{Pattern: "POST account/remove", Rule: own, Serve: s.remove},
		{Pattern: "POST leave", Rule: screen.Public, Serve: s.leave},
		// Both are for who is signed in, and the staff's for who is invited, too.
		{Pattern: "POST enrol", Rule: screen.Public, Serve: s.beginEnrol},
		{Pattern: "POST enrol/done", Rule: screen.Public, Serve: s.endEnrol},
	}
	if s.staff {
		routes = append(routes,
			screen.Route{Pattern: "GET invited", Rule: screen.Public, Serve: s.invitation},
			screen.Route{Pattern: "POST invited", Rule: screen.Public, Serve: s.invited})
	}
	if s.takesDrafts() {
		routes = append(routes,
			screen.Route{Pattern: "GET choose", Rule: screen.Public, Serve: s.choose},
			screen.Route{Pattern: "POST choose", Rule: screen.Public, Serve: s.choosing})
	}
	if s.of == office.SessionDraft {
		routes = append(routes, screen.Route{Pattern: "GET new", Rule: screen.Public, Serve: s.beginning})
	}
	for i := range routes {
		routes[i].Pattern = rooted(routes[i].Pattern, s.root)
	}
	return routes
}

// kinds are those of the sessions that begin here, but for drafts, whose key
// belongs to it.
func (s *site) kinds() (kinds []office.SessionKind) {
	for kind := range s.Landings {
		if kind != office.SessionDraft {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}
