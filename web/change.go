package web

import (
	"net/http"
	"net/url"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// changeable are the answers that their claimant may change here, in the order of
// the form: all but those told in confidence, which this house can't show again.
func changeable(own office.Own) (ids []string) {
	category, ok := own.Edition.Category(own.Claim.Category)
	if !ok {
		return nil
	}
	for _, id := range category.Asks {
		if f, ok := own.Edition.Field(id); ok && f.Class != "sensitive" {
			ids = append(ids, id)
		}
	}
	return ids
}

// changeForm shows the answers, to be changed.
func (s *site) changeForm(w http.ResponseWriter, r *http.Request, in signed) {
	s.showChange(w, r, in, http.StatusOK, nil, nil)
}

func (s *site) showChange(w http.ResponseWriter, r *http.Request, in signed, status int, typed url.Values, problems []screen.Problem) {
	own, err := s.opened(r, in)
	switch {
	case fault.Is(err, fault.Conflict) || err == nil && !mayChange(own):
		s.Tell(w, r, http.StatusConflict, "after.no-change")
		return
	case err != nil:
		s.Failed(w, r, err)
		return
	}
	v := &visit{edition: own.Edition, words: in.words}
	s.show(w, r, status, "change.html", screen.Page{
		Title: in.words.Say("after.change.title"), Back: Root + "mine", Problems: problems, Exit: len(own.DeskOnly) > 0,
		Body: v.boxes(own, changeable(own), typed, problems, map[string]bool{}),
	})
}

func mayChange(own office.Own) bool {
	return own.Claim.Standing == claim.Filed && !own.Claim.Reported && gives(own.Edition, office.ActAmend)
}

// change takes in what was changed, and nothing that wasn't.
func (s *site) change(w http.ResponseWriter, r *http.Request, in signed) {
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
	if !mayChange(own) {
		s.Tell(w, r, http.StatusConflict, "after.no-change")
		return
	}
	ids := changeable(own)
	changed, problems := readAnswers(own, ids, in.words, r.PostForm)
	for _, id := range ids {
		switch text, told := changed[id]; {
		case told && text == own.Answers[id]:
			delete(changed, id)
		case !told && own.Answers[id] != "" && r.PostForm.Has(id):
			changed[id] = "" // taken back
		}
	}
	if len(changed) == 0 && len(problems) == 0 {
		problems = []screen.Problem{{Field: ids[0], Text: in.words.Say("after.change.nothing")}}
	}
	if len(problems) > 0 {
		s.showChange(w, r, in, http.StatusUnprocessableEntity, r.PostForm, problems)
		return
	}
	_, err = s.source.Amend(r.Context(), in.by, own.Claim.Programme, in.id, changed)
	switch {
	case fault.Code(err) == "claim.sensitive-again" || fault.Is(err, fault.Invalid):
		s.showChange(w, r, in, http.StatusUnprocessableEntity, r.PostForm, []screen.Problem{{Field: ids[0], Text: in.words.Say("after.answer.not-taken")}})
	case fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotAllowed):
		s.Tell(w, r, http.StatusConflict, "after.no-change")
	case err != nil:
		s.Failed(w, r, err)
	default:
		s.done(w, r, in, "after.changed")
	}
}
