package console_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/office"
)

// damaged files n claims under the Register of Damage's rulebook.
func (h *house) damaged(n int) []claim.ID {
	h.Helper()
	var filings []office.Filing
	for i := range n {
		filings = append(filings, office.Filing{Key: fmt.Sprint("damage ", i), Category: "a3-1", Claimant: "individual", Received: day.Must(2026, 5, 1), Answers: map[string]string{
			"filed_by": "self", "claimant_name": fmt.Sprint("Olena ", i), "contact": "3 Quay Lane", "nationality": "ua", "data_origin": "by-hand",
			"event_date": "2022-03-20", "place": "UA-63", "cause": "air-strike", "property_kind": "flat", "damage": "destroyed",
			"owner_kind": "sole", "circumstances": "A missile.", "consent": "true", "consent_edition": "diia-1", "signed": "true",
		}})
	}
	answers, err := h.Office.FileClaims(context.Background(), h.by("officer"), "rd4u", filings)
	must(h.TB, err)
	ids := make([]claim.ID, n)
	for i, a := range answers {
		ids[i] = a.ID
	}
	return ids
}

// The executive director recommends from the claim's screen, the board decides
// the list, with a result for each claim; nobody else has a button for either.
func TestTheDirectorRecommendsAndTheBoardDecidesOnTheDesk(t *testing.T) {
	h := opened(t)
	h.openRD4U()
	ids := h.damaged(2)
	officer, director, member := h.at("officer"), h.at("executive-director"), h.at("board")
	officer.get("/desk/claim/"+string(ids[0])).sees(http.StatusOK, "fit to be recorded")
	officer.seesNot(`value="record"`, `value="recommend"`)
	for _, id := range ids {
		path := "/desk/claim/" + string(id)
		director.get(path).sees(http.StatusOK, "Recommend to the board")
		director.press(path+"/act", "do", "recommend").sees(http.StatusOK, "was recommended to the board")
	}
	member.get("/desk/lists").sees(http.StatusOK, "waits for the board")
	first, second := "/desk/lists/rd4u/1", "/desk/lists/rd4u/2"
	director.get(first).sees(http.StatusOK)
	director.seesNot("Decide the list")
	director.post(first, url.Values{"reason": {"as-recommended"}}).sees(http.StatusNotFound)
	member.get(first).sees(http.StatusOK, "Decide the list")
	member.press(first, "reason", "as-recommended", "reasons", "The city is known to be destroyed.").sees(http.StatusOK, "Decided by the board: 1 claim")
	if got := h.standing(ids[0]); got != claim.Recorded {
		t.Errorf("it stands as %s", got)
	}
	member.get(second).press(second, "reason", "look-again", "back", string(ids[1])).sees(http.StatusOK, "Decided by the board")
	if got := h.standing(ids[1]); got != claim.Filed {
		t.Errorf("what was sent back stands as %s", got)
	}
}

// Statement 16 at the desk: like claims are recommended as a group only once the
// board has approved of grouping.
func TestStatement16AGroupIsRecommendedOnlyWithTheBoardsApproval(t *testing.T) {
	h := opened(t)
	h.openRD4U()
	h.damaged(2)
	v := h.at("executive-director").get("/desk/queue?programme=rd4u&standing=filed")
	v.press("/desk/group", "do", "together", "all", "true").sees(http.StatusOK, "Examined: 2 claims")
	v.press("/desk/group/act", "do", "recommend").sees(http.StatusForbidden, "approved grouping")
}

func TestWhoHasAnInterestNeitherSeesNorActs(t *testing.T) {
	h := opened(t)
	ids := h.file(departure("Olena Koval", "quayside", true), departure("Ihor Petrenko", "quayside", true))
	c, _, err := h.Office.ClaimOf(t.Context(), ids[0])
	must(t, err)
	v, path := h.at("officer"), "/desk/claim/"+string(ids[0])
	form := v.get(path).form(path + "/act")
	v.press(path+"/interest").sees(http.StatusOK, "Your interest is entered")
	v.get(path).sees(http.StatusForbidden)
	v.seesNot("Olena Koval")
	form.Set("do", "record")
	v.post(path+"/act", form)
	if got := h.standing(ids[0]); got != claim.Filed {
		t.Errorf("it stands as %s", got)
	}
	v.post(path+"/flag", url.Values{"flag": {"urgent"}, "on": {"true"}}).sees(http.StatusForbidden)
	v.get("/desk/queue?standing=filed").sees(http.StatusOK)
	v.seesNot(c.Name())
	v.get("/desk/search").press("/desk/search", "f-claimant_name", "Olena Koval").sees(http.StatusOK, "No claim was found")
	h.at("officer-2").get("/desk/queue?standing=filed").sees(http.StatusOK, c.Name())
}

func picture(t *testing.T) []byte {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, 40, 30))
	p.Set(3, 3, color.White)
	var b bytes.Buffer
	must(t, png.Encode(&b, p))
	return b.Bytes()
}

// A document is blurred on its page, can run nothing, and its opening is in the
// reading log.
func TestADocumentIsVeiledRunsNothingAndItsOpeningIsWrittenDown(t *testing.T) {
	h := opened(t)
	id := h.file(departure("Olena Koval", "quayside", true))[0]
	by := h.by("officer")
	f, err := h.Office.BeginFile(t.Context(), by, office.FileOwner{Claim: id}, office.FileFacts{Name: "дім <b>.png", Size: int64(len(picture(t)))})
	must(t, err)
	_, err = h.Office.AppendFile(t.Context(), by, f.ID, 0, bytes.NewReader(picture(t)))
	must(t, err)
	f, err = h.Office.FinishFile(t.Context(), by, f.ID)
	must(t, err)
	must(t, h.Office.CheckFile(t.Context(), f.ID, 0))
	v, path := h.at("officer"), "/desk/claim/"+string(id)
	v.get(path).sees(http.StatusOK, "дім &lt;b&gt;.png")
	before, err := h.Office.Readings(t.Context(), id)
	must(t, err)
	v.get(path+"/file/"+f.ID).sees(http.StatusOK, `class="veil"`, "/desk/file/"+f.ID)
	answer, err := v.client.Get(h.server.URL + "/desk/file/" + f.ID)
	must(t, err)
	v.took(answer).sees(http.StatusOK)
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'", "X-Content-Type-Options": "nosniff",
		"Content-Type": "image/png", "Cache-Control": "no-store",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := answer.Header.Get("Content-Disposition"); !strings.HasPrefix(got, `inline; filename="document-`) {
		t.Errorf("it comes as %s", got)
	}
	if v.page != string(picture(t)) {
		t.Error("another picture came")
	}
	after, err := h.Office.Readings(t.Context(), id)
	must(t, err)
	if n := len(after) - len(before); n != 1 || after[len(after)-1].Actor != "officer" || after[len(after)-1].Opened[0] != office.EvidencePrefix+f.ID {
		t.Errorf("%d lines were written, the last is %+v", n, after[len(after)-1])
	}
	h.at("treasurer").get("/desk/file/" + f.ID).sees(http.StatusNotFound)
	h.at("board").get("/desk/file/" + f.ID).sees(http.StatusForbidden)
}
