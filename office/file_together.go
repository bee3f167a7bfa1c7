package office

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/groupcommit"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// Calls that prepare or file a few claims each, at once, are carried out
// together: what each would ask, seal and write by itself is asked, sealed and
// written once. Each has its own answer; where one is refused, each is carried
// out alone.

const (
	// fewFilings are so few that a call shares with others.
	fewFilings = 20
	// callsTogether bounds the calls that share: nobody waits long for others.
	callsTogether = 100
	// fewFilers are so few that their filings are made ready and filed by one of them
	// for all. With more, the next are made ready while some are being filed.
	fewFilers = 16
)

// preparing is one call of PrepareFilings.
type preparing struct {
	ctx       context.Context // of who calls
	programme string
	filings   []Filing
	trusting  bool     // it may be made ready by what was heard last
	today     day.Date // the legal day there
	ready     *Prepared
	files     *groupcommit.Job[*filingCall] // what is filed as soon as it is ready; nil where that is another call
}

// filingCall is one call of FilePrepared, or a program's request to file.
type filingCall struct {
	ctx     context.Context // of who calls
	by      By
	ready   *Prepared
	own     *ownRequest // nil where no program asks
	answers []FilingAnswer
}

// yields says whether who leads calls lets others come first: among many, who waited was
// joined already by those who came meanwhile.
func (o *Office) yields(first bool) bool {
	n := o.filers.Load()
	return n != 1 && (first || n <= fewFilers)
}

// prepareAndFileJobs prepares several calls together, and files them as soon as they are
// ready.
func (o *Office) prepareAndFileJobs(jobs []*groupcommit.Job[*preparing]) {
	o.prepareJobs(jobs)
	var files []*groupcommit.Job[*filingCall]
	for _, j := range jobs {
		f := j.What.files
		switch {
		case j.Err != nil:
		case j.What.ready.reports(): // in an act of its own
			j.What.files = nil
		default:
			f.What.ready = j.What.ready
			files = append(files, f)
		}
	}
	if len(files) > 0 {
		o.fileJobs(files)
	}
}

// prepareJobs prepares several calls together.
func (o *Office) prepareJobs(jobs []*groupcommit.Job[*preparing]) {
	calls := make([]*preparing, len(jobs))
	for i, j := range jobs {
		calls[i] = j.What
	}
	if len(calls) == 1 {
		jobs[0].Err = o.prepareAll(calls[0].ctx, calls)
		return
	}
	ctx, done := whileAnyWaits(jobs, func(c *preparing) context.Context { return c.ctx })
	defer done()
	err := o.prepareAll(ctx, calls)
	for _, j := range jobs {
		if j.Err = err; standsAlone(err) {
			j.Err = groupcommit.ErrAbandoned // where what follows panics: err may be of another
			j.Err = o.prepareAll(j.What.ctx, []*preparing{j.What})
		}
	}
}

// whileAnyWaits ends when all who share have given up, by the latest of their
// deadlines or one by one, so that a call which nobody waits for doesn't hold up
// the next ones; done must be called.
func whileAnyWaits[T any](jobs []*groupcommit.Job[T], of func(T) context.Context) (ctx context.Context, done func()) {
	ctx, cancel := context.WithCancel(context.Background())
	whole := cancel
	if latest, all := latestDeadline(jobs, of); all {
		ctx, whole = context.WithDeadline(ctx, latest)
	}
	var waiting atomic.Int64
	waiting.Store(int64(len(jobs)))
	stops := make([]func() bool, len(jobs))
	for i, j := range jobs {
		caller := of(j.What)
		stops[i] = context.AfterFunc(caller, func() {
			// Where the last one's time is over, so is that of all together.
			if waiting.Add(-1) == 0 && errors.Is(caller.Err(), context.Canceled) {
				cancel()
			}
		})
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		whole()
		cancel()
	}
}

