package web_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"html"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/signin"
	"github.com/openchancery/chancery/web"
	"github.com/openchancery/chancery/workbook"
)

// lawyer is a representative with a browser.
type lawyer struct {
	*register
	visitor *visitor
	by      office.By
	log     *written
}

// lawyer signs a representative of an organisation in.
func (r *register) lawyer(id, organisation string) *lawyer {
	r.Helper()
	l, secret := &lawyer{register: r, log: new(written)}, ""
	must(r.TB, r.Office.AddActor(r.Context(), r.by, id, []string{office.Representative}, func(s string) error { secret = s; return nil }))
	must(r.TB, r.Office.JoinOrganisation(r.Context(), r.by, organisation, id))
	who, err := r.Office.Authenticate(r.Context(), secret)
	must(r.TB, err)
	l.by = office.By{Actor: who}
	token, err := r.Office.BeginSession(r.Context(), office.SessionStaff, id, "passkey", nil)
	must(r.TB, err)
	l.visitor = visiting(r.TB, r.represent(l.log))
	l.visitor.cookies[signin.StaffCookie] = &http.Cookie{Name: signin.StaffCookie, Value: token}
	return l
}

func (r *register) represent(log *written) http.Handler {
	return web.NewRepresent(r.Office, web.RepresentOptions{Now: r.at.now, Log: slog.New(slog.NewTextHandler(log, nil)), Folder: r.OpenOutbox})
}

// at is the page that an address shows, as text.
func (l *lawyer) get(path string) string {
	l.Helper()
	return l.page(l.visitor.does(http.MethodGet, path, nil))
}

func (l *lawyer) post(path string, form url.Values) string {
	l.Helper()
	return l.page(l.visitor.does(http.MethodPost, path, form))
}

func (l *lawyer) page(w *httptest.ResponseRecorder) string {
	l.Helper()
	if w.Code >= 500 {
		l.Fatalf("%d: %s", w.Code, l.log)
	}
	return strings.ReplaceAll(html.UnescapeString(w.Body.String()), "’", "'")
}

// part is a field of a form with files; a file has a name.
type part struct{ field, name, content string }

// sends sends a form with files, and follows where it leads.
func (l *lawyer) sends(path string, parts ...part) (string, string) {
	l.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		var to io.Writer
		var err error
		if p.name == "" {
			to, err = form.CreateFormField(p.field)
		} else {
			to, err = form.CreateFormFile(p.field, p.name)
		}
		must(l.TB, err)
		_, err = io.WriteString(to, p.content)
		must(l.TB, err)
	}
	must(l.TB, form.Close())
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range l.visitor.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	l.visitor.site.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		l.visitor.cookies[c.Name] = c
	}
	if to := w.Header().Get("Location"); w.Code == http.StatusSeeOther {
		return to, l.get(to)
	}
	return path, l.page(w)
}

// mandate enters one as the form has it, and answers its id.
func (l *lawyer) mandate(change func(url.Values)) claim.MandateID {
	l.Helper()
	form := url.Values{"name": {"Olena Kovalenko"}, "kind": {"authority"}, "paper": {"signed 2 June 2020"}, "scope": {"file", "answer", "evidence", "letters"}}
	change(form)
	page := l.post("/represent/mandates", form)
	id := regexp.MustCompile(`<p class="mandate-id">([0-9a-f]{32})</p>`).FindStringSubmatch(page)
	if id == nil {
		l.Fatalf("no mandate: %s", page)
	}
	return claim.MandateID(id[1])
}

const sheetHead = "number,under_mandate,claimant,claimant_name,birth_date,contact,signed,incident_date,place,family,nights_away\n"

func sheetRow(own string, mandate claim.MandateID, nights string) string {
	return fmt.Sprintf("%s,%s,a person,Anna %s,1980-02-03,4 Quay Lane,yes,05.11.2019,marina,no,%s\n", own, mandate, own, nights)
}

func (l *lawyer) gives(content string) (path, page string) {
	l.Helper()
	return l.sends("/represent/bulk", part{"form", "", "demo/a-departure"}, part{"sheet", "claims.csv", content})
}

