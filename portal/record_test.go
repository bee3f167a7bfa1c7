package portal_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/dossier"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/portal"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/simulate"
	"github.com/openchancery/chancery/treaty"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// archive is an installation with a roll and treaties, and the site over it.
type archive struct {
	testing.TB
	http.Handler
	office *office.Office
	by     office.By
	desk   *ask.Desk
	close  func() error
}

// today is after the day on which the dossiers that ship were compiled.
var today = day.Must(2026, 11, 30)

func newArchive(t testing.TB, folder string) (*archive, error) {
	now := func() time.Time { return time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC) }
	ctx := context.Background()
	places := installation.Beside(filepath.Join(folder, "archive"))
	o := installation.Options{Now: now, Entropy: simulate.Entropy(1)}
	if err := installation.Create(ctx, places, "archive.example/log", o); err != nil {
		return nil, err
	}
	i, err := installation.Open(ctx, places.Data, o)
	if err != nil {
		return nil, err
	}
	secret, err := i.Credential("")
	if err != nil {
		return nil, err
	}
	a := &archive{TB: t, office: i.Office, desk: ask.Remembering(i.Office, "en"), close: i.Close}
	if a.by.Actor, err = i.Office.Authenticate(ctx, secret); err != nil {
		return nil, err
	}
	site := options(t)
	site.Desk = a.desk
	a.Handler = portal.New(&fixed{figures: realistic()}, site)
	return a, nil
}

// emptyArchive is one of the test's own, with nothing in it.
func emptyArchive(t testing.TB) *archive {
	t.Helper()
	a, err := newArchive(t, t.TempDir())
	must(t, err)
	t.Cleanup(func() { _ = a.close() })
	return a
}

// load enters bundles.
func (a *archive) load(b roll.Bundle, treaties treaty.Bundle) error {
	if _, err := a.office.LoadRoll(context.Background(), a.by, b); err != nil {
		return err
	}
	_, err := a.office.LoadTreaties(context.Background(), a.by, treaties)
	return err
}

// common is the archive with the dossiers that ship, made once for the tests
// that only look.
var common struct {
	sync.Once
	*archive
	folder string
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if common.archive != nil {
		_ = common.close()
	}
	_ = os.RemoveAll(common.folder)
	os.Exit(code)
}

// shipped is that archive, for one test.
func shipped(t testing.TB) *archive {
	t.Helper()
	common.Do(func() { common.archive, common.err = makeCommon(t) })
	must(t, common.err)
	a := *common.archive
	a.TB = t
	return &a
}

func makeCommon(t testing.TB) (*archive, error) {
	var err error
	if common.folder, err = os.MkdirTemp("", "portal"); err != nil {
		return nil, err
	}
	a, err := newArchive(t, common.folder)
	if err != nil {
		return nil, err
	}
	b, err := dossier.OpenRoll(today, "cis-csto")
	if err != nil {
		return nil, err
	}
	treaties, err := dossier.OpenTreaties(today, "iccu-2025")
	if err != nil {
		return nil, err
	}
	return a, a.load(b, treaties)
}

// page is the text of a page that must be there.
func (a *archive) page(path string) string {
	a.Helper()
	r := get(a, a.Handler, path)
	text := body(a, r)
	if r.StatusCode != http.StatusOK {
		a.Fatalf("%s: %d\n%s", path, r.StatusCode, text)
	}
	return text
}

// get asks for a page.
func get(t testing.TB, h http.Handler, path string) *http.Response {
	t.Helper()
	r := httptest.NewRecorder()
	h.ServeHTTP(r, httptest.NewRequest(http.MethodGet, path, nil))
	return r.Result()
}

// said is the text of a page as somebody reads it: without its marks, spaces
// made one.
func said(page string) string {
	page = regexp.MustCompile(`(?s)<title.*?</title>|<desc.*?</desc>`).ReplaceAllString(page, " ")
	page = regexp.MustCompile(`<sup>.*?</sup>`).ReplaceAllString(page, "")
	page = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " ")
	page = strings.NewReplacer("&#39;", "’", "&amp;", "&", "&#34;", `"`).Replace(page)
	return strings.Join(strings.Fields(page), " ")
}

