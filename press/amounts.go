package press

import (
	"math"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
)

// The columns of a table of own awards in one currency.
const (
	colAwarded = iota
	colPaidOut
	colOwed
	colsOfAwards
)

// awardColumns: what is awarded is paid or owed.
func awardColumns() columns { return columns{top, colAwarded, colAwarded} }

// reportedColumns: what another body awarded has no parts.
func reportedColumns() columns { return columns{top} }

// purse is one category's amounts in one currency, by column, each with the
// number of claims that share in it.
type purse [colsOfAwards]struct{ claims, minor int64 }

// ownPurse takes a category's own awards in one currency apart.
func (r Row) ownPurse(c money.Currency) (purse, error) {
	var p purse
	for column, sums := range [][]Sum{r.Own.Awarded, r.Paid, r.Owed} {
		p[column].claims, p[column].minor = pick(sums, c)
	}
	if p[colPaidOut].minor < 0 || p[colOwed].minor < 0 || p[colPaidOut].minor > math.MaxInt64-p[colOwed].minor ||
		p[colAwarded].minor != p[colPaidOut].minor+p[colOwed].minor {
		return p, fault.New(fault.Unsound, "press.sums-disagree", "category", r.ID, "currency", string(c))
	}
	return p, r.shared(p, r.Own.Awards, c)
}

// reportedPurse is a category's reported awards in one currency.
func (r Row) reportedPurse(c money.Currency) (purse, error) {
	var p purse
	p[colAwarded].claims, p[colAwarded].minor = pick(r.Reported.Awarded, c)
	if p[colAwarded].minor < 0 {
		return p, fault.New(fault.Unsound, "press.below-nothing", "category", r.ID)
	}
	return p, r.shared(p, r.Reported.Awards, c)
}

// shared holds that an amount has claims to share in it, and no more of them
// than there are awards.
func (r Row) shared(p purse, awards int64, c money.Currency) error {
	for _, s := range p {
		if s.claims < 0 || s.claims > awards || (s.claims == 0 && s.minor != 0) {
			return fault.New(fault.Unsound, "press.sums-disagree", "category", r.ID, "currency", string(c))
		}
	}
	return nil
}

// pick is the sum in one currency.
func pick(sums []Sum, c money.Currency) (claims, minor int64) {
	for _, s := range sums {
		if s.Amount.Currency() == c {
			return s.Claims, s.Amount.Minor()
		}
	}
	return 0, 0
}

// ledger is a table of amounts with the claims behind each cell.
type ledger struct {
	*table
	claims []int64 // arc by arc
}

// newLedger lays the purses of a programme's categories out as a table.
func newLedger(cs columns, purses []purse) (ledger, error) {
	cells := make([][]int64, len(purses))
	for i, p := range purses {
		cells[i] = make([]int64, len(cs))
		for c := range cs {
			cells[i][c] = p[c].minor
		}
	}
	empty := func(line, c int) bool { return purses[line][c].claims == 0 }
	t, err := newTable(cs, cells, empty, 0)
	if err != nil {
		return ledger{}, err
	}
	l := ledger{table: t, claims: make([]int64, len(t.net.arcs))}
	for line, p := range purses {
		for c := range cs {
			l.claims[l.at(line, c)] += p[c].claims
			l.claims[l.at(l.total(), c)] += p[c].claims
		}
	}
	return l, nil
}

// hide withholds an amount. Where few claims share in it, a reader must not come
// nearer to it than half of it either way; where there are more, not nearer
// than what Small of them have on average, or the amount would tell the number.
func (l ledger) hide(i int) {
	a, claims := &l.net.arcs[i], l.claims[i]
	a.withheld, a.demand = true, demand{up: a.value/2 + 1, down: (a.value + 1) / 2}
	if claims >= Small {
		a.demand = demand{up: a.value/claims*Small + 1, down: min(a.value, a.value/claims*Small+1)}
	}
}

// protect withholds every amount that fewer than Small claims share, those
// whose count is withheld (counted says which isn't), and whatever else that
// takes; ranks orders the categories.
func (l ledger) protect(ranks []int64, counted func(line, column int) bool) {
	for line := range l.lines {
		for c := range l.columns {
			i := l.at(line, c)
			l.net.arcs[i].demand.spread = 1
			few := l.claims[i] > 0 && l.claims[i] < Small
			if !l.net.arcs[i].empty && (few || !counted(line, c)) {
				l.hide(i)
			}
		}
	}
	l.price(ranks)
	for again := true; again; {
		l.net.protect()
		again = l.widen()
	}
}

// widen sees to it that what a reader gets by taking the published cells of a
// column from its total is the amount of at least Small claims. It withholds
// one more cell where it is not, and reports whether it did.
func (l ledger) widen() bool {
	for c := range l.columns {
		total := l.at(l.total(), c)
		if l.net.arcs[total].withheld {
			continue
		}
		next, claims := total, int64(0)
		for line := range l.total() {
			i := l.at(line, c)
			switch a := l.net.arcs[i]; {
			case a.withheld:
				claims += l.claims[i]
			case !a.empty && a.price < l.net.arcs[next].price:
				next = i
			}
		}
		if claims > 0 && claims < Small {
			l.hide(next)
			return true
		}
	}
	return false
}
