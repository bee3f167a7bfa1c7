package rulebook

import (
	"errors"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
)

// FindingOutcome is what the register does with a claim.
type FindingOutcome string

const (
	Record    FindingOutcome = "record"
	Deficient FindingOutcome = "deficient" // something formal is missing; the claimant may bring it
	Refuse    FindingOutcome = "refuse"    // the claim doesn't belong to this programme
)

// Finding is what the rules say of a claim that was filed.
type Finding struct {
	Outcome FindingOutcome
	Missing []string // ids of requirements that aren't met, in order; AnswerPrefix + field for an answer that is required
	Rule    string   // the rule that refused
	Ground  string   // its ground
	Trace   Trace
}

// AnswerPrefix stands before a field's id where Finding.Missing asks for the
// answer to that field.
const AnswerPrefix = "answer:"

// ValuationOutcome is what a claim comes to.
type ValuationOutcome string

const (
	Award     ValuationOutcome = "award"
	Dismissal ValuationOutcome = "dismissal"
)

// Valuation is what the rules say a recorded claim comes to.
type Valuation struct {
	Outcome ValuationOutcome
	Award   money.Amount // above nothing, of an award
	Rule    string
	Ground  string // of a dismissal
	Trace   Trace

	Interest money.Amount   // stated beside the award; zero value: none
	Shares   []money.Amount // the parts of the award, in the order in which the rule names the shares; nil where it isn't parted
}

// compiledRule is a rule with its program; a nil program always holds.
type compiledRule struct {
	*Rule
	program *program
}

// compiledValuation is a valuation rule with its programs.
type compiledValuation struct {
	*ValuationRule
	when   *program
	amount *program
	grid   *Grid
	steps  []compiledWork
	reads  []*program // all that it may run
}

// programs are all that the rule may run; the first one is its condition.
func (r *compiledValuation) programs() []*program {
	all := []*program{r.when, r.amount}
	if r.grid != nil {
		for i := range r.grid.Criteria {
			all = append(all, r.grid.Criteria[i].when, r.grid.Criteria[i].points)
		}
	}
	for i := range r.steps {
		all = append(all, r.steps[i].programs()...)
	}
	return all
}

// compiledCategory is a category with the rules that apply to it, in order.
type compiledCategory struct {
	*Category
	asks         map[string]bool
	required     []question
	proofs       []Proof // those that are required
	requirements []compiledRule
	eligibility  []compiledRule
	valuation    []compiledValuation
}

// Assess looks whether a claim can go on the record: first what is formal,
// all of it, so that the claimant is asked once; then, where nothing is
// missing, whether it belongs to this programme, until one rule says no.
//
// The faults are rulebook.category-unknown, rulebook.claimant-unknown,
// rulebook.unanswered (a rule reads a field that has no answer: rule, field)
// and rulebook.arithmetic (rule, reason).
func (e *Edition) Assess(c Case) (Finding, error) { return e.assess(&c, true) }

// AssessUntraced is Assess without the trace, for whoever runs very many cases
// and keeps no more than what they came to.
func (e *Edition) AssessUntraced(c Case) (Finding, error) { return e.assess(&c, false) }

func (e *Edition) assess(c *Case, traced bool) (Finding, error) {
	category, err := e.open(c)
	if err != nil {
		return Finding{}, err
	}
	f := Finding{Outcome: Record}
	trace := &f.Trace
	if !traced {
		trace = nil
	} else {
		f.Trace = e.trace(c, 2+len(category.requirements)+len(category.eligibility))
	}
	if err := e.lacking(c, category, &f, trace); err != nil {
		return Finding{}, err
	}
	for _, r := range category.requirements {
		ok, err := e.try(c, r, trace)
		if err != nil {
			return Finding{}, err
		}
		if !ok {
			f.Missing = append(f.Missing, r.ID)
		}
	}
	if len(f.Missing) > 0 {
		f.Outcome = Deficient
		return f, nil
	}
	for _, r := range category.eligibility {
		ok, err := e.try(c, r, trace)
		if err != nil {
			return Finding{}, err
		}
		if !ok {
			f.Outcome, f.Rule, f.Ground = Refuse, r.ID, r.Ground
			return f, nil
		}
	}
	return f, nil
}

