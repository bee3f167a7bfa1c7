// Package board is a board that has the last word at the register: lists that
// somebody recommends to it and that it decides, and what it resolves for later
// lists to rest on, such as a finding on a place. A list is decided as one: one
// entry with a result for each claim.
//
// It knows claims by what became of them and never the claim.
package board

import (
	"fmt"
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// State is how far a list has come.
type State string

// Each state, and who acts next.
const (
	Recommended State = "recommended" // the board decides
	Decided     State = "decided"     // nobody
)

// List is a list of claims that was recommended to the board.
type List struct {
	Programme     string
	Number        int64 // 1, 2, 3 … within the programme
	Version       docket.Version
	State         State
	RecommendedBy string // actor
	DecidedBy     string
	Made          day.Date
	Decided       day.Date

	Said   Summary // as it was recommended
	Result Summary // as it was decided
}

// Summary is what the entries of a list say of its annex.
type Summary struct {
	List     int64 `json:"list"`
	Claims   int64 `json:"claims"`
	Record   int64 `json:"record,omitempty"`
	Refuse   int64 `json:"refuse,omitempty"`
	SentBack int64 `json:"sent_back,omitempty"`
	LeftOut  int64 `json:"left_out,omitempty"` // recommended, and no longer as they were

	RestsOn   []int64      `json:"rests_on,omitempty"`  // resolutions, by number
	Technique string       `json:"technique,omitempty"` // by which the list was made, "" for none
	Group     string       `json:"group,omitempty"`     // of like claims
	Reason    string       `json:"reason,omitempty"`    // of the decision, as a code
	Document  *docket.Hash `json:"document,omitempty"`  // SHA-256 of the document that gives the reasons
}

// Stream is where the list's entries stand.
func Stream(programme string, number int64) docket.Stream {
	return docket.Stream(fmt.Sprintf("list/%s/%d", programme, number))
}

// The kinds of a list's stream; both carry a Summary and an annex, the
// recommendation's rows of claim.recommended.v1, the decision's of
// claim.recorded.v1, claim.refused.v1 and claim.sent_back.v1.
const (
	KindRecommended docket.Kind = "register.recommended.v1"
	KindDecided     docket.Kind = "register.list_decided.v1"
)

// Recommend checks that there is something to decide.
func Recommend(s Summary) (Summary, error) {
	if s.Claims == 0 {
		return Summary{}, fault.New(fault.Conflict, "board.nothing-to-decide")
	}
	return s, nil
}

// Decide makes results the board's own. Who recommended the list doesn't decide
// it, nor consents.
func (l List) Decide(actor, second string, decided Summary) (Summary, error) {
	switch {
	case l.State != Recommended:
		return Summary{}, fault.New(fault.Conflict, "board.decided-already", "list", l.Number, "on", l.Decided)
	case actor == l.RecommendedBy || second == l.RecommendedBy:
		return Summary{}, fault.New(fault.NotAllowed, "board.own-list", "list", l.Number, "actor", l.RecommendedBy)
	case decided.Claims == 0:
		return Summary{}, fault.New(fault.Conflict, "board.nothing-left", "list", l.Number)
	case !docket.IsCode(decided.Reason):
		return Summary{}, fault.New(fault.Invalid, "board.reason-code", "list", l.Number)
	}
	return decided, nil
}

// After is the list once the entry happened.
func (l List) After(env docket.Envelope, s Summary) List {
	l.Programme, l.Number, l.Version = env.Programme, s.List, env.Version
	switch env.Kind {
	case KindRecommended:
		l.State, l.RecommendedBy, l.Made, l.Said = Recommended, env.Actor, env.Day, s
	case KindDecided:
		l.State, l.DecidedBy, l.Decided, l.Result = Decided, env.Actor, env.Day, s
	}
	return l
}

// RestsOn reports whether the list was recommended or decided on a resolution.
func (l List) RestsOn(resolution int64) bool {
	return slices.Contains(l.Said.RestsOn, resolution) || slices.Contains(l.Result.RestsOn, resolution)
}
