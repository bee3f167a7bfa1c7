package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// From the start page to the set of claims that is proposed: what happened, to
// whom, and what tells near kinds of loss apart.

// startPage is what the start page says.
type startPage struct {
	Programmes []openProgramme
	Signed     bool   // somebody is signed in: they may go on
	Minutes    string // about how long it takes
}

type openProgramme struct{ Path, Title, Respondent, Basis, Paper string }

// programmes are those that are open, with their editions.
func (i *Interview) programmes(r *http.Request) ([]openProgramme, error) {
	list, err := i.office.OpenProgrammes(r.Context())
	if err != nil {
		return nil, err
	}
	var open []openProgramme
	for _, p := range list {
		e, err := i.office.OpenEdition(r.Context(), p.ID)
		if err != nil {
			return nil, err
		}
		lang := i.Words(r).Lang
		open = append(open, openProgramme{InterviewRoot + "start/" + p.ID, e.Title.In(lang), e.Programme.Respondent.In(lang), e.Programme.Basis, InterviewRoot + "paper/" + p.ID})
	}
	return open, nil
}

// start says what this is and isn't. Nobody needs an account to look.
func (i *Interview) start(w http.ResponseWriter, r *http.Request) {
	programmes, err := i.programmes(r)
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	_, _, signed, err := i.signedIn(r)
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	i.Show(w, r, http.StatusOK, "start.html", screen.Page{
		Title: i.Words(r).Say("interview.start.title"), Body: startPage{programmes, signed, "20"},
	})
}

// whatPage asks what happened.
type whatPage struct {
	Action string
	Field  screen.Field
	Lead   string
}

// whatField is the question what happened: the stories of the edition, or its
// categories where it tells no stories.
func whatField(e *rulebook.Edition, words screen.Words, chosen []string) screen.Field {
	f := screen.Field{Kind: screen.Checks, Name: "story", Label: words.Say("interview.what.title"), Hint: words.Say("interview.what.hint"), Heading: true}
	for _, s := range e.Stories {
		f.Choices = append(f.Choices, screen.Choice{Value: s.ID, Label: s.Title.In(words.Lang), Hint: s.Hint.In(words.Lang), Checked: slices.Contains(chosen, s.ID)})
	}
	if len(e.Stories) > 0 {
		return f
	}
	f.Label, f.Hint = words.Say("interview.kinds.title"), words.Say("interview.kinds.hint")
	for _, c := range e.Categories {
		f.Choices = append(f.Choices, screen.Choice{Value: c.ID, Label: c.Title.In(words.Lang), Checked: slices.Contains(chosen, c.ID)})
	}
	return f
}

// openEdition is the edition of the programme that an address names.
func (i *Interview) openEdition(w http.ResponseWriter, r *http.Request) (*rulebook.Edition, bool) {
	e, err := i.office.OpenEdition(r.Context(), r.PathValue("programme"))
	switch {
	case fault.Is(err, fault.NotFound):
		i.Missing(w, r)
	case err != nil:
		i.Failed(w, r, err)
	default:
		return e, true
	}
	return nil, false
}

// first asks what happened, before there is a draft.
func (i *Interview) first(w http.ResponseWriter, r *http.Request) {
	if e, ok := i.openEdition(w, r); ok {
		i.askWhat(w, r, e, http.StatusOK, whatField(e, i.Words(r), nil))
	}
}

func (i *Interview) askWhat(w http.ResponseWriter, r *http.Request, e *rulebook.Edition, status int, f screen.Field) {
	p := screen.Page{Title: f.Label, Back: InterviewRoot, Body: whatPage{r.URL.Path, f, e.Title.In(i.Words(r).Lang)}}
	if f.Problem != "" {
		p.Problems = []screen.Problem{{Field: f.Name, Text: f.Problem}}
	}
	i.Show(w, r, status, "what.html", p)
}

// known are those of what was ticked that the question offers, in its order.
func known(f screen.Field, ticked []string) []string {
	var list []string
	for _, c := range f.Choices {
		if slices.Contains(ticked, c.Value) {
			list = append(list, c.Value)
		}
	}
	return list
}

