package signin_test

import (
	"bytes"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/internal/browsertest"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
	"github.com/openchancery/chancery/signin"
)

// open opens the demo's programme, so that something can be begun.
func (h *house) open() {
	h.Helper()
	book, ok := rulebooks.Find("demo")
	if !ok {
		h.Fatal("no rulebook demo")
	}
	_, err := h.Office.OpenProgramme(h.Context(), h.admin, "demo", book.Source)
	must(h.TB, err)
}

// begun is a draft with a claim for an injury.
func (h *house) begun() office.OwnKey {
	h.Helper()
	d := office.OwnDraft{OwnContent: office.OwnContent{People: []office.OwnPerson{{ID: "p1", Relation: "self"}}, Serial: 1, Last: "/apply/tasks"}}
	h.Office.AddClaim(&d, "p1", "b-injury", "")
	k, _, err := h.Office.BeginOwn(h.Context(), "demo", d.OwnContent)
	must(h.TB, err)
	return k
}

// tells tells something in confidence in a draft.
func (h *house) tells(k office.OwnKey, text string) office.OwnKey {
	h.Helper()
	k, d, err := h.Office.SaveOwn(h.Context(), k, func(d *office.OwnDraft) error {
		d.Claims[0].Answers = map[string]string{"statement": text}
		return nil
	})
	must(h.TB, err)
	if !d.Closed {
		h.Fatal("it isn't closed")
	}
	return k
}

func (p *accounts) proof(subject string) office.Proof {
	return office.Proof{Means: office.MeansProvider, Name: p.URL + "\x00" + subject}
}

// comes comes back by the account that the provider signs in, as far as it leads.
func (b *browser) comes() (int, string) {
	b.h.Helper()
	b.visits(signin.DraftRoot, nil)
	return b.posts(signin.DraftRoot+"provider/done", nil)
}

// draft is the one that a browser is signed in to; "" for none.
func (b *browser) draft() string {
	at, err := url.Parse(b.h.url)
	must(b.h.TB, err)
	for _, c := range b.Jar.Cookies(at) {
		if token, _, ok := signin.ReadDraft(c.Value); ok && c.Name == signin.DraftCookie {
			if s, err := b.h.Office.Session(b.h.Context(), token); err == nil {
				return s.Subject
			}
		}
	}
	return ""
}

// A draft that is begun by who came by an account is bound to it from the start, and
// that account, no other one, brings it back; of which account it was nothing is
// kept but a keyed hash.
func TestADraftBegunByAnAccountIsBoundToIt(t *testing.T) {
	p := provider(t)
	h := opened(t, p.asOurs())
	h.open()
	p.signsIn("olena-at-the-ministry", nil)
	b := h.browser()
	if status, page := b.comes(); status != http.StatusOK || !strings.Contains(page, "There is nothing of yours here yet") {
		t.Fatalf("an account that is bound to nothing: %d %s", status, page)
	}
	if b.draft() != "" {
		t.Error("signed in to something")
	}
	if status, page := b.posts("/apply/start/demo", url.Values{"story": {"b-injury"}}); status != http.StatusOK {
		t.Fatalf("begun: %d %s", status, page)
	}
	id := b.draft()
	again := h.browser()
	if status, _ := again.comes(); status != http.StatusOK || again.draft() != id || id == "" {
		t.Errorf("back: %d, at %q", status, again.draft())
	}
	p.signsIn("another", nil)
	other := h.browser()
	if other.comes(); other.draft() != "" {
		t.Error("another account opens it")
	}
	h.holdsNot("olena-at-the-ministry")
	if strings.Contains(h.log.String(), "olena") || strings.Contains(h.log.String(), id) {
		t.Error("the log names the account, or the draft")
	}
}

// holdsNot looks for a text in all that rests.
func (h *house) holdsNot(text string) {
	h.Helper()
	looked := 0
	for _, folder := range []string{h.Places.Data, h.Places.Keys} {
		must(h.TB, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			looked += len(content)
			if bytes.Contains(content, []byte(text)) {
				h.Errorf("%s holds %q", path, text)
			}
			return err
		}))
	}
	if looked == 0 {
		h.Error("nothing was looked at")
	}
}

// An account finds a draft in which something was told in confidence, and asks for
// the code, which opens it.
func TestAnAccountAsksForTheCodeOfWhatWasToldInConfidence(t *testing.T) {
	p := provider(t)
	h := opened(t, p.asOurs())
	h.open()
	k := h.begun()
	_, code, err := h.Office.GiveOwnCode(t.Context(), k, false)
	must(t, err)
	must(t, h.Office.EnrolOwn(t.Context(), k, p.proof("olena"), nil))
	h.tells(k, "told in confidence")
	p.signsIn("olena", nil)
	b := h.browser()
	if status, page := b.comes(); status != http.StatusOK || !strings.Contains(page, "Your account found what you typed") || b.draft() != "" {
		t.Fatalf("%d %s", status, page)
	}
	if status, _ := b.posts("/apply/back", url.Values{"code": {string(code)}}); status != http.StatusOK || b.draft() != k.ID {
		t.Errorf("with the code: %d, at %q", status, b.draft())
	}
}

var rows = regexp.MustCompile(`name="n" value="([^"]+)"`)

