package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
)

// filled answers every section but the proofs, and answers which questions were
// asked in which claim.
func (w *walker) filled(answers map[string][]string) map[string][]string {
	w.Helper()
	asked := map[string][]string{}
	for range 60 {
		next := first(regexp.MustCompile(`class="button" href="([^"]*)"`), w.get("/apply/tasks").page)
		if next == "/apply/check" {
			return asked
		}
		claim := strings.Split(next, "/")[3]
		w.get(next)
		asked[claim] = append(asked[claim], w.walk(answers)...)
	}
	w.Fatalf("the list never ends: %v\n%s", w.visited[len(w.visited)-12:], w.page)
	return nil
}

// declared sends what was filled in.
func (w *walker) declared() *walker {
	w.Helper()
	return w.get("/apply/check").get("/apply/declare").answer("consent", "true", "signed", "true").at("/apply/sent")
}

func TestTheWayFromWhatHappenedToTheConfirmation(t *testing.T) {
	h := interviewing(t)
	w := h.begun("uk")
	code := w.get("/apply/code").shownCode()
	asked := w.filled(olenas)
	if len(asked) != 3 {
		t.Fatalf("claims: %v", asked)
	}
	seen := map[string]string{}
	for claim, fields := range asked {
		for _, field := range fields {
			if other, twice := seen[field]; twice && slices.Contains([]string{"claimant_name", "birth_date", "tax_number", "contact", "nationality"}, field) {
				t.Errorf("%s is asked in %s and in %s", field, other, claim)
			}
			seen[field] = claim
		}
	}
	w.get("/apply/check").says("Шевченко Олена Іванівна", "Olena Shevchenko", "26 квітня 1985", "14 березня 2022", "Канарка")
	w.get("/apply/aloud").at("/apply/check")                                         // nobody fills in for her: nothing is read back
	w.get("/apply/declare").says("Ви надсилаєте", "Реєстр може обробляти ваші дані") // the text of the consent, in full (statement 21)
	w.answer().says("Щось потрібно виправити").at("/apply/declare")                  // without a tick
	w.declared().says(code, "27 листопада 2026")
	references := shownReferences.FindAllStringSubmatch(w.page, -1)
	if len(references) != 3 {
		t.Fatalf("references: %v", references)
	}
	for _, r := range references {
		who, c, _, err := h.Office.ClaimantByCode(t.Context(), r[1], code)
		if err != nil || who.ID() != "claimant" || c.Standing != claim.Filed {
			t.Errorf("by reference and code: %+v, %v", c, err)
		}
	}
	w.post("/apply/sent/acknowledgement", url.Values{"n": {"1"}}).says("chancery/acknowledgement/v1", "register.example/log")
	w.get("/apply/sent/sheet").says(references[0][1], references[2][1]).says0(code)
	if w.get("/apply/tasks"); w.status != http.StatusForbidden {
		t.Errorf("the draft is there once it was sent: %d", w.status)
	}
	w.get("/apply/back").answer("code", code)
	w.says("Такого коду ми не знаємо")
	for _, secret := range []string{"Олена", "Shevchenko", "Канарка", code, strings.ReplaceAll(code, "-", ""), "123 45 67"} {
		if strings.Contains(h.log.String(), secret) {
			t.Errorf("the log says %q", secret)
		}
		for _, path := range w.visited {
			if strings.Contains(path, secret) || strings.Contains(path, url.QueryEscape(secret)) {
				t.Errorf("an address says %q: %s", secret, path)
			}
		}
	}
}

var shownReferences = regexp.MustCompile(`<code>([0-9A-Z-]{14})</code>`)

