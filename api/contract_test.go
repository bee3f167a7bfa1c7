package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/office"
)

// described is one operation of the served document.
type described struct {
	id, method, path string
	scope            string // of the token; "" where everybody may ask
	keyed            bool
}

// document is the OpenAPI document as it is served, and its operations.
func (h *house) document() (raw []byte, list []described) {
	h.Helper()
	raw = h.ask(question{method: http.MethodGet, path: "/openapi.json"}).is(h.TB, http.StatusOK, nil).text
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Security    []map[string][]string
			Parameters  []struct{ Name string }
		}
	}
	must(h.TB, json.Unmarshal(raw, &doc))
	if doc.OpenAPI != "3.1.0" {
		h.Errorf("OpenAPI %s", doc.OpenAPI)
	}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			d := described{id: op.OperationID, method: strings.ToUpper(method), path: strings.TrimPrefix(path, "/api")}
			for _, s := range op.Security {
				d.scope = s["token"][0]
			}
			for _, p := range op.Parameters {
				d.keyed = d.keyed || p.Name == "Idempotency-Key"
			}
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b described) int { return strings.Compare(a.id, b.id) })
	return raw, list
}

// example is what it takes to drive an operation: the values of its address, its
// body, and the status that it must have.
type example struct {
	values map[string]string
	query  string
	body   any
	kind   string // of the body; JSON if ""
	status int    // 200 if 0
}

// examples are a driver for every operation. It is given a claim that officer
// filed, which is deficient.
func examples(h *house, id claim.ID, webhook, file string) map[string]example {
	e, err := h.Office.Edition(h.Context(), "demo")
	must(h.TB, err)
	demo := map[string]string{"programme": "demo"}
	mine := map[string]string{"claim": string(id)}
	told, part := map[string]string{"webhook": webhook}, map[string]string{"file": file}
	return map[string]example{
		"list-programmes":     {},
		"get-programme":       {values: demo},
		"get-edition":         {values: map[string]string{"programme": "demo", "edition": e.Hash.String()}},
		"get-form":            {values: map[string]string{"programme": "demo", "category": "a-departure"}},
		"list-instalments":    {values: demo, query: "limit=1"},
		"list-treaties":       {},
		"get-treaty":          {values: map[string]string{"treaty": "none"}, status: http.StatusNotFound},
		"get-figures":         {},
		"file-claim":          {values: demo, body: departure("driven", "3"), status: http.StatusCreated},
		"file-claims":         {values: demo, body: departures(h.TB, 3), kind: "application/x-ndjson"},
		"find-claims":         {values: demo, body: map[string]any{"own_references": []string{"case 1", "none"}}},
		"list-claims":         {query: "limit=2"},
		"get-claim":           {values: mine},
		"get-history":         {values: mine},
		"get-acknowledgement": {values: mine},
		"get-receipt":         {values: mine},
		"get-readings":        {values: mine},
		"answer-deficiency":   {values: mine, body: map[string]any{"answers": map[string]string{"signed": "true"}}},
		"withdraw-claim":      {values: mine},
		"begin-file":          {values: mine, body: map[string]any{"name": "house.txt", "size": 5}, status: http.StatusCreated},
		"list-files":          {values: mine},
		"get-file":            {values: part},
		"send-file":           {values: part, query: "offset=0", body: "%PDF-", kind: "application/octet-stream"},
		"finish-file":         {values: part},
		"add-webhook":         {body: map[string]any{"url": "https://receiver.example/hook"}, status: http.StatusCreated},
		"list-webhooks":       {},
		"get-webhook":         {values: told},
		"rotate-webhook":      {values: told},
		"retry-webhook":       {values: told, status: http.StatusNoContent},
		"end-webhook":         {values: told, status: http.StatusNoContent},
	}
}

// inOrder is that in which the operations are driven, where it matters: a claim is
// answered before it is withdrawn.
func inOrder(list []described) []described {
	rank := map[string]int{"send-file": 1, "finish-file": 2, "answer-deficiency": 1, "withdraw-claim": 2, "end-webhook": 3}
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b described) int { return rank[a.id] - rank[b.id] })
	return sorted
}

// announced is the id of a file that officer announced for a claim.
func (h *house) announced(id claim.ID) string {
	h.Helper()
	var begun struct{ ID string }
	h.ask(question{
		method: http.MethodPost, path: "/v1/claims/" + string(id) + "/files", token: h.tokens["officer"],
		body: map[string]any{"name": "house.pdf", "size": 5},
	}).is(h.TB, http.StatusCreated, &begun)
	return begun.ID
}

