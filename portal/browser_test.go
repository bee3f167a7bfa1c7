package portal_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/internal/browsertest"
	"github.com/openchancery/chancery/portal"
)

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
	whole := t // whose end holds all pages to the standard at once
	for _, width := range []int64{320, 1280} {
		for _, path := range paths {
			t.Run(fmt.Sprintf("%d px %s", width, path), func(t *testing.T) {
				heard()
				if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(server.URL+path)); err != nil {
					t.Fatal(err)
				}
				title, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.title"))
				if err != nil {
					t.Fatal(err)
				}
				browsertest.Hold(whole, ctx, strings.Trim(strings.NewReplacer("/", "-", "?", "-", "&", "-", "=", "-").Replace(path), "-"), width)
				if !strings.HasSuffix(title, "Chancery") {
					t.Errorf("title %q", title)
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
			})
		}
	}
}
