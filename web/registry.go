package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/question"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// A register of another body fills in what it knows, where the claimant wants that.
// Whoever has somebody's number could have the register tell the rest of them: so it
// is shown only to who has told something of it before, and few may be tried.

// Questions that are allowed within a while, of one draft and from one address.
const (
	mostLookUps       = 6
	mostLookUpsRemote = 60
)

// registries are those that know something which a claim's form asks.
func (i *Interview) registries(v *visit, c claimView) (list []office.Registry) {
	for _, r := range i.office.Registries {
		if len(v.known(c, r)) > 0 {
			list = append(list, r)
		}
	}
	return list
}

// known are the questions of a claim that a registry can answer. What is sensitive is
// told by its claimant alone.
func (v *visit) known(c claimView, r office.Registry) (fields []*rulebook.Field) {
	category, _ := v.edition.Category(c.is.Category)
	for _, id := range r.Fields() {
		if f, ok := v.edition.Field(id); ok && f.Class != rulebook.Sensitive && slices.Contains(category.Asks, id) {
			fields = append(fields, f)
		}
	}
	return fields
}

// shows are those of the fields by which somebody shows that they are who the register
// means: its dates; where it has none, names and texts.
func shows(fields []*rulebook.Field) (list []*rulebook.Field) {
	for _, types := range [][]rulebook.FieldType{{rulebook.Date, rulebook.PartialDate}, {rulebook.FullName, rulebook.Text}} {
		for _, f := range fields {
			if slices.Contains(types, f.Type) {
				list = append(list, f)
			}
		}
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// agrees reports whether the claimant told something by themselves that the register
// says too, and nothing of the kind otherwise.
func agrees(c claimView, fields []*rulebook.Field, texts map[string]string) bool {
	same := 0
	for _, f := range shows(fields) {
		told, there := c.is.Answers[f.ID]
		switch text := texts[f.ID]; {
		case !there || text == "":
		case alike(f, told.Text(), text):
			same++
		default:
			return false
		}
	}
	return same > 0
}

// alike reports whether two texts of a field say the same. A date that isn't a whole day
// shows nothing: a year is soon guessed.
func alike(f *rulebook.Field, told, text string) bool {
	switch f.Type {
	case rulebook.Date, rulebook.PartialDate:
		return told == text && len(told) == len(time.DateOnly)
	case rulebook.FullName:
		a, _ := rulebook.ParseName(told)
		b, _ := rulebook.ParseName(text)
		told, text = a.Full, b.Full
	}
	return strings.EqualFold(strings.Join(strings.Fields(told), " "), strings.Join(strings.Fields(text), " "))
}

// registryPage asks which register is to be asked, and under which number.
type registryPage struct {
	Caption string
	First   []screen.Link // questions of which one must be answered before
	Fields  []screen.Field
	Action  string
}

func registryPath(c claimView) string { return InterviewRoot + "registry/" + c.own.ID }

// registryTitle is what the edition calls a register, or else its code.
func (v *visit) registryTitle(name string) string {
	if f, ok := v.edition.Field("registry"); ok {
		for _, o := range f.Options {
			if o.ID == name {
				return o.Label.In(v.words.Lang)
			}
		}
	}
	return name
}

func (i *Interview) askRegistry(w http.ResponseWriter, r *http.Request, v *visit) {
	if c, ok := i.claimOf(w, r, v); ok {
		i.showRegistry(w, r, v, c, http.StatusOK, url.Values{}, nil)
	}
}

func (i *Interview) showRegistry(w http.ResponseWriter, r *http.Request, v *visit, c claimView, status int, typed url.Values, problems []screen.Problem) {
	all := i.registries(v, c)
	if len(all) == 0 {
		i.Missing(w, r)
		return
	}
	say := v.words.Say
	page := registryPage{Caption: v.title(c), Action: registryPath(c), First: v.first(c, all)}
	which := screen.Field{Kind: screen.Radios, Name: "registry", Label: say("interview.registry.which")}
	for _, one := range all {
		which.Choices = append(which.Choices, screen.Choice{Value: one.Name(), Label: v.registryTitle(one.Name()), Checked: len(all) == 1 || typed.Get("registry") == one.Name()})
	}
	page.Fields = []screen.Field{which, {Kind: screen.Line, Name: "key", Label: say("interview.registry.key"), Hint: say("interview.registry.key-hint"), Value: typed.Get("key"), Max: 60, Width: 20}}
	for n := range page.Fields {
		for _, p := range problems {
			if p.Field == page.Fields[n].Name {
				page.Fields[n].Problem = p.Text
			}
		}
	}
	i.showOwn(w, r, v, status, "registry.html", screen.Page{Title: say("interview.registry.title"), Back: InterviewRoot + "tasks", Problems: problems, Body: page})
}

// first are the questions of which one must be answered before a register is asked;
// none where one is.
func (v *visit) first(c claimView, all []office.Registry) (links []screen.Link) {
	for _, one := range all {
		for _, f := range shows(v.known(c, one)) {
			if _, there := c.is.Answers[f.ID]; there {
				return nil
			}
			for _, t := range c.tasks {
				link := screen.Link{Path: InterviewRoot + questionPath(c.own.ID, t.Section.ID, f.ID), Text: f.Label.In(v.words.Lang)}
				if slices.Contains(t.Asked, f.ID) && !slices.Contains(links, link) {
					links = append(links, link)
				}
			}
		}
	}
	return links
}

// lookUp asks the register, and keeps what it gave. Whatever isn't the claimant's by
// what they told is nothing to them, and nobody learns whether it is there.
func (i *Interview) lookUp(w http.ResponseWriter, r *http.Request, v *visit) {
	c, ok := i.claimOf(w, r, v)
	if !ok {
		return
	}
	name, key := r.PostForm.Get("registry"), strings.TrimSpace(r.PostForm.Get("key"))
	all := i.registries(v, c)
	at := slices.IndexFunc(all, func(one office.Registry) bool { return one.Name() == name })
	var problems []screen.Problem
	if at < 0 {
		problems = append(problems, screen.Problem{Field: "registry", Text: v.words.Say("interview.choose")})
	}
	if key == "" || len(key) > 200 {
		problems = append(problems, screen.Problem{Field: "key", Text: v.words.Say("interview.registry.key-missing")})
	}
	if len(problems) > 0 || len(v.first(c, all)) > 0 {
		i.showRegistry(w, r, v, c, http.StatusUnprocessableEntity, r.PostForm, problems)
		return
	}
	wait, err := i.office.TakeTry(r.Context(), office.Limit{Of: "registry/draft/" + v.draft.ID, Most: mostLookUps}, office.Limit{Of: "registry/remote/" + i.remote(r), Most: mostLookUpsRemote})
	if err == nil && wait > 0 {
		i.wait(w, r, wait)
		return
	}
	var got office.Prefill
	if err == nil {
		got, err = i.office.LookUpOwn(r.Context(), v.key, c.own.ID, name, key)
	}
	if fault.Code(err) == "registry.down" {
		i.Report(r, err)
		got.Texts, err = nil, nil
		at = -1
	}
	if err != nil {
		i.next(w, r, v, err, "")
		return
	}
	down := at < 0
	err = i.keepLookUp(w, r, v, c, name, got)
	if down {
		i.next(w, r, v, err, "registry/"+c.own.ID+"/found?down")
		return
	}
	i.next(w, r, v, err, "registry/"+c.own.ID+"/found")
}

// keepLookUp keeps what a register gave of each question that it knows: nothing where
// it doesn't answer, holds nothing, or means somebody else.
func (i *Interview) keepLookUp(w http.ResponseWriter, r *http.Request, v *visit, c claimView, name string, got office.Prefill) error {
	var fields []*rulebook.Field
	for _, one := range i.registries(v, c) {
		if one.Name() == name {
			fields = v.known(c, one)
		}
	}
	mine := agrees(c, fields, got.Texts)
	return i.save(w, r, v, func(d *office.OwnDraft) error {
		own, ok := d.Claim(c.own.ID)
		if !ok {
			return nil
		}
		if own.Prefilled == nil {
			own.Prefilled = map[string]office.Prefilled{}
		}
		for _, f := range fields {
			text := got.Texts[f.ID]
			if !mine || text != "" && question.ProblemOf(f, v.edition, own.Category, text) != "" {
				text = "" // its form doesn't know it
			}
			own.Prefilled[f.ID] = office.Prefilled{From: got.From, Text: text}
		}
		return nil
	})
}

// foundPage is what a register gave: is this you?
type foundPage struct {
	Caption string
	Lead    string
	Rows    []screen.Row
	Action  string
	Down    bool // it didn't answer
}

func (i *Interview) foundInRegistry(w http.ResponseWriter, r *http.Request, v *visit) {
	c, ok := i.claimOf(w, r, v)
	if !ok {
		return
	}
	say := v.words.Say
	page := foundPage{Caption: v.title(c), Action: registryPath(c) + "/found", Down: r.URL.Query().Has("down")}
	category, _ := v.edition.Category(c.is.Category)
	for _, id := range category.Asks {
		f, known := v.edition.Field(id)
		if was := c.own.Prefilled[id]; known && was.Text != "" {
			page.Rows = append(page.Rows, screen.Row{Key: f.Label.In(v.words.Lang), Value: v.asker().Shown(f, was.Text)})
			page.Lead = say("interview.registry.found", "registry", v.registryTitle(was.Registry), "time", v.words.Time(was.At.Time))
		}
	}
	i.showOwn(w, r, v, http.StatusOK, "found.html", screen.Page{Title: say("interview.registry.title"), Back: registryPath(c), Exit: v.edition.Delicate(c.is.Category), Body: page})
}

// takeFound fills in what the claimant said is theirs. What they had told before stays
// as they told it.
func (i *Interview) takeFound(w http.ResponseWriter, r *http.Request, v *visit) {
	c, ok := i.claimOf(w, r, v)
	if !ok {
		return
	}
	mine := r.PostForm.Get("mine") == "yes"
	err := i.save(w, r, v, func(d *office.OwnDraft) error {
		own, ok := d.Claim(c.own.ID)
		if !ok {
			return nil
		}
		for _, field := range slices.Sorted(maps.Keys(own.Prefilled)) {
			was := own.Prefilled[field]
			if _, told := c.is.Answers[field]; mine && was.Text != "" && !told {
				d.Answer(v.edition, own.ID, field, was.Text, false)
			}
			if !mine {
				was.Text = ""
				own.Prefilled[field] = was
			}
		}
		return nil
	})
	i.next(w, r, v, err, "tasks")
}

// source says where an answer comes from, where a register gave it and it stands so;
// "" for what the claimant told.
func (v *visit) source(c claimView, field string) string {
	was, there := c.own.Prefilled[field]
	if text, answered := c.is.Answers[field]; !there || !answered || was.Text == "" || was.Text != text.Text() {
		return ""
	}
	return v.words.Say("interview.registry.source", "registry", v.registryTitle(was.Registry), "time", v.words.Time(was.At.Time))
}
