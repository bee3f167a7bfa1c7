package signin

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
)

// Provider is who keeps the accounts of a body's staff, or of claimants, by
// OpenID Connect.
type Provider struct {
	Name   string       // as people know it
	Issuer string       // its address
	Client string       // what we are called there
	Secret string       // our secret there; "" for a public client
	HTTP   *http.Client // by which it is asked; one with a time limit if nil

	mu    sync.Mutex
	found *oidc.Provider // owned by mu; nil until it was asked
}

const (
	providerCookie = "chancery-provider"
	provedCookie   = "chancery-proved"
	providerWait   = 10 * time.Second
)

// asked is a context in which the provider is asked.
func (p *Provider) asked(ctx context.Context) context.Context {
	client := p.HTTP
	if client == nil {
		client = &http.Client{Timeout: providerWait}
	}
	return oidc.ClientContext(ctx, client)
}

// config is how the provider is asked, read from its own description once.
func (p *Provider) config(ctx context.Context, back string) (*oidc.Provider, oauth2.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil {
		// The keys are fetched by this context later on too, when they change.
		found, err := oidc.NewProvider(p.asked(context.WithoutCancel(ctx)), p.Issuer)
		if err != nil {
			return nil, oauth2.Config{}, fmt.Errorf("ask the identity provider: %w", err)
		}
		p.found = found
	}
	return p.found, oauth2.Config{
		ClientID: p.Client, ClientSecret: p.Secret, Endpoint: p.found.Endpoint(), RedirectURL: back, Scopes: []string{oidc.ScopeOpenID},
	}, nil
}

// derived is what belongs to one visit to the provider, from the token that only
// this browser and the office's hash know: state, nonce and PKCE's verifier need
// be kept nowhere.
func derived(token, what string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte(what))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// visit is what a visit to the provider is for.
type visit struct {
	Enrol bool `json:"enrol"`
}

