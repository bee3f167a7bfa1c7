package claim

import (
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
)

// FindDeficient tells the claimant what is missing. The claim is not lost: an
// answer brings it back before the register.
func (c Claim) FindDeficient(f rulebook.Finding) (Event, error) {
	switch {
	case c.Standing != Filed:
		return nil, c.cannot("be-found-deficient")
	case len(f.Missing) == 0:
		return nil, fault.New(fault.Invalid, "claim.nothing-missing", "claim", c.Name())
	}
	return FoundDeficient{Missing: f.Missing}, nil
}

// AnswerDeficiency takes in what was missing; the register looks again.
func (c Claim) AnswerDeficiency(public map[string]string, claimed money.Amount, blank []string) (Event, error) {
	if c.Standing != Deficient || c.Reported {
		return nil, c.cannot("answer-deficiency")
	}
	return DeficiencyAnswered{Claimed: pointer(claimed), Answers: public, Blank: blank}, nil
}

// AddEvidence takes in files that came after the claim was filed, as long as what
// they show can still be looked at: until an outcome is proposed.
func (c Claim) AddEvidence(files []Enclosed) (Event, error) {
	switch {
	case !c.Open() || c.Standing == Assessed || c.Reported || !c.Erased.IsZero():
		return nil, c.cannot("have-evidence-added")
	case len(files) == 0:
		return nil, fault.New(fault.Invalid, "claim.no-evidence", "claim", c.Name())
	}
	return EvidenceAdded{Evidence: files}, nil
}

// Record puts the claim on the record under its number, where the rulebook's
// conditions are met; otherwise it says what the finding was. A claim that has a
// number keeps it.
func (c Claim) Record(n Number, f rulebook.Finding) (Event, error) {
	switch {
	case c.Standing != Filed:
		return nil, c.cannot("be-recorded")
	case f.Outcome != rulebook.Record:
		return nil, fault.New(fault.Invalid, "claim.finding-differs", "claim", c.Name(), "finding", f.Outcome)
	}
	if c.Number != "" { // it was recorded before, and that was reversed
		n = c.Number
	}
	return RecordedEvent{Number: n}, nil
}

// Refuse turns the claim away on the ground that the rulebook found. It takes
// two people; office sees to that.
func (c Claim) Refuse(f rulebook.Finding) (Event, error) {
	switch {
	case c.Standing != Filed:
		return nil, c.cannot("be-refused")
	case f.Outcome != rulebook.Refuse:
		return nil, fault.New(fault.Invalid, "claim.finding-differs", "claim", c.Name(), "finding", f.Outcome)
	}
	return RefusedEvent{Ground: f.Ground, Rule: f.Rule}, nil
}

// GiveCode gives the claimant a code in place of one that was lost, however the
// claim stands.
func (c Claim) GiveCode() Event { return CodeGiven{} }

// Withdraw takes the claim back, at any time before the decision.
func (c Claim) Withdraw() (Event, error) {
	if !c.Open() || !c.Erased.IsZero() {
		return nil, c.cannot("be-withdrawn")
	}
	return WithdrawnEvent{}, nil
}

// WithdrawFor takes the claim back for the claimant, on a reason as a code: how
// the officer who enters it knows that they want it.
func (c Claim) WithdrawFor(reason string) (Event, error) {
	switch event, err := c.Withdraw(); {
	case err != nil:
		return event, err
	case !docket.IsCode(reason):
		return nil, fault.New(fault.Invalid, "claim.reason-code", "claim", c.Name())
	}
	return WithdrawnEvent{Reason: reason}, nil
}

// Report is what another body's file says of the claim.
type Report struct {
	Reported  rulebook.Reported
	Award     money.Amount // zero value: not stated
	Number    Number       // for a claim that this puts on the record
	Decided   day.Date     // zero: undated
	Row, Line int64        // its place in the file
}

