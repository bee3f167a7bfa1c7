package store

import (
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
)

// Correspondence is what passes between the house and a claimant after the
// claim was sent. None of it is an act: letters tell of acts, clocks are
// reckoned from them, and a pause is one that isn't there yet.

// LetterState is how far a letter has come on its way out of the house. On the
// claimant's page it stands from the beginning.
type LetterState string

// The states of a letter.
const (
	LetterShown   LetterState = "shown"   // on the page, and goes no other way
	LetterQueued  LetterState = "queued"  // a job sends word of it
	LetterSent    LetterState = "sent"    // the mail server took the word of it
	LetterBounced LetterState = "bounced" // the mail server refused it for good
	LetterToPrint LetterState = "to-print"
	LetterPrinted LetterState = "printed"
)

// Letter is what a claimant is told, sealed under the claim's key.
type Letter struct {
	ID         string // 32 hexadecimal digits
	Claim      claim.ID
	Programme  string
	On         string         // what it tells of: an event, as rulebooks name it, or reminder:DEADLINE
	Version    docket.Version // of the claim's event that it tells of
	Instalment int64          // of a decision; else 0
	Language   string
	Made       docket.Instant
	Code       []byte // keyed hash of the code by which anybody finds out that it is ours
	State      LetterState
	Moved      docket.Instant // since when it stands so
	Goes       day.Date       // the first day on which it is gone; zero: with the claim
	Sealed     []byte
}

// Contact is what a claimant told us of how to reach them, sealed.
type Contact struct {
	Claim   claim.ID
	Changed docket.Instant
	Sealed  []byte
}

// Pause is a claim that its claimant thinks of withdrawing.
type Pause struct {
	Claim claim.ID
	Asked docket.Instant
}

// Clock is a deadline that runs on a claim.
type Clock struct {
	Claim     claim.ID
	Deadline  string // of the claim's edition
	Programme string
	For       string         // claimant, register, commission or fund
	Version   docket.Version // of the event that it runs from
	Ends      day.Date       // the last day
	Warn      day.Date       // from when whom it runs for is told; zero: nobody is, or was already
	Over      bool           // the last day has passed
}

// Pace is how many claims of a category took so many days from their filing to
// a step.
type Pace struct {
	Programme string
	Category  string
	Step      string // an event, as rulebooks name it
	Days      int64
	Claims    int64
}

// CorrespondenceReader reads it.
type CorrespondenceReader interface {
	// Letter is the letter with this id, or ErrNone; LetterByCode that with this
	// keyed hash; Letters are those of a claim, oldest first.
	Letter(id string) (Letter, error)
	LetterByCode(code []byte) (Letter, error)
	Letters(claim.ID) ([]Letter, error)
	// LettersIn are letters of a programme in a state, in the order of their
	// ids behind after; of one instalment, or of all with 0. At most limit.
	LettersIn(programme string, state LetterState, instalment int64, after string, limit int) ([]Letter, error)
	// GoneLetters are the ids of the letters that go on this day or before.
	GoneLetters(on day.Date, limit int) ([]string, error)
	// Contact and Pause are those of a claim, or ErrNone.
	Contact(claim.ID) (Contact, error)
	Pause(claim.ID) (Pause, error)
	// SetOf are the claims that were sent together with this one, it included, as
	// they were sent; none where it was sent alone.
	SetOf(claim.ID) ([]claim.ID, error)
	// Clocks are those that run on a claim; DueClocks those of a programme of
	// which somebody is to be told on this day, or that ended before it and aren't
	// over yet; OverClocks those that are over, the oldest first. At most limit.
	Clocks(claim.ID) ([]Clock, error)
	DueClocks(programme string, on day.Date, limit int) ([]Clock, error)
	OverClocks(programme string, limit int) ([]Clock, error)
	// Paces are those of a category, by step and days.
	Paces(programme, category string) ([]Pace, error)
}

// CorrespondenceWriter writes it.
type CorrespondenceWriter interface {
	// AddLetters adds letters. Of a claim's event there is one letter: a second
	// one is not added.
	AddLetters([]Letter) error
	// MoveLetter sets the state of a letter, which must be in the one given: else
	// nothing is changed.
	MoveLetter(id string, from, to LetterState, at docket.Instant) error
	// TimeLetters sets the day on which all letters of a claim go; zero: with it.
	TimeLetters(map[claim.ID]day.Date) error
	DeleteLetters(ids []string) error
	PutContact(Contact) error
	PutPause(Pause) error
	DeletePause(claim.ID) error
	// PutSet keeps that claims were sent together; LeaveSet takes one out, when it
	// gets a code of its own.
	PutSet(tag string, claims []claim.ID) error
	LeaveSet(claim.ID) error
	// PutClocks adds clocks, or sets them; StopClocks takes out those of claims
	// that run from an earlier event than each one's version.
	PutClocks([]Clock) error
	StopClocks(map[claim.ID]docket.Version) error
	// AddPaces adds to the counts.
	AddPaces([]Pace) error
	// DeleteCorrespondence removes letters, contacts, pauses and clocks of these
	// claims, and takes them out of their sets.
	DeleteCorrespondence([]claim.ID) error
}
