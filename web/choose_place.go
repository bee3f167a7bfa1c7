package web

import (
	"net/http"
	"strings"

	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/place"
	"github.com/openchancery/chancery/reply"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// A place is chosen from the official list, page by page: region, district,
// community, settlement; or by its name. What is chosen and what is typed comes in
// the body of a form: no address of ours tells where somebody lived.

// mostFound bounds what a search shows.
const mostFound = 30

type placePage struct {
	Caption string
	Way     string // what was chosen so far
	Whole   string // the code of what was chosen so far, which can be taken as it is
	Action  string
	Found   []placeChoice
	Search  screen.Field
}

type placeChoice struct {
	Code, Name, Within string
	Deeper             bool // there are places in it
}

// list is the list of places that a field takes; nil where it takes words alone.
func (i *Interview) list(f *rulebook.Field) *place.List {
	if f.Places == "" || i.places == nil {
		return nil
	}
	list, err := i.places()
	if err != nil {
		i.Log.Error("no list of places", "error", err) // words are taken all the same
		return nil
	}
	return list
}

// wherePlace is the question whose place is chosen.
func (i *Interview) wherePlace(w http.ResponseWriter, r *http.Request, v *visit) (p whichPlace, ok bool) {
	at, ok, err := v.placeOf(r)
	if err != nil {
		i.Failed(w, r, err)
		return p, false
	}
	if ok {
		p.at = at
		p.field, ok = v.edition.Field(r.PathValue("field"))
	}
	if ok {
		p.list = i.list(p.field)
	}
	if !ok || p.list == nil {
		i.to(w, r, "tasks")
		return p, false
	}
	return p, true
}

// whichPlace is the question whose place is chosen, with the list.
type whichPlace struct {
	at    formPage
	field *rulebook.Field
	list  *place.List
}

func (i *Interview) choosePlace(w http.ResponseWriter, r *http.Request, v *visit) {
	if p, ok := i.wherePlace(w, r, v); ok {
		i.showPlaces(w, r, v, p, "", "", "")
	}
}

func (i *Interview) showPlaces(w http.ResponseWriter, r *http.Request, v *visit, p whichPlace, within, typed, problem string) {
	say := v.words.Say
	page := placePage{
		Caption: v.title(p.at.c), Action: r.URL.Path,
		Search: screen.Field{Kind: screen.Line, Name: "q", Label: say("interview.places.search"), Value: typed, Problem: problem, Width: 20, Max: 100},
	}
	found := p.list.Children(within)
	if typed != "" {
		found = p.list.Search(typed, mostFound)
	} else if within != "" {
		page.Way, page.Whole = reply.Place(p.list, within), within
	}
	for _, one := range found {
		choice := placeChoice{Code: one.Code, Name: one.Name, Deeper: typed == "" && len(p.list.Children(one.Code)) > 0}
		if way := p.list.Way(one.Code); typed != "" && len(way) > 1 {
			choice.Within = reply.Place(p.list, way[len(way)-2].Code)
		}
		page.Found = append(page.Found, choice)
	}
	var problems []screen.Problem
	if problem != "" {
		problems = []screen.Problem{{Field: "q", Text: problem}}
	}
	i.showOwn(w, r, v, http.StatusOK, "places.html", screen.Page{
		Title: say("interview.places.title"), Back: InterviewRoot + questionPath(p.at.c.own.ID, p.at.task.Section.ID, p.field.ID), Problems: problems,
		Exit: v.edition.Delicate(p.at.c.is.Category), Body: page,
	})
}

// takePlace goes a step deeper, looks a name up, or takes what was chosen into the
// answer, whose words stay.
func (i *Interview) takePlace(w http.ResponseWriter, r *http.Request, v *visit) {
	p, ok := i.wherePlace(w, r, v)
	if !ok {
		return
	}
	form := r.PostForm
	if code := form.Get("in"); code != "" {
		i.showPlaces(w, r, v, p, code, "", "")
		return
	}
	chosen, there := p.list.Find(form.Get("place"))
	if !there {
		typed := clipped(strings.TrimSpace(form.Get("q")), 100)
		problem := ""
		if typed == "" || len(p.list.Search(typed, 1)) == 0 {
			problem = v.words.Say("interview.places.none")
		}
		i.showPlaces(w, r, v, p, "", typed, problem)
		return
	}
	err := i.save(w, r, v, func(d *office.OwnDraft) error {
		now := *v
		now.draft = *d
		c, ok, err := now.view(p.at.c.own.ID)
		if err != nil || !ok {
			return err
		}
		at, _ := rulebook.ParseAddress(c.text(p.field.ID))
		at.Place = chosen.Code
		d.Answer(v.edition, c.own.ID, p.field.ID, at.String(), c.own.Apart[p.field.ID])
		return nil
	})
	i.next(w, r, v, err, questionPath(p.at.c.own.ID, p.at.task.Section.ID, p.field.ID))
}
