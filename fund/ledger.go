// Package fund pays what the commission decided: contributions come in, what
// is owed is booked, money at hand is allotted in rounds, and what the bank
// answers is entered. It knows a claim by its id and its award, no more.
//
// Every movement has two sides. An entry's postings stand in the entry itself,
// so that the ledger folds for ever without asking today's chart of accounts.
package fund

import (
	"fmt"
	"slices"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
)

// Account is one account of a programme's ledger. A debit is positive, a
// credit negative; all accounts of a programme sum to zero in each currency,
// at every entry.
type Account string

// The accounts. Money in is contributions; what is left is bank less transit.
const (
	Bank          Account = "bank"          // asset: money at hand, as the bank confirms it
	Contributions Account = "contributions" // where money came from; negative
	Awards        Account = "awards"        // what was ever awarded: the other side of owed
	Owed          Account = "owed"          // liability: awards neither paid nor under way; negative
	Transit       Account = "transit"       // liability: ordered, not yet confirmed; negative
)

// Posting is one side of a movement.
type Posting struct {
	Account Account      `json:"account"`
	Amount  money.Amount `json:"amount"`
}

// move is a movement of a positive amount: debit one account, credit another.
func move(debit, credit Account, amount money.Amount) ([]Posting, error) {
	if amount.Sign() <= 0 {
		return nil, fault.New(fault.Invalid, "fund.amount-not-positive", "amount", amount)
	}
	return []Posting{{debit, amount}, {credit, amount.Neg()}}, nil
}

// Balanced checks that postings sum to zero in each currency.
func Balanced(postings []Posting) error {
	sum := money.Totals{}
	for _, p := range postings {
		if err := sum.Add(p.Amount); err != nil {
			return fmt.Errorf("sum postings: %w", err)
		}
	}
	for _, total := range sum.Amounts() {
		if total.Sign() != 0 {
			return fault.New(fault.Unsound, "fund.unbalanced", "left", total)
		}
	}
	return nil
}

// The fund's kinds, and their streams.
const (
	KindContribution docket.Kind = "fund.contribution_received.v1" // account/PROGRAMME/contributions
	KindOwed         docket.Kind = "fund.owed_booked.v1"           // account/PROGRAMME/owed
	KindRoundOrdered docket.Kind = "fund.round_ordered.v1"         // round/PROGRAMME/N, annex of claim.payment_ordered.v1
	KindSettled      docket.Kind = "fund.payments_settled.v1"      // round/PROGRAMME/N, annex of claim.paid.v1 and claim.payment_returned.v1
)

// Kinds lists them: what else stands in the docket moves no money.
func Kinds() []docket.Kind {
	return []docket.Kind{KindContribution, KindOwed, KindRoundOrdered, KindSettled}
}

// AccountStream is where the entries of an account stand.
func AccountStream(programme string, a Account) docket.Stream {
	return docket.Stream("account/" + programme + "/" + string(a))
}

// RoundStream is where the entries of a payment round stand.
func RoundStream(programme string, number int64) docket.Stream {
	return docket.Stream(fmt.Sprintf("round/%s/%d", programme, number))
}

// Contribution is money in.
type Contribution struct {
	Contributor string       `json:"contributor"` // code: a state, a body
	Amount      money.Amount `json:"amount"`
	Postings    []Posting    `json:"postings"`
}

// Contribute books money in.
func Contribute(contributor string, amount money.Amount) (Contribution, error) {
	switch {
	case contributor == "":
		return Contribution{}, fault.New(fault.Invalid, "fund.contributor-missing")
	case !docket.IsCode(contributor):
		return Contribution{}, fault.New(fault.Invalid, "fund.contributor-form")
	}
	postings, err := move(Bank, Contributions, amount)
	if err != nil {
		return Contribution{}, err
	}
	return Contribution{Contributor: contributor, Amount: amount, Postings: postings}, nil
}

// OwedBooked is what an adopted instalment makes the fund owe.
type OwedBooked struct {
	Instalment int64     `json:"instalment"`
	Postings   []Posting `json:"postings"`
}

// BookOwed books the awards of an instalment, one movement for each currency.
func BookOwed(instalment int64, total []money.Amount) (OwedBooked, error) {
	booked := OwedBooked{Instalment: instalment}
	for _, amount := range total {
		postings, err := move(Awards, Owed, amount)
		if err != nil {
			return OwedBooked{}, err
		}
		booked.Postings = append(booked.Postings, postings...)
	}
	return booked, nil
}

// Postings are the two-sided movements that an entry of this kind carries;
// none for a kind that isn't the fund's.
func Postings(env docket.Envelope) ([]Posting, error) {
	if !slices.Contains(Kinds(), env.Kind) {
		return nil, nil
	}
	var facts struct {
		Postings []Posting `json:"postings"`
	}
	if err := unmarshal(env, &facts); err != nil {
		return nil, err
	}
	return facts.Postings, Balanced(facts.Postings)
}
