package portal

import (
	"net/http"

	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/press"
)

// programmePage is everything published of one programme.
type programmePage struct {
	Title     string
	Lead      []string
	Tiles     []tile
	Standings standingsTable
	Money     *moneyTable
	Awards    *outcomeTable
	Reported  *outcomeTable
	Matrix    *matrixTable
}

// standingsTable is the claims by standing.
type standingsTable struct {
	Chart bars
	Rows  []struct {
		Label, Means string
		Figure       figure
	}
	Total figure
}

// moneyTable is the fund by currency.
type moneyTable struct {
	Charts []struct {
		Title string
		Chart *flows
	}
	Currencies []string
	Rows       []labelled
}

// labelled is a line of figures under a name.
type labelled struct {
	Label   string
	Figures []figure
}

// outcomeTable is awards by category. A cell has an amount for each currency.
type outcomeTable struct {
	Chart   bars
	Caption string
	Columns []string
	Rows    []outcomeRow
	Total   outcomeRow
}

type outcomeRow struct {
	Label string
	Cells [][]figure
}

// matrixTable is every category in every standing.
type matrixTable struct {
	Groups []struct {
		Label, Class string
		Span         int
	}
	Standings []string
	Rows      []labelled
	Total     labelled
}

// programme answers with the page of a programme.
func (s *site) programme(w http.ResponseWriter, r *http.Request) {
	snap := s.figures.get(r.Context())
	if snap == nil {
		s.later(w)
		return
	}
	for _, p := range snap.published.Programmes {
		if p.ID == r.PathValue("id") {
			s.page(w, r, snap, func() (*document, error) {
				return s.framed(snap, "programme.html", p.Title, s.words.programmePage(p))
			})
			return
		}
	}
	s.missing(w, r)
}

// programmePage lays the page of a programme out.
func (w words) programmePage(p press.Programme) programmePage {
	page := programmePage{
		Title: p.Title, Lead: w.lead(p), Tiles: w.tiles(p),
		Standings: w.standingsTable(p), Matrix: w.matrix(p),
	}
	if funded(p) {
		page.Money = w.moneyTable(p)
	}
	if !p.RecordsOnly && (some(p.Total.Own.Awards) || some(p.Total.Own.Dismissals)) {
		page.Awards = w.ownTable(p)
	}
	if reports(p) {
		page.Reported = w.reportedTable(p)
	}
	return page
}

// lead says the main figures in sentences, leaving out what is withheld.
func (w words) lead(p press.Programme) []string {
	var lead []string
	add := func(code, name string, f figure) {
		if f.Shown && !f.Nil {
			lead = append(lead, w.say(code, name, w.plain(f)))
		}
	}
	add("portal.lead.claims", "claims", w.count(p.Total.Claims))
	if p.RecordsOnly {
		return lead
	}
	add("portal.lead.awards", "awards", w.count(p.Total.Own.Awards))
	if len(p.Funds) == 1 {
		if share := w.share(p.Funds[0].Paid, p.Funds[0].Awarded); share != "" {
			lead = append(lead, w.say("portal.lead.paid", "share", share))
		}
	}
	add("portal.lead.reported", "awards", w.count(p.Total.Reported.Awards))
	return lead
}

// standingsTable lays the claims by standing out.
func (w words) standingsTable(p press.Programme) standingsTable {
	t := standingsTable{Total: w.count(p.Total.Claims)}
	var groups []group
	for _, s := range stagesOf(p) {
		g := group{label: w.heading(s)}
		for _, place := range s.places {
			name, count := w.name(place), place.count(p.Total)
			g.items = append(g.items, item{name, place.class, count})
			t.Rows = append(t.Rows, struct {
				Label, Means string
				Figure       figure
			}{name, w.say("portal.means." + place.code), w.count(count)})
		}
		groups = append(groups, g)
	}
	t.Chart = w.barChart("c-standings", w.say("portal.standings.chart"), groups)
	return t
}

// moneyTable lays the fund out.
func (w words) moneyTable(p press.Programme) *moneyTable {
	t := &moneyTable{Rows: []labelled{
		{Label: w.say("portal.in")},
		{Label: w.say("portal.awarded")},
		{Label: w.say("portal.paid")},
		{Label: w.say("portal.owed")},
		{Label: w.say("portal.left")},
	}}
	for _, f := range p.Funds {
		t.Currencies = append(t.Currencies, string(f.Currency))
		for i, a := range []press.Amount{f.In, f.Awarded, f.Paid, f.Owed, f.Left} {
			cell := w.amount(a)
			cell.Currency = "" // it stands over the column
			t.Rows[i].Figures = append(t.Rows[i].Figures, cell)
		}
		title := w.say("portal.money.chart", "currency", string(f.Currency))
		t.Charts = append(t.Charts, struct {
			Title string
			Chart *flows
		}{title, w.flowChart("c-money-"+string(f.Currency), title, w.flowsOf(f))})
	}
	return t
}

