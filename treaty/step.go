package treaty

import (
	"fmt"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
)

// Step is one step of an explanation, or one thing that is missing: a code, for
// which the catalogue has the sentence ("treaty.step.delay"), its values, the
// clause that it goes by and the action that it rests on.
type Step struct {
	Code      string        `json:"code"`
	Values    []fault.Value `json:"values,omitempty"`
	Provision string        `json:"provision,omitempty"`
	Action    FactID        `json:"action,omitempty"`
}

// step makes a step; pairs are name, value, name, value …, and values without a
// text are left out.
func step(code, provision string, action FactID, pairs ...any) Step {
	s := Step{Code: "treaty.step." + code, Provision: provision, Action: action}
	for i := 0; i+1 < len(pairs); i += 2 {
		s.Values = append(s.Values, fault.Value{Name: fmt.Sprint(pairs[i]), Text: fmt.Sprint(pairs[i+1])})
	}
	if provision != "" {
		s.Values = append(s.Values, fault.Value{Name: "provision", Text: provision})
	}
	return s
}

// Value is the text of one of the step's values, or "".
func (s Step) Value(name string) string {
	for _, v := range s.Values {
		if v.Name == name {
			return v.Text
		}
	}
	return ""
}

// dated is a date for JSON: null where there is none.
func dated(d day.Date) *day.Date {
	if d.IsZero() {
		return nil
	}
	return &d
}

// countSteps names the instruments that were counted up to a day, with their
// running number under the first condition that counts, and those that were
// not, with the reason.
func (v *view) countSteps(e *entry, tallies []*tally, on day.Date) {
	for _, t := range tallies {
		if t.Finding != "" {
			continue
		}
		n := 0
		need := t.Number
		if len(t.All) > 0 {
			need = len(t.All)
		}
		provision := t.Provision
		if provision == "" {
			provision = v.is.Clause.Provision
		}
		for _, d := range v.deposits(on) {
			values := []any{"condition", t.Name, "party", d.life.Name, "kind", d.Kind, "on", d.On}
			switch why := v.refusal(t.Condition, d.life, d.spell); {
			case d.until == on || !d.until.IsZero() && d.until.Before(on):
				e.steps = append(e.steps, step("withdrawn", provision, d.id, append(values, "until", d.until)...))
			case why != "":
				e.steps = append(e.steps, step("not_counted."+why, provision, d.id, append(values, "group", t.Group)...))
			case len(t.All) > 0 && !d.life.within(t.All):
			default:
				n++
				e.steps = append(e.steps, step("counted", provision, d.id, append(values, "number", n, "need", need, "weight", t.weightOf(d.life))...))
			}
		}
		for _, l := range v.lives {
			for _, a := range l.later {
				if !a.date.After(on) && a.Kind != Succession {
					e.steps = append(e.steps, step("not_counted.twice", provision, a.id, "condition", t.Name, "party", l.Name, "kind", a.Kind, "on", a.On, "with", a.With))
				}
			}
		}
	}
}

func (t *tally) weightOf(l *life) string {
	if w := t.weights[l]; w != nil {
		return decimal(w)
	}
	return ""
}

// deposit is one instrument and the party that it is of.
type deposit struct {
	*spell
	life *life
}

// deposits are the instruments up to a day, in the order of the acts.
func (v *view) deposits(on day.Date) []deposit {
	by := map[FactID]deposit{}
	for _, l := range v.lives {
		for i := range l.spells {
			by[l.spells[i].id] = deposit{&l.spells[i], l}
		}
	}
	var all []deposit
	for _, a := range v.acts {
		if d, ok := by[a.id]; ok && !a.date.After(on) {
			all = append(all, d)
		}
	}
	return all
}
