package blank_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/blank"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/browsertest"
	"github.com/openchancery/chancery/paper"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

func edition(t testing.TB, id string) *rulebook.Edition {
	t.Helper()
	b, ok := rulebooks.Find(id)
	if !ok {
		t.Fatalf("no rulebook %s", id)
	}
	e, err := rulebook.Parse(id, b.Source)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var number = paper.NewNumber([11]byte{7, 3, 9})

// written is a form as a document.
func written(t testing.TB, e *rulebook.Edition, category, lang string) (*blank.Form, string) {
	t.Helper()
	f, err := blank.Make(e, category, lang, number)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b, "", ""); err != nil {
		t.Fatal(err)
	}
	return f, b.String()
}

func TestABlankFormAsksWhatTheRulebookAsks(t *testing.T) {
	e := edition(t, "rd4u")
	c, _ := e.Category("a1-1")
	_, page := written(t, e, c.ID, "uk")
	text := strings.Join(strings.Fields(page), " ")
	for _, id := range c.Asks {
		f, _ := e.Field(id)
		if label := f.Label.In("uk"); !strings.Contains(text, strings.ReplaceAll(label, "'", "&#39;")) {
			t.Errorf("%s isn't asked: %s", id, label)
		}
	}
	for _, want := range []string{
		"Лише якщо ваша відповідь на питання", "Лише якщо ви відповіли на питання", // conditions in words
		"Що додано до цього бланка", "Підпис", "Якщо хтось писав за вас", string(number), "не пам’ятаєте",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the form doesn't say %q", want)
		}
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "http://") && !strings.Contains(page, "www.w3.org") {
		t.Error("the form asks for something else")
	}
	_, err := blank.Make(e, "z9", "uk", number)
	if fault.Code(err) != "rulebook.category-unknown" {
		t.Error(err)
	}
	if _, err = blank.Make(e, "a1-1", "tlh", number); fault.Code(err) != "paper.language" {
		t.Error(err)
	}
}

// serving shows documents at one address.
func serving(t *testing.T) (at string, show func(page string)) {
	t.Helper()
	shown := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, shown)
	}))
	t.Cleanup(server.Close)
	return server.URL, func(page string) { shown = page }
}

// overflow is by how much each sheet of the page that is open is longer than its
// page, in pixels.
const overflow = `[...document.querySelectorAll('.sheet')].map(s => s.scrollHeight - s.clientHeight)`

// Whatever category and language: each sheet fits its page, so that each page that
// is printed bears its own code.
func TestNoSheetIsLongerThanItsPage(t *testing.T) {
	ctx, _ := browsertest.Start(t)
	at, show := serving(t)
	must(t, chromedp.Do(ctx, chromedp.EmulateViewport(703, 1046))) // A4 less its margins, at 96 dots an inch
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	must(t, err)
	var all, first string // all forms in one document: the sheets are what is measured
	var of []string       // which form each sheet is of
	for _, id := range []string{"rd4u", "demo", "uncc", "reca"} {
		e := edition(t, id)
		for n, c := range e.Categories {
			lang := []string{"uk", "fr", "en"}[n%3]
			f, page := written(t, e, c.ID, lang)
			head, rest, _ := strings.Cut(page, "<main>")
			sheets, _, _ := strings.Cut(rest, "</main>")
			if first == "" {
				first = head
			}
			all += sheets
			for n := range f.Sheets {
				of = append(of, fmt.Sprintf("sheet %d of %s %s in %s", n+1, id, c.ID, lang))
			}
		}
	}
	show(first + "<main>" + all + "</main></body></html>")
	must(t, chromedp.Do(ctx, chromedp.Navigate(at)))
	over, err := chromedp.Run(ctx, chromedp.Evaluate[[]int](overflow))
	must(t, err)
	if len(over) != len(of) || len(of) < 200 {
		t.Fatalf("%d sheets measured, of %d", len(over), len(of))
	}
	for n, px := range over {
		if px > 1 {
			t.Errorf("%s is %d px too long", of[n], px)
		}
	}
}

// What is printed has as many pages as sheets, is tagged, and the code of each page
// is read from a picture of 150 dots an inch, as a cheap scanner makes it.
func TestEachPrintedPageBearsItsOwnCode(t *testing.T) {
	pdftoppm, pdfinfo, zbarimg := tool(t, "pdftoppm"), tool(t, "pdfinfo"), tool(t, "zbarimg")
	ctx, _ := browsertest.Start(t)
	at, show := serving(t)
	e := edition(t, "demo")
	f, page := written(t, e, "b-injury", "uk")
	show(page)
	must(t, chromedp.Do(ctx, chromedp.Navigate(at)))
	printed, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
	must(t, err)
	pdf := filepath.Join(t.TempDir(), "form.pdf")
	must(t, os.WriteFile(pdf, printed, 0o600))
	info, err := exec.Command(pdfinfo, pdf).Output()
	must(t, err)
	said := strings.Join(strings.Fields(string(info)), " ")
	if !strings.Contains(said, "Pages: "+strconv.Itoa(len(f.Sheets))+" ") || !strings.Contains(said, "Tagged: yes") {
		t.Errorf("%d sheets are printed as\n%s", len(f.Sheets), info)
	}
	pictures := filepath.Join(t.TempDir(), "page")
	must(t, exec.Command(pdftoppm, "-r", "150", "-gray", "-png", pdf, pictures).Run())
	list, err := filepath.Glob(pictures + "*.png")
	must(t, err)
	if len(list) != len(f.Sheets) {
		t.Fatalf("%d pages of %d sheets", len(list), len(f.Sheets))
	}
	for n, picture := range list {
		read, err := exec.Command(zbarimg, "--quiet", "--raw", picture).Output()
		must(t, err)
		m, err := paper.ParseMark(string(read))
		want := paper.Mark{Number: number, Programme: "demo", Category: "b-injury", Language: "uk", Edition: fmt.Sprintf("%x", e.Hash[:6]), Page: n + 1, Pages: len(f.Sheets)}
		if err != nil || m != want {
			t.Errorf("page %d says %q: %+v, %v", n+1, read, m, err)
		}
		if dir := os.Getenv("CHANCERY_SCREENSHOTS"); dir != "" {
			content, err := os.ReadFile(picture)
			must(t, err)
			must(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("paper-%02d.png", n+1)), content, 0o644))
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s isn't here: %v", name, err)
	}
	return path
}