// row is the text of the table row that begins with a name.
func row(t testing.TB, page, name string) string {
	t.Helper()
	for _, r := range regexp.MustCompile(`(?s)<tr[^>]*><th scope="row".*?</tr>`).FindAllString(page, -1) {
		if text := said(r); strings.HasPrefix(text, name+" ") {
			return text
		}
	}
	t.Errorf("no row begins with %q", name)
	return ""
}

func holds(t testing.TB, what, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("%s lacks %q:\n%s", what, w, text)
		}
	}
}

// allPages are pages of every kind, as a reader reaches them.
var allPages = []string{
	"/roll?on=2018-11-21",
	"/roll?on=2018-11-21&q=moldova",
	"/roll/bodies/CIS?on=2018-11-21",
	"/roll/bodies/cis?on=2018-11-21&rule=charter&among=ussr-15",
	"/roll/bodies/csto?on=2024-06-01",
	"/roll/bodies/cis/changes?from=2005-01-01&to=2018-11-21",
	"/roll/states/moldova?on=2026-11-01",
	"/roll/states/ussr?on=1990-01-01",
	"/roll/compare?on=2018-11-21",
	"/roll/compare?first=CIS&second=CSTO&on=2018-11-21&among=ussr-15",
	"/roll/closeness",
	"/roll/closeness?first=CIS&second=CSTO&from=2010&to=2025",
	"/roll/accession?on=2018-11-21",
	"/roll/accession?body=CSTO&state=AZ&on=2018-11-21",
	"/roll/meetings/cis-security-councils?on=2018-11-21",
	"/roll/meetings/cis-security-councils/5?on=2018-11-21",
	"/roll/meetings/cis-security-councils/6?on=2018-11-21",
	"/roll/check",
	"/roll/disagreements",
	"/roll/disagreements?about=CIS",
	"/treaties?on=2026-11-30",
	"/treaties/iccu-2025?on=2026-11-30",
	"/treaties/iccu-2025?on=2025-12-01",
	"/treaties/iccu-2025/changes?from=2025-12-01&to=2026-11-30",
}

func TestMembersOfABodyOnADay(t *testing.T) {
	a := shipped(t)
	page := a.page("/roll/bodies/CIS?on=2018-11-21")
	text := said(page)
	holds(t, "the page", text, "Members of the Commonwealth of Independent States", "on 21 November 2018", "by the rule “source”", "Another is the rule “charter”")
	holds(t, "Turkmenistan", row(t, page, "Turkmenistan TM"), "full member")
	by := regexp.MustCompile(`(?s)<caption>Whose status the rule “charter” gives otherwise.*?</table>`).FindString(page)
	holds(t, "the other rule", said(by), "Turkmenistan TM full member associate")
	holds(t, "the picture", page, `role="img"`, `aria-labelledby="c-timeline-title c-timeline-desc"`, "url(#c-timeline-open)")
	charter := a.page("/roll/bodies/CIS?on=2018-11-21&rule=charter")
	holds(t, "by the charter", row(t, charter, "Turkmenistan TM"), "associate")
	holds(t, "an office", said(page), "Sergei Lebedev")
}

func TestAnUndatedQuestionIsSentToItsDate(t *testing.T) {
	a := shipped(t)
	r := get(t, a, "/roll/bodies/CIS?rule=charter")
	if at := r.Header.Get("Location"); r.StatusCode != http.StatusFound || at != "/roll/bodies/CIS?on=2026-11-30&rule=charter" {
		t.Errorf("%d %s", r.StatusCode, at)
	}
	page := a.page("/roll/bodies/CIS?on=2018-11-21")
	holds(t, "the address to cite", page, "/roll/bodies/CIS?known-on=2026-11-30&amp;on=2018-11-21")
}

