package web

import (
	"io"
	"net/http"
	"strconv"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/workbook"
)

// givenPage is one spreadsheet that was given.
type givenPage struct {
	Name, Path, State string
	Lang              string // in which it was checked: that of Trouble and Wrong
	Closed            bool   // this browser can't open it
	Running           bool
	Progress          string
	Interrupted       bool // and FileAgain says whether in the filing
	FileAgain         bool
	Trouble           string
	Counts            []screen.Row
	Wrong             []wrongLine
	MoreWrong         string
	Back              bool // the checked file can be had
	MayFile, MayRight bool // all rows; the right ones only
	Ready             string
	Alike             string // a warning
	Filed             bool
	Until             string
}

type wrongLine struct{ Where, Text string }

// ours is the sheet that an address names, of the asker's own organisation.
func (s *represent) ours(w http.ResponseWriter, r *http.Request, in acting) (workbook.Sheet, bool) {
	sheet, err := s.kept.Sheet(r.Context(), in.by, in.secret, r.PathValue("id"))
	if err != nil {
		s.refused(w, r, err, RepresentRoot+"bulk")
		return sheet, false
	}
	return sheet, true
}

// sheet says what came of one.
func (s *represent) sheet(w http.ResponseWriter, r *http.Request, in acting) {
	sheet, ok := s.ours(w, r, in)
	if !ok {
		return
	}
	if sheet.Working {
		s.settles(r, in, sheet.ID, waitLooked)
		if sheet, ok = s.ours(w, r, in); !ok {
			return
		}
	}
	s.show(w, r, http.StatusOK, "sheet.html", screen.Page{
		Title: in.words.Say("represent.sheet.title"), Back: RepresentRoot + "bulk", Body: s.givenPage(in.words, sheet),
	})
}

func (s *represent) givenPage(words screen.Words, sheet workbook.Sheet) givenPage {
	page := givenPage{
		Name: nameOf(words, sheet), Lang: sheet.Language, Path: RepresentRoot + "bulk/" + sheet.ID, State: stateOf(words, sheet), Closed: sheet.Closed,
		Trouble: sheet.Trouble, Until: words.Time(sheet.Expires.Time),
	}
	working := sheet.Stage == workbook.Checking || sheet.Stage == workbook.Filing
	page.FileAgain = sheet.Stage == workbook.Filing
	switch {
	case sheet.Working:
		page.Running = true
		page.Progress = words.Say("represent.sheet.waiting")
		if sheet.Rows > 0 {
			page.Progress = words.Say("represent.sheet.progress", "done", words.Number(sheet.Done), "of", words.Number(sheet.Rows))
		}
		return page
	case sheet.Closed:
		return page
	case working || sheet.Stage == workbook.Given:
		page.Interrupted = true
		return page
	case sheet.Stage == workbook.Failed:
		return page
	}
	rep := sheet.Report
	page.Filed, page.Back = sheet.Stage == workbook.Filed, sheet.Answered
	for _, c := range []struct {
		code string
		n    int64
	}{
		{"rows", rep.Rows},
		{"wrong", rep.Wrong},
		{"ready", rep.Ready},
		{"filed", rep.Filed},
		{"amended", rep.Amended},
		{"repeated", rep.Repeated},
		{"changed", rep.Changed},
		{"erased", rep.Erased},
	} {
		if c.n > 0 || c.code == "rows" || c.code == "wrong" {
			page.Counts = append(page.Counts, screen.Row{Key: words.Say("represent.count." + c.code), Value: words.Number(c.n)})
		}
	}
	for _, one := range rep.First {
		where := words.Say("represent.sheet.row", "row", strconv.Itoa(one.Row))
		if one.Column != "" {
			where = words.Say("represent.sheet.cell", "row", strconv.Itoa(one.Row), "column", one.Column)
		}
		page.Wrong = append(page.Wrong, wrongLine{where, one.Message})
	}
	if len(rep.First) > 0 && rep.Wrong > 0 {
		page.MoreWrong = words.Say("represent.sheet.more-wrong")
	}
	fit := rep.Ready + rep.Changed // what was filed with other answers is amended where the rulebook has it
	rows := words.Count("count.rows", int(fit))
	page.Ready = rows
	if rep.Alike > 0 {
		page.Alike = words.Say("represent.sheet.alike", "n", words.Number(rep.Alike))
	}
	page.MayFile = !page.Filed && rep.Wrong == 0 && fit > 0
	page.MayRight = !page.Filed && rep.Wrong > 0 && fit > 0
	return page
}

