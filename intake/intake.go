// Package intake takes another office's file in. It goes through the file
// twice: the first pass checks every row and takes nothing, the second takes
// them, a thousand claims to an act. A run that was stopped anywhere is given
// again and finishes; a file that was taken already adds nothing; a corrected
// copy adds what is new and names what has changed.
package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/sync/errgroup"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/sheet"
)

// Run is one import.
type Run struct {
	Office       *office.Office
	By           office.By
	Edition      *rulebook.Edition // the programme's, open for filing
	Path         string
	Map          *sheet.Map
	WithOutcomes bool               // enter what the office did as reported outcomes
	DryRun       bool               // only the first pass
	KeepGoing    bool               // take the good rows, write the bad ones to Rejects
	Rejects      string             // path of the reject file; used with KeepGoing
	Say          func(error) string // makes a sentence of a fault, for the reject file
	Progress     office.Progress    // in bytes of the file; may be nil

	// Begin is called once between the passes, when the file was found fit to
	// be taken: whatever the taking needs, such as an open programme, is done
	// then and not for a file that is turned away. May be nil.
	Begin func(context.Context) error

	fields []sheet.FieldSpec
	size   int64 // of the file in bytes, for the progress
	atOnce int   // rows to an act; 0: rowsAtOnce
	trail  trail
	report Report
}

// Report is what a run did.
type Report struct {
	Rows       int64             `json:"rows"`
	Bad        int64             `json:"bad_rows"`
	Filed      int64             `json:"filed"`
	Repeated   int64             `json:"already_here"`
	Changed    int64             `json:"changed"`
	Erased     int64             `json:"erased,omitempty"` // here before, and erased since: not filed again
	Reported   int64             `json:"outcomes_reported"`
	ChangedAt  []Place           `json:"changed_rows,omitempty"` // the first mostNamed
	Rejects    string            `json:"rejects,omitempty"`
	FileDigest docket.Hash       `json:"file_sha256"`
	Errors     []*sheet.RowError `json:"-"` // the first mostNamed bad rows
}

// Place is a row of the file: its number under the header, and the line on
// which it begins.
type Place struct {
	Row  int64 `json:"row"`
	Line int64 `json:"line"`
}

// mostNamed is how many bad or changed rows a report names.
const mostNamed = 20

// rowsAtOnce is how many rows one act takes.
const rowsAtOnce = 1000

// Do runs the import. Bad rows without KeepGoing are an error of kind Invalid
// (intake.bad-rows), and nothing was taken; the report names the first ones.
func (r *Run) Do(ctx context.Context) (Report, error) {
	r.fields = Fields(r.Edition)
	r.atOnce = cmp.Or(r.atOnce, rowsAtOnce)
	if err := errors.Join(r.Map.Check(r.fields, categories(r.Edition)), r.checkOutcomes()); err != nil {
		return r.report, err
	}
	if err := r.check(ctx); err != nil {
		return r.report, err
	}
	switch {
	case r.report.Bad > 0 && !r.KeepGoing:
		return r.report, fault.New(fault.Invalid, "intake.bad-rows", "file", r.Path, "bad", r.report.Bad, "rows", r.report.Rows)
	case r.DryRun:
		return r.report, nil
	}
	if r.Begin != nil {
		if err := r.Begin(ctx); err != nil {
			return r.report, err
		}
	}
	return r.report, r.take(ctx)
}

// checkOutcomes refuses a run with outcomes that would find none: a rulebook
// that says nothing of them, or a map that feeds it nothing.
func (r *Run) checkOutcomes() error {
	switch i := r.Edition.Import; {
	case !r.WithOutcomes:
		return nil
	case i == nil || len(i.Outcomes) == 0:
		return fault.New(fault.Invalid, "programme.no-outcomes", "programme", r.Edition.ID)
	default:
		var missing []string
		for _, column := range i.OutcomeColumns() {
			if !slices.Contains(r.Map.Outcome, column) {
				missing = append(missing, column)
			}
		}
		if len(missing) > 0 {
			return fault.New(fault.Invalid, "intake.map-without-outcomes", "programme", r.Edition.ID, "missing", strings.Join(missing, ", "))
		}
	}
	return nil
}

