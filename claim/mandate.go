package claim

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// MandateID is a mandate's own id: 128 random bits as 32 hexadecimal digits.
type MandateID string

// Stream is where the mandate's entries stand.
func (id MandateID) Stream() docket.Stream { return docket.Stream("mandate/" + string(id)) }

// MandateKind is on what somebody's right to speak for a claimant rests.
type MandateKind string

// The kinds of mandates.
const (
	ByAuthority MandateKind = "authority" // the claimant gave it
	AsGuardian  MandateKind = "guardian"  // a parent or guardian, by law or by a court
	AsHeir      MandateKind = "heir"      // of a claimant who died
	AsHead      MandateKind = "head"      // of the organisation or public body that claims
)

// MandateKinds lists them, for help and checks.
func MandateKinds() []MandateKind {
	return []MandateKind{ByAuthority, AsGuardian, AsHeir, AsHead}
}

// Scope is one thing that a representative may do for a claimant.
type Scope string

// The scopes. To be paid is never among those that are given by default.
const (
	ScopeFile     Scope = "file"     // file claims
	ScopeAnswer   Scope = "answer"   // answer what the office asks, amend
	ScopeEvidence Scope = "evidence" // add files
	ScopeLetters  Scope = "letters"  // read the claim, and be told of it
	ScopeWithdraw Scope = "withdraw" // take claims back
	ScopeBePaid   Scope = "be-paid"  // receive what is awarded
)

// Scopes lists them, for help and checks.
func Scopes() []Scope {
	return []Scope{ScopeFile, ScopeAnswer, ScopeEvidence, ScopeLetters, ScopeWithdraw, ScopeBePaid}
}

// DefaultScopes are those of a mandate that names none.
func DefaultScopes() []Scope { return []Scope{ScopeFile, ScopeAnswer, ScopeEvidence, ScopeLetters} }

// Mandate is an organisation's right to act for one claimant, as it stands.
type Mandate struct {
	ID           MandateID
	Programme    string
	Organisation string
	Version      docket.Version
	Kind         MandateKind
	Scopes       []Scope
	From         day.Date
	Until        day.Date // the last day; zero: until it is ended
	Ended        day.Date // the day from which it allows nothing any more; zero: it wasn't ended
}

// MandateGiven is the fact of mandate.given.v1. Who gave it and what shows it are
// sealed beside the entry.
type MandateGiven struct {
	Organisation string      `json:"organisation"`
	Kind         MandateKind `json:"kind"`
	Scopes       []Scope     `json:"scopes"`
	From         day.Date    `json:"from"`
	Until        *day.Date   `json:"until,omitempty"`
}

// MandateEnded is the fact of mandate.ended.v1.
type MandateEnded struct {
	On day.Date `json:"on"`
}

// The kinds of a mandate's stream.
const (
	KindMandateGiven docket.Kind = "mandate.given.v1"
	KindMandateEnded docket.Kind = "mandate.ended.v1"
)

// GiveMandate checks what a mandate is to say. The faults are
// mandate.kind-unknown, mandate.scope-unknown and mandate.ends-before.
func GiveMandate(g MandateGiven) (MandateGiven, error) {
	if !slices.Contains(MandateKinds(), g.Kind) {
		return g, fault.New(fault.Invalid, "mandate.kind-unknown", "kind", g.Kind)
	}
	if len(g.Scopes) == 0 {
		g.Scopes = DefaultScopes()
	}
	var scopes []Scope
	for _, s := range Scopes() { // each once, in one order
		if slices.Contains(g.Scopes, s) {
			scopes = append(scopes, s)
		}
	}
	for _, s := range g.Scopes {
		if !slices.Contains(scopes, s) {
			return g, fault.New(fault.Invalid, "mandate.scope-unknown", "scope", s)
		}
	}
	g.Scopes = scopes
	if g.Until != nil && g.Until.Before(g.From) {
		return g, fault.New(fault.Invalid, "mandate.ends-before", "from", g.From, "until", *g.Until)
	}
	return g, nil
}

// End ends the mandate. The fault is mandate.ended.
func (m Mandate) End(on day.Date) (MandateEnded, error) {
	if !m.Ended.IsZero() {
		return MandateEnded{}, fault.New(fault.Conflict, "mandate.ended", "on", m.Ended)
	}
	return MandateEnded{On: on}, nil
}

// Allows reports whether the mandate covers an act of this scope on a day. The
// faults are mandate.not-begun, mandate.over, mandate.ended and
// mandate.scope-missing.
func (m Mandate) Allows(scope Scope, on day.Date) error {
	switch {
	case on.Before(m.From):
		return fault.New(fault.NotAllowed, "mandate.not-begun", "from", m.From)
	case !m.Until.IsZero() && on.After(m.Until):
		return fault.New(fault.NotAllowed, "mandate.over", "until", m.Until)
	case !m.Ended.IsZero():
		return fault.New(fault.NotAllowed, "mandate.ended", "on", m.Ended)
	case !slices.Contains(m.Scopes, scope):
		return fault.New(fault.NotAllowed, "mandate.scope-missing", "scope", scope)
	}
	return nil
}

// After folds an entry of the mandate's stream.
func (m Mandate) After(env docket.Envelope) (Mandate, error) {
	m.ID, m.Version = MandateID(env.Stream.ID()), env.Version
	switch env.Kind {
	case KindMandateGiven:
		var g MandateGiven
		if err := json.Unmarshal(env.Facts, &g); err != nil {
			return m, fmt.Errorf("read %s: %w", env.Kind, err)
		}
		m.Programme, m.Organisation, m.Kind, m.Scopes, m.From = env.Programme, g.Organisation, g.Kind, g.Scopes, g.From
		if g.Until != nil {
			m.Until = *g.Until
		}
	case KindMandateEnded:
		var e MandateEnded
		if err := json.Unmarshal(env.Facts, &e); err != nil {
			return m, fmt.Errorf("read %s: %w", env.Kind, err)
		}
		m.Ended = e.On
	default:
		return m, fault.New(fault.Unsound, "claim.unknown-kind", "kind", env.Kind)
	}
	return m, nil
}
