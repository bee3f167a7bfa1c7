package web_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/web"
)

// afterwards is what the demo's rulebook says of what comes after a claim was
// sent.
const afterwards = `
identity:
  - {id: same-name-and-birth, fields: [claimant_name, birth_date], means: likely}
deadlines:
  - {id: answer, for: claimant, from: found-deficient, within: P30D, text: {en: Bring what is missing.}}
  - {id: review, for: claimant, from: refused, within: P60D, text: {en: Ask for a review.}}
  - {id: look, for: register, from: filed, within: P90D, text: {en: We answer your claim.}}
`

// register is an installation at work whose clock stands until it is set.
type register struct {
	*installation.Installation
	testing.TB
	at      *clock
	by, by2 office.By
}

func registering(t testing.TB) *register {
	t.Helper()
	at := &clock{at: time.Date(2020, 6, 1, 9, 0, 0, 0, time.UTC)}
	places := installation.Beside(filepath.Join(t.TempDir(), "register"))
	desk, err := installation.MakeDemoDesk(places.Data)
	must(t, err)
	options := installation.Options{Now: at.now, Desk: desk}
	must(t, installation.Create(t.Context(), places, "register.example/log", options))
	i, err := installation.Open(t.Context(), places.Data, options)
	must(t, err)
	t.Cleanup(func() { _ = i.Close() })
	r := &register{Installation: i, TB: t, at: at}
	signIn := func(path string) office.By {
		secret, err := i.Credential(path)
		must(t, err)
		known, err := i.Office.Authenticate(t.Context(), secret)
		must(t, err)
		return office.By{Actor: known}
	}
	r.by = signIn("")
	must(t, i.Office.AddActor(t.Context(), r.by, "officer-2", []string{office.Officer}, i.Keep("officer-2")))
	r.by2 = r.by
	r.by2.Second = signIn(i.CredentialPath("officer-2")).Actor
	book, _ := rulebooks.Find("demo")
	source := strings.Replace(string(book.Source), "powers:\n", "powers:\n  amend: {by: officer}\n  ask_review: {by: officer}\n", 1) + afterwards
	_, err = i.Office.OpenProgramme(t.Context(), r.by, "demo", []byte(source))
	must(t, err)
	return r
}

// files files a claim, and answers it with its code.
func (r *register) files(key string, change func(*office.Filing)) (claim.ID, claim.Reference, claim.Code) {
	r.Helper()
	f := office.Filing{Key: key, Category: "a-departure", Claimant: "individual", Received: day.Must(2020, 5, 1), Code: true, Answers: map[string]string{
		"claimant_name": "Olena Canary", "birth_date": "1975-04-26", "contact": "3 Quay Lane", "signed": "true",
		"incident_date": "2019-11-04", "place": "quayside", "family": "false", "nights_away": "4",
	}}
	change(&f)
	answers, err := r.Office.FileClaims(r.Context(), r.by, "demo", []office.Filing{f})
	must(r.TB, err)
	return answers[0].ID, answers[0].Reference, answers[0].Code
}

// answers has the register answer all claims on file, and the letters written.
func (r *register) answers() {
	r.Helper()
	examined, err := r.Office.Examine(r.Context(), r.by, "demo", 100)
	must(r.TB, err)
	for _, e := range examined {
		one := []office.Examination{e}
		switch e.Finding().Outcome {
		case "record":
			_, err = r.Office.RecordClaims(r.Context(), r.by, "demo", one)
		case "deficient":
			_, err = r.Office.FindDeficient(r.Context(), r.by, "demo", one)
		default:
			_, err = r.Office.RefuseClaims(r.Context(), r.by2, "demo", one)
		}
		must(r.TB, err)
	}
	r.follows()
}

func (r *register) follows() {
	r.Helper()
	_, err := r.Office.Sequence(r.Context())
	must(r.TB, err)
	must(r.TB, r.Office.FollowUp(r.Context()))
}