// counted are the counts of a spreadsheet's page.
func counted(page string) string {
	var said []string
	for _, m := range regexp.MustCompile(`<dt>([^<]*)</dt><dd class="value">([^<]*)</dd>`).FindAllStringSubmatch(page, -1) {
		said = append(said, m[1]+" "+m[2])
	}
	return strings.Join(said, ", ")
}

func hasIt(t testing.TB, where, page string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(page, want) {
			t.Errorf("%s lacks %q:\n%s", where, want, page)
		}
	}
}

// A mandate is entered by a form on which the money is unticked; it says what is
// missing at each field, and is shown to its organisation by who gave it.
func TestARepresentativeEntersAMandateAndEndsIt(t *testing.T) {
	r := registering(t)
	l := r.lawyer("lawyer-1", "legal-aid")
	form := l.get("/represent/mandate/new")
	for scope, ticked := range map[string]bool{"file": true, "answer": true, "evidence": true, "letters": true, "withdraw": false, "be-paid": false} {
		if got := regexp.MustCompile(`value="` + scope + `" checked`).MatchString(form); got != ticked {
			t.Errorf("%s is ticked: %v", scope, got)
		}
	}
	wrong := l.post("/represent/mandates", url.Values{"from-day": {"31"}, "from-month": {"2"}, "from-year": {"2020"}, "paper": {"a paper that stays"}})
	hasIt(t, "the form", wrong, "Write for whom you act", "Choose on what the mandate rests", "Tick at least one thing", "Write the first day", `value="a paper that stays"`, `value="31"`)
	id := l.mandate(func(form url.Values) {
		form["from-day"], form["from-month"], form["from-year"] = []string{"1"}, []string{"6"}, []string{"2020"}
		form["until-day"], form["until-month"], form["until-year"] = []string{"31"}, []string{"12"}, []string{"2020"}
	})
	hasIt(t, "the mandate", l.get("/represent/mandate/"+string(id)), "Olena Kovalenko", "signed 2 June 2020", "In force", "From 1 June 2020 until 31 December 2020", "Not: receive the money")
	later := l.mandate(func(form url.Values) {
		form["from-day"], form["from-month"], form["from-year"] = []string{"1"}, []string{"7"}, []string{"2020"}
		form["scope"] = []string{"file"}
	})
	list := l.get("/represent/mandates")
	hasIt(t, "the list", list, "Olena Kovalenko", string(id), string(later), "In force", "Not begun yet")
	hasIt(t, "the first page", l.get("/represent/"), "You act for legal-aid", "In force today: 1", "lawyer-1 (you)")
	hasIt(t, "after its end", l.post("/represent/mandate/"+string(id)+"/end", url.Values{}), "The mandate is ended", "Ended on 1 June 2020")
	hasIt(t, "ended twice", l.post("/represent/mandate/"+string(id)+"/end", url.Values{}), "Ended on 1 June 2020")
	if _, page := l.gives(sheetHead + sheetRow("K-1", id, "4")); !strings.Contains(page, "The mandate was ended on 2020-06-01") || !strings.Contains(counted(page), "Wrong 1") {
		t.Errorf("filed under an ended mandate: %s", page)
	}
}

