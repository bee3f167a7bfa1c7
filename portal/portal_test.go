package portal_test

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/portal"
	"github.com/openchancery/chancery/press"
)

var update = flag.Bool("update", false, "write the golden files anew")

// fetch sends one request.
func fetch(t testing.TB, h http.Handler, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t testing.TB, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRoutes(t *testing.T) {
	h := portal.New(&fixed{figures: realistic()}, options(t))
	for _, c := range []struct {
		method, path string
		status       int
		kind         string
	}{
		{"GET", "/", 200, "text/html; charset=utf-8"},
		{"GET", "/programmes/demo", 200, "text/html; charset=utf-8"},
		{"GET", "/programmes/tsa-2007", 200, "text/html; charset=utf-8"},
		{"GET", "/figures.json", 200, "application/json"},
		{"GET", "/figures.csv", 200, "text/csv; charset=utf-8"},
		{"HEAD", "/", 200, "text/html; charset=utf-8"},
		{"HEAD", "/figures.csv", 200, "text/csv; charset=utf-8"},
		{"GET", "/programmes/none", 404, "text/html; charset=utf-8"},
		{"GET", "/programmes/", 404, "text/html; charset=utf-8"},
		{"GET", "/programmes/demo/more", 404, "text/html; charset=utf-8"},
		{"GET", "/assets/none.css", 404, "text/html; charset=utf-8"},
		{"GET", "/favicon.ico", 404, "text/html; charset=utf-8"},
		{"POST", "/", 405, ""},
		{"DELETE", "/programmes/demo", 405, ""},
		{"PUT", "/figures.json", 405, ""},
		{"OPTIONS", "/anything", 405, ""},
	} {
		r := fetch(t, h, c.method, c.path)
		if r.StatusCode != c.status || (c.kind != "" && r.Header.Get("Content-Type") != c.kind) {
			t.Errorf("%s %s: %d %s", c.method, c.path, r.StatusCode, r.Header.Get("Content-Type"))
		}
		if c.status == 405 && r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s %s: Allow %q", c.method, c.path, r.Header.Get("Allow"))
		}
		if c.method == "HEAD" && body(t, r) != "" {
			t.Errorf("HEAD %s has a body", c.path)
		}
		guarded(t, c.method+" "+c.path, r)
	}
}

// guarded holds the headers that every answer has.
func guarded(t *testing.T, name string, r *http.Response) {
	t.Helper()
	policy := r.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "style-src 'self'", "img-src 'self'", "form-action 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("%s: policy %q lacks %s", name, policy, part)
		}
	}
	for header, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
	} {
		if got := r.Header.Get(header); got != want {
			t.Errorf("%s: %s is %q", name, header, got)
		}
	}
	if r.Header.Get("Set-Cookie") != "" {
		t.Errorf("%s sets a cookie", name)
	}
}

var styleOf = regexp.MustCompile(`/assets/[0-9a-f]+-[a-z]+\.(css|svg)`)

func TestAssetsAreKeptForEver(t *testing.T) {
	h := portal.New(&fixed{figures: realistic()}, options(t))
	paths := styleOf.FindAllString(body(t, fetch(t, h, "GET", "/")), -1)
	if len(paths) != 2 {
		t.Fatalf("the page names %v", paths)
	}
	for _, path := range paths {
		r := fetch(t, h, "GET", path)
		if r.StatusCode != 200 || !strings.Contains(r.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %s", path, r.StatusCode, r.Header.Get("Cache-Control"))
		}
	}
}

