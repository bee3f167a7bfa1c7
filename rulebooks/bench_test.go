package rulebooks_test

import (
	"strings"
	"testing"

	"github.com/openchancery/chancery/rulebook"
)

// The fullest form of the Register: a civil partner's claim for a death, with
// every rule that the category has; and the same rules written by hand in Go.
func BenchmarkRD4UFullestForm(b *testing.B) {
	e, c := fullestForm(b)
	for _, way := range []struct {
		name   string
		assess func() (rulebook.FindingOutcome, error)
	}{
		{"traced", func() (rulebook.FindingOutcome, error) { f, err := e.Assess(c); return f.Outcome, err }},
		{"untraced", func() (rulebook.FindingOutcome, error) { f, err := e.AssessUntraced(c); return f.Outcome, err }},
		{"by-hand", func() (rulebook.FindingOutcome, error) { return deathByHand(e, &c), nil }},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if came, err := way.assess(); err != nil || came != rulebook.Record {
					b.Fatal(came, err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "outcomes/s")
		})
	}
}

func fullestForm(t testing.TB) (*rulebook.Edition, rulebook.Case) {
	e := parse(t, "rd4u")
	return e, claim(t, e, "a2-1", "relation=civil-partner", "partner_long=true", "partner_household=true", "partner_spending=true",
		"partner_help=true", "place=outside", "linked_event=true", "data_origin=registry", "registry=civil-status", "registry_date=2026-05-30")
}

// deathByHand are the rules of A2.1 as somebody would write them in Go.
func deathByHand(e *rulebook.Edition, c *rulebook.Case) rulebook.FindingOutcome {
	yes := func(id string) bool { return c.Answers[id].Text() == "true" }
	is := func(id, word string) bool { return c.Answers[id].Text() == word }
	category, _ := e.Category(c.Category)
	for _, id := range category.Requires {
		if _, answered := c.Answers[id]; answered {
			continue
		}
		switch id {
		case "other_nationality":
			if !is("nationality", "ru") {
				continue
			}
		case "other_nationality_proof":
			if !yes("other_nationality") {
				continue
			}
		case "registry", "registry_date":
			if !is("data_origin", "registry") {
				continue
			}
		case "linked_event":
			if !is("place", "outside") {
				continue
			}
		case "close_ties", "depended":
			if !is("relation", "other") {
				continue
			}
		}
		return rulebook.Deficient
	}
	if !yes("signed") || !yes("consent") {
		return rulebook.Deficient
	}
	inside := false
	for _, place := range e.Programme.Territory {
		inside = inside || is("place", place)
	}
	switch {
	case is("nationality", "ru") && !(yes("other_nationality") && yes("other_nationality_proof")),
		is("relation", "other") && !(yes("close_ties") && yes("depended")),
		c.Answers["event_date"].When().Last().Before(e.Programme.Period.From),
		!inside && !yes("linked_event"),
		is("cause", "unrelated"):
		return rulebook.Refuse
	}
	return rulebook.Record
}

// What the benchmark runs beside each other says the same, of a claim that is
// recorded and of those that lack or lie outside something.
func TestTheHandWrittenRulesSayTheSame(t *testing.T) {
	e, sound := fullestForm(t)
	for _, change := range []string{"", "signed=false", "consent=", "linked_event=false", "linked_event=", "relation=other", "cause=unrelated", "event_date=2022-02-23", "nationality=ru", "registry_date=", "data_origin="} {
		c := sound
		if change != "" {
			c = changed(t, e, sound, change)
		}
		f, err := e.Assess(c)
		if err != nil {
			t.Fatal(err)
		}
		if by := deathByHand(e, &c); by != f.Outcome {
			t.Errorf("%s: by hand %s, by the rulebook %s %v %s", change, by, f.Outcome, f.Missing, f.Rule)
		}
	}
}

// changed is a claim with another answer, or without one.
func changed(t testing.TB, e *rulebook.Edition, c rulebook.Case, answer string) rulebook.Case {
	t.Helper()
	texts := c.Answers.Texts()
	id, text, _ := strings.Cut(answer, "=")
	texts[id] = text
	answers, err := e.Read(c.Category, texts)
	if err != nil {
		t.Fatal(err)
	}
	c.Answers = answers
	return c
}
