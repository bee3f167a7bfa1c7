// Package flaw names deliberate mistakes, so that the simulation can show that
// it finds them. Each is one line at the place where somebody might make it.
// In a program as it is built for use no flaw can be on: On is a constant false
// there, and the compiler leaves the line out. Only the build tag "flaws" makes
// them choosable (chosen.go).
package flaw

// Name is one deliberate mistake.
type Name string

// The mistakes.
const (
	AnswerLost        Name = "answer-lost"         // the first answer isn't kept with the key
	AnyBody           Name = "any-body"            // a key with another body gets the first answer
	WithdrawnDecided  Name = "withdrawn-decided"   // an adoption decides claims withdrawn since the proposal
	OwnProposal       Name = "own-proposal"        // who proposed may adopt
	OneForTwo         Name = "one-for-two"         // the second person may be the first
	EndedActs         Name = "ended-acts"          // who was ended may act
	AnyCapacity       Name = "any-capacity"        // the capacity isn't asked
	SliceOffByOne     Name = "slice-off-by-one"    // a round pays a cent more than the slice
	RoundLeavesLast   Name = "round-leaves-last"   // a payment that takes all the money is passed over
	SettledTwice      Name = "settled-twice"       // the bank's answer counts each time it comes
	ReturnNotOwed     Name = "return-not-owed"     // what came back isn't owed again
	KeysNotKept       Name = "keys-not-kept"       // an act commits before its keys are durable
	SequencerSkips    Name = "sequencer-skips"     // of several entries that wait after a crash, one gets no leaf
	TableNotWritten   Name = "table-not-written"   // an act leaves the payments' table as it was
	DeadlineEarly     Name = "deadline-early"      // drafts go a day before their day
	LegalDayUTC       Name = "legal-day-utc"       // the legal day is that of Greenwich
	NumberTwice       Name = "number-twice"        // the last number given isn't kept with the act
	SecretPublic      Name = "secret-public"       // personal answers stand in the entry
	ErasureLeavesBlob Name = "erasure-leaves-blob" // an erasure leaves what was sealed
	HoldIgnored       Name = "hold-ignored"        // what is held is erased
	ReadingUnlogged   Name = "reading-unlogged"    // what a person reads isn't in the reading log
	TwoInstalments    Name = "two-instalments"     // a proposal takes claims that stand in another one
	AnswerAfter       Name = "answer-after"        // the first answer is kept after the act has committed
	GateOpen          Name = "gate-open"           // the commission acts whether its convention is in force or not
)

// All lists them.
func All() []Name {
	return []Name{
		AnswerLost, AnyBody, WithdrawnDecided, OwnProposal, OneForTwo, EndedActs, AnyCapacity, SliceOffByOne,
		RoundLeavesLast, SettledTwice, ReturnNotOwed, KeysNotKept, SequencerSkips, TableNotWritten, DeadlineEarly,
		LegalDayUTC, NumberTwice, SecretPublic, ErasureLeavesBlob, HoldIgnored, ReadingUnlogged, TwoInstalments, AnswerAfter, GateOpen,
	}
}
