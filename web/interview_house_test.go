package web_test

import (
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
	"github.com/openchancery/chancery/web"
)

// interviewHouse is an installation in which rd4u is open, with the interview over it.
type interviewHouse struct {
	testing.TB
	*installation.Installation
	places installation.Places
	now    func() time.Time
	log    *written
	server *httptest.Server
}

// ticking is a clock that goes on by a second with each look, from a day on
// which most categories of rd4u are open.
func ticking() func() time.Time {
	var mu sync.Mutex
	now := time.Date(2026, time.November, 26, 12, 2, 0, 0, time.UTC)
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second)
		return now
	}
}

func interviewing(t testing.TB) *interviewHouse {
	t.Helper()
	h := &interviewHouse{TB: t, places: installation.Beside(filepath.Join(t.TempDir(), "register")), now: ticking(), log: new(written)}
	desk, err := installation.MakeDemoDesk(h.places.Data)
	must(t, err)
	must(t, installation.Create(t.Context(), h.places, "register.example/log", installation.Options{Now: h.now, Desk: desk}))
	h.reopen()
	secret, err := h.Credential("")
	must(t, err)
	by := office.By{}
	by.Actor, err = h.Office.Authenticate(t.Context(), secret)
	must(t, err)
	book, ok := rulebooks.Find("rd4u")
	if !ok {
		t.Fatal("no rulebook rd4u")
	}
	_, err = h.Office.OpenProgramme(t.Context(), by, "rd4u", book.Source)
	must(t, err)
	return h
}

// reopen opens the installation, again where it was open, and serves it.
func (h *interviewHouse) reopen() {
	h.Helper()
	if h.server != nil {
		h.server.Close()
		must(h.TB, h.Close())
	}
	var err error
	h.Installation, err = installation.Open(h.Context(), h.places.Data, installation.Options{Now: h.now})
	must(h.TB, err)
	i := h.Installation
	h.Cleanup(func() { _ = i.Close() })
	h.server = httptest.NewServer(claimants(i, h.now, slog.New(slog.NewTextHandler(h.log, nil))))
	h.Cleanup(h.server.Close)
}

// claimants are all pages for who claims: the interview, and those of claims that were
// sent.
func claimants(i *installation.Installation, now func() time.Time, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mine := web.New(i.Office, web.Options{Log: log, Files: i.Office})
	mux.Handle(web.InterviewRoot, web.NewInterview(i.Office, web.InterviewOptions{Now: now, Places: i.PlaceLists().Current, Log: log}).Handler())
	mux.Handle(web.Root, mine)
	mux.Handle(web.VerifyRoot, mine)
	return mux
}

// walker is somebody with a browser.
type walker struct {
	testing.TB
	h    *interviewHouse
	c    *http.Client
	lang string

	path, page string // where they are, and what it shows
	status     int
	visited    []string
}

func (h *interviewHouse) walker(lang string) *walker {
	jar, err := cookiejar.New(nil)
	must(h.TB, err)
	return &walker{TB: h.TB, h: h, c: &http.Client{Jar: jar}, lang: lang}
}

// also is a second window of the same browser.
func (w *walker) also() *walker {
	second := *w
	return &second
}