// Value says what a recorded claim comes to: the first valuation rule that
// applies to its category and whose condition holds decides. An amount of
// nothing is a dismissal on the ground of Otherwise.
//
// The faults are those of Assess, and rulebook.amount-not-payable (rule,
// amount, currency) for an amount below nothing or with more decimals than its
// currency: a mistake in the rule, which must not pass for a dismissal.
func (e *Edition) Value(c Case) (Valuation, error) { return e.value(&c, true) }

// ValueUntraced is Value without the trace.
func (e *Edition) ValueUntraced(c Case) (Valuation, error) { return e.value(&c, false) }

func (e *Edition) value(c *Case, traced bool) (Valuation, error) {
	category, err := e.open(c)
	if err != nil {
		return Valuation{}, err
	}
	if e.recordsOnly {
		return Valuation{}, fault.New(fault.NotAllowed, "rulebook.records-claims-only", "programme", e.ID)
	}
	v := Valuation{}
	trace := &v.Trace
	if !traced {
		trace = nil
	} else {
		v.Trace = e.trace(c, 2)
	}
	for i := range category.valuation {
		r := &category.valuation[i]
		ok, err := e.applies(c, r)
		if err != nil {
			return Valuation{}, err
		}
		if !ok {
			if trace != nil {
				trace.step(e, r.ID, r.Basis, e.inputs(c, r.when), passedOver)
			}
			continue
		}
		if done, err := e.award(c, r, &v, trace); done || err != nil {
			return v, err
		}
		break
	}
	v.Outcome, v.Rule, v.Ground = Dismissal, e.Otherwise.ID, e.Otherwise.Ground
	if trace != nil {
		trace.step(e, e.Otherwise.ID, e.Otherwise.Basis, nil, dismissed)
	}
	return v, nil
}

// award decides by a rule that applies, unless its amount comes to nothing.
func (e *Edition) award(c *Case, r *compiledValuation, v *Valuation, t *Trace) (bool, error) {
	if r.Ground != "" {
		v.Outcome, v.Rule, v.Ground = Dismissal, r.ID, r.Ground
		if t != nil {
			t.step(e, r.ID, r.Basis, e.inputs(c, r.reads...), dismissed)
		}
		return true, nil
	}
	award := r.Sum
	var parts []Part
	if r.amount != nil || r.grid != nil || len(r.steps) > 0 {
		w := working{edition: e, c: c, rule: r}
		if t != nil {
			w.parts = &parts
		}
		if err := w.work(); err != nil {
			return false, e.failed(r.ID, err)
		}
		if w.stands.sign() == 0 {
			if t != nil {
				t.step(e, r.ID, r.Basis, e.inputs(c, r.reads...), nothingDue)
				t.Steps[len(t.Steps)-1].Parts = parts
			}
			return false, nil
		}
		var err error
		if award, err = w.payable(w.stands); err != nil {
			return false, e.failed(r.ID, err)
		}
		v.Interest, v.Shares = w.interest, w.shares
	}
	v.Outcome, v.Rule, v.Award = Award, r.ID, award
	if t != nil {
		t.step(e, r.ID, r.Basis, e.inputs(c, r.reads...), award.String())
		t.Steps[len(t.Steps)-1].Parts = parts
	}
	return true, nil
}

// Suspicions lists the checks that hold, by id, in the order of the file: what
// looks wrong with a claim, for somebody to look at. They read public fields
// and what was decided, nothing else, and change nothing.
func (e *Edition) Suspicions(c Case) ([]string, error) {
	if _, err := e.open(&c); err != nil {
		return nil, err
	}
	var ids []string
	for _, r := range e.checks {
		if !r.covers(c.Category) {
			continue
		}
		ok, err := r.program.holds(scope{&c})
		if err != nil {
			return nil, e.failed(r.ID, err)
		}
		if ok {
			ids = append(ids, r.ID)
		}
	}
	return ids, nil
}

