package workbook_test

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkCheckOf500Rows checks a workbook of 500 rows: a lawyer waits for it.
func BenchmarkCheckOf500Rows(b *testing.B) {
	d := fresh(b)
	rows := make([]map[string]any, 500)
	for n := range rows {
		rows[n] = claimRow(fmt.Sprint("K-", n), nil)
	}
	content := d.filled(rows...)
	for b.Loop() {
		report, _ := d.check(d.officer, content)
		want(b, "checked", report, "500: 0 wrong, 500 ready, 0 filed, 0 repeated, 0 changed, 0 erased")
	}
}

// BenchmarkFiling checks and files a CSV under a mandate. Run it with -benchtime 1x.
func BenchmarkFiling(b *testing.B) {
	for _, rows := range []int{10_000, 100_000} {
		b.Run(fmt.Sprintf("%d rows", rows), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				d := fresh(b)
				lawyer, mandate := d.representative("lawyer-1", "legal-aid")
				var content strings.Builder
				content.WriteString(head)
				for n := range rows {
					content.WriteString(departure(fmt.Sprint("K-", n), string(mandate), fmt.Sprint("Anna ", n)))
				}
				b.StartTimer()
				report, _ := d.file(lawyer, []byte(content.String()))
				want(b, "filed", report, fmt.Sprintf("%d: 0 wrong, 0 ready, %d filed, 0 repeated, 0 changed, 0 erased", rows, rows))
				b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
			}
		})
	}
}
