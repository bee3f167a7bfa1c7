package office

import (
	"runtime"

	"golang.org/x/sync/errgroup"
)

// parallel does n independent pieces of work on all cores, in shares of
// neighbours, and answers the first error. Only work that touches neither the
// transaction nor another piece goes through it.
func parallel(n int, do func(i int) error) error {
	shares := runtime.GOMAXPROCS(0)
	if n < 2*shares {
		for i := range n {
			if err := do(i); err != nil {
				return err
			}
		}
		return nil
	}
	var group errgroup.Group
	for s := range shares {
		group.Go(func() error {
			for i := s * n / shares; i < (s+1)*n/shares; i++ {
				if err := do(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}
