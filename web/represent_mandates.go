package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// mandatesOnPage is how many mandates a list shows at a time.
const mandatesOnPage = 50

// mandatesPage is an organisation's mandates.
type mandatesPage struct {
	Said        string
	Rows        []mandateRow
	More, First string // paths
}

type mandateRow struct {
	ID, Path, Principal string
	Kind, Programme     string
	Days                string
	State               string
	Holds               bool // today
}

func mandatePath(id claim.MandateID) string { return RepresentRoot + "mandate/" + string(id) }

// mandates lists those in force and those that are over.
func (s *represent) mandates(w http.ResponseWriter, r *http.Request, in acting) {
	after := r.URL.Query().Get("after")
	rows, more, err := s.mandateRows(r, in, claim.MandateID(after))
	if err != nil {
		s.refused(w, r, err, RepresentRoot)
		return
	}
	page := mandatesPage{Said: s.said(r), Rows: rows}
	if more {
		page.More = RepresentRoot + "mandates?after=" + url.QueryEscape(rows[len(rows)-1].ID)
	}
	if after != "" {
		page.First = RepresentRoot + "mandates"
	}
	s.show(w, r, http.StatusOK, "mandates.html", screen.Page{Title: in.words.Say("represent.mandates.title"), Body: page})
}

// mandateRows is one page of them, by their ids; more says that there are more.
func (s *represent) mandateRows(r *http.Request, in acting, after claim.MandateID) (rows []mandateRow, more bool, err error) {
	list, err := s.office.Mandates(r.Context(), in.by, "", after, mandatesOnPage+1)
	if err != nil {
		return nil, false, err
	}
	if more = len(list) > mandatesOnPage; more {
		list = list[:mandatesOnPage]
	}
	ids := make([]claim.MandateID, len(list))
	for i, m := range list {
		ids[i] = m.ID
	}
	principals, err := s.office.Principals(r.Context(), in.by, ids)
	if err != nil {
		return nil, false, err
	}
	for _, m := range list {
		row, err := s.mandateRow(r, in, m, principals[m.ID])
		if err != nil {
			return nil, false, err
		}
		rows = append(rows, row)
	}
	return rows, more, nil
}

func (s *represent) mandateRow(r *http.Request, in acting, m claim.Mandate, principal map[string]string) (mandateRow, error) {
	row := mandateRow{ID: string(m.ID), Path: mandatePath(m.ID), Principal: principal["name"], Kind: in.words.Say("represent.given." + string(m.Kind))}
	e, err := s.office.OpenEdition(r.Context(), m.Programme)
	if err != nil {
		return row, err
	}
	today, err := s.office.Today(e)
	if err != nil {
		return row, err
	}
	row.Programme = e.Title.In(in.words.Lang)
	row.Days = in.words.Say("represent.days.open", "from", in.words.Date(m.From))
	if !m.Until.IsZero() {
		row.Days = in.words.Say("represent.days.until", "from", in.words.Date(m.From), "until", in.words.Date(m.Until))
	}
	code := "holds"
	switch {
	case !m.Ended.IsZero():
		code = "ended"
	case today.Before(m.From):
		code = "not-begun"
	case !m.Until.IsZero() && today.After(m.Until):
		code = "over"
	}
	row.Holds = code == "holds"
	row.State = in.words.Say("represent.state."+code, "on", in.words.Date(m.Ended))
	return row, nil
}

// mandatePage is one mandate.
type mandatePage struct {
	Said   string
	Row    mandateRow
	ID     string
	Rows   []screen.Row
	Claims []claimRow
	May    bool // it can be ended
}

// claimsUnderOne is how many claims the page of a mandate names.
const claimsUnderOne = 50

