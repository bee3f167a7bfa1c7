package office

import (
	"context"
	"maps"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/money"
)

// AnswerDeficiency takes in what was missing: answers, in canonical texts by
// field, that are added to those the claim has. The register looks again.
func (o *Office) AnswerDeficiency(ctx context.Context, by By, programme string, id claim.ID, supplied map[string]string) (Done, error) {
	done := Done{Claims: 1}
	request := struct {
		Claim    claim.ID
		Supplied map[string]string
	}{id, supplied}
	_, err := o.perform(ctx, ActAnswerDeficiency, by, programme, request, &done, func(p *performance) error {
		c, err := p.claim(id)
		if err != nil {
			return err
		}
		edition, err := o.edition(p.tx, c.Edition)
		if err != nil {
			return err
		}
		texts, err := o.openAnswers(p.ctx, p.tx, []claim.ID{id})
		if err != nil {
			return err
		}
		all := maps.Clone(c.Answers)
		if all == nil {
			all = map[string]string{}
		}
		maps.Copy(all, texts[id])
		maps.Copy(all, supplied)
		answers, err := edition.Read(c.Category, all)
		if err != nil {
			return err
		}
		public, claimed := publicAnswers(edition, answers)
		if claimed == nil {
			claimed = &money.Amount{}
		}
		event, err := c.AnswerDeficiency(public, *claimed, edition.Missing(c.Category, answers))
		if err != nil {
			return err
		}
		items, err := answerItems(edition, answers)
		if err != nil {
			return err
		}
		if done.Ref, err = p.stepAll(docket.Envelope{}, nil, []step{{claim: c, event: event, seal: items}}); err != nil {
			return movedOn(err)
		}
		return movedOn(p.commit())
	})
	return done, err
}
