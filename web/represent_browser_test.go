package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/browsertest"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/signin"
	"github.com/openchancery/chancery/web"
)

// clerk is a representative at a browser, by buttons alone.
type clerk struct {
	*register
	ctx    context.Context
	url    string
	folder string // of downloads
}

// clerks serves the pages of representatives and claimants, with the ways in.
func (r *register) clerk() (*clerk, func() ([]string, []string)) {
	r.Helper()
	ctx, heard := browsertest.Start(r.TB.(*testing.T))
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	r.Cleanup(server.Close)
	at := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	ways, err := signin.NewStaff(r.Office, signin.Options{URL: at, Body: screen.Names{"": "The register"}, Now: r.at.now, Landings: map[office.SessionKind]signin.Landing{
		office.SessionStaff: {Cookie: signin.StaffCookie, Path: "/desk/", Outside: web.RepresentRoot},
	}})
	must(r.TB, err)
	mux.Handle(signin.StaffRoot, ways)
	mux.Handle(web.RepresentRoot, r.represent(new(written)))
	mux.Handle(web.Root, r.site(new(written)))
	mux.HandleFunc("/favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	c := &clerk{r, ctx, at, r.TempDir()}
	_, err = chromedp.Call(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: c.folder})
	must(r.TB, err)
	return c, heard
}

func (c *clerk) do(actions ...chromedp.Action[chromedp.Void]) {
	c.Helper()
	if err := chromedp.Do(c.ctx, actions...); err != nil {
		at, _ := chromedp.Run(c.ctx, chromedp.Evaluate[string]("location.pathname + ' ' + document.body.innerText.slice(0, 900)"))
		c.Fatalf("%v at %s", err, at)
	}
}

