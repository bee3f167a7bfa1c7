package web

import (
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// Who fills it in, how they can be reached without danger, and the code that
// brings the draft back on another device.

// The answers to who fills it in.
var whoHelps = []string{"myself", "helped", "later"}

func (v *visit) whoPage(chosen string) (screen.Page, *screen.Field) {
	f := screen.Field{Kind: screen.Radios, Name: "help", Label: v.words.Say("interview.who.title"), Hint: v.words.Say("interview.who.hint"), Heading: true}
	for _, one := range whoHelps {
		f.Choices = append(f.Choices, screen.Choice{Value: one, Label: v.words.Say("interview.who." + one), Hint: v.words.Say("interview.who." + one + "-hint"), Checked: chosen == one})
	}
	fields := []screen.Field{f}
	return screen.Page{Title: f.Label, Back: InterviewRoot + "claims", Body: fieldsPage{Fields: fields}}, &fields[0]
}

func (i *Interview) who(w http.ResponseWriter, r *http.Request, v *visit) {
	page, _ := v.whoPage(v.draft.Help)
	i.showOwn(w, r, v, http.StatusOK, "fields.html", page)
}

func (i *Interview) saveWho(w http.ResponseWriter, r *http.Request, v *visit) {
	help := r.PostForm.Get("help")
	if !slices.Contains(whoHelps, help) {
		page, f := v.whoPage("")
		f.Problem = v.words.Say("interview.choose")
		page.Problems = []screen.Problem{{Field: f.Name, Text: f.Problem}}
		i.showOwn(w, r, v, http.StatusUnprocessableEntity, "fields.html", page)
		return
	}
	err := i.save(w, r, v, func(d *office.OwnDraft) error {
		d.Help, d.Last = help, InterviewRoot+"tasks"
		i.office.EnsureCode(d)
		return nil
	})
	i.next(w, r, v, err, "code")
}

// codePage shows the code.
type codePage struct {
	Code    string
	Drawn   template.HTML
	Closed  bool
	Expires string
	Again   bool // it was replaced just now
}

func (v *visit) codePage() (codePage, error) {
	drawn, err := screen.DrawCode(string(v.draft.Code), "code-text")
	return codePage{Code: string(v.draft.Code), Drawn: drawn, Closed: v.draft.Closed, Expires: v.words.Date(v.draft.Expires)}, err
}

// code shows the code, big, as often as who is signed in asks.
func (i *Interview) code(w http.ResponseWriter, r *http.Request, v *visit) {
	i.showCode(w, r, v, "code.html", "interview.code.title")
}

// codeSheet is the page that is printed.
func (i *Interview) codeSheet(w http.ResponseWriter, r *http.Request, v *visit) {
	i.showCode(w, r, v, "code_sheet.html", "interview.code.sheet")
}

func (i *Interview) showCode(w http.ResponseWriter, r *http.Request, v *visit, file, title string) {
	if v.draft.Code == "" {
		i.to(w, r, "who")
		return
	}
	page, err := v.codePage()
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	back := "contact"
	if v.draft.Contact == nil {
		back = "who"
	}
	if file == "code_sheet.html" {
		back = "code"
	}
	i.showOwn(w, r, v, http.StatusOK, file, screen.Page{Title: v.words.Say(title), Back: InterviewRoot + back, Body: page})
}

// newCode replaces the code: whoever has the old one opens nothing with it, and
// every other device is signed out.
func (i *Interview) newCode(w http.ResponseWriter, r *http.Request, v *visit) {
	k, _, err := i.office.GiveOwnCode(r.Context(), v.key, true)
	if err == nil {
		err = i.office.EndSessionsOf(r.Context(), office.SessionDraft, k.ID)
	}
	if err == nil {
		_, err = i.signIn(w, r, k, "code")
	}
	i.next(w, r, v, err, "code")
}

// contactPage asks how somebody can be reached without danger.
func (v *visit) contactPage(reach, safe, when string) screen.Page {
	say := v.words.Say
	safety := screen.Field{Kind: screen.Radios, Name: "safe", Label: say("interview.contact.safe"), Hint: say("interview.contact.safe-hint")}
	for _, one := range safeWays {
		safety.Choices = append(safety.Choices, screen.Choice{Value: one, Label: say("interview.contact.safe-" + one), Checked: safe == one})
	}
	return screen.Page{
		Title: say("interview.contact.title"), Back: InterviewRoot + "code",
		Body: fieldsPage{Title: say("interview.contact.title"), Lead: say("interview.contact.lead"), Fields: []screen.Field{
			{Kind: screen.Line, Name: "reach", Label: say("interview.contact.reach"), Hint: say("interview.contact.reach-hint"), Value: reach, Width: 30, Max: 300, Autocomplete: "email"},
			safety,
			{Kind: screen.Line, Name: "when", Label: say("interview.contact.when"), Value: when, Max: 200},
		}},
	}
}

// safeWays say whether a message may come: it never names its subject.
var safeWays = []string{"yes", "careful", "no"}

func (i *Interview) contact(w http.ResponseWriter, r *http.Request, v *visit) {
	c := v.draft.Contact
	i.showOwn(w, r, v, http.StatusOK, "fields.html", v.contactPage(c["reach"], c["safe"], c["when"]))
}

func (i *Interview) saveContact(w http.ResponseWriter, r *http.Request, v *visit) {
	said := map[string]string{}
	for name, most := range map[string]int{"reach": 300, "safe": 10, "when": 200} {
		if text := clipped(strings.TrimSpace(r.PostForm.Get(name)), most); text != "" {
			said[name] = text
		}
	}
	if !slices.Contains(safeWays, said["safe"]) {
		delete(said, "safe")
	}
	if said["reach"] != "" && said["safe"] == "" { // nobody is written to who didn't say that it is safe
		page := v.contactPage(said["reach"], "", said["when"])
		fields := page.Body.(fieldsPage).Fields
		fields[1].Problem = v.words.Say("interview.contact.safe-missing")
		page.Problems = []screen.Problem{{Field: "safe", Text: fields[1].Problem}}
		i.showOwn(w, r, v, http.StatusUnprocessableEntity, "fields.html", page)
		return
	}
	err := i.save(w, r, v, func(d *office.OwnDraft) error {
		d.Contact = said
		return nil
	})
	i.next(w, r, v, err, "tasks")
}