// A wrong row is named and nothing is filed; the mended file is filed; given again it
// files nothing twice, and an answer that was changed amends its claim. Each claim is
// found by its own name.
func TestARepresentativeFilesASpreadsheetOnItsPages(t *testing.T) {
	r := registering(t)
	l := r.lawyer("lawyer-1", "legal-aid")
	id := l.mandate(func(url.Values) {})
	if _, page := l.sends("/represent/bulk", part{"form", "", "demo/nothing"}, part{"sheet", "claims.csv", sheetHead}); !strings.Contains(page, "Choose for which kind") {
		t.Errorf("a form that isn't there: %s", page)
	}
	if _, page := l.sends("/represent/bulk", part{"form", "", "demo/a-departure"}); !strings.Contains(page, "Choose the spreadsheet on your device") {
		t.Errorf("without a file: %s", page)
	}
	wrongRow := strings.Replace(sheetRow("K-2", id, "12"), "05.11.2019", "03/04/2022", 1)
	path, page := l.gives(sheetHead + sheetRow("K-1", id, "4") + wrongRow)
	hasIt(t, "the wrong spreadsheet", page, "some rows are wrong", "Row 3, column", "Give the mended spreadsheet", "File the right rows only")
	if got := counted(page); got != "Rows 2, Wrong 1, Ready to be filed 1" {
		t.Errorf("the check counts: %s", got)
	}
	back := l.visitor.does(http.MethodGet, path+"/checked", nil)
	if !strings.Contains(back.Body.String(), "ready to be filed") || !strings.HasPrefix(back.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("the checked file: %d %s", back.Code, back.Body)
	}
	hasIt(t, "filing all of it", l.post(path+"/file", url.Values{"which": {"all"}}), "some rows are wrong")
	hasIt(t, "no claim", l.get("/represent/claims"), "You have filed no claim yet")

	content := sheetHead + sheetRow("K-1", id, "4") + sheetRow("K-2", id, "12")
	path, page = l.gives(content)
	hasIt(t, "the mended spreadsheet", page, "Checked: nothing is wrong", "Can be filed: 2 rows")
	if got := counted(l.post(path+"/file", url.Values{"which": {"all"}})); got != "Rows 2, Wrong 0, Filed now 2" {
		t.Errorf("filed: %s", got)
	}
	if got := counted(l.post(path+"/file", url.Values{"which": {"all"}})); got != "Rows 2, Wrong 0, On file already 2" {
		t.Errorf("pressed twice: %s", got)
	}
	list := l.get("/represent/claims")
	hasIt(t, "the list", list, "K-1", "K-2", "filed", "The register looks at it")
	if n := strings.Count(list, `<p class="name">`); n != 2 {
		t.Errorf("%d claims are listed", n)
	}
	_, page = l.gives(sheetHead + sheetRow("K-1", id, "5"))
	path = regexp.MustCompile(`/represent/bulk/[0-9a-f]{32}`).FindString(page)
	if got := counted(l.post(path+"/file", url.Values{"which": {"all"}})); !strings.Contains(got, "changed now 1") {
		t.Errorf("with another answer: %s", got)
	}
	found := l.post("/represent/claims", url.Values{"find": {"K-2"}})
	one := regexp.MustCompile(`/represent/claim/[0-9a-f]{32}`).FindString(found)
	if one == "" || strings.Contains(found, "K-1") {
		t.Fatalf("K-2 isn't found alone: %s", found)
	}
	hasIt(t, "the claim", l.get(one), "K-2", "A: Departure from home", "Your claim was taken in", "the office received it on 1 June 2020")
	hasIt(t, "no such claim", l.post("/represent/claims", url.Values{"find": {"K-3"}}), "Your organisation has no such claim")
	other := r.lawyer("advocate-1", "bar")
	hasIt(t, "another organisation's search", other.post("/represent/claims", url.Values{"find": {"K-2"}}), "Your organisation has no such claim")
	for _, at := range append(l.visitor.asked, other.visitor.asked...) {
		if strings.Contains(at, "K-") || strings.Contains(at, "Olena") {
			t.Errorf("an address says %s", at)
		}
	}
	if strings.Contains(l.log.String(), "Anna") {
		t.Error("the log has what was told")
	}
}

// The right rows alone are filed where that is asked for; a mandate that doesn't let
// them read shows that a claim was filed, and no more.
func TestTheRightRowsAloneAreFiledAndAMandateWithoutLettersHidesHowAClaimStands(t *testing.T) {
	r := registering(t)
	l := r.lawyer("lawyer-1", "legal-aid")
	id := l.mandate(func(form url.Values) { form["scope"] = []string{"file"} })
	path, _ := l.gives(sheetHead + sheetRow("K-1", id, "4") + sheetRow("K-1", id, "4") + sheetRow("K-2", "00000000000000000000000000000000", "3"))
	if got := counted(l.post(path+"/file", url.Values{"which": {"right"}})); got != "Rows 3, Wrong 2, Filed now 1" {
		t.Errorf("the right rows: %s", got)
	}
	list := l.get("/represent/claims")
	hasIt(t, "the list", list, "K-1", "The mandate doesn't say that you may do this (letters)")
	if strings.Contains(list, "The register looks") || strings.Contains(list, "/represent/claim/") {
		t.Errorf("the list tells how it stands: %s", list)
	}
	page, _, err := r.Office.Represented(t.Context(), l.by, "", 9)
	must(t, err)
	if len(page) != 1 || page[0].Claim.ID != "" || page[0].Own != "K-1" {
		t.Errorf("the office gives %+v", page)
	}
	hasIt(t, "the claim", l.get("/represent/claim/"+string(page[0].ID)), "That was not done", "The mandate doesn't say")
}

