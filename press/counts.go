package press

import "github.com/openchancery/chancery/fault"

// The columns of the table of claims. Each claim falls into exactly one of the
// single ones; where one of several must be withheld for the sake of another,
// the earlier in this list is. What is published as "decided" is four of them:
// it is shown when they all are, and gives nothing away that they don't.
const (
	colClaims = iota // all claims of the category
	colOwn           // of these, awards of the programme's own commission
	colAssigned
	colAssessed
	colFiled
	colRecorded
	colDeficient
	colWithdrawn
	colAwaiting // own, and decided, not payable yet
	colReturned // own
	colPayable  // own
	colRefused
	colReportedDismissed // decided: dismissed by another body
	colDismissed         // decided: dismissed here
	colPaid              // own
	colReportedAward     // decided: awarded by another body
	colsOfClaims
)

// claimColumns says what sums up what.
func claimColumns() columns {
	cs := make(columns, colsOfClaims)
	cs[colClaims] = top
	for c := colOwn; c < colsOfClaims; c++ {
		cs[c] = colClaims
	}
	for _, c := range []int{colAwaiting, colPayable, colPaid, colReturned} {
		cs[c] = colOwn
	}
	return cs
}

// column is where a standing stands in the table; decided has no single one.
func (s Standing) column() (int, bool) {
	c, ok := map[Standing]int{
		Filed: colFiled, Deficient: colDeficient, Recorded: colRecorded, Refused: colRefused,
		Assigned: colAssigned, Assessed: colAssessed, Payable: colPayable, Paid: colPaid,
		Returned: colReturned, Withdrawn: colWithdrawn,
	}[s]
	return c, ok
}

// cells are the single cells of a category's line. A category whose outcomes
// don't fit its standings is a fault: figures that contradict each other are
// not published, and can't be protected.
func (r Row) cells() ([]int64, error) {
	line := make([]int64, colsOfClaims)
	for s, n := range r.Counts {
		c, ok := s.column()
		switch {
		case ok:
			line[c] = n
		case s != Decided:
			return nil, fault.New(fault.Unsound, "press.unknown-standing", "category", r.ID, "standing", string(s))
		}
	}
	line[colDismissed] = r.Own.Dismissals
	line[colReportedAward] = r.Reported.Awards
	line[colReportedDismissed] = r.Reported.Dismissals
	line[colAwaiting] = r.Own.Awards - line[colPayable] - line[colPaid] - line[colReturned]
	decided := line[colDismissed] + line[colReportedAward] + line[colReportedDismissed] + line[colAwaiting]
	if line[colAwaiting] < 0 || decided != r.Counts[Decided] {
		return nil, fault.New(fault.Unsound, "press.outcomes-disagree", "category", r.ID,
			"decided", r.Counts[Decided], "outcomes", decided)
	}
	for _, n := range line {
		if n < 0 {
			return nil, fault.New(fault.Unsound, "press.below-nothing", "category", r.ID)
		}
	}
	return line, nil
}

// protectClaims is the table of a programme's claims with every count of 1 to 4
// withheld, in the lines and in the totals, and whatever else that takes. Each
// withheld count could then be any of five numbers at least, of which some are
// Small or more.
func protectClaims(rows []Row) (*table, error) {
	cells := make([][]int64, len(rows))
	for i, r := range rows {
		var err error
		if cells[i], err = r.cells(); err != nil {
			return nil, err
		}
	}
	empty := func(line, c int) bool { return cells[line][c] == 0 }
	t, err := newTable(claimColumns(), cells, empty, 1)
	if err != nil {
		return nil, err
	}
	t.net.small = Small
	for i := range t.net.arcs {
		a := &t.net.arcs[i]
		a.demand.spread = Small - 1
		if !a.empty && a.value < Small {
			a.withheld, a.demand.up = true, Small-a.value
		}
	}
	t.price(t.ranks(colClaims))
	t.net.protect()
	return t, nil
}
