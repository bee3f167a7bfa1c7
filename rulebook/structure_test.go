package rulebook_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
)

// fromFile is a rulebook of testdata, or what is made of it by replacing texts,
// in pairs.
func fromFile(t testing.TB, file string, change ...string) *rulebook.Edition {
	t.Helper()
	src, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	e, err := rulebook.Parse(file, []byte(strings.NewReplacer(change...).Replace(string(src))))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// claimOf is a claim with these answers, "name=text" each.
func claimOf(t testing.TB, e *rulebook.Edition, category, answers string) rulebook.Case {
	t.Helper()
	raw := map[string]string{}
	for pair := range strings.FieldsSeq(answers) {
		name, text, _ := strings.Cut(pair, "=")
		raw[name] = strings.ReplaceAll(text, "_", " ")
	}
	read, err := e.Read(category, raw)
	if err != nil {
		t.Fatal(err)
	}
	return rulebook.Case{Category: category, Claimant: "individual", Received: day.Must(2025, 6, 1), Answers: read}
}

func TestAQuestionIsAskedWhenItsConditionHolds(t *testing.T) {
	e := fromFile(t, "register.yaml")
	for _, test := range []struct{ answers, asked string }{
		{"", "filed_by nationality destroyed share"},
		{"nationality=ru", "filed_by nationality other_nationality destroyed share"},
		{"nationality=ua destroyed=true", "filed_by nationality destroyed share"},
		{"nationality=ua destroyed=false", "filed_by nationality destroyed repair_cost share"},
		{"filed_by=parent", "filed_by birth_certificate nationality destroyed share"},
	} {
		got, err := e.Asked(claimOf(t, e, "a3-1", test.answers))
		got = slices.DeleteFunc(got, func(id string) bool { return id == "home" || id == "technical_passport" })
		if strings.Join(got, " ") != test.asked || err != nil {
			t.Errorf("%s: %s, %v; want %s", test.answers, strings.Join(got, " "), err, test.asked)
		}
	}
}

func TestWhatAClaimLacks(t *testing.T) {
	e := fromFile(t, "register.yaml")
	for _, test := range []struct{ category, answers, lacks string }{
		{"a3-1", "filed_by=self nationality=ua destroyed=true technical_passport=true", ""},
		{"a3-1", "filed_by=self nationality=ua destroyed=true", "evidence:technical-passport"},
		{"a3-1", "filed_by=self nationality=ua destroyed=true technical_passport=false", "evidence:technical-passport"},
		{"a3-1", "filed_by=self nationality=ua destroyed=false technical_passport=true", "answer:repair_cost"},
		{"a3-1", "filed_by=self nationality=ua destroyed=false repair_cost=5 technical_passport=true", ""},
		{"a3-1", "nationality=ua destroyed=true technical_passport=true", "answer:filed_by"},
		{"a3-1", "filed_by=parent nationality=ua destroyed=true technical_passport=true", "mandate:parent"},
		{"a3-1", "filed_by=parent birth_certificate=true nationality=ua destroyed=true technical_passport=true", ""},
		{"a3-1", "filed_by=head nationality=ua destroyed=true technical_passport=true", "party:head"},
		{"a1-1", "filed_by=self nationality=ua", ""}, // no file is mandatory
	} {
		f, err := e.Assess(claimOf(t, e, test.category, test.answers))
		if err != nil || strings.Join(f.Missing, " ") != test.lacks {
			t.Errorf("%s %s: lacks %v, %v; want %s", test.category, test.answers, f.Missing, err, test.lacks)
		}
		for _, id := range f.Missing {
			if e.Lacks(test.category, id).In("en") == "" {
				t.Errorf("%s has no text", id)
			}
		}
		if steps := f.Trace.Steps; test.lacks != "" && steps[0].Rule != test.lacks {
			t.Errorf("%s: the trace begins with %+v", test.answers, steps[0])
		}
	}
}

// RD4U statement 11: allowed overlaps raise no alarm; A2.3 beside A2.6 for the
// same injury does. Statement 10: shares of one home beyond the whole do too.
func TestOverlaps(t *testing.T) {
	e := fromFile(t, "register.yaml")
	other := func(category, answers string, person bool) rulebook.Link {
		return rulebook.Link{Claim: "R-" + category, Category: category, Person: person, Answers: claimOf(t, e, category, answers).Answers}
	}
	for _, test := range []struct {
		name, category, answers string
		links                   []rulebook.Link
		want                    []string
	}{
		{"displaced within and abroad", "a1-1", "", []rulebook.Link{other("a1-2", "", true)}, nil},
		{"the same category again", "a1-1", "", []rulebook.Link{other("a1-1", "", true)}, []string{"one-per-person R-a1-1"}},
		{"injury and detention, one injury", "a2-3", "injury=2024-05-01", []rulebook.Link{other("a2-6", "injury=2024-05-01", true)}, []string{"injury-twice R-a2-6"}},
		{"injury and detention, two injuries", "a2-3", "injury=2024-05-01", []rulebook.Link{other("a2-6", "injury=2024-05-02", true)}, nil},
		{"the other way round", "a2-6", "injury=2024-05-01", []rulebook.Link{other("a2-3", "injury=2024-05-01", true)}, []string{"injury-twice R-a2-3"}},
		{"co-owners of a whole", "a3-1", "home=7 share=50", []rulebook.Link{other("a3-1", "home=7 share=50", false)}, nil},
		{"co-owners beyond the whole", "a3-1", "home=7 share=50", []rulebook.Link{other("a3-1", "home=7 share=51", false)}, []string{"shares-beyond R-a3-1"}},
		{"owners of two homes", "a3-1", "home=7 share=50", []rulebook.Link{other("a3-1", "home=8 share=100", false)}, nil},
	} {
		c := claimOf(t, e, test.category, test.answers)
		c.Links = test.links
		var got []string
		for _, a := range e.Alarms(c) {
			got = append(got, a.Rule+" "+strings.Join(a.Claims, " "))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", test.name, diff)
		}
	}
}

func TestLettersDeadlinesAndTransitions(t *testing.T) {
	e := fromFile(t, "register.yaml")
	l, ok := e.Letter("found-deficient", "a3-1")
	if !ok {
		t.Fatal("no letter tells of a deficiency")
	}
	d := e.Deadlines[0]
	values := map[string]string{"reference": "R-1", "missing": "a deed", "deadline:answer": d.Ends(day.Must(2025, 1, 31)).String()}
	subject, text, err := l.Write("en", values)
	if err != nil || subject != "Your claim R-1" || text != "Please bring a deed until 2025-04-01." {
		t.Errorf("%s: %s, %v", subject, text, err)
	}
	short := maps.Clone(values)
	delete(short, "missing")
	if _, _, err := l.Write("en", short); fault.Code(err) != "rulebook.letter-value" {
		t.Errorf("a value is missing: %v", err)
	}
	if c, ok := e.Moved("2024", rulebook.Case{Category: "a3-7"}); !ok || c.Category != "a3-1" {
		t.Errorf("a claim of 2024 becomes %+v, %t", c, ok)
	}
	if _, ok := e.Moved("2023", rulebook.Case{Category: "a3-1"}); ok {
		t.Error("a claim of 2023 moves, and should stay")
	}
}

// RD4U statement 19: under a programme without values there is no award.
func TestAProgrammeThatRecordsOnly(t *testing.T) {
	e := fromFile(t, "register.yaml")
	if !e.RecordsOnly() {
		t.Error("the edition values claims")
	}
	if v, err := e.Value(claimOf(t, e, "a1-1", "filed_by=self nationality=ua")); fault.Code(err) != "rulebook.records-claims-only" || v.Outcome != "" {
		t.Errorf("%+v, %v", v, err)
	}
	if d := e.Describe(); len(d.Valuation) > 0 || len(d.Slice) > 0 || !d.RecordsOnly {
		t.Errorf("%+v", d)
	}
}

func TestTheSchemaIsPublished(t *testing.T) {
	published, err := os.ReadFile("../docs/rulebook.schema.json")
	if err != nil || string(published) != string(rulebook.Schema()) {
		t.Errorf("docs/rulebook.schema.json is not rulebook/schema.json: go generate ./rulebook (%v)", err)
	}
}
