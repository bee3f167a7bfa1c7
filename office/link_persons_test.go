package office_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/office"
)

// RD4U statement 11: what two claims of a person mean is the rulebook's to say.
func TestAnOverlapIsListed(t *testing.T) {
	h := staffed(t)
	h.open("demo", strings.Replace(demoRulebook(t), "  - id: a-departure\n", "  - id: a-departure\n    one_per_person: true\n", 1)+
		"overlaps:\n  - {id: hurt-away, between: [a-departure, b-injury], verdict: alarm, text: {en: Were they away when they were hurt?}}\n")
	ids := h.file(departure("one", 3, true), departure("again", 3, true), injury("hurt", "She fell."))
	for _, other := range ids[1:] {
		_, err := h.Office.LinkPersons(t.Context(), h.by("officer"), "demo", ids[0], other, "same-passport")
		must(t, err)
	}
	var got []string
	must(t, h.Office.Suspicions(t.Context(), "demo", func(s office.Suspicion) error {
		if s.Claim.ID == ids[0] {
			got = append(got, s.Check+" "+s.Detail+" "+s.Text)
		}
		return nil
	}))
	want := []string{
		"one-per-person " + h.claim(ids[1]).Name() + " ",
		"hurt-away " + h.claim(ids[2]).Name() + " Were they away when they were hurt?",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Sensitive answers stay closed where a claim is valued with one that it was
// linked with after they were sent.
func TestALinkAfterSensitiveAnswersWereSent(t *testing.T) {
	h := staffed(t)
	h.open("demo", strings.Replace(demoRulebook(t), "    - id: b-individual\n",
		"    - {id: b-also-away, categories: [b-injury], when: linked(\"a-departure\"), sum: 1000.00 EUR, basis: x}\n    - id: b-individual\n", 1))
	ids := h.file(injury("hurt", "She fell."), injury("other", "He fell."), departure("away", 3, true))
	_, err := h.Office.LinkPersons(t.Context(), h.by("officer"), "demo", ids[0], ids[2], "same-passport")
	must(t, err)
	h.decide(ids...)
	for id, want := range map[claim.ID]money.Amount{ids[0]: euros(1000), ids[1]: euros(2500), ids[2]: euros(2500)} {
		if got := h.claim(id).Award; got != want {
			t.Errorf("claim %s gets %s, want %s", id, got, want)
		}
	}
	h.sound()
}

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
