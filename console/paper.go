package console

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/paper"
	"github.com/openchancery/chancery/question"
	"github.com/openchancery/chancery/screen"
)

// Forms on paper: one clerk keys, another keys again and decides where the two
// differ, and the claim is filed in the names of both. No address holds a form's
// number: it comes in the body of a form.

// paperCookie holds the key of the form that a clerk has open: its id and, behind a
// dot, the key.
const paperCookie = "chancery-paper"

// paperPage lists the forms that are on their way, and takes the next one.
type paperPage struct {
	Said   string
	Number screen.Field
	Print  []screen.Link
	Forms  []paperLine
}

type paperLine struct {
	ID, Title, Stage, Received, Who, Since string
	Open, Mine                             bool
}

// papers shows the list.
func (d *desk) papers(w http.ResponseWriter, r *http.Request) {
	d.showPapers(w, r, http.StatusOK, "", "")
}

func (d *desk) showPapers(w http.ResponseWriter, r *http.Request, status int, typed, problem string) {
	ctx, by, words := r.Context(), visiting(r).by, d.Words(r)
	page := paperPage{Said: d.said(r), Number: screen.Field{
		Kind: screen.Line, Name: "number", Label: words.Say("paper.desk.number"), Hint: words.Say("paper.desk.number-hint"), Value: typed, Width: 30, Max: 160, Code: true, Problem: problem,
	}}
	open, err := d.office.OpenProgrammes(ctx)
	if err != nil {
		d.Failed(w, r, err)
		return
	}
	for _, p := range open {
		e, err := d.office.OpenEdition(ctx, p.ID)
		if err != nil {
			d.Failed(w, r, err)
			return
		}
		page.Print = append(page.Print, screen.Link{Path: d.Interview + "paper/" + p.ID, Text: e.Title.In(words.Lang)})
	}
	forms, err := d.office.PaperForms(ctx, by)
	if err != nil {
		d.refused(w, r, err, Root)
		return
	}
	for _, f := range forms {
		line := paperLine{
			ID: f.ID, Title: f.Category, Stage: words.Say("paper.stage." + f.Stage), Received: words.Date(f.Received), Who: f.Keyer, Since: words.Time(f.Updated.Time), Open: f.Open,
			Mine: f.Stage == office.PaperKeying && f.Keyer == by.Actor.ID() || f.Checker == by.Actor.ID(),
		}
		if f.Checker != "" {
			line.Who = words.Say("paper.desk.both", "first", f.Keyer, "second", f.Checker)
		}
		if e, err := d.office.OpenEdition(ctx, f.Programme); err == nil {
			if c, ok := e.Category(f.Category); ok {
				line.Title = c.Title.In(words.Lang)
			}
		}
		page.Forms = append(page.Forms, line)
	}
	p := screen.Page{Title: words.Say("paper.desk.title"), Body: page}
	if problem != "" {
		p.Problems = []screen.Problem{{Field: "number", Text: problem}}
	}
	d.show(w, r, status, "paper.html", p)
}

// findPaper takes the number of a form, or what its code says: a form that is on
// its way is opened, another one is begun.
func (d *desk) findPaper(w http.ResponseWriter, r *http.Request) {
	words, typed := d.Words(r), r.PostFormValue("number")
	var mark paper.Mark
	var err error
	if paper.IsMark(typed) {
		mark, err = paper.ParseMark(typed)
	} else {
		mark.Number, err = paper.ParseNumber(typed)
	}
	if err != nil {
		d.showPapers(w, r, http.StatusUnprocessableEntity, "", words.Sentence(err))
		return
	}
	k, err := d.office.PaperByNumber(r.Context(), visiting(r).by, mark.Number)
	switch {
	case fault.Code(err) == "paper.none":
		d.askBegin(w, r, http.StatusOK, begunTyped{number: string(mark.Number), programme: mark.Programme + "/" + mark.Category, language: mark.Language, edition: mark.Edition}, nil)
	case err != nil:
		d.refused(w, r, err, Root+"paper")
	default:
		d.openPaper(w, r, k)
	}
}

// begunTyped is what was typed of a form that comes to the desk.
type begunTyped struct {
	number, programme, language, edition string
	day, month, year                     string
}

// beginPage asks what kind of form it is, and when it came.
type beginPage struct {
	Number, Edition          string
	Form, Language, Received screen.Field
	Older                    bool // it was printed under another edition
}

