package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/workbook"
)

// A spreadsheet is checked, and filed, by the process that was asked to, while its
// representative looks elsewhere; how far it is, every machine of the installation
// says. One that was interrupted, by the process's end or anything else, goes on where
// it is begun again by them: each row is known by its own reference, so that none is
// filed twice.

const (
	// runsAtOnce is how many spreadsheets a process works on at a time: the others
	// wait.
	runsAtOnce = 2
	// reachEvery is how often it says how far it is.
	reachEvery = 2 * time.Second
	// lookEvery is how often a page that waits for a run looks.
	lookEvery = 50 * time.Millisecond
)

// settles waits until nobody works on a sheet, but not for long: a page comes in
// between.
func (s *represent) settles(r *http.Request, in acting, id string, most time.Duration) {
	for end := time.Now().Add(most); time.Now().Before(end); {
		if working, err := s.office.SheetWorked(r.Context(), in.by, id); err != nil || !working {
			return // what failed the page says
		}
		select {
		case <-r.Context().Done():
			return
		case <-time.After(lookEvery):
		}
	}
}

// begin works on a sheet from now on, unless somebody does. It is taken through as
// who asks, whose right office checks at each act.
func (s *represent) begin(r *http.Request, in acting, sheet workbook.Sheet, stage workbook.Stage) error {
	request := r.Clone(context.WithoutCancel(r.Context()))
	work, ctx, err := s.kept.Begin(request.Context(), in.by, sheet, stage)
	if fault.Code(err) == "bulk.working" {
		return nil
	}
	if err != nil {
		return err
	}
	go func() {
		s.places <- struct{}{}
		defer func() { <-s.places }()
		if err := s.work(ctx, in, work); err != nil {
			s.Report(request, err)
		}
		if err := work.End(request.Context()); err != nil {
			s.Report(request, err)
		}
	}()
	return nil
}

// work checks or files a sheet, and keeps what came of it. After an error it stays as
// it was begun, which the page calls interrupted.
func (s *represent) work(ctx context.Context, in acting, work *workbook.Work) error {
	stage, err := s.through(ctx, in, work)
	switch {
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.NotFound), fault.Is(err, fault.NotAllowed), fault.Is(err, fault.Conflict):
		stage, work.Sheet.Trouble = workbook.Failed, catalogue.Sentence(work.Sheet.Language, err)
	case err != nil:
		return err
	}
	return work.Came(ctx, stage)
}

// aside is a folder of its own for what of a large XLSX isn't held in memory while it
// is read and written, in clear: what a kill leaves there goes with the outbox.
func (s *represent) aside() (string, error) {
	folder, err := s.folder()
	if err != nil {
		return "", err
	}
	return os.MkdirTemp(folder, "sheet-*") // of mode 0700
}

// through takes a sheet through the check, or the filing, and keeps the file that
// comes back.
func (s *represent) through(ctx context.Context, in acting, work *workbook.Work) (stage workbook.Stage, err error) {
	sheet := &work.Sheet
	content, err := s.kept.Content(ctx, *sheet)
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
	aside, err := s.aside()
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(aside)) }()
	form.Aside = aside
	said := time.Now()
	stage = workbook.Checked
	err = work.Answer(ctx, func(to io.Writer) (err error) {
		run := &workbook.Run{
			Office: s.office, By: in.by, Form: form, Content: content, Result: to,
			Say: func(err error) string { return catalogue.Sentence(sheet.Language, err) },
			Progress: func(_ string, done, of int64) {
				if time.Since(said) < reachEvery {
					return
				}
				said = time.Now()
				_ = work.Reach(ctx, done, of) // it is told again
			},
		}
		if sheet.Stage != workbook.Filing {
			sheet.Report, err = run.Check(ctx)
			return err
		}
		report, err := run.File(ctx, sheet.KeepGoing)
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
