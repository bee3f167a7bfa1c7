package browsertest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// AXE is the version of axe-core that pages are held to, VNU that of the checker
// of HTML; the Makefile names the same.
const AXE, VNU = "axe-core-4.14.0", "vnu-jar-26.9.27"

// widths are a telephone, which is also a desk's screen at 400 % zoom, and a desk.
var widths = []int64{320, 1280}

// layout is what a page says about itself: what sticks out of it, inputs that no
// label names, and its landmarks.
const layout = `(() => {
  const wide = document.documentElement.clientWidth, out = [];
  const rolls = e => { for (let p = e.parentElement; p; p = p.parentElement) if (/auto|scroll|hidden/.test(getComputedStyle(p).overflowX)) return true; };
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('.skip, .unseen, svg')) continue;
    const r = e.getBoundingClientRect();
    if (r.width && (r.right > wide + 0.5 || r.left < -0.5) && !rolls(e)) out.push(e.tagName + ' ' + e.textContent.trim().slice(0, 40) + ' ' + r.left + '..' + r.right);
  }
  const bare = [...document.querySelectorAll('input:not([type=hidden]), select, textarea')].filter(e => e.labels.length < 1 && !e.getAttribute('aria-label')).map(e => e.name);
  const landmarks = ['main'].every(n => document.querySelectorAll(n).length == 1);
  const focusable = document.querySelectorAll('[tabindex]:not([tabindex="-1"]):not([tabindex="0"])').length;
  return { out, bare, landmarks, heads: document.querySelectorAll('h1').length, lang: document.documentElement.lang, focusable };
})()`

type laid struct {
	Out, Bare        []string
	Landmarks        bool
	Heads, Focusable int
	Lang             string
}

// Look holds the page that is open against what every page of ours is held to, as
// a telephone and as a desk show it.
func Look(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	for _, width := range widths {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900)); err != nil {
			t.Fatal(err)
		}
		Hold(t, ctx, name, width)
	}
}

// Hold does so as the page is shown now, which is so wide: nothing sticks out,
// every field has its label, one first heading, and axe-core finds nothing. With
// CHANCERY_SCREENSHOTS its picture is kept there under the name. Its HTML is held
// to the standard when the test ends.
func Hold(t *testing.T, ctx context.Context, name string, width int64) {
	t.Helper()
	l, err := chromedp.Run(ctx, chromedp.Evaluate[laid](layout))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(l.Out) > 0 {
		t.Errorf("%s at %d px: sticks out: %v", name, width, l.Out)
	}
	if len(l.Bare) > 0 || !l.Landmarks || l.Heads != 1 || l.Focusable > 0 || l.Lang == "" {
		t.Errorf("%s: fields without a label %v, landmarks %v, %d first headings, %d odd places in the order of the keyboard, language %q",
			name, l.Bare, l.Landmarks, l.Heads, l.Focusable, l.Lang)
	}
	Picture(t, ctx, fmt.Sprintf("%s-%d", name, width))
	if width != widths[0] {
		return // the same elements, which were looked at on the telephone
	}
	accessible(t, ctx, name)
	html, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(document.doctype ? '<!doctype html>' : '') + document.documentElement.outerHTML`))
	if err != nil {
		t.Fatal(err)
	}
	Valid(t, name, []byte(html))
}

// Picture keeps a picture of the page that is open, where CHANCERY_SCREENSHOTS
// names a folder.
func Picture(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("CHANCERY_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, "/", "-")+".png"), png, 0o644)
	}
	if err != nil {
		t.Errorf("picture of %s: %v", name, err)
	}
}

// breach is one rule of axe-core that a page breaks.
type breach struct {
	ID, Help string
	Nodes    []string
}

// accessible holds the page to axe-core: WCAG 2.2 AA and its best practices.
func accessible(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	script := tool(t, filepath.Join(AXE, "package", "axe.min.js"))
	if script == "" {
		return
	}
	source, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](string(source))); err != nil {
		t.Fatalf("%s: axe-core doesn't load: %v", name, err)
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]breach](`axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => (
	  {id: v.id, help: v.help, nodes: v.nodes.map(n => n.target.join(' ') + ': ' + n.failureSummary.replace(/\s+/g, ' ')).slice(0, 5)})))`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: axe-core doesn't run: %v", name, err)
	}
	for _, b := range found {
		t.Errorf("%s: %s (%s): %s", name, b.Help, b.ID, strings.Join(b.Nodes, "\n\t"))
	}
}

// tool is the path of what make setup puts into the cache; "" where it isn't
// there, of which the test tells.
func tool(t testing.TB, name string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	path := filepath.Join(cache, "chancery", name)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Logf("NOT CHECKED: no %s here (make setup installs it, where there is npm)", name)
		return ""
	}
	return path
}
