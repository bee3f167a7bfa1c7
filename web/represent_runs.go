package web

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/workbook"
)

// A spreadsheet is checked, and filed, by this process while its representative
// looks elsewhere. One that was interrupted, by the process's end or anything else,
// goes on where it is begun again by them: each row is known by its own reference,
// so that none is filed twice.

// runsAtOnce is how many spreadsheets are worked on at a time: the others wait.
const runsAtOnce = 2

// runs are those that this process works on.
type runs struct {
	mu     sync.Mutex
	at     map[string]*running // by the sheet's id; owned by mu
	places chan struct{}
}

// running is one of them.
type running struct {
	done     chan struct{} // closed at its end
	rows, of atomic.Int64
}

// of is the run of a sheet; nil where nobody works on it.
func (r *runs) of(id string) *running {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at[id]
}

// wait waits for a run's end, but not for long: a page comes in between.
func (r *running) wait(ctx context.Context, most time.Duration) {
	if r == nil {
		return
	}
	select {
	case <-r.done:
	case <-ctx.Done():
	case <-time.After(most):
	}
}

// begin works on a sheet from now on, unless somebody does. It is taken through as
// who asks, whose right office checks at each act.
func (s *represent) begin(r *http.Request, in acting, sheet workbook.Sheet, stage workbook.Stage) error {
	s.runs.mu.Lock()
	defer s.runs.mu.Unlock()
	if s.runs.at[sheet.ID] != nil {
		return nil
	}
	sheet.Stage, sheet.Trouble = stage, ""
	if err := s.kept.Put(sheet); err != nil {
		return err
	}
	run := &running{done: make(chan struct{})}
	s.runs.at[sheet.ID] = run
	ctx, route := context.WithoutCancel(r.Context()), r.Clone(context.WithoutCancel(r.Context()))
	go func() {
		s.runs.places <- struct{}{}
		defer func() {
			<-s.runs.places
			s.runs.mu.Lock()
			delete(s.runs.at, sheet.ID)
			s.runs.mu.Unlock()
			close(run.done)
		}()
		s.work(ctx, route, in, sheet, run)
	}()
	return nil
}

// work checks or files a sheet, and keeps what came of it.
func (s *represent) work(ctx context.Context, r *http.Request, in acting, sheet workbook.Sheet, run *running) {
	stage, err := s.through(ctx, in, &sheet, run)
	switch {
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.NotFound), fault.Is(err, fault.NotAllowed), fault.Is(err, fault.Conflict):
		sheet.Stage, sheet.Trouble = workbook.Failed, catalogue.Sentence(sheet.Language, err)
	case err != nil:
		// It stays as it was begun, which the page calls interrupted.
		s.Report(r, err)
		return
	default:
		sheet.Stage = stage
	}
	if err := s.kept.Put(sheet); err != nil {
		s.Report(r, err)
	}
}

// through takes a sheet through the check, or the filing, and keeps the file that
// comes back.
func (s *represent) through(ctx context.Context, in acting, sheet *workbook.Sheet, run *running) (workbook.Stage, error) {
	content, err := s.kept.Content(*sheet)
	if err != nil {
		return "", err
	}
	e, err := s.office.Edition(ctx, sheet.Programme)
	if err != nil {
		return "", err
	}
	form, err := workbook.New(e, sheet.Category, sheet.Language)
	if err != nil {
		return "", err
	}
	stage := workbook.Checked
	err = s.kept.Answer(*sheet, func(to io.Writer) (err error) {
		work := &workbook.Run{
			Office: s.office, By: in.by, Form: form, Content: content, Result: to,
			Say: func(err error) string { return catalogue.Sentence(sheet.Language, err) },
			Progress: func(_ string, done, of int64) {
				run.rows.Store(done)
				run.of.Store(of)
			},
		}
		if sheet.Stage != workbook.Filing {
			sheet.Report, err = work.Check(ctx)
			return err
		}
		report, err := work.File(ctx, sheet.KeepGoing)
		if fault.Code(err) == "bulk.rows-wrong" {
			err = nil // nothing was filed, and the file says why
		} else if err == nil {
			stage = workbook.Filed
		}
		sheet.Report = report
		return err
	})
	return stage, err
}
