package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
)

// The way of a program: from the form to the receipt.
func TestAProgramFilesAClaimAndTakesItsReceipt(t *testing.T) {
	h := opened(t, nil)
	token := h.tokens["officer"]
	var filed struct {
		ID, Reference, Acknowledgement string
		Repeated                       bool
	}
	body := with(departure("a", "3"), "own_reference", "case 7")
	q := question{method: http.MethodPost, path: demoClaims, token: token, key: "0f1e2d3c-0001", body: body}
	r := h.ask(q).is(t, http.StatusCreated, &filed)
	if filed.Repeated || filed.Reference == "" || !strings.HasPrefix(filed.Acknowledgement, "chancery/acknowledgement/v1\n") || r.header.Get("Location") != "/api/v1/claims/"+filed.ID {
		t.Fatalf("%+v %v", filed, r.header)
	}
	get := func(path string) reply {
		return h.ask(question{method: http.MethodGet, path: path, token: token})
	}
	get("/v1/claims/"+filed.ID+"/receipt").refused(t, http.StatusConflict, "claim.not-published")
	_, err := h.Office.Publish(t.Context())
	must(t, err)
	var receipt docket.Receipt
	get("/v1/claims/"+filed.ID+"/receipt").is(t, http.StatusOK, &receipt)
	published, err := h.Office.Log.Published(t.Context())
	must(t, err)
	must(t, receipt.Check(published.Head()))
	if receipt.Reference != filed.Reference || len(receipt.Steps) != 1 {
		t.Errorf("a receipt of %d steps for %s", len(receipt.Steps), receipt.Reference)
	}
	var claim struct{ Standing, Reference, Category string }
	seen := get("/v1/claims/"+filed.ID).is(t, http.StatusOK, &claim)
	if claim.Standing != "filed" || claim.Reference != filed.Reference {
		t.Errorf("%+v", claim)
	}
	etag := seen.header.Get("Etag")
	again := h.ask(question{method: http.MethodGet, path: "/v1/claims/" + filed.ID, token: token, header: map[string]string{"If-None-Match": etag}})
	if again.status != http.StatusNotModified || len(again.text) > 0 {
		t.Errorf("%d %s", again.status, again.text)
	}
	var history struct{ Steps []struct{ Kind string } }
	get("/v1/claims/"+filed.ID+"/history").is(t, http.StatusOK, &history)
	if len(history.Steps) != 1 || history.Steps[0].Kind != "claim.filed.v1" {
		t.Errorf("%+v", history)
	}
	var found struct{ Found []struct{ ID string } }
	h.ask(question{
		method: http.MethodPost, path: demoClaims + "/find", token: token,
		body: map[string]any{"own_references": []string{"case 7", "case 8"}},
	}).is(t, http.StatusOK, &found)
	if len(found.Found) != 1 || found.Found[0].ID != filed.ID {
		t.Errorf("%+v", found)
	}
}

// What the entry says: whose act it was, and by what means.
func TestWhatAProgramFilesIsItsActorsAct(t *testing.T) {
	h := opened(t, nil)
	id := h.file("officer", "0f1e2d3c-0001", departure("a", "3"))
	entries, err := h.Office.History(t.Context(), id.Stream())
	must(t, err)
	if e := entries[0]; e.Actor != "officer" || e.Capacity != office.Officer {
		t.Errorf("%+v", e)
	}
}

// Promise 11 over HTTP: the same key, 64 at once, is one claim; who comes while
// it is filed is told so, and has the first answer when they ask again.
func TestSixtyFourRequestsUnderOneKeyFileOneClaim(t *testing.T) {
	h := opened(t, nil)
	q := question{method: http.MethodPost, path: demoClaims, token: h.tokens["officer"], key: "0f1e2d3c-0064", body: departure("a", "3")}
	var mu sync.Mutex
	ids, busy := map[string]int{}, 0
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for {
				r := h.ask(q)
				var p problem
				if r.status == http.StatusConflict && json.Unmarshal(r.text, &p) == nil && p.Code == "api.in-progress" {
					if r.header.Get("Retry-After") == "" {
						t.Error("told to come again, not when")
					}
					mu.Lock()
					busy++
					mu.Unlock()
					continue
				}
				var filed struct{ ID string }
				r.is(t, http.StatusCreated, &filed)
				mu.Lock()
				ids[filed.ID]++
				mu.Unlock()
				return
			}
		})
	}
	all.Wait()
	if len(ids) != 1 || h.claims() != 1 {
		t.Errorf("%d claims on file, %d told of; %d were told to wait", h.claims(), len(ids), busy)
	}
}

