// Package office is where everything meets: one file for one act. An act asks
// whether this actor may do it, loads, asks the domain, seals, appends the
// entry and writes the tables, all in one transaction; then it answers.
//
// The tables are written by folding the entry (tables.go), the same way as
// verify rebuilds them, so that an act can't leave a table that its entry
// doesn't explain.
package office

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/groupcommit"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// Item is one thing to seal: a claim's answers of one class, a trace.
type Item struct {
	Claim, Class, Name string
	Payload            []byte
	Salt               docket.Salt // of its commitment
}

// Sealed is an item at rest, with the commitment that the entry carries.
type Sealed struct {
	Claim, Class, Name string
	Blob               []byte
	Commitment         docket.Hash
}

// Unsealed is what one blob held, or why it could not be opened.
type Unsealed struct {
	Payload []byte
	Salt    docket.Salt // of its commitment
	Err     error
}

// SealedStream says what a stream came to.
type SealedStream struct {
	Commitment docket.Hash // to salt and plaintext
	Salt       docket.Salt
}

// Vault is what office asks of the strong-room.
type Vault interface {
	// Seal seals the items in their order. keep makes the new keys durable; it
	// is called before the act commits.
	Seal(ctx context.Context, items []Item) (sealed []Sealed, keep func(context.Context) error, err error)
	// Reserve gives the id of a claim to come, once, of which keys for these classes
	// are kept already; not ok where there is none.
	Reserve(classes []string) (claim string, ok bool)
	// SealNew is Seal for claims that have no keys yet, or those of Reserve. keep finds
	// it where one has others (vault.key-made-twice, vault.erased).
	SealNew(ctx context.Context, items []Item) (sealed []Sealed, keep func(context.Context) error, err error)
	// Open opens blobs in their order. What is sensitive it can't.
	Open(ctx context.Context, blobs []store.Blob) ([]Unsealed, error)
	// ForDesk takes the claim's own envelope off sensitive blobs: what is left
	// opens with the desk's key alone.
	ForDesk(ctx context.Context, blobs []store.Blob) ([]Unsealed, error)
	// Desk is the id of the desk's key; not ok where none is set.
	Desk() (id string, ok bool)
	// FollowDesk takes up the desk's key of this id where another process set it since,
	// and no other; not ok where it wasn't.
	FollowDesk(id string) (ok bool, err error)
	// SetDesk sets the desk's key, from its public line, and answers its id.
	SetDesk(public string) (id string, err error)
	// Destroy destroys all keys of these ids, of claims or drafts, and bars new
	// ones; it may be given again. Shredded are all ids of which that was ever
	// asked, also where an older copy of the database or of the keys was put back.
	Destroy(ctx context.Context, ids ...string) error
	Shredded(ctx context.Context) ([]string, error)
	// SealStream is Seal for what is larger than a blob may be; OpenStream is
	// Open, and holds what it gave to the commitment: only after nil is it known to
	// be whole. StreamForDesk takes the claim's own envelope off a sensitive one.
	SealStream(ctx context.Context, item Item, r io.Reader, w io.Writer) (stream SealedStream, keep func(context.Context) error, err error)
	OpenStream(ctx context.Context, item Item, commitment docket.Hash, r io.Reader, w io.Writer) error
	StreamForDesk(ctx context.Context, item Item, r io.Reader, w io.Writer) error
	// Keyless are those of these claims of which there is no key, and whose keys
	// were not destroyed either: nobody can read what is sealed of them.
	Keyless(ctx context.Context, claims []string) ([]string, error)
	// Damaged answers for each blob why it doesn't open, or isn't what is
	// committed to; nil for one that is whole. Nothing of it is given out: it is
	// no opening.
	Damaged(ctx context.Context, blobs []Committed) ([]error, error)
	// ErasedBy is the first day on which no copy of a key is left that is
	// destroyed today, not even in a backup of the key store.
	ErasedBy(today day.Date) day.Date
	// SealUnder seals under a key that the strong-room doesn't keep, bound to a
	// name; OpenUnder opens it. NewKey is a key for it.
	SealUnder(key []byte, name string, payload []byte) ([]byte, error)
	OpenUnder(key []byte, name string, sealed []byte) ([]byte, error)
	// SealStreamUnder and OpenStreamUnder do so for what is larger than a blob may be:
	// only after nil is what was opened known to be whole.
	SealStreamUnder(ctx context.Context, key []byte, name string, r io.Reader, w io.Writer) error
	OpenStreamUnder(ctx context.Context, key []byte, name string, r io.Reader, w io.Writer) error
	NewKey() []byte
	// KeyOf is such a key out of a random secret of at least 32 bytes, bound to a
	// name.
	KeyOf(secret []byte, name string) ([]byte, error)
	// SealTo seals to the public half of what such a secret gives (PublicOf), bound
	// to a name; the secret alone opens it (OpenBy).
	PublicOf(secret []byte, name string) ([]byte, error)
	SealTo(public []byte, name string, payload []byte) ([]byte, error)
	OpenBy(secret []byte, name string, sealed []byte) ([]byte, error)
	// Stretch makes of a claimant's code, slowly, a tag and a key.
	Stretch(ctx context.Context, code string) (tag, key []byte, err error)
	// Lookup is the keyed hash of a text within a domain.
	Lookup(domain, text string) []byte
	// NewCredential makes an actor's secret and its verifier.
	NewCredential(actor string) (secret string, verifier []byte, err error)
	// Verify reads a secret: whose it says it is, and its verifier.
	Verify(secret string) (actor string, verifier []byte, err error)
}

