package office

import (
	"context"
	"errors"
	"io"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
)

// FileOwner is what a file belongs to: a draft, or a claim. Exactly one of the
// two is set.
type FileOwner struct {
	Draft string   // id of a draft
	Claim claim.ID // of a claim that is on file
}

// FileFacts is what is said of a file before it comes.
type FileFacts struct {
	Name      string // as the person's device calls it; it rests sealed
	Size      int64  // in bytes; -1 where it isn't known
	Sensitive bool   // it belongs to an answer of the class sensitive: once it is whole it is sealed to the desk
	Archives  bool   // a zip may be sent: for representatives
	Replaces  string // id of the owner's file in whose place it comes; "" for none
}

// File is one file as its owner and the officers see it.
type File struct {
	ID    string // 32 hexadecimal digits, random
	Owner FileOwner
	Name  string // "" where it can't be opened any more
	State evidence.State
	Kind  string // by its content: pdf, jpeg, docx; "" while unknown
	Size  int64  // as announced, or what came; -1 while unknown
	Here  int64  // bytes that are here, durable: where an upload goes on

	Reason string         // "", or why it can't be used: a code of the catalogue (evidence.refused.…)
	Values []any          // of its sentence: pairs
	SHA256 docket.Hash    // of the content; zero until it is whole
	Salt   docket.Salt    // of the commitment that the entry carries
	Entry  docket.Version // of the claim's stream that names it; 0 for none yet

	Begun   docket.Instant
	Changed docket.Instant

	Replaces, ReplacedBy string
}

// Next is what is to be done about it.
func (f File) Next() evidence.Next { return f.State.Next() }

// BeginFile announces a file. Nothing of it is here yet; its id is what
// AppendFile and FinishFile are given. A draft's files are sealed under the key
// of the claim that it will become.
//
// Faults: draft.none or claim.none for another's; evidence.too-large;
// evidence.too-many past MostFiles; evidence.not-replaceable.
func (o *Office) BeginFile(ctx context.Context, by By, owner FileOwner, facts FileFacts) (File, error) {
	return File{}, errFilesToCome
}

// AppendFile takes what comes at an offset, which must be File.Here, and answers
// how much is here and durable: also beside an error, where the line broke amid
// the reading. Memory stays the same whatever comes.
//
// Faults: evidence.offset (the offset isn't Here), evidence.too-large,
// evidence.none, evidence.settled (it is whole already).
func (o *Office) AppendFile(ctx context.Context, by By, id string, offset int64, r io.Reader) (here int64, err error) {
	return 0, errFilesToCome
}

// FinishFile says that all of it is here: it is looked into, hashed and sealed;
// what is refused goes at once, and the answer says why (State, Reason). The
// check for malware comes after, unless the answer says otherwise. Of a claim
// that was sent already it becomes a part by an entry of its own. Asked again it
// answers how the file stands.
func (o *Office) FinishFile(ctx context.Context, by By, id string) (File, error) {
	return File{}, errFilesToCome
}

// File is one file, and Files all of an owner's, in the order in which they were
// begun, those that were replaced included.
func (o *Office) File(ctx context.Context, by By, id string) (File, error) {
	return File{}, errFilesToCome
}

// Files are all files of an owner.
func (o *Office) Files(ctx context.Context, by By, owner FileOwner) ([]File, error) {
	return nil, errFilesToCome
}

// OpenFile gives out the content of a file; where it is a claim's, under a line
// of the reading log. The reader must be closed. What it gives is known to be
// whole when it ends without an error. Nothing infected or unchecked is opened.
func (o *Office) OpenFile(ctx context.Context, by By, id, purpose string) (File, io.ReadCloser, error) {
	return File{}, nil, errFilesToCome
}

// DiscardFile takes a file back that no entry names: it goes without a trace.
// One that a claim's entry names stays; it can be replaced.
func (o *Office) DiscardFile(ctx context.Context, by By, id string) error { return errFilesToCome }

// SendDraft attaches the files of the draft (file_claim.go, drafts.go): those
// that have arrived stand in claim.filed.v1, the others follow by
// evidence.added.v1 when they are whole.

var errFilesToCome = errors.New("the signatures stand, the acts follow on this branch")
