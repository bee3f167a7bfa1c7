package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
)

//go:embed *.html web.css
var files embed.FS

// policy allows a page its own stylesheet and to send its own forms.
const policy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guarded sets the headers that every answer has, refusals included.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Robots-Tag", "noindex")
		next.ServeHTTP(w, r)
	})
}

// styled makes the stylesheet, the house's with what these pages add, and its
// path, which changes with it.
func styled(house []byte) (style []byte, path string) {
	own, err := files.ReadFile("web.css")
	if err != nil {
		panic(err) // embedded above
	}
	style = slices.Concat(house, own)
	sum := sha256.Sum256(style)
	return style, Root + "assets/" + hex.EncodeToString(sum[:6]) + ".css"
}

// asset answers with the stylesheet.
func (s *site) asset(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != s.stylePath {
		s.missing(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(s.style)
}

// frame is what every page stands in.
type frame struct {
	Lang, Title, Style string
	Body               any
}

var layouts = map[string]*template.Template{
	"enter.html":   parse("enter.html"),
	"mine.html":    parse("mine.html"),
	"sheet.html":   parse("sheet.html"),
	"problem.html": parse("problem.html"),
}

// parse reads a page's templates; render puts in the words of a language.
func parse(body string) *template.Template {
	funcs := template.FuncMap{"say": (*site)(nil).say}
	return template.Must(template.New("").Funcs(funcs).ParseFS(files, "layout.html", body))
}

// show answers with a page.
func (s *site) show(w http.ResponseWriter, status int, body, title string, data any) {
	var b bytes.Buffer
	t, err := layouts[body].Clone()
	if err == nil {
		err = t.Funcs(template.FuncMap{"say": s.say}).ExecuteTemplate(&b, "page", frame{s.Lang, s.say(title), s.stylePath, data})
	}
	if err != nil {
		s.Log.Error("web: page not made", "page", body, "error", err)
		http.Error(w, s.say("web.failed.title"), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a reader who has gone is no fault
}

// problem answers with a page that only says what is the matter: the code's
// title and its text.
func (s *site) problem(w http.ResponseWriter, status int, code string, pairs ...string) {
	s.show(w, status, "problem.html", code+".title", s.say(code+".text", pairs...))
}

func (s *site) missing(w http.ResponseWriter, _ *http.Request) {
	s.problem(w, http.StatusNotFound, "web.missing")
}

// failed answers when it is our fault.
func (s *site) failed(w http.ResponseWriter, r *http.Request, err error) {
	s.tell(r, err)
	s.problem(w, http.StatusInternalServerError, "web.failed")
}

// tell tells the log of a failure, without the words that lead to a claim.
func (s *site) tell(r *http.Request, err error) {
	s.Log.Error("web: request failed", "route", r.Pattern, "code", fault.Code(err), "error", handles.ReplaceAllString(err.Error(), "…"))
}

// handles are references and codes, numbers, and the ids of claims.
var handles = regexp.MustCompile(`(?i)\b[0-9A-HJKMNP-TV-Z]{4}-?[0-9A-HJKMNP-TV-Z]{4}-?[0-9A-HJKMNP-TV-Z]{4}\b|\b[A-Z][A-Z0-9]{0,9}-[0-9]{7,19}\b|\b[0-9a-f]{32}\b`)

// say is the sentence of a code; pairs are the values in it.
func (s *site) say(code string, pairs ...string) string {
	values := make(map[string]string, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	if text, ok := s.Say(code, values); ok {
		return text
	}
	return code
}

// time is a point in time as people read it.
func (s *site) time(t time.Time) string {
	t = t.UTC()
	return s.say("portal.time", "day", strconv.Itoa(t.Day()), "month", s.say("portal.month."+strconv.Itoa(int(t.Month()))),
		"year", strconv.Itoa(t.Year()), "clock", t.Format("15:04"))
}

// date is a day as people read it.
func (s *site) date(d day.Date) string {
	return s.say("web.date", "day", strconv.Itoa(d.Day()), "month", s.say("portal.month."+strconv.Itoa(d.Month())), "year", strconv.Itoa(d.Year()))
}

// amount is an amount as people read it: "2,636.48 USD"; "" for none.
func (s *site) amount(a *money.Amount) string {
	if a == nil {
		return ""
	}
	whole, cents, has := strings.Cut(a.Decimal(), ".")
	for at := len(whole) - 3; at > 0 && whole[at-1] != '-'; at -= 3 {
		whole = whole[:at] + s.say("portal.thousands") + whole[at:]
	}
	if has {
		whole += s.say("portal.decimal") + cents
	}
	return whole + " " + string(a.Currency())
}
