package console_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/internal/browsertest"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/paper"
	"github.com/openchancery/chancery/signin"
)

// page is a picture, as a scanner makes one.
func scanned(t *testing.T) []byte {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, 400, 566))
	for y := range 566 {
		for x := range 400 {
			shade := uint8(255)
			if y%40 == 0 && x > 30 && x < 370 {
				shade = 0
			}
			picture.SetGray(x, y, color.Gray{Y: shade})
		}
	}
	var b bytes.Buffer
	must(t, png.Encode(&b, picture))
	return b.Bytes()
}

// brings sends a file in a form.
func (v *visitor) brings(path, name string, content []byte) *visitor {
	v.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", name)
	must(v.TB, err)
	_, err = part.Write(content)
	must(v.TB, err)
	must(v.TB, form.Close())
	answer, err := v.client.Post(v.server.URL+path, form.FormDataContentType(), &b)
	must(v.TB, err)
	return v.took(answer)
}

// keyed is what stands on the paper, as the boxes of a-departure take it.
func onTheForm(nights string) url.Values {
	return url.Values{
		"claimant_name": {"Olena Koval"}, "birth_date-mark": {"empty"}, "contact": {"3 Quay Lane"}, "signed": {"true"},
		"incident_date-day": {"4"}, "incident_date-month": {"11"}, "incident_date-year": {"2019"}, "place": {"quayside"}, "family": {"false"}, "nights_away": {nights},
	}
}