func (w *walker) do(req *http.Request, err error) *walker {
	w.Helper()
	must(w.TB, err)
	req.Header.Set("Accept-Language", w.lang)
	answer, err := w.c.Do(req)
	must(w.TB, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(w.TB, err)
	w.status, w.page, w.path = answer.StatusCode, string(body), answer.Request.URL.RequestURI()
	w.visited = append(w.visited, w.path)
	if w.status >= 500 {
		w.Fatalf("%s: %d\n%s", w.path, w.status, w.h.log)
	}
	return w
}

func (w *walker) get(path string) *walker {
	w.Helper()
	return w.do(http.NewRequest(http.MethodGet, w.h.server.URL+path, nil))
}

func (w *walker) post(path string, form url.Values) *walker {
	w.Helper()
	req, err := http.NewRequest(http.MethodPost, w.h.server.URL+path, strings.NewReader(form.Encode()))
	must(w.TB, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.do(req, nil)
}

// says fails unless the page says each of these.
func (w *walker) says(texts ...string) *walker {
	w.Helper()
	page := html.UnescapeString(w.page)
	for _, text := range texts {
		if !strings.Contains(page, text) {
			w.Fatalf("%s (%d) doesn't say %q:\n%s", w.path, w.status, text, page)
		}
	}
	return w
}

func (w *walker) says0(text string) *walker {
	w.Helper()
	if strings.Contains(html.UnescapeString(w.page), text) {
		w.Fatalf("%s says %q", w.path, text)
	}
	return w
}

// at fails unless they are on that page.
func (w *walker) at(path string) *walker {
	w.Helper()
	if w.path != path {
		w.Fatalf("at %s (%d), want %s\n%s", w.path, w.status, path, w.page)
	}
	return w
}

var (
	forms   = regexp.MustCompile(`(?s)<form[^>]* action="([^"]*)"[^>]*>(.*?)</form>`)
	inputs  = regexp.MustCompile(`<input [^>]*>`)
	areas   = regexp.MustCompile(`(?s)<textarea [^>]*name="([^"]*)"[^>]*>(.*?)</textarea>`)
	attr    = func(name string) *regexp.Regexp { return regexp.MustCompile(` ` + name + `="([^"]*)"`) }
	ofName  = attr("name")
	ofValue = attr("value")
	ofType  = attr("type")
	links   = regexp.MustCompile(`<a [^>]*href="(/apply/q/[^"]*)"`)
)

func first(r *regexp.Regexp, in string) string {
	if m := r.FindStringSubmatch(in); m != nil {
		return html.UnescapeString(m[1])
	}
	return ""
}

// form is the form on the page that goes to an address, as it is filled in, and
// the choices that each name has.
func (w *walker) form(action string) (filled url.Values, choices map[string][]string) {
	w.Helper()
	for _, m := range forms.FindAllStringSubmatch(w.page, -1) {
		if html.UnescapeString(m[1]) != action || strings.Contains(m[2], `name="use"`) {
			continue
		}
		filled, choices = url.Values{}, map[string][]string{}
		for _, input := range inputs.FindAllString(m[2], -1) {
			name, value := first(ofName, input), first(ofValue, input)
			switch first(ofType, input) {
			case "radio", "checkbox":
				choices[name] = append(choices[name], value)
				if strings.Contains(input, " checked") {
					filled.Add(name, value)
				}
			default:
				filled.Set(name, value)
			}
		}
		for _, area := range areas.FindAllStringSubmatch(m[2], -1) {
			filled.Set(area[1], html.UnescapeString(area[2]))
		}
		return filled, choices
	}
	w.Fatalf("%s has no form to %s:\n%s", w.path, action, w.page)
	return nil, nil
}

// answer sends the page's own form with these answers.
func (w *walker) answer(pairs ...string) *walker {
	w.Helper()
	action, _, _ := strings.Cut(w.path, "?")
	filled, _ := w.form(action)
	set := map[string]bool{}
	for n := 0; n+1 < len(pairs); n += 2 {
		if !set[pairs[n]] {
			filled.Del(pairs[n])
		}
		set[pairs[n]] = true
		filled.Add(pairs[n], pairs[n+1])
	}
	return w.post(action, filled)
}

// olenas are answers to questions of rd4u, by field; other questions are answered
// by the first choice, or left out.
var olenas = map[string][]string{
	"filed_by":      {"filed_by", "self"},
	"claimant_name": {"claimant_name", "Шевченко Олена Іванівна", "claimant_name-latin", "Olena Shevchenko"},
	"birth_date":    {"birth_date-day", "26", "birth_date-month", "4", "birth_date-year", "1985"},
	"tax_number":    {"tax_number", "3119900000"},
	"contact":       {"contact", "+380 50 123 45 67"},
	"nationality":   {"nationality", "ua"},
	"data_origin":   {"data_origin", "by-hand"},
	"event_date":    {"event_date-day", "14", "event_date-month", "3", "event_date-year", "2022"},
	"place":         {"place", "UA-63"},
	"settlement":    {"settlement", "Харків"},
	"cause":         {"cause", "unknown"},
	"account":       {"account", "Канарка: вночі прилетіло, ми були в коридорі."},
}

// walk answers page after page until the list, and answers how many were asked.
func (w *walker) walk(answers map[string][]string) (asked []string) {
	w.Helper()
	for strings.HasPrefix(w.path, "/apply/q/") {
		if len(asked) > 200 {
			w.Fatalf("there is no end to it: %v", asked)
		}
		path, _, _ := strings.Cut(w.path, "?")
		filled, choices := w.form(path)
		field := path[strings.LastIndexByte(path, '/')+1:]
		asked = append(asked, field)
		for name, list := range choices {
			if filled.Get(name) == "" && !strings.Contains(name, "-") && name != "apart" {
				filled.Set(name, list[0])
			}
		}
		for key, pairs := range answers {
			if _, there := filled[pairs[0]]; !there && choices[pairs[0]] == nil || key == "" {
				continue
			}
			for n := 0; n+1 < len(pairs); n += 2 {
				filled.Set(pairs[n], pairs[n+1])
			}
		}
		w.post(path, filled)
		if w.status == http.StatusUnprocessableEntity {
			for name, values := range filled {
				if values[0] == "" && !strings.Contains(name, "-") {
					filled.Set(name, "12")
				}
			}
			w.post(path, filled)
		}
		if w.status == http.StatusUnprocessableEntity {
			w.Fatalf("%s refuses %v:\n%s", path, filled, w.page)
		}
	}
	return asked
}

// begun is somebody who told that their home was hit, and is at the list.
func (h *interviewHouse) begun(lang string, people ...string) *walker {
	h.Helper()
	w := h.walker(lang)
	w.get("/apply/start/rd4u").answer("story", "home-hit", "story", "had-to-leave").at("/apply/people")
	w.answer(append([]string{"who", "me"}, people...)...)
	if w.path == "/apply/names" {
		w.answer()
	}
	for strings.HasPrefix(w.path, "/apply/ask/") {
		reply := "yes"
		if strings.Contains(w.path, "abroad") {
			reply = "no"
		}
		w.answer("reply", reply)
	}
	w.at("/apply/claims").answer().at("/apply/who").answer("help", "myself").at("/apply/code")
	w.get("/apply/contact").answer("reach", "+380 50 123 45 67", "safe", "careful", "when", "вранці").at("/apply/tasks")
	return w
}

// shownCode is the code that the page shows.
func (w *walker) shownCode() string {
	w.Helper()
	m := regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`).FindString(w.page)
	if m == "" {
		w.Fatalf("no code on %s", w.path)
	}
	return m
}

// sections are the paths of the list's tasks, in order.
func (w *walker) sections() (list []string) {
	for _, m := range links.FindAllStringSubmatch(w.page, -1) {
		if !slices.Contains(list, m[1]) {
			list = append(list, m[1])
		}
	}
	return list
}
