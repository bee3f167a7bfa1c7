package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/question"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/signin"
)

// declarePage is what is declared, once for all claims.
type declarePage struct {
	Claims []string
	Texts  []consentText // what is agreed to, in full
	Fields []screen.Field
	Whys   []string
}

type consentText struct{ Title, Text string }

// declared are the questions of the declaration over all claims, in the order of
// the edition.
func (v *visit) declared() ([]*rulebook.Field, error) {
	if len(v.edition.Sections) == 0 {
		return nil, nil
	}
	asked := map[string]bool{}
	views, err := v.views()
	if err != nil {
		return nil, err
	}
	for _, c := range views {
		tasks, err := v.edition.Tasks(c.is)
		if err != nil {
			return nil, err
		}
		for _, t := range tasks {
			for _, field := range t.Asked {
				asked[field] = asked[field] || v.declares(t.Section.ID)
			}
		}
	}
	var fields []*rulebook.Field
	for n := range v.edition.Fields {
		if f := &v.edition.Fields[n]; asked[f.ID] {
			fields = append(fields, f)
		}
	}
	return fields, nil
}

// declareInputs are the boxes of the declaration: what is agreed to is ticked. The
// only text of a consent that there is needs no choice.
func (v *visit) declareInputs(f *rulebook.Field, typed url.Values) []screen.Field {
	switch {
	case f.Type == rulebook.Boolean && !f.Unsure && !f.Decline:
		label := f.Label.In(v.words.Lang)
		return []screen.Field{{Kind: screen.Checks, Name: f.ID, Hint: f.Help.In(v.words.Lang), Choices: []screen.Choice{{Value: "true", Label: label, Checked: typed.Get(f.ID) == "true"}}}}
	case f.Type == rulebook.Choice && typed.Get(f.ID) == "" && len(f.Options) > 0:
		typed.Set(f.ID, f.Options[len(f.Options)-1].ID) // the newest
	}
	return v.asker().Inputs(f, typed, false, true)
}

func (i *Interview) declare(w http.ResponseWriter, r *http.Request, v *visit) {
	whole, err := v.complete()
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	if !whole {
		i.to(w, r, "check?open=1")
		return
	}
	if v.toReadBack() {
		i.to(w, r, "aloud")
		return
	}
	fields, err := v.declared()
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	typed := url.Values{}
	for _, f := range fields {
		for _, c := range v.draft.Claims {
			if text := c.Answers[f.ID]; text != "" {
				question.Put(typed, f, text)
			}
		}
	}
	i.showDeclare(w, r, v, http.StatusOK, fields, typed, nil)
}

func (i *Interview) showDeclare(w http.ResponseWriter, r *http.Request, v *visit, status int, fields []*rulebook.Field, typed url.Values, problems []screen.Problem) {
	var page declarePage
	views, err := v.views()
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	for _, c := range views {
		page.Claims = append(page.Claims, v.title(c))
	}
	for _, f := range fields {
		inputs := v.declareInputs(f, typed)
		for _, p := range problems {
			if p.Field == inputs[0].Name {
				inputs[0].Problem = p.Text
			}
		}
		page.Fields = append(page.Fields, inputs...)
		for _, o := range f.Options {
			if text := o.Text.In(v.words.Lang); text != "" && o.ID == typed.Get(f.ID) {
				page.Texts = append(page.Texts, consentText{o.Label.In(v.words.Lang), text})
			}
		}
		if why := f.Why.In(v.words.Lang); why != "" && !slices.Contains(page.Whys, why) {
			page.Whys = append(page.Whys, why)
		}
	}
	i.showOwn(w, r, v, status, "declare.html", screen.Page{Title: v.words.Say("interview.declare.title"), Back: InterviewRoot + "check", Problems: problems, Body: page})
}

