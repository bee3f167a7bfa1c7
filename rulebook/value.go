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

	PartialDate FieldType = "partial-date" // a day, month or year, a span of them, or about one: see day.When
	FullName    FieldType = "name"         // a person's name: see Name
	Whereabouts FieldType = "address"      // an address: see Address
)

// What stands for an answer that isn't one, in a field that takes it (Field.Unsure,
// Field.Decline). Nobody is asked again; a condition sees no answer there.
const (
	UnsureText   = "~unsure"   // "I don't know"
	DeclinedText = "~declined" // "I prefer not to say"
)

// unsaid is why an answer has no value.
type unsaid uint8

// The reasons. Do not reorder.
const (
	said unsaid = iota // it has one
	unsure
	declined
)

// Value is one answer, of its field's type. Values are made by Edition.Read and
// compared with ==; the zero value is no answer.
type Value struct {
	kind   FieldType
	text   string // of a text, a time of day, a choice; canonical of a partial date, a name, an address
	number int64  // of an integer; 1 for true
	date   day.Date
	amount money.Amount
	unsaid unsaid
}

// Type is the type of the field that it answers, "" for no answer.
func (v Value) Type() FieldType { return v.kind }

// Text is the canonical text: Edition.Read makes the same value of it again.
func (v Value) Text() string {
	switch v.unsaid {
	case unsure:
		return UnsureText
	case declined:
		return DeclinedText
	}
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

// When is what is known of the date that answers a partial date; of a date field
// it is the day. It is zero otherwise.
func (v Value) When() day.When {
	if v.kind == Date {
		return day.On(v.date)
	}
	if v.kind != PartialDate || v.unsaid != said {
		return day.When{}
	}
	when, _ := day.ParseWhen(v.text) // it was read when the value was made
	return when
}

// Unsure reports whether the answer is "I don't know".
func (v Value) Unsure() bool { return v.unsaid == unsure }

// Declined reports whether the answer is "I prefer not to say".
func (v Value) Declined() bool { return v.unsaid == declined }

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
