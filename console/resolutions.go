package console

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/board"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/store"
)

// resolutionsPage are what the boards resolved, and the forms of who may resolve.
type resolutionsPage struct {
	Said  string
	List  []resolution
	Sorts []resolving // nil for who may not
	Key   string
}

type resolution struct {
	Programme, ProgrammeName, Number, What, Said, On, State, Rested string
	MayEnd                                                          bool
	Reason                                                          screen.Field
}

// resolving is the form for a resolution of one sort.
type resolving struct {
	Sort, Title string
	Fields      []screen.Field
}

// resolutions shows what was resolved in every programme that has a board.
func (d *desk) resolutions(w http.ResponseWriter, r *http.Request) {
	words, v := d.Words(r), visiting(r)
	page := resolutionsPage{Said: d.said(r), Key: newKey()}
	desks, _, err := d.office.Desks(r.Context(), v.by)
	var may []screen.Choice
	for i := 0; err == nil && i < len(desks); i++ {
		at := desks[i]
		if _, ok := at.May[office.ActResolve]; ok {
			may = append(may, screen.Choice{Value: at.Programme.ID, Label: at.Edition.Title.In(words.Lang)})
		}
		err = d.resolved(r, words, &page, at)
	}
	if err != nil {
		d.refused(w, r, err, Root)
		return
	}
	if len(may) > 0 {
		for _, sort := range board.Sorts() {
			page.Sorts = append(page.Sorts, resolvingForm(words, sort, may))
		}
	}
	d.show(w, r, http.StatusOK, "resolutions.html", screen.Page{Title: words.Say("console.resolutions.title"), Back: Root + "lists", Body: page})
}

// resolved adds the resolutions of one programme, the newest first.
func (d *desk) resolved(r *http.Request, words screen.Words, page *resolutionsPage, at office.Desk) error {
	list, err := d.office.Resolutions(r.Context(), at.Programme.ID)
	if err != nil {
		return err
	}
	_, mayEnd := at.May[office.ActWithdrawResolution]
	for i := len(list) - 1; i >= 0; i-- {
		known := list[i]
		row := resolution{
			Programme: at.Programme.ID, ProgrammeName: at.Edition.Title.In(words.Lang), Number: strconv.FormatInt(known.Number, 10),
			What: words.Say("console.resolution." + string(known.Said.Sort)), Said: terms(words, known.Said), On: words.Date(known.Said.On),
			State: words.Say("console.resolution.stands"), MayEnd: mayEnd && known.Withdrawn.IsZero(),
			Reason: screen.Field{
				Kind: screen.Line, Name: "end-" + at.Programme.ID + "-" + strconv.FormatInt(known.Number, 10), Label: words.Say("console.list.reason"),
				Hint: words.Say("console.list.reason.hint"), Width: 20, Max: 40,
			},
		}
		if !known.Withdrawn.IsZero() {
			row.State = words.Say("console.resolution.withdrawn", "on", words.Date(known.Withdrawn), "reason", known.Reason)
		}
		rested, err := d.office.RestedOn(r.Context(), at.Programme.ID, known.Number)
		if err != nil {
			return err
		}
		var lists []string
		for _, l := range rested {
			lists = append(lists, words.Number(l.Number))
		}
		if len(lists) > 0 {
			row.Rested = words.Say("console.resolution.rested", "lists", strings.Join(lists, ", "))
		}
		page.List = append(page.List, row)
	}
	return nil
}

// terms are what a resolution says, in words where there are any.
func terms(words screen.Words, t board.Terms) string {
	of, group := t.Of, t.Group
	if t.Sort == board.Technique {
		of = words.Say("console.technique." + t.Of)
	}
	if group == "" {
		group = words.Say("console.resolution.all")
	}
	time := ""
	if t.From != nil {
		time = words.Date(*t.From)
	}
	if t.To != nil {
		time += " – " + words.Date(*t.To)
	}
	return strings.TrimSpace(words.Say("console.resolution.said."+string(t.Sort), "of", of, "finding", t.Finding, "group", group, "time", time))
}

