package upload_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/screening"
	"github.com/openchancery/chancery/upload"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// counter is an installation with one claim on file, and pages at which a clerk adds
// files to it.
type counter struct {
	testing.TB
	*installation.Installation
	by    office.By
	claim claim.ID
	pages *screen.House
}

func newCounter(t testing.TB) *counter {
	t.Helper()
	ctx := t.Context()
	places := installation.Beside(filepath.Join(t.TempDir(), "register"))
	public, err := installation.MakeDemoDesk(places.Data)
	must(t, err)
	must(t, installation.Create(ctx, places, "register.example/log", installation.Options{Desk: public}))
	i, err := installation.Open(ctx, places.Data, installation.Options{})
	must(t, err)
	t.Cleanup(func() { _ = i.Close() })
	secret, err := i.Credential("")
	must(t, err)
	known, err := i.Office.Authenticate(ctx, secret)
	must(t, err)
	c := &counter{TB: t, Installation: i, by: office.By{Actor: known}}
	book, ok := rulebooks.Find("demo")
	if !ok {
		t.Fatal("the demo's rulebook is gone")
	}
	_, err = i.Office.OpenProgramme(ctx, c.by, "demo", book.Source)
	must(t, err)
	filed, err := i.Office.FileClaims(ctx, c.by, "demo", []office.Filing{{
		Key: "a", Category: "a-departure", Claimant: "individual", Received: day.Must(2020, 5, 1),
		Answers: map[string]string{"claimant_name": "Olena", "birth_date": "1975-04-26", "contact": "3 Quay Lane", "incident_date": "2019-11-04", "place": "quayside", "family": "false", "nights_away": "3", "signed": "true"},
	}})
	must(t, err)
	c.claim = filed[0].ID
	c.pages = screen.New(screen.Options{Root: "/", Pages: fstest.MapFS{}})
	return c
}

func (c *counter) owner() office.FileOwner { return office.FileOwner{Claim: c.claim} }

// ServeHTTP hangs the uploads in, as pages do.
func (c *counter) handler() http.Handler {
	u := &upload.Uploads{Office: c.Office, Report: func(_ *http.Request, err error) { c.Log(err) }}
	script := c.pages.Asset("upload.js", "text/javascript; charset=utf-8", upload.Script())
	at := func(id string) string { return "/files/tus/" + id }
	show := func(w http.ResponseWriter, r *http.Request, status int, p screen.Page, said string) {
		files, err := c.Office.Files(r.Context(), c.by, c.owner())
		if err != nil {
			c.pages.Failed(w, r, err)
			return
		}
		words := c.pages.Words(r)
		p.Title, p.Scripts = words.Say("evidence.page.title"), []string{script}
		p.Body = upload.View{
			Accept: upload.Accept(screening.Endings(false)), Most: words.Say("evidence.page.most"), Said: said,
			Rows: upload.Rows(words, files, at, func(id string) string { return "/files/remove/" + id }),
			Form: "/files", Tus: "/files/tus", State: "/files/state/",
		}
		c.pages.Show(w, r, status, "evidence.html", p)
	}
	public := func(pattern string, serve http.HandlerFunc) screen.Route {
		return screen.Route{Pattern: pattern, Rule: screen.Public, Serve: serve}
	}
	return c.pages.Mount([]screen.Route{
		public("GET /files", func(w http.ResponseWriter, r *http.Request) { show(w, r, http.StatusOK, screen.Page{}, "") }),
		public("POST /files", func(w http.ResponseWriter, r *http.Request) {
			form, err := u.Form(w, r, c.by, c.owner(), office.FileFacts{})
			words, p, status := c.pages.Words(r), screen.Page{}, http.StatusOK
			for _, f := range form.Files {
				if f.Err != nil {
					err = errors.Join(err, f.Err)
				}
			}
			if err != nil {
				status, p.Problems = http.StatusUnprocessableEntity, []screen.Problem{{Field: "files-chosen", Text: words.Sentence(err)}}
			}
			show(w, r, status, p, words.Say("evidence.page.came"))
		}),
		public("OPTIONS /files/tus", u.Options),
		public("POST /files/tus", func(w http.ResponseWriter, r *http.Request) {
			u.Create(w, r, c.by, c.owner(), office.FileFacts{}, at)
		}),
		public("HEAD /files/tus/{file}", func(w http.ResponseWriter, r *http.Request) { u.Head(w, r, c.by, r.PathValue("file")) }),
		public("PATCH /files/tus/{file}", func(w http.ResponseWriter, r *http.Request) { u.Patch(w, r, c.by, r.PathValue("file")) }),
		public("DELETE /files/tus/{file}", func(w http.ResponseWriter, r *http.Request) { u.Delete(w, r, c.by, r.PathValue("file")) }),
		public("GET /files/state/{file}", func(w http.ResponseWriter, r *http.Request) {
			u.State(w, r, c.by, r.PathValue("file"), c.pages.Words(r))
		}),
	}, nil)
}

