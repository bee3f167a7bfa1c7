package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// promise is a row of the page, and what came of it.
type promise struct {
	Number  int      `json:"promise"`
	Promise string   `json:"says"`
	State   string   `json:"state"`
	Tests   []string `json:"tests"`
	Command string   `json:"command"`
	Result  string   `json:"result"`
	Figure  string   `json:"figure"`
}

// The results.
const (
	passed  = "pass"
	failed  = "FAIL"
	skipped = "skip"         // a tool or a data set is missing, as the tests say
	notYet  = "not made yet" // no test holds it
)

var (
	row       = regexp.MustCompile(`(?m)^\| (\d+) \| ([^|]+) \| ([^|]+) \|([^|]*)\|([^|]*)\|([^|]*)\|$`)
	namedTest = regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w*)`") // of a fuzz test, the cases that are kept
	declared  = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Z]\w*)\(`)
)

// readPage reads the promises of the page, or those of these numbers.
func readPage(text string, only []string) (promises []promise) {
	for _, cells := range row.FindAllStringSubmatch(text, -1) {
		if len(only) > 0 && !slices.Contains(only, cells[1]) {
			continue
		}
		n, _ := strconv.Atoi(cells[1]) // digits, by the expression
		p := promise{Number: n, Promise: cells[2], State: cells[3], Command: strings.Trim(cells[5], " `")}
		for _, name := range namedTest.FindAllStringSubmatch(cells[4], -1) {
			p.Tests = append(p.Tests, name[1])
		}
		promises = append(promises, p)
	}
	return promises
}

// withFigures is the page with the figures in the last column.
func withFigures(text string, promises []promise) string {
	figures := map[string]string{}
	for _, p := range promises {
		figures[strconv.Itoa(p.Number)] = p.Result + ": " + p.Figure
		if p.Figure == "" {
			figures[strconv.Itoa(p.Number)] = p.Result
		}
	}
	return row.ReplaceAllStringFunc(text, func(line string) string {
		cells := row.FindStringSubmatch(line)
		figure, proved := figures[cells[1]]
		if !proved {
			return line
		}
		return fmt.Sprintf("| %s | %s | %s |%s|%s| %s |", cells[1], cells[2], cells[3], cells[4], cells[5], figure)
	})
}

// testsBelow are the packages of each test of the tree.
func testsBelow(root string) (map[string][]string, error) {
	tests := map[string][]string{}
	return tests, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		folder := "./" + filepath.ToSlash(filepath.Dir(path))
		for _, name := range declared.FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(tests[name[1]], folder) {
				tests[name[1]] = append(tests[name[1]], folder)
			}
		}
		return err
	})
}