// The whole way of a form on paper, by two clerks at their own screens.
func TestAFormOnPaperGoesThroughTwoClerks(t *testing.T) {
	h := opened(t)
	first, second := h.at("officer"), h.at("officer-2")
	mark := paper.Mark{Number: h.Office.NewPaperNumber(), Programme: "demo", Category: "a-departure", Language: "uk", Edition: "0123456789ab", Page: 1, Pages: 3}
	first.get("/desk/paper").sees(http.StatusOK, "No form is on its way", "/apply/paper/demo")
	first.post("/desk/paper", url.Values{"number": {"P-AAAA"}}).sees(http.StatusUnprocessableEntity, "no number of a form")
	first.post("/desk/paper", url.Values{"number": {mark.Text()}}).sees(http.StatusOK, "printed under another edition", `value="demo/a-departure" selected`, `value="uk" checked`)
	begin := first.form("/desk/paper/begin")
	for name, value := range map[string]string{"form": "demo/a-departure", "language": "uk", "received-day": "32", "received-month": "5", "received-year": "2020"} {
		begin.Set(name, value)
	}
	first.post("/desk/paper/begin", begin).sees(http.StatusUnprocessableEntity, "On which day")
	begin.Set("received-day", "20")
	first.post("/desk/paper/begin", begin).sees(http.StatusOK, "being keyed", string(mark.Number))
	root := first.at
	first.brings(root+"/scan", "page 1.png", scanned(t)).sees(http.StatusOK, "The scan is here", "page 1.png")
	first.get(root+"/part/1").sees(http.StatusOK, "1. Full name of the claimant", "Not legible", `alt="Scan: page 1.png"`)
	picture := regexp.MustCompile(`src="(/desk/paper/[^"]*)"`).FindStringSubmatch(first.page)[1]
	h.at("treasurer").get(picture).sees(http.StatusNotFound)

	// Nothing that was right is lost where something is wrong.
	wrong := onTheForm("many")
	first.post(root+"/part/1", wrong).sees(http.StatusUnprocessableEntity, "many", "Olena Koval")
	first.get(root+"/part/1").sees(http.StatusOK, "Olena Koval", "3 Quay Lane")
	both := onTheForm("4")
	both.Set("birth_date-year", "1975")
	both.Set("birth_date-month", "4")
	both.Set("birth_date-day", "26")
	first.post(root+"/part/1", both).sees(http.StatusUnprocessableEntity, "or tick one box")
	first.post(root+"/part/1", onTheForm("4")).sees(http.StatusOK, "Hand over to check")
	first.post(root+"/do", url.Values{"do": {"over"}}).sees(http.StatusOK, "Handed over", "waits for a second person")
	first.get(root).sees(http.StatusOK, "Somebody else must check it")
	first.post(root+"/do", url.Values{"do": {"check"}}).sees(http.StatusForbidden)

	second.get("/desk/paper").sees(http.StatusOK, "keyed by officer")
	second.post(root+"/open", url.Values{}).sees(http.StatusOK, "Check this form")
	second.post(root+"/do", url.Values{"do": {"check"}}).sees(http.StatusOK, "You check this form now")
	second.get(root+"/part/1").sees(http.StatusOK, "as if you were the first")
	second.seesNot("Olena Koval", "3 Quay Lane") // blind
	second.get(picture)
	if second.status != http.StatusOK || !strings.HasPrefix(second.page, "\x89PNG") {
		t.Errorf("the scan isn't shown to who checks: %d", second.status)
	}
	second.post(root+"/part/1", onTheForm("9")).sees(http.StatusOK, "Answers that differ: 1. Undecided: 1.")
	second.post(root+"/do", url.Values{"do": {"file"}}).sees(http.StatusConflict)
	first.get(root+"/differ").sees(http.StatusOK, "Who checks decides", "officer-2 read")
	first.seesNot(`name="nights_away-take"`)
	first.post(root+"/differ", url.Values{"nights_away-take": {"first"}}).sees(http.StatusConflict)
	second.get(root+"/differ").sees(http.StatusOK, `name="nights_away-take"`)
	second.post(root+"/differ", url.Values{"nights_away-take": {"anew"}, "nights_away": {"x"}}).sees(http.StatusUnprocessableEntity)
	second.post(root+"/differ", url.Values{"nights_away-take": {"anew"}, "nights_away": {"5"}}).sees(http.StatusOK, "File the claim")
	second.post(root+"/do", url.Values{"do": {"post"}, "post": {"Olena Koval\n3 Quay Lane"}}).sees(http.StatusOK, "The address is kept", "3 Quay Lane</textarea>")
	second.post(root+"/do", url.Values{"do": {"file"}}).sees(http.StatusOK, "Ми отримали ваш бланк", "20 травня 2020", string(mark.Number))
	codes := regexp.MustCompile(`<code>([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})</code>`).FindAllStringSubmatch(second.page, -1)
	if len(codes) != 2 {
		t.Fatalf("reference and code: %v\n%s", codes, second.page)
	}
	c, _, err := h.Office.ClaimByCode(t.Context(), codes[0][1], codes[1][1])
	if err != nil || c.Standing != claim.Filed || c.Answers["nights_away"] != "5" {
		t.Errorf("%+v, %v", c, err)
	}
	files, err := h.Office.Files(t.Context(), h.by("officer"), office.FileOwner{Claim: c.ID})
	if err != nil || len(files) != 1 || files[0].Name != "page 1.png" {
		t.Errorf("the scan isn't with the claim: %+v, %v", files, err)
	}
	second.post("/desk/paper", url.Values{"number": {string(mark.Number)}}).sees(http.StatusConflict, "on file already", codes[0][1])
	second.get(root).sees(http.StatusNotFound)
}

// A form of a category that asks for something sensitive: its scan is sealed to
// the desk, and once it is keyed only the number on the paper opens the form.
func TestASensitiveFormNeedsThePaperInHand(t *testing.T) {
	h := opened(t)
	first, second := h.at("officer"), h.at("officer-2")
	number := string(h.Office.NewPaperNumber())
	first.post("/desk/paper/begin", url.Values{"number": {number}, "form": {"demo/b-injury"}, "language": {"en"}, "received-day": {"20"}, "received-month": {"5"}, "received-year": {"2020"}}).
		sees(http.StatusOK, "work from the paper itself")
	root := first.at
	first.brings(root+"/scan", "page.png", scanned(t)).sees(http.StatusOK, "The scan is here")
	first.get(root + "/part/1").seesNot("<img")
	first.post(root+"/part/1", url.Values{"statement": {"told in confidence"}}).sees(http.StatusOK, "open")
	first.get(root+"/part/1").sees(http.StatusOK, "told in confidence")
	second.get("/desk/paper").sees(http.StatusOK, "Take the paper and scan its code")
	second.post(root+"/open", url.Values{}).sees(http.StatusConflict, "Only its number opens it")
	second.post("/desk/paper", url.Values{"number": {strings.ToLower(number)}}).sees(http.StatusOK, "being keyed")
	second.get(root+"/part/1").sees(http.StatusOK, "told in confidence")
}

