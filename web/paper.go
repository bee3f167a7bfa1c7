package web

import (
	"bytes"
	"net/http"
	"slices"

	"github.com/openchancery/chancery/blank"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// Forms on paper, for whoever wants to print one: it takes no account and no
// script, and nothing of who prints is kept.

// paperPage lists the forms of a programme.
type paperPage struct {
	Programme string
	Forms     []paperForm
}

type paperForm struct {
	Title string
	Links []paperLink
}

type paperLink struct{ Path, Lang, Text, Title string }

// papers lists the forms that can be printed.
func (i *Interview) papers(w http.ResponseWriter, r *http.Request) {
	e, ok := i.openEdition(w, r)
	if !ok {
		return
	}
	words := i.Words(r)
	page := paperPage{Programme: e.Title.In(words.Lang)}
	for n := range e.Categories {
		c := &e.Categories[n]
		form := paperForm{Title: c.Title.In(words.Lang)}
		for _, lang := range paperLanguages(e) {
			form.Links = append(form.Links, paperLink{InterviewRoot + "paper/" + e.ID + "/" + c.ID + "/" + lang, lang, screen.LanguageName(lang), form.Title})
		}
		page.Forms = append(page.Forms, form)
	}
	i.Show(w, r, http.StatusOK, "papers.html", screen.Page{Title: words.Say("paper.list.title"), Back: InterviewRoot, Body: page})
}

// paperLanguages are the languages in which a programme's forms can be printed.
func paperLanguages(e *rulebook.Edition) []string {
	list := slices.DeleteFunc(screen.Languages(), func(lang string) bool { return !slices.Contains(e.Programme.Languages, lang) })
	if len(list) == 0 {
		return screen.Languages()
	}
	return list
}

// paper is one form to print, with a number that no other copy has: each time it
// is asked for.
func (i *Interview) paper(w http.ResponseWriter, r *http.Request) {
	e, ok := i.openEdition(w, r)
	if !ok {
		return
	}
	f, err := blank.Make(e, r.PathValue("category"), r.PathValue("language"), i.office.NewPaperNumber())
	if fault.Is(err, fault.Invalid) {
		i.Missing(w, r)
		return
	}
	var document bytes.Buffer
	if err == nil {
		err = f.Write(&document, i.formStyle, InterviewRoot+"paper/"+e.ID)
	}
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store") // each copy is another one
	_, _ = w.Write(document.Bytes())            // a reader who has gone is no fault
}
