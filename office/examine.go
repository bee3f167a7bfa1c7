package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

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
}

// Claim is the claim as it was examined.
func (e Examination) Claim() claim.Claim { return e.claim }

// Finding is what the rulebook found.
func (e Examination) Finding() rulebook.Finding { return e.finding }

// Examine runs the formal requirements and the rules of eligibility over the
// filed claims of a programme, up to limit of them, each under the edition
// that it was filed under. It changes nothing.
func (o *Office) Examine(ctx context.Context, programme string, limit int) (examined []Examination, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		claims, _, err := r.ClaimPage(store.ClaimQuery{Programme: programme, Standing: claim.Filed, Limit: limit})
		if err != nil {
			return err
		}
		examined, err = o.examine(ctx, r, claims)
		return err
	})
	return examined, err
}

// ExamineClaims examines these claims.
func (o *Office) ExamineClaims(ctx context.Context, ids []claim.ID) (examined []Examination, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		claims, err := r.Claims(ids)
		if err != nil {
			return err
		}
		examined, err = o.examine(ctx, r, claims)
		return err
	})
	return examined, err
}

// ExamineClaim examines one claim, by reference or number.
func (o *Office) ExamineClaim(ctx context.Context, text string) (e Examination, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		c, err := findClaim(r, text)
		if err != nil {
			return err
		}
		examined, err := o.examine(ctx, r, []claim.Claim{c})
		if err == nil {
			e = examined[0]
		}
		return err
	})
	return e, err
}

func (o *Office) examine(ctx context.Context, r store.Reader, claims []claim.Claim) ([]Examination, error) {
	cases, editions, err := o.cases(ctx, r, claims)
	if err != nil {
		return nil, err
	}
	examined := make([]Examination, len(claims))
	err = parallel(len(claims), func(i int) error {
		finding, err := editions[i].Assess(cases[i])
		if err != nil {
			return fmt.Errorf("examine claim %s: %w", claims[i].Name(), err)
		}
		examined[i] = Examination{claim: claims[i], finding: finding}
		return nil
	})
	return examined, err
}

// cases are the claims as the rules see them, answers opened in memory, with
// the edition that each was filed under.
func (o *Office) cases(ctx context.Context, r store.Reader, claims []claim.Claim) ([]rulebook.Case, []*rulebook.Edition, error) {
	ids := make([]claim.ID, len(claims))
	for i, c := range claims {
		if err := c.Kept(); err != nil {
			return nil, nil, err
		}
		ids[i] = c.ID
	}
	opened, err := o.openAnswers(ctx, r, ids)
	if err != nil {
		return nil, nil, err
	}
	if err := o.notShredded(ctx, claims, opened); err != nil {
		return nil, nil, err
	}
	cases, editions := make([]rulebook.Case, len(claims)), make([]*rulebook.Edition, len(claims))
	for i, c := range claims {
		if editions[i], err = o.edition(r, c.Edition); err != nil {
			return nil, nil, err
		}
	}
	err = parallel(len(claims), func(i int) error {
		c, texts := claims[i], opened[claims[i].ID]
		if texts == nil {
			texts = map[string]string{}
		}
		maps.Copy(texts, c.Answers)
		answers, err := editions[i].Read(c.Category, texts)
		if err != nil {
			return fmt.Errorf("read the answers of claim %s: %w", c.Name(), err)
		}
		cases[i] = rulebook.Case{Category: c.Category, Claimant: c.Claimant, Received: c.Received, Answers: answers}
		return nil
	})
	return cases, editions, err
}

// openAnswers opens the sealed answers of claims.
func (o *Office) openAnswers(ctx context.Context, r store.Reader, ids []claim.ID) (map[claim.ID]map[string]string, error) {
	found, err := r.LatestBlobs(ids, answersPrefix)
	if err != nil {
		return nil, err
	}
	var blobs []store.Blob
	for _, id := range ids {
		blobs = append(blobs, found[id]...)
	}
	opened, err := o.Vault.Open(ctx, blobs)
	if err != nil {
		return nil, fmt.Errorf("open answers: %w", err)
	}
	texts := make(map[claim.ID]map[string]string, len(ids))
	for i, b := range blobs {
		if opened[i].Err != nil {
			return nil, fmt.Errorf("open %s: %w", b.Name, opened[i].Err)
		}
		if texts[b.Claim] == nil {
			texts[b.Claim] = map[string]string{}
		}
		into := texts[b.Claim]
		if err := json.Unmarshal(opened[i].Payload, &into); err != nil {
			return nil, fmt.Errorf("read %s: %w", b.Name, err)
		}
	}
	return texts, nil
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
