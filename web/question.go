package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/question"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// One question a page, made from the rulebook: which there are, in which order
// and on which page they stand is the edition's to say.

// claimView is one claim of the draft with its case.
type claimView struct {
	own     *office.OwnClaim
	is      rulebook.Case
	carried map[string]rulebook.Carried
	tasks   []rulebook.Task
}

// view is the claim with this id; false where the draft has none.
func (v *visit) view(id string) (claimView, bool, error) {
	own, ok := v.draft.Claim(id)
	if !ok {
		return claimView{}, false, nil
	}
	if _, known := v.edition.Category(own.Category); !known { // of an edition from before
		return claimView{}, false, nil
	}
	c := claimView{own: own}
	var err error
	if c.is, c.carried, err = v.draft.Case(v.edition, id, v.today); err != nil {
		return c, true, err
	}
	c.tasks, err = v.tasksOf(c.is)
	return c, true, err
}

// wholeForm is the one section of an edition that has none.
var wholeForm = &rulebook.Section{ID: "form"}

// tasksOf are the sections that are filled in one after another. The last
// section is what is declared: it has its own page, at the end, for all claims.
func (v *visit) tasksOf(c rulebook.Case) ([]rulebook.Task, error) {
	if len(v.edition.Sections) == 0 {
		asked, err := v.edition.Asked(c)
		return []rulebook.Task{{Section: wholeForm, Asked: asked}}, err
	}
	tasks, err := v.edition.Tasks(c)
	return slices.DeleteFunc(tasks, func(t rulebook.Task) bool { return v.declares(t.Section.ID) }), err
}

// declares reports whether a section is the one that is declared.
func (v *visit) declares(section string) bool {
	n := len(v.edition.Sections)
	return n > 1 && !v.edition.Sections[n-1].Evidence && v.edition.Sections[n-1].ID == section
}

// left reports whether a question was left out on purpose.
func (c claimView) left(field string) bool {
	text, there := c.own.Answers[field]
	return there && text == ""
}

// answered reports whether a question has an answer, or was left out on purpose.
func (c claimView) answered(field string) bool {
	_, there := c.is.Answers[field]
	return there || c.left(field)
}

// required reports whether a question must be answered: the form says so, or an
// amount is stated and this says how it was worked out.
func (v *visit) required(c claimView, field string) bool {
	category, ok := v.edition.Category(c.is.Category)
	if ok && slices.Contains(category.Requires, field) {
		return true
	}
	return slices.ContainsFunc(v.edition.Fields, func(f rulebook.Field) bool {
		amount, stated := c.is.Answers[f.ID]
		return f.WorkedOut == field && stated && amount.Amount().Currency() != ""
	})
}

// lacks reports whether a question must be answered and isn't.
func (v *visit) lacks(c claimView, field string) bool {
	_, given := c.is.Answers[field]
	return !given && v.required(c, field)
}

// task finds a section of a claim.
func (c claimView) task(section string) (rulebook.Task, bool) {
	for _, t := range c.tasks {
		if t.Section.ID == section {
			return t, true
		}
	}
	return rulebook.Task{}, false
}

// title is the claim as its pages call it: the loss, and whose it is.
func (v *visit) title(c claimView) string {
	category, _ := v.edition.Category(c.is.Category)
	title := category.Title.In(v.words.Lang)
	if len(v.draft.People) > 1 {
		title = v.words.Say("interview.claim.of", "title", title, "name", v.called(c.own.Person))
	}
	return title
}

func questionPath(claim, section, field string) string {
	return "q/" + claim + "/" + section + "/" + field
}

// section leads to the first question of a section that has no answer yet, or to
// its first.
func (i *Interview) section(w http.ResponseWriter, r *http.Request, v *visit) {
	c, ok, err := v.view(r.PathValue("claim"))
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	t, there := c.task(r.PathValue("section"))
	if ok && there && t.Section.Evidence && len(t.Asked) == 0 {
		i.to(w, r, "proof/"+c.own.ID)
		return
	}
	if !ok || !there || len(t.Asked) == 0 {
		i.to(w, r, "tasks")
		return
	}
	pages := v.edition.Pages(t.Asked)
	at := slices.IndexFunc(pages, func(page []string) bool {
		return slices.ContainsFunc(page, func(field string) bool { return !c.answered(field) || v.lacks(c, field) })
	})
	i.to(w, r, questionPath(c.own.ID, t.Section.ID, pages[max(at, 0)][0]))
}