// Who has sent needn't type reference and code: each claim of the family opens from the
// page that confirms, on this device and for a quarter of an hour, and says how its
// claimant may be reached as they said it before. Signing out ends that.
func TestSendingOpensTheClaims(t *testing.T) {
	h := interviewing(t)
	w := h.begun("en")
	w.filled(olenas)
	cookies := must1(t)(url.Parse(h.server.URL))
	w.declared().says("You are signed in to your claims on this device")
	sent := w.page
	references := shownReferences.FindAllStringSubmatch(sent, -1)
	ways := regexp.MustCompile(`(?s)action="/claim/other"><input type="hidden" name="n" value="([0-9]+)"><button type="submit">See ([0-9A-Z-]{14})<`).FindAllStringSubmatch(sent, -1)
	if len(references) != 3 || len(ways) != 3 {
		t.Fatalf("%v %v", references, ways)
	}
	for _, way := range ways {
		w.post("/claim/other", url.Values{"n": {way[1]}}).at("/claim/mine").says(`<dd class="n">`+way[2], "We have your application")
		w.get("/claim/contact").says(`name="channel" value="phone" checked`, `value="+380 50 123 45 67"`, `value="вранці"`, `name="language" value="en" checked`)
		w.get("/apply/sent").says("See " + way[2])
	}
	forged := h.walker("en") // the page that confirms is no way in
	for _, c := range w.c.Jar.Cookies(cookies) {
		if c.Name == "chancery-sent" {
			forged.c.Jar.SetCookies(cookies, []*http.Cookie{c})
		}
	}
	forged.get("/apply/sent").says(references[0][1]).says0("You are signed in")
	forged.post("/claim/other", url.Values{"n": {"1"}}).at("/claim/").says0(references[0][1])
	w.post("/apply/leave", nil)
	w.get("/claim/mine").at("/claim/").says0(references[0][1])
}

// Nobody is written to who didn't say that it is safe: whoever leaves an address says
// so first.
func TestWhoLeavesAnAddressSaysWhetherItIsSafe(t *testing.T) {
	h := interviewing(t)
	w := h.begun("en")
	w.get("/apply/contact")
	w.post("/apply/contact", url.Values{"reach": {"olena@example.org"}, "when": {"after nine"}})
	w.says("Say whether it is safe to write to you", "olena@example.org", "after nine", `href="#safe"`)
	w.get("/apply/contact").says("+380 50 123 45 67") // what was there stands
	w.post("/apply/contact", url.Values{}).at("/apply/tasks")
}

// Who presses twice, or whose line breaks while it is sent, sends once.
func TestWhatIsSentTwiceIsSentOnce(t *testing.T) {
	h := interviewing(t)
	w := h.begun("en")
	w.filled(olenas)
	w.get("/apply/declare")
	cookies := w.c.Jar.Cookies(must1(t)(url.Parse(w.h.server.URL)))
	w.answer("consent", "true", "signed", "true").at("/apply/sent")
	reference := first(shownReferences, w.page)
	again := h.walker("en") // whose browser never saw the answer
	again.c.Jar.SetCookies(must1(t)(url.Parse(h.server.URL)), cookies)
	again.post("/apply/declare", url.Values{"consent": {"true"}, "signed": {"true"}})
	if strings.Contains(again.path, "sent") {
		again.says(reference, "the one that you wrote down")
	} else { // its session ended with the first sending
		again.says("Your code")
	}
	again.get("/claim/mine").says0(reference) // who comes to what was sent before isn't signed in by it
	filed := 0
	for _, s := range []claim.Standing{claim.Filed} {
		filed += len(h.standing(t, s))
	}
	if filed != 3 {
		t.Errorf("%d claims on file", filed)
	}
}