func TestWhatWasKnownOnADay(t *testing.T) {
	a := shipped(t)
	r := get(t, a, "/roll/bodies/CIS?on=2018-11-21&known-on=2018-11-21")
	if r.StatusCode != http.StatusNotFound {
		t.Errorf("before anything was learned: %d", r.StatusCode)
	}
	page := said(a.page("/roll/bodies/CIS?on=2018-11-21&known-on=2026-11-30"))
	holds(t, "the page", page, "by what was known on 30 November 2026")
}

func TestWhoIsInBoth(t *testing.T) {
	page := shipped(t).page("/roll/compare?first=CIS&second=CSTO&on=2018-11-21&among=ussr-15")
	for set, states := range map[string]string{
		"in both":       "6 Armenia (AM), Belarus (BY), Kyrgyzstan (KG), Kazakhstan (KZ), Russia (RU), Tajikistan (TJ)",
		"in CIS only":   "4 Azerbaijan (AZ), Moldova (MD), Turkmenistan (TM), Uzbekistan (UZ)",
		"in neither":    "5 Estonia (EE), Georgia (GE), Lithuania (LT), Latvia (LV), Ukraine (UA)",
		"can’t be told": "0 nobody",
		"in CSTO only":  "0 nobody",
	} {
		holds(t, set, row(t, page, set), states)
	}
	holds(t, "by the charter", said(page), "TM in CIS only another status in one of them")
}

func TestClosenessGivesNoVerdict(t *testing.T) {
	text := said(shipped(t).page("/roll/closeness?first=CIS&second=CSTO&from=2010&to=2025"))
	holds(t, "the page", text, "It gives no verdict", "Valery Semerikov", "chance")
}

func TestAnAccessionIsBlocked(t *testing.T) {
	page := shipped(t).page("/roll/accession?body=CSTO&state=AZ&on=2018-11-21")
	holds(t, "Armenia", row(t, page, "Armenia AM"), "veto")
	holds(t, "the page", said(page), "What would have to change", "not known")
}

func TestAbsentIsNotUnknown(t *testing.T) {
	a := shipped(t)
	sixth := a.page("/roll/meetings/cis-security-councils/6?on=2018-11-21")
	holds(t, "the host", row(t, sixth, "Russia RU Nikolai Patrushev"), "present")
	holds(t, "Turkmenistan", row(t, sixth, "Turkmenistan TM"), "not known")
	holds(t, "the sixth", said(sixth), "21 November 2018", "Moscow", "ten")
	fifth := a.page("/roll/meetings/cis-security-councils/5?on=2018-11-21")
	holds(t, "the fifth", row(t, fifth, "Collective Security Treaty Organisation CSTO"), "absent")
}

func TestTheTreatyIsNotInForce(t *testing.T) {
	a := shipped(t)
	page := a.page("/treaties/iccu-2025?on=2026-11-30")
	holds(t, "the page", said(page), "not in force", "of 25 needed", "What is missing", "funds secured")
	holds(t, "a signatory", row(t, page, "European Union"), "16 December 2025")
	before := said(a.page("/treaties/iccu-2025?on=2025-12-01"))
	holds(t, "before it was signed", before, "0 signed")
}

func TestTheDataIsTheCommandLinesAnswer(t *testing.T) {
	a := shipped(t)
	same := func(path string, answer any, err error) {
		t.Helper()
		must(t, err)
		var want strings.Builder
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false) // as cmd/chancery prints it
		must(t, enc.Encode(answer))
		r := get(t, a, path)
		if got := body(t, r); got != want.String() || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %s", path, got)
		}
	}
	on := ask.Query{On: "2018-11-21", Among: "ussr-15"}
	a.desk = ask.New(a.office, "en") // as the command line asks
	m, err := a.desk.Members(t.Context(), "CIS", on)
	same("/roll/bodies/CIS.json?on=2018-11-21&among=ussr-15", m, err)
	c, err := a.desk.Compare(t.Context(), "CIS", "CSTO", on)
	same("/roll/compare.json?first=CIS&second=CSTO&on=2018-11-21&among=ussr-15", c, err)
	s, err := a.desk.Meeting(t.Context(), "cis-security-councils", 6, ask.Query{On: "2018-11-21"})
	same("/roll/meetings/cis-security-councils/6.json?on=2018-11-21", s, err)
	k, err := a.desk.Check(t.Context(), "", ask.Query{})
	same("/roll/check.json", k, err)
	y, err := a.desk.Closeness(t.Context(), "CIS", "CSTO", 2010, 2025, ask.Query{})
	same("/roll/closeness.json?first=CIS&second=CSTO&from=2010&to=2025", y, err)
	x, err := a.desk.Accession(t.Context(), "CSTO", "AZ", ask.Query{On: "2018-11-21"})
	same("/roll/accession.json?body=CSTO&state=AZ&on=2018-11-21", x, err)
	f, err := a.desk.TreatyStatus(t.Context(), "iccu-2025", ask.Query{On: "2026-11-30"})
	same("/treaties/iccu-2025.json?on=2026-11-30", f, err)
}

