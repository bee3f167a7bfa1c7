package api

import (
	"context"
	"sync"
	"time"

	"github.com/openchancery/chancery/office"
)

// limit lets everybody ask so often within a window. The counts are the installation's,
// for all processes; each takes some ahead, so that few questions wait for that.
type limit struct {
	of     string // what is counted
	most   int64
	window time.Duration
	take   func(context.Context, office.Limit, time.Duration, int64) (office.Allowance, error)

	mu    sync.Mutex
	ahead map[string]*ahead // by who; owned by mu
	swept time.Time         // owned by mu
}

// ahead is what this process has left of what it took of somebody's questions.
type ahead struct {
	mu    sync.Mutex // held while it is asked for
	left  int64
	apart int64 // left beside it, when it was asked for
	until time.Time
}

// partsOfOne is in how many parts one's questions are taken.
const partsOfOne = 20

func newLimit(of string, most int, per time.Duration, o *office.Office) *limit {
	return &limit{of: of, most: int64(most), window: per, take: o.TakeAllowance, ahead: map[string]*ahead{}}
}

// count counts one question by who, and answers how many are left and when there
// are more; ok is false where there were none left.
func (l *limit) count(ctx context.Context, who string, now time.Time) (left int64, again time.Duration, ok bool) {
	s := l.aheadOf(who, now)
	s.mu.Lock()
	defer s.mu.Unlock()
	if over := !now.Before(s.until) || s.until.Sub(now) > l.window; over || s.left == 0 && s.apart > 0 {
		taken, err := l.take(ctx, office.Limit{Of: l.of + who, Most: l.most}, l.window, max(1, l.most/partsOfOne))
		if err != nil { // nothing can be written: who reads isn't kept from it, and this process counts alone
			taken = office.Allowance{Taken: l.most, Until: now.Add(l.window)}
		}
		s.left, s.apart, s.until = taken.Taken, taken.Left, taken.Until
	}
	again = s.until.Sub(now)
	if s.left == 0 {
		return 0, again, false
	}
	s.left--
	return s.left + s.apart, again, true
}

// aheadOf forgets now and then who asked nothing for longer.
func (l *limit) aheadOf(who string, now time.Time) *ahead {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > l.window || now.Before(l.swept) {
		for name, s := range l.ahead {
			if s.mu.TryLock() {
				if !now.Before(s.until) {
					delete(l.ahead, name)
				}
				s.mu.Unlock()
			}
		}
		l.swept = now
	}
	s := l.ahead[who]
	if s == nil {
		s = &ahead{}
		l.ahead[who] = s
	}
	return s
}
