package claim

import (
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
)

// Register is what the register holds of a claim beside its standing: what is
// under way, and what a person found.
type Register struct {
	Tests       []TestFinding   `json:"tests,omitempty"`       // found by a person, the newest of each test
	Recommended *Recommendation `json:"recommended,omitempty"` // which stands: the board may decide on it
	Move        *ProposedMove   `json:"move,omitempty"`        // which waits for the claimant's consent
	Review      *Review         `json:"review,omitempty"`      // the one that was asked for, once and for all
	Consent     string          `json:"consent,omitempty"`     // the edition of the consent given after filing
	NoConsent   bool            `json:"no_consent,omitempty"`  // it was withdrawn
}

// TestFinding is what was found of one test: a rule of the edition, or several
// that the edition calls one test.
type TestFinding struct {
	Test   string `json:"test"`
	Result string `json:"result"`           // TestMet, TestNotMet or TestOpen
	Rule   string `json:"rule,omitempty"`   // that said no
	Ground string `json:"ground,omitempty"` // of the edition; of what isn't met
	Reason string `json:"reason,omitempty"` // why a person finds otherwise, as a code
	By     string `json:"by"`               // ByRule, or the actor who found so
}

// The results of a test, and its author where no person is it.
const (
	TestMet    = rulebook.TestMet
	TestNotMet = rulebook.TestNotMet
	TestOpen   = rulebook.TestOpen // an answer is lacking without which nobody can tell
	ByRule     = "rule"
)

// Recommendation is what the board is asked to do with a claim.
type Recommendation struct {
	Version docket.Version          `json:"version"` // its place in the claim's stream
	Outcome rulebook.FindingOutcome `json:"outcome"` // record or refuse
	Ground  string                  `json:"ground,omitempty"`
	Rule    string                  `json:"rule,omitempty"`
}

// ProposedMove is another category that the register finds right.
type ProposedMove struct {
	Category string `json:"category"`
	Reason   string `json:"reason"`
}

// Review is a review that was asked for, with its clock.
type Review struct {
	Asked  day.Date  `json:"asked"`
	Answer *day.Date `json:"answer,omitempty"` // by when the register answers; nil: the rulebook sets no time
	Of     string    `json:"of"`               // what was done: refused
	Ground string    `json:"ground,omitempty"` // on which ground
}

// FindTest enters what a person finds of one test, against what the rule says
// or where the rule can't tell. It is done before the recommendation, which
// carries it.
func (c Claim) FindTest(f TestFinding) (Event, error) {
	switch {
	case c.Standing != Filed:
		return nil, c.cannot("be-tested")
	case c.Register.Recommended != nil:
		return nil, fault.New(fault.Conflict, "claim.recommended-already", "claim", c.Name())
	case !docket.IsCode(f.Reason):
		return nil, fault.New(fault.Invalid, "claim.reason-code", "claim", c.Name())
	case f.Result != TestMet && f.Result != TestNotMet:
		return nil, fault.New(fault.Invalid, "claim.test-result", "claim", c.Name(), "result", f.Result)
	case f.Result == TestNotMet && f.Ground == "":
		return nil, fault.New(fault.Invalid, "claim.test-ground", "claim", c.Name(), "test", f.Test)
	}
	return TestFoundEvent{f}, nil
}

// Recommend asks the board to record or refuse the claim, with what was found
// of each test.
func (c Claim) Recommend(f rulebook.Finding, tests []TestFinding) (Event, error) {
	switch {
	case c.Standing != Filed:
		return nil, c.cannot("be-recommended")
	case c.Register.Recommended != nil:
		return nil, fault.New(fault.Conflict, "claim.recommended-already", "claim", c.Name())
	case c.Register.NoConsent:
		return nil, fault.New(fault.Conflict, "claim.consent-gone", "claim", c.Name())
	case f.Outcome != rulebook.Record && f.Outcome != rulebook.Refuse:
		return nil, fault.New(fault.Invalid, "claim.finding-differs", "claim", c.Name(), "finding", f.Outcome)
	case f.Outcome == rulebook.Refuse && f.Ground == "":
		return nil, fault.New(fault.Invalid, "claim.no-ground", "claim", c.Name())
	}
	return RecommendedEvent{Outcome: f.Outcome, Ground: f.Ground, Rule: f.Rule, Tests: tests}, nil
}