// What can't be read is shown again as it was typed, and what is wrong stands in
// the summary and at the field in the same words.
func TestWhatIsWrongIsSaidAndNothingIsLost(t *testing.T) {
	h := interviewing(t)
	w := h.begun("en")
	sections := w.sections()
	of := func(section, field string) string {
		for _, s := range sections {
			if strings.HasSuffix(s, "/"+section) {
				return s + "/" + field
			}
		}
		t.Fatalf("no section %s in %v", section, sections)
		return ""
	}
	about, what := of("about-you", ""), of("what-happened", "")
	for _, c := range []struct {
		page  string
		typed []string
		says  string
		keeps string // "" the first typed value
	}{
		{about + "claimant_name", []string{"claimant_name", ""}, "we need an answer", "-"},
		{about + "claimant_name", []string{"claimant_name", "", "claimant_name-latin", "Olena"}, "enter the full name first", "Olena"},
		{about + "birth_date", []string{"birth_date-day", "31", "birth_date-month", "2", "birth_date-year", "1985"}, "enter", "31"},
		{what + "event_date", []string{"event_date-day", "", "event_date-month", "", "event_date-year", "22"}, "at least the year", "22"},
		{what + "place", nil, "we need an answer", "-"},
		{what + "account", []string{"account", "a\x07b"}, "a sign in it that we cannot read", "-"},
		{what + "account", []string{"account", strings.Repeat("long ", 2000)}, "write at most 8,000 characters", "long long"},
	} {
		w.get(c.page).answer(c.typed...)
		if w.status != http.StatusUnprocessableEntity {
			t.Errorf("%s with %v: %d at %s", c.page, c.typed, w.status, w.path)
			continue
		}
		w.says(c.says, "There is a problem")
		summary := first(regexp.MustCompile(`<li><a href="#[^"]*">([^<]*)</a></li>`), w.page)
		if field := first(regexp.MustCompile(`<span class="unseen">Error: </span>([^<]*)</p>`), w.page); field == "" || field != summary {
			t.Errorf("%s: the summary says %q, the field %q", c.page, summary, field)
		}
		if target := first(regexp.MustCompile(`<li><a href="#([^"]*)">`), w.page); !strings.Contains(w.page, `id="`+target+`"`) {
			t.Errorf("%s: the summary leads to #%s, which isn't there", c.page, target)
		}
		keeps := c.keeps
		if keeps == "" && len(c.typed) > 1 {
			keeps = c.typed[1]
		}
		if keeps != "-" {
			w.says(keeps)
		}
	}
	for _, amount := range []string{"12 500,50", "12500.50", "12,500.50", "12 500.50"} {
		w.get(of("amount", "claimed_currency")).answer("claimed_currency", "UAH")
		w.get(of("amount", "claimed_uah"))
		w.answer("claimed_uah", amount)
		w.get("/apply/check").says("12,500.50")
	}
}

// Two windows: what the older one says is kept and told, and the newest stands.
func TestTheOlderOfTwoWindowsLosesNothing(t *testing.T) {
	h := interviewing(t)
	w := h.begun("en")
	page := w.sections()[0] + "/claimant_name"
	w.get(page)
	older := w.also().get(page)
	w.answer("claimant_name", "Olena Newer")
	older.answer("claimant_name", "Olena Older")
	older.at(page).says("in another window", "Olena Older", `value="Olena Newer"`)
	h.walkerWith(w).get(page).says("Olena Older", `value="Olena Newer"`) // it waits
	older.post(page, url.Values{"use": {"1"}})
	w.get(page).says(`value="Olena Older"`).says0("in another window")
	older.get(page)
	w.get(page).answer("claimant_name", "The same")
	older.answer("claimant_name", "The same") // both say the same: nothing to choose
	older.says0("in another window")
}

// Who goes back by the browser's own button to a page that it kept, and answers
// otherwise, is no other window: what they say last stands. Another window is one.
func TestGoingBackToAPageIsNoOtherWindow(t *testing.T) {
	h := interviewing(t)
	w := h.begun("en")
	page := w.sections()[0] + "/claimant_name"
	kept, _ := w.get(page).form(page)
	other, _ := w.get(page).form(page)
	for _, name := range []string{"Olena First", "Olena Second", "Olena First"} {
		kept.Set("claimant_name", name)
		w.post(page, kept)
		if w.path == page {
			t.Fatalf("%s doesn't lead on:\n%s", name, w.page)
		}
		w.get(page).says(`value="` + name + `"`).says0("in another window")
	}
	other.Set("claimant_name", "Olena Elsewhere")
	w.post(page, other).says("in another window", "Olena Elsewhere", `value="Olena First"`)
}

