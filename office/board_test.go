package office_test

import (
	"context"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
)

// registerOfDamage is a house with the Register of Damage open, in June 2026.
func registerOfDamage(t *testing.T) *house {
	t.Helper()
	seconds := 0
	h := staffedAt(t, func() time.Time {
		seconds++
		return time.Date(2026, time.June, 1, 9, 0, seconds, 0, time.UTC)
	})
	book, ok := rulebooks.Find("rd4u")
	if !ok {
		t.Fatal("no rulebook rd4u")
	}
	h.open("rd4u", string(book.Source))
	h.engage("director", office.Director)
	h.engage("board", office.Board)
	h.engage("board-2", office.Board)
	return h
}

// damage is a claim for a flat that was destroyed.
func damage(key string, received day.Date) office.Filing {
	return office.Filing{Key: key, Category: "a3-1", Claimant: "individual", Received: received, Answers: map[string]string{
		"filed_by": "self", "claimant_name": "Olena " + key, "contact": "3 Quay Lane", "nationality": "ua", "data_origin": "by-hand",
		"event_date": "2022-03-20", "place": "UA-63", "cause": "air-strike", "property_kind": "flat", "damage": "destroyed",
		"owner_kind": "sole", "circumstances": "A missile.", "consent": "true", "consent_edition": "diia-1", "signed": "true",
	}}
}

func (h *house) fileDamage(filings ...office.Filing) []office.Examination {
	h.Helper()
	answers, err := h.Office.FileClaims(context.Background(), h.by("officer"), "rd4u", filings)
	must(h.TB, err)
	var ids []claim.ID
	for _, a := range answers {
		ids = append(ids, a.ID)
	}
	return h.examined(ids...)
}

// RD4U statement 18: only the Board records or refuses, and only on the
// recommendation of the Executive Director.
func TestStatement18OnlyTheBoardRecordsOrRefuses(t *testing.T) {
	h := registerOfDamage(t)
	fit := h.fileDamage(damage("fit", day.Must(2026, 5, 1)))
	early := damage("early", day.Must(2026, 5, 1))
	early.Answers["event_date"] = "2022-02-23"
	unfit := h.fileDamage(early)
	for _, who := range []office.By{h.by("officer", "commissioner"), h.by("director", "board"), h.by("board", "director"), h.by("board", "board-2")} {
		_, err := h.Office.RecordClaims(t.Context(), who, "rd4u", fit)
		wantCode(t, "record at once", err, "policy.not-in-edition")
		_, err = h.Office.RefuseClaims(t.Context(), who, "rd4u", unfit)
		wantCode(t, "refuse at once", err, "policy.not-in-edition")
	}
	both := append(fit, unfit...)
	for _, who := range []string{"officer", "commissioner", "board", "administrator"} {
		_, err := h.Office.Recommend(t.Context(), h.by(who), "rd4u", both, office.Recommending{})
		wantCode(t, who+" recommends", err, "policy.capacity-missing")
	}
	decide := func(who string) (office.Listed, error) {
		return h.Office.DecideList(t.Context(), h.by(who), "rd4u", 1, office.Deciding{Reason: "as-recommended", Reasons: "The Board follows."})
	}
	_, err := decide("board")
	wantCode(t, "decide on what nobody recommended", err, "board.no-list")
	list, err := h.Office.Recommend(t.Context(), h.by("director"), "rd4u", both, office.Recommending{})
	must(t, err)
	h.stands(claim.Filed, fit[0].Claim().ID, unfit[0].Claim().ID)
	same(t, [3]int64{list.List, list.Record, list.Refuse}, [3]int64{1, 1, 1})
	_, err = decide("director")
	wantCode(t, "who recommended decides", err, "policy.capacity-missing")
	done, err := decide("board")
	must(t, err)
	same(t, [3]int64{done.Claims, done.Record, done.Refuse}, [3]int64{2, 1, 1})
	h.stands(claim.Recorded, fit[0].Claim().ID)
	h.stands(claim.Refused, unfit[0].Claim().ID)
	_, err = decide("board-2")
	wantCode(t, "decided twice", err, "board.decided-already")
	h.sound()
}

// RD4U statement 1, under the rulebook that ships.
func TestStatement01NothingIsFiledBeforeItsCategoryOpens(t *testing.T) {
	h := registerOfDamage(t)
	for received, code := range map[day.Date]string{day.Must(2024, 4, 1): "rulebook.category-not-open", day.Must(2024, 4, 2): ""} {
		_, err := h.Office.FileClaims(t.Context(), h.by("officer"), "rd4u", []office.Filing{damage(received.String(), received)})
		wantCode(t, "received on "+received.String(), err, code)
	}
	closed := damage("closed", day.Must(2026, 5, 1))
	closed.Category = "a3-7"
	for _, id := range []string{"property_kind", "damage", "owner_kind"} {
		delete(closed.Answers, id)
	}
	_, err := h.Office.FileClaims(t.Context(), h.by("officer"), "rd4u", []office.Filing{closed})
	wantCode(t, "in a category that isn't open", err, "rulebook.category-not-opened")
}

// RD4U statement 25, under the rulebook of the commission that ships: the count
// alone doesn't open the way to a decision, the money beside it does.
func TestRD4U25TheCommissionWaitsForTheCountAndTheMoney(t *testing.T) {
	h := registerOfDamage(t)
	book, ok := rulebooks.Find("iccu")
	if !ok {
		t.Fatal("no rulebook iccu")
	}
	h.open("iccu", string(book.Source))
	h.engage("depositary", office.Depositary)
	answers, err := h.Office.FileClaims(t.Context(), h.by("officer"), "iccu", []office.Filing{damage("a home", day.Must(2026, 5, 1))})
	must(t, err)
	_, err = h.Office.RecordClaims(t.Context(), h.by("officer", "commissioner"), "iccu", h.examined(answers[0].ID))
	must(t, err)
	propose := func() error {
		_, err := h.Office.ProposeInstalment(t.Context(), h.by("commissioner"), "iccu", 10)
		return err
	}
	wantCode(t, "before anything is known of the convention", propose(), "treaty.not-loaded")
	b := convention(25)
	for n := range 25 {
		b.Facts = append(b.Facts, deposited(t, n, "2026-03-01"))
	}
	h.loadTreaties(b)
	wantCode(t, "25 ratifications without the money", propose(), "treaty.not-in-force")
	h.deposit(finding(t, "2026-05-07"))
	must(t, propose())
	_, err = h.Office.PayRound(t.Context(), h.by("treasurer", "treasurer-2"), "iccu", "EUR")
	wantCode(t, "and nobody pays", err, "policy.not-in-edition")
	h.sound()
}
