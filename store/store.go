// Package store is what office asks of a database: a handful of questions and
// writes in the domain's own types, all within one transaction. Adapters stand
// in folders named for their technology (store/sqlite); store/storetest is the
// one suite that each of them must pass. Adapters share no code: they share
// that suite.
package store

import (
	"context"
	"errors"
	"iter"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/commission"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/money"
)

// ErrNone answers a question about something that isn't there.
var ErrNone = errors.New("no such record")

// ErrTaken refuses a write whose place is taken: another act got there first
// (an entry at the same stream and version, a claim that moved on). The caller
// loads again and decides anew, or tells the asker.
var ErrTaken = errors.New("another act took this place first")

// ErrAgain says that a transaction met another one, or went down with it, and
// nothing of it is there: run the act again.
var ErrAgain = errors.New("the transaction met another one")

// ErrAway says that the database doesn't answer: nothing of the act is there,
// unless ErrUnknown says otherwise.
var ErrAway = errors.New("the database doesn't answer")

// ErrUnknown says that the connection was lost while a transaction committed:
// all of it is there, or nothing.
var ErrUnknown = errors.New("whether the transaction was committed is not known")

// Store is one installation's database.
type Store interface {
	// Write runs act in one transaction. When it returns nil, everything that
	// act wrote is durable; when it returns an error, nothing of it is there,
	// but for ErrUnknown.
	//
	// A store may run acts one after another, or in parallel. Of two acts that
	// write at the same place (a stream's next version, a claim, a number, a
	// key, a programme's last serial, an account's balance) only one is done;
	// the other is refused with ErrTaken or ErrAgain, and when it is run again
	// it sees what the first did. An act that begins after the end of an actor
	// or the opening of an edition was answered sees it, and none that began
	// before ends later. What a write finds taken may be said where it is made,
	// at a later question or by Write itself; the act fails in any case.
	Write(ctx context.Context, act func(Tx) error) error
	// Read runs look on one consistent state, beside writers.
	Read(ctx context.Context, look func(Reader) error) error
	// Scrub makes what was deleted unreadable in the database's own files, as
	// far as the engine reaches; another call may be needed while somebody
	// reads (store.log-not-cut).
	Scrub(ctx context.Context) error
	// Tables is the one list of every table, with its class.
	Tables() []Table
	// Rows prints each row of a derived table, in the order of its key, for
	// the comparison with a rebuilt one.
	Rows(ctx context.Context, table string) iter.Seq2[string, error]
	// CopyOut gives whole tables of one consistent state, that of the moment in
	// which it is called, beside writers.
	CopyOut(ctx context.Context, look func(Copier) error) error
	// CopyIn adds rows to a table, as a Copier gave them, in one transaction;
	// columns are those of the values, in any order. Where a row's key is taken
	// it is ErrTaken, and none of them is added; a table or column that isn't
	// there is ErrNone.
	CopyIn(ctx context.Context, table string, columns []string, rows [][]any) error
	Leases
	// Close gives the database free. What was written stays.
	Close() error
}

// Copier reads whole tables as they stand, for backup, restore and move. It is
// of use within CopyOut only.
type Copier interface {
	// Columns are all columns of a table, those of the key first and seq
	// included; ErrNone for a table that isn't there.
	Columns(table string) ([]string, error)
	// Rows are the rows of a table in the order of the key, each with a value
	// for each of Columns: an int64, a string or a []byte, never nil. Whoever
	// asks may keep them.
	Rows(table string) iter.Seq2[[]any, error]
}

// Class says where a table's truth lies.
type Class string

// The classes of tables.
const (
	Docket  Class = "docket"  // the record itself: inserted, never changed
	Derived Class = "derived" // rebuilt from the docket, and compared by verify --rebuild
	Kept    Class = "kept"    // neither: each with its reason
)

// Table is one table of the schema.
type Table struct {
	Name   string
	Class  Class
	Reason string // why it is kept, or what it is derived from
}

