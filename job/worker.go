// Package job does what is to be done without anybody at the keyboard: work
// that acts left behind in their own transactions, and work that is due at its
// hour. The effects are office's; this room knows when and how often.
//
// A job is done at least once: a process may end between the effect and the
// mark that it happened. So each effect, done again, changes nothing.
package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// Kind is one kind of job.
type Kind struct {
	Name   string
	Every  time.Duration // a schedule; 0: acts enter it
	Within time.Duration // how long it may take at a time; 0: usualLimit
	AtOpen bool          // is done before anything else where it is due when an installation is opened
	Do     func(context.Context, store.Job) error
}

// usualLimit is how long a job may take where its kind doesn't say.
const usualLimit = 4 * time.Minute

// limit is how long a job of this kind may take at a time.
func (k Kind) limit() time.Duration { return cmp.Or(k.Within, usualLimit) }

// markPatience bounds the mark on a job whose own time is over.
const markPatience = time.Minute

// scheduled is the key of a schedule's one job.
const scheduled = "scheduled"

// MostAttempts is how often a job is tried before it waits for somebody. With
// Backoff that takes about four hours.
const MostAttempts = 15

// Backoff is how long to wait after so many failed attempts: a second, then
// twice as long each time, at most two hours.
func Backoff(attempts int64) time.Duration {
	const most, doublings = 2 * time.Hour, 13
	return min(most, time.Second<<min(max(attempts-1, 0), doublings))
}

// atOnce is how many due jobs are read at a time.
const atOnce = 100

// Worker does the jobs of a store, one after another. One of them works on a
// store at a time.
type Worker struct {
	Store store.Store
	Kinds []Kind
	Now   func() time.Time
}

// Done is what a worker did.
type Done struct {
	Jobs   int
	Failed int // attempts that failed; they are tried again
}

// Due does every job that is due, and ends. A job that fails is marked and
// fails nothing else; an error is that of the store.
func (w *Worker) Due(ctx context.Context) (Done, error) {
	return w.due(ctx, func(Kind) bool { return true })
}

// AtOpen does those that are due of the kinds that come first of all. Their schedules
// are looked for by name: where nobody works, others wait before them, more than are
// read at a time.
func (w *Worker) AtOpen(ctx context.Context) (done Done, err error) {
	if done, err = w.due(ctx, func(k Kind) bool { return k.AtOpen }); err != nil {
		return done, err
	}
	for _, k := range w.Kinds {
		if k.AtOpen && k.Every > 0 {
			if _, err := w.look(ctx, k.Name, scheduled); err != nil {
				return done, err
			}
		}
	}
	return done, nil
}

func (w *Worker) due(ctx context.Context, these func(Kind) bool) (done Done, err error) {
	if err := w.schedule(ctx); err != nil {
		return done, err
	}
	for {
		var jobs []store.Job
		err := w.Store.Read(ctx, func(r store.Reader) (err error) {
			jobs, err = r.DueJobs(docket.At(w.Now()), atOnce)
			return err
		})
		if err != nil {
			return done, fmt.Errorf("look for jobs: %w", err)
		}
		worked := false
		for _, j := range jobs {
			k, known := w.kind(j.Kind)
			if known && !these(k) {
				continue
			}
			failed, err := w.work(ctx, k, j)
			if err != nil {
				return done, err
			}
			worked = true
			done.Jobs++
			if failed {
				done.Failed++
			}
		}
		if !worked {
			return done, nil
		}
	}
}

func (w *Worker) kind(name string) (Kind, bool) {
	for _, k := range w.Kinds {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

// work does one job and marks it. One that takes longer than it may is in
// trouble like any that fails: else nobody would ever hear of it.
func (w *Worker) work(ctx context.Context, k Kind, j store.Job) (failed bool, err error) {
	trouble := k.try(ctx, j)
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return false, err // interrupted: nothing was wrong with the job
	}
	marking, cancel := context.WithTimeout(context.WithoutCancel(ctx), markPatience)
	defer cancel()
	err = w.write(marking, func(tx store.Tx) error { return w.mark(tx, k, j, trouble) })
	if err != nil {
		return false, fmt.Errorf("mark job %s: %w", j.Kind, err)
	}
	return trouble != nil, nil
}

// try does the job, within its limit. Of a kind that this program doesn't know,
// a newer one entered it.
func (k Kind) try(ctx context.Context, j store.Job) error {
	if k.Do == nil {
		return fault.New(fault.Conflict, "job.kind-unknown", "kind", j.Kind)
	}
	ctx, cancel := context.WithTimeout(ctx, k.limit())
	defer cancel()
	err := k.Do(ctx, j)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", fault.New(fault.Conflict, "job.too-long", "kind", j.Kind, "limit", k.limit()), err)
	}
	return err
}

// mark says of a job what became of it: done, due again, or failed.
func (w *Worker) mark(tx store.Tx, k Kind, j store.Job, trouble error) error {
	now := w.Now()
	switch {
	case trouble == nil && k.Every == 0:
		return tx.DropJobs(j.Kind, j.Key)
	case trouble == nil:
		j.Attempts, j.Trouble, j.Due = 0, "", docket.At(k.next(now))
		return tx.PutJob(j)
	}
	j.Attempts++
	j.Trouble, j.Due = Trouble(trouble), docket.At(now.Add(Backoff(j.Attempts)))
	j.Failed = k.Every == 0 && j.Attempts >= MostAttempts
	return tx.PutJob(j)
}

