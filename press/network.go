package press

// A table with its totals is a network in which every cell is an arc: cells of
// a row flow into the row's total, those of a column come out of the column's
// total, and in each node what comes in goes out (that is what "the figures add
// up" means). Another table with the same totals differs from this one by
// circulations. So a reader can pin down a withheld cell exactly if no
// circulation over withheld arcs passes through it, and how far the cell can
// move along such circulations is all that the published cells leave open.
// (Gusfield, A graph theoretic approach to statistical data security, SIAM
// Journal on Computing 17, 1988; Cox, Network models for complementary cell
// suppression, Journal of the American Statistical Association 90, 1995.)

// network is a table under protection.
type network struct {
	nodes int
	arcs  []arc
	at    [][]int // node by node, the arcs that touch it, without the empty ones
	small int64   // a withheld cell may be known to be below it, or not to be; 0: no such cells
}

// arc is one cell. It can rise without limit, and fall to what the reader
// knows to be the least: a withheld count is at least 1, since a count of 0 is
// always shown.
type arc struct {
	from, to int
	value    int64
	least    int64
	empty    bool // of no claim at all: shown as 0 and never moved
	price    int64
	withheld bool
	settled  bool // found open: whatever else is withheld, it stays so
	demand   demand
}

// demand is how far a withheld cell must be left open: by how much it could be
// more, by how much it could be less, and by how much both together.
type demand struct{ up, down, spread int64 }

// index lists the arcs by node; call it when the arcs stand.
func (n *network) index() {
	n.at = make([][]int, n.nodes)
	for i, a := range n.arcs {
		if !a.empty {
			n.at[a.from] = append(n.at[a.from], i)
			n.at[a.to] = append(n.at[a.to], i)
		}
	}
}

// protect withholds further cells until each withheld one is as open as it
// demands. It always ends: with nothing but the zeros shown, any cell may be
// larger by any number, and then its totals are.
//
// Which cells are taken is told by their prices and by what the cells withheld
// so far leave open, and as little as can be by the values that will be
// withheld: the more the choice followed them, the more a reader who knows this
// programme could turn it round.
func (n *network) protect() {
	for again := true; again; {
		again = false
		for i := range n.arcs {
			if a := &n.arcs[i]; a.withheld && !a.settled {
				n.settle(i)
				a.settled, again = true, true
			}
		}
	}
}

// settle withholds what it takes for one cell to be as open as it demands.
func (n *network) settle(i int) {
	d := n.arcs[i].demand
	n.move(i, rise, d.up, n.cost)
	n.move(i, fall, d.down, n.cost)
	up := n.move(i, rise, d.spread, n.withheldOnly)
	down := n.move(i, fall, d.spread-up, n.withheldOnly)
	if up+down < d.spread {
		n.move(i, rise, d.spread, n.cost)
	}
	for n.small > 0 && !n.varies(i, n.withheldOnly) && n.varies(i, n.cost) {
	}
}

// direction is which way a cell moves.
type direction bool

const (
	rise direction = true
	fall direction = false
)

// closed is the cost of a cell that may not be taken.
const closed = int64(1) << 62

// cost is what the reader loses with a cell as things stand: next to nothing if
// it is withheld already.
func (n *network) cost(j int) int64 {
	if n.arcs[j].withheld {
		return 1
	}
	return n.arcs[j].price
}

// withheldOnly is the cost for one who may take no cell that is shown.
func (n *network) withheldOnly(j int) int64 {
	if n.arcs[j].withheld {
		return 1
	}
	return closed
}

// move is by how much the cell of arc i can be moved within the table, up to as
// many units as are asked for: the largest flow that leads them back over other
// cells. It withholds the cells that it takes, the cheapest first.
func (n *network) move(i int, d direction, units int64, cost func(int) int64) int64 {
	moved := make([]int64, len(n.arcs))
	room := func(j int, d direction) int64 {
		if d == rise {
			return closed
		}
		return n.arcs[j].value + moved[j] - n.arcs[j].least
	}
	got := int64(0)
	for got < units {
		way := n.cheapest(i, d, func(j int, d direction) int64 {
			if room(j, d) <= 0 {
				return closed
			}
			return cost(j)
		})
		if way == nil {
			break
		}
		push := units - got
		for _, s := range way {
			push = min(push, room(s.arc, s.dir))
		}
		for _, s := range way {
			if s.dir == rise {
				moved[s.arc] += push
			} else {
				moved[s.arc] -= push
			}
		}
		n.take(way)
		got += push
	}
	return got
}

// take withholds the cells of a way.
func (n *network) take(way []step) {
	for _, s := range way {
		n.arcs[s.arc].withheld = true
	}
}

// varies reports whether the cell of arc i could be another even for a reader
// who somehow knows of every withheld cell whether it is small, and withholds
// the cells that this takes, the cheapest first. Where nothing but zeros is
// shown it may be too much to ask.
func (n *network) varies(i int, cost func(int) int64) bool {
	room := func(j int, d direction) bool {
		a := n.arcs[j]
		switch {
		case !a.withheld:
			return true
		case a.value < n.small && d == rise:
			return a.value < n.small-1
		case a.value < n.small:
			return a.value > a.least
		default:
			return d == rise || a.value > n.small
		}
	}
	var best []step
	for _, d := range []direction{rise, fall} {
		if !room(i, d) {
			continue
		}
		way := n.cheapest(i, d, func(j int, d direction) int64 {
			if !room(j, d) {
				return closed
			}
			return cost(j)
		})
		if way != nil && (best == nil || n.sum(way) < n.sum(best)) {
			best = way
		}
	}
	n.take(best)
	return best != nil
}

// sum is the cost of a way.
func (n *network) sum(way []step) int64 {
	sum := int64(0)
	for _, s := range way {
		sum += n.cost(s.arc)
	}
	return sum
}

// step is one arc of a way, and how its cell moves when units take it.
type step struct {
	arc int
	dir direction
}

// cheapest finds the cheapest way that units over arc i can be led back by;
// nil if there is none. Dijkstra's algorithm over an array: the networks have
// about a hundred nodes.
func (n *network) cheapest(i int, d direction, cost func(int, direction) int64) []step {
	source, target := n.arcs[i].to, n.arcs[i].from
	if d == fall {
		source, target = target, source
	}
	dist, came, done := make([]int64, n.nodes), make([]step, n.nodes), make([]bool, n.nodes)
	for v := range dist {
		dist[v] = closed
	}
	dist[source] = 0
	for !done[target] {
		here := -1
		for v, c := range dist {
			if !done[v] && c < closed && (here < 0 || c < dist[here]) {
				here = v
			}
		}
		if here < 0 {
			return nil
		}
		done[here] = true
		for _, j := range n.at[here] {
			s, there := step{j, direction(n.arcs[j].from == here)}, n.arcs[j].other(here)
			if j == i || done[there] {
				continue
			}
			if c := cost(j, s.dir); c < closed && dist[here]+c < dist[there] {
				dist[there], came[there] = dist[here]+c, s
			}
		}
	}
	var way []step
	for v := target; v != source; v = n.arcs[came[v].arc].other(v) {
		way = append(way, came[v])
	}
	return way
}

// other is the arc's other end.
func (a arc) other(node int) int { return a.from + a.to - node }
