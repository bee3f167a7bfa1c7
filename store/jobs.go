package store

import "github.com/openchancery/chancery/docket"

// Job is work that an act leaves to be done after it: it enters in the act's
// own transaction, so that it is there when the act is, and never else. It is
// done at least once, so that doing it again must change nothing.
type Job struct {
	Kind string
	Key  string // names the work among those of its kind: the same key is the same work
	Body string // JSON of ids and codes, nothing personal; "" where the key says it all
	Due  docket.Instant

	Attempts int64  // that failed since it was entered, or last done
	Trouble  string // of the last attempt, for the operator: a fault's code and values
	Failed   bool   // it was tried as often as it may be, and waits for somebody
}

// JobReader reads the jobs that are not done.
type JobReader interface {
	// Job is the job of this kind and key, or ErrNone.
	Job(kind, key string) (Job, error)
	// DueJobs are those that are due at this instant and haven't failed for
	// good, the one that waits longest first; at most limit of them.
	DueJobs(at docket.Instant, limit int) ([]Job, error)
	// Jobs are all that are not done: failed ones first, then as they are due;
	// at most limit of them.
	Jobs(limit int) ([]Job, error)
}

// JobWriter writes them.
type JobWriter interface {
	// Enqueue adds jobs. One whose kind and key are there already is the same
	// work, and nothing is added.
	Enqueue(...Job) error
	// PutJob sets a job's attempts, trouble and instant. One that isn't there is
	// done, and stays so.
	PutJob(Job) error
	// DropJobs takes jobs out whose work is done.
	DropJobs(kind string, keys ...string) error
}
