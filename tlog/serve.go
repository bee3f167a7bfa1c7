package tlog

import (
	"errors"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A bucket that has become slow holds each reading for up to half a minute:
// strangers have so many at once, and the claimants' pages beside go on.
const (
	readAtOnce = 32
	readWait   = 5 * time.Second
)

// Handler serves a published log, of all its epochs, to monitors, witnesses
// and mirrors: a full tile for ever, a checkpoint never from a cache. It gives
// nothing out but what is published; what is staged isn't.
func Handler(files Files) http.Handler {
	reading := make(chan struct{}, readAtOnce)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*") // a receipt is checked in a page from anywhere
		h.Set("X-Content-Type-Options", "nosniff")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		h.Set("Cache-Control", "no-cache")
		if !isTile.MatchString(name) && !isText.MatchString(name) {
			http.NotFound(w, r)
			return
		}
		select {
		case reading <- struct{}{}:
			defer func() { <-reading }()
		case <-time.After(readWait):
			h.Set("Retry-After", "10")
			http.Error(w, "too many read the log just now; ask again in ten seconds", http.StatusServiceUnavailable)
			return
		case <-r.Context().Done():
			return
		}
		content, err := files.Get(r.Context(), name)
		if errors.Is(err, fs.ErrNotExist) {
			http.NotFound(w, r)
			return
		}
		if err != nil {
			http.Error(w, "the log can't be read just now", http.StatusServiceUnavailable)
			return
		}
		h.Set("Content-Type", contentType(name))
		h.Set("Cache-Control", cacheControl(name))
		h.Set("Content-Length", strconv.Itoa(len(content)))
		if r.Method == http.MethodGet {
			_, _ = w.Write(content) // who has gone away is told nothing
		}
	})
}

func contentType(name string) string {
	if isText.MatchString(name) {
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

func cacheControl(name string) string {
	if isTile.MatchString(name) {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}
