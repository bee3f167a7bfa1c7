package rulebook_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

// demo is the rulebook that ships, and demoCases are claims under it.
func demo(t testing.TB) *rulebook.Edition {
	t.Helper()
	r, _ := rulebooks.Find("demo")
	e, err := rulebook.Parse(r.Name, r.Source)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func demoCases(t testing.TB, e *rulebook.Edition) []rulebook.Case {
	t.Helper()
	common := map[string]string{
		"claimant_name": "Anna Example", "contact": "anna@example.org", "signed": "true",
		"incident_date": "2019-11-04", "place": "marina",
	}
	var cases []rulebook.Case
	for i := range 30 {
		raw := map[string]string{}
		for k, v := range common {
			raw[k] = v
		}
		c := rulebook.Case{Claimant: "individual", Received: day.Must(2020, 2, 1)}
		switch i % 3 {
		case 0:
			c.Category, raw["family"], raw["nights_away"] = "a-departure", fmt.Sprint(i%2 == 0), fmt.Sprint(i%5)
		case 1:
			c.Category, raw["family"], raw["injured"] = "b-injury", fmt.Sprint(i%2 == 0), fmt.Sprint(i%5)
			raw["medical_record"], raw["statement"] = fmt.Sprint(i%4 != 0), "The water came at night."
		case 2:
			c.Category, raw["belongings"], raw["proof"] = "c-belongings", "a boat", "receipts"
			raw["claimed"] = fmt.Sprintf("%d.50 EUR", i*5000)
		}
		var err error
		if c.Answers, err = e.Read(c.Category, raw); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

// The way of a claim through the rules, and the same rules written by hand in
// Go: what data instead of code costs.
func BenchmarkAssessAndValue(b *testing.B) {
	e := demo(b)
	cases := demoCases(b, e)
	b.Run("rulebook", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			c := cases[i%len(cases)]
			if _, err := e.Assess(c); err != nil {
				b.Fatal(err)
			}
			if _, err := e.Value(c); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("by-hand", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			c := cases[i%len(cases)]
			if !recordByHand(e, c) {
				b.Fatal("not recorded")
			}
			valueByHand(c)
		}
	})
}

func recordByHand(e *rulebook.Edition, c rulebook.Case) bool {
	category, _ := e.Category(c.Category)
	for _, id := range category.Requires {
		if _, ok := c.Answers[id]; !ok {
			return false
		}
	}
	if c.Answers["signed"].Text() != "true" {
		return false
	}
	if _, ok := c.Answers["claimed"]; !ok && c.Category == "c-belongings" {
		return false
	}
	on := c.Answers["incident_date"].Date()
	if on.Before(e.Programme.Period.From) || on.After(e.Programme.Period.To) || c.Received.After(day.Must(2021, 6, 30)) {
		return false
	}
	for _, place := range e.Programme.Territory {
		if place == c.Answers["place"].Text() {
			return true
		}
	}
	return false
}

func valueByHand(c rulebook.Case) (money.Amount, string) {
	euro := func(n int64) money.Amount { return money.New(n*100, "EUR") }
	switch c.Category {
	case "a-departure":
		switch {
		case c.Answers["nights_away"].Text() == "0":
			return money.Amount{}, "no-departure"
		case c.Answers["family"].Text() == "true":
			return euro(5000), ""
		}
		return euro(2500), ""
	case "b-injury":
		switch {
		case c.Answers["injured"].Text() == "0":
			return money.Amount{}, "no-injury"
		case c.Answers["medical_record"].Text() != "true":
			return money.Amount{}, "injury-not-shown"
		case c.Answers["family"].Text() == "true":
			var injured int64
			fmt.Sscan(c.Answers["injured"].Text(), &injured)
			return euro(min(2500*injured, 10000)), ""
		}
		return euro(2500), ""
	}
	claimed := c.Answers["claimed"].Amount()
	switch {
	case claimed.Sign() == 0:
		return money.Amount{}, "nothing-claimed"
	case c.Answers["proof"].Text() == "none" || c.Answers["proof"].Text() == "":
		return money.Amount{}, "loss-not-shown"
	}
	return money.New(min(claimed.Minor(), 100_000_00), "EUR"), ""
}

func BenchmarkSuspicions(b *testing.B) {
	e := demo(b)
	cases := demoCases(b, e)
	b.ReportAllocs()
	for i := range b.N {
		if _, err := e.Suspicions(cases[i%len(cases)]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTraceJSON(b *testing.B) {
	e := demo(b)
	f, err := e.Assess(demoCases(b, e)[1])
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for range b.N {
		if _, err := json.Marshal(f.Trace); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for _, r := range rulebooks.All() {
		b.Run(r.ID, func(b *testing.B) {
			for range b.N {
				if _, err := rulebook.Parse(r.Name, r.Source); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// One outcome of a fixed-sum category, with the trace and without, beside the
// same rule written by hand.
func BenchmarkFixedSum(b *testing.B) {
	e := demo(b)
	c := demoCases(b, e)[6] // a departure with a night away
	b.Run("traced", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, err := e.Value(c); err != nil {
				b.Fatal(err)
			}
		}
		perSecond(b)
	})
	b.Run("untraced", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, err := e.ValueUntraced(c); err != nil {
				b.Fatal(err)
			}
		}
		perSecond(b)
	})
	b.Run("by-hand", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			valueByHand(c)
		}
		perSecond(b)
	})
}

// A fixed sum with a condition across categories: less for who is paid in
// another one too.
func BenchmarkFixedSumAcrossCategories(b *testing.B) {
	e := fromFile(b, "values.yaml")
	c := claimOf(b, e, "a", "family=true")
	c.Links = []rulebook.Link{{Category: "c", Person: true, Award: money.New(100_000, "USD")}}
	for _, run := range []struct {
		name string
		do   func(rulebook.Case) (money.Amount, error)
	}{
		{"traced", func(c rulebook.Case) (money.Amount, error) { v, err := e.Value(c); return v.Award, err }},
		{"untraced", func(c rulebook.Case) (money.Amount, error) { v, err := e.ValueUntraced(c); return v.Award, err }},
		{"by-hand", func(c rulebook.Case) (money.Amount, error) { return departureByHand(c), nil }},
	} {
		b.Run(run.name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if a, err := run.do(c); err != nil || a != money.New(500_000, "USD") {
					b.Fatal(a, err)
				}
			}
			perSecond(b)
		})
	}
}

func departureByHand(c rulebook.Case) money.Amount {
	only := true
	for _, l := range c.Links {
		only = only && !(l.Person && (l.Category == "b" || l.Category == "c"))
	}
	switch family := c.Answers["family"].Text() == "true"; {
	case only && family:
		return money.New(800_000, "USD")
	case only:
		return money.New(400_000, "USD")
	case family:
		return money.New(500_000, "USD")
	}
	return money.New(250_000, "USD")
}

// Every step of a valuation: amount, times, set-off, floor, cap, rounding.
func BenchmarkWorkedOut(b *testing.B) {
	e := fromFile(b, "values.yaml")
	c := claimOf(b, e, "c", "claimed=1234.56 weak=true insured=10")
	for _, run := range []struct {
		name string
		do   func(rulebook.Case) (rulebook.Valuation, error)
	}{{"traced", e.Value}, {"untraced", e.ValueUntraced}} {
		b.Run(run.name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if _, err := run.do(c); err != nil {
					b.Fatal(err)
				}
			}
			perSecond(b)
		})
	}
}

func perSecond(b *testing.B) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "outcomes/s")
}
