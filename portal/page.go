package portal

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"strconv"
	"sync"

	"github.com/openchancery/chancery/screen"
)

//go:embed *.html
var files embed.FS

// frame is what every page stands in.
type frame struct {
	Lang, Title string
	Site        string // whose page it is
	Style, Mark string
	Mine, Log   string // links, "" for none
	Roll        bool   // it leads to the roll and the treaties
	Record      bool   // it is one of their pages
	Stale       string // since when the figures can't be refreshed, or ""
	About       *about // nil on a page without figures
	Body        any
}

// about is the snapshot that the figures are of.
type about struct {
	Site                                    string // whose page it is
	Instant, Time, Entries, Head, ShortHead string
	Log                                     string // where it is published, "" where it isn't
}

// class is a part of a chart in the chart with that id, for its pattern.
type class struct{ Class, ID string }

// layouts are the page's templates by the file that has the page's body, read
// when the first page is made: every command has them in it.
var layouts = sync.OnceValue(func() map[string]*template.Template {
	return map[string]*template.Template{
		"home.html":      parse("home.html"),
		"programme.html": parse("programme.html"),
		"missing.html":   parse("missing.html"),
		"record.html":    parse("record.html", "timeline.html", "pictures.html"),
	}
})

// parse reads a page's templates. They are part of the binary, so that one that
// can't be read is found by any test.
func parse(body ...string) *template.Template {
	funcs := template.FuncMap{
		"say":    words.say, // render puts in the words of a language
		"filled": func(c, id string) class { return class{c, id} },
		"text":   strconv.Itoa,
		"table":  words.table,
		"rows":   timeline.rows,
	}
	return template.Must(template.New("").Funcs(funcs).ParseFS(files, append([]string{"layout.html", "chart.html"}, body...)...))
}

// render makes a page in the words of a language.
func (w words) render(body string, f frame) ([]byte, error) {
	t, err := layouts()[body].Clone()
	if err != nil {
		return nil, err
	}
	f.Lang, f.Style, f.Mark = w.lang, assets["screen.css"].path, assets["mark.svg"].path
	f.Site, f.Mine, f.Log = w.body, w.mine, w.log
	var b bytes.Buffer
	if err := t.Funcs(template.FuncMap{"say": w.say, "table": w.table}).ExecuteTemplate(&b, "page", f); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// page answers with the page at a path, made once for each snapshot.
func (s *site) page(w http.ResponseWriter, r *http.Request, snap *snapshot, build func() (*document, error)) {
	if done, ok := snap.pages.Load(r.URL.Path); ok {
		done.(*document).send(w, r)
		return
	}
	d, err := build()
	if err != nil {
		s.figures.log.Error("portal: page not made", "path", r.URL.Path, "error", err)
		http.Error(w, s.words.say("portal.later.title"), http.StatusInternalServerError)
		return
	}
	done, _ := snap.pages.LoadOrStore(r.URL.Path, d)
	done.(*document).send(w, r)
}

// framed is a page about a snapshot.
func (s *site) framed(snap *snapshot, file, title string, body any) (*document, error) {
	p := snap.published
	f := frame{Title: title, Body: body, About: &about{
		Site: s.words.body, Instant: p.AsOf, Time: s.words.instant(p.AsOf), Entries: s.words.number(p.TreeSize),
		Head: p.TreeHead, ShortHead: p.TreeHead[:min(16, len(p.TreeHead))], Log: s.words.log,
	}}
	f.Roll = s.desk != nil && s.hasRecord()
	if !snap.stale.IsZero() {
		f.Stale = s.words.time(snap.stale)
	}
	html, err := s.words.render(file, f)
	if err != nil {
		return nil, err
	}
	return newDocument("text/html; charset=utf-8", p.TreeHead, html), nil
}

// without answers with a page that has no figures.
func (s *site) without(w http.ResponseWriter, status int, title, text, link string) {
	html, err := s.words.render("missing.html", frame{Title: title, Body: struct{ Text, Link string }{text, link}})
	if err != nil {
		html = []byte(template.HTMLEscapeString(title))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(html) // a reader who has gone is no fault
}

// missing says that there is no such page.
func (s *site) missing(w http.ResponseWriter, _ *http.Request) {
	s.without(w, http.StatusNotFound, s.words.say("portal.missing.title"),
		s.words.say("portal.missing.text"), s.words.say("portal.missing.link"))
}

// later says that there are no figures yet.
func (s *site) later(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "60")
	s.without(w, http.StatusServiceUnavailable, s.words.say("portal.later.title"), s.words.say("portal.later.text"), "")
}

// stored is a file of the site under a path that changes with its content, so
// that it can be kept for ever.
type stored struct {
	path string
	*document
}

var assets = map[string]stored{
	"screen.css": store("screen.css", "text/css; charset=utf-8", screen.Style()),
	"mark.svg":   store("mark.svg", "image/svg+xml", screen.Mark()),
}

// store finishes a file of the site.
func store(name, kind string, body []byte) stored {
	sum := sha256.Sum256(body)
	d := newDocument(kind, "", body)
	d.cache = cacheAssets
	return stored{"/assets/" + hex.EncodeToString(sum[:6]) + "-" + name, d}
}

// asset answers with a file of the site.
func (s *site) asset(w http.ResponseWriter, r *http.Request) {
	for _, a := range assets {
		if r.URL.Path == a.path {
			a.send(w, r)
			return
		}
	}
	s.missing(w, r)
}