// Reader is what can be asked.
type Reader interface {
	DocketReader
	DamageReader
	ClaimReader
	OfficeReader
	FundReader
	ReadingReader
	JobReader
	FactReader
	LeaseReader
	CorrespondenceReader
	BoardReader
	OwnDraftReader
	BoardReader
	CaseworkReader
	SessionReader
	TriesReader
	SignInReader
	FileReader
	TokenReader
	FilingReader
	WebhookReader
	MandateReader
	PaperReader
	SheetReader
}

// Tx is what an act can ask and write.
type Tx interface {
	Reader
	DocketWriter
	ClaimWriter
	OfficeWriter
	FundWriter
	ReadingWriter
	JobWriter
	FactWriter
	LeaseWriter
	CorrespondenceWriter
	BoardWriter
	OwnDraftWriter
	BoardWriter
	CaseworkWriter
	SessionWriter
	TriesWriter
	SignInWriter
	FileWriter
	TokenWriter
	FilingWriter
	WebhookWriter
	MandateWriter
	PaperWriter
	SheetWriter
}

// Leaf is an entry's place in the tree.
type Leaf struct {
	Number     int64 // from 0
	Ref        docket.Ref
	Commitment docket.Hash
}

// LeafEntry is a leaf with the entry it stands for; Found is false when the
// docket has no row there, which verify reports.
type LeafEntry struct {
	Leaf
	Entry docket.Entry
	Found bool
}

// AnnexRow is a row with the commitment that stands beside it in the table.
type AnnexRow struct {
	docket.Row
	Stored docket.Hash
}

// Step is one item of a stream's history: an entry of its own, or a row of a
// bulk act's annex with the entry that owns it.
type Step struct {
	Entry docket.Entry // the entry, or the owner of the annex
	Row   *docket.Row  // nil for an entry of its own
	Root  docket.Hash  // of the annex
}

// DocketReader reads the record.
type DocketReader interface {
	// Entry is the entry at a place, or ErrNone.
	Entry(docket.Ref) (docket.Entry, error)
	// LastVersion is the version of a stream's last entry; 0 for none. It
	// doesn't see annex rows: a claim's own version stands in the claim.
	LastVersion(docket.Stream) (docket.Version, error)
	// History is all of a stream, oldest first.
	History(docket.Stream) ([]Step, error)
	// AnnexRows are the rows under a root, in order.
	AnnexRows(root docket.Hash) iter.Seq2[AnnexRow, error]
	// AnnexRoots is each root under which rows stand, once, in order: verify
	// asks which entry carries it.
	AnnexRoots() iter.Seq2[docket.Hash, error]
	// Unsequenced are the entries that have no leaf yet, in an order that keeps
	// each stream's versions.
	Unsequenced() iter.Seq2[docket.Entry, error]
	// Leaf is an entry's place in the tree; ErrNone while it waits for one.
	Leaf(docket.Ref) (Leaf, error)
	// Leaves are the leaves from a number on, each with its entry.
	Leaves(from int64) iter.Seq2[LeafEntry, error]
	// TreeSize is the number of leaves.
	TreeSize() (int64, error)
	// Strays are the first places that stand in the docket without a leaf and
	// without waiting for one, or that stand in an annex as well as in the
	// docket: what somebody slipped in. At most some thousands are listed.
	Strays() ([]docket.Ref, error)
}

// DocketWriter appends to the record; nothing in it is ever changed.
type DocketWriter interface {
	// Append adds entries; ErrTaken when a place is taken.
	Append(...docket.Entry) error
	// AppendAnnex adds the rows of the annex that owner carries.
	AppendAnnex(owner docket.Ref, root docket.Hash, rows []docket.Row) error
	// AddLeaves gives entries their leaves; they leave the unsequenced.
	AddLeaves([]Leaf) error
}

// ClaimQuery asks for claims in the order standing, filing, id.
type ClaimQuery struct {
	Programme string
	Standing  claim.Standing // "" for all
	After     string         // cursor of the last page; "" for the first
	Limit     int            // at most this many; at least 1
}

