package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// pageSize is how many claims a page of a queue shows.
const pageSize = 50

// queuePage is a page of a queue.
type queuePage struct {
	Said      string
	Query     string // of this page, without where it stopped
	Rows      []row
	Next      string // path of the next page
	Programme string
	Fields    []screen.Field // of the filter
	Filters   []savedFilter
	People    []string // who may be given work
	Flags     []choice
	Me        string
	Key       string
	CanExport bool
}

type choice struct{ Value, Label string }

// row is a claim in a list.
type row struct {
	ID                             claim.ID
	Path, Name, Category, Standing string
	Since, Due, Claimed            string
	Late, Waits                    bool
	Assigned                       string
	Flags                          []choice
	Why                            []string // why it is in this queue, in words
}

// row is a claim of a queue in words.
func (d *desk) row(words screen.Words, by office.By, q office.Queued, from string) row {
	c := q.Claim
	at := row{
		ID: c.ID, Path: claimPath(c.ID, from), Name: c.Name(), Category: categoryName(words, q), Standing: words.Say("console.standing." + string(c.Standing)),
		Since: words.Date(dayOf(q)), Due: words.Date(q.Due), Late: q.Late, Waits: q.Proposal != "", Claimed: words.Amount(c.Claimed),
	}
	if q.Assigned != nil {
		at.Assigned = q.Assigned.Actor
	}
	for _, f := range q.Flags {
		at.Flags = append(at.Flags, choice{f.Flag, words.Say("console.flag." + f.Flag)})
	}
	at.Why = why(words, by, q)
	return at
}

func categoryName(words screen.Words, q office.Queued) string {
	category, ok := q.Edition.Category(q.Claim.Category)
	if !ok {
		return q.Claim.Category
	}
	title := category.Title.In(words.Lang)
	if category.Code != "" {
		return category.Code + " " + title
	}
	return title
}

// why says why a claim is in its queue: how it stands since when, who acts next
// until when, whose work it is, who marked it.
func why(words screen.Words, by office.By, q office.Queued) []string {
	list := []string{words.Say("console.why."+string(q.Claim.Standing), "since", words.Date(dayOf(q)))}
	if q.Deadline != nil {
		code := "console.why.due"
		if q.Late {
			code = "console.why.late"
		}
		list = append(list, words.Say(code, "text", q.Deadline.Text.In(words.Lang), "due", words.Date(q.Due)))
	}
	if a := q.Assigned; a != nil {
		code := "console.why.given"
		if a.Actor == by.Actor.ID() {
			code = "console.why.mine"
		}
		list = append(list, words.Say(code, "to", a.Actor, "by", a.By, "on", words.Time(a.At.Time)))
	}
	for _, f := range q.Flags {
		list = append(list, words.Say("console.why.flag", "flag", words.Say("console.flag."+f.Flag), "by", f.By))
	}
	if q.Proposal != "" {
		list = append(list, words.Say("console.why.second"))
	}
	return list
}

// read reads the query of a queue's page: what is asked of the office, and the
// query without where it stopped.
func (d *desk) readQueue(r *http.Request, q url.Values, desks []office.Desk) (office.QueueQuery, office.Desk, error) {
	if len(desks) == 0 {
		return office.QueueQuery{}, office.Desk{}, fault.New(fault.NotFound, "console.no-programme")
	}
	at := desks[0]
	for _, one := range desks {
		if one.Programme.ID == q.Get("programme") {
			at = one
		}
	}
	ask := office.QueueQuery{
		Programme: at.Programme.ID, Standing: claim.Standing(q.Get("standing")), Category: q.Get("category"), Group: q.Get("group"),
		Assigned: q.Get("assigned"), Flag: q.Get("flag"), After: q.Get("after"), Limit: pageSize,
	}
	switch ask.Assigned {
	case "me":
		ask.Assigned = visiting(r).by.Actor.ID()
	case "nobody":
		ask.Assigned, ask.Nobodys = "", true
	}
	if ask.Standing != "" && !slices.Contains(claim.Standings(), ask.Standing) || ask.Standing == "" && ask.Assigned == "" && ask.Flag == "" {
		ask.Standing = claim.Filed
	}
	return ask, at, nil
}

// queue is a queue, a page at a time.
func (d *desk) queue(w http.ResponseWriter, r *http.Request) {
	page, title, err := d.queuePage(r)
	if err != nil {
		d.refused(w, r, err, Root)
		return
	}
	d.show(w, r, http.StatusOK, "queue.html", screen.Page{Title: title, Body: page})
}

