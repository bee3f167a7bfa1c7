package signin_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/signin"
)

// accounts is an identity provider: it signs in whoever it is told to, at once.
type accounts struct {
	*httptest.Server
	key *rsa.PrivateKey

	mu      sync.Mutex
	subject string         // whom it signs in next
	amend   map[string]any // what it says otherwise than it should
	given   map[string]url.Values
	refuses bool // the person says no
}

const client, secret = "chancery", "a secret"

func provider(t testing.TB) *accounts {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	p := &accounts{key: key, given: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]any{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": encoded(key.N.Bytes()), "e": "AQAB",
		}}})
	})
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (p *accounts) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := r.URL.Query()
	back := url.Values{"state": {asked.Get("state")}}
	if p.refuses {
		back.Set("error", "access_denied")
	} else {
		code := rand.Text()
		asked.Set("subject", p.subject)
		p.given[code] = asked
		back.Set("code", code)
	}
	http.Redirect(w, r, asked.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

func (p *accounts) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked, known := p.given[r.PostFormValue("code")]
	delete(p.given, r.PostFormValue("code"))
	user, password, _ := r.BasicAuth()
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || user != client || password != url.QueryEscape(secret) || encoded(challenge[:]) != asked.Get("code_challenge") ||
		asked.Get("code_challenge_method") != "S256" || r.PostFormValue("redirect_uri") != asked.Get("redirect_uri") {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	claims := map[string]any{
		"iss": p.URL, "aud": client, "sub": asked.Get("subject"), "nonce": asked.Get("nonce"),
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(), "email": "olena@example.org",
	}
	maps.Copy(claims, p.amend)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": p.signed(claims)})
}

func (p *accounts) signed(claims map[string]any) string {
	head, _ := json.Marshal(map[string]string{"alg": "RS256", "kid": "1"})
	body, _ := json.Marshal(claims)
	text := encoded(head) + "." + encoded(body)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return text + "." + encoded(signature)
}

// signsIn is whom the provider signs in from now on, and what it says otherwise.
func (p *accounts) signsIn(subject string, amend map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subject, p.amend = subject, amend
}

var awayLink = regexp.MustCompile(`href="([^"]+)" rel="noreferrer" data-away`)

// visits goes to the provider and back, as far as the page that leads on.
func (b *browser) visits(root string, form url.Values) (int, string) {
	b.h.Helper()
	status, page := b.posts(root+"provider", form)
	link := awayLink.FindStringSubmatch(page)
	if link == nil {
		b.h.Fatalf("%d: no way to the provider\n%s", status, page)
	}
	return b.gets(html.UnescapeString(link[1]))
}

// who is signed in as staff by a browser's cookie; "" for nobody.
func (b *browser) who() (id, means string) {
	at, err := url.Parse(b.h.url)
	must(b.h.TB, err)
	for _, c := range b.Jar.Cookies(at) {
		if c.Name == signin.StaffCookie {
			if _, s, err := b.h.Office.KnownBySession(b.h.Context(), c.Value); err == nil {
				return s.Subject, s.Means
			}
		}
	}
	return "", ""
}

func (p *accounts) asOurs() *signin.Provider {
	return &signin.Provider{Name: "Accounts", Issuer: p.URL, Client: client, Secret: secret}
}

// An officer binds an account by an invitation and signs in with it, without a
// script; nobody else's account leads in.
func TestAnOfficerSignsInByAnAccount(t *testing.T) {
	p := provider(t)
	h := opened(t, p.asOurs())
	p.signsIn("subject-1", nil)

	stranger := h.browser()
	if status, _ := stranger.visits("/sign-in/", nil); status != http.StatusOK {
		t.Fatalf("back from the provider: %d", status)
	}
	if status, page := stranger.posts("/sign-in/provider/done", nil); status != http.StatusForbidden || !strings.Contains(page, "does not lead to anything here") {
		t.Errorf("an account that nobody bound: %d %s", status, page)
	}

	b := h.browser()
	if status, page := b.posts("/sign-in/invited", url.Values{"token": {h.invite("officer", false)}}); status != http.StatusOK || !strings.Contains(page, "This is for officer.") {
		t.Fatalf("invited: %d %s", status, page)
	}
	b.visits("/sign-in/", url.Values{"enrol": {"1"}})
	if id, _ := b.who(); id != "" {
		t.Error("signed in before the last step, which another site could have begun")
	}
	if status, page := b.posts("/sign-in/provider/done", nil); status != http.StatusOK || !strings.Contains(page, "Account 1") {
		t.Fatalf("enrolled: %d %s", status, page)
	}
	if id, means := b.who(); id != "officer" || means != "oidc" {
		t.Errorf("signed in as %q by %q", id, means)
	}
	b.posts("/sign-in/leave", nil)
	if id, _ := b.who(); id != "" {
		t.Error("signed in still")
	}
	again := h.browser()
	again.visits("/sign-in/", nil)
	if status, page := again.posts("/sign-in/provider/done", nil); status != http.StatusOK || !strings.Contains(page, "The desk") {
		t.Errorf("signing in: %d %s", status, page)
	}
	if status, _ := again.posts("/sign-in/provider/done", nil); status != http.StatusForbidden {
		t.Errorf("the same proof again: %d", status)
	}
	// The same account is no second officer, and another account is no officer.
	second := h.browser()
	second.posts("/sign-in/invited", url.Values{"token": {h.invite("officer-2", false)}})
	second.visits("/sign-in/", url.Values{"enrol": {"1"}})
	if status, _ := second.posts("/sign-in/provider/done", nil); status != http.StatusForbidden {
		t.Errorf("one account for two: %d", status)
	}
	p.signsIn("subject-2", nil)
	another := h.browser()
	another.visits("/sign-in/", nil)
	if status, _ := another.posts("/sign-in/provider/done", nil); status != http.StatusForbidden {
		t.Errorf("another account: %d", status)
	}
	if strings.Contains(h.log.String(), "subject-") || strings.Contains(h.log.String(), "olena") {
		t.Errorf("the log names an account: %s", h.log)
	}
}

// What comes back from the provider must belong to this visit, be meant for us
// and be said by the provider.
func TestWhatComesBackFromTheProviderIsVerified(t *testing.T) {
	p := provider(t)
	h := opened(t, p.asOurs())
	_, err := h.Office.EnrolInvited(t.Context(), h.invite("officer", false), office.Proof{Means: office.MeansProvider, Name: p.URL + "\x00subject-1"})
	must(t, err)
	for name, amend := range map[string]map[string]any{
		"another nonce":   {"nonce": "another"},
		"no nonce":        {"nonce": ""},
		"another client":  {"aud": "another"},
		"another issuer":  {"iss": "https://id.example"},
		"no longer valid": {"exp": time.Now().Add(-time.Hour).Unix()},
		"nobody":          {"sub": ""},
	} {
		p.signsIn("subject-1", amend)
		b := h.browser()
		status, page := b.visits("/sign-in/", nil)
		if status != http.StatusForbidden || !strings.Contains(page, "did not confirm") {
			t.Errorf("%s: %d", name, status)
		}
		if status, _ := b.posts("/sign-in/provider/done", nil); status != http.StatusForbidden {
			t.Errorf("%s, the last step: %d", name, status)
		}
	}
	p.signsIn("subject-1", nil)
	// Another browser's visit: the address alone is worth nothing.
	victim, thief := h.browser(), h.browser()
	thief.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.Path, "/sign-in/provider/back") {
			return http.ErrUseLastResponse
		}
		return nil
	}
	_, page := thief.posts("/sign-in/provider", nil)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, html.UnescapeString(awayLink.FindStringSubmatch(page)[1]), nil)
	must(t, err)
	w, err := thief.Do(r)
	must(t, err)
	must(t, w.Body.Close())
	if status, _ := victim.gets(w.Header.Get("Location")); status != http.StatusForbidden {
		t.Errorf("another's visit in a browser without one: %d", status)
	}
	victim.posts("/sign-in/provider", nil)
	if status, _ := victim.gets(w.Header.Get("Location")); status != http.StatusForbidden {
		t.Errorf("another's visit in a browser with one of its own: %d", status)
	}
	p.mu.Lock()
	p.refuses = true
	p.mu.Unlock()
	if status, _ := h.browser().visits("/sign-in/", nil); status != http.StatusForbidden {
		t.Errorf("who said no: %d", status)
	}
}

