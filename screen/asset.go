package screen

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
	"sync"
)

// assets are files under paths that change with their content, so that they can
// be kept for ever.
type assets struct {
	root string
	mu   sync.RWMutex
	all  map[string]asset // by the last part of the path; owned by mu
}

type asset struct {
	kind     string
	body, gz []byte
}

func newAssets(root string) *assets { return &assets{root: root, all: map[string]asset{}} }

// add keeps a file, and answers its path.
func (a *assets) add(name, kind string, body []byte) string {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	at := strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:6]) + ext
	var gz bytes.Buffer
	zip := gzip.NewWriter(&gz)
	_, _ = zip.Write(body) // into memory
	_ = zip.Close()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all[at] = asset{kind, body, gz.Bytes()}
	return a.root + at
}

// serve answers with a file.
func (a *assets) serve(missing http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a.mu.RLock()
		file, ok := a.all[r.PathValue("name")]
		a.mu.RUnlock()
		if !ok {
			missing(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", file.kind)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Vary", "Accept-Encoding")
		body := file.body
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = file.gz
		}
		_, _ = w.Write(body) // a reader who has gone is no fault
	}
}
