package office_test

import (
	"slices"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/office"
)

// Who proves by code that a claim is theirs acts on that one, in their own
// capacity, and on no other; and takes no step of the register's.
func TestAClaimantActsOnTheirOwnClaimAlone(t *testing.T) {
	h := opened(t)
	ids := h.file(departure("own", 2, false), departure("another's", 2, false))
	ctx, o := t.Context(), h.Office
	code, _, err := o.GiveCode(ctx, h.by("officer"), "demo", ids[0])
	must(t, err)
	_, _, _, err = o.ClaimantByCode(ctx, string(h.claim(ids[0]).Reference), "AAAA-AAAA-AAAA")
	wantCode(t, "by another code", err, "claim.code-wrong")
	who, own, _, err := o.ClaimantByCode(ctx, string(h.claim(ids[0]).Reference), string(code))
	if err != nil || own.ID != ids[0] {
		t.Fatalf("%+v, %v", own, err)
	}
	by := office.By{Actor: who}
	_, err = o.FindDeficient(ctx, h.by("officer"), "demo", h.examined(ids...))
	must(t, err)
	before := h.everything()
	supplied := map[string]string{"signed": "true"}
	_, err = o.AnswerDeficiency(ctx, by, "demo", ids[1], supplied)
	wantCode(t, "answer for another", err, "claim.none")
	_, err = o.WithdrawClaim(ctx, by, "demo", ids[1])
	wantCode(t, "withdraw another's", err, "claim.none")
	_, err = o.FileClaims(ctx, by, "demo", []office.Filing{departure("slipped in", 2, true)})
	wantCode(t, "file what is no draft of theirs", err, "policy.not-claimants")
	_, err = o.RecordClaims(ctx, by, "demo", h.examined(ids[0]))
	wantCode(t, "record", err, "policy.not-claimants")
	_, _, err = o.GiveCode(ctx, by, "demo", ids[0])
	wantCode(t, "give a code", err, "policy.not-claimants")
	unchanged(h, before)

	_, err = o.AnswerDeficiency(ctx, by, "demo", ids[0], supplied)
	must(t, err)
	_, err = o.WithdrawClaim(ctx, by, "demo", ids[0])
	must(t, err)
	h.stands(claim.Withdrawn, ids[0])
	steps, err := o.History(ctx, ids[0].Stream())
	must(t, err)
	var said []office.Step
	for _, s := range steps {
		if s.Capacity == office.Claimant {
			said = append(said, s)
		}
	}
	if len(said) != 2 || slices.ContainsFunc(said, func(e office.Step) bool {
		return e.Actor != "claimant" || e.Means != "code" || e.ForWhom != "" || e.Second != nil
	}) {
		t.Errorf("entered by the claimant: %+v", said)
	}
	h.sound()
}
