package main

import (
	"bytes"
	"encoding/base64"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/listen"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/signin"
)

// These tests go over every route that serve serves, as their tables have them.
// A route of a new page is tried by itself; one whose rule is none of those
// known here fails.

// withoutTable are the handlers whose addresses stand in no table, each with the
// reason.
var withoutTable = map[string]string{
	"/":            "the public record: it shows what is published, takes no form, and has tests of its own",
	"/api/":        "its operations stand in its own document, each with its rule; package api tests them all",
	"/log/":        "the published log's files",
	"GET /log/{$}": "leads to the log's checkpoint",
}

// canaries stand in the answers and names of one person: nothing of them may be
// seen by anybody else.
type canaries struct {
	name      string // of the person, for the tests' own words
	words     []string
	claim     claim.ID
	reference claim.Reference
	code      claim.Code
	draft     office.OwnKey
	passkey   office.Proof
	cookies   map[string]string // by which they are signed in: to their claim, and to their draft
}

// every is what would give this person away.
func (c canaries) every() []string {
	return append(slices.Clone(c.words), string(c.claim), string(c.reference), string(c.code), c.draft.ID)
}

// tour is an installation with everything served, and people who go about in it.
type tour struct {
	testing.TB
	*installation.Installation
	front *front
	by    office.By
	log   *strings.Builder
	a, b  canaries
	staff map[string]string // session token by capacity
}

