package web

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/signin"
	"github.com/openchancery/chancery/workbook"
)

// RepresentRoot is where the pages of representatives are mounted.
const RepresentRoot = "/represent/"

//go:embed represent
var representFiles embed.FS

// RepresentOptions say how the pages of representatives are hung.
type RepresentOptions struct {
	Default string                 // the language of who names none; "en" if empty
	Now     func() time.Time       // time.Now if nil
	Log     *slog.Logger           // told of what failed; slog.Default() if nil
	HTTPS   bool                   // they are reached by https, though perhaps not from the proxy to here
	Body    screen.Names           // whose pages these are
	Folder  func() (string, error) // where files rest while they are looked at: of mode 0700, and in no backup
}

// represent is the pages of representatives and what they share: their organisation,
// its mandates and claims, and filing by spreadsheet. Who signed in as an actor with
// this capacity and no other comes here, as one of their organisation; what it may
// do, office says at each act.
type represent struct {
	*screen.House
	office *office.Office
	kept   workbook.Kept
	folder func() (string, error)
	places chan struct{} // one for each spreadsheet that this process works on
}

// NewRepresent is the pages of representatives; they are mounted at RepresentRoot.
func NewRepresent(of *office.Office, o RepresentOptions) http.Handler {
	pages, err := fs.Sub(representFiles, "represent")
	if err != nil {
		panic(err) // embedded above
	}
	style, err := fs.ReadFile(pages, "represent.css")
	if err != nil {
		panic(err) // embedded above
	}
	s := &represent{office: of, kept: workbook.Kept{Office: of}, folder: o.Folder, places: make(chan struct{}, runsAtOnce)}
	s.House = screen.New(screen.Options{
		Default: o.Default, Now: o.Now, Log: o.Log, HTTPS: o.HTTPS, Body: o.Body, Root: RepresentRoot, Pages: pages, Style: style, Shared: []string{"shared.html"},
	})
	return s.Mount(s.Routes(), map[screen.Rule]screen.Gate{screen.Representative: s.gate})
}

// acting is one request of a representative.
type acting struct {
	by           office.By
	organisation string
	secret       []byte // of their browser, which opens the spreadsheets that it gave; nil without one
	words        screen.Words
}

type actingKey struct{}

// Routes are all addresses. Each is for the asker's own organisation: an id of
// another's is none.
func (s *represent) Routes() []screen.Route {
	own := func(pattern string, serve func(http.ResponseWriter, *http.Request, acting)) screen.Route {
		return screen.Route{Pattern: pattern, Rule: screen.Representative, Serve: func(w http.ResponseWriter, r *http.Request) {
			serve(w, r, r.Context().Value(actingKey{}).(acting))
		}}
	}
	return []screen.Route{
		own("GET /represent/{$}", s.home),
		own("GET /represent/claims", s.claims),
		own("POST /represent/claims", s.findClaims),
		own("GET /represent/claim/{id}", s.claim),
		own("GET /represent/mandates", s.mandates),
		own("POST /represent/mandates", s.giveMandate),
		own("GET /represent/mandate/new", s.mandateForm),
		own("GET /represent/mandate/{id}", s.mandate),
		own("POST /represent/mandate/{id}/end", s.endMandate),
		own("GET /represent/bulk", s.bulk),
		own("POST /represent/bulk", s.upload),
		own("GET /represent/bulk/template", s.template),
		own("GET /represent/bulk/new", s.uploadForm),
		own("GET /represent/bulk/{id}", s.sheet),
		own("GET /represent/bulk/{id}/checked", s.checked),
		own("POST /represent/bulk/{id}/check", s.checkAgain),
		own("POST /represent/bulk/{id}/file", s.file),
		own("POST /represent/bulk/{id}/drop", s.drop),
		own("GET /represent/evidence", s.evidenceForm),
		own("POST /represent/evidence", s.evidence),
	}
}

// gate lets a representative through who is none of the office, as things stand at
// this moment. For everybody else there is no such page.
func (s *represent) gate(route screen.Route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		known, is, err := s.office.KnownBySession(r.Context(), s.Cookie(r, signin.StaffCookie))
		if fault.Is(err, fault.NotAllowed) || err == nil && is.Kind != office.SessionStaff {
			http.Redirect(w, r, signin.StaffRoot, http.StatusSeeOther)
			return
		}
		var capacities []string
		if err == nil {
			capacities, err = s.office.CapacitiesOf(r.Context(), known)
		}
		if err == nil && !office.Outside(capacities) {
			s.Missing(w, r)
			return
		}
		in := acting{by: office.By{Actor: known}, secret: s.secretOf(r), words: s.Words(r)}
		if err == nil {
			in.organisation, err = s.office.Organisation(r.Context(), known)
		}
		switch {
		case err != nil:
			s.Failed(w, r, err)
		case in.organisation == "":
			s.Tell(w, r, http.StatusForbidden, "represent.alone")
		default:
			route.Serve(w, r.WithContext(context.WithValue(r.Context(), actingKey{}, in)))
		}
	}
}

