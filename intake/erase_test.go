package intake_test

import (
	"context"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// A row whose claim was erased is named as that when its file comes again, as
// it was or corrected, and is not filed again.
func TestARowThatWasErasedIsNotTakenAgain(t *testing.T) {
	ctx := context.Background()
	f := written(20)
	d := fresh(t)
	d.take(t, f.on(t))
	if err := d.Office.AddActor(ctx, d.by, "officer-2", []string{office.Officer}, d.Keep("officer-2")); err != nil {
		t.Fatal(err)
	}
	secret, err := d.Credential(d.CredentialPath("officer-2"))
	if err != nil {
		t.Fatal(err)
	}
	two := office.By{Actor: d.by.Actor}
	if two.Second, err = d.Office.Authenticate(ctx, secret); err != nil {
		t.Fatal(err)
	}
	erase := func(c claim.Claim) {
		if _, err := d.Office.Erase(ctx, two, "tsa-2007", c.ID, "retention"); err != nil {
			t.Fatal(err)
		}
	}
	claims, _, err := d.Office.ClaimPage(ctx, store.ClaimQuery{Limit: 100})
	if err != nil || len(claims) != 20 {
		t.Fatalf("%d claims, %v", len(claims), err)
	}
	for _, c := range claims {
		if c.Row == 3 || c.Row == 7 {
			erase(c)
		}
	}
	if _, err := d.Office.Sequence(ctx); err != nil {
		t.Fatal(err)
	}
	before := d.head()
	f.rows[6][airport] = "Elsewhere" // of an erased claim nobody knows any more what it said
	report := d.take(t, f.on(t))
	if got, want := did(report), (done{Rows: 20, Repeated: 18}); got != want || report.Erased != 2 {
		t.Errorf("\n got %+v, %d erased\nwant %+v, 2 erased", got, report.Erased, want)
	}
	if d.head() != before {
		t.Error("the tree's head has moved")
	}
}
