package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/internal/browsertest"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/signin"
	"github.com/openchancery/chancery/web"
)

// withWays serves the interview with the pages by which one comes back to it, under
// the name that passkeys hang on.
func (h *interviewHouse) withWays() {
	h.Helper()
	mux := http.NewServeMux()
	h.server.Close()
	h.server = httptest.NewServer(mux)
	h.Cleanup(h.server.Close)
	h.server.URL = strings.Replace(h.server.URL, "127.0.0.1", "localhost", 1)
	log := slog.New(slog.NewTextHandler(h.log, nil))
	mux.Handle("/apply/", web.NewInterview(h.Office, web.InterviewOptions{Now: h.now, Log: log}).Handler())
	ways, err := signin.NewDrafts(h.Office, signin.Options{
		URL: h.server.URL, Body: screen.Names{"": "The register"}, Log: log, Landings: map[office.SessionKind]signin.Landing{
			office.SessionClaimant: {Cookie: "chancery-claim", Path: "/claim/mine"},
			office.SessionDraft:    {Cookie: signin.DraftCookie, Path: "/apply/resume", Code: "/apply/back"},
		},
	})
	must(h.TB, err)
	mux.Handle(signin.DraftRoot, ways)
	mux.HandleFunc("/favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
}

// section is the path of a section's pages.
func (w *walker) section(name string) string {
	w.Helper()
	for _, s := range w.get("/apply/tasks").sections() {
		if strings.HasSuffix(s, "/"+name) {
			return s + "/"
		}
	}
	w.Fatalf("no section %s", name)
	return ""
}

// device is a telephone that keeps passkeys, with a secret of each or without.
func device(t *testing.T, ctx context.Context, secrets bool) webauthn.AuthenticatorID {
	t.Helper()
	_, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{})
	must(t, err)
	made, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Ctap2version: webauthn.Ctap2versionCtap21, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true, HasPrf: secrets,
	}})
	must(t, err)
	return made.AuthenticatorID
}

// takes gives the browser a walker's cookies; forgets takes all away, so that it is
// as one that was never here.
func (o *olena) takes(w *walker) {
	o.Helper()
	for _, c := range w.c.Jar.Cookies(must1(o.T)(url.Parse(w.h.server.URL))) {
		_, err := chromedp.Call(o.ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: w.h.server.URL})
		must(o.T, err)
	}
}

func (o *olena) forgets() {
	o.Helper()
	_, err := chromedp.Call(o.ctx, network.ClearBrowserCookies, cdp.Empty{})
	must(o.T, err)
}

func (o *olena) reads(texts ...string) {
	o.Helper()
	said, err := chromedp.Run(o.ctx, chromedp.Evaluate[string]("document.querySelector('main').innerText"))
	must(o.T, err)
	for _, text := range texts {
		if !strings.Contains(said, text) {
			o.Fatalf("%s doesn't say %q:\n%s", o.path(), text, said)
		}
	}
}

const (
	makeIt, useIt = `button[data-begin="/apply/sign-in/enrol"]`, `button[data-begin="/apply/sign-in/passkey"]`
	otherWay      = `form[action="/apply/back/other"] button`
)

