package claim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
)

// Event is one thing that happened to a claim: the facts of an entry in the
// claim's stream, or of a row of a bulk act's annex. The structures below are
// the format of the docket: a field is never renamed, retyped or reused; a new
// one is optional and free when unset.
type Event interface{ Kind() docket.Kind }

// FiledEvent: the claim is on file. Public answers only; the others are sealed
// blobs beside the entry.
type FiledEvent struct {
	Reference Reference         `json:"reference"`
	Category  string            `json:"category"`
	Claimant  string            `json:"claimant"`
	Received  day.Date          `json:"received"`
	Claimed   *money.Amount     `json:"claimed,omitempty"`
	Answers   map[string]string `json:"answers,omitempty"`
	Blank     []string          `json:"blank,omitempty"`
	Evidence  []Enclosed        `json:"evidence,omitempty"`
	Mandate   MandateID         `json:"mandate,omitempty"` // under which a representative filed it
	Helper    string            `json:"helper,omitempty"`  // the clerk who filled it in with the claimant beside

	// Of a claim that came on paper: the number of the form, and the fields that
	// nobody could read on it. Who keyed it is the entry's actor, who keyed it again
	// and settled what differed its second.
	Paper     string   `json:"paper,omitempty"`
	Illegible []string `json:"illegible,omitempty"`

	ReadBack bool `json:"read_back,omitempty"` // the helper read all answers back, and the claimant said that they are right
}

// Enclosed is a file that supports the claim. What it holds is committed to by the
// entry's commitment evidence.FILE; its name, kind and size stand nowhere in clear.
type Enclosed struct {
	File     string `json:"file"`               // its id, random
	Replaces string `json:"replaces,omitempty"` // that of the file in whose place it came
}

// EvidenceAdded: files came that were not there when the claim was filed.
type EvidenceAdded struct {
	Evidence []Enclosed `json:"evidence"`
}

// FoundDeficient: the register can't take the claim in as it is.
type FoundDeficient struct {
	Missing []string `json:"missing"`
}

// DeficiencyAnswered: the claimant supplied more; the register looks again.
type DeficiencyAnswered struct {
	Claimed *money.Amount     `json:"claimed,omitempty"`
	Answers map[string]string `json:"answers,omitempty"`
	Blank   []string          `json:"blank,omitempty"`
}

// RecordedEvent: the claim is on the record, under a number.
type RecordedEvent struct {
	Number Number `json:"number"`
}

// RefusedEvent: the register turned the claim away, on a ground.
type RefusedEvent struct {
	Ground string `json:"ground"`
	Rule   string `json:"rule"`
}

// WithdrawnEvent: the claimant took the claim back.
type WithdrawnEvent struct {
	Reason string `json:"reason,omitempty"` // as a code, where an officer entered it for the claimant
}

// OutcomeReported: another body has dealt with the claim, and its file says
// how. Standing is where that leaves the claim here.
type OutcomeReported struct {
	Standing Standing      `json:"standing"`
	Outcome  Outcome       `json:"outcome,omitempty"`
	Award    *money.Amount `json:"award,omitempty"` // nil with an award: amount not stated
	Rule     string        `json:"rule"`
	Number   Number        `json:"number,omitempty"`
	Decided  *day.Date     `json:"decided,omitempty"` // nil: the source gives no date
	Row      int64         `json:"row,omitempty"`     // data row in the source
	Line     int64         `json:"line,omitempty"`    // line in the source
}

// AssessedEvent: a commissioner proposes this outcome in an instalment.
type AssessedEvent struct {
	Instalment int64         `json:"instalment"`
	Outcome    Outcome       `json:"outcome"`
	Award      *money.Amount `json:"award,omitempty"`
	Ground     string        `json:"ground,omitempty"`
	Rule       string        `json:"rule"`
}

// DecidedEvent: another commissioner adopted the instalment: the outcome is
// the commission's.
type DecidedEvent struct {
	Instalment int64         `json:"instalment"`
	Outcome    Outcome       `json:"outcome"`
	Award      *money.Amount `json:"award,omitempty"`
	Ground     string        `json:"ground,omitempty"`
	Rule       string        `json:"rule"`
}

// PaymentOrdered: a round allots a slice; it is written before anything
// leaves for the bank.
type PaymentOrdered struct {
	Round  int64        `json:"round"`
	Amount money.Amount `json:"amount"`
}

// PaidEvent: the bank confirmed the payment.
type PaidEvent struct {
	Round  int64        `json:"round"`
	Amount money.Amount `json:"amount"`
}