func (r *register) site(log *written) http.Handler {
	return web.New(r.Office, house{r.Installation, r.at.now}.options(r.TB, log))
}

func unsigned(f *office.Filing)  { delete(f.Answers, "signed") }
func elsewhere(f *office.Filing) { f.Answers["place"] = "elsewhere" }
func asIs(*office.Filing)        {}

// has looks for sentences in a page.
func has(t *testing.T, what string, w *httptest.ResponseRecorder, want ...string) {
	t.Helper()
	page := html.UnescapeString(w.Body.String())
	for _, text := range want {
		if !strings.Contains(page, text) {
			t.Errorf("%s (%d) lacks %q\n%s", what, w.Code, text, page)
		}
	}
}

// What is missing is answered on a page that has what was given; the claim keeps
// its day, and the letter and the clock say what and until when.
func TestADeficiencyIsAnsweredOnAPreFilledPage(t *testing.T) {
	r := registering(t)
	id, reference, code := r.files("one", unsigned)
	r.answers()
	var log written
	v := visiting(t, r.site(&log))
	has(t, "the page", v.enters(string(reference), string(code)), "Something is still missing", "Add what is missing", "What comes next", "Last day: 1 July 2020", "/claim/letter/")
	has(t, "the letter", v.does(http.MethodGet, "/claim/letter/1", nil), "Something is still missing", "Bring what is missing. Last day: 1 July 2020", "Is this letter really from us?")
	form := v.does(http.MethodGet, "/claim/answer", nil)
	has(t, "the form", form, "This is what we still need", "Olena Canary", "26 April 1975")
	has(t, "nothing typed", v.does(http.MethodPost, "/claim/answer", url.Values{}), "Answer at least one question", "There is a problem")
	has(t, "answered", v.does(http.MethodPost, "/claim/answer", url.Values{"signed": {"true"}}), "We have what you sent")
	c, _, err := r.Office.ClaimOf(t.Context(), id)
	must(t, err)
	if c.Standing != claim.Filed || c.Answers["signed"] != "true" || c.Received != day.Must(2020, 5, 1) {
		t.Errorf("%+v", c)
	}
	has(t, "again", v.does(http.MethodPost, "/claim/answer", url.Values{"signed": {"true"}}), "Nothing is missing")
	history, err := r.Office.History(t.Context(), id.Stream())
	must(t, err)
	if last := history[len(history)-1]; last.Actor != "claimant" || last.Kind != claim.KindDeficiencyAnswered {
		t.Errorf("by whom: %+v", last)
	}
	if strings.Contains(log.String(), "Canary") || strings.Contains(strings.Join(v.asked, " "), string(reference)) {
		t.Errorf("a name in the log, or a reference in an address: %s %v", &log, v.asked)
	}
}

// A quarter of an hour that ends amid a form takes nothing of it away.
func TestWhatWasTypedOutlivesTheSession(t *testing.T) {
	r := registering(t)
	_, reference, code := r.files("one", asIs)
	v := visiting(t, r.site(new(written)))
	v.enters(string(reference), string(code))
	r.at.pass(16 * time.Minute)
	typed := url.Values{"channel": {"mail"}, "mail": {"not an address"}, "times": {"after nine"}}
	w := v.asks(http.MethodPost, "/claim/contact", typed)
	has(t, "signed out", w, "what you typed is kept", `name="kept"`)
	kept := regexp.MustCompile(`name="kept" value="([^"]*)"`).FindStringSubmatch(w.Body.String())
	w = v.does(http.MethodPost, web.Root, url.Values{
		"reference": {string(reference)}, "code": {string(code)}, "to": {"/claim/contact"}, "kept": {html.UnescapeString(kept[1])},
	})
	has(t, "signed in again", w, "not an address", "after nine")
	has(t, "sent", v.does(http.MethodPost, "/claim/contact", typed), "Write the e-mail address like this", "after nine")
	typed.Set("mail", "olena@example.org")
	has(t, "mended", v.does(http.MethodPost, "/claim/contact", typed), "Saved")
}

