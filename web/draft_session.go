package web

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/signin"
)

const (
	mostTyped = 256 << 10 // of a form, in bytes
	mostKept  = 64 << 10  // of what was typed when the session had ended
)

// Wrong codes that are allowed within a while, from one address: behind it may be
// a whole shelter. And drafts that are begun from one.
const (
	wrongCodes = 30
	mostBegun  = 2000
)

// formEncoded is how a form without files comes.
const formEncoded = "application/x-www-form-urlencoded"

func (i *Interview) giveCookie(w http.ResponseWriter, r *http.Request, token string, k office.OwnKey) {
	i.SetCookie(w, r, signin.DraftCookie, signin.DraftValue(token, k.Key), 0)
}

// signIn begins a session for a draft.
func (i *Interview) signIn(w http.ResponseWriter, r *http.Request, k office.OwnKey, means string) (token string, err error) {
	token, err = i.office.BeginSession(r.Context(), office.SessionDraft, k.ID, means, nil)
	if err == nil {
		i.giveCookie(w, r, token, k)
	}
	return token, err
}

// signedIn is the session that a request's cookie is of, and its key; false
// without one.
func (i *Interview) signedIn(r *http.Request) (token string, k office.OwnKey, ok bool, err error) {
	token, key, ok := signin.ReadDraft(i.Cookie(r, signin.DraftCookie))
	if !ok {
		return "", k, false, nil
	}
	s, err := i.office.Session(r.Context(), token)
	if fault.Is(err, fault.NotAllowed) {
		return "", k, false, nil
	}
	if err != nil || s.Kind != office.SessionDraft {
		return "", k, false, err
	}
	return token, office.OwnKey{ID: s.Subject, Key: key}, true, nil
}

// visitOf opens the draft that somebody is signed in to; nil where nobody is, or
// it isn't there any more.
func (i *Interview) visitOf(r *http.Request, token string, k office.OwnKey) (*visit, error) {
	v := &visit{key: k, token: token, words: i.Words(r), list: i.list}
	var err error
	if v.draft, err = i.office.Own(r.Context(), k); err != nil {
		return nil, err
	}
	if v.edition, err = i.office.OpenEdition(r.Context(), v.draft.Programme); err != nil {
		return nil, err
	}
	v.today, err = i.office.Today(v.edition)
	return v, err
}

// gate lets through who is signed in to a draft, with it. Who was signed out
// meanwhile is asked for the code and comes back to the same page, and what they
// had typed comes with them.
func (i *Interview) gate(route screen.Route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, there := r.Context().Value(visitKey{}).(*visit); there {
			route.Serve(w, r) // it comes from enter, which has just opened it
			return
		}
		if !strings.Contains(route.Pattern, " /apply/proof/") { // files have a limit of their own
			r.Body = http.MaxBytesReader(w, r.Body, mostTyped)
		}
		token, k, ok, err := i.signedIn(r)
		var v *visit
		if err == nil && ok {
			v, err = i.visitOf(r, token, k)
		}
		switch {
		case fault.Code(err) == "draft.none" && i.sentBefore(w, r, token, k):
		case fault.Code(err) == "draft.none" || err == nil && !ok:
			i.signedOut(w, r)
		case err != nil:
			i.Failed(w, r, err)
		default:
			i.serve(w, r, v, route.Serve)
		}
	}
}

// sentBefore leads to the confirmation where the draft was sent: the answer to
// sending may have been lost on the way, or it was sent in another window.
func (i *Interview) sentBefore(w http.ResponseWriter, r *http.Request, token string, k office.OwnKey) bool {
	sent, err := i.office.SendOwn(r.Context(), k)
	if err != nil || !sent.Repeated || !slices.ContainsFunc(sent.Claims, func(c office.SentClaim) bool { return !c.Erased }) {
		return false
	}
	i.confirm(w, r, token, i.Words(r).Lang, sent)
	return true
}

func (i *Interview) serve(w http.ResponseWriter, r *http.Request, v *visit, serve http.HandlerFunc) {
	if r.Method == http.MethodPost && r.PostForm == nil && strings.HasPrefix(r.Header.Get("Content-Type"), formEncoded) {
		if err := r.ParseForm(); err != nil {
			i.Tell(w, r, http.StatusBadRequest, "interview.form")
			return
		}
	}
	serve(w, r.WithContext(context.WithValue(r.Context(), visitKey{}, v)))
}

// backPage asks for the code.
type backPage struct {
	Code screen.Field
	Out  bool   // they were signed out
	Then string // the page that what was typed was meant for; "" for none
	Kept string // what was typed
	By   string // what found the draft, and doesn't open it; "" for nothing
}

