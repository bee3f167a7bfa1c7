package patience

import (
	"context"
	"sync"
	"time"
)

// soon ends for all who began to wait for a connection within the same second.
var soon struct {
	mu    sync.Mutex
	ctx   context.Context
	until time.Time
	stop  context.CancelFunc // never called: it ends by itself
}

// ToConnect is ctx for whoever waits for a connection of a pool, which mostly is free:
// it ends after Connect, or up to a second later, by context.DeadlineExceeded as its
// cause. There is no timer for each: to set one wakes a thread, which costs more than to
// take the connection. Whoever is done calls end.
func ToConnect(ctx context.Context) (bounded context.Context, end func()) {
	bounded, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(shared(), func() { cancel(context.DeadlineExceeded) })
	return bounded, func() {
		stop()
		cancel(nil)
	}
}

func shared() context.Context {
	soon.mu.Lock()
	defer soon.mu.Unlock()
	now := time.Now()
	if soon.until.Sub(now) < Connect {
		soon.until = now.Add(Connect + time.Second)
		soon.ctx, soon.stop = context.WithDeadline(context.Background(), soon.until)
	}
	return soon.ctx
}
