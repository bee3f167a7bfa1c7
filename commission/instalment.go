// Package commission is the deciding body: it puts recorded claims into an
// instalment, proposes what each is due, and decides them together when
// another commissioner adopts it. An instalment is decided whole, in one
// report: one entry with an annex of awards.
package commission

import (
	"fmt"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/money"
)

// State is how far an instalment has come.
type State string

// Each state, and who acts next.
const (
	Proposed State = "proposed" // another commissioner adopts it
	Adopted  State = "adopted"  // the fund books what is owed
)

// Instalment is a set of claims decided in one report.
type Instalment struct {
	Programme  string
	Number     int64 // 1, 2, 3 … within the programme
	Version    docket.Version
	State      State
	ProposedBy string // actor
	AdoptedBy  string
	Claims     int64
	Awards     int64
	Dismissals int64
	Total      []money.Amount // of the awards, one for each currency, in order of currency
}

// Stream is where the instalment's entries stand.
func Stream(programme string, number int64) docket.Stream {
	return docket.Stream(fmt.Sprintf("instalment/%s/%d", programme, number))
}

// Summary is what the entries of an instalment say of its annex.
type Summary struct {
	Instalment int64          `json:"instalment"`
	Claims     int64          `json:"claims"`
	Awards     int64          `json:"awards"`
	Dismissals int64          `json:"dismissals"`
	Total      []money.Amount `json:"total,omitempty"`
	Treaty     *InForce       `json:"treaty,omitempty"` // nil where no treaty gates the power
}

// InForce is the status of the treaty on which a step of the commission rests.
// Which of its acts were known stands in what the entry relies on.
type InForce struct {
	Treaty string   `json:"treaty"`
	Since  day.Date `json:"since,omitzero"` // no date: in force for certain, since a day that isn't known exactly
	On     day.Date `json:"on"`             // the legal day of the act
}

// The kinds of an instalment's stream; both carry a Summary and an annex, the
// proposal's rows of claim.assessed.v1, the adoption's of claim.decided.v1.
const (
	KindProposed docket.Kind = "commission.instalment_proposed.v1"
	KindAdopted  docket.Kind = "commission.instalment_adopted.v1"
)

// Kinds lists them.
func Kinds() []docket.Kind { return []docket.Kind{KindProposed, KindAdopted} }

// Add counts one outcome; award is the zero value for a dismissal.
func (s *Summary) Add(award money.Amount) error {
	s.Claims++
	if award.IsZero() {
		s.Dismissals++
		return nil
	}
	s.Awards++
	for i, t := range s.Total {
		if t.Currency() == award.Currency() {
			sum, err := t.Add(award)
			s.Total[i] = sum
			return err
		}
	}
	s.Total = append(s.Total, award)
	for i := len(s.Total) - 1; i > 0 && s.Total[i].Currency() < s.Total[i-1].Currency(); i-- {
		s.Total[i], s.Total[i-1] = s.Total[i-1], s.Total[i]
	}
	return nil
}

// Propose checks that there is something to decide.
func Propose(s Summary) (Summary, error) {
	if s.Claims == 0 {
		return Summary{}, fault.New(fault.Conflict, "commission.nothing-to-decide")
	}
	return s, nil
}

// Adopt makes the proposal the commission's decision. Who proposed it can
// neither adopt it nor be the second who consents: second is "" where the
// edition asks for none. decided is what is left of it by now: a claim withdrawn
// since it was proposed is no longer in it.
func (i Instalment) Adopt(actor, second string, decided Summary) (Summary, error) {
	switch {
	case i.State != Proposed:
		return Summary{}, fault.New(fault.Conflict, "commission.not-proposed", "instalment", i.Number, "state", i.State)
	case (actor == i.ProposedBy || second == i.ProposedBy) && !flaw.On(flaw.OwnProposal):
		return Summary{}, fault.New(fault.NotAllowed, "commission.own-proposal", "instalment", i.Number, "actor", i.ProposedBy)
	case decided.Claims == 0:
		return Summary{}, fault.New(fault.Conflict, "commission.nothing-to-decide")
	}
	return decided, nil
}

// After is the instalment once the entry happened.
func (i Instalment) After(env docket.Envelope, s Summary) Instalment {
	i.Programme, i.Number, i.Version = env.Programme, s.Instalment, env.Version
	i.Claims, i.Awards, i.Dismissals, i.Total = s.Claims, s.Awards, s.Dismissals, s.Total
	switch env.Kind {
	case KindProposed:
		i.State, i.ProposedBy = Proposed, env.Actor
	case KindAdopted:
		i.State, i.AdoptedBy = Adopted, env.Actor
	}
	return i
}
