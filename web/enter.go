package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
)

// enterPage is the form for reference and code.
type enterPage struct {
	Reference string // as it was typed
	Problems  []problem
}

// problem is what is wrong with a field of the form.
type problem struct{ Field, Text string }

// Of is what is wrong with one field, or "".
func (p enterPage) Of(field string) string {
	for _, one := range p.Problems {
		if one.Field == field {
			return one.Text
		}
	}
	return ""
}

const (
	mostForm = 4 << 10
	// answerAfter is when a wrong pair is answered, whatever was wrong: nobody
	// can tell by a clock whether there is such a claim.
	answerAfter = 400 * time.Millisecond
)

// form shows the form.
func (s *site) form(w http.ResponseWriter, _ *http.Request) {
	s.show(w, http.StatusOK, "enter.html", "web.enter.title", enterPage{})
}

// refill shows the form again, with what is wrong.
func (s *site) refill(w http.ResponseWriter, status int, typed string, problems ...problem) {
	s.show(w, status, "enter.html", "web.enter.title", enterPage{Reference: typed, Problems: problems})
}

// enter signs in who has both reference and code.
func (s *site) enter(w http.ResponseWriter, r *http.Request) {
	answer := time.After(answerAfter)
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	if err := r.ParseForm(); err != nil {
		s.problem(w, http.StatusBadRequest, "web.form")
		return
	}
	typed := r.PostForm.Get("reference")
	reference, badReference := claim.ParseReference(typed)
	code, badCode := claim.ParseCode(r.PostForm.Get("code"))
	if len(typed) > 40 {
		typed = "" // no reference, and perhaps a text that somebody else should not read
	}
	// A slip tells only whoever made it, and isn't held against them.
	var slips []problem
	if badReference != nil {
		slips = append(slips, problem{"reference", s.say("web.enter.reference-slip")})
	}
	if badCode != nil {
		slips = append(slips, problem{"code", s.say("web.enter.code-slip")})
	}
	if slips != nil {
		s.refill(w, http.StatusUnprocessableEntity, typed, slips...)
		return
	}
	remote := s.Remote(r)
	wait, err := s.tooMany(r.Context(), reference, remote)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	if wait > 0 {
		minutes := strconv.Itoa(int((wait + time.Minute - 1) / time.Minute))
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		s.problem(w, http.StatusTooManyRequests, "web.too-many", "minutes", minutes)
		return
	}
	c, mark, err := s.source.ClaimByCode(r.Context(), string(reference), string(code))
	switch {
	case err == nil:
		if err := errors.Join(s.right(r.Context(), reference, remote), s.begin(w, r, c.ID, mark)); err != nil {
			s.failed(w, r, err)
			return
		}
		http.Redirect(w, r, Root+"mine", http.StatusSeeOther)
	case fault.Is(err, fault.NotAllowed) || fault.Is(err, fault.NotFound):
		if waited(r.Context(), answer) {
			s.refill(w, http.StatusForbidden, typed, problem{"reference", s.say("web.enter.wrong")})
		}
	default:
		s.failed(w, r, err)
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
	if c, err := r.Cookie(cookieName); err == nil {
		if err := s.source.EndSession(r.Context(), c.Value); err != nil {
			s.failed(w, r, err)
			return
		}
	}
	s.end(w, r)
	http.Redirect(w, r, Root, http.StatusSeeOther)
}
