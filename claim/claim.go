// Package claim is one claim's life, from the day it is filed to the day its
// last slice is paid: what may be done to it as it stands (decide), and how it
// stands once that was done (fold).
//
// A decision returns an event and changes nothing; After takes an event and
// can't fail, for what the docket took in must fold for ever. Neither reads a
// clock, a configuration or a store: an event carries the edition's outcome,
// not a pointer to today's rule.
package claim

import (
	"encoding/hex"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
)

// ID is a claim's own id: 128 bits as 32 hexadecimal digits. The first 32 may be those
// of claims filed in the same moment, or tell about when it was filed; the other 96 are
// random. It says nothing about the claimant and is not shown to people: they use the
// reference, and later the number.
type ID string

// NewID is the id that begins as those beside it do, and goes on by its own
// random bytes.
func NewID(near [4]byte, own [12]byte) ID {
	return ID(hex.EncodeToString(append(near[:], own[:]...)))
}

// Stream is where the claim's entries stand.
func (id ID) Stream() docket.Stream { return docket.Stream("claim/" + string(id)) }

// Standing is how far a claim has come. The words are the glossary's; they
// are never renamed and never reordered.
type Standing string

// Each standing, and who acts next.
const (
	Filed     Standing = "filed"     // the register answers: recorded, deficient or refused
	Deficient Standing = "deficient" // the claimant supplies what is missing
	Recorded  Standing = "recorded"  // the commission assesses
	Refused   Standing = "refused"   // nobody; a review may be asked for where the rulebook gives one
	Assigned  Standing = "assigned"  // the panel assesses
	Assessed  Standing = "assessed"  // the other commissioner adopts the instalment
	Decided   Standing = "decided"   // the fund pays an award; a dismissal or a reported outcome ends here
	Payable   Standing = "payable"   // the bank carries out a payment, or the fund orders the next slice
	Paid      Standing = "paid"      // nobody: the whole award was paid
	Returned  Standing = "returned"  // the fund finds out why a payment came back and orders it again
	Withdrawn Standing = "withdrawn" // nobody
)

// Standings lists them in the order in which a claim passes them.
func Standings() []Standing {
	return []Standing{
		Filed, Deficient, Recorded, Refused, Assigned, Assessed, Decided, Payable, Paid, Returned, Withdrawn,
	}
}

// Outcome is what a decision came to. None stands until there is one.
type Outcome string

// The outcomes of a decision.
const (
	None      Outcome = ""
	Award     Outcome = "award"
	Dismissal Outcome = "dismissal"
)

// Claim is a claim as it stands. It is a value: After returns a new one.
type Claim struct {
	ID        ID
	Programme string
	Version   docket.Version // of its last event
	Standing  Standing

	Reference Reference      // given at filing; the claimant's handle
	Number    Number         // given when recorded
	Category  string         // of the edition
	Claimant  string         // individual, organisation, public-body
	Edition   docket.Hash    // the edition that it was filed under, for ever
	Received  day.Date       // when the office received it
	Filed     docket.Instant // when it was entered here
	Source    string         // the office's file that it came from, "" if filed here
	Row       int64          // its data row in that file

	Claimed money.Amount      // the sum asked for; zero value: not stated
	Answers map[string]string // the public answers, by field
	Blank   []string          // fields of the form left without an answer
	Missing []string          // requirements not met, while deficient
	Ground  string            // why refused or dismissed

	Outcome     Outcome
	Reported    bool // another body decided: counted and shown apart, never payable by itself
	AwardStated bool // false for a reported award whose amount the source leaves out
	Award       money.Amount
	Rule        string // the rule of the edition that the outcome rests on
	Instalment  int64  // 0 until assessed

	Ordered money.Amount // under way to the payee
	Paid    money.Amount // confirmed by the bank

	Register Register // what the register holds of it beside its standing

	Holds      []string // grounds of the legal holds that stand on it
	Erased     day.Date // when what was told in confidence was erased; zero: it wasn't
	KeysGoneBy day.Date // then, the day from which no copy of a key is left
}

// cannot is the refusal of an act that the claim's standing doesn't allow.
func (c Claim) cannot(act string) error {
	if err := c.Kept(); err != nil {
		return err
	}
	return fault.New(fault.Conflict, "claim.cannot-"+act, "claim", c.Name(), "standing", c.Standing)
}

// Name is what people call the claim: its number, or its reference until it
// has one.
func (c Claim) Name() string {
	if c.Number != "" {
		return string(c.Number)
	}
	return string(c.Reference)
}

// Open reports whether the claimant may still withdraw: until the decision.
func (c Claim) Open() bool {
	switch c.Standing {
	case Filed, Deficient, Recorded, Assigned, Assessed:
		return true
	}
	return false
}

// Due is the part of the award that is neither paid nor under way: what the
// fund may still order. It is zero for a reported outcome.
func (c Claim) Due() (money.Amount, error) {
	if c.Outcome != Award || c.Reported {
		return money.Amount{}, nil
	}
	left, err := less(c.Award, c.Paid)
	if err != nil {
		return money.Amount{}, err
	}
	return less(left, c.Ordered)
}

// less is a - b, where the zero value stands for nothing.
func less(a, b money.Amount) (money.Amount, error) {
	if b.IsZero() {
		return a, nil
	}
	return a.Sub(b)
}

// plus is a + b, where the zero value stands for nothing.
func plus(a, b money.Amount) (money.Amount, error) {
	switch {
	case a.IsZero():
		return b, nil
	case b.IsZero():
		return a, nil
	}
	return a.Add(b)
}
