package office_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/simulate"
)

// BenchmarkFileClaims files claims of the demo, a thousand in an act: sealed,
// entered, with their rows, and on disk.
func BenchmarkFileClaims(b *testing.B) {
	const batch = 1000
	h := opened(b)
	by := h.by("officer")
	filed := 0
	for b.Loop() {
		filings := make([]office.Filing, batch)
		for i := range filings {
			filings[i] = simulate.Filing(1, filed+i)
		}
		if _, err := h.Office.FileClaims(context.Background(), by, "demo", filings); err != nil {
			b.Fatal(err)
		}
		filed += batch
	}
	b.ReportMetric(float64(filed)/b.Elapsed().Seconds(), "claims/s")
}

// BenchmarkFold folds a whole docket into tables and compares them, as
// verify --rebuild does; re-hashing it is measured apart.
func BenchmarkFold(b *testing.B) {
	i := reopened(b, played(b, manyClaims))
	entries, err := i.Office.Verify(context.Background(), nil)
	must(b, err)
	steps := float64(entries.Entries + entries.Rows)
	b.Run(fmt.Sprint("verify ", manyClaims), func(b *testing.B) {
		for b.Loop() {
			verified(b, i)
		}
		b.ReportMetric(steps*float64(b.N)/b.Elapsed().Seconds(), "entries-and-rows/s")
	})
	b.Run(fmt.Sprint("rebuild ", manyClaims), func(b *testing.B) {
		for b.Loop() {
			must(b, i.Rebuild(context.Background(), &office.Verified{}, nil))
		}
		b.ReportMetric(steps*float64(b.N)/b.Elapsed().Seconds(), "entries-and-rows/s")
	})
}
