package office

import (
	"context"
	"maps"

	"github.com/openchancery/chancery/rulebook"
)

// LookUpOwn asks a registry about one claim of a draft, for its claimant, as LookUp
// does: the question stands in the reading log under the claim that it becomes.
//
// Faults: draft.none, claim.none where the draft has no such claim, those of LookUp.
func (o *Office) LookUpOwn(ctx context.Context, k OwnKey, id, name, key string) (Prefill, error) {
	d, err := o.Own(ctx, k)
	if err != nil {
		return Prefill{}, err
	}
	c, ok := d.Claim(id)
	if !ok {
		return Prefill{}, noDraft()
	}
	return o.LookUp(ctx, By{Actor: claimant(string(c.Becomes), meansCode)}, d.Programme, string(c.Becomes), name, key)
}

// prefilled is what registries gave for a claim's answers: for those that a person's
// claims share, also what was asked for another of them.
func (d *OwnDraft) prefilled(e *rulebook.Edition, of *OwnClaim) map[string]Prefilled {
	all := map[string]Prefilled{}
	for n := range d.Claims {
		other := &d.Claims[n]
		if other.ID == of.ID || other.Person != of.Person {
			continue
		}
		for field, was := range other.Prefilled {
			if f, ok := e.Field(field); ok && f.Shared != "" && !of.Apart[field] {
				all[field] = was
			}
		}
	}
	maps.Copy(all, of.Prefilled)
	if len(all) == 0 {
		return nil
	}
	return all
}
