package web

import (
	"net/netip"
	"sync"
	"time"

	"github.com/openchancery/chancery/claim"
)

// Wrong tries that are allowed within a while: of one reference, which only its
// claimant should try, and from one address, behind which may be a whole office.
// A code has 55 random bits: the limit is for the machine's sake and against
// codes that somebody half knows.
const (
	perReference = 10
	perShare     = 5 // of one reference from one address: who knows a reference alone doesn't lock its claimant out
	perRemote    = 30
	while        = 15 * time.Minute
)

// tooMany counts a try; if there are too many it says how long to wait. Who has
// no try left spends none of another's: the address comes first, its share of
// the reference next, and the reference last.
func (s *site) tooMany(reference claim.Reference, remote string) (wait time.Duration) {
	now := s.Now()
	if wait = s.remotes.take(remote, now); wait > 0 {
		return wait
	}
	if wait = s.shares.take(share(reference, remote), now); wait > 0 {
		return wait
	}
	return s.references.take(string(reference), now)
}

// right takes back a try that was right.
func (s *site) right(reference claim.Reference, remote string) {
	s.remotes.giveBack(remote)
	s.shares.giveBack(share(reference, remote))
	s.references.giveBack(string(reference))
}

// share names the tries of a reference from one place. In IPv6 that is the
// network of a site: one may have thousands of households, for the asking.
func share(reference claim.Reference, remote string) string {
	if household, err := netip.ParsePrefix(remote); err == nil {
		remote = netip.PrefixFrom(household.Addr(), 48).Masked().String()
	}
	return string(reference) + " " + remote
}

// mostCounted bounds the memory: beyond it some count is forgotten, which gives
// a guesser little and locks nobody out.
const mostCounted = 20_000

// limit counts wrong tries by whom or what they were for.
type limit struct {
	most   int
	mu     sync.Mutex
	counts map[string]count // owned by mu
}

type count struct {
	tries int
	until time.Time
}

func newLimit(most int) *limit { return &limit{most: most, counts: map[string]count{}} }

// take counts a try, before it is known whether it is a wrong one; if there are
// too many it says how long to wait.
func (l *limit) take(of string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.counts[of]
	if !now.Before(c.until) {
		c = count{until: now.Add(while)}
	}
	if c.tries >= l.most {
		return c.until.Sub(now)
	}
	c.tries++
	if _, known := l.counts[of]; !known && len(l.counts) >= mostCounted {
		l.forget(now)
	}
	l.counts[of] = c
	return 0
}

// spent says that there is no try left, and takes none.
func (l *limit) spent(of string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.counts[of]
	return now.Before(c.until) && c.tries >= l.most
}

// forget makes room: of a few counts, those that are over, or else one.
func (l *limit) forget(now time.Time) {
	looked, before := 0, len(l.counts)
	for of, c := range l.counts { // begins anywhere
		looked++
		if !now.Before(c.until) || looked == 8 && len(l.counts) == before {
			delete(l.counts, of)
		}
		if looked == 8 {
			return
		}
	}
}

// giveBack takes back a try that was right.
func (l *limit) giveBack(of string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c, ok := l.counts[of]; ok && c.tries > 0 {
		c.tries--
		l.counts[of] = c
	}
}
