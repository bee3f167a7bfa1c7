package console_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/console"
	"github.com/openchancery/chancery/internal/browsertest"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/signin"
)

// notPages are the routes that answer with no page of their own to look at, each
// with what it answers.
var notPages = map[string]string{
	"GET /desk/file/{file}":               "a file as it was given",
	"POST /desk/leave":                    "the page to sign in",
	"POST /desk/filters":                  "the queue",
	"POST /desk/claim/{id}/assign":        "the claim",
	"POST /desk/claim/{id}/flag":          "the claim",
	"POST /desk/claim/{id}/note":          "the claim",
	"POST /desk/claim/{id}/act":           "the claim, or the next one",
	"POST /desk/claim/{id}/interest":      "the day",
	"POST /desk/group/act":                "the queue",
	"POST /desk/lists/{programme}/{list}": "the list",
	"POST /desk/resolutions":              "the resolutions",
	"POST /desk/second/{id}":              "what waits",
	"POST /desk/export":                   "a list to take away",
	"POST /desk/people/end":               "the people",

	"POST /desk/paper/begin":                   "the form",
	"POST /desk/paper/{id}/open":               "the form",
	"POST /desk/paper/{id}/scan":               "the form",
	"GET /desk/paper/{id}/scan/{file}":         "a picture of the paper",
	"POST /desk/paper/{id}/scan/{file}/remove": "the form",
	"POST /desk/paper/{id}/part/{part}":        "the form, or its next part",
	"POST /desk/paper/{id}/differ":             "the form",
	"POST /desk/paper/{id}/do":                 "the form; or the letter, at which TestTheWayOfAFormOnPaperInABrowser looks",
}

// visit is a page that is looked at: by whom, where, and what is pressed there.
type visit struct {
	name, route, who, path string
	fill                   map[string]string // what is typed, by the field's selector
	press                  string            // the button that leads to the page; "" it is the address's own
	opens                  bool              // everything that is folded is opened
}