// shelved are the files under the folder where evidence and spreadsheets rest.
func (r *register) shelved() (list []string) {
	r.Helper()
	must(r.TB, filepath.WalkDir(r.Evidence, func(at string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, at)
		}
		return err
	}))
	return list
}

// interrupted leaves the filing of a spreadsheet as a process does that was killed.
func (l *lawyer) interrupted(path string) {
	l.Helper()
	kept := workbook.Kept{Office: l.Office}
	sheet, err := kept.Sheet(l.Context(), l.by, nil, filepath.Base(path))
	must(l.TB, err)
	work, _, err := kept.Begin(l.Context(), l.by, sheet, workbook.Filing)
	must(l.TB, err)
	must(l.TB, work.End(l.Context()))
}

// What was interrupted goes on where it is begun again, and files nothing twice; a
// spreadsheet is gone after its days.
func TestAnInterruptedSpreadsheetGoesOnAndIsGoneAfterItsDays(t *testing.T) {
	r := registering(t)
	l := r.lawyer("lawyer-1", "legal-aid")
	id := l.mandate(func(url.Values) {})
	var rows strings.Builder
	rows.WriteString(sheetHead)
	for n := range 30 {
		rows.WriteString(sheetRow(fmt.Sprint("K-", n), id, "4"))
	}
	path, page := l.gives(rows.String())
	hasIt(t, "the check", page, "Can be filed: 30 rows")
	// Another process filed the first ten, and was killed over the rest.
	form, err := r.Office.Edition(t.Context(), "demo")
	must(t, err)
	made, err := workbook.New(form, "a-departure", "en")
	must(t, err)
	lines := strings.SplitAfter(rows.String(), "\n")
	report, err := (&workbook.Run{Office: r.Office, By: l.by, Form: made, Content: []byte(strings.Join(lines[:11], "")), Say: func(err error) string { return err.Error() }}).File(t.Context(), false)
	must(t, err)
	if report.Filed != 10 {
		t.Fatalf("%+v", report)
	}
	l.interrupted(path)
	l.visitor.site = r.represent(l.log) // as a process that has just begun
	hasIt(t, "the page", l.get(path), "Interrupted", "Go on filing")
	if got := counted(l.post(path+"/file", url.Values{})); got != "Rows 30, Wrong 0, Filed now 20, On file already 10" {
		t.Errorf("gone on: %s", got)
	}
	r.at.at = r.at.at.Add(office.SheetDays * 24 * time.Hour)
	token, err := r.Office.BeginSession(t.Context(), office.SessionStaff, "lawyer-1", "passkey", nil)
	must(t, err)
	l.visitor.cookies[signin.StaffCookie].Value = token
	if w := l.visitor.does(http.MethodGet, path, nil); w.Code != http.StatusNotFound {
		t.Errorf("after its days: %d", w.Code)
	}
	if w := l.visitor.does(http.MethodGet, path+"/checked", nil); w.Code != http.StatusNotFound {
		t.Errorf("the checked file after its days: %d", w.Code)
	}
	must(t, r.Office.ExpireSheets(t.Context()))
	if left := r.shelved(); len(left) > 0 {
		t.Errorf("left on the shelf: %v", left)
	}
}

