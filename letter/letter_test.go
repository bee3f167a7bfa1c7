package letter_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/letter"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// refusal is a letter with everything in it.
func refusal(lang string) office.Letter {
	return office.Letter{
		ID: "5f", On: "refused", Made: docket.At(time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)), Code: claim.NewCode([11]byte{1, 2, 3}),
		Content: office.LetterContent{
			Language: lang, Reference: claim.NewReference([11]byte{9, 8, 7}), On: day.Must(2026, 5, 3), Ground: "ground <in> words",
			Missing: []string{"first", "second"},
			Reasons: []office.Reason{
				{Outcome: "applies", Rule: "Losses in the territory count.", Basis: "article 2"},
				{Outcome: "not-met", Rule: "The loss is of the period.", Basis: "article 3", Change: true, Facts: []office.LetterFact{
					{Question: "Day of the loss", Answer: "2021-11-04", Type: rulebook.Date},
					{Question: "Signed", Answer: "true", Type: rulebook.Boolean},
					{Question: "Amount", Answer: "2500.00 EUR", Type: rulebook.Amount},
					{Question: "Not answered"},
				}},
			},
			AtDesk:    true,
			Deadlines: []office.LetterTime{{Text: "Ask for a review.", For: "claimant", Ends: day.Must(2026, 7, 2)}},
		},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// In each language a letter says everything, with the facts as people read them,
// and no code shows where a sentence should stand.
func TestALetterIsWholeInEachLanguage(t *testing.T) {
	for lang, says := range map[string][]string{
		"en": {"4 November 2021", "yes", "no answer", "2 July 2026", "We could not put your application on the record"},
		"uk": {"4 листопада 2021", "так", "немає відповіді", "2 липня 2026", "Ми не змогли внести вашу заяву"},
		"fr": {"4 novembre 2021", "oui", "pas de réponse", "2 juillet 2026", "Nous n’avons pas pu inscrire votre demande"},
	} {
		l := refusal(lang)
		body, err := letter.Body(l)
		must(t, err)
		text := string(body)
		for _, want := range append(says, `lang="`+lang+`"`, string(l.Code), "article 3", "ground &lt;in&gt; words", "<li>second</li>", "EUR") {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in\n%s", lang, want, text)
			}
		}
		if left := regexp.MustCompile(`(letter|screen)\.[a-z.-]+|\{\{|2021-11-04`).FindString(text); left != "" {
			t.Errorf("%s: %q is left in\n%s", lang, left, text)
		}
	}
	for _, lang := range screen.Languages() {
		for _, on := range []string{"filed", "found-deficient", "recorded", "refused", "awarded", "dismissed", "withdrawn", "paid", "payment-returned", "reminder"} {
			l := refusal(lang)
			l.On = on
			if s := letter.Put(l); strings.HasPrefix(s.Subject, "letter.") || strings.HasPrefix(s.Text[0], "letter.") {
				t.Errorf("%s: nothing to say on %s: %+v", lang, on, s)
			}
		}
	}
}

// What the rulebook writes is put in as it is, paragraph by paragraph.
func TestTheRulebooksWordsComeFirst(t *testing.T) {
	l := refusal("uk")
	l.Content.Subject, l.Content.Text = "Тема", "Перший.\n\nДругий <b>."
	body, err := letter.Body(l)
	must(t, err)
	for _, want := range []string{"<h1>Тема</h1>", "<p>Перший.</p>", "<p>Другий &lt;b&gt;.</p>"} {
		if !strings.Contains(string(body), want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
}

func paper(t testing.TB) []byte {
	t.Helper()
	var b strings.Builder
	must(t, letter.Paper(&b, "en", []office.PaperLetter{
		{Letter: refusal("uk"), Post: "Олена Приклад\nвул. Перша, 1\nХарків"},
		{Letter: refusal("fr"), Post: "Jean <Exemple>\r\n1 rue Première"},
	}))
	return []byte(b.String())
}

func TestPaperAsksForNothing(t *testing.T) {
	text := string(paper(t))
	for _, want := range []string{`<html lang="en">`, `<div class="sheet" lang="uk">`, "Олена Приклад", "Jean &lt;Exemple&gt;", "default-src 'none'"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
	if at := regexp.MustCompile(`(?i)<script|<link|<img|https?:|@import|url\(`).FindString(text); at != "" {
		t.Errorf("it asks for %q", at)
	}
}

// The copy has what a screen reader goes by: tags of headings, lists and
// paragraphs, the language of each letter, and the words themselves.
func TestTheCopyIsATaggedPDF(t *testing.T) {
	pdfinfo, err := exec.LookPath("pdfinfo")
	if err != nil {
		t.Skip("no pdfinfo here: make setup installs it")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("no chromium here: make setup installs it")
	}
	folder := t.TempDir()
	pdf, err := letter.PDF(t.Context(), "chromium", folder, paper(t))
	must(t, err)
	left, err := os.ReadDir(folder)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	path := filepath.Join(folder, "letters.pdf")
	must(t, os.WriteFile(path, pdf, 0o600))
	if dir := os.Getenv("CHANCERY_SCREENSHOTS"); dir != "" {
		must(t, os.WriteFile(filepath.Join(dir, "letters.pdf"), pdf, 0o600))
	}
	run := func(args ...string) string {
		out, err := exec.Command(pdfinfo, append(args, path)...).Output()
		must(t, err)
		return string(out)
	}
	info := strings.Join(strings.Fields(run()), " ")
	for _, want := range []string{"Tagged: yes", "Title: Letters", "Pages: 4 ", "JavaScript: no"} {
		if !strings.Contains(info, want) {
			t.Errorf("no %q in\n%s", want, info)
		}
	}
	tags := run("-struct-text")
	for tag, least := range map[string]int{"H1 ": 2, "H2 ": 6, "LI ": 4, "P ": 10} {
		if n := strings.Count(tags, " "+tag); n < least {
			t.Errorf("%d of <%s>, want at least %d\n%s", n, tag, least, tags)
		}
	}
	for _, want := range []string{"Ми не змогли внести вашу заяву", "Nous n’avons pas pu inscrire votre demande"} {
		if !strings.Contains(tags, want) {
			t.Errorf("the words aren't in the tags: %q", want)
		}
	}
	if !regexp.MustCompile(`/Lang\s*\(`).Match(pdf) && !strings.Contains(run("-struct"), "Lang") {
		t.Error("no language in it")
	}
}

func TestNoBrowserNoPDF(t *testing.T) {
	if _, err := letter.PDF(t.Context(), "no-such-browser", t.TempDir(), nil); fault.Code(err) != "letter.no-browser" {
		t.Errorf("got %v", err)
	}
	folder := t.TempDir()
	if _, err := letter.PDF(t.Context(), "true", folder, nil); fault.Code(err) != "letter.browser-failed" {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
