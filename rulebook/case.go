package rulebook

import (
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
)

// Case is a claim as the rules see it. Answers come from Edition.Read with the
// same category.
type Case struct {
	Category string
	Claimant string // individual, organisation or public-body
	Received day.Date
	Answers  Answers
	Links    []Link // the other claims that belong with it; only valuation and checks read them

	// What was decided or reported; only checks read it.
	Outcome     ReportedOutcome // "" where nothing was
	Award       money.Amount
	AwardStated bool
}

// value is what stands under a name, and whether anything does.
func (c *Case) value(name string) (Value, bool) {
	if v, ok := c.Answers[name]; ok {
		return v, v.unsaid == said
	}
	switch name {
	case receivedName:
		return Value{kind: Date, date: c.Received}, !c.Received.IsZero()
	case categoryName:
		return Value{kind: Choice, text: c.Category}, true
	case claimantName:
		return Value{kind: Choice, text: c.Claimant}, true
	case awardName:
		return Value{kind: Amount, amount: c.Award}, c.AwardStated && !c.Award.IsZero()
	case outcomeName:
		if c.Outcome == "" {
			return Value{kind: Choice, text: string(ReportedNone)}, true
		}
		return Value{kind: Choice, text: string(c.Outcome)}, true
	}
	if field, why, ok := cutUnsaid(name); ok {
		return truth(c.Answers[field].unsaid == why), true
	}
	if function, category, ok := cutLink(name); ok {
		v, err := c.linked(function, category)
		return v, err == nil
	}
	return Value{}, false
}
