package office

import (
	"context"
	"errors"
	"maps"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// AnswerDeficiency takes in what was missing: answers, in canonical texts by
// field, that are added to those the claim has. The register looks again.
//
// Sensitive answers that the claim has can't be opened any more: those that a
// rule looks into must be given again (claim.sensitive-again names the fields).
func (o *Office) AnswerDeficiency(ctx context.Context, by By, programme string, id claim.ID, supplied map[string]string) (Done, error) {
	done := Done{Claims: 1}
	request, err := o.withoutSensitive(ctx, id, supplied)
	if err != nil {
		return Done{}, err
	}
	_, err = o.perform(ctx, ActAnswerDeficiency, by, programme, request, &done, func(p *performance) error {
		c, err := p.claim(id)
		if err != nil {
			return err
		}
		opened, err := p.sealedAnswers([]claim.Claim{c})
		if err != nil {
			return err
		}
		if err := p.opens(opened, PurposeDeficiency, ByRule); err != nil {
			return err
		}
		if err := o.open(p.ctx, opened); err != nil {
			return err
		}
		answered, err := opened[0].answer(supplied)
		if err != nil {
			return err
		}
		if done.Ref, err = p.stepAll(docket.Envelope{}, nil, []step{answered}); err != nil {
			return movedOn(err)
		}
		if err := p.renewFeatures(&opened[0], c.Category); err != nil {
			return err
		}
		return movedOn(p.commit())
	})
	return done, err
}

// answer is the step by which a claim's deficiency is answered.
func (m *material) answer(supplied map[string]string) (step, error) {
	none := step{}
	maps.Copy(m.texts, supplied)
	answers, err := m.edition.Read(m.claim.Category, m.texts)
	if err != nil {
		return none, err
	}
	all, needed := m.edition.Withhold(m.claim.Category, m.claim.Blank, answers)
	if len(needed) > 0 {
		return none, fault.New(fault.Invalid, "claim.sensitive-again", "claim", m.claim.Name(), "fields", strings.Join(needed, ", "))
	}
	public, claimed := publicAnswers(m.edition, answers)
	if claimed == nil {
		claimed = &money.Amount{}
	}
	event, err := m.claim.AnswerDeficiency(public, *claimed, m.edition.Missing(m.claim.Category, all))
	if err != nil {
		return none, err
	}
	items, err := answerItems(m.edition, answers)
	if err != nil {
		return none, err
	}
	if sensitiveAmong(m.edition, all) {
		outcome, err := atSending(m.edition, m.hearing(all))
		if err != nil {
			return none, err
		}
		items = append(items, outcome...)
	}
	return step{claim: m.claim, event: event, seal: items}, nil
}

// suppliedRequest is what a key of AnswerDeficiency stands for.
type suppliedRequest struct {
	Claim    claim.ID
	Supplied map[string]string
}

// withoutSensitive is the request without its sensitive answers: the keyed hash
// of a request is kept, and who holds its key could try likely answers against
// it.
func (o *Office) withoutSensitive(ctx context.Context, id claim.ID, supplied map[string]string) (request suppliedRequest, err error) {
	request = suppliedRequest{id, maps.Clone(supplied)}
	err = o.Store.Read(ctx, func(r store.Reader) error {
		claims, err := r.Claims([]claim.ID{id})
		if errors.Is(err, store.ErrNone) {
			return nil // the act will say so, to whom it may
		}
		if err != nil {
			return err
		}
		edition, err := o.edition(r, claims[0].Edition)
		if err != nil {
			return err
		}
		maps.DeleteFunc(request.Supplied, func(field, _ string) bool { return isSensitive(edition, field) })
		return nil
	})
	return request, err
}

func isSensitive(e *rulebook.Edition, field string) bool {
	f, ok := e.Field(field)
	return ok && f.Class == rulebook.Sensitive
}