// toProvider sends the browser to the provider.
func (s *site) toProvider(w http.ResponseWriter, r *http.Request) {
	if s.Provider == nil {
		s.Missing(w, r)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	wait, err := s.source.TakeTry(r.Context(), office.Limit{Of: "sign-in/begun/" + s.Remote(r), Most: mostBegun})
	if err == nil && wait > 0 {
		s.Tell(w, r, http.StatusTooManyRequests, "signin.too-often")
		return
	}
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	_, config, err := s.Provider.config(r.Context(), s.back())
	if err != nil {
		s.providerAway(w, r, err)
		return
	}
	body, err := json.Marshal(visit{Enrol: r.PostFormValue("enrol") != ""})
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	token, err := s.source.BeginCeremony(r.Context(), "provider", body)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	s.SetCookieAcross(w, r, providerCookie, token, int(office.CeremonyTime/time.Second))
	to := config.AuthCodeURL(derived(token, "state"), oidc.Nonce(derived(token, "nonce")), oauth2.S256ChallengeOption(derived(token, "verifier")))
	// A redirect to elsewhere would be held against form-action: the page goes there itself.
	s.Show(w, r, http.StatusOK, "away.html", s.page(r, "signin.away.title", signInPage{Away: to}))
}

func (s *site) back() string { return s.URL + s.root + "provider/back" }

func (s *site) providerAway(w http.ResponseWriter, r *http.Request, err error) {
	s.Report(r, err)
	s.Tell(w, r, http.StatusBadGateway, "signin.provider-away")
}

// fromProvider takes what the provider sends the browser back with. That comes
// from another site, so that the browser sends none of our own cookies but the
// visit's: what is proved is kept until the next step, which comes from a page
// of ours.
func (s *site) fromProvider(w http.ResponseWriter, r *http.Request) {
	if s.Provider == nil {
		s.Missing(w, r)
		return
	}
	token := s.Cookie(r, providerCookie)
	s.SetCookieAcross(w, r, providerCookie, "", 0)
	body, subject, err := s.backWith(r, token)
	switch {
	case fault.Is(err, fault.NotAllowed):
		s.Tell(w, r, http.StatusForbidden, "signin.provider-refused")
		return
	case err != nil:
		s.providerAway(w, r, err)
		return
	}
	kept, err := json.Marshal(proved{body, subject})
	if err == nil {
		token, err = s.source.BeginCeremony(r.Context(), "proved", kept)
	}
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	s.SetCookie(w, r, provedCookie, token, int(office.CeremonyTime/time.Second))
	s.Show(w, r, http.StatusOK, "go-on.html", s.page(r, "signin.go-on.title", signInPage{}))
}

// proved is an account that a visit proved.
type proved struct {
	visit
	Subject string `json:"subject"`
}

// backWith verifies what came back: that it belongs to the visit, and that the
// provider says so itself.
func (s *site) backWith(r *http.Request, token string) (body visit, subject string, err error) {
	refused := fault.New(fault.NotAllowed, "signin.provider-refused")
	query := r.URL.Query()
	if subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(derived(token, "state"))) != 1 {
		return body, "", refused
	}
	raw, err := s.source.EndCeremony(r.Context(), "provider", token)
	if err != nil {
		return body, "", err
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return body, "", err
	}
	if query.Get("code") == "" { // the person said no, or the provider did
		return body, "", refused
	}
	provider, config, err := s.Provider.config(r.Context(), s.back())
	if err != nil {
		return body, "", err
	}
	ctx := s.Provider.asked(r.Context())
	got, err := config.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(derived(token, "verifier")))
	if no := (*oauth2.RetrieveError)(nil); errors.As(err, &no) && no.Response != nil && no.Response.StatusCode < 500 {
		return body, "", refused
	}
	if err != nil {
		return body, "", fmt.Errorf("ask the identity provider: %w", err)
	}
	text, _ := got.Extra("id_token").(string)
	id, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: s.Provider.Client, Now: s.Options.Now}).Verify(ctx, text)
	if err != nil || id.Subject == "" || subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(derived(token, "nonce"))) != 1 {
		return body, "", refused
	}
	return body, id.Subject, nil
}

// endProvider signs in, or enrols, with the account that was proved.
func (s *site) endProvider(w http.ResponseWriter, r *http.Request) {
	if s.Provider == nil {
		s.Missing(w, r)
		return
	}
	wait, err := s.source.TakeTry(r.Context(), s.wrong(r))
	if err == nil && wait > 0 {
		s.Tell(w, r, http.StatusTooManyRequests, "signin.too-often")
		return
	}
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	raw, err := s.source.EndCeremony(r.Context(), "proved", s.Cookie(r, provedCookie))
	s.SetCookie(w, r, provedCookie, "", 0)
	var is proved
	if err == nil {
		err = json.Unmarshal(raw, &is)
	}
	var path string
	if err == nil {
		path, err = s.withAccount(w, r, is)
	}
	if err == nil {
		err = s.source.GiveBackTry(r.Context(), s.wrong(r))
	}
	switch {
	case fault.Is(err, fault.NotAllowed), fault.Is(err, fault.Conflict), fault.Is(err, fault.NotFound):
		s.Tell(w, r, http.StatusForbidden, "signin.account-unknown")
	case err != nil:
		s.Failed(w, r, err)
	default:
		http.Redirect(w, r, path, http.StatusSeeOther)
	}
}

func (s *site) withAccount(w http.ResponseWriter, r *http.Request, is proved) (path string, err error) {
	proof := office.Proof{Means: office.MeansProvider, Name: s.Provider.Issuer + "\x00" + is.Subject}
	if is.Enrol {
		who, ok, err := s.enrolling(r)
		if err != nil || !ok {
			return "", errors.Join(err, unknown())
		}
		return s.enrol(w, r, who, proof, nil)
	}
	return s.lead(w, r, proof, nil, nil)
}
