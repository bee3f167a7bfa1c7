package web

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/upload"
	"github.com/openchancery/chancery/workbook"
)

// What a page takes: a CSV holds 100,000 rows in that; an XLSX unpacks to many times
// its size, so that a larger one comes as CSV.
const (
	mostCSV  = 32 << 20
	mostXLSX = 8 << 20
)

// How long a page waits for a run before it says how far that is.
const (
	waitBegun  = 3 * time.Second
	waitLooked = 5 * time.Second
)

// bulkPage is where filing by spreadsheet begins.
type bulkPage struct {
	Said   string
	Fields []screen.Field // of the template
	Sheets []sheetLine
	Days   string // how long one is kept
}

type sheetLine struct {
	Path, Name, Given, State string
}

// bulk offers the template, and lists what was given.
func (s *represent) bulk(w http.ResponseWriter, r *http.Request, in acting) {
	forms, err := s.forms(r, in.words, "")
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	sheets, err := s.kept.Sheets(r.Context(), in.by, in.secret)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	language := screen.Field{Kind: screen.Select, Name: "language", Label: in.words.Say("represent.bulk.language")}
	for _, code := range screen.Languages() {
		language.Choices = append(language.Choices, screen.Choice{Value: code, Label: screen.LanguageName(code), Checked: code == in.words.Lang})
	}
	format := screen.Field{Kind: screen.Radios, Name: "format", Label: in.words.Say("represent.bulk.format"), Choices: []screen.Choice{
		{Value: string(workbook.XLSX), Label: in.words.Say("represent.bulk.format.xlsx"), Checked: true},
		{Value: string(workbook.CSV), Label: in.words.Say("represent.bulk.format.csv")},
	}}
	s.show(w, r, http.StatusOK, "bulk.html", screen.Page{Title: in.words.Say("represent.bulk.title"), Body: bulkPage{
		Said: s.said(r), Fields: []screen.Field{forms, language, format}, Sheets: s.sheetLines(in.words, sheets), Days: in.words.Count("count.days", office.SheetDays),
	}})
}

// forms offers the categories of all open programmes, by PROGRAMME/CATEGORY.
func (s *represent) forms(r *http.Request, words screen.Words, chosen string) (screen.Field, error) {
	field := screen.Field{Kind: screen.Select, Name: "form", Label: words.Say("represent.bulk.form"), Choices: []screen.Choice{{Label: words.Say("represent.bulk.choose")}}}
	programmes, err := s.office.OpenProgrammes(r.Context())
	if err != nil {
		return field, err
	}
	for _, p := range programmes {
		e, err := s.office.OpenEdition(r.Context(), p.ID)
		if err != nil {
			return field, err
		}
		for i := range e.Categories {
			c := &e.Categories[i]
			value := p.ID + "/" + c.ID
			label := c.Title.In(words.Lang)
			if len(programmes) > 1 {
				label = e.Title.In(words.Lang) + ": " + label
			}
			field.Choices = append(field.Choices, screen.Choice{Value: value, Label: label, Checked: value == chosen})
		}
	}
	return field, nil
}

// formNamed is the form of PROGRAMME/CATEGORY. The faults are those of a programme
// and a category that aren't there.
func (s *represent) formNamed(r *http.Request, name, language string) (*rulebook.Edition, *workbook.Form, error) {
	programme, category, _ := strings.Cut(name, "/")
	e, err := s.office.OpenEdition(r.Context(), programme)
	if err != nil {
		return nil, nil, err
	}
	form, err := workbook.New(e, category, language)
	return e, form, err
}

// formats are the kinds of files that a spreadsheet is.
var formats = map[workbook.Format]string{
	workbook.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook.CSV: "text/csv; charset=utf-8",
}

// template gives the empty spreadsheet of a category.
func (s *represent) template(w http.ResponseWriter, r *http.Request, in acting) {
	q := r.URL.Query()
	format, language := workbook.Format(q.Get("format")), q.Get("language")
	if formats[format] == "" {
		format = workbook.XLSX
	}
	if screen.LanguageName(language) == "" {
		language = in.words.Lang
	}
	e, form, err := s.formNamed(r, q.Get("form"), language)
	if err != nil {
		s.refused(w, r, fault.New(fault.Invalid, "represent.bulk.no-form"), RepresentRoot+"bulk")
		return
	}
	var content bytes.Buffer
	if err := form.Template(&content, format); err != nil {
		s.Failed(w, r, err)
		return
	}
	download(w, e.ID+"-"+form.Category.ID, format)
	_, _ = content.WriteTo(w) // a reader who has gone is no fault
}

func download(w http.ResponseWriter, name string, format workbook.Format) {
	w.Header().Set("Content-Type", formats[format])
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.`+string(format)+`"`)
}

// uploadForm asks for a filled spreadsheet.
func (s *represent) uploadForm(w http.ResponseWriter, r *http.Request, in acting) {
	s.askSheet(w, r, in, http.StatusOK, r.URL.Query().Get("form"), nil)
}

func (s *represent) askSheet(w http.ResponseWriter, r *http.Request, in acting, status int, chosen string, problems []screen.Problem) {
	forms, err := s.forms(r, in.words, chosen)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	file := screen.Field{
		Kind: screen.File, Name: "sheet", Label: in.words.Say("represent.upload.file"), Accept: ".xlsx,.csv",
		Hint: in.words.Say("represent.upload.file-hint", "csv", strconv.Itoa(mostCSV>>20), "xlsx", strconv.Itoa(mostXLSX>>20)),
	}
	s.secretFor(w, r) // before two windows give at once, each of which would get another
	s.show(w, r, status, "upload.html", screen.Page{
		Title: in.words.Say("represent.upload.title"), Back: RepresentRoot + "bulk", Problems: problems, Body: wrongAt([]screen.Field{forms, file}, problems),
	})
}

