package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openchancery/chancery/api"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// A token asks so often and no more; another's has its own count.
func TestATokenAsksOnlySoOften(t *testing.T) {
	h := opened(t, limited)
	q := question{method: http.MethodGet, path: "/v1/claims", token: h.tokens["officer"]}
	for n := range 5 {
		r := h.ask(q).is(t, http.StatusOK, nil)
		if want := fmt.Sprintf("limit=5, remaining=%d, ", 4-n); !strings.HasPrefix(r.header.Get("RateLimit"), want) {
			t.Errorf("%q, want %q…", r.header.Get("RateLimit"), want)
		}
	}
	r := h.ask(q)
	r.refused(t, http.StatusTooManyRequests, "api.too-many")
	if r.header.Get("Retry-After") == "" {
		t.Error("it isn't said when to come again")
	}
	q.token = h.tokens["officer-2"]
	h.ask(q).is(t, http.StatusOK, nil)
	// Who guesses is counted by address.
	q.token = "chy_0000000000000000_" + strings.Repeat("0", 64)
	for range 3 {
		h.ask(q).refused(t, http.StatusUnauthorized, "token.wrong")
	}
	h.ask(q).refused(t, http.StatusTooManyRequests, "api.too-many")
	q.token = h.tokens["officer-2"]
	h.ask(q).is(t, http.StatusOK, nil)
}

// Processes behind one address count together, and take parts of what is left: nobody
// has more by asking each of them.
func TestProcessesCountOneTokensQuestionsTogether(t *testing.T) {
	var options api.Options
	h := opened(t, func(o *api.Options) {
		o.PerToken = 50 // two at a time
		options = *o
	})
	other := httptest.NewServer(api.New(h.Office, options))
	t.Cleanup(other.Close)
	servers := []*httptest.Server{h.server, other}
	q := question{method: http.MethodGet, path: "/v1/claims", token: h.tokens["officer"]}
	let := 0
	for n := range 80 {
		h.server = servers[n%2]
		if r := h.ask(q); r.status == http.StatusOK {
			let++
		} else {
			r.refused(t, http.StatusTooManyRequests, "api.too-many")
		}
	}
	if let != 50 {
		t.Errorf("%d questions were let pass, want 50", let)
	}
	for range 100 * 61 { // a minute later
		h.now()
	}
	for _, h.server = range servers {
		h.ask(q).is(t, http.StatusOK, nil)
	}
}

// Where nothing can be written, who reads isn't kept from it: each process counts alone.
func TestWhoReadsIsCountedAlsoWhereNothingCanBeWritten(t *testing.T) {
	h := opened(t, limited)
	h.Office.Store = readable{h.Office.Store}
	q := question{method: http.MethodGet, path: "/v1/claims", token: h.tokens["officer"]}
	for range 5 {
		h.ask(q).is(t, http.StatusOK, nil)
	}
	h.ask(q).refused(t, http.StatusTooManyRequests, "api.too-many")
}

// readable is a store that takes nothing.
type readable struct{ store.Store }

func (readable) Write(context.Context, func(store.Tx) error) error {
	return fault.New(fault.Unsound, "store.state-unknown")
}