func TestAProviderThatIsAwayIsSaidAndTriedAgain(t *testing.T) {
	p := provider(t)
	ours := p.asOurs()
	ours.HTTP = &http.Client{Timeout: time.Second, Transport: &flaky{}}
	h := opened(t, ours)
	b := h.browser()
	if status, page := b.posts("/sign-in/provider", nil); status != http.StatusBadGateway || !strings.Contains(page, "does not answer") {
		t.Errorf("away: %d %s", status, page)
	}
	if status, _ := b.posts("/sign-in/provider", nil); status != http.StatusOK {
		t.Errorf("back: %d", status)
	}
}

// flaky fails the first time.
type flaky struct{ times int }

func (f *flaky) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.times++; f.times == 1 {
		return nil, http.ErrServerClosed
	}
	return http.DefaultTransport.RoundTrip(r)
}

// A claimant binds an account to their claim, and comes back by it.
func TestAClaimantComesBackByAnAccount(t *testing.T) {
	p := provider(t)
	h := opened(t, p.asOurs())
	p.signsIn("olena", nil)
	session, err := h.Office.BeginSession(t.Context(), office.SessionClaimant, "5f", "code", nil)
	must(t, err)
	b := h.browser()
	b.carries("chancery-claim", session)
	b.visits("/claim/sign-in/", url.Values{"enrol": {"1"}})
	if status, page := b.posts("/claim/sign-in/provider/done", nil); status != http.StatusOK || !strings.Contains(page, "Account 1") {
		t.Fatalf("enrolled: %d %s", status, page)
	}
	again := h.browser()
	again.visits("/claim/sign-in/", nil)
	if status, page := again.posts("/claim/sign-in/provider/done", nil); status != http.StatusOK || !strings.Contains(page, "The claim") {
		t.Errorf("back: %d %s", status, page)
	}
	// It is no way in for staff.
	staff := h.browser()
	staff.visits("/sign-in/", nil)
	if status, _ := staff.posts("/sign-in/provider/done", nil); status != http.StatusForbidden {
		t.Errorf("a claimant's account at the staff's door: %d", status)
	}
}