// text is a file of so many bytes that is taken as it is.
func text(size int) []byte {
	b := make([]byte, size)
	r := rand.New(rand.NewSource(int64(size)))
	for i := range b {
		b[i] = "abcdefgh ijklm nop\n"[r.Intn(19)]
	}
	return b
}

// asks makes one request of tus.
func asks(h http.Handler, method, path string, body []byte, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	r.Header.Set("Tus-Resumable", "1.0.0")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func named(name string) string {
	return "filename " + base64.StdEncoding.EncodeToString([]byte(name))
}

const octets = "application/offset+octet-stream"

func TestTus(t *testing.T) {
	c := newCounter(t)
	h := c.handler()
	content := text(300_000)
	w := asks(h, http.MethodOptions, "/files/tus", nil)
	if w.Code != 204 || w.Header().Get("Tus-Version") != "1.0.0" || !strings.Contains(w.Header().Get("Tus-Extension"), "creation") {
		t.Errorf("OPTIONS: %d %v", w.Code, w.Header())
	}
	if w = asks(h, http.MethodPost, "/files/tus", nil, "Tus-Resumable", "0.2.0", "Upload-Length", "1"); w.Code != 412 {
		t.Errorf("another version: %d", w.Code)
	}
	for _, wrong := range [][]string{{}, {"Upload-Length", "-1"}, {"Upload-Length", "much"}, {"Upload-Length", "1", "Upload-Metadata", "filename ?"}} {
		if w = asks(h, http.MethodPost, "/files/tus", nil, wrong...); w.Code != 400 {
			t.Errorf("%q: %d", wrong, w.Code)
		}
	}
	if w = asks(h, http.MethodPost, "/files/tus", nil, "Upload-Length", strconv.Itoa(2<<30)); w.Code != 413 {
		t.Errorf("too much: %d", w.Code)
	}
	w = asks(h, http.MethodPost, "/files/tus", nil, "Upload-Length", "300000", "Upload-Metadata", named("лист.txt"))
	at := w.Header().Get("Location")
	if w.Code != 201 || !strings.HasPrefix(at, "/files/tus/") {
		t.Fatalf("POST: %d %v", w.Code, w.Header())
	}
	patch := func(offset int, piece []byte, more ...string) *httptest.ResponseRecorder {
		return asks(h, http.MethodPatch, at, piece, append([]string{"Upload-Offset", strconv.Itoa(offset), "Content-Type", octets}, more...)...)
	}
	if w = patch(0, content[:100_000]); w.Code != 204 || w.Header().Get("Upload-Offset") != "100000" {
		t.Errorf("PATCH: %d %v", w.Code, w.Header())
	}
	if w = patch(0, content[:10]); w.Code != 409 {
		t.Errorf("at another offset: %d", w.Code)
	}
	if w = patch(100_000, content, "Content-Type", "text/plain"); w.Code != 415 {
		t.Errorf("as another type: %d", w.Code)
	}
	sum := sha1.Sum(content[100_000:200_000])
	if w = patch(100_000, content[100_001:200_001], "Upload-Checksum", "sha1 "+base64.StdEncoding.EncodeToString(sum[:])); w.Code != 460 {
		t.Errorf("with a wrong checksum: %d", w.Code)
	}
	if w = patch(100_000, content[100_000:200_000], "Upload-Checksum", "crc32 AAAA"); w.Code != 400 {
		t.Errorf("with a checksum that isn't known: %d", w.Code)
	}
	if w = patch(100_000, content[100_000:200_000], "Upload-Checksum", "sha1 "+base64.StdEncoding.EncodeToString(sum[:])); w.Code != 204 {
		t.Errorf("with its checksum: %d", w.Code)
	}
	if w = asks(h, http.MethodHead, at, nil); w.Code != 200 || w.Header().Get("Upload-Offset") != "200000" || w.Header().Get("Upload-Length") != "300000" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("HEAD: %d %v", w.Code, w.Header())
	}
	if w = patch(200_000, content[200_000:]); w.Code != 204 || w.Header().Get("Evidence-State") != string(evidence.Quarantined) {
		t.Errorf("the last piece: %d %v", w.Code, w.Header())
	}
	files, err := c.Office.Files(t.Context(), c.by, c.owner())
	if err != nil || len(files) != 1 || files[0].Name != "лист.txt" || files[0].SHA256 != docket.Hash(sha256.Sum256(content)) || files[0].Entry != 2 {
		t.Errorf("%+v, %v", files, err)
	}
	if w = asks(h, http.MethodDelete, at, nil); w.Code != 409 {
		t.Errorf("DELETE of what an entry names: %d", w.Code)
	}
}