// visits are the pages of the desk, with something on each.
func (h *house) visits(t *testing.T) []visit {
	t.Helper()
	h.openRD4U()
	ids := h.file(departure("Olena Koval", "elsewhere", true), departure("Ihor Petrenko", "quayside", true), departure("Marta Bondar", "quayside", false),
		departure("Ганна Кузьменко", "quayside", true))
	damaged := h.damaged(2)
	at := func(id claim.ID) string { return "/desk/claim/" + string(id) }
	officer, director := h.at("officer"), h.at("executive-director")
	officer.get(at(ids[0])).press(at(ids[0])+"/act", "do", "refuse").sees(http.StatusOK)
	officer.get(at(ids[3])).press(at(ids[3])+"/act", "do", "record").sees(http.StatusOK)
	officer.post(at(ids[1])+"/note", url.Values{"text": {"The neighbour rang."}, "for": {"officer"}, "due": {"2020-06-05"}}).sees(http.StatusOK)
	officer.post(at(ids[1])+"/assign", url.Values{"to": {"officer"}}).sees(http.StatusOK)
	officer.post(at(ids[1])+"/flag", url.Values{"flag": {"urgent"}, "on": {"true"}}).sees(http.StatusOK)
	officer.post("/desk/filters", url.Values{"name": {"Urgent ones"}, "query": {"flag=urgent"}}).sees(http.StatusOK)
	director.get(at(damaged[0])).press(at(damaged[0])+"/act", "do", "recommend").sees(http.StatusOK)
	resolved := url.Values{"sort": {"place"}, "place-programme": {"rd4u"}, "place-of": {"mariupol"}, "place-finding": {"destroyed"}, "place-from": {"2022-02-24"}, "place-on": {"2020-05-30"}}
	h.at("board").post("/desk/resolutions", resolved).sees(http.StatusOK)
	waiting, err := h.Office.Proposals(t.Context(), h.by("officer"), "demo", 5)
	must(t, err)
	file := h.enclosed(t, ids[1])
	keying, differing := h.onPaper("officer", "officer-2")
	return append([]visit{
		{name: "paper", route: "GET /desk/paper", who: "officer", path: "/desk/paper"},
		{
			name: "paper-begin", route: "POST /desk/paper", who: "officer", path: "/desk/paper",
			fill: map[string]string{`#number`: string(h.Office.NewPaperNumber())}, press: `form[action="/desk/paper"] button`,
		},
		{name: "paper-work", route: "GET /desk/paper/{id}", who: "officer", path: keying},
		{name: "paper-key", route: "GET /desk/paper/{id}/part/{part}", who: "officer", path: keying + "/part/1"},
		{name: "paper-differ", route: "GET /desk/paper/{id}/differ", who: "officer-2", path: differing + "/differ"},
		{
			name: "counter-claim", route: "POST /desk/counter/claim", who: "officer", path: "/desk/counter",
			fill: map[string]string{`form[action="/desk/counter/claim"] [name="reference"]`: "ZZZZ-ZZZZ-ZZZZ"}, press: `form[action="/desk/counter/claim"] button`,
		},
	}, []visit{
		{name: "day", route: "GET /desk/{$}", who: "officer", path: "/desk/"},
		{name: "help", route: "GET /desk/help", who: "officer", path: "/desk/help"},
		{name: "queue", route: "GET /desk/queue", who: "officer", path: "/desk/queue?programme=demo&standing=filed", opens: true},
		{name: "queue-empty", route: "GET /desk/queue", who: "officer", path: "/desk/queue?programme=demo&standing=paid"},
		{name: "claim", route: "GET /desk/claim/{id}", who: "officer", path: at(ids[1]) + "?from=standing%3Dfiled", opens: true},
		{name: "claim-plain", route: "GET /desk/claim/{id}", who: "officer", path: at(ids[2]) + "?from=standing%3Dfiled"},
		{name: "claim-recorded", route: "GET /desk/claim/{id}", who: "officer", path: at(ids[3]), opens: true},
		{name: "claim-told", route: "GET /desk/claim/{id}", who: "officer", path: at(damaged[1]), opens: true},
		{name: "claim-recommended", route: "GET /desk/claim/{id}", who: "executive-director", path: at(damaged[0])},
		{name: "claim-unread", route: "GET /desk/claim/{id}", who: "commissioner", path: at(ids[1])},
		{name: "viewer", route: "GET /desk/claim/{id}/file/{file}", who: "officer", path: at(ids[1]) + "/file/" + file},
		{name: "search", route: "GET /desk/search", who: "officer", path: "/desk/search?programme=demo"},
		{
			name: "found", route: "POST /desk/search", who: "officer", path: "/desk/search?programme=demo",
			fill: map[string]string{`[name="f-claimant_name"]`: "Ihor Petrenko"}, press: `main form button`,
		},
		{
			name: "found-none", route: "POST /desk/search", who: "officer", path: "/desk/search?programme=demo",
			fill: map[string]string{`[name="f-claimant_name"]`: "Nobody"}, press: `main form button`,
		},
		{name: "group", route: "POST /desk/group", who: "officer", path: "/desk/queue?programme=demo&standing=filed", press: `#all, button[value="together"]`, opens: true},
		{name: "refused", route: "POST /desk/group", who: "officer", path: "/desk/queue?programme=demo&standing=filed", press: `button[value="together"]`},
		{name: "lists", route: "GET /desk/lists", who: "board", path: "/desk/lists"},
		{name: "list", route: "GET /desk/lists/{programme}/{list}", who: "board", path: "/desk/lists/rd4u/1"},
		{name: "resolutions", route: "GET /desk/resolutions", who: "board", path: "/desk/resolutions", opens: true},
		{name: "second", route: "GET /desk/second", who: "officer-2", path: "/desk/second"},
		{name: "proposal", route: "GET /desk/second/{id}", who: "officer-2", path: "/desk/second/" + waiting[0].ID},
		{name: "proposal-own", route: "GET /desk/second/{id}", who: "officer", path: "/desk/second/" + waiting[0].ID},
		{name: "counter", route: "GET /desk/counter", who: "officer", path: "/desk/counter"},
		{name: "counter-code", route: "POST /desk/counter", who: "officer", path: "/desk/counter", press: `form[action="/desk/counter"] button`},
		{
			name: "counter-lost", route: "POST /desk/counter/code", who: "officer", path: "/desk/counter",
			fill: map[string]string{`[name="reach"]`: "nobody@example.org"}, press: `form[action="/desk/counter/code"] button`,
		},
		{name: "people", route: "GET /desk/people", who: "administrator", path: "/desk/people", opens: true},
		{
			name: "people-invited", route: "POST /desk/people", who: "administrator", path: "/desk/people",
			fill: map[string]string{`#id`: "officer-{lang}"}, press: `label[for="c-officer"], form[action="/desk/people"] button`,
		},
		{name: "health", route: "GET /desk/health", who: "administrator", path: "/desk/health"},
	}...)
}