// PaymentReturned: the payment came back; the money is owed again.
type PaymentReturned struct {
	Round  int64        `json:"round"`
	Amount money.Amount `json:"amount"`
	Reason string       `json:"reason"`
}

// CodeGiven: the claimant was given a code in place of one that was lost. It is
// an act, so that nobody takes a claim over unseen.
type CodeGiven struct{}

// HeldEvent: a legal hold stands on the claim: nothing of it is erased. Each
// ground is a hold of its own.
type HeldEvent struct {
	Ground string `json:"ground"`
}

// ReleasedEvent: the hold on that ground is over.
type ReleasedEvent struct {
	Ground string `json:"ground"`
}

// LinkedEvent: another claim is of the same person, or of the same object alone:
// co-owners claim each for themselves. Each of the two has this entry; the rules
// of valuation and of overlaps may read it.
type LinkedEvent struct {
	Claim  ID     `json:"claim"`
	Ground string `json:"ground"`
	Object bool   `json:"object,omitempty"` // of the same object alone
}

// UnlinkedEvent: the other claim is not of the same person after all.
type UnlinkedEvent struct {
	Claim  ID     `json:"claim"`
	Ground string `json:"ground"`
}

// ErasedEvent: what was told in confidence is gone, and its keys are destroyed.
// On is the entry's own day, which a fold doesn't see otherwise; KeysGoneBy is
// the day from which no copy of a key is left anywhere, not even in a backup of
// the key store.
type ErasedEvent struct {
	Ground     string   `json:"ground"`
	On         day.Date `json:"on"`
	KeysGoneBy day.Date `json:"keys_gone_by"`
	Blobs      int64    `json:"blobs"`    // sealed answers and traces removed
	Requests   int64    `json:"requests"` // emptied of what was asked and answered
}

// The kinds of a claim's stream.
const (
	KindFiled              docket.Kind = "claim.filed.v1"
	KindFoundDeficient     docket.Kind = "claim.found_deficient.v1"
	KindDeficiencyAnswered docket.Kind = "claim.deficiency_answered.v1"
	KindRecorded           docket.Kind = "claim.recorded.v1"
	KindRefused            docket.Kind = "claim.refused.v1"
	KindWithdrawn          docket.Kind = "claim.withdrawn.v1"
	KindOutcomeReported    docket.Kind = "claim.outcome_reported.v1"
	KindAssessed           docket.Kind = "claim.assessed.v1"
	KindDecided            docket.Kind = "claim.decided.v1"
	KindPaymentOrdered     docket.Kind = "claim.payment_ordered.v1"
	KindPaid               docket.Kind = "claim.paid.v1"
	KindPaymentReturned    docket.Kind = "claim.payment_returned.v1"
	KindCodeGiven          docket.Kind = "claim.code_given.v1"
	KindHeld               docket.Kind = "claim.held.v1"
	KindReleased           docket.Kind = "claim.released.v1"
	KindErased             docket.Kind = "claim.erased.v1"
	KindLinked             docket.Kind = "claim.linked.v1"
	KindUnlinked           docket.Kind = "claim.unlinked.v1"
	KindTestFound          docket.Kind = "claim.test_found.v1"
	KindRecommended        docket.Kind = "claim.recommended.v1"
	KindSentBack           docket.Kind = "claim.sent_back.v1"
	KindMoveProposed       docket.Kind = "claim.move_proposed.v1"
	KindMoveDeclined       docket.Kind = "claim.move_declined.v1"
	KindMoved              docket.Kind = "claim.moved.v1"
	KindAmended            docket.Kind = "claim.amended.v1"
	KindReviewAsked        docket.Kind = "claim.review_asked.v1"
	KindReversed           docket.Kind = "claim.reversed.v1"
	KindConsentGiven       docket.Kind = "claim.consent_given.v1"
	KindConsentWithdrawn   docket.Kind = "claim.consent_withdrawn.v1"
	KindEvidenceAdded      docket.Kind = "claim.evidence_added.v1"
)

