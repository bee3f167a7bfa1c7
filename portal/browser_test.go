package portal_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
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
// names are long and whose tables are wide; and on a telephone with a page of every
// kind.
func TestTheRecordInABrowser(t *testing.T) {
	paths := []string{
		"/", "/roll?on=2018-11-21", "/roll/bodies/CIS?on=2018-11-21", "/roll/compare?first=CIS&second=CSTO&on=2018-11-21&among=ussr-15",
		"/roll/closeness?first=CIS&second=CSTO&from=2010&to=2025", "/roll/meetings/cis-security-councils/6?on=2018-11-21",
		"/treaties/iccu-2025?on=2026-11-30", "/roll/bodies/NOWHERE?on=2018-11-21",
	}
	a := shipped(t)
	looked(t, a, paths...)
	rest := slices.DeleteFunc(slices.Clone(allPages), func(path string) bool { return slices.Contains(paths, path) })
	widths := []int64{320}
	if os.Getenv("CHANCERY_SCREENSHOTS") != "" {
		widths = bothWidths
	}
	lookedAt(t, a, widths, append(rest, "/nowhere")...)

	// Each address that the site has is one of those that were looked at, or no page.
	mux := http.NewServeMux()
	site := a.Handler.(*portal.Site)
	for _, pattern := range site.Patterns {
		mux.HandleFunc(pattern, func(http.ResponseWriter, *http.Request) {})
	}
	visited := map[string]bool{}
	for _, path := range slices.Concat(paths, rest, []string{"/programmes/demo", "/nowhere"}) { // the programme's: see above
		_, pattern := mux.Handler(httptest.NewRequest(http.MethodGet, path, nil))
		visited[pattern] = true
	}
	for _, pattern := range site.Patterns {
		if noPage := noPage.MatchString(pattern); visited[pattern] == noPage {
			t.Errorf("%s: visited %v, no page %v", pattern, visited[pattern], noPage)
		}
	}
}

// noPage are the addresses of data, feeds and assets.
var noPage = regexp.MustCompile(`\.(json|csv|ics|atom)$|^GET /assets/`)

var bothWidths = []int64{320, 1280}

// looked looks at pages at both widths.
func looked(t *testing.T, h http.Handler, paths ...string) {
	t.Helper()
	lookedAt(t, h, bothWidths, paths...)
}

func lookedAt(t *testing.T, h http.Handler, widths []int64, paths ...string) {
	t.Helper()
	ctx, heard := browsertest.Start(t)
	server := httptest.NewServer(h)
	defer server.Close()
	whole := t // whose end holds all pages to the standard at once
	for _, width := range widths {
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
					if !strings.Contains(strings.ToUpper(path), "NOWHERE") { // which is 404, and said
						t.Errorf("the console says: %s", c)
					}
				}
			})
		}
	}
}
