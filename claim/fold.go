package claim

import (
	"maps"
	"slices"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/money"
)

// Begin is the claim as it stands once it was filed: the one event that needs
// what the envelope says as well.
func Begin(id ID, env docket.Envelope, e FiledEvent) Claim {
	c := Claim{
		ID: id, Programme: env.Programme, Version: 1, Standing: Filed,
		Reference: e.Reference, Category: e.Category, Claimant: e.Claimant,
		Received: e.Received, Filed: env.Instant, Answers: e.Answers, Blank: e.Blank,
	}
	if env.Edition != nil {
		c.Edition = *env.Edition
	}
	if env.Source != nil {
		c.Source, c.Row = env.Source.Name, env.Source.Row
	}
	if e.Claimed != nil {
		c.Claimed = *e.Claimed
	}
	return c
}

// After is the claim as it stands once e has happened. It has no error to
// return: what the docket took in must fold for ever.
func (c Claim) After(e Event) Claim {
	c.Version++
	c.Register = c.Register.after(c, e)
	switch e := e.(type) {
	case FoundDeficient:
		c.Standing, c.Missing = Deficient, e.Missing
	case DeficiencyAnswered:
		c = c.afterAnswer(e)
	case RecordedEvent:
		c.Standing, c.Number, c.Missing = Recorded, e.Number, nil
	case RefusedEvent:
		c.Standing, c.Ground, c.Rule, c.Missing = Refused, e.Ground, e.Rule, nil
	case WithdrawnEvent:
		c.Standing, c.Missing = Withdrawn, nil
	case OutcomeReported:
		c = c.afterReport(e)
	case AssessedEvent:
		c.Standing, c.Instalment, c.Rule = Assessed, e.Instalment, e.Rule
	case DecidedEvent:
		c.Standing, c.Instalment, c.Outcome, c.Rule, c.Ground = Decided, e.Instalment, e.Outcome, e.Rule, e.Ground
		c.Award, c.AwardStated = valueOf(e.Award), e.Award != nil
	case PaymentOrdered:
		c.Standing = Payable
		c.Ordered, _ = plus(c.Ordered, e.Amount)
	case PaidEvent:
		c.Ordered, _ = less(c.Ordered, e.Amount)
		c.Paid, _ = plus(c.Paid, e.Amount)
		if c.Standing = Payable; c.Paid == c.Award {
			c.Standing = Paid
		}
	case PaymentReturned:
		c.Standing = Returned
		if !flaw.On(flaw.ReturnNotOwed) {
			c.Ordered, _ = less(c.Ordered, e.Amount)
		}
	case AmendedEvent:
		c.Answers, c.Claimed, c.Blank = e.Answers, valueOf(e.Claimed), e.Blank
	case MovedEvent:
		c.Standing, c.Category, c.Missing = Filed, e.Category, nil
		c.Answers, c.Claimed, c.Blank = e.Answers, valueOf(e.Claimed), e.Blank
	case ReviewAsked, ReversedEvent:
		c.Standing, c.Ground, c.Rule = Filed, "", ""
	case HeldEvent:
		c.Holds = append(slices.Clip(c.Holds), e.Ground)
	case ReleasedEvent:
		c.Holds = slices.DeleteFunc(slices.Clone(c.Holds), func(ground string) bool { return ground == e.Ground })
	case ErasedEvent:
		c.Erased, c.KeysGoneBy = e.On, e.KeysGoneBy
	}
	return c
}

func (c Claim) afterAnswer(e DeficiencyAnswered) Claim {
	c.Standing, c.Missing, c.Blank = Filed, nil, e.Blank
	answers := maps.Clone(c.Answers)
	if answers == nil && len(e.Answers) > 0 {
		answers = map[string]string{}
	}
	maps.Copy(answers, e.Answers)
	c.Answers = answers
	if e.Claimed != nil {
		c.Claimed = *e.Claimed
	}
	return c
}

func (c Claim) afterReport(e OutcomeReported) Claim {
	c.Standing, c.Outcome, c.Rule, c.Reported = e.Standing, e.Outcome, e.Rule, true
	c.Award, c.AwardStated = valueOf(e.Award), e.Award != nil
	if e.Number != "" {
		c.Number = e.Number
	}
	return c
}

func valueOf(a *money.Amount) money.Amount {
	if a == nil {
		return money.Amount{}
	}
	return *a
}
