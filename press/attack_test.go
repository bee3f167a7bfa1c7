package press_test

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/press"
)

// A reader has the published figures, knows what adds up to what, knows that a
// withheld count isn't 0, and has an afternoon. This file is that reader: it
// shares nothing with the room but its exported types.

// puzzle is what the reader writes down: unknowns with the least each can be,
// and equations over them.
type puzzle struct {
	names     []string
	least     []int64
	index     map[string]int
	equations []equation
	first     *tableau // a solution to start from, once there is one
}

// equation: the sum of factor times unknown is is.
type equation struct {
	factors map[int]int64
	is      *big.Int
}

// unknown is the number of the unknown of that name.
func (p *puzzle) unknown(name string, least int64) int {
	if p.index == nil {
		p.index = map[string]int{}
	}
	if i, ok := p.index[name]; ok {
		return i
	}
	p.index[name] = len(p.names)
	p.names, p.least = append(p.names, name), append(p.least, least)
	return len(p.names) - 1
}

// term is one side's part of an equation: a number, or an unknown.
type term struct {
	name  string
	n     int64
	known bool
	least int64
}

func count(name string, c press.Count) term {
	n, shown := c.Number()
	return term{name, n, shown, 1}
}

func amount(name string, a press.Amount) term {
	m, shown := a.Money()
	return term{name, m.Minor(), shown, 0}
}

// adds writes down that the parts make the whole.
func (p *puzzle) adds(whole term, parts ...term) {
	e := equation{map[int]int64{}, new(big.Int)}
	put := func(t term, sign int64) {
		if t.known {
			e.is.Sub(e.is, big.NewInt(sign*t.n))
			return
		}
		e.factors[p.unknown(t.name, t.least)] += sign
	}
	put(whole, -1)
	for _, t := range parts {
		put(t, 1)
	}
	if len(e.factors) > 0 {
		p.equations = append(p.equations, e)
	}
}

// standingsElsewhere are those that stand in one cell each.
var standingsElsewhere = []press.Standing{
	press.Filed, press.Deficient, press.Recorded, press.Refused, press.Assigned, press.Assessed, press.Withdrawn,
}

// claimsPuzzle is everything a reader can write down about a programme's claims.
func claimsPuzzle(programme press.Programme) *puzzle {
	p := &puzzle{}
	columns := map[string][]term{}
	var names []string
	line := func(l press.Line, key string) map[string]term {
		cells := map[string]term{
			"claims": count(key+"/claims", l.Claims), "own": count(key+"/own", l.Own.Awards),
			"dismissed": count(key+"/dismissed", l.Own.Dismissals),
			"reported":  count(key+"/reported", l.Reported.Awards), "rdismissed": count(key+"/rdismissed", l.Reported.Dismissals),
			"awaiting": {name: key + "/awaiting"},
		}
		var all []term
		for _, s := range press.Standings() {
			cells[string(s)] = count(key+"/"+string(s), l.Standings.Of(s))
		}
		for _, s := range standingsElsewhere {
			all = append(all, cells[string(s)])
		}
		p.adds(cells["claims"], append(all, cells["dismissed"], cells["reported"], cells["rdismissed"], cells["own"])...)
		p.adds(cells["own"], cells["awaiting"], cells["payable"], cells["paid"], cells["returned"])
		p.adds(cells["decided"], cells["dismissed"], cells["reported"], cells["rdismissed"], cells["awaiting"])
		return cells
	}
	for i, l := range programme.Categories {
		for name, t := range line(l, fmt.Sprint(i)) {
			if columns[name] == nil {
				names = append(names, name)
			}
			columns[name] = append(columns[name], t)
		}
	}
	total := line(programme.Total, "total")
	for _, name := range names {
		p.adds(total[name], columns[name]...)
	}
	return p
}

// moneyPuzzle is everything a reader can write down about its amounts, with or
// without what the fund took in.
func moneyPuzzle(programme press.Programme, c money.Currency, withFund bool) *puzzle {
	p := &puzzle{}
	columns := map[string][]term{}
	line := func(l press.Line, key string) map[string]term {
		cells := map[string]term{
			"awarded": amount(key+"/awarded", l.Own.Awarded.In(c)), "paid": amount(key+"/paid", l.Own.Paid.In(c)),
			"owed": amount(key+"/owed", l.Own.Owed.In(c)), "reported": amount(key+"/reported", l.Reported.Awarded.In(c)),
		}
		p.adds(cells["awarded"], cells["paid"], cells["owed"])
		return cells
	}
	for i, l := range programme.Categories {
		for name, t := range line(l, fmt.Sprint(i)) {
			columns[name] = append(columns[name], t)
		}
	}
	total := line(programme.Total, "total")
	for _, name := range []string{"awarded", "paid", "owed", "reported"} {
		p.adds(total[name], columns[name]...)
	}
	for _, f := range programme.Funds {
		if f.Currency == c && withFund {
			p.adds(amount("in", f.In), total["paid"], amount("left", f.Left))
			p.adds(amount("fund/paid", f.Paid), total["paid"])
			p.adds(amount("fund/owed", f.Owed), total["owed"])
			p.adds(amount("fund/awarded", f.Awarded), total["awarded"])
		}
	}
	return p
}