// Stands reports whether the recommendation at that version still stands.
func (c Claim) Stands(at docket.Version) bool {
	return c.Register.Recommended != nil && c.Register.Recommended.Version == at && c.Standing == Filed
}

// RecordRecommended puts a recommended claim on the record.
func (c Claim) RecordRecommended(n Number) (Event, error) {
	if c.Standing != Filed || c.Register.Recommended == nil {
		return nil, c.notRecommended()
	}
	return RecordedEvent{Number: n}, nil
}

// RefuseRecommended turns a recommended claim away.
func (c Claim) RefuseRecommended(ground, rule string) (Event, error) {
	switch {
	case c.Standing != Filed || c.Register.Recommended == nil:
		return nil, c.notRecommended()
	case ground == "":
		return nil, fault.New(fault.Invalid, "claim.no-ground", "claim", c.Name())
	}
	return RefusedEvent{Ground: ground, Rule: rule}, nil
}

// SendBack gives a recommended claim back to who recommends.
func (c Claim) SendBack(reason string) (Event, error) {
	switch {
	case c.Standing != Filed || c.Register.Recommended == nil:
		return nil, c.notRecommended()
	case !docket.IsCode(reason):
		return nil, fault.New(fault.Invalid, "claim.reason-code", "claim", c.Name())
	}
	return SentBackEvent{Reason: reason}, nil
}

func (c Claim) notRecommended() error {
	return fault.New(fault.Conflict, "claim.not-recommended", "claim", c.Name())
}

// ProposeMove tells the claimant that another category is the right one. The
// claim stays where it is until they consent.
func (c Claim) ProposeMove(category, reason string) (Event, error) {
	switch {
	case c.Standing != Filed && c.Standing != Deficient || c.Reported:
		return nil, c.cannot("be-moved")
	case c.Category == category:
		return nil, fault.New(fault.Invalid, "claim.same-category", "claim", c.Name(), "category", category)
	case !docket.IsCode(reason):
		return nil, fault.New(fault.Invalid, "claim.reason-code", "claim", c.Name())
	}
	return MoveProposed{Category: category, Reason: reason}, nil
}

// ConsentToMove moves the claim to the category that was proposed, with what its
// form asks. It keeps its reference and the day on which it was received.
func (c Claim) ConsentToMove(consent string, public map[string]string, claimed money.Amount, blank []string) (Event, error) {
	if err := c.moving(); err != nil {
		return nil, err
	}
	if consent != ConsentClaimant && consent != ConsentSigned {
		return nil, fault.New(fault.Invalid, "claim.consent-form", "claim", c.Name(), "consent", consent)
	}
	return MovedEvent{
		Category: c.Register.Move.Category, From: c.Category, Consent: consent,
		Claimed: pointer(claimed), Answers: public, Blank: blank,
	}, nil
}

// How the claimant's consent to a move is known.
const (
	ConsentClaimant = "claimant"    // they gave it themselves
	ConsentSigned   = "signed-form" // an officer holds it, signed
)

// DeclineMove leaves the claim in its category: the claimant doesn't consent.
func (c Claim) DeclineMove() (Event, error) {
	if err := c.moving(); err != nil {
		return nil, err
	}
	return MoveDeclined{Category: c.Register.Move.Category}, nil
}

func (c Claim) moving() error {
	switch {
	case c.Standing != Filed && c.Standing != Deficient:
		return c.cannot("be-moved")
	case c.Register.Move == nil:
		return fault.New(fault.Conflict, "claim.no-move-proposed", "claim", c.Name())
	}
	return nil
}

// Amend changes answers of a claim that the register hasn't answered yet. What
// was told before stays beside its own entry.
func (c Claim) Amend(public map[string]string, claimed money.Amount, blank []string) (Event, error) {
	if c.Standing != Filed || c.Reported {
		return nil, c.cannot("be-amended")
	}
	return AmendedEvent{Claimed: pointer(claimed), Answers: public, Blank: blank}, nil
}

