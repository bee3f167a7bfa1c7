package claim_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// Each file of testdata/kinds holds the facts of one kind as they were first
// written: the whole of what it could say then, with -least the least of it, and
// with another ending the whole of what it could say after a field came. They
// must be read, be written the same and fold for ever. If this test fails, add
// a new kind or an optional field: never change a file.
func TestKindsForEver(t *testing.T) {
	files, err := filepath.Glob("testdata/kinds/*.json")
	if err != nil {
		t.Fatal(err)
	}
	whole := map[docket.Kind]bool{}
	unsaid := map[docket.Kind]map[string]bool{} // fields of which no file says anything
	for _, file := range files {
		kind, least := kindOf(file)
		if !slices.Contains(claim.Kinds(), kind) {
			t.Errorf("%s is of a kind that nobody knows any more", file)
			continue
		}
		whole[kind] = whole[kind] || !least
		golden := goldenFacts(t, file)
		event, err := claim.Decode(kind, golden)
		if err != nil {
			t.Errorf("%s can't be read: %v", file, err)
			continue
		}
		if event.Kind() != kind {
			t.Errorf("%s is read as %s", file, event.Kind())
		}
		if again, err := docket.Marshal(event); err != nil || string(again) != string(golden) {
			t.Errorf("%s is written as %s (%v)", file, again, err)
		}
		says := reflect.ValueOf(event)
		if unsaid[kind] == nil {
			unsaid[kind] = map[string]bool{}
			for i := range says.NumField() {
				unsaid[kind][says.Type().Field(i).Name] = true
			}
		}
		for i := range says.NumField() {
			if !least && !says.Field(i).IsZero() {
				delete(unsaid[kind], says.Type().Field(i).Name)
			}
			if optional := strings.Contains(says.Type().Field(i).Tag.Get("json"), ",omitempty"); least && optional && !says.Field(i).IsZero() {
				t.Errorf("%s says something of %s", file, says.Type().Field(i).Name)
			}
		}
	}
	for _, kind := range claim.Kinds() {
		for field := range unsaid[kind] {
			t.Errorf("no file says anything of %s's %s: a new field needs a golden file of its own", kind, field)
		}
		if !whole[kind] {
			t.Errorf("%s has no golden file: write testdata/kinds/%s.json", kind, kind)
		}
		if !strings.HasPrefix(string(kind), "claim.") || !strings.HasSuffix(string(kind), ".v1") {
			t.Errorf("%s is no name of a kind", kind)
		}
	}
}

func kindOf(file string) (kind docket.Kind, least bool) {
	name, ending, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".json"), "-")
	return docket.Kind(name), ending == "least"
}

func goldenFacts(t testing.TB, file string) json.RawMessage {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return json.RawMessage(strings.TrimSuffix(string(text), "\n"))
}

