// Package press is what a body tells the public about its work: for each
// programme, how many claims stand where, what was awarded, paid and is still
// owed, and what other bodies are reported to have decided.
//
// A figure about four people is a figure about people: whoever knows three of
// them learns about the fourth. So nothing here is published as it was counted.
// Publish withholds every count of 1 to 4, every amount that fewer than five
// claims share, and as many other cells as it takes for nobody to work out the
// first ones from the rows, the columns and the totals that remain.
//
// What it can't protect against is patience: two snapshots a minute apart show
// what happened in that minute, and an insider who knows two of a category's
// claims can subtract them. Whoever publishes a small programme should publish
// seldom.
package press

import "github.com/openchancery/chancery/money"

// Small is the least number of claims that a published figure may speak of.
const Small = 5

// Standing is where a claim stands. Every claim has exactly one.
type Standing string

// The standings, in the order in which a claim may pass them.
const (
	Filed     Standing = "filed"     // the register reads it next
	Deficient Standing = "deficient" // the claimant completes it next
	Recorded  Standing = "recorded"  // it has its number; the commission takes it up next
	Refused   Standing = "refused"   // the register turned it away
	Assigned  Standing = "assigned"  // a panel has it
	Assessed  Standing = "assessed"  // the panel's finding is there, not yet decided
	Decided   Standing = "decided"   // an award or a dismissal, here or as another body reported it
	Payable   Standing = "payable"   // the fund pays it next
	Paid      Standing = "paid"      // the bank paid it
	Returned  Standing = "returned"  // the bank sent the money back
	Withdrawn Standing = "withdrawn" // the claimant took it back before the decision
)

// Standings lists them in order.
func Standings() []Standing {
	return []Standing{
		Filed, Deficient, Recorded, Refused, Assigned, Assessed,
		Decided, Payable, Paid, Returned, Withdrawn,
	}
}

// Figures are the raw counts of an installation at one state of its docket.
// They never leave it: whoever shows something shows what Publish gives back.
type Figures struct {
	AsOf       string // the instant of the snapshot, RFC 3339
	TreeHead   string // root of the docket's tree, lower-case hexadecimal
	TreeSize   int64  // how many entries the tree holds
	Programmes []ProgrammeFigures
}

// ProgrammeFigures are the raw counts of one programme. Totals are not given:
// they are the sums of the rows, so that they add up.
type ProgrammeFigures struct {
	ID, Title  string
	Currencies []money.Currency // in the order in which they are shown
	Rows       []Row            // a row for each category, in the rulebook's order
	In         []money.Amount   // contributions received, at most one amount for each currency
	Left       []money.Amount   // of these, not yet paid out

	RecordsOnly bool // the programme values no claim: no outcome and no money is published of it
}

// Row is one category of a programme. Outcomes of the programme's own
// commission and those that another body is reported to have reached are kept
// apart, and never counted twice: a claim has one or the other.
//
// Every claim that is decided, payable, paid or returned has one outcome, so
// that those four standings and the four numbers of outcomes have one sum; and
// who is payable, paid or returned holds an own award.
type Row struct {
	ID, Title string
	Counts    map[Standing]int64 // claims by standing; a missing one is 0
	Own       Outcomes
	Reported  Outcomes
	Paid      []Sum // of the own awards: paid and not sent back
	Owed      []Sum // of the own awards: not paid yet; paid and owed make up the awards
}

// Outcomes are the decisions on the claims of one category. An award whose
// amount was not stated counts among the awards and is in no sum.
type Outcomes struct {
	Awards, Dismissals int64
	Awarded            []Sum
}

// Sum is an amount and the number of claims that share in it: at most one for
// each currency. The number is never shown; it says whether the amount may be.
type Sum struct {
	Claims int64
	Amount money.Amount
}
