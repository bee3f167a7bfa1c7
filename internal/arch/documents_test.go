package arch

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The pages that say which test holds what. One that names a test which is gone
// promises something that nobody looks at.
var testedPages = []string{"operations.md", "promises.md", "threats.md"}

var (
	namedTest    = regexp.MustCompile("`(Test[A-Z]\\w*)`")
	namedFile    = regexp.MustCompile("`([a-z][\\w./-]*/[\\w.-]+\\.(?:txt|go|md))`")
	declaredTest = regexp.MustCompile(`(?m)^func (Test[A-Z]\w*)\(`)
	promiseRow   = regexp.MustCompile(`(?m)^\| (\d+) \| ([^|]+) \| ([^|]+) \|([^|]*)\| ?([^|]*)\|[^|]*\|$`)
)

// testsBelow are the tests of the whole tree.
func testsBelow(root string) (map[string]bool, error) {
	declared := map[string]bool{}
	return declared, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range declaredTest.FindAllStringSubmatch(string(text), -1) {
			declared[found[1]] = true
		}
		return err
	})
}

// unkept are what a page names and there isn't: tests, and files of the tree.
func unkept(page string, declared map[string]bool, exists func(path string) bool) (missing []string) {
	for _, found := range namedTest.FindAllStringSubmatch(page, -1) {
		if !declared[found[1]] {
			missing = append(missing, found[1])
		}
	}
	for _, found := range namedFile.FindAllStringSubmatch(page, -1) {
		if !exists(found[1]) {
			missing = append(missing, found[1])
		}
	}
	return missing
}

// broken are the promises of the page that are not there once, or that neither
// name a test nor say that they are not made yet.
func broken(page string) (wrong []string) {
	rows := map[string]int{}
	for _, row := range promiseRow.FindAllStringSubmatch(page, -1) {
		number, state, tests, command := row[1], row[3], row[4], row[5]
		rows[number]++
		switch notYet := strings.HasPrefix(state, "not yet"); {
		case notYet && namedTest.MatchString(tests):
			wrong = append(wrong, number+" names tests and is not made yet")
		case !notYet && !namedTest.MatchString(tests):
			wrong = append(wrong, number+" names no test")
		case !notYet && !strings.HasPrefix(command, "`go test ./"):
			wrong = append(wrong, number+" names no command")
		}
	}
	for n := 1; n <= 30; n++ {
		if number := fmt.Sprint(n); rows[number] != 1 {
			wrong = append(wrong, fmt.Sprintf("%s stands there %d times", number, rows[number]))
		}
	}
	return wrong
}

func TestEveryTestThatAPageNamesIsThere(t *testing.T) {
	const root = "../.."
	declared, err := testsBelow(root)
	if err != nil || len(declared) < 100 {
		t.Fatalf("%d tests were found: %v", len(declared), err)
	}
	for _, name := range testedPages {
		page, err := os.ReadFile(filepath.Join(root, "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		if n := len(namedTest.FindAll(page, -1)); n < 10 {
			t.Errorf("docs/%s names %d tests", name, n)
		}
		for _, missing := range unkept(string(page), declared, func(path string) bool {
			_, err := os.Stat(filepath.Join(root, path))
			return err == nil
		}) {
			t.Errorf("docs/%s names %s, which isn't there", name, missing)
		}
	}
}

func TestEachPromiseStandsOnItsPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/promises.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range broken(string(page)) {
		t.Errorf("docs/promises.md: promise %s", wrong)
	}
}

func TestThePagesChecksCanFail(t *testing.T) {
	declared := map[string]bool{"TestThatIs": true}
	there := func(path string) bool { return path == "office/act.go" }
	got := unkept("`TestThatIs` and `TestThatIsnt`, TestOfNoBackticks; `office/act.go`, `office/gone.go`", declared, there)
	if want := []string{"TestThatIsnt", "office/gone.go"}; !slices.Equal(got, want) {
		t.Errorf("missing are %q, want %q", got, want)
	}
	page := ""
	for n := 1; n <= 28; n++ {
		page += fmt.Sprintf("| %d | it holds | held | `TestThatIs` | `go test ./office` | |\n", n)
	}
	page += "| 28 | it holds | not yet | | | |\n| 29 | it holds | held | by hand | `go test ./office` | |\n"
	got = broken(page)
	if want := []string{"29 names no test", "28 stands there 2 times", "30 stands there 0 times"}; !slices.Equal(got, want) {
		t.Errorf("broken are %q, want %q", got, want)
	}
}
