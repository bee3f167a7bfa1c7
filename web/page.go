package web

import (
	"embed"
	"net/http"
	"strings"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/screen"
)

//go:embed *.html web.css
var files embed.FS

// style is what these pages add to the house's stylesheet.
func style() []byte {
	css, err := files.ReadFile("web.css")
	if err != nil {
		panic(err) // embedded above
	}
	return css
}

// teller puts what happened to a claim into the words of one language.
type teller struct{ screen.Words }

// show answers with a page of the claim that one is signed in to.
func (s *site) show(w http.ResponseWriter, r *http.Request, file, title string, body any) {
	s.House.Show(w, r, http.StatusOK, file, screen.Page{Title: s.Words(r).Say(title), Leave: Root + "leave", Body: body})
}

func (t teller) time(at time.Time) string { return t.Time(at) }

func (t teller) date(d day.Date) string { return t.Date(d) }

// amount is an amount as people read it; "" for none.
func (t teller) amount(a *money.Amount) string {
	if a == nil {
		return ""
	}
	return t.Amount(*a)
}

// listed are codes in one line.
func listed(codes []string) string { return strings.Join(codes, ", ") }
