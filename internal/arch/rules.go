package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Rule is one rule of the house beside the import table.
type Rule struct {
	Name  string
	Why   string // printed with every breach
	Check func([]Package) []Breach
}

// exact are the rooms in which a float could become part of a decision or a
// payment.
var exact = []string{"day", "money", "docket", "rulebook", "claim", "commission", "fund", "press", "office"}

// Rules is the list. Each has a made-up source in rules_test.go that breaks it.
var Rules = []Rule{
	{
		"a package says what it is",
		"who opens a room reads first what it is in life; a package without a comment is known to its author only",
		packageComments,
	},
	{
		"names say what a thing is",
		"a file that is named util, common or manager takes in everything and is found by nobody",
		vagueNames,
	},
	{
		"no float",
		"a float can't hold a cent or a rate: money, rules and entries are exact, on every machine",
		inRooms(exact, floats),
	},
	{
		"no clock in a pure room",
		"a decision that reads the clock or the machine's time zone comes out otherwise when it is run again in ten years; the instant is handed in",
		inRooms(slices.Concat(values, domain), clocks),
	},
	{
		"day.Must in tests alone",
		"day.Must panics on a date that a person mistyped; outside tests, day.New or day.Parse says what is wrong",
		eachFile(musts),
	},
	{
		"a function fits a screen",
		fmt.Sprintf("what is longer than %d lines is not read whole, and what is not read whole is not understood; tables of test cases don't count", mostLinesOfFunction),
		eachFile(longFunctions),
	},
	{
		"a file holds one subject",
		fmt.Sprintf("a file of more than %d lines holds two subjects", mostLinesOfFile),
		eachFile(longFiles),
	},
	{
		"one file knows CEL",
		"expressions are compiled in one place of rulebook, where their cost is limited and doubles are kept out; a second place would forget one of the two",
		oneFile("rulebook", "cel.dev/cel-go", "cel.dev/expr", "github.com/google/cel-go"),
	},
	{
		"one file encrypts",
		"what is sealed, to whom and under which key is reviewed in one file of vault; a second one would not be",
		oneFile("vault", "crypto/aes", "crypto/cipher", "crypto/des", "crypto/rc4", "crypto/hpke", "github.com/cloudflare/circl", "github.com/tink-crypto", "filippo.io/age", "golang.org/x/crypto/chacha20poly1305", "golang.org/x/crypto/nacl"),
	},
	{
		"one package locks files",
		"a system locks files in a way of its own, and some lock no folder: what holds everywhere is known in internal/filelock alone",
		locks,
	},
	{
		"work that is left has a name on it",
		"a TODO without a name is nobody's; write TODO(name): or do it now",
		eachFile(namelessWork),
	},
}

const (
	mostLinesOfFunction = 70
	mostLinesOfFile     = 600
)

// eachFile makes a rule of a check of one file. Generated files are passed over.
func eachFile(check func(File) []mark) func([]Package) []Breach {
	return func(packages []Package) []Breach {
		var breaches []Breach
		for _, p := range packages {
			for _, f := range p.Files {
				if f.Generated {
					continue
				}
				for _, m := range check(f) {
					breaches = append(breaches, Breach{fmt.Sprintf("%s:%d", path.Join(p.Path, f.Name), f.line(m.at)), m.what})
				}
			}
		}
		return breaches
	}
}

// inRooms makes a rule for the code of some rooms; their tests are free.
func inRooms(rooms []string, check func(File) []mark) func([]Package) []Breach {
	ofCode := eachFile(func(f File) []mark {
		if f.Test {
			return nil
		}
		return check(f)
	})
	return func(packages []Package) []Breach {
		var bound []Package
		for _, p := range packages {
			if slices.Contains(rooms, p.Path) {
				bound = append(bound, p)
			}
		}
		return ofCode(bound)
	}
}

// mark is a breach within one file.
type mark struct {
	at   token.Pos
	what string
}

// locks finds calls that lock a whole file outside the package for it, in tests too.
func locks(packages []Package) []Breach {
	return eachFile(func(f File) []mark {
		var found []mark
		for _, pkg := range []string{"syscall", "golang.org/x/sys/unix"} {
			for _, s := range f.uses(pkg, "Flock") {
				found = append(found, mark{s.Pos(), path.Base(pkg) + ".Flock"})
			}
		}
		return found
	})(slices.DeleteFunc(slices.Clone(packages), func(p Package) bool { return p.Path == "internal/filelock" }))
}

func packageComments(packages []Package) []Breach {
	var breaches []Breach
	for _, p := range packages {
		var name string
		said := false
		for _, f := range p.Files {
			if f.Test {
				continue
			}
			name = f.Tree.Name.Name
			begins := "Package " + name + " "
			if name == "main" {
				begins = "Command " + path.Base(p.Path) + " "
			}
			said = said || strings.HasPrefix(f.Tree.Doc.Text(), begins)
		}
		if name != "" && !said {
			breaches = append(breaches, Breach{p.Path, `has no comment that begins "Package ` + path.Base(p.Path) + ` …" (of a command: "Command …")`})
		}
	}
	return breaches
}

