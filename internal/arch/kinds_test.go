package arch

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// namedKind is a kind of entry where the code gives it its name.
var namedKind = regexp.MustCompile(`docket\.Kind\s*=\s*"([^"]+)"`)

// kindsBelow are the kinds that the code of a tree names, each with the file that
// does, and those that have a golden file.
func kindsBelow(root string) (named map[string]string, golden map[string]bool, err error) {
	named, golden = map[string]string{}, map[string]bool{}
	return named, golden, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if filepath.Base(filepath.Dir(path)) == "kinds" && strings.HasSuffix(path, ".json") {
			golden[strings.TrimSuffix(filepath.Base(path), ".json")] = true
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, found := range namedKind.FindAllStringSubmatch(string(text), -1) {
			named[found[1]] = path
		}
		return err
	})
}

// What is entered stands for ever: each kind of the code has a golden file of its
// whole facts, which the tests of its room hold.
func TestEveryKindHasAGoldenFile(t *testing.T) {
	named, golden, err := kindsBelow("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(named) < 60 {
		t.Errorf("only %d kinds were found", len(named))
	}
	for kind, file := range named {
		if !golden[kind] {
			t.Errorf("%s of %s has no golden file", kind, file)
		}
	}
}
