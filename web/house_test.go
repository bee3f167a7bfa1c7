package web_test

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/simulate"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/web"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// house is an installation in which a demo was played, with the claimants'
// pages over it and their clock.
type house struct {
	*installation.Installation
	now func() time.Time
}

// played plays a demo.
func played(t testing.TB, claims int) house {
	t.Helper()
	clock := simulate.NewClock()
	places := installation.Beside(filepath.Join(t.TempDir(), "register"))
	desk, err := installation.MakeDemoDesk(places.Data)
	must(t, err)
	options := installation.Options{Now: clock.Now, Entropy: simulate.Entropy(1), Desk: desk}
	must(t, installation.Create(t.Context(), places, "register.example/log", options))
	i, err := installation.Open(t.Context(), places.Data, options)
	must(t, err)
	t.Cleanup(func() { _ = i.Close() })
	demo, err := simulate.NewDemo(t.Context(), i, 1, claims, clock)
	must(t, err)
	_, err = demo.Run(t.Context())
	must(t, err)
	_, err = i.Office.Publish(t.Context())
	must(t, err)
	return house{i, clock.Now}
}

// standing are the claims of a standing.
func (h house) standing(t testing.TB, s claim.Standing) []claim.Claim {
	t.Helper()
	page, _, err := h.Office.ClaimPage(t.Context(), store.ClaimQuery{Standing: s, Limit: 10})
	must(t, err)
	if len(page) == 0 {
		t.Fatalf("the demo has no claim that stands as %s", s)
	}
	return page
}

// code gives a claim a new code.
func (h house) code(t testing.TB, c claim.Claim) string {
	t.Helper()
	secret, err := h.Credential("")
	must(t, err)
	by := office.By{}
	by.Actor, err = h.Office.Authenticate(t.Context(), secret)
	must(t, err)
	code, _, err := h.Office.GiveCode(t.Context(), by, c.Programme, c.ID)
	must(t, err)
	return string(code)
}

// options are those of a test: the demo's clock, a log that is read, the log's key.
func (h house) options(t testing.TB, log *written) web.Options {
	t.Helper()
	_, key, err := h.LogKey()
	must(t, err)
	return web.Options{
		Files: h.Office, Log: slog.New(slog.NewTextHandler(log, nil)),
		Key: func() string { return key }, LogURL: "https://register.example/log/", Checker: func() []byte { return []byte("<!doctype html><title>checker</title>") },
	}
}

// written is what was written to a log.
type written struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// visitor is a browser, as far as these pages need one.
type visitor struct {
	t       testing.TB
	site    http.Handler
	remote  string
	cookies map[string]*http.Cookie
	asked   []string // every address
}

func visiting(t testing.TB, site http.Handler) *visitor {
	return &visitor{t: t, site: site, remote: "192.0.2.1:1234", cookies: map[string]*http.Cookie{}}
}

// does asks for a page, and follows where it is sent.
func (v *visitor) does(method, path string, form url.Values) *httptest.ResponseRecorder {
	v.t.Helper()
	for range 4 {
		w := v.asks(method, path, form)
		if w.Code != http.StatusSeeOther {
			return w
		}
		method, path, form = http.MethodGet, w.Header().Get("Location"), nil
	}
	v.t.Fatal("sent about for ever")
	return nil
}

func (v *visitor) asks(method, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.RemoteAddr = v.remote
	if form != nil || method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.site.ServeHTTP(w, r)
	v.asked = append(v.asked, path)
	for _, c := range w.Result().Cookies() {
		if v.cookies[c.Name] = c; c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	}
	return w
}

// enters signs in.
func (v *visitor) enters(reference, code string) *httptest.ResponseRecorder {
	v.t.Helper()
	return v.does(http.MethodPost, web.Root, url.Values{"reference": {reference}, "code": {code}})
}

var https = &tls.ConnectionState{}
