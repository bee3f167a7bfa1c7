package rulebook

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/openchancery/chancery/fault"
)

// What the form of a category takes, for machines that file: as a JSON Schema,
// and as the columns of a spreadsheet.

// AnswersSchema is the JSON Schema (draft 2020-12) of a category's answers, as
// Edition.Read takes them: one object of texts by field id, with the labels of a
// language. Answers that it refuses, Read refuses; what one answer means to
// another (a question that is asked only sometimes) is not in it. The fault is
// rulebook.category-unknown.
func (e *Edition) AnswersSchema(category, language string) ([]byte, error) {
	c, ok := e.Category(category)
	if !ok {
		return nil, e.noCategory(category)
	}
	properties := make(object, 0, len(c.Asks))
	var required []string
	for _, id := range c.Asks {
		f := e.fields[id]
		properties = append(properties, entry{id, f.schema(language)})
		if f.When == "" && slices.Contains(c.Requires, id) {
			required = append(required, id)
		}
	}
	schema := object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", fmt.Sprintf("urn:chancery:rulebook:%s:%s:%s", e.ID, e.Hash, c.ID)},
		{"title", c.Title.In(language)},
		{"type", "object"},
		{"properties", properties},
		{"additionalProperties", false},
	}
	if len(required) > 0 {
		schema = append(schema, entry{"required", required})
	}
	return json.MarshalIndent(schema, "", "  ")
}

func (e *Edition) noCategory(category string) error {
	return fault.New(fault.Invalid, "rulebook.category-unknown", "programme", e.ID, "category", category)
}

// schema is what may answer the field.
func (f *Field) schema(language string) object {
	s := object{{"title", f.Label.In(language)}}
	if why := f.Why.In(language); why != "" {
		s = append(s, entry{"description", why})
	}
	s = append(s, entry{"type", "string"})
	if form := f.form(); f.mayBeUnsaid() {
		s = append(s, entry{"anyOf", []any{form, object{{"enum", f.unsaidTexts()}}}})
	} else {
		s = append(s, form...)
	}
	return append(s, entry{"x-class", f.Class})
}

// unsaidTexts are the texts that say that there is no answer.
func (f *Field) unsaidTexts() []string {
	var texts []string
	if f.Unsure {
		texts = append(texts, UnsureText)
	}
	if f.Decline {
		texts = append(texts, DeclinedText)
	}
	return texts
}

// form is the form of the texts that its type takes.
func (f *Field) form() object {
	var s object
	switch f.Type {
	case Text, FullName, Whereabouts:
		s = append(s, entry{"maxLength", f.Max})
	case PartialDate:
		s = append(s, entry{"pattern", whenForm.String()})
	case Date:
		s = append(s, entry{"format", "date"}, entry{"pattern", `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`})
	case Time:
		s = append(s, entry{"pattern", `^([01][0-9]|2[0-3]):[0-5][0-9]$`})
	case Integer:
		s = append(s, entry{"pattern", `^(0|-?[1-9][0-9]*)$`})
	case Boolean:
		s = append(s, entry{"enum", []string{"true", "false"}})
	case Choice:
		ids := make([]string, len(f.Options))
		for i, o := range f.Options {
			ids[i] = o.ID
		}
		s = append(s, entry{"enum", ids})
	case Amount:
		decimals := ""
		if n := f.Currency.Exponent(); n > 0 {
			decimals = `(\.[0-9]{1,` + strconv.Itoa(n) + `})?`
		}
		s = append(s, entry{"pattern", `^-?[0-9]+` + decimals + `( ` + string(f.Currency) + `)?$`})
	}
	return s
}

// object is a JSON object whose members stand in this order.
type object []entry

type entry struct {
	name  string
	value any
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", m.name, err)
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", m.name, err)
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}

// Column is one column of the spreadsheet for many claims of a category.
type Column struct {
	Name     string    `json:"name"` // number, received, claimant, or a field's id
	Label    string    `json:"label,omitempty"`
	Type     FieldType `json:"type"`
	Options  []string  `json:"options,omitempty"`
	Currency string    `json:"currency,omitempty"`
	Needed   bool      `json:"needed"`         // a claim without it is deficient, or can't be filed
	When     string    `json:"when,omitempty"` // asked only where this holds
	Max      int       `json:"max,omitempty"`
	Unsaid   []string  `json:"unsaid,omitempty"` // texts that it takes instead of an answer
}

// The columns that every such spreadsheet begins with.
const (
	NumberColumn   = "number" // the filer's own, so that a file given twice files nothing twice
	ReceivedColumn = "received"
	ClaimantColumn = "claimant"
)

// Columns are those of the spreadsheet for a category. A field of one of their
// names would stand there twice; its column is called field_ with its id. The
// fault is rulebook.category-unknown.
func (e *Edition) Columns(category, language string) ([]Column, error) {
	c, ok := e.Category(category)
	if !ok {
		return nil, e.noCategory(category)
	}
	columns := []Column{
		{Name: NumberColumn, Type: Text, Needed: true, Max: 40},
		{Name: ReceivedColumn, Type: Date, Needed: true},
		{Name: ClaimantColumn, Type: Choice, Options: c.Claimants, Needed: true},
	}
	for _, id := range c.Asks {
		f := e.fields[id]
		column := Column{
			Name: f.columnName(), Label: f.Label.In(language), Type: f.Type, Currency: string(f.Currency),
			Needed: slices.Contains(c.Requires, id), When: f.When, Max: f.Max, Unsaid: f.unsaidTexts(),
		}
		for _, o := range f.Options {
			column.Options = append(column.Options, o.ID)
		}
		columns = append(columns, column)
	}
	return columns, nil
}

func (f *Field) columnName() string {
	switch f.ID {
	case NumberColumn, ReceivedColumn, ClaimantColumn:
		return "field_" + f.ID
	}
	return f.ID
}

// ColumnOf is the column of a field.
func (e *Edition) ColumnOf(field string) string {
	if f, ok := e.fields[field]; ok {
		return f.columnName()
	}
	return ""
}

// AskedAfter lists the fields that the condition of a field reads: those that
// decide whether it is asked.
func (e *Edition) AskedAfter(field string) []string {
	p := e.when[field]
	if p == nil {
		return nil
	}
	var ids []string
	for _, name := range p.reads {
		if id := fieldOf(name); e.fields[id] != nil && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
