package intake_test

import (
	"testing"
)

// BenchmarkImportOfTheTSAFile takes the whole file in, with outcomes, into a
// fresh installation.
func BenchmarkImportOfTheTSAFile(b *testing.B) {
	path := tsaFile(b)
	for b.Loop() {
		office := fresh(b)
		report := office.take(b, path)
		b.ReportMetric(float64(report.Filed)/b.Elapsed().Seconds()*float64(b.N), "rows/s")
	}
}
