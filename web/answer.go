package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/question"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// keeper shows a form with what was typed into it, and what is wrong with that.
type keeper func(w http.ResponseWriter, r *http.Request, in signed, status int, typed url.Values, problems []screen.Problem)

// keepers are the forms whose content is kept when the session was over as it
// came, by their address.
func (s *site) keepers() map[string]keeper {
	return map[string]keeper{
		Root + "answer": s.showAnswer, Root + "change": s.showChange, Root + "review": s.showReview, Root + "contact": s.showContact,
	}
}

// answerPage is the form for what is missing, with what was given.
type answerPage struct {
	Missing []string
	Asks    []screen.Field
	Given   []screen.Row
	Files   bool // a document can be sent
}

// opened is the claim with what its claimant may see of it.
func (s *site) opened(r *http.Request, in signed) (office.Own, error) {
	c, _, err := s.source.ClaimOf(r.Context(), in.id)
	if err != nil {
		return office.Own{}, err
	}
	return s.source.ReadOwn(r.Context(), in.by, c.Programme, in.id)
}

// answerForm asks for what is missing.
func (s *site) answerForm(w http.ResponseWriter, r *http.Request, in signed) {
	s.showAnswer(w, r, in, http.StatusOK, nil, nil)
}

// showAnswer shows the form; typed is nil where nobody has typed yet: then the
// answers that were given stand in it.
func (s *site) showAnswer(w http.ResponseWriter, r *http.Request, in signed, status int, typed url.Values, problems []screen.Problem) {
	own, err := s.opened(r, in)
	switch {
	case fault.Is(err, fault.Conflict) || err == nil && own.Claim.Standing != claim.Deficient:
		s.Tell(w, r, http.StatusConflict, "after.nothing-missing")
		return
	case err != nil:
		s.Failed(w, r, err)
		return
	}
	v := &visit{edition: own.Edition, words: in.words}
	page := answerPage{Files: s.taker != nil}
	for _, missing := range own.Claim.Missing {
		page.Missing = append(page.Missing, own.Edition.Lacks(own.Claim.Category, missing).In(in.words.Lang))
	}
	asked := map[string]bool{}
	page.Asks = v.boxes(own, own.Asks, typed, problems, asked)
	if category, ok := own.Edition.Category(own.Claim.Category); ok {
		page.Given = given(v, own, category, asked)
	}
	s.show(w, r, status, "answer.html", screen.Page{
		Title: in.words.Say("after.answer.title"), Back: Root + "mine", Problems: problems, Exit: len(own.DeskOnly) > 0, Body: page,
	})
}

// boxes are the boxes of these questions; with typed nil the answers that were
// given stand in them. It notes in asked which they are.
func (v *visit) boxes(own office.Own, ids []string, typed url.Values, problems []screen.Problem, asked map[string]bool) (list []screen.Field) {
	fresh := typed == nil
	if fresh {
		typed = url.Values{}
	}
	for _, id := range ids {
		f, ok := own.Edition.Field(id)
		if !ok {
			continue
		}
		asked[id] = true
		if fresh {
			question.Put(typed, f, own.Answers[id])
		}
		fields := v.asker().Inputs(f, typed, false, true)
		for _, p := range problems {
			if p.Field == id {
				fields[0].Problem = p.Text
			}
		}
		list = append(list, fields...)
	}
	return list
}

// given are the answers that the claimant gave and isn't asked for again.
func given(v *visit, own office.Own, category *rulebook.Category, asked map[string]bool) (rows []screen.Row) {
	for _, id := range category.Asks {
		f, ok := own.Edition.Field(id)
		if text := own.Answers[id]; ok && !asked[id] && text != "" {
			rows = append(rows, screen.Row{Key: f.Label.In(v.words.Lang), Value: v.asker().Shown(f, text)})
		}
	}
	for _, id := range own.DeskOnly {
		if f, ok := own.Edition.Field(id); ok && !asked[id] {
			rows = append(rows, screen.Row{Key: f.Label.In(v.words.Lang), Value: v.words.Say("after.answer.in-confidence")})
		}
	}
	return rows
}

// answer takes in what was missing.
func (s *site) answer(w http.ResponseWriter, r *http.Request, in signed) {
	r.Body = http.MaxBytesReader(w, r.Body, mostTyped)
	if err := r.ParseForm(); err != nil {
		s.Tell(w, r, http.StatusBadRequest, "web.form")
		return
	}
	own, err := s.opened(r, in)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	supplied, problems := readAnswers(own, own.Asks, in.words, r.PostForm)
	if len(supplied) == 0 && len(problems) == 0 && len(own.Asks) > 0 {
		problems = []screen.Problem{{Field: own.Asks[0], Text: in.words.Say("after.answer.nothing")}}
	}
	if len(problems) > 0 {
		s.showAnswer(w, r, in, http.StatusUnprocessableEntity, r.PostForm, problems)
		return
	}
	_, err = s.source.AnswerDeficiency(r.Context(), in.by, own.Claim.Programme, in.id, supplied)
	switch {
	case fault.Code(err) == "claim.sensitive-again":
		s.showAnswer(w, r, in, http.StatusUnprocessableEntity, r.PostForm, sensitiveAgain(own, in.words, err))
	case fault.Is(err, fault.Invalid):
		s.showAnswer(w, r, in, http.StatusUnprocessableEntity, r.PostForm, []screen.Problem{{Field: "main", Text: in.words.Say("after.answer.not-taken")}})
	case fault.Is(err, fault.Conflict):
		s.Tell(w, r, http.StatusConflict, "after.nothing-missing")
	case err != nil:
		s.Failed(w, r, err)
	default:
		s.done(w, r, in, "after.answered")
	}
}

// readAnswers reads what was typed; a box that is left as it was says the same
// again, and an empty one says nothing.
func readAnswers(own office.Own, ids []string, words screen.Words, typed url.Values) (supplied map[string]string, problems []screen.Problem) {
	supplied = map[string]string{}
	for _, id := range ids {
		f, ok := own.Edition.Field(id)
		if !ok {
			continue
		}
		text, code := question.Read(f, typed)
		if code == "" && text != "" {
			code = question.ProblemOf(f, own.Edition, own.Claim.Category, text)
		}
		switch {
		case code != "":
			problems = append(problems, screen.Problem{Field: id, Text: words.Say(code, "label", f.Label.In(words.Lang), "most", words.Number(int64(f.Max)))})
		case text != "":
			supplied[id] = text
		}
	}
	return supplied, problems
}

// done says that something was done, on the claim's own page again.
func (s *site) done(w http.ResponseWriter, r *http.Request, in signed, code string) {
	s.show(w, r, http.StatusOK, "done.html", screen.Page{Title: in.words.Say(code + ".title"), Body: in.words.Say(code + ".text")})
}

// sensitiveAgain says of each field that must be told again, since what was told
// in confidence can't be opened here.
func sensitiveAgain(own office.Own, words screen.Words, err error) (problems []screen.Problem) {
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		return nil
	}
	for _, v := range f.Values {
		if v.Name != "fields" {
			continue
		}
		for field := range strings.SplitSeq(v.Text, ", ") {
			if f, ok := own.Edition.Field(field); ok {
				problems = append(problems, screen.Problem{Field: field, Text: words.Say("after.answer.again", "label", f.Label.In(words.Lang))})
			}
		}
	}
	return problems
}
