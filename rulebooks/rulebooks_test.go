package rulebooks_test

import (
	"testing"

	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

func TestEveryRulebookThatShipsIsSound(t *testing.T) {
	all := rulebooks.All()
	if len(all) < 2 {
		t.Fatalf("%d rulebooks ship, want demo and tsa-2007 at least", len(all))
	}
	for _, r := range all {
		e, err := rulebook.Parse(r.Name, r.Source)
		if err != nil {
			t.Errorf("%s:\n%v", r.ID, err)
			continue
		}
		if e.ID != r.ID {
			t.Errorf("%s calls itself %s", r.ID, e.ID)
		}
		if found, ok := rulebooks.Find(r.ID); !ok || string(found.Source) != string(r.Source) {
			t.Errorf("%s isn't found by its id", r.ID)
		}
	}
	for _, id := range []string{"", ".", "..", "nothing", "../rulebooks/demo", "demo/rulebook.yaml"} {
		if _, ok := rulebooks.Find(id); ok {
			t.Errorf("Find(%q) found something", id)
		}
	}
}