// Two steps with a day between them, and back at any time; no word of it in the
// docket before.
func TestAClaimIsWithdrawnInTwoSteps(t *testing.T) {
	r := registering(t)
	id, reference, code := r.files("one", asIs)
	v := visiting(t, r.site(new(written)))
	stands := func(want claim.Standing) {
		t.Helper()
		if c, _, err := r.Office.ClaimOf(t.Context(), id); err != nil || c.Standing != want {
			t.Errorf("%v, %v, want %s", c.Standing, err, want)
		}
	}
	v.enters(string(reference), string(code))
	has(t, "before", v.does(http.MethodGet, "/claim/withdraw", nil), "There is a day to think", "Nobody may force you")
	has(t, "asked", v.does(http.MethodPost, "/claim/withdraw", nil), "You can confirm from 2 June 2020", "Keep my application")
	has(t, "too soon", v.does(http.MethodPost, "/claim/withdraw/confirm", nil), "You can confirm from")
	stands(claim.Filed)
	has(t, "kept", v.does(http.MethodPost, "/claim/withdraw/keep", nil), "Your application stays")
	v.does(http.MethodPost, "/claim/withdraw", nil)
	r.at.pass(25 * time.Hour)
	has(t, "the page", v.enters(string(reference), string(code)), "You think of taking your application back")
	has(t, "a day later", v.does(http.MethodGet, "/claim/withdraw", nil), "Take it back for good")
	stands(claim.Filed)
	has(t, "confirmed", v.does(http.MethodPost, "/claim/withdraw/confirm", nil), "It is on the record that you took it back")
	stands(claim.Withdrawn)
	has(t, "once more", v.does(http.MethodGet, "/claim/withdraw", nil), "It cannot be taken back any more")
}

// A refusal says why, what would change it, and until when a review can be asked
// for; and it is asked for there.
func TestAReviewIsAskedForWithItsClock(t *testing.T) {
	r := registering(t)
	id, reference, code := r.files("one", elsewhere)
	r.answers()
	v := visiting(t, r.site(new(written)))
	has(t, "the page", v.enters(string(reference), string(code)), "was not put on the record", "Ask for a review")
	has(t, "the letter", v.does(http.MethodGet, "/claim/letter/1", nil), "What would change this", "What you told us", "Last day: 31 July 2020")
	has(t, "the form", v.does(http.MethodGet, "/claim/review", nil), "You can ask until 31 July 2020", "It costs nothing")
	has(t, "asked", v.does(http.MethodPost, "/claim/review", url.Values{"why": {"The place was wrong."}}), "You asked for a review")
	has(t, "twice", v.does(http.MethodPost, "/claim/review", url.Values{}), "No review can be asked for")
	history, err := r.Office.History(t.Context(), id.Stream())
	must(t, err)
	if last := history[len(history)-1]; last.Kind != claim.KindReviewAsked || last.Actor != "claimant" {
		t.Errorf("%+v", last)
	}
}

func TestAnswersAreChangedWhereTheRulesGiveIt(t *testing.T) {
	r := registering(t)
	id, reference, code := r.files("one", asIs)
	v := visiting(t, r.site(new(written)))
	v.enters(string(reference), string(code))
	form := v.does(http.MethodGet, "/claim/change", nil)
	has(t, "the form", form, "Olena Canary", `value="4"`)
	has(t, "nothing changed", v.does(http.MethodPost, "/claim/change", url.Values{"nights_away": {"4"}}), "Change at least one answer")
	has(t, "changed", v.does(http.MethodPost, "/claim/change", url.Values{"nights_away": {"7"}}), "Your changes are saved")
	if c, _, err := r.Office.ClaimOf(t.Context(), id); err != nil || c.Answers["nights_away"] != "7" && c.Version != 2 {
		t.Errorf("%+v, %v", c, err)
	}
	r.answers()
	has(t, "answered", v.does(http.MethodGet, "/claim/change", nil), "It cannot be changed now")
}

