package rulebooks_test

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

// The tests that are named after a number are the statements on the Register of
// Damage for Ukraine that a rulebook can hold; 18 is held once more where acts
// are performed, in office.

// rd4uRow is a row of the list of categories.
type rd4uRow struct{ code, group, claimant, title, opened, status string }

// rd4uRows are the rows with a code.
func rd4uRows(t *testing.T) []rd4uRow {
	t.Helper()
	name := filepath.Join("..", "..", "shared", "data", "rd4u_categories.csv")
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the list of categories %s is not here", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"code", "group", "claimant", "title_en", "opened_on", "status", "source"}; !slices.Equal(all[0], want) {
		t.Fatalf("%s has the columns %v, want %v", name, all[0], want)
	}
	var rows []rd4uRow
	for _, cell := range all[1:] {
		if cell[0] != "" {
			rows = append(rows, rd4uRow{cell[0], cell[1], cell[2], cell[3], cell[4], cell[5]})
		}
	}
	return rows
}

func TestRD4UHoldsTheCategoriesOfTheList(t *testing.T) {
	rows, e := rd4uRows(t), parse(t, "rd4u")
	if len(rows) != 31 || len(e.Categories) != len(rows) {
		t.Fatalf("%d categories, and %d codes in the list, want 31 of each", len(e.Categories), len(rows))
	}
	claimants := map[string]string{"individual": "individual", "state": "public-body", "entity": "organisation"}
	for i, row := range rows {
		c := e.Categories[i]
		got := rd4uRow{c.Code, strings.ToUpper(c.Group), strings.Join(c.Claimants, " "), c.Title.In("en"), "", row.status}
		if !c.Opens.IsZero() {
			got.opened = c.Opens.String()
		}
		want := row
		want.claimant = claimants[row.claimant]
		if want.title == "" {
			want.title = row.code + ": title not known to us"
		}
		if got != want {
			t.Errorf("category %s is %v, want %v", c.ID, got, want)
		}
		if closed := row.opened == "" && row.status != "open"; c.NotOpen != closed {
			t.Errorf("%s: not open is %t; the list says %s", c.Code, c.NotOpen, row.status)
		}
	}
}

func TestRD4UKnowsElevenFormsAndSaysSoOfTheOthers(t *testing.T) {
	full := []string{"A1.1", "A1.2", "A2.1", "A2.2", "A2.3", "A3.1", "A3.2", "A3.3", "A3.5", "A3.6", "C3.1"}
	e := parse(t, "rd4u")
	for _, c := range e.Categories {
		want, note := rulebook.FormNotPublic, "not public"
		if slices.Contains(full, c.Code) {
			want, note = rulebook.FullForm, "published descriptions"
			if len(c.Evidence.Best) == 0 || len(c.Evidence.Good) == 0 || len(c.Evidence.Accepted) == 0 {
				t.Errorf("%s has no whole ladder of evidence", c.Code)
			}
		}
		if c.Form != want || !strings.Contains(c.Note.In("en"), note) {
			t.Errorf("%s: form %s, note %q", c.Code, c.Form, c.Note.In("en"))
		}
	}
	for _, f := range e.Fields {
		if f.Basis == "" || f.Why.In("uk") == "" {
			t.Errorf("question %s doesn't say why it is asked and on what basis", f.ID)
		}
	}
}

// sound is what the questions of any category are answered with where nothing
// is wrong with the claim; others are what some rules turn on.
var sound = map[string]string{
	"claimant_name": "Olena Example", "birth_date": "1980-05-05", "contact": "olena@example.org", "nationality": "ua",
	"entity_name": "Example", "state_body": "local", "entity_kind": "company", "data_origin": "by-hand",
	"event_date": "2022-03-20", "place": "UA-63", "cause": "artillery", "account": "My own words.", "circumstances": "My own words.",
	"left_how": "left", "leave_reason": "shelling", "left_before": "false", "relation": "child", "relative_name": "Petro Example",
	"death_cause": "shelling", "injury_kind": "limb", "injured_in_detention": "false", "property_kind": "flat", "object_kind": "garage",
	"damage": "destroyed", "owner_kind": "sole", "residence_kind": "tenant", "dwelling": "true", "what_is_lost": "access",
	"activity_ended": "2022-03", "asset_kind": "equipment", "asset_harm": "lost", "consent": "true", "consent_edition": "diia-1", "signed": "true",
}

