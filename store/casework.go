package store

import (
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
)

// Casework is what officers keep about claims while they work on them: no act,
// no part of the record, and undone at will. It goes with the claim when that
// is erased.

// QueueQuery asks for claims as officers work through them, oldest first.
type QueueQuery struct {
	Programme string
	Standing  claim.Standing // "" only where Assigned or Flag is set
	Category  string         // "" for all
	Assigned  string         // to this actor; "" for all
	Flag      string         // that bear this flag; "" for all
	Nobodys   bool           // only those that are assigned to nobody
	After     string         // cursor of the last page; "" for the first
	Limit     int            // at most this many; at least 1
}

// Assignment says whose work a claim is.
type Assignment struct {
	Claim     claim.ID
	Programme string
	Actor     string // whose work it is
	By        string // who said so
	At        docket.Instant
}

// Flag marks a claim for somebody's eyes. Its name is one of office's list.
type Flag struct {
	Claim     claim.ID
	Programme string
	Flag      string
	By        string
	At        docket.Instant
}

// Note is what an officer wrote about a claim, sealed under the claim's key. One
// that is for somebody is a task.
type Note struct {
	Claim  claim.ID
	Number int64 // from 1, within the claim
	By     string
	At     docket.Instant
	For    string   // whose task it is; "" for a note
	Due    day.Date // of a task; zero: none
	Done   bool     // of a task
	Sealed []byte
}

// Filter is a queue that an officer asks for again and again, as the query of
// its page.
type Filter struct {
	Actor, Name, Query string
}

// Proposal is an act over claims that waits for a second person. A claim is in
// one at most.
type Proposal struct {
	ID        string // 32 hexadecimal digits
	Programme string
	Act       string
	About     string // what it takes beside the claims: the query of a list; "" for nothing
	Actor     string // who proposes
	Means     string // how they were known
	At        docket.Instant
	Claims    []ProposedClaim

	Second      string         // who consented; "" while nobody has
	SecondMeans string         // how they were known
	Consented   docket.Instant // zero while nobody has

	Mark []byte // keyed hash over all of it, so that nobody writes one into the table
}

// ProposedClaim is a claim of a proposal, with the version that was looked at.
type ProposedClaim struct {
	Claim   claim.ID
	Version docket.Version
}

// Feature says that a claim has an answer with this keyed hash.
type Feature struct {
	Tag   []byte
	Claim claim.ID
}

// CaseworkReader reads casework.
type CaseworkReader interface {
	// Queue is one page and the cursor of the next, "" after the last: by the
	// instant of filing, or of the assignment or flag that was asked for, and
	// the id. A cursor of another form is ErrNone.
	Queue(QueueQuery) ([]claim.Claim, string, error)
	// Waiting counts the claims that stand so, of one category or ("") of all,
	// and stops counting at most.
	Waiting(programme string, standing claim.Standing, category string, most int) (int, error)
	// Assignments and Flags are those of these claims.
	Assignments(ids []claim.ID) (map[claim.ID]Assignment, error)
	Flags(ids []claim.ID) (map[claim.ID][]Flag, error)
	// Notes are those of a claim, oldest first.
	Notes(claim.ID) ([]Note, error)
	// Tasks are an actor's that are not done: those without a day last, the
	// earliest first.
	Tasks(actor string, limit int) ([]Note, error)
	// Filters are an actor's, by name.
	Filters(actor string) ([]Filter, error)
	// Proposal is the one with this id, or ErrNone.
	Proposal(id string) (Proposal, error)
	// Proposals are those of a programme, oldest first, without their claims, at
	// most limit of them.
	Proposals(programme string, limit int) ([]Proposal, error)
	// Proposed are the proposals that these claims are in, by claim.
	Proposed(ids []claim.ID) (map[claim.ID]string, error)
	// Featured are the claims with a feature, by id, at most limit of them.
	Featured(tag []byte, limit int) ([]claim.ID, error)
}

// CaseworkWriter writes it.
type CaseworkWriter interface {
	PutAssignment(Assignment) error
	DropAssignment(claim.ID) error
	PutFlag(Flag) error
	DropFlag(id claim.ID, flag string) error
	// PutNote adds a note, or sets it.
	PutNote(Note) error
	DropNote(id claim.ID, number int64) error
	PutFilter(Filter) error
	DropFilter(actor, name string) error
	// AddProposal adds a proposal; ErrTaken when one of its claims is in another.
	AddProposal(Proposal) error
	// ConsentToProposal sets who consented, when, and the mark.
	ConsentToProposal(Proposal) error
	DropProposal(id string) error
	// AddFeatures adds features; one that is there already is the same.
	AddFeatures([]Feature) error
	DropFeatures(ids []claim.ID) error
	// DropCasework takes out all that stands here of these claims.
	DropCasework(ids []claim.ID) error
}