func (d *desk) askBegin(w http.ResponseWriter, r *http.Request, status int, typed begunTyped, problems []screen.Problem) {
	words := d.Words(r)
	page := beginPage{
		Number: typed.number, Edition: typed.edition,
		Form:     screen.Field{Kind: screen.Select, Name: "form", Label: words.Say("paper.desk.form")},
		Language: screen.Field{Kind: screen.Radios, Name: "language", Label: words.Say("paper.desk.language")},
		Received: screen.Field{Kind: screen.DayPart, Name: "received", Label: words.Say("paper.desk.received"), Hint: words.Say("paper.desk.received-hint"), Day: typed.day, Month: typed.month, Year: typed.year},
	}
	open, err := d.office.OpenProgrammes(r.Context())
	for n := 0; err == nil && n < len(open); n++ {
		e, editionErr := d.office.OpenEdition(r.Context(), open[n].ID)
		if err = editionErr; err != nil {
			break
		}
		for i := range e.Categories {
			c := &e.Categories[i]
			value := e.ID + "/" + c.ID
			page.Form.Choices = append(page.Form.Choices, screen.Choice{Value: value, Label: e.Title.In(words.Lang) + ": " + c.Title.In(words.Lang), Checked: value == typed.programme})
		}
		page.Older = page.Older || typed.edition != "" && strings.HasPrefix(typed.programme, e.ID+"/") && !strings.HasPrefix(e.Hash.String(), typed.edition)
	}
	if err != nil {
		d.Failed(w, r, err)
		return
	}
	for _, lang := range screen.Languages() {
		page.Language.Choices = append(page.Language.Choices, screen.Choice{Value: lang, Label: screen.LanguageName(lang), Checked: lang == typed.language || typed.language == "" && lang == words.Lang})
	}
	for _, p := range problems {
		if p.Field == "received" {
			page.Received.Problem = p.Text
		}
	}
	d.show(w, r, status, "paper-begin.html", screen.Page{Title: words.Say("paper.desk.begin"), Back: Root + "paper", Problems: problems, Body: page})
}

// beginPaper begins the keying of a form.
func (d *desk) beginPaper(w http.ResponseWriter, r *http.Request) {
	words := d.Words(r)
	typed := begunTyped{
		number: r.PostFormValue("number"), programme: r.PostFormValue("form"), language: r.PostFormValue("language"), edition: r.PostFormValue("edition"),
		day: r.PostFormValue("received-day"), month: r.PostFormValue("received-month"), year: r.PostFormValue("received-year"),
	}
	number, err := paper.ParseNumber(typed.number)
	programme, category, ok := strings.Cut(typed.programme, "/")
	if err != nil || !ok || !slices.Contains(screen.Languages(), typed.language) {
		d.refused(w, r, fault.New(fault.Invalid, "console.form"), Root+"paper")
		return
	}
	received, ok := question.ReadDay(typed.day, typed.month, typed.year)
	if !ok {
		d.askBegin(w, r, http.StatusUnprocessableEntity, typed, []screen.Problem{{Field: "received", Text: words.Say("interview.problem.date", "label", words.Say("paper.desk.received"))}})
		return
	}
	k, err := d.office.BeginPaper(r.Context(), visiting(r).by, office.PaperBegun{
		Number: number, Programme: programme, Category: category, Language: typed.language, Edition: typed.edition, Received: received,
	})
	switch {
	case fault.Code(err) == "paper.received":
		d.askBegin(w, r, http.StatusUnprocessableEntity, typed, []screen.Problem{{Field: "received", Text: words.Sentence(err)}})
	case err != nil:
		d.refused(w, r, err, Root+"paper")
	default:
		d.openPaper(w, r, k)
	}
}

// listedPaper opens a form of the list.
func (d *desk) listedPaper(w http.ResponseWriter, r *http.Request) {
	k, err := d.office.PaperByList(r.Context(), visiting(r).by, r.PathValue("id"))
	if err != nil {
		d.refused(w, r, err, Root+"paper")
		return
	}
	d.openPaper(w, r, k)
}

func (d *desk) openPaper(w http.ResponseWriter, r *http.Request, k office.OwnKey) {
	d.keepPaper(w, r, k)
	http.Redirect(w, r, Root+"paper/"+k.ID, http.StatusSeeOther)
}

// keepPaper gives the browser the key of the form that is open.
func (d *desk) keepPaper(w http.ResponseWriter, r *http.Request, k office.OwnKey) {
	d.SetCookie(w, r, paperCookie, k.ID+"."+base64.RawURLEncoding.EncodeToString(k.Key), 0)
}

// paperWork is the form that an address names, for who has it open; another tab may
// have another one open: then the house opens it again, if it can.
func (d *desk) paperWork(w http.ResponseWriter, r *http.Request) (office.PaperWork, bool) {
	by, id := visiting(r).by, r.PathValue("id")
	held, sealed, _ := strings.Cut(d.Cookie(r, paperCookie), ".")
	if key, err := base64.RawURLEncoding.DecodeString(sealed); err == nil && held == id {
		work, err := d.office.Paper(r.Context(), by, office.OwnKey{ID: id, Key: key})
		if err == nil {
			return work, true
		}
		if fault.Code(err) != "paper.none" { // another clerk may have changed its key
			d.refused(w, r, err, Root+"paper")
			return office.PaperWork{}, false
		}
	}
	k, err := d.office.PaperByList(r.Context(), by, id)
	var work office.PaperWork
	if err == nil {
		work, err = d.office.Paper(r.Context(), by, k)
	}
	if err != nil {
		d.refused(w, r, err, Root+"paper")
		return office.PaperWork{}, false
	}
	d.keepPaper(w, r, k)
	return work, true
}
