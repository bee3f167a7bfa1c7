package rulebook

import (
	"errors"
	"slices"
	"strings"
)

// What stands before an id in Finding.Missing, beside AnswerPrefix: a proof of
// the category's evidence, a party that may not file here, and a party whose
// mandate isn't shown.
const (
	EvidencePrefix = "evidence:"
	PartyPrefix    = "party:"
	MandatePrefix  = "mandate:"
)

// question is a field of a category's form that has a say in Assess.
type question struct {
	id   string
	when *program // nil: always asked
}

// Asked lists the fields of the category's form that are asked, given the
// answers so far, in the order of the form. A condition that reads what has no
// answer yet doesn't hold. The faults are rulebook.category-unknown and
// rulebook.arithmetic.
func (e *Edition) Asked(c Case) ([]string, error) {
	category, ok := e.categories[c.Category]
	if !ok {
		_, err := e.open(&c)
		return nil, err
	}
	asked := make([]string, 0, len(category.Asks))
	for _, id := range category.Asks {
		ok, err := e.isAsked(&c, question{id, e.when[id]})
		if err != nil {
			return nil, err
		}
		if ok {
			asked = append(asked, id)
		}
	}
	return asked, nil
}

func (e *Edition) isAsked(c *Case, q question) (bool, error) {
	if q.when == nil {
		return true, nil
	}
	ok, err := q.when.holds(scope{c})
	if _, nothing := errors.AsType[unanswered](err); nothing {
		return false, nil
	}
	if err != nil {
		return false, e.failed(q.id, err)
	}
	return ok, nil
}

// lacking is what a form asks for and doesn't have: answers that are required,
// proofs that are, and the mandate of who files.
func (e *Edition) lacking(c *Case, category *compiledCategory, f *Finding, t *Trace) error {
	lack := func(id, basis string, inputs Inputs) {
		f.Missing = append(f.Missing, id)
		if t != nil {
			t.step(e, id, basis, inputs, notMet)
		}
	}
	for i := range category.required {
		q := category.required[i]
		if _, ok := c.Answers[q.id]; ok {
			continue
		}
		ok, err := e.isAsked(c, q)
		if err != nil {
			return err
		}
		if ok {
			lack(AnswerPrefix+q.id, "", e.inputs(c, q.when).with(q.id, c))
		}
	}
	for _, id := range category.Asks {
		if _, ok := c.Answers[id]; !ok && !slices.Contains(category.Requires, id) && e.companion(c, category, id) {
			lack(AnswerPrefix+id, "", Inputs{}.with(id, c))
		}
	}
	for i := range category.proofs {
		p := &category.proofs[i]
		if v := c.Answers[p.Field]; v.number != 1 {
			lack(EvidencePrefix+p.ID, p.Basis, Inputs{}.with(p.Field, c))
		}
	}
	if e.party == "" || !category.asks[e.party] {
		return nil
	}
	for i := range e.Parties {
		p := &e.Parties[i]
		if c.Answers[e.party].text != p.ID {
			continue
		}
		inputs := Inputs{}.with(e.party, c)
		if !p.files(c) {
			lack(PartyPrefix+p.ID, p.Basis, inputs.with(claimantName, c))
		} else if v, ok := c.Answers[p.Mandate]; p.Mandate != "" && (!ok || v.kind == Boolean && v.number == 0) {
			lack(MandatePrefix+p.ID, p.Basis, inputs.with(p.Mandate, c))
		}
	}
	return nil
}

// files reports whether the party may file this case.
func (p *Party) files(c *Case) bool {
	return (len(p.Claimants) == 0 || slices.Contains(p.Claimants, c.Claimant)) &&
		(len(p.Categories) == 0 || slices.Contains(p.Categories, c.Category))
}

// Lacks is what Finding.Missing asks for, in the rulebook's own words: the text
// of a requirement, the label of a question, a proof, a mandate or a party.
func (e *Edition) Lacks(category, missing string) Texts {
	for i := range e.Requirements {
		if e.Requirements[i].ID == missing {
			return e.Requirements[i].Text
		}
	}
	if id, ok := strings.CutPrefix(missing, AnswerPrefix); ok {
		if f, ok := e.fields[id]; ok {
			return f.Label
		}
	}
	if id, ok := strings.CutPrefix(missing, EvidencePrefix); ok {
		if c, ok := e.categories[category]; ok {
			for i := range c.proofs {
				if c.proofs[i].ID == id {
					return c.proofs[i].Text
				}
			}
		}
	}
	for i := range e.Parties {
		p := &e.Parties[i]
		switch missing {
		case PartyPrefix + p.ID:
			return p.Title
		case MandatePrefix + p.ID:
			if p.MandateText != nil {
				return p.MandateText
			}
			if f, ok := e.fields[p.Mandate]; ok {
				return f.Label
			}
		}
	}
	return nil
}
