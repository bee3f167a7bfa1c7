// Package letter shows letters that office opened: on a page, and on paper. What
// a letter says was settled when it was written; here it is put into words and
// laid out, the same for the claimant's page, for the printer and for a PDF copy.
package letter

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

//go:embed *.html
var files embed.FS

// Shown is a letter in words.
type Shown struct {
	office.Letter
	Lang    string
	Subject string
	Text    []string // paragraphs
	Post    []string // lines of the envelope; on paper alone
}

// Put puts a letter into words, in the language that it was written in.
func Put(l office.Letter) Shown {
	c := l.Content
	words := screen.Words{Lang: c.Language}
	s := Shown{Letter: l, Lang: c.Language, Subject: c.Subject}
	if s.Subject == "" {
		s.Subject = words.Say("letter." + l.On + ".subject")
	}
	text := c.Text
	if text == "" {
		text = words.Say("letter."+l.On+".text", "number", string(c.Number), "reference", string(c.Reference))
	}
	s.Text = strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
	return s
}

// Funcs are what the templates of letters call, in a language.
func Funcs(lang string) template.FuncMap {
	words := screen.Words{Lang: lang}
	return template.FuncMap{
		"say": words.Say, "date": words.Date, "time": words.Time,
		"fact": func(f office.LetterFact) string { return fact(words, f) },
	}
}

// fact is what the claimant told us, as people read it.
func fact(words screen.Words, f office.LetterFact) string {
	if f.Answer == "" {
		return words.Say("letter.no-answer")
	}
	switch f.Type {
	case rulebook.Boolean:
		return words.Say("letter.answer." + f.Answer)
	case rulebook.Date:
		if d, err := day.Parse(f.Answer); err == nil {
			return words.Date(d)
		}
	case rulebook.Amount:
		if a, err := money.ParseAmount(f.Answer); err == nil {
			return words.Amount(a)
		}
	}
	return f.Answer
}

// Body is a letter as it stands within a page, in its own language.
func Body(l office.Letter) (template.HTML, error) {
	s := Put(l)
	t, err := template.New("").Funcs(Funcs(s.Lang)).ParseFS(files, "body.html")
	if err != nil {
		return "", fmt.Errorf("read the letter's template: %w", err)
	}
	var b strings.Builder
	if err := t.ExecuteTemplate(&b, "letter", s); err != nil {
		return "", fmt.Errorf("show a letter: %w", err)
	}
	return template.HTML(b.String()), nil // made by html/template above
}

// Paper writes letters as one document for the printer, each on a sheet of its
// own: HTML that needs nothing else, and asks for nothing.
func Paper(to io.Writer, lang string, letters []office.PaperLetter) error {
	type sheet struct {
		Lang string
		Post []string
		Body template.HTML
	}
	sheets := make([]sheet, len(letters))
	for i, l := range letters {
		body, err := Body(l.Letter)
		if err != nil {
			return err
		}
		post := strings.FieldsFunc(l.Post, func(r rune) bool { return r == '\n' || r == '\r' })
		sheets[i] = sheet{l.Content.Language, post, body}
	}
	t, err := template.New("").Funcs(Funcs(lang)).ParseFS(files, "paper.html")
	if err != nil {
		return fmt.Errorf("read the template of paper: %w", err)
	}
	title, _ := catalogue.Say(lang, "letter.paper.title", nil)
	err = t.ExecuteTemplate(to, "paper", map[string]any{"Lang": lang, "Title": title, "Sheets": sheets})
	if err != nil {
		return fmt.Errorf("write letters for the printer: %w", err)
	}
	return nil
}

// Changes reports whether a letter tells of something that would change what was
// decided.
func (s Shown) Changes() bool {
	for _, r := range s.Content.Reasons {
		if r.Change {
			return true
		}
	}
	return false
}
