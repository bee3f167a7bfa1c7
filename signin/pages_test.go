package signin_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/internal/browsertest"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/signin"
)

// notPages are the routes, without their root, that answer with no page of their
// own to look at, each with what it answers.
var notPages = map[string]string{
	"POST passkey": "what the script asks the browser for", "POST passkey/done": "the same", "POST enrol": "the same", "POST enrol/done": "the same",
	"POST provider/done": "the account's page, or where one lands", "POST account/remove": "the account's page", "POST leave": "the page to sign in",
}

// held is a page as it came, to be looked at.
type held struct{ name, route, page string }

// pages are what the routes of both roots answer, in a language.
func (h *house) pages(p *accounts, lang string) (list []held) {
	h.Helper()
	take := func(name, route string, want int) func(status int, page string) {
		return func(status int, page string) {
			h.Helper()
			if status != want {
				h.Fatalf("%s answers %d, want %d", name, status, want)
			}
			list = append(list, held{name, route, page})
		}
	}
	person := func() *browser {
		b := h.browser()
		b.carries("chancery-language", lang)
		return b
	}
	b, root := person(), signin.StaffRoot
	take("form", "GET "+root+"{$}", http.StatusOK)(b.gets(h.url + root))
	take("invitation", "GET "+root+"invited", http.StatusOK)(b.gets(h.url + root + "invited"))
	take("invitation-wrong", "POST "+root+"invited", http.StatusForbidden)(b.posts(root+"invited", url.Values{"token": {"wrong"}}))
	take("enrol", "POST "+root+"invited", http.StatusOK)(b.posts(root+"invited", url.Values{"token": {h.invite("officer", true)}}))
	p.signsIn("subject-"+lang, nil)
	b.visits(root, url.Values{"enrol": {"1"}})
	take("account-only", "GET "+root+"account", http.StatusOK)(b.posts(root+"provider/done", nil))
	take("missing", "", http.StatusNotFound)(b.gets(h.url + root + "nothing"))
	for _, at := range []string{signin.StaffRoot, signin.ClaimantRoot} {
		in := strings.Trim(strings.ReplaceAll(at, "/", "-"), "-") + "-"
		take(in+"away", "POST "+at+"provider", http.StatusOK)(person().posts(at+"provider", nil))
		take(in+"go-on", "GET "+at+"provider/back", http.StatusOK)(person().visits(at, nil))
	}
	p.signsIn("subject-nobody", nil)
	nobody := person()
	nobody.visits(root, nil)
	take("refused", "", http.StatusForbidden)(nobody.posts(root+"provider/done", nil))
	session, err := h.Office.BeginSession(h.Context(), office.SessionClaimant, "00112233445566778899aabbccddeeff", "code", nil)
	must(h.TB, err)
	claimant, root := person(), signin.ClaimantRoot
	claimant.carries("chancery-claim", session)
	take("claimant-account", "GET "+root+"account", http.StatusOK)(claimant.gets(h.url + root + "account"))
	take("claimant-form", "GET "+root+"{$}", http.StatusOK)(person().gets(h.url + root))
	return list
}

// leaves are what takes a page to the next one at once.
var leaves = regexp.MustCompile(` data-(away|go-on)`)

// Every page that the tables of routes have is visited: axe-core finds nothing, it
// is HTML, and nothing sticks out at 320 px, in each language.
func TestEveryPageToSignInIsForEverybody(t *testing.T) {
	p := provider(t)
	h := opened(t, p.asOurs())
	ctx, heard := browsertest.Start(t)
	at, err := url.Parse(h.url)
	must(t, err)
	var page string
	mux := http.NewServeMux()
	mux.Handle("/", httputil.NewSingleHostReverseProxy(at))
	mux.HandleFunc("/held", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(page))
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	var first []held
	for _, lang := range screen.Languages() {
		list := h.pages(p, lang)
		if first == nil {
			first = list
		}
		for _, one := range list {
			page = leaves.ReplaceAllString(one.page, "")
			must(t, chromedp.Do(ctx, chromedp.Navigate(server.URL+"/held")))
			if said, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.documentElement.lang")); err != nil || said != lang {
				t.Errorf("%s is in %q, want %s (%v)", one.name, said, lang, err)
			}
			if lang == screen.Languages()[0] {
				browsertest.Look(t, ctx, "sign-in-"+one.name+"-"+lang)
				continue
			}
			must(t, chromedp.Do(ctx, chromedp.EmulateViewport(320, 900)))
			browsertest.Hold(t, ctx, "sign-in-"+one.name+"-"+lang, 320)
		}
	}
	if _, complaints := heard(); len(complaints) > 0 {
		t.Errorf("the console says: %q", complaints)
	}
	for root, open := range map[string]func(signin.Source, signin.Options) (http.Handler, error){signin.StaffRoot: signin.NewStaff, signin.ClaimantRoot: signin.NewClaimants} {
		handler, err := open(h.Office, signin.Options{URL: h.url})
		must(t, err)
		for _, r := range handler.(*screen.Mounted).Routes {
			visited := slices.ContainsFunc(first, func(one held) bool { return one.route == r.Pattern })
			if why := notPages[strings.Replace(r.Pattern, root, "", 1)]; visited == (why != "") {
				t.Errorf("%s: visited %v, and no page because it answers with %q", r.Pattern, visited, why)
			}
		}
	}
}
