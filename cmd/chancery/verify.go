package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

// verified is verify's answer as JSON.
type verified struct {
	Sound    bool        `json:"sound"`
	Entries  int64       `json:"entries"`
	Rows     int64       `json:"annex_rows"`
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
leaves in the database and against the tree kept outside it. With --rebuild also
make every derived table again from the docket and compare it row by row.

Exit code 0: sound. 1: something was changed, removed, inserted or reordered,
and each finding names its entry.`,
		Example: "  chancery verify\n  chancery verify --rebuild --json",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				v, err := i.Office.Verify(c.Context(), a.progress())
				if err != nil {
					return err
				}
				if rebuild {
					if err := i.Rebuild(c.Context(), v, a.progress()); err != nil {
						return err
					}
				}
				if err := a.printVerified(v); err != nil {
					return err
				}
				if !v.Sound() {
					return errFound
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&rebuild, "rebuild", false, "also rebuild every derived table and compare")
	return c
}

func (a *app) printVerified(v *office.Verified) error {
	answer := verified{
		Sound: v.Sound(), Entries: v.Entries, Rows: v.Rows, Tables: v.Tables, TreeHead: v.Head.Root,
		Findings: make([]finding, len(v.Findings)), More: v.More,
	}
	for n, f := range v.Findings {
		answer.Findings[n] = finding{f.Code, f.Entry, f.Leaf, f.Detail, catalogue.Label(language, f.Code)}
	}
	return a.print(answer, func(w io.Writer) {
		for _, f := range answer.Findings {
			place := f.Entry
			if f.Leaf >= 0 {
				place += fmt.Sprintf(" (leaf %d)", f.Leaf)
			}
			fmt.Fprintf(w, "FOUND  %s: %s", place, f.Message)
			if f.Detail != "" {
				fmt.Fprintf(w, ": %s", f.Detail)
			}
			fmt.Fprintln(w)
		}
		if v.More > 0 {
			fmt.Fprintf(w, "… and %s more\n", grouped(v.More))
		}
		verdict := "Sound."
		if !v.Sound() {
			verdict = "NOT SOUND. Stop taking acts, keep a copy of everything as it is, and compare it with the last good one."
		}
		fmt.Fprintf(w, "%s %s entries and %s annex rows re-hashed", verdict, grouped(v.Entries), grouped(v.Rows))
		if v.Tables > 0 {
			fmt.Fprintf(w, ", %d tables rebuilt and compared", v.Tables)
		}
		fmt.Fprintf(w, ".\nTree head %s (size %s).\n", v.Head.Root, grouped(v.Head.Size))
	})
}