// begin begins a draft with what happened. Who is signed in to one goes on with
// another all the same: each has its own code.
func (i *Interview) begin(w http.ResponseWriter, r *http.Request) {
	e, ok := i.openEdition(w, r)
	if !ok {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, mostTyped)
	if err := r.ParseForm(); err != nil {
		i.Tell(w, r, http.StatusBadRequest, "interview.form")
		return
	}
	words := i.Words(r)
	f := whatField(e, words, r.PostForm["story"])
	ticked := known(f, r.PostForm["story"])
	if len(ticked) == 0 {
		f.Problem = words.Say("interview.what.none")
		i.askWhat(w, r, e, http.StatusUnprocessableEntity, f)
		return
	}
	wait, err := i.office.TakeTry(r.Context(), office.Limit{Of: "draft/begin/" + i.remote(r), Most: mostBegun})
	if err == nil && wait > 0 {
		i.wait(w, r, wait)
		return
	}
	content := office.OwnContent{Language: words.Lang, Last: InterviewRoot + "people"}
	i.enterTold(e, &content, ticked)
	var k office.OwnKey
	if err == nil {
		k, _, err = i.office.BeginOwn(r.Context(), e.ID, content)
	}
	if err == nil {
		err = i.bind(w, r, k)
	}
	if err == nil {
		_, err = i.signIn(w, r, k, "begun")
	}
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	i.to(w, r, afterWhat(e))
}

// enterTold enters what was ticked. Where the edition tells no stories, those are the
// claims, for who fills it in.
func (i *Interview) enterTold(e *rulebook.Edition, c *office.OwnContent, ticked []string) {
	if len(e.Stories) > 0 {
		c.Stories = ticked
		return
	}
	d := &office.OwnDraft{OwnContent: *c}
	if len(d.People) == 0 {
		d.People = []office.OwnPerson{{ID: d.NewID("p"), Relation: string(rulebook.Self)}}
	}
	i.chooseClaims(e, d, d.People[0].ID, ticked, nil)
	*c = d.OwnContent
}

func afterWhat(e *rulebook.Edition) string {
	if len(e.Stories) > 0 {
		return "people"
	}
	return "who"
}

// what asks again what happened.
func (i *Interview) what(w http.ResponseWriter, r *http.Request, v *visit) {
	f := whatField(v.edition, v.words, v.ticked())
	i.showOwn(w, r, v, http.StatusOK, "what.html", screen.Page{Title: f.Label, Back: InterviewRoot + "tasks", Body: whatPage{r.URL.Path, f, v.edition.Title.In(v.words.Lang)}})
}

// ticked is what was ticked.
func (v *visit) ticked() []string {
	if len(v.edition.Stories) > 0 {
		return v.draft.Stories
	}
	var list []string
	for _, c := range v.draft.Claims {
		list = append(list, c.Category)
	}
	return list
}

func (i *Interview) saveWhat(w http.ResponseWriter, r *http.Request, v *visit) {
	f := whatField(v.edition, v.words, r.PostForm["story"])
	ticked := known(f, r.PostForm["story"])
	if len(ticked) == 0 {
		f.Problem = v.words.Say("interview.what.none")
		i.showOwn(w, r, v, http.StatusUnprocessableEntity, "what.html", screen.Page{
			Title: f.Label, Back: InterviewRoot + "tasks", Problems: []screen.Problem{{Field: f.Name, Text: f.Problem}}, Body: whatPage{r.URL.Path, f, ""},
		})
		return
	}
	err := i.save(w, r, v, func(d *office.OwnDraft) error {
		i.enterTold(v.edition, &d.OwnContent, ticked)
		return nil
	})
	i.next(w, r, v, err, afterWhat(v.edition))
}

// next leads on, or says what went wrong.
func (i *Interview) next(w http.ResponseWriter, r *http.Request, _ *visit, err error, path string) {
	switch {
	case err == nil:
		i.to(w, r, path)
	case fault.Code(err) == "draft.none": // sent or discarded in another window
		i.signedOut(w, r)
	case fault.Code(err) == "draft.too-large":
		i.Tell(w, r, http.StatusRequestEntityTooLarge, "interview.large")
	default:
		i.Failed(w, r, err)
	}
}

// peoplePage asks to whom it happened.
type peoplePage struct{ Who, Adults, Children screen.Field }

