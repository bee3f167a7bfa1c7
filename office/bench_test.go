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
	small := []office.Enclosure{{Name: "a.txt", Content: text(2_000)}, {Name: "b.txt", Content: text(4_000)}, {Name: "c.txt", Content: text(900)}}
	for _, c := range []struct {
		name  string
		files []office.Enclosure
	}{{"bare", nil}, {"with six small files", append(small, small...)}} {
		b.Run(c.name, func(b *testing.B) {
			h := opened(b)
			by := h.by("officer")
			filed := 0
			for b.Loop() {
				filings := make([]office.Filing, batch)
				for i := range filings {
					filings[i] = simulate.Filing(1, filed+i)
					filings[i].Files = c.files
				}
				if _, err := h.Office.FileClaims(context.Background(), by, "demo", filings); err != nil {
					b.Fatal(err)
				}
				filed += batch
			}
			b.ReportMetric(float64(filed)/b.Elapsed().Seconds(), "claims/s")
		})
	}
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