// claim is a sound claim of a category with some answers changed, "name=text"
// each; an empty text takes an answer away. Nothing that isn't required is
// answered, and no file is with it.
func claim(t testing.TB, e *rulebook.Edition, category string, changes ...string) rulebook.Case {
	t.Helper()
	c, ok := e.Category(category)
	if !ok {
		t.Fatalf("no category %s", category)
	}
	given := maps.Clone(sound)
	given["filed_by"] = "self"
	if c.Claimants[0] != "individual" {
		given["filed_by"], given["mandate_shown"] = "entity-head", "true"
	}
	raw := map[string]string{}
	for _, id := range c.Asks {
		if text, ok := given[id]; ok {
			raw[id] = text
		}
	}
	for _, change := range changes {
		id, text, _ := strings.Cut(change, "=")
		raw[id] = text
	}
	answers, err := e.Read(category, raw)
	if err != nil {
		t.Fatal(err)
	}
	return rulebook.Case{Category: category, Claimant: c.Claimants[0], Received: day.Must(2026, 6, 1), Answers: answers}
}

func assess(t testing.TB, e *rulebook.Edition, c rulebook.Case) rulebook.Finding {
	t.Helper()
	f, err := e.Assess(c)
	if err != nil {
		t.Fatalf("%s: %v", c.Category, err)
	}
	return f
}

// found is a finding in a few words: record, deficient and what is missing, or
// refuse and the ground.
func found(t testing.TB, e *rulebook.Edition, c rulebook.Case) string {
	t.Helper()
	f := assess(t, e, c)
	return strings.Join(append(append([]string{string(f.Outcome)}, f.Missing...), f.Ground), " ")
}

