package vault

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// Who files claims one by one would wait for the key store each time. So keys are
// made and kept ahead of the claims that they are for, under ids that those claims
// then take: as many as were asked for of late, in one commit, while others file. A
// key of a claim that never comes is a key without a blob, and opens nothing.

const (
	// mostAhead bounds the claims, of the same classes, that keys are kept ahead for.
	mostAhead = 256
	// lull is the time without a filing after which none is expected any more.
	lull = time.Minute
	// longestAhead is for how long keys wait for their claim: whoever copied them
	// with the master key opens no claim that is filed later than that.
	longestAhead = time.Hour
)

// ahead are the keys of claims to come.
type ahead struct {
	draw func(n int) []string // ids of claims to come; nil where nothing is kept ahead

	mu     sync.Mutex
	stocks map[string]*stock   // by classes; owned by mu
	given  map[string]reserved // by claim: nothing was sealed for it yet; owned by mu
}

// stock is what is kept ahead for claims of the same classes. It is owned by
// ahead.mu.
type stock struct {
	asked  int       // since then
	before int       // in the lull before
	since  time.Time // the beginning of this lull
	laying bool      // more is being made and kept
	ready  []reserved
}

// reserved is a claim to come, with its keys.
type reserved struct {
	claim string
	keys  map[slot]laidKey
	under *masters // which wrapped them
	until time.Time
}

// laidKey is a key that was kept ahead: to seal with, and as it was kept.
type laidKey struct {
	sealer
	kept  wrappedKey
	since version // of the key store: it stood there from then on
}

// Reserve gives the id of a claim to come of which keys for these classes are made
// and kept already, for SealNew; each id once. It is not ok where there is none: the
// next may find one, for what is asked for is kept ahead from then on.
func (v *Vault) Reserve(classes []string) (claim string, ok bool) {
	a := &v.ahead
	if a.draw == nil || len(classes) == 0 {
		return "", false
	}
	classes = slices.Compact(slices.Sorted(slices.Values(classes)))
	now := v.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.stock(classes)
	s.count(now)
	for len(s.ready) > 0 && s.ready[0].stale(v, now) { // they stand by age
		s.ready = s.ready[1:]
	}
	if most := min(max(s.asked, s.before), mostAhead); !s.laying && len(s.ready) < most/2 {
		n := most - len(s.ready)
		s.laying = v.early.begin(func() { v.lay(s, classes, n) })
	}
	if len(s.ready) == 0 {
		return "", false
	}
	first := s.ready[0]
	s.ready = s.ready[1:]
	a.given[first.claim] = first
	return first.claim, true
}

// count notes that one was asked for: what is laid follows from how many were in this
// lull and the one before.
func (s *stock) count(now time.Time) {
	switch past := now.Sub(s.since); {
	case past > 2*lull:
		s.asked, s.before, s.since = 0, 0, now
	case past > lull:
		s.asked, s.before, s.since = 0, s.asked, now
	}
	s.asked++
}

// stock is that of the classes. a.mu is held.
func (a *ahead) stock(classes []string) *stock {
	if a.stocks == nil {
		a.stocks, a.given = map[string]*stock{}, map[string]reserved{}
	}
	name := strings.Join(classes, separator)
	s, ok := a.stocks[name]
	if !ok {
		s = &stock{}
		a.stocks[name] = s
	}
	return s
}

// stale reports whether keys waited too long, or are under a master key that has
// changed since.
func (r *reserved) stale(v *Vault, now time.Time) bool {
	return r.under != v.master.Load() || now.After(r.until)
}

// lay makes keys for n claims to come, and keeps them. Where that fails there is
// nothing in stock, and whoever files keeps their own keys and hears why.
func (v *Vault) lay(s *stock, classes []string, n int) {
	laid, _ := v.layIn(classes, n)
	a := &v.ahead
	now := v.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	s.laying = false
	s.ready = append(s.ready, laid...)
	for claim, r := range a.given { // whoever took it gave up before sealing
		if r.stale(v, now) {
			delete(a.given, claim)
		}
	}
}

// layIn makes and keeps the keys, in the order of the ids, so that claims that are
// filed one after another lie beside each other in every table.
func (v *Vault) layIn(classes []string, n int) ([]reserved, error) {
	ctx := context.Background() // it is for whoever comes
	ids := slices.Sorted(slices.Values(v.ahead.draw(n)))
	var slots []slot
	for _, id := range ids {
		for _, class := range classes {
			slots = append(slots, slot{id, class})
		}
	}
	until := v.now().Add(longestAhead)
	since := v.store.version(true)
	sealers, keys, err := v.master.Load().sealersFor(ctx, slots, held{})
	if err == nil {
		err = v.keep(ctx, keys)
	}
	if err != nil {
		return nil, err
	}
	laid := make([]reserved, len(ids))
	for i, id := range ids {
		laid[i] = reserved{claim: id, keys: make(map[slot]laidKey, len(classes)), under: keys.under, until: until}
	}
	for i, at := range slots { // all were made, and come sorted, as the slots are
		laid[i/len(classes)].keys[at] = laidKey{sealers[i], keys.made[i], since}
	}
	return laid, nil
}

// take gives the keys that were kept ahead for these slots under this master key, once.
func (a *ahead) take(slots []slot, under *masters) map[slot]laidKey {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.given) == 0 {
		return nil
	}
	var taken map[slot]laidKey
	for _, at := range slots {
		r, ok := a.given[at.claim]
		if !ok || r.under != under {
			continue
		}
		if taken == nil {
			taken = make(map[slot]laidKey, len(slots))
		}
		if key, ok := r.keys[at]; ok {
			taken[at] = key
		}
	}
	for _, at := range slots {
		delete(a.given, at.claim)
	}
	return taken
}
