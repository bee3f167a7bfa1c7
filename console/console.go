// Package console is the officers' desk as web pages: their day, the queues,
// one screen for a claim, what waits for a second person, search, lists to take
// away, people, and how the installation is. (The room desk is something else:
// it opens sensitive answers on an officer's own machine.)
//
// Every page is for who has signed in and stands in no address with anything
// personal; whether somebody may do something is office's to say, at each act.
// Every action is a plain button; a script adds keys and takes nothing away.
package console

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"time"

	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/place"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/signin"
)

// Root is where the pages are mounted.
const Root = "/desk/"

//go:embed *.html console.css console.js
var files embed.FS

// Options say how the pages are hung.
type Options struct {
	Default string           // the language of who names none
	Now     func() time.Time // the clock; time.Now if nil
	Log     *slog.Logger
	HTTPS   bool         // they are reached by https, though perhaps not from the proxy to here
	Body    screen.Names // whose pages these are

	Places    func() (*place.List, error)                 // the list of places that addresses take; nil for none
	Health    func(context.Context) ([]HealthLine, error) // how the installation is; nil: the page holds the alarms alone
	Deliver   func(actor string) office.Deliver           // keeps a new actor's secret for its holder; nil: nobody is let in here
	Interview string                                      // the root of the pages on which a claim is told: "/apply/"
	Link      func(token string) string                   // the address at which an invitation is used; nil: the token alone is shown
}

// HealthLine is one thing about the installation, in words.
type HealthLine struct {
	Name, Text string
	Bad        bool
}

// desk is the handlers and what they share.
type desk struct {
	Options
	*screen.House
	office *office.Office
	script string
}

// New is the officers' pages; they are mounted at Root.
func New(of *office.Office, o Options) http.Handler {
	css, err := files.ReadFile("console.css")
	if err != nil {
		panic(err) // embedded above
	}
	script, err := files.ReadFile("console.js")
	if err != nil {
		panic(err)
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	d := &desk{Options: o, office: of}
	d.House = screen.New(screen.Options{
		Default: o.Default, Now: o.Now, Log: o.Log, HTTPS: o.HTTPS, Style: css, Pages: files, Root: Root, Body: o.Body,
		Shared: []string{"parts-desk.html"},
	})
	d.script = d.Asset("console.js", "text/javascript; charset=utf-8", script)
	return d.Mount(d.Routes(), map[screen.Rule]screen.Gate{screen.Staff: d.gate})
}

// Routes is the table of all addresses, each with its rule.
func Routes() []screen.Route { return (&desk{}).Routes() }

// workers are the capacities that work on claims.
var workers = []string{office.Officer, office.Director, office.Commissioner, office.Board}

// Routes is the table of all addresses.
func (d *desk) Routes() []screen.Route {
	staff := func(pattern string, serve http.HandlerFunc, capacities ...string) screen.Route {
		return screen.Route{Pattern: pattern, Rule: screen.Staff, Capacities: capacities, Serve: serve}
	}
	return []screen.Route{
		staff("GET /desk/{$}", d.home),
		staff("POST /desk/leave", d.leave),
		staff("GET /desk/help", d.help),
		staff("GET /desk/queue", d.queue, workers...),
		staff("POST /desk/filters", d.saveFilter, workers...),
		staff("GET /desk/search", d.searchForm, workers...),
		staff("POST /desk/search", d.search, workers...),
		staff("GET /desk/claim/{id}", d.claim, workers...),
		staff("POST /desk/claim/{id}/assign", d.assign, workers...),
		staff("POST /desk/claim/{id}/flag", d.flag, workers...),
		staff("POST /desk/claim/{id}/note", d.note, workers...),
		staff("POST /desk/claim/{id}/act", d.act, workers...),
		staff("POST /desk/group", d.group, workers...),
		staff("POST /desk/group/act", d.groupAct, workers...),
		staff("GET /desk/claim/{id}/file/{file}", d.viewer, workers...),
		staff("GET /desk/file/{file}", d.file, workers...),
		staff("POST /desk/claim/{id}/interest", d.interest, workers...),
		staff("GET /desk/lists", d.lists, workers...),
		staff("GET /desk/lists/{programme}/{list}", d.list, workers...),
		staff("POST /desk/lists/{programme}/{list}", d.decide, office.Board),
		staff("GET /desk/resolutions", d.resolutions, workers...),
		staff("POST /desk/resolutions", d.resolve, office.Board),
		staff("GET /desk/second", d.second, workers...),
		staff("GET /desk/second/{id}", d.proposal),
		staff("POST /desk/second/{id}", d.confirm),
		staff("GET /desk/counter", d.counter, office.Officer),
		staff("POST /desk/counter", d.beginAtCounter, office.Officer),
		staff("POST /desk/counter/code", d.codeAtCounter, office.Officer),
		staff("POST /desk/counter/claim", d.claimCodeAtCounter, office.Officer),
		staff("GET /desk/paper", d.papers, office.Officer),
		staff("POST /desk/paper", d.findPaper, office.Officer),
		staff("POST /desk/paper/begin", d.beginPaper, office.Officer),
		staff("POST /desk/paper/{id}/open", d.listedPaper, office.Officer),
		staff("GET /desk/paper/{id}", d.workOn, office.Officer),
		staff("POST /desk/paper/{id}/scan", d.takeScans, office.Officer),
		staff("GET /desk/paper/{id}/scan/{file}", d.scan, office.Officer),
		staff("POST /desk/paper/{id}/scan/{file}/remove", d.dropScan, office.Officer),
		staff("GET /desk/paper/{id}/part/{part}", d.part, office.Officer),
		staff("POST /desk/paper/{id}/part/{part}", d.keyPart, office.Officer),
		staff("GET /desk/paper/{id}/differ", d.differ, office.Officer),
		staff("POST /desk/paper/{id}/differ", d.decidePaper, office.Officer),
		staff("POST /desk/paper/{id}/do", d.doPaper, office.Officer),
		staff("POST /desk/export", d.export, workers...),
		staff("GET /desk/people", d.people, office.Administrator),
		staff("POST /desk/people", d.invite, office.Administrator),
		staff("POST /desk/people/end", d.endActor, office.Administrator),
		staff("GET /desk/health", d.health, office.Administrator, office.Officer),
	}
}

// leave signs out.
func (d *desk) leave(w http.ResponseWriter, r *http.Request) {
	if err := d.office.EndSession(r.Context(), d.Cookie(r, signin.StaffCookie)); err != nil {
		d.Failed(w, r, err)
		return
	}
	d.SetCookie(w, r, signin.StaffCookie, "", 0)
	http.Redirect(w, r, signin.StaffRoot, http.StatusSeeOther)
}
