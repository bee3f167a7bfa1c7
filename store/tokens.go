package store

import (
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
)

// Token is what lets an actor's own programs act: by a secret of its own, for
// some purposes and until a day. The secret is kept as a keyed hash.
type Token struct {
	ID      string // 16 hexadecimal digits; no secret
	Actor   string
	Scopes  []string
	Hash    []byte // keyed hash of the secret
	Made    docket.Instant
	Expires docket.Instant // from then on it opens nothing
	Ended   bool           // by somebody, before its time
}

// TokenReader reads tokens.
type TokenReader interface {
	// Token is the token with this id, or ErrNone.
	Token(id string) (Token, error)
	// Tokens are all tokens, ended ones too, by id.
	Tokens() ([]Token, error)
}

// TokenWriter writes them.
type TokenWriter interface {
	// PutToken adds a token, or sets it.
	PutToken(Token) error
}

// Filing says who filed a claim, of those claims that their filer looks up
// again: what was filed by a token or by a representative.
type Filing struct {
	Claim claim.ID
	Actor string
	Filed docket.Instant
}

// FilingReader reads who filed which claims.
type FilingReader interface {
	// FilersOf are the actors who filed these claims, by claim; a claim that
	// nobody looks up so isn't among them.
	FilersOf(ids []claim.ID) (map[claim.ID]string, error)
	// FiledBy is one page of the claims that an actor filed, in the order of
	// filing and then of their ids: those after the place where a page before
	// ended (its last filing), at most limit of them.
	FiledBy(actor string, after Filing, limit int) ([]Filing, error)
}

// FilingWriter writes them.
type FilingWriter interface {
	InsertFilings([]Filing) error
}
