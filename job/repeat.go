package job

import (
	"context"
	"time"
)

// Repeat does something again and again, every so often, until it is told to
// end. What fails is reported, and done again after Backoff.
func Repeat(ctx context.Context, every time.Duration, do func(context.Context) error, report func(error)) {
	failures := int64(0)
	for {
		wait := every
		if err := do(ctx); err != nil && ctx.Err() == nil {
			failures++
			wait = max(every, min(Backoff(failures), time.Minute))
			report(err)
		} else {
			failures = 0
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}
