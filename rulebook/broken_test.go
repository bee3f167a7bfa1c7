package rulebook_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/openchancery/chancery/rulebook"
)

var update = flag.Bool("update", false, "write what Parse says into testdata/broken")

// Each file of testdata/broken is sections of a rulebook, dashes, and what
// Parse says of them. Sections that a case leaves out are those of base.yaml,
// put after its own, so that lines are the case's. A case that begins with
// "# whole file" is that.
func TestBrokenRulebooks(t *testing.T) {
	names, err := filepath.Glob("testdata/broken/*.txt")
	if err != nil || len(names) < 25 {
		t.Fatalf("%d cases, want 25 at least: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			src, want, _ := strings.Cut(string(text), "----------\n")
			_, err = rulebook.Parse("rulebook.yaml", []byte(whole(t, src)))
			if err == nil {
				t.Fatal("Parse finds nothing wrong")
			}
			got := err.Error() + "\n"
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

func TestBaseOfBrokenRulebooksIsSound(t *testing.T) {
	if _, err := rulebook.Parse("base.yaml", []byte(whole(t, ""))); err != nil {
		t.Fatal(err)
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
