package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// What tells near kinds of loss apart is asked one question a page; then the
// claims that fit are proposed, for each person, and may be changed.

// asks are the questions that what was ticked puts.
func (v *visit) asks() []rulebook.StoryAsked {
	asks, err := v.edition.Ask(v.draft.Telling(v.today))
	if err != nil { // a story of another edition: what happened is asked again
		return nil
	}
	return asks
}

func askPath(a rulebook.StoryAsked) string {
	path := "ask/" + a.Question.ID
	if t := a.Told(); t.Member != "" {
		path += "/" + t.Member
	}
	return path
}

// toldKey is under what the draft keeps a reply.
func toldKey(t rulebook.Told) string {
	if t.Member == "" {
		return t.Question
	}
	return t.Question + "/" + t.Member
}

// firstAsk is the first question, or the claims where none is asked.
func (v *visit) firstAsk() string {
	if asks := v.asks(); len(asks) > 0 {
		return askPath(asks[0])
	}
	return "claims"
}

// asked is the question that an address names, and its place.
func (v *visit) asked(r *http.Request) (rulebook.StoryAsked, int, bool) {
	for n, a := range v.asks() {
		if t := a.Told(); t.Question == r.PathValue("question") && t.Member == r.PathValue("member") {
			return a, n, true
		}
	}
	return rulebook.StoryAsked{}, 0, false
}

var replies = []rulebook.Reply{rulebook.SaidYes, rulebook.SaidNo, rulebook.SaidUnsure}

func (v *visit) askPage(a rulebook.StoryAsked, n int, reply string) (screen.Page, *screen.Field) {
	text, hint, caption := a.Question.Text, a.Question.Hint, a.Story.Title.In(v.words.Lang)
	if a.Question.Each && a.Member.Kind != rulebook.Self {
		if len(a.Question.Other) > 0 {
			text = a.Question.Other
		}
		caption = v.words.Say("interview.for", "name", v.called(a.Member.ID))
	}
	f := screen.Field{Kind: screen.Radios, Name: "reply", Label: text.In(v.words.Lang), Hint: hint.In(v.words.Lang), Heading: true}
	for _, one := range replies {
		f.Choices = append(f.Choices, screen.Choice{Value: string(one), Label: v.words.Say("interview.reply." + string(one)), Checked: reply == string(one), Or: one == rulebook.SaidUnsure})
	}
	back := "people"
	if n > 0 {
		back = askPath(v.asks()[n-1])
	} else if len(v.draft.People) > 1 {
		back = "names"
	}
	fields := []screen.Field{f}
	return screen.Page{Title: f.Label, Back: InterviewRoot + back, Body: fieldsPage{Caption: caption, Fields: fields}}, &fields[0]
}

func (i *Interview) ask(w http.ResponseWriter, r *http.Request, v *visit) {
	a, n, ok := v.asked(r)
	if !ok {
		i.to(w, r, v.firstAsk())
		return
	}
	page, _ := v.askPage(a, n, v.draft.Told[toldKey(a.Told())])
	i.showOwn(w, r, v, http.StatusOK, "fields.html", page)
}

func (i *Interview) saveAsk(w http.ResponseWriter, r *http.Request, v *visit) {
	a, n, ok := v.asked(r)
	if !ok {
		i.to(w, r, v.firstAsk())
		return
	}
	reply := rulebook.Reply(r.PostForm.Get("reply"))
	if !slices.Contains(replies, reply) {
		page, f := v.askPage(a, n, "")
		f.Problem = v.words.Say("interview.choose")
		page.Problems = []screen.Problem{{Field: f.Name, Text: f.Problem}}
		i.showOwn(w, r, v, http.StatusUnprocessableEntity, "fields.html", page)
		return
	}
	err := i.save(w, r, v, func(d *office.OwnDraft) error {
		if d.Told == nil {
			d.Told = map[string]string{}
		}
		d.Told[toldKey(a.Told())] = string(reply)
		return nil
	})
	path := "claims"
	if asks := v.asks(); err == nil {
		at := slices.IndexFunc(asks, func(one rulebook.StoryAsked) bool { return one.Told() == a.Told() })
		if at+1 < len(asks) {
			path = askPath(asks[at+1])
		}
	}
	i.next(w, r, v, err, path)
}

// claimsPage proposes claims for each person.
type claimsPage struct {
	Groups   []claimsGroup
	All      bool // all kinds of loss are offered
	Delicate bool // some of them are about harm of which nobody should see that you look at it
	None     bool // nothing fits what was told
}

type claimsGroup struct {
	Field screen.Field
}

// proposed is what fits, for each person, in the order of the edition.
func (v *visit) proposed() map[string][]rulebook.Suggestion {
	list, err := v.edition.Suggest(v.draft.Telling(v.today))
	by := map[string][]rulebook.Suggestion{}
	if err != nil {
		return by
	}
	for _, s := range list {
		by[s.Member.ID] = append(by[s.Member.ID], s)
	}
	return by
}