// send keeps what is declared, asks the rules whether anything that the form must
// have is missing, and files all claims in one act.
func (i *Interview) send(w http.ResponseWriter, r *http.Request, v *visit) {
	if v.toReadBack() { // an answer was changed in another window after it was read back
		i.to(w, r, "aloud")
		return
	}
	fields, err := v.declared()
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	var problems []screen.Problem
	texts := map[string]string{}
	for _, f := range fields {
		text, code := question.Read(f, r.PostForm)
		if code == "" && text != "" && !v.readable(f, text) {
			code = "interview.problem." + string(f.Type)
		}
		if code != "" {
			problems = append(problems, screen.Problem{Field: f.ID, Text: v.words.Say(code, "label", f.Label.In(v.words.Lang))})
		}
		texts[f.ID] = text
	}
	if len(problems) == 0 {
		err = i.save(w, r, v, func(d *office.OwnDraft) error {
			setDeclared(v.edition, d, texts)
			return nil
		})
		if err == nil {
			problems, err = v.lacking(fields)
		}
	}
	if err != nil {
		i.next(w, r, v, err, "")
		return
	}
	if len(problems) > 0 {
		i.showDeclare(w, r, v, http.StatusUnprocessableEntity, fields, r.PostForm, problems)
		return
	}
	sent, err := i.office.SendOwn(r.Context(), v.key)
	switch {
	case err == nil:
		i.confirm(w, r, v.token, v.words.Lang, sent)
	case fault.Code(err) == "draft.incomplete":
		i.to(w, r, "check?open=1")
	case fault.Code(err) == "draft.changed" || fault.Code(err) == "programme.edition-changed":
		i.Tell(w, r, http.StatusConflict, "interview.changed")
	case fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid):
		i.Report(r, err)
		i.Tell(w, r, http.StatusConflict, "interview.not-sent", "why", v.words.Sentence(err))
	default:
		i.next(w, r, v, err, "")
	}
}

// readable reports whether some claim's form takes a text.
func (v *visit) readable(f *rulebook.Field, text string) bool {
	return slices.ContainsFunc(v.draft.Claims, func(c office.OwnClaim) bool {
		_, err := v.edition.Read(c.Category, map[string]string{f.ID: text})
		return err == nil
	})
}

// setDeclared enters what is declared in every claim whose form has it.
func setDeclared(e *rulebook.Edition, d *office.OwnDraft, texts map[string]string) {
	for n := range d.Claims {
		c := &d.Claims[n]
		category, ok := e.Category(c.Category)
		if !ok {
			continue
		}
		for field, text := range texts {
			if !slices.Contains(category.Asks, field) {
				continue
			}
			if c.Answers == nil {
				c.Answers = map[string]string{}
			}
			if c.Answers[field] = text; text == "" {
				delete(c.Answers, field)
			}
		}
	}
}

