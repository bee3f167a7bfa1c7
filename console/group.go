package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// groupMost is how many claims are looked at as a group at once.
const groupMost = 500

// groupPage is claims examined together, those that the rulebook answers alike
// side by side.
type groupPage struct {
	Query string
	All   string // how many, in words
	More  bool   // there are more in the list than were looked at
	Alike []alike
}

// alike are claims of which the rulebook finds the same.
type alike struct {
	Finding string
	Missing []string
	Rows    []groupRow
	Acts    []act
	IDs     string
	Key     string
	Rests   []choice // resolutions on which a recommendation may rest
}

type groupRow struct {
	Path, Name, Category, Claimed string
	Outlier                       bool // its sum is far from those of the others
}

// group takes the claims that were ticked, or all of a list: gives them to
// somebody, marks them, or looks at them together.
func (d *desk) group(w http.ResponseWriter, r *http.Request) {
	from := queueOf(r.PostFormValue("query"))
	back := queuePath(from)
	ids, more, err := d.chosen(r, from)
	if err != nil {
		d.refused(w, r, err, back)
		return
	}
	switch do := r.PostFormValue("do"); do {
	case "assign":
		to := r.PostFormValue("to")
		if err := d.office.Assign(r.Context(), visiting(r).by, to, ids...); err != nil {
			d.refused(w, r, err, back)
			return
		}
		d.done(w, r, back, "group", "n", strconv.Itoa(len(ids)))
	case "flag":
		if err := d.office.SetFlag(r.Context(), visiting(r).by, r.PostFormValue("flag"), true, ids...); err != nil {
			d.refused(w, r, err, back)
			return
		}
		d.done(w, r, back, "group", "n", strconv.Itoa(len(ids)))
	default:
		d.together(w, r, from, ids, more)
	}
}

// chosen are the claims that were ticked, or (all) those of the list as far as
// are looked at together, and whether there are more.
func (d *desk) chosen(r *http.Request, from url.Values) (ids []claim.ID, more bool, err error) {
	if err := r.ParseForm(); err != nil {
		return nil, false, fault.New(fault.Invalid, "console.form")
	}
	if r.PostForm.Get("all") == "" {
		for _, id := range r.PostForm["id"] {
			ids = append(ids, claim.ID(id))
		}
		if len(ids) == 0 {
			return nil, false, fault.New(fault.Invalid, "console.none-ticked")
		}
		return ids, false, nil
	}
	desks, _, err := d.office.Desks(r.Context(), visiting(r).by)
	if err != nil {
		return nil, false, err
	}
	ask, _, err := d.readQueue(r, from, desks)
	if err != nil {
		return nil, false, err
	}
	ask.Limit, ask.After = groupMost, ""
	list, next, err := d.office.Queue(r.Context(), visiting(r).by, ask)
	for _, q := range list {
		ids = append(ids, q.Claim.ID)
	}
	if err == nil && len(ids) == 0 {
		err = fault.New(fault.Invalid, "console.none-ticked")
	}
	return ids, next != "", err
}

// together examines the claims and puts those side by side of which the same is
// found.
func (d *desk) together(w http.ResponseWriter, r *http.Request, from url.Values, ids []claim.ID, more bool) {
	words := d.Words(r)
	examined, err := d.office.ExamineClaims(r.Context(), visiting(r).by, ids)
	if err != nil {
		d.refused(w, r, err, queuePath(from))
		return
	}
	desks, _, err := d.office.Desks(r.Context(), visiting(r).by)
	if err != nil {
		d.refused(w, r, err, queuePath(from))
		return
	}
	page := groupPage{Query: from.Encode(), All: claims(words, len(examined)), More: more}
	by := map[string][]office.Examination{}
	var order []string
	for _, e := range examined {
		f := e.Finding()
		key := strings.Join([]string{string(e.Claim().Standing), string(f.Outcome), f.Ground, strings.Join(f.Missing, ","), e.Claim().Programme}, "|")
		if by[key] == nil {
			order = append(order, key)
		}
		by[key] = append(by[key], e)
	}
	for _, key := range order {
		group, err := d.alike(r, words, by[key], from, desks)
		if err != nil {
			d.refused(w, r, err, queuePath(from))
			return
		}
		page.Alike = append(page.Alike, group)
	}
	d.show(w, r, http.StatusOK, "group.html", screen.Page{Title: words.Say("console.group.title"), Back: queuePath(from), Body: page})
}

func (d *desk) alike(r *http.Request, words screen.Words, list []office.Examination, from url.Values, desks []office.Desk) (alike, error) {
	first := list[0]
	f, at := first.Finding(), deskOf(desks, first.Claim().Programme)
	ground := ""
	if g, ok := at.Edition.Ground(f.Ground); ok {
		ground = g.Text.In(words.Lang)
	}
	group := alike{Finding: words.Say("console.finding."+string(f.Outcome), "ground", ground), Key: newKey()}
	for _, m := range f.Missing {
		group.Missing = append(group.Missing, at.Edition.Lacks(first.Claim().Category, m).In(words.Lang))
	}
	if first.Claim().Standing == claim.Filed {
		group.Acts = acts(words, f, at)
		if _, may := at.May[office.ActRecommend]; may {
			var err error
			if group.Rests, err = d.standing(r, words, at.Programme.ID); err != nil {
				return alike{}, err
			}
		}
	}
	middle := median(list)
	ids := make([]string, len(list))
	for i, e := range list {
		c := e.Claim()
		ids[i] = string(c.ID)
		category := c.Category
		if known, ok := at.Edition.Category(c.Category); ok {
			category = known.Title.In(words.Lang)
		}
		minor := c.Claimed.Minor()
		group.Rows = append(group.Rows, groupRow{
			Path: claimPath(c.ID, queuePath(from)), Name: c.Name(), Category: category, Claimed: words.Amount(c.Claimed),
			Outlier: middle > 0 && (minor > 3*middle || minor > 0 && minor < middle/3),
		})
	}
	group.IDs = strings.Join(ids, " ")
	return group, nil
}

// median is the middle of the sums asked for; 0 where fewer than five ask for one.
func median(list []office.Examination) int64 {
	var sums []int64
	for _, e := range list {
		if c := e.Claim(); !c.Claimed.IsZero() {
			sums = append(sums, c.Claimed.Minor())
		}
	}
	if len(sums) < 5 {
		return 0
	}
	slices.SortFunc(sums, cmp.Compare)
	return sums[len(sums)/2]
}

// groupAct answers a group of like claims in one act.
func (d *desk) groupAct(w http.ResponseWriter, r *http.Request) {
	from := queueOf(r.PostFormValue("query"))
	back := queuePath(from)
	var ids []claim.ID
	for _, id := range strings.Fields(r.PostFormValue("ids")) {
		ids = append(ids, claim.ID(id))
	}
	if len(ids) == 0 || len(ids) > groupMost {
		d.refused(w, r, fault.New(fault.Invalid, "console.none-ticked"), back)
		return
	}
	code, err := d.answer(r, ids, r.PostFormValue("do"), "")
	if err != nil {
		d.refused(w, r, err, back)
		return
	}
	if code == "proposed" {
		d.done(w, r, back, code, "claim", claims(d.Words(r), len(ids)))
		return
	}
	d.done(w, r, back, "group", "n", strconv.Itoa(len(ids)))
}
