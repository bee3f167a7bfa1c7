package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/office"
)

// line is a line of a bulk answer.
type line struct {
	Line         int64
	OwnReference string `json:"own_reference"`
	Status, ID   string
	Reference    string
	Errors       []struct{ Pointer, Code, Detail string }
	Counts       map[string]int64
	Problem      *problem
}

func (h *house) bulk(path, key, body string) (lines []line) {
	h.Helper()
	r := h.ask(question{
		method: http.MethodPost, path: path, token: h.tokens["officer"], key: key, body: body,
		header: map[string]string{"Content-Type": "application/x-ndjson"},
	}).is(h.TB, http.StatusOK, nil)
	for text := range bytes.Lines(r.text) {
		var l line
		must(h.TB, json.Unmarshal(text, &l))
		lines = append(lines, l)
	}
	return lines
}

// departures are n lines of claims.
func departures(t testing.TB, n int) string {
	var b strings.Builder
	for i := range n {
		text, err := json.Marshal(with(departure(fmt.Sprint(i), fmt.Sprint(i%9+1)), "own_reference", fmt.Sprint("case ", i)))
		must(t, err)
		b.Write(text)
		b.WriteByte('\n')
	}
	return b.String()
}

const demoBulk = demoClaims + "/bulk"

// Promise 15 over HTTP: each line has its own answer, in the order of the lines.
func TestEachLineHasItsOwnAnswer(t *testing.T) {
	h := opened(t, nil)
	const n = 2503 // more than two acts
	body := departures(t, n)
	wrong := `{"own_reference":"wrong 1","category":"a-departure","claimant":"individual","answers":{"nights_away":"Canary","place":"Canary"}}` + "\n" +
		`{"own_reference":"wrong 2","category":"none","claimant":"individual","answers":{}}` + "\n" +
		`{"category":"a-departure","claimant":"individual","answers":{}}` + "\n\n" +
		`{"own_reference":"wrong 4","category":7}` + "\n" +
		`Canary` + "\n"
	for _, l := range h.bulk(demoBulk+"?dry_run=true", "0f1e2d3c-dry0", body+wrong)[:n] {
		if l.Status != "fit" {
			t.Fatalf("%+v", l)
		}
	}
	if h.claims() != 0 {
		t.Fatal("a dry run files")
	}
	lines := h.bulk(demoBulk, "0f1e2d3c-0001", body+wrong)
	if len(lines) != n+6 || h.claims() != n {
		t.Fatalf("%d lines, %d claims", len(lines), h.claims())
	}
	ids := map[string]bool{}
	for i, l := range lines[:n] {
		if l.Line != int64(i+1) || l.OwnReference != fmt.Sprint("case ", i) || l.Status != "filed" || l.Reference == "" || ids[l.ID] {
			t.Fatalf("line %d: %+v", i+1, l)
		}
		ids[l.ID] = true
	}
	for i, want := range []string{"/answers/nights_away /answers/place", "/category", "/own_reference", "/category", ""} {
		l, places := lines[n+i], []string{}
		for _, w := range l.Errors {
			places = append(places, w.Pointer)
		}
		if l.Status != "refused" || strings.Join(places, " ") != want {
			t.Errorf("wrong line %d: %+v", i+1, l)
		}
	}
	last := lines[len(lines)-1]
	if last.Status != "done" || last.Counts["lines"] != n+5 || last.Counts["filed"] != n || last.Counts["refused"] != 5 {
		t.Errorf("%+v", last)
	}
	// Sent again it files nothing, and answers the same.
	again := h.bulk(demoBulk, "0f1e2d3c-0001", body+wrong)
	for i, l := range again[:n] {
		if l.Status != "repeated" || l.ID != lines[i].ID || l.Reference != lines[i].Reference {
			t.Fatalf("line %d: %+v, was %+v", i+1, l, lines[i])
		}
	}
	if h.claims() != n {
		t.Errorf("%d claims", h.claims())
	}
}

func TestABulkRequestThatBrokeOffGoesOn(t *testing.T) {
	h := opened(t, nil)
	body := departures(t, 1200)
	cut := body[:len(body)-40] // within the last line
	lines := h.bulk(demoBulk, "0f1e2d3c-0001", cut)
	if last := lines[len(lines)-2]; last.Status != "refused" || last.Errors[0].Code != "api.line" {
		t.Errorf("%+v", last)
	}
	lines = h.bulk(demoBulk, "0f1e2d3c-0002", body)
	if h.claims() != 1200 || lines[1198].Status != "repeated" || lines[1199].Status != "filed" {
		t.Errorf("%d claims: %+v %+v", h.claims(), lines[1198], lines[1199])
	}
}

