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
	return o.answered(ctx, by, programme, id, supplied, answering{
		act: ActAnswerDeficiency, purpose: PurposeDeficiency,
		decide: func(_ *performance, m *material) (step, string, error) {
			s, err := m.answer(supplied)
			return s, m.claim.Category, err
		},
	})
}

// answering is an act that changes what a claim answers.
type answering struct {
	act     Act
	purpose string // for which the answers are opened
	beside  string // the name of a blob that is opened with them; "" for none
	forWhom bool   // the entry says whose act it is
	// decide is the step, and the category whose form it answers.
	decide func(*performance, *material) (s step, category string, err error)
}

// answered opens a claim's answers, takes the step that is decided on them with
// what was given, and makes its features anew.
func (o *Office) answered(ctx context.Context, by By, programme string, id claim.ID, given map[string]string, a answering) (Done, error) {
	done := Done{Claims: 1}
	request, err := o.withoutSensitive(ctx, id, given)
	if err != nil {
		return Done{}, err
	}
	_, err = o.perform(ctx, a.act, by, programme, request, &done, func(p *performance) error {
		m, err := p.openedFor(id, a)
		if err != nil {
			return err
		}
		s, category, err := a.decide(p, m)
		if err != nil {
			return err
		}
		var env docket.Envelope
		if a.forWhom {
			env.ForWhom = p.forWhom()
		}
		if done.Ref, err = p.stepAll(env, nil, []step{s}); err != nil {
			return movedOn(err)
		}
		if err := p.renewFeatures(m, category); err != nil {
			return err
		}
		return movedOn(p.commit())
	})
	return done, err
}

// openedFor is a claim with its answers, which the reading log has first.
func (p *performance) openedFor(id claim.ID, a answering) (*material, error) {
	c, err := p.claim(id)
	if err != nil {
		return nil, err
	}
	opened, err := p.sealedAnswers([]claim.Claim{c})
	if err != nil {
		return nil, err
	}
	if a.beside != "" {
		from, err := p.tx.LatestBlobs([]claim.ID{c.ID}, a.beside)
		if err != nil {
			return nil, err
		}
		opened[0].blobs = append(opened[0].blobs, from[c.ID]...)
	}
	if err := p.opens(opened, a.purpose, ByRule); err != nil {
		return nil, err
	}
	return &opened[0], p.o.open(p.ctx, opened)
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
	texts := m.edition.TextsByClass(answers)
	public, claimed := publicAnswers(m.edition, answers, texts)
	if claimed == nil {
		claimed = &money.Amount{}
	}
	event, err := m.claim.AnswerDeficiency(public, *claimed, m.edition.Missing(m.claim.Category, all))
	if err != nil {
		return none, err
	}
	items, err := answerItems(texts)
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
