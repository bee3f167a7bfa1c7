package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/intake"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
	"github.com/openchancery/chancery/sheet"
)

// importing are the flags of claim import.
type importing struct {
	programme, mapFile, rejects     string
	withOutcomes, dryRun, keepGoing bool
}

func (a *app) claimImport() *cobra.Command {
	var f importing
	c := &cobra.Command{
		Use: "import FILE.csv", Short: "Take another office's file in",
		Long: `Take another office's file in: each row is filed as a claim. With
--with-outcomes what that office did is entered too, as reported outcomes: they
count, are shown apart, and are never payable by themselves.

The file is read twice: the first pass checks every row, and takes nothing if
one is wrong. Stopped at any instant and given again, it finishes; given twice,
it adds nothing; a corrected copy adds what is new, and names the rows whose
content changed. The programme is opened if it ships and isn't open yet.

--keep-going takes the good rows and writes the bad ones, with reasons, to
FILE.csv.rejects.csv (or --rejects), readable by its owner alone.

Exit code 0: every row of the file is on file as it stands there. 1: nothing was
taken, or rows were left out, changed ones or bad ones, and each is named.

A map says which column feeds which field. The programme may carry one for its
office's file; for other files write one, or let chancery propose it:

  chancery claim map FILE.csv --programme ID > map.yaml

` + sheet.MapExample,
		Example: `  chancery claim import claims-2007-2009.csv --programme tsa-2007 --with-outcomes
  chancery claim import claims.csv --programme tsa-2007 --map map.yaml --dry-run`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			if a.held == nil {
				defer sparing()()
			}
			if f.rejects != "" && !f.keepGoing {
				return wrongUse(c, "use.rejects-alone")
			}
			return a.runImport(c.Context(), given[0], f)
		},
	}
	c.Flags().StringVar(&f.programme, "programme", "", "programme that the claims are filed under")
	c.Flags().StringVar(&f.mapFile, "map", "", "map of the file's columns (YAML); default: the programme's own")
	c.Flags().StringVar(&f.rejects, "rejects", "", "file for the rows that --keep-going leaves out (default FILE.csv.rejects.csv)")
	c.Flags().BoolVar(&f.withOutcomes, "with-outcomes", false, "enter what the office did, as reported outcomes")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "check the file and take nothing")
	c.Flags().BoolVar(&f.keepGoing, "keep-going", false, "take the good rows, write the bad ones to a file")
	return requires(c, "programme")
}

// runImport takes the file in. A dry run takes nothing, so that it needs no
// installation and runs beside whoever is at work.
func (a *app) runImport(ctx context.Context, path string, f importing) error {
	start := time.Now()
	if f.dryRun {
		edition, err := a.anyEdition(ctx, f.programme)
		if err != nil {
			return err
		}
		run, err := a.prepareImport(edition, path, f)
		if err != nil {
			return err
		}
		report, err := run.Do(ctx)
		return a.printImport(report, f, time.Since(start), err)
	}
	left := false
	err := a.acting(ctx, func(i *installation.Installation, by office.By) error {
		edition, open, err := a.editionFor(ctx, i, by, f.programme)
		if err != nil {
			return err
		}
		run, err := a.prepareImport(edition, path, f)
		if err != nil {
			return err
		}
		run.Office, run.By, run.Begin = i.Office, by, open
		report, err := run.Do(ctx)
		left = report.Bad+report.Changed > 0
		return a.printImport(report, f, time.Since(start), err)
	})
	if err == nil && left { // all that was said of it is printed, and the log published
		err = errFound
	}
	return err
}

func (a *app) prepareImport(edition *rulebook.Edition, path string, f importing) (*intake.Run, error) {
	path, err := a.file(path)
	if err != nil {
		return nil, err
	}
	rejects, err := a.file(f.rejects)
	if err != nil {
		return nil, err
	}
	run := &intake.Run{
		Edition: edition, Path: path, Map: intake.BuiltInMap(edition),
		WithOutcomes: f.withOutcomes, DryRun: f.dryRun, KeepGoing: f.keepGoing, Rejects: rejects,
		Say: a.say, Progress: a.progress(),
	}
	if run.Rejects == "" {
		run.Rejects = run.Path + ".rejects.csv"
	}
	if f.mapFile != "" {
		from, err := a.file(f.mapFile)
		if err != nil {
			return nil, err
		}
		text, err := os.ReadFile(from)
		if err != nil {
			return nil, err
		}
		if run.Map, err = sheet.ParseMap(f.mapFile, text); err != nil {
			return nil, err
		}
	}
	if run.Map == nil {
		return nil, fault.New(fault.Invalid, "programme.no-import", "programme", edition.ID)
	}
	return run, nil
}

// editionFor is the edition that is open for filing. Where the programme isn't
// open yet and its rulebook ships, open opens it: once the file was found fit.
func (a *app) editionFor(ctx context.Context, i *installation.Installation, by office.By, programme string) (_ *rulebook.Edition, open func(context.Context) error, err error) {
	edition, err := i.Office.Edition(ctx, programme)
	if fault.Code(err) != "programme.none" {
		return edition, nil, err
	}
	book, ok := rulebooks.Find(programme)
	if !ok {
		return nil, nil, err
	}
	if edition, err = rulebook.Parse(book.Name, book.Source); err != nil {
		return nil, nil, err
	}
	return edition, func(ctx context.Context) error {
		opened, err := i.Office.OpenProgramme(ctx, by, book.Name, book.Source)
		if err == nil && !a.json {
			fmt.Fprintf(a.err, "Opened programme %s, edition %s.\n", opened.Programme, opened.Edition)
		}
		return err
	}, nil
}

