package intake

import (
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/sheet"
)

// Fields are the fields of an edition's form, as much of them as a file's
// reader must know.
func Fields(e *rulebook.Edition) []sheet.FieldSpec {
	var fields []sheet.FieldSpec
	for _, f := range e.Fields {
		spec := sheet.FieldSpec{
			ID: f.ID, Label: f.Label.In(e.Programme.Languages[0]), Type: string(f.Type), Currency: string(f.Currency),
		}
		for _, o := range f.Options {
			spec.Options = append(spec.Options, o.ID)
		}
		fields = append(fields, spec)
	}
	return fields
}

// categories are the ids of an edition's categories.
func categories(e *rulebook.Edition) []string {
	ids := make([]string, len(e.Categories))
	for i, c := range e.Categories {
		ids[i] = c.ID
	}
	return ids
}

// BuiltInMap is the map that an edition carries for the file of the office
// that ran the programme before; nil where it carries none.
func BuiltInMap(e *rulebook.Edition) *sheet.Map {
	i := e.Import
	if i == nil {
		return nil
	}
	currency := ""
	if len(e.Programme.Currencies) > 0 {
		currency = string(e.Programme.Currencies[0])
	}
	m := &sheet.Map{
		Source: i.Source, Delimiter: i.Delimiter, Number: feed(i.Number), Received: feed(i.Received),
		Category: feed(i.Category), Claimant: feed(i.Claimant), Fields: map[string]sheet.Feed{}, Outcome: i.OutcomeColumns(),
	}
	for id, f := range i.Fields {
		m.Fields[id] = feed(f)
		if field, ok := e.Field(id); ok && field.Type == rulebook.Amount {
			m.Fields[id] = in(m.Fields[id], string(field.Currency))
		}
	}
	if i.Award != nil {
		award := in(feed(*i.Award), currency)
		m.Award = &award
	}
	if i.DecidedOn != nil {
		decided := feed(*i.DecidedOn)
		m.DecidedOn = &decided
	}
	return m
}

func feed(f rulebook.Feed) sheet.Feed {
	return sheet.Feed{
		Column: f.Column, Value: f.Value, Formats: f.Formats, Part: f.Part, Decimal: f.Decimal,
		Thousands: f.Thousands, Values: f.Values, Unanswered: f.Unanswered,
	}
}

func in(f sheet.Feed, currency string) sheet.Feed {
	f.Currency = currency
	return f
}

// Propose proposes a map for a file that nobody has described yet.
func Propose(path string, e *rulebook.Edition) (*sheet.Map, []error, error) {
	return sheet.Propose(path, Fields(e), categories(e), nil)
}
