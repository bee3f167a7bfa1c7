package dossier_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/dossier"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/treaty"
)

// The convention of the Claims Commission, as it ships.
func TestTheConventionOfTheClaimsCommission(t *testing.T) {
	b, err := dossier.OpenTreaties(learned, "iccu-2025")
	if err != nil {
		t.Fatal(err)
	}
	status := func(on day.Date, more ...treaty.Fact) treaty.Status {
		return treaty.NewFile("iccu-2025", append(b.Facts, more...)).Status(on, day.Date{})
	}
	s := status(day.Must(2025, 12, 16))
	organisations := 0
	for _, one := range s.Signatories {
		if one.Org {
			organisations++
		}
	}
	if len(s.Signatories) != 35 || organisations != 1 {
		t.Errorf("on the day of signature %d signatories, %d of them organisations, want 34 states and the European Union", len(s.Signatories), organisations)
	}
	s = status(day.Must(2025, 12, 19))
	if len(s.Signatories) != 36 || s.InForce || s.Instruments != 0 || s.Needed != 25 || len(s.Missing) != 2 || len(s.NotRatified) != 36 {
		t.Errorf("after Greece: %d signatories, %d of %d instruments, missing %v", len(s.Signatories), s.Instruments, s.Needed, s.Missing)
	}
	var deposits []treaty.Fact
	for i, one := range s.Signatories[:25] {
		deposits = append(deposits, treaty.Fact{Source: roll.Source{Name: "assumed"}, Known: learned, Action: &treaty.Action{
			Treaty: "iccu-2025", Kind: treaty.Ratification, Party: one.Name, Code: one.Code, Org: one.Org, On: day.On(day.Must(2027, 1, 1).AddDays(i)),
		}})
	}
	s = status(day.Must(2027, 6, 1), deposits...)
	if s.InForce || s.Scheduled != nil || s.Instruments != 25 || len(s.Missing) != 1 || s.Missing[0].Value("condition") != "funds_secured" {
		t.Errorf("with 25 instruments and no finding: in force %v, missing %v", s.InForce, s.Missing)
	}
	finding := treaty.Fact{Source: roll.Source{Name: "assumed"}, Known: learned, Action: &treaty.Action{
		Treaty: "iccu-2025", Kind: treaty.Finding, Condition: "funds_secured", By: "Conference", Document: "CM(2027)1", On: day.On(day.Must(2027, 6, 10)),
	}}
	s = status(day.Must(2027, 6, 10), append(deposits, finding)...)
	if !s.InForce || s.Entry.String() != "2027-06-10" || len(s.Parties) != 25 || len(s.Missing) != 0 {
		t.Errorf("with the finding: in force %v since %v, %d parties", s.InForce, s.Entry, len(s.Parties))
	}
	if len(s.Doubts) == 0 || !slices.ContainsFunc(s.Explanation, func(step treaty.Step) bool { return strings.Contains(step.Value("doubt"), "the delay") }) {
		t.Error("it isn't said that the delay is not confirmed")
	}
	if s := status(day.Must(2027, 6, 9), append(deposits, finding)...); s.InForce {
		t.Error("in force a day before the finding")
	}
}

const head = `dossier: t
title: T
known: 2026-01-01
sources:
  s: {name: S}
treaties:
  - {id: t, title: T, source: s, clause: {provision: Article 1, delay: days 30, conditions: [{name: instruments, number: 2}]}}
`

func TestADossierOfTreaties(t *testing.T) {
	b, err := readTreaties(t, head+`actions:
  - {action: ratification, on: 2001-01-10, source: s, party: Austria, code: AUT, key: first}
  - {action: ratification, on: 2001-02, source: s, parties: {BEL: Belgium, CHL: Chile}, known: 2025-01-01, doubt: from memory}
  - {action: rectification, on: 2002-01-01, source: s, corrects: first, text: it was of another treaty}
`)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Facts) != 5 || b.ID != "t" || b.Facts[1].Known.String() != "2026-01-01" || b.Facts[2].Known.String() != "2025-01-01" || b.Facts[2].Doubt != "from memory" {
		t.Errorf("read as %+v", b)
	}
	s := treaty.NewFile("t", b.Facts).Status(day.Must(2003, 1, 1), day.Date{})
	if s.Instruments != 2 || s.Entry != nil || s.Between == nil || s.Answer != day.Yes {
		t.Errorf("%d instruments, in force %s, between %v", s.Instruments, s.Answer, s.Between)
	}
}

