package claim

import (
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
)

// TestFoundEvent: a person found this of one test, with the reason.
type TestFoundEvent struct {
	Finding TestFinding `json:"finding"`
}

// RecommendedEvent: the board is asked to record or refuse the claim; what was
// found of each test, by rule or by whom, stands with it.
type RecommendedEvent struct {
	Outcome rulebook.FindingOutcome `json:"outcome"`
	Ground  string                  `json:"ground,omitempty"`
	Rule    string                  `json:"rule,omitempty"`
	Tests   []TestFinding           `json:"tests,omitempty"`
}

// SentBackEvent: the board decided neither way and gave the claim back.
type SentBackEvent struct {
	Reason string `json:"reason"`
}

// MoveProposed: the register finds another category right, and asks the
// claimant.
type MoveProposed struct {
	Category string `json:"category"`
	Reason   string `json:"reason"`
}

// MoveDeclined: the claimant doesn't consent; the claim stays where it is.
type MoveDeclined struct {
	Category string `json:"category"`
}

// MovedEvent: the claimant consented, and the claim is in the other category.
// Answers are all its public answers there; the day on which it was received
// stays.
type MovedEvent struct {
	Category string            `json:"category"`
	From     string            `json:"from"`
	Consent  string            `json:"consent"` // ConsentClaimant or ConsentSigned
	Claimed  *money.Amount     `json:"claimed,omitempty"`
	Answers  map[string]string `json:"answers,omitempty"`
	Blank    []string          `json:"blank,omitempty"`
}

// AmendedEvent: the claimant changed answers. Answers are all public answers as
// they are now; what was told before stays beside the entry that brought it.
type AmendedEvent struct {
	Claimed *money.Amount     `json:"claimed,omitempty"`
	Answers map[string]string `json:"answers,omitempty"`
	Blank   []string          `json:"blank,omitempty"`
}

// ReviewAsked: the claimant asks for another look at what was done.
type ReviewAsked struct {
	Asked  day.Date  `json:"asked"`
	Of     Standing  `json:"of"`
	Ground string    `json:"ground,omitempty"`
	Answer *day.Date `json:"answer,omitempty"` // by when the register answers; nil: the rulebook sets no time
}

// ReversedEvent: the recording or refusal was wrong, and the register looks
// again. A number that was given stays used.
type ReversedEvent struct {
	Was    Standing `json:"was"`
	Reason string   `json:"reason"`
}

// ConsentGiven: the claimant consented to the processing of data, in this
// edition of its text.
type ConsentGiven struct {
	Edition string `json:"edition"`
}

// ConsentWithdrawn: the claimant took the consent back, from now on.
type ConsentWithdrawn struct{}
