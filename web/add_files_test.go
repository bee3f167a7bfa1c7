package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/web"
)

// brings sends files by the form of a page, as a browser without scripts does, and
// follows where it is sent.
func (v *visitor) brings(path string, files ...string) *httptest.ResponseRecorder {
	v.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for n := 0; n+1 < len(files); n += 2 {
		part, err := form.CreateFormFile("file", files[n])
		must(v.t, err)
		_, err = part.Write([]byte(files[n+1]))
		must(v.t, err)
	}
	must(v.t, form.Close())
	w := v.sends(http.MethodPost, path, body.Bytes(), map[string]string{"Content-Type": form.FormDataContentType(), "Sec-Fetch-Site": "same-origin"})
	if w.Code == http.StatusSeeOther {
		return v.does(http.MethodGet, w.Header().Get("Location"), nil)
	}
	return w
}

// sends sends a request with this body and these headers.
func (v *visitor) sends(method, path string, body []byte, headers map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	r.RemoteAddr = v.remote
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.site.ServeHTTP(w, r)
	v.asked = append(v.asked, path)
	return w
}

// line is the row of a page that names a file.
func line(w *httptest.ResponseRecorder, name string) string {
	for _, m := range regexp.MustCompile(`(?s)<li class="[^"]*"[^>]*>.*?</li>`).FindAllString(w.Body.String(), -1) {
		if strings.Contains(html.UnescapeString(m), name) {
			return html.UnescapeString(m)
		}
	}
	return ""
}

var removing = regexp.MustCompile(`action="(/claim/files/remove/[^"]*)"`)

// What shows a loss comes after the claim was sent, too: each file says how it
// stands, one that can't be used says what to do, and one that can is named by an
// entry with its hash in the list that goes with the receipt.
func TestFilesAreAddedToAClaimOnFile(t *testing.T) {
	r := registering(t)
	id, reference, code := r.files("one", asIs)
	var log written
	v := visiting(t, r.site(&log))
	has(t, "the claim", v.enters(string(reference), string(code)), "Your files: see them and add more")
	has(t, "no file", v.does(http.MethodGet, "/claim/files", nil), "You have not sent any files yet", "as long as nothing is decided", `enctype="multipart/form-data"`, `data-tus="/claim/files/tus"`, `capture="environment"`)
	has(t, "none chosen", v.brings("/claim/files"), "Choose a file first", "There is a problem")
	picture := photo(t)
	has(t, "a photo", v.brings("/claim/files", "двір.jpg", string(picture)), "These files have arrived")
	sum := sha256.Sum256(picture)
	page := v.does(http.MethodGet, "/claim/files", nil)
	if row := line(page, "двір.jpg"); !strings.Contains(row, "Received. Readable.") || !strings.Contains(row, hex.EncodeToString(sum[:])) || strings.Contains(row, "Remove") {
		t.Errorf("the photo: %s", row)
	}
	for _, c := range []struct{ name, content, why string }{
		{"empty.pdf", "", "There is nothing in it"},
		{"cut.pdf", "%PDF-1.7 cut", "It is damaged"},
		{"tool.exe", "MZ\x90\x00 and so on", "Send a PDF, a photo"},
		{"photo.png", "%PDF-1.4\n1 0 obj\n", "Not readable"},
	} {
		w := v.brings("/claim/files", c.name, c.content)
		row := line(w, c.name)
		if c.name == "photo.png" {
			if !strings.Contains(row, "wrong") {
				t.Errorf("%s: %s", c.name, row)
			}
			continue
		}
		if !strings.Contains(row, c.why) || !strings.Contains(row, "Please send another file in its place.") || !strings.Contains(w.Body.String(), "Not every file has arrived") {
			t.Errorf("%s: %s", c.name, row)
		}
	}
	drop := removing.FindStringSubmatch(line(v.does(http.MethodGet, "/claim/files", nil), "empty.pdf"))
	w := v.does(http.MethodPost, drop[1], url.Values{})
	has(t, "removed", w, "The file is removed")
	if line(w, "empty.pdf") != "" {
		t.Error("it is there still")
	}
	history, err := r.Office.History(t.Context(), id.Stream())
	must(t, err)
	last := history[len(history)-1]
	if len(history) != 2 || last.Kind != claim.KindEvidenceAdded || last.Actor != "claimant" {
		t.Errorf("in the docket: %d steps, the last %+v", len(history), last)
	}
	has(t, "the timeline", v.does(http.MethodGet, "/claim/mine", nil), "Files that you sent became part of the claim.", `<a href="/claim/files">See your files</a>`)
	var m office.Manifest
	must(t, json.Unmarshal(v.does(http.MethodPost, "/claim/files/manifest", url.Values{}).Body.Bytes(), &m))
	if len(m.Files) != 1 || m.Files[0].SHA256 != sum || m.Files[0].Entry.Version != 2 || m.Reference != reference {
		t.Errorf("the list of files: %+v", m)
	}
	_, err = r.Office.Publish(t.Context())
	must(t, err)
	has(t, "the sheet", v.does(http.MethodPost, "/claim/sheet", url.Values{}), "двір.jpg", hex.EncodeToString(sum[:]))
	v.brings("/claim/files", "later.txt", "and a text") // acknowledged at once, published later
	note := regexp.MustCompile(`action="/claim/acknowledgement"><input type="hidden" name="n" value="([0-9]+)">`).FindAllStringSubmatch(v.does(http.MethodGet, "/claim/mine", nil).Body.String(), -1)
	if len(note) != 1 {
		t.Fatalf("signed notes: %v", note)
	}
	has(t, "the note", v.does(http.MethodPost, "/claim/acknowledgement", url.Values{"n": {note[0][1]}}), "chancery/acknowledgement/v1\nregister.example/log\n"+string(id.Stream())+"#3\n")
	for _, secret := range []string{"двір", string(reference), string(code)} {
		if strings.Contains(log.String()+strings.Join(v.asked, " "), secret) {
			t.Errorf("%s stands in the log or an address", secret)
		}
	}
}

