package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/workbook"
)

func (a *app) bulkCommand() *cobra.Command {
	return group("bulk", "File many claims by a spreadsheet", "bulk template demo a-departure --out claims.xlsx",
		a.bulkTemplate(), a.bulkCheck(), a.bulkFile(), a.bulkEvidence())
}

func (a *app) bulkTemplate() *cobra.Command {
	lang, out := language, ""
	c := &cobra.Command{
		Use: "template ID|FILE CATEGORY", Short: "Make the spreadsheet of a category's form",
		Long: `Make the spreadsheet of a category's form, in a language: a column for each
question, lists where it offers answers, notes that say how to answer, and a sheet
of instructions. The name of --out says whether it is XLSX or CSV. Fill it in, have
it checked, and file it:

  chancery bulk check claims.xlsx --programme demo --category a-departure
  chancery bulk file claims.xlsx --programme demo --category a-departure`,
		Example: "  chancery bulk template demo a-departure --out claims.xlsx\n  chancery bulk template rd4u A3.1 --lang uk --out claims.csv",
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, given []string) error {
			e, category, err := a.categoryOf(given[0], given[1])
			if err != nil {
				return err
			}
			format, err := formatOf(out)
			if err != nil {
				return err
			}
			form, err := workbook.New(e, category.ID, lang)
			if err != nil {
				return err
			}
			if err := newFile(a.path(out), 0o600, func(w io.Writer) error { return form.Template(w, format) }); err != nil {
				return err
			}
			return a.print(map[string]any{"file": out, "category": category.ID}, func(w io.Writer) {
				fmt.Fprintf(w, "Wrote %s. Fill it in, and have it checked: chancery bulk check %s\n", out, out)
			})
		},
	}
	c.Flags().StringVar(&lang, "lang", lang, "language of the titles and notes")
	c.Flags().StringVarP(&out, "out", "o", "", "file to write, .xlsx or .csv")
	return requires(c, "out")
}

func formatOf(file string) (workbook.Format, error) {
	switch format := workbook.Format(strings.TrimPrefix(strings.ToLower(filepath.Ext(file)), ".")); format {
	case workbook.XLSX, workbook.CSV:
		return format, nil
	}
	return "", fault.New(fault.Invalid, "bulk.format")
}

// bulk are the flags of a filled spreadsheet.
type bulk struct {
	programme, category, lang, out string
	keepGoing                      bool
}

func (b *bulk) flags(c *cobra.Command) *cobra.Command {
	b.lang = language
	c.Flags().StringVar(&b.programme, "programme", "", "programme that the claims are filed under")
	c.Flags().StringVar(&b.category, "category", "", "category of the rulebook")
	c.Flags().StringVar(&b.lang, "lang", b.lang, "language of the file that comes back")
	c.Flags().StringVar(&b.out, "out", "", "the file that comes back (default FILE.checked.xlsx or .csv)")
	return requires(c, "programme", "category")
}

func (a *app) bulkCheck() *cobra.Command {
	var f bulk
	return f.flags(&cobra.Command{
		Use: "check FILE", Short: "Check a filled spreadsheet, and file nothing",
		Long: `Check a filled spreadsheet, and file nothing. The same spreadsheet comes back with
what is wrong: the cells in red, the sentences in its first column. Give it again
when it is mended.`,
		Example: "  chancery bulk check claims.xlsx --programme demo --category a-departure",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.askingAs(c.Context(), func(i *installation.Installation, by office.By) error {
				return a.runBulk(c.Context(), i, by, given[0], f, func(r *workbook.Run) (workbook.Report, error) { return r.Check(c.Context()) })
			})
		},
	})
}

func (a *app) bulkFile() *cobra.Command {
	var f bulk
	c := f.flags(&cobra.Command{
		Use: "file FILE", Short: "File the claims of a filled spreadsheet",
		Long: `File the claims of a filled spreadsheet. Every row is checked first: where one is
wrong nothing is filed, unless --keep-going leaves the wrong ones out. Each row is
known by its own reference: stopped anywhere and given again it finishes, and given
twice it files nothing twice. A row that was filed before with other answers amends
its claim, where the rulebook has such an act and the register hasn't answered the
claim yet; else it is named and changes nothing.

A representative files under a mandate, which each row names
(chancery mandate give).`,
		Example: `  chancery bulk file claims.xlsx --programme demo --category a-departure
  chancery bulk file claims.csv --programme demo --category a-departure --keep-going --json`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				return a.runBulk(c.Context(), i, by, given[0], f, func(r *workbook.Run) (workbook.Report, error) { return r.File(c.Context(), f.keepGoing) })
			})
		},
	})
	c.Flags().BoolVar(&f.keepGoing, "keep-going", false, "file the good rows, leave the wrong ones out")
	return c
}

