package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/openchancery/chancery/office"
)

func TestAClerkBeginsWithThePersonBeside(t *testing.T) {
	h := opened(t)
	v := h.at("officer")
	v.get("/desk/counter").sees(http.StatusOK, "A person stands before me", "demo", "Українська")
	v.post("/desk/counter", url.Values{"programme": {"demo"}, "language": {"uk"}}).sees(http.StatusOK, "shown once", "Open the pages")
	code := regexp.MustCompile(`<code>([0-9A-Z-]{14})</code>`).FindStringSubmatch(v.page)
	if code == nil {
		t.Fatalf("no code\n%s", v.page)
	}
	k, err := h.Office.OwnByCode(t.Context(), code[1])
	must(t, err)
	d, err := h.Office.Own(t.Context(), k)
	if err != nil || d.Helper != "officer" || d.Last != "/apply/what" || d.Language != "uk" {
		t.Errorf("%+v, %v", d, err)
	}
	v.post("/desk/counter/code", url.Values{"reach": {"nobody@example.org"}}).sees(http.StatusNotFound)
	h.at("commissioner").get("/desk/counter").sees(http.StatusNotFound)
}

// A lost code is replaced for who stands at the counter: of a claim that was sent,
// and of a draft as long as the house can open it. Where something sensitive was
// told it can't, and the page says so.
func TestALostCodeIsReplacedAtTheCounter(t *testing.T) {
	h := opened(t)
	v := h.at("officer")
	given := func() string {
		t.Helper()
		code := regexp.MustCompile(`<code>([0-9A-Z-]{14})</code>`).FindStringSubmatch(v.page)
		if code == nil {
			t.Fatalf("no code\n%s", v.page)
		}
		return code[1]
	}
	id := h.file(departure("Olena Koval", "quayside", true))[0]
	c, _, err := h.Office.ClaimOf(t.Context(), id)
	must(t, err)
	v.post("/desk/counter/claim", url.Values{"reference": {string(c.Reference)}}).sees(http.StatusOK, "The old one opens nothing any more", `href="/claim/"`)
	if _, _, err := h.Office.ClaimByCode(t.Context(), string(c.Reference), given()); err != nil {
		t.Errorf("by the new code: %v", err)
	}
	v.post("/desk/counter/claim", url.Values{"reference": {"ZZZZ-ZZZZ-ZZZZ"}}).sees(http.StatusNotFound)
	h.at("commissioner").post("/desk/counter/claim", url.Values{"reference": {string(c.Reference)}}).sees(http.StatusNotFound)

	_, _, err = h.Office.BeginOwn(t.Context(), "demo", office.OwnContent{
		People: []office.OwnPerson{{ID: "p1", Relation: "self"}}, Contact: map[string]string{"reach": "olena@example.org"},
	})
	must(t, err)
	v.post("/desk/counter/code", url.Values{"reach": {"olena@example.org"}}).sees(http.StatusOK, "The old one opens nothing any more")
	k, err := h.Office.OwnByCode(t.Context(), given())
	must(t, err)
	_, _, err = h.Office.SaveOwn(t.Context(), k, func(d *office.OwnDraft) error {
		h.Office.AddClaim(d, "p1", "b-injury", "").Answers = map[string]string{"statement": "told in confidence"}
		return nil
	})
	must(t, err)
	v.get("/desk/counter").sees(http.StatusOK, "nobody here can open it")
	v.post("/desk/counter/code", url.Values{"reach": {"olena@example.org"}}).sees(http.StatusNotFound, "a passkey of theirs")
}
