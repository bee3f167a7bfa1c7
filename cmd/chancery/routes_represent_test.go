package main

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/listen"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/signin"
	"github.com/openchancery/chancery/workbook"
)

// helper is a representative with everything that an organisation has: a mandate, a
// claim and a spreadsheet.
type helper struct {
	by        office.By
	session   map[string]string // the cookie
	mandate   claim.MandateID
	claim     claim.ID
	reference claim.Reference
	sheet     workbook.Sheet
}

func (x *tour) helper(id, organisation, name string) (h helper) {
	x.Helper()
	ctx, secret := x.Context(), ""
	ok(x.TB, x.Office.AddActor(ctx, x.by, id, []string{office.Representative}, func(s string) error { secret = s; return nil }))
	ok(x.TB, x.Office.JoinOrganisation(ctx, x.by, organisation, id))
	var err error
	h.by.Actor, err = x.Office.Authenticate(ctx, secret)
	ok(x.TB, err)
	h.session = map[string]string{signin.StaffCookie: x.session(office.SessionStaff, id, "passkey")}
	h.mandate, err = x.Office.GiveMandate(ctx, h.by, "demo", office.NewMandate{
		MandateGiven: claim.MandateGiven{Kind: claim.ByAuthority}, Principal: map[string]string{"name": name + "Principal", "paper": name + "Paper"},
	})
	ok(x.TB, err)
	filed, err := x.Office.FileClaims(ctx, h.by, "demo", []office.Filing{{
		Key: office.BulkReference(organisation, name+"-Own"), Own: name + "-Own", Mandate: h.mandate, Category: "a-departure", Claimant: "individual",
		Answers: map[string]string{"claimant_name": name + "Claimant", "contact": "by post", "signed": "true", "incident_date": "2019-11-05", "place": "quayside", "family": "false", "nights_away": "12", "birth_date": "1975-04-26"},
	}})
	ok(x.TB, err)
	h.claim, h.reference = filed[0].ID, filed[0].Reference
	e, err := x.Office.Edition(ctx, "demo")
	ok(x.TB, err)
	form, err := workbook.New(e, "a-departure", "en")
	ok(x.TB, err)
	h.sheet, err = x.kept().Take(ctx, h.by, bytes.Repeat([]byte{1}, 32), form, workbook.Facts{Language: "en", Name: name + "Sheet.csv", Format: workbook.CSV},
		strings.NewReader("number,claimant\n"), 100)
	ok(x.TB, err)
	return h
}

func (x *tour) kept() workbook.Kept { return workbook.Kept{Office: x.Office} }