// What was told in confidence comes back whole by a passkey, on a browser that knows
// nothing else; by one that gives no secret the code is asked, and what was being
// typed when a session ended is there on each way.
func TestADraftComesBackByAPasskeyInABrowser(t *testing.T) {
	ctx, heard := browsertest.Start(t)
	h := interviewing(t)
	h.withWays()
	w := h.begun("en")
	code := w.get("/apply/code").shownCode()
	w.get(w.section("about-you") + "claimant_name").answer(olenas["claimant_name"]...)
	account := w.section("what-happened") + "account"
	w.get(account).answer(olenas["account"]...)
	w.get("/apply/code").says("Only this code, a passkey that you added")

	o := &olena{T: t, ctx: ctx, name: "come-back", width: 320, seen: map[string]bool{}, scripts: true}
	o.do(chromedp.EmulateViewport(320, 800))
	phone := device(t, ctx, true)
	o.takes(w)
	o.goesBack(h, w.section("about-you"))
	o.do(chromedp.Navigate(h.server.URL + "/apply/code"))
	o.press(`a[href="/apply/sign-in/account"]`)
	o.look("none-yet")
	o.do(chromedp.Click(makeIt), browsertest.Seen("dl.rows"))
	o.reads("Passkey 1", "Opens everything that you typed")
	o.look("one-passkey")

	o.forgets()
	o.do(chromedp.Navigate(h.server.URL + "/apply/"))
	o.press(`a[href="/apply/sign-in/"]`)
	o.look("sign-in")
	o.press(useIt)
	o.do(chromedp.Navigate(h.server.URL + "/apply/check"))
	o.reads("Шевченко Олена Іванівна", "Olena Shevchenko", "Канарка")

	// The session ends while something is typed: it comes along by the passkey.
	id := w.draft().ID
	o.typedAway(h, id, account, "Канарка друга")
	o.look("signed-out")
	o.press(otherWay)
	o.press(useIt)
	o.do(chromedp.Navigate(h.server.URL + account))
	o.shows("Канарка друга")

	// The same passkey where it gives no secret finds the draft, and opens it no more.
	o.moved(phone, false)
	o.typedAway(h, id, account, "Канарка третя")
	o.press(otherWay)
	o.press(useIt)
	if o.path() != "/apply/back" {
		t.Fatalf("at %s", o.path())
	}
	o.reads("Your passkey found what you typed", "Your code can")
	o.look("code-too")
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(document.querySelector('#code').value = '`+code+`') !== ''`))
	must(t, err)
	o.press(`form[action="/apply/back"] button`)
	o.do(chromedp.Navigate(h.server.URL + account))
	o.shows("Канарка третя")

	o.takesAway(h)
	asked, _ := heard()
	for _, at := range asked {
		if strings.Contains(at, "secret") || strings.Contains(at, code) || strings.Contains(at, "?") && !strings.HasSuffix(at, "/apply/back?by=passkey") {
			t.Errorf("asks for %s", at)
		}
	}
	for _, secret := range []string{"secret", code, "Канарка", id} {
		if strings.Contains(h.log.String(), secret) {
			t.Errorf("the log says %q", secret)
		}
	}
}

// draft is the one that a walker is signed in to.
func (w *walker) draft() office.OwnKey {
	w.Helper()
	for _, c := range w.c.Jar.Cookies(must1(w.TB)(url.Parse(w.h.server.URL))) {
		if token, key, ok := signin.ReadDraft(c.Value); ok && c.Name == signin.DraftCookie {
			s, err := w.h.Office.Session(w.Context(), token)
			must(w.TB, err)
			return office.OwnKey{ID: s.Subject, Key: key}
		}
	}
	w.Fatal("signed in to no draft")
	return office.OwnKey{}
}

// takesAway takes the passkey away: it leads nowhere then.
func (o *olena) takesAway(h *interviewHouse) {
	o.Helper()
	o.do(chromedp.Navigate(h.server.URL + "/apply/sign-in/account"))
	o.press(`form[action="/apply/sign-in/account/remove"] button`)
	o.reads("You have none yet")
	o.forgets()
	o.do(chromedp.Navigate(h.server.URL+"/apply/sign-in/"), browsertest.Seen(useIt), chromedp.Click(useIt), browsertest.Seen("#passkey-problem"))
	o.reads("We could not sign you in")
}

// typedAway types an answer while the session ends, and sends it.
func (o *olena) typedAway(h *interviewHouse, draft, page, text string) {
	o.Helper()
	o.do(chromedp.Navigate(h.server.URL + page))
	_, err := chromedp.Run(o.ctx, chromedp.Evaluate[string](`document.querySelector('main textarea').value = '`+text+`'`))
	must(o.T, err)
	must(o.T, h.Office.EndSessionsOf(o.Context(), office.SessionDraft, draft))
	o.submit()
	o.reads("Nothing is lost")
}

// goesBack goes back by the browser's own button to a page that was answered: what
// was typed is there, and what is typed instead stands, with no word of another
// window.
func (o *olena) goesBack(h *interviewHouse, section string) {
	o.Helper()
	const name = "document.querySelector('#claimant_name').value"
	o.do(chromedp.Navigate(h.server.URL + section + "claimant_name"))
	o.submit()
	next := o.path()
	o.back(section + "claimant_name")
	got, err := chromedp.Run(o.ctx, chromedp.Evaluate[string](name))
	must(o.T, err)
	if got != "Шевченко Олена Іванівна" || next == o.path() {
		o.Errorf("after going back from %s: %q at %s", next, got, o.path())
	}
	for _, text := range []string{"Шевченко Інша", "Шевченко Олена Іванівна"} {
		_, err = chromedp.Run(o.ctx, chromedp.Evaluate[string](name+" = '"+text+"'"))
		must(o.T, err)
		o.sends()
		o.back(section + "claimant_name")
		if got, err = chromedp.Run(o.ctx, chromedp.Evaluate[string](name)); err != nil || got != text {
			o.Errorf("typed after going back: %q, %v", got, err)
		}
		said, err := chromedp.Run(o.ctx, chromedp.Evaluate[string]("document.querySelector('main').innerText"))
		if err != nil || strings.Contains(said, "in another window") {
			o.Errorf("going back is taken for another window: %s, %v", said, err)
		}
	}
}

// sends sends the page's form, also on a page out of the browser's memory, of which
// chromedp knows no more elements.
func (o *olena) sends() {
	o.Helper()
	before := o.path()
	_, err := chromedp.Run(o.ctx, chromedp.Evaluate[bool]("setTimeout(() => document.querySelector('main form:last-of-type button:not(.second)').click(), 0) > 0"))
	must(o.T, err)
	for range 200 {
		at, err := chromedp.Run(o.ctx, chromedp.Evaluate[string]("document.readyState === 'complete' ? location.pathname : ''"))
		if err == nil && at != "" && at != before {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	said, _ := chromedp.Run(o.ctx, chromedp.Evaluate[string]("document.querySelector('main').innerText"))
	o.Fatalf("sending leads nowhere from %s:\n%s", before, said)
}

// back presses the browser's own button, which leads to a page. It may come out of the
// browser's memory, and is never loaded then.
func (o *olena) back(to string) {
	o.Helper()
	_, err := chromedp.Run(o.ctx, chromedp.Evaluate[bool]("setTimeout(() => history.back(), 0) > 0"))
	must(o.T, err)
	for range 200 {
		at, err := chromedp.Run(o.ctx, chromedp.Evaluate[string]("document.readyState === 'complete' ? location.pathname : ''"))
		if err == nil && at == to {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	o.Fatalf("going back doesn't lead to %s but %s", to, o.path())
}

func (o *olena) shows(text string) {
	o.Helper()
	got, err := chromedp.Run(o.ctx, chromedp.Evaluate[string]("document.querySelector('main textarea').value"))
	must(o.T, err)
	if got != text {
		o.Errorf("%s shows %q, want %q", o.path(), got, text)
	}
}

// moved brings a telephone's passkeys over to another one.
func (o *olena) moved(from webauthn.AuthenticatorID, secrets bool) {
	o.Helper()
	held, err := chromedp.Call(o.ctx, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: from})
	must(o.T, err)
	_, err = chromedp.Call(o.ctx, webauthn.RemoveVirtualAuthenticator, webauthn.RemoveVirtualAuthenticatorParams{AuthenticatorID: from})
	must(o.T, err)
	to := device(o.T, o.ctx, secrets)
	if len(held.Credentials) != 1 {
		o.Fatalf("the telephone holds %d passkeys", len(held.Credentials))
	}
	_, err = chromedp.Call(o.ctx, webauthn.AddCredential, webauthn.AddCredentialParams{AuthenticatorID: to, Credential: held.Credentials[0]})
	must(o.T, err)
}