// nameOf is the name of a spreadsheet's file, where this browser opens it.
func nameOf(words screen.Words, sheet workbook.Sheet) string {
	if sheet.Closed {
		return words.Say("represent.sheet.given-by", "actor", sheet.Actor)
	}
	return sheet.Name
}

func stateOf(words screen.Words, sheet workbook.Sheet) string {
	code := string(sheet.Stage)
	switch working := sheet.Stage == workbook.Checking || sheet.Stage == workbook.Filing || sheet.Stage == workbook.Given; {
	case working && !sheet.Working:
		code = "interrupted"
	case sheet.Stage == workbook.Given:
		code = "checking"
	case sheet.Stage == workbook.Checked && sheet.Closed:
		code = "checked-there"
	case sheet.Stage == workbook.Checked && sheet.Report.Wrong > 0:
		code = "wrong"
	}
	return words.Say("represent.stage." + code)
}

func (s *represent) sheetLines(words screen.Words, list []workbook.Sheet) (lines []sheetLine) {
	for _, sheet := range list {
		lines = append(lines, sheetLine{RepresentRoot + "bulk/" + sheet.ID, nameOf(words, sheet), words.Time(sheet.Given.Time), stateOf(words, sheet)})
	}
	return lines
}

// checked gives the file that came back.
func (s *represent) checked(w http.ResponseWriter, r *http.Request, in acting) {
	sheet, ok := s.ours(w, r, in)
	if !ok {
		return
	}
	to := &beginning{to: w, first: func() { download(w, sheet.Programme+"-"+sheet.Category+".checked", sheet.Format) }}
	switch err := s.office.SheetBack(r.Context(), sheet.Sheet, to); {
	case err != nil && to.begun:
		panic(http.ErrAbortHandler) // half a file must not pass for a whole one
	case err != nil:
		s.refused(w, r, err, RepresentRoot+"bulk/"+sheet.ID)
	}
}

// beginning does something before the first byte: until then the answer may still
// become a page that says why there is none.
type beginning struct {
	to    io.Writer
	first func()
	begun bool
}

func (b *beginning) Write(p []byte) (int, error) {
	if !b.begun {
		b.begun = true
		b.first()
	}
	return b.to.Write(p)
}

// checkAgain checks one once more: after an interruption, or a mandate that came.
func (s *represent) checkAgain(w http.ResponseWriter, r *http.Request, in acting) {
	if sheet, ok := s.ours(w, r, in); ok {
		sheet.Language = in.words.Lang
		s.goOn(w, r, in, sheet, workbook.Checking)
	}
}

// file files one: all its rows where none is wrong, or the right ones only.
func (s *represent) file(w http.ResponseWriter, r *http.Request, in acting) {
	sheet, ok := s.ours(w, r, in)
	if !ok {
		return
	}
	typed, ok := s.formOf(w, r)
	if !ok {
		return
	}
	switch sheet.Stage {
	case workbook.Given, workbook.Checking, workbook.Failed:
		s.refused(w, r, fault.New(fault.Conflict, "represent.bulk.unchecked"), RepresentRoot+"bulk/"+sheet.ID)
		return
	}
	if which := typed.Get("which"); which != "" { // one that was interrupted goes on as it began
		sheet.KeepGoing = which == "right"
	}
	s.goOn(w, r, in, sheet, workbook.Filing)
}

// drop lets one go at once.
func (s *represent) drop(w http.ResponseWriter, r *http.Request, in acting) {
	sheet, ok := s.ours(w, r, in)
	if !ok {
		return
	}
	if err := s.office.DropSheet(r.Context(), in.by, sheet.ID); err != nil {
		s.refused(w, r, err, RepresentRoot+"bulk/"+sheet.ID)
		return
	}
	http.Redirect(w, r, RepresentRoot+"bulk?done=dropped", http.StatusSeeOther)
}