// Tally counts claims that are alike in everything the figures show. Its
// amounts are in minor units of its currency.
type Tally struct {
	Programme string
	Category  string
	Standing  claim.Standing
	Outcome   claim.Outcome
	Reported  bool
	Currency  money.Currency // of the awards; "" where there are none, or none stated

	Claims     int64
	Stated     int64 // awards that state an amount
	Awarded    int64
	Paid       int64
	PaidClaims int64 // claims with anything paid
	Owed       int64 // of our own awards, what isn't paid yet
	OwedClaims int64
}

// ClaimReader reads the claims' tables.
type ClaimReader interface {
	// Claims are the claims with these ids, in the order asked; ErrNone names
	// none of them missing: every id must be there.
	Claims(ids []claim.ID) ([]claim.Claim, error)
	// FindClaim takes a reference or a number, exactly as it stands.
	FindClaim(text string) (claim.Claim, error)
	// ClaimPage is one page and the cursor of the next, "" after the last.
	ClaimPage(ClaimQuery) ([]claim.Claim, string, error)
	// InstalmentClaims are the claims of an instalment that stand so, in the
	// order of their numbers.
	InstalmentClaims(programme string, instalment int64, standing claim.Standing) iter.Seq2[claim.Claim, error]
	// PayableClaims are the claims with something due, in the order of
	// decision: by instalment, then by number.
	PayableClaims(programme string) iter.Seq2[claim.Claim, error]
	// ErasedClaims are the claims that are erased, by id.
	ErasedClaims() ([]claim.ID, error)
	// Tallies are the counts from which every figure is made; "" for all
	// programmes.
	Tallies(programme string) ([]Tally, error)
	// Blobs are a claim's sealed blobs, oldest first.
	Blobs(claim.ID) ([]Blob, error)
	// LatestBlobs are the newest blob of each name whose name begins with
	// prefix, for each of these claims.
	LatestBlobs(ids []claim.ID, prefix string) (map[claim.ID][]Blob, error)
	// BlobPlaces are the places of all blobs of these claims, unopened.
	BlobPlaces(ids []claim.ID) ([]BlobPlace, error)
}

// Blob is one sealed blob of a claim, beside the entry at Version.
type Blob struct {
	Claim   claim.ID
	Version docket.Version
	Name    string // "answers.personal", "trace.assess"
	Class   string
	Sealed  []byte
}

// BlobPlace is where a blob stands.
type BlobPlace struct {
	Claim   claim.ID
	Version docket.Version
	Name    string
}

// ClaimWriter writes the claims' tables, in the act's own transaction.
type ClaimWriter interface {
	// InsertClaims adds claims, their references and numbers.
	InsertClaims([]claim.Claim) error
	// UpdateClaims sets claims as they now stand; each must have stood one
	// version lower, else ErrTaken.
	UpdateClaims([]claim.Claim) error
	// PutBlobs adds sealed blobs.
	PutBlobs([]Blob) error
	// DeleteBlobs removes all blobs of these claims, and says how many there
	// were.
	DeleteBlobs([]claim.ID) (int64, error)
}

// Programme is one body's claims operation.
type Programme struct {
	ID            string
	Version       docket.Version
	Edition       docket.Hash // open for filing
	EditionNumber string
	Opened        docket.Instant
	LastSerial    int64 // of the numbers given so far
}

// Actor is somebody who may act, with the capacities given.
type Actor struct {
	ID         string
	Version    docket.Version
	Capacities []string
	Ended      bool
	Interests  []string // what the actor declared an interest in: streams of claims, and category/PROGRAMME/ID
}

// Answer is what an act answered under an idempotency key.
type Answer struct {
	Tag         []byte   // keyed hash of the key
	Fingerprint []byte   // keyed hash of what was asked
	Answer      []byte   // JSON; empty once it was forgotten
	Claim       claim.ID // whom it speaks of and goes with; "" for nobody, or several
}

// Forgotten reports whether the answer went with its claim: that the key was
// used is all that is left.
func (a Answer) Forgotten() bool { return len(a.Answer) == 0 }

