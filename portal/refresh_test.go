package portal_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openchancery/chancery/portal"
	"github.com/openchancery/chancery/press"
)

// TestRefresh goes through a day of the source: it is asked once in five
// seconds, keeps its last answer while it fails and says so, and comes back.
func TestRefresh(t *testing.T) {
	source, now := &fixed{figures: realistic()}, noon
	o := options(t)
	o.Now = func() time.Time { return now }
	h := portal.New(source, o)
	const note = "could not be refreshed since 24 November 2026, 12:00 UTC"
	see := func(what string, asked int, claims string, stale bool) string {
		t.Helper()
		r := fetch(t, h, "GET", "/")
		page := body(t, r)
		if source.asked != asked {
			t.Errorf("%s: asked %d times, want %d", what, source.asked, asked)
		}
		if !strings.Contains(page, claims) {
			t.Errorf("%s: the page lacks %s", what, claims)
		}
		if strings.Contains(page, note) != stale {
			t.Errorf("%s: stale is %v", what, !stale)
		}
		return r.Header.Get("ETag")
	}
	first := see("first reader", 1, "67,912", false)
	now = now.Add(4 * time.Second)
	see("four seconds later", 1, "67,912", false)
	now = now.Add(2 * time.Second)
	source.figures.AsOf = "2026-11-24T02:20:00Z"
	if again := see("nothing happened", 2, "67,912", false); again != first {
		t.Error("the same state of the docket has two tags")
	}
	now = now.Add(6 * time.Second)
	source.fails = true
	if stale := see("the source fails", 3, "67,912", true); stale == first {
		t.Error("a page that says it is stale has the tag of one that doesn't")
	}
	now = now.Add(time.Hour)
	see("it still fails", 4, "67,912", true)
	source.fails, source.figures.Programmes = false, source.figures.Programmes[1:]
	now = now.Add(6 * time.Second)
	see("it is back", 5, "47,912", false)
	source.figures.Programmes[0].Rows[0].Own.Awards++ // contradicts the standings
	now = now.Add(48*time.Hour - time.Hour - 24*time.Second)
	if page := body(t, fetch(t, h, "GET", "/")); !strings.Contains(page, "47,912") || !strings.Contains(page, "26 November 2026") {
		t.Error("unsound figures took the place of sound ones")
	}
}

func TestBeforeTheFirstFigures(t *testing.T) {
	h := portal.New(&fixed{fails: true}, options(t))
	for _, path := range []string{"/", "/programmes/demo", "/figures.json", "/figures.csv"} {
		r := fetch(t, h, "GET", path)
		if r.StatusCode != 503 || r.Header.Get("Retry-After") == "" || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
		guarded(t, path, r)
	}
	if r := fetch(t, portal.New(&fixed{}, options(t)), "GET", "/"); r.StatusCode != 200 || !strings.Contains(body(t, r), "No programme is open yet") {
		t.Error("an installation without programmes has no page")
	}
}

// slow is a source that takes its time.
type slow struct {
	fixed
	takes time.Duration
}

func (s *slow) Figures(ctx context.Context) (press.Figures, error) {
	time.Sleep(s.takes)
	return s.fixed.Figures(ctx)
}

// TestReadersDontWaitForASlowSource: the first do, since there is nothing to
// show; after them everyone gets what there is, and the source is asked once
// however many come.
func TestReadersDontWaitForASlowSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &slow{fixed: fixed{figures: realistic()}, takes: 9 * time.Second}
		o := options(t)
		o.Now = time.Now
		h := portal.New(source, o)
		crowd := func(longest time.Duration) {
			t.Helper()
			var wg sync.WaitGroup
			start := time.Now()
			for range 40 {
				wg.Go(func() {
					if r := fetch(t, h, "GET", "/"); r.StatusCode != 200 {
						t.Errorf("%d", r.StatusCode)
					}
				})
			}
			wg.Wait()
			if took := time.Since(start); took > longest {
				t.Errorf("readers waited %v", took)
			}
		}
		crowd(9 * time.Second)
		time.Sleep(6 * time.Second)
		crowd(time.Second)
		crowd(time.Second)
		time.Sleep(10 * time.Second)
		source.mu.Lock()
		defer source.mu.Unlock()
		if source.asked != 2 {
			t.Errorf("asked %d times", source.asked)
		}
	})
}
