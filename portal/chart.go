package portal

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/press"
)

// A chart is laid out in whole numbers: down the page in tenths of the font
// size, across it in tenths of a percent of whatever width there is. So it needs
// no viewBox, its letters keep the reader's size at every width and zoom, and a
// narrow screen gets shorter bars instead of smaller words.

// em is a length down the page in tenths of the font size.
type em int

func (e em) String() string { return fmt.Sprintf("%d.%dem", e/10, e%10) }

// across is a length across the page in tenths of a percent.
type across int64

func (a across) String() string { return fmt.Sprintf("%d.%d%%", a/10, a%10) }

// Measures of a bar chart.
const (
	lineHeight = em(13)
	barHeight  = em(9)
	barGap     = em(10)
	groupSpace = em(19)
	widest     = across(740) // leaves room for the number behind the longest bar
	narrowest  = across(5)   // one of very many can still be seen
	lineLength = 34          // letters of a name in one line; fits a telephone
)

// bars is a bar chart. Names stand over their bars and numbers behind them, so
// that nothing is told by colour or length alone.
type bars struct {
	ID, Title, Desc string
	Height          em
	Groups          []barGroup
}

// barGroup is the bars under one heading.
type barGroup struct {
	Label string
	Y     em
	Bars  []bar
}

// bar is one bar, or the place of one that is withheld: then nothing of its
// length is known here.
type bar struct {
	Name  []textLine
	Class string // what it means, for its colour and pattern
	Y     em
	Width across
	Value figure
	ValueY,
	H em
}

// textLine is one line of a name.
type textLine struct {
	Text string
	Y    em
}

// item is what a chart is made from.
type item struct {
	name  string
	class string
	count press.Count
}

// group is items under one heading.
type group struct {
	label string
	items []item
}

// barChart lays a chart out.
func (w words) barChart(id, title string, groups []group) bars {
	chart := bars{ID: id, Title: title}
	most := int64(1)
	for _, g := range groups {
		for _, i := range g.items {
			n, _ := i.count.Number()
			most = max(most, n)
		}
	}
	var values []string
	y := em(0)
	for _, g := range groups {
		bg := barGroup{Label: g.label}
		if y > 0 {
			y += barGap
		}
		if g.label != "" {
			bg.Y = y + lineHeight
			y += groupSpace
		}
		for _, i := range g.items {
			b := bar{Class: i.class, Value: w.count(i.count), H: barHeight}
			for _, text := range wrap(i.name) {
				y += lineHeight
				b.Name = append(b.Name, textLine{text, y - 3})
			}
			b.Y, b.ValueY = y+1, y+barHeight
			if n, _ := i.count.Number(); n > 0 {
				b.Width = max(narrowest, lengthOf(n, most))
			}
			y += barHeight + barGap
			bg.Bars = append(bg.Bars, b)
			values = append(values, w.say("portal.chart.value", "name", i.name, "value", w.plain(b.Value)))
		}
		chart.Groups = append(chart.Groups, bg)
	}
	chart.Height = y
	chart.Desc = w.say("portal.chart.desc", "values", strings.Join(values, ", "))
	return chart
}

// lengthOf is the length of a bar of n where the longest stands for most.
func lengthOf(n, most int64) across {
	for most > 1<<50 { // the product must hold; no eye sees what is cut off
		n, most = n/2, most/2
	}
	return across(n * int64(widest) / most)
}

// wrap breaks a name into lines at its spaces. A word that is longer than a line
// stands in its own.
func wrap(name string) []string {
	var lines []string
	for _, word := range strings.Fields(name) {
		last := len(lines) - 1
		if last >= 0 && utf8.RuneCountInString(lines[last])+1+utf8.RuneCountInString(word) <= lineLength {
			lines[last] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	if lines == nil {
		return []string{""}
	}
	return lines
}

// byCount orders items for a chart and its table: the longest bar first, and at
// the end, in their own order, those that are withheld: their place must not
// tell how large they are.
func byCount(a, b item) int {
	m, shownA := a.count.Number()
	n, shownB := b.count.Number()
	switch {
	case shownA && shownB && m != n:
		if m > n {
			return -1
		}
		return 1
	case shownA != shownB:
		if shownA {
			return -1
		}
		return 1
	}
	return 0
}

// sorted is a copy in the order of byCount.
func sorted(items []item) []item {
	items = slices.Clone(items)
	slices.SortStableFunc(items, byCount)
	return items
}

// flows shows one currency's money as two bars on one scale, each parted in
// two: what came in, and what was awarded.
type flows struct {
	ID, Title, Desc string
	Height          em
	Flows           []flow
}

// flow is one parted bar with its key below it.
type flow struct {
	Name     string
	Value    figure
	NameY, Y em
	H        em
	Parts    []part
}

// part is a piece of the bar and its line in the key.
type part struct {
	Name     string
	Class    string
	Value    figure
	X, Width across
	KeyY     em
	SwatchY  em
}

// Measures of the money chart.
const (
	flowHeight = em(18)
	keyLine    = em(17)
	flowGap    = em(16)
	full       = across(1000)
)

// wholeAndParts is what a flow is made from.
type wholeAndParts struct {
	name  string
	whole press.Amount
	parts [2]struct {
		name, class string
		amount      press.Amount
	}
}

// flowChart lays the money chart of one currency out; nil if there is no money
// in it, or not one bar could be drawn without a figure that is withheld.
func (w words) flowChart(id, title string, rows []wholeAndParts) *flows {
	chart := flows{ID: id, Title: title}
	var drawable []wholeAndParts
	var scaleTo money.Amount
	for _, r := range rows {
		whole, shown := r.whole.Money()
		if !shown || r.parts[0].amount.Withheld() || r.parts[1].amount.Withheld() || whole.Sign() <= 0 {
			continue
		}
		drawable = append(drawable, r)
		if scaleTo.IsZero() || whole.Minor() > scaleTo.Minor() {
			scaleTo = whole
		}
	}
	var values []string
	y := em(0)
	for _, r := range drawable {
		f := flow{Name: r.name, Value: w.amount(r.whole), NameY: y + lineHeight, Y: y + lineHeight + 5, H: flowHeight}
		values = append(values, w.say("portal.chart.value", "name", f.Name, "value", w.plain(f.Value)))
		y = f.Y + flowHeight
		x := across(0)
		for _, p := range r.parts {
			m, _ := p.amount.Money()
			width := across(scale(m, scaleTo, int64(full)))
			y += keyLine
			f.Parts = append(f.Parts, part{
				Name: p.name, Class: p.class, Value: w.amount(p.amount), X: x, Width: width, KeyY: y, SwatchY: y - 9,
			})
			values = append(values, w.say("portal.chart.value", "name", p.name, "value", w.plain(w.amount(p.amount))))
			x += width
		}
		y += flowGap
		chart.Flows = append(chart.Flows, f)
	}
	if chart.Flows == nil {
		return nil
	}
	chart.Height = y
	chart.Desc = w.say("portal.chart.desc", "values", strings.Join(values, ", "))
	return &chart
}