// flowsOf are the two bars of a currency: what came in, and what was awarded.
func (w words) flowsOf(f press.Fund) []wholeAndParts {
	in := wholeAndParts{name: w.say("portal.in"), whole: f.In}
	in.parts[0].name, in.parts[0].class, in.parts[0].amount = w.say("portal.paid"), "paid", f.Paid
	in.parts[1].name, in.parts[1].class, in.parts[1].amount = w.say("portal.left"), "left", f.Left
	awarded := wholeAndParts{name: w.say("portal.awarded"), whole: f.Awarded}
	awarded.parts[0].name, awarded.parts[0].class, awarded.parts[0].amount = w.say("portal.paid"), "paid", f.Paid
	awarded.parts[1].name, awarded.parts[1].class, awarded.parts[1].amount = w.say("portal.owed"), "owed", f.Owed
	return []wholeAndParts{in, awarded}
}

// ownTable lays the programme's own awards out by category.
func (w words) ownTable(p press.Programme) *outcomeTable {
	cells := func(l press.Line) [][]figure {
		return [][]figure{
			{w.count(l.Own.Awards)},
			w.amountsIn(p.Currencies, l.Own.Awarded), w.amountsIn(p.Currencies, l.Own.Paid),
			{w.count(l.Own.Dismissals)},
		}
	}
	t := w.outcomes(p, "c-awards", "award", func(l press.Line) press.Count { return l.Own.Awards }, cells)
	t.Caption = w.say("portal.awards.table")
	t.Chart.Title = w.say("portal.awards.chart")
	t.Columns = []string{
		w.say("portal.awards"), w.over("portal.awarded", p.Currencies), w.over("portal.paid", p.Currencies), w.say("portal.dismissals"),
	}
	return t
}

// reportedTable lays the outcomes of other bodies out by category.
func (w words) reportedTable(p press.Programme) *outcomeTable {
	cells := func(l press.Line) [][]figure {
		return [][]figure{
			{w.count(l.Reported.Awards)}, w.amountsIn(p.Currencies, l.Reported.Awarded), {w.count(l.Reported.Dismissals)},
		}
	}
	t := w.outcomes(p, "c-reported", "reported", func(l press.Line) press.Count { return l.Reported.Awards }, cells)
	t.Caption = w.say("portal.reported.table")
	t.Chart.Title = w.say("portal.reported.chart")
	t.Columns = []string{w.say("portal.awards"), w.over("portal.awarded", p.Currencies), w.say("portal.dismissals")}
	return t
}

// outcomes lays a chart of one count by category and its table out, both in
// the same order.
func (w words) outcomes(p press.Programme, id, class string, count func(press.Line) press.Count,
	cells func(press.Line) [][]figure,
) *outcomeTable {
	var items []item
	byName := map[string]press.Line{}
	for _, l := range p.Categories {
		items = append(items, item{l.ID, class, count(l)})
		byName[l.ID] = l
	}
	items = sorted(items)
	t := &outcomeTable{Total: outcomeRow{w.say("portal.all"), cells(p.Total)}}
	for i, it := range items {
		l := byName[it.name]
		items[i].name = l.Title
		t.Rows = append(t.Rows, outcomeRow{l.Title, cells(l)})
	}
	t.Chart = w.barChart(id, "", []group{{"", items}})
	return t
}

// amountsIn are the amounts in the programme's currencies. A single one stands
// over the column instead.
func (w words) amountsIn(cs []money.Currency, as press.Amounts) []figure {
	var figures []figure
	for _, c := range cs {
		f := w.amount(as.In(c))
		if len(cs) == 1 {
			f.Currency = ""
		}
		figures = append(figures, f)
	}
	return figures
}

// over is the head of a column of amounts, with the currency if there is one
// only.
func (w words) over(code string, cs []money.Currency) string {
	if len(cs) != 1 {
		return w.say(code)
	}
	return w.say("portal.column", "name", w.say(code), "currency", string(cs[0]))
}

// matrix lays every category in every standing out.
func (w words) matrix(p press.Programme) *matrixTable {
	m, stages := &matrixTable{}, stagesOf(p)
	for _, s := range stages {
		m.Groups = append(m.Groups, struct {
			Label, Class string
			Span         int
		}{w.heading(s), s.code, len(s.places)})
		for _, place := range s.places {
			m.Standings = append(m.Standings, w.name(place))
		}
	}
	line := func(label string, l press.Line) labelled {
		row := labelled{label, []figure{w.count(l.Claims)}}
		for _, s := range stages {
			for _, place := range s.places {
				row.Figures = append(row.Figures, w.count(place.count(l)))
			}
		}
		return row
	}
	for _, l := range p.Categories {
		m.Rows = append(m.Rows, line(l.Title, l))
	}
	m.Total = line(w.say("portal.all"), p.Total)
	return m
}
