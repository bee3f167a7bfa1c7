package rulebook

import (
	"strconv"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
)

// Class says how closely an answer is kept.
type Class string

// The classes, in the order of rising protection. Do not reorder.
const (
	Public    Class = "public"    // stands in the clear in entries and figures; never free text
	Internal  Class = "internal"  // sealed; the office's own working data
	Personal  Class = "personal"  // sealed; found only over keyed hashes
	Sensitive Class = "sensitive" // sealed, never indexed
)

// Classes are all of them, least protected first.
var Classes = []Class{Public, Internal, Personal, Sensitive}

// rank is a class's place in Classes.
func (c Class) rank() int {
	for i, k := range Classes {
		if k == c {
			return i
		}
	}
	return len(Classes)
}

// FieldType is what may answer a field.
type FieldType string

// The types of a field, each with its canonical text.
const (
	Text    FieldType = "text"    // as it was given
	Date    FieldType = "date"    // "2006-01-02"
	Time    FieldType = "time"    // time of day, "15:04"
	Amount  FieldType = "amount"  // "1234.50 USD"
	Integer FieldType = "integer" // "42", an int64
	Boolean FieldType = "boolean" // "true" or "false"
	Choice  FieldType = "choice"  // the id of one of the field's options
)

// Value is one answer, of its field's type. Values are made by Edition.Read and
// compared with ==; the zero value is no answer.
type Value struct {
	kind   FieldType
	text   string // of a text, a time of day, a choice
	number int64  // of an integer; 1 for true
	date   day.Date
	amount money.Amount
}

// Type is the type of the field that it answers, "" for no answer.
func (v Value) Type() FieldType { return v.kind }

// Text is the canonical text: Edition.Read makes the same value of it again.
func (v Value) Text() string {
	switch v.kind {
	case Date:
		return v.date.String()
	case Amount:
		return v.amount.String()
	case Integer:
		return strconv.FormatInt(v.number, 10)
	case Boolean:
		return strconv.FormatBool(v.number == 1)
	}
	return v.text
}

// Date is the date that answers a date field, no date otherwise.
func (v Value) Date() day.Date { return v.date }

// Amount is the amount that answers an amount field, no amount otherwise.
func (v Value) Amount() money.Amount { return v.amount }

// MarshalText is the canonical text; in JSON a value is that text.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.Text()), nil }

// Answers are what a claimant answered, by field id. A field without an answer
// isn't there.
type Answers map[string]Value

// Texts are the answers' canonical texts, as Edition.Read takes them.
func (a Answers) Texts() map[string]string {
	texts := make(map[string]string, len(a))
	for id, v := range a {
		texts[id] = v.Text()
	}
	return texts
}