// All that is held goes home in one file: what opens here, and the names of what
// doesn't.
func TestAClaimantTakesAllHome(t *testing.T) {
	r := registering(t)
	_, reference, code := r.files("one", func(f *office.Filing) {
		f.Category = "b-injury"
		delete(f.Answers, "nights_away")
		f.Answers["injured"], f.Answers["medical_record"], f.Answers["statement"] = "2", "true", "canary-statement"
	})
	r.answers()
	v := visiting(t, r.site(new(written)))
	has(t, "in a sensitive category", v.enters(string(reference), string(code)), "Exit this page")
	must(t, r.Office.SetContact(t.Context(), r.by, "demo", r.idOf(reference), office.Contact{Channel: office.ByPhone, Phone: "canary-phone"}))
	w := v.does(http.MethodPost, "/claim/export", nil)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/zip" || strings.Contains(w.Header().Get("Content-Disposition"), string(reference)) {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	z, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	must(t, err)
	all := map[string]string{}
	for _, f := range z.File {
		in, err := f.Open()
		must(t, err)
		text, err := io.ReadAll(in)
		must(t, err)
		all[f.Name] = string(text)
		if strings.HasSuffix(f.Name, ".json") && !json.Valid(text) {
			t.Errorf("%s is no JSON", f.Name)
		}
	}
	for name, want := range map[string]string{
		"readme.txt": "What is not in it, and why", "claim.json": string(reference), "answers.json": "Olena Canary", "contact.json": "canary-phone",
		"letters.json": `"recorded"`, "history.json": "claim.filed.v1", "readings.json": office.PurposeClaimant, "files.json": "[]",
	} {
		if !strings.Contains(all[name], want) {
			t.Errorf("%s lacks %q:\n%s", name, want, all[name])
		}
	}
	if !strings.Contains(all["answers.json"], "told_in_confidence") {
		t.Errorf("what isn't in it isn't named: %s", all["answers.json"])
	}
	for name, text := range all {
		if strings.Contains(text, "canary-statement") {
			t.Errorf("%s opens what only the desk can", name)
		}
	}
}

func (r *register) idOf(reference claim.Reference) claim.ID {
	r.Helper()
	c, err := r.Office.FindClaim(r.Context(), string(reference))
	must(r.TB, err)
	return c.ID
}

// Anybody finds out whether a message is ours, and learns nothing else; so often
// and no oftener.
func TestThePublicPageTellsWhetherAMessageIsOurs(t *testing.T) {
	r := registering(t)
	id, reference, _ := r.files("one", asIs)
	r.answers()
	letters, err := r.Office.Letters(t.Context(), id)
	must(t, err)
	v := visiting(t, r.site(new(written)))
	has(t, "the form", v.does(http.MethodGet, web.VerifyRoot, nil), "Is this really from us?", "We never ask for money")
	ask := func(code string) *httptest.ResponseRecorder {
		return v.does(http.MethodPost, web.VerifyRoot, url.Values{"code": {code}})
	}
	w := ask(strings.ToLower(string(letters[0].Code)))
	has(t, "ours", w, "Yes, it is from us", "1 June 2020")
	for _, word := range []string{string(reference), "Canary", "a-departure", "recorded"} {
		if strings.Contains(w.Body.String(), word) {
			t.Errorf("it tells %q", word)
		}
	}
	has(t, "not ours", ask("0000-0000-0000"), "We do not know this code")
	var last int
	for range 40 {
		last = ask("0000-0000-0000").Code
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the fortieth is answered with %d", last)
	}
}