// mandate shows one, with the claims under it.
func (s *represent) mandate(w http.ResponseWriter, r *http.Request, in acting) {
	m, claims, err := s.office.Mandate(r.Context(), in.by, claim.MandateID(r.PathValue("id")))
	var principals map[claim.MandateID]map[string]string
	if err == nil {
		principals, err = s.office.Principals(r.Context(), in.by, []claim.MandateID{m.ID})
	}
	var row mandateRow
	if err == nil {
		row, err = s.mandateRow(r, in, m, principals[m.ID])
	}
	if err != nil {
		s.refused(w, r, err, RepresentRoot+"mandates")
		return
	}
	say := func(name string) string { return in.words.Say("represent.mandate." + name) }
	var scopes []string
	for _, scope := range m.Scopes {
		scopes = append(scopes, in.words.Say("represent.may."+string(scope)))
	}
	if !slices.Contains(m.Scopes, claim.ScopeBePaid) {
		scopes = append(scopes, in.words.Say("represent.may.not-paid"))
	}
	page := mandatePage{Said: s.said(r), Row: row, ID: string(m.ID), May: m.Ended.IsZero(), Rows: []screen.Row{
		{Key: say("state"), Value: row.State},
		{Key: say("kind"), Value: row.Kind},
		{Key: say("paper"), Value: principals[m.ID]["paper"]},
		{Key: say("scopes"), Value: strings.Join(scopes, "\n")},
		{Key: say("days"), Value: row.Days},
		{Key: say("programme"), Value: row.Programme},
	}}
	for _, c := range claims[:min(len(claims), claimsUnderOne)] {
		page.Claims = append(page.Claims, claimRow{Path: RepresentRoot + "claim/" + string(c.ID), Reference: string(c.Reference)})
	}
	title := row.Principal
	if title == "" {
		title = say("title")
	}
	s.show(w, r, http.StatusOK, "mandate.html", screen.Page{Title: title, Back: RepresentRoot + "mandates", Body: page})
}

// endMandate ends one, from today on.
func (s *represent) endMandate(w http.ResponseWriter, r *http.Request, in acting) {
	m, _, err := s.office.Mandate(r.Context(), in.by, claim.MandateID(r.PathValue("id")))
	if err == nil {
		err = s.office.EndMandate(r.Context(), in.by, m.Programme, m.ID)
	}
	if err != nil && fault.Code(err) != "mandate.ended" { // pressed twice
		s.refused(w, r, err, RepresentRoot+"mandates")
		return
	}
	http.Redirect(w, r, mandatePath(m.ID)+"?done=ended", http.StatusSeeOther)
}

// mandateForm asks what a mandate is to say.
func (s *represent) mandateForm(w http.ResponseWriter, r *http.Request, in acting) {
	s.askMandate(w, r, in, http.StatusOK, nil, nil)
}

// askMandate shows the form; typed is nil where nobody has typed yet.
func (s *represent) askMandate(w http.ResponseWriter, r *http.Request, in acting, status int, typed url.Values, problems []screen.Problem) {
	fields, err := s.mandateFields(r, in, typed)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	s.show(w, r, status, "give.html", screen.Page{
		Title: in.words.Say("represent.give.title"), Back: RepresentRoot + "mandates", Problems: problems, Body: wrongAt(fields, problems),
	})
}

func (s *represent) mandateFields(r *http.Request, in acting, typed url.Values) ([]screen.Field, error) {
	say := func(name string) string { return in.words.Say("represent.give." + name) }
	programmes, err := s.office.OpenProgrammes(r.Context())
	if err != nil {
		return nil, err
	}
	programme := screen.Field{Kind: screen.Select, Name: "programme", Label: say("programme")}
	for _, p := range programmes {
		e, err := s.office.OpenEdition(r.Context(), p.ID)
		if err != nil {
			return nil, err
		}
		programme.Choices = append(programme.Choices, screen.Choice{Value: p.ID, Label: e.Title.In(in.words.Lang), Checked: typed.Get("programme") == p.ID})
	}
	kind := screen.Field{Kind: screen.Radios, Name: "kind", Label: say("kind")}
	for _, k := range claim.MandateKinds() {
		kind.Choices = append(kind.Choices, screen.Choice{Value: string(k), Label: in.words.Say("represent.given." + string(k)), Checked: typed.Get("kind") == string(k)})
	}
	scopes := screen.Field{Kind: screen.Checks, Name: "scope", Label: say("scopes"), Hint: say("scopes-hint")}
	for _, scope := range claim.Scopes() {
		checked := slices.Contains(typed["scope"], string(scope))
		if typed == nil {
			checked = slices.Contains(claim.DefaultScopes(), scope)
		}
		choice := screen.Choice{Value: string(scope), Label: in.words.Say("represent.may." + string(scope)), Checked: checked}
		if scope == claim.ScopeBePaid {
			choice.Hint = say("be-paid-hint")
		}
		scopes.Choices = append(scopes.Choices, choice)
	}
	from := screen.Field{Kind: screen.DayPart, Name: "from", Label: say("from"), Hint: say("from-hint"), Day: typed.Get("from-day"), Month: typed.Get("from-month"), Year: typed.Get("from-year")}
	until := screen.Field{Kind: screen.DayPart, Name: "until", Label: say("until"), Hint: say("until-hint"), Day: typed.Get("until-day"), Month: typed.Get("until-month"), Year: typed.Get("until-year")}
	fields := []screen.Field{
		{Kind: screen.Line, Name: "name", Label: say("name"), Hint: say("name-hint"), Value: typed.Get("name"), Max: 200},
		kind,
		{Kind: screen.Line, Name: "paper", Label: say("paper"), Hint: say("paper-hint"), Value: typed.Get("paper"), Max: 300},
		{Kind: screen.Line, Name: "reach", Label: say("reach"), Value: typed.Get("reach"), Max: 200},
		scopes, from, until,
	}
	if len(programme.Choices) == 1 {
		return fields, nil
	}
	return append([]screen.Field{programme}, fields...), nil
}

