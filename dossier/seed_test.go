package dossier_test

import (
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/dossier"
)

func TestTry(t *testing.T) {
	b, err := dossier.OpenRoll(day.Must(2026, 11, 26), "cis-csto")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(b.ID, b.Title, b.Known, len(b.Facts))
	for _, f := range []string{"memberships.csv", "offices.csv", "meetings.csv", "igo_membership.csv", "igo_list.csv", "cow_states2016.csv", "iso_3166-1.json", "iso_3166-3.json"} {
		b, err := dossier.OpenRoll(day.Must(2026, 11, 26), "../../shared/data/"+f)
		if err != nil {
			t.Error(err)
		}
		t.Log(f, b.ID, len(b.Facts))
	}
}