// Who has begun more than one thing chooses; what was sent is there too. A choice is
// good once, and of what was proved alone.
func TestWhoHasSeveralDraftsChooses(t *testing.T) {
	p := provider(t)
	h := opened(t, p.asOurs())
	h.open()
	first, second, others := h.begun(), h.begun(), h.begun()
	for _, k := range []office.OwnKey{first, second} {
		must(t, h.Office.EnrolOwn(t.Context(), k, p.proof("olena"), nil))
		time.Sleep(2 * time.Millisecond) // they are offered by the millisecond in which they were added
	}
	must(t, h.Office.EnrolOwn(t.Context(), others, p.proof("petro"), nil))
	session, err := h.Office.BeginSession(t.Context(), office.SessionClaimant, "5f", "code", nil)
	must(t, err)
	must(t, h.Office.Enrol(t.Context(), session, p.proof("olena")))
	p.signsIn("olena", nil)
	for n, want := range map[string]string{"0": second.ID, "1": first.ID, "2": "", "-1": "", "claims": "", others.ID: ""} {
		b := h.browser()
		status, page := b.comes()
		if status != http.StatusOK || len(rows.FindAllString(page, -1)) != 3 || b.draft() != "" {
			t.Fatalf("%d %s", status, page)
		}
		_, page = b.posts(signin.DraftRoot+"choose", url.Values{"n": {n}})
		if b.draft() != want {
			t.Errorf("chose %s: at %q, want %q", n, b.draft(), want)
		}
		if n == "claims" && !strings.Contains(page, "The claim") {
			t.Errorf("chose what was sent: %s", page)
		}
		before := b.draft()
		if b.posts(signin.DraftRoot+"choose", url.Values{"n": {"0"}}); b.draft() != before {
			t.Error("a choice is good twice")
		}
	}
	stranger := h.browser()
	if stranger.posts(signin.DraftRoot+"choose", url.Values{"n": {"0"}}); stranger.draft() != "" {
		t.Error("a choice without a proof")
	}
}

// What was being typed when a session ended comes along by an account.
func TestWhatWasTypedComesAlongByAnAccount(t *testing.T) {
	p := provider(t)
	h := opened(t, p.asOurs())
	h.open()
	k := h.begun()
	must(t, h.Office.EnrolOwn(t.Context(), k, p.proof("olena"), nil))
	p.signsIn("olena", nil)
	b := h.browser()
	typed := url.Values{"reach": {"typed in vain"}, "safe": {"yes"}}
	if status, page := b.posts("/apply/contact", typed); status != http.StatusForbidden || !strings.Contains(page, "/apply/back/other") {
		t.Fatalf("signed out: %d", status)
	}
	b.posts("/apply/back/other", url.Values{"then": {"/apply/contact"}, "kept": {typed.Encode()}})
	h.holdsNot("typed+in+vain")
	b.comes()
	d, err := h.Office.Own(t.Context(), k)
	must(t, err)
	if d.Contact["reach"] != "typed in vain" {
		t.Errorf("kept: %v", d.Contact)
	}
}

// Tries by an account that leads to nothing count as others do.
func TestTriesByAnAccountAreCounted(t *testing.T) {
	p := provider(t)
	h := opened(t, p.asOurs())
	p.signsIn("nobody", nil)
	b := h.browser()
	for n := range 31 {
		status, _ := b.posts(signin.ClaimantRoot+"provider/done", nil)
		if want := map[bool]int{true: http.StatusTooManyRequests, false: http.StatusForbidden}[n == 30]; status != want {
			t.Fatalf("try %d: %d, want %d", n, status, want)
		}
	}
}

// Each page by which one comes back, in each language, as a telephone shows it.
func TestThePagesByWhichOneComesBackAreForEverybody(t *testing.T) {
	ctx, _ := browsertest.Start(t)
	p := provider(t)
	h := opened(t, p.asOurs())
	h.open()
	open, closed := h.begun(), h.tells(h.begun(), "told")
	must(t, h.Office.EnrolOwn(t.Context(), open, p.proof("olena"), nil))
	must(t, h.Office.EnrolOwn(t.Context(), closed, p.proof("olena"), nil))
	const account = `form[action="/apply/sign-in/provider"] button`
	must(t, chromedp.Do(ctx, chromedp.EmulateViewport(320, 800)))
	for _, lang := range []string{"en", "uk", "fr"} {
		hold := func(name string) {
			t.Helper()
			if shown, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.documentElement.lang")); err != nil || shown != lang {
				t.Errorf("%s is in %q, %v", name, shown, err)
			}
			browsertest.Hold(t, ctx, "come-back-"+name+"-"+lang, 320)
		}
		must(t, chromedp.Do(ctx, chromedp.Navigate(h.url+signin.DraftRoot+"?lang="+lang), browsertest.Seen(account)))
		hold("sign-in")
		p.signsIn("nobody", nil)
		must(t, chromedp.Do(ctx, chromedp.Click(account), browsertest.Seen(`a.button[href="/apply/"]`)))
		hold("new")
		p.signsIn("olena", nil)
		must(t, chromedp.Do(ctx, chromedp.Navigate(h.url+signin.DraftRoot), chromedp.Click(account), browsertest.Seen("dl.rows")))
		hold("choose")
		for name, k := range map[string]office.OwnKey{"open": open, "closed": closed} {
			token, err := h.Office.BeginSession(t.Context(), office.SessionDraft, k.ID, "code", nil)
			must(t, err)
			_, err = chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: signin.DraftCookie, Value: signin.DraftValue(token, k.Key), URL: h.url})
			must(t, err)
			must(t, chromedp.Do(ctx, chromedp.Navigate(h.url+signin.DraftRoot+"account"), browsertest.Seen("dl.rows")))
			hold("draft-" + name)
		}
		_, err := chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{})
		must(t, err)
	}
}