// formPage is where a request is in the form.
type formPage struct {
	c    claimView
	task rulebook.Task
	page []string // the fields that stand on it
	n    int      // of the section's pages
	all  [][]string
	from string // "check" where an answer is changed from there
}

func (p formPage) path() string { return questionPath(p.c.own.ID, p.task.Section.ID, p.page[0]) }

// key is under what the draft keeps what an older window said.
func (p formPage) key() string { return p.c.own.ID + "/" + p.page[0] }

// placeOf finds the page that an address names; false where it isn't asked.
func (v *visit) placeOf(r *http.Request) (p formPage, ok bool, err error) {
	p.c, ok, err = v.view(r.PathValue("claim"))
	if err != nil || !ok {
		return p, false, err
	}
	if p.task, ok = p.c.task(r.PathValue("section")); !ok {
		return p, false, nil
	}
	p.all = v.edition.Pages(p.task.Asked)
	p.n = slices.IndexFunc(p.all, func(page []string) bool { return slices.Contains(page, r.PathValue("field")) })
	if p.n < 0 {
		return p, false, nil
	}
	p.page = p.all[p.n]
	if r.URL.Query().Get("from") == "check" || r.PostForm.Get("from") == "check" {
		p.from = "check"
	}
	return p, true, nil
}

// text is what stands for a field: the answer, or what was left out.
func (c claimView) text(field string) string {
	if v, ok := c.is.Answers[field]; ok {
		return v.Text()
	}
	return c.own.Answers[field]
}

