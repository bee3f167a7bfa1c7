package store

import (
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
)

// OwnDraft is what a claimant has begun and not sent: nobody's account hangs on
// it. What stands beside Sealed tells nothing of the person.
type OwnDraft struct {
	ID        string // 32 hexadecimal digits; the key that destroys it is sealed under it
	Programme string
	Version   int64  // of its content; counts from 1
	Tag       []byte // found by the code, through its slow hash; empty while there is no code
	Person    []byte // keyed hash of who it is, for the counter; empty where only the code opens it
	Updated   docket.Instant
	Expires   day.Date // the first day on which it is gone
	ByCode    []byte   // its key, sealed under what the code gives; empty while there is no code
	ByHouse   []byte   // its key, sealed by the vault; empty where only the code opens it
	ByWays    []byte   // its key, sealed under what each of the claimant's passkeys gives; empty without such a one
	Sealed    []byte
}

// OwnDraftReader reads the claimants' drafts.
type OwnDraftReader interface {
	// OwnDraft is the draft with this id, OwnDraftByTag the one with this tag; or
	// ErrNone.
	OwnDraft(id string) (OwnDraft, error)
	OwnDraftByTag(tag []byte) (OwnDraft, error)
	// OwnDraftsOfPerson are the drafts with this keyed hash, by id.
	OwnDraftsOfPerson(person []byte) ([]OwnDraft, error)
	// ExpiredOwnDrafts are the ids of those that expire on this day or before, in
	// the order of their days.
	ExpiredOwnDrafts(on day.Date) ([]string, error)
}

// OwnDraftWriter writes them.
type OwnDraftWriter interface {
	// PutOwnDraft adds a draft of version 1, or sets one that stood one version
	// lower, else ErrTaken. A tag that another draft has is ErrTaken too.
	PutOwnDraft(OwnDraft) error
	// DeleteOwnDrafts removes drafts; those that aren't there are no error.
	DeleteOwnDrafts(ids []string) error
}
