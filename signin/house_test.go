package signin_test

import (
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/signin"
	"github.com/openchancery/chancery/web"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// house is an installation with its sign-in pages served.
type house struct {
	testing.TB
	*installation.Installation
	admin office.By
	url   string // by the name that passkeys hang on
	log   *written
}

// written is what was written to a log.
type written struct {
	mu sync.Mutex
	b  strings.Builder
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

// opened is a house with an officer who has no credential, whose pages are served
// with these providers.
func opened(t testing.TB, provider *signin.Provider) *house {
	t.Helper()
	places := installation.Beside(filepath.Join(t.TempDir(), "register"))
	desk, err := installation.MakeDemoDesk(places.Data)
	must(t, err)
	options := installation.Options{Desk: desk}
	must(t, installation.Create(t.Context(), places, "register.example/log", options))
	i, err := installation.Open(t.Context(), places.Data, options)
	must(t, err)
	t.Cleanup(func() { _ = i.Close() })
	h := &house{TB: t, Installation: i, log: new(written)}
	secret, err := i.Credential("")
	must(t, err)
	h.admin.Actor, err = i.Office.Authenticate(t.Context(), secret)
	must(t, err)
	for _, id := range []string{"officer", "officer-2"} {
		must(t, i.Office.AddActor(t.Context(), h.admin, id, []string{office.Officer}, nil))
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	h.url = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	o := signin.Options{
		URL: h.url, Body: screen.Names{"": "The register"}, Provider: provider, Log: slog.New(slog.NewTextHandler(h.log, nil)),
		Landings: map[office.SessionKind]signin.Landing{office.SessionStaff: {Cookie: signin.StaffCookie, Path: "/console/"}},
	}
	staff, err := signin.NewStaff(i.Office, o)
	must(t, err)
	o.Landings = map[office.SessionKind]signin.Landing{
		office.SessionClaimant: {Cookie: "chancery-claim", Path: "/claim/mine"},
		office.SessionDraft:    {Cookie: signin.DraftCookie, Path: "/apply/resume", Code: "/apply/back"},
	}
	claimants, err := signin.NewClaimants(i.Office, o)
	must(t, err)
	drafts, err := signin.NewDrafts(i.Office, o)
	must(t, err)
	mux.Handle(signin.StaffRoot, staff)
	mux.Handle(signin.DraftRoot, drafts)
	mux.Handle("/apply/", web.NewInterview(i.Office, web.InterviewOptions{Log: o.Log}).Handler())
	mux.Handle(signin.ClaimantRoot, claimants)
	mux.HandleFunc("/favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/console/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>desk</title><p id=desk>The desk"))
	})
	mux.HandleFunc("/claim/mine", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>mine</title><p id=mine>The claim"))
	})
	return h
}

func (h *house) invite(id string, replacing bool) string {
	h.Helper()
	token, _, err := h.Office.InviteActor(h.Context(), h.admin, id, replacing)
	must(h.TB, err)
	return token
}

// browser is a client that keeps cookies, as a browser without a script.
type browser struct {
	*http.Client
	h *house
}

func (h *house) browser() *browser {
	jar, err := cookiejar.New(nil)
	must(h.TB, err)
	return &browser{&http.Client{Jar: jar, Timeout: time.Minute}, h}
}

// posts sends a form or, with json, what a script sends; answers status and body.
func (b *browser) posts(path string, form url.Values) (int, string) {
	b.h.Helper()
	r, err := http.NewRequestWithContext(b.h.Context(), http.MethodPost, b.h.url+path, strings.NewReader(form.Encode()))
	must(b.h.TB, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.does(r)
}

func (b *browser) gets(at string) (int, string) {
	b.h.Helper()
	r, err := http.NewRequestWithContext(b.h.Context(), http.MethodGet, at, nil)
	must(b.h.TB, err)
	return b.does(r)
}

func (b *browser) does(r *http.Request) (int, string) {
	b.h.Helper()
	w, err := b.Do(r)
	must(b.h.TB, err)
	defer w.Body.Close()
	var body strings.Builder
	buffer := make([]byte, 64<<10)
	for {
		n, err := w.Body.Read(buffer)
		body.Write(buffer[:n])
		if err != nil {
			break
		}
	}
	return w.StatusCode, body.String()
}

// carries gives a browser a cookie.
func (b *browser) carries(name, value string) {
	at, err := url.Parse(b.h.url)
	must(b.h.TB, err)
	b.Jar.SetCookies(at, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}