var vague = []string{"util", "utils", "common", "helper", "helpers", "misc", "manager", "managers"}

func vagueNames(packages []Package) []Breach {
	var breaches []Breach
	isVague := func(word string) bool { return slices.Contains(vague, word) }
	for _, p := range packages {
		if slices.ContainsFunc(strings.Split(p.Path, "/"), isVague) {
			breaches = append(breaches, Breach{p.Path, "is such a name"})
		}
		for _, f := range p.Files {
			if slices.ContainsFunc(strings.Split(strings.TrimSuffix(f.Name, ".go"), "_"), isVague) {
				breaches = append(breaches, Breach{path.Join(p.Path, f.Name), "is such a name"})
			}
		}
	}
	return breaches
}

func floats(f File) []mark {
	var marks []mark
	ast.Inspect(f.Tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if n.Name == "float64" || n.Name == "float32" {
				marks = append(marks, mark{n.Pos(), n.Name})
			}
		case *ast.BasicLit:
			if n.Kind == token.FLOAT {
				marks = append(marks, mark{n.Pos(), n.Value + " is a float"})
			}
		}
		return true
	})
	for _, s := range f.uses("strconv", "ParseFloat", "FormatFloat", "AppendFloat") {
		marks = append(marks, mark{s.Pos(), "strconv." + s.Sel.Name})
	}
	return marks
}

func clocks(f File) []mark {
	var marks []mark
	for _, s := range f.uses("time", "Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Local", "LoadLocation") {
		marks = append(marks, mark{s.Pos(), "time." + s.Sel.Name})
	}
	return marks
}

func musts(f File) []mark {
	var marks []mark
	if f.Test {
		return nil
	}
	for _, s := range f.uses("github.com/openchancery/chancery/day", "Must") {
		marks = append(marks, mark{s.Pos(), "day.Must"})
	}
	return marks
}

func longFunctions(f File) []mark {
	var marks []mark
	ast.Inspect(f.Tree, func(n ast.Node) bool {
		name := "a function in a table"
		switch fn := n.(type) {
		case *ast.FuncDecl:
			name = fn.Name.Name
		case *ast.FuncLit:
		default:
			return true
		}
		lines := f.line(n.End()) - f.line(n.Pos()) + 1
		if f.Test {
			lines -= f.linesOfTables(n)
		}
		if lines > mostLinesOfFunction {
			marks = append(marks, mark{n.Pos(), fmt.Sprintf("%s has %d lines", name, lines)})
		}
		return f.Test // elsewhere what is within was counted with it
	})
	return marks
}

// linesOfTables counts the lines of a function that stand in composite
// literals: the cases of its table. Functions among them are measured alone.
func (f File) linesOfTables(fn ast.Node) int {
	lines := 0
	ast.Inspect(fn, func(n ast.Node) bool {
		table, ok := n.(*ast.CompositeLit)
		if ok {
			lines += f.line(table.Rbrace) - f.line(table.Lbrace)
		}
		return !ok
	})
	return lines
}

func longFiles(f File) []mark {
	lines := f.Set.File(f.Tree.FileStart).LineCount()
	if f.Test || lines <= mostLinesOfFile {
		return nil
	}
	return []mark{{f.Tree.FileStart, fmt.Sprintf("has %d lines", lines)}}
}

// oneFile makes a rule that the packages are imported by one file of one room
// and by nothing else; tests are free.
func oneFile(room string, packages ...string) func([]Package) []Breach {
	return func(house []Package) []Breach {
		var breaches []Breach
		first := ""
		for _, p := range house {
			for _, f := range p.Files {
				found := f.imports(packages...)
				if f.Test || len(found) == 0 {
					continue
				}
				where := path.Join(p.Path, f.Name)
				switch {
				case p.Path != room:
					breaches = append(breaches, Breach{where, "imports " + found[0].Path.Value + " outside " + room})
				case first != "":
					breaches = append(breaches, Breach{where, "imports " + found[0].Path.Value + " beside " + first})
				default:
					first = where
				}
			}
		}
		return breaches
	}
}

var leftWork = regexp.MustCompile(`\b(TODO|FIXME)\b(\([^)]+\))?`)

func namelessWork(f File) []mark {
	var marks []mark
	for _, group := range f.Tree.Comments {
		for _, c := range group.List {
			for _, m := range leftWork.FindAllStringSubmatch(c.Text, -1) {
				if m[2] == "" {
					marks = append(marks, mark{c.Pos(), m[1] + " without a name"})
				}
			}
		}
	}
	return marks
}
