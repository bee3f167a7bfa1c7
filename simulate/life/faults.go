package life

import (
	"errors"
	"fmt"
	"sync"

	"github.com/openchancery/chancery/store"
)

// part is what an office is made of, as far as it can fail.
type part string

const (
	inStore part = "store" // each write of a transaction, its beginning and its end
	inReads part = "reads"
	inVault part = "vault" // seal, make keys durable, destroy keys, open
	inTree  part = "tree"
	inLog   part = "log"
)

// manner is how it fails.
type manner string

const (
	crash manner = "crash" // the process is gone at that call
	fails manner = "error"
	taken manner = "taken" // store.ErrTaken, as if another act had been there
	full  manner = "full"  // no space left
)

// plan is one fault: at the n-th call of a part, before it has its effect or
// after.
type plan struct {
	part   part
	call   int
	after  bool
	manner manner
	torn   bool // with a crash in the tree or the log: the last write reached the disk in part
}

func (p plan) String() string {
	when := "before"
	if p.after {
		when = "after"
	}
	torn := ""
	if p.torn {
		torn = ", torn"
	}
	return fmt.Sprintf("%s %s call %d of the %s%s", p.manner, when, p.call, p.part, torn)
}

var (
	errInjected = errors.New("a fault of the simulation")
	errGone     = errors.New("the process is gone")
	errFull     = errors.New("no space left on device")
)

// injector counts the calls of each part and lets one of them fail. The calls
// of one part come one after another, so that a fault hits the same call in
// every run of a seed.
type injector struct {
	mu     sync.Mutex
	plan   *plan
	counts map[part]int
	fired  bool
	dead   bool // crashed: nothing has an effect any more
}

// arm sets what will fail from here on; nil for nothing.
func (in *injector) arm(p *plan) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.plan, in.counts, in.fired, in.dead = p, map[part]int{}, false, false
}

func (in *injector) state() (fired, dead bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.fired, in.dead
}

// at is one call of a part.
func (in *injector) at(where part, effect func() error) error {
	in.mu.Lock()
	if in.dead {
		in.mu.Unlock()
		return errGone
	}
	if in.counts == nil {
		in.counts = map[part]int{}
	}
	in.counts[where]++
	p := in.plan
	hit := p != nil && p.part == where && in.counts[where] == p.call
	if hit {
		in.fired = true
		in.dead = p.manner == crash && !p.after
	}
	in.mu.Unlock()
	switch {
	case !hit:
		return effect()
	case !p.after:
		return p.err()
	}
	if err := effect(); err != nil { // it failed by itself
		in.mu.Lock()
		in.fired = false
		in.mu.Unlock()
		return err
	}
	if p.manner == crash {
		in.mu.Lock()
		in.dead = true
		in.mu.Unlock()
	}
	return p.err()
}

func (p plan) err() error {
	switch p.manner {
	case crash:
		return errGone
	case taken:
		if !p.after {
			return fmt.Errorf("%w: %w", errInjected, store.ErrTaken)
		}
	case full:
		return fmt.Errorf("%w: %w", errInjected, errFull)
	}
	return errInjected
}
