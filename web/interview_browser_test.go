package web_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/internal/browsertest"
)

// olena goes the whole way with the keyboard's Enter and nothing else than what the
// pages offer; it looks at every page.
type olena struct {
	*testing.T
	ctx   context.Context
	name  string
	width int64
	seen  map[string]bool

	scripts bool // the browser runs those of pages
}

// scripting says whether the browser runs the scripts of the pages that come.
func (o *olena) scripting(on bool) {
	o.Helper()
	_, err := chromedp.Call(o.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
	must(o.T, err)
}

// look holds the page against what every page is held to, once for each kind.
func (o *olena) look(name string) {
	o.Helper()
	if !o.seen[name] {
		o.seen[name] = true
		o.scripting(true) // axe-core is one; the page's own would have run when it came
		look(o.T, o.ctx, o.name+"-"+name, o.width)
		o.scripting(o.scripts)
	}
}

func (o *olena) do(actions ...chromedp.Action[chromedp.Void]) {
	o.Helper()
	if err := chromedp.Do(o.ctx, actions...); err != nil {
		at, _ := chromedp.Run(o.ctx, chromedp.Evaluate[string]("location.pathname + ' ' + document.body.innerText.slice(0, 600)"))
		o.Fatalf("%v at %s", err, at)
	}
}

func (o *olena) path() string {
	o.Helper()
	path, err := chromedp.Run(o.ctx, chromedp.Evaluate[string]("location.pathname"))
	must(o.T, err)
	return path
}

// fill fills in the page that is open, as walk does, and sends it.
const fillIn = `(answers => {
  const form = [...document.querySelectorAll('main form')].find(f => !f.querySelector('[name=use]'));
  for (const e of form.elements) {
    if (!e.name || e.type === 'hidden' || e.name === 'apart') continue;
    const given = answers[e.name];
    if (e.type === 'radio') { if (given ? e.value === given : !form.querySelector('[name="' + e.name + '"]:checked')) e.checked = true; continue; }
    if (e.type === 'checkbox') { if (given) e.checked = e.value === given; continue; }
    if (given !== undefined) e.value = given;
  }
  return [...form.elements].filter(e => e.type === 'text' || e.tagName === 'TEXTAREA').map(e => e.name);
})`

func (o *olena) fill(answers string) {
	o.Helper()
	before := o.path()
	_, err := chromedp.Run(o.ctx, chromedp.Evaluate[[]string](fillIn+"("+answers+")"))
	must(o.T, err)
	o.submit()
	if o.path() == before && strings.HasPrefix(before, "/apply/q/") { // it must be answered: in a few words, or a number
		_, err := chromedp.Run(o.ctx, chromedp.Evaluate[bool](`(() => { for (const e of document.querySelectorAll('main form textarea, main form input[type=text]')) if (!e.value && !e.name.includes('-')) e.value = '12'; return true; })()`))
		must(o.T, err)
		o.submit()
	}
}

func (o *olena) submit() {
	o.Helper()
	o.press("main form:last-of-type button:not(.second)")
}

// press presses something that leads to another page, and waits for that.
func (o *olena) press(what string) {
	o.Helper()
	_, err := chromedp.Run(o.ctx, chromedp.Evaluate[bool]("window.before = true"))
	must(o.T, err)
	o.do(chromedp.Click(what))
	for range 200 {
		at, err := chromedp.Run(o.ctx, chromedp.Evaluate[string]("window.before ? '' : document.readyState"))
		if err == nil && at == "complete" {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	o.Fatalf("%s leads nowhere from %s", what, o.path())
}

func answersJSON() string {
	var pairs []string
	for _, list := range olenas {
		for n := 0; n+1 < len(list); n += 2 {
			pairs = append(pairs, fmt.Sprintf("%q: %q", list[n], list[n+1]))
		}
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

// The whole way of Olena's claim in Ukrainian, on a telephone and at a desk, with
// scripts and without; and in the other languages. Each page is held to what every
// page is held to.
func TestOlenasWayInABrowser(t *testing.T) {
	for _, c := range []struct {
		name    string
		lang    string
		scripts bool
		width   int64
		claims  int
	}{{"apply", "uk", true, 320, 2}, {"apply-noscript", "uk", false, 1280, 1}, {"apply-fr", "fr", false, 320, 1}, {"apply-en", "en", false, 320, 1}} {
		t.Run(c.name, func(t *testing.T) {
			ctx, heard := browsertest.Start(t, chromedp.Flag("lang", c.lang), chromedp.Flag("accept-lang", c.lang))
			h := interviewing(t)
			o := &olena{T: t, ctx: ctx, name: c.name, width: c.width, seen: map[string]bool{}, scripts: c.scripts}
			o.do(chromedp.EmulateViewport(c.width, 800))
			o.scripting(c.scripts)
			if c.lang == "en" { // by night, where the colours are others
				_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
				must(t, err)
			}
			o.wholeWay(h, c.lang, c.claims)
			asked, complaints := heard()
			for _, url := range asked {
				if !strings.HasPrefix(url, h.server.URL+"/") && !strings.HasPrefix(url, "data:") && !strings.HasPrefix(url, "blob:") {
					t.Errorf("asks for %s", url)
				}
			}
			for _, said := range complaints {
				if !strings.Contains(said, "422") {
					t.Errorf("the console says: %q", said)
				}
			}
			if n := len(h.standing(t, claim.Filed)); n != c.claims {
				t.Errorf("%d claims on file", n)
			}
		})
	}
}

func (o *olena) wholeWay(h *interviewHouse, lang string, claims int) {
	o.Helper()
	o.do(chromedp.Navigate(h.server.URL+"/apply/?lang="+lang), browsertest.Seen("h1"))
	o.look("start")
	o.press("a.button")
	o.look("what")
	o.submit()
	o.look("what-wrong")
	o.do(chromedp.Click("input[value=had-to-leave]"))
	if claims > 1 {
		o.do(chromedp.Click("input[value=home-hit]"))
	}
	o.submit()
	o.look("people")
	o.do(chromedp.Click("input[value=me]"))
	o.submit()
	for strings.HasPrefix(o.path(), "/apply/ask/") {
		o.look("ask")
		reply := "yes"
		if strings.Contains(o.path(), "abroad") || strings.Contains(o.path(), "owned") {
			reply = "no"
		}
		o.do(chromedp.Click("input[value=" + reply + "]"))
		o.submit()
	}
	o.look("claims")
	o.submit()
	o.look("who")
	o.do(chromedp.Click("input[value=myself]"))
	o.submit()
	o.look("code")
	o.press("a[href='/apply/code/sheet']")
	o.look("code-sheet")
	o.press("a.button")
	o.look("contact")
	o.submit()
	o.look("tasks")
	o.answerAll()
	o.press("a.button")
	o.look("check")
	o.press("a.button[href='/apply/declare']")
	o.look("declare")
	o.submit()
	o.look("declare-wrong")
	o.do(chromedp.Click("input[name=consent]"), chromedp.Click("input[name=signed]"))
	o.submit()
	if o.path() != "/apply/sent" {
		o.Fatalf("after sending: %s", o.path())
	}
	o.look("sent")
	o.press("a[href='/apply/sent/sheet']")
	o.look("sent-sheet")
}

var kinds = regexp.MustCompile(`^/apply/q/c[0-9]+/([a-z-]+)/([a-z_]+)$`)

// answerAll answers every page of the form, and brings a photograph.
func (o *olena) answerAll() {
	o.Helper()
	answers := answersJSON()
	picture := filepath.Join(o.TempDir(), "dim.jpg")
	must(o.T, os.WriteFile(picture, photo(o.T), 0o600))
	o.press("a[href^='/apply/proof/']")
	o.look("proof")
	o.do(chromedp.SetUploadFiles("#camera", []string{picture}))
	o.press("form:nth-of-type(2) button.second")
	o.look("proof-brought")
	o.submit()
	for range 120 {
		if o.path() == "/apply/tasks" {
			href, err := chromedp.Run(o.ctx, chromedp.Evaluate[string]("document.querySelector('main a.button').getAttribute('href')"))
			must(o.T, err)
			if href == "/apply/check" {
				o.look("tasks-done")
				return
			}
			o.press("main a.button")
		}
		if m := kinds.FindStringSubmatch(o.path()); m != nil {
			for _, shown := range []string{"claimant_name", "birth_date", "event_date", "place", "home_address", "account", "claimed_uah"} {
				if m[2] == shown {
					o.look("question-" + shown)
				}
			}
		}
		o.fill(answers)
	}
	o.Fatal("the list never ends")
}