// A key stands for the lines that it was first sent with.
func TestABulkKeyStandsForItsLines(t *testing.T) {
	h := opened(t, nil)
	h.bulk(demoBulk, "0f1e2d3c-0001", departures(t, 3))
	r := h.ask(question{
		method: http.MethodPost, path: demoBulk, token: h.tokens["officer"], key: "0f1e2d3c-0001", body: departures(t, 4),
		header: map[string]string{"Content-Type": "application/x-ndjson"},
	})
	r.refused(t, http.StatusUnprocessableEntity, "office.key-reused")
	changed := strings.Replace(departures(t, 3), `"nights_away":"2"`, `"nights_away":"7"`, 1)
	lines := h.bulk(demoBulk, "0f1e2d3c-0002", changed)
	if lines[0].Status != "repeated" || lines[1].Status != "changed" || lines[1].Reference != "" || h.claims() != 3 {
		t.Errorf("%+v", lines)
	}
}

// A claim's own reference is by what it is amended, where the rulebook lets who
// files do so: as often as its line says something else than its claim.
func TestALineWithOtherAnswersAmendsItsClaim(t *testing.T) {
	h := openedWith(t, "  amend: {by: officer}\n", nil)
	first := h.bulk(demoBulk, "0f1e2d3c-0001", departures(t, 3))
	with := func(key, nights string) line {
		h.Helper()
		lines := h.bulk(demoBulk+"?amend=true", key, strings.Replace(departures(t, 3), `"nights_away":"2"`, `"nights_away":"`+nights+`"`, 1))
		if lines[0].Status != "repeated" || lines[2].Status != "repeated" {
			t.Errorf("%+v", lines)
		}
		return lines[1]
	}
	for n, nights := range []string{"7", "7", "8", "7"} {
		l := with(fmt.Sprint("0f1e2d3c-000", n+2), nights)
		if l.Status != "amended" || l.ID != first[1].ID || l.Reference != first[1].Reference {
			t.Errorf("%s: %+v", nights, l)
		}
	}
	history, err := h.Office.History(t.Context(), claim.ID(first[1].ID).Stream())
	must(t, err)
	if len(history) != 4 {
		t.Errorf("%d steps", len(history))
	}
	if l := with("0f1e2d3c-0009", "many"); l.Status != "refused" || len(l.Errors) == 0 {
		t.Errorf("%+v", l)
	}
	plain := opened(t, nil)
	plain.bulk(demoBulk, "0f1e2d3c-0001", departures(t, 3))
	lines := plain.bulk(demoBulk+"?amend=true", "0f1e2d3c-0002", strings.Replace(departures(t, 3), `"nights_away":"2"`, `"nights_away":"7"`, 1))
	if l := lines[1]; l.Status != "changed" || len(l.Errors) != 1 || l.Errors[0].Code != "policy.not-in-edition" {
		t.Errorf("where the rulebook lets nobody: %+v", l)
	}
}

// breath is a body of two parts, with something that happens in between.
type breath struct {
	parts [2]io.Reader
	then  func()
}

func (b *breath) Read(p []byte) (int, error) {
	n, err := b.parts[0].Read(p)
	if err != io.EOF {
		return n, err
	}
	if b.then != nil {
		b.then()
		b.then = nil
	}
	return b.parts[1].Read(p)
}

// A token that is ended ends a bulk request that goes on, at whatever process it
// arrives: what was filed stands, and no further act is taken.
func TestATokenThatIsEndedEndsABulkRequest(t *testing.T) {
	h := opened(t, nil)
	token, id := h.token("officer", office.Scopes()...)
	whole := departures(t, 2500)
	cut := 0
	for range 1000 {
		cut += strings.IndexByte(whole[cut:], '\n') + 1
	}
	body := &breath{parts: [2]io.Reader{strings.NewReader(whole[:cut]), strings.NewReader(whole[cut:])}, then: func() {
		for begun := time.Now(); h.claims() < 1000 && time.Since(begun) < 30*time.Second; {
			time.Sleep(5 * time.Millisecond)
		}
		must(t, h.Office.EndToken(t.Context(), h.by("administrator"), id))
	}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.server.URL+"/api"+demoBulk, body)
	must(t, err)
	r.Header.Set("Content-Type", "application/x-ndjson")
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Idempotency-Key", "0f1e2d3c-0001")
	var last line
	for text := range bytes.Lines(h.does(r).is(t, http.StatusOK, nil).text) {
		must(t, json.Unmarshal(text, &last))
	}
	if last.Status != "stopped" || last.Problem == nil || last.Problem.Code != "token.wrong" || last.Counts["filed"] != 1000 || h.claims() != 1000 {
		t.Errorf("%d claims, %+v, %+v", h.claims(), last, last.Problem)
	}
}
