package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/internal/browsertest"
	"github.com/openchancery/chancery/office"
)

// atCounter is somebody whose claim a clerk begins at the counter, at the list,
// with everything answered. The clerk's browser speaks English.
func (h *interviewHouse) atCounter(lang string) (*walker, claim.Code) {
	h.Helper()
	secret, err := h.Credential("")
	must(h.TB, err)
	first, err := h.Office.Authenticate(h.Context(), secret)
	must(h.TB, err)
	must(h.TB, h.Office.AddActor(h.Context(), office.By{Actor: first}, "clerk", []string{office.Officer}, h.Keep("clerk")))
	secret, err = h.Credential(h.CredentialPath("clerk"))
	must(h.TB, err)
	clerk, err := h.Office.Authenticate(h.Context(), secret)
	must(h.TB, err)
	code, err := h.Office.BeginAtCounter(h.Context(), office.By{Actor: clerk}, "rd4u", office.OwnContent{Language: lang, Last: "/apply/what"})
	must(h.TB, err)
	w := h.walker("en")
	w.get("/apply/back").answer("code", string(code)).at("/apply/what")
	w.answer("story", "had-to-leave").at("/apply/people").answer("who", "me")
	for strings.HasPrefix(w.path, "/apply/ask/") {
		reply := "yes"
		if strings.Contains(w.path, "abroad") {
			reply = "no"
		}
		w.answer("reply", reply)
	}
	w.at("/apply/claims").answer()
	w.get("/apply/tasks")
	w.filled(olenas)
	return w, code
}

// At the counter nothing is declared before every answer was read back, in the
// claimant's language; what was told in confidence is folded away; a change after
// that asks for it anew; and the entry says that it was done.
func TestWhatAClerkFilledInIsReadBackBeforeItIsDeclared(t *testing.T) {
	h := interviewing(t)
	w, code := h.atCounter("uk")
	w.get("/apply/declare").at("/apply/aloud").says("Прочитайте вголос кожну відповідь", "Шевченко Олена Іванівна", "26 квітня 1985", "14 березня 2022")
	w.says("<details><summary>Лише для вас: показати відповідь").says(`</summary><p class="answer">Канарка`)
	h.showsAloud(t, w)
	w.answer().at("/apply/aloud")
	if w.status != http.StatusUnprocessableEntity {
		t.Errorf("without the tick: %d", w.status)
	}
	w.post("/apply/declare", url.Values{"consent": {"true"}, "signed": {"true"}}).at("/apply/aloud")
	w.get("/apply/aloud").answer("heard", "yes").at("/apply/declare")
	older := w.also().get("/apply/aloud") // another window, still open when an answer is changed
	change := first(regexp.MustCompile(`href="(/apply/q/[^"]*/claimant_name[^"]*)"`), older.page)
	w.get(change).answer("claimant_name", "Шевченко Олена")
	w.get("/apply/declare").at("/apply/aloud")
	older.answer("heard", "yes").at("/apply/aloud") // what it shows isn't what stands
	older.answer("heard", "yes").at("/apply/declare")
	w.declared()
	sent := h.standing(t, claim.Filed)
	if len(sent) != 1 {
		t.Fatalf("%d claims", len(sent))
	}
	steps, err := h.Office.History(t.Context(), sent[0].ID.Stream())
	must(t, err)
	event, err := claim.Decode(steps[0].Kind, steps[0].Facts)
	must(t, err)
	if filed := event.(claim.FiledEvent); filed.Helper != "clerk" || !filed.ReadBack {
		t.Errorf("the entry says %+v", filed)
	}
	if _, _, _, err := h.Office.ClaimantByCode(t.Context(), string(sent[0].Reference), string(code)); err != nil {
		t.Error(err)
	}
}

// showsAloud looks at the page as the clerk's browser shows it.
func (h *interviewHouse) showsAloud(t *testing.T, w *walker) {
	t.Helper()
	ctx, _ := browsertest.Start(t)
	at, err := url.Parse(h.server.URL)
	must(t, err)
	for _, c := range w.c.Jar.Cookies(at) {
		_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: h.server.URL})
		must(t, err)
	}
	for _, width := range []int64{320, 1280} {
		must(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(h.server.URL+"/apply/aloud"), browsertest.Seen("h1")))
		browsertest.Hold(t, ctx, "counter-aloud", width)
	}
	defer h.showsPaper(t, ctx)
	open, err := chromedp.Run(ctx, chromedp.Evaluate[[]bool]("[...document.querySelectorAll('details')].map(d => d.open)"))
	must(t, err)
	if len(open) == 0 || slices.Contains(open, true) {
		t.Errorf("what was told in confidence lies open: %v", open)
	}
}

// showsPaper looks at the forms that anybody may print, as a page shows them.
func (h *interviewHouse) showsPaper(t *testing.T, ctx context.Context) {
	t.Helper()
	for name, path := range map[string]string{"paper-list": "/apply/paper/rd4u", "paper-form": "/apply/paper/rd4u/a1-1/uk"} {
		for _, width := range []int64{320, 1280} {
			must(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(h.server.URL+path), browsertest.Seen("h1")))
			browsertest.Hold(t, ctx, name, width)
		}
	}
}
