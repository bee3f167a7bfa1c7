package rulebooks_test

import (
	"testing"

	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

// Each example that ships comes out as the lawyer says, under the edition that
// ships.
func TestEveryExampleThatShipsComesOutAsItSays(t *testing.T) {
	ran := 0
	for _, r := range rulebooks.All() {
		if r.Examples == nil {
			continue
		}
		e, err := rulebook.Parse(r.Name, r.Source)
		if err != nil {
			t.Fatal(err)
		}
		examples, err := e.ParseExamples(r.ExamplesName, r.Examples)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		var tried []rulebook.Tried
		for i := range examples {
			tried = append(tried, e.Try(&examples[i]))
			for _, d := range tried[i].Differs {
				t.Errorf("%s:%d: %s: %s came out as %q, not %q", r.ExamplesName, examples[i].Line, examples[i].Name, d.What, d.Came, d.Want)
			}
		}
		ran += len(examples)
		for _, left := range e.Unreached(tried) {
			if r.ID == "demo" && left.Rule != "otherwise" { // the demo's rules leave nothing to it
				t.Errorf("demo shows each of its rules on both sides, and not: %v", left)
			}
		}
	}
	if ran < 30 {
		t.Errorf("%d examples ran: the ones that ship aren't found", ran)
	}
}