func TestADossierThatIsWrongSaysWhereAndHowToMendIt(t *testing.T) {
	for _, c := range []struct{ actions, code, line string }{
		{"actions:\n  - {action: ratified, on: 2001-01-10, source: s, party: A}", "dossier.unknown-word", "9"},
		{"actions:\n  - {action: ratification, on: soon, source: s, party: A}", "dossier.not-a-date", "9"},
		{"actions:\n  - {action: ratification, on: 2001-01-10, source: x, party: A}", "dossier.unknown-source", "9"},
		{"actions:\n  - {action: ratification, on: 2001-01-10, source: s, partei: A}", "dossier.unknown-field", "9"},
		{"actions:\n  - {action: ratification, on: 2001-01-10, source: s}", "treaty.fact.no-party", "9"},
		{"actions:\n  - {action: finding, on: 2001-01-10, source: s, condition: funds}", "treaty.fact.finding", "9"},
		{"action:\n  - {}", "dossier.unknown-section", "9"},
		{"actions:\n  - {action: rectification, on: 2001-01-10, source: s, corrects: what}", "dossier.unknown-fact", "9"},
		{"actions:\n  - {action: ratification, on: 2001-01-10, party: A}", "dossier.field-missing", "9"},
	} {
		_, err := readTreaties(t, head+c.actions+"\n")
		at, also := fmt.Sprintf("line=%q", c.line), "dossier.yaml:"+c.line
		if err == nil || !strings.Contains(err.Error(), c.code) || !strings.Contains(err.Error(), at) && !strings.Contains(err.Error(), also) {
			t.Errorf("%s:\n  %v, want %s in line %s", c.actions, err, c.code, c.line)
		}
	}
	_, err := readTreaties(t, strings.Replace(head, "days 30", "30 days", 1))
	if err == nil || !strings.Contains(err.Error(), "treaty.delay") || !strings.Contains(err.Error(), "dossier.yaml:7") {
		t.Errorf("a delay in the wrong words: %v", err)
	}
	_, err = readTreaties(t, strings.Replace(head, "number: 2", "number: 2, finding: Assembly", 1))
	if err == nil || !strings.Contains(err.Error(), "treaty.clause.asks") {
		t.Errorf("a condition that asks for two things: %v", err)
	}
}

// readTreaties reads a dossier of one file.
func readTreaties(t *testing.T, text string) (treaty.Bundle, error) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "dossier.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dossier.OpenTreaties(learned, folder)
}

// All lists together are one bundle, and each treaty of them has a status.
func TestTheListsAreLoaded(t *testing.T) {
	for _, name := range []string{"treaties.csv", "treaty_actions.csv"} {
		shared(t, name)
	}
	b, err := dossier.OpenTreaties(learned, sharedData+"treaties.csv", sharedData+"treaty_actions.csv")
	if err != nil {
		t.Fatal(err)
	}
	actions, titles := 0, 0
	by := map[string][]treaty.Fact{}
	for _, f := range b.Facts {
		by[f.Subject()] = append(by[f.Subject()], f)
		if f.Action != nil {
			actions++
		} else {
			titles++
		}
	}
	if titles != 550 || actions != 50_128+134 { // and the dates that treaties.csv has published
		t.Errorf("%d treaties and %d actions", titles, actions)
	}
	for id, facts := range by {
		s := treaty.NewFile(id, facts).Status(learned, day.Date{})
		if s.Basis == "published" && !s.InForce && s.Ended == nil {
			t.Errorf("%s: published, and not in force", id)
		}
	}
	genocide := treaty.NewFile("un:4-1", by["un:4-1"]).Status(day.Must(2014, 1, 1), day.Date{})
	if len(genocide.Signatories) == 0 || genocide.Instruments < 100 {
		t.Errorf("un:4-1 has %d signatories and %d instruments", len(genocide.Signatories), genocide.Instruments)
	}
}

func BenchmarkTreaties(b *testing.B) {
	shared(b, "treaty_actions.csv")
	files := []string{sharedData + "treaties.csv", sharedData + "treaty_actions.csv"}
	bundle, err := dossier.OpenTreaties(learned, files...)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("load-50128-actions", func(b *testing.B) {
		for b.Loop() {
			if _, err := dossier.OpenTreaties(learned, files...); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ids-of-50128-actions", func(b *testing.B) {
		for b.Loop() {
			treaty.Merge(bundle.Facts)
		}
	})
	var largest []treaty.Fact
	for _, f := range bundle.Facts {
		if f.Subject() == "ggo:UNCLOS_1982A#2" {
			largest = append(largest, f)
		}
	}
	file := treaty.NewFile("ggo:UNCLOS_1982A#2", largest)
	b.Run(fmt.Sprintf("status-of-%d-actions", len(largest)), func(b *testing.B) {
		for b.Loop() {
			file.Status(learned, day.Date{})
		}
	})
	b.Run(fmt.Sprintf("file-and-status-of-%d-actions", len(largest)), func(b *testing.B) {
		for b.Loop() {
			treaty.NewFile("ggo:UNCLOS_1982A#2", largest).Status(learned, day.Date{})
		}
	})
}