// Kind of each event.
func (FiledEvent) Kind() docket.Kind         { return KindFiled }
func (FoundDeficient) Kind() docket.Kind     { return KindFoundDeficient }
func (DeficiencyAnswered) Kind() docket.Kind { return KindDeficiencyAnswered }
func (RecordedEvent) Kind() docket.Kind      { return KindRecorded }
func (RefusedEvent) Kind() docket.Kind       { return KindRefused }
func (WithdrawnEvent) Kind() docket.Kind     { return KindWithdrawn }
func (OutcomeReported) Kind() docket.Kind    { return KindOutcomeReported }
func (AssessedEvent) Kind() docket.Kind      { return KindAssessed }
func (DecidedEvent) Kind() docket.Kind       { return KindDecided }
func (PaymentOrdered) Kind() docket.Kind     { return KindPaymentOrdered }
func (PaidEvent) Kind() docket.Kind          { return KindPaid }
func (PaymentReturned) Kind() docket.Kind    { return KindPaymentReturned }
func (CodeGiven) Kind() docket.Kind          { return KindCodeGiven }
func (HeldEvent) Kind() docket.Kind          { return KindHeld }
func (ReleasedEvent) Kind() docket.Kind      { return KindReleased }
func (ErasedEvent) Kind() docket.Kind        { return KindErased }
func (LinkedEvent) Kind() docket.Kind        { return KindLinked }
func (UnlinkedEvent) Kind() docket.Kind      { return KindUnlinked }
func (TestFoundEvent) Kind() docket.Kind     { return KindTestFound }
func (RecommendedEvent) Kind() docket.Kind   { return KindRecommended }
func (SentBackEvent) Kind() docket.Kind      { return KindSentBack }
func (MoveProposed) Kind() docket.Kind       { return KindMoveProposed }
func (MoveDeclined) Kind() docket.Kind       { return KindMoveDeclined }
func (MovedEvent) Kind() docket.Kind         { return KindMoved }
func (AmendedEvent) Kind() docket.Kind       { return KindAmended }
func (ReviewAsked) Kind() docket.Kind        { return KindReviewAsked }
func (ReversedEvent) Kind() docket.Kind      { return KindReversed }
func (ConsentGiven) Kind() docket.Kind       { return KindConsentGiven }
func (ConsentWithdrawn) Kind() docket.Kind   { return KindConsentWithdrawn }
func (EvidenceAdded) Kind() docket.Kind      { return KindEvidenceAdded }

// decoders is the one list of what may stand in a claim's stream.
var decoders = map[docket.Kind]func(json.RawMessage) (Event, error){
	KindFiled:              decode[FiledEvent],
	KindFoundDeficient:     decode[FoundDeficient],
	KindDeficiencyAnswered: decode[DeficiencyAnswered],
	KindRecorded:           decode[RecordedEvent],
	KindRefused:            decode[RefusedEvent],
	KindWithdrawn:          decode[WithdrawnEvent],
	KindOutcomeReported:    decode[OutcomeReported],
	KindAssessed:           decode[AssessedEvent],
	KindDecided:            decode[DecidedEvent],
	KindPaymentOrdered:     decode[PaymentOrdered],
	KindPaid:               decode[PaidEvent],
	KindPaymentReturned:    decode[PaymentReturned],
	KindCodeGiven:          decode[CodeGiven],
	KindHeld:               decode[HeldEvent],
	KindReleased:           decode[ReleasedEvent],
	KindErased:             decode[ErasedEvent],
	KindLinked:             decode[LinkedEvent],
	KindUnlinked:           decode[UnlinkedEvent],
	KindTestFound:          decode[TestFoundEvent],
	KindRecommended:        decode[RecommendedEvent],
	KindSentBack:           decode[SentBackEvent],
	KindMoveProposed:       decode[MoveProposed],
	KindMoveDeclined:       decode[MoveDeclined],
	KindMoved:              decode[MovedEvent],
	KindAmended:            decode[AmendedEvent],
	KindReviewAsked:        decode[ReviewAsked],
	KindReversed:           decode[ReversedEvent],
	KindConsentGiven:       decode[ConsentGiven],
	KindConsentWithdrawn:   decode[ConsentWithdrawn],
	KindEvidenceAdded:      decode[EvidenceAdded],
}

// Kinds lists every kind that Decode knows, in the order of their names, for
// the test that each has its golden file.
func Kinds() []docket.Kind { return slices.Sorted(maps.Keys(decoders)) }

// Decode reads the facts of an entry or row of a claim's stream.
func Decode(kind docket.Kind, facts json.RawMessage) (Event, error) {
	read, ok := decoders[kind]
	if !ok {
		return nil, fault.New(fault.Unsound, "claim.unknown-kind", "kind", kind)
	}
	return read(facts)
}

func decode[E Event](facts json.RawMessage) (Event, error) {
	var e E
	if len(facts) == 0 {
		return e, nil
	}
	if err := json.Unmarshal(facts, &e); err != nil {
		return nil, fmt.Errorf("read %s: %w", e.Kind(), err)
	}
	return e, nil
}
