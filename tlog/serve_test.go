package tlog_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openchancery/chancery/tlog"
)

func TestWhatIsServed(t *testing.T) {
	s := newShelf()
	publish(t, publisher(t, s), 300)
	for _, name := range []string{"epoch/2/epoch", "epoch/2/checkpoint", "epoch/2/tile/0/x001/000", "epoch/2/staging/1-2-3", "staging/1-2-3", "log.key", "tile/0/.writing-000"} {
		s.files[name] = []byte(name)
	}
	server := httptest.NewServer(http.StripPrefix("/log/", tlog.Handler(s)))
	defer server.Close()
	const forEver, never = "public, max-age=31536000, immutable", "no-cache"
	const tile, text = "application/octet-stream", "text/plain; charset=utf-8"
	for _, c := range []struct {
		method, path string
		status       int
		kind, cache  string
		bytes        int
	}{
		{"GET", "checkpoint", 200, text, never, len(s.files["checkpoint"])},
		{"HEAD", "checkpoint", 200, text, never, 0},
		{"GET", "tile/0/000", 200, tile, forEver, 256 * 32},
		{"HEAD", "tile/0/000", 200, tile, forEver, 0},
		{"GET", "tile/0/001.p/44", 200, tile, forEver, 44 * 32},
		{"GET", "tile/entries/000", 200, tile, forEver, 256 * 34},
		{"GET", "epoch/2/epoch", 200, text, never, len("epoch/2/epoch")},
		{"GET", "epoch/2/checkpoint", 200, text, never, len("epoch/2/checkpoint")},
		{"GET", "epoch/2/tile/0/x001/000", 200, tile, forEver, len("epoch/2/tile/0/x001/000")},
		{"GET", "tile/0/002", 404, text, never, -1},
		{"GET", "epoch/3/checkpoint", 404, text, never, -1},
		{"GET", "epoch/2/staging/1-2-3", 404, text, never, -1},
		{"GET", "staging/1-2-3", 404, text, never, -1},
		{"GET", "log.key", 404, text, never, -1},
		{"GET", "tile/0/.writing-000", 404, text, never, -1},
		{"GET", "tile/64/000", 404, text, never, -1},
		{"GET", "tile/0/%2e%2e/%2e%2e/log.key", 404, text, never, -1},
		{"GET", "", 404, text, never, -1},
		{"POST", "checkpoint", 405, text, "", -1},
		{"PUT", "tile/0/000", 405, text, "", -1},
		{"DELETE", "checkpoint", 405, text, "", -1},
	} {
		request, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+"/log/"+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		h := answer.Header
		if err != nil || answer.StatusCode != c.status || h.Get("Content-Type") != c.kind || h.Get("Cache-Control") != c.cache || c.bytes >= 0 && len(body) != c.bytes {
			t.Errorf("%s %s: %d, %d bytes (%v), %v", c.method, c.path, answer.StatusCode, len(body), err, h)
		}
		if h.Get("Access-Control-Allow-Origin") != "*" || h.Get("X-Content-Type-Options") != "nosniff" || (c.status == 405) != (h.Get("Allow") == "GET, HEAD") {
			t.Errorf("%s %s: %v", c.method, c.path, h)
		}
	}
	s.failAt = s.done + 1
	answer, err := http.Get(server.URL + "/log/checkpoint")
	if err != nil || answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%v, %v", answer, errors.Join(err))
	}
	_ = answer.Body.Close()
}

// slow is a place that has stopped answering.
type slow struct{ tlog.Files }

func (slow) Get(ctx context.Context, _ string) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// However many strangers ask, so many readings are under way and no more: the
// others are told to come again.
func TestASlowPlaceHoldsSoManyReadersAndNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		site := tlog.Handler(slow{})
		refused := make(chan *httptest.ResponseRecorder, 100)
		for range 100 {
			go func() {
				w := httptest.NewRecorder()
				site.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/checkpoint", nil))
				if ctx.Err() == nil {
					refused <- w
				}
			}()
		}
		time.Sleep(10 * time.Second)
		if len(refused) != 100-32 {
			t.Errorf("%d were refused", len(refused))
		}
		for range len(refused) {
			if w := <-refused; w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
				t.Errorf("%d %v", w.Code, w.Header())
			}
		}
		cancel()
		synctest.Wait()
	})
}