// resolvingForm is the form for one sort. The names of its fields have the sort
// before them: all three stand on one page.
func resolvingForm(words screen.Words, sort board.Sort, programmes []screen.Choice) resolving {
	name := func(field string) string { return string(sort) + "-" + field }
	line := func(field, label, hint string) screen.Field {
		f := screen.Field{Kind: screen.Line, Name: name(field), Label: words.Say(label), Width: 20, Max: 40}
		if hint != "" {
			f.Hint = words.Say(hint)
		}
		return f
	}
	form := resolving{Sort: string(sort), Title: words.Say("console.resolution." + string(sort))}
	form.Fields = append(form.Fields, screen.Field{Kind: screen.Select, Name: name("programme"), Label: words.Say("console.resolution.programme"), Choices: programmes})
	of := line("of", "console.resolution.of."+string(sort), "")
	if sort == board.Technique {
		of.Kind = screen.Select
		for _, t := range board.Techniques() {
			of.Choices = append(of.Choices, screen.Choice{Value: t, Label: words.Say("console.technique." + t)})
		}
	}
	form.Fields = append(form.Fields, of)
	const hint = "console.resolution.day.hint"
	switch sort {
	case board.OnPlace:
		form.Fields = append(form.Fields, line("finding", "console.resolution.finding", "console.resolution.finding.hint"),
			line("from", "console.resolution.from", hint), line("to", "console.resolution.to", hint))
	case board.Technique:
		form.Fields = append(form.Fields, line("group", "console.resolution.group", "console.resolution.group.hint"))
	}
	form.Fields = append(form.Fields, line("on", "console.resolution.on", hint))
	return form
}

// resolve enters what the board resolved, or ends it: at once where one person
// may, as a proposal where a second must confirm.
func (d *desk) resolve(w http.ResponseWriter, r *http.Request) {
	code, err := d.resolveAsked(r)
	if err != nil {
		d.refused(w, r, err, Root+"resolutions")
		return
	}
	d.done(w, r, Root+"resolutions", code)
}

func (d *desk) resolveAsked(r *http.Request) (code string, err error) {
	ctx, by := r.Context(), keyed(r)
	if number, _ := strconv.ParseInt(r.PostFormValue("end"), 10, 64); number > 0 { // 0 is no resolution's
		programme := r.PostFormValue("programme")
		reason := r.PostFormValue("end-" + programme + "-" + r.PostFormValue("end"))
		if two, err := d.takesTwo(r, programme, office.ActWithdrawResolution); err != nil || two {
			if err == nil {
				_, err = d.office.ProposeResolutionEnd(ctx, by, programme, number, reason)
			}
			return "reversal", err
		}
		_, err = d.office.WithdrawResolution(ctx, by, programme, number, reason)
		return "resolution-ended", err
	}
	sort := r.PostFormValue("sort")
	said := func(field string) string { return strings.TrimSpace(r.PostFormValue(sort + "-" + field)) }
	asked := board.Terms{Sort: board.Sort(sort), Of: said("of"), Finding: said("finding"), Group: said("group")}
	for field, to := range map[string]func(day.Date){
		"on": func(on day.Date) { asked.On = on }, "from": func(on day.Date) { asked.From = &on }, "to": func(on day.Date) { asked.To = &on },
	} {
		if text := said(field); text != "" {
			on, err := day.Parse(text)
			if err != nil {
				return "", fault.New(fault.Invalid, "console.day-form")
			}
			to(on)
		}
	}
	programme := said("programme")
	if two, err := d.takesTwo(r, programme, office.ActResolve); err != nil || two {
		if err == nil {
			_, err = d.office.ProposeResolution(ctx, by, programme, asked)
		}
		return "reversal", err
	}
	_, _, err = d.office.Resolve(ctx, by, programme, asked)
	return "resolved", err
}

// takesTwo reports whether an act needs a second person in a programme.
func (d *desk) takesTwo(r *http.Request, programme string, act office.Act) (bool, error) {
	desks, _, err := d.office.Desks(r.Context(), visiting(r).by)
	return deskOf(desks, programme).May[act].Second != "", err
}

// standing are the resolutions on which a list of a programme may rest now.
func (d *desk) standing(r *http.Request, words screen.Words, programme string) (list []choice, err error) {
	known, err := d.office.Resolutions(r.Context(), programme)
	for _, one := range known {
		if one.Stands() == nil {
			list = append(list, choice{strconv.FormatInt(one.Number, 10), words.Say("console.resolution."+string(one.Said.Sort)) + ": " + terms(words, one.Said)})
		}
	}
	return list, err
}

// proposedResolution is what a proposal of the board's own is about, in words;
// "" for another act.
func proposedResolution(words screen.Words, p store.Proposal) string {
	switch office.Act(p.Act) {
	case office.ActResolve:
		var said board.Terms
		if json.Unmarshal([]byte(p.About), &said) == nil {
			return words.Say("console.resolution."+string(said.Sort)) + ": " + terms(words, said) + ", " + words.Date(said.On)
		}
	case office.ActWithdrawResolution:
		var end board.Withdrawal
		if json.Unmarshal([]byte(p.About), &end) == nil {
			return words.Number(end.Number) + " (" + end.Reason + ")"
		}
	case office.ActReverse:
		return p.About
	}
	return ""
}
