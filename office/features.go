package office

import (
	"context"
	"fmt"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// Claims are found by who made them over keyed features: keyed hashes of those
// answers that the rulebook's rules of identity name. The answers themselves are
// sealed and can't be searched; a sensitive one has no feature. Whoever has the
// database without its keys learns nothing from a feature.

// featuresOf are the features of answers to a category's form.
func (o *Office) featuresOf(e *rulebook.Edition, category string, id claim.ID, answers rulebook.Answers) []store.Feature {
	var list []store.Feature
	for _, field := range e.IdentityFields(category) {
		if v, ok := answers[field]; ok {
			if tag := o.featureTag(e.ID, field, v.Text()); tag != nil {
				list = append(list, store.Feature{Tag: tag, Claim: id})
			}
		}
	}
	return list
}

// featureTag is the keyed hash of an answer; nil for one that has no likeness.
func (o *Office) featureTag(programme, field, text string) []byte {
	like := rulebook.Likeness(text)
	if like == "" {
		return nil
	}
	return o.Vault.Lookup("feature", programme+"\x00"+field+"\x00"+like)
}

// renewFeatures sets the features of a claim by its answers as they are now, to
// the form of this category.
func (p *performance) renewFeatures(m *material, category string) error {
	if len(m.edition.IdentityFields(category)) == 0 && len(m.edition.IdentityFields(m.claim.Category)) == 0 {
		return nil
	}
	answers, err := m.edition.Read(category, m.texts)
	if err != nil {
		return fmt.Errorf("read the answers: %w", err)
	}
	if err := p.tx.DropFeatures([]claim.ID{m.claim.ID}); err != nil {
		return err
	}
	return p.tx.AddFeatures(p.o.featuresOf(m.edition, category, m.claim.ID, answers))
}

// mostFound bounds what a search by features gives: who finds more asks for more.
const mostFound = 200

// FindByFeatures finds the claims of a programme whose answers to these fields
// are alike these texts, all of them, at most limit. Many is set where there are
// more than are looked at: another field is needed to tell them apart. A text
// that has no feature (office.feature-unknown) finds nothing.
func (o *Office) FindByFeatures(ctx context.Context, by By, programme string, texts map[string]string, limit int) (found []claim.Claim, many bool, err error) {
	if len(texts) == 0 {
		return nil, false, fault.New(fault.Invalid, "office.nothing-asked")
	}
	err = o.looksAtWork(ctx, by, func(l looker) error {
		_, edition, _, err := o.programme(l.r, programme)
		if err != nil {
			return err
		}
		var ids []claim.ID
		many = false
		first := true
		for field, text := range texts {
			tag := o.featureTag(programme, field, text)
			if _, known := edition.Field(field); !known || tag == nil {
				return fault.New(fault.Invalid, "office.feature-unknown", "field", clip(field))
			}
			of, err := l.r.Featured(tag, mostFound+1)
			if err != nil {
				return err
			}
			many = many || len(of) > mostFound
			if first {
				ids, first = of, false
				continue
			}
			ids = both(ids, of)
		}
		if len(ids) > limit {
			ids, many = ids[:limit], true
		}
		found, err = l.r.Claims(ids)
		found = l.open(found)
		return err
	})
	return found, many, err
}

// both are the ids that stand in both lists.
func both(a, b []claim.ID) []claim.ID {
	in := make(map[claim.ID]bool, len(b))
	for _, id := range b {
		in[id] = true
	}
	var list []claim.ID
	for _, id := range a {
		if in[id] {
			list = append(list, id)
		}
	}
	return list
}

// Refeature makes the features of claims anew from their sealed answers: of
// those that were filed before there were features, or under a rulebook without
// rules of identity. It opens them as a rule does, which the reading log has. It
// answers the cursor to go on from, "" after the last.
func (o *Office) Refeature(ctx context.Context, by By, programme string, standing claim.Standing, after string, limit int) (next string, done int, err error) {
	_, err = o.perform(ctx, ActExamine, By{Actor: by.Actor}, "", nil, nil, func(p *performance) error {
		var page []claim.Claim
		page, next, err = p.tx.ClaimPage(store.ClaimQuery{Programme: programme, Standing: standing, After: after, Limit: limit})
		if err != nil {
			return err
		}
		kept := page[:0]
		for _, c := range page {
			if c.Kept() == nil {
				kept = append(kept, c)
			}
		}
		list, err := p.sealedAnswers(kept)
		if err != nil {
			return err
		}
		if err := p.opens(list, PurposeExamination, ByRule); err != nil {
			return err
		}
		if err := o.open(p.ctx, list); err != nil {
			return err
		}
		done = len(list)
		for i := range list {
			if err := p.renewFeatures(&list[i], list[i].claim.Category); err != nil {
				return err
			}
		}
		return nil
	})
	return next, done, err
}
