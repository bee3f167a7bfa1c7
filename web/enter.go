package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/screen"
)

// enterPage is the form for reference and code.
type enterPage struct{ Reference, Code screen.Field }

const (
	mostForm = 4 << 10
	// answerAfter is when a wrong pair is answered, whatever was wrong: nobody
	// can tell by a clock whether there is such a claim.
	answerAfter = 400 * time.Millisecond
)

// form shows the form.
func (s *site) form(w http.ResponseWriter, r *http.Request) { s.refill(w, r, http.StatusOK, "") }

// refill shows the form again, with what is wrong.
func (s *site) refill(w http.ResponseWriter, r *http.Request, status int, typed string, problems ...screen.Problem) {
	words := s.Words(r)
	field := func(name string) screen.Field {
		f := screen.Field{Kind: screen.Line, Name: name, Label: words.Say("web.enter." + name), Hint: words.Say("web.enter." + name + "-hint"), Code: true, Max: 40}
		for _, p := range problems {
			if p.Field == name {
				f.Problem = p.Text
			}
		}
		return f
	}
	page := enterPage{Reference: field("reference"), Code: field("code")}
	page.Reference.Value = typed
	s.House.Show(w, r, status, "enter.html", screen.Page{Title: words.Say("web.enter.title"), Problems: problems, Body: page})
}

// enter signs in who has both reference and code.
func (s *site) enter(w http.ResponseWriter, r *http.Request) {
	answer := time.After(answerAfter)
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	if err := r.ParseForm(); err != nil {
		s.Tell(w, r, http.StatusBadRequest, "web.form")
		return
	}
	typed := r.PostForm.Get("reference")
	reference, badReference := claim.ParseReference(typed)
	code, badCode := claim.ParseCode(r.PostForm.Get("code"))
	if len(typed) > 40 {
		typed = "" // no reference, and perhaps a text that somebody else should not read
	}
	// A slip tells only whoever made it, and isn't held against them.
	words := s.Words(r)
	var slips []screen.Problem
	if badReference != nil {
		slips = append(slips, screen.Problem{Field: "reference", Text: words.Say("web.enter.reference-slip")})
	}
	if badCode != nil {
		slips = append(slips, screen.Problem{Field: "code", Text: words.Say("web.enter.code-slip")})
	}
	if slips != nil {
		s.refill(w, r, http.StatusUnprocessableEntity, typed, slips...)
		return
	}
	remote := s.Remote(r)
	wait, err := s.tooMany(r.Context(), reference, remote)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	if wait > 0 {
		minutes := strconv.Itoa(int((wait + time.Minute - 1) / time.Minute))
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		s.Tell(w, r, http.StatusTooManyRequests, "web.too-many", "minutes", minutes)
		return
	}
	c, mark, err := s.source.ClaimByCode(r.Context(), string(reference), string(code))
	switch {
	case err == nil:
		if err := errors.Join(s.right(r.Context(), reference, remote), s.begin(w, r, c.ID, mark)); err != nil {
			s.Failed(w, r, err)
			return
		}
		http.Redirect(w, r, Root+"mine", http.StatusSeeOther)
	case fault.Is(err, fault.NotAllowed) || fault.Is(err, fault.NotFound):
		if waited(r.Context(), answer) {
			s.refill(w, r, http.StatusForbidden, typed, screen.Problem{Field: "reference", Text: words.Say("web.enter.wrong")})
		}
	default:
		s.Failed(w, r, err)
	}
}

// waited waits for the time to answer; false when nobody waits for it any more.
func waited(ctx context.Context, answer <-chan time.Time) bool {
	select {
	case <-answer:
		return true
	case <-ctx.Done():
		return false
	}
}

// leave signs out, whoever has a copy of the cookie too.
func (s *site) leave(w http.ResponseWriter, r *http.Request) {
	if token := s.Cookie(r, cookieName); token != "" {
		if err := s.source.EndSession(r.Context(), token); err != nil {
			s.Failed(w, r, err)
			return
		}
	}
	s.end(w, r)
	http.Redirect(w, r, Root, http.StatusSeeOther)
}