// next is when a schedule is due after now: at the turn of its period, so that
// what is daily comes once in each day (UTC).
func (k Kind) next(now time.Time) time.Time { return now.UTC().Truncate(k.Every).Add(k.Every) }

// Trouble is what is kept of an error, for the operator.
func Trouble(err error) string {
	const most = 300
	text := err.Error()
	if f, ok := errors.AsType[*fault.Fault](err); ok {
		text = f.Error()
	}
	return text[:min(len(text), most)]
}

// schedule enters the schedules that the store lacks, due at once. One that is
// due later than its period allows was written while the clock was wrong, and
// is due at once too.
func (w *Worker) schedule(ctx context.Context) error {
	now := docket.At(w.Now())
	var fresh, late []store.Job
	err := w.Store.Read(ctx, func(r store.Reader) error {
		for _, k := range w.Kinds {
			if k.Every == 0 {
				continue
			}
			j, err := r.Job(k.Name, scheduled)
			switch {
			case errors.Is(err, store.ErrNone):
				fresh = append(fresh, store.Job{Kind: k.Name, Key: scheduled, Due: now})
			case err != nil:
				return err
			case j.Due.After(now.Add(max(k.Every, Backoff(j.Attempts)))):
				j.Due = now
				late = append(late, j)
			}
		}
		return nil
	})
	if err != nil || len(fresh)+len(late) == 0 {
		return err
	}
	return w.write(ctx, func(tx store.Tx) error {
		err := tx.Enqueue(fresh...)
		for _, j := range late {
			err = cmp.Or(err, tx.PutJob(j))
		}
		return err
	})
}

// Queue is a store that hands out its jobs by itself, to one of all the
// processes that work on it.
type Queue interface {
	// Work has look called for each job that is due, until ctx ends. look says
	// when to look again at one that isn't due yet; zero for never. limit is how
	// long a look at a job of some kind may take: after that its worker is held to
	// be dead, and the job is handed out again.
	Work(ctx context.Context, limit func(kind string) time.Duration, look func(ctx context.Context, kind, key string) (again docket.Instant, err error)) error
}

// HandedOut reports whether the store hands out its jobs (Serve); else somebody
// must ask for those that are due (Due).
func (w *Worker) HandedOut() bool {
	_, ok := w.Store.(Queue)
	return ok
}

// Serve does the jobs that the store hands out, until ctx ends.
func (w *Worker) Serve(ctx context.Context) error {
	if err := w.Tidy(ctx); err != nil {
		return err
	}
	limit := func(kind string) time.Duration {
		k, _ := w.kind(kind)
		return k.limit() + 2*markPatience
	}
	return w.Store.(Queue).Work(ctx, limit, w.look)
}

// look does one job, if it is there and due.
func (w *Worker) look(ctx context.Context, kind, key string) (again docket.Instant, err error) {
	var j store.Job
	err = w.Store.Read(ctx, func(r store.Reader) (err error) {
		j, err = r.Job(kind, key)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNone):
		return again, nil // done
	case err != nil:
		return again, fmt.Errorf("look for job %s: %w", kind, err)
	case j.Failed:
		return again, nil
	case j.Due.After(w.Now()):
		return j.Due, nil
	}
	k, _ := w.kind(kind)
	_, err = w.work(ctx, k, j)
	return again, err
}

// overdue is after what time perhaps nobody was woken for a job: the row came in
// with a copy of the table, say. Where somebody is to be, or works on it still,
// the store wakes nobody more.
const overdue = 5 * time.Minute

// Tidy enters the schedules that the store lacks, and has somebody woken for
// jobs that are long overdue.
func (w *Worker) Tidy(ctx context.Context) error {
	if err := w.schedule(ctx); err != nil {
		return err
	}
	var late []store.Job
	err := w.Store.Read(ctx, func(r store.Reader) (err error) {
		late, err = r.DueJobs(docket.At(w.Now().Add(-overdue)), mostRetried)
		return err
	})
	if err != nil || len(late) == 0 {
		return err
	}
	return w.write(ctx, func(tx store.Tx) (err error) {
		for _, j := range late {
			err = cmp.Or(err, tx.PutJob(j)) // as it is: it is the waking that counts
		}
		return err
	})
}

// write writes, and again where it met another act.
func (w *Worker) write(ctx context.Context, act func(store.Tx) error) (err error) {
	const most = 20
	for run := range most {
		err = w.Store.Write(ctx, act)
		if !errors.Is(err, store.ErrAgain) && !errors.Is(err, store.ErrTaken) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(run+1) * 5 * time.Millisecond):
		}
	}
	return err
}

// Retry lets failed jobs be tried again at once, of one kind or (with "") of
// all, and says how many there were.
func (w *Worker) Retry(ctx context.Context, kind string) (n int, err error) {
	err = w.write(ctx, func(tx store.Tx) error {
		jobs, err := tx.Jobs(mostRetried)
		n = 0
		for _, j := range jobs {
			if err != nil || j.Attempts == 0 || kind != "" && j.Kind != kind {
				continue
			}
			j.Attempts, j.Failed, j.Due = 0, false, docket.At(w.Now())
			err = tx.PutJob(j)
			n++
		}
		return err
	})
	return n, err
}

// mostRetried bounds what is tried again at once.
const mostRetried = 10_000
