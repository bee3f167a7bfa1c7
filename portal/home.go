package portal

import (
	"net/http"
	"net/url"

	"github.com/openchancery/chancery/press"
)

// homePage lists the programmes with their main figures.
type homePage struct {
	Claims     figure
	Count      string
	Programmes []homeProgramme
}

type homeProgramme struct {
	ID, Title, Href string
	Tiles           []tile
	Chart           bars
	Stages          []labelled
	Claims          figure
}

// home answers with the first page.
func (s *site) home(w http.ResponseWriter, r *http.Request) {
	snap := s.figures.get(r.Context())
	if snap == nil {
		s.later(w)
		return
	}
	s.page(w, r, snap, func() (*document, error) {
		return s.framed(snap, "home.html", s.words.say("portal.home.title"), s.words.homePage(snap.published))
	})
}

// homePage lays the first page out.
func (w words) homePage(p press.Published) homePage {
	page := homePage{Claims: w.count(p.Claims), Count: w.number(int64(len(p.Programmes)))}
	for _, programme := range p.Programmes {
		stages := w.byStage(programme)
		h := homeProgramme{
			ID: programme.ID, Title: programme.Title, Href: "/programmes/" + url.PathEscape(programme.ID),
			Tiles: w.tiles(programme), Claims: w.count(programme.Total.Claims),
			Chart: w.barChart("c-"+programme.ID, w.say("portal.standings.chart"), []group{{"", stages}}),
		}
		for _, s := range stages {
			h.Stages = append(h.Stages, labelled{s.name, []figure{w.count(s.count)}})
		}
		page.Programmes = append(page.Programmes, h)
	}
	return page
}

// tile is a main figure with its name, in each currency that has it.
type tile struct {
	Label    string
	Figures  []figure
	Reported bool
}

// tiles are a programme's main figures. What a programme doesn't do (decide
// itself, or take in what others decided) takes no room.
func (w words) tiles(p press.Programme) []tile {
	t := p.Total
	tiles := []tile{{Label: w.say("portal.claims.filed"), Figures: []figure{w.count(t.Claims)}}}
	if decides(p) {
		tiles = append(tiles, tile{Label: w.say("portal.awards"), Figures: []figure{w.count(t.Own.Awards)}},
			tile{Label: w.say("portal.awarded"), Figures: w.amounts(t.Own.Awarded)},
			tile{Label: w.say("portal.paid"), Figures: w.amounts(t.Own.Paid)},
			tile{Label: w.say("portal.owed"), Figures: w.amounts(t.Own.Owed)})
		left := tile{Label: w.say("portal.left")}
		for _, f := range p.Funds {
			left.Figures = append(left.Figures, w.amount(f.Left))
		}
		tiles = append(tiles, left)
	}
	if reports(p) {
		tiles = append(tiles,
			tile{Label: w.say("portal.reported.awards"), Figures: []figure{w.count(t.Reported.Awards)}, Reported: true},
			tile{Label: w.say("portal.reported.awarded"), Figures: w.amounts(t.Reported.Awarded), Reported: true})
	}
	return tiles
}

// amounts are the amounts in each currency.
func (w words) amounts(as press.Amounts) []figure {
	var figures []figure
	for _, a := range as {
		figures = append(figures, w.amount(a))
	}
	return figures
}

// decides reports whether a programme's own commission has decided, or its
// fund has money.
func decides(p press.Programme) bool {
	return !p.RecordsOnly && (some(p.Total.Own.Awards) || some(p.Total.Own.Dismissals) || funded(p))
}

// reports reports whether outcomes of another body are among its claims.
func reports(p press.Programme) bool {
	return !p.RecordsOnly && (some(p.Total.Reported.Awards) || some(p.Total.Reported.Dismissals))
}

// funded reports whether money came in or was awarded.
func funded(p press.Programme) bool {
	if p.RecordsOnly {
		return false
	}
	for _, f := range p.Funds {
		for _, a := range []press.Amount{f.In, f.Awarded, f.Left} {
			if m, shown := a.Money(); !shown || m.Sign() != 0 {
				return true
			}
		}
	}
	return false
}

// some reports whether a count is anything but a published 0.
func some(c press.Count) bool {
	n, shown := c.Number()
	return !shown || n > 0
}