// rd4u.md, section 8, statement 20: the claimant sees status and messages, and
// messages do not name the category. In each language, and in every title and
// address too.
func TestStatement20(t *testing.T) {
	r := registering(t)
	book, _ := rulebooks.Find("rd4u")
	_, err := r.Office.OpenProgramme(t.Context(), r.by, "rd4u", book.Source)
	must(t, err)
	edition, err := r.Office.Edition(t.Context(), "rd4u")
	must(t, err)
	secret := []string{}
	for i := range edition.Categories {
		c := &edition.Categories[i]
		for _, lang := range screen.Languages() {
			secret = append(secret, c.Title.In(lang))
		}
		secret = append(secret, c.ID, strings.ToUpper(strings.Replace(c.ID, "-", ".", 1)))
	}
	id, reference, code := r.files("one", unsigned)
	r.answers()
	letters, err := r.Office.Letters(t.Context(), id)
	must(t, err)
	demo, err := r.Office.Edition(t.Context(), "demo")
	must(t, err)
	for i := range demo.Categories {
		secret = append(secret, demo.Categories[i].ID, demo.Categories[i].Title.In("en"))
	}
	status := map[string]string{"en": "Something is still missing", "uk": "Ще чогось бракує", "fr": "Il manque encore quelque chose"}
	for _, lang := range screen.Languages() {
		v := visiting(t, r.site(new(written)))
		v.cookies["chancery-language"] = &http.Cookie{Name: "chancery-language", Value: lang}
		page := v.enters(string(reference), string(code))
		has(t, lang, page, status[lang], "/claim/letter/1")
		for _, path := range []string{"mine", "letter/1", "answer", "withdraw", "contact"} {
			w := v.does(http.MethodGet, web.Root+path, nil)
			title := regexp.MustCompile(`<title>(.*?)</title>`).FindString(w.Body.String())
			for _, word := range secret {
				if strings.Contains(html.UnescapeString(title), word) || strings.Contains(strings.Join(v.asked, " "), word) {
					t.Errorf("%s %s: title or address names %q: %s", lang, path, word, title)
				}
			}
		}
	}
	for _, l := range letters {
		for _, word := range secret {
			if strings.Contains(l.Content.Subject+l.Content.Text, word) {
				t.Errorf("a letter names the category %q", word)
			}
		}
	}
	for i := range edition.Letters { // the programme's own messages
		l := &edition.Letters[i]
		for _, lang := range screen.Languages() {
			for _, word := range append(slices.Clone(secret), "{category}", "{award}", "{amount}") {
				if strings.Contains(l.Subject.In(lang)+l.Text.In(lang), word) {
					t.Errorf("letter %s in %s names %q", l.ID, lang, word)
				}
			}
		}
	}
}

// An address whose place was chosen from a list keeps that place when it is changed
// after sending, where there is no list to choose from.
func TestAChosenPlaceIsKeptAfterSending(t *testing.T) {
	r := registering(t)
	book, _ := rulebooks.Find("rd4u")
	_, err := r.Office.OpenProgramme(t.Context(), r.by, "rd4u", book.Source)
	must(t, err)
	edition, err := r.Office.Edition(t.Context(), "rd4u")
	must(t, err)
	address := rulebook.Address{Words: "вул. Сумська, 5", Place: "UA63120270010096107"}.String()
	boxes, shown := web.AfterSending(edition, "uk", "home_address", address)
	kept := slices.ContainsFunc(boxes, func(b screen.Field) bool {
		return b.Name == "home_address-place" && b.Value == "UA63120270010096107" && b.Autocomplete == ""
	})
	if !kept || !strings.Contains(shown, "вул. Сумська, 5") {
		t.Errorf("%q %+v", shown, boxes)
	}
}

// Each purpose for which something is opened has its words for the claimant.
func TestEveryPurposeHasItsWords(t *testing.T) {
	for _, lang := range screen.Languages() {
		for _, purpose := range append(office.Purposes(), office.PurposeTrial, office.PurposeRegistry) {
			if !(screen.Words{Lang: lang}).Knows("web.purpose." + purpose) {
				t.Errorf("%s: no words for %s", lang, purpose)
			}
		}
	}
}
