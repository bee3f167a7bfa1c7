// Package screen is what every page of ours shares: the frame around it, the
// stylesheet, the languages, the headers that guard it, the parts of its forms,
// and the table of routes, in which each says for whom it is. A page's own
// template stands beside its handler, in the package that answers.
//
// Pages work without a script; those that have one get it as a file of ours.
package screen

import (
	"bytes"
	"compress/gzip"
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

//go:embed *.html screen.css mark.svg
var files embed.FS

// Options say how pages are shown. The zero value works.
type Options struct {
	Default string           // the language of who names none; "en" if empty
	Now     func() time.Time // the clock; time.Now if nil
	Log     *slog.Logger     // told of what failed; slog.Default() if nil
	HTTPS   bool             // the pages are reached by https, though perhaps not from the proxy to here
	Style   []byte           // what these pages add to the house's stylesheet
	Pages   fs.FS            // the templates of the pages: each defines "body", and may define "nav"
	Shared  []string         // those of Pages that each page has beside its own
	Funcs   template.FuncMap // what the templates call beside the house's own functions
	Root    string           // the path under which the pages stand, with its slashes: "/claim/"
	Body    Names            // whose pages these are; the house's own name if empty
}

// House shows pages. It may be used by many at once.
type House struct {
	Options
	assets      *assets
	style, mark string   // their paths
	parsed      sync.Map // by template and language
}

// New makes what shows the pages of one edge.
func New(o Options) *House {
	if o.Default == "" {
		o.Default = languages[0]
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	h := &House{Options: o, assets: newAssets(o.Root + "assets/")}
	h.style = h.assets.add("screen.css", "text/css; charset=utf-8", append(Style(), o.Style...))
	h.mark = h.assets.add("mark.svg", "image/svg+xml", Mark())
	return h
}

// Style is the house's stylesheet; Mark is its mark, a picture.
func Style() []byte { return embedded("screen.css") }
func Mark() []byte  { return embedded("mark.svg") }

func embedded(name string) []byte {
	content, err := files.ReadFile(name)
	if err != nil {
		panic(err) // embedded above
	}
	return content
}

// Page is what a template is given; the frame shows all but Body.
type Page struct {
	Title    string    // in words, without the site's name
	Back     string    // the path that the link back leads to; "" for none
	Problems []Problem // what is wrong with the form, in its order
	Nav      []Link    // in the head
	Leave    string    // the path to which "sign out" posts; "" for none
	Exit     bool      // with the button that leaves the site at once
	Wide     bool      // for who works here all day: dense, and as wide as the window
	Scripts  []string  // paths of scripts, as Asset gives them
	Saved    string    // since when what was typed is kept, in words; "" says nothing
	Body     any

	// What the frame fills in.
	Words     Words
	Site      string // whose page this is
	Style     string
	Mark      string
	Languages []Language
}

// Link leads somewhere.
type Link struct {
	Path, Text string
	Here       bool // it is this page's own place
}

// Asset serves a file under a path that changes with its content, and answers
// the path.
func (h *House) Asset(name, kind string, content []byte) string {
	return h.assets.add(name, kind, content)
}

// Show answers with a page.
func (h *House) Show(w http.ResponseWriter, r *http.Request, status int, file string, p Page) {
	p.Words = h.Words(r)
	p.Style, p.Mark, p.Languages = h.style, h.mark, others(p.Words.Lang)
	p.Site = h.Options.Body.In(p.Words.Lang)
	var b bytes.Buffer
	t, err := h.template(file, p.Words)
	if err == nil {
		err = t.ExecuteTemplate(&b, "page", p)
	}
	if err != nil {
		h.Log.Error("page not made", "page", file, "route", r.Pattern, "error", err)
		http.Error(w, p.Words.Say("screen.failed.title"), http.StatusInternalServerError)
		return
	}
	send(w, r, status, b.Bytes())
}

// send answers with a page, compressed if the reader takes that.
func send(w http.ResponseWriter, r *http.Request, status int, page []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Add("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && len(page) > 1<<10 {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(status)
		zip := zips.Get().(*gzip.Writer)
		defer zips.Put(zip)
		zip.Reset(w)
		_, _ = zip.Write(page) // a reader who has gone is no fault
		_ = zip.Close()
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write(page)
}

// zips are kept for the next page: each takes hundreds of kilobytes to make.
var zips = sync.Pool{New: func() any {
	zip, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is one of its own
	return zip
}}

// template is a page's template in a language, read once.
func (h *House) template(file string, words Words) (*template.Template, error) {
	key := file + "\x00" + words.Lang
	if t, ok := h.parsed.Load(key); ok {
		return t.(*template.Template), nil
	}
	t := template.New("").Funcs(template.FuncMap{"say": words.Say, "count": words.Count, "date": words.Date, "time": words.Time, "number": words.Number, "amount": words.Amount}).Funcs(h.Funcs)
	t, err := t.ParseFS(files, "layout.html", "parts.html")
	if err != nil {
		return nil, err
	}
	if own, none := files.Open(file); none == nil {
		_ = own.Close()
		t, err = t.ParseFS(files, file)
	} else {
		t, err = t.ParseFS(h.Pages, append([]string{file}, h.Shared...)...)
	}
	if err != nil {
		return nil, err
	}
	h.parsed.Store(key, t)
	return t, nil
}

// Tell answers with a page that only says something: the code's .title and its
// .text, with values.
func (h *House) Tell(w http.ResponseWriter, r *http.Request, status int, code string, pairs ...string) {
	words := h.Words(r)
	h.Show(w, r, status, "tell.html", Page{Title: words.Say(code + ".title"), Body: words.Say(code+".text", pairs...)})
}

// Missing says that there is no such page: also to who may not know that there
// is one.
func (h *House) Missing(w http.ResponseWriter, r *http.Request) {
	h.Tell(w, r, http.StatusNotFound, "screen.missing")
}

// Failed answers when it is our fault; the log is told, without the words that
// lead to a claim.
func (h *House) Failed(w http.ResponseWriter, r *http.Request, err error) {
	h.Report(r, err)
	h.Tell(w, r, http.StatusInternalServerError, "screen.failed")
}
