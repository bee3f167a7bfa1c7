package patience

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever waits for a connection gives up by the same time as before, though the time is
// told once for all who come within a second; and at once where they no longer want it.
func TestAWaitForAConnectionEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		soon.until = time.Time{}                                    // told outside, by another clock
		t.Cleanup(func() { soon.stop(); soon.until = time.Time{} }) // and this one is good for nobody else
		for _, after := range []time.Duration{0, 300 * time.Millisecond, 699 * time.Millisecond, 5 * time.Second, time.Minute} {
			time.Sleep(after)
			begun := time.Now()
			bounded, end := ToConnect(t.Context())
			<-bounded.Done()
			if took := time.Since(begun); took < Connect || took > Connect+time.Second {
				t.Errorf("%v later the wait ended after %v", after, took)
			}
			if !errors.Is(context.Cause(bounded), context.DeadlineExceeded) {
				t.Errorf("it ended by %v", context.Cause(bounded))
			}
			end()
		}
		begun := time.Now()
		ctx, giveUp := context.WithCancel(t.Context())
		bounded, end := ToConnect(ctx)
		defer end()
		giveUp()
		<-bounded.Done()
		if time.Since(begun) != 0 || errors.Is(context.Cause(bounded), context.DeadlineExceeded) {
			t.Errorf("who gave up waited %v, for %v", time.Since(begun), context.Cause(bounded))
		}
	})
}
