package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// claimsOnPage is how many claims a list shows at a time.
const claimsOnPage = 25

// filedPage is the claims that an organisation filed.
type filedPage struct {
	Find  screen.Field
	Asked bool // somebody looked for one
	Rows  []claimRow
	More  string // path of the next page; "" on the last
	First string // path of the first page; "" there
}

type claimRow struct {
	Path             string // "" where the mandate doesn't let them read it
	Own, Reference   string
	Standing, Next   string
	Received, Closed string // Closed says why it can't be read
}

// claims lists them, the newest first.
func (s *represent) claims(w http.ResponseWriter, r *http.Request, in acting) {
	after := r.URL.Query().Get("after")
	list, more, err := s.office.Represented(r.Context(), in.by, claim.ID(after), claimsOnPage)
	if err != nil {
		s.refused(w, r, err, RepresentRoot)
		return
	}
	page := filedPage{Find: findField(in.words, ""), Rows: claimRows(in.words, list)}
	if more {
		page.More = RepresentRoot + "claims?after=" + url.QueryEscape(string(list[len(list)-1].ID))
	}
	if after != "" {
		page.First = RepresentRoot + "claims"
	}
	s.show(w, r, http.StatusOK, "claims.html", screen.Page{Title: in.words.Say("represent.claims.title"), Body: page})
}

// findClaims looks for one by the organisation's name for it, or by its reference:
// in the form's body, since an address stays in many places.
func (s *represent) findClaims(w http.ResponseWriter, r *http.Request, in acting) {
	typed, ok := s.formOf(w, r)
	if !ok {
		return
	}
	text := strings.TrimSpace(typed.Get("find"))
	if text == "" {
		http.Redirect(w, r, RepresentRoot+"claims", http.StatusSeeOther)
		return
	}
	list, err := s.office.FindRepresented(r.Context(), in.by, text)
	if err != nil {
		s.refused(w, r, err, RepresentRoot+"claims")
		return
	}
	page := filedPage{Find: findField(in.words, text), Asked: true, Rows: claimRows(in.words, list), First: RepresentRoot + "claims"}
	s.show(w, r, http.StatusOK, "claims.html", screen.Page{Title: in.words.Say("represent.claims.title"), Body: page})
}

func findField(words screen.Words, text string) screen.Field {
	return screen.Field{Kind: screen.Line, Name: "find", Label: words.Say("represent.claims.find"), Hint: words.Say("represent.claims.find-hint"), Value: text, Width: 20, Max: 200}
}

func claimRows(words screen.Words, list []office.Represented) []claimRow {
	rows := make([]claimRow, len(list))
	for i, c := range list {
		rows[i] = claimRow{Own: c.Own, Reference: string(c.Reference)}
		if c.Why != nil {
			rows[i].Closed = words.Sentence(c.Why)
			continue
		}
		rows[i].Path = RepresentRoot + "claim/" + string(c.ID)
		rows[i].Standing, rows[i].Received = words.Say("console.standing."+string(c.Claim.Standing)), words.Date(c.Claim.Received)
		rows[i].Next = turnOf(words, c)
	}
	return rows
}

// turnOf says whose turn it is; "" where nothing comes next.
func turnOf(words screen.Words, c office.Represented) string {
	turn, ok := waits[c.Claim.Standing]
	switch {
	case !ok, c.Claim.Reported, c.Claim.Outcome == claim.Dismissal, !c.Claim.Erased.IsZero():
		return ""
	case turn.whom == "commission" && recordsOnly(c.Edition):
		return ""
	}
	return words.Say("represent.next." + turn.whom)
}

// representedPage is one claim as its representative sees it: how it stands and what
// happened, and none of the answers.
type representedPage struct {
	Own, Reference, Number string
	Mandate                string // path
	Rows                   []screen.Row
	Steps                  []step
	Deadlines              []comingStep
}

// claim shows one.
func (s *represent) claim(w http.ResponseWriter, r *http.Request, in acting) {
	c, history, err := s.office.RepresentedClaim(r.Context(), in.by, claim.ID(r.PathValue("id")))
	if err != nil {
		s.refused(w, r, err, RepresentRoot+"claims")
		return
	}
	o := own{claim: c.Claim, edition: c.Edition, history: history}
	for _, h := range history {
		event, err := claim.Decode(h.Kind, h.Facts)
		if err != nil {
			s.Failed(w, r, err)
			return
		}
		o.events = append(o.events, event)
	}
	clocks, err := s.office.ClocksOf(r.Context(), c.ID)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	page := representedPage{
		Own: c.Own, Reference: string(c.Reference), Number: string(c.Claim.Number), Mandate: mandatePath(c.Mandate.ID), Rows: representedRows(in.words, c, o),
	}
	for n, event := range o.events {
		code, pairs := o.tell(in.words, event)
		at := history[n].Instant
		page.Steps = append(page.Steps, step{Text: in.words.Say(code, pairs...), Instant: rfc3339(at.Time), Time: in.words.Time(at.Time)})
	}
	for _, k := range clocks {
		code := "after.until"
		if k.Over {
			code = "after.until.over"
		}
		page.Deadlines = append(page.Deadlines, comingStep{Text: k.Text.In(in.words.Lang), Until: in.words.Say(code, "date", in.words.Date(k.Ends))})
	}
	s.show(w, r, http.StatusOK, "claim.html", screen.Page{Title: in.words.Say("represent.claim.title"), Back: RepresentRoot + "claims", Body: page})
}

// representedRows are the facts that stand in the clear.
func representedRows(words screen.Words, c office.Represented, o own) []screen.Row {
	say := func(name string) string { return words.Say("represent.claim." + name) }
	rows := []screen.Row{{Key: say("standing"), Value: words.Say("console.standing." + string(c.Claim.Standing))}}
	if next := turnOf(words, c); next != "" {
		rows = append(rows, screen.Row{Key: say("next"), Value: next})
	}
	if c.Claim.Standing == claim.Deficient {
		rows = append(rows, screen.Row{Key: say("missing"), Value: o.lacks(words, c.Claim.Missing)})
	}
	if c.Claim.Standing == claim.Refused {
		rows = append(rows, screen.Row{Key: say("ground"), Value: o.ground(words, c.Claim.Ground)})
	}
	title := c.Claim.Category
	if category, ok := c.Edition.Category(c.Claim.Category); ok {
		title = category.Title.In(words.Lang)
	}
	rows = append(rows, screen.Row{Key: say("programme"), Value: c.Edition.Title.In(words.Lang)}, screen.Row{Key: say("category"), Value: title},
		screen.Row{Key: say("received"), Value: words.Date(c.Claim.Received)})
	if text := words.Amount(c.Claim.Claimed); text != "" {
		rows = append(rows, screen.Row{Key: say("claimed"), Value: text})
	}
	return rows
}