// alarmed is a scanner that finds something in each text with the word harmful.
type alarmed struct{ office.Screening }

func (alarmed) Scans() bool { return true }

func (alarmed) Scan(_ context.Context, content io.Reader) (bool, error) {
	text, err := io.ReadAll(content)
	return bytes.Contains(text, []byte("harmful")), err
}

// In the place of a file that proved harmful, which is part of the claim by then,
// another comes; the first stays named.
func TestAnotherFileComesInThePlaceOfOneThatCannotBeUsed(t *testing.T) {
	r := registering(t)
	r.Office.Screen = alarmed{r.Office.Screen}
	id, reference, code := r.files("one", asIs)
	v := visiting(t, r.site(new(written)))
	v.enters(string(reference), string(code))
	v.brings("/claim/files", "harmful.txt", "a harmful text")
	files, err := r.Office.Files(t.Context(), r.by, office.FileOwner{Claim: id})
	must(t, err)
	must(t, r.Office.CheckFile(t.Context(), files[0].ID, 0))
	page := v.does(http.MethodGet, "/claim/files", nil)
	row := line(page, "harmful.txt")
	instead := regexp.MustCompile(`href="(/claim/files/instead/[^"]*)"`).FindStringSubmatch(row)
	if instead == nil || strings.Contains(row, "Remove") {
		t.Fatalf("no way to send another: %s", row)
	}
	has(t, "instead", v.does(http.MethodGet, instead[1], nil), "takes the place of this file: harmful.txt", `data-replaces="`+files[0].ID+`"`)
	w := v.brings(instead[1], "good.txt", "a good text")
	if line(w, "good.txt") == "" || !strings.Contains(line(w, "harmful.txt"), "You sent another file in its place") {
		t.Errorf("replaced: %s", w.Body)
	}
	if w := v.does(http.MethodGet, instead[1], nil); w.Code != http.StatusNotFound {
		t.Errorf("replaced twice: %d", w.Code)
	}
}

