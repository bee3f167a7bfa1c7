package rulebooks_test

import "testing"

// The fullest form of the Register: a civil partner's claim for a death, with
// every rule that the category has.
func BenchmarkRD4UFullestForm(b *testing.B) {
	e := parse(b, "rd4u")
	c := claim(b, e, "a2-1", "relation=civil-partner", "partner_long=true", "partner_household=true", "partner_spending=true",
		"partner_help=true", "place=outside", "linked_event=true", "data_origin=registry", "registry=civil-status", "registry_date=2026-05-30")
	for _, way := range []struct {
		name   string
		assess func() error
	}{
		{"traced", func() error { _, err := e.Assess(c); return err }},
		{"untraced", func() error { _, err := e.AssessUntraced(c); return err }},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if err := way.assess(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "outcomes/s")
		})
	}
}
