package workbook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
)

// Run takes one filled spreadsheet through. Check looks at every row and files
// nothing; File files what Check found fit.
type Run struct {
	Office   *office.Office
	By       office.By
	Form     *Form
	Content  []byte             // the file, see Load
	Say      func(error) string // makes a sentence of a fault
	Result   io.Writer          // gets the same spreadsheet with what is told of each row; nil for none
	Progress office.Progress    // in rows; may be nil

	organisation string
	own          map[string]int // by own reference: the row where it stands first
	states       []state        // by row, in their order
	report       Report
}

// Report counts what came of the rows: each of them is in exactly one of Wrong,
// Ready, Filed, Amended, Repeated, Changed and Erased.
type Report struct {
	Rows     int64   `json:"rows"`
	Wrong    int64   `json:"wrong"`            // they can't be filed as they stand
	Ready    int64   `json:"ready"`            // they can be filed, and weren't
	Filed    int64   `json:"filed"`            // now
	Repeated int64   `json:"already_here"`     // the same row was filed before
	Amended  int64   `json:"amended"`          // filed before with other answers, which are these now
	Changed  int64   `json:"changed"`          // filed before with other answers, which stay
	Erased   int64   `json:"erased"`           // filed before, and erased since: nothing was filed
	Alike    int64   `json:"alike,omitempty"`  // of those that are ready: the organisation has filed for somebody like this before
	First    []Wrong `json:"errors,omitempty"` // the first mostNamed wrong cells
}

// Wrong is a cell that is wrong.
type Wrong struct {
	Row     int    `json:"row"`              // as the spreadsheet counts them
	Column  string `json:"column,omitempty"` // its letter; "" where the row as a whole is wrong
	Message string `json:"message"`
}

// mostNamed is how many wrong cells a report names; the file that comes back names
// all.
const mostNamed = 20

// rowsAtOnce is how many rows are looked at, and filed, in one act.
const rowsAtOnce = 1000

// state is what is known of a row.
type state uint8

const (
	ready state = iota
	wrong
	repeated
	changed
	erased
	filed
	amended
)

// cellFault is what is wrong with a cell; column -1 is the row as a whole.
type cellFault struct {
	column int
	fault  error
}

// read is a row as it would be filed.
type read struct {
	row
	filing office.Filing
	state  state
	wrong  []cellFault
	answer office.FilingAnswer
	why    error // nothing was amended
	alike  bool  // the organisation has filed for somebody like this
}

// Check looks at every row and files nothing.
func (r *Run) Check(ctx context.Context) (Report, error) {
	result, err := r.begin(ctx, r.Result)
	if err != nil {
		return r.report, err
	}
	err = r.batches(func(batch []read) error {
		if err := r.check(ctx, batch); err != nil {
			return err
		}
		r.say("check", int64(len(r.states)), int64(max(len(r.states)+len(batch), bytes.Count(r.Content, []byte("\n")))))
		return r.tell(result, batch)
	})
	r.say("check", int64(len(r.states)), int64(len(r.states)))
	return r.report, end(result, err)
}

// File checks every row, and then files those that can be. Where a row is wrong it
// files none, unless keepGoing: then the wrong ones are left out, which their rows
// say. The fault is bulk.rows-wrong. Stopped anywhere and given again, it finishes.
func (r *Run) File(ctx context.Context, keepGoing bool) (Report, error) {
	if _, err := r.begin(ctx, nil); err != nil {
		return r.report, err
	}
	checked := *r
	checked.Result = nil
	report, err := checked.Check(ctx)
	if err != nil {
		return report, err
	}
	if report.Wrong > 0 && !keepGoing {
		report, err = r.Check(ctx) // with the file that says what
		if err == nil {
			err = fault.New(fault.Invalid, "bulk.rows-wrong", "wrong", report.Wrong, "rows", report.Rows)
		}
		return report, err
	}
	r.states = nil
	result, err := r.begin(ctx, r.Result)
	if err != nil {
		return r.report, err
	}
	err = end(result, r.file(ctx, checked.states, result))
	r.say("file", int64(len(checked.states)), int64(len(checked.states)))
	return r.report, err
}

