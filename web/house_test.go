package web_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/simulate"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/web"

	"path/filepath"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// house is an installation in which a demo was played, with the claimants'
// pages over it and their clock.
type house struct {
	*installation.Installation
	now func() time.Time
}

// played plays a demo.
func played(t testing.TB, claims int) house {
	t.Helper()
	clock := simulate.NewClock()
	options := installation.Options{Now: clock.Now, Entropy: simulate.Entropy(1)}
	places := installation.Beside(filepath.Join(t.TempDir(), "register"))
	must(t, installation.Create(t.Context(), places, "register.example/log", options))
	i, err := installation.Open(t.Context(), places.Data, options)
	must(t, err)
	t.Cleanup(func() { _ = i.Close() })
	demo, err := simulate.NewDemo(t.Context(), i, 1, claims, clock)
	must(t, err)
	_, err = demo.Run(t.Context())
	must(t, err)
	return house{i, clock.Now}
}

// standing are the claims of a standing.
func (h house) standing(t testing.TB, s claim.Standing) []claim.Claim {
	t.Helper()
	page, _, err := h.Office.ClaimPage(t.Context(), store.ClaimQuery{Standing: s, Limit: 10})
	must(t, err)
	if len(page) == 0 {
		t.Fatalf("the demo has no claim that stands as %s", s)
	}
	return page
}

// code gives a claim a new code.
func (h house) code(t testing.TB, c claim.Claim) string {
	t.Helper()
	secret, err := h.Credential("")
	must(t, err)
	by := office.By{}
	by.Actor, err = h.Office.Authenticate(t.Context(), secret)
	must(t, err)
	code, _, err := h.Office.GiveCode(t.Context(), by, c.Programme, c.ID)
	must(t, err)
	return string(code)
}
