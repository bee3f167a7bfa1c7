package rulebook_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
)

func TestReadOneAnswer(t *testing.T) {
	e := edition(t)
	for _, test := range []struct {
		field, text string
		want        string // the canonical text, or the code
	}{
		{"name", "Анна, \"die Kleine\"\nExample", "Анна, \"die Kleine\"\nExample"},
		{"name", strings.Repeat("ж", 1000), strings.Repeat("ж", 1000)},
		{"name", strings.Repeat("ж", 1001), "rulebook.answer-too-long"},
		{"name", "bell\a", "rulebook.answer-invalid"},
		{"name", "\x1b[31mred", "rulebook.answer-invalid"},
		{"name", "half a \xff", "rulebook.answer-invalid"},
		{"incident_date", "2020-02-29", "2020-02-29"},
		{"incident_date", "0206-11-03", "0206-11-03"},
		{"incident_date", "2019-02-29", "rulebook.answer-invalid"},
		{"incident_date", "29.02.2020", "rulebook.answer-invalid"},
		{"claimed", "12.50 EUR", "12.50 EUR"},
		{"claimed", "12.5", "12.50 EUR"},
		{"claimed", "0", "0.00 EUR"},
		{"claimed", "12.505", "rulebook.answer-invalid"},
		{"claimed", "12.50 USD", "rulebook.answer-invalid"},
		{"claimed", "1e3", "rulebook.answer-invalid"},
		{"count", "-3", "-3"},
		{"count", "9223372036854775807", "9223372036854775807"},
		{"count", "9223372036854775808", "rulebook.answer-invalid"},
		{"count", "+3", "rulebook.answer-invalid"},
		{"count", "03", "rulebook.answer-invalid"},
		{"count", "3.0", "rulebook.answer-invalid"},
		{"family", "true", "true"},
		{"family", "false", "false"},
		{"family", "yes", "rulebook.answer-invalid"},
		{"at", "00:00", "00:00"},
		{"at", "23:59", "23:59"},
		{"at", "24:00", "rulebook.answer-invalid"},
		{"at", "9:30", "rulebook.answer-invalid"},
		{"at", "12:60", "rulebook.answer-invalid"},
		{"place", "north", "north"},
		{"place", "North", "rulebook.answer-invalid"},
		{"place", "", ""},
		{"spare", "x", "rulebook.field-not-asked"},
	} {
		answers, err := e.Read("loss", map[string]string{test.field: test.text})
		v, answered := answers[test.field]
		got := v.Text() + fault.Code(err)
		if got != test.want || answered != (test.want == v.Text() && test.text != "") {
			t.Errorf("%s %q: %q, want %q (%v)", test.field, test.text, got, test.want, err)
		}
		if err != nil && test.text != "x" && strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: the error tells the answer: %v", test.field, err)
		}
		if answered {
			if again, err := e.Read("loss", answers.Texts()); err != nil || again[test.field] != v {
				t.Errorf("%s %q: read again it is %v, %v", test.field, test.text, again, err)
			}
		}
	}
	if _, err := e.Read("gain", nil); fault.Code(err) != "rulebook.category-unknown" {
		t.Error(err)
	}
}

// edition is that of base.yaml.
func edition(t testing.TB) *rulebook.Edition {
	t.Helper()
	e, err := rulebook.Parse("base.yaml", []byte(whole(t, "")))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Of several slips the same one is named each time, however a map is walked.
func TestReadNamesTheSameFieldEachTime(t *testing.T) {
	e := edition(t)
	for range 50 {
		_, err := e.Read("loss", map[string]string{"count": "x", "family": "x", "at": "x", "claimed": "x", "place": "x"})
		if want := `rulebook.answer-invalid field="claimed" type="amount"`; err == nil || err.Error() != want {
			t.Fatal(err)
		}
		_, err = e.Read("loss", map[string]string{"count": "x", "zebra": "x", "ape": "x", "bear": "x"})
		if want := `rulebook.field-not-asked field="ape" category="loss"`; err == nil || err.Error() != want {
			t.Fatal(err)
		}
	}
}

func TestTextsByClassAndMissing(t *testing.T) {
	e := edition(t)
	answers, err := e.Read("loss", map[string]string{"name": "Anna", "claimed": "1", "at": "10:00", "place": "", "family": "true"})
	if err != nil {
		t.Fatal(err)
	}
	got := e.TextsByClass(answers)
	want := map[rulebook.Class]map[string]string{
		rulebook.Public: {"claimed": "1.00 EUR", "family": "true"}, rulebook.Internal: {"at": "10:00"}, rulebook.Personal: {"name": "Anna"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"incident_date", "count", "place"}, e.Missing("loss", answers)); diff != "" {
		t.Error(diff)
	}
	if e.Missing("gain", answers) != nil {
		t.Error("a category that isn't there misses something")
	}
	text, err := json.Marshal(answers)
	if want := `{"at":"10:00","claimed":"1.00 EUR","family":"true","name":"Anna"}`; string(text) != want || err != nil {
		t.Errorf("%s, want %s (%v)", text, want, err)
	}
}

func TestDescribe(t *testing.T) {
	text, err := json.Marshal(demo(t).Describe())
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		ID, Edition, Hash    string
		Categories, Fields   []map[string]any
		Valuation, Grounds   any
		Requirements, Checks []map[string]any
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if d.ID != "demo" || d.Edition != "1" || len(d.Hash) != 64 || len(d.Categories) != 3 || d.Categories[0]["id"] != "a-departure" {
		t.Errorf("%s", text)
	}
	for _, word := range []string{"claimant_name", "c-capped", "min(claimed, 100000)", "5000.00 EUR", "outside-period", "Europe/Amsterdam"} {
		if !strings.Contains(string(text), word) {
			t.Errorf("the description leaves out %q", word)
		}
	}
}

func TestImportAndMarks(t *testing.T) {
	e := demo(t)
	if e.Import != nil {
		t.Error("the demo has no older office")
	}
	if got, err := e.Outcome(map[string]string{"Status": "Paid"}); got.Outcome != rulebook.ReportedNone || err != nil {
		t.Error(got, err)
	}
	claimed, _ := e.Claimed()
	incident, _ := e.Incident()
	if claimed == nil || claimed.ID != "claimed" || incident == nil || incident.ID != "incident_date" {
		t.Error(claimed, incident)
	}
	if g, ok := e.Ground("outside-period"); !ok || g.Text.In("uk") != g.Text["en"] {
		t.Error(g)
	}
	if _, ok := e.Ground("none"); ok {
		t.Error("found a ground that isn't there")
	}
	c, ok := e.Category("c-belongings")
	if !ok || len(c.Claimants) != 3 || c.Asks[0] != "claimant_name" {
		t.Error(c)
	}
	if p := e.Payment; p.Stop != rulebook.Skip || p.Slice["EUR"].String() != "2500.00 EUR" {
		t.Error(p)
	}
	if p := maps.Clone(e.Powers); p["refuse"] != (rulebook.Power{By: "officer", Second: "officer"}) {
		t.Error(p)
	}
}

func TestSchemaIsJSON(t *testing.T) {
	var s map[string]any
	if err := json.Unmarshal(rulebook.Schema(), &s); err != nil || s["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
		t.Error(err, s["$schema"])
	}
}
