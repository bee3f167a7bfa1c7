package dossier_test

import (
	"encoding/json"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/dossier"
	"github.com/openchancery/chancery/roll"
)

func TestTry(t *testing.T) {
	b, err := dossier.OpenRoll(day.Must(2026, 11, 26), "cis-csto")
	if err != nil {
		t.Fatal(err)
	}
	on := day.Must(2018, 11, 21)
	r := roll.NewRecord(b.Facts)
	show := func(v any, err error) {
		j, _ := json.MarshalIndent(v, "", " ")
		t.Log(string(j), err)
	}
	c, err := r.Compare("cis", "csto", roll.Query{On: on, Among: "ussr-15"})
	c.FirstMembers, c.SecondMembers, c.Disagreements = nil, nil, nil
	show(c, err)
	show(r.Accession("csto", "azerbaijan", on))
	show(r.MeetingOf("cis-security-councils", 6))
}
