package office_test

import (
	"maps"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/office"
)

// At a counter a clerk begins with the person beside: what is sent is the
// person's own claim, by their own code, and the clerk stands in it as helper.
func TestAClerkHelpsAtTheCounterAndIsNamed(t *testing.T) {
	h := opened(t)
	ctx, o := t.Context(), h.Office
	_, err := o.BeginAtCounter(ctx, h.by("treasurer"), "demo", office.OwnContent{})
	wantCode(t, "by who files for nobody", err, "policy.capacity-missing")
	code, err := o.BeginAtCounter(ctx, h.by("officer"), "demo", office.OwnContent{Language: "uk"})
	must(t, err)
	k, err := o.OwnByCode(ctx, string(code))
	must(t, err)
	k, d, err := o.SaveOwn(ctx, k, func(d *office.OwnDraft) error {
		d.People = []office.OwnPerson{{ID: "p1", Relation: "self"}}
		o.AddClaim(d, "p1", "a-departure", "flood").Answers = maps.Clone(departure("own", 2, true).Answers)
		return nil
	})
	if err != nil || d.Helper != "officer" || d.Language != "uk" {
		t.Fatalf("%+v, %v", d, err)
	}
	sent, err := o.SendOwn(ctx, k)
	must(t, err)
	steps, err := o.History(ctx, sent.Claims[0].ID.Stream())
	must(t, err)
	event, err := claim.Decode(steps[0].Kind, steps[0].Facts)
	must(t, err)
	if filed := event.(claim.FiledEvent); filed.Helper != "officer" || steps[0].Capacity != office.Claimant || steps[0].Actor != "claimant" {
		t.Errorf("filed as %+v by %s, %s", filed, steps[0].Actor, steps[0].Capacity)
	}
	if _, _, err := o.ClaimByCode(ctx, string(sent.Claims[0].Reference), string(code)); err != nil {
		t.Errorf("the person's code doesn't open their claim: %v", err)
	}
	h.sound()
}
