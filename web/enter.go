package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// enterPage is the form for reference and code.
type enterPage struct {
	Reference, Code screen.Field
	To, Kept        string // where what was typed was sent, and what: shown again after signing in
	Typed           string // as reference
}

const (
	mostForm = 4 << 10
	// answerAfter is when a wrong pair is answered, whatever was wrong: nobody
	// can tell by a clock whether there is such a claim.
	answerAfter = 400 * time.Millisecond
)

// form shows the form.
func (s *site) form(w http.ResponseWriter, r *http.Request) {
	s.refill(w, r, http.StatusOK, enterPage{})
}

// askAgain asks for reference and code where the session was over when a form
// came: what was typed isn't lost.
func (s *site) askAgain(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, mostTyped)
	if err := r.ParseForm(); err != nil {
		s.Tell(w, r, http.StatusBadRequest, "web.form")
		return
	}
	s.refill(w, r, http.StatusForbidden, enterPage{To: r.URL.Path, Kept: r.PostForm.Encode()})
}

// refill shows the form, with what is wrong.
func (s *site) refill(w http.ResponseWriter, r *http.Request, status int, page enterPage, problems ...screen.Problem) {
	say := s.Words(r).Say
	of := func(field string) string {
		for _, p := range problems {
			if p.Field == field {
				return p.Text
			}
		}
		return ""
	}
	page.Reference = screen.Field{
		Kind: screen.Line, Name: "reference", Label: say("web.enter.reference"), Hint: say("web.enter.reference-hint"), Value: page.Typed,
		Problem: of("reference"), Width: 20, Max: 40, Code: true,
	}
	page.Code = screen.Field{
		Kind: screen.Line, Name: "code", Label: say("web.enter.code"), Hint: say("web.enter.code-hint"), Problem: of("code"), Width: 20, Max: 40, Code: true,
	}
	s.Show(w, r, status, "enter.html", screen.Page{Title: say("web.enter.title"), Problems: problems, Body: page})
}

// enter signs in who has both reference and code.
func (s *site) enter(w http.ResponseWriter, r *http.Request) {
	answer := time.After(answerAfter)
	say := s.Words(r).Say
	r.Body = http.MaxBytesReader(w, r.Body, mostForm+4*mostTyped)
	if err := r.ParseForm(); err != nil {
		s.Tell(w, r, http.StatusBadRequest, "web.form")
		return
	}
	page := enterPage{To: r.PostForm.Get("to"), Kept: r.PostForm.Get("kept"), Typed: r.PostForm.Get("reference")}
	reference, badReference := claim.ParseReference(page.Typed)
	code, badCode := claim.ParseCode(r.PostForm.Get("code"))
	if len(page.Typed) > 40 {
		page.Typed = "" // no reference, and perhaps a text that somebody else should not read
	}
	// A slip tells only whoever made it, and isn't held against them.
	var slips []screen.Problem
	if badReference != nil {
		slips = append(slips, screen.Problem{Field: "reference", Text: say("web.enter.reference-slip")})
	}
	if badCode != nil {
		slips = append(slips, screen.Problem{Field: "code", Text: say("web.enter.code-slip")})
	}
	if slips != nil {
		s.refill(w, r, http.StatusUnprocessableEntity, page, slips...)
		return
	}
	remote := s.o.Remote(r)
	wait, err := s.tooMany(r.Context(), reference, remote)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	if wait > 0 {
		s.tellToWait(w, r, wait)
		return
	}
	c, mark, err := s.source.ClaimByCode(r.Context(), string(reference), string(code))
	switch {
	case err == nil:
		s.entered(w, r, c.ID, mark, reference, remote)
	case fault.Is(err, fault.NotAllowed) || fault.Is(err, fault.NotFound):
		if waited(r.Context(), answer) {
			s.refill(w, r, http.StatusForbidden, page, screen.Problem{Field: "reference", Text: say("web.enter.wrong")})
		}
	default:
		s.Failed(w, r, err)
	}
}

// tellToWait says that there were too many wrong tries.
func (s *site) tellToWait(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	minutes := strconv.Itoa(int((wait + time.Minute - 1) / time.Minute))
	w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	s.Tell(w, r, http.StatusTooManyRequests, "web.too-many", "minutes", minutes)
}

// entered signs in, and shows what was typed before again.
func (s *site) entered(w http.ResponseWriter, r *http.Request, id claim.ID, mark []byte, reference claim.Reference, remote string) {
	err := s.right(r.Context(), reference, remote)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	token, err := s.begin(w, r, id, mark)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	if r.PostForm.Get("to") == filesPath {
		http.Redirect(w, r, filesPath, http.StatusSeeOther)
		return
	}
	typed, bad := url.ParseQuery(r.PostForm.Get("kept"))
	again, keeps := s.keepers()[r.PostForm.Get("to")]
	if !keeps || bad != nil {
		http.Redirect(w, r, Root+"mine", http.StatusSeeOther)
		return
	}
	known, _, err := s.source.KnownBySession(r.Context(), token)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	again(w, r, signed{id, token, office.By{Actor: known}, s.Words(r)}, http.StatusOK, typed, nil)
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
