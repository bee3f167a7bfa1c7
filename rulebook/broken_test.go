package rulebook_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/rulebook"
)

var update = flag.Bool("update", false, "write what Parse says into testdata/broken")

// Each file of testdata/broken is sections of a rulebook, dashes, and what
// Parse says of them: errors, or the warnings of an edition that can be used. Sections that a case leaves out are those of base.yaml,
// put after its own, so that lines are the case's. A case that begins with
// "# whole file" is that.
func TestBrokenRulebooks(t *testing.T) {
	names, err := filepath.Glob("testdata/broken/*.txt")
	if err != nil || len(names) < 60 {
		t.Fatalf("%d cases, want 60 at least: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			src, want, _ := strings.Cut(string(text), "----------\n")
			found := problems(t, whole(t, src))
			if len(found) == 0 {
				t.Fatal("Parse finds nothing wrong")
			}
			got := found.Error() + "\n"
			if *update {
				if err := os.WriteFile(name, []byte(src+"----------\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// problems are what Parse finds in a rulebook: its errors, or its warnings.
func problems(t testing.TB, src string) rulebook.Problems {
	t.Helper()
	e, err := rulebook.ParseKnowing("rulebook.yaml", []byte(src), rulebook.Known{Treaties: []string{"iccu-2025"}})
	if err == nil {
		return e.Warnings
	}
	found, ok := err.(rulebook.Problems)
	if !ok {
		t.Fatal(err)
	}
	return found
}

func TestBaseOfBrokenRulebooksIsSound(t *testing.T) {
	if found := problems(t, whole(t, "")); len(found) > 0 {
		t.Fatal(found)
	}
}

var section = regexp.MustCompile(`(?m)^([a-z_]+):`)

// whole adds the sections of base.yaml that a case leaves out.
func whole(t testing.TB, src string) string {
	t.Helper()
	if strings.HasPrefix(src, "# whole file\n") {
		return src
	}
	base, err := os.ReadFile("testdata/base.yaml")
	if err != nil {
		t.Fatal(err)
	}
	given := map[string]bool{}
	for _, m := range section.FindAllStringSubmatch(src, -1) {
		given[m[1]] = true
	}
	starts := section.FindAllStringSubmatchIndex(string(base), -1)
	for i, m := range starts {
		end := len(base)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		if !given[string(base[m[2]:m[3]])] {
			src += string(base[m[0]:end])
		}
	}
	return src
}

// What no case of testdata/broken can show: a file that no editor would keep is
// among the hostile ones, and some things can't go wrong with a file at all.
var shownElsewhere = []string{
	// TestHostileRulebooks
	"expressions-too-long", "file-blocks-too-long", "file-line-too-long", "file-map-too-long",
	"file-not-text", "file-not-utf8", "file-too-large",
	// faults of the program, or of the libraries; nothing that was written is known to lead there
	"language-unusable", "schema-unusable", "unreadable", "yaml-unreadable", "wrong-shape",
	"expression-invalid", "expression-always-answered",
	// faults of a telling, in story_test.go
	"story-unknown", "member-unknown",
}

// Each finding for which the catalogue has a sentence is shown by a case.
func TestEveryFindingIsShownByABrokenRulebook(t *testing.T) {
	page, err := os.ReadFile("../catalogue/en/rulebook.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(page), "# problems: the file\n")
	sentences, _, _ := strings.Cut(after, "# words\n")
	names, err := filepath.Glob("testdata/broken/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, findings, _ := strings.Cut(string(text), "----------\n")
		said.WriteString(findings)
	}
	codes := sentenceOf.FindAllStringSubmatch(sentences, -1)
	if len(codes) < 100 {
		t.Fatalf("%d findings stand in the catalogue", len(codes))
	}
	for _, m := range codes {
		shown := regexp.MustCompile(`: rulebook\.` + m[1] + `( |\n)`).MatchString(said.String())
		if elsewhere := slices.Contains(shownElsewhere, m[1]); shown == elsewhere {
			t.Errorf("rulebook.%s: shown by a case: %v; said to be shown elsewhere: %v", m[1], shown, elsewhere)
		}
	}
}

var sentenceOf = regexp.MustCompile(`(?m)^rulebook\.([a-z0-9-]+):`)
