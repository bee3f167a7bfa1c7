package witness_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/witness"
)

const origin = "harbour.example/log"

// at is when the tests take place.
var at = time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)

// history is a log's tree, grown by another hand than ours: sumdb/tlog.
type history struct {
	hashes []tlog.Hash // as stored by sumdb/tlog
	size   int64
}

func (h *history) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	read := make([]tlog.Hash, len(indexes))
	for n, i := range indexes {
		read[n] = h.hashes[i]
	}
	return read, nil
}

// grow adds leaves whose content is told apart by word.
func (h *history) grow(t testing.TB, word string, leaves int) {
	t.Helper()
	for range leaves {
		more, err := tlog.StoredHashes(h.size, []byte(word+strconv.FormatInt(h.size, 10)), h)
		if err != nil {
			t.Fatal(err)
		}
		h.hashes = append(h.hashes, more...)
		h.size++
	}
}

func (h *history) fork() *history { return &history{slices.Clone(h.hashes), h.size} }

func (h *history) root(t testing.TB, size int64) docket.Hash {
	t.Helper()
	if size == 0 {
		return docket.Root(nil)
	}
	root, err := tlog.TreeHash(size, h)
	if err != nil {
		t.Fatal(err)
	}
	return docket.Hash(root)
}

// prove is the consistency proof between two sizes.
func (h *history) prove(old, size int64) ([]docket.Hash, error) {
	if old == 0 {
		return nil, nil
	}
	proof, err := tlog.ProveTree(size, old, h)
	hashes := make([]docket.Hash, len(proof))
	for n, p := range proof {
		hashes[n] = docket.Hash(p)
	}
	return hashes, err
}

// proveTo is prove for a client.
func (h *history) proveTo(size int64) witness.Prove {
	return func(_ context.Context, old int64) ([]docket.Hash, error) { return h.prove(old, size) }
}

// log is a log's key.
type log struct {
	key  string
	sign note.Signer
}

func newLog(t testing.TB, origin string) log {
	t.Helper()
	secret, key, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	return log{key, s}
}

func (l log) verifier(t testing.TB) note.Verifier {
	t.Helper()
	v, err := note.NewVerifier(l.key)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// checkpoint signs a head under the log's name.
func (l log) checkpoint(t testing.TB, size int64, root docket.Hash) []byte {
	t.Helper()
	return l.signs(t, fmt.Sprintf("%s\n%d\n%s\n", l.sign.Name(), size, base64.StdEncoding.EncodeToString(root[:])))
}

func (l log) signs(t testing.TB, text string) []byte {
	t.Helper()
	signed, err := note.Sign(&note.Note{Text: text}, l.sign)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// of signs the head of a history at a size.
func (l log) of(t testing.TB, h *history, size int64) []byte {
	t.Helper()
	return l.checkpoint(t, size, h.root(t, size))
}

// made is a witness's folder that knows these logs.
func made(t testing.TB, name string, logs ...log) (folder, key string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "witness")
	key, err := witness.Create(folder, name)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range logs {
		if _, err := witness.AddLog(folder, l.key); err != nil {
			t.Fatal(err)
		}
	}
	return folder, key
}

func opened(t testing.TB, folder string) *witness.Server {
	t.Helper()
	s, err := witness.Open(folder, witness.Options{Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// serves is a witness that is reached over the network, and a client of it.
func serves(t testing.TB, h http.Handler, key string) witness.Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	v, err := witness.ParseKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return witness.Client{Key: v, URL: server.URL, HTTP: server.Client()}
}

// posted is the answer to a request's body.
func posted(h http.Handler, body []byte) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/add-checkpoint", bytes.NewReader(body)))
	return w
}

// asked asks for a cosignature of a history at a size, as it follows from old.
func asked(t testing.TB, s *witness.Server, l log, h *history, old, size int64) *httptest.ResponseRecorder {
	t.Helper()
	proof, err := h.prove(old, size)
	if err != nil {
		t.Fatal(err)
	}
	return posted(s.Handler(), witness.Body(old, proof, l.of(t, h, size)))
}
