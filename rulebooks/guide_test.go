package rulebooks_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/openchancery/chancery/rulebook"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// guide is the worked example of docs/rulebooks.md: its blocks of YAML are the
// rulebook, and the one that says so the examples.
func guide(t *testing.T) (source, examples string) {
	t.Helper()
	page, err := os.ReadFile("../docs/rulebooks.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range yamlBlock.FindAllStringSubmatch(string(page), -1) {
		if strings.HasPrefix(block[1], "# examples.yaml\n") {
			examples += block[1]
		} else {
			source += block[1] + "\n"
		}
	}
	return source, examples
}

// Who does what the guide says has a sound rulebook without a warning, each of
// whose rules an example shows.
func TestTheGuidesExample(t *testing.T) {
	source, text := guide(t)
	e, err := rulebook.Parse("ferry/rulebook.yaml", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Warnings) > 0 {
		t.Error(e.Warnings)
	}
	examples, err := e.ParseExamples("ferry/examples.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(examples) < 10 {
		t.Errorf("%d examples, want 10 at least", len(examples))
	}
	var tried []rulebook.Tried
	for i := range examples {
		tried = append(tried, e.Try(&examples[i]))
		for _, d := range tried[i].Differs {
			t.Errorf("%s: %s came out as %q, not %q", examples[i].Name, d.What, d.Came, d.Want)
		}
	}
	for _, left := range e.Unreached(tried) {
		t.Errorf("no example shows %v", left)
	}
}

// The slip that the guide shows is found where the guide says, with its mend.
func TestTheGuidesSlip(t *testing.T) {
	source, _ := guide(t)
	slip := strings.Replace(source, "pier in programme.territory", "pier in programme.teritory", 1)
	_, err := rulebook.Parse("ferry/rulebook.yaml", []byte(slip))
	found, _ := err.(rulebook.Problems)
	if len(found) != 1 || found[0].Code != "rulebook.expression-unknown-name" || found[0].Mend != "programme.territory" {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/rulebooks.md")
	if err != nil {
		t.Fatal(err)
	}
	place, _, _ := strings.Cut(found[0].Error(), ": ")
	if !strings.Contains(string(page), "\n"+place+" "+found[0].Path+": ") {
		t.Errorf("the guide shows another place than %s", found[0])
	}
}