// A spreadsheet that isn't one, or is deleted, and one that is too large.
func TestAFileThatIsNoSpreadsheetOfOursIsToldSo(t *testing.T) {
	r := registering(t)
	l := r.lawyer("lawyer-1", "legal-aid")
	path, page := l.gives("dear sir or madam\n")
	hasIt(t, "a letter", page, "It could not be taken", "This isn't a spreadsheet of ours")
	hasIt(t, "filed all the same", l.post(path+"/file", url.Values{"which": {"all"}}), "This spreadsheet isn't checked yet")
	hasIt(t, "deleted", l.post(path+"/drop", url.Values{}), "The spreadsheet is deleted here", "Nothing yet")
	if w := l.visitor.does(http.MethodGet, path, nil); w.Code != http.StatusNotFound {
		t.Errorf("deleted: %d", w.Code)
	}
	_, page = l.gives("PK\x03\x04" + strings.Repeat("x", 9<<20))
	hasIt(t, "a large XLSX", page, "The file is larger than 8 MB")
	_, page = l.gives("")
	hasIt(t, "an empty file", page, "The file is empty")
}

// The template is made of the rulebook, in the language that was chosen, and its
// rows come back filled in.
func TestTheTemplateIsDownloadedInEachKindAndLanguage(t *testing.T) {
	l := registering(t).lawyer("lawyer-1", "legal-aid")
	csv := l.visitor.does(http.MethodGet, "/represent/bulk/template?form=demo/a-departure&language=uk&format=csv", nil)
	if !strings.Contains(csv.Body.String(), "under_mandate") || !strings.Contains(csv.Body.String(), "Доручення") {
		t.Errorf("the CSV: %s", csv.Body)
	}
	xlsx := l.visitor.does(http.MethodGet, "/represent/bulk/template?form=demo/a-departure&language=en&format=xlsx", nil)
	file, err := excelize.OpenReader(xlsx.Body)
	must(t, err)
	rows, err := file.GetRows("Claims")
	must(t, err)
	if rows[1][1] != "number" || rows[1][2] != "under_mandate" {
		t.Errorf("the columns: %v", rows[1])
	}
	hasIt(t, "none chosen", l.get("/represent/bulk/template?form=&format=xlsx"), "Choose for which kind of claims")
}

// Many files at once: each goes to the claim that its name or its hash says, and
// comes to a word of its own.
func TestAFolderOfDocumentsIsTakenInByNameAndByHash(t *testing.T) {
	r := registering(t)
	l := r.lawyer("lawyer-1", "legal-aid")
	id := l.mandate(func(url.Values) {})
	path, _ := l.gives(sheetHead + sheetRow("K-1", id, "4") + sheetRow("K-2", id, "3"))
	l.post(path+"/file", url.Values{"which": {"all"}})
	hashed := "found by its hash"
	list := fmt.Sprintf("sha256,own\n%x,K-2\n", sha256.Sum256([]byte(hashed)))
	send := func() string {
		_, page := l.sends("/represent/evidence", part{"programme", "", "demo"}, part{"hashes", "hashes.csv", list},
			part{"files", "K-1_letter.txt", "a letter"}, part{"files", "K-1_letter.txt", "another letter"}, part{"files", "scan.txt", hashed},
			part{"files", "K-9_letter.txt", "of nobody"}, part{"files", "K-2_cut.pdf", "%PDF-1.7 cut"}, part{"files", "..", "a name"})
		return page
	}
	page := send()
	hasIt(t, "the page", page, "3 of 6 files were added", "added to the claim", "its name begins with no claim of yours", "scan.txt", "K-9_letter.txt")
	if n := strings.Count(page, `<p class="bad">`); n != 3 {
		t.Errorf("%d files are said not to be taken:\n%s", n, page)
	}
	hasIt(t, "given again", send(), "0 of 6 files were added", "the claim has this file already")
	found, err := r.Office.FindRepresented(t.Context(), l.by, "K-1")
	must(t, err)
	m, err := r.Office.Manifest(t.Context(), l.by, found[0].ID)
	must(t, err)
	if len(m.Files) != 2 {
		t.Errorf("the claim has %+v", m.Files)
	}
	folder, err := r.OpenOutbox()
	must(t, err)
	left, err := filepath.Glob(filepath.Join(folder, "evidence-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left on the disk: %v, %v", left, err)
	}
	hasIt(t, "none", func() string { _, page := l.sends("/represent/evidence", part{"programme", "", "demo"}); return page }(), "Choose at least one file")
}

