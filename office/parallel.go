package office

import (
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// parallel does n independent pieces of work on all cores, in runs of neighbours,
// and answers the first error. Only work that touches neither the transaction nor
// another piece goes through it. Each core takes the next run when it is done
// with one: where one of them is busy with something else, the others don't wait
// for its share.
func parallel(n int, do func(i int) error) error {
	cores := runtime.GOMAXPROCS(0)
	if n < 2*cores {
		return oneByOne(n, do)
	}
	run := max(1, min(32, n/(4*cores)))
	var next atomic.Int64
	var group errgroup.Group
	for range cores {
		group.Go(func() error {
			for {
				from := int(next.Add(int64(run))) - run
				if from >= n {
					return nil
				}
				for i := from; i < min(from+run, n); i++ {
					if err := do(i); err != nil {
						next.Store(int64(n)) // nobody begins another run
						return err
					}
				}
			}
		})
	}
	return group.Wait()
}

// parallelOfMany is parallel for pieces that take some microseconds each: to wake another
// core for a few of them takes as long as they do.
func parallelOfMany(n int, do func(i int) error) error {
	if n < 16 {
		return oneByOne(n, do)
	}
	return parallel(n, do)
}

func oneByOne(n int, do func(i int) error) error {
	for i := range n {
		if err := do(i); err != nil {
			return err
		}
	}
	return nil
}
