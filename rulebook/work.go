package rulebook

import (
	"strconv"

	"github.com/openchancery/chancery/money"
)

// Work is one step in working an award out. One of its kinds is set.
type Work struct {
	Kind  WorkKind
	Basis string
	When  string // CEL; "" always
	Text  Texts

	Value string // CEL, of Plus, Less, Times, AtLeast and AtMost; of Interest the rate of a year

	Series   string // of Convert and Index
	From, To string // CEL, dates, of Index and Interest; To is also the day of Convert

	Days  DayCount // of Interest
	Apart bool     // it is stated beside the award

	Shares []string // CEL, of Apportion
	Whole  string   // what they make together; "" is 1
	Own    string   // which is the claimant's, from 1; "" for none: the award stays whole

	Decimals int
	Rounding money.Rounding
}

// WorkKind is what a step does.
type WorkKind string

// The kinds of steps.
const (
	Plus      WorkKind = "plus"
	Less      WorkKind = "less" // never below nothing
	Times     WorkKind = "times"
	AtLeast   WorkKind = "at_least"
	AtMost    WorkKind = "at_most"
	Convert   WorkKind = "convert"
	ByIndex   WorkKind = "index"
	Interest  WorkKind = "interest"
	Apportion WorkKind = "apportion"
	Round     WorkKind = "round"
)

// workKinds are all of them, as a step's keys.
var workKinds = []string{"plus", "less", "times", "at_least", "at_most", "convert", "index", "interest", "apportion", "round"}

// DayCount is how the days between two dates are counted, and how many make a
// year.
type DayCount string

// The day counts of interest.
const (
	Actual365 DayCount = "actual/365"
	Actual360 DayCount = "actual/360"
	Thirty360 DayCount = "30/360" // every month has 30 days
)

// Grid gives points, and a sum for them.
type Grid struct {
	ID       string
	Basis    string
	Criteria []Criterion
	Currency money.Currency
	PerPoint money.Amount // instead of bands

	most  decimal // of points that count; nothing for no limit
	bands []band  // their values are in Currency
}

// Criterion is one reason for points.
type Criterion struct {
	ID     string
	Basis  string
	When   string // CEL; "" always
	Points string // CEL: a number
	Text   Texts

	when, points *program
}

func (d *decoder) work(n *node, languages []string) Work {
	w := Work{Basis: n.get("basis").str(), When: n.get("when").str()}
	if text := n.get("text"); text != nil {
		w.Text = d.texts(text, languages)
	}
	d.oneOf(n, workKinds...)
	for _, kind := range workKinds {
		of := n.get(kind)
		if of == nil {
			continue
		}
		w.Kind, w.Value = WorkKind(kind), of.str()
		w.Series = of.get("series").str() + of.get("rates").str()
		w.From, w.To = of.get("from").str(), of.get("to").str()+of.get("on").str()
		if rate := of.get("rate"); rate != nil {
			w.Value = rate.str()
		}
		w.Days, w.Apart = DayCount(of.get("days").str()), of.get("apart").truth()
		w.Shares, w.Whole, w.Own = of.get("shares").strs(), of.get("whole").str(), of.get("own").str()
		w.Decimals, _ = strconv.Atoi(of.get("decimals").str())
		w.Rounding = money.Rounding(of.get("rounding").str())
	}
	return w
}

func (d *decoder) readGrids(n *node, languages []string) map[string]*Grid {
	grids, first := map[string]*Grid{}, map[string]*node{}
	for _, item := range n.list() {
		g := &Grid{ID: item.get("id").str(), Basis: item.get("basis").str()}
		g.most, _ = parseDecimal(item.get("most").str())
		d.once(item.get("id"), first)
		ids := map[string]*node{}
		for _, one := range item.get("criteria").list() {
			c := Criterion{ID: one.get("id").str(), Basis: one.get("basis").str(), When: one.get("when").str(), Points: one.get("points").str()}
			if text := one.get("text"); text != nil {
				c.Text = d.texts(text, languages)
			}
			d.once(one.get("id"), ids)
			g.Criteria = append(g.Criteria, c)
		}
		d.oneOf(item, "bands", "per_point")
		if each := item.get("per_point"); each != nil {
			g.PerPoint = d.sum(each)
			g.Currency = g.PerPoint.Currency()
		}
		g.bands = d.bands(item.get("bands"), func(b *node) decimal {
			sum := d.sum(b.get("sum"))
			if g.Currency == "" {
				g.Currency = sum.Currency()
			}
			if sum.Currency() != g.Currency {
				d.say(b.get("sum"), "currencies-mixed", string(g.Currency), "field", g.ID, "currency", string(sum.Currency()))
			}
			return ofAmount(sum)
		})
		grids[g.ID] = g
	}
	d.grids = grids
	return grids
}
