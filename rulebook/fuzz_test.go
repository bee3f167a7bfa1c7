package rulebook_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

// Whatever the bytes, Parse answers, twice the same, with problems that lie in
// the file; and an edition that it gives can be used.
func FuzzParse(f *testing.F) {
	for _, r := range rulebooks.All() {
		if len(r.Source) < 20_000 { // the large ones say nothing more, slowly
			f.Add(r.Source)
		}
	}
	for _, name := range []string{"testdata/register.yaml", "testdata/values.yaml", "testdata/form.yaml"} {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	broken, err := filepath.Glob("testdata/broken/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range broken {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		src, _, _ := strings.Cut(string(text), "----------\n")
		f.Add([]byte(whole(f, src)))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		e, err := rulebook.Parse("rulebook.yaml", src)
		if err == nil {
			use(t, e)
			return
		}
		problems, ok := errors.AsType[rulebook.Problems](err)
		if !ok || len(problems) == 0 || e != nil {
			t.Fatalf("%v", err)
		}
		lines := strings.Count(string(src), "\n") + 2
		for _, p := range problems {
			if p.Code == "rulebook.unreadable" || p.Code == "" || p.Line < 1 || p.Line > lines || p.Column < 1 {
				t.Fatalf("%v", p)
			}
		}
		if _, again := rulebook.Parse("rulebook.yaml", src); again == nil || again.Error() != err.Error() {
			t.Fatalf("first\n%v\nthen\n%v", err, again)
		}
	})
}

// use asks of an edition what an office asks.
func use(t *testing.T, e *rulebook.Edition) {
	for _, category := range e.Categories {
		c := rulebook.Case{Category: category.ID, Claimant: category.Claimants[0], Received: day.Must(2020, 2, 1), Answers: rulebook.Answers{}}
		f, err := e.Assess(c)
		if err != nil && f.Outcome != "" || err == nil && f.Outcome == "" {
			t.Errorf("%v %v", f, err)
		}
		if _, err := e.Suspicions(c); err != nil && !strings.Contains(err.Error(), "arithmetic") {
			t.Errorf("a check fails with a claim at hand: %v", err)
		}
		v, err := e.Value(c)
		bare, bareErr := e.ValueUntraced(c)
		if v.Award != bare.Award || v.Rule != bare.Rule || (err == nil) != (bareErr == nil) || err == nil && v.Outcome == rulebook.Award && v.Award.Sign() <= 0 {
			t.Errorf("%+v, %v; without a trace %+v, %v", v, err, bare, bareErr)
		}
		c.Links = []rulebook.Link{{Claim: "x", Category: category.ID, Person: true, Answers: rulebook.Answers{}}}
		_, _ = e.Value(c)
		e.Alarms(c)
		if _, err := e.Asked(c); err != nil && !strings.Contains(err.Error(), "arithmetic") {
			t.Errorf("a question's condition fails: %v", err)
		}
		e.Missing(category.ID, c.Answers)
	}
	_, _ = e.Outcome(nil)
	e.Describe()
}
