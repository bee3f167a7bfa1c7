// Command prove runs the tests that docs/promises.md names and prints the table
// of promises: whether each is held, and the figure that its tests' own output
// gives (cases, faults tried and survived). `make prove` calls it; with -write it
// puts the figures into the page.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"text/tabwriter"
)

const page = "docs/promises.md"

func main() {
	write := flag.Bool("write", false, "put the figures into "+page)
	asJSON := flag.Bool("json", false, "print JSON")
	only := flag.String("only", "", "the numbers of the promises to prove, with commas between (default: all)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, strings.FieldsFunc(*only, func(r rune) bool { return r == ',' }), *asJSON, *write); err != nil {
		fmt.Fprintln(os.Stderr, "prove:", err)
		os.Exit(1)
	}
}

var errBroken = errors.New("not every promise is held")

func run(ctx context.Context, out io.Writer, only []string, asJSON, write bool) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return fmt.Errorf("run it from the project's root: %w", err)
	}
	promises := readPage(string(text), only)
	tests, err := testsBelow(".")
	if err != nil {
		return err
	}
	seen, err := runTests(ctx, os.Stderr, promises, tests)
	if err != nil {
		return err
	}
	held := true
	for i := range promises {
		promises[i].prove(seen)
		held = held && promises[i].Result != failed
	}
	if write {
		if err := os.WriteFile(page, []byte(withFigures(string(text), promises)), 0o644); err != nil {
			return err
		}
	}
	if err := show(out, promises, asJSON); err != nil {
		return err
	}
	if !held {
		return errBroken
	}
	return nil
}

func show(out io.Writer, promises []promise, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(promises)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "#\tRESULT\tPROMISE\tFIGURE")
	for _, p := range promises {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", p.Number, p.Result, p.Promise, p.Figure)
	}
	return w.Flush()
}
