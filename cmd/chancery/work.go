package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/job"
	"github.com/openchancery/chancery/store"
)

func (a *app) workCommand() *cobra.Command {
	var once bool
	var tell []string
	c := &cobra.Command{
		Use: "work", Short: "Do jobs as they fall due, and publish what waits",
		Long: `Do the work that acts left behind and what is due at its hour (keys to destroy,
drafts past their day, copies of the key store, the head of the reading log), and
give what was entered its place in the tree and publish it, until Ctrl-C. What
fails is tried again, later each time; what failed for good is named by chancery
doctor. chancery serve does all this too.

Where the data is in a PostgreSQL, any number of chancery serve and chancery work
run side by side: each job is handed to one of them, and one at a time sequences
and publishes; when that one is gone another goes on within seconds. Where the
data is a file, one process owns it: run chancery serve,
or chancery work --once from cron.

With --once it does what is due now and ends.`,
		Example: "  chancery work\n  chancery work --once",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if once {
				return a.owning(c.Context(), func(i *installation.Installation) error { return a.workOnce(c.Context(), i) })
			}
			networks, err := networksOf(tell)
			if err != nil {
				return err
			}
			return a.with(c.Context(), installation.Options{Tell: networks}, func(i *installation.Installation) error {
				fmt.Fprintln(a.err, "Working (Ctrl-C ends)")
				i.Tend(c.Context(), installation.Tending{Say: a.sayChore})
				return nil
			})
		},
	}
	tellFlag(c, &tell)
	c.Flags().BoolVar(&once, "once", false, "do what is due now, and end")
	return c
}

func (a *app) workOnce(ctx context.Context, i *installation.Installation) error {
	done, err := i.Jobs().Due(ctx)
	if err != nil {
		return err
	}
	published, err := i.Office.Publish(ctx)
	if err != nil {
		return err
	}
	return a.print(map[string]any{"jobs": done.Jobs, "failed": done.Failed, "published": published.Size}, func(w io.Writer) {
		table(w,
			[]string{"jobs", grouped(int64(done.Jobs)) + " done, " + grouped(int64(done.Failed)) + " of them failed and to be tried again"},
			[]string{"published", grouped(published.Size) + " entries in all"})
	})
}

func (a *app) jobCommand() *cobra.Command {
	return group("job", "The work that waits to be done", "job list", a.jobList(), a.jobRetry())
}

// mostJobs is how many jobs are listed.
const mostJobs = 1000

// jobLine is a job as JSON.
type jobLine struct {
	Kind     string `json:"kind"`
	Key      string `json:"key"`
	State    string `json:"state"` // waiting or failed
	Due      string `json:"due"`
	Attempts int64  `json:"attempts"`
	Trouble  string `json:"trouble,omitempty"`
}

func (a *app) jobList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the jobs that are not done",
		Long: `List the jobs that are not done: those that failed as often as they may be tried
first, then the others as they fall due, with what the last attempt failed with.
Schedules are always there, due at their next hour.`,
		Example: "  chancery job list\n  chancery job list --json",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				var jobs []store.Job
				err := i.Office.Store.Read(c.Context(), func(r store.Reader) (err error) {
					jobs, err = r.Jobs(mostJobs)
					return err
				})
				if err != nil {
					return err
				}
				lines, rows := make([]jobLine, len(jobs)), [][]string{{"JOB", "OF", "STATE", "DUE", "FAILED", "WITH"}}
				for n, j := range jobs {
					l := jobLine{j.Kind, j.Key, "waiting", j.Due.String(), j.Attempts, j.Trouble}
					if j.Failed {
						l.State = "failed"
					}
					lines[n] = l
					rows = append(rows, []string{l.Kind, l.Key, l.State, l.Due, grouped(l.Attempts), l.Trouble})
				}
				return a.print(map[string]any{"jobs": lines}, func(w io.Writer) { table(w, rows...) })
			})
		},
	}
}

func (a *app) jobRetry() *cobra.Command {
	var kind string
	c := &cobra.Command{
		Use: "retry", Short: "Have jobs that failed tried again at once",
		Long: `Have jobs that failed tried again at once, of one kind or all, once what stood in
the way is mended, and do what is due.`,
		Example: "  chancery job retry\n  chancery job retry --kind shred",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.owning(c.Context(), func(i *installation.Installation) error {
				w := i.Jobs()
				if known := kindsOf(w); kind != "" && !strings.Contains(" "+known+" ", " "+kind+" ") {
					return wrongUse(c, "use.job-kind", "kind", kind, "known", strings.ReplaceAll(known, " ", ", "))
				}
				n, err := w.Retry(c.Context(), kind)
				if err != nil {
					return err
				}
				done, err := w.Due(c.Context())
				if err != nil {
					return err
				}
				err = a.print(map[string]any{"retried": n, "jobs": done.Jobs, "failed": done.Failed}, func(w io.Writer) {
					fmt.Fprintf(w, "%d jobs were tried again; %d failed again.\n", n, done.Failed)
				})
				if err == nil && done.Failed > 0 {
					return fault.New(fault.Conflict, "job.failed-again", "jobs", done.Failed)
				}
				return err
			})
		},
	}
	c.Flags().StringVar(&kind, "kind", "", "only jobs of this kind")
	return c
}

// kindsOf are the names of a worker's kinds.
func kindsOf(w *job.Worker) string {
	names := make([]string, len(w.Kinds))
	for n, k := range w.Kinds {
		names[n] = k.Name
	}
	return strings.Join(names, " ")
}
