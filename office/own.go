package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// Own is what its claimant is shown of a claim.
type Own struct {
	Claim    claim.Claim
	Edition  *rulebook.Edition
	Answers  map[string]string // by field: the public ones and those that open here
	DeskOnly []string          // sensitive fields that have an answer: they open at the desk only
	Asks     []string          // while deficient: the fields that what is missing turns on, in the form's order
}

// ReadOwn opens a claim for its claimant. The reading log has it first, as it
// has everybody's: whoever came by the code could have looked.
func (o *Office) ReadOwn(ctx context.Context, by By, programme string, id claim.ID) (Own, error) {
	var opened []material
	var traces []store.Blob
	_, err := o.perform(ctx, ActOpenOwn, By{Actor: by.Actor}, programme, nil, nil, func(p *performance) error {
		c, err := p.claim(id)
		if err != nil {
			return err
		}
		if opened, err = p.sealedAnswers([]claim.Claim{c}); err != nil {
			return err
		}
		if err := p.opens(opened, PurposeClaimant, ByOwner); err != nil {
			return err
		}
		found, err := p.tx.LatestBlobs([]claim.ID{id}, tracePrefix+"examined")
		traces = found[id]
		return err
	})
	if err != nil {
		return Own{}, err
	}
	if err := o.open(ctx, opened); err != nil {
		return Own{}, err
	}
	m := opened[0]
	own := Own{Claim: m.claim, Edition: m.edition, Answers: m.texts, DeskOnly: m.deskOnly()}
	if m.claim.Standing == claim.Deficient {
		own.Asks, err = o.asks(ctx, m, traces)
	}
	return own, err
}

// deskOnly are the sensitive fields of a claim that have an answer.
func (m *material) deskOnly() (fields []string) {
	category, ok := m.edition.Category(m.claim.Category)
	if !m.sensitive || !ok {
		return nil
	}
	for _, field := range category.Asks {
		if isSensitive(m.edition, field) && !slices.Contains(m.claim.Blank, field) {
			fields = append(fields, field)
		}
	}
	return fields
}

// asks are the fields that what is missing turns on: the trace of the
// examination says what each rule read. Where it can't be opened here, and where
// a rule read nothing that the form asks, they are all that have no answer.
func (o *Office) asks(ctx context.Context, m material, traces []store.Blob) ([]string, error) {
	reads := map[string]bool{}
	for _, b := range traces {
		if b.Class == string(rulebook.Sensitive) {
			continue
		}
		opened, err := o.Vault.Open(ctx, []store.Blob{b})
		if err == nil {
			err = opened[0].Err
		}
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", b.Name, err)
		}
		var trace rulebook.Trace
		if err := json.Unmarshal(opened[0].Payload, &trace); err != nil {
			return nil, fmt.Errorf("read %s: %w", b.Name, err)
		}
		for _, s := range trace.Steps {
			if !slices.Contains(m.claim.Missing, s.Rule) {
				continue
			}
			for _, in := range s.Inputs {
				reads[in.Name] = true
			}
		}
	}
	for _, missing := range m.claim.Missing {
		if field, ok := strings.CutPrefix(missing, rulebook.AnswerPrefix); ok {
			reads[field] = true
		}
	}
	category, ok := m.edition.Category(m.claim.Category)
	if !ok {
		return nil, nil
	}
	var asks []string
	for _, field := range category.Asks {
		if reads[field] {
			asks = append(asks, field)
		}
	}
	if len(asks) > 0 {
		return asks, nil
	}
	for _, field := range category.Asks {
		if _, answered := m.texts[field]; !answered && !slices.Contains(m.deskOnly(), field) {
			asks = append(asks, field)
		}
	}
	return asks, nil
}

// ClaimOf is a claim as it stands, with its edition, for who proved that it is
// theirs. Nothing sealed is opened.
func (o *Office) ClaimOf(ctx context.Context, id claim.ID) (c claim.Claim, e *rulebook.Edition, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		claims, err := r.Claims([]claim.ID{id})
		if errors.Is(err, store.ErrNone) {
			return fault.New(fault.NotFound, "claim.none", "claim", id)
		}
		if err != nil {
			return err
		}
		c = claims[0]
		e, err = o.edition(r, c.Edition)
		return err
	})
	return c, e, err
}

// SetOf are the claims that were sent together with this one, under one code, it
// included; it alone where it was sent alone.
func (o *Office) SetOf(ctx context.Context, id claim.ID) (set []claim.Claim, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		ids, err := r.SetOf(id)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			ids = []claim.ID{id}
		}
		set, err = r.Claims(ids)
		return err
	})
	return set, err
}

// Turn lets who is signed in to a claim go over to another that was sent with it:
// the session of the one ends and that of the other begins. A claim that isn't
// one of them is none.
func (o *Office) Turn(ctx context.Context, token string, to claim.ID) (string, error) {
	s, err := o.Session(ctx, token)
	if err != nil {
		return "", err
	}
	set, err := o.SetOf(ctx, claim.ID(s.Subject))
	if err != nil {
		return "", err
	}
	if s.Kind != SessionClaimant || !slices.ContainsFunc(set, func(c claim.Claim) bool { return c.ID == to }) {
		return "", fault.New(fault.NotFound, "claim.none", "claim", to)
	}
	mark, err := o.codeMarkOf(ctx, to)
	if err != nil {
		return "", err
	}
	fresh, err := o.BeginSession(ctx, SessionClaimant, string(to), s.Means, mark)
	if err != nil {
		return "", err
	}
	return fresh, o.EndSession(ctx, token)
}

// codeMarkOf is the mark of the code that a claim has now.
func (o *Office) codeMarkOf(ctx context.Context, id claim.ID) (mark []byte, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) (err error) {
		mark, err = r.Code(id)
		return err
	})
	return mark, err
}

// ClocksOf are the deadlines that run on a claim, the next one first.
func (o *Office) ClocksOf(ctx context.Context, id claim.ID) (list []Clock, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		clocks, err := r.Clocks(id)
		if err != nil || len(clocks) == 0 {
			return err
		}
		claims, err := r.Claims([]claim.ID{id})
		if err != nil {
			return err
		}
		e, err := o.edition(r, claims[0].Edition)
		if err != nil {
			return err
		}
		list = make([]Clock, len(clocks))
		for i, c := range clocks {
			list[i] = Clock{c, claims[0], deadlineText(e, c.Deadline)}
		}
		return nil
	})
	return list, err
}