// What was begun can be taken back, and is none then; an empty file is answered at once.
func TestTusTakesBack(t *testing.T) {
	h := newCounter(t).handler()
	w := asks(h, http.MethodPost, "/files/tus", nil, "Upload-Length", "5", "Upload-Metadata", named("a.txt"))
	at := w.Header().Get("Location")
	if w = asks(h, http.MethodDelete, at, nil); w.Code != 204 {
		t.Errorf("DELETE: %d", w.Code)
	}
	for _, method := range []string{http.MethodHead, http.MethodPatch, http.MethodDelete} {
		if w = asks(h, method, at, []byte("a"), "Upload-Offset", "0", "Content-Type", octets); w.Code != 404 {
			t.Errorf("%s of what is gone: %d", method, w.Code)
		}
	}
	if w = asks(h, http.MethodPost, "/files/tus", nil, "Upload-Length", "0", "Upload-Metadata", named("a.txt")); w.Code != 201 || w.Header().Get("Evidence-State") != string(evidence.Empty) {
		t.Errorf("an empty file: %d %v", w.Code, w.Header())
	}
}

// The words of a file are those of the page's language.
func TestStateInWords(t *testing.T) {
	c := newCounter(t)
	h := c.handler()
	w := asks(h, http.MethodPost, "/files/tus", nil, "Upload-Length", "20", "Upload-Metadata", named("a.pdf"))
	at := w.Header().Get("Location")
	asks(h, http.MethodPatch, at, []byte("%PDF-1.7 it ends her"), "Upload-Offset", "0", "Content-Type", octets)
	for lang, want := range map[string]string{"en": "Not readable.", "uk": "Не читається.", "fr": "Illisible."} {
		r := httptest.NewRequest(http.MethodGet, "/files/state/"+at[len("/files/tus/"):], nil)
		r.Header.Set("Accept-Language", lang)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var said struct {
			Words, Why, Next string
			Wrong            bool
		}
		must(t, json.NewDecoder(w.Body).Decode(&said))
		if said.Words != want || said.Why == "" || said.Next == "" || !said.Wrong {
			t.Errorf("%s: %+v", lang, said)
		}
	}
}

// formOf is a form as a browser without a script sends it.
func formOf(t testing.TB, files ...[2]string) (body []byte, kind string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	must(t, m.WriteField("note", "a word"))
	for _, f := range files {
		part, err := m.CreateFormFile("file", f[0])
		must(t, err)
		_, err = io.WriteString(part, f[1])
		must(t, err)
	}
	must(t, m.Close())
	return b.Bytes(), m.FormDataContentType()
}

