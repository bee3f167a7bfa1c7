package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
)

// mandated files a claim by a representative of an organisation.
func (r *register) mandated() (lawyer office.By, mandate claim.MandateID, reference claim.Reference, code claim.Code) {
	r.Helper()
	ctx, secret := r.Context(), ""
	must(r.TB, r.Office.AddActor(ctx, r.by, "lawyer-1", []string{office.Representative}, func(s string) error { secret = s; return nil }))
	must(r.TB, r.Office.JoinOrganisation(ctx, r.by, "legal-aid", "lawyer-1"))
	who, err := r.Office.Authenticate(ctx, secret)
	must(r.TB, err)
	officer := r.by
	r.by = office.By{Actor: who}
	mandate, err = r.Office.GiveMandate(ctx, r.by, "demo", office.NewMandate{MandateGiven: claim.MandateGiven{Kind: claim.ByAuthority}})
	must(r.TB, err)
	_, reference, code = r.files("by a lawyer", func(f *office.Filing) { f.Mandate = mandate })
	lawyer, r.by = r.by, officer
	return lawyer, mandate, reference, code
}

// Whoever was filed for sees who did, and what they may do, which is not to be paid
// by default; and ends it, after being asked once more.
func TestAClaimantSeesAMandateAndEndsIt(t *testing.T) {
	r := registering(t)
	lawyer, mandate, reference, code := r.mandated()
	r.follows()
	v := visiting(t, r.site(new(written)))
	has(t, "the page", v.enters(string(reference), string(code)), "Who acts for you", "legal-aid filed this claim for you", "from 1 June 2020 until you end it", "/claim/mandate")
	has(t, "the mandate", v.does(http.MethodGet, "/claim/mandate", nil), "You gave it.", "file claims for you", "add documents", "They may not receive money for you.", "End the mandate now", "No, keep it")
	if _, _, err := r.Office.OwnClaim(t.Context(), lawyer.Actor, r.only()); err != nil {
		t.Errorf("before its end: %v", err)
	}
	has(t, "ended", v.does(http.MethodPost, "/claim/mandate", nil), "They can do nothing more for you here")
	has(t, "once more", v.does(http.MethodPost, "/claim/mandate", nil), "It ended on 1 June 2020")
	has(t, "the page afterwards", v.does(http.MethodGet, "/claim/mine", nil), "It ended on 1 June 2020")
	if _, _, err := r.Office.OwnClaim(t.Context(), lawyer.Actor, r.only()); fault.Code(err) != "mandate.ended" {
		t.Errorf("after its end: %v", err)
	}
	history, err := r.Office.History(t.Context(), mandate.Stream())
	must(t, err)
	if last := history[len(history)-1]; last.Kind != claim.KindMandateEnded || last.Actor != "claimant" {
		t.Errorf("ended by %s, %s", last.Actor, last.Kind)
	}
}

// only is the one claim on file.
func (r *register) only() claim.ID {
	r.Helper()
	page, err := r.Office.Examine(r.Context(), r.by, "demo", 10)
	must(r.TB, err)
	return page[0].Claim().ID
}

// A claim that was filed without a mandate shows none.
func TestNoMandateNoPage(t *testing.T) {
	r := registering(t)
	_, reference, code := r.files("one", asIs)
	v := visiting(t, r.site(new(written)))
	if w := v.enters(string(reference), string(code)); w.Code != http.StatusOK || contains(w, "Who acts for you") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if w := v.does(method, "/claim/mandate", nil); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}

func contains(w *httptest.ResponseRecorder, text string) bool {
	return strings.Contains(w.Body.String(), text)
}