func (d *desk) queuePage(r *http.Request) (queuePage, string, error) {
	ctx, by, words, q := r.Context(), visiting(r).by, d.Words(r), cleanQuery(r.URL.Query())
	desks, _, err := d.office.Desks(ctx, by)
	if err != nil {
		return queuePage{}, "", err
	}
	ask, at, err := d.readQueue(r, q, desks)
	if err != nil {
		return queuePage{}, "", err
	}
	list, next, err := d.office.Queue(ctx, by, ask)
	if err != nil {
		return queuePage{}, "", err
	}
	here := queuePath(q)
	page := queuePage{Said: d.said(r), Programme: at.Programme.ID, Key: newKey(), Me: by.Actor.ID()}
	for _, one := range list {
		page.Rows = append(page.Rows, d.row(words, by, one, here))
	}
	q.Del("after")
	page.Query = q.Encode()
	if next != "" {
		q.Set("after", next)
		page.Next = queuePath(q)
	}
	page.Fields = filterFields(words, q, ask, at, desks)
	for _, f := range office.Flags() {
		page.Flags = append(page.Flags, choice{f, words.Say("console.flag." + f)})
	}
	if page.People, err = d.office.Workers(ctx); err != nil {
		return page, "", err
	}
	saved, err := d.office.Filters(ctx, by)
	page.Filters = filterLinks(saved)
	_, page.CanExport = at.May[office.ActExportList]
	return page, words.Say("console.queue.title", "programme", at.Edition.Title.In(words.Lang)), err
}

// queueNames are what a queue's query may hold: anything else isn't carried on.
var queueNames = []string{"programme", "standing", "category", "group", "assigned", "flag", "after"}

func cleanQuery(q url.Values) url.Values {
	clean := url.Values{}
	for _, name := range queueNames {
		if v := q.Get(name); v != "" && len(v) <= 100 {
			clean.Set(name, v)
		}
	}
	return clean
}

// filterFields are the fields by which a queue is chosen.
func filterFields(words screen.Words, q url.Values, ask office.QueueQuery, at office.Desk, desks []office.Desk) []screen.Field {
	pick := func(name, all string, chosen string, choices []screen.Choice) screen.Field {
		if all != "" {
			choices = slices.Concat([]screen.Choice{{Label: words.Say(all)}}, choices)
		}
		for i := range choices {
			choices[i].Checked = choices[i].Value == chosen
		}
		return screen.Field{Kind: screen.Select, Name: name, Label: words.Say("console.filter." + name), Choices: choices}
	}
	var programmes, standings, groups, categories, flags []screen.Choice
	for _, one := range desks {
		programmes = append(programmes, screen.Choice{Value: one.Programme.ID, Label: one.Edition.Title.In(words.Lang)})
	}
	for _, s := range claim.Standings() {
		standings = append(standings, screen.Choice{Value: string(s), Label: words.Say("console.standing." + string(s))})
	}
	for _, g := range at.Edition.Groups {
		groups = append(groups, screen.Choice{Value: g.ID, Label: g.Title.In(words.Lang)})
	}
	for _, c := range at.Edition.Categories {
		label := c.Title.In(words.Lang)
		if c.Code != "" {
			label = c.Code + " " + label
		}
		categories = append(categories, screen.Choice{Value: c.ID, Label: label})
	}
	for _, f := range office.Flags() {
		flags = append(flags, screen.Choice{Value: f, Label: words.Say("console.flag." + f)})
	}
	whose := []screen.Choice{{Value: "me", Label: words.Say("console.filter.me")}, {Value: "nobody", Label: words.Say("console.filter.nobody")}}
	all := ""
	if ask.Standing == "" {
		all = "console.filter.any"
	}
	fields := []screen.Field{pick("standing", cmp.Or(all, "console.filter.default"), string(ask.Standing), standings)}
	if len(desks) > 1 {
		fields = slices.Concat([]screen.Field{pick("programme", "", at.Programme.ID, programmes)}, fields)
	}
	if len(groups) > 0 {
		fields = append(fields, pick("group", "console.filter.any", ask.Group, groups))
	}
	return append(fields, pick("category", "console.filter.any", ask.Category, categories),
		pick("assigned", "console.filter.anybody", q.Get("assigned"), whose), pick("flag", "console.filter.any", ask.Flag, flags))
}

// saveFilter keeps the queue that is shown, or lets a saved one go.
func (d *desk) saveFilter(w http.ResponseWriter, r *http.Request) {
	q, err := url.ParseQuery(r.PostFormValue("query"))
	if err != nil {
		q = url.Values{}
	}
	q = cleanQuery(q)
	back, by := queuePath(q), visiting(r).by
	if name := r.PostFormValue("drop"); name != "" {
		if err := d.office.DropFilter(r.Context(), by, name); err != nil {
			d.refused(w, r, err, back)
			return
		}
		d.done(w, r, back, "filter-dropped")
		return
	}
	if err := d.office.SaveFilter(r.Context(), by, strings.TrimSpace(r.PostFormValue("name")), q.Encode()); err != nil {
		d.refused(w, r, err, back)
		return
	}
	d.done(w, r, back, "filter-saved")
}
