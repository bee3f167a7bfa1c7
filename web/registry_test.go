package web_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

const civilStatus = `key,claimant_name,birth_date,tax_number
3119900000,Шевченко Олена Іванівна,1985-04-26,3119900000
2222222222,Канаренко Інша Людина,1970-01-01,2222222222
`

// registered is a house in which an extract of a register is loaded.
func registered(t *testing.T) (h *interviewHouse, file string) {
	t.Helper()
	h = interviewing(t)
	folder := filepath.Join(h.places.Data, installation.RegistriesFolder)
	must(t, os.MkdirAll(folder, 0o700))
	file = filepath.Join(folder, "civil-status.csv")
	must(t, os.WriteFile(file, []byte(civilStatus), 0o600))
	h.reopen()
	return h, file
}

var asksRegistry = regexp.MustCompile(`href="(/apply/registry/[^"]*)"`)

// A register fills in what it knows, with its name and the day, for who has told
// something of it before; what the claimant corrects is theirs. The officer sees which
// is which, and the claimant who asked.
func TestARegisterFillsInWhatItKnows(t *testing.T) {
	h, _ := registered(t)
	w := h.begun("en")
	path := first(asksRegistry, w.get("/apply/tasks").page)
	w.get(path).says("answer one of these questions first", "Date of birth").says0(`name="key"`)
	w.post(path, url.Values{"registry": {"civil-status"}, "key": {"3119900000"}}).says("answer one of these questions first")
	birth := first(regexp.MustCompile(`href="(/apply/q/[^"]*/birth_date)"`), w.page)
	w.get(birth).answer(olenas["birth_date"]...)
	w.get(path).says("Register of civil status", "Ask the register")
	w.post(path, url.Values{"registry": {"civil-status"}}).says("Write your number in the register")
	for _, key := range []string{"7", "2222222222"} { // nobody's, and another's: nobody learns which
		w.post(path, url.Values{"registry": {"civil-status"}, "key": {key}}).at(path + "/found")
		w.says("Nothing was filled in", "nothing under this number that fits").says0("Канаренко")
	}
	w.post(path, url.Values{"registry": {"civil-status"}, "key": {"3119900000"}}).at(path + "/found")
	w.says("Is this you?", "Register of civil status", "26 November 2026", "Шевченко Олена Іванівна", "26 April 1985")
	w.post(path+"/found", url.Values{"mine": {"yes"}}).at("/apply/tasks")
	name := strings.Replace(birth, "birth_date", "claimant_name", 1)
	w.get(name).says("Taken from: Register of civil status, on 26 November 2026", "Шевченко Олена Іванівна")
	tax := strings.Replace(birth, "birth_date", "tax_number", 1)
	w.get(tax).says("Taken from").answer("tax_number", "3119900001").get(tax).says0("Taken from")
	left := map[string][]string{}
	for field, pairs := range olenas {
		if field != "claimant_name" && field != "tax_number" && field != "birth_date" {
			left[field] = pairs
		}
	}
	w.filled(left)
	w.declared()
	h.seenByTheOfficer(3)
	if strings.Contains(h.log.String(), "3119900000") {
		t.Error("the number stands in the log")
	}
}

// seenByTheOfficer holds where the answers of all claims come from against what the
// register gave.
func (h *interviewHouse) seenByTheOfficer(claims int) {
	h.Helper()
	secret, err := h.Credential("")
	must(h.TB, err)
	by := office.By{}
	by.Actor, err = h.Office.Authenticate(h.Context(), secret)
	must(h.TB, err)
	filed, asked := h.standing(h.TB, claim.Filed), 0
	for _, c := range filed {
		shown, err := h.Office.ReadAnswers(h.Context(), by, string(c.Reference), office.PurposeExamination)
		must(h.TB, err)
		if shown.From == nil || shown.From.Fields["claimant_name"].Registry != "civil-status" || shown.From.Fields["birth_date"].Registry != "civil-status" || strings.Join(shown.From.Unverified, " ") != "tax_number" {
			h.Errorf("where the answers of %s come from: %+v", c.Category, shown.From)
		}
		readings, err := h.Office.Readings(h.Context(), c.ID)
		must(h.TB, err)
		for _, r := range readings {
			if r.Purpose == office.PurposeRegistry && r.Registry == "civil-status" && r.Actor == "claimant" {
				asked++
			}
		}
	}
	if len(filed) != claims || asked != 3 {
		h.Errorf("%d claims; the register was asked %d times", len(filed), asked)
	}
}

// A register that doesn't answer is in nobody's way, and few numbers may be tried.
func TestARegisterThatDoesNotAnswerIsInNobodysWay(t *testing.T) {
	h, file := registered(t)
	w := h.begun("en")
	path := first(asksRegistry, w.get("/apply/tasks").page)
	birth := first(regexp.MustCompile(`href="(/apply/q/[^"]*/birth_date)"`), w.get(path).page)
	w.get(birth).answer(olenas["birth_date"]...)
	kept := file + ".away"
	w.get(path)
	ask := func(key string) *walker { return w.post(path, url.Values{"registry": {"civil-status"}, "key": {key}}) }
	ask("3119900000").says("Is this you?")
	w.post(path+"/found", url.Values{"mine": {"no"}}).at("/apply/tasks").get(strings.Replace(birth, "birth_date", "claimant_name", 1)).says0(`value="Шевченко`)
	must(t, os.WriteFile(file, []byte("key,claimant_name,birth_date,tax_number\n\"torn"), 0o600))
	ask("3119900000").says("The register does not answer at the moment", "marked as not confirmed")
	must(t, os.Rename(file, kept))
	if w.get("/apply/tasks"); strings.Contains(w.page, "/apply/registry/") {
		t.Error("a register that isn't there is offered")
	}
	must(t, os.WriteFile(file, []byte(civilStatus), 0o600))
	for n := range 8 {
		if ask("3119900000"); w.status == http.StatusTooManyRequests {
			if n < 2 {
				t.Errorf("stopped at the %dth", n)
			}
			return
		}
	}
	t.Error("nobody is stopped")
}
