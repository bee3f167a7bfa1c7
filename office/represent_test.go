package office_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
)

// representative lets somebody act for an organisation.
func (h *house) representative(id, organisation string) office.By {
	h.Helper()
	var secret string
	must(h.TB, h.Office.AddActor(h.Context(), h.by("administrator"), id, []string{office.Representative}, func(s string) error { secret = s; return nil }))
	if organisation != "" {
		must(h.TB, h.Office.JoinOrganisation(h.Context(), h.by("administrator"), organisation, id))
	}
	who, err := h.Office.Authenticate(h.Context(), secret)
	must(h.TB, err)
	return office.By{Actor: who}
}

func given(scopes ...claim.Scope) office.NewMandate {
	return office.NewMandate{
		MandateGiven: claim.MandateGiven{Kind: claim.ByAuthority, Scopes: scopes},
		Principal:    map[string]string{"name": "Olena Kovalenko", "paper": "signed 2 June 2020"},
	}
}

// A representative files and answers by a mandate, for whom it is and for what it
// says; a colleague may as well; nobody else does, and after its end nobody.
func TestARepresentativeActsByAMandateAndNoFurther(t *testing.T) {
	h := opened(t)
	ctx, o := t.Context(), h.Office
	lawyer, colleague := h.representative("lawyer", "legal-aid"), h.representative("lawyer-2", "legal-aid")
	stranger, alone := h.representative("advocate", "bar"), h.representative("nobody-s", "")
	file := func(by office.By, key string, mandate claim.MandateID) ([]office.FilingAnswer, error) {
		f := departure(key, 2, false)
		f.Mandate = mandate
		return o.FileClaims(ctx, by, "demo", []office.Filing{f})
	}
	_, err := file(lawyer, "none", "")
	wantCode(t, "file without a mandate", err, "mandate.missing")
	_, err = o.GiveMandate(ctx, alone, "demo", given())
	wantCode(t, "a mandate for nobody's organisation", err, "organisation.none")
	id, err := o.GiveMandate(ctx, lawyer, "demo", given())
	must(t, err)
	_, err = file(stranger, "another's", id)
	wantCode(t, "file under another organisation's mandate", err, "mandate.none")
	_, err = file(h.by("officer"), "officer's", id)
	wantCode(t, "an officer files under a mandate", err, "mandate.not-representative")
	answers, err := file(lawyer, "theirs", id)
	must(t, err)
	own := answers[0].ID
	other := h.file(departure("nobody's", 2, false))[0]
	_, err = o.FindDeficient(ctx, h.by("officer"), "demo", h.examined(own, other))
	must(t, err)
	supply := func(by office.By, id claim.ID) error {
		_, err := o.AnswerDeficiency(ctx, by, "demo", id, map[string]string{"contact": "4 Quay Lane"})
		return err
	}
	look := func(by office.By, id claim.ID) error {
		_, _, err := o.OwnClaim(ctx, by.Actor, id)
		return err
	}
	must(t, look(colleague, own))
	wantCode(t, "look at a claim of no mandate", look(lawyer, other), "claim.none")
	wantCode(t, "look at another organisation's claim", look(stranger, own), "claim.none")
	wantCode(t, "files for a claim of no mandate", adds(o, lawyer, other), "claim.none")
	wantCode(t, "files for another organisation's claim", adds(o, stranger, own), "claim.none")
	checked, err := o.CheckFilings(ctx, stranger.Actor, "demo", []office.Filing{{Category: "a-departure", Claimant: "individual", Mandate: id}})
	if err != nil || len(checked[0].Wrong) != 1 || fault.Code(checked[0].Wrong[0]) != "mandate.none" {
		t.Errorf("check under another organisation's mandate: %+v %v", checked, err)
	}
	_, _, err = o.FileOwn(ctx, lawyer, "demo", "as a program", departure("", 2, false))
	wantCode(t, "a program files without a mandate", err, "mandate.missing")
	wantCode(t, "a claim of no mandate", supply(lawyer, other), "claim.none")
	wantCode(t, "another organisation's claim", supply(stranger, own), "claim.none")
	_, err = o.WithdrawClaim(ctx, lawyer, "demo", own)
	wantCode(t, "withdraw, which the mandate doesn't say", err, "mandate.scope-missing")
	_, err = o.RecordClaims(ctx, lawyer, "demo", h.examined(own))
	wantCode(t, "record", err, "policy.capacity-missing")
	must(t, supply(colleague, own))

	h.claimantEnds(own, id, lawyer, stranger)
	_, err = o.FindDeficient(ctx, h.by("officer"), "demo", h.examined(own))
	must(t, err)
	wantCode(t, "answer after its end", supply(lawyer, own), "mandate.ended")
	_, err = file(lawyer, "later", id)
	wantCode(t, "file after its end", err, "mandate.ended")

	must(t, o.LeaveOrganisation(ctx, h.by("administrator"), "legal-aid", "lawyer-2"))
	_, err = o.Mandates(ctx, colleague, "", "", 10)
	wantCode(t, "who left looks at mandates", err, "organisation.none")
	list, err := o.Mandates(ctx, lawyer, "", "", 10)
	if err != nil || len(list) != 1 || list[0].Ended.IsZero() {
		t.Errorf("%+v %v", list, err)
	}
	h.sound()
}