// A row for somebody for whom the organisation has filed before is marked, and filed
// all the same where it is meant; what another organisation filed is told to nobody.
func TestARowForSomebodyForWhomWasFiledBeforeIsMarked(t *testing.T) {
	r := registering(t)
	l, other := r.lawyer("lawyer-1", "legal-aid"), r.lawyer("advocate-1", "bar")
	id, theirs := l.mandate(func(url.Values) {}), other.mandate(func(url.Values) {})
	path, _ := l.gives(sheetHead + sheetRow("K-1", id, "4"))
	l.post(path+"/file", url.Values{"which": {"all"}})
	again := func(mandate claim.MandateID) string {
		return sheetHead + strings.Replace(sheetRow("K-9", mandate, "4"), "Anna K-9", "anna  k-1", 1)
	}
	path, page := l.gives(again(id) + sheetRow("K-1", id, "4"))
	hasIt(t, "the page", page, "Rows for a person for whom you have filed before: 1.", "Can be filed: 1 row")
	back := l.visitor.does(http.MethodGet, path+"/checked", nil).Body.String()
	if strings.Count(back, "you have filed for a person like this before") != 1 {
		t.Errorf("the checked file: %s", back)
	}
	if got := counted(l.post(path+"/file", url.Values{"which": {"all"}})); got != "Rows 2, Wrong 0, Filed now 1, On file already 1" {
		t.Errorf("filed all the same: %s", got)
	}
	if _, page := other.gives(again(theirs)); strings.Contains(page, "filed before") {
		t.Errorf("another organisation is told: %s", page)
	}
}

// A spreadsheet that one process took, another checks, files and gives back.
func TestASpreadsheetIsTakenByOneProcessAndFiledByAnother(t *testing.T) {
	r := registering(t)
	l := r.lawyer("lawyer-1", "legal-aid")
	id := l.mandate(func(url.Values) {})
	sites, asked := []http.Handler{r.represent(l.log), r.represent(l.log), r.represent(l.log)}, 0
	l.visitor.site = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		sites[asked%len(sites)].ServeHTTP(w, r)
	})
	path, page := l.gives(sheetHead + sheetRow("K-1", id, "4"))
	hasIt(t, "the check", page, "Can be filed: 1 row")
	if back := l.visitor.does(http.MethodGet, path+"/checked", nil).Body.String(); !strings.Contains(back, "ready to be filed") {
		t.Errorf("the checked file: %s", back)
	}
	if got := counted(l.post(path+"/file", url.Values{"which": {"all"}})); got != "Rows 1, Wrong 0, Filed now 1" {
		t.Errorf("filed: %s", got)
	}
	sheet, err := workbook.Kept{Office: r.Office}.Sheet(t.Context(), l.by, nil, filepath.Base(path))
	must(t, err)
	work, _, err := workbook.Kept{Office: r.Office}.Begin(t.Context(), l.by, sheet, workbook.Filing)
	must(t, err)
	must(t, work.Reach(t.Context(), 20, 30))
	hasIt(t, "while another works on it", l.get(path), "Being filed", "20 of 30 rows.", "See how far it is")
	hasIt(t, "deleted meanwhile", l.post(path+"/drop", url.Values{}), "We are working on this spreadsheet")
	must(t, work.End(t.Context()))
	hasIt(t, "deleted", l.post(path+"/drop", url.Values{}), "The spreadsheet is deleted here")
	if left := r.shelved(); len(left) > 0 {
		t.Errorf("left on the shelf: %v", left)
	}
}

