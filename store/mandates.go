package store

import "github.com/openchancery/chancery/claim"

// Member says to which organisation an actor belongs: to one at most.
type Member struct{ Actor, Organisation string }

// Mandated says under which mandate a claim was filed.
type Mandated struct {
	Claim   claim.ID
	Mandate claim.MandateID
}

// MandateReader reads organisations and their mandates.
type MandateReader interface {
	// Member is an actor's organisation, or ErrNone. Members are those of an
	// organisation, or of all for "", by actor.
	Member(actor string) (Member, error)
	Members(organisation string) ([]Member, error)
	// Mandate is the mandate with this id, or ErrNone.
	Mandate(claim.MandateID) (claim.Mandate, error)
	// Mandates is one page of an organisation's mandates, by id, after this one.
	Mandates(organisation string, after claim.MandateID, limit int) ([]claim.Mandate, error)
	// MandatesOf are the mandates under which these claims were filed, by claim;
	// a claim that was filed under none isn't among them.
	MandatesOf(ids []claim.ID) (map[claim.ID]claim.MandateID, error)
	// ClaimsUnder are the claims that were filed under a mandate, by id.
	ClaimsUnder(claim.MandateID) ([]claim.ID, error)
	// ClaimsFor are the claims that were filed under any mandate of an organisation,
	// the newest first, after this one of them; "" begins.
	ClaimsFor(organisation string, after claim.ID, limit int) ([]Mandated, error)
}

// MandateWriter writes them.
type MandateWriter interface {
	// PutMember sets an actor's organisation; "" takes them out of it.
	PutMember(Member) error
	// PutMandate adds a mandate, or sets it.
	PutMandate(claim.Mandate) error
	// InsertMandated adds under which mandates claims were filed.
	InsertMandated([]Mandated) error
}
