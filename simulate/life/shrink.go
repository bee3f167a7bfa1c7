package life

import (
	"context"
	"errors"
	"time"
)

// Shrink plays a failing life again and again with fewer steps, as long as the
// same invariant breaks, and answers the failure of the shortest: its story is
// what a person reads. It stops when no step can be left out, or after a time.
func Shrink(ctx context.Context, o Options, f *Failure, within time.Duration) (*Failure, error) {
	kept := []int{}
	for _, s := range stepsOf(o) {
		if s.n <= f.Step {
			kept = append(kept, s.n)
		}
	}
	begin := time.Now()
	best := f
	breaks := func(steps []int) (bool, error) {
		again := o
		again.Only, again.Progress = append([]int{}, steps...), nil
		_, err := Play(ctx, again)
		g, broke := errors.AsType[*Failure](err)
		if err != nil && !broke {
			return false, err
		}
		if !broke || g.Invariant != f.Invariant {
			return false, nil
		}
		g.Kept, best = again.Only, g
		return true, nil
	}
	if ok, err := breaks(kept); err != nil || !ok {
		return f, err // the steps after it are part of it
	}
	for chunk := (len(kept) + 1) / 2; chunk >= 1 && time.Since(begin) < within; {
		smaller := false
		for from := 0; from < len(kept) && time.Since(begin) < within; {
			to := min(from+chunk, len(kept))
			without := append(append([]int{}, kept[:from]...), kept[to:]...)
			ok, err := breaks(without)
			if err != nil {
				return best, err
			}
			if ok {
				kept, smaller = without, true
			} else {
				from = to
			}
		}
		if chunk == 1 && !smaller {
			break
		}
		if !smaller || chunk > 1 {
			chunk = max(1, chunk/2)
		}
	}
	return best, nil
}
