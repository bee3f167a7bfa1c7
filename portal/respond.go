package portal

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// document is a finished answer, plain and compressed.
type document struct {
	kind     string // content type
	file     string // name under which a download is saved, "" for a page
	body, gz []byte
	tag      string // the tree head's beginning and the body's, without quotes
	cache    string
}

const (
	cacheFigures = "public, max-age=5, must-revalidate" // newer figures may be there in seconds
	cacheAssets  = "public, max-age=31536000, immutable"
)

// newDocument finishes an answer. Its tag begins with the tree head, so that
// one state of the docket is seen in the tag; the rest tells the pages of one
// state apart (of another programme, or marked stale).
func newDocument(kind, treeHead string, body []byte) *document {
	var gz bytes.Buffer
	zip := gzip.NewWriter(&gz)
	_, _ = zip.Write(body) // into memory
	_ = zip.Close()
	sum := sha256.Sum256(body)
	head := strings.Map(hexDigit, treeHead)
	tag := head[:min(16, len(head))] + "-" + hex.EncodeToString(sum[:8])
	return &document{kind: kind, body: body, gz: gz.Bytes(), tag: tag, cache: cacheFigures}
}

// hexDigit keeps what may stand in a tag.
func hexDigit(r rune) rune {
	if strings.ContainsRune("0123456789abcdef", r) {
		return r
	}
	return -1
}

// send answers with a document: compressed if the reader takes that, without a
// body if they have it already or asked for the head only.
func (d *document) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", d.kind)
	h.Set("Cache-Control", d.cache)
	h.Set("Vary", "Accept-Encoding")
	if d.file != "" {
		h.Set("Content-Disposition", `inline; filename="`+d.file+`"`)
	}
	body, tag := d.body, d.tag
	if takesGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		body, tag = d.gz, d.tag+"-gz"
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// takesGzip reports whether an Accept-Encoding header names gzip and doesn't
// rule it out.
func takesGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) == "gzip" {
			q = strings.TrimPrefix(strings.ReplaceAll(q, " ", ""), "q=")
			return strings.Trim(q, "0.") != "" || q == ""
		}
	}
	return false
}