// A session that has ended takes nothing with it: the code leads back to the same
// page, and what had been typed there is kept.
func TestWhoWasSignedOutGoesOnWhereTheyWere(t *testing.T) {
	h := interviewing(t)
	w := h.begun("en")
	code := w.get("/apply/code").shownCode()
	page := w.get("/apply/tasks").sections()[0] + "/claimant_name"
	w.get(page)
	filled, _ := w.form(page)
	filled.Set("claimant_name", "Olena Kept")
	w.also().get("/apply/tasks").post("/apply/leave", nil).says("You are signed out")
	w.post(page, filled).says("Your code")
	if w.status != http.StatusForbidden {
		t.Errorf("signed out: %d", w.status)
	}
	back, _ := w.form("/apply/back")
	back.Set("code", reference(1))
	w.post("/apply/back", back).says("We know no such code")
	back, _ = w.form("/apply/back")
	back.Set("code", strings.ToLower(code))
	w.post("/apply/back", back)
	if w.path == page || !strings.HasPrefix(w.path, "/apply/q/") {
		t.Errorf("after the code: %s", w.path)
	}
	w.get(page).says(`value="Olena Kept"`)
	last := w.get(page).answer("claimant_name", "Olena Kept").path
	w.post("/apply/leave", nil)
	another := h.walker("en")
	another.get("/apply/back").answer("code", code).at(last)
}

// A family of four tells one story: four claims, each person's own questions, and
// nothing typed again that is the same.
func TestAFamilyOfFourTypesOnce(t *testing.T) {
	h := interviewing(t)
	w := h.walker("en")
	w.get("/apply/start/rd4u").answer("story", "had-to-leave").at("/apply/people").answer("who", "family", "adults", "1", "children", "2").at("/apply/names")
	filled, _ := w.form("/apply/names")
	names := []string{"Petro", "Marko", "Solomiia"}
	for name := range filled {
		filled.Set(name, names[0])
		names = names[1:]
	}
	w.post("/apply/names", filled)
	for strings.HasPrefix(w.path, "/apply/ask/") {
		reply := "yes"
		if strings.Contains(w.path, "abroad") {
			reply = "no"
		}
		w.answer("reply", reply)
	}
	w.at("/apply/claims").says("Petro", "Marko", "Solomiia").answer().at("/apply/who").answer("help", "myself")
	asked := w.filled(olenas)
	if len(asked) != 4 {
		t.Fatalf("%d claims: %v", len(asked), asked)
	}
	own, most := 0, 0
	for _, fields := range asked {
		own, most = own+len(fields), max(most, len(fields))
	}
	for claim, fields := range asked {
		for _, field := range []string{"event_date", "place", "cause", "settlement"} {
			if len(fields) < most && slices.Contains(fields, field) {
				t.Errorf("%s asks %s again", claim, field)
			}
		}
	}
	t.Logf("%d questions for four claims; the first has %d", own, most)
	w.declared()
	if n := len(h.standing(t, claim.Filed)); n != 4 {
		t.Errorf("%d claims on file", n)
	}
}

// Whenever the machine stops, the draft comes back whole.
func TestTheDraftComesBackWhole(t *testing.T) {
	h := interviewing(t)
	w := h.begun("en")
	code := w.get("/apply/code").shownCode()
	next := w.get("/apply/tasks").sections()[0]
	w.get(next)
	typed := 0
	for strings.HasPrefix(w.path, "/apply/q/") && typed < 4 {
		at := w.path
		field := at[strings.LastIndexByte(at, '/')+1:]
		pairs, ok := olenas[field]
		if !ok {
			w.answer()
			continue
		}
		w.answer(pairs...)
		typed++
		to := w.path
		h.reopen() // with the cookies of before
		w = h.walkerWith(w)
		w.get(to).at(to).get(at).says(strings.Fields(pairs[1])[0])
		other := h.walker("en")
		other.get("/apply/back").answer("code", code)
		other.get(at).says(strings.Fields(pairs[1])[0])
		w.get(to)
	}
}