// What the golden files come to, one after another as in a claim's life.
func TestKindsFoldForEver(t *testing.T) {
	var c claim.Claim
	for _, step := range []struct{ file, want string }{
		{"claim.filed.v1", "filed at version 1, claiming 12500.00 EUR, district=quay, incident_date=2025-11-02, blank insurer"},
		{"claim.found_deficient.v1", "deficient at version 2, claiming 12500.00 EUR, district=quay, incident_date=2025-11-02, blank insurer, missing answer:street proof-of-residence"},
		{"claim.deficiency_answered.v1", "filed at version 3, claiming 13000.00 EUR, district=ship, incident_date=2025-11-02, street=Barrier Road, blank insurer policy"},
		{"claim.recorded.v1", "recorded at version 4, as HF-0000123, claiming 13000.00 EUR, district=ship, incident_date=2025-11-02, street=Barrier Road, blank insurer policy"},
		{"claim.assessed.v1", "assessed at version 5, as HF-0000123, claiming 13000.00 EUR, district=ship, incident_date=2025-11-02, street=Barrier Road, blank insurer policy, by fixed-sum, in instalment 3"},
		{"claim.decided.v1", "decided at version 6, as HF-0000123, claiming 13000.00 EUR, district=ship, incident_date=2025-11-02, street=Barrier Road, blank insurer policy, award, of 2500.00 EUR, on part-proved, by fixed-sum, in instalment 3, due 2500.00 EUR"},
		{"claim.payment_ordered.v1", "payable at version 7, as HF-0000123, claiming 13000.00 EUR, district=ship, incident_date=2025-11-02, street=Barrier Road, blank insurer policy, award, of 2500.00 EUR, on part-proved, by fixed-sum, in instalment 3, under way 2500.00 EUR, due 0.00 EUR"},
		{"claim.payment_returned.v1", "returned at version 8, as HF-0000123, claiming 13000.00 EUR, district=ship, incident_date=2025-11-02, street=Barrier Road, blank insurer policy, award, of 2500.00 EUR, on part-proved, by fixed-sum, in instalment 3, under way 0.00 EUR, due 2500.00 EUR"},
		{"claim.payment_ordered.v1", "payable at version 9, as HF-0000123, claiming 13000.00 EUR, district=ship, incident_date=2025-11-02, street=Barrier Road, blank insurer policy, award, of 2500.00 EUR, on part-proved, by fixed-sum, in instalment 3, under way 2500.00 EUR, due 0.00 EUR"},
		{"claim.paid.v1", "paid at version 10, as HF-0000123, claiming 13000.00 EUR, district=ship, incident_date=2025-11-02, street=Barrier Road, blank insurer policy, award, of 2500.00 EUR, on part-proved, by fixed-sum, in instalment 3, under way 0.00 EUR, paid 2500.00 EUR, due 0.00 EUR"},
		{"claim.held.v1", "paid at version 11, as HF-0000123, claiming 13000.00 EUR, district=ship, incident_date=2025-11-02, street=Barrier Road, blank insurer policy, award, of 2500.00 EUR, on part-proved, by fixed-sum, in instalment 3, under way 0.00 EUR, paid 2500.00 EUR, due 0.00 EUR, held on court-order"},
		{"claim.released.v1", "paid at version 12, as HF-0000123, claiming 13000.00 EUR, district=ship, incident_date=2025-11-02, street=Barrier Road, blank insurer policy, award, of 2500.00 EUR, on part-proved, by fixed-sum, in instalment 3, under way 0.00 EUR, paid 2500.00 EUR, due 0.00 EUR"},
		{"claim.erased.v1", "paid at version 13, as HF-0000123, claiming 13000.00 EUR, district=ship, incident_date=2025-11-02, street=Barrier Road, blank insurer policy, award, of 2500.00 EUR, on part-proved, by fixed-sum, in instalment 3, under way 0.00 EUR, paid 2500.00 EUR, due 0.00 EUR, erased 2026-11-26, keys gone by 2026-12-27"},
		{"claim.filed.v1-least", "filed at version 1"},
		{"claim.deficiency_answered.v1-least", "filed at version 2"},
		{"claim.outcome_reported.v1", "decided at version 3, as HF-0000124, reported, award, of 400.00 USD, by approved"},
		{"claim.outcome_reported.v1-least", "recorded at version 4, as HF-0000124, reported, by in-review"},
		{"claim.assessed.v1-least", "assessed at version 5, as HF-0000124, reported, by evidence, in instalment 4"},
		{"claim.decided.v1-least", "decided at version 6, as HF-0000124, reported, dismissal, by evidence, in instalment 4"},
		{"claim.filed.v1-evidence", "filed at version 1, claiming 12500.00 EUR"},
		{"claim.evidence_added.v1", "filed at version 2, claiming 12500.00 EUR"},
		{"claim.filed.v1-least", "filed at version 1"},
		{"claim.refused.v1", "refused at version 2, on out-of-time, by filing-period"},
		{"claim.withdrawn.v1", "withdrawn at version 3, on out-of-time, by filing-period"},
	} {
		file := "testdata/kinds/" + step.file + ".json"
		kind, _ := kindOf(file)
		event, err := claim.Decode(kind, goldenFacts(t, file))
		if err != nil {
			t.Fatal(err)
		}
		if said, ok := event.(claim.FiledEvent); ok {
			c = claim.Begin("5f0c", docket.Envelope{Programme: "harbour-fire"}, said)
		} else {
			c = c.After(event)
		}
		if got := stands(c); got != step.want {
			t.Errorf("after %s\n%s\nwant\n%s", step.file, got, step.want)
		}
	}
}

// What the envelope of a filing says belongs to the claim.
func TestAClaimBegins(t *testing.T) {
	filed := claim.FiledEvent{Reference: "7K3M-9QX2-VD4K", Category: "property-loss", Claimant: "individual", Answers: map[string]string{"street": "quay"}, Blank: []string{"insurer"}}
	edition := docket.Hash{7}
	full := claim.Begin("5f0c", docket.Envelope{Programme: "harbour-fire", Edition: &edition, Source: &docket.Source{Name: "us-tsa", Row: 17, Line: 18}}, filed)
	if full.Edition != edition || full.Source != "us-tsa" || full.Row != 17 || full.Programme != "harbour-fire" || full.ID.Stream() != "claim/5f0c" {
		t.Errorf("%+v", full)
	}
	if bare := claim.Begin("5f0c", docket.Envelope{}, filed); bare.Edition != (docket.Hash{}) || bare.Source != "" || bare.Row != 0 || !bare.Claimed.IsZero() {
		t.Errorf("%+v", bare)
	}
}

func TestWhatIsNoEventOfAClaim(t *testing.T) {
	for _, c := range []struct {
		name  string
		kind  docket.Kind
		facts string
		code  string // "" for an error of encoding/json
	}{
		{"a kind of another room", "fund.round_ordered.v1", `{}`, "claim.unknown-kind"},
		{"a kind of tomorrow", "claim.filed.v2", `{}`, "claim.unknown-kind"},
		{"no kind", "", `{}`, "claim.unknown-kind"},
		{"facts of another form", "claim.recorded.v1", `{"number":7}`, ""},
		{"an amount that is a number", "claim.paid.v1", `{"round":1,"amount":100}`, ""},
		{"an amount of more decimals than the money has", "claim.paid.v1", `{"round":1,"amount":"1.005 USD"}`, ""},
		{"facts cut short", "claim.paid.v1", `{"round":1`, ""},
	} {
		if e, err := claim.Decode(c.kind, json.RawMessage(c.facts)); err == nil || fault.Code(err) != c.code {
			t.Errorf("%s: %v (%v)", c.name, e, err)
		}
	}
	// Sealing an entry leaves out facts that say nothing.
	if e, err := claim.Decode(claim.KindWithdrawn, nil); err != nil || e != (claim.WithdrawnEvent{}) {
		t.Errorf("a withdrawal: %v (%v)", e, err)
	}
}
