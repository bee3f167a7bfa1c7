package store

import (
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
)

// File is evidence: a file that supports a claim or a draft. Its content lies
// sealed under the key of the claim: a small one among the claim's blobs (or
// here, until its act), a larger one on the shelf under the hash of what was
// sealed.
type File struct {
	ID      string         // 32 hexadecimal digits
	Draft   string         // the draft that it belongs to; "" once that is sent
	Claim   claim.ID       // the claim that it belongs to, or that its draft will become: its keys are sealed under it
	Version docket.Version // of the entry that names it; 0 for none
	Actor   string         // who began it
	State   evidence.State
	Class   string // personal, or sensitive
	Kind    string // by its content: pdf, jpeg; "" while unknown
	Size    int64  // in bytes, as announced; -1 where it wasn't
	Here    int64  // bytes that are here

	Object     string      // hexadecimal digits of the ciphertext's hash, on the shelf; "" for a small one
	Stored     int64       // bytes on the shelf
	Commitment docket.Hash // to salt and plaintext; zero until it is whole

	Begun   docket.Instant
	Changed docket.Instant // of its state, or of what is here
	Reason  string         // of a refusal: a code, and pairs of values as JSON; nothing that the file says

	Replaces   string // the file in whose place it was sent
	ReplacedBy string

	Facts  []byte // sealed: name, hash and salt
	Sealed []byte // sealed: the content of a small file that no entry names yet
}

// FilePart is a piece of a file that is still on its way.
type FilePart struct {
	File   string
	At     int64  // bytes before it
	Size   int64  // of its plaintext
	Object string // on the shelf; "" where Sealed has it
	Sealed []byte
}

// Custody is one line of what happened to a file.
type Custody struct {
	File    string
	Claim   claim.ID
	Number  int64 // of the file's lines, from 1
	Instant docket.Instant
	Actor   string
	What    string // an event's code: begun, received, clean …
	Reason  string
}

// FileReader reads files.
type FileReader interface {
	// File is one file, or ErrNone.
	File(id string) (File, error)
	// FilesOfDraft and FilesOfClaims are their files, in the order in which they
	// were begun; without facts and content.
	FilesOfDraft(draft string) ([]File, error)
	FilesOfClaims([]claim.ID) (map[claim.ID][]File, error)
	// BlockedClaims are those of these claims that have a file that blocks
	// review, neither replaced nor taken back.
	BlockedClaims([]claim.ID) ([]claim.ID, error)
	// FilesIn are files in one of these states whose last change lies before an
	// instant, oldest first; at most limit of them.
	FilesIn(states []evidence.State, before docket.Instant, limit int) ([]File, error)
	// CountFiles are the files in each state.
	CountFiles() (map[evidence.State]int64, error)
	// Parts are the pieces of a file, in order; without what is sealed.
	Parts(file string) ([]FilePart, error)
	// Part is one of them, whole.
	Part(file string, at int64) (FilePart, error)
	// Custody are the lines about a file, or about all of a claim's, oldest first.
	Custody(file string) ([]Custody, error)
	CustodyOfClaim(claim.ID) ([]Custody, error)
	// Objects are those of these names on the shelf that some file or part has.
	Objects(names []string) (map[string]bool, error)
}

// FileWriter writes them.
type FileWriter interface {
	// PutFiles adds files, or sets them.
	PutFiles(...File) error
	// DeleteFiles removes files, DeleteFilesOf those of claims and of drafts by
	// the claims that they would become, with their parts; their custody stays
	// unless they were no part of a claim. Both answer what lies on the shelf.
	DeleteFiles(ids ...string) (objects []string, err error)
	DeleteFilesOf([]claim.ID) (objects []string, err error)
	// PutPart adds a piece; ErrTaken where its place is taken.
	PutPart(FilePart) error
	// DeleteParts removes the pieces of a file and answers what lies on the shelf.
	DeleteParts(file string) (objects []string, err error)
	// AddCustody adds lines; their numbers are given here.
	AddCustody(...Custody) error
}