// The first page is light: with all that it loads at most 60 kB over the line, and
// nothing comes from anybody else.
func TestTheFirstPageOfTheInterviewIsLight(t *testing.T) {
	h := interviewing(t)
	total := 0
	load := func(path string) string {
		req, err := http.NewRequest(http.MethodGet, h.server.URL+path, nil)
		must(t, err)
		req.Header.Set("Accept-Encoding", "gzip")
		req.Header.Set("Accept-Language", "uk")
		answer, err := http.DefaultTransport.RoundTrip(req)
		must(t, err)
		defer answer.Body.Close()
		raw, err := io.ReadAll(answer.Body)
		must(t, err)
		total += len(raw)
		zip, err := gzip.NewReader(strings.NewReader(string(raw)))
		must(t, err)
		text, err := io.ReadAll(zip)
		must(t, err)
		return string(text)
	}
	page := load("/apply/")
	for _, m := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if strings.Contains(m[1], "://") {
			t.Errorf("leads to %s", m[1])
		}
		if strings.HasSuffix(m[1], ".css") || strings.HasSuffix(m[1], ".js") {
			load(m[1])
		}
	}
	if total == 0 || total > 60<<10 {
		t.Errorf("%d bytes", total)
	}
	t.Logf("%d bytes over the line", total)
}

// A page that another person's session could open doesn't exist: no address names
// a draft, and without a session every page of one asks for the code.
func TestNoPageOfADraftOpensWithoutItsCode(t *testing.T) {
	h := interviewing(t)
	w := h.begun("en")
	page := w.sections()[0] + "/claimant_name"
	w.get(page).answer("claimant_name", "Olena Own")
	stranger := h.walker("en")
	for _, path := range []string{"/apply/what", "/apply/people", "/apply/names", "/apply/claims", "/apply/who", "/apply/contact", "/apply/code", "/apply/code/sheet", "/apply/tasks", page, "/apply/check", "/apply/declare", "/apply/discard"} {
		if stranger.get(path); stranger.status != http.StatusForbidden || strings.Contains(stranger.page, "Olena Own") {
			t.Errorf("%s: %d", path, stranger.status)
		}
	}
	stranger.get("/apply/start/rd4u").answer("story", "home-hit")
	stranger.get(page).says0("Olena Own")
}

// walkerWith is a browser with another's cookies, at the server of now.
func (h *interviewHouse) walkerWith(of *walker) *walker {
	h.Helper()
	w := h.walker(of.lang)
	from, to := must1(h.TB)(url.Parse(of.h.server.URL)), must1(h.TB)(url.Parse(h.server.URL))
	w.c.Jar.SetCookies(to, of.c.Jar.Cookies(from))
	return w
}

// standing are the claims of a standing.
func (h *interviewHouse) standing(t testing.TB, s claim.Standing) []claim.Claim {
	t.Helper()
	return house{h.Installation, h.now}.standing(t, s)
}

func must1(t testing.TB) func(*url.URL, error) *url.URL {
	return func(u *url.URL, err error) *url.URL {
		t.Helper()
		must(t, err)
		return u
	}
}

// A place is chosen from the official list by plain pages, or by its name, and
// what was typed of the address stays; nothing of it stands in an address.
func TestAPlaceIsChosenPageByPage(t *testing.T) {
	h := interviewing(t)
	src, err := os.ReadFile(filepath.Join("..", "place", "testdata", "excerpt.csv"))
	must(t, err)
	list, err := h.PlaceLists().Load(src, day.Must(2026, 1, 15))
	must(t, err)
	w := h.begun("uk")
	page := w.sections()[2] + "/home_address"
	w.get(page).says("Вибрати місце зі списку")
	filled, _ := w.form(page)
	filled.Set("home_address", "вул. Тестова, 5")
	filled.Set("choose", "home_address")
	w.post(page, filled)
	at := strings.Replace(page, "/apply/q/", "/apply/place/", 1)
	w.at(at)
	var way []string
	code := ""
	for range 6 {
		below := list.Children(code)
		if len(below) == 0 {
			break
		}
		code = below[0].Code
		way = append(way, below[0].Name)
		w.says(below[0].Name)
		if len(list.Children(code)) > 0 {
			w.post(at, url.Values{"in": {code}})
		}
	}
	w.post(at, url.Values{"place": {code}}).at(page).says(strings.Join(way, ", "), "вул. Тестова, 5")
	w.get(at).post(at, url.Values{"q": {way[len(way)-1]}}).says(code)
	w.post(at, url.Values{"q": {"zzzz"}}).says("Такого місця не знайдено")
	w.get(page).answer()
	w.get("/apply/check").says(strings.Join(way, ", "))
}
