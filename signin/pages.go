package signin

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

const (
	invitationCookie = "chancery-invitation"
	mostForm         = 4 << 10
)

// signInPage is what the pages say.
type signInPage struct {
	Root     string
	Staff    bool
	Draft    bool   // of who comes back to a draft
	Provider string // what the accounts' provider is called; "" without one
	Actor    string // who is invited
	Until    string
	Ways     []wayShown
	Only     bool   // there is one way in alone
	Away     string // the provider's address
	Token    screen.Field
	Closed   bool     // something was told in confidence: the house opens the draft no more
	Choose   []chosen // drafts, to choose from
	Claims   bool     // or the claims that were sent
}

type wayShown struct {
	ID, Text, Added, Used string
	Opens                 string // what it opens by itself, in words
}

func (s *site) page(r *http.Request, title string, body signInPage) screen.Page {
	body.Root, body.Staff, body.Draft = s.root, s.staff, s.of == office.SessionDraft
	if s.Provider != nil {
		body.Provider = s.Provider.Name
	}
	return screen.Page{Title: s.Words(r).Say(title), Scripts: []string{s.script}, Body: body}
}

// form is where one signs in.
func (s *site) form(w http.ResponseWriter, r *http.Request) {
	s.Show(w, r, http.StatusOK, "form.html", s.page(r, "signin.title", signInPage{}))
}

// invitation asks for the token of an invitation, which the link carries behind
// its #, so that no server and no proxy reads it in an address.
func (s *site) invitation(w http.ResponseWriter, r *http.Request) {
	s.askToken(w, r, http.StatusOK, "")
}

func (s *site) askToken(w http.ResponseWriter, r *http.Request, status int, problem string) {
	words := s.Words(r)
	field := screen.Field{
		Kind: screen.Line, Name: "token", Label: words.Say("signin.invited.token"), Hint: words.Say("signin.invited.hint"),
		Problem: problem, Max: 80,
	}
	p := s.page(r, "signin.invited.title", signInPage{Token: field})
	if problem != "" {
		p.Problems = []screen.Problem{{Field: "token", Text: problem}}
	}
	s.Show(w, r, status, "invitation.html", p)
}

// invited keeps the token of a good invitation for the ceremony.
func (s *site) invited(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	wait, err := s.source.TakeTry(r.Context(), s.wrong(r))
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		s.askToken(w, r, http.StatusTooManyRequests, s.Words(r).Sentence(tooMany(wait)))
		return
	}
	token := strings.TrimSpace(r.PostFormValue("token"))
	is, err := s.source.Invited(r.Context(), token)
	switch {
	case fault.Is(err, fault.NotAllowed):
		s.askToken(w, r, http.StatusForbidden, s.Words(r).Sentence(err))
		return
	case err == nil:
		err = s.source.GiveBackTry(r.Context(), s.wrong(r))
	}
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	s.SetCookie(w, r, invitationCookie, token, int(office.CeremonyTime/time.Second))
	s.Show(w, r, http.StatusOK, "enrol.html", s.page(r, "signin.enrol.title", signInPage{Actor: is.Actor, Until: s.Words(r).Time(is.Until)}))
}

// account shows who is signed in their ways in, to add to and to remove from.
func (s *site) account(w http.ResponseWriter, r *http.Request) {
	s.showAccount(w, r, http.StatusOK, "")
}

func (s *site) showAccount(w http.ResponseWriter, r *http.Request, status int, problem string) {
	if s.of == office.SessionDraft {
		s.showDraft(w, r, status, problem)
		return
	}
	token, is, err := s.session(r)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	ways, err := s.source.WaysIn(r.Context(), token)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	words := s.Words(r)
	body := signInPage{Only: len(ways) == 1 && s.staff}
	for n, way := range ways {
		body.Ways = append(body.Ways, wayShown{ID: way.ID(), Text: words.Say("signin.way."+way.Means, "n", strconv.Itoa(n+1)), Added: words.Time(way.Added), Used: words.Time(way.Used)})
	}
	p := s.page(r, "signin.account.title", body)
	if problem != "" {
		p.Problems = []screen.Problem{{Field: "ways", Text: problem}}
	}
	if p.Back, err = s.home(r, token, s.Landings[is.Kind]); err != nil {
		s.Failed(w, r, err)
		return
	}
	p.Leave = s.root + "leave"
	s.Show(w, r, status, "account.html", p)
}

// remove takes a way in away.
func (s *site) remove(w http.ResponseWriter, r *http.Request) {
	if s.of == office.SessionDraft {
		s.removeFromDraft(w, r)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	token, _, err := s.session(r)
	if err == nil {
		err = s.source.Unenrol(r.Context(), token, r.PostFormValue("way"))
	}
	switch {
	case fault.Is(err, fault.Conflict), fault.Is(err, fault.NotFound):
		s.showAccount(w, r, http.StatusUnprocessableEntity, s.Words(r).Sentence(err))
	case err != nil:
		s.Failed(w, r, err)
	default:
		http.Redirect(w, r, s.root+"account", http.StatusSeeOther)
	}
}
