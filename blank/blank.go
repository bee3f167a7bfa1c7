// Package blank lays out the blank form of a category for paper: every question
// with its hint and room to write, in sheets that each fit a page of A4, so that
// each can bear a code with the form's number and its own. It is made of the
// rulebook and holds nothing of anybody.
package blank

import (
	"embed"
	"fmt"
	"html/template"
	"io"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/paper"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

//go:embed form.html form.css
var files embed.FS

// Style is the stylesheet of a form.
func Style() []byte {
	content, err := files.ReadFile("form.css")
	if err != nil {
		panic(err) // embedded above
	}
	return content
}

// Form is one copy of a blank form, in its sheets.
type Form struct {
	Lang, Title, Programme string
	Number                 paper.Number
	Sheets                 []Sheet
}

// Sheet is one page of it.
type Sheet struct {
	Page, Pages int
	Mark        string        // what its code says
	Code        template.HTML // the code
	Items       []Item
}

// Make lays out the form of a category in a language. The faults are
// rulebook.category-unknown and paper.language.
func Make(e *rulebook.Edition, category, lang string, number paper.Number) (*Form, error) {
	c, ok := e.Category(category)
	if !ok {
		return nil, fault.New(fault.Invalid, "rulebook.category-unknown", "programme", e.ID, "category", category)
	}
	if screen.LanguageName(lang) == "" {
		return nil, fault.New(fault.Invalid, "paper.language", "language", lang)
	}
	words := screen.Words{Lang: lang}
	w := writer{e: e, category: c, words: words, numbers: map[string]int{}}
	f := &Form{Lang: lang, Title: c.Title.In(lang), Programme: e.Title.In(lang), Number: number}
	parts := inSheets(w.items())
	mark := paper.Mark{Number: number, Programme: e.ID, Category: c.ID, Language: lang, Edition: fmt.Sprintf("%x", e.Hash[:6]), Pages: len(parts)}
	for n, items := range parts {
		mark.Page = n + 1
		s := Sheet{Page: mark.Page, Pages: mark.Pages, Mark: mark.Text(), Items: items}
		var err error
		if s.Code, err = screen.DrawCode(s.Mark, fmt.Sprintf("mark-%d", s.Page)); err != nil {
			return nil, err
		}
		f.Sheets = append(f.Sheets, s)
	}
	return f, nil
}

// Write writes a form as one HTML document that asks for nothing else. style is
// the path of the stylesheet where a page of ours gives it out; "" puts it into
// the document. back is the path that leads back from the page; "" for none.
func (f *Form) Write(to io.Writer, style, back string) error {
	words := screen.Words{Lang: f.Lang}
	t, err := template.New("").Funcs(template.FuncMap{"say": words.Say, "boxes": func(n int) []struct{} { return make([]struct{}, n) }}).ParseFS(files, "form.html")
	if err != nil {
		return fmt.Errorf("read the template of a blank form: %w", err)
	}
	err = t.ExecuteTemplate(to, "form", map[string]any{"Form": f, "Style": style, "Inline": template.CSS(Style()), "Back": back})
	if err != nil {
		return fmt.Errorf("write a blank form: %w", err)
	}
	return nil
}
