// Package evidence knows how far a file that supports a claim has come, and what
// its owner can do next. It sees no content, no name and no clock.
package evidence

import "github.com/openchancery/chancery/fault"

// State is how far a file has come. Each has its words in the catalogue
// (evidence.state.…), and what to do next (evidence.next.…).
type State string

// The states. Those after Quarantined say that a file can't be used, and why.
const (
	Receiving   State = "receiving"   // begun: some of it may be here
	Stalled     State = "stalled"     // nothing has come for a while; it can go on where it stopped
	Waiting     State = "waiting"     // whole, of a kind that is taken, its hash is known; it waits for the check for malware
	Clean       State = "clean"       // checked
	Quarantined State = "quarantined" // whole and readable; no scanner is set up, so whoever opens it is warned

	Infected   State = "infected"    // the scanner found malware
	Unreadable State = "unreadable"  // damaged or cut short
	WrongKind  State = "wrong-kind"  // of a kind that isn't taken
	Mismatch   State = "mismatch"    // the name says one kind, the content another
	Encrypted  State = "encrypted"   // under a password
	Empty      State = "empty"       // nothing in it
	TooLarge   State = "too-large"   // past the limit
	Archive    State = "archive"     // an archive that unpacks to too much, into others' folders, or into archives
	PixelFlood State = "pixel-flood" // a picture that would fill the memory of whoever opens it
	Failed     State = "failed"      // we couldn't check it: our fault, and ours to mend
)

// States lists them, for the tests of the catalogue.
func States() []State {
	return []State{
		Receiving, Stalled, Waiting, Clean, Quarantined,
		Infected, Unreadable, WrongKind, Mismatch, Encrypted, Empty, TooLarge, Archive, PixelFlood, Failed,
	}
}

// Next is what the owner of a file can do, or has to wait for.
type Next string

// What can be next.
const (
	Nothing Next = "nothing" // it is in order
	Wait    Next = "wait"    // for us
	Resume  Next = "resume"  // choose the same file again: it goes on where it stopped
	Replace Next = "replace" // send another in its place
)

// Next says what is to be done about a file in this state.
func (s State) Next() Next {
	switch s {
	case Clean, Quarantined:
		return Nothing
	case Waiting, Failed:
		return Wait
	case Receiving, Stalled:
		return Resume
	}
	return Replace
}

// Arrived reports whether all of the file is here and is kept: it is part of the
// claim from then on, also where a scanner finds later that nobody should open it.
func (s State) Arrived() bool {
	switch s {
	case Waiting, Clean, Quarantined, Infected, Failed:
		return true
	}
	return false
}

// Coming reports whether more of the file is expected.
func (s State) Coming() bool { return s == Receiving || s == Stalled }

// Blocks reports whether a claim with such a file, neither replaced nor taken
// back, waits for its claimant before anybody reviews it.
func (s State) Blocks() bool { return s.Next() == Replace }

// Opens reports whether somebody may open the file: nothing that is infected or
// waits for its check is given out.
func (s State) Opens() bool { return s == Clean || s == Quarantined }

// Event is what happens to a file.
type Event string

// The events.
const (
	More      Event = "more"       // bytes came
	Silence   Event = "silence"    // none came for a while
	Whole     Event = "whole"      // all is here, and its content is of a kind that is taken
	Refused   Event = "refused"    // all is here, and it can't be used: the state says why
	Passed    Event = "passed"     // the scanner found nothing
	Found     Event = "found"      // the scanner found malware
	NoScanner Event = "no-scanner" // none is set up
	GaveUp    Event = "gave-up"    // the scanner didn't answer, as often as it was asked
	Again     Event = "again"      // somebody has it checked once more
)

// After is the state after an event; verdict is the state that a refusal leads to.
//
// Fault: evidence.state-event for an event that can't happen in this state.
func (s State) After(e Event, verdict State) (State, error) {
	switch {
	case e == More && s.Coming():
		return Receiving, nil
	case e == Silence && s == Receiving:
		return Stalled, nil
	case e == Whole && s.Coming():
		return Waiting, nil
	case e == Refused && s.Coming() && verdict.Next() == Replace && verdict != Infected:
		return verdict, nil
	case e == Passed && s.unjudged():
		return Clean, nil
	case e == Found && s.unjudged():
		return Infected, nil
	case e == NoScanner && s.unjudged():
		return Quarantined, nil
	case e == GaveUp && s == Waiting:
		return Failed, nil
	case e == Again && (s == Failed || s == Quarantined):
		return Waiting, nil
	}
	return s, fault.New(fault.Conflict, "evidence.state-event", "state", string(s), "event", string(e))
}

// unjudged reports whether the check for malware is still due: one that couldn't be
// checked is tried further.
func (s State) unjudged() bool { return s == Waiting || s == Failed }

// Finding is what a look into a file came to.
type Finding struct {
	Kind    string // of the content, by its ending: pdf, jpeg, docx; "" where none is known
	Verdict State  // "" where it can be used
	Code    string // of the reason: evidence.refused.…; "" with no verdict
	Values  []any  // pairs for its sentence: numbers and kinds, nothing that the file says
}

// Refuse is a finding that a file can't be used.
func Refuse(verdict State, kind, code string, values ...any) Finding {
	return Finding{Kind: kind, Verdict: verdict, Code: code, Values: values}
}
