package press_test

import "math/big"

// between is exactly what a reader can know of an unknown: the least and the
// most it can be in any solution, nil where nothing bounds it. It is linear
// programming over the rationals by the simplex method with Bland's rule (the
// tables are networks, so that the ends are whole numbers).
func (p *puzzle) between(name string) (least, most *big.Rat) {
	k, ok := p.index[name]
	if !ok {
		return nil, nil
	}
	if p.first == nil {
		p.first = p.tableau()
	}
	t := p.first.copy()
	shift := new(big.Rat).SetInt64(p.least[k])
	least = t.copy().least(k, 1)
	if most = t.least(k, -1); most != nil {
		most.Neg(most).Add(most, shift)
	}
	return least.Add(least, shift), most
}

// tableau holds rows of a basic solution: columns for the unknowns (each less
// its least, so that none is below 0), the last for the right-hand side.
type tableau struct {
	rows  [][]*big.Rat
	basis []int
	n     int // unknowns that count; columns from here on are artificial
}

// tableau finds a first solution (there is one: the truth) by driving out
// artificial unknowns, one for each equation.
func (p *puzzle) tableau() *tableau {
	n, m := len(p.names), len(p.equations)
	t := &tableau{n: n}
	for i, e := range p.equations {
		row := make([]*big.Rat, n+m+1)
		for j := range row {
			row[j] = new(big.Rat)
		}
		is := new(big.Rat).SetInt(e.is)
		for j, f := range e.factors {
			row[j].SetInt64(f)
			is.Sub(is, new(big.Rat).SetInt64(f*p.least[j]))
		}
		row[n+m] = is
		if is.Sign() < 0 {
			for _, x := range row {
				x.Neg(x)
			}
		}
		row[n+i] = new(big.Rat).SetInt64(1)
		t.rows, t.basis = append(t.rows, row), append(t.basis, n+i)
	}
	cost := make([]*big.Rat, n+m+1)
	for j := range cost {
		cost[j] = new(big.Rat)
		if j >= n && j < n+m {
			cost[j].SetInt64(1)
		}
	}
	if rest := t.minimise(cost, n+m); rest == nil || rest.Sign() != 0 {
		panic("the reader's puzzle has no solution")
	}
	t.dropArtificial()
	return t
}

// dropArtificial takes artificial unknowns out of the basis; rows without any
// other were redundant.
func (t *tableau) dropArtificial() {
	for i := 0; i < len(t.rows); i++ {
		if t.basis[i] < t.n {
			continue
		}
		out := -1
		for j := range t.n {
			if t.rows[i][j].Sign() != 0 {
				out = j
				break
			}
		}
		if out >= 0 {
			t.pivot(i, out, nil)
			continue
		}
		t.rows = append(t.rows[:i], t.rows[i+1:]...)
		t.basis = append(t.basis[:i], t.basis[i+1:]...)
		i--
	}
}

// least is the least of sign times unknown k; nil if nothing bounds it.
func (t *tableau) least(k int, sign int64) *big.Rat {
	cost := make([]*big.Rat, len(t.rows[0]))
	for j := range cost {
		cost[j] = new(big.Rat)
	}
	cost[k].SetInt64(sign)
	return t.minimise(cost, t.n)
}

// minimise walks to the best solution and returns its cost.
func (t *tableau) minimise(cost []*big.Rat, columns int) *big.Rat {
	for i, b := range t.basis { // reduced costs
		if cost[b].Sign() != 0 {
			subtract(cost, t.rows[i], new(big.Rat).Set(cost[b]))
		}
	}
	last := len(cost) - 1
	for {
		enter := -1
		for j := range columns {
			if cost[j].Sign() < 0 {
				enter = j
				break
			}
		}
		if enter < 0 {
			return new(big.Rat).Neg(cost[last])
		}
		leave, best := -1, new(big.Rat)
		for i, row := range t.rows {
			if row[enter].Sign() <= 0 {
				continue
			}
			ratio := new(big.Rat).Quo(row[last], row[enter])
			if leave < 0 || ratio.Cmp(best) < 0 || (ratio.Cmp(best) == 0 && t.basis[i] < t.basis[leave]) {
				leave, best = i, ratio
			}
		}
		if leave < 0 {
			return nil
		}
		t.pivot(leave, enter, cost)
	}
}

// pivot brings column enter into the basis in row leave.
func (t *tableau) pivot(leave, enter int, cost []*big.Rat) {
	clear1(t.rows, leave, enter)
	if cost != nil {
		subtract(cost, t.rows[leave], new(big.Rat).Set(cost[enter]))
	}
	t.basis[leave] = enter
}

// subtract takes f times row from cost.
func subtract(cost, row []*big.Rat, f *big.Rat) {
	for j, x := range row {
		if x.Sign() != 0 {
			cost[j].Sub(cost[j], new(big.Rat).Mul(f, x))
		}
	}
}

func (t *tableau) copy() *tableau {
	c := &tableau{basis: append([]int(nil), t.basis...), n: t.n}
	for _, row := range t.rows {
		r := make([]*big.Rat, len(row))
		for j, x := range row {
			r[j] = new(big.Rat).Set(x)
		}
		c.rows = append(c.rows, r)
	}
	return c
}
