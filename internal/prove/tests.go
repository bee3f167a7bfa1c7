package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// outcome is what one named test came to, in all packages that have it.
type outcome struct {
	passed, failed, skipped int // of it and its sub-tests
	ended                   bool
	laws                    int // cases that rapid drew for it
}

// figures are what the tests came to, and what they said of the promises.
type figures struct {
	tests map[string]*outcome
	said  map[int][]string
}

var (
	saidOfPromise = regexp.MustCompile(`promise=(\d+) what=("(?:[^"\\]|\\.)*") tried=(\d+) survived=(\d+)`)
	saidByLaw     = regexp.MustCompile(`\[rapid\] OK, passed (\d+) tests`)
)

// event is a line of `go test -json`.
type event struct {
	Action, Package, Test, Output string
}

// runTests runs what the promises name, one package after another, and tells
// how far it has come.
func runTests(ctx context.Context, progress io.Writer, promises []promise, where map[string][]string) (figures, error) {
	seen := figures{map[string]*outcome{}, map[int][]string{}}
	named := map[string][]string{}
	for _, p := range promises {
		for _, name := range p.Tests {
			if len(where[name]) == 0 {
				return seen, fmt.Errorf("promise %d names %s, which isn't in the tree", p.Number, name)
			}
			for _, folder := range where[name] {
				if !slices.Contains(named[folder], name) {
					named[folder] = append(named[folder], name)
				}
			}
		}
	}
	for n, folder := range slices.Sorted(maps.Keys(named)) {
		fmt.Fprintf(progress, "prove: %d of %d: %s\n", n+1, len(named), folder)
		if err := seen.run(ctx, folder, named[folder]); err != nil {
			return seen, err
		}
	}
	return seen, nil
}

func (f figures) run(ctx context.Context, folder string, tests []string) error {
	c := exec.CommandContext(ctx, "go", "test", "-json", "-count=1", "-timeout=60m", "-run", "^("+strings.Join(tests, "|")+")$", folder)
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) == nil {
			f.take(e)
		}
	}
	f.broke(tests, c.Wait())
	return ctx.Err()
}

// broke takes note of what a package's run that ended with an error left open: a
// test that didn't run, or in which the process ended, has failed; and where none
// of them says that it failed, all have, since something did.
func (f figures) broke(tests []string, err error) {
	if err == nil {
		return
	}
	told := false
	for _, name := range tests {
		o := f.tests[name]
		if o == nil {
			o = &outcome{}
			f.tests[name] = o
		}
		if !o.ended {
			o.failed++
		}
		told = told || o.failed > 0
	}
	for _, name := range tests {
		if !told {
			f.tests[name].failed++
		}
	}
}

func (f figures) take(e event) {
	if said := saidOfPromise.FindStringSubmatch(e.Output); said != nil {
		n, _ := strconv.Atoi(said[1])
		what, _ := strconv.Unquote(said[2])
		f.said[n] = append(f.said[n], fmt.Sprintf("%s of %s survived: %s", said[4], said[3], what))
	}
	name, _, _ := strings.Cut(e.Test, "/")
	if name == "" {
		return
	}
	o := f.tests[name]
	if o == nil {
		o = &outcome{}
		f.tests[name] = o
	}
	o.ended = o.ended || e.Test == name && (e.Action == "pass" || e.Action == "fail" || e.Action == "skip")
	switch e.Action {
	case "pass":
		o.passed++
	case "fail":
		o.failed++
	case "skip":
		o.skipped++
	case "output":
		if law := saidByLaw.FindStringSubmatch(e.Output); law != nil {
			n, _ := strconv.Atoi(law[1])
			o.laws += n
		}
	}
}

// prove sets the promise's result and figure from what its tests came to.
func (p *promise) prove(seen figures) {
	var sum outcome
	untried := false // of a test nothing was tried: a tool or a data set is missing
	for _, name := range p.Tests {
		if o := seen.tests[name]; o != nil {
			untried = untried || o.passed == 0 && o.skipped > 0
			sum.passed, sum.failed = sum.passed+o.passed, sum.failed+o.failed
			sum.skipped, sum.laws = sum.skipped+o.skipped, sum.laws+o.laws
		}
	}
	said := slices.Clone(seen.said[p.Number])
	switch {
	case len(p.Tests) == 0:
		p.Result = notYet
		return
	case sum.failed > 0:
		p.Result = failed
		said = append(said, fmt.Sprintf("%d failed", sum.failed))
	case untried || sum.passed == 0:
		p.Result = skipped
	default:
		p.Result = passed
	}
	if sum.passed > 0 {
		said = append(said, fmt.Sprintf("%d tests and cases", sum.passed))
	}
	if sum.laws > 0 {
		said = append(said, fmt.Sprintf("%d cases drawn", sum.laws))
	}
	if sum.skipped > 0 {
		said = append(said, fmt.Sprintf("%d skipped", sum.skipped))
	}
	p.Figure = strings.Join(said, "; ")
}
