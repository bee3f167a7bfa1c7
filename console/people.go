package console

import (
	"net/http"
	"strings"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// peoplePage is who may act and who no longer may.
type peoplePage struct {
	Said       string
	People     []person
	Capacities []choice
	Link       string // how the one just invited signs in first
	Invites    bool
	Key        string
}

type person struct {
	ID         string
	Capacities []string
	Ended, Own bool
}

// people lists the actors.
func (d *desk) people(w http.ResponseWriter, r *http.Request) { d.showPeople(w, r, d.said(r), "") }

func (d *desk) showPeople(w http.ResponseWriter, r *http.Request, said, link string) {
	words := d.Words(r)
	actors, err := d.office.Actors(r.Context())
	if err != nil {
		d.Failed(w, r, err)
		return
	}
	page := peoplePage{Said: said, Link: link, Invites: d.Deliver != nil, Key: newKey()}
	for _, a := range actors {
		at := person{ID: a.ID, Ended: a.Ended, Own: a.ID == visiting(r).by.Actor.ID()}
		for _, c := range a.Capacities {
			at.Capacities = append(at.Capacities, words.Say("console.capacity."+c))
		}
		page.People = append(page.People, at)
	}
	for _, c := range office.Capacities() {
		page.Capacities = append(page.Capacities, choice{c, words.Say("console.capacity." + c)})
	}
	d.show(w, r, http.StatusOK, "people.html", screen.Page{Title: words.Say("console.people.title"), Body: page})
}

// invite lets somebody act from now on, and says how they sign in first.
func (d *desk) invite(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || d.Deliver == nil {
		d.refused(w, r, fault.New(fault.Invalid, "console.form"), Root+"people")
		return
	}
	id := strings.TrimSpace(r.PostForm.Get("id"))
	if err := d.office.AddActor(r.Context(), visiting(r).by, id, r.PostForm["capacity"], d.Deliver(id)); err != nil {
		d.refused(w, r, err, Root+"people")
		return
	}
	token, _, err := d.office.InviteActor(r.Context(), visiting(r).by, id, false)
	if err != nil {
		d.refused(w, r, err, Root+"people")
		return
	}
	link := token
	if d.Link != nil {
		link = d.Link(token)
	}
	d.showPeople(w, r, d.Words(r).Say("console.done.invited", "to", id), link)
}

// endActor ends what somebody may do, at once: whoever is signed in is out with
// their next request.
func (d *desk) endActor(w http.ResponseWriter, r *http.Request) {
	id := r.PostFormValue("id")
	if err := d.office.EndActor(r.Context(), visiting(r).by, id); err != nil {
		d.refused(w, r, err, Root+"people")
		return
	}
	d.done(w, r, Root+"people", "ended", "to", id)
}
