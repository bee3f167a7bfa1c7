package catalogue_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/fault"
)

// used are the codes that the house's source gives to fault.New, and where.
func used(t *testing.T) map[string]string {
	t.Helper()
	codes := map[string]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); !ok || f.Sel.Name != "New" || fmt.Sprint(f.X) != "fault" {
				return true
			}
			if lit, ok := call.Args[1].(*ast.BasicLit); ok {
				code, _ := strconv.Unquote(lit.Value)
				codes[code] = path
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return codes
}

func TestEveryFaultHasItsSentence(t *testing.T) {
	known, err := catalogue.Codes("en")
	if err != nil {
		t.Fatal(err)
	}
	codes := used(t)
	if len(codes) < 100 {
		t.Fatalf("found only %d codes in the source: the search is broken", len(codes))
	}
	for code, path := range codes {
		if _, ok := slices.BinarySearch(known, code); !ok {
			t.Errorf("%s: %s has no sentence in catalogue/en: add one that says what to do next", path, code)
		}
	}
}

func TestASentenceTakesTheCodesPlaceWithinItsContext(t *testing.T) {
	err := fmt.Errorf("take rows 1 to 9: %w", fault.New(fault.NotFound, "claim.none", "claim", "HF-0000001"))
	got := catalogue.Sentence("en", errors.Join(err, errors.New("and the lock stays")))
	want := "take rows 1 to 9: There is no claim HF-0000001. Check the reference or number; see: chancery claim list\nand the lock stays"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
