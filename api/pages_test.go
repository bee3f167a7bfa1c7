package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/office"
)

// Every problem's type leads to a page that explains it, in each language; so
// does every code that the catalogue has for what a program may be told.
func TestEveryProblemHasItsPage(t *testing.T) {
	h := opened(t, nil)
	r := h.ask(question{method: http.MethodGet, path: "/v1/none"})
	p := r.refused(t, http.StatusNotFound, "api.none")
	for _, lang := range []string{"en", "uk", "fr"} {
		page := h.ask(question{method: http.MethodGet, path: strings.TrimPrefix(p.Type, "/api"), header: map[string]string{"Accept-Language": lang}}).is(t, http.StatusOK, nil)
		if !strings.Contains(string(page.text), "api.none") || !strings.Contains(string(page.text), `<html lang="`+lang+`"`) {
			t.Errorf("%s: %s", lang, page.text)
		}
	}
	list := string(h.ask(question{method: http.MethodGet, path: "/problems/"}).is(t, http.StatusOK, nil).text)
	for _, code := range []string{"claim.none", "token.wrong", "office.key-reused", "rulebook.answer-invalid", "webhook.within", "evidence.offset"} {
		if !strings.Contains(list, `href="/api/problems/`+code+`"`) {
			t.Errorf("%s isn't listed", code)
		}
		h.ask(question{method: http.MethodGet, path: "/problems/" + code}).is(t, http.StatusOK, nil)
	}
	if strings.Contains(list, "no value") || strings.Contains(list, "<script") {
		t.Error("a sentence shows its template, or the page asks for a script")
	}
	index := string(h.ask(question{method: http.MethodGet, path: "/"}).is(t, http.StatusOK, nil).text)
	_, operations := h.document()
	for _, d := range operations {
		if !strings.Contains(index, d.method+" /api"+d.path) {
			t.Errorf("%s isn't on the page", d.id)
		}
	}
}

// Promise 30 over HTTP: what people tell stands in no address, no log, no error,
// and in no answer but to who told it. A canary stands in every place of a
// filing, of its mistakes, of a file's name and of a header.
func TestWhatPeopleTellStandsInNoLogAndNoError(t *testing.T) {
	h := opened(t, nil)
	const canary = "Zanary"
	token := h.tokens["officer"]
	told := departure(canary, "3")
	told["answers"].(map[string]string)["contact"] = canary + " Lane"
	id := h.file("officer", "0f1e2d3c-0001", with(told, "own_reference", canary+" 7"))
	wrong := departure(canary, canary)
	wrong["answers"].(map[string]string)[canary] = canary
	claim := "/v1/claims/" + string(id)
	texts := []reply{
		h.ask(question{method: http.MethodPost, path: demoClaims, token: token, key: "0f1e2d3c-0002", body: wrong}),
		h.ask(question{method: http.MethodPost, path: demoClaims, token: token, key: "0f1e2d3c-0003", body: with(departure("b", "3"), "own_reference", canary+" 7")}),
		h.ask(question{method: http.MethodPost, path: demoClaims, token: token, key: "0f1e2d3c-0003", body: with(wrong, "category", canary)}),
		h.ask(question{method: http.MethodPost, path: demoClaims, token: token, key: "0f1e2d3c-0004", body: with(wrong, "claimant", canary)}),
		h.ask(question{method: http.MethodPost, path: demoClaims, token: token, key: "0f1e2d3c-0005", body: with(wrong, "received", canary)}),
		h.ask(question{method: http.MethodPost, path: demoClaims, token: token, key: "0f1e2d3c-0006", body: `{"category":` + canary}),
		h.ask(question{method: http.MethodPost, path: demoClaims, token: token, key: canary + " Lane 7, the third door", body: told}),
		h.ask(question{method: http.MethodGet, path: "/v1/claims?limit=" + canary, token: token}),
		h.ask(question{method: http.MethodGet, path: "/v1/claims?cursor=" + canary, token: token}),
		h.ask(question{method: http.MethodGet, path: "/v1/claims/" + canary, token: token}),
		h.ask(question{method: http.MethodGet, path: "/v1/programmes/" + canary}),
		h.ask(question{method: http.MethodGet, path: "/v1/treaties/" + canary}),
		h.ask(question{method: http.MethodGet, path: "/" + canary}),
		h.ask(question{method: http.MethodGet, path: claim, token: canary}),
		h.ask(question{method: http.MethodGet, path: claim, token: token, header: map[string]string{"Traceparent": canary, "Accept-Language": canary}}),
		h.ask(question{method: http.MethodPost, path: claim + "/answers", token: token, key: "0f1e2d3c-0007", body: map[string]any{"answers": map[string]string{canary: canary, "signed": canary}}}),
		h.ask(question{method: http.MethodPost, path: claim + "/files", token: token, body: map[string]any{"name": canary, "size": 1 << 40}}),
		h.ask(question{method: http.MethodPost, path: "/v1/webhooks", token: token, body: map[string]any{"url": canary}, header: map[string]string{"Idempotency-Key": canary}}),
	}
	for n, r := range texts {
		for name, values := range r.header {
			if strings.Contains(fmt.Sprint(values), canary) {
				t.Errorf("answer %d: the header %s repeats what was sent", n, name)
			}
		}
		if r.status >= 400 && strings.Contains(string(r.text), canary) {
			t.Errorf("answer %d repeats what was sent: %s", n, r.text)
		}
	}
	h.refusals(canary)
	_, err := h.Office.Publish(t.Context())
	must(t, err)
	h.server.Close()
	time.Sleep(10 * time.Millisecond) // what is logged at the end
	if strings.Contains(h.log.String(), canary) {
		t.Errorf("the log: %s", h.log.String())
	}
	if strings.Contains(h.log.String(), token) {
		t.Error("a token stands in the log")
	}
}

// refusals sends lines that are all wrong, and looks at what is answered.
func (h *house) refusals(canary string) {
	h.Helper()
	body := `{"own_reference":"1","category":"` + canary + `","claimant":"individual","answers":{}}` + "\n" +
		`{"own_reference":"2","category":"a-departure","claimant":"` + canary + `","answers":{"` + canary + `":"x"}}` + "\n" +
		`{"own_reference":"3","` + canary + `":1}` + "\n" + canary + "\n"
	token, _ := h.token("officer", office.ScopeBulk)
	r := h.ask(question{
		method: http.MethodPost, path: demoBulk, token: token, key: "0f1e2d3c-0100", body: body, header: map[string]string{"Content-Type": "application/x-ndjson"},
	}).is(h.TB, http.StatusOK, nil)
	if strings.Contains(string(r.text), canary) {
		h.Errorf("a line of the answer repeats what was sent: %s", r.text)
	}
}
