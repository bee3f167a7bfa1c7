package rulebook

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/openchancery/chancery/day"
)

// Trace is how a result came about: enough to explain it line by line, and to
// run it again in ten years on the same edition. It holds answers, so it is
// sealed by its Class. Its JSON is the same bytes for the same case.
type Trace struct {
	Edition  EditionRef `json:"edition"`
	Category string     `json:"category"`
	Claimant string     `json:"claimant,omitempty"`
	Received day.Date   `json:"received,omitzero"`
	Keep     Class      `json:"class"` // see Class
	Steps    []Step     `json:"steps"`

	// RestsOn is the entry beside which the outcome was kept when sensitive
	// answers were sent: the rules ran then, and this trace has no steps of its
	// own. "" where the rules ran for this trace.
	RestsOn string `json:"rests_on,omitempty"`
}

// EditionRef names an edition: the programme, its number, and the hash that
// rules where the two don't fit.
type EditionRef struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	Hash   Hash   `json:"hash"`
}

// Step is one rule at work.
type Step struct {
	Rule    string `json:"rule"`
	Basis   string `json:"basis,omitempty"`
	Inputs  Inputs `json:"inputs,omitempty"`
	Outcome string `json:"outcome"` // met, not-met, applies, passed-over, dismissed, or the amount awarded

	Parts []Part `json:"parts,omitempty"` // how the amount was worked out, where more than one expression did
}

// Part is one step in working an award out.
type Part struct {
	Step  string `json:"step"` // sum, amount, points, criterion:ID or a WorkKind
	Basis string `json:"basis,omitempty"`
	With  Inputs `json:"with,omitempty"` // what it reckoned with
	Gives string `json:"gives"`          // what it came to, "1250.5 EUR"; of a criterion the points so far; passed-over
}

// The outcomes of a step, beside an amount.
const (
	met        = "met"
	notMet     = "not-met"
	passedOver = "passed-over" // a valuation rule whose condition doesn't hold
	dismissed  = "dismissed"
	nothingDue = "nothing-due" // a valuation rule whose amount came to nothing
)

// Input is one value that a rule read: a field, or one of the names that every
// case has (received, category, claimant).
type Input struct {
	Name string
	Text string // canonical; "" where there was no answer
}

// Inputs are what a rule reads, in the order of names. Their JSON is one
// object; a value without an answer is null.
type Inputs []Input

// MarshalJSON writes {"claimed":"100.00 EUR","site":null}.
func (in Inputs) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, x := range in {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(x.Name)
		if err != nil {
			return nil, fmt.Errorf("write input %s: %w", x.Name, err)
		}
		b.Write(name)
		b.WriteByte(':')
		if x.Text == "" {
			b.WriteString("null")
			continue
		}
		text, err := json.Marshal(x.Text)
		if err != nil {
			return nil, fmt.Errorf("write input %s: %w", x.Name, err)
		}
		b.Write(text)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON writes, keeping its order.
func (in *Inputs) UnmarshalJSON(src []byte) error {
	d := json.NewDecoder(bytes.NewReader(src))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("read inputs: not an object: %v", err)
	}
	*in = Inputs{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return fmt.Errorf("read inputs: %w", err)
		}
		var text *string
		if err := d.Decode(&text); err != nil {
			return fmt.Errorf("read inputs: %w", err)
		}
		x := Input{Name: name.(string)}
		if text != nil {
			x.Text = *text
		}
		*in = append(*in, x)
	}
	return nil
}

// Class is the highest class among the fields that the rules read, and at least
// internal: that a rule was reached tells something by itself.
func (t Trace) Class() Class { return t.Keep }

// higher is the more protected of a class and that of a field.
func (e *Edition) higher(class Class, field string) Class {
	if f, ok := e.fields[fieldOf(field)]; ok && f.Class.rank() > class.rank() {
		return f.Class
	}
	return class
}