// Committed is a blob with what its entry commits to.
type Committed struct {
	store.Blob
	Commitment docket.Hash
}

// Tree is what office asks of the tree outside the database.
type Tree interface {
	Head() docket.TreeHead
	Extend(leaves []docket.TreeLeaf, at docket.Instant) (docket.TreeHead, error)
	Leaves(from int64) iter.Seq2[docket.TreeLeaf, error]
	Heads() iter.Seq2[docket.TreeHead, error]
	// Reread goes on from the last head on disk: another process may have
	// extended the tree.
	Reread() error
}

// Shelf is what office asks of the place where evidence rests that is too large for
// the database. What is put there is named by its own SHA-256.
type Shelf interface {
	Put(ctx context.Context, write func(io.Writer) error) (name string, size int64, err error)
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	Remove(ctx context.Context, names ...string) error
	// Old are the names of what was put before a moment.
	Old(ctx context.Context, before time.Time) iter.Seq2[string, error]
}

// Screening is what office asks of those who look into files.
type Screening interface {
	// Look says of what kind a file is and whether it can be used. name is what its
	// owner calls it. An error means that it couldn't look.
	Look(ctx context.Context, name string, content io.ReaderAt, size int64, archives bool) (evidence.Finding, error)
	// Scans reports whether a scanner for malware is set up; Scan asks it.
	Scans() bool
	Scan(ctx context.Context, content io.Reader) (infected bool, err error)
}

// Entropy fills out with bytes nobody can foresee. The label says what they
// are for: a real office ignores it; the demo derives them from seed and label,
// so that a run that was killed goes on to the same tree.
type Entropy func(label string, out []byte)

// Parts are what an office is made of.
type Parts struct {
	Store   store.Store
	Vault   Vault
	Tree    Tree
	Log     Log
	Carrier Carrier   // nil: no mail is sent
	Shelf   Shelf     // nil: no files are taken
	Screen  Screening // nil likewise
	Shared  bool      // other processes may act on the same docket
	Now     func() time.Time
	Entropy Entropy

	Registries []Registry // of other bodies, that may be asked; nil for none
}

// Office carries out acts. It may be used by many at once.
type Office struct {
	Parts

	mu       sync.Mutex
	editions map[docket.Hash]*rulebook.Edition // owned by mu
	sequence sync.Mutex                        // one sequencer

	publishing sync.Mutex // one publisher, from its head to the public checkpoint

	roll       wholeRecord[roll.Fact, *roll.Record]
	names      rollNames
	factsInAct int // MostInOneAct, but for a test

	tried atomic.Int64 // countings of tries

	preparing *groupcommit.Group[*preparing]
	together  *groupcommit.Group[*preparing] // each is filed as soon as it is ready
	filing    *groupcommit.Group[*filingCall]
	filers    atomic.Int64 // calls under way that prepare a few claims and file them
	heard     heard
}

// New makes an office of its parts.
func New(parts Parts) *Office {
	o := &Office{Parts: parts, editions: map[docket.Hash]*rulebook.Edition{}, factsInAct: MostInOneAct}
	o.preparing = groupcommit.NewAmong(callsTogether, o.prepareJobs, o.yields)
	o.together = groupcommit.NewAmong(callsTogether, o.prepareAndFileJobs, o.yields)
	o.filing = groupcommit.NewAmong(callsTogether, o.fileJobs, o.yields)
	return o
}

// instant is now, as entries write it.
func (o *Office) instant() docket.Instant { return docket.At(o.Now()) }

// salt draws the salt for what stands at label.
func (o *Office) salt(label string) docket.Salt {
	var s docket.Salt
	o.Entropy(label, s[:])
	return s
}

// edition compiles the edition of this hash, and keeps it. Its bytes stay in the
// installation, so that a newer binary can't change an old decision.
func (o *Office) edition(r store.Reader, hash docket.Hash) (*rulebook.Edition, error) {
	o.mu.Lock()
	known, ok := o.editions[hash]
	o.mu.Unlock()
	if ok {
		return known, nil
	}
	// Not under mu: a database that answers late would hold up those who need
	// nothing of it. At worst two compile the same edition.
	source, err := r.EditionBytes(hash)
	if err != nil {
		return nil, fmt.Errorf("read edition %s: %w", hash, err)
	}
	e, err := rulebook.Parse("edition "+hash.String(), source)
	if err != nil {
		return nil, fmt.Errorf("compile edition %s: %w", hash, err)
	}
	if docket.Hash(e.Hash) != hash {
		return nil, fault.New(fault.Unsound, "office.edition-differs", "edition", hash)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if first, ok := o.editions[hash]; ok {
		return first, nil // one for all: who prepared under an edition files under the same
	}
	o.editions[hash] = e
	return e, nil
}

// facts is the JSON of what a kind says; sealing the entry makes it canonical.
func facts(v any) (json.RawMessage, error) {
	if raw, written := v.(json.RawMessage); written {
		return raw, nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write facts: %w", err)
	}
	if string(raw) == "{}" {
		return nil, nil
	}
	return raw, nil
}