// claimantEnds lets the claimant see the mandate under which their claim was
// filed, and end it.
func (h *house) claimantEnds(own claim.ID, id claim.MandateID, lawyer, stranger office.By) {
	h.Helper()
	t, o, ctx := h.TB, h.Office, h.Context()
	m, ok, err := o.MandateOf(ctx, own)
	if err != nil || !ok || m.ID != id || m.Organisation != "legal-aid" || len(m.Scopes) != len(claim.DefaultScopes()) {
		t.Errorf("%+v %v %v", m, ok, err)
	}
	code, _, err := o.GiveCode(ctx, h.by("officer"), "demo", own)
	must(t, err)
	claimant, _, _, err := o.ClaimantByCode(ctx, string(h.claim(own).Reference), string(code))
	must(t, err)
	wantCode(t, "another organisation ends it", o.EndMandate(ctx, stranger, "demo", id), "mandate.none")
	must(t, o.EndMandate(ctx, office.By{Actor: claimant}, "demo", id))
	wantCode(t, "ended twice", o.EndMandate(ctx, lawyer, "demo", id), "mandate.ended")
}

// adds looks at the files of a claim, as who would add one.
func adds(o *office.Office, by office.By, id claim.ID) error {
	_, err := o.Manifest(context.Background(), by, id)
	return err
}

func TestAMandateSaysWhatItMay(t *testing.T) {
	from, before := day.Must(2026, 3, 2), day.Must(2026, 3, 1)
	for _, c := range []struct {
		what, code string
		given      claim.MandateGiven
	}{
		{"of no kind", "mandate.kind-unknown", claim.MandateGiven{From: from}},
		{"for what nobody does", "mandate.scope-unknown", claim.MandateGiven{Kind: claim.AsHeir, From: from, Scopes: []claim.Scope{"fly"}}},
		{"ending before it begins", "mandate.ends-before", claim.MandateGiven{Kind: claim.AsHeir, From: from, Until: &before}},
	} {
		_, err := claim.GiveMandate(c.given)
		wantCode(t, c.what, err, c.code)
	}
	plain, err := claim.GiveMandate(claim.MandateGiven{Kind: claim.AsHeir, From: from})
	must(t, err)
	for _, s := range plain.Scopes {
		if s == claim.ScopeBePaid || s == claim.ScopeWithdraw {
			t.Errorf("a mandate that names nothing covers %s", s)
		}
	}
}