// Promise 12 over HTTP, and what the draft on idempotency keys asks for.
func TestAKeyStandsForOneRequest(t *testing.T) {
	h := opened(t, nil)
	q := question{method: http.MethodPost, path: demoClaims, token: h.tokens["officer"], body: departure("a", "3")}
	h.ask(q).refused(t, http.StatusBadRequest, "api.key-missing")
	q.key = "short"
	h.ask(q).refused(t, http.StatusBadRequest, "api.key-form")
	q.key = "0f1e2d3c-0001"
	first := h.ask(q).is(t, http.StatusCreated, nil)
	var one, two struct {
		ID       string
		Repeated bool
	}
	must(t, json.Unmarshal(first.text, &one))
	h.ask(q).is(t, http.StatusCreated, &two)
	if one.ID != two.ID || !two.Repeated {
		t.Errorf("%+v, then %+v", one, two)
	}
	q.body = departure("a", "4")
	h.ask(q).refused(t, http.StatusUnprocessableEntity, "office.key-reused")
	// Another actor's key of the same text is another key.
	q.token = h.tokens["officer-2"]
	h.ask(q).is(t, http.StatusCreated, &two)
	if one.ID == two.ID || h.claims() != 2 {
		t.Errorf("%d claims", h.claims())
	}
	// The same reference of one's own, under another key.
	q.key, q.body = "0f1e2d3c-0002", with(departure("b", "3"), "own_reference", "case 7")
	h.ask(q).is(t, http.StatusCreated, &one)
	q.key = "0f1e2d3c-0003"
	for range 3 { // the first answer each time: it filed nothing
		h.ask(q).is(t, http.StatusOK, &two)
		if one.ID != two.ID || !two.Repeated {
			t.Errorf("%+v, then %+v", one, two)
		}
	}
	q.key, q.body = "0f1e2d3c-0004", with(departure("b", "4"), "own_reference", "case 7")
	h.ask(q).refused(t, http.StatusConflict, "claim.own-reference-taken")
}