// TestWhatIsWrongIsSaid: whatever is in the address, the page says what is
// wrong and how to mend it.
func TestWhatIsWrongIsSaid(t *testing.T) {
	a := shipped(t)
	for path, status := range map[string]int{
		"/roll/bodies/NOWHERE?on=2018-11-21":                              404,
		"/roll/bodies/CIS?on=21.11.2018":                                  400,
		"/roll/bodies/CIS?on=2018-02-30":                                  400,
		"/roll/bodies/CIS?on=2018-11-21&known-on=yesterday":               400,
		"/roll/bodies/CIS?on=2018-11-21&rule=none":                        404,
		"/roll/bodies/CIS?on=2018-11-21&among=nobody":                     404,
		"/roll/bodies/CIS/changes?from=2018-11-21&to=2005-01-01":          400,
		"/roll/bodies/CIS/changes?from=&to=":                              400,
		"/roll/states/atlantis?on=2018-11-21":                             404,
		"/roll/compare?first=CIS&second=NOWHERE&on=2018-11-21":            404,
		"/roll/closeness?first=CIS&second=CSTO&from=2025&to=2010":         400,
		"/roll/closeness?first=CIS&second=CSTO&from=x&to=y":               400,
		"/roll/closeness?first=CIS&second=CSTO&from=1&to=9999":            400,
		"/roll/closeness?first=CIS&second=CSTO&from=-5&to=99999999999999": 400,
		"/roll/accession?body=CSTO&state=atlantis&on=2018-11-21":          404,
		"/roll/meetings/nothing?on=2018-11-21":                            404,
		"/roll/meetings/cis-security-councils/99?on=2018-11-21":           404,
		"/roll/meetings/cis-security-councils/six?on=2018-11-21":          404,
		"/roll/check?about=nobody":                                        404,
		"/treaties/none?on=2026-11-30":                                    404,
		"/treaties/iccu-2025?on=soon":                                     400,
		"/treaties/iccu-2025/changes?from=2026-01-01":                     400,
		"/treaties?on=2026-11-30&from=900":                                400,
		"/treaties?on=2026-11-30&from=x":                                  400,
		"/roll/bodies/%3Cscript%3E?on=2018-11-21":                         404,
		"/roll/meetings/nothing/feed.ics":                                 404,
	} {
		r := get(t, a, path)
		page := body(t, r)
		if r.StatusCode != status {
			t.Errorf("%s: %d, want %d: %s", path, r.StatusCode, status, said(page))
			continue
		}
		holds(t, path, page, `role="alert"`, "There is a problem")
		if left := unsaid.FindString(said(page)); left != "" || strings.Contains(page, "<script") {
			t.Errorf("%s holds %q", path, left)
		}
		wellFormed(t, path, page)
	}
	for _, path := range []string{"/roll/bodies/NOWHERE.json?on=2018-11-21", "/treaties/none.json"} {
		var told struct{ Code, Error string }
		if err := json.Unmarshal([]byte(body(t, get(t, a, path))), &told); err != nil || told.Code == "" || told.Error == "" {
			t.Errorf("%s: %v %+v", path, err, told)
		}
	}
}