// show answers with a page of theirs.
func (s *represent) show(w http.ResponseWriter, r *http.Request, status int, file string, p screen.Page) {
	words := s.Words(r)
	p.Leave = signin.StaffRoot + "leave"
	for _, link := range []struct{ path, code string }{
		{"", "home"}, {"claims", "claims"}, {"mandates", "mandates"}, {"bulk", "bulk"}, {"evidence", "evidence"},
	} {
		p.Nav = append(p.Nav, screen.Link{Path: RepresentRoot + link.path, Text: words.Say("represent.nav." + link.code), Here: r.URL.Path == RepresentRoot+link.path})
	}
	p.Nav = append(p.Nav, screen.Link{Path: signin.StaffRoot + "account", Text: words.Say("represent.nav.account")})
	s.Show(w, r, status, file, p)
}

// refused answers an act that was not done, by the sentence of its fault, with the
// way back. What isn't there, or another organisation's, is no page at all.
func (s *represent) refused(w http.ResponseWriter, r *http.Request, err error, back string) {
	status := http.StatusConflict
	switch {
	case fault.Is(err, fault.NotFound):
		s.Missing(w, r)
		return
	case fault.Is(err, fault.Invalid):
		status = http.StatusUnprocessableEntity
	case fault.Is(err, fault.NotAllowed):
		status = http.StatusForbidden
	case fault.Is(err, fault.Conflict):
	default:
		s.Failed(w, r, err)
		return
	}
	words := s.Words(r)
	s.show(w, r, status, "refused.html", screen.Page{Title: words.Say("represent.refused.title"), Back: back, Body: words.Sentence(err)})
}

// said is what was done just now, by the code in the address: a code, never a text.
func (s *represent) said(r *http.Request) string {
	switch code := r.URL.Query().Get("done"); code {
	case "given", "ended", "dropped":
		return s.Words(r).Say("represent.done." + code)
	}
	return ""
}

// representHome is an organisation's first page.
type representHome struct {
	Organisation string
	Members      []memberLine
	Holding      string // so many mandates, in words
	Sheets       []sheetLine
}

type memberLine struct {
	Actor string
	You   bool
}

// home says who we are, and leads to everything.
func (s *represent) home(w http.ResponseWriter, r *http.Request, in acting) {
	members, err := s.office.Members(r.Context(), in.organisation)
	mandates, more := []mandateRow{}, false
	if err == nil {
		mandates, more, err = s.mandateRows(r, in, "")
	}
	sheets, unread := s.kept.Sheets(r.Context(), in.by, in.secret)
	if err := errors.Join(err, unread); err != nil {
		s.Failed(w, r, err)
		return
	}
	page := representHome{Organisation: in.organisation, Sheets: s.sheetLines(in.words, sheets[:min(len(sheets), 3)])}
	for _, m := range members {
		page.Members = append(page.Members, memberLine{m.Actor, m.Actor == in.by.Actor.ID()})
	}
	holding := 0
	for _, m := range mandates {
		if m.Holds {
			holding++
		}
	}
	code := "represent.home.holding"
	if more {
		code = "represent.home.holding-more"
	}
	page.Holding = in.words.Say(code, "n", in.words.Number(int64(holding)))
	s.show(w, r, http.StatusOK, "home.html", screen.Page{Title: in.words.Say("represent.home.title"), Body: page})
}

// wrongAt gives each field what is wrong with it.
func wrongAt(fields []screen.Field, problems []screen.Problem) []screen.Field {
	for i := range fields {
		for _, p := range problems {
			if p.Field == fields[i].Name {
				fields[i].Problem = p.Text
			}
		}
	}
	return fields
}

// formOf reads a form that is no file's; a fault of the line's is the reader's.
func (s *represent) formOf(w http.ResponseWriter, r *http.Request) (url.Values, bool) {
	r.Body = http.MaxBytesReader(w, r.Body, mostTyped)
	if err := r.ParseForm(); err != nil {
		s.Tell(w, r, http.StatusBadRequest, "web.form")
		return nil, false
	}
	return r.PostForm, true
}
