package screen_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/internal/browsertest"
	"github.com/openchancery/chancery/screen"
)

// The foot of every page leads to pages that are there, each whole in each
// language.
func TestThePagesAtTheFootAreThere(t *testing.T) {
	pages := screen.NewHousePages(screen.Options{})
	foot := httptest.NewRecorder()
	pages.ServeHTTP(foot, httptest.NewRequest(http.MethodGet, "/help", nil))
	for _, path := range screen.HousePaths {
		if !strings.Contains(foot.Body.String(), `href="`+path+`"`) {
			t.Errorf("the foot doesn't lead to %s", path)
		}
		titles := map[string]bool{}
		for _, lang := range screen.Languages() {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Header.Set("Accept-Language", lang)
			w := httptest.NewRecorder()
			pages.ServeHTTP(w, r)
			page := w.Body.String()
			if w.Code != http.StatusOK || strings.Contains(page, path[1:]+".") {
				t.Errorf("%s in %s: %d, or a sentence is missing\n%s", path, lang, w.Code, page)
			}
			_, rest, _ := strings.Cut(page, "<h1>")
			title, _, _ := strings.Cut(rest, "<")
			titles[title] = true
		}
		if len(titles) != len(screen.Languages()) {
			t.Errorf("%s has these titles: %v", path, titles)
		}
	}
}

func TestThePagesAtTheFootAreAccessible(t *testing.T) {
	ctx, heard := browsertest.Start(t)
	server := httptest.NewServer(screen.NewHousePages(screen.Options{}))
	defer server.Close()
	for _, lang := range screen.Languages() {
		for _, path := range screen.HousePaths {
			if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+path+"?lang="+lang), browsertest.Seen("h1")); err != nil {
				t.Fatal(err)
			}
			browsertest.Look(t, ctx, "house"+path+"-"+lang)
		}
	}
	if _, complaints := heard(); len(complaints) > 0 {
		t.Errorf("the console says: %q", complaints)
	}
}
