package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be chancery itself, so that scripts call it as
// a user would.
func TestMain(m *testing.M) {
	testscript.Main(tidied{m}, map[string]func(){"chancery": main, "sloppily": sloppily, "locked": locked, "served": served, "witnessed": witnessed})
}

// tidied removes the binary that a test had built.
type tidied struct{ *testing.M }

// Run runs all tests.
func (t tidied) Run() int {
	code := t.M.Run()
	if folder := os.Getenv(shippedIn); folder != "" {
		if err := os.RemoveAll(folder); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	return code
}

// TestScripts runs testdata/*.txt: what a user types, and what comes of it.
// Beside testscript's own commands there are
//
//	exits CODE chancery …   run, and hold the exit code
//	field PATH WANT         a field of the JSON that was printed last: claims.0.standing
//	keep NAME PATH          the same field, as an environment variable
//	json stdout|stderr      what was printed last is JSON, one value or one a line
//	mode FILE 0600          a file's permissions
//	sql FILE STATEMENT      change a database behind the product's back
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			rulebooks, err := filepath.Abs("../../rulebooks") // as they ship, for scripts that change one
			if err != nil {
				return err
			}
			env.Setenv("RULEBOOKS", rulebooks)
			env.Setenv("PLACES", filepath.Join(rulebooks, "..", "place", "testdata")) // made by hand
			if strings.HasPrefix(filepath.Base(env.WorkDir), "script-rulebook-guide") {
				if err := writeGuide(filepath.Join(env.WorkDir, "guide", "ferry")); err != nil {
					return err
				}
			}
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else each command takes a second longer with the race detector
			if raceOn || strings.HasPrefix(filepath.Base(env.WorkDir), "script-outside") {
				// There is nothing to race in a command line, and a thousand
				// starts of a binary that looks for it take minutes. And who
				// checks from outside has chancery-verify.
				bin, err := shipped()
				env.Setenv("PATH", filepath.Dir(bin.path)+string(filepath.ListSeparator)+env.Getenv("PATH"))
				return err
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "field": field, "keep": keep, "json": isJSON, "mode": mode, "sql": behindItsBack,
		},
	})
}

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// writeGuide writes the worked example of docs/rulebooks.md into a folder, as
// who follows it has it in the end.
func writeGuide(folder string) error {
	page, err := os.ReadFile("../../docs/rulebooks.md")
	if err != nil {
		return err
	}
	files := map[string]string{}
	for _, block := range yamlBlock.FindAllStringSubmatch(string(page), -1) {
		name := "rulebook.yaml"
		if strings.HasPrefix(block[1], "# examples.yaml\n") {
			name = "examples.yaml"
		}
		files[name] += block[1] + "\n"
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// sloppily shows a claim by its reference as somebody types it who is in a
// hurry: small letters, blanks for hyphens, O for 0 and L for 1.
func sloppily() {
	typed := strings.NewReplacer("-", " ", "0", "o", "1", "l").Replace(strings.ToLower(os.Args[1]))
	os.Args = []string{"chancery", "claim", "show", " " + typed, "--json"}
	main()
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code, err = exit.ExitCode(), nil
	}
	ts.Check(err)
	ts.Logf("[exit %d]\n%s%s", code, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
	if errs := ts.ReadFile("stderr"); code == exitUse && !strings.Contains(errs, `"message"`) && strings.Count(strings.TrimSpace(errs), "\n") > 4 {
		ts.Fatalf("wrong use is told in a sentence, not in a page")
	}
}

// at is the field of the last JSON printed.
func at(ts *testscript.TestScript, path string) string {
	var v any
	d := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	d.UseNumber()
	ts.Check(d.Decode(&v))
	for name := range strings.SplitSeq(path, ".") {
		switch within := v.(type) {
		case map[string]any:
			inner, ok := within[name]
			if !ok {
				return "(none)"
			}
			v = inner
		case []any:
			n, err := strconv.Atoi(name)
			if name == "len" {
				v = len(within)
				continue
			}
			if err != nil || n >= len(within) {
				return "(none)"
			}
			v = within[n]
		default:
			ts.Fatalf("%s: there is nothing within %v", path, v)
		}
	}
	switch v := v.(type) {
	case map[string]any, []any:
		text, err := json.Marshal(v)
		ts.Check(err)
		return string(text)
	}
	return fmt.Sprint(v)
}

func field(ts *testscript.TestScript, neg bool, args []string) {
	if got := at(ts, args[0]); (got == args[1]) == neg {
		ts.Fatalf("%s is %s; want %s (not: %v)", args[0], got, args[1], neg)
	}
}

func keep(ts *testscript.TestScript, _ bool, args []string) { ts.Setenv(args[0], at(ts, args[1])) }

func isJSON(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	d := json.NewDecoder(strings.NewReader(text))
	n := 0
	for ; d.More(); n++ {
		var v any
		ts.Check(d.Decode(&v))
	}
	if n == 0 {
		ts.Fatalf("%s holds no JSON", args[0])
	}
}

func mode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}

func behindItsBack(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs(args[0])+"?_pragma=busy_timeout(10000)")
	ts.Check(err)
	defer db.Close()
	_, err = db.ExecContext(context.Background(), args[1])
	ts.Check(err)
}
