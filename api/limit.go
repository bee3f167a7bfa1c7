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
	take   func(context.Context, office.Limit, time.Duration, int64) (office.Share, error)

	mu     sync.Mutex
	shares map[string]*share // by who; owned by mu
	swept  time.Time         // owned by mu
}

// share is what this process has left of somebody's.
type share struct {
	mu    sync.Mutex // held while it is asked for
	left  int64
	apart int64 // left beside it, when it was asked for
	until time.Time
}

// sharesOfOne is in how many shares one's questions are taken.
const sharesOfOne = 20

func newLimit(of string, most int, per time.Duration, o *office.Office) *limit {
	return &limit{of: of, most: int64(most), window: per, take: o.TakeShare, shares: map[string]*share{}}
}

// count counts one question by who, and answers how many are left and when there
// are more; ok is false where there were none left.
func (l *limit) count(ctx context.Context, who string, now time.Time) (left int64, again time.Duration, ok bool) {
	s := l.shareOf(who, now)
	s.mu.Lock()
	defer s.mu.Unlock()
	if over := !now.Before(s.until) || s.until.Sub(now) > l.window; over || s.left == 0 && s.apart > 0 {
		taken, err := l.take(ctx, office.Limit{Of: l.of + who, Most: l.most}, l.window, max(1, l.most/sharesOfOne))
		if err != nil { // nothing can be written: who reads isn't kept from it, and this process counts alone
			taken = office.Share{Taken: l.most, Until: now.Add(l.window)}
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

// shareOf forgets now and then who asked nothing for longer.
func (l *limit) shareOf(who string, now time.Time) *share {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > l.window || now.Before(l.swept) {
		for name, s := range l.shares {
			if s.mu.TryLock() {
				if !now.Before(s.until) {
					delete(l.shares, name)
				}
				s.mu.Unlock()
			}
		}
		l.swept = now
	}
	s := l.shares[who]
	if s == nil {
		s = &share{}
		l.shares[who] = s
	}
	return s
}
