package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// Examination is what the rulebook found of a claim as it stood. Only Examine
// makes one; the act that rests on it fails when the claim has moved on.
type Examination struct {
	claim   claim.Claim
	finding rulebook.Finding
	tests   []claim.TestFinding
}

// Claim is the claim as it was examined.
func (e Examination) Claim() claim.Claim { return e.claim }

// Finding is what the rulebook found.
func (e Examination) Finding() rulebook.Finding { return e.finding }

// Tests are what was found of each test of the edition, by its rules or by a
// person; nil where the edition names none.
func (e Examination) Tests() []claim.TestFinding { return e.tests }

// Examine runs the formal requirements and the rules of eligibility over the
// filed claims of a programme, up to limit of them, each under the edition
// that it was filed under. It changes nothing but the reading log. Claims that
// wait for the board or, with a file that can't be used, for their claimants, and those
// in which who asks has an interest, are left out.
func (o *Office) Examine(ctx context.Context, by By, programme string, limit int) ([]Examination, error) {
	if limit < 1 || limit > MostInOneAct {
		return nil, fault.New(fault.Invalid, "office.limit", "most", MostInOneAct, "asked", limit)
	}
	return o.examine(ctx, by, func(p *performance) (claims []claim.Claim, err error) {
		q := store.ClaimQuery{Programme: programme, Standing: claim.Filed, Limit: limit}
		for {
			page, next, err := p.tx.ClaimPage(q)
			if err != nil {
				return nil, err
			}
			if page, err = readable(p.tx, page); err != nil {
				return nil, err
			}
			for _, c := range page {
				if c.Register.Recommended == nil && p.disinterested(c) == nil && len(claims) < limit {
					claims = append(claims, c)
				}
			}
			if next == "" || len(claims) == limit {
				return claims, nil
			}
			q.After = next
		}
	})
}

// readable are those of claims that have no file which blocks review.
func readable(r store.Reader, claims []claim.Claim) ([]claim.Claim, error) {
	ids := make([]claim.ID, len(claims))
	for i, c := range claims {
		ids[i] = c.ID
	}
	blocked, err := r.BlockedClaims(ids)
	if err != nil || len(blocked) == 0 {
		return claims, err
	}
	return slices.DeleteFunc(claims, func(c claim.Claim) bool {
		_, found := slices.BinarySearch(blocked, c.ID)
		return found
	}), nil
}

// ExamineClaims examines these claims.
func (o *Office) ExamineClaims(ctx context.Context, by By, ids []claim.ID) ([]Examination, error) {
	return o.examine(ctx, by, func(p *performance) ([]claim.Claim, error) { return p.tx.Claims(ids) })
}

// examine examines the claims that which finds. Their openings are in the
// reading log, for good, before anything is opened.
func (o *Office) examine(ctx context.Context, by By, which func(*performance) ([]claim.Claim, error)) ([]Examination, error) {
	var opened []material
	_, err := o.perform(ctx, ActExamine, By{Actor: by.Actor}, "", nil, nil, func(p *performance) error {
		claims, err := which(p)
		if err != nil {
			return err
		}
		opened, err = p.forRules(claims, PurposeExamination)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := o.open(ctx, opened); err != nil {
		return nil, err
	}
	examined := make([]Examination, len(opened))
	err = parallel(len(opened), func(i int) error {
		finding, err := opened[i].assess()
		if err != nil {
			return fmt.Errorf("examine claim %s: %w", opened[i].claim.Name(), err)
		}
		tests, err := opened[i].tests()
		if err != nil {
			return fmt.Errorf("examine claim %s: %w", opened[i].claim.Name(), err)
		}
		examined[i] = Examination{claim: opened[i].claim, finding: finding, tests: tests}
		return nil
	})
	return examined, err
}

// current checks that the examined claims stand as they did, and answers them
// as steps with their traces to be sealed.
func (p *performance) current(examined []Examination, decide func(claim.Claim, rulebook.Finding) (claim.Event, error)) ([]step, error) {
	if len(examined) == 0 {
		return nil, fault.New(fault.Invalid, "office.nothing-asked")
	}
	steps := make([]step, len(examined))
	traces := make([]Item, len(examined))
	err := parallel(len(examined), func(i int) (err error) {
		traces[i], err = traceItem("trace.examined", examined[i].finding.Trace)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, e := range examined {
		if e.claim.Programme != p.programme.ID {
			return nil, fault.New(fault.Invalid, "claim.other-programme", "claim", e.claim.Name(), "programme", e.claim.Programme)
		}
		event, err := decide(e.claim, e.finding)
		if err != nil {
			return nil, err
		}
		steps[i] = step{claim: e.claim, event: event, seal: []Item{traces[i]}}
	}
	return steps, nil
}

// traceItem is a trace to be sealed under the highest class that it read.
func traceItem(name string, t rulebook.Trace) (Item, error) {
	payload, err := json.Marshal(t)
	if err != nil {
		return Item{}, fmt.Errorf("write trace: %w", err)
	}
	return Item{Class: string(t.Class()), Name: name, Payload: payload}, nil
}

// movedOn tells the asker that a claim was dealt with in between.
func movedOn(err error) error {
	if errors.Is(err, store.ErrTaken) {
		return fmt.Errorf("%w: %w", fault.New(fault.Conflict, "claim.moved-on"), err)
	}
	return err
}