// An organisation sees the claims that its people filed, by its own names for them,
// and how each stands as long as its mandate says so; of another's it sees nothing.
func TestAnOrganisationSeesTheClaimsThatItFiled(t *testing.T) {
	h := opened(t)
	ctx, o := t.Context(), h.Office
	lawyer, stranger := h.representative("lawyer", "legal-aid"), h.representative("advocate", "bar")
	id, err := o.GiveMandate(ctx, lawyer, "demo", given())
	must(t, err)
	blind, err := o.GiveMandate(ctx, lawyer, "demo", given(claim.ScopeFile))
	must(t, err)
	for n, mandate := range []claim.MandateID{id, id, blind} {
		own := fmt.Sprint("K-", n)
		f := departure(own, 2, false)
		f.Key, f.Mandate, f.Own = office.BulkReference("legal-aid", own), mandate, own
		_, err := o.FileClaims(ctx, lawyer, "demo", []office.Filing{f})
		must(t, err)
	}
	h.representedPageByPage(lawyer)
	found, err := o.FindRepresented(ctx, lawyer, " K-1 ")
	if err != nil || len(found) != 1 || found[0].Own != "K-1" || found[0].Mandate.ID != id {
		t.Fatalf("%+v %v", found, err)
	}
	byReference, err := o.FindRepresented(ctx, lawyer, string(found[0].Reference))
	if err != nil || len(byReference) != 1 || byReference[0].ID != found[0].ID {
		t.Errorf("by reference: %+v %v", byReference, err)
	}
	one, history, err := o.RepresentedClaim(ctx, lawyer, found[0].ID)
	if err != nil || one.Claim.Standing != claim.Filed || len(history) != 1 {
		t.Errorf("%+v %v %v", one, history, err)
	}
	principals, err := o.Principals(ctx, lawyer, []claim.MandateID{id, blind})
	if err != nil || len(principals) != 2 || principals[id]["name"] != "Olena Kovalenko" {
		t.Errorf("%v %v", principals, err)
	}
	// Another organisation.
	page, _, err := o.Represented(ctx, stranger, "", 9)
	must(t, err)
	none, err := o.FindRepresented(ctx, stranger, string(found[0].Reference))
	must(t, err)
	theirs, err := o.Principals(ctx, stranger, []claim.MandateID{id})
	if err != nil || len(page)+len(none)+len(theirs) > 0 {
		t.Errorf("another organisation sees %v %v %v (%v)", page, none, theirs, err)
	}
	_, _, err = o.RepresentedClaim(ctx, stranger, found[0].ID)
	wantCode(t, "another organisation's claim", err, "claim.none")
	_, _, err = o.Represented(ctx, h.by("officer"), "", 9)
	wantCode(t, "an officer", err, "organisation.none")
	must(t, o.EndMandate(ctx, lawyer, "demo", id))
	_, _, err = o.RepresentedClaim(ctx, lawyer, found[0].ID)
	wantCode(t, "after its end", err, "mandate.ended")
	// Erased, it is nobody's to know by the name that it had.
	h.withdraw(found[0].ID)
	_, err = h.erase(found[0].ID)
	must(t, err)
	page, _, err = o.Represented(ctx, lawyer, "", 9)
	must(t, err)
	for _, c := range page {
		if c.ID == found[0].ID && c.Own != "" {
			t.Errorf("its name outlives it: %+v", c)
		}
	}
	gone, err := o.FindRepresented(ctx, lawyer, "K-1")
	if err != nil || len(gone) > 0 {
		t.Errorf("found by its name: %+v %v", gone, err)
	}
	h.sound()
}

// representedPageByPage looks at the three claims of an organisation, the last of
// them under a mandate that doesn't let it read them, by pages of two.
func (h *house) representedPageByPage(lawyer office.By) {
	h.Helper()
	var names []string
	after := claim.ID("")
	for range 5 {
		page, more, err := h.Office.Represented(h.Context(), lawyer, after, 2)
		must(h.TB, err)
		for _, c := range page {
			names, after = append(names, c.Own), c.ID
			if hidden := c.Own == "K-2"; hidden != (c.Why != nil) || hidden != (c.Claim.ID == "") || hidden != (c.Edition == nil) {
				h.Errorf("%s: %+v", c.Own, c)
			}
		}
		if !more {
			break
		}
	}
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "K-0 K-1 K-2" {
		h.Errorf("page by page: %s", got)
	}
}
