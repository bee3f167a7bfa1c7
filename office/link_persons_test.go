package office_test

import (
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/money"
)

// A person who claims for a departure alone gets 4,000; one who is found to
// claim for belongings too gets 2,500.
func TestALinkedPersonIsValuedWithTheOtherClaim(t *testing.T) {
	h := staffed(t)
	h.open("demo", strings.Replace(demoRulebook(t), "    - id: a-individual\n",
		"    - {id: a-only, categories: [a-departure], when: '!linked(\"c-belongings\")', sum: 4000.00 EUR, basis: x}\n    - id: a-individual\n", 1))
	lost := departure("boat", 0, true)
	lost.Category, lost.Claimant = "c-belongings", "individual"
	delete(lost.Answers, "family")
	delete(lost.Answers, "nights_away")
	lost.Answers["belongings"], lost.Answers["claimed"], lost.Answers["proof"] = "a boat", "900.00 EUR", "receipts"
	ids := h.file(departure("alone", 3, true), departure("both", 3, true), lost, departure("mistaken", 3, true))
	alone, both, boat, mistaken := ids[0], ids[1], ids[2], ids[3]
	link := func(one, other claim.ID, ground string) error {
		_, err := h.Office.LinkPersons(t.Context(), h.by("officer"), "demo", one, other, ground)
		return err
	}
	must(t, link(both, boat, "same-passport"))
	must(t, link(boat, mistaken, "same-name"))
	wantCode(t, "linked again, from the other side", link(boat, both, "same-name"), "claim.linked-already")
	wantCode(t, "with itself", link(boat, boat, "same-name"), "claim.linked-to-itself")
	wantCode(t, "on a ground in words", link(alone, boat, "It is Olena Example."), "claim.ground-form")
	wantCode(t, "with a claim that isn't there", link(alone, "none", "same-name"), "claim.none")
	unlink := func() error {
		_, err := h.Office.UnlinkPersons(t.Context(), h.by("officer"), "demo", mistaken, boat, "another-person")
		return err
	}
	must(t, unlink())
	wantCode(t, "taken back twice", unlink(), "claim.not-linked")

	h.record(ids...)
	h.adopt(h.propose())
	for id, want := range map[claim.ID]int64{alone: 4000, both: 2500, boat: 900, mistaken: 4000} {
		if got := h.claim(id).Award; got != money.New(want*100, "EUR") {
			t.Errorf("claim %s gets %s, want %d", id, got, want)
		}
	}
	h.sound()
}