// Resting is the trace of an outcome that was kept when sensitive answers were
// sent, beside the entry named.
func (e *Edition) Resting(c Case, on string) Trace {
	t := e.trace(&c, 0)
	t.RestsOn = on
	return t
}

// open finds the case's category and refuses what no rule could judge.
func (e *Edition) open(c *Case) (*compiledCategory, error) {
	category, ok := e.categories[c.Category]
	if !ok {
		return nil, fault.New(fault.Invalid, "rulebook.category-unknown", "programme", e.ID, "category", c.Category)
	}
	for _, kind := range category.Claimants {
		if kind == c.Claimant {
			return category, nil
		}
	}
	return nil, fault.New(fault.Invalid, "rulebook.claimant-not-taken", "category", c.Category, "claimant", c.Claimant)
}

// try runs a requirement or a rule of eligibility and enters it in the trace,
// where one is kept.
func (e *Edition) try(c *Case, r compiledRule, t *Trace) (bool, error) {
	ok, err := r.program.holds(scope{c})
	if err != nil {
		return false, e.failed(r.ID, err)
	}
	if t == nil {
		return ok, nil
	}
	outcome := met
	if !ok {
		outcome = notMet
	}
	t.step(e, r.ID, r.Basis, e.inputs(c, r.program), outcome)
	return ok, nil
}

func (e *Edition) applies(c *Case, r *compiledValuation) (bool, error) {
	if r.when == nil {
		return true, nil
	}
	ok, err := r.when.holds(scope{c})
	if err != nil {
		return false, e.failed(r.ID, err)
	}
	return ok, nil
}

// failed names the rule that could not be run. What CEL says of it stays out:
// it may hold what was answered.
func (e *Edition) failed(rule string, err error) error {
	if field, ok := errors.AsType[unanswered](err); ok {
		return fault.New(fault.Invalid, "rulebook.unanswered", "programme", e.ID, "rule", rule, "field", string(field))
	}
	if reason, ok := errors.AsType[arithmetic](err); ok {
		return fault.New(fault.Invalid, "rulebook.arithmetic", "programme", e.ID, "rule", rule, "reason", string(reason))
	}
	if n, ok := errors.AsType[notPayable](err); ok {
		return fault.New(fault.Invalid, "rulebook.amount-not-payable", "rule", rule, "amount", n.number, "currency", n.currency)
	}
	return fault.New(fault.Invalid, "rulebook.not-run", "programme", e.ID, "rule", rule)
}

func (e *Edition) trace(c *Case, steps int) Trace {
	return Trace{
		Edition:  EditionRef{ID: e.ID, Number: e.Number, Hash: e.Hash},
		Category: c.Category, Claimant: c.Claimant, Received: c.Received,
		Keep: Internal, Steps: make([]Step, 0, steps),
	}
}

// step enters one rule's work.
func (t *Trace) step(e *Edition, rule, basis string, inputs Inputs, outcome string) {
	for _, in := range inputs {
		t.Keep = e.higher(t.Keep, in.Name)
	}
	t.Steps = append(t.Steps, Step{Rule: rule, Basis: basis, Inputs: inputs, Outcome: outcome})
}

// inputs are what the programs read of the case, each name once, in order.
func (e *Edition) inputs(c *Case, programs ...*program) Inputs {
	var in Inputs
	for _, p := range programs {
		if p == nil {
			continue
		}
		for _, name := range p.reads {
			in = in.with(name, c)
		}
	}
	return in
}

// with adds a name at its place, unless it is there.
func (in Inputs) with(name string, c *Case) Inputs {
	at := len(in)
	for at > 0 && in[at-1].Name >= name {
		at--
	}
	if at < len(in) && in[at].Name == name {
		return in
	}
	v, _ := c.value(name)
	in = append(in, Input{})
	copy(in[at+1:], in[at:])
	in[at] = Input{Name: name, Text: v.Text()}
	return in
}

// covers reports whether a rule applies to a category.
func (r *Rule) covers(category string) bool {
	if len(r.Categories) == 0 {
		return true
	}
	for _, id := range r.Categories {
		if id == category {
			return true
		}
	}
	return false
}
