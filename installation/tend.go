package installation

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"time"

	"github.com/openchancery/chancery/fault"
)

// Tending says how often an installation that is served is looked after; zero
// is the usual time.
type Tending struct {
	Publish time.Duration // sequence and publish what was entered: 1 s
	Finish  time.Duration // ask witnesses again, see to jobs that nobody was woken for: 1 min

	// Say is told when a chore fails, once as long as it fails in the same way,
	// and with nil when it is well again. chore is of the catalogue
	// (label.chore.…). It may be called by two at once.
	Say func(chore string, err error)
}

// Tend looks after an installation that this process owns, until ctx ends: what
// was entered is published, and jobs are done as they fall due. A chore that fails is tried again, less and less
// often, and holds up no act; but a log that can't be gone on with does
// (Sound).
func (i *Installation) Tend(ctx context.Context, t Tending) {
	usual := func(set, usual time.Duration) time.Duration {
		if set == 0 {
			return usual
		}
		return set
	}
	often, soon := usual(t.Publish, time.Second), usual(t.Finish, time.Minute)
	jobs := i.Jobs()
	do := []*chore{{name: "witnesses", every: soon, do: i.askSilent}}
	if i.shared() {
		do = append(do, &chore{name: "machine", every: machineRenewed, do: i.stays})
	}
	if i.Several {
		do = append(do, &chore{name: "settings", every: machineRenewed, do: i.alike})
	}
	if !jobs.HandedOut() {
		do = append(do, &chore{name: "jobs", every: often, do: func(ctx context.Context) error {
			_, err := jobs.Due(ctx)
			return err
		}})
	} else {
		do = append(do, &chore{name: "jobs", every: soon, do: jobs.Tidy})
	}
	// Publishing goes by itself, since a job may wait for readers: nothing holds
	// up what is to be published.
	var beside sync.WaitGroup
	defer beside.Wait()
	if i.Several {
		beside.Go(func() { tend(ctx, []*chore{{name: "disk", every: ownDisk, do: i.tidyOwnDisk}}, t.Say) })
	}
	beside.Go(func() { tend(ctx, []*chore{{name: "publish", every: often, do: i.publishWaiting}}, t.Say) })
	if jobs.HandedOut() {
		beside.Go(func() { tend(ctx, []*chore{{name: "jobs", every: often, do: jobs.Serve}}, t.Say) })
	}
	tend(ctx, do, t.Say)
}

// ownDisk is how often a machine looks after what lies on its own disk alone.
const ownDisk = time.Hour

// tidyOwnDisk removes from this machine what is past its time. Where several machines
// act the job that does so comes to one of them, which reaches no other's disk.
func (i *Installation) tidyOwnDisk(ctx context.Context) error {
	return errors.Join(i.ClearOutbox(ctx), i.vault.RefreshBackups(ctx))
}

// Sound refuses where Tend found that the log can't be gone on with: nothing
// more may be acknowledged.
func (i *Installation) Sound() error {
	if why := i.unsound.Load(); why != nil {
		return *why
	}
	return nil
}

// publishWaiting publishes what was entered since it was last asked. Where
// nothing was, nobody is asked for anything: a bucket counts requests.
func (i *Installation) publishWaiting(ctx context.Context) error {
	waiting, err := i.Office.Waiting(ctx, i.published.Load())
	if err == nil && waiting {
		done, publishErr := i.Office.Publish(ctx)
		if err = publishErr; err == nil {
			i.published.Store(done.Size)
		}
		if err == nil && i.Several { // it may have been another machine's turn
			err = i.Office.CatchUp(ctx)
		}
	}
	if fault.Is(err, fault.Unsound) {
		i.unsound.Store(&err)
	} else if err == nil {
		i.unsound.Store(nil)
	}
	return err
}

// askSilent asks the witnesses again that did not cosign the newest checkpoint.
func (i *Installation) askSilent(ctx context.Context) error {
	if i.log.whySilent() == nil {
		return nil
	}
	i.log.unwitnessed(nil)
	if _, err := i.Office.InTurn(ctx, i.log.askAgain); err != nil {
		return err
	}
	return i.log.whySilent()
}

// chore is something that is done again and again.
type chore struct {
	name  string
	every time.Duration
	do    func(context.Context) error

	due    time.Time
	failed int    // times in a row
	said   string // how it failed last; "" while it is well
}

// mostWait is how long a chore that fails waits at most until it is tried again,
// unless its usual time is longer.
const mostWait = time.Minute

// tend does the chores, one at a time, each when it is due: at first at once.
func tend(ctx context.Context, chores []*chore, say func(string, error)) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		next := time.Now().Add(mostWait)
		for _, c := range chores {
			if !c.due.After(time.Now()) && ctx.Err() == nil {
				c.done(ctx, c.do(ctx), say)
			}
			if c.due.Before(next) {
				next = c.due
			}
		}
		timer.Reset(time.Until(next))
	}
}

// done notes what a chore came to, and when it is due again. What ctx ended is
// no failure.
func (c *chore) done(ctx context.Context, err error, say func(string, error)) {
	if ctx.Err() != nil {
		return
	}
	wait := c.every
	if err == nil {
		c.failed = 0
	} else {
		wait = max(min(c.every<<min(c.failed, 6), mostWait), c.every)
		c.failed++
	}
	c.due = time.Now().Add(wait)
	now := mannerOf(err)
	if now != c.said && say != nil {
		say(c.name, err)
	}
	c.said = now
}

// mannerOf is how something failed, whatever file or size it was about; "" is
// well.
func mannerOf(err error) string {
	if err == nil {
		return ""
	}
	if differs, ok := errors.AsType[differently](err); ok {
		return differs.manner
	}
	if code := fault.Code(err); code != "" {
		return code
	}
	if refused, ok := errors.AsType[syscall.Errno](err); ok {
		return refused.Error()
	}
	return "failed"
}
