package office

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// Sensitive answers are sealed to the desk's key, which the server doesn't
// hold. So the rules run over them once, in memory, when they are sent; what
// stays in the server's reach is the outcome, without what was read. The traces,
// which hold what was read, are sealed by their class, which is the desk's as
// soon as a rule looked at something sensitive. The register and the commission
// act on the outcomes that were kept.

// The names of what is sealed beside sensitive answers.
const (
	OutcomesBlob     = "outcomes"
	SentExaminedBlob = "sent.examined"
	SentAssessedBlob = "sent.assessed"
)

// Outcomes are what the rules said when sensitive answers were sent.
type Outcomes struct {
	Finding   *KeptFinding   `json:"finding,omitempty"`
	Valuation *KeptValuation `json:"valuation,omitempty"`

	// Why the rules gave no finding or valuation, where they gave none.
	NotExamined *KeptFault `json:"not_examined,omitempty"`
	NotValued   *KeptFault `json:"not_valued,omitempty"`
}

// KeptFinding is a finding without its trace.
type KeptFinding struct {
	Outcome rulebook.FindingOutcome `json:"outcome"`
	Missing []string                `json:"missing,omitempty"`
	Rule    string                  `json:"rule,omitempty"`
	Ground  string                  `json:"ground,omitempty"`
	Tests   []claim.TestFinding     `json:"tests,omitempty"` // where the edition names tests
}

// KeptValuation is a valuation without its trace.
type KeptValuation struct {
	Outcome rulebook.ValuationOutcome `json:"outcome"`
	Award   *money.Amount             `json:"award,omitempty"`
	Rule    string                    `json:"rule"`
	Ground  string                    `json:"ground,omitempty"`
}

// KeptFault is a fault of the rules, without its values but the names of rule
// and field: others might tell what was answered.
type KeptFault struct {
	Code  string `json:"code"`
	Rule  string `json:"rule,omitempty"`
	Field string `json:"field,omitempty"`
}

func keepFault(f *fault.Fault) *KeptFault {
	kept := &KeptFault{Code: f.Code}
	for _, v := range f.Values {
		switch v.Name {
		case "rule":
			kept.Rule = v.Text
		case "field":
			kept.Field = v.Text
		}
	}
	return kept
}

// sensitiveAmong reports whether any of the answers is sensitive.
func sensitiveAmong(e *rulebook.Edition, answers rulebook.Answers) bool {
	for id := range answers {
		if f, ok := e.Field(id); ok && f.Class == rulebook.Sensitive {
			return true
		}
	}
	return false
}

// Judged is what the rules say of a claim, with the traces of how; a trace is
// nil where the rules gave a fault.
type Judged struct {
	Outcomes
	Examined, Assessed *rulebook.Trace
}

// Judge runs all rules over a claim whose answers are all at hand. A fault of
// the rules is an outcome too; the error is for what else goes wrong.
func Judge(e *rulebook.Edition, c rulebook.Case) (Judged, error) {
	var j Judged
	finding, err := e.Assess(c)
	if failed, ok := errors.AsType[*fault.Fault](err); ok {
		j.NotExamined = keepFault(failed)
	} else if err != nil {
		return j, err
	} else {
		tests, err := testsByRule(e, c)
		if err != nil {
			return j, err
		}
		j.Finding = &KeptFinding{finding.Outcome, finding.Missing, finding.Rule, finding.Ground, tests}
		j.Examined = &finding.Trace
	}
	valuation, err := e.Value(c)
	if failed, ok := errors.AsType[*fault.Fault](err); ok {
		j.NotValued = keepFault(failed)
	} else if err != nil {
		return j, err
	} else {
		j.Valuation = &KeptValuation{Outcome: valuation.Outcome, Rule: valuation.Rule, Ground: valuation.Ground}
		j.Assessed = &valuation.Trace
		if valuation.Outcome == rulebook.Award {
			j.Valuation.Award = &valuation.Award
		}
	}
	return j, nil
}

// atSending judges a claim whose answers are all at hand, for the last time
// here, and answers what is to be sealed of it.
func atSending(e *rulebook.Edition, c rulebook.Case) ([]Item, error) {
	j, err := Judge(e, c)
	if err != nil {
		return nil, err
	}
	payload, err := docket.Marshal(j.Outcomes)
	if err != nil {
		return nil, fmt.Errorf("write outcomes: %w", err)
	}
	items := []Item{{Class: string(rulebook.Internal), Name: OutcomesBlob, Payload: payload}}
	for _, t := range []struct {
		name  string
		trace *rulebook.Trace
	}{{SentExaminedBlob, j.Examined}, {SentAssessedBlob, j.Assessed}} {
		if t.trace == nil {
			continue
		}
		item, err := traceItem(t.name, *t.trace)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// keptOutcomes are the outcomes in a blob, with the entry that it stands
// beside.
type keptOutcomes struct {
	Outcomes
	at docket.Ref
}

func readOutcomes(b store.Blob, payload []byte) (*keptOutcomes, error) {
	kept := &keptOutcomes{at: docket.Ref{Stream: b.Claim.Stream(), Version: b.Version}}
	if err := json.Unmarshal(payload, &kept.Outcomes); err != nil {
		return nil, fmt.Errorf("read %s: %w", b.Name, err)
	}
	return kept, nil
}

// finding is the finding that was kept, or the fault that was.
func (k *keptOutcomes) finding(e *rulebook.Edition, c rulebook.Case) (rulebook.Finding, error) {
	if k.Finding == nil {
		return rulebook.Finding{}, k.NotExamined.fault()
	}
	f := k.Finding
	return rulebook.Finding{
		Outcome: f.Outcome, Missing: f.Missing, Rule: f.Rule, Ground: f.Ground, Trace: e.Resting(c, k.at.String()),
	}, nil
}

// valuation is the valuation that was kept, or the fault that was.
func (k *keptOutcomes) valuation(e *rulebook.Edition, c rulebook.Case) (rulebook.Valuation, error) {
	if k.Valuation == nil {
		return rulebook.Valuation{}, k.NotValued.fault()
	}
	v := k.Valuation
	valued := rulebook.Valuation{Outcome: v.Outcome, Rule: v.Rule, Ground: v.Ground, Trace: e.Resting(c, k.at.String())}
	if v.Award != nil {
		valued.Award = *v.Award
	}
	return valued, nil
}

func (k *KeptFault) fault() error {
	if k == nil {
		return fault.New(fault.Unsound, "office.outcome-unreadable")
	}
	return fault.New(fault.Invalid, "office.rules-failed-at-sending", "why", k.Code, "rule", k.Rule, "field", k.Field)
}