// unsaid is a code that nobody put into words.
var unsaid = regexp.MustCompile(`\b(public|roll|treaty|ask)\.[a-z][a-z.-]*[a-z]|\{\{|%!|ZgotmplZ|<no value>`)

// TestEveryWordOfTheRecordIsLabelled goes over all pages: each code has its
// words, each page is well formed, with one title, its sources, a table with
// caption and scopes, and nothing of another site's.
func TestEveryWordOfTheRecordIsLabelled(t *testing.T) {
	a := shipped(t)
	used := map[string]bool{}
	o := options(t)
	o.Desk = a.desk
	o.Say = func(code string, values map[string]string) (string, bool) {
		used[code] = true
		text, ok := catalogue.Say("en", code, values)
		if strings.Contains(text, "<no value>") {
			t.Errorf("%s lacks a value: %s", code, text)
		}
		return text, ok
	}
	a.Handler = portal.New(&fixed{figures: realistic()}, o)
	for _, path := range allPages {
		page := a.page(path)
		if left := unsaid.FindString(said(page)); left != "" {
			t.Errorf("%s holds %q", path, left)
		}
		wellFormed(t, path, page)
		for _, foreign := range []string{"<script", "javascript:", "style=\"", "@import", " src="} {
			if strings.Contains(page, foreign) {
				t.Errorf("%s holds %q", path, foreign)
			}
		}
		guardedRecord(t, path, get(t, a, path))
	}
	if len(used) < 200 {
		t.Errorf("only %d codes were used", len(used))
	}
}

// wellFormed parses a page as strictly as XML is, and looks at what a reader
// who doesn't see it needs.
func wellFormed(t *testing.T, path, page string) {
	t.Helper()
	strict := regexp.MustCompile(`<(meta|link|input|br)([^>]*)>`).ReplaceAllString(page, "<$1$2/>")
	strict = strings.NewReplacer("<!doctype html>", "", " selected>", ` selected="">`).Replace(strict)
	d := xml.NewDecoder(strings.NewReader(strict))
	ids := map[string]bool{}
	var refers []string
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Errorf("%s is not well formed: %v", path, err)
			return
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, attr := range e.Attr {
			switch attr.Name.Local {
			case "id":
				if ids[attr.Value] {
					t.Errorf("%s: id %q is there twice", path, attr.Value)
				}
				ids[attr.Value] = true
			case "aria-labelledby", "for", "aria-describedby":
				refers = append(refers, strings.Fields(attr.Value)...)
			case "href":
				if inside, ok := strings.CutPrefix(attr.Value, "#"); ok {
					refers = append(refers, inside)
				}
			}
		}
	}
	for _, id := range refers {
		if !ids[id] && id != "figures" {
			t.Errorf("%s refers to #%s, which isn't there", path, id)
		}
	}
	for _, table := range regexp.MustCompile(`(?s)<table.*?</table>`).FindAllString(page, -1) {
		if !strings.Contains(table, "<caption>") || !strings.Contains(table, `scope="col"`) || !strings.Contains(table, `scope="row"`) {
			t.Errorf("%s has a table without caption or scopes", path)
		}
	}
	for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(page, -1) {
		if !strings.Contains(svg, `aria-hidden="true"`) && (!strings.Contains(svg, "<desc") || !strings.Contains(svg, `role="img"`)) {
			t.Errorf("%s has a picture that says nothing: %.80s", path, svg)
		}
	}
	if strings.Count(page, "<h1>") != 1 {
		t.Errorf("%s has %d first headings", path, strings.Count(page, "<h1>"))
	}
}

// guardedRecord: the headers of every answer, but for the forms that ask here.
func guardedRecord(t *testing.T, name string, r *http.Response) {
	t.Helper()
	policy := r.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("%s: policy %q lacks %s", name, policy, part)
		}
	}
	if r.Header.Get("Set-Cookie") != "" || r.Header.Get("ETag") == "" {
		t.Errorf("%s sets a cookie, or has no tag", name)
	}
}

