package office

import (
	"context"
	"errors"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// GiveCode gives the claimant a new code, in place of the one there was. It is
// shown once: what is kept is a keyed hash.
func (o *Office) GiveCode(ctx context.Context, by By, programme string, id claim.ID) (code claim.Code, done Done, err error) {
	done.Claims = 1
	by.Key = "" // a repeat would be answered without the code, which isn't kept
	_, err = o.perform(ctx, ActGiveCode, by, programme, id, &done, func(p *performance) error {
		c, err := p.claim(id)
		if err != nil {
			return err
		}
		if done.Ref, err = p.stepAll(docket.Envelope{ForWhom: "claimant"}, nil, []step{{claim: c, event: c.GiveCode()}}); err != nil {
			return movedOn(err)
		}
		code = o.newCode(done.Ref)
		if err := errors.Join(p.tx.PutCode(id, o.codeHash(id, code)), p.tx.LeaveSet(id)); err != nil {
			return err
		}
		return movedOn(p.commit())
	})
	if err != nil {
		return "", Done{}, err
	}
	return code, done, nil
}

// giveCodes gives the claimants of new filings their codes, where one was asked
// for.
func (p *performance) giveCodes(fresh []*prepared) error {
	sets := map[claim.Code][]claim.ID{} // those that were given one code are one set
	for _, f := range fresh {
		if !f.filing.Code {
			continue
		}
		if err := p.tx.PutCode(f.id, p.o.codeHash(f.id, f.code)); err != nil {
			return err
		}
		sets[f.code] = append(sets[f.code], f.id)
	}
	for _, ids := range sets {
		if len(ids) < 2 {
			continue
		}
		// The first one's id names the set: a name drawn at random would be one more
		// draw, and nobody learns from it what the rows don't say.
		if err := p.tx.PutSet(string(ids[0]), ids); err != nil {
			return err
		}
	}
	return nil
}

// newCode draws the code that an entry gives. It is nobody's until its hash is
// kept.
func (o *Office) newCode(given docket.Ref) claim.Code {
	var random [11]byte
	o.Entropy("code/"+given.String(), random[:])
	return claim.NewCode(random)
}

func (o *Office) codeHash(id claim.ID, code claim.Code) []byte {
	return o.Vault.Lookup("claim-code", string(id)+"\x00"+string(code))
}

// ClaimByCode is the claim of this reference, for who has its code too, and the
// mark of that code. Every other pair has the same answer (claim.code-wrong): it
// doesn't tell whether there is such a claim.
func (o *Office) ClaimByCode(ctx context.Context, reference, code string) (c claim.Claim, mark []byte, err error) {
	wrong := codeWrong()
	read, formErr := claim.ParseCode(code)
	err = o.Store.Read(ctx, func(r store.Reader) error {
		found, err := findClaim(r, reference)
		known := err == nil
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		kept, err := r.Code(found.ID) // asked for in any case: an answer takes the same time
		if err != nil && !errors.Is(err, store.ErrNone) {
			return err
		}
		same := equal(kept, o.codeHash(found.ID, read))
		if !known || formErr != nil || !same {
			return wrong
		}
		c, mark = found, kept
		return nil
	})
	return c, mark, err
}

func codeWrong() error { return fault.New(fault.NotAllowed, "claim.code-wrong") }
