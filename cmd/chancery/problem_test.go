package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
)

// findingLine is a line of rulebook/testdata/broken: place, code, values, mend.
var (
	findingLine  = regexp.MustCompile(`^rulebook\.yaml:\d+:\d+: (?:warning: )?(rulebook\.[a-z0-9-]+)( .*)?$`)
	valuesOfLine = regexp.MustCompile(` ([a-z_]+)=("(?:[^"\\]|\\.)*")`)
)

// Whatever is wrong with a rulebook, its author reads a sentence that says
// what, and how to mend it.
func TestEachFindingSaysHowToMendIt(t *testing.T) {
	names, err := filepath.Glob("../../rulebook/testdata/broken/*.txt")
	if err != nil || len(names) < 60 {
		t.Fatalf("%d broken rulebooks: %v", len(names), err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, said, _ := strings.Cut(string(text), "----------\n")
		for line := range strings.Lines(said) {
			m := findingLine.FindStringSubmatch(strings.TrimSpace(line))
			if m == nil {
				t.Fatalf("%s: %s is no finding", filepath.Base(name), line)
			}
			p := rulebook.Problem{Code: m[1]}
			for _, v := range valuesOfLine.FindAllStringSubmatch(m[2], -1) {
				word, err := strconv.Unquote(v[2])
				if err != nil {
					t.Fatal(err)
				}
				if v[1] == "mend" {
					p.Mend = word
				} else {
					p.Values = append(p.Values, fault.Value{Name: v[1], Text: word})
				}
			}
			sentence := sayProblem(p)
			if strings.Contains(sentence, "<no value>") || sentence == p.Code {
				t.Errorf("%s: %s: %s", filepath.Base(name), p.Code, sentence)
			}
			_, rest, _ := strings.Cut(strings.TrimRight(sentence, "."), ". ")
			if p.Mend != "" && !strings.Contains(sentence, p.Mend) && rest == "" || p.Mend == "" && rest == "" && !strings.Contains(sentence, "; ") {
				t.Errorf("%s: %s doesn't say how to mend it (%s): %s", filepath.Base(name), p.Code, p.Mend, sentence)
			}
		}
	}
}