// AskReview asks for another look at a refusal, once. until is the last day on
// which it may be asked, answer the day by which the register answers; zero for
// no such time.
func (c Claim) AskReview(on, until, answer day.Date) (Event, error) {
	switch {
	case c.Standing != Refused || c.Reported || !c.Erased.IsZero():
		return nil, c.cannot("be-reviewed")
	case c.Register.Review != nil:
		return nil, fault.New(fault.Conflict, "claim.reviewed-once", "claim", c.Name(), "asked", c.Register.Review.Asked)
	case !until.IsZero() && on.After(until):
		return nil, fault.New(fault.Conflict, "claim.review-too-late", "claim", c.Name(), "until", until)
	}
	e := ReviewAsked{Asked: on, Of: c.Standing, Ground: c.Ground}
	if !answer.IsZero() {
		e.Answer = &answer
	}
	return e, nil
}

// Reverse takes a wrong recording or refusal back, going forward: the register
// looks again. A number that was given stays the claim's own.
func (c Claim) Reverse(reason string) (Event, error) {
	switch {
	case c.Standing != Recorded && c.Standing != Refused || c.Reported || !c.Erased.IsZero():
		return nil, c.cannot("be-reversed")
	case !docket.IsCode(reason):
		return nil, fault.New(fault.Invalid, "claim.reason-code", "claim", c.Name())
	}
	return ReversedEvent{Was: c.Standing, Reason: reason}, nil
}

// GiveConsent enters consent to the processing of data, in an edition of its
// text: a later one than that given in the form.
func (c Claim) GiveConsent(edition string) (Event, error) {
	switch {
	case !c.Erased.IsZero():
		return nil, c.Kept()
	case !docket.IsCode(edition):
		return nil, fault.New(fault.Invalid, "claim.consent-edition", "claim", c.Name())
	case c.Register.Consent == edition && !c.Register.NoConsent:
		return nil, fault.New(fault.Conflict, "claim.consented-already", "claim", c.Name(), "edition", edition)
	}
	return ConsentGiven{Edition: edition}, nil
}

// WithdrawConsent enters that consent is taken back from now on.
func (c Claim) WithdrawConsent() (Event, error) {
	switch {
	case !c.Erased.IsZero():
		return nil, c.Kept()
	case c.Register.NoConsent:
		return nil, fault.New(fault.Conflict, "claim.consent-gone", "claim", c.Name())
	}
	return ConsentWithdrawn{}, nil
}

// after folds what the register keeps. Whatever touches the claim itself
// ends what was under way: a recommendation rests on the claim as it stood.
func (r Register) after(c Claim, e Event) Register {
	switch e := e.(type) {
	case TestFoundEvent:
		rest := slices.DeleteFunc(slices.Clone(r.Tests), func(f TestFinding) bool { return f.Test == e.Finding.Test })
		r.Tests = append(rest, e.Finding)
	case RecommendedEvent:
		r.Recommended = &Recommendation{Version: c.Version, Outcome: e.Outcome, Ground: e.Ground, Rule: e.Rule}
	case MoveProposed:
		r.Recommended, r.Move = nil, &ProposedMove{Category: e.Category, Reason: e.Reason}
	case MoveDeclined:
		r.Move = nil
	case ReviewAsked:
		r = Register{Consent: r.Consent, NoConsent: r.NoConsent, Review: &Review{Asked: e.Asked, Answer: e.Answer, Of: string(e.Of), Ground: e.Ground}}
	case ConsentGiven:
		r.Consent, r.NoConsent = e.Edition, false
	case ConsentWithdrawn:
		r.Recommended, r.NoConsent = nil, true
	case DeficiencyAnswered, AmendedEvent, MovedEvent, ReversedEvent:
		r.Tests, r.Recommended, r.Move = nil, nil, nil
	case LinkedEvent, UnlinkedEvent, EvidenceAdded:
		r.Recommended = nil
	case CodeGiven, HeldEvent, ReleasedEvent:
	default:
		r.Recommended, r.Move = nil, nil
	}
	return r
}
