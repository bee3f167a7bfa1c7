package office

import (
	"encoding/json"
	"errors"
	"fmt"

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
	outcomesBlob     = "outcomes"
	sentExaminedBlob = "sent.examined"
	sentAssessedBlob = "sent.assessed"
)

// outcomes are what the rules said when sensitive answers were sent.
type outcomes struct {
	Finding   *keptFinding   `json:"finding,omitempty"`
	Valuation *keptValuation `json:"valuation,omitempty"`

	// Why the rules gave no finding or valuation, where they gave none.
	NotExamined *keptFault `json:"not_examined,omitempty"`
	NotValued   *keptFault `json:"not_valued,omitempty"`
}

type keptFinding struct {
	Outcome rulebook.FindingOutcome `json:"outcome"`
	Missing []string                `json:"missing,omitempty"`
	Rule    string                  `json:"rule,omitempty"`
	Ground  string                  `json:"ground,omitempty"`
}

type keptValuation struct {
	Outcome rulebook.ValuationOutcome `json:"outcome"`
	Award   *money.Amount             `json:"award,omitempty"`
	Rule    string                    `json:"rule"`
	Ground  string                    `json:"ground,omitempty"`
}

// keptFault is a fault of the rules, without its values but the names of rule
// and field: others might tell what was answered.
type keptFault struct {
	Code  string `json:"code"`
	Rule  string `json:"rule,omitempty"`
	Field string `json:"field,omitempty"`
}

func keepFault(f *fault.Fault) *keptFault {
	kept := &keptFault{Code: f.Code}
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
	return len(e.ByClass(answers)[rulebook.Sensitive]) > 0
}

// atSending runs the rules over a claim whose answers are all at hand, for the
// last time here, and answers what is to be sealed of it.
func atSending(e *rulebook.Edition, c rulebook.Case) ([]Item, error) {
	var kept outcomes
	var traces []Item
	keep := func(name string, t rulebook.Trace) error {
		item, err := traceItem(name, t)
		traces = append(traces, item)
		return err
	}
	finding, err := e.Assess(c)
	if failed, ok := errors.AsType[*fault.Fault](err); ok {
		kept.NotExamined = keepFault(failed)
	} else if err != nil {
		return nil, err
	} else {
		kept.Finding = &keptFinding{finding.Outcome, finding.Missing, finding.Rule, finding.Ground}
		if err := keep(sentExaminedBlob, finding.Trace); err != nil {
			return nil, err
		}
	}
	valuation, err := e.Value(c)
	if failed, ok := errors.AsType[*fault.Fault](err); ok {
		kept.NotValued = keepFault(failed)
	} else if err != nil {
		return nil, err
	} else {
		kept.Valuation = &keptValuation{Outcome: valuation.Outcome, Rule: valuation.Rule, Ground: valuation.Ground}
		if valuation.Outcome == rulebook.Award {
			kept.Valuation.Award = &valuation.Award
		}
		if err := keep(sentAssessedBlob, valuation.Trace); err != nil {
			return nil, err
		}
	}
	payload, err := docket.Marshal(kept)
	if err != nil {
		return nil, fmt.Errorf("write outcomes: %w", err)
	}
	return append([]Item{{Class: string(rulebook.Internal), Name: outcomesBlob, Payload: payload}}, traces...), nil
}

// keptOutcomes are the outcomes in a blob, with the entry that it stands
// beside.
type keptOutcomes struct {
	outcomes
	at docket.Ref
}

func readOutcomes(b store.Blob, payload []byte) (*keptOutcomes, error) {
	kept := &keptOutcomes{at: docket.Ref{Stream: b.Claim.Stream(), Version: b.Version}}
	if err := json.Unmarshal(payload, &kept.outcomes); err != nil {
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

func (k *keptFault) fault() error {
	if k == nil {
		return fault.New(fault.Unsound, "office.outcome-unreadable")
	}
	return fault.New(fault.Invalid, "office.rules-failed-at-sending", "why", k.Code, "rule", k.Rule, "field", k.Field)
}