func TestNotModified(t *testing.T) {
	source := &fixed{figures: realistic()}
	h := portal.New(source, options(t))
	for _, path := range []string{"/", "/programmes/demo", "/figures.json", "/figures.csv"} {
		tag := fetch(t, h, "GET", path).Header.Get("ETag")
		if !strings.HasPrefix(tag, `"5c1f0b6f2f6c0a6f-`) {
			t.Errorf("%s: tag %s doesn't begin with the tree head", path, tag)
		}
		if r := fetch(t, h, "GET", path, "If-None-Match", tag); r.StatusCode != 304 || body(t, r) != "" {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
		zipped := fetch(t, h, "GET", path, "Accept-Encoding", "gzip").Header.Get("ETag")
		if zipped == tag {
			t.Errorf("%s: one tag for two bodies", path)
		}
	}
	source.figures.TreeHead = "00" + source.figures.TreeHead[2:]
	later := portal.New(source, options(t))
	tag := fetch(t, h, "GET", "/").Header.Get("ETag")
	if r := fetch(t, later, "GET", "/", "If-None-Match", tag); r.StatusCode != 200 {
		t.Errorf("another tree head: %d", r.StatusCode)
	}
}

// TestAFirstPageIsSmall: page and stylesheet in under 60 KB, as they travel.
func TestAFirstPageIsSmall(t *testing.T) {
	h := portal.New(&fixed{figures: realistic()}, options(t))
	total := 0
	page := ""
	for _, path := range append([]string{"/", "/programmes/demo"}, styleOf.FindAllString(body(t, fetch(t, h, "GET", "/")), -1)...) {
		r := fetch(t, h, "GET", path, "Accept-Encoding", "br, gzip;q=0.8")
		if r.Header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s is not compressed", path)
		}
		raw := body(t, r)
		total += len(raw)
		zip, err := gzip.NewReader(strings.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(zip)
		if err != nil {
			t.Fatal(err)
		}
		page += string(text)
	}
	if total > 60_000 {
		t.Errorf("the pages take %d bytes", total)
	}
	if plain := fetch(t, h, "GET", "/", "Accept-Encoding", "gzip;q=0"); plain.Header.Get("Content-Encoding") != "" {
		t.Error("compressed for one who can't read it")
	}
	for _, foreign := range []string{"http://", "https://", "<script", "javascript:", "style=\"", "GOV.UK", "@import"} {
		if text := strings.ReplaceAll(page, "http://www.w3.org/2000/svg", ""); strings.Contains(text, foreign) {
			t.Errorf("the pages hold %q", foreign)
		}
	}
}

// TestGolden holds the pages as they are: go test ./portal -update writes them
// anew, and the diff shows what changed for the reader.
func TestGolden(t *testing.T) {
	h := portal.New(&fixed{figures: realistic()}, options(t))
	for file, path := range map[string]string{
		"home.golden.html": "/", "demo.golden.html": "/programmes/demo", "tsa.golden.html": "/programmes/tsa-2007",
		"missing.golden.html": "/nowhere", "figures.golden.json": "/figures.json", "figures.golden.csv": "/figures.csv",
	} {
		got := styleOf.ReplaceAllString(body(t, fetch(t, h, "GET", path)), "/assets/…")
		golden := filepath.Join("testdata", file)
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

// TestEveryWordIsLabelled: a code without a label would stand on the page as it
// is, and a label without a code is dead.
func TestEveryWordIsLabelled(t *testing.T) {
	used := map[string]bool{}
	o := options(t)
	o.Mine, o.Ledger = "/claim/", "/log/"
	say := o.Say
	o.Say = func(code string, values map[string]string) (string, bool) {
		used[code] = true
		label, ok := say(code, values)
		if !ok || strings.Contains(label, "<no value>") {
			t.Errorf("%s has no label, or one with a value that isn't given: %q", code, label)
		}
		return label, ok
	}
	source := &fixed{figures: realistic()}
	source.figures.Programmes = append(source.figures.Programmes, smallProgramme(3, 2), twoCurrencies(), fewPaid())
	h := portal.New(source, o)
	for _, path := range []string{
		"/", "/programmes/demo", "/programmes/tsa-2007", "/programmes/small", "/programmes/two", "/programmes/few", "/nowhere", "/figures.json",
	} {
		page := styleOf.ReplaceAllString(body(t, fetch(t, h, "GET", path)), "")
		if left := regexp.MustCompile(`portal\.[a-z]|\{\{|%!|ZgotmplZ`).FindString(page); left != "" && path != "/figures.json" {
			t.Errorf("%s holds %q", path, left)
		}
	}
	fetch(t, portal.New(&fixed{fails: true}, o), "GET", "/")
	fetch(t, portal.New(&fixed{}, o), "GET", "/")
	fetch(t, portal.New(&fixed{figures: press.Figures{Programmes: []press.ProgrammeFigures{demo()}}}, o), "GET", "/")
	text, err := os.ReadFile("../catalogue/en/portal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range regexp.MustCompile(`(?m)^[a-z][^:\s]*`).FindAllString(string(text), -1) {
		if !used[code] && !strings.HasPrefix(code, "portal.month.") && code != "portal.stale" {
			t.Errorf("%s is never said", code)
		}
	}
}

// smallProgramme has two categories of filed and withdrawn claims; of the
// withdrawn there are few, and how many of each is nobody's business.
func smallProgramme(a, b int64) press.ProgrammeFigures {
	row := func(id string, filed, withdrawn int64) press.Row {
		return press.Row{ID: id, Title: "Category " + id, Counts: map[press.Standing]int64{
			press.Filed: filed, press.Recorded: 61_377, press.Withdrawn: withdrawn,
		}}
	}
	return press.ProgrammeFigures{
		ID: "small", Title: "Small", Rows: []press.Row{row("a", 40_017-a, a), row("b", 50_023-b, b), row("c", 60_029, 70_031)},
	}
}

// fewPaid has paid three claims: what they got must show nowhere.
func fewPaid() press.ProgrammeFigures {
	eur := func(minor int64) money.Amount { return money.New(minor, "EUR") }
	return press.ProgrammeFigures{
		ID: "few", Title: "Few paid", Currencies: []money.Currency{"EUR"},
		Rows: []press.Row{{
			ID: "homes", Title: "Homes",
			Counts: map[press.Standing]int64{press.Decided: 812, press.Paid: 3},
			Own:    press.Outcomes{Awards: 815, Awarded: []press.Sum{{Claims: 815, Amount: eur(777_123_457)}}},
			Paid:   []press.Sum{{Claims: 3, Amount: eur(1_357_911)}},
			Owed:   []press.Sum{{Claims: 812, Amount: eur(775_765_546)}},
		}},
		In: []money.Amount{eur(900_000_000)}, Left: []money.Amount{eur(898_642_089)},
	}
}

// twoCurrencies awards and pays in two of them.
func twoCurrencies() press.ProgrammeFigures {
	f := press.ProgrammeFigures{
		ID: "two", Title: "Two currencies", Currencies: []money.Currency{"EUR", "JPY"},
		Rows: []press.Row{{
			ID: "homes", Title: "=HYPERLINK(\"x\") & <b>homes</b>",
			Counts: map[press.Standing]int64{press.Decided: 20, press.Paid: 30},
			Own:    press.Outcomes{Awards: 50},
		}},
	}
	for i, c := range f.Currencies {
		n := int64(10 + 5*i)
		f.Rows[0].Own.Awarded = append(f.Rows[0].Own.Awarded, press.Sum{Claims: 2 * n, Amount: money.New(4_000_000, c)})
		f.Rows[0].Paid = append(f.Rows[0].Paid, press.Sum{Claims: n, Amount: money.New(3_000_000, c)})
		f.Rows[0].Owed = append(f.Rows[0].Owed, press.Sum{Claims: n, Amount: money.New(1_000_000, c)})
		f.In, f.Left = append(f.In, money.New(9_000_000, c)), append(f.Left, money.New(6_000_000, c))
	}
	return f
}

// allPaths are the ways in which a programme's figures leave.
func allPaths(id string) []string {
	return []string{"/", "/programmes/" + id, "/figures.json", "/figures.csv"}
}

// TestTwoTruthsOnePage is the canary: two programmes that differ in nothing but
// numbers which are withheld look the same to the last byte, in every form.
func TestTwoTruthsOnePage(t *testing.T) {
	figures := realistic()
	figures.Programmes = []press.ProgrammeFigures{smallProgramme(2, 3)}
	one := portal.New(&fixed{figures: figures}, options(t))
	figures.Programmes = []press.ProgrammeFigures{smallProgramme(3, 2)}
	other := portal.New(&fixed{figures: figures}, options(t))
	for _, path := range allPaths("small") {
		a, b := body(t, fetch(t, one, "GET", path)), body(t, fetch(t, other, "GET", path))
		if a != b {
			t.Errorf("%s tells them apart:\n%s", path, cmp.Diff(a, b))
		}
	}
}

// TestCanary: a withheld number stands nowhere, however it may be written.
func TestCanary(t *testing.T) {
	figures := realistic()
	figures.Programmes = []press.ProgrammeFigures{fewPaid(), smallProgramme(2, 3)}
	h := portal.New(&fixed{figures: figures}, options(t))
	canaries := []string{
		"13579.11", "13,579.11", "1357911", "7757655.46", "7,757,655.46", "775765546", // paid, and what is owed with it
		"8986420.89", "8,986,420.89", "898642089", // left of it
		"40015", "40,015", "50020", "50,020", // filed, where the withdrawn would follow
	}
	for _, path := range append(allPaths("few"), "/programmes/small") {
		text := body(t, fetch(t, h, "GET", path))
		for _, c := range canaries {
			if strings.Contains(text, c) {
				t.Errorf("%s shows %s", path, c)
			}
		}
		if path != "/" && !strings.Contains(text, "withheld") {
			t.Errorf("%s doesn't say that something is withheld", path)
		}
	}
}

func TestJSONIsWhatIsPublished(t *testing.T) {
	figures := realistic()
	figures.Programmes = append(figures.Programmes, fewPaid())
	r := fetch(t, portal.New(&fixed{figures: figures}, options(t)), "GET", "/figures.json")
	if r.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Error("other sites may not read open data")
	}
	var got struct {
		AsOf       string `json:"as_of"`
		TreeHead   string `json:"tree_head"`
		Programmes []struct {
			ID    string
			Total struct {
				Claims    *int64
				Standings map[string]*int64
				Own       struct{ Paid map[string]*string }
				Reported  struct {
					Awards  *int64
					Awarded map[string]*string
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(body(t, r)), &got); err != nil {
		t.Fatal(err)
	}
	tsa, few := got.Programmes[1].Total, got.Programmes[2].Total
	if *tsa.Claims != 47_912 || *tsa.Reported.Awards != 11_382 || *tsa.Reported.Awarded["USD"] != "2636477.48" {
		t.Errorf("%+v", tsa)
	}
	if paid, there := few.Own.Paid["EUR"]; !there || paid != nil {
		t.Errorf("paid to three claims: %v, %v", paid, there)
	}
	if got.AsOf != figures.AsOf || got.TreeHead != figures.TreeHead {
		t.Errorf("%s %s", got.AsOf, got.TreeHead)
	}
}

// TestNoCellIsAFormula: whatever a title begins with, a spreadsheet reads text,
// and the text is all there.
func TestNoCellIsAFormula(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		title := rapid.OneOf(rapid.String(), rapid.StringMatching(`[=+\-@\t\r\n].{0,12}`)).Draw(rt, "title")
		figures := press.Figures{Programmes: []press.ProgrammeFigures{{ID: "p", Title: title, Rows: []press.Row{{ID: "a", Title: title}}}}}
		h := portal.New(&fixed{figures: figures}, options(t))
		rows, err := csv.NewReader(strings.NewReader(body(t, fetch(t, h, "GET", "/figures.csv")))).ReadAll()
		if err != nil {
			rt.Fatal(err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
					rt.Fatalf("a cell begins with %q", cell[0])
				}
			}
		}
		// encoding/csv reads CR LF within a cell as LF.
		want := strings.ReplaceAll(title, "\r\n", "\n")
		if got := strings.TrimPrefix(rows[1][1], "'"); got != want && "'"+got != want {
			rt.Fatalf("%q became %q", title, got)
		}
	})
}

func TestTitlesAreEscaped(t *testing.T) {
	figures := realistic()
	figures.Programmes = []press.ProgrammeFigures{twoCurrencies()}
	figures.Programmes[0].Title = `</title><script>alert("x")</script>`
	h := portal.New(&fixed{figures: figures}, options(t))
	for _, path := range []string{"/", "/programmes/two"} {
		page := body(t, fetch(t, h, "GET", path))
		if strings.Contains(page, "<script") || strings.Contains(page, "<b>homes") {
			t.Errorf("%s lets a title through", path)
		}
	}
}
