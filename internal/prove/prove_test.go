package main

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const somePage = "| # | promise | state | tests | command | figure |\n|---|---|---|---|---|---|\n" +
	"| 1 | Kept | held | `TestA`, `TestB` | `go test ./x` | old |\n" +
	"| 2 | Broken | held | `TestC` | `go test ./y` | |\n" +
	"| 3 | Not made | not yet | | | |\n"

func TestAPromiseIsWhatItsTestsSay(t *testing.T) {
	seen := figures{map[string]*outcome{}, map[int][]string{}}
	for _, e := range []event{
		{Action: "output", Test: "TestA/one", Output: `faults: promise=1 what="kills of \"it\"" tried=7 survived=7` + "\n"},
		{Action: "pass", Test: "TestA/one"},
		{Action: "pass", Test: "TestA"},
		{Action: "output", Test: "TestB", Output: "    law_test.go:1: [rapid] OK, passed 100 tests (3s)\n"},
		{Action: "pass", Test: "TestB"},
		{Action: "fail", Test: "TestC"},
		{Action: "pass", Test: ""},
	} {
		seen.take(e)
	}
	promises := readPage(somePage, nil)
	for i := range promises {
		promises[i].prove(seen)
	}
	want := "| # | promise | state | tests | command | figure |\n|---|---|---|---|---|---|\n" +
		"| 1 | Kept | held | `TestA`, `TestB` | `go test ./x` | pass: 7 of 7 survived: kills of \"it\"; 3 tests and cases; 100 cases drawn |\n" +
		"| 2 | Broken | held | `TestC` | `go test ./y` | FAIL: 1 failed |\n" +
		"| 3 | Not made | not yet | | | not made yet |\n"
	if diff := cmp.Diff(want, withFigures(somePage, promises)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if some := readPage(somePage, []string{"2"}); len(some) != 1 || some[0].Number != 2 {
		t.Errorf("of promise 2 alone: %v", some)
	}
}

// A run in which the process ended, or of which a test was left out, proves nothing
// of what it left open, whatever else passed.
func TestWhatARunLeavesOpenIsNotHeld(t *testing.T) {
	pass := func(name string) []event { return []event{{Action: "run", Test: name}, {Action: "pass", Test: name}} }
	for _, c := range []struct {
		name   string
		events []event
		err    error
		want   string
	}{
		{"both pass", slices.Concat(pass("TestA"), pass("TestB")), nil, passed},
		{"the process ends in the second", append(pass("TestA"), event{Action: "run", Test: "TestB"}), errors.New("exit status 2"), failed},
		{"the second never runs", pass("TestA"), errors.New("exit status 1"), failed},
		{"both pass, and the package fails", slices.Concat(pass("TestA"), pass("TestB")), errors.New("exit status 1"), failed},
		{"the package doesn't build", nil, errors.New("exit status 1"), failed},
		{"the second is skipped", append(pass("TestA"), event{Action: "skip", Test: "TestB"}), nil, skipped},
		{"a part of the second is skipped", slices.Concat(pass("TestA"), []event{{Action: "skip", Test: "TestB/one"}}, pass("TestB")), nil, passed},
	} {
		seen := figures{map[string]*outcome{}, map[int][]string{}}
		for _, e := range c.events {
			seen.take(e)
		}
		seen.broke([]string{"TestA", "TestB"}, c.err)
		p := readPage(somePage, []string{"1"})[0]
		p.prove(seen)
		if p.Result != c.want {
			t.Errorf("%s: %s, want %s", c.name, p.Result, c.want)
		}
	}
}

func TestThePageIsRead(t *testing.T) {
	text, err := os.ReadFile("../../docs/promises.md")
	if err != nil {
		t.Fatal(err)
	}
	promises := readPage(string(text), nil)
	if len(promises) != 30 {
		t.Errorf("%d promises were read", len(promises))
	}
	tests, err := testsBelow("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range promises {
		for _, name := range p.Tests {
			if len(tests[name]) == 0 {
				t.Errorf("promise %d: %s isn't found", p.Number, name)
			}
		}
		if strings.HasPrefix(p.State, "not yet") != (len(p.Tests) == 0) {
			t.Errorf("promise %d is %q and has %d tests", p.Number, p.State, len(p.Tests))
		}
	}
}

// Whoever gives the command of a line runs what the line names.
func TestTheCommandOfALineRunsItsTests(t *testing.T) {
	text, err := os.ReadFile("../../docs/promises.md")
	if err != nil {
		t.Fatal(err)
	}
	tests, err := testsBelow("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range readPage(string(text), nil) {
		words := strings.Fields(p.Command)
		run := ""
		if n := slices.Index(words, "-run"); n >= 0 {
			run, words = strings.Trim(words[n+1], "'"), words[:n]
		}
		for _, name := range p.Tests {
			if run != "" && !regexp.MustCompile(run).MatchString(name) {
				t.Errorf("promise %d: -run %s leaves %s out", p.Number, run, name)
			}
			for _, folder := range tests[name] {
				folder = "./" + strings.TrimPrefix(folder, "./../../")
				if !slices.ContainsFunc(words, func(given string) bool {
					above, all := strings.CutSuffix(given, "/...")
					return given == folder || all && strings.HasPrefix(folder+"/", above+"/")
				}) {
					t.Errorf("promise %d: %s lies in %s, which the command doesn't run", p.Number, name, folder)
				}
			}
		}
	}
}

// The page of faults calls make faults every fault in every place: it runs each test
// that the page's table names.
func TestMakeFaultsRunsWhatThePageOfFaultsNames(t *testing.T) {
	page, err := os.ReadFile("../../docs/faults.md")
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	tests, err := testsBelow("../..")
	if err != nil {
		t.Fatal(err)
	}
	given := regexp.MustCompile(`(?m)^FAULTS := '(.*)'$`).FindSubmatch(makefile)
	if given == nil {
		t.Fatal("no FAULTS in the Makefile")
	}
	run := regexp.MustCompile(string(given[1]))
	commands := strings.Join(regexp.MustCompile(`(?m)^.*-run \$\(FAULTS\).*$`).FindAllString(string(makefile), -1), " ")
	rows, named := regexp.MustCompile(`(?m)^\| [0-9, ]+ \|.*$`).FindAllString(string(page), -1), 0
	for _, row := range rows {
		for _, name := range regexp.MustCompile("`(Test[A-Z]\\w*)").FindAllStringSubmatch(row, -1) {
			named++
			if !run.MatchString(name[1]) {
				t.Errorf("%s is in docs/faults.md, and make faults leaves it out", name[1])
			}
			for _, folder := range tests[name[1]] {
				folder = "./" + strings.TrimPrefix(folder, "./../../")
				if !slices.ContainsFunc(strings.Fields(commands), func(word string) bool {
					above, all := strings.CutSuffix(word, "/...")
					return word == folder || all && strings.HasPrefix(folder+"/", above+"/")
				}) {
					t.Errorf("%s lies in %s, which make faults doesn't run", name[1], folder)
				}
			}
		}
	}
	if named < 20 {
		t.Errorf("%d tests are named in %d rows", named, len(rows))
	}
}