// giveMandate enters one.
func (s *represent) giveMandate(w http.ResponseWriter, r *http.Request, in acting) {
	typed, ok := s.formOf(w, r)
	if !ok {
		return
	}
	m, problems := mandateTyped(in.words, typed)
	programme := typed.Get("programme")
	if programme == "" {
		list, err := s.office.OpenProgrammes(r.Context())
		if err != nil {
			s.Failed(w, r, err)
			return
		}
		if len(list) == 1 {
			programme = list[0].ID
		}
	}
	if len(problems) == 0 {
		id, err := s.office.GiveMandate(r.Context(), in.by, programme, m)
		if err == nil {
			http.Redirect(w, r, mandatePath(id)+"?done=given", http.StatusSeeOther)
			return
		}
		field, known := mandateFault[fault.Code(err)]
		if !known {
			s.refused(w, r, err, RepresentRoot+"mandates")
			return
		}
		problems = []screen.Problem{{Field: field, Text: in.words.Say("represent.give.wrong." + field)}}
	}
	s.askMandate(w, r, in, http.StatusUnprocessableEntity, typed, problems)
}

// mandateFault is the field at which a fault of a mandate is told.
var mandateFault = map[string]string{"mandate.kind-unknown": "kind", "mandate.scope-unknown": "scope", "mandate.ends-before": "until"}

// mandateTyped is what was typed, and what of it is wrong, in the form's order.
func mandateTyped(words screen.Words, typed url.Values) (m office.NewMandate, problems []screen.Problem) {
	wrong := func(field string) {
		problems = append(problems, screen.Problem{Field: field, Text: words.Say("represent.give.wrong." + field)})
	}
	text := func(field string, most int) string {
		text := strings.TrimSpace(typed.Get(field))
		if len([]rune(text)) > most {
			wrong(field)
		}
		return text
	}
	m.Principal = map[string]string{}
	if m.Principal["name"] = text("name", 200); m.Principal["name"] == "" {
		wrong("name")
	}
	if m.Kind = claim.MandateKind(typed.Get("kind")); !slices.Contains(claim.MandateKinds(), m.Kind) {
		wrong("kind")
	}
	if m.Principal["paper"] = text("paper", 300); m.Principal["paper"] == "" {
		wrong("paper")
	}
	if reach := text("reach", 200); reach != "" {
		m.Principal["reach"] = reach
	}
	for _, scope := range typed["scope"] {
		m.Scopes = append(m.Scopes, claim.Scope(scope))
	}
	if len(m.Scopes) == 0 { // none would be those by default, which nobody ticked
		wrong("scope")
	}
	from, ok := dayTyped(typed, "from")
	if m.From = from; !ok {
		wrong("from")
	}
	until, ok := dayTyped(typed, "until")
	if !ok {
		wrong("until")
	} else if !until.IsZero() {
		m.Until = &until
	}
	return m, problems
}

// dayTyped is the day in the three boxes of a field; zero where all are empty, and
// not ok where they are no day.
func dayTyped(typed url.Values, field string) (d day.Date, ok bool) {
	var parts [3]string
	for i, part := range []string{"-year", "-month", "-day"} {
		parts[i] = strings.TrimSpace(typed.Get(field + part))
	}
	if parts == [3]string{} {
		return d, true
	}
	for i := 1; i < 3; i++ {
		if len(parts[i]) == 1 {
			parts[i] = "0" + parts[i]
		}
	}
	d, err := day.Parse(strings.Join(parts[:], "-"))
	return d, err == nil
}