// The answers to the question to whom it happened, beside the bodies.
const (
	justMe   = "me"
	meAndOne = "family"
	notMe    = "others"
)

// mostMembers bounds a family.
const mostMembers = 12

func (v *visit) peoplePage(who, adults, children string) peoplePage {
	say := v.words.Say
	p := peoplePage{
		Who:      screen.Field{Kind: screen.Radios, Name: "who", Label: say("interview.people.title"), Hint: say("interview.people.hint"), Heading: true},
		Adults:   screen.Field{Kind: screen.Line, Name: "adults", Label: say("interview.people.adults"), Value: adults, Width: 2, Input: "numeric", Max: 2},
		Children: screen.Field{Kind: screen.Line, Name: "children", Label: say("interview.people.children"), Hint: say("interview.people.children-hint"), Value: children, Width: 2, Input: "numeric", Max: 2},
	}
	kinds := []string{justMe, meAndOne, notMe}
	for _, kind := range []rulebook.MemberKind{rulebook.Organisation, rulebook.PublicBody} {
		if slices.ContainsFunc(v.edition.Stories, func(s rulebook.Story) bool {
			return slices.ContainsFunc(s.Leads, func(l rulebook.Lead) bool { return slices.Contains(l.For, kind) })
		}) {
			kinds = append(kinds, string(kind))
		}
	}
	for _, kind := range kinds {
		p.Who.Choices = append(p.Who.Choices, screen.Choice{Value: kind, Label: say("interview.people." + kind), Checked: who == kind})
	}
	return p
}

// counted is who the draft is about, as the question has it.
func (v *visit) counted() (who, adults, children string) {
	n := map[string]int{}
	for _, p := range v.draft.People {
		n[p.Relation]++
	}
	count := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	adults, children = count(n[string(rulebook.Adult)]), count(n[string(rulebook.Child)])
	switch {
	case n[string(rulebook.Organisation)] > 0:
		who = string(rulebook.Organisation)
	case n[string(rulebook.PublicBody)] > 0:
		who = string(rulebook.PublicBody)
	case n[string(rulebook.Self)] > 0 && len(v.draft.People) == 1:
		who = justMe
	case n[string(rulebook.Self)] > 0:
		who = meAndOne
	case len(v.draft.People) > 0:
		who = notMe
	}
	return who, adults, children
}

func (i *Interview) people(w http.ResponseWriter, r *http.Request, v *visit) {
	page := v.peoplePage(v.counted())
	i.showOwn(w, r, v, http.StatusOK, "people.html", screen.Page{Title: page.Who.Label, Back: InterviewRoot + "what", Body: page})
}

func (i *Interview) savePeople(w http.ResponseWriter, r *http.Request, v *visit) {
	form := r.PostForm
	page := v.peoplePage(form.Get("who"), form.Get("adults"), form.Get("children"))
	var problems []screen.Problem
	wrong := func(f *screen.Field, code string, pairs ...string) {
		f.Problem = v.words.Say(code, pairs...)
		problems = append(problems, screen.Problem{Field: f.Name, Text: f.Problem})
	}
	who := form.Get("who")
	if !slices.ContainsFunc(page.Who.Choices, func(c screen.Choice) bool { return c.Checked }) {
		wrong(&page.Who, "interview.people.none")
	}
	want := map[rulebook.MemberKind]int{}
	switch who {
	case justMe:
		want[rulebook.Self] = 1
	case meAndOne, notMe:
		if who == meAndOne {
			want[rulebook.Self] = 1
		}
		for kind, f := range map[rulebook.MemberKind]*screen.Field{rulebook.Adult: &page.Adults, rulebook.Child: &page.Children} {
			text := strings.TrimSpace(f.Value)
			n, err := strconv.Atoi(text)
			if text != "" && (err != nil || n < 0 || n > mostMembers) {
				wrong(f, "interview.people.number", "most", strconv.Itoa(mostMembers))
			}
			want[kind] = n
		}
		if len(problems) == 0 && want[rulebook.Adult]+want[rulebook.Child] == 0 {
			wrong(&page.Adults, "interview.people.nobody")
		}
	default:
		want[rulebook.MemberKind(who)] = 1
	}
	var err error
	if len(problems) == 0 {
		err = i.save(w, r, v, func(d *office.OwnDraft) error { return setPeople(d, want) })
		if fault.Code(err) == "interview.people.have-claims" {
			wrong(&page.Who, "interview.people.have-claims")
		}
	}
	if len(problems) > 0 {
		i.showOwn(w, r, v, http.StatusUnprocessableEntity, "people.html", screen.Page{Title: page.Who.Label, Back: InterviewRoot + "what", Problems: problems, Body: page})
		return
	}
	path := v.firstAsk()
	if len(v.draft.People) > 1 || want[rulebook.Self] == 0 && who == notMe {
		path = "names"
	}
	i.next(w, r, v, err, path)
}