// deficient is a claim of officer's that was found deficient and is published.
func (h *house) deficient() claim.ID {
	h.Helper()
	body := departure("deficient", "3")
	delete(body["answers"].(map[string]string), "signed")
	id := h.file("officer", "0f1e2d3c-def0", body)
	examined, err := h.Office.Examine(h.Context(), h.by("officer"), "demo", 10)
	must(h.TB, err)
	_, err = h.Office.FindDeficient(h.Context(), h.by("officer"), "demo", examined)
	must(h.TB, err)
	_, err = h.Office.Publish(h.Context())
	must(h.TB, err)
	return id
}

// request is an example as a request.
func (h *house) request(d described, x example, token, key string) *http.Request {
	h.Helper()
	path := d.path
	for name, value := range x.values {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	if strings.Contains(path, "{") {
		h.Fatalf("the example of %s leaves a place open: %s", d.id, path)
	}
	if x.query != "" {
		path += "?" + x.query
	}
	r, err := http.NewRequestWithContext(h.Context(), d.method, h.server.URL+"/api"+path, bodyOf(h.TB, x.body))
	must(h.TB, err)
	if x.body != nil {
		r.Header.Set("Content-Type", "application/json")
		if x.kind != "" {
			r.Header.Set("Content-Type", x.kind)
		}
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if d.keyed && key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	return r
}

// The contract: every operation of the document is driven, and what it takes and
// gives fits the document. An operation without an example fails.
func TestEveryOperationKeepsToTheDocument(t *testing.T) {
	h := opened(t, nil)
	id := h.deficient()
	webhook, file := h.webhook("officer"), h.announced(id)
	raw, list := h.document()
	doc, err := libopenapi.NewDocument(raw)
	must(t, err)
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if ok, wrong := v.ValidateDocument(); !ok {
		for _, w := range wrong {
			t.Errorf("the document: %s: %s %v", w.Message, w.Reason, w.SchemaValidationErrors)
		}
	}
	driven := examples(h, id, webhook, file)
	for _, name := range slices.Sorted(maps.Keys(driven)) {
		if !slices.ContainsFunc(list, func(d described) bool { return d.id == name }) {
			t.Errorf("there is an example of %s, and no such operation", name)
		}
	}
	if len(list) < 15 {
		t.Fatalf("only %d operations", len(list))
	}
	for n, d := range inOrder(list) {
		x, ok := driven[d.id]
		if !ok {
			t.Errorf("operation %s has no example in this test: add one", d.id)
			continue
		}
		token := ""
		if d.scope != "" {
			token = h.tokens["officer"]
		}
		want := x.status
		if want == 0 {
			want = http.StatusOK
		}
		keeps(t, h, v, d, x, token, fmt.Sprintf("0f1e2d3c-%04d", n), want)
		if d.keyed { // and a refusal, told by the same document
			keepsRefusing(t, h, d, x, token)
		}
	}
}

func keeps(t *testing.T, h *house, v validator.Validator, d described, x example, token, key string, want int) {
	t.Helper()
	r := h.request(d, x, token, key)
	answer, err := h.server.Client().Do(r)
	must(t, err)
	text, err := io.ReadAll(answer.Body)
	must(t, errs(err, answer.Body.Close()))
	if answer.StatusCode != want {
		t.Errorf("%s: %d %s", d.id, answer.StatusCode, text)
		return
	}
	if strings.Contains(x.kind, "ndjson") { // lines: the document speaks of each
		return
	}
	answer.Body = io.NopCloser(bytes.NewReader(text))
	if ok, wrong := v.ValidateHttpRequestResponse(h.request(d, x, token, key), answer); !ok {
		for _, w := range wrong {
			t.Errorf("%s: %s: %s %v\n%s", d.id, w.Message, w.Reason, w.SchemaValidationErrors, text)
		}
	}
}

func errs(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

func keepsRefusing(t *testing.T, h *house, d described, x example, token string) {
	t.Helper()
	answer, err := h.server.Client().Do(h.request(d, x, token, ""))
	must(t, err)
	text, err := io.ReadAll(answer.Body)
	must(t, errs(err, answer.Body.Close()))
	reply{answer.StatusCode, answer.Header, text}.refused(t, http.StatusBadRequest, "api.key-missing")
}

// does is one request of an example, as a reply.
func (h *house) does(r *http.Request) reply {
	h.Helper()
	answer, err := h.server.Client().Do(r)
	must(h.TB, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(h.TB, err)
	return reply{answer.StatusCode, answer.Header, text}
}

// Promise 27 over HTTP, made from the operations: what is another's is none, on
// every address, told in the same words as what isn't there at all; and nothing
// is done by asking.
func TestWhatIsAnothersIsNoneOnEveryRoute(t *testing.T) {
	h := opened(t, nil)
	id := h.deficient()
	webhook, file := h.webhook("officer"), h.announced(id)
	_, list := h.document()
	driven := examples(h, id, webhook, file)
	before := h.everything(id)
	tried := 0
	for n, d := range inOrder(list) {
		x := driven[d.id]
		others, unknown := maps.Clone(x.values), maps.Clone(x.values)
		own := false
		for name := range x.values {
			if name == "claim" || name == "webhook" || name == "file" {
				own = true
				unknown[name] = strings.Repeat("0", 32)
			}
		}
		if d.scope == "" || !own {
			if strings.ContainsAny(strings.ReplaceAll(strings.ReplaceAll(d.path, "{programme}", ""), "{edition}", ""), "{") && d.scope != "" {
				t.Errorf("%s shows somebody's own to everybody", d.id)
			}
			continue
		}
		tried++
		x.values = others
		theirs := h.does(h.request(d, x, h.tokens["officer-2"], fmt.Sprintf("0f1e2d3c-%04d", n)))
		x.values = unknown
		none := h.does(h.request(d, x, h.tokens["officer-2"], fmt.Sprintf("0f1e2d3c-9%03d", n)))
		if theirs.status != http.StatusNotFound || none.status != http.StatusNotFound {
			t.Errorf("%s: %d of another's, %d of none: %s", d.id, theirs.status, none.status, theirs.text)
		}
		if a, b := withoutTrace(t, theirs), withoutTrace(t, none); a != b {
			t.Errorf("%s tells another's from none:\n%s\n%s", d.id, a, b)
		}
	}
	if tried < 7 {
		t.Fatalf("only %d operations speak of somebody's own", tried)
	}
	if after := h.everything(id); after != before {
		t.Errorf("something was done:\n%s\n%s", before, after)
	}
}

func withoutTrace(t *testing.T, r reply) string {
	var p map[string]any
	must(t, json.Unmarshal(r.text, &p))
	delete(p, "trace")
	return fmt.Sprint(p)
}

// everything is what stands of a claim.
func (h *house) everything(id claim.ID) string {
	h.Helper()
	steps, err := h.Office.History(h.Context(), id.Stream())
	must(h.TB, err)
	return fmt.Sprintf("%d claims, %d steps", h.claims(), len(steps))
}

// Who may ask what: nothing without a token, nothing by one without the scope,
// by one that was ended or has expired, by that of who was ended, or by a
// session of the pages.
func TestATokenIsGoodForItsScopesAndItsTime(t *testing.T) {
	h := opened(t, nil)
	id := h.deficient()
	webhook, file := h.webhook("officer"), h.announced(id)
	_, list := h.document()
	driven := examples(h, id, webhook, file)
	ended, endedID := h.token("officer", office.Scopes()...)
	must(t, h.Office.EndToken(t.Context(), h.by("administrator"), endedID))
	h.tokens["officer-3"], _ = h.token("officer-3", office.Scopes()...)
	must(t, h.Office.EndActor(t.Context(), h.by("administrator"), "officer-3"))
	wrong := h.tokens["officer"][:len(h.tokens["officer"])-1] + "0"
	if wrong == h.tokens["officer"] {
		wrong = wrong[:len(wrong)-1] + "1"
	}
	credential, err := h.Credential(h.CredentialPath("officer"))
	must(t, err)
	scopes := map[string]string{}
	for _, s := range office.Scopes() {
		all := slices.DeleteFunc(office.Scopes(), func(o string) bool { return o == s })
		scopes[s], _ = h.token("officer", all...)
	}
	before := h.everything(id)
	for n, d := range list {
		x, key := driven[d.id], fmt.Sprintf("0f1e2d3c-%04d", n)
		if d.scope == "" {
			continue
		}
		r := h.does(h.request(d, x, "", key))
		r.refused(t, http.StatusUnauthorized, "api.no-token")
		if r.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: who has no token isn't told of what sort it is", d.id)
		}
		for name, token := range map[string]string{"ended": ended, "of who was ended": h.tokens["officer-3"], "wrong": wrong, "a credential": credential, "none": "x"} {
			r := h.does(h.request(d, x, token, key))
			if r.status != http.StatusUnauthorized {
				t.Errorf("%s by a token that is %s: %d %s", d.id, name, r.status, r.text)
			}
		}
		cookie := h.request(d, x, "", key)
		for _, name := range []string{"chancery", "chancery-claim", "session"} {
			cookie.AddCookie(&http.Cookie{Name: name, Value: h.tokens["officer"]})
		}
		h.does(cookie).refused(t, http.StatusUnauthorized, "api.no-token")
		h.does(h.request(d, x, scopes[d.scope], key)).refused(t, http.StatusForbidden, "token.scope-missing")
	}
	if after := h.everything(id); after != before {
		t.Errorf("something was done:\n%s\n%s", before, after)
	}
}

func TestATokenExpires(t *testing.T) {
	h := opened(t, nil)
	q := question{method: http.MethodGet, path: "/v1/claims", token: h.tokens["officer"]}
	h.ask(q).is(t, http.StatusOK, nil)
	for range 24*3600*100 + 100 {
		h.now()
	}
	h.ask(q).refused(t, http.StatusUnauthorized, "token.wrong")
}