// upload takes a filled spreadsheet in, and has it checked.
func (s *represent) upload(w http.ResponseWriter, r *http.Request, in acting) {
	r.Body = upload.Patiently(w, r)
	sheet, form, err := s.receive(w, r, in)
	switch code := fault.Code(err); {
	case code == "represent.bulk.no-form":
		s.askSheet(w, r, in, http.StatusUnprocessableEntity, form, []screen.Problem{{Field: "form", Text: in.words.Sentence(err)}})
	case fault.Is(err, fault.Invalid):
		s.askSheet(w, r, in, http.StatusUnprocessableEntity, form, []screen.Problem{{Field: "sheet", Text: in.words.Sentence(err)}})
	case err != nil:
		s.refused(w, r, err, RepresentRoot+"bulk/new")
	default:
		s.goOn(w, r, in, sheet, workbook.Checking)
	}
}

// goOn works on a sheet, and leads to its page: with the end of a short run.
func (s *represent) goOn(w http.ResponseWriter, r *http.Request, in acting, sheet workbook.Sheet, stage workbook.Stage) {
	if err := s.begin(r, in, sheet, stage); err != nil {
		s.refused(w, r, err, RepresentRoot+"bulk")
		return
	}
	s.settles(r, in, sheet.ID, waitBegun)
	http.Redirect(w, r, RepresentRoot+"bulk/"+sheet.ID, http.StatusSeeOther)
}

// receive keeps the spreadsheet of a form: the field form comes before the file.
func (s *represent) receive(w http.ResponseWriter, r *http.Request, in acting) (sheet workbook.Sheet, form string, err error) {
	// The right and the programme are looked at first, and then the file.
	if err := s.office.MaySheet(r.Context(), in.by); err != nil {
		return sheet, "", err
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return sheet, "", fault.New(fault.Invalid, "represent.upload.none")
	}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return sheet, form, fault.New(fault.Invalid, "represent.upload.none")
		}
		if err != nil {
			return sheet, form, fault.New(fault.Invalid, "represent.upload.broke")
		}
		switch {
		case part.FormName() == "form":
			text, err := io.ReadAll(io.LimitReader(part, 200))
			if err != nil {
				return sheet, form, fault.New(fault.Invalid, "represent.upload.broke")
			}
			form = string(text)
		case part.FormName() == "sheet" && part.FileName() != "":
			sheet, err := s.take(w, r, in, form, part)
			return sheet, form, err
		}
	}
}

func (s *represent) take(w http.ResponseWriter, r *http.Request, in acting, name string, part *multipart.Part) (sheet workbook.Sheet, err error) {
	e, form, err := s.formNamed(r, name, in.words.Lang)
	if err != nil {
		return sheet, fault.New(fault.Invalid, "represent.bulk.no-form")
	}
	if _, err := s.office.CheckFilings(r.Context(), in.by.Actor, e.ID, nil); err != nil {
		return sheet, err
	}
	content := bufio.NewReader(part)
	begins, err := content.Peek(4)
	if err != nil {
		return sheet, fault.New(fault.Invalid, "represent.upload.empty")
	}
	facts := workbook.Facts{Language: in.words.Lang, Name: clipName(path.Base(part.FileName())), Format: workbook.FormatOf(begins)}
	most := int64(mostCSV)
	if facts.Format == workbook.XLSX {
		most = mostXLSX
	}
	line := &lineOf{from: content}
	if sheet, err = s.kept.Take(r.Context(), in.by, s.secretFor(w, r), form, facts, line, most); err != nil && line.broke != nil {
		err = fault.New(fault.Invalid, "represent.upload.broke")
	}
	return sheet, err
}

// sheetsCookie holds the secret of a browser. Under what it gives rest the keys of the
// spreadsheets that were given with this browser: nobody needs to type anything, and
// what lies at the register opens without it only where nothing sensitive can be in it.
const sheetsCookie = "chancery-sheets"

// secretOf is the secret of a request's browser; nil without one.
func (s *represent) secretOf(r *http.Request) []byte {
	secret, err := base64.RawURLEncoding.DecodeString(s.Cookie(r, sheetsCookie))
	if err != nil || len(secret) != secretSize {
		return nil
	}
	return secret
}

const secretSize = 32

// secretFor is the same, and gives the browser one that has none. It stays as long as
// the last spreadsheet that is given with it.
func (s *represent) secretFor(w http.ResponseWriter, r *http.Request) []byte {
	secret := s.secretOf(r)
	if secret == nil {
		secret = make([]byte, secretSize)
		_, _ = rand.Read(secret) // it never fails: it ends the program first
	}
	s.SetCookie(w, r, sheetsCookie, base64.RawURLEncoding.EncodeToString(secret), int(office.SheetDays*24*time.Hour/time.Second))
	return secret
}

// lineOf remembers that a line broke, apart from what failed here.
type lineOf struct {
	from  io.Reader
	broke error
}

func (l *lineOf) Read(b []byte) (int, error) {
	n, err := l.from.Read(b)
	if err != nil && err != io.EOF {
		l.broke = err
	}
	return n, err
}

// mostName is how much of a file's name is shown and kept, in characters.
const mostName = 100

func clipName(name string) string {
	if r := []rune(name); len(r) > mostName {
		return "…" + string(r[len(r)-mostName+1:])
	}
	return name
}