// file goes through the rows again: one goroutine reads and prepares a batch while
// another files the one before.
func (r *Run) file(ctx context.Context, states []state, result writer) error {
	type batch struct {
		rows   []read
		filing []int // which of rows are filed
		ready  *office.Prepared
	}
	batches := make(chan batch, 1)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(batches)
		at := 0
		return r.batches(func(rows []read) (err error) {
			b := batch{rows: slices.Clone(rows)}
			var filings []office.Filing
			for i := range b.rows {
				if b.rows[i].state != wrong {
					b.rows[i].state = states[at+i]
				}
				if b.rows[i].state != wrong {
					b.filing, filings = append(b.filing, i), append(filings, b.rows[i].filing)
				}
			}
			if err := r.whatIsWrong(ctx, b.rows); err != nil { // for their sentences
				return err
			}
			at += len(rows)
			if b.ready, err = r.Office.PrepareFilings(ctx, r.Form.Edition.ID, filings); err != nil {
				return err
			}
			select {
			case batches <- b:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	group.Go(func() error {
		done := int64(0)
		for b := range batches {
			answers, err := r.Office.FilePrepared(ctx, r.By, b.ready)
			if err != nil {
				return err
			}
			for i, a := range answers {
				of := &b.rows[b.filing[i]]
				of.answer, of.state = a, stateOf(a)
				if of.state == changed {
					r.amend(ctx, of)
				}
			}
			if err := r.tell(result, b.rows); err != nil {
				return err
			}
			done += int64(len(b.rows))
			r.say("file", min(done, int64(len(states))-1), int64(len(states)))
		}
		_, err := r.Office.Sequence(ctx)
		return err
	})
	return group.Wait()
}

func stateOf(a office.FilingAnswer) state {
	switch {
	case a.Erased:
		return erased
	case a.Changed:
		return changed
	case a.Repeated:
		return repeated
	}
	return filed
}

// amend gives a claim that is on file the answers of its row, where the rulebook
// lets who files do so and the register hasn't answered it yet. Columns that the
// file hasn't got change nothing; an empty cell takes an answer back. The row given
// again amends nothing.
func (r *Run) amend(ctx context.Context, of *read) {
	answers := map[string]string{}
	for i := range r.Form.columns {
		if c := &r.Form.columns[i]; c.field != "" && of.there[i] {
			answers[c.field] = of.filing.Answers[c.field]
		}
	}
	by := r.By
	by.Key = ""
	if _, err := r.Office.AmendRefiled(ctx, by, r.Form.Edition.ID, of.answer.ID, answers); err == nil {
		of.state = amended
	} else if fault.Code(err) != "policy.not-in-edition" { // then the row's sentence says it
		of.why = err
	}
}

func (r *Run) begin(ctx context.Context, result io.Writer) (w writer, err error) {
	r.own, r.report, r.states = map[string]int{}, Report{}, r.states[:0]
	if r.organisation, err = r.Office.Organisation(ctx, r.By.Actor); err != nil || result == nil {
		return nil, err
	}
	return r.Form.writer(result, FormatOf(r.Content))
}

func end(w writer, err error) error {
	switch {
	case w == nil:
		return err
	case err != nil:
		w.leave()
		return err
	}
	return w.close()
}

func (r *Run) say(stage string, done, of int64) {
	if r.Progress != nil && of > 0 {
		r.Progress(stage, done, of)
	}
}

// batches goes through the file, rowsAtOnce rows at a time.
func (r *Run) batches(each func([]read) error) error {
	batch := make([]read, 0, rowsAtOnce)
	clear(r.own)
	err := r.Form.rows(r.Content, func(at row) error {
		batch = append(batch, r.read(at))
		if len(batch) < rowsAtOnce {
			return nil
		}
		err := each(batch)
		batch = batch[:0]
		return err
	})
	if err != nil || len(batch) == 0 {
		return err
	}
	return each(batch)
}

// ownForm is what an own reference may look like: it is repeated in messages.
var ownForm = regexp.MustCompile(`^[\pL\pN][\pL\pN ._/#-]{0,39}$`)

// mandateForm is a mandate's id.
var mandateForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// read makes a filing of a row.
func (r *Run) read(at row) read {
	f := r.Form
	made := read{row: at, filing: office.Filing{Category: f.Category.ID, Answers: map[string]string{}}}
	bad := func(column string, code string, pairs ...any) {
		made.wrong = append(made.wrong, cellFault{f.at[column], fault.New(fault.Invalid, code, pairs...)})
	}
	for i := range f.columns {
		c := &f.columns[i]
		text := c.canonical(at.cells[i])
		switch c.name {
		case ResultColumn:
		case rulebook.NumberColumn:
			switch first, twice := r.own[text]; {
			case text == "":
				bad(c.name, "bulk.own-missing")
			case !ownForm.MatchString(text):
				bad(c.name, "bulk.own-form")
			case twice:
				bad(c.name, "bulk.own-twice", "row", first)
			default:
				r.own[text] = at.number
			}
			if made.filing.Key = r.key(text); r.organisation != "" {
				made.filing.Own = text
			}
		case MandateColumn:
			if made.filing.Mandate = claim.MandateID(strings.ToLower(text)); text != "" && !mandateForm.MatchString(string(made.filing.Mandate)) {
				bad(c.name, "mandate.none")
			}
		case rulebook.ReceivedColumn:
			var err error
			if text != "" {
				if made.filing.Received, err = day.Parse(text); err != nil {
					bad(c.name, "bulk.received")
				}
			}
		case rulebook.ClaimantColumn:
			made.filing.Claimant = text
		default:
			if text != "" {
				made.filing.Answers[c.field] = text
			}
		}
	}
	if len(made.wrong) > 0 {
		made.state = wrong
	}
	return made
}

// key names a filing by its filer's own reference.
func (r *Run) key(own string) string { return office.BulkReference(r.organisation, own) }

// check holds a batch against the rulebook, the mandates and what is on file.
func (r *Run) check(ctx context.Context, batch []read) error {
	filings := make([]office.Filing, len(batch))
	for i := range batch {
		filings[i] = batch[i].filing
	}
	checked, err := r.Office.CheckFilings(ctx, r.By.Actor, r.Form.Edition.ID, filings)
	if err != nil {
		return err
	}
	for i, c := range checked {
		for _, err := range c.Wrong {
			batch[i].found(r.Form.columnOfFault(err), err)
		}
		batch[i].alike = c.Alike
		switch {
		case len(batch[i].wrong) > 0:
			batch[i].state = wrong
		case c.Erased:
			batch[i].state = erased
		case c.Changed:
			batch[i].state = changed
		case c.Repeated:
			batch[i].state = repeated
		}
	}
	return nil
}

// whatIsWrong finds again what is wrong with the wrong rows of a batch.
func (r *Run) whatIsWrong(ctx context.Context, batch []read) error {
	if !slices.ContainsFunc(batch, func(b read) bool { return b.state == wrong }) {
		return nil
	}
	again := slices.Clone(batch)
	if err := r.check(ctx, again); err != nil {
		return err
	}
	for i := range batch {
		if batch[i].state == wrong {
			batch[i].wrong = again[i].wrong
		}
	}
	return nil
}

// found adds a fault, unless its cell has one already.
func (b *read) found(column int, err error) {
	if !slices.ContainsFunc(b.wrong, func(w cellFault) bool { return w.column == column }) {
		b.wrong = append(b.wrong, cellFault{column, err})
	}
}

// columnOfFault is the column that a fault speaks of; -1 for none.
func (f *Form) columnOfFault(err error) int {
	switch code := fault.Code(err); {
	case strings.HasPrefix(code, "mandate."):
		return f.at[MandateColumn]
	case code == "claim.claimant-kind":
		return f.at[rulebook.ClaimantColumn]
	}
	coded, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		return -1
	}
	for _, at := range coded.Values {
		if at.Name != "field" {
			continue
		}
		for i := range f.columns {
			if f.columns[i].field == at.Text && at.Text != "" {
				return i
			}
		}
	}
	return -1
}

// tell counts a batch, and writes its rows with what is told of them.
func (r *Run) tell(result writer, batch []read) error {
	for i := range batch {
		b := &batch[i]
		r.states = append(r.states, b.state)
		r.report.Rows++
		*r.count(b.state)++
		if b.alike && b.state == ready {
			r.report.Alike++
		}
		told, columns := r.told(b)
		if result == nil {
			continue
		}
		if err := result.row(b.cells, told, columns); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) count(s state) *int64 {
	return [...]*int64{
		ready: &r.report.Ready, wrong: &r.report.Wrong, repeated: &r.report.Repeated,
		changed: &r.report.Changed, amended: &r.report.Amended, erased: &r.report.Erased, filed: &r.report.Filed,
	}[s]
}

// told is what is told of a row, and the columns that are wrong.
func (r *Run) told(b *read) (string, []int) {
	if b.state != wrong {
		text := r.Form.say("bulk.row." + [...]string{
			ready: "ready", repeated: "repeated", changed: "changed", erased: "erased", filed: "filed", amended: "amended",
		}[b.state])
		if b.why != nil {
			text += "\n" + r.Say(b.why)
		}
		if b.alike && b.state == ready {
			text += "\n" + r.Form.say("bulk.row.alike")
		}
		if b.answer.Reference != "" && b.state != changed {
			text += " " + string(b.answer.Reference)
		}
		return text, nil
	}
	var sentences []string
	var columns []int
	for _, w := range b.wrong {
		named := Wrong{Row: b.number, Message: r.Say(w.fault)}
		text := named.Message
		if w.column >= 0 {
			named.Column = columnName(w.column)
			text = r.Form.columns[w.column].title + ": " + text
			columns = append(columns, w.column)
		}
		sentences = append(sentences, text)
		if len(r.report.First) < mostNamed {
			r.report.First = append(r.report.First, named)
		}
	}
	return strings.Join(sentences, "\n"), append(columns, 0)
}