func (a *app) printImport(r intake.Report, f importing, took time.Duration, failed error) error {
	if failed != nil && fault.Code(failed) != "intake.bad-rows" {
		return failed
	}
	type bad struct {
		Row     int    `json:"row"`
		Line    int    `json:"line"`
		Column  string `json:"column,omitempty"`
		Message string `json:"message"`
	}
	r.Rejects = a.asGiven(r.Rejects)
	wrong := []bad{}
	for _, e := range r.Errors {
		wrong = append(wrong, bad{e.Row, e.Line, e.Column(), a.sayRow(e)})
	}
	answer := struct {
		intake.Report
		DryRun  bool  `json:"dry_run,omitempty"`
		BadRows []bad `json:"errors,omitempty"` // the first ones
	}{r, f.dryRun, wrong}
	err := a.print(answer, func(w io.Writer) {
		for _, b := range wrong {
			fmt.Fprintln(w, b.Message)
		}
		if more := r.Bad - int64(len(wrong)); more > 0 {
			fmt.Fprintf(w, "… and %s more bad rows\n", grouped(more))
		}
		if failed == nil {
			printTaken(w, r, f, took)
		}
	})
	if failed == nil && r.Bad > 0 && f.dryRun {
		failed = errFound
	}
	return errors.Join(err, failed)
}

// sayRow is a bad row in words: where, and for each cell what.
func (a *app) sayRow(e *sheet.RowError) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: row %d (line %d)", a.asGiven(e.File), e.Row, e.Line)
	for n, cell := range e.Cells {
		if n > 0 {
			b.WriteString(";")
		}
		if cell.Column != "" {
			fmt.Fprintf(&b, ", column %q", cell.Column)
		}
		b.WriteString(": " + catalogue.Sentence(language, cell.Fault))
	}
	return b.String()
}

func printTaken(w io.Writer, r intake.Report, f importing, took time.Duration) {
	if f.dryRun {
		fmt.Fprintf(w, "%s rows read, %s bad. Nothing was taken (--dry-run).\n", grouped(r.Rows), grouped(r.Bad))
		return
	}
	rows := [][]string{
		{"rows", grouped(r.Rows)},
		{"  filed", grouped(r.Filed)},
		{"  already here", grouped(r.Repeated)},
		{"  changed, not filed again", grouped(r.Changed)},
	}
	if r.Erased > 0 {
		rows = append(rows, []string{"  erased, not filed again", grouped(r.Erased)})
	}
	table(w, append(rows,
		[]string{"  bad", grouped(r.Bad)},
		[]string{"outcomes reported", grouped(r.Reported)},
		[]string{"seconds", fmt.Sprintf("%d.%d", took/time.Second, took%time.Second/(100*time.Millisecond))})...)
	for _, at := range r.ChangedAt {
		fmt.Fprintf(w, "changed: row %d (line %d) has other content than when its number was filed\n", at.Row, at.Line)
	}
	if more := r.Changed - int64(len(r.ChangedAt)); more > 0 {
		fmt.Fprintf(w, "… and %s more changed rows\n", grouped(more))
	}
	if r.Rejects != "" {
		fmt.Fprintf(w, "The bad rows, with reasons: %s\n", r.Rejects)
	}
}

func (a *app) claimMap() *cobra.Command {
	var programme string
	c := &cobra.Command{
		Use: "map FILE.csv", Short: "Propose a map for a file",
		Long: `Propose a map for a file that nobody has described yet: which column feeds which
field, how dates and amounts are written, what the words mean. It is a draft,
with remarks where it was unsure: read it, mend it, and give it to
chancery claim import --map.`,
		Example: "  chancery claim map claims.csv --programme tsa-2007 > map.yaml",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			edition, err := a.anyEdition(c.Context(), programme)
			if err != nil {
				return err
			}
			m, notes, err := intake.Propose(given[0], edition)
			if err != nil {
				return err
			}
			said := make([]string, len(notes))
			for n, note := range notes {
				said[n] = a.say(note)
			}
			return a.print(map[string]any{"map": m.YAML(a.say), "notes": said}, func(w io.Writer) { fmt.Fprint(w, m.YAML(a.say)) })
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "programme whose form the file is to feed")
	return requires(c, "programme")
}

// anyEdition is a programme's edition: as it is open here, else as it ships.
func (a *app) anyEdition(ctx context.Context, programme string) (edition *rulebook.Edition, err error) {
	err = a.reading(ctx, func(i *installation.Installation) error {
		edition, err = i.Office.Edition(ctx, programme)
		return err
	})
	if code := fault.Code(err); code != "installation.none" && code != "programme.none" {
		return edition, err
	}
	book, ok := rulebooks.Find(programme)
	if !ok {
		return nil, fault.New(fault.NotFound, "rulebook.none", "id", programme)
	}
	return rulebook.Parse(book.Name, book.Source)
}
