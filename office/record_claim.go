package office

import (
	"context"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/rulebook"
)

const kindClaimsRecorded docket.Kind = "register.claims_recorded.v1"

// registered sums up a bulk act of the register.
type registered struct {
	Claims int64 `json:"claims"`
}

// Done is what an act over claims answers: the entry, and how many it covers.
type Done struct {
	Ref    docket.Ref
	Claims int64
}

// RecordClaims puts examined claims on the record, each under the next number.
// The rulebook must have found each of them fit.
func (o *Office) RecordClaims(ctx context.Context, by By, programme string, examined []Examination) (Done, error) {
	return o.register(ctx, ActRecord, by, programme, kindClaimsRecorded, examined,
		func(p *performance) func(claim.Claim, rulebook.Finding) (claim.Event, error) {
			serial := p.programme.LastSerial
			return func(c claim.Claim, f rulebook.Finding) (claim.Event, error) {
				serial++
				return c.Record(claim.NewNumber(p.edition.Programme.NumberPrefix, serial), f)
			}
		})
}

// register carries out one of the register's answers to examined claims.
func (o *Office) register(ctx context.Context, act Act, by By, programme string, kind docket.Kind, examined []Examination,
	decide func(*performance) func(claim.Claim, rulebook.Finding) (claim.Event, error),
) (Done, error) {
	var done Done
	_, err := o.perform(ctx, act, by, programme, asked(examined), &done, func(p *performance) error {
		steps, err := p.current(examined, decide(p))
		if err != nil {
			return err
		}
		if act != ActFindDeficient { // a claimant may be asked for more meanwhile
			if err := p.unblocked(steps); err != nil {
				return err
			}
		}
		done.Claims = int64(len(steps))
		if done.Ref, err = p.stepAll(docket.Envelope{Kind: kind}, registered{done.Claims}, steps); err != nil {
			return movedOn(err)
		}
		return movedOn(p.commit())
	})
	return done, err
}

// asked is what an idempotency key stands for: these claims.
func asked(examined []Examination) []claim.ID {
	ids := make([]claim.ID, len(examined))
	for i, e := range examined {
		ids[i] = e.claim.ID
	}
	return ids
}