// lacking is what the declaration lacks by the edition's rules, over all claims:
// nobody sends what would come back at once for want of a tick.
func (v *visit) lacking(fields []*rulebook.Field) ([]screen.Problem, error) {
	views, err := v.views()
	if err != nil {
		return nil, err
	}
	var problems []screen.Problem
	add := func(f *rulebook.Field, text string) {
		if !slices.ContainsFunc(problems, func(p screen.Problem) bool { return p.Field == f.ID }) {
			problems = append(problems, screen.Problem{Field: f.ID, Text: text})
		}
	}
	for _, c := range views {
		for _, f := range fields {
			if _, given := c.is.Answers[f.ID]; !given && v.required(c, f.ID) {
				add(f, v.words.Say("interview.problem.needed", "label", f.Label.In(v.words.Lang)))
			}
		}
		finding, err := v.edition.AssessUntraced(c.is)
		if _, failed := err.(*fault.Fault); failed { // a rule that can't be worked out here is the office's matter
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, missing := range finding.Missing {
			for _, f := range fields {
				if missing == rulebook.AnswerPrefix+f.ID || v.requirementReads(missing, f.ID) {
					add(f, v.edition.Lacks(c.is.Category, missing).In(v.words.Lang))
				}
			}
		}
	}
	return problems, nil
}

// requirementReads reports whether a requirement of the edition is about a
// question.
func (v *visit) requirementReads(requirement, field string) bool {
	for _, rule := range v.edition.Requirements {
		if rule.ID == requirement {
			return slices.Contains(v.edition.Reads(rule.ID), field)
		}
	}
	return false
}

// confirm keeps what the page that confirms says, and leads to it. The draft's session
// ends there and not here: where this answer is lost on the way, whoever sent comes
// back in it and is led there again.
func (i *Interview) confirm(w http.ResponseWriter, r *http.Request, token, lang string, sent office.Sent) {
	kept := keptSent{Programme: sent.Programme, Code: sent.Code, Language: lang, Ends: token}
	for _, c := range sent.Claims {
		if !c.Erased {
			kept.Claims = append(kept.Claims, sentOne{c.ID, c.Reference, c.Category, c.Called})
		}
	}
	if before, err := i.sentOf(r); err == nil && sent.Repeated && before.Claims[0].ID == kept.Claims[0].ID {
		kept = before // it has the code
		kept.Ends = token
	}
	err := i.giveSent(w, r, kept)
	var on string
	if err == nil {
		on, err = i.office.BeginSent(r.Context(), sent)
	}
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	if on != "" {
		i.SetCookie(w, r, cookieName, on, int(sessionTime/time.Second))
	}
	i.SetCookie(w, r, signin.DraftCookie, "", 0)
	i.to(w, r, "sent")
}

// sentPage confirms what was sent.
type sentPage struct {
	Claims   []sentClaim
	Code     string
	Next     []nextStep
	Body     string // whom they were sent to
	Received string
	SignedIn bool // their own page is open to who sent them
	Files    bool // some arrived before it was sent
}

type sentClaim struct {
	Reference, Title, Called string
	Of                       int // its place among those that were sent together, from 1; 0 where it isn't told
	Files                    []hashLine
	Published                string // until when it is in the log
	N                        int
}

type nextStep struct{ Text, Date string }

func (i *Interview) sentPage(w http.ResponseWriter, r *http.Request) (page sentPage, words screen.Words, ok bool) {
	kept, err := i.sentOf(r)
	if err != nil {
		i.to(w, r, "")
		return page, words, false
	}
	if err := i.endDraft(w, r, &kept); err != nil {
		i.Failed(w, r, err)
		return page, words, false
	}
	words = i.Words(r)
	e, err := i.office.OpenEdition(r.Context(), kept.Programme)
	if err != nil {
		i.Failed(w, r, err)
		return page, words, false
	}
	page.Code, page.Body = string(kept.Code), e.Title.In(words.Lang)
	for n, c := range kept.Claims {
		one := sentClaim{Reference: string(c.Reference), Called: c.Called, N: n}
		if category, known := e.Category(c.Category); known {
			one.Title = category.Title.In(words.Lang)
		}
		ack, err := i.office.Acknowledge(r.Context(), firstEntry(c))
		if err != nil {
			i.Failed(w, r, err)
			return page, words, false
		}
		one.Published = words.Time(ack.PublishBy.Time)
		page.Received = words.Time(ack.PublishBy.Add(-office.PublishWithin))
		page.Claims = append(page.Claims, one)
	}
	today, err := i.office.Today(e)
	if err != nil {
		i.Failed(w, r, err)
		return page, words, false
	}
	page.Next = nextSteps(e, kept, today, words)
	if err := i.signedOn(r, kept, &page); err != nil {
		i.Failed(w, r, err)
		return page, words, false
	}
	return page, words, true
}

// endDraft ends the session of the draft that was sent, once who sent it is here.
func (i *Interview) endDraft(w http.ResponseWriter, r *http.Request, kept *keptSent) error {
	if kept.Ends == "" {
		return nil
	}
	if err := i.office.EndSession(r.Context(), kept.Ends); err != nil {
		return err
	}
	kept.Ends = ""
	return i.giveSent(w, r, *kept)
}

// signedOn says where each claim is shown, for who is signed in to one of them: sending
// did that.
func (i *Interview) signedOn(r *http.Request, kept keptSent, page *sentPage) error {
	is, err := i.office.Session(r.Context(), i.Cookie(r, cookieName))
	if fault.Is(err, fault.NotAllowed) {
		return nil
	}
	if err != nil || is.Kind != office.SessionClaimant {
		return err
	}
	set, err := i.office.SetOf(r.Context(), claim.ID(is.Subject))
	if err != nil {
		return err
	}
	files, err := i.office.FilesOfSet(r.Context(), i.Cookie(r, cookieName))
	if err != nil {
		return err
	}
	for n, c := range kept.Claims {
		at := slices.IndexFunc(set, func(one claim.Claim) bool { return one.ID == c.ID })
		page.Claims[n].Of = at + 1
		page.SignedIn = page.SignedIn || at >= 0
		page.Claims[n].Files = hashes(i.Words(r), files[c.ID])
		page.Files = page.Files || len(page.Claims[n].Files) > 0
	}
	return nil
}

// nextSteps are the times that begin to run with filing.
func nextSteps(e *rulebook.Edition, kept keptSent, today day.Date, words screen.Words) []nextStep {
	var steps []nextStep
	for _, d := range e.Deadlines {
		if d.From != "filed" || len(d.Categories) > 0 && !slices.ContainsFunc(kept.Claims, func(c sentOne) bool { return slices.Contains(d.Categories, c.Category) }) {
			continue
		}
		steps = append(steps, nextStep{d.Text.In(words.Lang), words.Date(d.Ends(today))})
	}
	return steps
}

func (i *Interview) sent(w http.ResponseWriter, r *http.Request) {
	if page, words, ok := i.sentPage(w, r); ok {
		i.Show(w, r, http.StatusOK, "sent.html", screen.Page{Title: words.Count("interview.sent.title", len(page.Claims)), Leave: InterviewRoot + "leave", Body: page})
	}
}