// check is the first pass.
func (r *Run) check(ctx context.Context) (err error) {
	var rejects *sheet.RejectFile
	defer func() {
		if rejects != nil {
			r.report.Rejects = r.Rejects
			err = errors.Join(err, rejects.Close())
		}
	}()
	r.trail.begin(r.atOnce)
	good := func(f office.Filing) error {
		r.trail.lay(f)
		return nil
	}
	r.report.FileDigest, err = r.pass(ctx, "check", good, func(bad *sheet.RowError) (err error) {
		r.report.Bad++
		if len(r.report.Errors) < mostNamed {
			r.report.Errors = append(r.report.Errors, bad)
		}
		if !r.KeepGoing || r.DryRun {
			return nil
		}
		if rejects == nil {
			// Not before there is a row for it: it takes the place of the
			// rejects of an earlier run, which a slip must not cost.
			if rejects, err = sheet.CreateRejects(r.Rejects); err != nil {
				return err
			}
		}
		return rejects.Add(bad, r.Say)
	})
	if err == nil && r.KeepGoing && !r.DryRun && r.report.Bad == 0 {
		err = sheet.ClearRejects(r.Rejects)
	}
	return err
}

// take is the second pass: one goroutine reads ahead, one prepares what was
// read, and one files what was prepared. Each batch is held against the first pass before it is
// filed: an entry names the file by its digest, and must not say so of a row
// that never stood in it.
func (r *Run) take(ctx context.Context) error {
	batches := make(chan []office.Filing, 2)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(batches)
		batch := make([]office.Filing, 0, r.atOnce)
		r.trail.begin(r.atOnce)
		send := func() error {
			select {
			case batches <- batch:
				batch = make([]office.Filing, 0, r.atOnce)
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		digest, err := r.pass(ctx, "take", func(f office.Filing) error {
			batch = append(batch, f)
			if !r.trail.follow(f) {
				return fault.New(fault.Conflict, "intake.file-changed", "file", r.Path)
			}
			if len(batch) < r.atOnce {
				return nil
			}
			return send()
		}, func(*sheet.RowError) error { return nil })
		if err == nil && digest != r.report.FileDigest {
			// What was taken stays: it stood in the file. The next run sees the rest.
			err = fault.New(fault.Conflict, "intake.file-changed", "file", r.Path)
		}
		if err != nil || len(batch) == 0 {
			return err
		}
		return send()
	})
	prepared := make(chan batch, 1)
	group.Go(func() error {
		defer close(prepared)
		for filings := range batches {
			ready, err := r.Office.PrepareFilings(ctx, r.Edition.ID, filings)
			if err != nil {
				return rowsFailed(filings, err)
			}
			select {
			case prepared <- batch{filings, ready}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	group.Go(func() error {
		for n := 1; ; n++ {
			b, more := <-prepared
			if !more {
				return r.sequence(ctx)
			}
			if err := r.file(ctx, b); err != nil {
				return err
			}
			if n%batchesToAHead == 0 {
				if err := r.sequence(ctx); err != nil {
					return err
				}
			}
		}
	})
	return group.Wait()
}

// batch is what one act files.
type batch struct {
	filings []office.Filing
	ready   *office.Prepared
}

// batchesToAHead is how many acts are entered before the tree is brought up to
// them: each head takes two syncs of its own.
const batchesToAHead = 5

func (r *Run) sequence(ctx context.Context) error {
	_, err := r.Office.Sequence(ctx)
	return err
}

// rowsFailed says between which rows an act failed.
func rowsFailed(filings []office.Filing, err error) error {
	return fmt.Errorf("take rows %d to %d: %w", filings[0].Source.Row, filings[len(filings)-1].Source.Row, err)
}

// file files one batch, with the outcomes, in one act.
func (r *Run) file(ctx context.Context, b batch) error {
	answers, err := r.Office.FilePrepared(ctx, r.By, b.ready)
	if err != nil {
		return rowsFailed(b.filings, err)
	}
	for i, a := range answers {
		switch {
		case a.Erased:
			r.report.Erased++
		case a.Changed:
			r.report.Changed++
			if len(r.report.ChangedAt) < mostNamed {
				r.report.ChangedAt = append(r.report.ChangedAt, Place{b.filings[i].Source.Row, b.filings[i].Source.Line})
			}
		case a.Repeated:
			r.report.Repeated++
		default:
			r.report.Filed++
		}
		if a.Reported {
			r.report.Reported++
		}
	}
	return nil
}

// pass goes through the file once, with every row that can be taken and every
// one that can't. It answers the digest of what it read.
func (r *Run) pass(ctx context.Context, stage string, good func(office.Filing) error, bad func(*sheet.RowError) error) (digest docket.Hash, err error) {
	reader, err := sheet.Open(ctx, r.Path, r.Map, r.fields)
	if err != nil {
		return digest, err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	if info, err := os.Stat(r.Path); err == nil {
		r.size = info.Size()
	}
	rows := int64(0)
	for {
		row, err := reader.Next()
		if err == io.EOF {
			sum, size, _ := reader.FileDigest()
			r.report.Rows = rows
			r.tell(stage, size, size)
			return docket.Hash(sum), nil
		}
		rows++
		if rows%1000 == 0 {
			// One byte less than all: a stage is done when its last row is.
			r.tell(stage, min(reader.Offset(), r.size-1), r.size)
		}
		var filing office.Filing
		if err == nil {
			filing, err = r.filing(reader, row)
		}
		if broken, ok := errors.AsType[*sheet.RowError](err); ok {
			err = bad(broken)
		} else if err == nil {
			err = good(filing)
		}
		if err != nil {
			return digest, err
		}
	}
}

func (r *Run) tell(stage string, done, of int64) {
	if r.Progress != nil {
		r.Progress(stage, done, of)
	}
}

// filing makes a filing of a row, with what the office did as the rulebook
// reads it.
func (r *Run) filing(reader *sheet.Reader, row sheet.Row) (office.Filing, error) {
	digest := row.Digest
	f := office.Filing{
		Key: r.Map.Source + "\x00" + row.SourceNumber, Category: row.Category, Claimant: row.Claimant,
		Received: row.Received, Answers: row.Answers, Digest: digest[:],
		Source: &docket.Source{Name: r.Map.Source, Row: int64(row.Number), Line: int64(row.Line)},
	}
	if !r.report.FileDigest.IsZero() {
		hash := r.report.FileDigest
		f.Source.Hash = &hash
	}
	if i := r.Edition.Import; i != nil && i.SourceNumber != "" && f.Answers[i.SourceNumber] == "" {
		f.Answers[i.SourceNumber] = row.SourceNumber
	}
	if _, err := office.ReadFiling(r.Edition, f); err != nil {
		return f, reader.Refuse("", err)
	}
	if !r.WithOutcomes {
		return f, nil
	}
	reported, err := r.Edition.Outcome(row.Outcome)
	if err != nil {
		return f, reader.Refuse(columnOf(err), speakable(err))
	}
	f.Report = &office.Report{Reported: reported, Decided: row.DecidedOn}
	if row.AwardStated && reported.Outcome == rulebook.ReportedAward {
		f.Report.Award = row.Award
	}
	return f, nil
}

// columnOf is the column that a fault of the rulebook names.
func columnOf(err error) string {
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		return ""
	}
	for _, v := range f.Values {
		if v.Name == "column" {
			return v.Text
		}
	}
	return ""
}

// longestWord is the longest word of an outcome column that an error repeats,
// in bytes: where columns have slipped, anything may stand there.
const longestWord = 80

// speakable is a fault of the rulebook with the file's word as a terminal and
// a log may have it: short, and without control characters.
func speakable(err error) error {
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		return err
	}
	said := *f
	said.Values = slices.Clone(f.Values)
	for i, v := range said.Values {
		if v.Name != "word" {
			continue
		}
		if len(v.Text) > longestWord {
			v.Text = "…"
		}
		said.Values[i].Text = strings.Map(func(r rune) rune {
			if !unicode.IsPrint(r) {
				return '·'
			}
			return r
		}, v.Text)
	}
	return &said
}
