package console

import (
	"net/http"
	"net/url"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/store"
)

// countMost is as far as a queue is counted: more is "more than".
const countMost = 1000

// dayPage is somebody's day.
type dayPage struct {
	Said    string
	Queues  []dayQueue // of every programme, what waits for the register first
	Mine    []row      // what was given to them, the oldest first
	Late    int        // of Mine
	Tasks   []task
	Filters []savedFilter
	Second  int // acts that wait for a second person
	Works   bool
}

type dayQueue struct {
	Path, Programme, Text, Count string
}

type task struct {
	Path, Claim, From, Due string
	Late                   bool
}

type savedFilter struct{ Name, Path string }

// mineAtOnce is how many of their own claims somebody's day shows.
const mineAtOnce = 10

// home is my day: what is mine, what is late, what waits.
func (d *desk) home(w http.ResponseWriter, r *http.Request) {
	words, v := d.Words(r), visiting(r)
	page := dayPage{Said: d.said(r), Works: anyOf(v, workers)}
	if page.Works {
		if err := d.day(r, &page); err != nil {
			d.refused(w, r, err, "")
			return
		}
	}
	d.show(w, r, http.StatusOK, "home.html", screen.Page{Title: words.Say("console.day.title"), Body: page})
}

func (d *desk) day(r *http.Request, page *dayPage) error {
	ctx, by, words := r.Context(), visiting(r).by, d.Words(r)
	desks, _, err := d.office.Desks(ctx, by)
	if err != nil {
		return err
	}
	for _, at := range desks {
		id := at.Programme.ID
		for _, standing := range []claim.Standing{claim.Filed, claim.Deficient, claim.Recorded} {
			n, err := d.office.InQueue(ctx, id, standing, "", countMost+1)
			if err != nil {
				return err
			}
			if n == 0 && standing != claim.Filed {
				continue
			}
			page.Queues = append(page.Queues, dayQueue{
				Path:      queuePath(url.Values{"programme": {id}, "standing": {string(standing)}}),
				Programme: at.Edition.Title.In(words.Lang), Text: words.Say("console.queue." + string(standing)), Count: count(words, n),
			})
		}
		mine, _, err := d.office.Queue(ctx, by, office.QueueQuery{Programme: id, Assigned: by.Actor.ID(), Standing: claim.Filed, Limit: mineAtOnce})
		if err != nil {
			return err
		}
		from := queuePath(url.Values{"programme": {id}, "assigned": {"me"}, "standing": {string(claim.Filed)}})
		for _, q := range mine {
			page.Mine = append(page.Mine, d.row(words, by, q, from))
			if q.Late {
				page.Late++
			}
		}
		waiting, err := d.office.Proposals(ctx, by, id, countMost)
		if err != nil {
			return err
		}
		for _, p := range waiting {
			if p.Actor != by.Actor.ID() && p.Consented.IsZero() {
				page.Second++
			}
		}
	}
	if err := d.tasks(r, page, desks); err != nil {
		return err
	}
	saved, err := d.office.Filters(ctx, by)
	page.Filters = filterLinks(saved)
	return err
}

func filterLinks(saved []store.Filter) []savedFilter {
	list := make([]savedFilter, len(saved))
	for i, f := range saved {
		list[i] = savedFilter{f.Name, Root + "queue?" + f.Query}
	}
	return list
}

func (d *desk) tasks(r *http.Request, page *dayPage, desks []office.Desk) error {
	by, words := visiting(r).by, d.Words(r)
	list, err := d.office.Tasks(r.Context(), by, 20)
	if err != nil {
		return err
	}
	for _, n := range list {
		today := deskOf(desks, n.Claim.Programme).Today
		page.Tasks = append(page.Tasks, task{
			Path: claimPath(n.Claim.ID, ""), Claim: n.Claim.Name(), From: n.By, Due: words.Date(n.Due), Late: !n.Due.IsZero() && today.After(n.Due),
		})
	}
	return nil
}

// count says how many, and where it stopped.
func count(words screen.Words, n int) string {
	if n > countMost {
		return words.Say("console.more-than", "n", words.Number(countMost))
	}
	return words.Number(int64(n))
}

func queuePath(q url.Values) string { return Root + "queue?" + q.Encode() }

// claimPath is the screen of a claim; from is the queue that it was opened from.
func claimPath(id claim.ID, from string) string {
	at := Root + "claim/" + string(id)
	if u, err := url.Parse(from); err == nil && u.RawQuery != "" {
		at += "?from=" + url.QueryEscape(u.RawQuery)
	}
	return at
}
