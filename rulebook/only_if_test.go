package rulebook_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

// spoken writes a condition as the tests read it.
func spoken(c rulebook.AskedIf) string {
	if len(c.Parts) == 0 {
		return strings.TrimSpace(fmt.Sprintf("%s %s %s", c.Field, c.Op, c.Value))
	}
	var parts []string
	for _, p := range c.Parts {
		parts = append(parts, spoken(p))
	}
	return string(c.Op) + "(" + strings.Join(parts, ", ") + ")"
}

// withWhen is the demo's rulebook, in which a question is asked only sometimes.
func withWhen(t *testing.T, when string) *rulebook.Edition {
	t.Helper()
	b, _ := rulebooks.Find("demo")
	src := strings.Replace(string(b.Source), "  - id: medical_record\n", "  - id: medical_record\n    when: '"+when+"'\n", 1)
	e, err := rulebook.Parse("demo", []byte(src))
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	return e
}

// A form on paper says of each question when it is to be answered.
func TestWhenAQuestionIsAskedIsSaidInItsParts(t *testing.T) {
	for _, c := range []struct{ when, want string }{
		{`place == "marina"`, "place is marina"},
		{`place != "marina"`, "place is-not marina"},
		{"family", "family is true"},
		{"!family", "family is-not true"},
		{"injured > 3", "injured above 3"},
		{"!(injured > 3)", "injured at-most 3"},
		{"injured >= 3 && family", "all(injured at-least 3, family is true)"},
		{`!(injured < 3 || place == "marina")`, "all(injured at-least 3, place is-not marina)"},
		{"answered(injured) || !answered(place)", "any(injured answered, place not-answered)"},
		{"injured + 1 > 3", ""}, // it says more
		{"3 < injured", ""},
	} {
		e := withWhen(t, c.when)
		got, ok := e.OnlyIf("medical_record")
		if c.want == "" && ok || c.want != "" && (!ok || spoken(got) != c.want) {
			t.Errorf("%s: %q, %v; want %q", c.when, spoken(got), ok, c.want)
		}
		if _, ok := e.OnlyIf("injured"); ok {
			t.Error("a question that everybody is asked has a condition")
		}
	}
}

// Of the Register of Damage's form every condition can be said.
func TestEveryConditionOfTheRegistersFormCanBeSaid(t *testing.T) {
	b, _ := rulebooks.Find("rd4u")
	e, err := rulebook.Parse("rd4u", b.Source)
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for _, f := range e.Fields {
		if f.When == "" {
			continue
		}
		said++
		if _, ok := e.OnlyIf(f.ID); !ok {
			t.Errorf("%s: %s", f.ID, f.When)
		}
	}
	if said < 10 {
		t.Errorf("only %d conditions", said)
	}
}
