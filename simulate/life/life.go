// Package life plays years in the life of a whole installation, from a seed:
// claimants, officers, commissioners, treasurers, a depositary and people who mean
// harm act through package office, while the process dies between any two writes, store,
// keys, tree and log fail, the clock jumps, and what was asked is asked again.
// Then it holds what is there against what was promised.
//
// A life is a list of steps. Each draws from a source of its own, so that steps
// can be left out until the story of a failure is short. All of it happens in
// one thread: a seed gives the same life, to the same tree head.
//
// What isn't played stands in docs/simulation.md.
package life

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/openchancery/chancery/internal/filelock"
)

// Options say which life is played.
type Options struct {
	Seed     uint64
	Years    int
	In       string                // folder for the installation; "": memory, where the machine has a file system for that
	Progress func(step, steps int) // nil: nobody is told
	Only     []int                 // the numbers of the steps that are played; nil: all

	// Owner is the address by which the owner of an empty PostgreSQL database
	// makes the schema; as Role the life is played there. "": in a file.
	Owner, Role string
}

// Summary counts what happened in a life.
type Summary struct {
	Years    int   `json:"years"`
	Steps    int   `json:"steps"`
	Acts     int64 `json:"acts_tried"`
	Refused  int64 `json:"refused"`
	Misdeeds int64 `json:"misdeeds_refused"` // of them, what somebody tried who may not
	Repeats  int64 `json:"repeats"`
	Crashes  int64 `json:"crashes_survived"`
	Faults   int64 `json:"faults_survived"`
	Jumps    int64 `json:"clock_jumps"`
	Entries  int64 `json:"entries_checked"`
	Checks   int64 `json:"invariants_checked"`
}

// Add sums the lives up.
func (s *Summary) Add(t Summary) {
	s.Years += t.Years
	s.Steps += t.Steps
	s.Acts += t.Acts
	s.Refused += t.Refused
	s.Misdeeds += t.Misdeeds
	s.Repeats += t.Repeats
	s.Crashes += t.Crashes
	s.Faults += t.Faults
	s.Jumps += t.Jumps
	s.Entries += t.Entries
	s.Checks += t.Checks
}

// Failure is an invariant that broke.
type Failure struct {
	Seed      uint64   `json:"seed"`
	Years     int      `json:"years"`
	Step      int      `json:"step"`
	Invariant string   `json:"invariant"`
	Detail    string   `json:"detail"`
	Acts      int64    `json:"acts_tried"` // until then
	Story     []string `json:"story"`      // what happened, step by step
	Kept      []int    `json:"kept,omitempty"`
}

// Error names seed, step and invariant, and how to see it again.
func (f *Failure) Error() string {
	return fmt.Sprintf("seed %d, step %d: %s: %s; again with: chancery simulate --seed %d --years %d",
		f.Seed, f.Step, f.Invariant, f.Detail, f.Seed, f.Years)
}

// Life is what was played.
type Life struct {
	Summary Summary
	Head    string   // of the tree at the end: size and root
	Answers []string // what was answered, in order
}

// Play plays a life. The error is a *Failure when an invariant broke.
func Play(ctx context.Context, o Options) (_ *Life, err error) {
	in, err := filelock.NewPassing(folder(o.In), "chancery-played-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Remove()) }()
	w, err := newWorld(ctx, o, in.Path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	w.play(stepsOf(o))
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if w.failure != nil {
		return nil, w.failure
	}
	head := w.office().Tree.Head()
	w.tally.Years = o.Years
	return &Life{Summary: w.tally, Head: fmt.Sprintf("%d %s", head.Size, head.Root), Answers: w.answers}, nil
}

// folder is where installations are played: in memory where there is a file
// system for it, since a life writes to disk thousands of times, and what dies
// here is the process, not the machine.
func folder(in string) string {
	if in != "" {
		return in
	}
	const memory = "/dev/shm"
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		return memory
	}
	return ""
}

// StepsAYear and checkEvery are how dense a life is.
const (
	StepsAYear = 60
	checkEvery = 90
)

// step is one thing that happens.
type step struct {
	n    int
	kind string
}

// stepsOf derives the steps of a life.
func stepsOf(o Options) []step {
	only := map[int]bool{}
	for _, n := range o.Only {
		only[n] = true
	}
	whole := 0
	for _, k := range kinds {
		whole += k.weight
	}
	var steps []step
	for n := 1; n <= o.Years*StepsAYear; n++ {
		kind := "check"
		if n%checkEvery != 0 {
			at := source(o.Seed, "kind", n).IntN(whole)
			for _, k := range kinds {
				if at -= k.weight; at < 0 {
					kind = k.name
					break
				}
			}
		}
		if o.Only == nil || only[n] {
			steps = append(steps, step{n, kind})
		}
	}
	return steps
}

// play plays the steps, then lets everything come to its end without faults,
// and checks all of it.
func (w *world) play(steps []step) {
	w.begin()
	for i, s := range steps {
		if w.failure != nil || w.ctx.Err() != nil {
			return
		}
		w.take(s)
		if w.o.Progress != nil {
			w.o.Progress(i+1, len(steps))
		}
	}
	w.step = w.o.Years*StepsAYear + 1
	if w.failure == nil {
		w.tell("at last everything is brought to its end, and nothing fails any more")
		w.calm()
	}
	if w.failure == nil {
		w.check(true)
	}
}

// take plays one step.
func (w *world) take(s step) {
	w.step = s.n
	w.tally.Steps++
	r := source(w.o.Seed, "step", s.n)
	w.tick(s.n, r)
	if len(w.pending) > 0 && chance(r, 3) {
		w.askPending(r)
	}
	if s.kind == "check" {
		w.settle()
		w.check(false)
		return
	}
	for _, k := range kinds {
		if k.name == s.kind {
			k.do(w, r)
		}
	}
	if w.failure == nil && chance(r, 3) {
		w.publish(w.planFor(r, inTree, inLog, inStore, inReads))
	}
}

// tick sets the clock for a step: it went on since the last one, unless it
// stands still.
func (w *world) tick(n int, r interface{ IntN(int) int }) {
	jitter := time.Duration(r.IntN(3600)) * time.Second
	if n < w.still {
		return
	}
	w.clock.set(begins.Add(time.Duration(n)*(365*24*time.Hour/StepsAYear) + jitter + w.jumped))
}
