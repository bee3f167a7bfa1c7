package intake_test

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
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

// BenchmarkMemoryOfAnImport shows that memory doesn't grow with the file: six
// times the rows, the same heap. Run it with -benchtime 1x.
func BenchmarkMemoryOfAnImport(b *testing.B) {
	for _, rows := range []int{50_000, 300_000} {
		b.Run(fmt.Sprintf("%d rows", rows), func(b *testing.B) {
			path := long(b, rows)
			for b.Loop() {
				d := fresh(b)
				peak := watchHeap(func() { d.take(b, path) })
				b.ReportMetric(float64(peak>>20), "peak-live-MB")
				b.ReportMetric(float64(resident()>>10), "resident-MB")
			}
		})
	}
}

// long writes a file of so many rows without holding it in memory.
func long(tb testing.TB, rows int) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "long.csv")
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	some := written(1_000)
	out := bufio.NewWriter(f)
	w := csv.NewWriter(out)
	_ = w.Write(some.header) // errors come with Flush
	for n := range rows {
		row := slices.Clone(some.rows[n%len(some.rows)])
		row[number] = fmt.Sprintf("L%09d", n)
		_ = w.Write(row)
	}
	w.Flush()
	for _, err := range []error{w.Error(), out.Flush(), f.Close()} {
		if err != nil {
			tb.Fatal(err)
		}
	}
	return path
}

// watchHeap is the most memory that was live at any look while do ran, the first
// as it begins: what a collection leaves, so that garbage doesn't count.
func watchHeap(do func()) uint64 {
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		for most := uint64(0); ; {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	do()
	close(stop)
	return <-peak
}

// resident is the process's resident memory in KiB, as Linux tells it; SQLite
// in Go takes its pages beside the heap.
func resident() (kib int64) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			_, _ = fmt.Sscan(rest, &kib)
		}
	}
	return kib
}

// The first pass holds no more of a long file than of a short one.
func TestTheCheckOfALongFileTakesNoMoreMemory(t *testing.T) {
	if raceOn || testing.Short() {
		t.Skip("the benchmark of memory shows it at full length")
	}
	check := func(rows int) uint64 {
		d := fresh(t)
		run := d.run(long(t, rows))
		run.DryRun = true
		return watchHeap(func() {
			if report, err := run.Do(t.Context()); err != nil || report.Rows != int64(rows) {
				t.Errorf("%d rows: %+v, %v", rows, report, err)
			}
		})
	}
	short, long := check(20_000), check(80_000)
	if long > short+8<<20 {
		t.Errorf("20,000 rows held %d MB, 80,000 rows %d MB", short>>20, long>>20)
	}
}