func touring(t testing.TB, behind listen.Options) *tour {
	t.Helper()
	places := installation.Beside(filepath.Join(t.TempDir(), "register"))
	desk, err := installation.MakeDemoDesk(places.Data)
	ok(t, err)
	options := installation.Options{Desk: desk}
	ok(t, installation.Create(t.Context(), places, "register.example/log", options))
	i, err := installation.Open(t.Context(), places.Data, options)
	ok(t, err)
	t.Cleanup(func() { _ = i.Close() })
	x := &tour{TB: t, Installation: i, log: &strings.Builder{}, staff: map[string]string{}}
	secret, err := i.Credential("")
	ok(t, err)
	x.by.Actor, err = i.Office.Authenticate(t.Context(), secret)
	ok(t, err)
	book, _ := rulebooks.Find("demo")
	_, err = i.Office.OpenProgramme(t.Context(), x.by, "demo", book.Source)
	ok(t, err)
	for _, capacity := range office.Capacities() {
		ok(t, i.Office.AddActor(t.Context(), x.by, capacity+"-9", []string{capacity}, nil))
		x.staff[capacity] = x.session(office.SessionStaff, capacity+"-9", "passkey")
	}
	x.a, x.b = x.person("Alpha", "first"), x.person("Bravo", "second")
	how := serving{behind: behind, bodies: []string{"The Register of Damage", "uk=Реєстр збитків"}, log: slog.New(slog.NewTextHandler(x.log, nil))}
	ok(t, how.open(i))
	x.front, err = public(i, &how, "http://localhost")
	ok(t, err)
	return x
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (x *tour) session(kind office.SessionKind, subject, means string) string {
	x.Helper()
	token, err := x.Office.BeginSession(x.Context(), kind, subject, means, nil)
	ok(x.TB, err)
	return token
}

// person has a claim, a draft and a passkey for the claim.
func (x *tour) person(name, key string) canaries {
	x.Helper()
	word := func(what string) string { return "Kanarienvogel" + name + what }
	c := canaries{name: name, words: []string{word("Name"), word("Contact"), word("Called"), word("Safe")}}
	filed, err := x.Office.FileClaims(x.Context(), x.by, "demo", []office.Filing{{
		Key: key, Category: "a-departure", Claimant: "individual", Received: day.Must(2020, 1, 2), Code: true,
		Answers: map[string]string{
			"claimant_name": word("Name"), "contact": word("Contact"), "signed": "true", "incident_date": "2019-11-05",
			"place": "quayside", "family": "false", "nights_away": "12", "birth_date": "1975-04-26",
		},
	}})
	ok(x.TB, err)
	c.claim, c.reference, c.code = filed[0].ID, filed[0].Reference, filed[0].Code
	c.draft, _, err = x.Office.BeginOwn(x.Context(), "demo", office.OwnContent{
		People: []office.OwnPerson{{ID: "1", Relation: "self", Called: word("Called")}}, Contact: map[string]string{"safe": word("Safe")}, Last: "/apply/tasks",
	})
	ok(x.TB, err)
	token := x.session(office.SessionClaimant, string(c.claim), "code")
	c.passkey = office.Proof{Means: office.MeansPasskey, Name: "passkey of " + name, Key: []byte(`{"handle":"AAECAwQFBgcICQoLDA0ODw=="}`)}
	ok(x.TB, x.Office.Enrol(x.Context(), token, c.passkey))
	ok(x.TB, x.Office.EnrolOwn(x.Context(), c.draft, c.passkey, bytes.Repeat([]byte{7}, 32)))
	c.cookies = map[string]string{
		"chancery-claim": token,
		"chancery-draft": x.session(office.SessionDraft, c.draft.ID, "code") + "." + base64.RawURLEncoding.EncodeToString(c.draft.Key),
	}
	return c
}

// asks asks for a route, and answers what came.
func (x *tour) asks(method, path string, form url.Values, cookies map[string]string, from string) *http.Response {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", from)
	if from == "cross-site" {
		r.Header.Set("Origin", "https://elsewhere.example")
	}
	for name, value := range cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	x.front.ServeHTTP(w, r)
	return w.Result()
}

var parameter = regexp.MustCompile(`\{([a-z_]+)(\.\.\.)?\}`)

// paths are the addresses of a pattern with one of these in each place of it.
func paths(pattern string, values []string) (method string, list []string) {
	method, path, _ := strings.Cut(pattern, " ")
	path = strings.ReplaceAll(path, "{$}", "")
	if !parameter.MatchString(path) {
		return method, []string{path}
	}
	for _, v := range values {
		list = append(list, parameter.ReplaceAllLiteralString(path, url.PathEscape(v)))
	}
	return method, list
}

func text(t testing.TB, w *http.Response) string {
	t.Helper()
	var b strings.Builder
	buffer := make([]byte, 32<<10)
	for {
		n, err := w.Body.Read(buffer)
		b.Write(buffer[:n])
		if err != nil {
			return b.String()
		}
	}
}

// Each route says for whom it is, in words that stand here; and what has no
// table has a reason.
func TestEveryRouteHasARule(t *testing.T) {
	x := touring(t, listen.Options{})
	rules := []screen.Rule{screen.Public, screen.Draft, screen.Claimant, screen.Representative, screen.Staff}
	seen := map[screen.Rule]int{}
	for _, r := range x.front.routes {
		if !slices.Contains(rules, r.Rule) {
			t.Errorf("%s has the rule %q: say here what it means for who may ask", r.Pattern, r.Rule)
		}
		for _, c := range r.Capacities {
			if r.Rule != screen.Staff || !slices.Contains(office.Capacities(), c) {
				t.Errorf("%s names the capacity %q", r.Pattern, c)
			}
		}
		seen[r.Rule]++
	}
	if seen[screen.Claimant] < 4 || seen[screen.Draft] < 10 || seen[screen.Staff] < 2 {
		t.Errorf("the tables are short: %v", seen)
	}
	for _, root := range x.front.other {
		if withoutTable[root] == "" {
			t.Errorf("%s has no table of routes, and no reason here", root)
		}
	}
}

// Promise 27: whoever is signed in to one claim or draft comes to nothing of
// another's, on any route, by any id that there is of it, in address or form.
func TestNobodyComesToAnothersByAnyRoute(t *testing.T) {
	x := touring(t, listen.Options{})
	history, err := x.Office.History(t.Context(), x.b.claim.Stream())
	ok(t, err)
	ids := []string{string(x.b.claim), string(x.b.reference), x.b.draft.ID, strings.ToLower(string(x.b.reference)), string(x.b.claim[:16])}
	form := url.Values{}
	for _, name := range []string{"claim", "id", "draft", "reference", "way", "file", "person", "member", "thread", "letter"} {
		form[name] = ids
	}
	strangers := map[string]map[string]string{"nobody": nil, "another claimant": x.a.cookies}
	for capacity, token := range x.staff {
		strangers[capacity+", as a claimant"] = map[string]string{"chancery-claim": token, "chancery-draft": token + ".AAAA"}
	}
	// A claimant's token is no officer's, and one of a claim is none of a draft.
	strangers["another claimant, as staff"] = map[string]string{signin.StaffCookie: x.a.cookies["chancery-claim"]}
	strangers["another, the wrong way round"] = map[string]string{
		"chancery-claim": x.a.cookies["chancery-draft"], "chancery-draft": x.a.cookies["chancery-claim"] + ".AAAA",
	}
	asked := 0
	for _, who := range slices.Sorted(maps.Keys(strangers)) {
		for _, r := range x.front.routes {
			method, list := paths(r.Pattern, ids)
			if who == "another claimant" && (strings.HasSuffix(r.Pattern, "/leave") || strings.Contains(r.Pattern, "discard") || strings.Contains(r.Pattern, "/send")) {
				continue // it would end what the others are tried with
			}
			for _, path := range list {
				asked++
				w := x.asks(method, path+"?"+form.Encode(), form, strangers[who], "same-origin")
				page := text(t, w)
				for _, canary := range x.b.every() {
					// What was typed comes back to who typed it, and tells nothing.
					if strings.Contains(page, canary) && !slices.Contains(ids, canary) {
						t.Errorf("%s at %s sees %s", who, r.Pattern, canary)
					}
				}
				if w.StatusCode >= 500 {
					t.Errorf("%s at %s: %d %s", who, r.Pattern, w.StatusCode, x.log)
				}
				own := r.Rule == screen.Claimant || r.Rule == screen.Draft || r.Rule == screen.Representative || r.Rule == screen.Staff
				if own && who != "another claimant" && w.StatusCode == http.StatusOK && !strings.HasPrefix(r.Pattern, "GET /apply/") {
					t.Errorf("%s at %s: %d", who, r.Pattern, w.StatusCode)
				}
			}
		}
	}
	if asked < 200 {
		t.Errorf("only %d requests: nothing was tried", asked)
	}
	after, err := x.Office.History(t.Context(), x.b.claim.Stream())
	ok(t, err)
	if len(after) != len(history) {
		t.Errorf("%d steps of the other claim, %d before", len(after), len(history))
	}
	if _, err := x.Office.Own(t.Context(), x.b.draft); err != nil {
		t.Errorf("the other draft: %v", err)
	}
	ways, err := x.Office.WaysIn(t.Context(), x.b.cookies["chancery-claim"])
	ok(t, err)
	if len(ways) != 1 {
		t.Errorf("the other's ways in: %v", ways)
	}
	if ways, _, err = x.Office.OwnWaysIn(t.Context(), x.b.draft); err != nil || len(ways) != 1 {
		t.Errorf("the other's ways in to the draft: %v, %v", ways, err)
	}
	// The canaries are there to be seen: by the one whose they are.
	if page := text(t, x.asks(http.MethodGet, "/claim/mine", nil, x.b.cookies, "same-origin")); !strings.Contains(page, string(x.b.reference)) {
		t.Error("not even the claimant sees their claim: nothing was tested")
	}
	x.clean()
}

// clean looks for what nobody may write to a log: promise 30.
func (x *tour) clean() {
	x.Helper()
	said := x.log.String()
	for _, who := range []canaries{x.a, x.b} {
		for _, canary := range append(who.every(), who.cookies["chancery-claim"], who.cookies["chancery-draft"]) {
			if canary != "" && strings.Contains(said, canary) {
				x.Errorf("the log has %s", canary)
			}
		}
	}
}

// Promise 28, as far as pages go: a route for staff is no page for who has none
// of its capacities, and none at all for who was ended, from that moment on.
func TestARouteForStaffIsNoneForAnybodyElse(t *testing.T) {
	x := touring(t, listen.Options{})
	missing := func(w *http.Response) bool {
		return w.StatusCode == http.StatusNotFound || w.StatusCode == http.StatusSeeOther || w.StatusCode == http.StatusForbidden
	}
	for _, r := range x.front.routes {
		if r.Rule != screen.Staff {
			continue
		}
		method, list := paths(r.Pattern, []string{string(x.a.claim), "1"})
		for _, path := range list {
			for capacity, token := range x.staff {
				w := x.asks(method, path, url.Values{}, map[string]string{signin.StaffCookie: token}, "same-origin")
				if len(r.Capacities) > 0 && !slices.Contains(r.Capacities, capacity) && !missing(w) {
					t.Errorf("%s at %s: %d", capacity, r.Pattern, w.StatusCode)
				}
			}
		}
	}
	for capacity, token := range x.staff {
		ok(t, x.Office.EndActor(t.Context(), x.by, capacity+"-9"))
		for _, r := range x.front.routes {
			method, list := paths(r.Pattern, []string{string(x.a.claim), "1"})
			if r.Rule != screen.Staff {
				continue
			}
			for _, path := range list {
				if w := x.asks(method, path, url.Values{}, map[string]string{signin.StaffCookie: token}, "same-origin"); !missing(w) {
					t.Errorf("%s, who was ended, at %s: %d", capacity, r.Pattern, w.StatusCode)
				}
			}
		}
	}
}

// Every answer of every route has the headers that guard it, whoever asks; what
// another site sends does nothing and gives no cookie.
func TestEveryRouteIsGuarded(t *testing.T) {
	for _, behind := range []listen.Options{{}, {Behind: true}} {
		x := touring(t, behind)
		name := func(cookie string) string {
			if behind.Behind {
				return "__Host-" + cookie
			}
			return cookie
		}
		signedIn := map[string]string{name(signin.StaffCookie): x.staff[office.Officer]}
		for cookie, value := range x.a.cookies {
			signedIn[name(cookie)] = value
		}
		for _, r := range x.front.routes {
			method, list := paths(r.Pattern, []string{string(x.b.claim)})
			for who, cookies := range map[string]map[string]string{"nobody": nil, "a stranger": signedIn} {
				for _, from := range []string{"cross-site", "same-origin"} {
					w := x.asks(method, list[0], url.Values{}, cookies, from)
					if from == "cross-site" && method != http.MethodGet && (w.StatusCode != http.StatusForbidden || len(w.Cookies()) > 0) {
						t.Errorf("%s from another site: %d, %v", r.Pattern, w.StatusCode, w.Cookies())
					}
					h := w.Header
					csp := h.Get("Content-Security-Policy")
					if !strings.HasPrefix(csp, "default-src 'none'; ") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") ||
						h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-store" {
						t.Errorf("%s for %s: %v", r.Pattern, who, h)
					}
					if (h.Get("Strict-Transport-Security") != "") != behind.Behind {
						t.Errorf("%s: told to come by https: %q", r.Pattern, h.Get("Strict-Transport-Security"))
					}
					for _, c := range w.Cookies() {
						if !c.HttpOnly || c.SameSite == http.SameSiteNoneMode || c.SameSite == http.SameSiteDefaultMode || c.Secure != behind.Behind || strings.HasPrefix(c.Name, "__Host-") != behind.Behind || c.Domain != "" {
							t.Errorf("%s gives the cookie %v", r.Pattern, c)
						}
					}
					if page := text(t, w); !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") && (strings.Contains(page, "<script>") || strings.Contains(page, "onclick=") || strings.Contains(page, "style=\"")) {
						t.Errorf("%s has a script or a style within the page", r.Pattern)
					}
				}
			}
		}
	}
}