// latestDeadline is the latest of the callers' deadlines, where all have one.
func latestDeadline[T any](jobs []*groupcommit.Job[T], of func(T) context.Context) (latest time.Time, all bool) {
	for _, j := range jobs {
		deadline, ok := of(j.What).Deadline()
		if !ok {
			return time.Time{}, false
		}
		if deadline.After(latest) {
			latest = deadline
		}
	}
	return latest, true
}

// standsAlone reports whether an error of several calls may be that of one of
// them, and the others be done yet. After any other error nobody tries again:
// it may not be known what was done.
func standsAlone(err error) bool {
	if errors.Is(err, store.ErrUnknown) {
		return false
	}
	switch fault.Code(err) {
	case "", "office.outcome-unknown", "store.state-unknown", "vault.state-unknown":
		return false
	}
	return true
}

// alike are calls that may share a transaction: the same people, programme and
// edition, and all or none of their filings keyed, which decides what may be
// asked again; and of requests those of different keys, since the second of one key
// has the first one's answer.
type alike struct {
	actor, second Known
	edition       *rulebook.Edition
	keyed, own    bool
	repeats       int // how many with this key came before
}

// fileJobs files several calls together, those of the same people in one
// transaction; the others meet in the store.
func (o *Office) fileJobs(jobs []*groupcommit.Job[*filingCall]) {
	var order []alike
	of := map[alike][]*groupcommit.Job[*filingCall]{}
	keys := map[string]int{}
	for _, j := range jobs {
		at := alike{actor: j.What.by.Actor, second: j.What.by.Second, edition: j.What.ready.edition, keyed: j.What.ready.keyed()}
		if own := j.What.own; own != nil {
			at.own, at.repeats = true, keys[own.key]
			if own.key != "" {
				keys[own.key]++
			}
		}
		if of[at] == nil {
			order = append(order, at)
		}
		of[at] = append(of[at], j)
	}
	if len(order) == 1 {
		o.fileAlike(jobs)
		return
	}
	var all sync.WaitGroup
	for _, at := range order {
		all.Go(func() { o.fileAlike(of[at]) })
	}
	all.Wait()
}

func (o *Office) fileAlike(jobs []*groupcommit.Job[*filingCall]) {
	alone := func(j *groupcommit.Job[*filingCall]) { j.Err = o.fileCalls(j.What.ctx, []*filingCall{j.What}) }
	if len(jobs) == 1 {
		alone(jobs[0])
		return
	}
	calls := make([]*filingCall, len(jobs))
	for i, j := range jobs {
		calls[i] = j.What
	}
	ctx, done := whileAnyWaits(jobs, func(c *filingCall) context.Context { return c.ctx })
	defer done()
	err := o.fileCalls(ctx, calls)
	if standsAlone(err) {
		var all sync.WaitGroup
		for _, j := range jobs {
			all.Go(func() { alone(j) })
		}
		all.Wait()
		return
	}
	for _, j := range jobs {
		j.Err = err
	}
}

// fileCalls files what was made ready for one or several calls, in one transaction, and
// gives each its answers.
func (o *Office) fileCalls(ctx context.Context, calls []*filingCall) error {
	if calls[0].own != nil {
		return o.fileOwn(ctx, calls)
	}
	answers, err := o.fileWith(ctx, calls[0].by, joined(calls), func(*performance) error { return nil })
	if err != nil {
		return err
	}
	for _, c := range calls {
		n := len(c.ready.filings)
		c.answers, answers = answers[:n:n], answers[n:]
	}
	return nil
}

// joined are the filings of several calls, as if one had made them ready.
func joined(calls []*filingCall) *Prepared {
	if len(calls) == 1 {
		return calls[0].ready
	}
	together, n := &Prepared{programme: calls[0].ready.programme, edition: calls[0].ready.edition}, 0
	for _, c := range calls {
		n += len(c.ready.filings)
	}
	together.filings = make([]prepared, 0, n)
	for _, c := range calls {
		together.filings = append(together.filings, c.ready.filings...)
	}
	return together
}
