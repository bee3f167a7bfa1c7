package simulate_test

import (
	"runtime"
	"testing"
	"time"
)

// What an installation keeps in memory doesn't grow with its claims: a demo of
// five times as many claims, taken the whole way and still open, holds no more.
// Were anything kept for each claim (an id and a hash are 100 bytes already, with
// what holds them), it would show.
func TestNothingOfAClaimStaysInMemory(t *testing.T) {
	play(t, 7, 100) // what is read once is read
	before := live()
	small, _ := play(t, 7, 500)
	of500 := live() - before
	large, _ := play(t, 7, 2500)
	of2500 := live() - before - of500 // both are open
	t.Logf("live: %d kB with 500 claims, %d kB with 2,500", of500>>10, of2500>>10)
	if grown := of2500 - of500; grown > 2000*100 {
		t.Errorf("2,000 claims more take %d bytes each", grown/2000)
	}
	runtime.KeepAlive(small)
	runtime.KeepAlive(large)
}

// live is how much memory is in use, in bytes, when what isn't is given back.
func live() int64 {
	for range 3 { // pools give up what they hold at the second
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkPeak is the most memory that the heap takes while demos of several
// sizes go the whole way: the largest act counts, which has at most 100,000 rows,
// and not how many claims there are. go test ./simulate -run '^$' -bench Peak
// -benchtime 1x
func BenchmarkPeak(b *testing.B) {
	for _, size := range []struct {
		name   string
		claims int
	}{{"5,000 claims", 5_000}, {"20,000 claims", 20_000}} {
		b.Run(size.name, func(b *testing.B) {
			for b.Loop() {
				stop, most := make(chan struct{}), make(chan uint64)
				go watchHeap(stop, most)
				play(b, 1, size.claims)
				close(stop)
				b.ReportMetric(float64(<-most)/(1<<20), "MB-peak")
			}
		})
	}
}

// watchHeap tells, when it is stopped, the most that the heap took.
func watchHeap(stop <-chan struct{}, most chan<- uint64) {
	var peak uint64
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case <-stop:
			tick.Stop()
			most <- peak
			return
		case <-tick.C:
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
		}
	}
}