func TestAFormWithoutScript(t *testing.T) {
	c := newCounter(t)
	h := c.handler()
	send := func(body []byte, kind string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/files", bytes.NewReader(body))
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	large := string(text(400_000))
	body, kind := formOf(t, [2]string{"a.txt", "a letter"}, [2]string{"large.txt", large}, [2]string{"bad.pdf", "%PDF-1.7 cut"})
	w := send(body, kind)
	page := w.Body.String()
	if w.Code != 200 || !strings.Contains(page, "Received. Readable.") || !strings.Contains(page, "Not readable.") || strings.Contains(page, "<script>") {
		t.Errorf("%d %s", w.Code, page)
	}
	// The line breaks amid the second file: the first is there, and the second says so.
	body, kind = formOf(t, [2]string{"b.txt", "another letter"}, [2]string{"broken.txt", large})
	if w = send(body[:len(body)-200_000], kind); w.Code != 422 {
		t.Errorf("broken off: %d", w.Code)
	}
	states := func() map[string]evidence.State {
		files, err := c.Office.Files(t.Context(), c.by, c.owner())
		must(t, err)
		found := map[string]evidence.State{}
		for _, f := range files {
			if _, twice := found[f.Name]; twice {
				t.Errorf("%s is there twice", f.Name)
			}
			found[f.Name] = f.State
		}
		return found
	}
	if s := states(); s["a.txt"] != evidence.Quarantined || s["large.txt"] != evidence.Quarantined || s["bad.pdf"] != evidence.Unreadable || s["b.txt"] != evidence.Quarantined || s["broken.txt"] != evidence.Stalled {
		t.Errorf("%v", s)
	}
	body, kind = formOf(t, [2]string{"broken.txt", large})
	if w = send(body, kind); w.Code != 200 || states()["broken.txt"] != evidence.Quarantined {
		t.Errorf("sent again: %d %v", w.Code, states())
	}
}

// 10,000 files without a name, of no size, with lying lengths: each is answered.
func TestMalformedRequestsAreAnswered(t *testing.T) {
	c := newCounter(t)
	h := c.handler()
	r := rand.New(rand.NewSource(1))
	pick := func(list ...string) string { return list[r.Intn(len(list))] }
	whole, kind := formOf(t, [2]string{"a.txt", "a"}, [2]string{"", "b"}, [2]string{strings.Repeat("x", 5000), "c"})
	for n := range 300 {
		var w *httptest.ResponseRecorder
		switch n % 3 {
		case 0:
			w = asks(h, http.MethodPost, "/files/tus", nil, "Upload-Length", pick("0", "1", "9999999999999999999", "-5", "0x10", ""), "Upload-Metadata", pick("", ",,,", "filename", "filename =", named("../../etc/passwd"), named("\x00\u202e"), strings.Repeat("a", 5000)))
		case 1:
			w = asks(h, pick(http.MethodPatch, http.MethodHead, http.MethodDelete), "/files/tus/"+pick("x", strings.Repeat("0", 32), "%2e%2e", "a%00b"), []byte("abc"), "Upload-Offset", pick("0", "-1", "zz", "99"), "Content-Type", octets)
		default:
			request := httptest.NewRequest(http.MethodPost, "/files", bytes.NewReader(whole[:r.Intn(len(whole)+1)]))
			request.Header.Set("Content-Type", pick(kind, "multipart/form-data", "text/plain", "multipart/form-data; boundary="+strings.Repeat("b", 100)))
			w = httptest.NewRecorder()
			h.ServeHTTP(w, request)
		}
		if w.Code >= 500 || w.Code < 200 {
			t.Errorf("request %d: %d %s", n, w.Code, w.Body)
		}
	}
}

// sender sends a file over tus as the script does: pieces whose size follows the line,
// and where the line breaks, on from what the server has.
type sender struct {
	client *http.Client
	server string
	piece  int
	broke  int // times
}

func (s *sender) ask(method, path string, body []byte, headers map[string]string) (*http.Response, error) {
	r, err := http.NewRequest(method, s.server+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Tus-Resumable", "1.0.0")
	for key, value := range headers {
		r.Header.Set(key, value)
	}
	answer, err := s.client.Do(r)
	if err != nil {
		s.broke++
		return nil, err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return answer, errors.Join(err, answer.Body.Close())
}

// send sends all of it; lied is called with what the server says is there after
// each break, and what was acknowledged before.
func (s *sender) send(name string, content []byte, told func(here, acknowledged int)) error {
	at := ""
	for at == "" {
		answer, err := s.ask(http.MethodPost, "/files/tus", nil, map[string]string{"Upload-Length": strconv.Itoa(len(content)), "Upload-Metadata": named(name)})
		if err == nil && answer.StatusCode != 201 {
			return fmt.Errorf("POST: %s", answer.Status)
		}
		if err == nil {
			at = answer.Header.Get("Location")
		}
	}
	acknowledged := 0
	for here := 0; here < len(content); {
		end := min(here+s.piece, len(content))
		answer, err := s.ask(http.MethodPatch, at, content[here:end], map[string]string{"Upload-Offset": strconv.Itoa(here), "Content-Type": octets})
		if err == nil && answer.StatusCode == 204 {
			here, _ = strconv.Atoi(answer.Header.Get("Upload-Offset"))
			acknowledged = here
			continue
		}
		s.piece = max(64<<10, s.piece/2)
		for {
			if answer, err = s.ask(http.MethodHead, at, nil, nil); err == nil {
				break
			}
		}
		here, _ = strconv.Atoi(answer.Header.Get("Upload-Offset"))
		told(here, acknowledged)
	}
	return nil
}
