package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// searchPage finds claims by reference or number, or by who made them. What is
// typed comes in the body of a form and stands in no address and no log.
type searchPage struct {
	Programme string
	Fields    []screen.Field
	Asked     bool
	Many      bool
	Rows      []row
}

// searchFields are what claims of a programme are found by: the fields that its
// rulebook names for identity.
func searchFields(words screen.Words, at office.Desk) []screen.Field {
	fields := []screen.Field{{Name: "name", Kind: screen.Line, Label: words.Say("console.search.name"), Hint: words.Say("console.search.name.hint"), Code: true, Width: 20}}
	for i := range at.Edition.Fields {
		f := &at.Edition.Fields[i]
		named := slices.ContainsFunc(at.Edition.Identity, func(id rulebook.Identity) bool { return slices.Contains(id.Fields, f.ID) })
		if !named || f.Class == rulebook.Sensitive || f.Type == rulebook.Boolean {
			continue
		}
		hint := ""
		if f.Type == rulebook.Date {
			hint = words.Say("console.search.date.hint")
		}
		fields = append(fields, screen.Field{Name: "f-" + f.ID, Kind: screen.Line, Label: f.Label.In(words.Lang), Hint: hint, Width: 30})
	}
	return fields
}

func (d *desk) searchDesk(r *http.Request, programme string) (office.Desk, error) {
	desks, _, err := d.office.Desks(r.Context(), visiting(r).by)
	if err != nil {
		return office.Desk{}, err
	}
	_, at, err := d.readQueue(r, url.Values{"programme": {programme}}, desks)
	return at, err
}

// searchForm asks what to look for.
func (d *desk) searchForm(w http.ResponseWriter, r *http.Request) {
	words := d.Words(r)
	at, err := d.searchDesk(r, r.URL.Query().Get("programme"))
	if err != nil {
		d.refused(w, r, err, Root)
		return
	}
	page := searchPage{Programme: at.Programme.ID, Fields: searchFields(words, at)}
	d.show(w, r, http.StatusOK, "search.html", screen.Page{Title: words.Say("console.search.title"), Body: page})
}

// search looks. One claim by its reference or number is opened at once.
func (d *desk) search(w http.ResponseWriter, r *http.Request) {
	words := d.Words(r)
	at, err := d.searchDesk(r, r.PostFormValue("programme"))
	if err != nil {
		d.refused(w, r, err, Root)
		return
	}
	page := searchPage{Programme: at.Programme.ID, Fields: searchFields(words, at), Asked: true}
	if name := strings.TrimSpace(r.PostFormValue("name")); name != "" {
		c, err := d.office.FindClaim(r.Context(), strings.ToUpper(name))
		if err == nil {
			http.Redirect(w, r, claimPath(c.ID, ""), http.StatusSeeOther)
			return
		}
		if !fault.Is(err, fault.NotFound) {
			d.refused(w, r, err, Root+"search")
			return
		}
		page.Fields[0].Value = name
	}
	if err := d.byFeatures(r, words, at, &page); err != nil {
		d.refused(w, r, err, Root+"search")
		return
	}
	d.show(w, r, http.StatusOK, "search.html", screen.Page{Title: words.Say("console.search.title"), Body: page})
}

func (d *desk) byFeatures(r *http.Request, words screen.Words, at office.Desk, page *searchPage) error {
	texts := map[string]string{}
	for i := range page.Fields[1:] {
		f := &page.Fields[i+1]
		if f.Value = strings.TrimSpace(r.PostFormValue(f.Name)); f.Value != "" {
			texts[strings.TrimPrefix(f.Name, "f-")] = f.Value
		}
	}
	if len(texts) == 0 {
		return nil
	}
	found, many, err := d.office.FindByFeatures(r.Context(), visiting(r).by, at.Programme.ID, texts, pageSize)
	if err != nil {
		return err
	}
	page.Many = many
	for _, c := range found {
		one, err := d.office.Queued(r.Context(), visiting(r).by, c.ID)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, d.row(words, visiting(r).by, one, ""))
	}
	return nil
}