// claimsPage offers what fits and what was chosen, or everything.
func (v *visit) claimsPage(all bool) claimsPage {
	page := claimsPage{All: all || len(v.edition.Stories) == 0}
	proposed := v.proposed()
	first := len(v.draft.Claims) == 0
	for _, p := range v.draft.People {
		f := screen.Field{Kind: screen.Checks, Name: "claims-" + p.ID, Label: v.called(p.ID)}
		for n := range v.edition.Categories {
			c := &v.edition.Categories[n]
			chosen := slices.ContainsFunc(v.draft.Claims, func(o office.OwnClaim) bool { return o.Person == p.ID && o.Category == c.ID })
			at := slices.IndexFunc(proposed[p.ID], func(s rulebook.Suggestion) bool { return s.Category == c.ID })
			if !chosen && at < 0 && !(page.All && slices.Contains(c.Claimants, rulebook.MemberKind(p.Relation).Claimant())) {
				continue
			}
			choice := screen.Choice{Value: c.ID, Label: c.Title.In(v.words.Lang), Checked: chosen}
			if barred := v.edition.Receives(c.ID, v.today); barred != nil {
				choice.Hint, choice.Checked = v.words.Sentence(barred), chosen
			} else if at >= 0 {
				choice.Checked = chosen || first
				choice.Hint = v.because(proposed[p.ID][at])
			}
			page.Delicate = page.Delicate || v.edition.Delicate(c.ID) && !page.All || chosen && v.edition.Delicate(c.ID)
			f.Choices = append(f.Choices, choice)
		}
		if len(f.Choices) > 0 {
			page.Groups = append(page.Groups, claimsGroup{f})
		}
	}
	page.None = len(page.Groups) == 0
	return page
}

// because is why a claim is proposed.
func (v *visit) because(s rulebook.Suggestion) string {
	reasons := make([]string, len(s.Because))
	for n, b := range s.Because {
		reasons[n] = b.Reason.In(v.words.Lang)
	}
	text := strings.Join(reasons, " ")
	if !s.Sure {
		text += " " + v.words.Say("interview.claims.unsure")
	}
	return text
}

func (i *Interview) claims(w http.ResponseWriter, r *http.Request, v *visit) {
	i.showClaims(w, r, v, http.StatusOK, v.claimsPage(r.URL.Query().Has("all")))
}

func (i *Interview) showClaims(w http.ResponseWriter, r *http.Request, v *visit, status int, page claimsPage, problems ...screen.Problem) {
	back := "people"
	if asks := v.asks(); len(asks) > 0 {
		back = askPath(asks[len(asks)-1])
	} else if len(v.edition.Stories) == 0 {
		back = "tasks"
	}
	i.showOwn(w, r, v, status, "claims.html", screen.Page{
		Title: v.words.Say("interview.claims.title"), Back: InterviewRoot + back, Problems: problems, Exit: page.Delicate, Body: page,
	})
}

func (i *Interview) saveClaims(w http.ResponseWriter, r *http.Request, v *visit) {
	page := v.claimsPage(true)
	some := false
	chosen := map[string][]string{}
	for _, g := range page.Groups {
		person := strings.TrimPrefix(g.Field.Name, "claims-")
		for _, category := range known(g.Field, r.PostForm[g.Field.Name]) {
			held := slices.ContainsFunc(v.draft.Claims, func(o office.OwnClaim) bool { return o.Person == person && o.Category == category })
			if held || v.edition.Receives(category, v.today) == nil {
				chosen[person], some = append(chosen[person], category), true
			}
		}
	}
	if !some {
		page = v.claimsPage(r.PostForm.Has("all"))
		problem := screen.Problem{Field: "more", Text: v.words.Say("interview.claims.none")}
		if len(page.Groups) > 0 {
			page.Groups[0].Field.Problem, problem.Field = problem.Text, page.Groups[0].Field.Name
		}
		i.showClaims(w, r, v, http.StatusUnprocessableEntity, page, problem)
		return
	}
	proposed := v.proposed()
	err := i.save(w, r, v, func(d *office.OwnDraft) error {
		for _, p := range d.People {
			i.chooseClaims(v.edition, d, p.ID, chosen[p.ID], proposed[p.ID])
		}
		return nil
	})
	path := "who"
	if v.draft.Code != "" {
		path = "tasks"
	}
	i.next(w, r, v, err, path)
}

// chooseClaims makes a person's claims those in these categories, each of the
// story that led to it.
func (i *Interview) chooseClaims(e *rulebook.Edition, d *office.OwnDraft, person string, categories []string, proposed []rulebook.Suggestion) {
	for _, c := range slices.Clone(d.Claims) {
		if c.Person == person && !slices.Contains(categories, c.Category) {
			d.DropClaim(e, c.ID)
		}
	}
	for _, category := range categories {
		event := ""
		if at := slices.IndexFunc(proposed, func(s rulebook.Suggestion) bool { return s.Category == category }); at >= 0 {
			event = proposed[at].Because[0].Story
		}
		c := i.office.AddClaim(d, person, category, event)
		field, party, ok := e.OwnParty()
		if p, there := d.Person(person); ok && there && p.Relation == string(rulebook.Self) {
			_, unread := e.Read(category, map[string]string{field: party})
			if _, said := c.Answers[field]; !said && unread == nil { // who files for themselves isn't asked who files
				d.Answer(e, c.ID, field, party, false)
			}
		}
	}
}
