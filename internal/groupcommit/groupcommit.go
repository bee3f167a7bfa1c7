// Package groupcommit lets callers who each wait for something slow, such as a
// commit that is on disk, share it: while one batch runs, whoever comes waits
// and goes with the next.
package groupcommit

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
)

// ErrAbandoned is what is left to the others of a batch whose run never ended.
var ErrAbandoned = errors.New("whoever committed for all gave up")

// Job is one caller's part in a batch: Run sets Err, nil for done.
type Job[T any] struct {
	What T
	Err  error

	leads bool      // it is this one's turn to run a batch; owned by Group.mu
	turn  chan bool // true: lead; false: done
}

// Group runs jobs in batches. The caller who comes first runs a batch in its own
// goroutine, so that somebody who is alone works as if there were no group.
type Group[T any] struct {
	most   int
	run    func([]*Job[T])
	yields func(first bool) bool

	mu      sync.Mutex
	waiting []*Job[T] // owned by mu
	running bool      // a batch; owned by mu
}

// New is a group whose batches of at most so many jobs are carried out by run,
// one batch after another.
func New[T any](most int, run func([]*Job[T])) *Group[T] {
	return NewAmong(most, run, func(first bool) bool { return first })
}

// NewAmong is New where more is known of who may come: yields says whether who leads
// lets others come before, first where no batch ran when they came. Those who were
// answered together come again together: the first of them would lead a batch of its
// own, and the others wait for it. But to yield wakes another thread, which takes longer
// than much of what is done alone.
func NewAmong[T any](most int, run func([]*Job[T]), yields func(first bool) bool) *Group[T] {
	return &Group[T]{most: most, run: run, yields: yields}
}

// Do carries out one job with others, and answers its own error. A caller who
// gives up while waiting leaves, and one who gave up before never comes: others would
// carry it out for them. One whose batch runs gets its answer.
func (g *Group[T]) Do(ctx context.Context, what T) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &Job[T]{What: what, Err: ErrAbandoned, turn: make(chan bool, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, j)
	first := !g.running
	leads := first
	if leads {
		j.leads, g.running = true, true
	}
	g.mu.Unlock()
	if !leads {
		select {
		case leads = <-j.turn:
		case <-ctx.Done():
			if g.leave(j) {
				return ctx.Err()
			}
			leads = <-j.turn
		}
	}
	if leads {
		if g.yields(first) {
			runtime.Gosched()
		}
		g.lead(j)
	}
	return j.Err
}

// leave takes a job out of the queue; it can't while its batch runs.
func (g *Group[T]) leave(j *Job[T]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := slices.Index(g.waiting, j)
	if at < 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, at, at+1)
	if j.leads {
		g.handOn()
	}
	return true
}

// lead runs one batch, that of j, and lets the next in the queue lead.
func (g *Group[T]) lead(j *Job[T]) {
	g.mu.Lock()
	batch := g.batch(j)
	g.mu.Unlock()
	defer func() { // also when run panics: nobody waits for ever
		g.mu.Lock()
		g.handOn()
		g.mu.Unlock()
		for _, other := range batch {
			if other != j {
				other.turn <- false
			}
		}
	}()
	g.run(batch)
}

// batch takes the leader's own job out of the queue, and those who wait and don't
// lead a batch themselves, the first ones. g.mu is held.
func (g *Group[T]) batch(leader *Job[T]) []*Job[T] {
	batch := []*Job[T]{leader}
	rest := g.waiting[:0]
	for _, j := range g.waiting {
		switch {
		case j == leader:
		case len(batch) < g.most && !j.leads:
			batch = append(batch, j)
		default:
			rest = append(rest, j)
		}
	}
	clear(g.waiting[len(rest):])
	g.waiting = rest
	return batch
}

// handOn lets the first who waits lead, if anybody does. g.mu is held.
func (g *Group[T]) handOn() {
	for _, j := range g.waiting {
		if !j.leads {
			j.leads = true
			j.turn <- true
			return
		}
	}
	g.running = false
}
