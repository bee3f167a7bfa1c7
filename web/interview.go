package web

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/openchancery/chancery/blank"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/place"
	"github.com/openchancery/chancery/question"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/upload"
)

//go:embed interview
var interviewFiles embed.FS

// InterviewRoot is where the interview is mounted.
const InterviewRoot = "/apply/"

// InterviewOptions say how the interview is hung. The zero value works.
type InterviewOptions struct {
	Default string // the language of who names none
	Now     func() time.Time
	Log     *slog.Logger
	HTTPS   bool
	Body    screen.Names                // whose pages these are
	Remote  func(*http.Request) string  // whom to count tries against: screen.Connected if nil
	Places  func() (*place.List, error) // the list of places that addresses take; nil for none
}

// Interview is the claimant's way from "what happened?" to the claims that are
// sent: one question a page, made from the rulebook. What was typed is kept with
// every page, under a key that the browser's cookie and the printed code hold.
type Interview struct {
	*screen.House
	office  *office.Office
	remote  func(*http.Request) string
	places  func() (*place.List, error)
	taker   *upload.Uploads
	uploads string // the path of the script that sends files in pieces

	formStyle string // the path of the stylesheet of forms on paper
}

// NewInterview makes the interview over an office.
func NewInterview(o *office.Office, options InterviewOptions) *Interview {
	pages, err := fs.Sub(interviewFiles, "interview")
	if err != nil {
		panic(err) // embedded above
	}
	style, err := fs.ReadFile(pages, "interview.css")
	if err != nil {
		panic(err) // embedded above
	}
	i := &Interview{office: o, remote: options.Remote, places: options.Places}
	if i.remote == nil {
		i.remote = screen.Connected
	}
	i.House = screen.New(screen.Options{
		Default: options.Default, Now: options.Now, Log: options.Log, HTTPS: options.HTTPS,
		Root: InterviewRoot, Pages: pages, Shared: []string{"shared.html"}, Style: style, Body: options.Body,
	})
	i.taker = &upload.Uploads{Office: o, Report: i.Report}
	i.uploads = i.Asset("upload.js", "text/javascript; charset=utf-8", upload.Script())
	i.formStyle = i.Asset("form.css", "text/css; charset=utf-8", blank.Style())
	return i
}

// Handler answers all routes.
func (i *Interview) Handler() http.Handler {
	return i.Mount(i.Routes(), map[screen.Rule]screen.Gate{screen.Draft: i.gate})
}

// Routes are all addresses of the interview. None names a draft: which one is
// meant says the session.
func (i *Interview) Routes() []screen.Route {
	own := func(pattern string, serve func(http.ResponseWriter, *http.Request, *visit)) screen.Route {
		return screen.Route{Pattern: pattern, Rule: screen.Draft, Serve: func(w http.ResponseWriter, r *http.Request) {
			serve(w, r, r.Context().Value(visitKey{}).(*visit))
		}}
	}
	return append(i.ways(), []screen.Route{
		own("GET /apply/resume", i.resumed),
		own("GET /apply/what", i.what),
		own("POST /apply/what", i.saveWhat),
		own("GET /apply/people", i.people),
		own("POST /apply/people", i.savePeople),
		own("GET /apply/names", i.names),
		own("POST /apply/names", i.saveNames),
		own("GET /apply/ask/{question}", i.ask),
		own("POST /apply/ask/{question}", i.saveAsk),
		own("GET /apply/ask/{question}/{member}", i.ask),
		own("POST /apply/ask/{question}/{member}", i.saveAsk),
		own("GET /apply/claims", i.claims),
		own("POST /apply/claims", i.saveClaims),
		own("GET /apply/who", i.who),
		own("POST /apply/who", i.saveWho),
		own("GET /apply/contact", i.contact),
		own("POST /apply/contact", i.saveContact),
		own("GET /apply/code", i.code),
		own("POST /apply/code", i.newCode),
		own("GET /apply/code/sheet", i.codeSheet),
		own("GET /apply/tasks", i.tasks),
		own("GET /apply/q/{claim}/{section}", i.section),
		own("GET /apply/q/{claim}/{section}/{field}", i.question),
		own("POST /apply/q/{claim}/{section}/{field}", i.saveQuestion),
		own("GET /apply/place/{claim}/{section}/{field}", i.choosePlace),
		own("POST /apply/place/{claim}/{section}/{field}", i.takePlace),
		own("GET /apply/registry/{claim}", i.askRegistry),
		own("POST /apply/registry/{claim}", i.lookUp),
		own("GET /apply/registry/{claim}/found", i.foundInRegistry),
		own("POST /apply/registry/{claim}/found", i.takeFound),
		own("GET /apply/proof/{claim}", i.proof),
		own("POST /apply/proof/{claim}", i.takeProofs),
		own("POST /apply/proof/{claim}/remove/{file}", i.dropProof),
		own("GET /apply/proof/{claim}/state/{file}", i.resuming),
		own("OPTIONS /apply/proof/{claim}/tus", i.resuming),
		own("POST /apply/proof/{claim}/tus", i.resuming),
		own("HEAD /apply/proof/{claim}/tus/{file}", i.resuming),
		own("PATCH /apply/proof/{claim}/tus/{file}", i.resuming),
		own("DELETE /apply/proof/{claim}/tus/{file}", i.resuming),
		own("GET /apply/check", i.check),
		own("GET /apply/aloud", i.aloud),
		own("POST /apply/aloud", i.heard),
		own("GET /apply/declare", i.declare),
		own("POST /apply/declare", i.send),
		own("GET /apply/discard", i.discard),
		own("POST /apply/discard", i.discarded),
	}...)
}

