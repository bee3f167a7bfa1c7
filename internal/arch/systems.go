package arch

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// FitsOn type-checks packages of the house, named as go list takes them, as the compiler
// would for another system ("darwin/arm64"), and reports what doesn't stand there. With
// -test among the names it is done to their tests too. What they take of others is read
// for its declarations alone: a compiler, which makes code of it all, takes minutes
// where this takes seconds.
func FitsOn(dir, system string, packages ...string) ([]Breach, error) {
	goos, goarch, _ := strings.Cut(system, "/")
	list := exec.Command("go", append([]string{"list", "-deps", "-json=ImportPath,Dir,ForTest,Module,GoFiles,ImportMap"}, packages...)...)
	list.Dir = dir
	list.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			return nil, fmt.Errorf("go list: %w: %s", err, failed.Stderr)
		}
		return nil, fmt.Errorf("go list: %w", err)
	}
	c := checker{
		set: token.NewFileSet(), files: map[string]*ast.File{}, sizes: types.SizesFor("gc", goarch),
		checked: map[string]*types.Package{"unsafe": types.Unsafe},
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); { // each behind what it imports
		var u unit
		if err := d.Decode(&u); err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if u.ImportPath == "unsafe" || strings.HasSuffix(u.ImportPath, ".test") { // the latter is what go makes to run tests
			continue
		}
		if err := c.check(u); err != nil {
			return nil, err
		}
	}
	return c.breaches, nil
}

// unit is what go list says of what is compiled at once: a package, or one with its
// tests, "claim [claim.test]", beside which all that imports it is compiled again.
type unit struct {
	ImportPath, Dir, ForTest string
	Module                   *struct{ Main bool }
	GoFiles                  []string
	ImportMap                map[string]string // from what the source says, where that is another
}

// checker has what was checked for one system.
type checker struct {
	set      *token.FileSet
	files    map[string]*ast.File
	checked  map[string]*types.Package
	sizes    types.Sizes
	breaches []Breach
}

func (c *checker) check(u unit) error {
	name, _, _ := strings.Cut(u.ImportPath, " ")
	ours := u.Module != nil && u.Module.Main
	again := u.ForTest != "" && strings.TrimSuffix(name, "_test") != u.ForTest // for the tests of another
	var files []*ast.File
	for _, file := range u.GoFiles {
		path := filepath.Join(u.Dir, file)
		if c.files[path] == nil {
			tree, err := parser.ParseFile(c.set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return fmt.Errorf("parse: %w", err)
			}
			c.files[path] = tree
		}
		files = append(files, c.files[path])
	}
	how := types.Config{
		IgnoreFuncBodies: !ours || again,
		Sizes:            c.sizes,
		Importer: importing(func(path string) (*types.Package, error) {
			if to := u.ImportMap[path]; to != "" {
				path = to
			}
			if p := c.checked[path]; p != nil {
				return p, nil
			}
			return nil, fmt.Errorf("%s isn't there", path)
		}),
		Error: func(err error) {
			if wrong, ok := errors.AsType[types.Error](err); ok && ours {
				at := c.set.Position(wrong.Pos)
				b := Breach{fmt.Sprintf("%s/%s:%d", name, filepath.Base(at.Filename), at.Line), wrong.Msg}
				if !slices.Contains(c.breaches, b) { // a package is checked again with its tests
					c.breaches = append(c.breaches, b)
				}
			}
		},
	}
	c.checked[u.ImportPath], _ = how.Check(name, c.set, files, nil) // what is wrong was reported
	return nil
}

// importing finds a package that was checked before.
type importing func(path string) (*types.Package, error)

// Import is it.
func (f importing) Import(path string) (*types.Package, error) { return f(path) }