// setPeople adds and takes away people until there are so many of each kind.
// Somebody for whom there are claims isn't taken away.
func setPeople(d *office.OwnDraft, want map[rulebook.MemberKind]int) error {
	for _, kind := range []rulebook.MemberKind{rulebook.Self, rulebook.Adult, rulebook.Child, rulebook.Organisation, rulebook.PublicBody} {
		var there []string
		for _, p := range d.People {
			if p.Relation == string(kind) {
				there = append(there, p.ID)
			}
		}
		for len(there) < want[kind] {
			id := d.NewID("p")
			d.People = append(d.People, office.OwnPerson{ID: id, Relation: string(kind)})
			there = append(there, id)
		}
		for len(there) > want[kind] {
			last := there[len(there)-1]
			if slices.ContainsFunc(d.Claims, func(c office.OwnClaim) bool { return c.Person == last && len(c.Answers) > 0 }) {
				return fault.New(fault.Conflict, "interview.people.have-claims")
			}
			d.Claims = slices.DeleteFunc(d.Claims, func(c office.OwnClaim) bool { return c.Person == last })
			d.People = slices.DeleteFunc(d.People, func(p office.OwnPerson) bool { return p.ID == last })
			there = there[:len(there)-1]
		}
	}
	return nil
}

// called is what a person of the draft is called on its pages.
func (v *visit) called(id string) string {
	n := map[string]int{}
	for _, p := range v.draft.People {
		n[p.Relation]++
		if p.ID != id {
			continue
		}
		if p.Called != "" {
			return p.Called
		}
		return v.words.Say("interview.person."+p.Relation, "n", strconv.Itoa(n[p.Relation]))
	}
	return ""
}

// names asks what the others are called, so that the pages can say whom they mean.
func (i *Interview) names(w http.ResponseWriter, r *http.Request, v *visit) {
	i.showOwn(w, r, v, http.StatusOK, "fields.html", v.namesPage())
}

func (v *visit) namesPage() screen.Page {
	page := fieldsPage{Title: v.words.Say("interview.names.title"), Lead: v.words.Say("interview.names.lead")}
	for _, p := range v.draft.People {
		if p.Relation == string(rulebook.Adult) || p.Relation == string(rulebook.Child) {
			page.Fields = append(page.Fields, screen.Field{Kind: screen.Line, Name: "name-" + p.ID, Label: v.relation(p), Value: p.Called, Width: 20, Max: 60})
		}
	}
	return screen.Page{Title: page.Title, Back: InterviewRoot + "people", Body: page}
}

// relation is what somebody is called before they have a name here.
func (v *visit) relation(of office.OwnPerson) string {
	n := 0
	for _, p := range v.draft.People {
		if p.Relation == of.Relation {
			n++
		}
		if p.ID == of.ID {
			break
		}
	}
	return v.words.Say("interview.person."+of.Relation, "n", strconv.Itoa(n))
}

func (i *Interview) saveNames(w http.ResponseWriter, r *http.Request, v *visit) {
	err := i.save(w, r, v, func(d *office.OwnDraft) error {
		for n := range d.People {
			if texts, ok := r.PostForm["name-"+d.People[n].ID]; ok {
				d.People[n].Called = clipped(strings.Join(strings.Fields(texts[0]), " "), 60)
			}
		}
		return nil
	})
	i.next(w, r, v, err, v.firstAsk())
}

// clipped is a text of at most so many characters.
func clipped(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

// fieldsPage is a page of some fields under one heading.
type fieldsPage struct {
	Title, Caption, Lead string
	Fields               []screen.Field
	Action               string // where it is sent: its own address
}