// Another's claim and its files are nobody's else: by no address and no request.
func TestAnothersFilesCannotBeTouched(t *testing.T) {
	r := registering(t)
	id, reference, code := r.files("one", asIs)
	_, reference2, code2 := r.files("two", asIs)
	site := r.site(new(written))
	v, stranger := visiting(t, site), visiting(t, site)
	v.enters(string(reference), string(code))
	stranger.enters(string(reference2), string(code2))
	tus := map[string]string{"Tus-Resumable": "1.0.0", "Sec-Fetch-Site": "same-origin"}
	with := func(pairs ...string) map[string]string {
		all := map[string]string{"Tus-Resumable": "1.0.0", "Sec-Fetch-Site": "same-origin"}
		for n := 0; n+1 < len(pairs); n += 2 {
			all[pairs[n]] = pairs[n+1]
		}
		return all
	}
	begun := v.sends(http.MethodPost, "/claim/files/tus", nil, with("Upload-Length", "10", "Upload-Metadata", "filename bm90ZS50eHQ="))
	at := begun.Header().Get("Location")
	if begun.Code != http.StatusCreated || !strings.HasPrefix(at, "/claim/files/tus/") {
		t.Fatalf("%d %v", begun.Code, begun.Header())
	}
	file := strings.TrimPrefix(at, "/claim/files/tus/")
	piece := with("Upload-Offset", "0", "Content-Type", "application/offset+octet-stream")
	for what, w := range map[string]*httptest.ResponseRecorder{
		"how much is here": stranger.sends(http.MethodHead, at, nil, tus),
		"a piece":          stranger.sends(http.MethodPatch, at, []byte("other text"), piece),
		"taken back":       stranger.sends(http.MethodDelete, at, nil, tus),
		"its state":        stranger.sends(http.MethodGet, "/claim/files/state/"+file, nil, nil),
		"in its place":     stranger.sends(http.MethodGet, "/claim/files/instead/"+file, nil, nil),
	} {
		if w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "note") {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
	}
	stranger.does(http.MethodPost, "/claim/files/remove/"+file, url.Values{})
	stranger.brings("/claim/files/instead/"+file, "mine.txt", "something else")
	if w := v.sends(http.MethodPatch, at, []byte("ten bytes!"), piece); w.Code != http.StatusNoContent {
		t.Errorf("its own claimant: %d %v", w.Code, w.Header())
	}
	files, err := r.Office.Files(t.Context(), r.by, office.FileOwner{Claim: id})
	must(t, err)
	if len(files) != 1 || files[0].SHA256 != sha256.Sum256([]byte("ten bytes!")) || files[0].Entry != 2 {
		t.Errorf("%+v", files)
	}
	if w := v.sends(http.MethodPost, "/claim/files/tus", nil, map[string]string{"Tus-Resumable": "1.0.0", "Upload-Length": "1", "Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}); w.Code != http.StatusForbidden {
		t.Errorf("from another site: %d", w.Code)
	}
}

// Where the claim takes no more files, or the quarter of an hour is over, the page
// says so; a deficiency's page leads to the files.
func TestWhenNoFileCanBeAddedThePageSaysSo(t *testing.T) {
	r := registering(t)
	_, reference, code := r.files("one", unsigned)
	_, reference2, code2 := r.files("two", elsewhere)
	r.answers()
	v := visiting(t, r.site(new(written)))
	v.enters(string(reference), string(code))
	has(t, "what is missing", v.does(http.MethodGet, "/claim/answer", nil), `<a href="/claim/files">Send a document that we asked for</a>`)
	has(t, "its files", v.does(http.MethodGet, "/claim/files", nil), "answer our questions too", `href="/claim/answer"`)
	has(t, "sent", v.brings("/claim/files", "note.txt", "signed at last"), "note.txt", "These files have arrived")
	r.at.pass(16 * time.Minute)
	if w := v.sends(http.MethodPatch, "/claim/files/tus/0", nil, nil); w.Code != http.StatusForbidden {
		t.Errorf("a script whose session is over: %d", w.Code)
	}
	has(t, "signed out", v.brings("/claim/files", "late.txt", "too late"), "these files did not arrive", `name="to" value="/claim/files"`)
	has(t, "signed in again", v.does(http.MethodPost, web.Root, url.Values{"reference": {string(reference)}, "code": {string(code)}, "to": {"/claim/files"}, "kept": {""}}), "note.txt", "Your files")
	closed := visiting(t, r.site(new(written)))
	closed.enters(string(reference2), string(code2))
	w := closed.does(http.MethodGet, "/claim/files", nil)
	has(t, "refused", w, "No more files can be added now")
	if strings.Contains(w.Body.String(), `type="file"`) {
		t.Error("there is a field for files all the same")
	}
	has(t, "sent all the same", closed.brings("/claim/files", "late.txt", "too late"), "Files can't be added here")
}