// ReportOutcome enters what another body did. The award is taken as reported,
// above the claim too: it is that body's act, and a check lists it.
func (c Claim) ReportOutcome(r Report) (Event, error) {
	if c.Standing != Filed {
		return nil, c.cannot("have-outcome-reported")
	}
	e := OutcomeReported{Rule: r.Reported.Rule, Row: r.Row, Line: r.Line}
	if !r.Decided.IsZero() {
		e.Decided = &r.Decided
	}
	switch r.Reported.Outcome {
	case rulebook.ReportedAward:
		e.Standing, e.Outcome, e.Award, e.Number = Decided, Award, pointer(r.Award), r.Number
	case rulebook.ReportedDismissal:
		e.Standing, e.Outcome, e.Number = Decided, Dismissal, r.Number
	case rulebook.ReportedRecorded:
		e.Standing, e.Number = Recorded, r.Number
	case rulebook.ReportedDeficient:
		e.Standing = Deficient
	case rulebook.ReportedWithdrawn:
		e.Standing = Withdrawn
	default:
		return nil, fault.New(fault.Invalid, "claim.outcome-unknown", "claim", c.Name(), "outcome", r.Reported.Outcome)
	}
	return e, nil
}

// Assess proposes an outcome in an instalment, by the rulebook's valuation.
// A claim with a reported outcome is not ours to decide.
func (c Claim) Assess(instalment int64, v rulebook.Valuation) (Event, error) {
	if c.Standing != Recorded && !flaw.On(flaw.TwoInstalments) || c.Reported {
		return nil, c.cannot("be-assessed")
	}
	e := AssessedEvent{Instalment: instalment, Outcome: Outcome(v.Outcome), Ground: v.Ground, Rule: v.Rule}
	switch {
	case e.Outcome == Award && v.Award.Sign() <= 0:
		return nil, fault.New(fault.Invalid, "claim.award-not-positive", "claim", c.Name(), "award", v.Award)
	case e.Outcome == Award:
		e.Award = &v.Award
	case e.Outcome != Dismissal:
		return nil, fault.New(fault.Invalid, "claim.outcome-unknown", "claim", c.Name(), "outcome", v.Outcome)
	}
	return e, nil
}

// Decide makes the proposed outcome the commission's own.
func (c Claim) Decide(proposed AssessedEvent) (Event, error) {
	if c.Standing != Assessed && !flaw.On(flaw.WithdrawnDecided) || c.Instalment != proposed.Instalment {
		return nil, c.cannot("be-decided")
	}
	return DecidedEvent(proposed), nil
}

// OrderPayment allots a slice of the award. Nothing beyond the award, nothing
// that isn't decided, nothing of a reported outcome.
func (c Claim) OrderPayment(round int64, slice money.Amount) (Event, error) {
	due, err := c.Due()
	if err != nil {
		return nil, err
	}
	decided := c.Standing == Decided || c.Standing == Payable || c.Standing == Returned
	if !decided || due.Sign() <= 0 {
		return nil, c.cannot("be-paid")
	}
	if over, err := slice.Compare(due); err != nil || over > 0 || slice.Sign() <= 0 {
		return nil, fault.New(fault.Invalid, "claim.slice-beyond-award", "claim", c.Name(), "slice", slice, "due", due)
	}
	return PaymentOrdered{Round: round, Amount: slice}, nil
}

// ConfirmPayment enters the bank's word that the slice arrived.
func (c Claim) ConfirmPayment(round int64, slice money.Amount) (Event, error) {
	if err := c.underWay(slice); err != nil {
		return nil, err
	}
	return PaidEvent{Round: round, Amount: slice}, nil
}

// ReturnPayment enters the bank's word that the slice came back, with its
// reason code, such as AC04 of ISO 20022. What a bank writes in words may name
// the payee and is refused.
func (c Claim) ReturnPayment(round int64, slice money.Amount, reason string) (Event, error) {
	if err := c.underWay(slice); err != nil {
		return nil, err
	}
	if !docket.IsCode(reason) {
		return nil, fault.New(fault.Invalid, "claim.reason-form", "claim", c.Name())
	}
	return PaymentReturned{Round: round, Amount: slice, Reason: reason}, nil
}

func (c Claim) underWay(slice money.Amount) error {
	if flaw.On(flaw.SettledTwice) {
		return nil
	}
	if c.Ordered.Sign() <= 0 {
		return c.cannot("be-settled")
	}
	if over, err := slice.Compare(c.Ordered); err != nil || over > 0 || slice.Sign() <= 0 {
		return fault.New(fault.Invalid, "claim.slice-not-under-way", "claim", c.Name(), "slice", slice, "ordered", c.Ordered)
	}
	return nil
}

func pointer(a money.Amount) *money.Amount {
	if a.IsZero() {
		return nil
	}
	return &a
}
