package main

import (
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// every visits a command and all below it.
func every(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		every(sub, visit)
	}
}

// An example that doesn't work is worse than none: each names a command that
// there is, with flags and arguments that it takes.
func TestEveryCommandHasAnExampleThatIsTakenAsItStands(t *testing.T) {
	root := (&app{out: io.Discard, err: io.Discard}).root()
	every(root, func(c *cobra.Command) {
		examples := 0
		for line := range strings.Lines(c.Example) {
			_, typed, ok := strings.Cut(line, "chancery ")
			if !ok && strings.TrimSpace(line) == "chancery" {
				ok = true
			}
			if !ok {
				continue
			}
			examples++
			typed, _, _ = strings.Cut(typed, " > ")
			// A command of its own for each, as flags remember what they were given.
			tryExample(t, (&app{out: io.Discard, err: io.Discard}).root(), c.CommandPath(), words(t, typed))
		}
		if examples == 0 || c.Short == "" {
			t.Errorf("%s: has no example or no line about it", c.CommandPath())
		}
	})
}

// indented is a command in a page's example.
var indented = regexp.MustCompile(`^    (?:bin/|\./|ExecStart=\S*/|go run \./cmd/)?chancery ([^>&#|]+)`)

// A page is followed by somebody in trouble: each command in its indented lines
// is one that there is.
func TestEveryCommandInTheDocumentsIsTakenAsItStands(t *testing.T) {
	for _, page := range []string{"../../README.md", "../../docs/operations.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		commands := 0
		for line := range strings.Lines(string(text)) {
			typed := indented.FindStringSubmatch(line)
			if typed == nil {
				continue
			}
			commands++
			tryExample(t, (&app{out: io.Discard, err: io.Discard}).root(), page, words(t, typed[1]))
		}
		if commands < 5 {
			t.Errorf("%s: %d commands were found", page, commands)
		}
	}
}

func tryExample(t *testing.T, root *cobra.Command, of string, typed []string) {
	t.Helper()
	c, rest, err := root.Find(typed)
	if err != nil {
		t.Errorf("%s: its example %q names no command: %v", of, typed, err)
		return
	}
	if err := c.ParseFlags(rest); err != nil {
		t.Errorf("%s: its example %q: %v", of, typed, err)
		return
	}
	if err := c.ValidateArgs(c.Flags().Args()); err != nil {
		t.Errorf("%s: its example %q: %v", of, typed, err)
	}
	if c.HasSubCommands() && c.Flags().NArg() > 0 {
		t.Errorf("%s: its example %q names no command of %s", of, typed, c.CommandPath())
	}
}

// words splits a line as a shell does, quotes and all, as far as the examples
// need it.
func words(t *testing.T, line string) []string {
	t.Helper()
	var all []string
	word, quoted, begun := "", rune(0), false
	for _, r := range strings.TrimSpace(line) {
		switch {
		case quoted != 0 && r == quoted:
			quoted = 0
		case quoted == 0 && (r == '\'' || r == '"'):
			quoted, begun = r, true
		case quoted == 0 && r == ' ':
			if begun {
				all = append(all, word)
			}
			word, begun = "", false
		default:
			word, begun = word+string(r), true
		}
	}
	if quoted != 0 {
		t.Errorf("%q: a quote is not closed", line)
	}
	if begun {
		all = append(all, word)
	}
	return all
}

// Every command checks its arguments in a sentence of ours, and a command that
// prints data takes --json, since the flag is everyone's.
func TestEveryCommandTakesJSONAndChecksItsArguments(t *testing.T) {
	root := (&app{out: io.Discard, err: io.Discard}).root()
	every(root, func(c *cobra.Command) {
		if c.InheritedFlags().Lookup("json") == nil && c.Flags().Lookup("json") == nil && c != root {
			t.Errorf("%s: takes no --json", c.CommandPath())
		}
		if c.Args == nil && c.Name() != "help" {
			t.Errorf("%s: takes any arguments unchecked", c.CommandPath())
		}
		if strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: its line is a title and ends without a full stop", c.CommandPath())
		}
	})
}
