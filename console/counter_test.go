package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
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