// Promise 29: whoever tries codes is stopped, by the same answer for a claim that
// is there and one that isn't; and stays so when the program starts again.
func TestWhoeverTriesCodesIsStopped(t *testing.T) {
	x := touring(t, listen.Options{})
	wrong := string(claim.NewReference([11]byte{7, 7, 7}))
	try := func(reference string) (int, string) {
		w := x.asks(http.MethodPost, "/claim/", url.Values{"reference": {reference}, "code": {wrong}}, nil, "same-origin")
		return w.StatusCode, strings.ReplaceAll(text(t, w), reference, "REFERENCE")
	}
	there, page := try(string(x.a.reference))
	none, same := try(wrong)
	if there != http.StatusForbidden || none != there || page != same {
		t.Errorf("a claim that is there: %d, one that isn't: %d; the pages are alike: %v", there, none, page == same)
	}
	stopped := 0
	for n := range 12 {
		if status, _ := try(string(x.a.reference)); status == http.StatusTooManyRequests {
			stopped++
		} else if n > 5 {
			t.Errorf("try %d: %d", n, status)
		}
	}
	if stopped == 0 {
		t.Error("nobody was stopped")
	}
	again := *x
	how := serving{log: slog.New(slog.DiscardHandler)}
	ok(t, how.open(x.Installation))
	var err error
	again.front, err = public(x.Installation, &how, "http://localhost") // as another process would
	ok(t, err)
	w := again.asks(http.MethodPost, "/claim/", url.Values{"reference": {string(x.a.reference)}, "code": {wrong}}, nil, "same-origin")
	if w.StatusCode != http.StatusTooManyRequests {
		t.Errorf("another process answers %d", w.StatusCode)
	}
	if w.Header.Get("Retry-After") == "" {
		t.Error("it isn't said how long to wait")
	}
	x.clean()
}

// A claimant has to see whose page it is: the body's, not the program's.
func TestEveryPageSaysWhoseItIs(t *testing.T) {
	x := touring(t, listen.Options{})
	for _, path := range []string{"/", "/apply/", "/claim/", "/verify", "/sign-in/", "/desk/", "/help", "/api/"} {
		for lang, name := range map[string]string{"fr": "The Register of Damage", "uk": "Реєстр збитків"} {
			w := x.asks(http.MethodGet, path, nil, map[string]string{"chancery-language": lang, signin.StaffCookie: x.staff[office.Administrator]}, "same-origin")
			page := text(t, w)
			if path == "/" {
				name = "The Register of Damage" // the public record is in one language
			}
			if !strings.Contains(page, "<b>"+name+"</b>") || !strings.Contains(page, " – "+name+"</title>") {
				t.Errorf("%s in %s doesn't say %q: %d %.600s", path, lang, name, w.StatusCode, page)
			}
		}
	}
}