// solved are the unknowns that follow from the equations alone: Gauss and
// Jordan's elimination over the rationals, and then every line that has a
// single unknown left.
func (p *puzzle) solved() []string {
	rows := make([][]*big.Rat, len(p.equations))
	for i, e := range p.equations {
		rows[i] = make([]*big.Rat, len(p.names)+1)
		for j := range p.names {
			rows[i][j] = new(big.Rat).SetInt64(e.factors[j])
		}
		rows[i][len(p.names)] = new(big.Rat).SetInt(e.is)
	}
	done := 0
	for column := range p.names {
		pivot := -1
		for i := done; i < len(rows); i++ {
			if rows[i][column].Sign() != 0 {
				pivot = i
				break
			}
		}
		if pivot < 0 {
			continue
		}
		rows[done], rows[pivot] = rows[pivot], rows[done]
		clear1(rows, done, column)
		done++
	}
	var names []string
	for _, row := range rows[:done] {
		left, name := 0, ""
		for j, n := range p.names {
			if row[j].Sign() != 0 {
				left, name = left+1, n
			}
		}
		if left == 1 {
			names = append(names, name)
		}
	}
	return names
}

// clear1 makes the pivot 1 and clears its column in the other rows.
func clear1(rows [][]*big.Rat, pivot, column int) {
	by := new(big.Rat).Inv(rows[pivot][column])
	for _, x := range rows[pivot] {
		x.Mul(x, by)
	}
	for i, row := range rows {
		if i == pivot || row[column].Sign() == 0 {
			continue
		}
		f := new(big.Rat).Set(row[column])
		for j, x := range row {
			if rows[pivot][j].Sign() != 0 {
				x.Sub(x, new(big.Rat).Mul(f, rows[pivot][j]))
			}
		}
	}
}

// narrowed are the unknowns that a reader pins down by going round the
// equations, each time drawing the bounds closer, until nothing moves.
func (p *puzzle) narrowed() []string {
	low, high := make([]*big.Int, len(p.names)), make([]*big.Int, len(p.names)) // nil: no upper bound
	for i, l := range p.least {
		low[i] = big.NewInt(l)
	}
	for rounds, moved := 0, true; moved && rounds < 200; rounds++ {
		moved = false
		for _, e := range p.equations {
			for i, f := range e.factors {
				if f == 0 {
					continue
				}
				least, most := e.rest(i, low, high)
				if f < 0 {
					least, most = neg(most), neg(least)
				}
				if least != nil && least.Cmp(low[i]) > 0 {
					low[i], moved = least, true
				}
				if most != nil && (high[i] == nil || most.Cmp(high[i]) < 0) {
					high[i], moved = most, true
				}
			}
		}
	}
	var names []string
	for i, n := range p.names {
		if high[i] != nil && high[i].Cmp(low[i]) == 0 {
			names = append(names, n)
		}
	}
	return names
}

// rest is between what the equation leaves for its term i; nil is no bound.
func (e equation) rest(i int, low, high []*big.Int) (least, most *big.Int) {
	least, most = new(big.Int).Set(e.is), new(big.Int).Set(e.is)
	for j, f := range e.factors {
		if j == i || f == 0 {
			continue
		}
		a, b := scaled(low[j], f), scaled(high[j], f)
		if f < 0 {
			a, b = b, a
		}
		least, most = minus(least, b), minus(most, a)
	}
	return least, most
}

func scaled(x *big.Int, f int64) *big.Int {
	if x == nil {
		return nil
	}
	return new(big.Int).Mul(x, big.NewInt(f))
}

func minus(x, y *big.Int) *big.Int {
	if x == nil || y == nil {
		return nil
	}
	return new(big.Int).Sub(x, y)
}

func neg(x *big.Int) *big.Int {
	if x == nil {
		return nil
	}
	return new(big.Int).Neg(x)
}

// TestTheReaderFindsWhatThereIsToFind: a law held against a blind reader would
// hold nothing.
func TestTheReaderFindsWhatThereIsToFind(t *testing.T) {
	known := func(n int64) term { return term{n: n, known: true} }
	x, y, z, w := term{name: "x", least: 1}, term{name: "y", least: 1}, term{name: "z", least: 1}, term{name: "w", least: 1}
	alone := &puzzle{}
	alone.adds(known(10), known(7), x)
	if got := fmt.Sprint(alone.solved(), alone.narrowed()); got != "[x] [x]" {
		t.Errorf("10 less 7: %s", got)
	}
	corners := &puzzle{} // x+y and z+w in lines, x+z in a column; y is told by w
	corners.adds(known(10), x, y)
	corners.adds(known(10), z, w)
	corners.adds(known(9), x, z)
	if got := corners.solved(); got != nil {
		t.Errorf("a free square is solved: %v", got)
	}
	corners.adds(known(7), x, w)
	if got := fmt.Sprint(corners.solved()); got != "[x y z w]" {
		t.Errorf("four equations, four unknowns: %s", got)
	}
	ones := &puzzle{}
	ones.adds(known(2), x, y)
	if got := fmt.Sprint(ones.solved(), ones.narrowed()); got != "[] [x y]" {
		t.Errorf("two that aren't 0 make 2: %s", got)
	}
	sum := &puzzle{}
	sum.adds(known(9), x, y, z)
	sum.adds(w, x, y)
	least, most := sum.between("w")
	if least.RatString() != "2" || most.RatString() != "8" {
		t.Errorf("w is from %v to %v", least, most)
	}
}
