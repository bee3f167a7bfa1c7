package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

var jobs = []test{
	{"a job enters with its act or not at all", jobWithAct},
	{"the same key is the same work", jobOnce},
	{"a job is due at its instant and not before", jobDue},
	{"a job that failed says why, and waits its time", jobFailed},
	{"a job that is done is gone and doesn't come back", jobDone},
}

// aJob is due so many minutes after noon of a day.
func aJob(kind, key string, minutes int) store.Job {
	return store.Job{Kind: kind, Key: key, Due: noon(minutes)}
}

func noon(minutes int) docket.Instant {
	return docket.At(time.Date(2020, 6, 1, 12, minutes, 0, 0, time.UTC))
}

func enqueued(t *testing.T, s store.Store, list ...store.Job) {
	t.Helper()
	write(t, s, func(tx store.Tx) error { return tx.Enqueue(list...) })
}

func jobsOf(t *testing.T, s store.Store) []store.Job {
	t.Helper()
	return ask(t, s, func(r store.Reader) ([]store.Job, error) { return r.Jobs(1000) })
}

func due(t *testing.T, s store.Store, minutes, limit int) []store.Job {
	t.Helper()
	return ask(t, s, func(r store.Reader) ([]store.Job, error) { return r.DueJobs(noon(minutes), limit) })
}

func jobWithAct(t *testing.T, s store.Store) {
	refused(t, s, errStop, func(tx store.Tx) error {
		if err := tx.Enqueue(aJob("shred", "a", 0)); err != nil {
			return err
		}
		return errStop
	})
	same(t, jobsOf(t, s), []store.Job(nil))
	write(t, s, func(tx store.Tx) error {
		if err := tx.Append(entry("actor/a", 1)); err != nil {
			return err
		}
		return tx.Enqueue(aJob("shred", "a", 0))
	})
	same(t, jobsOf(t, s), []store.Job{aJob("shred", "a", 0)})
}

func jobOnce(t *testing.T, s store.Store) {
	first := aJob("shred", "a", 5)
	first.Body = `{"id":"a"}`
	enqueued(t, s, first)
	again := first
	again.Due, again.Body = noon(1), `{}`
	enqueued(t, s, again, again)
	enqueued(t, s, aJob("other", "a", 7))
	same(t, jobsOf(t, s), []store.Job{first, aJob("other", "a", 7)})
	same(t, ask(t, s, func(r store.Reader) (store.Job, error) { return r.Job("shred", "a") }), first)
	none(t, s, "a job that isn't there", func(r store.Reader) (store.Job, error) { return r.Job("shred", "b") })
}

func jobDue(t *testing.T, s store.Store) {
	var all []store.Job
	for _, n := range sizes {
		all = all[:0]
		for i := range n {
			all = append(all, aJob("shred", fmt.Sprintf("%d/%03d", n, i), i%50))
		}
		enqueued(t, s, all...)
		if got := len(due(t, s, -1, 1000)); got != 0 {
			t.Errorf("%d are due before their time", got)
		}
		if got := len(due(t, s, 49, 1000)); got != n {
			t.Errorf("%d of %d are due", got, n)
		}
		write(t, s, func(tx store.Tx) error {
			keys := make([]string, n)
			for i := range all {
				keys[i] = all[i].Key
			}
			return tx.DropJobs("shred", keys...)
		})
	}
	enqueued(t, s, aJob("a", "late", 9), aJob("b", "early", 3), aJob("c", "never", 50))
	same(t, due(t, s, 9, 1000), []store.Job{aJob("b", "early", 3), aJob("a", "late", 9)})
	same(t, due(t, s, 9, 1), []store.Job{aJob("b", "early", 3)})
}

func jobFailed(t *testing.T, s store.Store) {
	enqueued(t, s, aJob("shred", "a", 0), aJob("shred", "b", 0))
	a, b := aJob("shred", "a", 10), aJob("shred", "b", 0)
	a.Attempts, a.Trouble = 3, `machine.disk-full path="/data"`
	b.Attempts, b.Trouble, b.Failed = past31, "stop", true
	write(t, s, func(tx store.Tx) error { return tx.PutJob(a) })
	write(t, s, func(tx store.Tx) error { return tx.PutJob(b) })
	same(t, jobsOf(t, s), []store.Job{b, a})
	same(t, due(t, s, 9, 1000), []store.Job(nil))
	same(t, due(t, s, 10, 1000), []store.Job{a})
	b.Failed, b.Attempts = false, 0 // somebody had it tried again
	write(t, s, func(tx store.Tx) error { return tx.PutJob(b) })
	same(t, due(t, s, 10, 1000), []store.Job{b, a})
}

func jobDone(t *testing.T, s store.Store) {
	enqueued(t, s, aJob("shred", "a", 0), aJob("shred", "b", 0), aJob("other", "a", 0))
	write(t, s, func(tx store.Tx) error { return tx.DropJobs("shred", "a", "unknown") })
	write(t, s, func(tx store.Tx) error { return tx.DropJobs("shred") })
	gone := aJob("shred", "a", 3)
	write(t, s, func(tx store.Tx) error { return tx.PutJob(gone) })
	same(t, jobsOf(t, s), []store.Job{aJob("other", "a", 0), aJob("shred", "b", 0)})
	enqueued(t, s, gone) // new work under the same name
	same(t, due(t, s, 3, 1000), []store.Job{aJob("other", "a", 0), aJob("shred", "b", 0), gone})
}
