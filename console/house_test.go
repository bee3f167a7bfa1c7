package console_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/console"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
	"github.com/openchancery/chancery/signin"
)

// house is an installation with its people, and the desk served over it.
type house struct {
	testing.TB
	*installation.Installation
	server *httptest.Server
	people map[string]office.Known
	keys   int
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// book is the demo's rulebook with rules of identity, a time in which the
// register answers, and letters.
func book(t testing.TB) string {
	t.Helper()
	b, ok := rulebooks.Find("demo")
	if !ok {
		t.Fatal("the demo's rulebook is gone")
	}
	return string(b.Source) + `
identity:
  - {id: same-person, fields: [claimant_name, birth_date], means: likely}
deadlines:
  - {id: register, for: register, from: filed, within: P30D, text: {en: The register answers.}}
letters:
  - {id: lacking, on: found-deficient, subject: {en: "Your claim {reference}"}, text: {en: "We still need: {missing}"}}
`
}

func opened(t testing.TB) *house {
	t.Helper()
	var seconds atomic.Int64
	begin := time.Date(2020, time.June, 1, 9, 0, 0, 0, time.UTC)
	now := func() time.Time { return begin.Add(time.Duration(seconds.Add(1)) * time.Millisecond) }
	places := installation.Beside(filepath.Join(t.TempDir(), "register"))
	public, err := installation.MakeDemoDesk(places.Data)
	must(t, err)
	o := installation.Options{Now: now, Desk: public}
	must(t, installation.Create(context.Background(), places, "register.example/log", o))
	i, err := installation.Open(context.Background(), places.Data, o)
	must(t, err)
	t.Cleanup(func() { _ = i.Close() })
	h := &house{TB: t, Installation: i, people: map[string]office.Known{}}
	h.signIn(installation.FirstActor)
	for _, id := range []string{"administrator", "officer", "officer-2", "commissioner", "treasurer", "executive-director", "board", "board-2"} {
		capacity := strings.TrimSuffix(id, "-2")
		must(t, i.Office.AddActor(context.Background(), h.by(installation.FirstActor), id, []string{capacity}, i.Keep(id)))
		h.signIn(id)
	}
	_, err = i.Office.OpenProgramme(context.Background(), h.by(installation.FirstActor), "demo", []byte(book(t)))
	must(t, err)
	h.server = httptest.NewServer(console.New(i.Office, console.Options{
		Interview: "/apply/",
		Now:       now, Deliver: i.Keep,
		Health: func(context.Context) ([]console.HealthLine, error) {
			return []console.HealthLine{{Name: "silent failures", Text: "0"}}, nil
		},
	}))
	t.Cleanup(h.server.Close)
	return h
}

func (h *house) signIn(id string) {
	h.Helper()
	secret, err := h.Credential(h.CredentialPath(id))
	must(h.TB, err)
	known, err := h.Office.Authenticate(context.Background(), secret)
	must(h.TB, err)
	h.people[id] = known
}

func (h *house) by(id string) office.By { return office.By{Actor: h.people[id]} }

// departure is a claim: recorded where it is signed and from the quayside,
// deficient unsigned, refused from elsewhere.
func departure(name, place string, signed bool) office.Filing {
	answers := map[string]string{
		"claimant_name": name, "birth_date": "1975-04-26", "contact": "3 Quay Lane",
		"incident_date": "2019-11-04", "place": place, "family": "false", "nights_away": "3",
	}
	if signed {
		answers["signed"] = "true"
	}
	return office.Filing{Category: "a-departure", Claimant: "individual", Received: day.Must(2020, 5, 1), Answers: answers}
}

func (h *house) file(filings ...office.Filing) []claim.ID {
	h.Helper()
	var ids []claim.ID
	for _, f := range filings {
		h.keys++
		f.Key = fmt.Sprint("key ", h.keys)
		answers, err := h.Office.FileClaims(context.Background(), h.by("officer"), "demo", []office.Filing{f})
		must(h.TB, err)
		ids = append(ids, answers[0].ID)
	}
	return ids
}

func (h *house) standing(id claim.ID) claim.Standing {
	h.Helper()
	c, _, err := h.Office.ClaimOf(context.Background(), id)
	must(h.TB, err)
	return c.Standing
}

// visitor is somebody at their own screen.
type visitor struct {
	*house
	client *http.Client
	page   string // the last one
	status int
	at     string // its path with its query
}

// at is somebody who has signed in, in a language.
func (h *house) at(id string) *visitor {
	h.Helper()
	token, err := h.Office.BeginSession(context.Background(), office.SessionStaff, id, "passkey", nil)
	must(h.TB, err)
	return h.with(token)
}

func (h *house) with(token string) *visitor {
	h.Helper()
	jar, err := cookiejar.New(nil)
	must(h.TB, err)
	at, err := url.Parse(h.server.URL)
	must(h.TB, err)
	jar.SetCookies(at, []*http.Cookie{{Name: signin.StaffCookie, Value: token, Path: "/"}})
	return &visitor{house: h, client: &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.Path, signin.StaffRoot) {
			return http.ErrUseLastResponse // those pages aren't served here
		}
		return nil
	}}}
}

func (v *visitor) get(path string) *visitor {
	v.Helper()
	answer, err := v.client.Get(v.server.URL + path)
	must(v.TB, err)
	return v.took(answer)
}

func (v *visitor) post(path string, form url.Values) *visitor {
	v.Helper()
	answer, err := v.client.PostForm(v.server.URL+path, form)
	must(v.TB, err)
	return v.took(answer)
}

func (v *visitor) took(answer *http.Response) *visitor {
	v.Helper()
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(v.TB, err)
	v.page, v.status, v.at = string(body), answer.StatusCode, answer.Request.URL.RequestURI()
	return v
}

func (v *visitor) sees(status int, texts ...string) {
	v.Helper()
	if v.status != status {
		v.Fatalf("%s answers %d, want %d:\n%s", v.at, v.status, status, v.page)
	}
	for _, text := range texts {
		if !strings.Contains(v.page, text) {
			v.Fatalf("%s doesn't say %q:\n%s", v.at, text, v.page)
		}
	}
}

func (v *visitor) seesNot(texts ...string) {
	v.Helper()
	for _, text := range texts {
		if strings.Contains(v.page, text) {
			v.Errorf("%s says %q:\n%s", v.at, text, v.page)
		}
	}
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)">`)

// form is the form of the page that posts to a path, with what it holds.
func (v *visitor) form(path string) url.Values {
	v.Helper()
	at := strings.Index(v.page, `action="`+path+`"`)
	if at < 0 {
		v.Fatalf("%s has no form for %s:\n%s", v.at, path, v.page)
	}
	rest, _, _ := strings.Cut(v.page[at:], "</form>")
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(rest, -1) {
		form.Set(m[1], strings.NewReplacer("&amp;", "&", "&#43;", "+").Replace(m[2]))
	}
	return form
}

// press presses a button of the form for a path.
func (v *visitor) press(path string, values ...string) *visitor {
	v.Helper()
	form := v.form(path)
	for i := 0; i+1 < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	return v.post(path, form)
}

// openRD4U opens the Register of Damage's programme, which records claims and
// awards nothing.
func (h *house) openRD4U() {
	h.Helper()
	b, ok := rulebooks.Find("rd4u")
	if !ok {
		h.Fatal("the rulebook rd4u is gone")
	}
	_, err := h.Office.OpenProgramme(context.Background(), h.by(installation.FirstActor), "rd4u", b.Source)
	must(h.TB, err)
}