// revised is another edition of a rulebook that ships, with texts replaced, in
// pairs. Each must be there.
func revised(t *testing.T, id string, change ...string) *rulebook.Edition {
	t.Helper()
	r, ok := rulebooks.Find(id)
	if !ok {
		t.Fatalf("no rulebook %s", id)
	}
	src := string(r.Source)
	for i := 0; i < len(change); i += 2 {
		if !strings.Contains(src, change[i]) {
			t.Fatalf("%s has no %q", id, change[i])
		}
		src = strings.ReplaceAll(src, change[i], change[i+1])
	}
	e, err := rulebook.Parse(r.Name, []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRD4U01ACategoryOpensOnItsDateByDataAlone(t *testing.T) {
	e := parse(t, "rd4u")
	dated := 0
	for _, c := range e.Categories {
		switch {
		case c.NotOpen:
			if err := e.Receives(c.ID, day.Must(2026, 11, 1)); fault.Code(err) != "rulebook.category-not-opened" {
				t.Errorf("%s takes claims before it is opened: %v", c.Code, err)
			}
		case !c.Opens.IsZero():
			dated++
			if err := e.Receives(c.ID, c.Opens.AddDays(-1)); fault.Code(err) != "rulebook.category-not-open" {
				t.Errorf("%s on the day before %s: %v", c.Code, c.Opens, err)
			}
			fallthrough
		default:
			on := c.Opens
			if on.IsZero() {
				on = day.Must(2025, 3, 31)
			}
			if err := e.Receives(c.ID, on); err != nil {
				t.Errorf("%s on %s: %v", c.Code, on, err)
			}
		}
	}
	if dated != 12 {
		t.Errorf("%d categories with a date, want 12", dated)
	}
	opened := revised(t, "rd4u", "    code: A3.7\n", "    code: A3.7\n    opens: 2026-07-01\n",
		"    claimants: [individual]\n    not_open: true\n", "    claimants: [individual]\n")
	if err := opened.Receives("a3-7", day.Must(2026, 6, 30)); fault.Code(err) != "rulebook.category-not-open" {
		t.Errorf("on the eve: %v", err)
	}
	if err := opened.Receives("a3-7", day.Must(2026, 7, 1)); err != nil {
		t.Errorf("on the day: %v", err)
	}
}

func TestRD4U02AnOlderListKeepsItsClaims(t *testing.T) {
	older := revised(t, "rd4u", `edition: "2026-05"`, `edition: "2024"`, `from: "2024"`, `from: "2023"`,
		"a3-5", "a3-9", "A3.5", "A3.9")
	newer := parse(t, "rd4u")
	old := claim(t, older, "a3-9")
	if got := found(t, older, old); got != "record " {
		t.Errorf("under its own edition: %s", got)
	}
	if _, ok := newer.Category("a3-9"); ok {
		t.Error("the newer list has the category too")
	}
	if _, moved := newer.Moved("2024", old); moved {
		t.Error("the claim is moved to the newer list")
	}
	if at := assess(t, older, old).Trace.Edition; at.Number != "2024" || at.Hash != older.Hash {
		t.Errorf("the finding names edition %v", at)
	}
}

// tests of eligibility, by how the ids of their rules begin.
func testsOf(trace rulebook.Trace) []string {
	var tests []string
	for _, s := range trace.Steps {
		test, _, _ := strings.Cut(s.Rule, "-")
		if slices.Contains([]string{"claimant", "time", "place", "attribution"}, test) && !slices.Contains(tests, test) {
			tests = append(tests, test)
		}
	}
	return tests
}

func TestRD4U03FourTestsAreFourFindings(t *testing.T) {
	e := parse(t, "rd4u")
	for _, c := range e.Categories {
		f := assess(t, e, claim(t, e, c.ID))
		if got := testsOf(f.Trace); !slices.Equal(got, []string{"claimant", "time", "place", "attribution"}) {
			t.Errorf("%s: the findings are %v", c.Code, got)
		}
		for _, s := range f.Trace.Steps {
			if s.Basis == "" || s.Outcome != "met" {
				t.Errorf("%s: %s without a basis or not met: %+v", c.Code, s.Rule, s)
			}
		}
	}
	for _, c := range []struct{ category, change, rule, ground string }{
		{"a3-1", "nationality=ru other_nationality=false", "claimant-nationality", "only-russian-nationality"},
		{"a2-1", "relation=other close_ties=true depended=false", "claimant-relative", "not-a-close-relative"},
		{"b1-1", "state_body=not-ukraine", "claimant-state", "not-the-state"},
		{"c3-1", "entity_kind=state-body", "claimant-entity", "claims-in-group-b"},
		{"c3-1", "entity_kind=state-enterprise holds_property=false", "claimant-entity", "claims-in-group-b"},
		{"a3-1", "event_date=2022-02-23", "time", "too-early"},
		{"a3-1", "place=outside", "place-inside", "outside-ukraine"},
		{"a2-1", "place=outside linked_event=false", "place-or-linked", "outside-without-link"},
		{"a3-1", "cause=unrelated", "attribution", "not-attributable"},
	} {
		f := assess(t, e, claim(t, e, c.category, strings.Fields(c.change)...))
		if f.Outcome != rulebook.Refuse || f.Rule != c.rule || f.Ground != c.ground {
			t.Errorf("%s with %s: %s by %s on %s", c.category, c.change, f.Outcome, f.Rule, f.Ground)
		}
		if g, ok := e.Ground(f.Ground); !ok || g.Text.In("uk") == "" {
			t.Errorf("the ground %s has no reason in words", f.Ground)
		}
	}
	unknown := claim(t, e, "a3-1", "cause=unknown")
	if got := found(t, e, unknown); got != "record " {
		t.Errorf("a cause that the claimant doesn't know: %s", got)
	}
	if marks, err := e.Suspicions(unknown); err != nil || !slices.Contains(marks, "cause-unknown") {
		t.Errorf("a cause that the claimant doesn't know is marked %v, %v", marks, err)
	}
	enterprise := claim(t, e, "c3-1", "entity_kind=state-enterprise", "holds_property=true")
	if got := found(t, e, enterprise); got != "record " {
		t.Errorf("a State enterprise with economic management: %s", got)
	}
}

func TestRD4U04TheDayBeforeFailsUntilAnEditionBeginsIn2014(t *testing.T) {
	e := parse(t, "rd4u")
	wider := revised(t, "rd4u", "period: {from: 2022-02-24}", "period: {from: 2014-02-20}")
	for _, c := range []struct{ date, now, then string }{
		{"2022-02-24", "record ", "record "},
		{"2022-02-23", "refuse too-early", "record "},
		{"2014-02-20", "refuse too-early", "record "},
		{"2014-02-19", "refuse too-early", "refuse too-early"},
	} {
		if got := found(t, e, claim(t, e, "a3-1", "event_date="+c.date)); got != c.now {
			t.Errorf("%s now: %s, want %s", c.date, got, c.now)
		}
		if got := found(t, wider, claim(t, wider, "a3-1", "event_date="+c.date)); got != c.then {
			t.Errorf("%s with a start in 2014: %s, want %s", c.date, got, c.then)
		}
	}
}

func TestRD4U05ThePlaceRuleBelongsToTheCategory(t *testing.T) {
	e := parse(t, "rd4u")
	linked := []string{"A2.1", "A2.3", "A2.6"}
	for _, c := range e.Categories {
		if got := found(t, e, claim(t, e, c.ID, "place=UA-43")); got != "record " {
			t.Errorf("%s in the Crimea: %s", c.Code, got)
		}
		if got := found(t, e, claim(t, e, c.ID, "place=territorial-waters")); got != "record " {
			t.Errorf("%s in the territorial waters: %s", c.Code, got)
		}
		if !slices.Contains(linked, c.Code) {
			if got := found(t, e, claim(t, e, c.ID, "place=outside")); got != "refuse outside-ukraine" {
				t.Errorf("%s outside: %s", c.Code, got)
			}
			continue
		}
		for answer, want := range map[string]string{
			"linked_event=true": "record ", "linked_event=false": "refuse outside-without-link", "linked_event=": "deficient answer:linked_event ",
		} {
			if got := found(t, e, claim(t, e, c.ID, "place=outside", answer)); got != want {
				t.Errorf("%s outside, %s: %s, want %s", c.Code, answer, got, want)
			}
		}
	}
}

func TestRD4U06AClaimWithoutFilesIsRecorded(t *testing.T) {
	e := parse(t, "rd4u")
	for _, c := range e.Categories {
		if got := found(t, e, claim(t, e, c.ID)); got != "record " {
			t.Errorf("%s: %s", c.Code, got)
		}
		own := 0
		for _, p := range c.Evidence.All() {
			if p.Required {
				t.Errorf("%s: %s is mandatory", c.Code, p.ID)
			}
			if strings.HasSuffix(p.ID, "-account") {
				own++
			}
		}
		if own != 1 || !strings.HasSuffix(c.Evidence.Accepted[len(c.Evidence.Accepted)-1].ID, "-account") {
			t.Errorf("%s doesn't take one's own account as its last rung", c.Code)
		}
	}
}

func TestRD4U08WhatNoRegistryConfirmedIsMarked(t *testing.T) {
	e := parse(t, "rd4u")
	byHand := claim(t, e, "a3-1")
	filled := claim(t, e, "a3-1", "data_origin=registry", "registry=property-rights", "registry_date=2026-05-30", "registry_time=14:05")
	for _, c := range []struct {
		name   string
		claim  rulebook.Case
		marks  []string
		asks   bool
		answer string
	}{
		{"the registry is down", byHand, []string{"not-verified"}, false, "record "},
		{"filled by a registry", filled, nil, true, "record "},
		{"by a registry that isn't named", claim(t, e, "a3-1", "data_origin=registry"), nil, true, "deficient answer:registry answer:registry_date "},
	} {
		marks, err := e.Suspicions(c.claim)
		marks = slices.DeleteFunc(marks, func(id string) bool { return id == "amount-not-stated" })
		if err != nil || !slices.Equal(marks, c.marks) {
			t.Errorf("%s: marked %v, %v; want %v", c.name, marks, err, c.marks)
		}
		asked, err := e.Asked(c.claim)
		if err != nil || slices.Contains(asked, "registry") != c.asks || slices.Contains(asked, "registry_time") != c.asks {
			t.Errorf("%s: which registry and when is asked: %v, %v", c.name, asked, err)
		}
		if got := found(t, e, c.claim); got != c.answer {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func TestRD4U09RussianNationalityAloneIsRefused(t *testing.T) {
	e := parse(t, "rd4u")
	for _, c := range e.Categories {
		if c.Claimants[0] != "individual" {
			continue
		}
		for changes, want := range map[string]string{
			"nationality=ru other_nationality=false":                              "refuse only-russian-nationality",
			"nationality=ru other_nationality=true other_nationality_proof=false": "refuse only-russian-nationality",
			"nationality=ru other_nationality=true other_nationality_proof=true":  "record ",
			"nationality=ru":        "deficient answer:other_nationality ",
			"nationality=other":     "record ",
			"nationality=stateless": "record ",
		} {
			if got := found(t, e, claim(t, e, c.ID, strings.Fields(changes)...)); got != want {
				t.Errorf("%s, %s: %s, want %s", c.Code, changes, got, want)
			}
		}
	}
}

func alarms(e *rulebook.Edition, c rulebook.Case, links ...rulebook.Link) []string {
	c.Links = links
	var rules []string
	for _, a := range e.Alarms(c) {
		rules = append(rules, a.Rule)
	}
	return rules
}

func TestRD4U10OneClaimAndJointClaimsAreSettingsAndSharesAreAddedUp(t *testing.T) {
	e := parse(t, "rd4u")
	for _, c := range e.Categories {
		if c.OnePerPerson || c.Joint {
			t.Errorf("%s: nobody has said that it takes one claim only, or joint ones", c.Code)
		}
	}
	one := revised(t, "rd4u", "    one_per_person: false\n    joint: false\n", "    one_per_person: true\n    joint: true\n")
	second := rulebook.Link{Claim: "other", Category: "a1-1", Person: true}
	if got := alarms(e, claim(t, e, "a1-1"), second); got != nil {
		t.Errorf("two claims of a person, as set: %v", got)
	}
	if got := alarms(one, claim(t, one, "a1-1"), second); !slices.Equal(got, []string{rulebook.OnePerPerson}) {
		t.Errorf("two claims of a person, set to one: %v", got)
	}
	owner := func(category, share string) rulebook.Case {
		return claim(t, e, category, "owner_kind=co-owner", "share_percent="+share, "object_number=7")
	}
	for _, category := range []string{"a3-1", "a3-2", "a3-6"} {
		for shares, want := range map[[2]string][]string{{"50", "50"}: nil, {"34", "33"}: nil, {"60", "50"}: {"shares-of-" + category}} {
			other := rulebook.Link{Claim: "other", Category: category, Answers: owner(category, shares[1]).Answers}
			if got := alarms(e, owner(category, shares[0]), other); !slices.Equal(got, want) {
				t.Errorf("%s with shares %v: %v, want %v", category, shares, got, want)
			}
		}
	}
}

func TestRD4U11AllowedOverlapsRaiseNoAlarm(t *testing.T) {
	e := parse(t, "rd4u")
	held := []string{"injured_in_detention=true", "injury_date=2022-04-02"}
	later := []string{"injured_in_detention=true", "injury_date=2023-01-09"}
	for _, c := range []struct {
		name         string
		mine, theirs rulebook.Case
		want         []string
	}{
		{"displaced within and abroad", claim(t, e, "a1-1"), claim(t, e, "a1-2"), nil},
		{"owner and resident", claim(t, e, "a3-3"), claim(t, e, "a3-1"), nil},
		{"the same injury", claim(t, e, "a2-3", held...), claim(t, e, "a2-6", held...), []string{"injury-claimed-twice"}},
		{"the same injury, the other way", claim(t, e, "a2-6", held...), claim(t, e, "a2-3", held...), []string{"injury-claimed-twice"}},
		{"another injury", claim(t, e, "a2-3", held...), claim(t, e, "a2-6", later...), nil},
		{"an injury that wasn't in detention", claim(t, e, "a2-3"), claim(t, e, "a2-6", held...), nil},
	} {
		link := rulebook.Link{Claim: "other", Category: c.theirs.Category, Person: true, Answers: c.theirs.Answers}
		if got := alarms(e, c.mine, link); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if diff := cmp.Diff([]string{"displaced-within-and-abroad", "owner-and-resident"}, allowedOverlaps(e)); diff != "" {
		t.Errorf("overlaps that are allowed (-want +got):\n%s", diff)
	}
}

func allowedOverlaps(e *rulebook.Edition) []string {
	var ids []string
	for _, o := range e.Overlaps {
		if !o.Alarm {
			ids = append(ids, o.ID)
		}
	}
	return ids
}