// TestEveryLinkLeadsSomewhere follows each link within the record once.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	a := shipped(t)
	open, seen := append([]string{}, allPages...), map[string]bool{}
	for len(open) > 0 && len(seen) < 250 {
		path := open[0]
		open = open[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		r := get(t, a, path)
		if r.StatusCode != http.StatusOK && r.StatusCode != http.StatusFound {
			t.Errorf("%s: %d", path, r.StatusCode)
			continue
		}
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, m := range regexp.MustCompile(` href="(/(?:roll|treaties)[^"#]*)`).FindAllStringSubmatch(body(t, r), -1) {
			open = append(open, strings.ReplaceAll(m[1], "&amp;", "&"))
		}
	}
	if len(seen) < 60 {
		t.Errorf("only %d links were found", len(seen))
	}
}

func TestFeeds(t *testing.T) {
	a := emptyArchive(t)
	b, err := dossier.OpenRoll(today, "cis-csto")
	must(t, err)
	deposited := treaty.Fact{
		Source: roll.Source{Name: "a depositary"}, Known: today,
		Action: &treaty.Action{Treaty: "un:4-1", Kind: treaty.Ratification, Party: "Moldova", Code: "MDA", On: day.On(day.Must(2026, 11, 20))},
	}
	instrument := treaty.Fact{Source: deposited.Source, Known: today, Instrument: &treaty.Instrument{
		ID: "un:4-1", Title: "A treaty to come",
		Clause: &treaty.Clause{Provision: "Article 9", Conditions: []treaty.Condition{{Name: "instruments", Number: 1}}, Delay: delay(t, "days 90")},
	}}
	must(t, a.load(b, treaty.Bundle{ID: "soon", Known: today, Facts: []treaty.Fact{instrument, deposited}}))
	r := get(t, a, "/roll/meetings.ics")
	holds(t, "the calendar", body(t, r), "BEGIN:VCALENDAR\r\n", "DTSTART;VALUE=DATE:20181121")
	if r.Header.Get("Content-Type") != "text/calendar; charset=utf-8" {
		t.Error(r.Header.Get("Content-Type"))
	}
	holds(t, "a series", body(t, get(t, a, "/roll/meetings/cis-security-councils/feed.ics")), "DTSTART;VALUE=DATE:20181121")
	atom := body(t, get(t, a, "/treaties/feed.atom"))
	holds(t, "the feed", atom, "<title>A treaty to come</title>", "2026-11-30T00:00:00Z", `href="/treaties/un:4-1"`)
	holds(t, "the calendar of treaties", body(t, get(t, a, "/treaties/feed.ics")), "DTSTART;VALUE=DATE:20270218")
	holds(t, "the treaty", said(a.page("/treaties/un:4-1?on=2026-11-30")), "will enter into force", "18 February 2027")
}

func delay(t testing.TB, text string) (d treaty.Delay) {
	t.Helper()
	must(t, d.UnmarshalText([]byte(text)))
	return d
}

// TestTheFirstPageLeadsToTheRecord only where there is one.
func TestTheFirstPageLeadsToTheRecord(t *testing.T) {
	empty := emptyArchive(t)
	if page := empty.page("/"); strings.Contains(page, `href="/roll"`) {
		t.Error("leads to a roll that is empty")
	}
	holds(t, "an empty roll", said(empty.page("/roll?on=2026-11-30")), "Nothing is entered in the roll yet")
	page := shipped(t).page("/")
	holds(t, "the first page", page, `href="/roll"`, `href="/treaties"`)
	if r := get(t, portal.New(&fixed{figures: realistic()}, options(t)), "/roll"); r.StatusCode != http.StatusNotFound {
		t.Errorf("a site without a desk answers %d", r.StatusCode)
	}
}

// TestSourcesCanBeReached: each source that a line names stands at the page's
// end.
func TestSourcesCanBeReached(t *testing.T) {
	page := shipped(t).page("/roll/bodies/CIS?on=2018-11-21")
	for _, m := range regexp.MustCompile(`href="#(source-\d+)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `id="`+m[1]+`"`) {
			t.Errorf("%s isn't there", m[1])
		}
	}
	holds(t, "the page", page, "commonspace.eu")
}