// Draft is a claim that nobody has sent yet.
type Draft struct {
	ID        string // 32 hexadecimal digits; its key is sealed under it
	Actor     string // whose it is
	Programme string
	Category  string
	Updated   docket.Instant
	Expires   day.Date // the first day on which it is gone
	Sealed    []byte
}

// OfficeReader reads programmes, editions, actors and first answers.
type OfficeReader interface {
	Programme(id string) (Programme, error)
	Programmes() ([]Programme, error)
	EditionBytes(docket.Hash) ([]byte, error)
	EditionHashes() ([]docket.Hash, error)
	Actor(id string) (Actor, error)
	Actors() ([]Actor, error)
	Verifier(actor string) ([]byte, error)
	// Code is the keyed hash of a claimant's code; ErrNone without one.
	Code(claim.ID) ([]byte, error)
	// Answers are the first answers to these tags, by string(tag).
	Answers(tags [][]byte) (map[string]Answer, error)
	// Meta is a fact of the installation: "origin".
	Meta(key string) (string, error)
	// Instalment is one instalment; LastInstalment its highest number.
	Instalment(programme string, number int64) (commission.Instalment, error)
	LastInstalment(programme string) (int64, error)
	// Draft is the draft with this id, or ErrNone; Drafts are those of an
	// actor, by id; ExpiredDrafts those that expire on this day or before.
	Draft(id string) (Draft, error)
	Drafts(actor string) ([]Draft, error)
	ExpiredDrafts(on day.Date) ([]Draft, error)
	// Shredding are the ids, of claims and of drafts, whose keys may still have
	// to be destroyed, in order.
	Shredding() ([]string, error)
}

// OfficeWriter writes them.
type OfficeWriter interface {
	PutProgramme(Programme) error
	PutEdition(hash docket.Hash, source []byte) error
	PutActor(Actor) error
	PutVerifier(actor string, verifier []byte) error
	// PutCode keeps the keyed hash of a claimant's code, in place of an older one.
	PutCode(id claim.ID, hash []byte) error
	PutAnswers([]Answer) error
	// Unanswered reports whether none of these tags was answered. A store may say so
	// without having asked, of an act that will be told otherwise: then it makes sure
	// before anything commits, and runs the act again where it isn't so.
	Unanswered(tags [][]byte) (bool, error)
	// StandsAt reports whether a stream's last version is this one; told likewise.
	StandsAt(stream docket.Stream, version docket.Version) (bool, error)
	PutMeta(key, value string) error
	PutInstalment(commission.Instalment) error
	// ForgetAnswers empties the first answers that speak of these claims, of
	// what was asked too, and says how many: only their tags stay.
	ForgetAnswers([]claim.ID) (int64, error)
	// PutDraft adds a draft, or sets it; DeleteDrafts removes drafts.
	PutDraft(Draft) error
	DeleteDrafts(ids []string) error
	// Shred notes ids whose keys must be destroyed; Shredded strikes them off.
	Shred(ids []string) error
	Shredded(ids []string) error
}

// PaymentState is how far one payment has come.
type PaymentState string

// The states of a payment.
const (
	PaymentOrdered  PaymentState = "ordered"
	PaymentPaid     PaymentState = "paid"
	PaymentReturned PaymentState = "returned"
)

// Payment is one transfer to one payee.
type Payment struct {
	Claim     claim.ID
	Programme string
	Round     int64
	Amount    money.Amount
	State     PaymentState
}

// FundReader reads the ledger.
type FundReader interface {
	Round(programme string, number int64) (fund.Round, error)
	LastRound(programme string) (int64, error)
	// Payments of a round that stand so, in the order of their claims' ids.
	Payments(programme string, round int64, state PaymentState) iter.Seq2[Payment, error]
	// Balances of every account, by account; "" for all programmes together.
	Balances(programme string) (map[fund.Account]money.Totals, error)
}

// FundWriter writes the ledger.
type FundWriter interface {
	PutRound(fund.Round) error
	// PutPayments adds payments, or sets the state of those that are there.
	PutPayments([]Payment) error
	// Post books the postings of the entry at ref and brings the balances up
	// to date.
	Post(programme string, ref docket.Ref, postings []fund.Posting) error
}
