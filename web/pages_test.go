package web_test

import (
	"context"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/internal/browsertest"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// ready brings claims about as they stand after sending: one that lacks something and has
// files, one that was refused, one that waits and has a harmful file, and one that was
// filed under a mandate; each with who is signed in to it.
func (r *register) ready() (by map[string]*visitor, instead string) {
	r.Helper()
	by = map[string]*visitor{}
	_, lacking, lackingCode := r.files("one", unsigned)
	_, refused, refusedCode := r.files("two", elsewhere)
	r.answers()
	waits, waiting, waitingCode := r.files("three", asIs)
	_, _, mandated, mandatedCode := r.mandated()
	r.follows()
	site := r.site(new(written))
	for name, of := range map[string][2]string{"lacking": {string(lacking), string(lackingCode)}, "refused": {string(refused), string(refusedCode)}, "waiting": {string(waiting), string(waitingCode)}, "mandate": {string(mandated), string(mandatedCode)}} {
		v := visiting(r.TB, site)
		v.enters(of[0], of[1])
		by[name] = v
	}
	by["lacking"].brings("/claim/files", "довідка-про-пошкодження-житла-2022-03-14.txt", "a text that is read", "empty.pdf", "")
	r.Office.Screen = alarmed{r.Office.Screen}
	by["waiting"].brings("/claim/files", "harmful.txt", "a harmful text")
	files, err := r.Office.Files(r.Context(), r.by, office.FileOwner{Claim: waits})
	must(r.TB, err)
	must(r.TB, r.Office.CheckFile(r.Context(), files[0].ID, 0))
	_, err = r.Office.Publish(r.Context())
	must(r.TB, err)
	return by, "/claim/files/instead/" + files[0].ID
}

// album is a browser that goes from page to page after sending, and looks at each.
type album struct {
	*testing.T
	ctx     context.Context
	server  string
	people  map[string]*visitor
	width   int64
	instead string // where another file is sent in the place of a harmful one
}

// as signs the browser in as one of the people.
func (a *album) as(who string) {
	a.Helper()
	for _, c := range a.people[who].cookies {
		_, err := chromedp.Call(a.ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: a.server})
		must(a.T, err)
	}
}

func (a *album) soon(what string, actions ...chromedp.Action[chromedp.Void]) {
	a.Helper()
	within, done := context.WithTimeout(a.ctx, time.Minute)
	defer done()
	if err := chromedp.Do(within, actions...); err != nil {
		a.Fatalf("%s: %v", what, err)
	}
}

func (a *album) show(lang, name, path string) {
	a.Helper()
	a.soon(name, chromedp.Navigate(a.server+path), browsertest.Seen("h1"))
	look(a.T, a.ctx, "after-"+name+"-"+lang, a.width)
}

func (a *album) press(lang, name, button, wait string) {
	a.Helper()
	a.soon(name, chromedp.Click(button), browsertest.Seen(wait))
	look(a.T, a.ctx, "after-"+name+"-"+lang, a.width)
}

func (a *album) all(lang string) {
	a.Helper()
	a.show(lang, "enter", "/claim/?lang="+lang)
	a.show(lang, "verify", "/verify")
	a.press(lang, "verify-not", "main form button", ".warning")
	a.as("refused")
	for name, path := range map[string]string{"refused": "mine", "letter": "letter/1", "review": "review", "files-closed": "files", "no-answer": "answer"} {
		a.show(lang, name, "/claim/"+path)
	}
	a.as("waiting")
	for name, path := range map[string]string{"waiting": "mine", "change": "change", "withdraw": "withdraw"} {
		a.show(lang, name, "/claim/"+path)
	}
	a.show(lang, "contact", "/claim/contact")
	a.soon("mail", chromedp.Click("input[value=mail]")) // without an address
	a.press(lang, "contact-wrong", "main form button", ".problems")
	a.soon("page", chromedp.Click("input[value=page]"))
	a.press(lang, "contact-saved", "main form button", ".panel")
	a.show(lang, "instead", a.instead)
	a.as("lacking")
	a.show(lang, "answer", "/claim/answer")
	a.show(lang, "files", "/claim/files")
	a.press(lang, "files-none", "form[action='/claim/files'] button", ".problems")
	a.show(lang, "published", "/claim/mine")
	a.press(lang, "sheet", "form[action='/claim/sheet'] button", "svg.code")
	a.as("mandate")
	a.show(lang, "mandate", "/claim/mandate")
	a.show(lang, "mandated", "/claim/mine")
}

// Every page after sending, as a telephone shows it in each language; and for whoever
// keeps the pictures, as a desk does.
func TestEveryPageAfterSendingInABrowser(t *testing.T) {
	ctx, heard := browsertest.Start(t)
	r := registering(t)
	server := httptest.NewServer(r.site(new(written)))
	defer server.Close()
	a := &album{T: t, ctx: ctx, server: server.URL, width: 320}
	a.people, a.instead = r.ready()
	must(t, chromedp.Do(ctx, chromedp.EmulateViewport(a.width, 800)))
	for _, lang := range screen.Languages() {
		a.all(lang)
	}
	if os.Getenv("CHANCERY_SCREENSHOTS") != "" {
		a.width = 1280
		must(t, chromedp.Do(ctx, chromedp.EmulateViewport(a.width, 900)))
		a.all("uk")
	}
	a.as("waiting")
	a.show("uk", "withdraw", "/claim/withdraw")
	a.press("uk", "withdraw-asked", "main form button", "form[action='/claim/withdraw/keep']")
	_, complaints := heard()
	for _, said := range complaints {
		if !strings.Contains(said, "422") && !strings.Contains(said, "409") { // of the wrong forms, and of what can't be done
			t.Errorf("the console says: %q", said)
		}
	}
}
