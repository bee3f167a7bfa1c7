package web_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
)

// photo is a picture as a telephone makes it, in small.
func photo(t testing.TB) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for n := range 64 * 48 {
		picture.Set(n%64, n/64, color.RGBA{uint8(n), uint8(n / 7), 90, 255})
	}
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, picture, nil))
	return b.Bytes()
}

// bring sends files by the form of the page of proofs, as a browser without
// scripts does.
func (w *walker) bring(path string, files map[string][]byte) *walker {
	w.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, content := range files {
		part, err := form.CreateFormFile("file", name)
		must(w.TB, err)
		_, err = part.Write(content)
		must(w.TB, err)
	}
	must(w.TB, form.Close())
	req, err := http.NewRequest(http.MethodPost, w.h.server.URL+path, &body)
	must(w.TB, err)
	req.Header.Set("Content-Type", form.FormDataContentType())
	return w.do(req, nil)
}

func (w *walker) proofs() string {
	w.Helper()
	path := first(regexp.MustCompile(`href="(/apply/proof/[^"]*)"`), w.get("/apply/tasks").page)
	if path == "" {
		w.Fatalf("no proofs in the list:\n%s", w.page)
	}
	return path
}

// Files are brought without a script, each says how it stands, and those that
// arrived are part of the claim that is sent.
func TestProofsAreBroughtAndSentWithTheClaim(t *testing.T) {
	h := interviewing(t)
	w := h.begun("en")
	path := w.proofs()
	w.get(path).says("Best", "Your own account of what happened", "You have not sent any files yet", "Take a photo", `capture="environment"`)
	w.bring(path, nil).says("Choose a file first")
	w.bring(path, map[string][]byte{"home.jpg": photo(t)}).says("home.jpg", "These files have arrived")
	w.bring(path, map[string][]byte{"empty.pdf": nil}).says("empty.pdf", "Not every file has arrived")
	w.get("/apply/tasks").says("need to be sent again")
	w.get(path)
	remove := ""
	for _, m := range regexp.MustCompile(`(?s)<li[^>]*>(.*?)</li>`).FindAllStringSubmatch(w.page, -1) {
		if strings.Contains(m[1], "empty.pdf") {
			remove = first(regexp.MustCompile(`action="([^"]*)"`), m[1])
		}
	}
	w.post(remove, nil).says("The file is removed").says0("empty.pdf")
	w.bring(path, map[string][]byte{"large.jpg": append(photo(t), bytes.Repeat([]byte{0}, 900<<10)...)})
	stranger := h.begun("en")
	if stranger.get(strings.Replace(path, "/proof/c2", "/proof/c2", 1)); strings.Contains(stranger.page, "home.jpg") {
		t.Error("another's files are shown")
	}
	w.filled(olenas)
	w.get("/apply/check").says("Files: ")
	w.declared()
	home := sha256.Sum256(photo(t))
	w.says("home.jpg", hex.EncodeToString(home[:])).get("/apply/sent/sheet").says("home.jpg", hex.EncodeToString(home[:]))
	brought := 0
	for _, c := range h.standing(t, claim.Filed) {
		steps, err := h.Office.History(t.Context(), c.ID.Stream())
		must(t, err)
		brought += strings.Count(string(steps[0].Facts), `"file"`)
	}
	if brought == 0 {
		t.Error("no file is named in what was filed")
	}
}
