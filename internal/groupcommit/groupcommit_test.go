package groupcommit_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openchancery/chancery/internal/groupcommit"
)

// adder sums numbers, a second for each batch; odd ones are refused.
type adder struct {
	*groupcommit.Group[int]
	batches []int
	sum     int
}

var errOdd = errors.New("odd")

func newAdder(most int) *adder {
	a := &adder{}
	a.Group = groupcommit.New(most, func(batch []*groupcommit.Job[int]) {
		time.Sleep(time.Second)
		a.batches = append(a.batches, len(batch))
		for _, j := range batch {
			if j.Err = nil; j.What%2 == 1 {
				j.Err = errOdd
				continue
			}
			a.sum += j.What
		}
	})
	return a
}

func TestWhoComesWhileABatchRunsGoesWithTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAdder(64)
		var done sync.WaitGroup
		var refused atomic.Int64
		for n := range 101 {
			done.Go(func() {
				switch err := a.Do(t.Context(), n); {
				case n%2 == 1 && errors.Is(err, errOdd):
					refused.Add(1)
				case n%2 == 1 || err != nil:
					t.Errorf("%d: %v", n, err)
				}
			})
			if n == 0 {
				synctest.Wait() // the first runs alone
			}
		}
		done.Wait()
		if want := []int{1, 64, 36}; len(a.batches) != 3 || a.batches[0] != want[0] || a.batches[1] != want[1] || a.batches[2] != want[2] {
			t.Errorf("batches of %v, want %v", a.batches, want)
		}
		if a.sum != 2550 || refused.Load() != 50 {
			t.Errorf("sum %d, %d refused", a.sum, refused.Load())
		}
	})
}

func TestWhoGivesUpWhileWaitingLeavesAndTheOthersGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAdder(1)
		var done sync.WaitGroup
		for range 3 {
			done.Go(func() { _ = a.Do(t.Context(), 2) })
			synctest.Wait()
		}
		short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := a.Do(short, 4); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		done.Wait()
		if a.sum != 6 {
			t.Errorf("sum %d", a.sum)
		}
		if err := a.Do(t.Context(), 8); err != nil || a.sum != 14 {
			t.Errorf("afterwards: %v, sum %d", err, a.sum)
		}
	})
}

// Who gave up before is told so, also as the first of those who come: others who wait
// wouldn't carry out what nobody asks for any more.
func TestWhoGaveUpBeforeIsNotCarriedOut(t *testing.T) {
	a := newAdder(64)
	given, stop := context.WithCancel(t.Context())
	stop()
	if err := a.Do(given, 2); !errors.Is(err, context.Canceled) || a.sum != 0 {
		t.Errorf("got %v, sum %d", err, a.sum)
	}
}

func TestNobodyWaitsForOneThatPanicked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := true
		g := groupcommit.New(64, func(batch []*groupcommit.Job[int]) {
			time.Sleep(time.Second)
			if len(batch) > 1 && first {
				first = false
				panic("broken")
			}
			for _, j := range batch {
				j.Err = nil
			}
		})
		var done sync.WaitGroup
		var abandoned, panicked atomic.Int64
		for range 4 {
			done.Go(func() {
				defer func() {
					if recover() != nil {
						panicked.Add(1)
					}
				}()
				if g.Do(t.Context(), 1) != nil {
					abandoned.Add(1)
				}
			})
			synctest.Wait()
		}
		done.Wait()
		if panicked.Load() != 1 || abandoned.Load() != 2 {
			t.Errorf("%d panicked, %d abandoned", panicked.Load(), abandoned.Load())
		}
		if err := g.Do(t.Context(), 1); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// Who was answered together comes again together, and goes together. Whose turn it
// is isn't ours to say: of many times it must have been so in one.
func TestWhoComesAtOnceGoesWithTheFirst(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for range 30 {
		a := newAdder(64)
		synctest.Test(t, func(t *testing.T) {
			var done sync.WaitGroup
			for range 20 {
				done.Go(func() {
					if err := a.Do(t.Context(), 2); err != nil {
						t.Error(err)
					}
				})
			}
			done.Wait()
		})
		if len(a.batches) == 1 {
			return
		}
	}
	t.Error("the first went alone each time")
}

// Who is alone has nobody to wait for, and isn't put behind others first.
func TestWhoIsAloneWaitsForNobody(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	at := 0
	for range 30 {
		var batches []int
		g := groupcommit.NewAmong(64, func(batch []*groupcommit.Job[int]) {
			batches = append(batches, len(batch))
			for _, j := range batch {
				j.Err = nil
			}
		}, func(bool) bool { return false })
		var done sync.WaitGroup
		for range 20 {
			done.Go(func() {
				if err := g.Do(t.Context(), 2); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
		if len(batches) == 20 {
			at++
		}
	}
	if at < 15 { // whose turn it is isn't ours to say
		t.Errorf("only %d times of 30 nobody was waited for", at)
	}
}