// Promises 27 and 28 for representatives: their pages are none for anybody who isn't
// one with an organisation, and of another organisation's nobody sees anything or
// moves anything, by any id in address or form.
func TestARepresentativesPagesAreTheirOrganisationsAlone(t *testing.T) {
	x := touring(t, listen.Options{})
	theirs, other := x.helper("lawyer-1", "legal-aid", "Kanarienvogel"), x.helper("advocate-1", "bar", "Spatz")
	gone := x.helper("lawyer-2", "legal-aid", "Fink")
	ok(t, x.Office.LeaveOrganisation(t.Context(), x.by, "legal-aid", "lawyer-2"))
	ended := x.helper("lawyer-3", "legal-aid", "Meise")
	ok(t, x.Office.EndActor(t.Context(), x.by, "lawyer-3"))
	nobodies := map[string]map[string]string{
		"nobody": nil, "a claimant": x.a.cookies, "a claimant, as staff": {signin.StaffCookie: x.a.cookies["chancery-claim"]},
		"who left the organisation": gone.session, "who was ended": ended.session,
	}
	for capacity, token := range x.staff { // representative-9 belongs to no organisation
		nobodies[capacity] = map[string]string{signin.StaffCookie: token}
	}
	ids := []string{string(theirs.mandate), theirs.sheet.ID, string(theirs.claim)}
	form := url.Values{"which": {"all"}, "find": {string(theirs.reference)}, "programme": {"demo"}}
	asked, seen := 0, 0
	routes := slices.Clone(x.front.routes)
	for _, list := range []string{"claims", "mandates"} { // a page that begins after another's
		for _, id := range ids {
			routes = append(routes, screen.Route{Pattern: "GET /represent/" + list + "?after=" + id, Rule: screen.Representative})
		}
	}
	for _, r := range routes {
		if r.Rule != screen.Representative {
			continue
		}
		method, list := paths(r.Pattern, ids)
		for _, path := range list {
			for who, cookies := range nobodies {
				asked++
				if w := x.asks(method, path, form, cookies, "same-origin"); w.StatusCode != http.StatusSeeOther && w.StatusCode != http.StatusNotFound && w.StatusCode != http.StatusForbidden {
					t.Errorf("%s at %s: %d", who, r.Pattern, w.StatusCode)
				}
			}
			if !strings.Contains(path, "?") {
				path += "?" + form.Encode()
			}
			w := x.asks(method, path, form, other.session, "same-origin")
			page := text(t, w)
			if w.StatusCode >= 500 {
				t.Errorf("%s: %d %s", r.Pattern, w.StatusCode, x.log)
			}
			if strings.Contains(page, "Kanarienvogel") || strings.Contains(page, "legal-aid") || strings.Contains(page, string(theirs.claim)) || strings.Contains(page, string(theirs.mandate)) {
				t.Errorf("another organisation at %s sees what isn't theirs:\n%s", r.Pattern, page)
			}
			if parameter.MatchString(r.Pattern) && w.StatusCode != http.StatusNotFound {
				t.Errorf("another organisation at %s: %d", r.Pattern, w.StatusCode)
			}
			if strings.Contains(page, "Spatz") {
				seen++
			}
		}
	}
	if asked < 200 || seen < 4 {
		t.Errorf("%d requests, and on %d pages their own: nothing was tried", asked, seen)
	}
	m, _, err := x.Office.Mandate(t.Context(), theirs.by, theirs.mandate)
	ok(t, err)
	kept, err := x.kept().Sheet(t.Context(), theirs.by, nil, theirs.sheet.ID)
	ok(t, err)
	if !m.Ended.IsZero() || kept.Stage != workbook.Given {
		t.Errorf("another organisation moved the mandate or the spreadsheet: %+v, %+v", m, kept)
	}
	if page := text(t, x.asks(http.MethodGet, "/represent/claims", nil, theirs.session, "same-origin")); !strings.Contains(page, "Kanarienvogel-Own") {
		t.Error("not even the organisation sees its claim: nothing was tested")
	}
	if strings.Contains(x.log.String(), "Kanarienvogel") {
		t.Errorf("the log has what a representative wrote: %s", x.log)
	}
}

// A representative sees no page of the desk; nor does an officer who represents
// somebody besides see theirs.
func TestTheDeskIsNoneOfARepresentatives(t *testing.T) {
	x := touring(t, listen.Options{})
	lawyer := x.helper("lawyer-1", "legal-aid", "Fink")
	ok(t, x.Office.AddActor(t.Context(), x.by, "both", []string{office.Officer, office.Representative}, nil))
	both := map[string]string{signin.StaffCookie: x.session(office.SessionStaff, "both", "passkey")}
	for _, r := range x.front.routes {
		method, list := paths(r.Pattern, []string{string(x.a.claim), "1"})
		who, cookies := "a representative", lawyer.session
		if r.Rule == screen.Representative {
			who, cookies = "an officer", both
		} else if !strings.Contains(r.Pattern, " /desk/") {
			continue
		}
		for _, path := range list {
			if w := x.asks(method, path, url.Values{}, cookies, "same-origin"); w.StatusCode != http.StatusNotFound {
				t.Errorf("%s at %s: %d", who, r.Pattern, w.StatusCode)
			}
		}
	}
}
