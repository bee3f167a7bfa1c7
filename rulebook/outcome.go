package rulebook

import (
	"slices"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
)

// Import is the built-in map for the file of the office that ran the programme
// before: what feeds what, and what its words mean.
type Import struct {
	Source    string          // short code of the file's office
	Delimiter string          // "" is a comma
	Number    Feed            // the office's own claim number
	Received  Feed            // the day it received the claim
	Category  Feed            //
	Claimant  Feed            //
	Fields    map[string]Feed // by field id
	Award     *Feed           // the amount that it awarded; an empty cell is an amount not stated
	DecidedOn *Feed           // the day that it decided; nil where the file has none

	SourceNumber string // the field that keeps the office's own claim number, "" for none

	Outcomes []OutcomeRule
	Known    map[string][]string // by column: words that decide nothing where no rule names them
}

// Feed is what feeds one field: a column of the file, or one value for all
// rows.
type Feed struct {
	Column     string
	Value      string
	Formats    []string          // how dates and times are written, such as "DD-MON-YYYY HH:MM"
	Part       string            // "time": the time of day out of a column that also holds a date
	Decimal    string            // "point" or "comma"; "" is point
	Currency   money.Currency    // of the amounts; "" is the field's
	Thousands  string            // "point", "comma", "space" or "apostrophe"; "" is none
	Values     map[string]string // text in the file -> code; "" is the empty cell
	Unanswered []string          // further texts that mean "no answer"
}

// OutcomeRule says what a row means whose columns hold these words.
type OutcomeRule struct {
	ID      string
	Where   []Condition
	Outcome ReportedOutcome
}

// Condition is that a column holds one of these words; "" is the empty cell.
type Condition struct {
	Column string
	Is     []string
}

// ReportedOutcome is what another office did with a claim.
type ReportedOutcome string

// The outcomes that an outcome rule may give.
const (
	ReportedAward     ReportedOutcome = "award"
	ReportedDismissal ReportedOutcome = "dismissal"
	ReportedWithdrawn ReportedOutcome = "withdrawn"
	ReportedDeficient ReportedOutcome = "deficient"
	ReportedRecorded  ReportedOutcome = "recorded" // taken in, not decided
	ReportedNone      ReportedOutcome = "none"     // nothing was said
)

// reportedWords are all of them, in order.
func reportedWords() []string {
	return []string{
		string(ReportedAward), string(ReportedDismissal), string(ReportedWithdrawn),
		string(ReportedDeficient), string(ReportedRecorded), string(ReportedNone),
	}
}

// Reported is the outcome of a row, with the rule that told it.
type Reported struct {
	Rule    string // "" for none
	Outcome ReportedOutcome
}

// OutcomeColumns are the columns that Outcome reads, in the order in which the
// rules name them first.
func (m *Import) OutcomeColumns() []string {
	var columns []string
	for _, r := range m.Outcomes {
		for _, c := range r.Where {
			if !slices.Contains(columns, c.Column) {
				columns = append(columns, c.Column)
			}
		}
	}
	return columns
}

// Outcome tells what the other office did with a claim, from what stands in
// its columns. The first rule decides whose every condition holds. A row that
// is empty in all of them and that no rule names has none.
//
// A word that no rule knows is an error even where another column decides: it
// may mean that the file is of another year or office. The faults are
// rulebook.outcome-unknown (column, word) and rulebook.outcome-undecided
// (column and word of the first column that isn't empty).
func (e *Edition) Outcome(values map[string]string) (Reported, error) {
	if e.Import == nil {
		return Reported{Outcome: ReportedNone}, nil
	}
	filled := ""
	for _, column := range e.outcomeColumns {
		word := values[column]
		if word == "" {
			continue
		}
		if filled == "" {
			filled = column
		}
		if !e.outcomeWords[column][word] {
			return Reported{}, fault.New(fault.Invalid, "rulebook.outcome-unknown", "column", column, "word", word)
		}
	}
	for i := range e.Import.Outcomes {
		if r := &e.Import.Outcomes[i]; r.holds(values) {
			return Reported{Rule: r.ID, Outcome: r.Outcome}, nil
		}
	}
	if filled != "" {
		return Reported{}, fault.New(fault.Invalid, "rulebook.outcome-undecided", "column", filled, "word", values[filled])
	}
	return Reported{Outcome: ReportedNone}, nil
}

func (r *OutcomeRule) holds(values map[string]string) bool {
	for i := range r.Where {
		if !slices.Contains(r.Where[i].Is, values[r.Where[i].Column]) {
			return false
		}
	}
	return true
}
