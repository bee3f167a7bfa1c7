package screen

import "net/http"

// The pages to which the foot of every page leads: help, what is accessible, what
// becomes of one's data. They are the same in every house.

// HouseRoot is where their files are mounted.
const HouseRoot = "/house/"

// HousePaths are the paths of the pages.
var HousePaths = []string{"/help", "/accessibility", "/privacy"}

// housePage is one of them: its sections by the codes of their sentences.
type housePage struct {
	code     string
	sections []houseSection
	points   bool // the table of WCAG follows
}

type houseSection struct {
	code  string
	texts int    // how many paragraphs: code.1, code.2, …
	link  string // the path that code.link leads to; "" for none
}

var housePages = []housePage{
	{code: "help", sections: []houseSection{
		{"danger", 1, ""}, {"stuck", 2, "/apply/back"}, {"code", 2, ""}, {"person", 2, ""}, {"never", 2, "/verify"},
	}},
	{code: "accessibility", points: true, sections: []houseSection{{"how", 3, ""}, {"gaps", 4, ""}, {"tell", 1, ""}}},
	{code: "privacy", sections: []houseSection{
		{"keep", 2, ""}, {"who", 2, "/claim/"}, {"public", 2, ""}, {"cookies", 1, ""}, {"rights", 3, ""},
	}},
}

// housePoints are the points of WCAG 2.2 that the statement names, and how each
// was tested.
var housePoints = []struct{ point, by string }{
	{"1-1-1", "axe"},
	{"1-3-1", "axe"},
	{"1-3-5", "axe"},
	{"1-4-1", "eye"},
	{"1-4-3", "axe"},
	{"1-4-10", "browser"},
	{"1-4-11", "browser"},
	{"1-4-12", "never"},
	{"2-1-1", "never"},
	{"2-4-1", "axe"},
	{"2-4-2", "axe"},
	{"2-4-4", "eye"},
	{"2-4-7", "never"},
	{"2-5-8", "axe"},
	{"3-1-1", "axe"},
	{"3-3-1", "browser"},
	{"3-3-2", "axe"},
	{"3-3-7", "browser"},
	{"3-3-8", "eye"},
	{"4-1-2", "axe"},
	{"4-1-3", "never"},
}

// said is what house.html shows.
type said struct {
	Lead     string
	Sections []saidSection
	Points   [][2]string
}

type saidSection struct {
	Title string
	Texts []string
	Link  Link
}

// NewHousePages makes the handler of these pages, which is mounted at each of
// HousePaths and at HouseRoot.
func NewHousePages(o Options) *Mounted {
	o.Root = HouseRoot
	h := New(o)
	var routes []Route
	for n, page := range housePages {
		routes = append(routes, Route{Pattern: "GET " + HousePaths[n], Rule: Public, Serve: func(w http.ResponseWriter, r *http.Request) {
			words := h.Words(r)
			h.Show(w, r, http.StatusOK, "house.html", Page{Title: words.Say(page.code + ".title"), Body: page.said(words)})
		}})
	}
	return h.Mount(routes, nil)
}

func (p housePage) said(words Words) said {
	all := said{Lead: words.Say(p.code + ".lead")}
	for _, s := range p.sections {
		code := p.code + "." + s.code
		one := saidSection{Title: words.Say(code + ".title")}
		for n := range s.texts {
			one.Texts = append(one.Texts, words.Say(code+"."+string(rune('1'+n))))
		}
		if s.link != "" {
			one.Link = Link{Path: s.link, Text: words.Say(code + ".link")}
		}
		all.Sections = append(all.Sections, one)
	}
	if p.points {
		for _, point := range housePoints {
			all.Points = append(all.Points, [2]string{words.Say("accessibility.point." + point.point), words.Say("accessibility.by." + point.by)})
		}
	}
	return all
}
