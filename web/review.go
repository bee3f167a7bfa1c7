package web

import (
	"net/http"
	"net/url"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/screen"
)

// reviewPage asks for a review, with its clock.
type reviewPage struct {
	Until, Answer string // in words; "" where the rulebook sets no time
	Why           screen.Field
}

func (s *site) reviewForm(w http.ResponseWriter, r *http.Request, in signed) {
	s.showReview(w, r, in, http.StatusOK, nil, nil)
}

func (s *site) showReview(w http.ResponseWriter, r *http.Request, in signed, status int, typed url.Values, problems []screen.Problem) {
	o, err := s.read(r.Context(), in.id)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	times, given, err := s.source.ReviewTimes(r.Context(), o.claim)
	switch {
	case err != nil:
		s.Failed(w, r, err)
		return
	case !given || o.claim.Standing != claim.Refused || o.claim.Register.Review != nil:
		s.Tell(w, r, http.StatusConflict, "after.no-review")
		return
	}
	page := reviewPage{Why: screen.Field{
		Kind: screen.Lines, Name: "why", Label: in.words.Say("after.review.why"), Hint: in.words.Say("after.review.why-hint"), Value: typed.Get("why"), Rows: 8,
	}}
	for _, p := range problems {
		page.Why.Problem = p.Text
	}
	if !times.Until.IsZero() {
		page.Until = in.words.Say("after.review.until", "date", in.words.Date(times.Until))
	}
	if !times.Answer.IsZero() {
		page.Answer = in.words.Say("after.review.answer", "date", in.words.Date(times.Answer))
	}
	s.show(w, r, status, "review.html", screen.Page{Title: in.words.Say("after.review.title"), Back: Root + "mine", Problems: problems, Exit: o.private(), Body: page})
}

// review asks for another look at a refusal.
func (s *site) review(w http.ResponseWriter, r *http.Request, in signed) {
	r.Body = http.MaxBytesReader(w, r.Body, mostTyped)
	if err := r.ParseForm(); err != nil {
		s.Tell(w, r, http.StatusBadRequest, "web.form")
		return
	}
	c, _, err := s.source.ClaimOf(r.Context(), in.id)
	given := false
	if err == nil {
		_, given, err = s.source.ReviewTimes(r.Context(), c)
	}
	if err == nil && given {
		_, err = s.source.AskReview(r.Context(), in.by, c.Programme, in.id, r.PostForm.Get("why"))
	}
	switch {
	case fault.Code(err) == "claim.review-long":
		s.showReview(w, r, in, http.StatusUnprocessableEntity, r.PostForm, []screen.Problem{{Field: "why", Text: in.words.Say("after.review.long")}})
	case err == nil && !given || fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotAllowed):
		s.Tell(w, r, http.StatusConflict, "after.no-review")
	case err != nil:
		s.Failed(w, r, err)
	default:
		s.done(w, r, in, "after.reviewed")
	}
}
