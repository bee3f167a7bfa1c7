package web_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/internal/browsertest"
	"github.com/openchancery/chancery/office"
)

// focusedNow says where the focus is: what it matches, whether enough of it is in the
// window to be seen, and whether it is marked.
const focusedNow = `(what => {
  const e = document.activeElement, r = e.getBoundingClientRect(), s = getComputedStyle(e);
  const label = e.labels && e.labels.length && /radio|checkbox|file/.test(e.type) ? getComputedStyle(e.labels[0]) : s;
  return { is: e.matches(what), seen: Math.min(r.bottom, innerHeight) - Math.max(r.top, 0) >= Math.min(r.height, 16) && r.height > 0,
    marked: s.outlineStyle !== 'none' || s.boxShadow !== 'none' || label.outlineStyle !== 'none', at: e.tagName + ' ' + (e.id || e.name || e.textContent.trim().slice(0, 30)) };
})`

// mostTabs is far more than any page has places for the focus.
const mostTabs = 80

// tabs presses Tab until the focus is where it is wanted. Each place on the way is seen
// and marked.
func (o *olena) tabs(what string) {
	o.Helper()
	var last string
	for range mostTabs {
		o.do(chromedp.KeyEvent(kb.Tab))
		at, err := chromedp.Run(o.ctx, chromedp.Evaluate[struct {
			Is, Seen, Marked bool
			At               string
		}](focusedNow+"("+quoted(what)+")"))
		must(o.T, err)
		if last = at.At; strings.HasPrefix(last, "BODY") {
			continue
		}
		if !at.Seen || !at.Marked {
			o.Errorf("%s: the focus on %s is seen: %v, marked: %v", o.path(), at.At, at.Seen, at.Marked)
		}
		if at.Is {
			return
		}
	}
	o.Fatalf("%s: Tab never comes to %s; it was last on %s", o.path(), what, last)
}

func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

// leads presses a key that leads to another page, and waits for that.
func (o *olena) leads(key string) {
	o.Helper()
	from := o.path()
	_, err := chromedp.Run(o.ctx, chromedp.Evaluate[bool]("window.before = true"))
	must(o.T, err)
	o.do(chromedp.KeyEvent(key))
	for range 200 {
		at, err := chromedp.Run(o.ctx, chromedp.Evaluate[string]("window.before ? '' : document.readyState"))
		if err == nil && at == "complete" {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	o.Fatalf("%q leads nowhere from %s", key, from)
}

// says waits until the page says something.
func (o *olena) says(text string) {
	o.Helper()
	for range 200 {
		if there, err := chromedp.Run(o.ctx, chromedp.Evaluate[bool]("document.body.innerText.includes("+quoted(text)+")")); err == nil && there {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	page, _ := chromedp.Run(o.ctx, chromedp.Evaluate[string]("document.body.innerText"))
	o.Fatalf("%s never says %q:\n%s", o.path(), text, page)
}

// A question, the proofs, the declaration and the files after sending, with Tab, Enter
// and the space bar alone, in a window of 1280 by 1024 at 400 %: 320 by 256. Which file
// is meant the browser's own window asks. The files are sent with scripts and without.
func TestTheKeyboardIsEnough(t *testing.T) {
	ctx, _ := browsertest.Start(t, chromedp.Flag("lang", "en"), chromedp.Flag("accept-lang", "en"))
	h, _ := registered(t)
	w := h.begun("en")
	code := w.get("/apply/code").shownCode()
	proofs := w.proofs()
	w.filled(olenas)
	question := w.get("/apply/tasks").sections()[0] + "/claimant_name"
	o := &olena{T: t, ctx: ctx, name: "apply-keys", width: 320, seen: map[string]bool{}, scripts: true}
	open := func(path string) { o.do(chromedp.Navigate(h.server.URL+path), browsertest.Seen("h1")) }
	registry := first(asksRegistry, w.get("/apply/tasks").page)
	o.do(chromedp.EmulateViewport(320, 256))
	open("/apply/back")
	o.do(chromedp.KeyEvent(kb.Tab)) // the first is the way past the head
	if skip, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("document.activeElement.matches('a.skip')")); err != nil || !skip {
		t.Errorf("the first place isn't the way to the content: %v", err)
	}
	o.do(chromedp.KeyEvent(kb.Enter))
	o.tabs("#code")
	o.do(chromedp.KeyEvent(code))
	o.leads(kb.Enter)

	open(question)
	o.tabs("#claimant_name")
	o.do(chromedp.KeyEvent(" (Канарка)"))
	o.tabs("main form button[type=submit]:not(.second)")
	o.leads(kb.Enter)
	w.get(question).says("(Канарка)")

	open(registry)
	o.asksTheRegister()

	open(proofs)
	o.brings("first.txt")
	o.says("Received. Readable.")
	open(proofs)
	o.tabs(".files button")
	o.leads(" ")
	o.says("The file is removed")

	open("/apply/declare")
	o.tabs("input[name=consent]")
	o.do(chromedp.KeyEvent(" "))
	o.tabs("input[name=signed]")
	o.do(chromedp.KeyEvent(" "))
	o.tabs("main form button[type=submit]")
	o.leads(kb.Enter)
	o.says("Your claim")

	o.tabs("form[action='/claim/other'] button")
	o.leads(kb.Enter)
	o.tabs("a[href='/claim/files']")
	o.leads(kb.Enter)
	o.brings("with.txt")
	o.says("Received. Readable.")
	o.scripting(false)
	open("/claim/files")
	o.brings("without.txt")
	o.tabs("form[enctype] button")
	o.leads(kb.Enter)
	o.says("These files have arrived")
	o.says("without.txt")
	if added := h.added(); added != 2 {
		t.Errorf("%d files in the docket", added)
	}
}

// added counts the files that came after their claims were sent.
func (h *interviewHouse) added() (n int) {
	h.Helper()
	for _, c := range h.standing(h.TB, claim.Filed) {
		steps, err := h.Office.History(h.Context(), c.ID.Stream())
		must(h.TB, err)
		n += len(slices.DeleteFunc(steps, func(s office.Step) bool { return s.Kind != claim.KindEvidenceAdded }))
	}
	return n
}

// asksTheRegister has a register fill in what it knows.
func (o *olena) asksTheRegister() {
	o.Helper()
	o.look("registry")
	o.tabs("#key")
	o.do(chromedp.KeyEvent("3119900000"))
	o.leads(kb.Enter)
	o.look("registry-found")
	o.tabs("button[value=yes]")
	o.leads(kb.Enter)
}

// brings goes to the field for files, and chooses one of this name.
func (o *olena) brings(name string) {
	o.Helper()
	at := filepath.Join(o.TempDir(), name)
	must(o.T, os.WriteFile(at, []byte("a text called "+name), 0o600))
	o.tabs("#files-chosen")
	o.do(chromedp.SetUploadFiles("#files-chosen", []string{at}))
}
