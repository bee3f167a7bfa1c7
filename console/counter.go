package console

import (
	"net/http"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// counterPage is where a clerk helps somebody who stands before them: to begin,
// or to come back after a code was lost.
type counterPage struct {
	Programme, Language, Reach, Reference screen.Field

	Code     claim.Code // that was just given: shown once, for the person alone
	Replaced bool
	Entered  string // the page where it is entered
}

// counter shows the page.
func (d *desk) counter(w http.ResponseWriter, r *http.Request) { d.showCounter(w, r, counterPage{}) }

func (d *desk) showCounter(w http.ResponseWriter, r *http.Request, page counterPage) {
	words := d.Words(r)
	desks, _, err := d.office.Desks(r.Context(), visiting(r).by)
	if err != nil {
		d.Failed(w, r, err)
		return
	}
	page.Programme = screen.Field{Kind: screen.Select, Name: "programme", Label: words.Say("console.counter.programme")}
	page.Language = screen.Field{Kind: screen.Radios, Name: "language", Label: words.Say("console.counter.language")}
	page.Reach = screen.Field{Kind: screen.Line, Name: "reach", Label: words.Say("console.counter.reach"), Hint: words.Say("console.counter.reach.hint"), Width: 30, Max: 200}
	page.Reference = screen.Field{Kind: screen.Line, Name: "reference", Label: words.Say("console.counter.reference"), Width: 20, Max: 40, Code: true}
	for _, at := range desks {
		page.Programme.Choices = append(page.Programme.Choices, screen.Choice{Value: at.Programme.ID, Label: at.Edition.Title.In(words.Lang)})
	}
	for _, lang := range screen.Languages() {
		page.Language.Choices = append(page.Language.Choices, screen.Choice{Value: lang, Label: screen.LanguageName(lang), Checked: lang == words.Lang})
	}
	d.show(w, r, http.StatusOK, "counter.html", screen.Page{Title: words.Say("console.counter.title"), Body: page})
}

// beginAtCounter begins a draft with the person beside.
func (d *desk) beginAtCounter(w http.ResponseWriter, r *http.Request) {
	code, err := d.office.BeginAtCounter(r.Context(), visiting(r).by, r.PostFormValue("programme"), office.OwnContent{
		Language: r.PostFormValue("language"), Last: d.Interview + "what",
	})
	d.codeGiven(w, r, counterPage{Code: code, Entered: d.Interview + "back"}, err)
}

// codeAtCounter gives a new code to who lost theirs.
func (d *desk) codeAtCounter(w http.ResponseWriter, r *http.Request) {
	reach := r.PostFormValue("reach")
	if reach == "" {
		d.refused(w, r, fault.New(fault.Invalid, "console.form"), Root+"counter")
		return
	}
	code, err := d.office.ReplaceOwnCode(r.Context(), visiting(r).by, reach)
	d.codeGiven(w, r, counterPage{Code: code, Replaced: true, Entered: d.Interview + "back"}, err)
}

// claimCodeAtCounter gives a new code of a claim that was sent; it is an act, and
// the claimant sees when it was.
func (d *desk) claimCodeAtCounter(w http.ResponseWriter, r *http.Request) {
	found, err := d.office.FindClaim(r.Context(), r.PostFormValue("reference"))
	var code claim.Code
	if err == nil {
		code, _, err = d.office.GiveCode(r.Context(), visiting(r).by, found.Programme, found.ID)
	}
	d.codeGiven(w, r, counterPage{Code: code, Replaced: true, Entered: "/claim/"}, err)
}

func (d *desk) codeGiven(w http.ResponseWriter, r *http.Request, page counterPage, err error) {
	if err != nil {
		d.refused(w, r, err, Root+"counter")
		return
	}
	d.showCounter(w, r, page)
}
