// Package portal is the window in which the public sees what a body does with
// its claims: a page for each programme, a first page for all of them, and the
// same figures for spreadsheets and programs.
//
// Of claims it shows what press.Publish gave back and never sees anything else:
// the raw counts are handed from the source to press in one place (snapshot.go)
// and dropped there, so that no template, chart or download can print a small
// number. Beside them stand the pages of the roll and the treaties (record.go):
// facts about states, bodies and holders of public office, public from the
// first, which are asked for at the desk that answers the command line too.
//
// The pages need no script, no cookie and no other site, and are as good
// on paper as on a telephone.
package portal

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/press"
	"github.com/openchancery/chancery/screen"
)

// Source gives the raw figures as of one state of the docket. It may be slow:
// it is asked at most once in Options.Every, by one request at a time.
type Source interface {
	Figures(ctx context.Context) (press.Figures, error)
}

// Options say how the window is hung. The zero value works.
type Options struct {
	Lang   string           // language of the pages; "en" if empty
	Every  time.Duration    // least time between two looks at the source; 5 s if zero
	Now    func() time.Time // the clock; time.Now if nil
	Log    *slog.Logger     // told of a refresh that failed; slog.Default() if nil
	Say    Say              // the words; the catalogue's in Lang if nil
	Mine   string           // where claimants see their own claim; no link if empty
	Ledger string           // where the log is published; no link if empty
	HTTPS  bool             // the pages are reached by https
	Body   screen.Names     // whose pages these are
	Desk   *ask.Desk        // answers questions to the roll and the treaties; no such pages if nil
}

// Say is the sentence for a code with its values, false if there is none.
type Say func(code string, values map[string]string) (string, bool)

// Site is the public site, with the patterns of all that it serves, so that a
// test goes over every page.
type Site struct {
	http.Handler
	Patterns []string
}

// table is the addresses of a site.
type table struct {
	*http.ServeMux
	patterns []string
}

// HandleFunc serves a pattern, and notes it.
func (t *table) HandleFunc(pattern string, serve func(http.ResponseWriter, *http.Request)) {
	t.patterns = append(t.patterns, pattern)
	t.ServeMux.HandleFunc(pattern, serve)
}

// New is the public site. It answers GET and HEAD only.
func New(source Source, o Options) *Site {
	if o.Lang == "" {
		o.Lang = "en"
	}
	if o.Every == 0 {
		o.Every = 5 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Say == nil {
		o.Say = func(code string, values map[string]string) (string, bool) { return catalogue.Say(o.Lang, code, values) }
	}
	s := &site{
		words:   newWords(o.Lang, o.Say).of(o.Body.In(o.Lang), o.Mine, o.Ledger),
		figures: &watch{source: source, every: o.Every, now: o.Now, log: o.Log},
		desk:    o.Desk,
	}
	mux := &table{ServeMux: http.NewServeMux()}
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /programmes/{id}", s.programme)
	mux.HandleFunc("GET /figures.json", s.json)
	mux.HandleFunc("GET /figures.csv", s.csv)
	mux.HandleFunc("GET /assets/{name}", s.asset)
	if s.desk != nil {
		s.record(mux)
	}
	mux.HandleFunc("GET /", s.missing)
	return &Site{screen.Guarded(screen.PublicPolicy, o.HTTPS, mux), mux.patterns}
}

// site is the handlers and what they share.
type site struct {
	words   words
	figures *watch

	desk     *ask.Desk
	shelf    shelf
	upcoming upcoming
}
