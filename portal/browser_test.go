package portal_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/internal/browsertest"
	"github.com/openchancery/chancery/portal"
)

// layout is what the page says about itself: how wide it is, and which texts
// stick out of the window or end behind it (the whole table aside, which
// scrolls in its own box).
const layout = `(() => {
  const wide = document.documentElement.clientWidth;
  const out = [];
  for (const e of document.querySelectorAll('*')) {
    if (e.closest('.scroll') || e.closest('.skip') || e.closest('defs')) continue;
    const r = e.getBoundingClientRect();
    if (r.right > wide + 0.5 || r.left < -0.5) out.push(e.tagName + ' ' + e.textContent.trim().slice(0, 40) + ' ' + r.left + '..' + r.right);
  }
  return { wide, scrolls: document.documentElement.scrollWidth, out, title: document.title };
})()`

// TestInABrowser loads the pages as a telephone (320 px, which is also a laptop
// at 400 % zoom) and a desk do.
func TestInABrowser(t *testing.T) {
	figures := realistic()
	figures.Programmes = append(figures.Programmes, fewPaid(), twoCurrencies())
	looked(t, portal.New(&fixed{figures: figures}, options(t)), "/", "/programmes/demo", "/programmes/tsa-2007", "/programmes/few", "/programmes/two")
}

// TestTheRecordInABrowser does the same with the roll and the treaties, whose
// names are long and whose tables are wide.
func TestTheRecordInABrowser(t *testing.T) {
	paths := []string{
		"/", "/roll?on=2018-11-21", "/roll/bodies/CIS?on=2018-11-21", "/roll/compare?first=CIS&second=CSTO&on=2018-11-21&among=ussr-15",
		"/roll/closeness?first=CIS&second=CSTO&from=2010&to=2025", "/roll/meetings/cis-security-councils/6?on=2018-11-21",
		"/treaties/iccu-2025?on=2026-11-30", "/roll/bodies/NOWHERE?on=2018-11-21",
	}
	if os.Getenv("CHANCERY_SCREENSHOTS") != "" {
		paths = append(paths, allPages...)
	}
	looked(t, shipped(t), paths...)
}

// looked looks at pages at both widths.
func looked(t *testing.T, h http.Handler, paths ...string) {
	t.Helper()
	ctx, heard := browsertest.Start(t)
	server := httptest.NewServer(h)
	defer server.Close()
	for _, width := range []int64{320, 1280} {
		for _, path := range paths {
			t.Run(fmt.Sprintf("%d px %s", width, path), func(t *testing.T) {
				heard()
				page := struct {
					Wide, Scrolls int
					Out           []string
					Title         string
				}{}
				err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(server.URL+path))
				if err == nil {
					page, err = chromedp.Run(ctx, chromedp.Evaluate[struct {
						Wide, Scrolls int
						Out           []string
						Title         string
					}](layout))
				}
				if err != nil {
					t.Fatal(err)
				}
				if page.Scrolls > page.Wide {
					t.Errorf("%d px of %d: it scrolls sideways", page.Scrolls, page.Wide)
				}
				for _, out := range page.Out {
					t.Errorf("sticks out: %s", out)
				}
				if !strings.HasSuffix(page.Title, "Chancery") {
					t.Errorf("title %q", page.Title)
				}
				requests, complaints := heard()
				if len(requests) < 2 {
					t.Errorf("the listener is deaf: %v", requests)
				}
				for _, url := range requests {
					if !strings.HasPrefix(url, server.URL+"/") && !strings.HasPrefix(url, "data:") { // the browser's own signs on a field
						t.Errorf("asks another site: %s", url)
					}
				}
				for _, c := range complaints {
					if !strings.Contains(path, "NOWHERE") { // which is 404, and said
						t.Errorf("the console says: %s", c)
					}
				}
				screenshot(t, ctx, width, path)
			})
		}
	}
}

// screenshot keeps a picture of the page where CHANCERY_SCREENSHOTS names a
// folder, for a person to look at.
func screenshot(t *testing.T, ctx context.Context, width int64, path string) {
	dir := os.Getenv("CHANCERY_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("%s-%d.png", strings.Trim(strings.NewReplacer("/", "-", "?", "-", "&", "-", "=", "-").Replace(path), "-"), width)
	if err := os.WriteFile(filepath.Join(dir, name), png, 0o644); err != nil {
		t.Fatal(err)
	}
}
