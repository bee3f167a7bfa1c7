package press

import (
	"cmp"
	"math"
	"slices"

	"github.com/openchancery/chancery/fault"
)

// table is one set of cells that have totals in common: a line for each
// category and a last one for all of them, and columns of which some are the
// sums of others. The network under it knows every one of those sums.
type table struct {
	columns columns
	lines   int // with the line of totals, the last one
	net     network
}

// columns holds for each column the column that sums it up; top for none.
type columns []int

const top = -1

// leaf reports whether a column is no sum of others.
func (cs columns) leaf(c int) bool { return !slices.Contains(cs, c) }

// newTable lays a table out over the single cells: cells[line][column] for the
// leaves, without totals. What isn't empty may be withheld, and then the
// reader takes it to be at least least.
func newTable(cs columns, cells [][]int64, empty func(line, column int) bool, least int64) (*table, error) {
	t := &table{columns: cs, lines: len(cells) + 1}
	size := t.lines * len(cs)
	t.net.arcs = make([]arc, size)
	for i := range t.net.arcs {
		t.net.arcs[i].empty, t.net.arcs[i].least = true, least
	}
	t.connect()
	for line := range cells {
		for c := range cs {
			if !cs.leaf(c) {
				continue
			}
			for up := c; up != top; up = cs[up] {
				for _, i := range []int{t.at(line, up), t.at(t.lines-1, up)} {
					a := &t.net.arcs[i]
					if a.value > math.MaxInt64/4-cells[line][c] {
						return nil, fault.New(fault.Unsound, "press.too-large")
					}
					a.value += cells[line][c]
					a.empty = a.empty && empty(line, c)
				}
			}
		}
	}
	t.net.index()
	return t, nil
}

// at is the arc of a cell.
func (t *table) at(line, column int) int { return line*len(t.columns) + column }

// total is the line of totals.
func (t *table) total() int { return t.lines - 1 }

// connect joins the arcs: what a category's line sums up flows down from the
// root to the single cells, through their columns to the line of totals, and
// there back up to the root.
func (t *table) connect() {
	const root = 0
	t.net.nodes = 1
	node := func() int { t.net.nodes++; return t.net.nodes - 1 }
	column := make([]int, len(t.columns)) // where the single cells of a column meet
	for c := range t.columns {
		column[c] = node()
	}
	sums := map[int]int{} // where a line's sum meets its parts, by arc
	sum := func(line, c int) int {
		if c == top {
			return root
		}
		i := t.at(line, c)
		if _, ok := sums[i]; !ok {
			sums[i] = node()
		}
		return sums[i]
	}
	for line := range t.lines {
		for c, up := range t.columns {
			from, to := sum(line, up), column[c]
			if !t.columns.leaf(c) {
				to = sum(line, c)
			}
			if line == t.total() {
				from, to = to, from
			}
			a := &t.net.arcs[t.at(line, c)]
			a.from, a.to = from, to
		}
	}
}

// What a reader loses with a cell, before ranks. A single cell is the first to
// go, the total of all the last; a longer way over single cells is better than
// a short one over a total.
const (
	priceCell   = 1_000
	priceSum    = 8_000   // a category's subtotal
	priceLine   = 20_000  // a category's total
	priceColumn = 25_000  // a programme's total of one column
	priceTotal  = 200_000 // the total of all
)

// price sets what each cell costs the reader. Of like cells those of the small
// categories go first, as ranks has them from totals that stay public, and
// within a category those whose column comes first.
func (t *table) price(ranks []int64) {
	for line := range t.lines {
		for c, up := range t.columns {
			p := int64(priceCell)
			switch sum := !t.columns.leaf(c); {
			case line == t.total() && sum && up == top:
				p = priceTotal
			case line == t.total():
				p = priceColumn
			case sum && up == top:
				p = priceLine
			case sum:
				p = priceSum
			}
			if line < t.total() {
				p += ranks[line]
			}
			t.net.arcs[t.at(line, c)].price = 100*p + int64(c)
		}
	}
}

// ranks orders the categories by what they publish in a column, smallest first;
// those that withhold it come before the others.
func (t *table) ranks(column int) []int64 {
	order := make([]int, t.total())
	for i := range order {
		order[i] = i
	}
	public := func(i int) int64 {
		if a := t.net.arcs[t.at(i, column)]; !a.withheld {
			return a.value
		}
		return 0
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(public(a), public(b)) })
	rank := make([]int64, t.total())
	for r, i := range order {
		rank[i] = int64(r)
	}
	return rank
}