// onPaper are two forms on paper: one that is being keyed, and one of which the two
// clerks have read an answer differently.
func (h *house) onPaper(one, other string) (keying, differing string) {
	h.Helper()
	first, second := h.at(one), h.at(other)
	var roots []string
	for range 2 {
		first.post("/desk/paper/begin", url.Values{"number": {string(h.Office.NewPaperNumber())}, "form": {"demo/a-departure"}, "language": {"uk"}, "received-day": {"20"}, "received-month": {"5"}, "received-year": {"2020"}}).
			sees(http.StatusOK, "being keyed")
		roots = append(roots, first.at)
		first.post(first.at+"/part/1", onTheForm("4")).sees(http.StatusOK, "Hand over to check")
	}
	first.post(roots[1]+"/do", url.Values{"do": {"over"}}).sees(http.StatusOK)
	second.post(roots[1]+"/do", url.Values{"do": {"check"}}).sees(http.StatusOK)
	second.post(roots[1]+"/part/1", onTheForm("9")).sees(http.StatusOK, "Undecided: 1.")
	return roots[0], roots[1]
}

// enclosed is a picture that belongs to a claim, received and checked.
func (h *house) enclosed(t *testing.T, id claim.ID) string {
	t.Helper()
	by := h.by("officer")
	f, err := h.Office.BeginFile(t.Context(), by, office.FileOwner{Claim: id}, office.FileFacts{Name: "дім після удару, вигляд з двору.png", Size: int64(len(picture(t)))})
	must(t, err)
	_, err = h.Office.AppendFile(t.Context(), by, f.ID, 0, bytes.NewReader(picture(t)))
	must(t, err)
	f, err = h.Office.FinishFile(t.Context(), by, f.ID)
	must(t, err)
	must(t, h.Office.CheckFile(t.Context(), f.ID, 0))
	return f.ID
}

// Every page that the table of routes has is visited: axe-core finds nothing, it
// is HTML, and nothing sticks out at 320 px, in each language.
func TestEveryPageOfTheDeskIsForEverybody(t *testing.T) {
	h := opened(t)
	visits := h.visits(t)
	for _, r := range console.Routes() {
		visited := slices.ContainsFunc(visits, func(v visit) bool { return v.route == r.Pattern })
		if why := notPages[r.Pattern]; visited == (why != "") {
			t.Errorf("%s: visited %v, and no page because it answers with %q", r.Pattern, visited, why)
		}
	}
	ctx, heard := browsertest.Start(t)
	tokens := map[string]string{}
	seen := map[string]bool{} // routes by language: how a page varies is looked at in the first one
	for n, lang := range screen.Languages() {
		_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: "chancery-language", Value: lang, URL: h.server.URL})
		must(t, err)
		for _, v := range visits {
			if n > 0 && seen[lang+v.route] {
				continue
			}
			seen[lang+v.route] = true
			if tokens[v.who] == "" {
				tokens[v.who], err = h.Office.BeginSession(context.Background(), office.SessionStaff, v.who, "passkey", nil)
				must(t, err)
			}
			_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: signin.StaffCookie, Value: tokens[v.who], URL: h.server.URL})
			must(t, err)
			h.visit(t, ctx, v, lang)
			if n == 0 {
				browsertest.Look(t, ctx, "desk-"+v.name+"-"+lang)
				continue
			}
			must(t, chromedp.Do(ctx, chromedp.EmulateViewport(320, 900)))
			browsertest.Hold(t, ctx, "desk-"+v.name+"-"+lang, 320)
		}
	}
	_, complaints := heard()
	complaints = slices.DeleteFunc(complaints, func(c string) bool { return strings.Contains(c, "422") || strings.Contains(c, "404") }) // the two refusals
	if len(complaints) > 0 {
		t.Errorf("the console says: %q", complaints)
	}
}

// visit goes to the page.
func (h *house) visit(t *testing.T, ctx context.Context, v visit, lang string) {
	t.Helper()
	ctx, done := context.WithTimeout(ctx, time.Minute)
	defer done()
	must(t, chromedp.Do(ctx, chromedp.Navigate(h.server.URL+v.path)))
	for field, text := range v.fill {
		must(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.querySelector(%q).value = %q", field, strings.ReplaceAll(text, "{lang}", lang)))))
	}
	if v.press != "" {
		script := `document.documentElement.dataset.left = "yes";`
		for button := range strings.SplitSeq(v.press, ", ") {
			script += fmt.Sprintf("document.querySelector(%q).click();", button)
		}
		must(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](script)))
		(&clicks{house: h, ctx: ctx}).until(`document.readyState === "complete" && !document.documentElement.dataset.left`)
	}
	if v.opens {
		must(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`for (const d of document.querySelectorAll("details")) d.open = true`)))
	}
}
