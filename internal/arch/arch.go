// Package arch holds the rules of the house as tests: which room may know
// which, what a pure room may touch, how names, lengths and comments are. A
// rule that stands in prose alone is broken within a month; here each rule is
// a row of a table with its reason, and the reason is what a failure prints.
//
// The import table is in rooms.go, the other rules are in rules.go. To bend a
// rule, change its row and say why: that is the review.
package arch

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strings"
)

// Package is one package of the house, its files parsed.
type Package struct {
	Path    string   // within the module: "store/sqlite"; "" is its root
	Imports []string // what its files import, its tests apart; the house's own as Path
	Files   []File
}

// File is one Go file. A generated one is bound by no rule of style.
type File struct {
	Name      string // "edition.go"
	Test      bool
	Generated bool
	Set       *token.FileSet
	Tree      *ast.File
}

// Breach is one place where a rule does not hold.
type Breach struct {
	Where string // "claim/decide.go:17", or a package
	What  string
}

// String is the breach as a compiler would print it.
func (b Breach) String() string { return b.Where + ": " + b.What }

// Load lists and parses every package of the module that dir lies in.
func Load(dir string) ([]Package, error) {
	list := exec.Command("go", "list", "-json=ImportPath,Dir,Module,Imports,GoFiles,IgnoredGoFiles,TestGoFiles,XTestGoFiles", "./...")
	list.Dir = dir
	out, err := list.Output()
	if err != nil {
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			return nil, fmt.Errorf("go list: %w: %s", err, failed.Stderr)
		}
		return nil, fmt.Errorf("go list: %w", err)
	}
	var packages []Package
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var l listed
		if err := d.Decode(&l); err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		p, err := l.parse()
		if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
	return packages, nil
}

// listed is what go list says of a package.
type listed struct {
	ImportPath, Dir                                    string
	Module                                             struct{ Path string }
	Imports                                            []string
	GoFiles, IgnoredGoFiles, TestGoFiles, XTestGoFiles []string
}

func (l listed) parse() (Package, error) {
	within := func(path string) string {
		if path == l.Module.Path {
			return ""
		}
		return strings.TrimPrefix(path, l.Module.Path+"/")
	}
	p := Package{Path: within(l.ImportPath)}
	for _, path := range l.Imports {
		p.Imports = append(p.Imports, within(path))
	}
	for _, names := range [][]string{l.GoFiles, l.IgnoredGoFiles, l.TestGoFiles, l.XTestGoFiles} {
		for _, name := range names {
			f, err := parse(filepath.Join(l.Dir, name), nil)
			if err != nil {
				return Package{}, err
			}
			p.Files = append(p.Files, f)
		}
	}
	return p, nil
}

// parse reads a file, or src in its place where src is not nil.
func parse(path string, src any) (File, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, path, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return File{}, fmt.Errorf("parse: %w", err)
	}
	name := filepath.Base(path)
	return File{
		Name: name,
		// The suite for stores is a test, though it stands in files of its own.
		Test:      strings.HasSuffix(name, "_test.go") || strings.Contains(filepath.ToSlash(path), "store/storetest/"),
		Generated: ast.IsGenerated(tree),
		Set:       set,
		Tree:      tree,
	}, nil
}

// line is the line on which a node of the file begins.
func (f File) line(at token.Pos) int { return f.Set.Position(at).Line }

// imports reports the places in which the file imports one of the packages,
// or anything below one of them.
func (f File) imports(below ...string) []*ast.ImportSpec {
	var found []*ast.ImportSpec
	for _, spec := range f.Tree.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		for _, b := range below {
			if path == b || strings.HasPrefix(path, b+"/") {
				found = append(found, spec)
			}
		}
	}
	return found
}

// uses reports the places in which the file names pkg.name for one of the
// names, called or not: a clock that is handed on as a value is a clock.
func (f File) uses(pkg string, names ...string) []*ast.SelectorExpr {
	var found []*ast.SelectorExpr
	for _, spec := range f.imports(pkg) {
		local := filepath.Base(strings.Trim(spec.Path.Value, `"`))
		if spec.Name != nil {
			local = spec.Name.Name
		}
		ast.Inspect(f.Tree, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := s.X.(*ast.Ident)
			for _, name := range names {
				if ok && x.Name == local && s.Sel.Name == name {
					found = append(found, s)
				}
			}
			return true
		})
	}
	return found
}