// seen tells what stood on a page when it was shown, so that a window which shows
// something older is known.
func (p formPage) seen() string {
	sum := sha256.New()
	for _, field := range p.page {
		_, there := p.c.own.Answers[field]
		text := p.c.text(field)
		if text == "" && !there {
			text = "\x00"
		}
		sum.Write([]byte(field + "\x00" + text + "\x00"))
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// questionPage is a page of the form.
type questionPage struct {
	Caption string
	Title   string // over several questions; "" where the one is the heading
	Hint    string // of the section
	Fields  []screen.Field
	Whys    []string
	Seen    string
	Copy    string // of the page: each time it is shown it is another
	From    string
	Shared  bool     // the answer holds for other claims too: it may be set apart
	Apart   bool     // it is
	Sources []string // which answers a register gave, and when
	Carried []string // which answers were taken over, and from where
	Aside   []string // what another window said of it, in words
	AsideAt string
	First   bool // of a section: its hint is shown
	Action  string
}

// question shows a page of the form.
func (i *Interview) question(w http.ResponseWriter, r *http.Request, v *visit) {
	p, ok, err := v.placeOf(r)
	switch {
	case err != nil:
		i.Failed(w, r, err)
	case !ok:
		i.to(w, r, "tasks")
	default:
		typed := url.Values{}
		for _, field := range p.page {
			f, _ := v.edition.Field(field)
			text := p.c.text(field)
			if !p.c.answered(field) {
				text = v.likely(p.c, f)
			}
			question.Put(typed, f, text)
		}
		i.showQuestion(w, r, v, p, http.StatusOK, typed, nil)
	}
}

// likely is what another claim of the draft says of another event, to be looked at
// before it is taken: one night is often the beginning of several losses.
func (v *visit) likely(c claimView, f *rulebook.Field) string {
	if f.Shared != rulebook.OfEvent || f.Class == rulebook.Sensitive {
		return ""
	}
	for _, other := range v.draft.Claims {
		if text := other.Answers[f.ID]; text != "" && other.ID != c.own.ID {
			return text
		}
	}
	return ""
}

// showQuestion shows a page with what was typed, and what is wrong with it.
func (i *Interview) showQuestion(w http.ResponseWriter, r *http.Request, v *visit, p formPage, status int, typed url.Values, wrong map[string]string) {
	page := questionPage{
		Caption: v.title(p.c), Seen: p.seen(), Copy: rand.Text()[:10], From: p.from, First: p.n == 0, Hint: p.task.Section.Hint.In(v.words.Lang), Action: InterviewRoot + p.path(),
	}
	if title := p.task.Section.Title.In(v.words.Lang); title != "" {
		page.Caption += " · " + title
	}
	var problems []screen.Problem
	for _, id := range p.page {
		f, _ := v.edition.Field(id)
		fields := v.asker().Inputs(f, typed, len(p.page) == 1, v.required(p.c, id))
		if text := wrong[id]; text != "" {
			fields[0].Problem = text
			problems = append(problems, screen.Problem{Field: fields[0].Name, Text: text})
		}
		page.Fields = append(page.Fields, fields...)
		if why := f.Why.In(v.words.Lang); why != "" && !slices.Contains(page.Whys, why) {
			page.Whys = append(page.Whys, why)
		}
		page.Shared = page.Shared || f.Shared != "" && len(v.draft.Claims) > 1
		page.Apart = page.Apart || p.c.own.Apart[id]
		if source := v.source(p.c, id); source != "" && wrong == nil {
			page.Sources = append(page.Sources, source)
		}
		if from, ok := p.c.carried[id]; ok && wrong == nil {
			page.Carried = append(page.Carried, v.carriedFrom(p.c, from.From))
		}
	}
	page.Carried = slices.Compact(page.Carried)
	title := page.Fields[0].Label
	if len(p.page) > 1 {
		page.Title = p.task.Section.Title.In(v.words.Lang)
		title = page.Title
	}
	if aside, ok := v.draft.Aside[p.key()]; ok {
		for _, id := range p.page {
			f, _ := v.edition.Field(id)
			page.Aside = append(page.Aside, v.asker().Shown(f, aside[id]))
		}
		page.AsideAt = v.clock(v.draft.Saved[p.key()].Time)
	}
	i.showOwn(w, r, v, status, "question.html", screen.Page{
		Title: title, Back: v.backFrom(p), Problems: problems, Exit: v.edition.Delicate(p.c.is.Category), Body: page,
	})
}

// carriedFrom names the claim that an answer was taken over from: Case asks the
// same person's first, then the others.
func (v *visit) carriedFrom(c claimView, n int) string {
	var order []string
	for _, same := range []bool{true, false} {
		for _, o := range v.draft.Claims {
			if o.ID != c.own.ID && (o.Person == c.own.Person) == same {
				order = append(order, o.ID)
			}
		}
	}
	if n < len(order) {
		if other, ok, err := v.view(order[n]); ok && err == nil {
			return v.title(other)
		}
	}
	return ""
}

func (v *visit) backFrom(p formPage) string {
	switch {
	case p.from == "check":
		return InterviewRoot + "check"
	case p.n > 0:
		return InterviewRoot + questionPath(p.c.own.ID, p.task.Section.ID, p.all[p.n-1][0])
	}
	return InterviewRoot + "tasks"
}

// saveQuestion keeps what was typed, and leads to the next question. What can't be
// read is shown again as it was typed. Where another window answered the same
// question after this one was opened, that answer stands, what was typed here is
// kept beside it, and the claimant chooses.
func (i *Interview) saveQuestion(w http.ResponseWriter, r *http.Request, v *visit) {
	p, ok, err := v.placeOf(r)
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	if !ok {
		i.to(w, r, "tasks")
		return
	}
	seen, own, apart, use := r.PostForm.Get("seen"), clipped(r.PostForm.Get("copy"), 10), r.PostForm.Get("apart") != "", r.PostForm.Get("use") != ""
	texts, wrong := v.readPage(p, r.PostForm)
	if choose := r.PostForm.Get("choose"); choose != "" { // what is lacking comes with the place
		delete(wrong, choose)
	}
	if len(wrong) > 0 && !use {
		i.showQuestion(w, r, v, p, http.StatusUnprocessableEntity, r.PostForm, wrong)
		return
	}
	choose := r.PostForm.Get("choose")
	older := false
	err = i.save(w, r, v, func(d *office.OwnDraft) error {
		now := *v
		now.draft = *d
		at, ok, err := now.placeOf(r)
		if err != nil || !ok { // it isn't asked any more: another window changed what it hangs on
			older = !ok
			return err
		}
		again := own != "" && own == d.Copies[at.key()] // by the browser's own way back
		if older = !use && !again && seen != at.seen() && at.differs(texts); older {
			setAside(d, at.key(), texts)
			return nil
		}
		if use {
			texts = d.Aside[at.key()]
		}
		for _, field := range at.page {
			if text, there := texts[field]; there {
				d.Answer(v.edition, at.c.own.ID, field, text, apart)
			}
		}
		delete(d.Aside, at.key())
		if d.Saved == nil {
			d.Saved = map[string]docket.Instant{}
		}
		if d.Copies == nil {
			d.Copies = map[string]string{}
		}
		d.Saved[at.key()], d.Copies[at.key()] = docket.At(i.Now()), own
		now.draft = *d
		d.Last = InterviewRoot + now.after(r)
		return nil
	})
	path := strings.TrimPrefix(v.draft.Last, InterviewRoot)
	if older {
		path = p.path()
	} else if choose != "" && slices.Contains(p.page, choose) {
		path = "place/" + p.c.own.ID + "/" + p.task.Section.ID + "/" + choose
	}
	i.next(w, r, v, err, path)
}

// differs reports whether what was typed isn't what stands.
func (p formPage) differs(texts map[string]string) bool {
	return slices.ContainsFunc(p.page, func(field string) bool { return p.c.text(field) != texts[field] })
}

func setAside(d *office.OwnDraft, key string, texts map[string]string) {
	if d.Aside == nil {
		d.Aside = map[string]map[string]string{}
	}
	d.Aside[key] = texts
}

// after is where it goes on from a page that was answered: the next page of the
// section that isn't answered by another claim already, and then the list. Who
// changed an answer goes back to the check, or to what the change asks anew.
func (v *visit) after(r *http.Request) string {
	p, ok, err := v.placeOf(r)
	if err != nil || !ok {
		return "tasks"
	}
	next := func(page []string) string { return questionPath(p.c.own.ID, p.task.Section.ID, page[0]) }
	if p.from == "check" {
		for _, t := range p.c.tasks {
			for _, field := range t.Asked {
				if v.lacks(p.c, field) {
					return questionPath(p.c.own.ID, t.Section.ID, field) + "?from=check"
				}
			}
		}
		return "check"
	}
	for _, page := range p.all[p.n+1:] {
		if !slices.ContainsFunc(page, func(field string) bool { _, carried := p.c.carried[field]; return !carried }) {
			continue // nobody is asked twice
		}
		return next(page)
	}
	return "tasks"
}

// readPage reads what was typed: the canonical texts, and in words what is wrong.
func (v *visit) readPage(p formPage, typed url.Values) (texts, wrong map[string]string) {
	texts, wrong = map[string]string{}, map[string]string{}
	for _, id := range p.page {
		f, _ := v.edition.Field(id)
		text, code := question.Read(f, typed)
		if code == "" && text == "" && v.required(p.c, id) {
			code = "interview.problem.needed"
			if f.Unsure {
				code = "interview.problem.needed-or-unsure"
			}
		}
		if code == "" && text != "" {
			code = question.ProblemOf(f, v.edition, p.c.is.Category, text)
		}
		if code != "" {
			wrong[id] = v.words.Say(code, "label", f.Label.In(v.words.Lang), "most", v.words.Number(int64(f.Max)))
			continue
		}
		texts[id] = text
	}
	for _, id := range p.page { // on one page with its amount
		f, _ := v.edition.Field(id)
		how, there := v.edition.Field(f.WorkedOut)
		stated := texts[id] != "" && texts[id] != rulebook.UnsureText && texts[id] != rulebook.DeclinedText
		if there && stated && slices.Contains(p.page, how.ID) && texts[how.ID] == "" && wrong[how.ID] == "" {
			wrong[how.ID] = v.words.Say("interview.problem.needed", "label", how.Label.In(v.words.Lang))
		}
	}
	return texts, wrong
}
