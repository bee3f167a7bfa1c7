package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

// verified is verify's answer as JSON.
type verified struct {
	Sound    bool        `json:"sound"`
	Entries  int64       `json:"entries"`
	Rows     int64       `json:"annex_rows"`
	Readings int64       `json:"readings"`
	Tables   int         `json:"tables_rebuilt"`
	TreeHead docket.Hash `json:"tree_head"`
	Findings []finding   `json:"findings"`
	More     int64       `json:"more_findings,omitempty"`
}

type finding struct {
	Code    string `json:"code"`
	Entry   string `json:"entry,omitempty"`
	Leaf    int64  `json:"leaf"`
	Detail  string `json:"detail,omitempty"`
	Message string `json:"message"`
}

func (a *app) verifyCommand() *cobra.Command {
	var rebuild bool
	c := &cobra.Command{
		Use: "verify", Short: "Check that no entry was altered",
		Long: `Re-hash every entry and every row of every annex, and hold them against the
leaves in the database and against the tree kept outside it; hold the reading
log against the heads of it in the docket; and have the database check its own
pages. With --rebuild also
make every derived table again from the docket and compare it row by row.

Exit code 0: sound. 1: something was changed, removed, inserted or reordered,
and each finding names its entry; or public files of an epoch that lost leaves are
missing, which is said as what it is.`,
		Example: "  chancery verify\n  chancery verify --rebuild --json",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				v, err := i.Office.Verify(c.Context(), a.progress())
				if err != nil {
					return err
				}
				moved := false
				if rebuild {
					if moved, err = a.rebuild(c.Context(), i, v); err != nil {
						if !v.Sound() { // what was found says more
							err = errors.Join(a.printVerified(v), err)
						}
						return err
					}
				}
				if err := a.printVerified(v); err != nil {
					return err
				}
				switch {
				case !v.Sound():
					return errFound
				case moved:
					return fault.New(fault.Conflict, "verify.moved")
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&rebuild, "rebuild", false, "also rebuild every derived table and compare")
	return c
}

// rebuild compares the tables with rebuilt ones. It reports whether somebody
// entered acts meanwhile: then the two are of different moments, and what was
// found by comparing them is dropped, because it accuses nobody.
func (a *app) rebuild(ctx context.Context, i *installation.Installation, v *office.Verified) (moved bool, err error) {
	// The docket only grows: with as many leaves after as before, nothing came
	// between. Where the figures can't be had something is wrong that verify
	// names by itself.
	before, errBefore := i.Public().Figures(ctx)
	found, more := len(v.Findings), v.More
	if err := i.Rebuild(ctx, v, a.progress()); err != nil {
		return false, err
	}
	if errBefore != nil || len(v.Findings) == found {
		return false, nil
	}
	after, err := i.Public().Figures(ctx)
	if err == nil && after.TreeSize == before.TreeSize {
		return false, nil
	}
	v.Findings, v.More, v.Tables = v.Findings[:found], more, 0
	return true, nil
}

// mostShown is how many findings a person is shown.
const mostShown = 50

func printFinding(w io.Writer, f finding) {
	fmt.Fprint(w, "FOUND  ")
	if f.Entry != "" {
		fmt.Fprint(w, f.Entry)
		if f.Leaf >= 0 {
			fmt.Fprintf(w, " (leaf %d)", f.Leaf)
		}
		fmt.Fprint(w, ": ")
	} else if f.Leaf >= 0 {
		fmt.Fprintf(w, "leaf %d: ", f.Leaf)
	}
	fmt.Fprint(w, f.Message)
	if f.Detail != "" {
		fmt.Fprintf(w, ": %s", f.Detail)
	}
	fmt.Fprintln(w)
}

func (a *app) printVerified(v *office.Verified) error {
	answer := verified{
		Sound: v.Sound(), Entries: v.Entries, Rows: v.Rows, Readings: v.Readings, Tables: v.Tables, TreeHead: v.Head.Root,
		Findings: make([]finding, len(v.Findings)), More: v.More,
	}
	for n, f := range v.Findings {
		if f.Why != nil {
			f.Detail = a.say(f.Why)
		}
		answer.Findings[n] = finding{f.Code, f.Entry, f.Leaf, f.Detail, catalogue.Label(language, f.Code)}
	}
	return a.print(answer, func(w io.Writer) {
		for _, f := range answer.Findings[:min(len(answer.Findings), mostShown)] {
			printFinding(w, f)
		}
		if more := v.More + int64(max(len(answer.Findings)-mostShown, 0)); more > 0 {
			fmt.Fprintf(w, "… and %s more: chancery verify --json lists them\n", grouped(more))
		}
		verdict := "Sound."
		switch {
		case v.OnlyLost():
			verdict = "What is on file is sound; what was lost, and accepted as lost, is named above."
		case !v.Sound():
			verdict = "NOT SOUND. Stop taking acts, keep a copy of everything as it is, and compare it with the last good one."
		}
		fmt.Fprintf(w, "%s %s entries and %s annex rows re-hashed", verdict, grouped(v.Entries), grouped(v.Rows))
		if v.Readings > 0 {
			fmt.Fprintf(w, ", %s lines of the reading log checked", grouped(v.Readings))
		}
		if v.Tables > 0 {
			fmt.Fprintf(w, ", %d tables rebuilt and compared", v.Tables)
		}
		fmt.Fprintf(w, ".\nTree head %s (size %s).\n", v.Head.Root, grouped(v.Head.Size))
	})
}