// The pages of the whole way as a browser shows them, to two clerks. That none needs a script, the test above shows.
func TestTheWayOfAFormOnPaperInABrowser(t *testing.T) {
	h := opened(t)
	c := h.browser("officer", false)
	as := func(id string) {
		t.Helper()
		token, err := h.Office.BeginSession(context.Background(), office.SessionStaff, id, "passkey", nil)
		must(t, err)
		_, err = chromedp.Call(c.ctx, network.SetCookie, network.SetCookieParams{Name: signin.StaffCookie, Value: token, URL: h.server.URL})
		must(t, err)
	}
	at := func(path, text string) {
		t.Helper()
		must(t, chromedp.Do(c.ctx, chromedp.Navigate(h.server.URL+path)))
		c.waitStill(text)
	}
	look := func(name string) { t.Helper(); browsertest.Look(t, c.ctx, "desk-paper-"+name) }
	as("officer")
	at("/desk/paper", "A form came")
	look("list")
	number := h.Office.NewPaperNumber()
	must(t, chromedp.Do(c.ctx, chromedp.SendKeys("#number", string(number))))
	c.press(`form[action="/desk/paper"] button`, "Begin this form")
	look("begin")
	c.cameOn20May()
	c.press(`form[action="/desk/paper/begin"] button`, "being keyed")
	forms, err := h.Office.PaperForms(t.Context(), h.by("officer"))
	must(t, err)
	root := "/desk/paper/" + forms[0].ID
	picture := filepath.Join(t.TempDir(), "page.png")
	must(t, os.WriteFile(picture, scanned(t), 0o600))
	must(t, chromedp.Do(c.ctx, chromedp.SetUploadFiles("#files-chosen", []string{picture})))
	c.press(`form[enctype] button`, "The scan is here")
	look("work")
	at(root+"/part/1", "Full name of the claimant")
	look("key")
	c.keys("4")
	c.press(`button[value=list]`, "Hand over to check")
	look("work-keyed")
	c.press(`button[value=over]`, "Handed over")
	as("officer-2")
	must(t, chromedp.Do(c.ctx, chromedp.Navigate(h.server.URL+"/desk/paper")))
	c.press(fmt.Sprintf(`form[action=%q] button`, root+"/open"), "Check this form")
	c.press(`button[value=check]`, "You check this form now")
	at(root+"/part/1", "as if you were the first")
	c.keys("9")
	c.press(`button[value=list]`, "Undecided: 1.")
	at(root+"/differ", "differ")
	look("differ")
	must(t, chromedp.Do(c.ctx, chromedp.Click(`[name=nights_away-take][value=first]`)))
	c.press(`form[action$="/differ"] > button`, "File the claim")
	c.press(`button[value=file]`, "We received your form")
	look("letter")
}

// cameOn20May says what form it is, and when it came.
func (c *clicks) cameOn20May() {
	c.Helper()
	must(c.TB, chromedp.Do(c.ctx, chromedp.SetValue("#form", "demo/a-departure"), chromedp.Click("#language"),
		chromedp.SendKeys("#received", "20"), chromedp.SendKeys("#received-month", "5"), chromedp.SendKeys("#received-year", "2020")))
}

// keys keys what stands on the paper.
func (c *clicks) keys(nights string) {
	c.Helper()
	must(c.TB, chromedp.Do(c.ctx,
		chromedp.SetValue("#claimant_name", "Olena Koval"), chromedp.Click(`[name=birth_date-mark][value=empty]`), chromedp.SetValue("#contact", "3 Quay Lane"), chromedp.Click("#signed"),
		chromedp.SetValue("#incident_date", "4"), chromedp.SetValue("#incident_date-month", "11"), chromedp.SetValue("#incident_date-year", "2019"),
		chromedp.Click("#place"), chromedp.Click(`[name=family][value=false]`), chromedp.SetValue("#nights_away", nights)))
}
