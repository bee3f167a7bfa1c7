package office

import (
	"context"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
)

// Who claims acts without being on the list of actors: what they prove is that
// one claim, or one draft, is their own, and they act on that and on nothing
// else. All of them are called by one word in the docket, since a name of their
// own would tell which claims are one person's.

// Claimant is the capacity of who acts on a claim of their own. No actor is
// given it.
const Claimant = "claimant"

// claimantActor is what every claimant is called in an entry.
const claimantActor = "claimant"

// meansCode is how a claimant's code proves that the claim is theirs.
const meansCode = "code"

// claimant is somebody who proved by these means that this claim or draft is
// their own.
func claimant(own, means string) Known { return Known{id: claimantActor, means: means, own: own} }

func (k Known) isClaimant() bool { return k.own != "" }

// owns reports whether who acts may act on this claim or draft, as far as that
// depends on whose it is: an officer's right doesn't.
func (k Known) owns(id string) bool { return k.own == "" || k.own == id }

// mayClaimant checks a claimant's right to take a step at all.
func mayClaimant(act Act, capacity string) error {
	r, err := ruleFor(act)
	if err == nil && (!r.claimant || capacity != Claimant) {
		err = fault.New(fault.NotAllowed, "policy.not-claimants", "act", act)
	}
	return err
}

// givenByEdition refuses a step that the edition gives to nobody: who claims
// takes none in a programme that doesn't know it.
func (p *performance) givenByEdition(act Act) error {
	r, err := ruleFor(act)
	if err != nil || !r.ofEdition || p.edition == nil {
		return err
	}
	if _, ok := p.edition.Powers[string(act)]; !ok {
		return fault.New(fault.NotAllowed, "policy.not-in-edition", "act", act, "programme", p.edition.ID)
	}
	return nil
}

// ClaimantByCode is the claimant of the claim of this reference, for who has its
// code too, with the claim and the mark of the code. What it answers else is
// what ClaimByCode answers.
func (o *Office) ClaimantByCode(ctx context.Context, reference, code string) (Known, claim.Claim, []byte, error) {
	c, mark, err := o.ClaimByCode(ctx, reference, code)
	if err != nil {
		return Known{}, claim.Claim{}, nil, err
	}
	return claimant(string(c.ID), meansCode), c, mark, nil
}

// forWhom is what an entry says of whom an act is for: a claimant's own act
// needs no word for it.
func (p *performance) forWhom() string {
	if p.by.Actor.isClaimant() {
		return ""
	}
	return claimantActor
}

// forWhomFiled is the same of a filing: a parent, a guardian, the head of an
// entity or somebody with a mandate files for the claimant, also where nobody of
// the office does. Which of them it was is the answer of the field marked party.
func (p *performance) forWhomFiled(e claim.FiledEvent) string {
	if party, ok := p.edition.PartyOf(e.Answers); ok && party.Mandate != "" {
		return claimantActor
	}
	return p.forWhom()
}
