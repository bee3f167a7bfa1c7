package console

import (
	"net/http"
	"strconv"

	"github.com/openchancery/chancery/board"
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// listsPage are the lists that were recommended to the board, the newest first.
type listsPage struct {
	Said  string
	Lists []listRow
}

type listRow struct {
	Path, Programme, Number, Made, By, Claims, Record, Refuse, State string
	Open                                                             bool
}

// lists shows what was recommended to the board, in every programme that has one.
func (d *desk) lists(w http.ResponseWriter, r *http.Request) {
	words := d.Words(r)
	page := listsPage{Said: d.said(r)}
	desks, _, err := d.office.Desks(r.Context(), visiting(r).by)
	for i := 0; err == nil && i < len(desks); i++ {
		at := desks[i]
		var lists []board.List
		lists, err = d.office.Lists(r.Context(), at.Programme.ID)
		for _, l := range lists {
			page.Lists = append(page.Lists, listRow{
				Path: listPath(at.Programme.ID, l.Number), Programme: at.Edition.Title.In(words.Lang), Number: words.Number(l.Number),
				Made: words.Date(l.Made), By: l.RecommendedBy, Claims: words.Number(l.Said.Claims), Record: words.Number(l.Said.Record), Refuse: words.Number(l.Said.Refuse),
				State: words.Say("console.list." + string(l.State)), Open: l.State == board.Recommended,
			})
		}
	}
	if err != nil {
		d.refused(w, r, err, Root)
		return
	}
	d.show(w, r, http.StatusOK, "lists.html", screen.Page{Title: words.Say("console.lists.title"), Body: page})
}

func listPath(programme string, number int64) string {
	return Root + "lists/" + programme + "/" + strconv.FormatInt(number, 10)
}

// listPage is one list with a result for each claim.
type listPage struct {
	Said, Path, Made, By, Technique, State string
	Open, May                              bool
	Items                                  []listItem
	Key                                    string
}

type listItem struct {
	ID                                      claim.ID
	Path, Name, Category, Recommended, Rule string
	Standing                                string
	Stands                                  bool
}

// list shows one list: what is recommended of each claim, and how it stands now.
func (d *desk) list(w http.ResponseWriter, r *http.Request) {
	words, v := d.Words(r), visiting(r)
	number, _ := strconv.ParseInt(r.PathValue("list"), 10, 64) // 0 is no list's
	programme := r.PathValue("programme")
	l, items, err := d.office.ListItems(r.Context(), programme, number)
	if err != nil {
		d.refused(w, r, err, Root+"lists")
		return
	}
	desks, _, err := d.office.Desks(r.Context(), v.by)
	if err != nil {
		d.refused(w, r, err, Root+"lists")
		return
	}
	at := deskOf(desks, programme)
	page := listPage{
		Said: d.said(r), Path: listPath(programme, number), Made: words.Date(l.Made), By: l.RecommendedBy,
		State: words.Say("console.list." + string(l.State)), Open: l.State == board.Recommended, Key: newKey(),
	}
	if l.Said.Technique != "" {
		page.Technique = words.Say("console.technique", "technique", l.Said.Technique)
	}
	_, page.May = at.May[office.ActDecideList]
	for _, item := range items {
		page.Items = append(page.Items, d.listItem(words, at.Edition, item))
	}
	d.show(w, r, http.StatusOK, "list.html", screen.Page{Title: words.Say("console.list.title", "n", words.Number(number)), Back: Root + "lists", Body: page})
}

func (d *desk) listItem(words screen.Words, e *rulebook.Edition, item office.ListItem) listItem {
	row := listItem{
		ID: item.Claim.ID, Path: claimPath(item.Claim.ID, ""), Name: item.Claim.Name(), Category: item.Claim.Category, Stands: item.Stands,
		Recommended: words.Say("console.recommended." + string(item.Recommended.Outcome)), Standing: words.Say("console.standing." + string(item.Claim.Standing)),
	}
	if category, ok := e.Category(item.Claim.Category); ok {
		row.Category = category.Name() + " " + category.Title.In(words.Lang)
	}
	if g, ok := e.Ground(item.Recommended.Ground); ok {
		row.Rule = g.Text.In(words.Lang)
	}
	return row
}

// decide adopts a list: as recommended, but for the claims that are ticked, which
// go back.
func (d *desk) decide(w http.ResponseWriter, r *http.Request) {
	number, _ := strconv.ParseInt(r.PathValue("list"), 10, 64)
	programme := r.PathValue("programme")
	here := listPath(programme, number)
	if err := r.ParseForm(); err != nil {
		d.refused(w, r, fault.New(fault.Invalid, "console.form"), here)
		return
	}
	deciding := office.Deciding{Results: map[claim.ID]office.Result{}, Reason: r.PostForm.Get("reason"), Reasons: r.PostForm.Get("reasons")}
	for _, id := range r.PostForm["back"] {
		deciding.Results[claim.ID(id)] = office.Result{Outcome: office.SendBack, Reason: deciding.Reason}
	}
	done, err := d.office.DecideList(r.Context(), keyed(r), programme, number, deciding)
	if err != nil {
		d.refused(w, r, err, here)
		return
	}
	d.done(w, r, here, "decided", "n", strconv.FormatInt(done.Claims, 10))
}

// recommend asks the board to decide on examined claims. Several that were put
// together because they are alike need its approval of that technique.
func (d *desk) recommend(r *http.Request, by office.By, programme string, examined []office.Examination) error {
	with := office.Recommending{}
	if on, err := strconv.ParseInt(r.PostFormValue("rests-on"), 10, 64); err == nil {
		with.RestsOn = []int64{on}
	}
	if len(examined) > 1 {
		with.Technique = board.TechniqueGrouping
	}
	_, err := d.office.Recommend(r.Context(), by, programme, examined, with)
	return err
}

// interest says that the visitor has an interest in a claim: from then on they
// neither see it nor act on it.
func (d *desk) interest(w http.ResponseWriter, r *http.Request) {
	id := claim.ID(r.PathValue("id"))
	c, _, err := d.office.ClaimOf(r.Context(), id)
	if err == nil {
		_, err = d.office.DeclareInterest(r.Context(), visiting(r).by, c.Programme, id)
	}
	if err != nil {
		d.refused(w, r, err, claimPath(id, ""))
		return
	}
	d.done(w, r, Root, "interest")
}