// Everything that is wrong is told at once, each at its place, in the language
// that was asked for, and without what was sent.
func TestAFilingIsToldAllThatIsWrongWithIt(t *testing.T) {
	h := opened(t, nil)
	body := departure("a", "3")
	body["answers"].(map[string]string)["nights_away"] = "Mariupol-canary"
	body["answers"].(map[string]string)["place"] = "Canary Street"
	body["answers"].(map[string]string)["Olena Canary"] = "x"
	q := question{method: http.MethodPost, path: demoClaims, token: h.tokens["officer"], key: "0f1e2d3c-0001", body: body}
	for lang, word := range map[string]string{"en": "", "uk": "", "fr": ""} {
		q.header = map[string]string{"Accept-Language": lang}
		r := h.ask(q)
		p := r.refused(t, http.StatusUnprocessableEntity, p0(r))
		places := map[string]bool{}
		for _, w := range p.Errors {
			places[w.Pointer] = true
			if w.Detail == "" || w.Code == "" {
				t.Errorf("%s: %+v says nothing", lang, w)
			}
		}
		if !places["/answers/nights_away"] || !places["/answers/place"] || !places["/answers/…"] {
			t.Errorf("%s %s: %s", lang, word, r.text)
		}
		if strings.Contains(string(r.text), "anary") || p.Trace == "" || !strings.HasPrefix(p.Type, "/api/problems/") {
			t.Errorf("%s", r.text)
		}
	}
	// What doesn't fit the document.
	q.body = map[string]any{"category": 7, "claimant": "individual", "answers": map[string]any{"signed": true}, "Olena Canary": 1}
	r := h.ask(q)
	p := r.refused(t, http.StatusUnprocessableEntity, "api.invalid")
	if len(p.Errors) < 2 || strings.Contains(string(r.text), "Canary") {
		t.Errorf("%s", r.text)
	}
	q.body = map[string]any{"category": "a-departure", "own reference": "Olena Canary", "answers": map[string]any{}}
	r = h.ask(q)
	p = r.refused(t, http.StatusUnprocessableEntity, "api.invalid")
	codes := map[string]string{}
	for _, w := range p.Errors {
		codes[w.Pointer] = w.Code
	}
	if want := map[string]string{"/claimant": "api.value-missing", "/…": "api.value-unknown"}; !maps.Equal(codes, want) || strings.Contains(string(r.text), "Canary") {
		t.Errorf("%s", r.text)
	}
	q.body = `{"category": Olena Canary`
	r = h.ask(q)
	r.refused(t, http.StatusBadRequest, "api.body")
	if strings.Contains(string(r.text)+h.log.String(), "Canary") {
		t.Errorf("%s\n%s", r.text, h.log.String())
	}
	q.header = map[string]string{"Accept-Language": "uk-UA,uk;q=0.9,en;q=0.5", "Traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
	p = h.ask(q).refused(t, http.StatusBadRequest, "api.body")
	if !strings.Contains(p.Detail, "Надішліть") || p.Trace != "0af7651916cd43dd8448eb211c80319c" {
		t.Errorf("%+v", p)
	}
	if h.claims() != 0 {
		t.Error("it was filed all the same")
	}
}

func p0(r reply) string {
	var p problem
	_ = json.Unmarshal(r.text, &p)
	return p.Code
}

// Pages lead from one to the next, each claim once, in the order of filing.
func TestClaimsAreListedPageByPage(t *testing.T) {
	h := opened(t, nil)
	var want []string
	for n := range 7 {
		want = append(want, string(h.file("officer", fmt.Sprintf("0f1e2d3c-%04d", n), departure(fmt.Sprint(n), "3"))))
		h.file("officer-2", fmt.Sprintf("0f1e2d3c-%04d", n), departure(fmt.Sprint(n), "3"))
	}
	var got []string
	for cursor := ""; ; {
		var page struct {
			Claims []struct{ ID string }
			Next   string
		}
		h.ask(question{method: http.MethodGet, path: "/v1/claims?limit=3&cursor=" + cursor, token: h.tokens["officer"]}).is(t, http.StatusOK, &page)
		for _, c := range page.Claims {
			got = append(got, c.ID)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	h.ask(question{method: http.MethodGet, path: "/v1/claims?cursor=none", token: h.tokens["officer"]}).refused(t, http.StatusUnprocessableEntity, "api.cursor")
}

func TestADeficiencyIsAnsweredAndAClaimWithdrawn(t *testing.T) {
	h := opened(t, nil)
	body := departure("a", "3")
	delete(body["answers"].(map[string]string), "signed")
	id := h.file("officer", "0f1e2d3c-0001", body)
	answer := question{
		method: http.MethodPost, path: "/v1/claims/" + string(id) + "/answers", token: h.tokens["officer"], key: "0f1e2d3c-0002",
		body: map[string]any{"answers": map[string]string{"signed": "true"}},
	}
	h.ask(answer).refused(t, http.StatusConflict, "claim.cannot-answer-deficiency")
	examined, err := h.Office.Examine(t.Context(), h.by("officer"), "demo", 10)
	must(t, err)
	_, err = h.Office.FindDeficient(t.Context(), h.by("officer"), "demo", examined)
	must(t, err)
	var c struct {
		Standing string
		Missing  []struct{ ID, Text string }
	}
	look := question{method: http.MethodGet, path: "/v1/claims/" + string(id), token: h.tokens["officer"]}
	h.ask(look).is(t, http.StatusOK, &c)
	if c.Standing != "deficient" || len(c.Missing) != 1 || c.Missing[0].ID != "signature" || c.Missing[0].Text == "" {
		t.Errorf("%+v", c)
	}
	answer.key = "0f1e2d3c-0003"
	first := h.ask(answer).is(t, http.StatusOK, nil)
	if second := h.ask(answer).is(t, http.StatusOK, nil); string(first.text) != string(second.text) {
		t.Errorf("%s, then %s", first.text, second.text)
	}
	h.ask(look).is(t, http.StatusOK, &c)
	if c.Standing != "filed" {
		t.Errorf("%+v", c)
	}
	withdraw := question{method: http.MethodPost, path: "/v1/claims/" + string(id) + "/withdrawal", token: h.tokens["officer"], key: "0f1e2d3c-0004"}
	h.ask(withdraw).is(t, http.StatusOK, nil)
	h.ask(look).is(t, http.StatusOK, &c)
	if c.Standing != "withdrawn" {
		t.Errorf("%+v", c)
	}
	withdraw.key = "0f1e2d3c-0005"
	h.ask(withdraw).refused(t, http.StatusConflict, "claim.cannot-be-withdrawn")
}
