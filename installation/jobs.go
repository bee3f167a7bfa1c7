package installation

import (
	"context"
	"time"

	"github.com/openchancery/chancery/job"
)

// Jobs does the installation's jobs.
func (i *Installation) Jobs() *job.Worker {
	return &job.Worker{Store: i.Office.Store, Kinds: job.Kinds(i.Office, i.vault.RefreshBackups), Now: i.Office.Now}
}

// How often work looks for what is to be done.
const (
	lookForJobs    = time.Second
	lookForEntries = time.Second
)

// Work does jobs as they fall due and publishes what waits, until ctx ends. It
// reports what fails and goes on.
func (i *Installation) Work(ctx context.Context, report func(error)) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		job.Repeat(ctx, lookForEntries, i.publishWaiting, report)
	}()
	job.Repeat(ctx, lookForJobs, func(ctx context.Context) error {
		_, err := i.Jobs().Due(ctx)
		return err
	}, report)
	<-ended
}

// publishWaiting publishes where something waits.
func (i *Installation) publishWaiting(ctx context.Context) error {
	waiting, err := i.Office.Waiting(ctx)
	if err == nil && waiting {
		_, err = i.Office.Publish(ctx)
	}
	return err
}