// says waits until the page that is open says so.
func (c *clerk) says(text string) {
	c.Helper()
	said := fmt.Sprintf("document.readyState === 'complete' && document.body.innerText.replaceAll('’', \"'\").includes(%q)", text)
	for range 200 { // a page that goes over to the next one has no answer for a moment
		if yes, err := chromedp.Run(c.ctx, chromedp.Evaluate[bool](said)); err == nil && yes {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	at, _ := chromedp.Run(c.ctx, chromedp.Evaluate[string]("location.pathname + ' ' + document.body.innerText.slice(0, 1500)"))
	c.Fatalf("the page never says %q: %s", text, at)
}

func (c *clerk) goes(path, text string) {
	c.Helper()
	c.do(chromedp.Navigate(c.url + path))
	c.says(text)
}

func (c *clerk) press(what, text string) {
	c.Helper()
	c.do(chromedp.Click(what))
	c.says(text)
}

// tells fills the form that is open in.
func (c *clerk) tells(answers map[string]string) {
	c.Helper()
	for name, answer := range answers {
		_, err := chromedp.Run(c.ctx, chromedp.Evaluate[bool](fmt.Sprintf(`((name, answer) => {
		  for (const e of document.getElementsByName(name)) { if (e.type === 'radio' || e.type === 'checkbox') { if (e.value === answer) e.click(); } else e.value = answer; }
		  return true;
		})(%q, %q)`, name, answer)))
		must(c.TB, err)
	}
}

// scripting says whether the browser runs scripts of pages.
func (c *clerk) scripting(on bool) {
	c.Helper()
	_, err := chromedp.Call(c.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
	must(c.TB, err)
}

// looks holds the page that is open to what every page is held to, on a telephone;
// a picture is kept at a desk's width too.
func (c *clerk) looks(name string) {
	c.Helper()
	t := c.TB.(*testing.T)
	c.do(chromedp.EmulateViewport(320, 900))
	browsertest.Hold(t, c.ctx, "represent-"+name, 320)
	if os.Getenv("CHANCERY_SCREENSHOTS") != "" {
		c.do(chromedp.EmulateViewport(1280, 900))
		browsertest.Picture(t, c.ctx, "represent-"+name+"-1280")
	}
}

// signsIn makes a passkey by an invitation, signs out, and in again.
func (c *clerk) signsIn(id string) {
	c.Helper()
	_, err := chromedp.Call(c.ctx, webauthn.Enable, webauthn.EnableParams{})
	must(c.TB, err)
	_, err = chromedp.Call(c.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	must(c.TB, err)
	token, _, err := c.Office.InviteActor(c.Context(), c.by, id, false)
	must(c.TB, err)
	const makeIt, useIt = `button[data-begin="/sign-in/enrol"]`, `button[data-begin="/sign-in/passkey"]`
	c.do(chromedp.Navigate(c.url+"/sign-in/invited#"+token), browsertest.Seen("#token"), chromedp.Click("form[action='/sign-in/invited'] button"),
		browsertest.Seen(makeIt), chromedp.Click(makeIt), browsertest.Seen("#ways"))
	c.do(chromedp.Click("form.leave button"), browsertest.Seen(useIt), chromedp.Click(useIt))
	c.says("You act for legal-aid")
}

// downloaded is the file that was downloaded, when it is whole.
func (c *clerk) downloaded(pattern string) string {
	c.Helper()
	for range 200 {
		found, err := filepath.Glob(filepath.Join(c.folder, pattern))
		must(c.TB, err)
		if len(found) == 1 {
			if info, err := os.Stat(found[0]); err == nil && info.Size() > 0 {
				return found[0]
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.Fatalf("nothing like %s was downloaded", pattern)
	return ""
}

// filledIn fills the rows of a workbook, by the columns' names, and answers its copy.
func (c *clerk) filledIn(template string, rows ...map[string]string) string {
	c.Helper()
	file, err := excelize.OpenFile(template)
	must(c.TB, err)
	names, err := file.GetRows("Claims")
	must(c.TB, err)
	for n, row := range rows {
		for i, name := range names[1] {
			at, err := excelize.CoordinatesToCellName(i+1, n+3)
			must(c.TB, err)
			if text, given := row[name]; given {
				must(c.TB, file.SetCellValue("Claims", at, text))
			}
		}
	}
	copied := filepath.Join(c.TempDir(), "claims.xlsx")
	must(c.TB, file.SaveAs(copied))
	return copied
}

func claimed(own string, mandate claim.MandateID, day string) map[string]string {
	return map[string]string{
		"number": own, "under_mandate": string(mandate), "claimant": "a person", "claimant_name": "Olena Kovalenko", "birth_date": "1980-02-03",
		"contact": "3 Quay Lane", "signed": "yes", "incident_date": day, "place": "marina", "family": "no", "nights_away": "12",
	}
}

// A representative's import: signs in, enters a mandate, downloads the template, gives
// the filled workbook with a wrong row, sees the mistake, gives the mended one, files,
// adds documents, and sees the claims. Then the claimant sees who acts for them and
// ends it, after which the representative is refused. Scripts are off but where a
// passkey is made.
func TestARepresentativesImportInABrowser(t *testing.T) {
	r := registering(t)
	r.lawyer("lawyer-1", "legal-aid")
	c, heard := r.clerk()
	c.signsIn("lawyer-1")
	at, err := chromedp.Run(c.ctx, chromedp.Evaluate[string]("location.pathname"))
	must(t, err)
	if at != web.RepresentRoot {
		t.Errorf("they land at %s", at)
	}
	c.scripting(false)
	c.press(`a[href="/represent/mandate/new"]`, "For whom do you act?")
	c.scripting(true)
	c.tells(map[string]string{"name": "Olena Kovalenko", "kind": "authority", "paper": "signed 2 June 2020"})
	c.press(`form[action="/represent/mandates"] button`, "The mandate is entered")
	id, err := chromedp.Run(c.ctx, chromedp.Text(".mandate-id"))
	must(t, err)
	mandate := claim.MandateID(strings.TrimSpace(id))
	c.goes("/represent/bulk", "First: get the template")
	c.tells(map[string]string{"form": "demo/a-departure"})
	c.do(chromedp.Click(`form[action="/represent/bulk/template"] button`))
	template := c.downloaded("demo-a-departure*.xlsx")
	path := c.givesSheet(c.filledIn(template, claimed("K-1", mandate, "2019-11-05"), claimed("K-2", mandate, "03/04/2022")), "some rows are wrong")
	c.says("Row 4, column")
	c.do(chromedp.Click(`a[href="` + path + `/checked"]`))
	wrong, err := excelize.OpenFile(c.downloaded("*.checked.xlsx"))
	must(t, err)
	told, err := wrong.GetCellValue("Claims", "A4")
	must(t, err)
	if told == "" {
		t.Error("the checked workbook doesn't say what is wrong in row 4")
	}
	path = c.givesSheet(c.filledIn(template, claimed("K-1", mandate, "2019-11-05"), claimed("K-2", mandate, "2019-11-06")), "nothing is wrong")
	c.press(`form[action="`+path+`/file"] button`, "Filed now")
	c.goes("/represent/claims", "K-2")
	c.says("K-1")
	c.goes("/represent/evidence", "Begin each file's name")
	letter := filepath.Join(c.TempDir(), "K-1_letter.txt")
	must(t, os.WriteFile(letter, []byte("a letter from the quay"), 0o600))
	c.do(chromedp.SetUploadFiles("#files", []string{letter}))
	c.press(`form[action="/represent/evidence"] button`, "1 of 1 files were added")

	c.revoked(mandate, template)
	asked, complaints := heard()
	for _, at := range asked {
		if !strings.HasPrefix(at, c.url+"/") && !strings.HasPrefix(at, "data:") || strings.Contains(at, "K-1") {
			t.Errorf("asks for %s", at)
		}
	}
	for _, said := range complaints {
		if !regexp.MustCompile(`40[39]`).MatchString(said) {
			t.Errorf("the console says %q", said)
		}
	}
}

// revoked lets the claimant of K-1 see who acts for them and end it, and looks whether
// the representative is refused from then on.
func (c *clerk) revoked(mandate claim.MandateID, template string) {
	c.Helper()
	t, r := c.TB, c.register
	lawyer := r.known("lawyer-1")
	found, err := r.Office.FindRepresented(c.Context(), lawyer, "K-1")
	must(t, err)
	r.follows()
	code, _, err := r.Office.GiveCode(c.Context(), r.by, "demo", found[0].ID)
	must(t, err)
	c.goes("/claim/", "eference")
	c.tells(map[string]string{"reference": string(found[0].Reference), "code": string(code)})
	c.press(`main form button`, "legal-aid filed this claim for you")
	c.press(`a[href="/claim/mandate"]`, "They may not receive money for you.")
	c.press(`form[action="/claim/mandate"] button`, "The mandate is ended")
	_, err = r.Office.Amend(c.Context(), lawyer, "demo", found[0].ID, map[string]string{"nights_away": "3"})
	if fault.Code(err) != "mandate.ended" {
		t.Errorf("the representative amends after the end: %v", err)
	}
	c.goes("/represent/claim/"+string(found[0].ID), "The mandate was ended on")
	c.givesSheet(c.filledIn(template, claimed("K-3", mandate, "2019-11-06")), "some rows are wrong")
	c.says("The mandate was ended on")
}

// givesSheet gives a filled workbook, and answers the path of its page.
func (c *clerk) givesSheet(file, text string) string {
	c.Helper()
	c.goes("/represent/bulk/new", "We check it and file nothing")
	c.tells(map[string]string{"form": "demo/a-departure"})
	c.do(chromedp.SetUploadFiles("#sheet", []string{file}))
	c.press(`form[action="/represent/bulk"] button`, text)
	path, err := chromedp.Run(c.ctx, chromedp.Evaluate[string]("location.pathname"))
	must(c.TB, err)
	return path
}

// known is somebody who signed in, without a browser.
func (r *register) known(id string) office.By {
	r.Helper()
	token, err := r.Office.BeginSession(r.Context(), office.SessionStaff, id, "passkey", nil)
	must(r.TB, err)
	known, _, err := r.Office.KnownBySession(r.Context(), token)
	must(r.TB, err)
	return office.By{Actor: known}
}

// Every page of theirs, with its errors, in each language, on a telephone and at a
// desk: nothing sticks out, axe-core finds nothing, the HTML holds.
func TestThePagesOfRepresentativesAreAccessible(t *testing.T) {
	r := registering(t)
	l := r.lawyer("lawyer-1", "legal-aid")
	c, _ := r.clerk()
	mandate := l.mandate(func(url.Values) {})
	over := l.mandate(func(url.Values) {})
	l.post("/represent/mandate/"+string(over)+"/end", url.Values{})
	filed, _ := l.gives(sheetHead + sheetRow("K-1", mandate, "4") + sheetRow("K-2", mandate, "4"))
	l.post(filed+"/file", url.Values{"which": {"all"}})
	wrong, _ := l.gives(sheetHead + sheetRow("K-3", mandate, "4") + sheetRow("", over, "x"))
	ready, _ := l.gives(sheetHead + sheetRow("K-4", mandate, "4"))
	failed, _ := l.gives("dear sir or madam\n")
	broken, _ := l.gives(sheetHead + sheetRow("K-5", mandate, "4"))
	l.interrupted(broken)
	closed, _ := l.sends("/represent/bulk", part{"form", "", "demo/b-injury"}, part{"sheet", "claims.csv", sheetHead})
	page, _, err := r.Office.Represented(t.Context(), l.by, "", 9)
	must(t, err)
	must(t, c.enters(l.visitor.cookies[signin.StaffCookie].Value))
	letter := filepath.Join(t.TempDir(), "K-9_letter.txt")
	must(t, os.WriteFile(letter, []byte("of nobody"), 0o600))
	for _, lang := range screen.Languages() {
		c.do(chromedp.Navigate(c.url+"/represent/?lang="+lang), browsertest.Seen("h1"))
		for _, p := range []struct {
			name, path string
			once       bool // in English: another state of a page that is looked at in all
		}{
			{"home", "/represent/", false},
			{"claims", "/represent/claims", false},
			{"claim", "/represent/claim/" + string(page[0].ID), false},
			{"mandates", "/represent/mandates", false},
			{"mandate", "/represent/mandate/" + string(mandate) + "?done=given", false},
			{"mandate-over", "/represent/mandate/" + string(over), true},
			{"give", "/represent/mandate/new", true},
			{"bulk", "/represent/bulk", false},
			{"upload", "/represent/bulk/new", false},
			{"wrong", wrong, false},
			{"filed", filed, true},
			{"ready", ready, true},
			{"failed", failed, true},
			{"interrupted", broken, true},
			{"closed", closed, false},
			{"evidence", "/represent/evidence", false},
			{"refused", "/represent/bulk/template?form=none", false},
		} {
			if p.once && lang != "en" {
				continue
			}
			c.do(chromedp.Navigate(c.url+p.path), browsertest.Seen("h1"))
			c.looks(p.name + "-" + lang)
		}
		c.do(chromedp.Navigate(c.url+"/represent/mandate/new"), clicked(`form[action="/represent/mandates"] button`), browsertest.Seen(".problems"))
		c.looks("give-wrong-" + lang)
		c.do(chromedp.Navigate(c.url+"/represent/evidence"), chromedp.SetUploadFiles("#files", []string{letter}),
			clicked(`form[action="/represent/evidence"] button`), browsertest.Seen(".list"))
		c.looks("evidence-came-" + lang)
	}
}

// clicked presses a button by the page's own means.
func clicked(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.querySelector(%q).click()", selector))
}

// enters gives the browser somebody's session.
func (c *clerk) enters(token string) error {
	_, err := chromedp.Call(c.ctx, network.SetCookie, network.SetCookieParams{Name: signin.StaffCookie, Value: token, URL: c.url})
	return err
}
