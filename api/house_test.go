package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openchancery/chancery/api"
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// house is an installation with a programme, two officers whose programs ask,
// and a server.
type house struct {
	testing.TB
	*installation.Installation
	server *httptest.Server
	log    written
	people map[string]office.Known
	tokens map[string]string // by actor: with every scope
	now    func() time.Time
}

func ticking() func() time.Time {
	var seconds atomic.Int64
	begin := time.Date(2020, time.June, 1, 9, 0, 0, 0, time.UTC)
	return func() time.Time { return begin.Add(time.Duration(seconds.Add(1)) * time.Second / 100) }
}

// opened opens a house; change, where it isn't nil, sets the API's options.
func opened(t testing.TB, change func(*api.Options)) *house {
	t.Helper()
	return openedWith(t, "", change)
}

// openedWith is opened, under an edition that gives more powers: lines of its
// rulebook.
func openedWith(t testing.TB, powers string, change func(*api.Options)) *house {
	t.Helper()
	places := installation.Beside(filepath.Join(t.TempDir(), "register"))
	public, err := installation.MakeDemoDesk(places.Data)
	must(t, err)
	h := &house{TB: t, people: map[string]office.Known{}, tokens: map[string]string{}, now: ticking()}
	options := installation.Options{Now: h.now, Desk: public}
	must(t, installation.Create(t.Context(), places, "register.example/log", options))
	h.Installation, err = installation.Open(t.Context(), places.Data, options)
	must(t, err)
	t.Cleanup(func() { _ = h.Close() })
	h.signIn(installation.FirstActor)
	for id, capacity := range map[string]string{"administrator": office.Administrator, "officer": office.Officer, "officer-2": office.Officer, "officer-3": office.Officer, "commissioner": office.Commissioner} {
		must(t, h.Office.AddActor(t.Context(), h.by(installation.FirstActor), id, []string{capacity}, h.Keep(id)))
		h.signIn(id)
	}
	book, ok := rulebooks.Find("demo")
	if !ok {
		t.Fatal("the demo's rulebook is gone")
	}
	_, err = h.Office.OpenProgramme(t.Context(), h.by("administrator"), "demo", []byte(strings.Replace(string(book.Source), "powers:\n", "powers:\n"+powers, 1)))
	must(t, err)
	for _, actor := range []string{"officer", "officer-2"} {
		h.tokens[actor], _ = h.token(actor, office.Scopes()...)
	}
	o := api.Options{
		Now: h.now, Log: slog.New(slog.NewTextHandler(&h.log, nil)), PerToken: 1 << 30, PerGuest: 1 << 30,
		Figures: h.Public().Figures,
	}
	if change != nil {
		change(&o)
	}
	h.server = httptest.NewServer(api.New(h.Office, o))
	t.Cleanup(h.server.Close)
	return h
}

func (h *house) signIn(id string) {
	h.Helper()
	secret, err := h.Credential(h.CredentialPath(id))
	must(h.TB, err)
	h.people[id], err = h.Office.Authenticate(h.Context(), secret)
	must(h.TB, err)
}

func (h *house) by(id string) office.By { return office.By{Actor: h.people[id]} }

// token gives an actor a token.
func (h *house) token(actor string, scopes ...string) (secret, id string) {
	h.Helper()
	made, err := h.Office.AddToken(h.Context(), h.by("administrator"), actor, scopes, docket.At(h.now().Add(24*time.Hour)), func(text string) error {
		secret = text
		return nil
	})
	must(h.TB, err)
	return secret, made.ID
}

// question is one request.
type question struct {
	method, path string
	token        string // "": none
	key          string // Idempotency-Key
	body         any    // a string as it is, anything else as JSON
	header       map[string]string
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	text   []byte
}

func (h *house) ask(q question) reply {
	h.Helper()
	r, err := http.NewRequestWithContext(h.Context(), q.method, h.server.URL+"/api"+q.path, bodyOf(h.TB, q.body))
	must(h.TB, err)
	if q.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if q.token != "" {
		r.Header.Set("Authorization", "Bearer "+q.token)
	}
	if q.key != "" {
		r.Header.Set("Idempotency-Key", q.key)
	}
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	answer, err := h.server.Client().Do(r)
	must(h.TB, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(h.TB, err)
	return reply{answer.StatusCode, answer.Header, text}
}

func bodyOf(t testing.TB, body any) io.Reader {
	switch b := body.(type) {
	case nil:
		return nil
	case string:
		return strings.NewReader(b)
	}
	text, err := json.Marshal(body)
	must(t, err)
	return bytes.NewReader(text)
}

// is reads the JSON of an answer that must have this status.
func (r reply) is(t testing.TB, status int, into any) reply {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, want %d: %s", r.status, status, r.text)
	}
	if into != nil {
		must(t, json.Unmarshal(r.text, into))
	}
	return r
}

// problem is what a refusal said.
type problem struct {
	Type, Title, Detail, Code, Trace string
	Status                           int
	Errors                           []struct{ Pointer, Parameter, Code, Detail string }
}

// refused holds that an answer is a problem of this status and code.
func (r reply) refused(t testing.TB, status int, code string) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal(r.text, &p); err != nil || r.status != status || p.Status != status || p.Code != code {
		t.Errorf("%d %s, want %d %s", r.status, r.text, status, code)
	}
	if kind := r.header.Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("%s is a problem of type %q", code, kind)
	}
	return p
}

// departure is a claim as the demo's form asks for it.
func departure(name string, nights string) map[string]any {
	return map[string]any{
		"category": "a-departure", "claimant": "individual", "received": "2020-05-01",
		"answers": map[string]string{
			"claimant_name": "Olena " + name, "birth_date": "1975-04-26", "contact": "3 Quay Lane", "signed": "true",
			"incident_date": "2019-11-04", "place": "quayside", "family": "false", "nights_away": nights,
		},
	}
}

// with is a body with another member.
func with(body map[string]any, name string, value any) map[string]any {
	more := map[string]any{name: value}
	for n, v := range body {
		if n != name {
			more[n] = v
		}
	}
	return more
}

const demoClaims = "/v1/programmes/demo/claims"

// file files one claim and answers its id.
func (h *house) file(actor, key string, body map[string]any) claim.ID {
	h.Helper()
	var filed struct{ ID claim.ID }
	h.ask(question{method: http.MethodPost, path: demoClaims, token: h.tokens[actor], key: key, body: body}).is(h.TB, http.StatusCreated, &filed)
	return filed.ID
}

func (h *house) claims() int {
	h.Helper()
	statistics, err := h.Office.Statistics(h.Context(), "demo")
	must(h.TB, err)
	return int(statistics.Claims)
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

// limited lets a token ask five times a minute, and others three times.
func limited(o *api.Options) {
	o.PerToken, o.PerGuest = 5, 3
	o.Remote = func(*http.Request) string { return "one address" }
}

// webhook is the id of a webhook of an actor's.
func (h *house) webhook(actor string) string {
	h.Helper()
	var made struct{ ID string }
	h.ask(question{
		method: http.MethodPost, path: "/v1/webhooks", token: h.tokens[actor], body: map[string]any{"url": "https://receiver.example/hook"},
	}).is(h.TB, http.StatusCreated, &made)
	return made.ID
}