// back asks for the code of a draft: also of one that a passkey or an account has
// found, where something was told in confidence.
func (i *Interview) back(w http.ResponseWriter, r *http.Request) {
	page, err := i.putBy(r)
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	if by := r.URL.Query().Get("by"); by == office.MeansPasskey || by == office.MeansProvider {
		page.By = by
	}
	i.askCode(w, r, http.StatusOK, page, "")
}

// signedOut asks for the code once more; nothing is lost.
func (i *Interview) signedOut(w http.ResponseWriter, r *http.Request) {
	page := backPage{Out: i.Cookie(r, signin.DraftCookie) != ""}
	if r.Method == http.MethodPost && strings.HasPrefix(r.Header.Get("Content-Type"), formEncoded) && r.ParseForm() == nil {
		if typed := r.PostForm.Encode(); len(typed) <= mostKept {
			page.Out, page.Then, page.Kept = true, r.URL.Path, typed
		}
	}
	i.askCode(w, r, http.StatusForbidden, page, "")
}

func (i *Interview) askCode(w http.ResponseWriter, r *http.Request, status int, page backPage, problem string) {
	words := i.Words(r)
	page.Code = screen.Field{Kind: screen.Line, Name: "code", Label: words.Say("interview.back.code"), Hint: words.Say("interview.back.hint"), Problem: problem, Code: true, Max: 40}
	p := screen.Page{Title: words.Say("interview.back.title"), Back: InterviewRoot, Body: page}
	if problem != "" {
		p.Problems = []screen.Problem{{Field: "code", Text: problem}}
	}
	i.Show(w, r, status, "back.html", p)
}

// ownPath is a page of a draft that somebody may be led back to.
var ownPath = regexp.MustCompile(`^/apply/[a-z0-9/_-]{1,200}$`)

// enter opens the draft of a code, and leads to where its claimant was.
func (i *Interview) enter(w http.ResponseWriter, r *http.Request) {
	answer := time.After(answerAfter)
	r.Body = http.MaxBytesReader(w, r.Body, mostTyped)
	if err := r.ParseForm(); err != nil {
		i.Tell(w, r, http.StatusBadRequest, "interview.form")
		return
	}
	words := i.Words(r)
	page := backPage{Then: r.PostForm.Get("then"), Kept: r.PostForm.Get("kept")}
	code, err := claim.ParseCode(r.PostForm.Get("code"))
	if err != nil {
		i.askCode(w, r, http.StatusUnprocessableEntity, page, words.Say("interview.back.slip"))
		return
	}
	limit := office.Limit{Of: "draft/remote/" + i.remote(r), Most: wrongCodes}
	wait, err := i.office.TakeTry(r.Context(), limit)
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	if wait > 0 {
		i.wait(w, r, wait)
		return
	}
	k, err := i.office.OwnByCode(r.Context(), string(code))
	if fault.Is(err, fault.NotAllowed) {
		if waited(r.Context(), answer) {
			i.askCode(w, r, http.StatusForbidden, page, words.Say("interview.back.wrong"))
		}
		return
	}
	var token string
	var v *visit
	if err == nil {
		token, err = i.signIn(w, r, k, "code")
	}
	if err == nil {
		err = i.office.GiveBackTry(r.Context(), limit)
	}
	if err == nil {
		v, err = i.visitOf(r, token, k)
	}
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	i.resume(w, r, v, page)
}

// own is the routes of who is signed in, for a request that has its visit.
func (i *Interview) own() http.Handler {
	mux := http.NewServeMux()
	for _, route := range i.Routes() {
		if route.Rule == screen.Draft {
			mux.HandleFunc(route.Pattern, route.Serve)
		}
	}
	return mux
}

// wait says that there were too many tries.
func (i *Interview) wait(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	i.Tell(w, r, http.StatusTooManyRequests, "interview.too-many", "minutes", strconv.Itoa(int((wait+time.Minute-1)/time.Minute)))
}

// leave signs out: the draft stays, and its code opens it again.
func (i *Interview) leave(w http.ResponseWriter, r *http.Request) {
	token, _, ok, err := i.signedIn(r)
	if err == nil && ok {
		err = i.office.EndSession(r.Context(), token)
	}
	if err == nil {
		err = i.office.EndSession(r.Context(), i.Cookie(r, cookieName)) // that sending began
	}
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	i.SetCookie(w, r, cookieName, "", 0)
	i.SetCookie(w, r, signin.DraftCookie, "", 0)
	i.SetCookie(w, r, sentCookie, "", 0)
	i.Tell(w, r, http.StatusOK, "interview.left")
}

// sentCookie holds what was sent, for the page that confirms it.
const sentCookie = "chancery-sent"

// errNothingSent says that there is nothing to confirm.
var errNothingSent = errors.New("nothing was sent from this browser")