// ways are the addresses for who has no draft open: the ways in, and out.
func (i *Interview) ways() []screen.Route {
	public := func(pattern string, serve http.HandlerFunc) screen.Route {
		return screen.Route{Pattern: pattern, Rule: screen.Public, Serve: serve}
	}
	return []screen.Route{
		public("GET /apply/{$}", i.start),
		public("GET /apply/start/{programme}", i.first),
		public("POST /apply/start/{programme}", i.begin),
		public("GET /apply/back", i.back),
		public("POST /apply/back", i.enter),
		public("POST /apply/back/other", i.otherWay),
		public("POST /apply/leave", i.leave),
		public("GET /apply/sent", i.sent),
		public("GET /apply/sent/sheet", i.sentSheet),
		public("POST /apply/sent/acknowledgement", i.acknowledgement),
		public("GET /apply/paper/{programme}", i.papers),
		public("GET /apply/paper/{programme}/{category}/{language}", i.paper),
	}
}

// visit is one request of who is signed in to a draft.
type visit struct {
	key     office.OwnKey
	token   string // of the session
	draft   office.OwnDraft
	edition *rulebook.Edition
	today   day.Date
	words   screen.Words
	list    func(*rulebook.Field) *place.List
}

type visitKey struct{}

// showOwn shows a page of a draft: with where it was saved, and the way out.
func (i *Interview) showOwn(w http.ResponseWriter, r *http.Request, v *visit, status int, file string, p screen.Page) {
	p.Saved = v.words.Say("interview.saved", "clock", v.clock(v.draft.Updated.Time))
	p.Leave = InterviewRoot + "leave"
	if fields, ok := p.Body.(fieldsPage); ok {
		fields.Action = r.URL.Path
		p.Body = fields
	}
	i.Show(w, r, status, file, p)
}

// clock is a time of day where the programme is.
func (v *visit) clock(t time.Time) string {
	if zone, err := time.LoadLocation(v.edition.Programme.TimeZone); err == nil {
		t = t.In(zone)
	}
	return t.Format("15:04")
}

// save changes the draft and keeps it; the visit goes on with what is kept.
func (i *Interview) save(w http.ResponseWriter, r *http.Request, v *visit, change func(*office.OwnDraft) error) error {
	ctx := context.WithoutCancel(r.Context()) // the line may break now: what was sent is kept all the same
	key, draft, err := i.office.SaveOwn(ctx, v.key, change)
	if err != nil {
		return err
	}
	if string(key.Key) != string(v.key.Key) {
		v.key = key
		i.giveCookie(w, r, v.token, key)
	}
	v.draft = draft
	return nil
}

// to leads to the next page.
func (i *Interview) to(w http.ResponseWriter, r *http.Request, path string) {
	http.Redirect(w, r, InterviewRoot+path, http.StatusSeeOther)
}

// asker asks the questions of the form in the language of the page.
func (v *visit) asker() question.Asker { return question.Asker{Words: v.words, List: v.list} }
