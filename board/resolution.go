package board

import (
	"fmt"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// Sort is what a resolution says.
type Sort string

// The sorts of resolutions.
const (
	OnPlace      Sort = "place"        // what was found of a place in a time
	Verification Sort = "verification" // that another register's verification is relied on
	Technique    Sort = "technique"    // that a technique may run over a group
)

// Sorts lists them.
func Sorts() []Sort { return []Sort{OnPlace, Verification, Technique} }

// Techniques are what needs a board's approval where there is a board: what
// treats claims as alike, or draws some for all. The words are written into the
// docket and never renamed.
func Techniques() []string {
	return []string{"grouping", "matching", "sampling", "statistics", "summaries"}
}

// TechniqueGrouping answers like claims as one.
const TechniqueGrouping = "grouping"

// Resolution is a dated act of the board on which lists may rest, or without
// which a technique may not run. It can be withdrawn.
type Resolution struct {
	Programme string
	Number    int64 // 1, 2, 3 … within the programme
	Version   docket.Version
	Made      day.Date // the legal day of the act
	By        string   // actor
	Said      Terms

	Withdrawn day.Date // zero: it stands
	Reason    string   // why it was withdrawn, as a code
}

// Terms are what a resolution says, in codes and dates: the facts of its entry.
type Terms struct {
	Number   int64        `json:"number"`
	Sort     Sort         `json:"sort"`
	Of       string       `json:"of"`                 // the place's code, the register, the technique
	Finding  string       `json:"finding,omitempty"`  // what was found of a place: destroyed, occupied …
	Group    string       `json:"group,omitempty"`    // the claims that it is for, as a code; "" for all
	From     *day.Date    `json:"from,omitempty"`     // the time that a finding is about
	To       *day.Date    `json:"to,omitempty"`       //
	On       day.Date     `json:"on"`                 // the board's own date
	Document *docket.Hash `json:"document,omitempty"` // SHA-256 of the document
}

// Withdrawal is the facts of a withdrawal.
type Withdrawal struct {
	Number int64  `json:"number"`
	Reason string `json:"reason"`
}

// ResolutionStream is where a resolution's entries stand.
func ResolutionStream(programme string, number int64) docket.Stream {
	return docket.Stream(fmt.Sprintf("resolution/%s/%d", programme, number))
}

// The kinds of a resolution's stream: one of the first three, and perhaps the
// last.
const (
	KindPlaceFound        docket.Kind = "register.place_found.v1"
	KindVerification      docket.Kind = "register.verification_relied_on.v1"
	KindTechniqueApproved docket.Kind = "register.technique_approved.v1"
	KindWithdrawn         docket.Kind = "register.resolution_withdrawn.v1"
)

// Kind is the kind of the entry that a sort of resolution makes.
func (s Sort) Kind() docket.Kind {
	switch s {
	case OnPlace:
		return KindPlaceFound
	case Verification:
		return KindVerification
	}
	return KindTechniqueApproved
}

// Kinds lists all kinds of the room.
func Kinds() []docket.Kind {
	return []docket.Kind{KindRecommended, KindDecided, KindPlaceFound, KindVerification, KindTechniqueApproved, KindWithdrawn}
}

// Check holds what is to be resolved against what a resolution of its sort must
// say; today is the legal day of the act.
func (t Terms) Check(today day.Date) error {
	bad := func(code string) error { return fault.New(fault.Invalid, code, "sort", t.Sort, "of", t.Of) }
	known := false
	for _, s := range Sorts() {
		known = known || s == t.Sort
	}
	switch {
	case !known:
		return bad("board.sort-unknown")
	case !docket.IsCode(t.Of) || t.Group != "" && !docket.IsCode(t.Group):
		return fault.New(fault.Invalid, "board.not-a-code", "sort", t.Sort)
	case t.Sort == OnPlace && !docket.IsCode(t.Finding):
		return bad("board.no-finding")
	case t.Sort == Technique && !isTechnique(t.Of):
		return bad("board.technique-unknown")
	case t.On.IsZero() || t.On.After(today):
		return fault.New(fault.Invalid, "board.date", "on", t.On, "today", today)
	case t.From != nil && t.To != nil && t.To.Before(*t.From):
		return bad("board.time-ends-before-it-begins")
	}
	return nil
}

func isTechnique(text string) bool {
	for _, t := range Techniques() {
		if t == text {
			return true
		}
	}
	return false
}

// Stands reports whether a list may rest on the resolution now.
func (r Resolution) Stands() error {
	switch {
	case r.Said.Sort == Technique:
		return fault.New(fault.Invalid, "board.no-ground-to-rest-on", "resolution", r.Number)
	case !r.Withdrawn.IsZero():
		return fault.New(fault.Conflict, "board.withdrawn", "resolution", r.Number, "on", r.Withdrawn)
	}
	return nil
}

// Withdraw ends the resolution from now on. What was decided on it stays
// decided until somebody reverses it.
func (r Resolution) Withdraw(reason string) (Withdrawal, error) {
	switch {
	case !r.Withdrawn.IsZero():
		return Withdrawal{}, fault.New(fault.Conflict, "board.withdrawn", "resolution", r.Number, "on", r.Withdrawn)
	case !docket.IsCode(reason):
		return Withdrawal{}, fault.New(fault.Invalid, "board.withdrawal-reason", "resolution", r.Number)
	}
	return Withdrawal{Number: r.Number, Reason: reason}, nil
}

// Resolved is the resolution that an entry makes.
func Resolved(env docket.Envelope, t Terms) Resolution {
	return Resolution{Programme: env.Programme, Number: t.Number, Version: env.Version, Made: env.Day, By: env.Actor, Said: t}
}

// AfterWithdrawal is the resolution once it is withdrawn.
func (r Resolution) AfterWithdrawal(env docket.Envelope, w Withdrawal) Resolution {
	r.Version, r.Withdrawn, r.Reason = env.Version, env.Day, w.Reason
	return r
}

// Approved says which of these resolutions lets a technique run over a group of
// claims: one for that group or for all. The fault is board.not-approved, which
// says what is missing (technique, group), or when the approval was withdrawn.
func Approved(resolutions []Resolution, technique, group string) (Resolution, error) {
	var gone *Resolution
	for i := range resolutions {
		r := &resolutions[i]
		if r.Said.Sort != Technique || r.Said.Of != technique || r.Said.Group != "" && r.Said.Group != group {
			continue
		}
		if r.Withdrawn.IsZero() {
			return *r, nil
		}
		gone = r
	}
	if gone != nil {
		return Resolution{}, fault.New(fault.NotAllowed, "board.approval-withdrawn", "technique", technique, "group", named(group), "resolution", gone.Number, "on", gone.Withdrawn)
	}
	return Resolution{}, fault.New(fault.NotAllowed, "board.not-approved", "technique", technique, "group", named(group))
}

func named(group string) string {
	if group == "" {
		return "all"
	}
	return group
}