// Where something sensitive can stand in its rows, the browser that gave a spreadsheet
// opens it, and neither a colleague nor the house; any other one a colleague opens.
// None rests in clear anywhere.
func TestASensitiveSpreadsheetOpensWithTheBrowserThatGaveIt(t *testing.T) {
	r := registering(t)
	l, colleague := r.lawyer("lawyer-1", "legal-aid"), r.lawyer("lawyer-2", "legal-aid")
	id := l.mandate(func(url.Values) {})
	row := "K-1," + string(id) + ",a person,Anna K-1,1980-02-03,4 Quay Lane,yes,05.11.2019,marina,no,1,yes,what the soldiers did\n"
	content := "number,under_mandate,claimant,claimant_name,birth_date,contact,signed,incident_date,place,family,injured,medical_record,statement\n" + row
	path, page := l.sends("/represent/bulk", part{"form", "", "demo/b-injury"}, part{"sheet", "torture.csv", content})
	hasIt(t, "with its own browser", page, "torture.csv", "Can be filed: 1 row")
	plain, _ := l.gives(sheetHead + sheetRow("K-2", id, "4"))
	hasIt(t, "a colleague's", colleague.get(plain), "claims.csv", "Can be filed: 1 row")
	closed := colleague.get(path)
	hasIt(t, "a colleague's", closed, "Given by lawyer-1 with another browser", "Only the browser with which it was given opens it", "Give it here once more", "Delete it now")
	if strings.Contains(closed, "nothing is wrong") {
		t.Errorf("what isn't known is told: %s", closed)
	}
	for _, page := range []string{closed, colleague.get("/represent/bulk"), colleague.get("/represent/")} {
		if strings.Contains(page, "torture") || strings.Contains(page, "Rows") {
			t.Errorf("a colleague's browser opens it: %s", page)
		}
	}
	for _, act := range []string{"/file", "/check"} {
		hasIt(t, act, colleague.post(path+act, url.Values{"which": {"all"}}), "Only the browser with which this spreadsheet was given opens it")
	}
	hasIt(t, "the checked file", colleague.get(path+"/checked"), "Only the browser with which this spreadsheet was given opens it")
	house, err := r.Office.Sheet(t.Context(), l.by, nil, filepath.Base(path))
	must(t, err)
	if !house.Closed || len(house.Told) > 0 {
		t.Errorf("the house opens it: %+v", house)
	}
	for _, folder := range []string{r.Data, r.Evidence, r.Keys, r.Outbox()} {
		must(t, filepath.WalkDir(folder, func(at string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || d.Type()&fs.ModeSocket != 0 {
				return nil // there may be none
			}
			text, err := os.ReadFile(at)
			for _, told := range []string{"Anna K-", "soldiers", "torture.csv", "claims.csv"} {
				if bytes.Contains(text, []byte(told)) {
					t.Errorf("%s holds %q in clear", at, told)
				}
			}
			return err
		}))
	}
	if got := counted(l.post(path+"/file", url.Values{"which": {"all"}})); got != "Rows 1, Wrong 0, Filed now 1" {
		t.Errorf("filed: %s", got)
	}
	hasIt(t, "a colleague deletes", colleague.post(path+"/drop", url.Values{}), "The spreadsheet is deleted here")
}

// Two spreadsheets that are given at once from two windows of a browser that gave none
// before both open with it.
func TestTwoWindowsOfABrowserGiveSpreadsheetsThatBothOpen(t *testing.T) {
	r := registering(t)
	l := r.lawyer("lawyer-1", "legal-aid")
	l.get("/represent/bulk/new")
	before := maps.Clone(l.visitor.cookies)
	var paths []string
	for _, name := range []string{"north.csv", "south.csv"} {
		l.visitor.cookies = maps.Clone(before) // neither answer has come yet
		path, _ := l.sends("/represent/bulk", part{"form", "", "demo/b-injury"}, part{"sheet", name, "number\nK-1\n"})
		paths = append(paths, path)
	}
	hasIt(t, "the first", l.get(paths[0]), "north.csv")
	hasIt(t, "the second", l.get(paths[1]), "south.csv")
}

// Where a backup was put back, the shelf hasn't what the rows name: no backup has it.
func TestASpreadsheetWhoseContentIsGoneIsToldSo(t *testing.T) {
	r := registering(t)
	l := r.lawyer("lawyer-1", "legal-aid")
	id := l.mandate(func(url.Values) {})
	path, _ := l.gives(sheetHead + sheetRow("K-1", id, "4"))
	must(t, os.RemoveAll(r.Evidence))
	hasIt(t, "the checked file", l.get(path+"/checked"), "What was in this spreadsheet isn't here any more")
	hasIt(t, "filed", l.post(path+"/file", url.Values{"which": {"all"}}), "It could not be taken", "What was in this spreadsheet isn't here any more")
	hasIt(t, "deleted", l.post(path+"/drop", url.Values{}), "The spreadsheet is deleted here")
}
