package store

import "github.com/openchancery/chancery/docket"

// SignIn is one way in for one subject: a passkey, or an account with an
// identity provider. The same passkey may be a way in to several.
type SignIn struct {
	Means   string // "passkey", "oidc"
	Tag     []byte // keyed hash of what the other side calls it
	Kind    string // of the subject, as of a session
	Subject string
	Key     []byte // what proves a passkey: its public key with what goes with it, as JSON; empty otherwise
	Added   docket.Instant
	Used    docket.Instant // last time; Added where never
}

// Voucher is good for one thing, once, until then: an invitation, or a ceremony
// that a browser has begun. Of its token a keyed hash is kept.
type Voucher struct {
	Hash    []byte // keyed hash of its token
	Purpose string
	Subject string
	Body    []byte // what whoever takes it needs to know; may be empty
	Until   docket.Instant
}

// SignInReader reads them.
type SignInReader interface {
	// SignIns are the subjects of one way in, the newest first; SignInsOf the
	// ways in to one subject, the oldest first; SignInsFor how many ways there
	// are for a kind.
	SignIns(means string, tag []byte) ([]SignIn, error)
	SignInsOf(kind, subject string) ([]SignIn, error)
	SignInsFor(kind string) (int64, error)
	// Voucher is the one with this hash, or ErrNone; also one that is over.
	Voucher(hash []byte) (Voucher, error)
}

// SignInWriter writes them.
type SignInWriter interface {
	// PutSignIn adds a way in, or sets it; DropSignIn removes it from a subject,
	// DropSignIns all from a subject.
	PutSignIn(SignIn) error
	DropSignIn(means string, tag []byte, kind, subject string) error
	DropSignIns(kind, subject string) error
	// PutVoucher adds a voucher; ErrTaken where there is one with its hash.
	PutVoucher(Voucher) error
	// DropVoucher removes one, DropVouchers all of a purpose for a subject, and
	// SweepVouchers those that were good until then.
	DropVoucher(hash []byte) error
	DropVouchers(purpose, subject string) error
	SweepVouchers(by docket.Instant) error
}
