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
	Archives   bool // a zip may be sent

	Facts  []byte // sealed: name, hash and salt
	Sealed []byte // sealed: the content of a small file that no entry names yet
}

// Blocks reports whether the claim waits for its claimant on account of this
// file: it can't be used, and none has come in its place.
func (f File) Blocks() bool { return f.ReplacedBy == "" && f.State.Blocks() }

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
	Claim   claim.ID // as in its file
	File    string
	Number  int64 // of the file's lines, from 1; 0 where it is added: the next
	Instant docket.Instant
	Actor   string
	What    string // a code: begun, received, clean …
	Reason  string
}

// FileReader reads files.
type FileReader interface {
	// File is one file, or ErrNone.
	File(id string) (File, error)
	// FilesOfDraft are a draft's files, FilesOfClaims those of claims, in the
	// order in which they were begun; without their content.
	FilesOfDraft(draft string) ([]File, error)
	FilesOfClaims([]claim.ID) (map[claim.ID][]File, error)
	// NamedFiles are the files that an entry names, by claim and id, behind one; at
	// most limit of them, without their content.
	NamedFiles(claim claim.ID, id string, limit int) ([]File, error)
	// BlockedClaims are those of these claims that have a file which blocks
	// review and was not replaced, by id.
	BlockedClaims([]claim.ID) ([]claim.ID, error)
	// FilesIn are files in a state whose last change lies before an instant,
	// oldest first, at most limit of them; without their content.
	FilesIn(state evidence.State, before docket.Instant, limit int) ([]File, error)
	// CountFiles are the files in each state.
	CountFiles() (map[evidence.State]int64, error)
	// FileParts are the pieces of a file, in order; without what is sealed.
	FileParts(file string) ([]FilePart, error)
	// FilePart is one of them, whole, or ErrNone.
	FilePart(file string, at int64) (FilePart, error)
	// Custody are the lines about a claim's files, by file, oldest first.
	Custody(claim.ID) ([]Custody, error)
	// ShelvedObjects are those of these names on the shelf that a file, a part
	// or a spreadsheet has.
	ShelvedObjects(names []string) (map[string]bool, error)
	// ShelvedNames are the objects that files have on the shelf, in their order,
	// behind one; at most limit of them. Those of pieces aren't among them.
	ShelvedNames(behind string, limit int) ([]string, error)
}

// FileWriter writes them.
type FileWriter interface {
	// AddFiles adds files; ErrTaken where one is there.
	AddFiles([]File) error
	// PutFile sets a file that is there.
	PutFile(File) error
	// DeleteFiles removes files and their parts, and answers what of them lies on
	// the shelf; DeleteFilesOf does so for all files of claims, or of the drafts
	// that would have become them. Custody stays where an entry names the file.
	DeleteFiles(ids ...string) (objects []string, err error)
	DeleteFilesOf([]claim.ID) (objects []string, err error)
	// AddFilePart adds a piece; ErrTaken where its place is taken.
	AddFilePart(FilePart) error
	// DeleteFileParts removes the pieces of a file and answers what of them lies
	// on the shelf.
	DeleteFileParts(file string) (objects []string, err error)
	// AddCustody adds lines.
	AddCustody([]Custody) error
}
