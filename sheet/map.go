// Package sheet reads another office's file: a CSV whose columns, dates,
// amounts and words are that office's own. A map, which a clerk can write,
// says which column feeds which field; the room goes through the file row by
// row, in bounded memory, and says for every row it can't read where the
// fault lies. It knows days and money, and neither the rulebook nor the
// office: the caller hands it the form's fields.
//
// The text of a cell never stands in an error, for errors are logged and a
// cell may hold what is personal. An error names row, line and column; the
// row itself stands in the reject file alone. Words that are codes (a
// category, a kind of claimant, a currency) are named when they are short.
package sheet

// Map says how an office's file is read. It is written in YAML (MapExample)
// and read by ParseMap, or built by the caller for a file known beforehand.
type Map struct {
	Source     string          // short code of the office; with its claim number it names a claim for ever
	Encoding   string          // one of Encodings; "" is utf-8
	Delimiter  string          // "," ";" "|" or "tab"; "" is ","
	Unanswered []string        // texts that mean "no answer" in every column, beside the empty cell
	Number     Feed            // the office's own claim number
	Received   Feed            // the day the office received the claim
	Category   Feed            // the programme's category
	Claimant   Feed            // individual, organisation or public-body
	Fields     map[string]Feed // by field id of the programme's form
	Outcome    []string        // columns handed on as they stand
	Award      *Feed           // the amount that the office awarded
	DecidedOn  *Feed           // the day it decided

	file    string             // the map's own file, for errors; "" when the caller built the map
	at      map[string]place   // where each path stands in that file
	remarks map[string][]error // what Propose was unsure of, by path; written as comments
	order   []string           // the fields in the form's order, where Propose knows it
}

// Feed is what feeds one field: a column of the file, or one value for all
// rows.
type Feed struct {
	Column         string            // the column's name in the header
	Value          string            // instead of a column: the same for every row
	Formats        []string          // how dates and times are written, the first that fits is taken; see Format
	Part           string            // "time": the time of day out of a column that also holds a date
	Decimal        string            // "point" or "comma"; "" is point
	Thousands      string            // "point", "comma", "space" or "apostrophe"; "" is none
	Currency       string            // ISO 4217 code of the amounts
	CurrencyColumn string            // the column that holds the code; where it is empty, Currency holds
	Values         map[string]string // text in the file -> code; "" is the empty cell
	Unanswered     []string          // further texts that mean "no answer" in this column
}

// FieldSpec is one field of the programme's form, as much of it as a file's
// reader must know.
type FieldSpec struct {
	ID       string
	Label    string
	Type     string   // text, date, time, amount, integer, boolean or choice
	Options  []string // the codes of a choice
	Currency string   // of an amount, where the form fixes it
}

// The types of a field, as rulebooks name them.
const (
	typeText    = "text"
	typeDate    = "date"
	typeTime    = "time"
	typeAmount  = "amount"
	typeInteger = "integer"
	typeBoolean = "boolean"
	typeChoice  = "choice"
)

// Claimants are the words for who claims.
var Claimants = []string{"individual", "organisation", "public-body"}

// delimiters are the characters that may part the cells of a row, by the
// word that a map uses for them.
var delimiters = map[string]byte{"": ',', ",": ',', ";": ';', "|": '|', "tab": '\t', "\t": '\t'}

// named are the map's targets other than the form's fields, in the order in
// which a map is written.
func (m *Map) named() []target {
	all := []target{
		{path: "number", kind: typeText, feed: m.Number},
		{path: "received", kind: typeDate, feed: m.Received},
		{path: "category", kind: typeChoice, feed: m.Category},
		{path: "claimant", kind: typeChoice, feed: m.Claimant},
	}
	if m.Award != nil {
		all = append(all, target{path: "award", kind: typeAmount, feed: *m.Award})
	}
	if m.DecidedOn != nil {
		all = append(all, target{path: "decided_on", kind: typeDate, feed: *m.DecidedOn})
	}
	return all
}

// target is one thing that the map feeds.
type target struct {
	path string // where it stands in the map: "number", "fields.incident-date"
	kind string // its field type
	feed Feed
	spec FieldSpec // of a field
}
