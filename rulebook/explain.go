package rulebook

import (
	"strings"
)

// Explanation is one rule at work, told in a language of the programme: what a
// reader needs to follow it without the rulebook at hand.
type Explanation struct {
	Rule       string        `json:"rule"`
	Part       RulePart      `json:"part"`
	Outcome    string        `json:"outcome"`          // met, not-met, applies, passed-over, dismissed, nothing-due or award
	Award      string        `json:"award,omitempty"`  // "2500.00 EUR"
	Text       string        `json:"text,omitempty"`   // what the rule asks; of what is missing, its name
	Ground     string        `json:"ground,omitempty"` // what follows where it isn't met, or on what it dismisses
	Basis      string        `json:"basis,omitempty"`
	Assumption bool          `json:"assumption,omitempty"`
	Read       []ReadInput   `json:"read,omitempty"`
	Working    []WorkingLine `json:"working,omitempty"`
}

// RulePart says what kind of rule it is.
type RulePart string

// The parts of an edition that a trace has steps of.
const (
	PartAnswer      RulePart = "answer"   // that the form requires
	PartEvidence    RulePart = "evidence" // likewise
	PartParty       RulePart = "party"
	PartMandate     RulePart = "mandate"
	PartRequirement RulePart = "requirement"
	PartEligibility RulePart = "eligibility"
	PartValuation   RulePart = "valuation"
	PartOtherwise   RulePart = "otherwise"
)

// ReadInput is one thing that a rule read.
type ReadInput struct {
	Name  string    `json:"name"`
	Label string    `json:"label,omitempty"` // of the question; "" for what isn't one
	Type  FieldType `json:"type,omitempty"`
	Text  string    `json:"text"`            // canonical; "" where there was no answer
	Shown string    `json:"shown,omitempty"` // of a choice, the option's label
}

// WorkingLine is one step in working an award out.
type WorkingLine struct {
	Step  string `json:"step"` // sum, amount, points, criterion or a WorkKind
	Text  string `json:"text,omitempty"`
	Basis string `json:"basis,omitempty"`
	With  Inputs `json:"with,omitempty"`
	Gives string `json:"gives"` // or passed-over
}

// Explain tells a trace of this edition, rule by rule.
func (e *Edition) Explain(t Trace, language string) []Explanation {
	lines := make([]Explanation, len(t.Steps))
	for i := range t.Steps {
		lines[i] = e.explain(&t, &t.Steps[i], language)
	}
	return lines
}

func (e *Edition) explain(t *Trace, s *Step, language string) Explanation {
	x := Explanation{Rule: s.Rule, Outcome: s.Outcome, Basis: s.Basis}
	for _, in := range s.Inputs {
		x.Read = append(x.Read, e.readInput(in, language))
	}
	ground := func(id string) {
		if g, ok := e.Ground(id); ok {
			x.Ground = g.Text.In(language)
		}
	}
	switch s.Outcome {
	case met, notMet, passedOver, dismissed, nothingDue:
	default:
		x.Outcome, x.Award = "award", s.Outcome
	}
	for prefix, part := range map[string]RulePart{
		AnswerPrefix: PartAnswer, EvidencePrefix: PartEvidence, PartyPrefix: PartParty, MandatePrefix: PartMandate,
	} {
		if strings.HasPrefix(s.Rule, prefix) {
			x.Part, x.Text = part, e.Lacks(t.Category, s.Rule).In(language)
			return x
		}
	}
	rule := func(part RulePart, r *Rule) {
		x.Part, x.Text, x.Assumption = part, r.Text.In(language), r.Assumption
		ground(r.Ground)
	}
	for i := range e.Requirements {
		if e.Requirements[i].ID == s.Rule {
			rule(PartRequirement, &e.Requirements[i])
		}
	}
	for i := range e.Eligibility {
		if e.Eligibility[i].ID == s.Rule {
			rule(PartEligibility, &e.Eligibility[i])
		}
	}
	for i := range e.Valuation {
		if r := &e.Valuation[i]; r.ID == s.Rule {
			rule(PartValuation, &r.Rule)
			x.Working = e.workingLines(r, s.Parts, language)
		}
	}
	if e.Otherwise.ID != "" && e.Otherwise.ID == s.Rule {
		rule(PartOtherwise, &e.Otherwise)
	}
	return x
}

// readInput names what a rule read in the words of the form.
func (e *Edition) readInput(in Input, language string) ReadInput {
	r := ReadInput{Name: in.Name, Text: in.Text}
	switch f, ok := e.fields[in.Name]; {
	case ok:
		r.Label, r.Type = f.Label.In(language), f.Type
		for _, o := range f.Options {
			if o.ID == in.Text {
				r.Shown = o.Label.In(language)
			}
		}
	case in.Name == categoryName:
		if c, ok := e.Category(in.Text); ok {
			r.Shown = c.Title.In(language)
		}
	}
	return r
}

// workingLines puts the steps of a rule beside what they came to.
func (e *Edition) workingLines(r *ValuationRule, parts []Part, language string) []WorkingLine {
	lines := make([]WorkingLine, len(parts))
	step := 0
	for i, p := range parts {
		l := WorkingLine{Step: p.Step, Basis: p.Basis, With: p.With, Gives: p.Gives}
		if id, ok := strings.CutPrefix(p.Step, "criterion:"); ok {
			l.Step = "criterion"
			if g := e.grids[r.Points]; g != nil {
				for j := range g.Criteria {
					if c := &g.Criteria[j]; c.ID == id {
						l.Text = c.Text.In(language)
					}
				}
			}
			if l.Text == "" {
				l.Text = id
			}
		} else if p.Step != "sum" && p.Step != "amount" && p.Step != "points" && step < len(r.Steps) {
			l.Text = r.Steps[step].Text.In(language)
			step++
		}
		lines[i] = l
	}
	return lines
}
