package office

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// material is a claim with what is opened of it. It is made within an act,
// which enters the opening into the reading log; open comes after.
type material struct {
	claim     claim.Claim
	edition   *rulebook.Edition
	sensitive bool // it has sensitive answers, which nobody here can open
	blobs     []store.Blob

	texts map[string]string // the sealed answers that were opened, and the public ones
	kept  *keptOutcomes
	from  *Provenance     // where it is asked for
	links []rulebook.Link // where the valuation reads them

	withheld bool // its sensitive answers stay closed, and no rule looks into them
}

// forRules is what the rules work on: the sealed answers of a claim, or, where
// some of them are sensitive, the outcomes that were kept when they were sent.
func (p *performance) forRules(claims []claim.Claim, purpose string) ([]material, error) {
	list, err := p.sealedAnswers(claims)
	if err != nil {
		return nil, err
	}
	if purpose == PurposeValuation {
		if err := p.findLinks(list); err != nil {
			return nil, err
		}
	}
	var ids []claim.ID
	for _, m := range list {
		if m.sensitive {
			ids = append(ids, m.claim.ID)
		}
	}
	kept, err := p.tx.LatestBlobs(ids, OutcomesBlob)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if m := &list[i]; m.sensitive {
			if m.blobs = kept[m.claim.ID]; len(m.blobs) == 0 {
				return nil, fault.New(fault.Unsound, "office.no-outcome-kept", "claim", m.claim.Name())
			}
		}
	}
	return list, p.opens(list, purpose, ByRule)
}

// sealedAnswers are the newest sealed answers of claims, without the sensitive
// ones.
func (p *performance) sealedAnswers(claims []claim.Claim) ([]material, error) {
	ids := make([]claim.ID, len(claims))
	for i, c := range claims {
		if err := c.Kept(); err != nil {
			return nil, err
		}
		ids[i] = c.ID
	}
	found, err := p.tx.LatestBlobs(ids, AnswersPrefix)
	if err != nil {
		return nil, err
	}
	list := make([]material, len(claims))
	for i, c := range claims {
		list[i].claim = c
		if list[i].edition, err = p.o.edition(p.tx, c.Edition); err != nil {
			return nil, err
		}
		for _, b := range found[c.ID] {
			if b.Class == string(rulebook.Sensitive) {
				list[i].sensitive = true
				continue
			}
			list[i].blobs = append(list[i].blobs, b)
		}
	}
	return list, p.o.notShredded(p.ctx, list)
}

// opens enters into the reading log what is about to be opened.
func (p *performance) opens(list []material, purpose string, manner Manner) error {
	var openings []opening
	for _, m := range list {
		if len(m.blobs) == 0 {
			continue
		}
		names := make([]string, len(m.blobs))
		for i, b := range m.blobs {
			names[i] = b.Name
		}
		openings = append(openings, opening{m.claim, names})
	}
	return p.reads(purpose, manner, openings)
}

// open opens what the reading log says is opened.
func (o *Office) open(ctx context.Context, list []material) error {
	var blobs []store.Blob
	for _, m := range list {
		blobs = append(blobs, m.blobs...)
	}
	opened, err := o.Vault.Open(ctx, blobs)
	if err != nil {
		return fmt.Errorf("open answers: %w", err)
	}
	starts := make([]int, len(list))
	for i, at := 0, 0; i < len(list); i++ {
		starts[i], at = at, at+len(list[i].blobs)
	}
	return parallel(len(list), func(i int) error {
		m := &list[i]
		m.texts = maps.Clone(m.claim.Answers)
		if m.texts == nil {
			m.texts = map[string]string{}
		}
		for n, b := range m.blobs {
			if err := m.take(b, opened[starts[i]+n]); err != nil {
				return fmt.Errorf("claim %s: %w", m.claim.Name(), err)
			}
		}
		return nil
	})
}

func (m *material) take(b store.Blob, opened Unsealed) (err error) {
	if opened.Err != nil {
		return fmt.Errorf("open %s: %w", b.Name, opened.Err)
	}
	if b.Name == provenanceBlob {
		m.from = &Provenance{}
		return json.Unmarshal(opened.Payload, m.from)
	}
	if !strings.HasPrefix(b.Name, AnswersPrefix) {
		m.kept, err = readOutcomes(b, opened.Payload)
		return err
	}
	if err := json.Unmarshal(opened.Payload, &m.texts); err != nil {
		return fmt.Errorf("read %s: %w", b.Name, err)
	}
	return nil
}

// hearing is the claim as the rules see it, with these answers.
func (m *material) hearing(answers rulebook.Answers) rulebook.Case {
	return rulebook.Case{Category: m.claim.Category, Claimant: m.claim.Claimant, Received: m.claim.Received, Answers: answers}
}

// read makes a case of the answers that were opened.
func (m *material) read() (rulebook.Case, error) {
	answers, err := m.edition.Read(m.claim.Category, m.texts)
	if err != nil {
		return rulebook.Case{}, fmt.Errorf("read the answers: %w", err)
	}
	return m.hearing(answers), nil
}

// assess is what the rulebook finds of the claim, or found when its sensitive
// answers were sent.
func (m *material) assess() (rulebook.Finding, error) {
	if m.kept != nil {
		return m.kept.finding(m.edition, m.hearing(nil))
	}
	c, err := m.read()
	if err != nil {
		return rulebook.Finding{}, err
	}
	return m.edition.Assess(c)
}

// value is what the claim comes to, likewise.
func (m *material) value() (rulebook.Valuation, error) {
	if m.kept != nil {
		return m.kept.valuation(m.edition, m.hearing(nil))
	}
	c, err := m.read()
	if err != nil {
		return rulebook.Valuation{}, err
	}
	c.Links = m.links
	if m.withheld {
		c.Answers, _ = m.edition.Withhold(c.Category, m.claim.Blank, c.Answers)
	}
	return m.edition.Value(c)
}
