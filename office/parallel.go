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
		for i := range n {
			if err := do(i); err != nil {
				return err
			}
		}
		return nil
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