// runBulk takes a spreadsheet through, and keeps the file that comes back beside
// it, readable by its owner alone. It takes its name when it is whole.
func (a *app) runBulk(ctx context.Context, i *installation.Installation, by office.By, file string, f bulk, do func(*workbook.Run) (workbook.Report, error)) error {
	path, err := a.file(file)
	if err != nil {
		return err
	}
	e, err := i.Office.Edition(ctx, f.programme)
	if err != nil {
		return err
	}
	form, err := workbook.New(e, f.category, f.lang)
	if err != nil {
		return err
	}
	content, err := workbook.Load(path)
	if err != nil {
		return err
	}
	back := a.path(f.out)
	if back == "" {
		ending := filepath.Ext(path)
		back = strings.TrimSuffix(strings.TrimSuffix(path, ending), ".checked") + ".checked" + ending
	}
	if err := a.elsewhere(i, back); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(back), ".bulk-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(part.Name()) }() // gone already once it has its name
	report, failed := do(&workbook.Run{Office: i.Office, By: by, Form: form, Content: content, Say: a.say, Result: part, Progress: a.progress()})
	if err := part.Close(); err != nil {
		return errors.Join(failed, err)
	}
	if failed != nil && fault.Code(failed) != "bulk.rows-wrong" {
		return failed
	}
	if err := os.Rename(part.Name(), back); err != nil {
		return errors.Join(failed, err)
	}
	err = a.printBulk(report, a.asGiven(back))
	if failed == nil && report.Wrong > 0 {
		failed = errFound
	}
	return errors.Join(err, failed)
}

func (a *app) printBulk(r workbook.Report, back string) error {
	answer := struct {
		workbook.Report
		Result string `json:"result"`
	}{r, back}
	return a.print(answer, func(w io.Writer) {
		for _, e := range r.First {
			fmt.Fprintf(w, "%s%d: %s\n", e.Column, e.Row, e.Message)
		}
		table(w, []string{"rows", grouped(r.Rows)}, []string{"  wrong", grouped(r.Wrong)}, []string{"  ready", grouped(r.Ready)},
			[]string{"  filed", grouped(r.Filed)}, []string{"  on file already", grouped(r.Repeated)},
			[]string{"  amended", grouped(r.Amended)}, []string{"  changed, not filed again", grouped(r.Changed)}, []string{"  erased, not filed again", grouped(r.Erased)})
		if r.Alike > 0 {
			fmt.Fprintf(w, "Of the ready ones %s are for somebody for whom your organisation has filed before: look whether they are meant twice.\n", grouped(r.Alike))
		}
		fmt.Fprintf(w, "The same file, with what was found: %s\n", back)
	})
}

func (a *app) bulkEvidence() *cobra.Command {
	var programme, list string
	dryRun := false
	c := &cobra.Command{
		Use: "evidence DIR", Short: "Take a folder of files in, each with the claim that it belongs to",
		Long: `Take a folder of files in, as evidence of claims that were filed by a spreadsheet.
A file belongs to the claim whose own reference begins its name (K-17_passport.pdf),
or that --hashes names: a CSV of SHA-256 and own reference. The longest reference
that fits wins. What belongs to no claim is left and named. A file that its claim
has already isn't added twice: stopped anywhere and given again, it finishes.`,
		Example: `  chancery bulk evidence scans --programme demo --dry-run
  chancery bulk evidence scans --programme demo --hashes hashes.csv`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			dir, err := a.file(given[0])
			if err != nil {
				return err
			}
			folder := workbook.Folder{Programme: programme, Files: os.DirFS(dir), DryRun: dryRun, Progress: a.progress()}
			if list != "" {
				if list, err = a.file(list); err != nil {
					return err
				}
				content, err := workbook.Load(list)
				if err == nil {
					folder.Hashes, err = workbook.ReadHashes(content)
				}
				if err != nil {
					return err
				}
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				folder.Office, folder.By = i.Office, by
				taken, err := folder.Take(c.Context())
				if err != nil {
					return err
				}
				if err = a.printTakenFiles(taken, dryRun); err == nil && taken.Refused+taken.Left > 0 {
					err = errFound
				}
				return err
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "programme that the claims were filed under")
	c.Flags().StringVar(&list, "hashes", "", "CSV of SHA-256 and own reference")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "say where each belongs, and take none")
	return requires(c, "programme")
}

func (a *app) printTakenFiles(taken workbook.Taken, dryRun bool) error {
	type rest struct {
		File    string `json:"file"`
		Message string `json:"message"`
	}
	var left []rest
	for _, r := range taken.Rest {
		said := a.say(fault.New(fault.Invalid, "bulk.file-left"))
		if r.Why != nil {
			said = a.say(r.Why)
		}
		left = append(left, rest{r.File, said})
	}
	answer := struct {
		workbook.Taken
		DryRun bool   `json:"dry_run,omitempty"`
		Rest   []rest `json:"rest,omitempty"`
	}{taken, dryRun, left}
	return a.print(answer, func(w io.Writer) {
		for _, r := range left {
			fmt.Fprintf(w, "%s: %s\n", r.File, r.Message)
		}
		added := "  added"
		if dryRun {
			added = "  would be added (--dry-run)"
		}
		table(w, []string{"files", grouped(taken.Files)}, []string{added, grouped(taken.Added)}, []string{"  there already", grouped(taken.Here)},
			[]string{"  refused", grouped(taken.Refused)}, []string{"  left", grouped(taken.Left)})
	})
}
