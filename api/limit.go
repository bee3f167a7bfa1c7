package api

import (
	"sync"
	"time"
)

// limit counts what somebody asked within a window, and forgets who asked
// nothing for longer.
type limit struct {
	most   int
	window time.Duration

	mu    sync.Mutex
	seen  map[string]*window
	swept time.Time
}

type window struct {
	began time.Time
	used  int
}

func newLimit(most int, per time.Duration) *limit {
	return &limit{most: most, window: per, seen: map[string]*window{}}
}

// take counts one question by who, and answers how many are left and when there
// are more; ok is false where there were none left.
func (l *limit) take(who string, now time.Time) (left int, again time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > l.window {
		for name, w := range l.seen {
			if now.Sub(w.began) >= l.window {
				delete(l.seen, name)
			}
		}
		l.swept = now
	}
	w := l.seen[who]
	if w == nil || now.Sub(w.began) >= l.window || now.Before(w.began) {
		w = &window{began: now}
		l.seen[who] = w
	}
	again = w.began.Add(l.window).Sub(now)
	if w.used >= l.most {
		return 0, again, false
	}
	w.used++
	return l.most - w.used, again, true
}
