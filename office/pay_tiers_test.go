package office_test

import (
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/money"
)

// A plan in tiers: 1,000 to each, then rateably; what several tiers give a
// claim is one payment.
func TestARoundByTiers(t *testing.T) {
	h := staffed(t)
	h.open("demo", strings.Replace(demoRulebook(t), "  stop: skip\n",
		"  stop: skip\n  tiers:\n    - {id: first, up_to: {EUR: 1000.00}}\n    - {id: rest, spread: rateable}\n", 1))
	family := departure("family", 3, true)
	family.Answers["family"] = "true"
	ids := h.file(departure("one", 3, true), family)
	h.decide(ids...)
	_, err := h.Office.ReceiveContribution(t.Context(), h.by("treasurer"), "demo", "donor", euros(3100))
	must(t, err)
	round, err := h.Office.PayRound(t.Context(), h.by("treasurer", "treasurer-2"), "demo", "EUR")
	must(t, err)
	if round.Payments != 2 || round.Total != euros(3100) || round.Left.Sign() != 0 {
		t.Errorf("%+v", round)
	}
	for id, want := range map[claim.ID]money.Amount{ids[0]: euros(1300), ids[1]: euros(1800)} {
		if got := h.claim(id).Ordered; got != want {
			t.Errorf("claim %s gets %s, want %s", id, got, want)
		}
	}
	h.sound()
}
